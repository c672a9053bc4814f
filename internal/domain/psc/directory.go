package psc

import (
	"strings"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Directory is what the provider asks of the health directory.
type Directory interface {
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

// FromAnnuaire reads the directory of the house.
func FromAnnuaire(a *annuaire.Annuaire) Directory { return fromAnnuaire{a} }

type fromAnnuaire struct{ a *annuaire.Annuaire }

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
		Role: []string{}, OtherIDs: []oidc.OtherID{}, RefPro: oidc.RefPro{Civility: p.Civility},
	}
	if p.RPPS != "" {
		u.OtherIDs = append(u.OtherIDs, oidc.OtherID{Identifier: p.IDNat, Origin: "RPPS", Quality: 1})
	}
	if role := first(p.Profession, p.Function); role != "" {
		u.Role = append(u.Role, role+roleSystem)
	}
	e := oidc.Exercice{Profession: p.Profession, Civility: first(p.Title, p.Civility), Name: p.Family, Given: p.Given, SavoirFaire: p.SavoirFaire, Activities: []oidc.Activity{}}
	if p.Profession != "" {
		e.Category = "C" // spec: IDENTITY TRE_R09 civil
	}
	if strings.HasPrefix(p.SavoirFaire, "S") {
		e.TypeSavoirFaire = "S" // spécialité ordinale
	}
	for _, id := range p.Structures {
		s := d.a.Structure(id)
		if s == nil || !s.Active {
			continue
		}
		e.Activities = append(e.Activities, activity(s))
		if u.Organization == "" {
			u.Organization, u.OrganizationID, u.Sector = s.Name, technicalID(s), s.Sector+sectorSystem
		}
	}
	u.RefPro.Exercices = []oidc.Exercice{e}
	return u, true
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
func technicalID(s *annuaire.Structure) string {
	switch {
	case s.FINESS != "":
		return "F" + s.FINESS
	case strings.HasPrefix(s.IDNat, "3"):
		return "C" + s.IDNat[1:]
	case s.IDNat != "":
		return "R" + s.IDNat[1:]
	}
	return ""
}

// activity writes a structure as a place of exercise. Its idNat travels as the former identifier:
// that is where software looks for Identifiant_Structure of the VIHF.
func activity(s *annuaire.Structure) oidc.Activity {
	a := oidc.Activity{Mode: "S", Sector: s.Sector, Genre: "GENR01", FINESS: s.FINESS, TechnicalID: technicalID(s), Name: s.Name,
		PostCode: s.PostCode, Cedex: s.Town, Country: "99000", Phone: s.Phone, FormerIdentifier: s.IDNat, Department: department(s.PostCode)}
	if s.Sector == "SA07" || s.Sector == "SA08" { // cabinet individuel, de groupe
		a.Mode = "L"
	}
	if len(s.IDNat) > 1 {
		switch s.IDNat[0] {
		case '2':
			a.SIREN = s.IDNat[1:]
		case '3':
			a.SIRET = s.IDNat[1:]
		}
	}
	if len(s.Address) > 0 {
		a.WayNumber, a.WayName = way(s.Address[0])
	}
	if len(s.Address) > 1 {
		a.Geographic = strings.Join(s.Address[1:], ", ")
	}
	return a
}

// way splits "12, rue des Lilas" into number and name.
func way(line string) (number, name string) {
	i := 0
	for i < len(line) && line[i] >= '0' && line[i] <= '9' {
		i++
	}
	return line[:i], strings.TrimLeft(line[i:], " ,")
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
