package annuaire

import (
	"slices"

	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/rass"
)

// Export writes one of the flat files of what is active, as it stands at one version. Import of the
// files of one version into an empty directory gives the same directory.
func (a *Annuaire) Export(k rass.Kind, w *rass.Writer) error {
	snapshot, _ := a.Snapshot()
	e := &exporter{a: a, w: w, snapshot: snapshot, kind: k}
	if err := a.each(KPractitioner, snapshot, e.person); err != nil {
		return err
	}
	if k == rass.MSSante {
		if err := a.each(KOrganization, snapshot, e.structureMailboxes); err != nil {
			return err
		}
	}
	return w.Flush()
}

// each gives every active resource of a kind at a snapshot, letting changes pass between two.
func (a *Annuaire) each(k Kind, snapshot uint32, f func(h *Hit) error) error {
	after := uint32(0)
	for {
		p, err := a.Search(Query{Kind: k, Snapshot: snapshot, After: after, Count: lockedWork, Total: TotalNone, Clauses: []Clause{{Param: "active", Values: []string{"true"}}}})
		if err != nil {
			return err
		}
		for i := range p.Hits {
			if err := f(&p.Hits[i]); err != nil {
				return err
			}
		}
		if after = p.Next; after == 0 {
			return nil
		}
	}
}

// Each gives every resource of a kind at a snapshot, inactive ones too, those changed since a
// moment when one is given.
func (a *Annuaire) Each(k Kind, snapshot uint32, since string, f func(h *Hit) error) error {
	q := Query{Kind: k, Snapshot: snapshot, Count: lockedWork, Total: TotalNone}
	if since != "" {
		q.Clauses = []Clause{{Param: "_lastUpdated", Values: []string{"ge" + since}}}
	}
	for {
		p, err := a.Search(q)
		if err != nil {
			return err
		}
		for i := range p.Hits {
			if err := f(&p.Hits[i]); err != nil {
				return err
			}
		}
		if q.After = p.Next; q.After == 0 {
			return nil
		}
	}
}

type exporter struct {
	a        *Annuaire
	w        *rass.Writer
	snapshot uint32
	kind     rass.Kind
}

// person writes the rows of a person.
func (e *exporter) person(h *Hit) error {
	p := h.Practitioner()
	switch e.kind {
	case rass.PersonneActivite:
		return e.activities(h, p)
	case rass.DiplomeAutorisation:
		for _, q := range p.Qualifications {
			if q.Nature != Degree && q.Nature != Authorization {
				continue
			}
			if err := e.w.Write(func(f rass.Field) string { return degreeField(p, q, f) }); err != nil {
				return err
			}
		}
	case rass.SavoirFaire:
		for _, q := range p.Qualifications {
			if q.Nature != Skill {
				continue
			}
			if err := e.w.Write(func(f rass.Field) string { return skillField(p, q, f) }); err != nil {
				return err
			}
		}
	case rass.MSSante:
		return e.mailboxes(h, p)
	}
	return nil
}

// rolesOf gives the active situations of a person, in order, with their structures.
func (e *exporter) rolesOf(h *Hit) (roles []*Role, places []*Organization, err error) {
	hits, _, err := e.a.Related(e.snapshot, []Hit{*h}, []Relation{{KRole, "practitioner", true}}, 1<<30)
	if err != nil {
		return nil, nil, err
	}
	hits = slices.DeleteFunc(hits, func(r Hit) bool { return !r.Active })
	slices.SortFunc(hits, func(x, y Hit) int { return int(x.Place) - int(y.Place) })
	orgs, _, err := e.a.Related(e.snapshot, hits, []Relation{{KRole, "organization", false}}, 1<<30)
	if err != nil {
		return nil, nil, err
	}
	for i := range hits {
		r := hits[i].Role()
		o := &Organization{}
		for j := range orgs {
			if orgs[j].ID == r.Organization && orgs[j].Active {
				o = orgs[j].Organization()
			}
		}
		roles, places = append(roles, r), append(places, o)
	}
	return roles, places, nil
}

func (e *exporter) activities(h *Hit, p *Practitioner) error {
	roles, places, err := e.rolesOf(h)
	if err != nil {
		return err
	}
	for i := range roles {
		if err := e.w.Write(func(f rass.Field) string { return activityField(p, roles[i], places[i], f) }); err != nil {
			return err
		}
	}
	// Exercises without situation, and savoir-faire no situation says, have a row of their own.
	for _, q := range p.Qualifications {
		if q.Nature != Exercise || slices.ContainsFunc(roles, func(r *Role) bool { return r.Profession == q.Code && r.Category == q.Type }) {
			continue
		}
		r := &Role{Profession: q.Code, Category: q.Type}
		for _, s := range p.Qualifications {
			if s.Nature == Skill && s.Profession == q.Code && r.Skill == "" {
				r.SkillType, r.Skill = s.Type, s.Code
			}
		}
		if err := e.w.Write(func(f rass.Field) string { return activityField(p, r, &Organization{}, f) }); err != nil {
			return err
		}
		roles = append(roles, r)
	}
	if len(roles) == 0 {
		return e.w.Write(func(f rass.Field) string { return activityField(p, &Role{}, &Organization{}, f) })
	}
	return nil
}

var civilities = map[string]string{"M": "Monsieur", "MME": "Madame", "MLLE": "Mademoiselle", "DR": "Docteur", "PR": "Professeur", "MC": "Médecin chef", "MG": "Médecin général"}

// personField gives what all files say of a person.
func personField(p *Practitioner, f rass.Field) string {
	switch f {
	case rass.TypeID:
		return p.IDNat[:1]
	case rass.ID:
		return p.IDNat[1:]
	case rass.IDNat:
		return p.IDNat
	case rass.Nom:
		return p.Family
	case rass.Prenom:
		return p.Given
	case rass.CiviliteExercice:
		return p.Title
	case rass.CiviliteExerciceLib:
		return civilities[p.Title]
	case rass.Civilite:
		return p.Civility
	case rass.CiviliteLib:
		return civilities[p.Civility]
	case rass.Autorite:
		return p.Authority
	}
	return ""
}

func activityField(p *Practitioner, r *Role, o *Organization, f rass.Field) string {
	a := &o.Address
	switch f {
	case rass.Profession:
		return r.Profession
	case rass.ProfessionLib:
		return ProfessionLabel(r.Profession)
	case rass.Categorie:
		return r.Category
	case rass.CategorieLib:
		return label(nos.Categorie, r.Category)
	case rass.TypeSavoirFaire:
		return skillOf(p, r).Type
	case rass.TypeSavoirFaireLib:
		return label(nos.TypeSavoirFaire, skillOf(p, r).Type)
	case rass.CodeSavoirFaire:
		return skillOf(p, r).Code
	case rass.SavoirFaireLib:
		return SkillLabel(skillOf(p, r).Code)
	case rass.Mode:
		return r.Mode
	case rass.ModeLib:
		return label(nos.ModeExercice, r.Mode)
	case rass.Section:
		return r.Section
	case rass.SectionLib:
		return label(nos.SubjectRole, r.Section)
	case rass.Fonction:
		return r.Fonction
	case rass.FonctionLib:
		return label(nos.SubjectRole, r.Fonction)
	case rass.Genre:
		return r.Genre
	case rass.GenreLib:
		return label(nos.SubjectRole, r.Genre)
	case rass.Secteur:
		return r.Sector
	case rass.SecteurLib:
		return label(nos.HealthcareFacility, r.Sector)
	case rass.SIRET:
		return o.SIRET
	case rass.SIREN:
		return o.SIREN
	case rass.FINESS:
		if o.Legal {
			return ""
		}
		return o.FINESS
	case rass.FINESSEJ:
		if o.Legal {
			return o.FINESS
		}
		return o.FINESSEJ
	case rass.IDTechnique:
		return o.TechnicalID
	case rass.AncienID:
		if o.Legal && o.FINESS != "" {
			return ""
		}
		return o.IDNat
	case rass.RaisonSociale:
		return o.Name
	case rass.Enseigne:
		return o.Alias
	case rass.Telephone:
		return o.Phone
	case rass.Telephone2:
		return o.Phone2
	case rass.Telecopie:
		return o.Fax
	case rass.Email:
		return o.Email
	case rass.Destinataire:
		return a.Recipient
	case rass.PointGeo:
		return a.Complement
	case rass.NumeroVoie:
		return a.Number
	case rass.IndiceVoie:
		return a.Suffix
	case rass.TypeVoie:
		return a.StreetType
	case rass.TypeVoieLib:
		return a.StreetTypeLabel
	case rass.Voie:
		return a.Street
	case rass.Mention:
		return a.Mention
	case rass.Cedex:
		return a.Cedex
	case rass.CodePostal:
		return a.PostCode
	case rass.Commune:
		return a.InseeCode
	case rass.CommuneLib:
		return a.Town
	case rass.Pays:
		return a.Country
	case rass.PaysLib:
		return a.CountryLabel
	case rass.Departement:
		return a.Department
	case rass.DepartementLib:
		return a.DepartmentLabel
	}
	return personField(p, f)
}

// skillOf gives the savoir-faire of a situation: the one its row said, otherwise the first of its
// profession.
func skillOf(p *Practitioner, r *Role) Qualification {
	if r.Skill != "" {
		return Qualification{Type: r.SkillType, Code: r.Skill}
	}
	return Qualification{}
}

func degreeField(p *Practitioner, q Qualification, f rass.Field) string {
	switch {
	case q.Nature == Degree && f == rass.TypeDiplome:
		return q.Type
	case q.Nature == Degree && f == rass.TypeDiplomeLib:
		return label(nos.TypeDiplome, q.Type)
	case q.Nature == Degree && f == rass.Diplome:
		return q.Code
	case q.Nature == Authorization && f == rass.TypeAutorisation:
		return q.Type
	case q.Nature == Authorization && f == rass.Discipline:
		return q.Code
	}
	return personField(p, f)
}

func skillField(p *Practitioner, q Qualification, f rass.Field) string {
	switch f {
	case rass.TypeSavoirFaire:
		return q.Type
	case rass.TypeSavoirFaireLib:
		return label(nos.TypeSavoirFaire, q.Type)
	case rass.CodeSavoirFaire:
		return q.Code
	case rass.SavoirFaireLib:
		return SkillLabel(q.Code)
	case rass.Profession:
		return q.Profession
	case rass.ProfessionLib:
		return ProfessionLabel(q.Profession)
	case rass.Categorie, rass.CategorieLib:
		for _, e := range p.Qualifications {
			if e.Nature == Exercise && e.Code == q.Profession {
				if f == rass.CategorieLib {
					return label(nos.Categorie, e.Type)
				}
				return e.Type
			}
		}
	}
	return personField(p, f)
}

// mailboxes writes the rows of the mailboxes of a person and of their situations.
func (e *exporter) mailboxes(h *Hit, p *Practitioner) error {
	for _, m := range p.Mailboxes {
		if err := e.mailbox(m, p, &Organization{}); err != nil {
			return err
		}
	}
	roles, places, err := e.rolesOf(h)
	if err != nil {
		return err
	}
	for i, r := range roles {
		for _, m := range r.Mailboxes {
			if err := e.mailbox(m, p, places[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *exporter) structureMailboxes(h *Hit) error {
	o := h.Organization()
	for _, m := range o.Mailboxes {
		if err := e.mailbox(m, nil, o); err != nil {
			return err
		}
	}
	return nil
}

// mailbox writes one row; the liste rouge is not published.
func (e *exporter) mailbox(m Mailbox, p *Practitioner, o *Organization) error {
	if m.Red {
		return nil
	}
	return e.w.Write(func(f rass.Field) string {
		a := &o.Address
		switch f {
		case rass.TypeBAL:
			return m.Type
		case rass.AdresseBAL:
			return m.Address
		case rass.Service:
			return m.Service
		case rass.Demat:
			if m.Paperless {
				return "O"
			}
			return ""
		case rass.IDStructure:
			if o.IDNat == "" {
				return o.TechnicalID
			}
			return o.IDNat
		case rass.TypeIDStructure:
			if o.IDNat != "" {
				return o.IDNat[:1]
			}
			return ""
		case rass.RaisonSocialeBAL:
			return o.Name
		case rass.EnseigneBAL:
			return o.Alias
		case rass.L2:
			return a.Recipient
		case rass.L3:
			return a.Complement
		case rass.L4Numero:
			return a.Number
		case rass.L4Complement:
			return a.Suffix
		case rass.L4Type:
			return a.StreetType
		case rass.L4Voie:
			return a.Street
		case rass.L5:
			return a.Mention
		case rass.L6:
			if a.Cedex == "" && a.Town != "" {
				return joinWords(a.PostCode, a.Town)
			}
			return a.Cedex
		case rass.CodePostalBAL:
			return a.PostCode
		case rass.DepartementBAL:
			return a.Department
		case rass.PaysBAL:
			return a.CountryLabel
		}
		if p == nil {
			return ""
		}
		switch f {
		case rass.Profession:
			code, _ := p.Profession()
			return code
		case rass.ProfessionLib:
			code, _ := p.Profession()
			return ProfessionLabel(code)
		case rass.Categorie:
			_, category := p.Profession()
			return category
		case rass.CategorieLib:
			_, category := p.Profession()
			return label(nos.Categorie, category)
		case rass.CodeSavoirFaire, rass.SavoirFaireLib:
			for _, q := range p.Qualifications {
				if q.Nature == Skill {
					if f == rass.SavoirFaireLib {
						return SkillLabel(q.Code)
					}
					return q.Code
				}
			}
		}
		return personField(p, f)
	})
}
