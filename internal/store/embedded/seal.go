package embedded

import (
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// MaxBody bounds one document. Beyond, the doors refuse before; this is the last guard, and what
// a decoder may be asked to allocate.
const MaxBody = 64 << 20

// compressor is shared: EncodeAll and DecodeAll are safe for concurrent use. The window is kept
// small because documents are: it bounds the memory of each concurrent call.
type compressor struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCompressor() (*compressor, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxBody+1), zstd.WithDecoderLowmem(true), zstd.WithDecoderConcurrency(0))
	if err != nil {
		return nil, err
	}
	return &compressor{enc: enc, dec: dec}, nil
}

func (c *compressor) close() {
	c.enc.Close()
	c.dec.Close()
}

// pack appends src to dst, compressed when that saves at least one part in 16.
func (c *compressor) pack(dst, src []byte) (out []byte, compressed bool) {
	if len(src) >= 64 {
		out = c.enc.EncodeAll(src, dst)
		if len(out)-len(dst) <= len(src)-len(src)/16 {
			return out, true
		}
	}
	return append(dst, src...), false
}

func (c *compressor) unpack(src []byte, compressed bool, size int64) ([]byte, error) {
	if size < 0 || size > MaxBody {
		return nil, fmt.Errorf("embedded: a size of %d bytes", size)
	}
	if !compressed {
		return src, nil
	}
	return c.dec.DecodeAll(src, make([]byte, 0, size))
}

// sealedBody is a document as it goes to the segment, made in the goroutine of the caller so that
// compression and encryption run in parallel; the writer only appends it.
type sealedBody struct {
	person   []byte // key
	key      *personalKey
	uniqueID string
	size     int64
	sha1     [20]byte
	sha256   [32]byte
	record   *[]byte // header and payload, from recordPool
	digest   []byte  // encrypted, nil when there is none

	mail    mss.MessageID // of a message, which has neither person nor key of a person
	wrapped []byte        // its key

	segment, offset int64 // given by the writer
}

// recordPool reuses the buffers of records; large ones are left to the collector.
var recordPool = sync.Pool{New: func() any { b := make([]byte, 0, 128<<10); return &b }}

const maxPooled = 1 << 20

func (b *sealedBody) release() {
	if b.record != nil && cap(*b.record) <= maxPooled {
		recordPool.Put(b.record)
	}
	b.record = nil
}

// seal compresses and encrypts one body.
func (s *Store) seal(b *dmp.Body) (*sealedBody, error) {
	if len(b.Bytes) > MaxBody || len(b.Digest) > MaxBody {
		return nil, fmt.Errorf("embedded: a document of %d bytes, at most %d", len(b.Bytes), MaxBody)
	}
	if b.UniqueID == "" || len(b.UniqueID) > maxID || len(b.Person) > maxID {
		return nil, fmt.Errorf("embedded: a document identifier of %d characters", len(b.UniqueID))
	}
	key, err := s.keys.of(b.Person)
	if err != nil {
		return nil, err
	}
	out := &sealedBody{
		person: personKey(b.Person), key: key, uniqueID: b.UniqueID,
		size: int64(len(b.Bytes)), sha1: b.SHA1, sha256: b.SHA256,
		record: recordPool.Get().(*[]byte),
	}
	h := header{keyID: key.id, size: out.size, sha256: b.SHA256, person: string(b.Person), uniqueID: b.UniqueID}
	if err := s.fill(h.nonce[:]); err != nil {
		return nil, err
	}
	buf := h.reserve((*out.record)[:0])
	start := len(buf)
	var compressed bool
	if buf, compressed = s.zip.pack(buf, b.Bytes); compressed {
		h.flags |= flagZstd
	}
	buf = key.seal(buf[:start], h.nonce[:], buf[start:], bodyAAD(b.Person, b.UniqueID))
	h.write(buf)
	*out.record = buf
	if b.Digest != nil {
		if out.digest, err = s.sealDigest(key, b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// A digest row is a flag byte (1: zstd), the size, a nonce and the encrypted bytes.
func (s *Store) sealDigest(key *personalKey, b *dmp.Body) ([]byte, error) {
	e := encoder{b: make([]byte, 0, 64+len(b.Digest)/2)}
	e.uint(uint64(len(b.Digest)))
	var nonce [nonceSize]byte
	if err := s.fill(nonce[:]); err != nil {
		return nil, err
	}
	e.raw(nonce[:])
	e.b = append(e.b, 0)
	start := len(e.b)
	packed, compressed := s.zip.pack(e.b, b.Digest)
	if compressed {
		packed[start-1] = flagZstd
	}
	return key.seal(packed[:start], nonce[:], packed[start:], digestAAD(b.Person, b.UniqueID)), nil
}

func openDigest(zip *compressor, key *personalKey, person ins.PersonID, uniqueID string, row []byte) ([]byte, error) {
	d := decoder{s: string(row)}
	size, nonce, flags := d.uint(), d.take(nonceSize), d.byte()
	if d.bad || size > MaxBody {
		return nil, errCodec
	}
	plain, err := key.open(row[len(row)-len(d.s):], []byte(nonce), digestAAD(person, uniqueID))
	if err != nil {
		return nil, err
	}
	plain, err = zip.unpack(plain, flags&flagZstd != 0, int64(size))
	if err == nil && uint64(len(plain)) != size {
		err = errCodec
	}
	return plain, err
}

// openRecord checks a whole segment record against what is expected of it and gives the document.
func openRecord(zip *compressor, key *personalKey, person ins.PersonID, uniqueID string, record []byte) ([]byte, error) {
	h, err := parseHeader(record)
	if err != nil {
		return nil, err
	}
	if h.person != string(person) || h.uniqueID != uniqueID {
		return nil, fmt.Errorf("%w: the bytes are of another document", errSegment)
	}
	if h.length != int64(len(record)) {
		return nil, fmt.Errorf("%w: %d bytes, %d expected", errSegment, len(record), h.length)
	}
	if h.keyID != key.id {
		return nil, fmt.Errorf("%w: encrypted under another key", errSegment)
	}
	plain, err := key.open(record[h.headerLen():], h.nonce[:], bodyAAD(person, uniqueID))
	if err != nil {
		return nil, fmt.Errorf("%w: the bytes do not decrypt", errSegment)
	}
	if plain, err = zip.unpack(plain, h.flags&flagZstd != 0, h.size); err != nil {
		return nil, fmt.Errorf("%w: %v", errSegment, err)
	}
	if int64(len(plain)) != h.size || sha256.Sum256(plain) != h.sha256 {
		return nil, fmt.Errorf("%w: the bytes do not have their SHA-256", errSegment)
	}
	return plain, nil
}

// bodyAAD binds encrypted bytes to a person and a document: rows swapped between two people do
// not decrypt.
func bodyAAD(person ins.PersonID, uniqueID string) []byte {
	return bind("socle document 1", person, uniqueID)
}

func digestAAD(person ins.PersonID, uniqueID string) []byte {
	return bind("socle digest 1", person, uniqueID)
}

func bind(what string, person ins.PersonID, id string) []byte {
	e := encoder{b: make([]byte, 0, len(what)+len(person)+len(id)+6)}
	for _, s := range []string{what, string(person), id} {
		e.uint(uint64(len(s)))
		e.b = append(e.b, s...)
	}
	return e.b
}
