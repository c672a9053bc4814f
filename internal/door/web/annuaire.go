package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

const directoryPath = "/annuaire"

// Bounds of the pages of the directory.
const (
	directorySize = 20  // results of a page
	maxWords      = 100 // bytes of a field of a search
	maxMembers    = 200 // people shown of one structure
)

// directoryPage is a search in the directory. It is public: its words may stand in an address.
type directoryPage struct {
	What                   string // "pro" or "structure"
	Name, Profession, Town string
	Asked                  bool
	People                 []personCard
	Places                 []placeCard
	Professions            []option
	Next                   string
}

type personCard struct {
	annuaire.Found
	Href   string
	Places []placeCard
	More   int
}

type placeCard struct {
	annuaire.Place
	Href string
}

// signedInPage opens a page to whoever is signed in, professional or citizen.
func (d *Door) signedInPage(p page) page {
	return func(q *request) error {
		if q.s == nil {
			return errSignedOut
		}
		return p(q)
	}
}

func placeCardOf(p annuaire.Place) placeCard {
	return placeCard{p, directoryPath + "/structure/" + p.ID.Text(annuaire.KOrganization)}
}

// personCard shows somebody found; staff have no profession, but a function.
func (q *request) personCard(f annuaire.Found, most int) personCard {
	if p := q.d.Annuaire.Professional(f.IDNat); len(f.Professions) == 0 && p != nil && p.Role != "" {
		f.Professions = []string{p.Role}
		if q.lang == "en" {
			f.Professions[0] = firstOf(p.RoleEN, p.Role)
		}
	}
	c := personCard{Found: f, Href: directoryPath + "/professionnel/" + f.ID.Text(annuaire.KPractitioner)}
	for i, p := range f.Places {
		if i == most {
			c.More = len(f.Places) - most
			break
		}
		c.Places = append(c.Places, placeCardOf(p))
	}
	return c
}

// phoneWords writes a French number as people read it: 01 99 00 00 09.
func phoneWords(s string) string {
	if len(s) != 10 || strings.Trim(s, "0123456789") != "" {
		return s
	}
	return strings.Join([]string{s[:2], s[2:4], s[4:6], s[6:8], s[8:]}, "\u00a0")
}

// directorySearch finds professionals or structures.
func (d *Door) directorySearch(q *request) error {
	v := q.r.URL.Query()
	word := func(name string) string {
		s := strings.TrimSpace(strings.ToValidUTF8(v.Get(name), ""))
		return strings.ToValidUTF8(s[:min(len(s), maxWords)], "")
	}
	p := directoryPage{What: "pro", Name: word("nom"), Profession: word("profession"), Town: word("lieu"), Professions: professions()}
	if v.Get("quoi") == "structure" {
		p.What, p.Profession = "structure", ""
	}
	p.Asked = p.Name != "" || p.Profession != "" || p.Town != ""
	if !p.Asked {
		return q.render("annuaire", p)
	}
	town, code := p.Town, ""
	if strings.Trim(town, "0123456789 ") == "" {
		town, code = "", strings.ReplaceAll(town, " ", "")
	}
	var next string
	if p.What == "structure" {
		var list []annuaire.Place
		list, next = d.Annuaire.FindStructures(annuaire.StructureQuery{Name: p.Name, Town: town, PostCode: code, Limit: directorySize, After: word("suite")})
		for _, x := range list {
			p.Places = append(p.Places, placeCardOf(x))
		}
	} else {
		var list []annuaire.Found
		list, next = d.Annuaire.FindProfessionals(annuaire.PersonQuery{Name: p.Name, Profession: p.Profession, Town: town, PostCode: code, Limit: directorySize, After: word("suite")})
		for _, x := range list {
			p.People = append(p.People, q.personCard(x, 2))
		}
	}
	if next != "" {
		p.Next = directoryPath + "?" + url.Values{"quoi": {p.What}, "nom": {p.Name}, "profession": {p.Profession}, "lieu": {p.Town}, "suite": {next}}.Encode()
	}
	return q.render("annuaire", p)
}

// professions lists those one may look for, by name.
func professions() (out []option) {
	for c := range nos.Get(nos.Profession).All() {
		out = append(out, option{Value: c.Code, Words: c.Display})
	}
	slices.SortFunc(out, func(a, b option) int { return strings.Compare(a.Words, b.Words) })
	return slices.CompactFunc(out, func(a, b option) bool { return a.Value == b.Value })
}

// directoryPerson shows a professional.
func (d *Door) directoryPerson(q *request) error {
	id, ok := annuaire.ParseID(annuaire.KPractitioner, q.r.PathValue("id"))
	if !ok {
		return errNoPage
	}
	h, found, _ := d.Annuaire.Read(annuaire.KPractitioner, id)
	if !found || !h.Active {
		return errNoPage
	}
	p := h.Practitioner()
	list, _ := d.Annuaire.FindProfessionals(annuaire.PersonQuery{Name: firstOf(p.RPPS(), p.Family), Given: p.Given})
	for _, f := range list {
		if f.ID == id {
			return q.render("annuaire-professionnel", q.personCard(f, len(f.Places)))
		}
	}
	return errNoPage
}

// structureCard is a structure and who works there.
type structureCard struct {
	placeCard
	SIRET, Mail, Alias string
	People             []memberRow
	More               bool
}

// memberRow is somebody who works at a structure.
type memberRow struct {
	ID         annuaire.ID
	IDNat      string
	Name, Role string
	Staff      bool
	Href       string
}

// directoryStructure shows a structure.
func (d *Door) directoryStructure(q *request) error {
	id, ok := annuaire.ParseID(annuaire.KOrganization, q.r.PathValue("id"))
	if !ok {
		return errNoPage
	}
	h, found, _ := d.Annuaire.Read(annuaire.KOrganization, id)
	if !found || !h.Active {
		return errNoPage
	}
	o := h.Organization()
	c := structureCard{placeCard: placeCard{Place: annuaire.Place{ID: id, IDNat: o.IDNat, FINESS: o.FINESS, Name: firstOf(o.Name, o.Alias), PostCode: o.Address.PostCode, Town: o.Address.City(),
		Phone: o.Phone, Sector: annuaire.Label(annuaire.SystemSector, o.Sector)}}, SIRET: o.SIRET}
	for _, l := range []string{o.Address.Complement, o.Address.Line(), o.Address.Mention} {
		if l != "" {
			c.Address = append(c.Address, l)
		}
	}
	for _, m := range o.Mailboxes {
		if !m.Red {
			c.Mailboxes = append(c.Mailboxes, m.Address)
		}
	}
	people, more, err := q.members(id)
	if err != nil {
		return err
	}
	for _, m := range people {
		if !m.Staff { // the directory names those who care; the page of the structure names the others
			c.People = append(c.People, m)
		}
	}
	c.More = more
	return q.render("annuaire-structure", c)
}

// members lists the people with a situation d'exercice at a structure, professionals first, by name.
func (q *request) members(id annuaire.ID) (out []memberRow, more bool, err error) {
	page, err := q.d.Annuaire.Search(annuaire.Query{Kind: annuaire.KRole, Count: maxMembers,
		Clauses: []annuaire.Clause{{Param: "organization", Values: []string{"Organization/" + id.Text(annuaire.KOrganization)}}}})
	if err != nil {
		return nil, false, err
	}
	for _, h := range page.Hits {
		r := h.Role()
		if r == nil || !r.Active || slices.ContainsFunc(out, func(m memberRow) bool { return m.ID == r.Practitioner }) {
			continue
		}
		ph, found, _ := q.d.Annuaire.Read(annuaire.KPractitioner, r.Practitioner)
		if !found || !ph.Active {
			continue
		}
		p := q.d.Annuaire.Professional(ph.Practitioner().IDNat)
		if p == nil {
			continue
		}
		m := memberRow{ID: r.Practitioner, IDNat: p.IDNat, Name: p.Name(), Role: firstOf(p.Role, annuaire.ProfessionLabel(p.Profession)), Staff: p.Profession == ""}
		if q.lang == "en" && p.RoleEN != "" {
			m.Role = p.RoleEN
		}
		m.Href = directoryPath + "/professionnel/" + m.ID.Text(annuaire.KPractitioner)
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b memberRow) int {
		if a.Staff != b.Staff {
			if b.Staff {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, page.Next != 0, nil
}
