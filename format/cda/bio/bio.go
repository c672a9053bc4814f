// Package bio reads the laboratory results of a CDA document as a table.
//
// Standard: CI-SIS CR-BIO 2024.01 and IHE PaLM XD-LAB; every observation of template
// 1.3.6.1.4.1.19376.1.3.1.6 is a row, wherever it stands and whatever the kind of document.
// Numbers, times and units are the document's own text: nothing is parsed, rounded or
// converted, and an interpretation is never computed. The order is that of the document.
// Missing on purpose: curves, unit conversion.
// Start with Results.
package bio

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// The templates that mark what the table is made of.
//
// spec: CI-SIS cda §5.3
const (
	TemplateResult    = "1.3.6.1.4.1.19376.1.3.1.6"
	TemplateBattery   = "1.3.6.1.4.1.19376.1.3.1.4"
	TemplateIsolate   = "1.3.6.1.4.1.19376.1.3.1.5"
	TemplateSpecimen  = "1.3.6.1.4.1.19376.1.3.1.2"
	TemplateReception = "1.3.6.1.4.1.19376.1.3.1.3"
	TemplateChapter   = "1.3.6.1.4.1.19376.1.3.3.2.1"
	TemplateSub       = "1.3.6.1.4.1.19376.1.3.3.2.2"
)

// Results gives every laboratory result of a document, in order.
//
// spec: CI-SIS cda §5.4
func Results(d *cda.Document) []Result {
	b := builder{d: d}
	for s := range d.Body.Walk {
		ctx := context{}
		ctx.chapter, ctx.sub = titles(s)
		for _, e := range s.Entries {
			local := ctx
			b.walk(e, &local)
		}
	}
	return b.rows
}

// titles gives the chapter and the sub-chapter a section stands for: the first-level section
// and, below it, the section itself.
func titles(s *cda.Section) (chapter, sub string) {
	top := s
	for top.Parent != nil {
		top = top.Parent
	}
	chapter = top.Title
	if chapter == "" {
		chapter = top.Code.Display
	}
	if s != top {
		if sub = s.Title; sub == "" {
			sub = s.Code.Display
		}
	}
	return chapter, sub
}

// context is what the walk carries down to a result.
type context struct {
	chapter, sub string
	group        string
	germ         string
	specimen     *Specimen
}

type builder struct {
	d    *cda.Document
	rows []Result
}

// walk goes through everything below an entry. A specimen holds for what follows it in the same
// act; a battery and an isolate for what they contain.
func (b *builder) walk(n xmltree.Node, ctx *context) {
	for c := range n.Elements() {
		switch c.Local() {
		case "entryRelationship", "component":
			b.walk(c, ctx)
		case "procedure":
			if s, ok := b.specimen(c); ok {
				ctx.specimen = s
			}
			b.inside(c, *ctx)
		case "organizer":
			b.inside(c, b.organizer(c, *ctx))
		case "observation":
			if has(c, TemplateResult) {
				b.rows = append(b.rows, b.result(c, ctx))
			}
			b.inside(c, *ctx)
		case "act", "supply", "encounter", "substanceAdministration", "participant", "subject":
			b.inside(c, *ctx)
		}
	}
}

func (b *builder) inside(n xmltree.Node, ctx context) { b.walk(n, &ctx) }

func has(n xmltree.Node, template string) bool {
	for t := range n.Children(cda.NS, "templateId") {
		if t.Attr("root") == template {
			return true
		}
	}
	return false
}

func (b *builder) organizer(n xmltree.Node, ctx context) context {
	code := cda.ReadCD(n.Child(cda.NS, "code"))
	if n.Attr("classCode") == "CLUSTER" || has(n, TemplateIsolate) {
		germ := cda.ReadCD(n.Path(cda.NS, "specimen", "specimenRole", "specimenPlayingEntity", "code"))
		if label := b.label(germ); label != "" {
			ctx.germ, ctx.group = label, ""
			return ctx
		}
	}
	if label := b.label(code); label != "" {
		ctx.group = label
	}
	return ctx
}

// label is what the patient reads, else the display name.
func (b *builder) label(c cda.CD) string {
	if s := b.d.Resolve(c); s != "" {
		return s
	}
	if c.Display != "" {
		return strings.TrimSpace(c.Display)
	}
	for _, t := range c.Translations {
		if t.Display != "" {
			return t.Display
		}
	}
	return c.Code
}

func (b *builder) specimen(n xmltree.Node) (*Specimen, bool) {
	if !has(n, TemplateSpecimen) {
		return nil, false
	}
	s := &Specimen{}
	t := cda.ReadTime(n.Child(cda.NS, "effectiveTime"))
	if s.Sampled = t.End().Raw; s.Sampled == "" {
		s.Sampled = t.Start().Raw
	}
	for p := range n.Children(cda.NS, "participant") {
		if p.Attr("typeCode") != "PRD" {
			continue
		}
		role := p.Child(cda.NS, "participantRole")
		nature := cda.ReadCD(role.Path(cda.NS, "playingEntity", "code"))
		s.Code, s.Nature = nature.Code, nature.Display
		if s.Nature == "" {
			s.Nature = b.label(nature)
		}
		if id := role.Child(cda.NS, "id"); id.Exists() {
			s.ID = cda.II{Root: id.Attr("root"), Extension: id.Attr("extension")}.UniqueID()
		}
		break
	}
	for r := range n.Children(cda.NS, "entryRelationship") {
		if a := r.Child(cda.NS, "act"); has(a, TemplateReception) {
			s.Received = cda.ReadTime(a.Child(cda.NS, "effectiveTime")).Start().Raw
		}
	}
	return s, true
}

// localCode is the laboratory's own code: the first translation that is not LOINC.
func localCode(c cda.CD) string {
	for _, t := range c.Translations {
		if t.Code != "" && t.System != oid.LOINC {
			return t.Code
		}
	}
	return ""
}
