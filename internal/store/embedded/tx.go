package embedded

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// The kinds of rows of the table object.
const (
	kindDocument    = 1
	kindEntry       = 2
	kindSet         = 3
	kindAssociation = 4
)

// tx writes inside the transaction of a group. It implements dmp.Tx.
type tx struct {
	reader
	state
	writes int             // statements that changed something
	dirty  bool            // the deposit that just failed had written
	fault  error           // the database itself failed: the whole group is lost
	used   map[int64]int64 // how far this group refers to each segment
	keyed  map[*personalKey]bool
	mail   *mailCache // nil until mail is written
}

// run executes one statement. A broken constraint is the deposit's fault and becomes ErrExists;
// anything else is the database's.
func (t *tx) run(sql string, args ...any) error {
	err := t.c.exec(sql, args...)
	switch {
	case err == nil:
		t.writes++
		return nil
	case sqliteCode(err) == sqliteConstraint:
		return dmp.ErrExists
	}
	t.fail(err)
	return err
}

func (t *tx) fail(err error) {
	if t.fault == nil {
		t.fault = err
	}
}

// object appends a row to the record of a person.
func (t *tx) object(person []byte, kind int64, data []byte) (seq int64, err error) {
	seq = t.objectSeq
	err = t.run("INSERT INTO object (person, seq, kind, data) VALUES (?, ?, ?, ?)", person, seq, kind, data)
	if err == nil {
		t.objectSeq++
	}
	return seq, err
}

func (t *tx) own(id, person []byte, seq int64) error {
	return t.run("INSERT INTO owner (id, person, seq) VALUES (?, ?, ?)", id, person, seq)
}

func (t *tx) putDocument(b *sealedBody) error {
	if err := t.putKey(b); err != nil {
		return err
	}
	// The identifier first: a duplicate is found before anything is written.
	if err := t.own(idKey(documentOwner, b.uniqueID), b.person, t.objectSeq); err != nil {
		if errors.Is(err, dmp.ErrExists) {
			return fmt.Errorf("document %s: %w", b.uniqueID, err)
		}
		return err
	}
	length := int64(len(*b.record))
	seq, err := t.object(b.person, kindDocument, encodeDocument(&document{
		uniqueID: b.uniqueID, segment: b.segment, offset: b.offset, length: length,
		size: b.size, sha1: b.sha1, sha256: b.sha256, received: t.s.now(), digest: b.digest != nil,
	}))
	if err != nil {
		return err
	}
	t.used[b.segment] = max(t.used[b.segment], b.offset+length)
	if b.digest == nil {
		return nil
	}
	return t.run("INSERT INTO digest (seq, person, data) VALUES (?, ?, ?)", seq, b.person, b.digest)
}

// putKey writes the row of a personal key that is used for the first time.
func (t *tx) putKey(b *sealedBody) error {
	if b.key.durable.Load() || t.keyed[b.key] {
		return nil
	}
	err := t.run("INSERT INTO person_key (person, key_id, wrapped) VALUES (?, ?, ?)", b.person, b.key.id[:], b.key.wrapped)
	if errors.Is(err, dmp.ErrExists) {
		return fmt.Errorf("embedded: another key of this person was made meanwhile: %w", dmp.ErrBusy)
	}
	if err != nil {
		return err
	}
	if t.keyed == nil {
		t.keyed = map[*personalKey]bool{}
	}
	t.keyed[b.key] = true
	return nil
}

// PutRecord implements dmp.Tx.
func (t *tx) PutRecord(id ins.PersonID, r dmp.Record) error {
	return t.run("INSERT INTO record (person, data) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET data = excluded.data", personKey(id), encodeRecord(r))
}

// PutAuthorisation implements dmp.Tx.
func (t *tx) PutAuthorisation(id ins.PersonID, a acces.Authorisation) error {
	key := personKey(id)
	err := t.run(`INSERT INTO authorisation (person, professional, data) VALUES (?, ?, ?)
		ON CONFLICT (person, professional) DO UPDATE SET data = excluded.data`, key, a.Professional, encodeAuthorisation(a))
	if err != nil {
		return err
	}
	if a.State != acces.Active {
		return t.run("DELETE FROM authorised WHERE professional = ? AND person = ?", a.Professional, key)
	}
	return t.run("INSERT INTO authorised (professional, person) VALUES (?, ?) ON CONFLICT DO NOTHING", a.Professional, key)
}

// DropAuthorisation implements dmp.Tx.
func (t *tx) DropAuthorisation(id ins.PersonID, professional string) error {
	key := personKey(id)
	if err := t.run("DELETE FROM authorisation WHERE person = ? AND professional = ?", key, professional); err != nil {
		return err
	}
	return t.run("DELETE FROM authorised WHERE professional = ? AND person = ?", professional, key)
}

// PutEntry implements dmp.Tx.
func (t *tx) PutEntry(id ins.PersonID, e *xds.DocumentEntry) error {
	key := personKey(id)
	if err := t.own(uuidKey(e.EntryUUID), key, t.objectSeq); err != nil {
		return fmt.Errorf("entry %s: %w", e.EntryUUID, err)
	}
	_, err := t.object(key, kindEntry, encodeEntry(e))
	return err
}

// PutSet implements dmp.Tx.
func (t *tx) PutSet(id ins.PersonID, x *xds.SubmissionSet) error {
	key := personKey(id)
	if err := t.own(idKey(setOwner, x.UniqueID), key, t.objectSeq); err != nil {
		return fmt.Errorf("submission set %s: %w", x.UniqueID, err)
	}
	if err := t.own(uuidKey(x.EntryUUID), key, t.objectSeq); err != nil {
		return fmt.Errorf("submission set %s: %w", x.EntryUUID, err)
	}
	_, err := t.object(key, kindSet, encodeSet(x))
	return err
}

// PutAssociation implements dmp.Tx.
func (t *tx) PutAssociation(id ins.PersonID, a *xds.Association) error {
	_, err := t.object(personKey(id), kindAssociation, encodeAssociation(a))
	return err
}

// SetStatus implements dmp.Tx, for entries and submission sets.
func (t *tx) SetStatus(id ins.PersonID, entryUUID string, status xds.Status) error {
	key, seq, err := t.locate(uuidKey(entryUUID))
	if err != nil {
		return err
	}
	if !bytes.Equal(key, personKey(id)) {
		return dmp.ErrNotFound
	}
	kind, data, err := t.row(key, seq)
	if err != nil {
		return err
	}
	switch kind {
	case kindEntry:
		e, err := decodeEntry(data)
		if err != nil {
			return err
		}
		e.Status = status
		data = encodeEntry(e)
	case kindSet:
		x, err := decodeSet(data)
		if err != nil {
			return err
		}
		x.Status = status
		data = encodeSet(x)
	default:
		return dmp.ErrNotFound
	}
	return t.run("UPDATE object SET data = ? WHERE person = ? AND seq = ?", data, key, seq)
}

// Leaf implements dmp.Tx.
func (t *tx) Leaf(r journal.Record) error {
	sealed, err := journal.Seal(r, t.s.rand)
	if err != nil {
		return err
	}
	index := t.edge.Size()
	err = t.run("INSERT INTO leaf (idx, record, nonce, hash) VALUES (?, ?, ?, ?)", index, sealed.Record, sealed.Nonce[:], sealed.Leaf[:])
	if err != nil {
		t.fail(err) // the index is ours: even a constraint here is damage
		return err
	}
	if r.Person != "" {
		if err := t.run("INSERT INTO leaf_person (person, idx) VALUES (?, ?)", personKey(ins.PersonID(r.Person)), index); err != nil {
			t.fail(err)
			return err
		}
	}
	var nodes error
	t.edge.Append(sealed.Leaf, func(n journal.Node) {
		if nodes == nil {
			nodes = t.run("INSERT INTO node (level, n, hash) VALUES (?, ?, ?)", n.Level, n.N, n.Hash[:])
		}
	})
	if nodes != nil {
		t.fail(nodes)
		return nodes
	}
	if r.Person != "" && r.Outcome == journal.Success && (r.Action == journal.Read || r.Action == journal.Search) {
		return t.run(`INSERT INTO seen (person, actor, at) VALUES (?, ?, ?)
			ON CONFLICT (person, actor) DO UPDATE SET at = excluded.at WHERE excluded.at > seen.at`,
			personKey(ins.PersonID(r.Person)), r.Actor.ID, r.Time.UnixMicro())
	}
	return nil
}

// Event implements dmp.Tx.
func (t *tx) Event(e evenement.Event) error {
	if err := t.run("INSERT INTO event (seq, data) VALUES (?, ?)", t.eventSeq+1, encodeEvent(e)); err != nil {
		t.fail(err)
		return err
	}
	t.eventSeq++
	return nil
}
