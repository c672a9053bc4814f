package annuaire

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/rass"
)

// staged is a person whose rows are being read: they follow one another.
type staged struct {
	p     Practitioner
	roles []Role
}

// persons reads the rows of persons and activities: the person, the structure, the situation.
func (i *importer) persons(f *rass.Reader) {
	for f.Next() {
		i.r.Rows++
		id := f.NationalID()
		if wrong := CheckIDNat(id, i.o.JeuDeTest); wrong != nil {
			i.refuse(f, "RASS-IDENTIFIANT", id, *wrong)
			continue
		}
		if f.Get(rass.Nom) == "" {
			i.refuse(f, "RASS-NOM", id, finding.T("Le nom d'exercice manque.", "The name of exercise is missing."))
			continue
		}
		if i.person.p.IDNat != id {
			i.finish(f)
			i.begin(f, id)
		}
		i.activity(f)
	}
	i.finish(f)
	i.vanish(KPractitioner, KRole, KOrganization)
}

// keep copies a text out of the row.
func keep(s string) string { return strings.Clone(strings.ToValidUTF8(s, "?")) }

func (i *importer) begin(f *rass.Reader, id string) {
	i.person.p = Practitioner{IDNat: keep(id), Family: keep(f.Get(rass.Nom)), Given: keep(f.Get(rass.Prenom)), Civility: keep(f.Get(rass.Civilite)),
		Title: keep(f.Get(rass.CiviliteExercice)), Active: true, Authority: keep(f.Get(rass.Autorite)), System: "RPPS"}
	i.person.roles = i.person.roles[:0]
}

// activity adds what a row says to the person.
func (i *importer) activity(f *rass.Reader) {
	p := &i.person.p
	profession, category := keep(f.Get(rass.Profession)), keep(f.Get(rass.Categorie))
	addQualification(p, Qualification{Exercise, category, profession, ""})
	skill := Qualification{Skill, keep(f.Get(rass.TypeSavoirFaire)), keep(f.Get(rass.CodeSavoirFaire)), profession}
	addQualification(p, skill)
	org := i.structure(f)
	r := Role{Organization: org, Profession: profession, Category: category, Mode: keep(f.Get(rass.Mode)), Section: keep(f.Get(rass.Section)), Fonction: keep(f.Get(rass.Fonction)),
		Genre: keep(f.Get(rass.Genre)), Sector: keep(f.Get(rass.Secteur)), SkillType: skill.Type, Skill: skill.Code, Active: true, Authority: p.Authority, System: "RPPS"}
	if org == 0 && r.Mode == "" && r.Fonction == "" && r.Genre == "" && r.Section == "" {
		return // a person without activity
	}
	i.person.roles = append(i.person.roles, r)
}

func addQualification(p *Practitioner, q Qualification) {
	if q.Code != "" && !slices.Contains(p.Qualifications, q) {
		p.Qualifications = append(p.Qualifications, q)
	}
}

// finish gives the person and their situations their state. What other files say of them stays:
// degrees, mailboxes, cards.
func (i *importer) finish(f *rass.Reader) {
	p := &i.person.p
	if p.IDNat == "" {
		return
	}
	id := i.c.idFor(KPractitioner, p.IDNat, p)
	var old Practitioner
	flags, known := i.c.get(KPractitioner, id, &old)
	if known {
		_, again := i.seen[KPractitioner][id]
		keepSkills := i.skills || !f.Has(rass.CodeSavoirFaire)
		for _, q := range old.Qualifications {
			if again || q.Nature == Degree || q.Nature == Authorization || q.Nature == Skill && keepSkills {
				addQualification(p, q)
			}
		}
		p.Mailboxes, p.Cards = old.Mailboxes, old.Cards
	}
	sortQualifications(p)
	i.c.putID(p, id, flagActive|flags&flagLocal)
	i.seen[KPractitioner][id] = struct{}{}
	for n := range i.person.roles {
		r := &i.person.roles[n]
		r.Practitioner = id
		r.Identifier = roleNumber(r)
		rid := i.c.idFor(KRole, r.key(), r)
		if _, again := i.seen[KRole][rid]; again {
			continue
		}
		var was Role
		flags, known := i.c.get(KRole, rid, &was)
		if known {
			r.Mailboxes = was.Mailboxes
			if flags&flagLocal != 0 && r.SkillType == "" && r.Authority == "" {
				r.SkillType, r.Skill, r.Authority = was.SkillType, was.Skill, was.Authority
			}
		}
		i.c.putID(r, rid, flagActive|flags&flagLocal)
		i.seen[KRole][rid] = struct{}{}
	}
	i.person.p = Practitioner{}
}

// sortQualifications gives one order whatever the order of the rows: exercises, skills, degrees,
// authorisations.
func sortQualifications(p *Practitioner) {
	slices.SortStableFunc(p.Qualifications, func(x, y Qualification) int {
		order := func(n byte) int { return strings.IndexByte("PSDA", n) }
		if c := order(x.Nature) - order(y.Nature); c != 0 {
			return c
		}
		if c := strings.Compare(x.Profession, y.Profession); c != 0 {
			return c
		}
		if c := strings.Compare(x.Code, y.Code); c != 0 {
			return c
		}
		return strings.Compare(x.Type, y.Type)
	})
}

// structure takes the structure of a row, and its legal entity; 0 when the row has none. A
// structure is what its first row says.
func (i *importer) structure(f *rass.Reader) ID {
	o := Organization{FINESS: f.Get(rass.FINESS), SIREN: f.Get(rass.SIREN), SIRET: f.Get(rass.SIRET), TechnicalID: f.Get(rass.IDTechnique), IDNat: f.Get(rass.AncienID), FINESSEJ: f.Get(rass.FINESSEJ)}
	legal := ID(0)
	if o.FINESSEJ != "" {
		legal = i.legalEntity(f, o.FINESSEJ)
	}
	if o.IDNat == "" {
		o.IDNat = structIDNat(&o)
	}
	if o.key()[0] == '?' {
		o.Name, o.Address = f.Get(rass.RaisonSociale), address(f)
		if o.Name == "" {
			return legal
		}
	}
	key := o.key()
	id := idOf(key)
	if _, seen := i.seen[KOrganization][id]; seen {
		return id
	}
	if id = i.c.idFor(KOrganization, key, &o); id != idOf(key) {
		if _, seen := i.seen[KOrganization][id]; seen {
			return id
		}
	}
	if o.FINESS != "" && !i.o.JeuDeTest && !ValidFINESS(o.FINESS) {
		i.warn(f, "RASS-FINESS", o.FINESS, finding.T("La clé du numéro FINESS est fausse ; la structure est prise telle quelle.", "The key of the FINESS number is wrong; the structure is taken as it is."))
	}
	if o.SIRET != "" && !ValidSIRET(o.SIRET) {
		i.warn(f, "RASS-SIRET", o.SIRET, finding.T("La clé du numéro SIRET est fausse ; la structure est prise telle quelle.", "The key of the SIRET number is wrong; the structure is taken as it is."))
	}
	var old Organization
	flags, known := i.c.get(KOrganization, id, &old)
	n := o
	if known {
		n = old
		n.FINESS, n.SIREN, n.SIRET, n.TechnicalID, n.IDNat, n.FINESSEJ = o.FINESS, o.SIREN, o.SIRET, o.TechnicalID, o.IDNat, o.FINESSEJ
		if flags&flagLocal != 0 && o.TechnicalID == "" {
			n.TechnicalID = old.TechnicalID
		}
	}
	n.Name, n.Alias, n.Sector, n.Authority, n.System, n.Active = f.Get(rass.RaisonSociale), f.Get(rass.Enseigne), f.Get(rass.Secteur), f.Get(rass.Autorite), "RPPS", true
	if o.FINESS != "" {
		n.System = "FINESS"
	}
	n.Legal = o.FINESS == "" && o.SIRET == ""
	n.Address, n.Phone, n.Phone2, n.Fax, n.Email = address(f), f.Get(rass.Telephone), f.Get(rass.Telephone2), f.Get(rass.Telecopie), f.Get(rass.Email)
	if legal != 0 {
		n.PartOf = legal
	}
	i.c.putID(&n, id, flagActive|flags&flagLocal)
	i.seen[KOrganization][id] = struct{}{}
	return id
}

// legalEntity makes sure that the legal entity of a number is there.
func (i *importer) legalEntity(f *rass.Reader, finess string) ID {
	o := Organization{FINESS: keep(finess), IDNat: "1" + finess, Legal: true, Active: true, System: "FINESS"}
	id := idOf(o.key())
	if _, seen := i.seen[KOrganization][id]; seen {
		return id
	}
	var old Organization
	flags, known := i.c.get(KOrganization, id, &old)
	if known {
		o = old
		o.Active = true
	} else if f.Get(rass.FINESS) == "" {
		o.Name = keep(f.Get(rass.RaisonSociale))
	}
	i.c.putID(&o, id, flagActive|flags&flagLocal)
	i.seen[KOrganization][id] = struct{}{}
	return id
}

// structIDNat makes the national identifier of a structure from its numbers.
// spec: IDENTITY A
func structIDNat(o *Organization) string {
	switch {
	case o.FINESS != "":
		return "1" + o.FINESS
	case o.SIRET != "":
		return "3" + o.SIRET
	case o.SIREN != "":
		return "2" + o.SIREN
	}
	return ""
}

func address(f *rass.Reader) Address {
	return Address{Recipient: f.Get(rass.Destinataire), Complement: f.Get(rass.PointGeo), Number: f.Get(rass.NumeroVoie), Suffix: f.Get(rass.IndiceVoie), StreetType: f.Get(rass.TypeVoie),
		StreetTypeLabel: f.Get(rass.TypeVoieLib), Street: f.Get(rass.Voie), Mention: f.Get(rass.Mention), Cedex: f.Get(rass.Cedex), PostCode: f.Get(rass.CodePostal),
		InseeCode: f.Get(rass.Commune), Town: f.Get(rass.CommuneLib), Country: f.Get(rass.Pays), CountryLabel: f.Get(rass.PaysLib), Department: f.Get(rass.Departement), DepartmentLabel: f.Get(rass.DepartementLib)}
}
