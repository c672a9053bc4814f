package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A segment is a file header, records, and once sealed a footer. docs/design/segments.md says
// the same in words. Numbers are little endian.
//
// file header (16)  "SOCLESEG" version(1) zero(3) CRC-32C of the 12 bytes before(4)
//
// record header     magic "SREC"(4) version(1) flags(1) length of the header(2) length of the
//                   payload(4) size of the document(4) key id(16) nonce(12) SHA-256 of the
//                   document(32) length of the person id(2) length of the uniqueId(2)
//                   person id, uniqueId, CRC-32C of all before(4)
// payload           AES-256-GCM of the document, compressed or not, tag included

const (
	segmentMagic   = "SOCLESEG"
	recordMagic    = "SREC"
	footerMagic    = "SEND"
	formatVersion  = 1
	fileHeaderSize = 16
	fixedHeader    = 80 // up to the person id
	nonceSize      = 12
	tagSize        = 16
	keyIDSize      = 16
	maxID          = 512 // bytes of a person id or uniqueId: XDS allows 256 characters
	flagZstd       = 1
)

// maxRecord bounds a record read back.
const maxRecord = MaxBody + fixedHeader + 2*maxID + 4 + tagSize

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errSegment is a record that is not what it should be.
var errSegment = errors.New("damaged segment")

type header struct {
	flags    byte
	length   int64 // header and payload; known after parseHeader
	size     int64
	keyID    [keyIDSize]byte
	nonce    [nonceSize]byte
	sha256   [32]byte
	person   string
	uniqueID string
}

func (h *header) headerLen() int { return fixedHeader + len(h.person) + len(h.uniqueID) + 4 }

// reserve makes room for the header at the end of b.
func (h *header) reserve(b []byte) []byte {
	n := h.headerLen()
	if cap(b)-len(b) < n {
		b = append(make([]byte, 0, len(b)+n+int(h.size)/2), b...)
	}
	return b[:len(b)+n]
}

// write puts the header at the start of a record whose payload is in place.
func (h *header) write(b []byte) {
	n := h.headerLen()
	copy(b, recordMagic)
	b[4], b[5] = formatVersion, h.flags
	le := binary.LittleEndian
	le.PutUint16(b[6:], uint16(n))
	le.PutUint32(b[8:], uint32(len(b)-n))
	le.PutUint32(b[12:], uint32(h.size))
	copy(b[16:], h.keyID[:])
	copy(b[32:], h.nonce[:])
	copy(b[44:], h.sha256[:])
	le.PutUint16(b[76:], uint16(len(h.person)))
	le.PutUint16(b[78:], uint16(len(h.uniqueID)))
	copy(b[80:], h.person)
	copy(b[80+len(h.person):], h.uniqueID)
	le.PutUint32(b[n-4:], crc32.Checksum(b[:n-4], castagnoli))
}

// parseHeader reads a record header from the start of b, which may hold more or be cut.
func parseHeader(b []byte) (*header, error) {
	if len(b) < fixedHeader+4 || string(b[:4]) != recordMagic {
		return nil, fmt.Errorf("%w: no record here", errSegment)
	}
	le := binary.LittleEndian
	n := int(le.Uint16(b[6:]))
	person, id := int(le.Uint16(b[76:])), int(le.Uint16(b[78:]))
	if n != fixedHeader+person+id+4 || n > len(b) || person > maxID || id > maxID {
		return nil, fmt.Errorf("%w: header of %d bytes", errSegment, n)
	}
	if crc32.Checksum(b[:n-4], castagnoli) != le.Uint32(b[n-4:]) {
		return nil, fmt.Errorf("%w: header checksum", errSegment)
	}
	if b[4] != formatVersion {
		return nil, fmt.Errorf("%w: version %d", errSegment, b[4])
	}
	h := &header{
		flags: b[5], length: int64(n) + int64(le.Uint32(b[8:])), size: int64(le.Uint32(b[12:])),
		person: string(b[80 : 80+person]), uniqueID: string(b[80+person : 80+person+id]),
	}
	copy(h.keyID[:], b[16:])
	copy(h.nonce[:], b[32:])
	copy(h.sha256[:], b[44:])
	if h.length > maxRecord || h.size > MaxBody {
		return nil, fmt.Errorf("%w: record of %d bytes", errSegment, h.length)
	}
	return h, nil
}

func fileHeader() []byte {
	b := make([]byte, fileHeaderSize)
	copy(b, segmentMagic)
	b[8] = formatVersion
	binary.LittleEndian.PutUint32(b[12:], crc32.Checksum(b[:12], castagnoli))
	return b
}

func checkFileHeader(b []byte) error {
	if string(b) != string(fileHeader()) {
		return fmt.Errorf("%w: file header", errSegment)
	}
	return nil
}

// A footer lists the records of a sealed segment so that one can be found in an object store with
// two range reads: for each its offset(8), length(4) and first 4 bytes of SHA-256, then
// the number of records(4), where the footer starts(8), CRC-32C(4) and "SEND".
const (
	footerEntry = 16
	footerTail  = 20
)

type footerLine struct {
	offset, length int64
	sum            [4]byte
}

func appendFooter(b []byte, at int64, lines []footerLine) []byte {
	le := binary.LittleEndian
	start := len(b)
	for _, l := range lines {
		b = le.AppendUint64(b, uint64(l.offset))
		b = le.AppendUint32(b, uint32(l.length))
		b = append(b, l.sum[:]...)
	}
	b = le.AppendUint32(b, uint32(len(lines)))
	b = le.AppendUint64(b, uint64(at))
	b = le.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
	return append(b, footerMagic...)
}

// parseFooter reads the footer at the end of the file bytes b, which start at offset at.
func parseFooter(b []byte, at int64) ([]footerLine, error) {
	n := len(b) - footerTail
	if n < 0 || n%footerEntry != 0 || string(b[len(b)-4:]) != footerMagic {
		return nil, fmt.Errorf("%w: no footer", errSegment)
	}
	le := binary.LittleEndian
	if crc32.Checksum(b[:len(b)-8], castagnoli) != le.Uint32(b[len(b)-8:]) ||
		int64(le.Uint64(b[n+4:])) != at || int(le.Uint32(b[n:])) != n/footerEntry {
		return nil, fmt.Errorf("%w: footer checksum", errSegment)
	}
	lines := make([]footerLine, n/footerEntry)
	for i := range lines {
		l := b[i*footerEntry:]
		lines[i] = footerLine{offset: int64(le.Uint64(l)), length: int64(le.Uint32(l[8:])), sum: [4]byte(l[12:16])}
	}
	return lines, nil
}
