package journal

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// NonceSize is the length of the random nonce that hides a record behind its commitment.
const NonceSize = 16

// MaxRecord bounds one encoded record: a leaf is a line of words, never a document.
const MaxRecord = 64 << 10

// Sealed is a record ready to be a leaf: its bytes, the nonce, and what the public log shows.
type Sealed struct {
	Record     []byte
	Nonce      [NonceSize]byte
	Commitment [32]byte
	Leaf       tlog.Hash
}

// Seal encodes a record and commits to it under a fresh nonce read from rand.
func Seal(r Record, rand io.Reader) (Sealed, error) {
	var s Sealed
	b, err := Encode(r)
	if err != nil {
		return s, err
	}
	if _, err := io.ReadFull(rand, s.Nonce[:]); err != nil {
		return s, fmt.Errorf("journal: nonce: %w", err)
	}
	s.Record = b
	s.Commitment = Commit(s.Nonce[:], b)
	s.Leaf = LeafHash(s.Commitment)
	return s, nil
}

// Encode gives the bytes of a record that are kept and committed to. They are never encoded
// again: a proof is about these very bytes.
func Encode(r Record) ([]byte, error) {
	r.Time = r.Time.UTC().Round(0)
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("journal: encode: %w", err)
	}
	if len(b) > MaxRecord {
		return nil, fmt.Errorf("journal: record of %d bytes, at most %d", len(b), MaxRecord)
	}
	return b, nil
}

// Decode reads the bytes of a record.
func Decode(b []byte) (Record, error) {
	var r Record
	if len(b) > MaxRecord {
		return r, fmt.Errorf("journal: record of %d bytes, at most %d", len(b), MaxRecord)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return Record{}, fmt.Errorf("journal: decode: %w", err)
	}
	return r, nil
}

// Commit gives SHA-256(nonce || record): what the public log holds of a record.
func Commit(nonce, record []byte) [32]byte {
	h := sha256.New()
	h.Write(nonce)
	h.Write(record)
	var c [32]byte
	h.Sum(c[:0])
	return c
}

// LeafHash gives the hash of a leaf, SHA-256(0x00 || commitment).
//
// spec: RFC 6962 2.1
func LeafHash(commitment [32]byte) tlog.Hash { return tlog.RecordHash(commitment[:]) }
