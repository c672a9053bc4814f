package embedded

import (
	"bytes"
	"math/bits"
	"os"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// checkJournal computes every leaf again from its record and nonce, and from them the whole tree.
func (v *verifier) checkJournal(h head) error {
	signed, err := journal.OpenCheckpoint(h.checkpoint, v.signer.Verifier())
	switch {
	case err != nil:
		v.problem("checkpoint", where("head"), nil, nil, "%v", err)
	case signed.Size != h.size || !bytes.Equal(signed.Root[:], h.root):
		v.problem("checkpoint", where("head"), nil, nil, "the signed checkpoint counts %d leaves, the head %d, or their roots differ", signed.Size, h.size)
	}
	old, err := v.oldCheckpoint()
	if err != nil {
		return err
	}

	w := &leafWalk{v: v, old: old}
	w.walk(h.size)
	root := w.edge.Root()
	v.report.Leaves = w.edge.Size() - w.lost
	v.report.Journal.Leaves = h.size
	v.report.Journal.Root = root.String()
	if !bytes.Equal(root[:], h.root) && w.lost == 0 {
		v.problem("root", where("leaf"), nil, nil, "the %d leaves have root %s, %s was signed", w.edge.Size(), root, signed.Root)
	}
	v.checkNodes(w)
	v.checkLeafPersons(w)
	if old != nil {
		switch {
		case old.Origin != v.signer.Origin():
			v.problem("checkpoint", v.o.Checkpoint, nil, nil, "it is about %q, this journal is %q", old.Origin, v.signer.Origin())
		case old.Size > h.size:
			v.problem("checkpoint", v.o.Checkpoint, &h.size, nil, "%v: it counted %d leaves, there are %d", journal.ErrForked, old.Size, h.size)
		case w.oldRoot != old.Root:
			v.problem("checkpoint", v.o.Checkpoint, nil, nil, "%v: the first %d leaves had root %s, they now have %s", journal.ErrForked, old.Size, old.Root, w.oldRoot)
		}
	}
	return nil
}

func (v *verifier) oldCheckpoint() (*journal.Checkpoint, error) {
	if v.o.Checkpoint == "" {
		return nil, nil
	}
	msg, err := os.ReadFile(v.o.Checkpoint)
	if err != nil {
		return nil, err
	}
	c, err := journal.OpenCheckpoint(msg, v.signer.Verifier())
	if err != nil {
		v.problem("checkpoint", v.o.Checkpoint, nil, nil, "%v", err)
		return nil, nil
	}
	return &c, nil
}

// leafWalk goes through the leaves in order.
type leafWalk struct {
	v       *verifier
	edge    journal.Edge
	old     *journal.Checkpoint
	oldRoot tlog.Hash
	nodes   []journal.Node
	lost    int64 // missing or unreadable
	persons int64 // leaves that concern somebody, each found in leaf_person
}

func (w *leafWalk) walk(size int64) {
	v := w.v
	w.append(nil)
	err := v.c.each("SELECT idx, record, nonce, hash FROM leaf ORDER BY idx", nil, func(row []any) error {
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		index, ok := row[0].(int64)
		if !ok || index < w.edge.Size() {
			v.problem("leaf", where("leaf"), nil, nil, "a leaf stands out of order after leaf %d", w.edge.Size()-1)
			return nil
		}
		if index >= size {
			v.problem("leaf", where("leaf"), &index, nil, "leaf %d is not in the signed journal of %d leaves", index, size)
			return nil
		}
		for w.edge.Size() < index {
			w.missing()
		}
		w.leaf(row[1:])
		return nil
	})
	if err != nil && v.ctx.Err() == nil {
		// A damaged page: the leaves of the others are still looked for one by one.
		v.problem("database", where("leaf"), nil, nil, "reading stops after leaf %d: %v", w.edge.Size()-1, err)
		for w.edge.Size() < size && v.ctx.Err() == nil {
			w.alone()
		}
	}
	for w.edge.Size() < size && v.ctx.Err() == nil {
		w.missing()
	}
}

// alone reads one leaf by its index.
func (w *leafWalk) alone() {
	index := w.edge.Size()
	found := false
	err := w.v.c.each("SELECT record, nonce, hash FROM leaf WHERE idx = ?", []any{index}, func(row []any) error {
		found = true
		w.leaf(row)
		return errStop
	})
	switch {
	case found:
	case err != nil:
		w.v.problem("leaf", where("leaf"), &index, nil, "leaf %d cannot be read: %v", index, err)
		w.lost++
		w.append(&tlog.Hash{})
	default:
		w.missing()
	}
}

func (w *leafWalk) missing() {
	index := w.edge.Size()
	w.v.problem("leaf", where("leaf"), &index, nil, "leaf %d is missing", index)
	w.lost++
	w.append(&tlog.Hash{})
}

// leaf checks the next leaf: record, nonce and hash, as read.
func (w *leafWalk) leaf(row []any) {
	v, index := w.v, w.edge.Size()
	record, ok1 := row[0].([]byte)
	nonce, ok2 := row[1].([]byte)
	hash, ok3 := row[2].([]byte)
	if !ok1 || !ok2 || !ok3 {
		v.problem("leaf", where("leaf"), &index, nil, "leaf %d was altered: a column changed its type", index)
		w.append(&tlog.Hash{})
		return
	}
	computed := journal.LeafHash(journal.Commit(nonce, record))
	if !bytes.Equal(computed[:], hash) {
		v.problem("leaf", where("leaf"), &index, nil, "leaf %d was altered: its record and nonce do not have its hash", index)
	}
	w.append(&computed)
	if len(nonce) != journal.NonceSize {
		v.problem("leaf", where("leaf"), &index, nil, "leaf %d has a nonce of %d bytes", index, len(nonce))
	}
	r, err := journal.Decode(record)
	if err != nil {
		v.problem("leaf", where("leaf"), &index, nil, "leaf %d cannot be read: %v", index, err)
		return
	}
	if r.Person == "" {
		return
	}
	w.persons++
	if err := v.c.one("SELECT idx FROM leaf_person WHERE person = ? AND idx = ?", []any{personKey(ins.PersonID(r.Person)), index}, new(int64)); err != nil {
		v.problem("leaf_person", where("leaf_person"), &index, nil, "leaf %d is not in the index of its person: %v", index, err)
		w.persons--
	}
}

func (w *leafWalk) append(h *tlog.Hash) {
	if h != nil {
		w.edge.Append(*h, func(n journal.Node) { w.nodes = append(w.nodes, n) })
	}
	if w.old != nil && w.edge.Size() == w.old.Size {
		w.oldRoot = w.edge.Root()
	}
}

// checkNodes compares the kept interior hashes: one that differs while its leaves agree with
// their own hashes shows which leaves were rewritten together with them.
func (v *verifier) checkNodes(w *leafWalk) {
	want := make(map[[2]int64]tlog.Hash, len(w.nodes))
	for _, n := range w.nodes {
		want[[2]int64{int64(n.Level), n.N}] = n.Hash
	}
	v.each("node", "SELECT level, n, hash FROM node ORDER BY level, n", nil, func(row []any) error {
		var level, n int64
		var hash []byte
		if err := scan(row, &level, &n, &hash); err != nil {
			return err
		}
		h, ok := want[[2]int64{level, n}]
		delete(want, [2]int64{level, n})
		if !ok || !bytes.Equal(h[:], hash) {
			width := int64(1) << min(uint(level)*journal.TileHeight, bits.UintSize-2)
			first := n * width
			v.problem("node", where("node"), &first, nil, "the leaves %d to %d do not have the root kept for them", first, first+width-1)
		}
		return nil
	})
	for k := range want {
		v.problem("node", where("node"), &k[1], nil, "the interior hash %d of level %d is missing", k[1], k[0])
	}
}

// checkLeafPersons looks for rows of the index that lead to no leaf of the person.
func (v *verifier) checkLeafPersons(w *leafWalk) {
	var rows int64
	if err := v.c.one("SELECT COUNT(*) FROM leaf_person", nil, &rows); err == nil && rows == w.persons {
		return
	}
	v.each("leaf_person", "SELECT person, idx FROM leaf_person ORDER BY idx", nil, func(row []any) error {
		var person, record []byte
		var index int64
		if err := scan(row, &person, &index); err != nil {
			return err
		}
		err := v.c.one("SELECT record FROM leaf WHERE idx = ?", []any{index}, &record)
		var r journal.Record
		if err == nil {
			r, err = journal.Decode(record)
		}
		if err != nil || !bytes.Equal(personKey(ins.PersonID(r.Person)), person) {
			v.problem("leaf_person", where("leaf_person"), &index, nil, "the index of a person leads to leaf %d, which is not theirs", index)
		}
		return nil
	})
}
