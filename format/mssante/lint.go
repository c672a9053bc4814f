package mssante

import (
	"bytes"
	"errors"
	"sort"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/format/xds"
)

// Limits of what one message may cost: a small mail can hold archives that expand a lot.
const (
	maxHits          = 20       // findings of one rule in one message: the first ones tell it all
	maxLintArchives  = 4        // opened; a message in order has one
	maxLintExpanded  = 64 << 20 // bytes of all archives together once expanded
	maxLintDocuments = 24 << 20 // bytes of CDA parsed and compared: one of the largest, or a hundred ordinary ones
)

// Envelope is what SMTP said of a message; the zero Envelope says nothing.
type Envelope struct {
	From string
	To   []string
	Box  BoxType // kind of the sending mailbox, when known
}

// Rule is one requirement the linter looks at.
type Rule struct {
	ID       string
	Source   string // requirement, as the référentiel names it
	Severity finding.Severity
	Message  finding.Text
	Fix      finding.Text
}

type rule struct {
	Rule
	check func(l *linted, hit func(finding.Place, string))
}

// Rules lists the requirements, in the order they are looked at.
func Rules() []Rule {
	out := make([]Rule, len(rules))
	for i, r := range rules {
		out[i] = r.Rule
	}
	return out
}

// Lint compares a message with what MSSanté asks of the software that sends it: form, headers,
// subject, archive, PDFs, recipients. Findings of the reading of the message (MIME-…) and of its
// archives (XDM-…) come with those of the rules (MSS-…), in order of place. A message in order has
// none. It never fails: what cannot be read is a finding.
//
// spec: MSSanté 5
func Lint(raw []byte, env Envelope) []finding.Finding {
	l := &linted{env: env, raw: raw}
	if err := l.open(); err != nil {
		r := finding.As(err)
		if r == nil {
			r = ErrCompose
		}
		return []finding.Finding{{ID: r.ID, Severity: finding.Error, Level: "mime", Rule: r.Rule, Message: r.Message, Fix: r.Fix}}
	}
	for _, r := range rules {
		hits := 0
		r.check(l, func(p finding.Place, found string) {
			if hits++; hits > maxHits {
				return
			}
			l.findings = append(l.findings, finding.Finding{ID: r.ID, Severity: r.Severity, Level: "mssante", Place: p, Found: short(found), Rule: r.Source, Message: r.Message, Fix: r.Fix})
		})
	}
	sort.SliceStable(l.findings, func(i, j int) bool { return l.findings[i].Place.Offset < l.findings[j].Place.Offset })
	return l.findings
}

func short(s string) string {
	const limit = 120
	s = oneLine(strings.ToValidUTF8(s, "�"))
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return s
}

// linted is a message taken apart once for all rules.
type linted struct {
	env      Envelope
	raw      []byte
	m        *courriel.Message
	h        courriel.Header
	findings []finding.Finding

	texts    []*courriel.Part // parts of the body
	archives []opened
	docs     []held
	pdfs     []attached
	bare     []*courriel.Part // CDA documents attached outside an archive
	citizens []courriel.Address

	expanded int64 // bytes taken out of archives
	parsed   int   // bytes of CDA
}

type opened struct {
	part *courriel.Part
	err  error
}

// held is a CDA of an archive.
type held struct {
	part  *courriel.Part
	doc   *cda.Document
	entry *xds.DocumentEntry
}

type attached struct {
	part  *courriel.Part
	name  string
	bytes []byte
}

func (l *linted) open() error {
	m, list, err := courriel.Parse(l.raw)
	if err != nil {
		return err
	}
	l.m, l.h, l.findings = m, m.Root.Header, list
	zips := map[*courriel.Part]bool{}
	for _, p := range Archives(m) {
		zips[p] = true
		if len(l.archives) < maxLintArchives {
			l.archives = append(l.archives, l.archive(p))
		}
	}
	walkOwn(m.Root, func(p *courriel.Part) { l.sort(p, zips) })
	for _, name := range []string{"To", "Cc"} {
		for _, a := range l.h.Addresses(name) {
			if IsCitizen(a.Addr()) {
				l.citizens = append(l.citizens, a)
			}
		}
	}
	return nil
}

// archive opens one archive and the documents in it.
func (l *linted) archive(p *courriel.Part) opened {
	o := opened{part: p}
	b, err := l.m.Decode(p, MaxMessageBytes)
	if err != nil {
		o.err = err
		return o
	}
	a, list, err := xdm.Read(b, xdm.Limits{TotalBytes: max(1, maxLintExpanded-l.expanded)})
	if err != nil {
		o.err = err
		return o
	}
	for _, f := range list {
		f.Place.Offset, f.Place.End = p.Start, p.End
		l.findings = append(l.findings, f)
	}
	for i := range a.Sets {
		for _, d := range a.Sets[i].Documents {
			l.expanded += int64(len(d.Bytes))
			if d.Entry == nil || l.parsed+len(d.Bytes) > maxLintDocuments {
				continue
			}
			l.parsed += len(d.Bytes)
			if doc, err := cda.Parse(d.Bytes); err == nil {
				l.docs = append(l.docs, held{part: p, doc: doc, entry: d.Entry})
			}
		}
	}
	return o
}

// sort puts a part where the rules look for it.
func (l *linted) sort(p *courriel.Part, zips map[*courriel.Part]bool) {
	name := p.Filename()
	lower := strings.ToLower(name)
	switch {
	case zips[p]:
	case p.Type == "application" && p.Subtype == "pdf" || strings.HasSuffix(lower, ".pdf"):
		b, err := l.m.Decode(p, MaxMessageBytes)
		if err == nil {
			l.pdfs = append(l.pdfs, attached{p, name, b})
		}
	case strings.HasSuffix(p.Subtype, "xml") || strings.HasSuffix(lower, ".xml"):
		if b, err := l.m.Decode(p, MaxMessageBytes); err == nil && bytes.Contains(b, []byte(cda.NS)) {
			if _, err := cda.Parse(b); err == nil || !errors.Is(err, cda.ErrNotCDA) {
				l.bare = append(l.bare, p)
			}
		}
	case p.Type == "text" && p.Disposition != "attachment" && name == "":
		l.texts = append(l.texts, p)
	}
}

func (l *linted) cdas() []*cda.Document {
	out := make([]*cda.Document, len(l.docs))
	for i, d := range l.docs {
		out[i] = d.doc
	}
	return out
}

// at gives the place of a header field, or of the whole header when it is absent.
func (l *linted) at(name string) finding.Place {
	from := l.m.Root.Start
	for _, f := range l.h {
		i := bytes.Index(l.raw[min(from, len(l.raw)):], f.Raw)
		if i < 0 {
			break
		}
		at := from + i
		if strings.EqualFold(f.Name, name) {
			return finding.Place{Offset: at, End: at + len(f.Raw), Line: 1 + bytes.Count(l.raw[:at], []byte("\n"))}
		}
		from = at + len(f.Raw)
	}
	return finding.Place{}
}

// in gives the place of a part.
func (l *linted) in(p *courriel.Part) finding.Place {
	return finding.Place{Offset: p.Start, End: p.End, Line: 1 + bytes.Count(l.raw[:p.Start], []byte("\n"))}
}
