// Package nos holds the code tables that French health documents and their metadata
// are written with: the value sets (JDV) and terminologies (TRE, ASS) of the
// Nomenclatures des objets de santé that sharing documents needs.
//
// Each table is a small dated text file under table/, embedded in the program; its head
// carries the OID of the set and the edition the facts were taken from. Only codes,
// systems and displays are kept. Missing on purpose: clinical terminologies (LOINC,
// SNOMED CT, CIM-10…) and sets nobody here uses.
// Start with Lookup, ClassOf and TypeLabel.
package nos

import (
	"embed"
	"iter"
	"strings"
	"sync"
)

//go:embed table/*.txt
var tables embed.FS

// The identifiers of the sets.
const (
	AuthorSpecialty    = "J01"
	HealthcareFacility = "J02"
	PracticeSetting    = "J04"
	TypeCode           = "J07"
	Confidentiality    = "J08"
	FormatCode         = "J10"
	FunctionCode       = "J47"
	ClassCode          = "J57"
	ContentType        = "J59"
	FormatCodeDMP      = "J60"
	SubjectRole        = "J65"
	SavoirFaireRASS    = "J107"
	ReferenceIDType    = "J231"
	Visibility         = "A07"
	AccessMode         = "R248"
	Profession         = "G15"
	SavoirFaire        = "R01"
	TypeSavoirFaire    = "R04"
	Categorie          = "R09"
	TypeDiplome        = "R14"
	ModeExercice       = "R23"
	TypeCarte          = "R87"
)

// Code is one concept: what is written in a CE, an XDS slot or a Coding.
type Code struct {
	Code, System, Display string
}

// Set is one value set, in the order of its edition. It does not change once read.
type Set struct {
	ID      string // "J07"
	OID     string
	Edition string // date of the facts: "2024-12"
	Use     string
	codes   []Code
	first   map[string]int // code → index of its first concept
}

// Len is the number of concepts.
func (s *Set) Len() int { return len(s.codes) }

// All gives the concepts in order.
func (s *Set) All() iter.Seq[Code] {
	return func(yield func(Code) bool) {
		for _, c := range s.codes {
			if !yield(c) {
				return
			}
		}
	}
}

// Lookup finds a code; system "" takes the first concept of that code whatever its system.
func (s *Set) Lookup(code, system string) (Code, bool) {
	if s == nil {
		return Code{}, false
	}
	i, ok := s.first[code]
	if !ok {
		return Code{}, false
	}
	if system == "" {
		return s.codes[i], true
	}
	for ; i < len(s.codes); i++ {
		if s.codes[i].Code == code && s.codes[i].System == system {
			return s.codes[i], true
		}
	}
	return Code{}, false
}

// Get gives a set by its identifier, or nil.
func Get(id string) *Set { return all().sets[id] }

// Sets lists the identifiers of the sets held, sorted.
func Sets() []string { return all().ids }

// Lookup finds a code in a set: Lookup("J07", "11502-2", ""). An unknown set has no code.
func Lookup(set, code, system string) (Code, bool) { return Get(set).Lookup(code, system) }

// Display gives the display name of a code in a set, or the code itself.
func Display(set, code, system string) string {
	if c, ok := Lookup(set, code, system); ok && c.Display != "" {
		return c.Display
	}
	return code
}

// ClassOf gives the class a type of document belongs to: the DMP derives classCode from
// typeCode and refuses a mismatch. A type outside the association has no class.
//
// spec: DMP 2.6
func ClassOf(typeCode string) (Code, bool) {
	c, ok := all().class[typeCode]
	return c, ok
}

type library struct {
	sets  map[string]*Set
	ids   []string
	class map[string]Code
	plain map[string][2]string
}

var all = sync.OnceValue(func() *library {
	l := &library{sets: map[string]*Set{}, class: map[string]Code{}, plain: map[string][2]string{}}
	names, err := tables.ReadDir("table")
	if err != nil {
		panic(err) // the tables are part of the program
	}
	for _, n := range names {
		text, err := tables.ReadFile("table/" + n.Name())
		if err != nil {
			panic(err)
		}
		l.read(n.Name(), string(text))
	}
	l.nameClasses()
	return l
})

// read takes one table: a head of four "word value" lines, then the body.
func (l *library) read(name, text string) {
	head := map[string]string{}
	for range 4 {
		line, rest, _ := strings.Cut(text, "\n")
		k, v, _ := strings.Cut(line, " ")
		head[k], text = v, rest
	}
	switch head["set"] {
	case "X16":
		l.readClasses(text)
	case "plain":
		l.readPlain(text)
	default:
		s := readSet(text)
		s.ID, s.OID, s.Edition, s.Use = head["set"], head["oid"], head["edition"], head["use"]
		l.sets[s.ID] = s
		l.ids = append(l.ids, s.ID)
	}
}

// readSet reads "@ system" lines and the "code | display" lines under each.
func readSet(text string) *Set {
	s := &Set{first: map[string]int{}}
	system := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if sys, ok := strings.CutPrefix(line, "@ "); ok {
			system = sys
			continue
		}
		code, display, _ := strings.Cut(line, " | ")
		if _, dup := s.first[code]; !dup {
			s.first[code] = len(s.codes)
		}
		s.codes = append(s.codes, Code{code, system, display})
	}
	return s
}

// readClasses reads "= class system" lines and the "type system" lines under each.
func (l *library) readClasses(text string) {
	var class Code
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if f[0] == "=" {
			class = Code{Code: f[1], System: f[2]}
			continue
		}
		l.class[f[0]] = class
	}
}

// nameClasses gives each class its display, once every set is read.
func (l *library) nameClasses() {
	for t, c := range l.class {
		if full, ok := l.sets[ClassCode].Lookup(c.Code, ""); ok {
			l.class[t] = Code{full.Code, full.System, full.Display}
		}
	}
}
