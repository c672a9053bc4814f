package embedded

import (
	"bytes"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// checkFacts decodes every row and follows the references between tables, both ways.
func (v *verifier) checkFacts(h head) error {
	v.checkPersons()
	v.checkAuthorisations()
	v.each("record", "SELECT data FROM record", nil, func(row []any) error {
		var data []byte
		if err := scan(row, &data); err != nil {
			return err
		}
		if _, err := decodeRecord(data); err != nil {
			v.problem("record", where("record"), nil, nil, "a record cannot be read: %v", err)
		}
		return nil
	})
	v.each("person_key", "SELECT person, key_id, wrapped FROM person_key", nil, func(row []any) error {
		var person, id, wrapped []byte
		if err := scan(row, &person, &id, &wrapped); err != nil {
			return err
		}
		if _, err := v.keys.unwrap(personOf(person), id, wrapped); err != nil {
			v.problem("key", where("person_key"), nil, nil, "person %s: %v", personOf(person), err)
		}
		return nil
	})
	next := int64(1)
	v.each("event", "SELECT seq, data FROM event ORDER BY seq", nil, func(row []any) error {
		var seq int64
		var data []byte
		if err := scan(row, &seq, &data); err != nil {
			return err
		}
		if seq != next {
			v.problem("event", where("event"), &next, nil, "event %d is missing", next)
		}
		next = seq + 1
		if _, err := decodeEvent(seq, data); err != nil {
			v.problem("event", where("event"), &seq, nil, "event %d cannot be read: %v", seq, err)
		}
		return nil
	})
	if next != h.eventSeq+1 {
		v.problem("event", where("event"), &next, nil, "%d events, %d were committed", next-1, h.eventSeq)
	}
	return nil
}

func (v *verifier) count(table string) (n int64) {
	if err := v.c.one("SELECT COUNT(*) FROM "+table, nil, &n); err != nil {
		v.problem("row", where(table), nil, nil, "the rows cannot be counted: %v", err)
		return -1
	}
	return n
}

func (v *verifier) checkPersons() {
	var carried, born, led, local int64
	leading := v.has("ins_former") // a folder that this edition has not opened yet leads by birth date only
	v.each("person", "SELECT person, data FROM person", nil, func(row []any) error {
		var key, data []byte
		if err := scan(row, &key, &data); err != nil {
			return err
		}
		p, err := decodePerson(data)
		if err != nil || p.ID != personOf(key) {
			v.problem("person", where("person"), nil, nil, "person %s cannot be read: %v", personOf(key), err)
			return nil
		}
		if p.INS != (insid.INS{}) {
			carried++
			owner, err := (&reader{c: v.c}).ownerOfINS(p.INS)
			if err != nil || !bytes.Equal(owner, key) {
				v.problem("ins", where("ins"), nil, nil, "the INS of person %s does not lead to that person", p.ID)
			}
		}
		if leading {
			led, local = led+int64(len(formers(p))), local+int64(len(distinct(p.Local)))
			v.checkLeads(p, key)
		}
		v.checkMerge(p)
		if d := p.Traits.BirthDate; d != "" {
			born++
			if v.c.one("SELECT birth_name FROM birth WHERE birth_date = ? AND person = ?", []any{d, key}, new(string)) != nil {
				v.problem("birth", where("birth"), nil, nil, "person %s is not found by date of birth", p.ID)
			}
		}
		return nil
	})
	if n := v.count("ins"); n > carried {
		v.problem("ins", where("ins"), nil, nil, "%d INS for %d persons who carry one", n, carried)
	}
	if leading {
		if n := v.count("ins_former"); n > led {
			v.problem("ins", where("ins_former"), nil, nil, "%d former INS for %d that persons carried", n, led)
		}
		if n := v.count("local_id"); n > local {
			v.problem("local_id", where("local_id"), nil, nil, "%d local identifiers for %d that persons have", n, local)
		}
		v.readKin()
	}
	if n := v.count("birth"); n > born {
		v.problem("birth", where("birth"), nil, nil, "%d dates of birth for %d persons who have one", n, born)
	}
}

func (v *verifier) checkAuthorisations() {
	var active int64
	v.each("authorisation", "SELECT person, professional, data FROM authorisation", nil, func(row []any) error {
		var key, data []byte
		var professional string
		if err := scan(row, &key, &professional, &data); err != nil {
			return err
		}
		a, err := decodeAuthorisation(data)
		if err != nil || a.Professional != professional {
			v.problem("authorisation", where("authorisation"), nil, nil, "an authorisation on record %s cannot be read: %v", personOf(key), err)
			return nil
		}
		if a.State != acces.Active {
			return nil
		}
		active++
		var person []byte
		if v.c.one("SELECT person FROM authorised WHERE professional = ? AND person = ?", []any{professional, key}, &person) != nil {
			v.problem("authorisation", where("authorised"), nil, nil, "an authorisation on record %s is not found by its professional", personOf(key))
		}
		return nil
	})
	if n := v.count("authorised"); n > active {
		v.problem("authorisation", where("authorised"), nil, nil, "%d rows for %d active authorisations", n, active)
	}
}

// objectWalk goes through the objects of one person after the other.
type objectWalk struct {
	v      *verifier
	next   int64 // object_seq of the head
	owned  int64 // identifiers found in owner
	docs   []placed
	digest int64

	person []byte
	known  map[string]bool // entryUUIDs of this person
	kept   map[string]bool // uniqueIds of this person
	links  []link
	wanted []link // entry → uniqueId of a document
}

type link struct {
	seq      int64
	from, to string
}

// placed is a document with its owner and row.
type placed struct {
	mail   *mailMessage // of a message, which has no person
	person ins.PersonID
	seq    int64
	*document
}

// walkObjects decodes the whole registry and reports what leads nowhere.
func (v *verifier) walkObjects(h head) *objectWalk {
	w := &objectWalk{v: v, next: h.objectSeq}
	v.each("object", "SELECT person, seq, kind, data FROM object ORDER BY person, seq", nil, func(row []any) error {
		var person, data []byte
		var seq, kind int64
		if err := scan(row, &person, &seq, &kind, &data); err != nil {
			return err
		}
		if !bytes.Equal(person, w.person) {
			w.endPerson()
			w.person, w.known, w.kept = person, map[string]bool{}, map[string]bool{}
		}
		w.object(seq, kind, data)
		return nil
	})
	w.endPerson()
	if n := v.count("owner"); n != w.owned {
		w.strayOwners()
	}
	if n := v.count("digest"); n > w.digest {
		v.problem("digest", where("digest"), nil, nil, "%d digests for %d documents that have one", n, w.digest)
	}
	return w
}

func (w *objectWalk) object(seq, kind int64, data []byte) {
	v := w.v
	bad := func(err error) {
		v.problem("object", where("object"), &seq, nil, "object %d of record %s cannot be read: %v", seq, personOf(w.person), err)
	}
	if seq >= w.next {
		v.problem("object", where("object"), &seq, nil, "object %d was never committed", seq)
	}
	switch kind {
	case kindDocument:
		d, err := decodeDocument(data)
		if err != nil {
			bad(err)
			return
		}
		w.owner(idKey(documentOwner, d.uniqueID), seq, d.uniqueID)
		w.kept[d.uniqueID] = true
		if d.digest {
			w.digest++
		}
		w.docs = append(w.docs, placed{person: personOf(w.person), seq: seq, document: d})
	case kindEntry:
		e, err := decodeEntry(data)
		if err != nil {
			bad(err)
			return
		}
		w.owner(uuidKey(e.EntryUUID), seq, e.EntryUUID)
		w.known[e.EntryUUID] = true
		w.wanted = append(w.wanted, link{seq: seq, from: e.EntryUUID, to: e.UniqueID})
	case kindSet:
		x, err := decodeSet(data)
		if err != nil {
			bad(err)
			return
		}
		w.owner(uuidKey(x.EntryUUID), seq, x.EntryUUID)
		w.owner(idKey(setOwner, x.UniqueID), seq, x.UniqueID)
		w.known[x.EntryUUID] = true
	case kindAssociation:
		a, err := decodeAssociation(data)
		if err != nil {
			bad(err)
			return
		}
		w.known[a.EntryUUID] = true
		w.links = append(w.links, link{seq: seq, from: a.EntryUUID, to: a.Source}, link{seq: seq, from: a.EntryUUID, to: a.Target})
	default:
		v.problem("object", where("object"), &seq, nil, "object %d has the unknown kind %d", seq, kind)
	}
}

func (w *objectWalk) owner(id []byte, seq int64, name string) {
	person, at, err := (&reader{c: w.v.c}).locate(id)
	if err != nil || at != seq || !bytes.Equal(person, w.person) {
		w.v.problem("owner", where("owner"), &seq, nil, "%s does not lead to object %d", name, seq)
		return
	}
	w.owned++
}

func (w *objectWalk) endPerson() {
	for _, l := range w.links {
		if !w.known[l.to] && !w.v.ofKin(w.person, l.to) {
			w.v.problem("dangling", where("object"), &l.seq, nil, "association %s refers to %s, which is not in the record", l.from, l.to)
		}
	}
	for _, l := range w.wanted {
		if !w.kept[l.to] {
			w.v.problem("dangling", where("object"), &l.seq, nil, "entry %s describes document %s, which is not kept", l.from, l.to)
			w.v.missing(l.to)
		}
	}
	w.links, w.wanted = w.links[:0], w.wanted[:0]
}

// strayOwners names the identifiers that lead to no object.
func (w *objectWalk) strayOwners() {
	w.v.each("owner", "SELECT id, person, seq FROM owner", nil, func(row []any) error {
		var id, person []byte
		var seq int64
		if err := scan(row, &id, &person, &seq); err != nil {
			return err
		}
		if _, _, err := (&reader{c: w.v.c}).row(person, seq); err != nil {
			w.v.problem("owner", where("owner"), &seq, nil, "the identifier %q leads to object %d, which is not there", id, seq)
			if len(id) > 1 && id[0] == documentOwner {
				w.v.missing(string(id[1:]))
			}
		}
		return nil
	})
}
