package embedded

import (
	"bytes"
	"errors"
	"slices"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// maxChain bounds how many merges lead from an identity to the one that counts.
const maxChain = 64

// root follows merges to the identity that counts.
func (r *reader) root(id ins.PersonID) (*ins.Person, error) {
	for range maxChain {
		p, err := r.Person(id)
		if err != nil || p.MergedInto == "" {
			return p, err
		}
		id = p.MergedInto
	}
	return nil, errCodec
}

// formerly gives the keys of the persons a matricule led to before; sure ones only, or all.
func (r *reader) formerly(i insid.INS, all bool) (keys [][]byte, err error) {
	least := 1
	if all {
		least = 0
	}
	err = r.c.each("SELECT person FROM ins_former WHERE matricule = ? AND oid = ? AND sure >= ? LIMIT 100", []any{i.Matricule.Reveal(), i.OID, least},
		func(row []any) error {
			var key []byte
			err := scan(row, &key)
			keys = append(keys, key)
			return err
		})
	return keys, err
}

// PersonByINS implements dmp.Reader: the person who carries the INS today; else the one known to
// have carried it, when there is one only.
// spec: INS §3 (INSHISTO)
func (r *reader) PersonByINS(i insid.INS) (*ins.Person, error) {
	key, err := r.ownerOfINS(i)
	if err == nil {
		return r.Person(personOf(key))
	}
	if !errors.Is(err, dmp.ErrNotFound) {
		return nil, err
	}
	keys, err := r.formerly(i, false)
	if err != nil {
		return nil, err
	}
	var found *ins.Person
	for _, key := range keys {
		p, err := r.root(personOf(key))
		if err != nil {
			return nil, err
		}
		if found != nil && found.ID != p.ID {
			return nil, dmp.ErrNotFound
		}
		found = p
	}
	if found == nil {
		return nil, dmp.ErrNotFound
	}
	return found, nil
}

// SearchPersons implements dmp.Reader: by INS, of today or of before; by local identifier; else by
// day of birth, without which nobody is found.
func (r *reader) SearchPersons(q ins.Search) ([]*ins.Person, error) {
	limit := q.Limit
	if limit <= 0 || limit > maxRows {
		limit = maxRows
	}
	var keys [][]byte
	var err error
	switch {
	case q.INS != (insid.INS{}):
		keys, err = r.formerly(q.INS, true)
		if key, e := r.ownerOfINS(q.INS); e == nil {
			keys = append([][]byte{key}, slices.DeleteFunc(keys, func(k []byte) bool { return bytes.Equal(k, key) })...)
		} else if !errors.Is(e, dmp.ErrNotFound) {
			return nil, e
		}
	case q.Local.Value != "":
		keys, err = r.keysOf(`SELECT person FROM local_id WHERE value = ? AND authority >= ? AND authority <= ? LIMIT ?`,
			q.Local.Value, q.Local.Authority, orAny(q.Local.Authority), limit)
	case q.BirthDate != "":
		name, given := fold(q.Name), fold(q.Given)
		keys, err = r.keysOf(`SELECT person FROM birth WHERE birth_date = ?
			AND ((birth_name >= ? AND birth_name < ?) OR (used_name >= ? AND used_name < ?))
			AND ((given >= ? AND given < ?) OR (used_given >= ? AND used_given < ?))
			ORDER BY birth_name, given, person LIMIT ?`,
			q.BirthDate, name, beyond(name), name, beyond(name), given, beyond(given), given, beyond(given), limit)
	}
	if err != nil {
		return nil, err
	}
	return r.persons(keys[:min(len(keys), limit)])
}

// PersonsNamed implements dmp.Reader.
func (r *reader) PersonsNamed(name, given string, limit int) ([]*ins.Person, error) {
	if limit <= 0 || limit > maxRows {
		limit = maxRows
	}
	if name = fold(name); name == "" {
		return nil, nil
	}
	keys, err := r.keysOf("SELECT person FROM birth WHERE birth_name = ? AND given = ? LIMIT ?", name, fold(given), limit)
	if err != nil {
		return nil, err
	}
	return r.persons(keys)
}

// beyond is the end of the range of the names that begin with prefix.
func beyond(prefix string) string { return prefix + "\U0010ffff" }

func orAny(authority string) string {
	if authority == "" {
		return "\U0010ffff"
	}
	return authority
}

func (r *reader) keysOf(sql string, args ...any) (keys [][]byte, err error) {
	err = r.c.each(sql, args, func(row []any) error {
		var key []byte
		err := scan(row, &key)
		keys = append(keys, key)
		return err
	})
	return keys, err
}

func (r *reader) persons(keys [][]byte) ([]*ins.Person, error) {
	var found []*ins.Person
	for _, key := range keys {
		p, err := r.Person(personOf(key))
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

// PutPerson implements dmp.Tx.
func (t *tx) PutPerson(p *ins.Person) error {
	if p.ID == "" {
		return errors.New("embedded: a person without id")
	}
	key := personKey(p.ID)
	before, err := t.Person(p.ID)
	if err != nil && !errors.Is(err, dmp.ErrNotFound) {
		return err
	}
	if before == nil {
		before = &ins.Person{}
	}
	if p.INS != (insid.INS{}) && p.INS != before.INS {
		switch other, err := t.ownerOfINS(p.INS); {
		case err == nil && !bytes.Equal(other, key):
			return dmp.ErrDuplicateINS
		case err != nil && !errors.Is(err, dmp.ErrNotFound):
			return err
		}
	}
	if before.INS != (insid.INS{}) && before.INS != p.INS {
		if err := t.run("DELETE FROM ins WHERE matricule = ? AND oid = ? AND person = ?", before.INS.Matricule.Reveal(), before.INS.OID, key); err != nil {
			return err
		}
	}
	if p.INS != (insid.INS{}) && before.INS != p.INS {
		if err := t.run("INSERT INTO ins (matricule, oid, person) VALUES (?, ?, ?)", p.INS.Matricule.Reveal(), p.INS.OID, key); err != nil {
			return err
		}
	}
	if d := before.Traits.BirthDate; d != "" && d != p.Traits.BirthDate {
		if err := t.run("DELETE FROM birth WHERE birth_date = ? AND person = ?", d, key); err != nil {
			return err
		}
	}
	if x := p.Traits; x.BirthDate != "" && (before.ID == "" || before.Traits != x) {
		err := t.run(`INSERT INTO birth (birth_date, person, birth_name, used_name, given, used_given) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (birth_date, person) DO UPDATE SET birth_name = excluded.birth_name, used_name = excluded.used_name,
			given = excluded.given, used_given = excluded.used_given`,
			x.BirthDate, key, fold(x.BirthName), fold(x.UsedName), fold(x.FirstGiven), fold(x.UsedGiven))
		if err != nil {
			return err
		}
	}
	if err := leads(t.run, key, before, p); err != nil {
		return err
	}
	return t.run("INSERT INTO person (person, data) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET data = excluded.data", key, encodePerson(p))
}

// leads writes what else leads to a person: former matricules, local identifiers, merges.
func leads(run func(string, ...any) error, key []byte, before, p *ins.Person) error {
	old, now := formers(before), formers(p)
	for i := range old {
		if _, kept := now[i]; !kept {
			if err := run("DELETE FROM ins_former WHERE matricule = ? AND oid = ? AND person = ?", i.Matricule.Reveal(), i.OID, key); err != nil {
				return err
			}
		}
	}
	for i, sure := range now {
		if was, had := old[i]; had && was == sure {
			continue
		}
		if err := run(`INSERT INTO ins_former (matricule, oid, person, sure) VALUES (?, ?, ?, ?)
			ON CONFLICT (matricule, oid, person) DO UPDATE SET sure = excluded.sure`, i.Matricule.Reveal(), i.OID, key, sure); err != nil {
			return err
		}
	}
	for _, l := range before.Local {
		if !slices.Contains(p.Local, l) {
			if err := run("DELETE FROM local_id WHERE value = ? AND authority = ? AND person = ?", l.Value, l.Authority, key); err != nil {
				return err
			}
		}
	}
	for _, l := range p.Local {
		if !slices.Contains(before.Local, l) {
			if err := run("INSERT INTO local_id (value, authority, person) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", l.Value, l.Authority, key); err != nil {
				return err
			}
		}
	}
	if p.MergedInto != "" && p.MergedInto != before.MergedInto {
		return run("INSERT INTO kin (person, other) VALUES (?, ?) ON CONFLICT DO NOTHING", key, personKey(p.MergedInto))
	}
	return nil
}

// formers gives the matricules of before that lead to a person, 1 for the sure ones. The one held
// by a merged identity is carried on by the identity kept.
func formers(p *ins.Person) map[insid.INS]int64 {
	if len(p.History) == 0 && len(p.Former) == 0 {
		return nil
	}
	m := map[insid.INS]int64{}
	for _, i := range p.History {
		m[i] = 0
	}
	for _, f := range p.Former {
		m[f.INS] = 1
	}
	return m
}

// backfill runs once after a schema file, in its transaction, for what SQL cannot read in a row.
var backfill = map[int64]func(*conn) error{3: func(c *conn) error {
	var all []*ins.Person
	err := c.each("SELECT data FROM person", nil, func(row []any) error {
		var data []byte
		if err := scan(row, &data); err != nil {
			return err
		}
		p, err := decodePerson(data)
		if err == nil && (len(p.History) > 0 || len(p.Former) > 0 || len(p.Local) > 0) {
			all = append(all, p)
		}
		return nil // a row that cannot be read is for verify to tell
	})
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := leads(c.exec, personKey(p.ID), &ins.Person{}, p); err != nil {
			return err
		}
	}
	return nil
}}
