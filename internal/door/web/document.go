package web

import (
	"bytes"
	"html/template"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/compare"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// The faces of a document, as tabs.
const (
	viewText     = "texte"
	viewData     = "donnees"
	viewOriginal = "original"
)

// maxSource bounds the source shown in a page; the whole is a download.
const maxSource = 200 << 10

type documentPage struct {
	B        banner
	T        *timeline
	D        *sheet
	View     string
	Sections []section
	Text     template.HTML
	Groups   []resultGroup
	Results  int
	Source   string
	Cut      bool
	PDF      string // address of the frame
	PDFSize  int
	Printed  []printed // the words of the PDF, when the document has none of its own
	Parts    []part
	Narrated bool // it has words of its own, not a PDF alone
	Compared []comparedSection
	Compares bool         // it has coded facts to lay beside its text
	Differ   int          // of them, how many are not the same on both sides
	Send     string       // address of a letter that carries it
	Sendings []sendingRow // who received it by mail
}

type section struct {
	ID, Title string
	Level     int // heading level
	HTML      template.HTML
}

type part struct{ Name, Href, Mime string }

// sheet is the head and foot of a document.
type sheet struct {
	line
	Path, Original      string
	TypeWords, Official string
	Created             string
	Facts               []fact
	Provenance          []fact
	Newer               string // address of the version that replaces this one
	Superseded          bool
	Masked, Archived    bool
	Hidden              bool // not yet announced to the person
	MaskPath            string
}

// View is the address of one face of the document.
func (s *sheet) View(name string) string { return withParam(s.Path, "vue", name) }

// fact is a word and what it says, with a moment when it is one.
type fact struct {
	Word, Says string
	Detail     string
	Code       bool
}

// document shows one document: one reading in the journal, whatever the tabs then opened.
func (d *Door) document(q *request) error {
	id, base := q.recordOf()
	dos, err := q.beside(id)
	if err != nil {
		return err
	}
	l, entry := dos.Line(logicalID(q.r.PathValue("lid")))
	if entry == nil {
		return errNoPage
	}
	asked := q.r.URL.Query().Get("vue")
	o, err := q.read(id, entry.UniqueID, asked != "")
	if err != nil {
		return err
	}
	p := documentPage{B: q.banner(dos.Person, dos.Reason, dos.MT), D: q.sheet(l, entry, base, o)}
	if !q.caller.Citizen {
		p.T = q.timeline(dos, base, wanted{open: l.Entry.LogicalID})
	}
	p.fill(q, o, dos, base, asked)
	p.Sendings = q.sendings(entry.UniqueID)
	if o.cda != nil {
		p.Send = q.sendPath(id, documentToken(entry))
	}
	return q.render("document", p)
}

// recordOf tells whose record a page is about: the one in the address, or the citizen's own.
func (q *request) recordOf() (id ins.PersonID, base string) {
	if q.caller.Citizen {
		return q.me(), "/mon-espace"
	}
	id = ins.PersonID(q.r.PathValue("id"))
	return id, recordPath(id)
}

func logicalID(token string) string {
	if strings.Contains(token, ":") {
		return token
	}
	return "urn:uuid:" + token
}

// read opens a document. A part of a reading already written down (again) is decided anew and
// served from what the session holds; else it is a reading of its own.
func (q *request) read(id ins.PersonID, uniqueID string, again bool) (*openedDocument, error) {
	now := q.d.Now()
	if again {
		if o := q.d.opened.get(q.s.id, uniqueID, now); o != nil {
			return o, q.d.DMP.MayRead(q.r.Context(), q.as(id), uniqueID)
		}
	}
	items, err := q.d.DMP.Read(q.r.Context(), q.as(id), []string{uniqueID})
	if err != nil {
		return nil, err
	}
	if items[0].Err != nil {
		return nil, items[0].Err
	}
	o := &openedDocument{session: q.s.id, uniqueID: uniqueID, at: now, raw: items[0].Bytes}
	if doc, err := cda.Parse(o.raw); err == nil {
		o.cda = doc
	}
	q.d.opened.keep(o)
	return o, nil
}

// fill prepares the face that is asked for: results first when there are some, else the text.
func (p *documentPage) fill(q *request, o *openedDocument, dos *dmp.Dossier, base, asked string) {
	var results []bio.Result
	if o.cda != nil {
		results = bio.Results(o.cda)
	}
	p.Results, p.Narrated = len(results), o.cda != nil && len(o.cda.Body.Sections) > 0
	p.View = asked
	var sides []compare.Section
	if p.Narrated && !q.caller.Citizen {
		sides = compare.Of(o.cda)
	}
	p.Compares, p.Differ = len(sides) > 0, differing(sides)
	if asked != viewText && asked != viewData && asked != viewOriginal && asked != viewDifferences ||
		asked == viewData && p.Results == 0 || asked == viewDifferences && !p.Compares {
		p.View = viewText
		if p.Results > 0 {
			p.View = viewData
		}
	}
	if o.cda == nil {
		p.plain(q, o)
	} else if pdf := o.cda.PDF(); pdf != nil && pdf.MediaType == "application/pdf" {
		p.PDF, p.PDFSize = q.partPath(o, "pdf"), pdf.Size()
	}
	switch p.View {
	case viewText:
		p.narrative(q, o)
	case viewData:
		p.Groups = q.resultGroups(results, dos, base, p.D.Entry)
	case viewDifferences:
		p.Compared = q.compared(sides)
	case viewOriginal:
		p.Source, p.Cut = source(o.raw)
	}
}

// plain is a document that is not a CDA: a PDF or a text.
func (p *documentPage) plain(q *request, o *openedDocument) {
	switch {
	case bytes.HasPrefix(o.raw, []byte("%PDF")):
		p.PDF, p.PDFSize = q.partPath(o, "pdf"), len(o.raw)
	case strings.HasPrefix(p.D.Entry.MimeType, "text/plain"):
		p.Source, p.Cut = source(o.raw)
	}
}

// narrative writes the sections. Headings begin under the title of the document.
func (p *documentPage) narrative(q *request, o *openedDocument) {
	if !p.Narrated && p.PDF != "" {
		if mime, pdf := partOf(o, "pdf"); mime != "" {
			p.Printed = printedText(pdf)
		}
	}
	if o.cda == nil {
		return
	}
	opt := narrative.Options{IDPrefix: "n-", Media: narrative.FromDocument(o.cda, func(m cda.Media) string { return q.partPath(o, "m"+m.ID) })}
	n := 0
	o.cda.Body.Walk(func(s *cda.Section) bool {
		n++
		sec := section{ID: "s" + strconv.Itoa(n), Title: s.Title, Level: min(s.Depth+1, 4)}
		if sec.Title == "" {
			sec.Title = s.Code.Label()
		}
		if s.Text.Exists() {
			// The narrative package writes from white lists only: nothing of the document is trusted.
			sec.HTML = template.HTML(narrative.HTML(nil, s.Text, opt)) //nolint:gosec
		}
		if p.PDF != "" && strings.TrimSpace(string(sec.HTML)) == "" && len(s.Sections) == 0 && len(s.Entries) <= 1 {
			return true // the PDF copy has its own place
		}
		p.Sections = append(p.Sections, sec)
		return true
	})
	p.Parts = nil
	for _, m := range o.cda.Media() {
		if !m.Copy && !narrative.IsImage(m.File.MediaType) {
			p.Parts = append(p.Parts, part{Name: m.Type.Label(), Href: q.partPath(o, "m"+m.ID), Mime: m.File.MediaType})
		}
	}
}

// source gives the text of a document for reading: embedded files are named, not shown.
func source(raw []byte) (text string, cut bool) {
	var b strings.Builder
	for len(raw) > 0 && b.Len() < maxSource {
		n := runOfBase64(raw)
		if n > 400 {
			b.Write(raw[:60])
			b.WriteString("… [" + strconv.Itoa(n) + " octets base64] …")
			raw = raw[n:]
			continue
		}
		if n == 0 {
			n = 1
		}
		b.Write(raw[:n])
		raw = raw[n:]
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD"), len(raw) > 0
}

// runOfBase64 counts the bytes that look like one encoded file.
func runOfBase64(b []byte) int {
	i := 0
	for i < len(b) {
		switch c := b[i]; {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/', c == '=', c == '\n', c == '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// original hands over the exact bytes: a reading of its own.
func (d *Door) original(q *request) error {
	id, _ := q.recordOf()
	dos, err := q.beside(id)
	if err != nil {
		return err
	}
	_, entry := dos.Line(logicalID(q.r.PathValue("lid")))
	if entry == nil {
		return errNoPage
	}
	o, err := q.read(id, entry.UniqueID, false)
	if err != nil {
		return err
	}
	ext := ".xml"
	if o.cda == nil {
		ext = ".bin"
	}
	q.attach(o.raw, "text/plain; charset=utf-8", "document"+ext, true)
	return nil
}

// attach writes a file that the browser must not take for a page.
func (q *request) attach(b []byte, mime, name string, download bool) {
	h := q.w.Header()
	h.Set("Content-Type", mime)
	disposition := "inline"
	if download {
		disposition = "attachment"
	}
	h.Set("Content-Disposition", disposition+`; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = q.w.Write(b)
}

// sheet writes the head and the foot of a document.
func (q *request) sheet(l *dmp.Line, e *xds.DocumentEntry, base string, o *openedDocument) *sheet {
	own := *l
	own.Entry = e
	s := &sheet{line: *q.line(&own, base), TypeWords: typeWords(q.lang, e), Official: e.Type.Display, Created: e.CreationTime}
	s.Path = base + "/document/" + documentToken(e)
	s.Original, s.MaskPath = s.Path+"/original", s.Path+"/visibilite"
	s.Masked, s.Hidden, s.Archived = e.Has(xds.MasquePS), e.Has(xds.InvisiblePatient), e.Status == xds.Archived
	if e != l.Entry {
		s.Superseded, s.Newer = true, base+"/document/"+documentToken(l.Entry)
		s.New = false
	}
	s.Facts = q.facts(e, o)
	s.Provenance = []fact{
		{Word: q.t("prov.uid"), Says: e.UniqueID, Code: true}, {Word: q.t("prov.hash"), Says: e.Hash, Code: true},
		{Word: q.t("prov.size"), Says: sizeWords(q.lang, int64(len(o.raw)))},
		{Word: q.t("prov.received"), Says: strings.TrimSpace(dateWords(q.lang, l.Received) + " " + clockWords(q.lang, l.Received))},
		{Word: q.t("prov.type"), Says: e.Type.Display + " (" + e.Type.Code + ")"}, {Word: q.t("prov.format"), Says: e.Format.Display},
	}
	return s
}

// facts says what, who, when and for whom.
func (q *request) facts(e *xds.DocumentEntry, o *openedDocument) []fact {
	var out []fact
	add := func(key, says string) {
		if strings.TrimSpace(says) != "" {
			out = append(out, fact{Word: q.t(key), Says: says})
		}
	}
	if o.cda == nil {
		for _, a := range e.Authors {
			family, given := xds.PersonName(a.Person)
			add("fact.author", strings.TrimSpace(given+" "+family))
		}
		return out
	}
	h := &o.cda.Header
	for i := range h.Authors {
		a := &h.Authors[i]
		place := ""
		if a.Org != nil {
			place = a.Org.Name
		}
		if i < 3 {
			add("fact.author", person(a))
			if n := len(out); n > 0 {
				out[n-1].Detail = strings.Join(nonEmpty(specialty(a.Code.Display), place), " · ")
			}
		}
	}
	if la := h.LegalAuthenticator; la != nil && (len(h.Authors) == 0 || la.Label() != h.Authors[0].Label()) {
		add("fact.validator", strings.Join(nonEmpty(person(la), dateWords(q.lang, la.Time.Start().Raw)), " · "))
	}
	if len(h.Services) > 0 {
		s := h.Services[0].Time
		when := dateWords(q.lang, s.Start().Raw)
		if end := dateWords(q.lang, s.End().Raw); end != when && end != "" {
			when += " – " + end
		}
		add("fact.act", when)
	}
	written := dateWords(q.lang, h.EffectiveTime.Raw)
	if n := len(out); n > 0 && out[n-1].Word == q.t("fact.act") && out[n-1].Says == written {
		out = out[:n-1]
	}
	add("fact.written", strings.Trim(written+", "+clockWords(q.lang, h.EffectiveTime.Raw), ", "))
	for i := range h.Recipients {
		if i < 4 {
			add("fact.recipient", person(&h.Recipients[i]))
		}
	}
	return out
}

// person writes an actor as people say it: "Dr Claire MARTIN".
func person(a *cda.Actor) string { return polite(a.Label()) }

// specialty leaves out of a profession what only registers need: "Médecin - Biologie médicale (SM)".
func specialty(s string) string {
	s = strings.TrimSuffix(strings.TrimSuffix(s, " (SM)"), " (SCH)")
	return strings.Replace(s, "Qualifié en ", "", 1)
}

// polite writes the civility of a document ("DR", "MME") as people do.
func polite(s string) string {
	for _, t := range [][2]string{{"DR ", "Dr "}, {"PR ", "Pr "}, {"MME ", "Mme "}, {"M ", "M. "}} {
		if rest, ok := strings.CutPrefix(s, t[0]); ok {
			return t[1] + rest
		}
	}
	return s
}

func sizeWords(lang string, n int64) string {
	unit, div := " ko", int64(1000)
	if lang == "en" {
		unit = " kB"
	}
	if n >= 1_000_000 {
		unit, div = strings.Replace(unit, "k", "M", 1), 1_000_000
	}
	if n >= 1_000_000_000 {
		unit, div = strings.NewReplacer("k", "G", "M", "G").Replace(unit), 1_000_000_000
	}
	tenth := (n*10 + div/2) / div
	s := strconv.FormatInt(tenth/10, 10)
	if tenth < 100 && tenth%10 != 0 {
		s = number(lang, s+"."+strconv.FormatInt(tenth%10, 10))
	}
	return s + strings.Replace(unit, "K", "k", 1)
}
