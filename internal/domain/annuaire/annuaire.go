package annuaire

import (
	"sort"
	"strings"
	"sync"
)

// Profession codes of TRE_G15 used by rules.
const (
	Medecin    = "10"
	Pharmacien = "21"
	SageFemme  = "50"
	Infirmier  = "60"
)

// Roles outside the professions (system 1.2.250.1.213.1.1.4.6).
const (
	SecretariatMedical = "SECRETARIAT_MEDICAL"
	Automate           = "AUTOMATE"
)

// Professional is a person who works in health: a professional of the register, or the staff of a
// structure (Profession is then empty and Function says what they do).
type Professional struct {
	IDNat       string // PS_IdNat: 8+RPPS, or 3+FINESS/internal for staff
	RPPS        string
	Civility    string // M, MME
	Title       string // DR, PR
	Family      string // exercise name
	Given       string
	Profession  string // TRE_G15
	SavoirFaire string // TRE_R01
	Function    string // SECRETARIAT_MEDICAL…
	Role        string // words, French ("médecin généraliste")
	RoleEN      string
	Structures  []string // Struct_IdNat
	Active      bool
	Mailbox     string
}

// Name gives the name as shown: "Dr Claire MARTIN".
func (p *Professional) Name() string {
	s := p.Given + " " + p.Family
	switch p.Title {
	case "DR":
		return "Dr " + s
	case "PR":
		return "Pr " + s
	}
	if p.Civility == "MME" {
		return "Mme " + s
	}
	return "M. " + s
}

// WorksAt reports whether the professional is linked to a structure.
func (p *Professional) WorksAt(structure string) bool {
	for _, s := range p.Structures {
		if s == structure {
			return true
		}
	}
	return false
}

// Structure is a place of care.
type Structure struct {
	IDNat    string // Struct_IdNat
	FINESS   string
	Name     string
	Sector   string // secteur d'activité, SA01…
	Facility string // healthcareFacilityTypeCode, usually the sector
	Practice string // practiceSettingCode (J04)
	Address  []string
	PostCode string
	Town     string
	Phone    string
	Active   bool
}

// Annuaire is a directory held in memory, safe for concurrent use.
type Annuaire struct {
	mu            sync.RWMutex
	professionals map[string]*Professional
	structures    map[string]*Structure
}

// New makes an empty directory.
func New() *Annuaire {
	return &Annuaire{professionals: map[string]*Professional{}, structures: map[string]*Structure{}}
}

// Put adds or replaces a professional.
func (a *Annuaire) Put(p Professional) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.professionals[p.IDNat] = &p
}

// PutStructure adds or replaces a structure.
func (a *Annuaire) PutStructure(s Structure) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.structures[s.IDNat] = &s
}

// Professional finds by national identifier; nil when unknown. The result must not be changed.
func (a *Annuaire) Professional(idNat string) *Professional {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.professionals[idNat]
}

// Structure finds by national identifier; nil when unknown. The result must not be changed.
func (a *Annuaire) Structure(idNat string) *Structure {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.structures[idNat]
}

// Professionals gives all, ordered by name then identifier.
func (a *Annuaire) Professionals() []*Professional {
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := make([]*Professional, 0, len(a.professionals))
	for _, p := range a.professionals {
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool {
		if c := strings.Compare(out[i].Family, out[j].Family); c != 0 {
			return c < 0
		}
		return out[i].IDNat < out[j].IDNat
	})
	return out
}

// Structures gives all, ordered by name then identifier.
func (a *Annuaire) Structures() []*Structure {
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := make([]*Structure, 0, len(a.structures))
	for _, s := range a.structures {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool {
		if c := strings.Compare(out[i].Name, out[j].Name); c != 0 {
			return c < 0
		}
		return out[i].IDNat < out[j].IDNat
	})
	return out
}
