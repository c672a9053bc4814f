package embedded

import (
	"bytes"
	"context"
	"errors"
	"math"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// maxRows bounds the lists whose length a caller gives.
const maxRows = 10000

// borrow takes a reading connection, opening it the first time.
func (s *Store) borrow(ctx context.Context) (*conn, error) {
	var c *conn
	var open bool
	select {
	case c, open = <-s.readers:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !open {
		return nil, ErrClosed
	}
	if c != nil {
		return c, nil
	}
	c, err := openConn(s.path(factsFile), "ro", "query_only = ON", "cache_size = -4096", "temp_store = MEMORY")
	if err != nil {
		s.readers <- nil
		return nil, err
	}
	return c, nil
}

func (s *Store) giveBack(c *conn) { s.readers <- c }

// View implements dmp.Store.
func (s *Store) View(ctx context.Context, fn func(dmp.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := s.borrow(ctx)
	if err != nil {
		return err
	}
	defer s.giveBack(c)
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer c.exec("ROLLBACK")
	return fn(&reader{c: c, s: s})
}

// Body implements dmp.Store.
func (s *Store) Body(ctx context.Context, uniqueID string) ([]byte, error) {
	var person ins.PersonID
	var d *document
	err := s.View(ctx, func(r dmp.Reader) error {
		var err error
		person, d, err = r.(*reader).document(uniqueID)
		return err
	})
	if err != nil {
		return nil, err
	}
	key, err := s.keys.find(person, s.loadKey)
	if err != nil {
		return nil, err
	}
	record, err := s.seg.read(d.segment, d.offset, d.length)
	if err != nil {
		return nil, err
	}
	plain, err := openRecord(s.zip, key, person, uniqueID, record)
	if err != nil {
		return nil, err
	}
	if h, _ := parseHeader(record); h.sha256 != d.sha256 {
		return nil, errSegment
	}
	return plain, nil
}

// reader answers from one snapshot. It implements dmp.Reader.
type reader struct {
	c *conn
	s *Store
}

// Person implements dmp.Reader.
func (r *reader) Person(id ins.PersonID) (*ins.Person, error) {
	var data []byte
	if err := r.c.one("SELECT data FROM person WHERE person = ?", []any{personKey(id)}, &data); err != nil {
		return nil, err
	}
	return decodePerson(data)
}

func (r *reader) ownerOfINS(i insid.INS) (person []byte, err error) {
	err = r.c.one("SELECT person FROM ins WHERE matricule = ? AND oid = ?", []any{i.Matricule.Reveal(), i.OID}, &person)
	return person, err
}

// Record implements dmp.Reader.
func (r *reader) Record(id ins.PersonID) (dmp.Record, error) {
	var data []byte
	err := r.c.one("SELECT data FROM record WHERE person = ?", []any{personKey(id)}, &data)
	if errors.Is(err, dmp.ErrNotFound) {
		return dmp.Record{}, nil
	}
	if err != nil {
		return dmp.Record{}, err
	}
	return decodeRecord(data)
}

// Authorisations implements dmp.Reader.
func (r *reader) Authorisations(id ins.PersonID) ([]acces.Authorisation, error) {
	var list []acces.Authorisation
	err := r.c.each("SELECT data FROM authorisation WHERE person = ? ORDER BY professional", []any{personKey(id)}, func(row []any) error {
		var data []byte
		if err := scan(row, &data); err != nil {
			return err
		}
		a, err := decodeAuthorisation(data)
		list = append(list, a)
		return err
	})
	return list, err
}

// AuthorisedTo implements dmp.Reader.
func (r *reader) AuthorisedTo(professional string) ([]ins.PersonID, error) {
	var list []ins.PersonID
	err := r.c.each("SELECT person FROM authorised WHERE professional = ? ORDER BY person", []any{professional}, func(row []any) error {
		var key []byte
		err := scan(row, &key)
		list = append(list, personOf(key))
		return err
	})
	return list, err
}

// locate finds the row of an identifier.
func (r *reader) locate(id []byte) (person []byte, seq int64, err error) {
	err = r.c.one("SELECT person, seq FROM owner WHERE id = ?", []any{id}, &person, &seq)
	return person, seq, err
}

func (r *reader) row(person []byte, seq int64) (kind int64, data []byte, err error) {
	err = r.c.one("SELECT kind, data FROM object WHERE person = ? AND seq = ?", []any{person, seq}, &kind, &data)
	return kind, data, err
}

// OwnerOfUUID implements dmp.Reader.
func (r *reader) OwnerOfUUID(entryUUID string) (ins.PersonID, error) {
	return r.owner(uuidKey(entryUUID))
}

// OwnerOfDocument implements dmp.Reader.
func (r *reader) OwnerOfDocument(uniqueID string) (ins.PersonID, error) {
	return r.owner(idKey(documentOwner, uniqueID))
}

// OwnerOfSet implements dmp.Reader.
func (r *reader) OwnerOfSet(setUniqueID string) (ins.PersonID, error) {
	return r.owner(idKey(setOwner, setUniqueID))
}

func (r *reader) owner(id []byte) (ins.PersonID, error) {
	person, _, err := r.locate(id)
	if err != nil {
		return "", err
	}
	return personOf(person), nil
}

// objects hands the data of one kind of rows of a person to fn, in order of arrival.
func (r *reader) objects(id ins.PersonID, kind int64, fn func(seq int64, data []byte) error) error {
	return r.c.each("SELECT seq, data FROM object WHERE person = ? AND kind = ? ORDER BY seq", []any{personKey(id), kind}, func(row []any) error {
		var seq int64
		var data []byte
		if err := scan(row, &seq, &data); err != nil {
			return err
		}
		return fn(seq, data)
	})
}

// Entries implements dmp.Reader.
func (r *reader) Entries(id ins.PersonID) ([]*xds.DocumentEntry, error) {
	var list []*xds.DocumentEntry
	err := r.objects(id, kindEntry, func(_ int64, data []byte) error {
		e, err := decodeEntry(data)
		list = append(list, e)
		return err
	})
	return list, err
}

// Entry implements dmp.Reader.
func (r *reader) Entry(id ins.PersonID, entryUUID string) (*xds.DocumentEntry, error) {
	key, seq, err := r.locate(uuidKey(entryUUID))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(key, personKey(id)) {
		return nil, dmp.ErrNotFound
	}
	kind, data, err := r.row(key, seq)
	if err != nil {
		return nil, err
	}
	if kind != kindEntry {
		return nil, dmp.ErrNotFound
	}
	return decodeEntry(data)
}

// Sets implements dmp.Reader.
func (r *reader) Sets(id ins.PersonID) ([]*xds.SubmissionSet, error) {
	var list []*xds.SubmissionSet
	err := r.objects(id, kindSet, func(_ int64, data []byte) error {
		x, err := decodeSet(data)
		list = append(list, x)
		return err
	})
	return list, err
}

// Associations implements dmp.Reader.
func (r *reader) Associations(id ins.PersonID) ([]*xds.Association, error) {
	var list []*xds.Association
	err := r.objects(id, kindAssociation, func(_ int64, data []byte) error {
		a, err := decodeAssociation(data)
		list = append(list, a)
		return err
	})
	return list, err
}

// Received implements dmp.Reader.
func (r *reader) Received(id ins.PersonID) (map[string]time.Time, error) {
	times := map[string]time.Time{}
	err := r.objects(id, kindDocument, func(_ int64, data []byte) error {
		d, err := decodeDocument(data)
		if err == nil {
			times[d.uniqueID] = d.received
		}
		return err
	})
	return times, err
}

// Digests implements dmp.Reader.
func (r *reader) Digests(id ins.PersonID) (map[string][]byte, error) {
	digests := map[string][]byte{}
	ids := map[int64]string{}
	err := r.objects(id, kindDocument, func(seq int64, data []byte) error {
		d, err := decodeDocument(data)
		if err == nil && d.digest {
			ids[seq] = d.uniqueID
		}
		return err
	})
	if err != nil || len(ids) == 0 {
		return digests, err
	}
	key, err := r.s.keys.find(id, r.c.key)
	if err != nil {
		return nil, err
	}
	person := personKey(id)
	for seq, uniqueID := range ids {
		var sealed []byte
		if err := r.c.one("SELECT data FROM digest WHERE person = ? AND seq = ?", []any{person, seq}, &sealed); err != nil {
			return nil, err
		}
		if digests[uniqueID], err = openDigest(r.s.zip, key, id, uniqueID, sealed); err != nil {
			return nil, err
		}
	}
	return digests, nil
}

func (r *reader) document(uniqueID string) (ins.PersonID, *document, error) {
	key, seq, err := r.locate(idKey(documentOwner, uniqueID))
	if err != nil {
		return "", nil, err
	}
	kind, data, err := r.row(key, seq)
	if err != nil {
		return "", nil, err
	}
	if kind != kindDocument {
		return "", nil, errCodec
	}
	d, err := decodeDocument(data)
	return personOf(key), d, err
}

// BodyInfo implements dmp.Reader.
func (r *reader) BodyInfo(uniqueID string) (dmp.BodyInfo, error) {
	person, d, err := r.document(uniqueID)
	if err != nil {
		return dmp.BodyInfo{}, err
	}
	return dmp.BodyInfo{Person: person, Size: d.size, SHA1: d.sha1, SHA256: d.sha256}, nil
}

// Leaves implements dmp.Reader.
func (r *reader) Leaves(id ins.PersonID, before int64, limit int) ([]dmp.Leaf, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	if limit <= 0 || limit > maxRows {
		limit = maxRows
	}
	var list []dmp.Leaf
	err := r.c.each(`SELECT l.idx, l.record FROM leaf_person p JOIN leaf l ON l.idx = p.idx
		WHERE p.person = ? AND p.idx < ? ORDER BY p.idx DESC LIMIT ?`, []any{personKey(id), before, limit}, func(row []any) error {
		var leaf dmp.Leaf
		var data []byte
		err := scan(row, &leaf.Index, &data)
		if err == nil {
			leaf.Record, err = journal.Decode(data)
		}
		list = append(list, leaf)
		return err
	})
	return list, err
}

// LastSeen implements dmp.Reader; the zero time when there was none.
func (r *reader) LastSeen(id ins.PersonID, actor string) (time.Time, error) {
	var at int64
	err := r.c.one("SELECT at FROM seen WHERE person = ? AND actor = ?", []any{personKey(id), actor}, &at)
	if errors.Is(err, dmp.ErrNotFound) {
		return time.Time{}, nil
	}
	return time.UnixMicro(at).UTC(), err
}

// Events implements dmp.Reader.
func (r *reader) Events(after int64, limit int) ([]evenement.Event, error) {
	if limit <= 0 || limit > maxRows {
		limit = maxRows
	}
	var list []evenement.Event
	err := r.c.each("SELECT seq, data FROM event WHERE seq > ? ORDER BY seq LIMIT ?", []any{after, limit}, func(row []any) error {
		var seq int64
		var data []byte
		if err := scan(row, &seq, &data); err != nil {
			return err
		}
		e, err := decodeEvent(seq, data)
		list = append(list, e)
		return err
	})
	return list, err
}
