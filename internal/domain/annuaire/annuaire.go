package annuaire

import (
	"sort"
	"strings"
	"sync"
	"time"
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
	Mailbox  string // organisational, MSSanté
	Active   bool
}

// Annuaire is a directory held in memory, safe for concurrent use.
//
// Every change makes a new version of the whole, seen at once; a list begun on a version stays
// that of this version (see Search).
type Annuaire struct {
	// Clock gives the time of changes; nil is the time of the change before. Set before use.
	Clock func() time.Time
	// Retention is how long replaced states are kept for lists begun before; 0 is DefaultRetention.
	Retention time.Duration

	writing sync.Mutex // held while a change is being made
	log     Log

	mu             sync.RWMutex
	tables         [kindCount]table
	arena          arena
	byPractitioner chain
	byOrganization chain
	version        uint32
	oldest         uint32 // snapshots before are lost
	firstTime      uint32 // version before that of times[0]
	times          []int64
	dead           []grave
	maxDead        int
	tidying        cursor

	professionals map[string]*Professional // put by the house
	structures    map[string]*Structure
}

// epoch is the time of the first change when nobody gives the time.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// New makes an empty directory.
func New() *Annuaire {
	a := &Annuaire{professionals: map[string]*Professional{}, structures: map[string]*Structure{}, arena: newArena(), maxDead: maxDead}
	for k := range a.tables {
		a.tables[k].kind = Kind(k)
	}
	return a
}

// time gives the time of a change: it never goes back.
func (a *Annuaire) time() time.Time {
	last := time.Unix(0, a.lastTime()).UTC()
	if a.Clock != nil {
		if now := a.Clock().UTC().Truncate(time.Millisecond); now.After(last) {
			return now
		}
	}
	return last
}

// Professional finds by national identifier; nil when unknown. The result must not be changed.
func (a *Annuaire) Professional(idNat string) *Professional {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if p := a.professionals[idNat]; p != nil {
		return p
	}
	var r Practitioner
	if v, ord := a.standing(KPractitioner, idNat, &r); v != nil {
		return a.professional(&r, ord, nil)
	}
	return nil
}

// Structure finds by national identifier; nil when unknown. The result must not be changed.
func (a *Annuaire) Structure(idNat string) *Structure {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if s := a.structures[idNat]; s != nil {
		return s
	}
	var r Organization
	if v, _ := a.standing(KOrganization, idNat, &r); v != nil {
		return structure(&r, nil)
	}
	return nil
}

// standing finds a resource by an identifier.
func (a *Annuaire) standing(k Kind, identifier string, r resource) (found *version, at uint32) {
	t := &a.tables[k]
	t.known.each(hash(identifier), func(ord uint32) bool {
		v := t.at(ord, a.version)
		if v == nil || !decode(a.arena.get(v.loc), r) {
			return true
		}
		identifiers(r, func(_, value, _ string) {
			if value == identifier {
				found, at = v, ord
			}
		})
		return found == nil
	})
	return found, at
}

// Professionals gives those the house itself put, ordered by name then identifier. Those an
// extraction brought are too many for a list: see FindProfessionals.
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

// Structures gives those the house itself put, ordered by name then identifier.
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
