package embedded

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// loadState reads where the last commit left the counters and the journal.
func (s *Store) loadState() error {
	var leaves int64
	var root, checkpoint []byte
	err := s.db.one("SELECT object_seq, event_seq, leaves, root, checkpoint FROM head WHERE id = 1", nil,
		&s.state.objectSeq, &s.state.eventSeq, &leaves, &root, &checkpoint)
	if errors.Is(err, dmp.ErrNotFound) {
		return s.firstHead()
	}
	if err != nil {
		return err
	}
	if s.state.edge, err = leafSource(s.db).Edge(leaves); err != nil {
		return fmt.Errorf("journal: %w: run socle verify", err)
	}
	if now := s.state.edge.Root(); string(now[:]) != string(root) {
		return errors.New("journal: the leaves do not have the root that was signed: run socle verify")
	}
	s.checkpoint.Store(&checkpoint)
	return nil
}

// firstHead signs the empty journal.
func (s *Store) firstHead() error {
	s.state.objectSeq = 1
	root := s.state.edge.Root()
	note, err := journal.Checkpoint{Origin: s.signer.Origin(), Root: root}.Sign(s.signer)
	if err != nil {
		return err
	}
	s.checkpoint.Store(&note)
	return s.db.exec("INSERT INTO head (id, object_seq, event_seq, leaves, root, checkpoint) VALUES (1, 1, 0, 0, ?, ?)", root[:], note)
}

// finish writes what a group leaves behind: counters, signed checkpoint, segment marks.
func (s *Store) finish(t *tx) (checkpoint []byte, err error) {
	if err := t.finishMail(); err != nil {
		return nil, err
	}
	checkpoint = *s.checkpoint.Load()
	root := t.edge.Root()
	if t.edge.Size() != s.state.edge.Size() {
		c := journal.Checkpoint{Origin: s.signer.Origin(), Size: t.edge.Size(), Root: root}
		if checkpoint, err = c.Sign(s.signer); err != nil {
			return nil, err
		}
	}
	for id, used := range t.used {
		err := t.run("INSERT INTO segment (id, used) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET used = excluded.used WHERE excluded.used > segment.used", id, used)
		if err != nil {
			return nil, err
		}
	}
	err = t.run("UPDATE head SET object_seq = ?, event_seq = ?, leaves = ?, root = ?, checkpoint = ? WHERE id = 1",
		t.objectSeq, t.eventSeq, t.edge.Size(), root[:], checkpoint)
	s.stats.statements.Store(s.db.calls)
	s.stats.leaves.Store(t.edge.Size())
	return checkpoint, err
}

// leafSource reads kept hashes through a connection.
func leafSource(c *conn) journal.Source {
	return func(level int, from, to int64) ([]tlog.Hash, error) {
		sql, args := "SELECT idx, hash FROM leaf WHERE idx >= ? AND idx < ? ORDER BY idx", []any{from, to}
		if level > 0 {
			sql, args = "SELECT n, hash FROM node WHERE level = ? AND n >= ? AND n < ? ORDER BY n", []any{level, from, to}
		}
		var hashes []tlog.Hash
		err := c.each(sql, args, func(row []any) error {
			var n int64
			var h []byte
			if err := scan(row, &n, &h); err != nil {
				return err
			}
			if n != from+int64(len(hashes)) || len(h) != tlog.HashSize {
				return fmt.Errorf("%w: hash %d of level %d", errCodec, from+int64(len(hashes)), level)
			}
			hashes = append(hashes, tlog.Hash(h))
			return nil
		})
		if err == nil && int64(len(hashes)) != to-from {
			err = fmt.Errorf("%w: hash %d of level %d is missing", errCodec, from+int64(len(hashes)), level)
		}
		return hashes, err
	}
}

// Checkpoint gives the last signed checkpoint of the journal.
func (s *Store) Checkpoint() []byte { return append([]byte(nil), *s.checkpoint.Load()...) }

// VerifierKey gives the public key of the journal, in the form of the note tools.
func (s *Store) VerifierKey() string { return s.signer.Verifier() }

// Tile gives a tile or a bundle of entries of the public log by its path, without leading slash;
// dmp.ErrNotFound when the log does not hold it (yet), journal.ErrTilePath when it names none.
//
// spec: C2SP tlog-tiles
func (s *Store) Tile(path string) ([]byte, error) {
	t, err := journal.ParseTile(path)
	if err != nil {
		return nil, err
	}
	var out []byte
	err = s.view(context.Background(), func(c *conn) error {
		head, err := headCheckpoint(c)
		if err != nil {
			return err
		}
		if !t.In(head.size) {
			return dmp.ErrNotFound
		}
		if t.Level == journal.EntriesLevel {
			out, err = entries(c, t)
			return err
		}
		hashes, err := leafSource(c)(t.Level, t.First(), t.Last())
		for _, h := range hashes {
			out = append(out, h[:]...)
		}
		return err
	})
	return out, err
}

func entries(c *conn, t journal.Tile) (out []byte, err error) {
	next := t.First()
	err = c.each("SELECT idx, record, nonce FROM leaf WHERE idx >= ? AND idx < ? ORDER BY idx", []any{t.First(), t.Last()}, func(row []any) error {
		var index int64
		var record, nonce []byte
		if err := scan(row, &index, &record, &nonce); err != nil {
			return err
		}
		if index != next {
			return fmt.Errorf("%w: leaf %d is missing", errCodec, next)
		}
		next++
		out = journal.AppendEntry(out, journal.Commit(nonce, record))
		return nil
	})
	return out, err
}

// Proof shows that a leaf is in the journal as it is now signed.
func (s *Store) Proof(index int64) (journal.Proof, error) {
	p := journal.Proof{Index: index}
	err := s.view(context.Background(), func(c *conn) error {
		head, err := headCheckpoint(c)
		if err != nil {
			return err
		}
		if index < 0 || index >= head.size {
			return dmp.ErrNotFound
		}
		p.Checkpoint = string(head.checkpoint)
		if err := c.one("SELECT record, nonce FROM leaf WHERE idx = ?", []any{index}, &p.Record, &p.Nonce); err != nil {
			return err
		}
		p.Path, err = leafSource(c).Prove(head.size, index)
		return err
	})
	return p, err
}

// head is the row of the table head that a snapshot sees.
type head struct {
	objectSeq, eventSeq, size int64
	root, checkpoint          []byte
}

func headCheckpoint(c *conn) (h head, err error) {
	err = c.one("SELECT object_seq, event_seq, leaves, root, checkpoint FROM head WHERE id = 1", nil,
		&h.objectSeq, &h.eventSeq, &h.size, &h.root, &h.checkpoint)
	return h, err
}

// view is View on the connection itself.
func (s *Store) view(ctx context.Context, fn func(*conn) error) error {
	return s.View(ctx, func(r dmp.Reader) error { return fn(r.(*reader).c) })
}
