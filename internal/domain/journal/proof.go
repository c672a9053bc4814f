package journal

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Proof shows that one record is in the log a signed checkpoint speaks of. Whoever holds it and
// the verifier key needs nothing else.
type Proof struct {
	Index      int64       `json:"index"`
	Record     []byte      `json:"record"` // the very bytes committed to
	Nonce      []byte      `json:"nonce"`
	Path       []tlog.Hash `json:"path"` // siblings, from the leaf up
	Checkpoint string      `json:"checkpoint"`
}

// ErrProof is a proof that proves nothing.
var ErrProof = errors.New("the proof does not hold")

// Prove makes the inclusion path of a leaf in a tree of a size.
//
// spec: RFC 6962 2.1.1
func (s Source) Prove(size, index int64) ([]tlog.Hash, error) {
	if index < 0 || index >= size {
		return nil, fmt.Errorf("journal: no leaf %d in a log of %d", index, size)
	}
	return tlog.ProveRecord(size, index, s.Hashes())
}

// ProveExtension makes the consistency proof between two sizes.
//
// spec: RFC 6962 2.1.2
func (s Source) ProveExtension(size, old int64) ([]tlog.Hash, error) {
	if old < 1 || old > size {
		return nil, fmt.Errorf("journal: no log of %d inside a log of %d", old, size)
	}
	return tlog.ProveTree(size, old, s.Hashes())
}

// CheckExtension checks a consistency proof between two checkpoints.
func CheckExtension(path []tlog.Hash, now, old Checkpoint) error {
	if err := tlog.CheckTree(path, now.Size, now.Root, old.Size, old.Root); err != nil {
		return fmt.Errorf("%w: %v", ErrForked, err)
	}
	return nil
}

// Check verifies the whole chain: signature, root, path, commitment. It gives the record.
func (p Proof) Check(verifierKey string) (Record, error) {
	c, err := OpenCheckpoint([]byte(p.Checkpoint), verifierKey)
	if err != nil {
		return Record{}, err
	}
	if p.Index < 0 || p.Index >= c.Size {
		return Record{}, fmt.Errorf("%w: leaf %d of a log of %d", ErrProof, p.Index, c.Size)
	}
	leaf := LeafHash(Commit(p.Nonce, p.Record))
	if err := tlog.CheckRecord(p.Path, c.Size, c.Root, p.Index, leaf); err != nil {
		return Record{}, fmt.Errorf("%w: %v", ErrProof, err)
	}
	return Decode(p.Record)
}

// Holds verifies everything that needs no key: the record and its nonce make the leaf, the leaf
// and the path make the root the checkpoint states. It gives the checkpoint and the leaf; who
// signed the checkpoint is for Check.
func (p Proof) Holds() (Checkpoint, tlog.Hash, error) {
	text, _, ok := strings.Cut(p.Checkpoint, "\n\n")
	if !ok {
		return Checkpoint{}, tlog.Hash{}, ErrCheckpoint
	}
	c, err := ParseCheckpoint(text + "\n")
	if err != nil {
		return Checkpoint{}, tlog.Hash{}, err
	}
	leaf := LeafHash(Commit(p.Nonce, p.Record))
	if p.Index < 0 || p.Index >= c.Size {
		return c, leaf, fmt.Errorf("%w: leaf %d of a log of %d", ErrProof, p.Index, c.Size)
	}
	if err := tlog.CheckRecord(p.Path, c.Size, c.Root, p.Index, leaf); err != nil {
		return c, leaf, fmt.Errorf("%w: %v", ErrProof, err)
	}
	return c, leaf, nil
}
