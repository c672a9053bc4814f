package embedded

import (
	"bytes"
	"slices"

	"github.com/socle-sante/socle/internal/domain/ins"
)

// has tells whether a table is there.
func (v *verifier) has(table string) bool {
	var n int64
	err := v.c.one("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?", []any{table}, &n)
	return err == nil && n == 1
}

func distinct(list []ins.LocalID) []ins.LocalID {
	var out []ins.LocalID
	for _, l := range list {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// checkLeads follows former matricules and local identifiers to their person.
func (v *verifier) checkLeads(p *ins.Person, key []byte) {
	for i, sure := range formers(p) {
		var kept int64
		err := v.c.one("SELECT sure FROM ins_former WHERE matricule = ? AND oid = ? AND person = ?", []any{i.Matricule.Reveal(), i.OID, key}, &kept)
		if err != nil || kept != sure {
			v.problem("ins", where("ins_former"), nil, nil, "a former INS of person %s does not lead to that person", p.ID)
		}
	}
	for _, l := range p.Local {
		var person []byte
		if v.c.one("SELECT person FROM local_id WHERE value = ? AND authority = ? AND person = ?", []any{l.Value, l.Authority, key}, &person) != nil {
			v.problem("local_id", where("local_id"), nil, nil, "a local identifier of person %s does not lead to that person", p.ID)
		}
	}
}

// checkMerge follows a merge both ways.
func (v *verifier) checkMerge(p *ins.Person) {
	r := &reader{c: v.c}
	if p.MergedInto != "" {
		into, err := r.Person(p.MergedInto)
		if err != nil || !slices.ContainsFunc(into.Absorbed, func(a ins.Absorbed) bool { return a.ID == p.ID }) {
			v.problem("merge", where("person"), nil, nil, "person %s was merged into %s, which does not know it", p.ID, p.MergedInto)
		}
		if _, err := r.root(p.ID); err != nil {
			v.problem("merge", where("person"), nil, nil, "the merges of person %s lead to nobody: %v", p.ID, err)
		}
	}
	for _, a := range p.Absorbed {
		if q, err := r.Person(a.ID); err != nil || q.MergedInto != p.ID {
			v.problem("merge", where("person"), nil, nil, "person %s absorbed %s, which does not know it", p.ID, a.ID)
		}
	}
}

// readKin groups the persons that are or were merged.
func (v *verifier) readKin() {
	v.kin = map[string]string{}
	v.each("kin", "SELECT person, other FROM kin", nil, func(row []any) error {
		var a, b []byte
		if err := scan(row, &a, &b); err != nil {
			return err
		}
		if x, y := v.family(string(a)), v.family(string(b)); x != y {
			v.kin[x] = y
		}
		return nil
	})
}

func (v *verifier) family(person string) string {
	for v.kin[person] != "" {
		person = v.kin[person]
	}
	return person
}

// ofKin tells whether an object belongs to a person merged with this one, now or before.
func (v *verifier) ofKin(person []byte, entryUUID string) bool {
	if len(v.kin) == 0 {
		return false
	}
	owner, _, err := (&reader{c: v.c}).locate(uuidKey(entryUUID))
	return err == nil && !bytes.Equal(owner, person) && v.family(string(owner)) == v.family(string(person))
}
