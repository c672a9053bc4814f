package dmp

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/xds"
)

// Digest is what pages show of a document without opening it: one line, its words for search,
// its results for curves. It is made once, at deposit, and kept encrypted under the person's key.
type Digest struct {
	Level   string  `json:"l,omitempty"` // N1, N3
	Line    string  `json:"s,omitempty"` // one line of what it says
	Text    string  `json:"t,omitempty"` // words of the sections, for search
	Author  string  `json:"a,omitempty"`
	Place   string  `json:"p,omitempty"` // structure
	Results []Point `json:"r,omitempty"` // coded biology
}

// Point is one coded result, as curves need it. Numbers are the document's own text.
type Point struct {
	Code     string   `json:"c,omitempty"`
	System   string   `json:"y,omitempty"`
	Label    string   `json:"l,omitempty"`
	Value    string   `json:"v,omitempty"` // set when it is a number
	Unit     string   `json:"u,omitempty"`
	Shown    string   `json:"s,omitempty"` // set when it is not
	Low      string   `json:"lo,omitempty"`
	High     string   `json:"hi,omitempty"`
	Flags    []string `json:"f,omitempty"`
	Time     string   `json:"t,omitempty"`
	Chapter  string   `json:"h,omitempty"`
	Abnormal bool     `json:"x,omitempty"`
}

func pointOf(r *bio.Result) Point {
	p := Point{Code: r.Code, System: r.System, Label: r.Label, Value: r.Value.Value, Unit: r.Unit, Flags: r.Interpretation,
		Time: r.Time, Chapter: r.Chapter, Abnormal: r.Abnormal()}
	if p.Value == "" {
		p.Shown = shorten(r.Shown(), maxDigestLine)
	}
	if p.Label == "" {
		p.Label = r.Display
	}
	if r.Reference != nil {
		p.Low, p.High = r.Reference.Low, r.Reference.High
	}
	return p
}

// Text writes the value for people.
func (p Point) Text() string {
	if p.Value == "" {
		return p.Shown
	}
	if p.Unit == "" || p.Unit == "1" {
		return p.Value
	}
	return p.Value + " " + p.Unit
}

// Bounds of a digest: enough for a long letter, small beside any document.
const (
	maxDigestText    = 64 << 10
	maxDigestResults = 2000
	maxDigestLine    = 240
)

// ReadDigest opens a kept digest; an unreadable one is empty.
func ReadDigest(b []byte) Digest {
	var d Digest
	_ = json.Unmarshal(b, &d)
	return d
}

func (d Digest) encode() []byte {
	b, _ := json.Marshal(d)
	return b
}

// plainDigest is the digest of what is not a CDA.
func plainDigest(e *xds.DocumentEntry) []byte {
	d := Digest{Line: e.Comments}
	if len(e.Authors) > 0 {
		family, given := xds.PersonName(e.Authors[0].Person)
		d.Author = strings.TrimSpace(given + " " + family)
		if len(e.Authors[0].Institutions) > 0 {
			d.Place, _, _ = xds.Organization(e.Authors[0].Institutions[0])
		}
	}
	return d.encode()
}

// digestOf reads a CDA once for all the pages that will list it.
func digestOf(c *cda.Document, e *xds.DocumentEntry) []byte {
	d := Digest{Level: c.Body.Level()}
	if len(c.Authors) > 0 {
		d.Author = c.Authors[0].Label()
		if c.Authors[0].Org != nil {
			d.Place = c.Authors[0].Org.Name
		}
	}
	var words strings.Builder
	c.Body.Walk(func(s *cda.Section) bool {
		text := cda.PlainLine(s.Text)
		if conclusion(s.Code.Code) && d.Line == "" {
			d.Line = shorten(text, maxDigestLine)
		}
		if s.Title != "" {
			words.WriteString(s.Title + ". ")
		}
		words.WriteString(text + "\n")
		return words.Len() < maxDigestText
	})
	d.Text = shorten(words.String(), maxDigestText)
	results := bio.Results(c)
	for i := range results[:min(len(results), maxDigestResults)] {
		d.Results = append(d.Results, pointOf(&results[i]))
	}
	if line := resultsLine(d.Results); line != "" {
		d.Line = line
	}
	if d.Line == "" {
		d.Line = firstWords(c)
	}
	if d.Line == "" {
		d.Line = e.Comments
	}
	return d.encode()
}

// firstWords gives the first sentence of a document; where it begins with a table, its first row.
func firstWords(c *cda.Document) (line string) {
	c.Body.Walk(func(s *cda.Section) bool {
		rows := 0
		for l := range strings.Lines(string(narrative.Text(nil, s.Text))) {
			l = strings.TrimSpace(l)
			cells := strings.Split(l, "\t")
			if len(cells) == 1 && l != "" {
				line = l
				return false
			}
			if rows++; rows == 2 { // the first is the head of the table
				line = strings.Join(slices.DeleteFunc(cells, func(v string) bool { return strings.TrimSpace(v) == "" }), " · ")
				return false
			}
		}
		return true
	})
	return shorten(line, maxDigestLine)
}

// conclusion recognises the sections that say the essential in one paragraph: conclusion,
// synthesis, comment, reason.
func conclusion(code string) bool {
	switch code {
	case "19005-8", "42545-4", "55112-7", "42349-1", "34117-2", "55110-1":
		return true
	}
	return false
}

// resultsLine lists the results out of their interval, as the document flags them; the first ones
// when all are within.
func resultsLine(results []Point) string {
	var out []string
	for _, abnormal := range []bool{true, false} {
		for _, r := range results {
			if r.Abnormal == abnormal && r.Text() != "" {
				out = append(out, r.Label+" "+r.Text())
			}
			if len(out) == maxLineResults {
				return shorten(strings.Join(out, " · "), maxDigestLine)
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return shorten(strings.Join(out, " · "), maxDigestLine)
}

// maxLineResults is how many results one line holds.
const maxLineResults = 4

// shorten cuts at a word, and says so.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := s[:limit]
	if i := strings.LastIndexAny(cut, " \n"); i > limit/2 {
		cut = cut[:i]
	}
	return strings.ToValidUTF8(cut, "") + "…"
}
