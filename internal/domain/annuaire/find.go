package annuaire

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
)

// The search of the pages: words in any order, without accents, each the beginning of a word.

// Sizes of a list for a page.
const (
	defaultFound = 20
	maxFound     = 100
	maxPlaces    = 50 // places of exercise shown of one person
)

// PersonQuery says who is looked for; what is empty does not count.
type PersonQuery struct {
	Name        string // words of the names of exercise, or an RPPS number
	Given       string
	Profession  string // TRE_G15
	SavoirFaire string // TRE_R01
	PostCode    string // beginning
	Town        string // beginning
	Limit       int
	After       string // what the page before gave
}

// Found is a person found.
type Found struct {
	ID          ID
	IDNat, RPPS string
	Name        string // "Dr Claire MARTIN"
	Family      string
	Given       string
	Professions []string // words
	SavoirFaire []string // words
	Places      []Place
	Mailboxes   []string
}

// Place is where somebody exercises, or a structure found.
type Place struct {
	ID        ID
	IDNat     string
	FINESS    string
	Name      string
	Address   []string
	PostCode  string
	Town      string
	Phone     string
	Sector    string // words
	Mode      string // words
	Mailboxes []string
}

// StructureQuery says which structure is looked for.
type StructureQuery struct {
	Name     string // words of its names, or a FINESS number
	PostCode string
	Town     string
	Sector   string // TRE_R02
	Limit    int
	After    string
}

func pageMark(snapshot, after uint32) string {
	var b [8]byte
	binary.BigEndian.PutUint32(b[:4], snapshot)
	binary.BigEndian.PutUint32(b[4:], after)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func parseMark(s string) (snapshot, after uint32, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if s == "" || err != nil || len(b) != 8 {
		return 0, 0, s == ""
	}
	return binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), true
}

// scanFrom begins a walk through what is active, at the place a mark tells; a mark too old, or none,
// begins at the first of what is there now. The caller holds mu.
func (a *Annuaire) scanFrom(mark string, k Kind, r resource) (s *scan, after uint32) {
	snapshot, after, ok := parseMark(mark)
	if !ok || snapshot == 0 || !a.kept(snapshot) {
		snapshot, after = a.version, 0
	}
	t := &a.tables[k]
	return &scan{a: a, t: t, snapshot: snapshot, r: r, end: uint32(len(t.ids))}, after
}

// narrow keeps the candidates that are also in b.
func (s *scan) narrow(b bitmap) {
	if s.set == nil {
		s.set = b
		return
	}
	s.set.and(b)
	b.release()
}

// active gives the first candidate from a place on that is active; nil when there is none, or when its
// snapshot was lost meanwhile.
func (s *scan) active(from uint32) (uint32, *version) {
	for {
		ord, more := s.next(from)
		if !more {
			return 0, nil
		}
		v, err := s.look(ord)
		if err != nil {
			return 0, nil
		}
		if v != nil && v.flags&flagActive != 0 {
			return ord, v
		}
		from = ord + 1
	}
}

// FindProfessionals gives the people active who answer a question, and what asks for the next
// page, "" at the end. An After too old begins again from the first.
func (a *Annuaire) FindProfessionals(q PersonQuery) (list []Found, next string) {
	limit := foundLimit(q.Limit)
	a.mu.RLock()
	defer a.mu.RUnlock()
	s, after := a.scanFrom(q.After, KPractitioner, &Practitioner{})
	defer s.close()
	t := s.t
	names, givens := strings.Fields(fold(q.Name)), strings.Fields(fold(q.Given))
	for _, w := range names {
		b := newBitmap(len(t.ids))
		t.text("family").prefix(w, b.addAll)
		t.text(wordIndex).prefix(w, b.addAll)
		t.text("given").prefix(w, b.addAll)
		t.known.each(hash(w), func(o uint32) bool { b.add(o); return true })
		s.narrow(b)
	}
	if len(givens) > 0 {
		b := newBitmap(len(t.ids))
		t.text("given").prefix(givens[0], b.addAll)
		s.narrow(b)
	}
	for _, code := range []string{q.Profession, q.SavoirFaire} {
		if code != "" {
			b := newBitmap(len(t.ids))
			b.addAll(t.token("qualification-code").exact(code))
			s.narrow(b)
		}
	}
	if (q.PostCode != "" || q.Town != "") && (s.set == nil || s.set.count() > cheapTotal) {
		s.narrow(a.peopleAt(q.PostCode, q.Town)) // otherwise each one found is looked at
	}
	for from := after; ; {
		ord, v := s.active(from)
		if v == nil {
			return list, ""
		}
		from = ord + 1
		p := &Practitioner{}
		if !decode(a.arena.get(v.loc), p) || !personIs(p, names, givens, q) {
			continue
		}
		if len(list) == limit {
			return list, pageMark(s.snapshot, ord)
		}
		f := a.found(p, t.ids[ord], ord, s.snapshot)
		if q.PostCode != "" || q.Town != "" {
			if !slices.ContainsFunc(f.Places, func(p Place) bool { return placeIs(&p, q.PostCode, q.Town) }) {
				continue
			}
		}
		list = append(list, f)
	}
}

func foundLimit(n int) int {
	if n <= 0 {
		return defaultFound
	}
	return min(n, maxFound)
}

// peopleAt gives those who have or had a situation in a structure of a place.
func (a *Annuaire) peopleAt(postCode, town string) bitmap {
	orgs := a.structuresAt(postCode, town)
	defer orgs.release()
	b := newBitmap(len(a.tables[KPractitioner].ids))
	roles := &a.tables[KRole]
	var r Role
	s := &scan{set: orgs}
	for ord, ok := s.next(0); ok; ord, ok = s.next(ord + 1) {
		a.byOrganization.each(ord, func(o uint32) {
			if v := roles.at(o, a.version); v != nil && decode(a.arena.get(v.loc), &r) {
				if p, ok := a.tables[KPractitioner].ordinal(r.Practitioner); ok {
					b.add(p)
				}
			}
		})
	}
	return b
}

func (a *Annuaire) structuresAt(postCode, town string) bitmap {
	t := &a.tables[KOrganization]
	b := newBitmap(len(t.ids))
	if postCode != "" {
		t.text("address-postalcode").prefix(fold(postCode), b.addAll)
	}
	if town != "" {
		c := b
		if postCode != "" {
			c = newBitmap(len(t.ids))
		}
		t.text("address-city").prefix(fold(town), c.addAll)
		if postCode != "" {
			b.and(c)
			c.release()
		}
	}
	return b
}

func placeIs(p *Place, postCode, town string) bool {
	return strings.HasPrefix(fold(p.PostCode), fold(postCode)) && strings.HasPrefix(fold(p.Town), fold(town))
}

// personIs verifies a person against the words asked.
func personIs(p *Practitioner, names, givens []string, q PersonQuery) bool {
	all := strings.Fields(fold(p.Family + " " + p.Given))
	all = append(all, fold(p.RPPS()), fold(p.IDNat))
	for _, w := range names {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, w) }) {
			return false
		}
	}
	if len(givens) > 0 && !strings.HasPrefix(fold(p.Given), strings.Join(givens, " ")) {
		return false
	}
	for _, code := range []string{q.Profession, q.SavoirFaire} {
		if code != "" && !slices.ContainsFunc(p.Qualifications, func(q Qualification) bool { return q.Code == code && (q.Nature == Exercise || q.Nature == Skill) }) {
			return false
		}
	}
	return true
}

// found makes what a page shows of a person.
func (a *Annuaire) found(p *Practitioner, id ID, ord, snapshot uint32) Found {
	short := Professional{Title: p.Title, Civility: p.Civility, Given: p.Given, Family: p.Family}
	f := Found{ID: id, IDNat: p.IDNat, RPPS: p.RPPS(), Name: short.Name(), Family: p.Family, Given: p.Given, Mailboxes: shown(p.Mailboxes)}
	for _, q := range p.Qualifications {
		switch q.Nature {
		case Exercise:
			f.Professions = append(f.Professions, ProfessionLabel(q.Code))
		case Skill:
			f.SavoirFaire = append(f.SavoirFaire, SkillLabel(q.Code))
		}
	}
	var ords []uint32
	a.byPractitioner.each(ord, func(o uint32) { ords = append(ords, o) })
	slices.Sort(ords)
	for _, o := range ords {
		v := a.tables[KRole].at(o, snapshot)
		var r Role
		if v == nil || v.flags&flagActive == 0 || !decode(a.arena.get(v.loc), &r) || r.Organization == 0 || len(f.Places) == maxPlaces {
			continue
		}
		t := &a.tables[KOrganization]
		oo, ok := t.ordinal(r.Organization)
		if !ok || slices.ContainsFunc(f.Places, func(p Place) bool { return p.ID == r.Organization }) {
			continue
		}
		var org Organization
		if v := t.at(oo, snapshot); v == nil || !decode(a.arena.get(v.loc), &org) || !org.Active {
			continue
		}
		place := placeOf(&org, r.Organization)
		place.Mode = Label(SystemMode, r.Mode)
		place.Mailboxes = append(shown(r.Mailboxes), place.Mailboxes...)
		f.Places = append(f.Places, place)
	}
	return f
}

func shown(list []Mailbox) (out []string) {
	for _, m := range list {
		if !m.Red {
			out = append(out, m.Address)
		}
	}
	return out
}

func placeOf(o *Organization, id ID) Place {
	p := Place{ID: id, IDNat: o.IDNat, FINESS: o.FINESS, Name: o.Name, PostCode: o.Address.PostCode, Town: o.Address.City(), Phone: o.Phone, Sector: Label(SystemSector, o.Sector), Mailboxes: shown(o.Mailboxes)}
	if p.Name == "" {
		p.Name = o.Alias
	}
	for _, l := range []string{o.Address.Recipient, o.Address.Complement, o.Address.Line(), o.Address.Mention} {
		if l != "" {
			p.Address = append(p.Address, l)
		}
	}
	return p
}

// FindStructures gives the structures active that answer a question, and what asks for the next page.
func (a *Annuaire) FindStructures(q StructureQuery) (list []Place, next string) {
	limit := foundLimit(q.Limit)
	a.mu.RLock()
	defer a.mu.RUnlock()
	s, after := a.scanFrom(q.After, KOrganization, &Organization{})
	defer s.close()
	t := s.t
	names := strings.Fields(fold(q.Name))
	for _, w := range names {
		b := newBitmap(len(t.ids))
		t.text(wordIndex).prefix(w, b.addAll)
		t.known.each(hash(strings.ToUpper(w)), func(o uint32) bool { b.add(o); return true })
		s.narrow(b)
	}
	if q.PostCode != "" || q.Town != "" {
		s.narrow(a.structuresAt(q.PostCode, q.Town))
	}
	for from := after; ; {
		ord, v := s.active(from)
		if v == nil {
			return list, ""
		}
		from = ord + 1
		o := &Organization{}
		if !decode(a.arena.get(v.loc), o) || !structureIs(o, names, q) {
			continue
		}
		if len(list) == limit {
			return list, pageMark(s.snapshot, ord)
		}
		list = append(list, placeOf(o, t.ids[ord]))
	}
}

func structureIs(o *Organization, names []string, q StructureQuery) bool {
	all := strings.Fields(fold(o.Name + " " + o.Alias))
	all = append(all, fold(o.FINESS), fold(o.IDNat), fold(o.SIRET))
	for _, w := range names {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, w) }) {
			return false
		}
	}
	return (q.Sector == "" || o.Sector == q.Sector) && strings.HasPrefix(fold(o.Address.PostCode), fold(q.PostCode)) && strings.HasPrefix(fold(o.Address.City()), fold(q.Town))
}
