package annuaire

import (
	"slices"
	"strings"
)

// What the house itself puts in the directory, and the short form other rules read.

// Put adds or replaces a professional: the person, and a situation d'exercice in each structure.
// The error is that of the log.
func (a *Annuaire) Put(p Professional) error {
	c := a.begin()
	c.own = true
	var r Practitioner
	c.get(KPractitioner, idOf(p.IDNat), &r)
	r.IDNat, r.Family, r.Given, r.Civility, r.Title, r.Active, r.System = p.IDNat, p.Family, p.Given, p.Civility, p.Title, p.Active, "RPPS"
	r.Qualifications = slices.DeleteFunc(slices.Clone(r.Qualifications), func(q Qualification) bool { return q.Nature == Exercise || q.Nature == Skill })
	section := ""
	if p.Profession != "" {
		r.Qualifications = append(r.Qualifications, Qualification{Nature: Exercise, Type: "C", Code: p.Profession})
		switch {
		case p.SavoirFaire == "":
		case p.Profession == Pharmacien && len(p.SavoirFaire) <= 2:
			section = p.SavoirFaire
		default:
			r.Qualifications = append(r.Qualifications, Qualification{Nature: Skill, Type: skillType(p.SavoirFaire), Code: p.SavoirFaire, Profession: p.Profession})
		}
	}
	r.Mailboxes = slices.Clone(r.Mailboxes)
	if p.Mailbox != "" && !slices.ContainsFunc(r.Mailboxes, func(m Mailbox) bool { return m.Address == p.Mailbox }) {
		r.Mailboxes = append(r.Mailboxes, Mailbox{Address: p.Mailbox, Type: "PER", Rank: 1})
	}
	id := c.put(&r, flagLocal|active(r.Active))
	var roles []ID
	for _, s := range p.Structures {
		role := Role{Practitioner: id, Organization: a.structureID(s), Profession: p.Profession, Mode: "S", Genre: "GENR01", Fonction: p.Function, Section: section, Active: p.Active, System: "RPPS"}
		if p.Profession != "" {
			role.Category = "C"
		} else {
			role.Genre = ""
		}
		if role.Fonction == "" {
			role.Fonction = "FON-AU"
		}
		var o Organization
		if c.get(KOrganization, role.Organization, &o); o.Sector != "" {
			role.Sector = o.Sector
			if strings.HasPrefix(o.Sector, "SA0") && o.Sector >= "SA07" && o.Sector <= "SA09" || o.Sector == "SA33" {
				role.Mode = "L"
			}
		}
		role.Identifier = roleNumber(&role)
		roles = append(roles, c.put(&role, flagLocal|active(p.Active)))
	}
	// Situations this house had put before, and that are no more.
	c.flush()
	if ord, ok := a.tables[KPractitioner].ordinal(id); ok {
		a.byPractitioner.each(ord, func(o uint32) {
			t := &a.tables[KRole]
			if v := t.last(o); v != nil && v.flags&flagLocal != 0 && !slices.Contains(roles, t.ids[o]) {
				c.remove(KRole, t.ids[o])
			}
		})
	}
	if err := c.commit(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.professionals[p.IDNat] = &p
	return nil
}

// PutStructure adds or replaces a structure.
func (a *Annuaire) PutStructure(s Structure) error {
	c := a.begin()
	c.own = true
	var r Organization
	c.get(KOrganization, a.structureID(s.IDNat), &r)
	r.IDNat, r.FINESS, r.Name, r.Sector, r.Active, r.Practice, r.Facility = s.IDNat, s.FINESS, s.Name, s.Sector, s.Active, s.Practice, s.Facility
	r.System = "FINESS"
	if len(s.Address) > 0 {
		r.Address.Number, r.Address.Street = splitStreet(s.Address[0])
		r.Address.Complement = strings.Join(s.Address[1:], " ")
	}
	r.Address.PostCode, r.Address.Town = s.PostCode, s.Town
	r.Phone = strings.TrimPrefix(s.Phone, "tel:")
	r.Mailboxes = slices.Clone(r.Mailboxes)
	if s.Mailbox != "" && !slices.ContainsFunc(r.Mailboxes, func(m Mailbox) bool { return m.Address == s.Mailbox }) {
		r.Mailboxes = append(r.Mailboxes, Mailbox{Address: s.Mailbox, Type: "ORG", Rank: 1})
	}
	c.put(&r, flagLocal|active(s.Active))
	if err := c.commit(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.structures[s.IDNat] = &s
	return nil
}

// PutResources adds or replaces resources of the register that no flat file carries: activities,
// equipments, legal entities, cards. It gives their ids.
func (a *Annuaire) PutResources(list ...any) ([]ID, error) {
	c := a.begin()
	var ids []ID
	for _, x := range list {
		r, ok := x.(resource)
		if !ok {
			continue
		}
		standing := true
		switch r := r.(type) {
		case *Practitioner:
			standing = r.Active
		case *Role:
			if standing = r.Active; r.Identifier == "" {
				r.Identifier = roleNumber(r)
			}
		case *Organization:
			standing = r.Active
		case *Service:
			standing = r.Active
		case *Device:
			standing = r.Status == "active"
		}
		ids = append(ids, c.put(r, flagLocal|active(standing)))
	}
	return ids, c.commit()
}

func active(yes bool) uint8 {
	if yes {
		return flagActive
	}
	return 0
}

// structureID gives the id of a structure named by its national identifier.
func (a *Annuaire) structureID(idNat string) ID {
	var o Organization
	if v, ord := a.standing(KOrganization, idNat, &o); v != nil {
		return a.tables[KOrganization].ids[ord]
	}
	return idOf(idNat)
}

// roleNumber makes the number of an activity that no file gives: ten digits that come from what
// identifies the situation.
func roleNumber(r *Role) string {
	n := *r
	n.Identifier = ""
	h := hash(n.key()) % 9_000_000_000
	b := []byte("0000000000")
	for i, v := len(b)-1, h+1_000_000_000; i >= 0; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return string(b)
}

// skillType gives the type of a savoir-faire from its code, as TRE_R01 numbers them.
func skillType(code string) string {
	for _, p := range []struct{ prefix, kind string }{{"CAPA", "CAPA"}, {"CEX", "CEX"}, {"DEC", "DEC"}, {"DSM", "DNQ"}, {"PAC", "PAC"}, {"FQ", "FQ"}, {"SST", "SST"}, {"S", "S"}, {"C", "C"}} {
		if strings.HasPrefix(code, p.prefix) {
			return p.kind
		}
	}
	return "OP"
}

// splitStreet takes the number off a street: "12 rue des Tilleuls".
func splitStreet(line string) (number, street string) {
	n, rest, ok := strings.Cut(line, " ")
	if ok && n != "" && strings.Trim(n, "0123456789") == "" {
		return n, rest
	}
	return "", line
}

// refresh brings the short forms the house put up to date with what an extraction changed.
func (a *Annuaire) refresh() {
	for id, old := range a.professionals {
		var r Practitioner
		if v, ord := a.standing(KPractitioner, id, &r); v != nil {
			a.professionals[id] = a.professional(&r, ord, old)
		}
	}
	for id, old := range a.structures {
		var r Organization
		if v, _ := a.standing(KOrganization, id, &r); v != nil {
			a.structures[id] = structure(&r, old)
		}
	}
}

// professional makes the short form of a person; old gives what the register does not say.
func (a *Annuaire) professional(r *Practitioner, ord uint32, old *Professional) *Professional {
	p := Professional{}
	if old != nil {
		p = *old
	}
	p.IDNat, p.RPPS, p.Civility, p.Title, p.Active = r.IDNat, r.RPPS(), r.Civility, r.Title, r.Active
	if !r.Active {
		return &p // only its identifiers are kept
	}
	p.Family, p.Given = r.Family, r.Given
	p.Profession, _ = r.Profession()
	skill := ""
	for _, q := range r.Qualifications {
		if q.Nature == Skill && skill == "" {
			skill = q.Code
		}
	}
	p.Structures = nil
	var role Role
	var posted []Mailbox
	t := &a.tables[KRole]
	a.byPractitioner.each(ord, func(o uint32) {
		v := t.at(o, a.version)
		if v == nil || v.flags&flagActive == 0 || !decode(a.arena.get(v.loc), &role) {
			return
		}
		if skill == "" {
			skill = role.Section
		}
		posted = append(posted, role.Mailboxes...)
		if oo, ok := a.tables[KOrganization].ordinal(role.Organization); ok {
			var org Organization
			if v := a.tables[KOrganization].at(oo, a.version); v != nil && decode(a.arena.get(v.loc), &org) && org.IDNat != "" {
				p.Structures = append(p.Structures, org.IDNat)
			}
		}
	})
	slices.Sort(p.Structures)
	p.Structures = slices.Compact(p.Structures)
	p.SavoirFaire = skill
	if old != nil && len(old.Structures) > 0 {
		p.Structures = orderedLike(p.Structures, old.Structures)
	}
	if p.Mailbox = preferred(r.Mailboxes); p.Mailbox == "" {
		p.Mailbox = preferred(posted) // of a situation
	}
	if p.Role == "" {
		p.Role = strings.ToLower(ProfessionLabel(p.Profession))
	}
	return &p
}

// orderedLike keeps the order of before for what is still there.
func orderedLike(list, before []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range before {
		if slices.Contains(list, s) {
			out = append(out, s)
		}
	}
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// structure makes the short form of a structure.
func structure(r *Organization, old *Structure) *Structure {
	s := Structure{}
	if old != nil {
		s = *old
	}
	s.IDNat, s.FINESS, s.Name, s.Active = r.IDNat, r.FINESS, r.Name, r.Active
	if !r.Active {
		return &s
	}
	s.Sector = r.Sector
	if s.Facility = r.Facility; s.Facility == "" {
		s.Facility = r.Sector
	}
	if s.Practice = r.Practice; s.Practice == "" {
		s.Practice = "AMBULATOIRE"
	}
	if old == nil || !r.Address.Zero() {
		s.Address = nil
		if l := r.Address.Line(); l != "" {
			s.Address = append(s.Address, l)
		}
		if r.Address.Complement != "" {
			s.Address = append(s.Address, r.Address.Complement)
		}
		s.PostCode, s.Town = r.Address.PostCode, r.Address.Town
	}
	if r.Phone != "" {
		s.Phone = "tel:" + r.Phone
	}
	s.Mailbox = preferred(r.Mailboxes)
	return &s
}
