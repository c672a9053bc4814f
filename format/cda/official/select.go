package official

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
)

// aliases are kinds whose rule file has another name than the model. spec: CI-SIS cda §4.3
var aliases = map[string]string{"VSM": "VSM_1.4"}

// Choice says which rules of its kind a document goes through, and why.
type Choice struct {
	Volume *Volume // nil: no rules of its kind in this folder
	Why    string  // "templateId", "asked", "sections", "date", "only", "code", or "" without a volume
}

// Choose finds the volume of a document: its kind by templateId, its edition by the extension of
// that templateId; a document that does not say its edition goes to the one whose rules know most
// of its templates, and failing that to the newest that was published in a year before its
// own, or the oldest. A document in level 1 has no rules of its kind.
//
// spec: CI-SIS cda §4.3, §9
func (r *Rules) Choose(d *cda.Document, asked string) Choice {
	kind := d.Kind()
	if d.Body.File != nil {
		return Choice{}
	}
	if kind.Name == "" {
		return r.byCode(d)
	}
	var list []*Volume
	for _, v := range r.Volumes {
		if strings.EqualFold(v.Name, kind.Name) || strings.EqualFold(v.Name, aliases[kind.Name]) {
			list = append(list, v)
		}
	}
	switch {
	case len(list) == 0:
		return Choice{}
	case asked != "":
		for _, v := range list {
			if v.Edition == asked {
				return Choice{v, "asked"}
			}
		}
	}
	if e := edition(d, kind.Template); e != "" {
		for _, v := range list {
			if v.Edition == e {
				return Choice{v, "templateId"}
			}
		}
	}
	if len(list) == 1 {
		return Choice{list[0], "only"}
	}
	if v := mostKnown(d, list); v != nil {
		return Choice{v, "sections"}
	}
	best := oldest(list)
	year := d.EffectiveTime.DTM()
	for _, v := range list {
		if len(year) >= 4 && v.Edition[:4] < year[:4] && v.Edition > best.Edition {
			best = v
		}
	}
	return Choice{best, "date"}
}

// byCode guesses the volume of a document that lost the templateId of its kind: of those that ask
// for its type code, the one whose rules know most of its sections. Its rules will then say what
// is missing.
func (r *Rules) byCode(d *cda.Document) Choice {
	var list []*Volume
	for _, v := range r.Volumes {
		if v.codes[d.Code.Code] {
			list = append(list, v)
		}
	}
	switch len(list) {
	case 0:
		return Choice{}
	case 1:
		return Choice{list[0], "code"}
	}
	if v := mostKnown(d, list); v != nil {
		return Choice{v, "code"}
	}
	best := list[0]
	for _, v := range list {
		if v.Name != best.Name { // two kinds share the code, and nothing tells them apart
			return Choice{}
		}
		if v.Edition > best.Edition {
			best = v
		}
	}
	return Choice{best, "code"}
}

func oldest(list []*Volume) *Volume {
	best := list[0]
	for _, v := range list {
		if v.Edition < best.Edition {
			best = v
		}
	}
	return best
}

// edition is the extension of a templateId.
func edition(d *cda.Document, root string) string {
	for n := range d.Root.Children(cda.NS, "templateId") {
		if n.Attr("root") == root {
			return n.Attr("extension")
		}
	}
	return ""
}

// mostKnown gives the only volume that speaks of the most templates of the body's sections.
func mostKnown(d *cda.Document, list []*Volume) *Volume {
	used := map[string]bool{}
	for s := range d.Root.Descendants(cda.NS, "section") {
		for t := range s.Children(cda.NS, "templateId") {
			if id := t.Attr("root"); oid.Valid(id) {
				used[id] = true
			}
		}
	}
	var best *Volume
	most, tie := 0, false
	for _, v := range list {
		n := 0
		for id := range used {
			if v.knows[id] {
				n++
			}
		}
		switch {
		case n > most:
			best, most, tie = v, n, false
		case n == most:
			tie = true
		}
	}
	if tie {
		return nil
	}
	return best
}
