package web

import (
	"errors"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Bounds of what a message page shows.
const (
	maxMailDocuments = 50        // documents of one message
	maxMailFiles     = 100       // attached files
	maxArchive       = 25 << 20  // of an attached archive
	maxArchives      = 4         // opened in one message; one in order has one
	maxExpanded      = 100 << 20 // of all archives of a message together
	maxMailText      = 200 << 10 // of the words of a message
)

// carried is a document that came by mail.
type carried struct {
	Set   *xdm.Set
	Entry *xds.DocumentEntry
	Raw   []byte
}

// carriedBy opens the archives of a message. What cannot be read carries nothing: the tray says why.
func carriedBy(m *courriel.Message) (out []carried) {
	room := int64(maxExpanded)
	list := mssante.Archives(m)
	for _, p := range list[:min(len(list), maxArchives)] {
		raw, err := m.Decode(p, maxArchive)
		if err != nil {
			continue
		}
		a, _, err := xdm.Read(raw, xdm.Limits{TotalBytes: max(1, room)})
		if err != nil || a == nil {
			continue
		}
		for i := range a.Sets {
			for k := range a.Sets[i].Documents {
				x := &a.Sets[i].Documents[k]
				room -= int64(len(x.Bytes))
				if x.Entry != nil && len(out) < maxMailDocuments {
					out = append(out, carried{&a.Sets[i], x.Entry, x.Bytes})
				}
			}
		}
	}
	return out
}

// mailDocument is a document of a message, on its page.
type mailDocument struct {
	N            int
	Title, Date  string
	Kind         kind
	KindWord     string
	Source       string
	UniqueID     string
	Tray         *mss.Tray
	StateWords   string
	Why          string
	Href         string // shows this one
	Record       string // its page in the record
	Download     string // the file as it came
	PDF          string
	Open         bool
	Replaces     bool
	Deletes      bool
	Whose        string        // its patient, when the message is about several
	Page         *documentPage // what it says, when it is open
	Filing       string        // address of the comparison
	Kept         bool          // the citizen has it among their documents
	carried      carried
	traits       ins.Traits
	cdaOfPatient *cda.Patient
}

// documentOf opens the nth document of a message as the record would, without a reading of the
// record: it is what the message carries.
func (q *request) documentOf(b *mailbox, r mailRef, id mss.MessageID, n int, raw []byte) *openedDocument {
	key := "courriel/" + strconv.FormatInt(int64(id), 36) + "/" + strconv.Itoa(n)
	if o := q.d.opened.get(q.s.id, key, q.d.Now()); o != nil {
		return o
	}
	o := &openedDocument{session: q.s.id, uniqueID: key, at: q.d.Now(), raw: raw, parts: b.messagePath(r) + "/document/" + strconv.Itoa(n)}
	if doc, err := cda.Parse(raw); err == nil {
		o.cda = doc
	}
	q.d.opened.keep(o)
	return o
}

// documents puts the documents of a message in words; the one asked for is opened.
func (q *request) documents(b *mailbox, r mailRef, id mss.MessageID, m *courriel.Message) ([]mailDocument, error) {
	list := carriedBy(m)
	if len(list) == 0 {
		return nil, nil
	}
	asked, err := strconv.Atoi(q.r.URL.Query().Get("document"))
	if err != nil || asked < 1 || asked > len(list) {
		asked = 1
	}
	var filed []mss.Tray
	if b.Box.Type != mss.Citizen {
		if filed, err = b.Outcomes(q.r.Context(), id); err != nil {
			return nil, err
		}
	}
	var out []mailDocument
	for i, c := range list {
		o := q.documentOf(b, r, id, i+1, c.Raw)
		x := mailDocument{N: i + 1, Title: tidy(firstOf(c.Entry.Title, c.Entry.Type.Display)), Kind: kindOf(c.Entry), UniqueID: c.Entry.UniqueID, Open: i+1 == asked, carried: c,
			Replaces: c.Set.Kind == xdm.Replacement, Deletes: c.Set.Kind == xdm.Deletion}
		x.KindWord, x.Date = q.t("kind."+string(x.Kind)), firstOf(c.Entry.ServiceStart, c.Entry.CreationTime)
		x.Href, x.Download = b.messagePath(r)+"?document="+strconv.Itoa(i+1), o.parts+"/original"
		if o.cda != nil {
			x.Title = tidy(firstOf(o.cda.Title, x.Title))
			x.traits, x.cdaOfPatient = traitsOfPatient(&o.cda.Patient), &o.cda.Patient
			if len(o.cda.Authors) > 0 {
				x.Source = tidy(person(&o.cda.Authors[0]))
				if org := o.cda.Authors[0].Org; org != nil {
					x.Source = strings.Join(nonEmpty(x.Source, tidy(org.Name)), " · ")
				}
			}
		}
		q.outcome(b, &x, filed)
		if x.Open {
			x.Page = q.mailDocumentPage(o, &x, b.messagePath(r))
			x.PDF = x.Page.PDF
		}
		out = append(out, x)
	}
	return out, nil
}

// outcome says what became of a document: filed, already there, to compare, refused and why.
func (q *request) outcome(b *mailbox, x *mailDocument, filed []mss.Tray) {
	for i := range filed {
		t := &filed[i]
		if t.UniqueID != x.UniqueID {
			continue
		}
		x.Tray, x.StateWords, x.Why = t, q.t("tray."+string(t.State)), t.Text.In(q.lang)
		switch t.State {
		case mss.Waiting:
			x.Filing = b.Base + "/bannette?piece=" + queryEscape(t.ID)
		case mss.Filed, mss.Already:
			if t.Patient != "" && q.follows(t.Patient) {
				x.Record = q.recordLink(t.Patient, x.UniqueID)
			}
		}
		return
	}
}

// recordLink finds the page of a document in a record the reader follows.
func (q *request) recordLink(id ins.PersonID, uniqueID string) string {
	dos, err := q.d.DMP.Beside(q.r.Context(), q.as(id), id)
	if err != nil {
		return ""
	}
	for i := range dos.Lines {
		if dos.Lines[i].Entry.UniqueID == uniqueID {
			if q.caller.Citizen {
				return "/mon-espace/document/" + documentToken(dos.Lines[i].Entry)
			}
			return recordPath(id) + "/document/" + documentToken(dos.Lines[i].Entry)
		}
	}
	return ""
}

// mailDocumentPage shows a document as its page in the record does.
func (q *request) mailDocumentPage(o *openedDocument, x *mailDocument, base string) *documentPage {
	p := &documentPage{D: &sheet{}}
	p.D.Entry = x.carried.Entry
	asked := q.r.URL.Query().Get("vue")
	if asked != viewText && asked != viewData {
		asked = ""
	}
	p.fill(q, o, &dmp.Dossier{}, base, asked)
	if p.View == viewDifferences || p.View == viewOriginal {
		p.View = viewText
		p.narrative(q, o)
	}
	p.D.Path = x.Href
	p.D.Facts = q.facts(x.carried.Entry, o)
	for i := range p.Sections {
		p.Sections[i].Level = min(p.Sections[i].Level+1, 4) // under the title of the document
	}
	return p
}

// traitsOfPatient reads the traits of a document's patient.
func traitsOfPatient(p *cda.Patient) ins.Traits {
	return ins.Traits{BirthName: p.BirthName(), FirstGiven: p.FirstGiven(), Givens: p.BirthGivens(), Sex: p.Sex.Code, BirthDate: p.Birth.Date(), BirthPlace: p.BirthCOG,
		UsedName: p.UsedName(), UsedGiven: p.UsedGiven()}
}

// mailPart hands over a file of a document that came by mail, or the document itself.
func (d *Door) mailPart(q *request, b *mailbox) error {
	r, e, err := q.asked(b)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(q.r.PathValue("n"))
	if err != nil || n < 1 || n > maxMailDocuments {
		return errNoPage
	}
	key := "courriel/" + strconv.FormatInt(int64(e.Message), 36) + "/" + strconv.Itoa(n)
	o := d.opened.get(q.s.id, key, d.Now())
	if o == nil {
		m, err := q.bytesOf(b, e.Message)
		if err != nil {
			return err
		}
		list := carriedBy(m)
		if n > len(list) {
			return errNoPage
		}
		o = q.documentOf(b, r, e.Message, n, list[n-1].Raw)
	}
	if q.r.PathValue("part") == "original" {
		ext := ".xml"
		if o.cda == nil {
			ext = ".bin"
		}
		q.attach(o.raw, "application/octet-stream", "document-"+strconv.Itoa(n)+ext, true)
		return nil
	}
	return q.servePart(o, q.r.PathValue("part"))
}

// mailFileLink is a file attached to a message, beside its documents.
type mailFileLink struct {
	Name, Href, Size string
	N                int
	Copy             bool // a printed copy of a document that the page shows
}

// files lists what is attached to a message, archives aside: the page shows what they hold.
func (q *request) files(b *mailbox, r mailRef, m *courriel.Message, documents int) (out []mailFileLink) {
	archives := map[*courriel.Part]bool{}
	if documents > 0 {
		for _, p := range mssante.Archives(m) {
			archives[p] = true
		}
	}
	for n, p := range leaves(m.Root) {
		if archives[p] || !attached(p) || len(out) >= maxMailFiles {
			continue
		}
		name := tidy(p.Filename())
		if name == "" {
			name = q.t("mail.file.unnamed", p.Type+"/"+p.Subtype)
			if p.Message != nil {
				name = q.t("mail.file.message")
			}
		}
		out = append(out, mailFileLink{Name: name, N: n, Href: b.messagePath(r) + "/fichier/" + strconv.Itoa(n), Size: sizeWords(q.lang, decodedSize(p)),
			Copy: documents > 0 && p.Type == "application" && p.Subtype == "pdf"})
	}
	return out
}

// leaves lists the parts of a message that hold something, in order; an embedded message is one.
func leaves(p *courriel.Part) (out []*courriel.Part) {
	if p == nil {
		return nil
	}
	if len(p.Parts) == 0 {
		return []*courriel.Part{p}
	}
	for _, c := range p.Parts {
		out = append(out, leaves(c)...)
	}
	return out
}

// attached tells a file from the words of the message.
func attached(p *courriel.Part) bool {
	return p.Disposition == "attachment" || p.Filename() != "" || p.Type != "text" && p.Type != "multipart" && (p.Type != "message" || p.Subtype == "rfc822")
}

// decodedSize is about what a part weighs once decoded.
func decodedSize(p *courriel.Part) int64 {
	n := int64(p.End - p.Body)
	if p.Encoding == "base64" {
		n = n * 54 / 74
	}
	return n
}

// mailFile hands over an attached file: always to keep, never opened as a page of this site.
func (d *Door) mailFile(q *request, b *mailbox) error {
	_, e, err := q.asked(b)
	if err != nil {
		return err
	}
	m, err := q.bytesOf(b, e.Message)
	if err != nil {
		return err
	}
	list := leaves(m.Root)
	n, err := strconv.Atoi(q.r.PathValue("n"))
	if err != nil || n < 0 || n >= len(list) || !attached(list[n]) {
		return errNoPage
	}
	data, err := m.Decode(list[n], maxPart)
	if errors.Is(err, courriel.ErrTooLarge) {
		return mss.ErrTooLarge
	}
	if err != nil {
		return err
	}
	q.attach(data, "application/octet-stream", fileName(list[n].Filename(), "piece-"+strconv.Itoa(n)+".bin"), true)
	return nil
}

// plainLetters takes the accents of French off.
var plainLetters = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u",
	"À", "A", "Â", "A", "Ç", "C", "É", "E", "È", "E", "Ê", "E", "Î", "I", "Ô", "O", "Û", "U", "œ", "oe", "Œ", "OE")

// fileName keeps a name of a file harmless in a header and on a disk: plain letters, figures, a few
// signs, no hidden file.
func fileName(name, otherwise string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		case r == ' ':
			return '_'
		}
		return -1
	}, plainLetters.Replace(name))
	if name = strings.TrimLeft(name, ".-_"); len(name) > 120 {
		name = name[len(name)-120:]
	}
	if name == "" {
		return otherwise
	}
	return name
}

// mailSource hands over the message as it came.
func (d *Door) mailSource(q *request, b *mailbox) error {
	r, e, err := q.asked(b)
	if err != nil {
		return err
	}
	raw, err := b.Bytes(q.r.Context(), e.Message)
	if err != nil {
		return err
	}
	q.attach(raw, "application/octet-stream", "message-"+r.String()+".eml", true)
	return nil
}
