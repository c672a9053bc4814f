// Package compare holds the two faces of a clinical document side by side: what its narrative
// says to people, and what its entries say to programs.
//
// Standard: CDA R2 as CI-SIS restricts it: the narrative is the legal content and every coded
// value must be in it. Each coded value is looked up in the row of the narrative its references
// lead to, else the row that names it, else the whole section. Numbers are compared as numbers,
// units by what they mean, words without accents and case; words that merely say the same thing
// otherwise are no difference. Missing: frequencies and durations of treatments, curves, what
// stands in pictures and in a PDF inside.
// Start with Of.
package compare

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/xmltree"
)

// State is what the comparison of one fact gives.
type State string

// The states.
const (
	Same          State = "same"
	Differs       State = "differs"        // the narrative shows something else in its place
	OnlyCoded     State = "only_coded"     // people cannot see it
	OnlyNarrative State = "only_narrative" // programs cannot see it
)

// Kind is what sort of fact it is.
type Kind string

// The kinds.
const (
	Value          Kind = "value"
	Unit           Kind = "unit"
	Range          Kind = "reference_range"
	Interpretation Kind = "interpretation"
	Medication     Kind = "medication"
	Dose           Kind = "dose"
	Vaccine        Kind = "vaccine"
	Label          Kind = "label" // of a problem, an allergy, an act, a finding
	Row            Kind = "row"   // of the narrative
)

// Item is one fact. Its JSON is part of `socle show --format json`.
// spec: DESIGN §4 show
type Item struct {
	Kind  Kind   `json:"kind"`
	About string `json:"about,omitempty"` // what people read: the analysis, the product
	Coded string `json:"coded,omitempty"`
	Shown string `json:"shown,omitempty"` // what the narrative says there
	State State  `json:"state"`
	Ref   string `json:"ref,omitempty"` // ID in the narrative
	Line  int    `json:"line,omitempty"`
}

// Section is one section and what was compared in it.
type Section struct {
	Title string       `json:"section"`
	Code  string       `json:"code,omitempty"`
	Items []Item       `json:"items"`
	Of    *cda.Section `json:"-"`
}

// Differences gives the items that are not the same on both sides.
func (s *Section) Differences() []Item {
	var out []Item
	for _, it := range s.Items {
		if it.State != Same {
			out = append(out, it)
		}
	}
	return out
}

// Bounds of one document: its facts, and the bytes of narrative that are read again to find them
// (the largest official example looks 0.1 MB up and reads as much). What comes after them is not compared.
const (
	maxItems = 20000
	maxLook  = 32 << 20 // looking up rows by the words of a code
	maxRead  = 2 << 20  // reading what stands in the place of a fact
)

// budget is what is left of the bounds.
type budget struct{ items, look, read int }

// Of compares every section that has coded facts, in reading order. Sections where nothing could
// be compared are left out.
func Of(d *cda.Document) []Section {
	results := map[xmltree.Node]*bio.Result{}
	list := bio.Results(d)
	for i := range list {
		results[list[i].Node] = &list[i]
	}
	var out []Section
	left := budget{maxItems, maxLook, maxRead}
	for s := range d.Body.Walk {
		if s.Templates.Has(cda.TemplatePDFCopySection) {
			continue // a printed copy, with no facts of its own
		}
		r := &reading{d: d, results: results, text: index(s.Text), left: &left, used: map[int]bool{}}
		for _, e := range s.Entries {
			r.walk(e, 0)
		}
		r.alone()
		if len(r.items) > 0 {
			out = append(out, Section{Title: strings.Join(strings.Fields(s.Title), " "), Code: s.Code.Code, Items: r.items, Of: s})
		}
	}
	return out
}

// Count gives how many facts are in each state.
func Count(sections []Section) map[State]int {
	out := map[State]int{}
	for _, s := range sections {
		for _, it := range s.Items {
			out[it.State]++
		}
	}
	return out
}

// reading is the comparison of one section.
type reading struct {
	d       *cda.Document
	results map[xmltree.Node]*bio.Result
	text    *page
	items   []Item
	used    map[int]bool // rows an entry led to
	coded   []float64    // numbers of the entries
	left    *budget
}

func (r *reading) add(it Item) {
	if r.left.items > 0 {
		r.left.items--
		r.items = append(r.items, it)
	}
}

// spend counts the reading of a text, some times over; false is past the bound.
func (r *reading) spend(bytes, times int) bool {
	r.left.read -= bytes * times
	return r.left.read > 0
}

// alone reports the rows that bear an ID and a number, in a section whose entries carry numbers,
// when no entry leads to the row and none carries the number.
func (r *reading) alone() {
	if len(r.coded) == 0 {
		return
	}
	slices.Sort(r.coded)
	for i := range r.text.rows {
		row := &r.text.rows[i]
		if row.id == "" || !row.table || r.used[i] {
			continue
		}
		shown := row.value()
		if _, ok := row.column(valueHeads...); !ok && !figured.MatchString(shown) {
			continue // words that hold a number, not a result
		}
		missing := false
		for _, n := range numbers(shown) {
			missing = missing || !sortedHolds(r.coded, n)
		}
		if missing {
			r.add(Item{Kind: Row, About: row.first(), Shown: shown, State: OnlyNarrative, Ref: row.id, Line: row.node.Line()})
		}
	}
}
