package psc

import (
	"cmp"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Directory is what the provider asks of the health directory.
type Directory interface {
	// Active reports whether a professional is known and active.
	Active(idNat string) bool
	// UserInfo gives what is known of an active professional, sub left empty; false otherwise.
	UserInfo(idNat string) (oidc.UserInfo, bool)
	// WorksAt reports whether an active professional works at an active structure.
	WorksAt(idNat, structure string) bool
}

// Constant values of UserInfo.
// spec: PSC UserInfo
const (
	userInfoVersion = "1.0"
	userInfoLevel   = "APPPRIP3^1.2.250.1.213.1.5.1.1.1"
	userInfoLocale  = "1.2.250.1.213.1.3.1.1"
	noRegulation    = "FAUX"
	sectorSystem    = "^1.2.250.1.71.4.2.4"
	roleSystem      = "^1.2.250.1.213.1.1.5.5"
)

// maxActivities bounds the situations d'exercice told: a replacement doctor has a few dozen at most.
const maxActivities = 100

// FromAnnuaire reads the directory of the house.
func FromAnnuaire(a *annuaire.Annuaire) Directory { return fromAnnuaire{a} }

type fromAnnuaire struct{ a *annuaire.Annuaire }

func (d fromAnnuaire) Active(idNat string) bool {
	p := d.a.Professional(idNat)
	return p != nil && p.Active
}

func (d fromAnnuaire) WorksAt(idNat, structure string) bool {
	p, s := d.a.Professional(idNat), d.a.Structure(structure)
	return p != nil && s != nil && p.Active && s.Active && p.WorksAt(structure)
}

func (d fromAnnuaire) UserInfo(idNat string) (oidc.UserInfo, bool) {
	p := d.a.Professional(idNat)
	if p == nil || !p.Active {
		return oidc.UserInfo{}, false
	}
	u := oidc.UserInfo{
		NameID: p.IDNat, Username: p.IDNat, GivenName: p.Given, FamilyName: p.Family,
		Version: userInfoVersion, Level: userInfoLevel, Regulation: noRegulation, Locale: userInfoLocale,
		Role: []string{}, OtherIDs: []oidc.OtherID{}, RefPro: oidc.RefPro{Civility: p.Civility, Exercices: []oidc.Exercice{}},
	}
	if p.RPPS != "" {
		u.OtherIDs = append(u.OtherIDs, oidc.OtherID{Identifier: p.IDNat, Origin: "RPPS", Quality: 1})
	}
	if role := first(p.Profession, p.Function); role != "" {
		u.Role = append(u.Role, role+roleSystem)
	}
	places := d.situations(p)
	if len(places) > 0 {
		s := &places[0]
		u.Organization, u.OrganizationID = s.org.Name, technicalID(&s.org)
		if sector := first(s.role.Sector, s.org.Sector); sector != "" {
			u.Sector = sector + sectorSystem
		}
	}
	u.RefPro.Exercices = d.exercices(p, places)
	return u, true
}

// situation is one situation d'exercice with its structure.
type situation struct {
	role annuaire.Role
	org  annuaire.Organization
}

// situations gives the active ones, in the order of the professional's structures.
func (d fromAnnuaire) situations(p *annuaire.Professional) []situation {
	page, err := d.a.Search(annuaire.Query{Kind: annuaire.KPractitioner, Clauses: []annuaire.Clause{{Param: "identifier", Values: []string{p.IDNat}}}, Count: 1})
	if err != nil || len(page.Hits) == 0 {
		return nil
	}
	hits, _, err := d.a.Related(page.Snapshot, page.Hits, []annuaire.Relation{{From: annuaire.KRole, Param: "practitioner", Reverse: true}}, maxActivities)
	if err != nil {
		return nil
	}
	var out []situation
	for i := range hits[:min(len(hits), maxActivities)] {
		s := situation{role: *hits[i].Role()}
		h, found, _ := d.a.Read(annuaire.KOrganization, s.role.Organization)
		if !s.role.Active || !found || !h.Active {
			continue
		}
		s.org = *h.Organization()
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(x, y situation) int {
		return cmp.Compare(slices.Index(p.Structures, x.org.IDNat), slices.Index(p.Structures, y.org.IDNat))
	})
	return out
}

// exercices groups the situations by profession and category; who has no profession has one exercice.
func (d fromAnnuaire) exercices(p *annuaire.Professional, places []situation) []oidc.Exercice {
	main := oidc.Exercice{Profession: p.Profession, Civility: first(p.Title, p.Civility), Name: p.Family, Given: p.Given, Activities: []oidc.Activity{}}
	if p.Profession != "" {
		main.Category = "C" // spec: IDENTITY TRE_R09 civil
	}
	if p.SavoirFaire != "" && (p.Profession != annuaire.Pharmacien || len(p.SavoirFaire) > 2) { // a section is no savoir-faire
		main.TypeSavoirFaire, main.SavoirFaire = skillType(p.SavoirFaire), p.SavoirFaire
	}
	out := []oidc.Exercice{main}
	for i := range places {
		s := &places[i]
		at := slices.IndexFunc(out, func(e oidc.Exercice) bool {
			return s.role.Profession == "" || e.Profession == s.role.Profession && (s.role.Category == "" || e.Category == s.role.Category)
		})
		if at < 0 {
			e := main
			e.Profession, e.Category, e.TypeSavoirFaire, e.SavoirFaire, e.Activities = s.role.Profession, s.role.Category, s.role.SkillType, s.role.Skill, nil
			out, at = append(out, e), len(out)
		}
		out[at].Activities = append(out[at].Activities, activity(s))
	}
	return out
}

// skillType gives the kind of a savoir-faire from its code: SM26 is a spécialité.
// spec: IDENTITY TRE_R04 S, C, CEX, CAPA, PAC, DSM
func skillType(code string) string {
	for _, t := range []string{"CAPA", "CEX", "PAC", "DSM", "C"} {
		if strings.HasPrefix(code, t) {
			return t
		}
	}
	return "S"
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// technicalID gives the identifiant technique of a structure.
// spec: IDENTITY RPPS rang: F+FINESS, C+SIRET, R+number
func technicalID(o *annuaire.Organization) string {
	switch {
	case o.TechnicalID != "":
		return o.TechnicalID
	case o.FINESS != "":
		return "F" + o.FINESS
	case o.SIRET != "":
		return "C" + o.SIRET
	case strings.HasPrefix(o.IDNat, "3"):
		return "C" + o.IDNat[1:]
	case o.IDNat != "":
		return "R" + o.IDNat[1:]
	}
	return ""
}

// activity writes one situation. The idNat of the structure travels as its former identifier: that is
// where software looks for Identifiant_Structure of the VIHF.
func activity(s *situation) oidc.Activity {
	o, a := &s.org, &s.org.Address
	out := oidc.Activity{Mode: s.role.Mode, Sector: first(s.role.Sector, o.Sector), Section: s.role.Section, Role: s.role.Fonction, Genre: s.role.Genre,
		SIRET: o.SIRET, SIREN: o.SIREN, FINESS: o.FINESS, FINESSLegal: o.FINESSEJ, TechnicalID: technicalID(o), Name: o.Name, Sign: o.Alias,
		Addressee: a.Recipient, Geographic: a.Complement, WayNumber: a.Number, WayRepetition: a.Suffix, WayType: a.StreetType, WayName: a.Street,
		Distribution: a.Mention, Cedex: first(a.Cedex, a.Town), PostCode: a.PostCode, Commune: a.InseeCode, Country: a.Country, Department: a.Department,
		Phone: o.Phone, Phone2: o.Phone2, Fax: o.Fax, Mail: o.Email, FormerIdentifier: o.IDNat, Authority: first(s.role.Authority, o.Authority)}
	if out.SIRET == "" && strings.HasPrefix(o.IDNat, "3") {
		out.SIRET = o.IDNat[1:]
	}
	if out.Department == "" {
		out.Department = department(a.PostCode)
	}
	return out
}

func department(postCode string) string {
	if len(postCode) < 5 {
		return ""
	}
	if postCode[:2] == "97" || postCode[:2] == "98" {
		return postCode[:3]
	}
	return postCode[:2]
}
