package official

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/schematron"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/format/xpath"
)

// Hit is one assertion of one level that failed on the document.
type Hit struct {
	Level string
	schematron.Hit
	At xmltree.Node // the element, or the one that bears the attribute
}

// Outcome is what the official rules say of one document.
type Outcome struct {
	Choice Choice
	Levels []string // that were run
	Hits   []Hit
	More   bool // there were more hits than maxHits at one level
	// Exhausted says that the rules could not be evaluated to the end, be it in an assertion or in
	// the context of a rule that then never fired: silence means nothing.
	Exhausted bool
}

// maxHits bounds what one level may say of one document.
const maxHits = 2000

// Check runs every level on a document, and the rules of its kind. asked forces an edition; ""
// lets the document choose.
func (r *Rules) Check(d *cda.Document, asked string) Outcome {
	out := Outcome{Choice: r.Choose(d, asked)}
	tree := r.lib.Tree(d.Root.Doc())
	defer tree.Release()
	run := xpath.NewRun(r.lib, tree)
	defer run.Release()
	one := func(level string, s *schematron.Schema) {
		out.Levels = append(out.Levels, level)
		n := 0
		s.Run(run, func(h schematron.Hit) bool {
			if n++; n > maxHits {
				out.More = true
				return false
			}
			out.Hits = append(out.Hits, Hit{level, h, tree.Element(h.Node)})
			return true
		})
	}
	for _, c := range common {
		if s := r.levels[c.level]; s != nil {
			one(c.level, s)
		}
	}
	if v := out.Choice.Volume; v != nil {
		one(Kind, v.schema)
	}
	out.Exhausted = run.Exhausted()
	return out
}
