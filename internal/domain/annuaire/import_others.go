package annuaire

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/rass"
)

// qualifications reads a file that says all the degrees and authorisations, or all the
// savoir-faire, of those it names.
func (i *importer) qualifications(f *rass.Reader, natures ...byte) {
	named := map[ID]struct{}{}
	var p Practitioner
	var id ID
	flags, fresh := uint8(0), false
	finish := func() {
		if id != 0 && fresh {
			sortQualifications(&p)
			i.c.putID(&p, id, flags)
		}
		fresh = false
	}
	last := ""
	for f.Next() {
		i.r.Rows++
		nat := f.NationalID()
		if nat != last || last == "" {
			finish()
			last, id = keep(nat), idOf(nat)
			ok := false
			if flags, ok = i.c.get(KPractitioner, id, &p); !ok || p.IDNat != nat {
				id = 0
			} else if _, again := named[id]; !again {
				named[id] = struct{}{}
				p.Qualifications = slices.DeleteFunc(p.Qualifications, func(q Qualification) bool { return slices.Contains(natures, q.Nature) })
			}
			fresh = id != 0
		}
		if id == 0 {
			i.refuse(f, "RASS-PERSONNE-INCONNUE", nat, finding.T("Cette personne n'est pas dans l'annuaire : importez d'abord le fichier des personnes.", "This person is not in the directory: import the file of persons first."))
			continue
		}
		if f.Kind == rass.SavoirFaire {
			addQualification(&p, Qualification{Skill, keep(f.Get(rass.TypeSavoirFaire)), keep(f.Get(rass.CodeSavoirFaire)), keep(f.Get(rass.Profession))})
			continue
		}
		addQualification(&p, Qualification{Degree, keep(f.Get(rass.TypeDiplome)), keep(f.Get(rass.Diplome)), ""})
		if t := f.Get(rass.TypeAutorisation); t != "" {
			q := Qualification{Authorization, keep(t), keep(f.Get(rass.Discipline)), ""}
			if !slices.Contains(p.Qualifications, q) {
				p.Qualifications = append(p.Qualifications, q)
			}
		}
	}
	finish()
	i.strip(named, func(p *Practitioner) bool {
		n := len(p.Qualifications)
		p.Qualifications = slices.DeleteFunc(p.Qualifications, func(q Qualification) bool { return slices.Contains(natures, q.Nature) })
		return len(p.Qualifications) != n
	})
}

// strip takes away from those a complete file does not name what it alone says.
func (i *importer) strip(named map[ID]struct{}, take func(*Practitioner) bool) {
	if i.o.Partial {
		return
	}
	i.c.flush()
	t := &i.c.a.tables[KPractitioner]
	var list []ID
	for ord := range t.head {
		v := t.last(uint32(ord))
		if v == nil || v.flags&flagActive == 0 || v.flags&flagLocal != 0 {
			continue
		}
		if _, ok := named[t.ids[ord]]; ok {
			continue
		}
		var p Practitioner
		if decode(i.c.a.arena.get(v.loc), &p) && take(&p) {
			list = append(list, t.ids[ord])
		}
	}
	if len(list) > minHeld && len(list)*100 > (len(named)+len(list))*i.o.MaxRemoved {
		i.r.Held += len(list)
		return
	}
	for _, id := range list {
		var p Practitioner
		if flags, ok := i.c.get(KPractitioner, id, &p); ok && take(&p) {
			i.c.putID(&p, id, flags)
		}
	}
}

// mailboxes reads the correspondence MSSanté: it says all the published mailboxes.
// spec: MSSANTE 2
func (i *importer) mailboxes(f *rass.Reader) {
	said := map[entryKey][]Mailbox{}
	for f.Next() {
		i.r.Rows++
		m := Mailbox{Address: keep(f.Get(rass.AdresseBAL)), Type: keep(strings.ToUpper(f.Get(rass.TypeBAL))), Service: keep(f.Get(rass.Service))}
		demat := fold(f.Get(rass.Demat))
		m.Paperless = demat == "o" || demat == "oui" || demat == "true" || demat == "1"
		if at := strings.LastIndexByte(m.Address, '@'); at <= 0 || at == len(m.Address)-1 {
			i.refuse(f, "RASS-BAL", m.Address, finding.T("L'adresse de la boîte aux lettres n'a pas la forme nom@domaine.", "The address of the mailbox is not of the form name@domain."))
			continue
		}
		person := f.NationalID()
		if m.Type == "" {
			if m.Type = "ORG"; person != "" {
				m.Type = "PER"
			}
		}
		var keys []entryKey
		if person != "" {
			keys = i.holder(person, f.Get(rass.IDStructure))
		} else {
			keys = i.place(f)
		}
		if len(keys) == 0 {
			i.refuse(f, "RASS-BAL-TITULAIRE", m.Address, finding.T("Ni la personne ni la structure de cette boîte aux lettres n'est connue.", "Neither the person nor the structure of this mailbox is known."))
			continue
		}
		for _, k := range keys {
			if !slices.ContainsFunc(said[k], func(o Mailbox) bool { return o.Address == m.Address }) {
				said[k] = append(said[k], m)
			}
		}
	}
	i.c.flush()
	var lost []entryKey
	holders := 0
	for _, k := range []Kind{KPractitioner, KRole, KOrganization} {
		t := &i.c.a.tables[k]
		r := newResource(k)
		for ord := range t.head {
			v := t.last(uint32(ord))
			if v == nil || !decode(i.c.a.arena.get(v.loc), r) || len(mailboxes(r)) == 0 {
				continue
			}
			holders++
			key := entryKey{k, t.ids[ord]}
			if _, ok := said[key]; !ok && v.flags&flagLocal == 0 {
				lost = append(lost, key)
			}
		}
	}
	for k, list := range said {
		i.setMailboxes(k, list)
	}
	switch {
	case i.o.Partial:
	case len(lost) > minHeld && len(lost)*100 > holders*i.o.MaxRemoved:
		i.r.Held += len(lost)
	default:
		for _, k := range lost {
			i.setMailboxes(k, nil)
		}
	}
}

// holder finds the resources that carry the mailbox of a person: their situations in a structure
// when it is said and known, otherwise the person.
func (i *importer) holder(idNat, structure string) (out []entryKey) {
	id := idOf(idNat)
	var p Practitioner
	if _, ok := i.c.get(KPractitioner, id, &p); !ok || p.IDNat != idNat {
		return nil
	}
	a := i.c.a
	if structure != "" {
		t := &a.tables[KRole]
		org := a.organizationNamed(structure)
		if ord, ok := a.tables[KPractitioner].ordinal(id); ok && org != 0 {
			a.byPractitioner.each(ord, func(o uint32) {
				var r Role
				if v := t.last(o); v != nil && v.flags&flagActive != 0 && decode(a.arena.get(v.loc), &r) && r.Organization == org {
					out = append(out, entryKey{KRole, t.ids[o]})
				}
			})
		}
	}
	if out == nil {
		out = []entryKey{{KPractitioner, id}}
	}
	return out
}

// organizationNamed finds a structure by any of its identifiers, as the writer sees it.
func (a *Annuaire) organizationNamed(identifier string) (out ID) {
	t := &a.tables[KOrganization]
	t.known.each(hash(identifier), func(ord uint32) bool {
		var o Organization
		if v := t.last(ord); v != nil && decode(a.arena.get(v.loc), &o) {
			identifiers(&o, func(_, value, _ string) {
				if value == identifier {
					out = t.ids[ord]
				}
			})
		}
		return out == 0
	})
	return out
}

// place finds the structure of an organisational mailbox, making it when only the file knows it.
func (i *importer) place(f *rass.Reader) []entryKey {
	name := f.Get(rass.IDStructure)
	if name == "" {
		return nil
	}
	i.c.flush()
	if id := i.c.a.organizationNamed(name); id != 0 {
		return []entryKey{{KOrganization, id}}
	}
	o := Organization{IDNat: keep(name), Name: keep(f.Get(rass.RaisonSocialeBAL)), Alias: keep(f.Get(rass.EnseigneBAL)), Active: true, System: systemMSS,
		Address: Address{Recipient: keep(f.Get(rass.L2)), Complement: keep(f.Get(rass.L3)), Number: keep(f.Get(rass.L4Numero)), Suffix: keep(f.Get(rass.L4Complement)), StreetType: keep(f.Get(rass.L4Type)),
			Street: keep(f.Get(rass.L4Voie)), Mention: keep(f.Get(rass.L5)), Cedex: keep(f.Get(rass.L6)), PostCode: keep(f.Get(rass.CodePostalBAL)), Department: keep(f.Get(rass.DepartementBAL)), CountryLabel: keep(f.Get(rass.PaysBAL))}}
	if len(name) == 10 && name[0] == '1' {
		o.FINESS = o.IDNat[1:]
	}
	return []entryKey{{KOrganization, i.c.put(&o, flagActive)}}
}

// setMailboxes replaces the published mailboxes of a resource; those of the liste rouge stay, and
// what the file does not say of an address it names.
func (i *importer) setMailboxes(k entryKey, list []Mailbox) {
	r := newResource(k.kind)
	flags, ok := i.c.get(k.kind, k.id, r)
	if !ok {
		return
	}
	var out []Mailbox
	for _, m := range mailboxes(r) {
		n := slices.IndexFunc(list, func(o Mailbox) bool { return o.Address == m.Address })
		switch {
		case n >= 0:
			m.Type, m.Service, m.Paperless = list[n].Type, list[n].Service, list[n].Paperless
			out = append(out, m)
		case m.Red || flags&flagLocal != 0:
			out = append(out, m)
		}
	}
	for _, m := range list {
		if !slices.ContainsFunc(out, func(o Mailbox) bool { return o.Address == m.Address }) {
			out = append(out, m)
		}
	}
	switch r := r.(type) {
	case *Practitioner:
		r.Mailboxes = out
	case *Role:
		r.Mailboxes = out
	case *Organization:
		r.Mailboxes = out
	}
	i.c.putID(r, k.id, flags)
}
