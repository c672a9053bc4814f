package embedded

import (
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// mailPerson stands where a record in a segment names a person: a message belongs to several.
const mailPerson = ins.PersonID("mss")

var _ mss.Store = (*Store)(nil)

// CommitMail implements mss.Store: the same queue and the same group commit as documents.
func (s *Store) CommitMail(ctx context.Context, unit mss.Unit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var plain int64
	for _, b := range unit.Bodies {
		plain += bodySize(b)
	}
	return s.enqueue(ctx, plain, func(d *deposit) error {
		for _, b := range unit.Bodies {
			b.ID = mss.MessageID(s.mailID.Add(1))
			sealed, err := s.sealMail(b)
			if err != nil {
				return err
			}
			d.bodies = append(d.bodies, sealed)
		}
		d.do = func(t *tx) error {
			return unit.Do(&mailTx{tx: t, mailReader: mailReader{c: t.c, s: t.s}, bodies: d.bodies})
		}
		return nil
	})
}

// ViewMail implements mss.Store.
func (s *Store) ViewMail(ctx context.Context, fn func(mss.Reader) error) error {
	return s.view(ctx, func(c *conn) error { return fn(&mailReader{c: c, s: s}) })
}

// MailBytes implements mss.Store.
func (s *Store) MailBytes(ctx context.Context, id mss.MessageID) ([]byte, error) {
	var m *mailMessage
	err := s.view(ctx, func(c *conn) (err error) {
		m, err = (&mailReader{c: c, s: s}).message(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	key, err := openMailKey(s.keys.master, id, m.wrapped)
	if err != nil {
		return nil, err
	}
	record, err := s.seg.read(m.segment, m.offset, m.length)
	if err != nil {
		return nil, err
	}
	return openRecord(s.zip, key, mailPerson, mailName(id), record)
}

func bodySize(b *mss.Body) (n int64) {
	for _, part := range b.Bytes {
		n += int64(len(part))
	}
	return n
}

func mailName(id mss.MessageID) string { return strconv.FormatInt(int64(id), 10) }

// sealMail compresses and encrypts a message under a key of its own.
func (s *Store) sealMail(b *mss.Body) (*sealedBody, error) {
	size := bodySize(b)
	if size > MaxBody {
		return nil, fmt.Errorf("embedded: a message of %d bytes, at most %d", size, MaxBody)
	}
	var secret [32]byte
	if err := s.fill(secret[:]); err != nil {
		return nil, err
	}
	aead, err := newAEAD(secret[:])
	if err != nil {
		return nil, err
	}
	name := mailName(b.ID)
	out := &sealedBody{mail: b.ID, uniqueID: name, size: size, sha256: b.SHA256, record: recordPool.Get().(*[]byte)}
	h := header{size: size, sha256: b.SHA256, person: string(mailPerson), uniqueID: name}
	var nonce [nonceSize]byte
	if err := errors.Join(s.fill(h.nonce[:]), s.fill(nonce[:])); err != nil {
		return nil, err
	}
	out.wrapped = s.keys.master.Seal(append(make([]byte, 0, nonceSize+32+tagSize), nonce[:]...), nonce[:], secret[:], bind("socle mail key 1", mailPerson, name))
	whole := b.Bytes[0]
	if len(b.Bytes) > 1 {
		buf := recordPool.Get().(*[]byte)
		defer func() {
			if cap(*buf) <= maxPooled {
				recordPool.Put(buf)
			}
		}()
		*buf = (*buf)[:0]
		for _, part := range b.Bytes {
			*buf = append(*buf, part...)
		}
		whole = *buf
	}
	buf := h.reserve((*out.record)[:0])
	start := len(buf)
	var compressed bool
	if buf, compressed = s.zip.pack(buf, whole); compressed {
		h.flags |= flagZstd
	}
	k := personalKey{aead: aead}
	buf = k.seal(buf[:start], h.nonce[:], buf[start:], bodyAAD(mailPerson, name))
	h.write(buf)
	*out.record = buf
	return out, nil
}

// openMailKey unwraps the key of a message.
func openMailKey(master cipher.AEAD, id mss.MessageID, wrapped []byte) (*personalKey, error) {
	if len(wrapped) < nonceSize {
		return nil, errKey
	}
	secret, err := master.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], bind("socle mail key 1", mailPerson, mailName(id)))
	if err != nil {
		return nil, errKey
	}
	aead, err := newAEAD(secret)
	if err != nil {
		return nil, errKey
	}
	return &personalKey{aead: aead, wrapped: wrapped}, nil
}

// loadMail reads the last ids given.
func (s *Store) loadMail() error {
	var message int64
	err := s.db.one("SELECT box, message, queued FROM mail_head WHERE id = 1", nil, &s.state.mailBox, &message, &s.state.mailQueued)
	if errors.Is(err, dmp.ErrNotFound) {
		err = nil
	}
	s.mailID.Store(message)
	return err
}

// finishMail writes what the units of a group left in the caches of the transaction.
func (t *tx) finishMail() error {
	if t.mail == nil {
		return nil
	}
	if err := t.mail.flush(t); err != nil {
		return err
	}
	return t.run(`INSERT INTO mail_head (id, box, message, queued) VALUES (1, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET box = excluded.box, message = excluded.message, queued = excluded.queued`,
		t.mailBox, t.s.mailID.Load(), t.mailQueued)
}

// checkMail reads a message back as verify does.
func checkMail(zip *compressor, master cipher.AEAD, f io.ReaderAt, m *mailMessage) error {
	if m.length < fixedHeader || m.length > maxRecord || m.offset < fileHeaderSize {
		return errSegment
	}
	key, err := openMailKey(master, m.id, m.wrapped)
	if err != nil {
		return err
	}
	record := make([]byte, m.length)
	if _, err := f.ReadAt(record, m.offset); err != nil {
		return err
	}
	plain, err := openRecord(zip, key, mailPerson, mailName(m.id), record)
	if err != nil {
		return err
	}
	if int64(len(plain)) != m.size || sha256.Sum256(plain) != m.sha256 {
		return errors.New("size or hash differ from its row")
	}
	if m.head > m.size || sha256.Sum256(plain[:m.head]) != m.headSum {
		return errors.New("the header kept beside it is not its own")
	}
	return nil
}
