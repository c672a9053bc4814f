package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Bounds of a letter being written.
const (
	maxTo         = 50 // recipients chosen one by one
	maxDocuments  = 20 // documents of one letter
	maxMailFound  = 8  // people a search of recipients shows
	maxForwarded  = 20 // files that follow a forwarded message
	maxAttachment = 20 << 20
)

// letterForm is a letter being written, as its form carries it from page to page.
type letterForm struct {
	To, Cc            []string
	Subject, Text     string
	Documents         []string // handles, see letterDocument
	Files             []string // of a forwarded message
	Patient           ins.PersonID
	Answer            string // message answered
	Forward           string // message forwarded
	Draft             string // draft it comes from
	Receipt, NoAnswer bool
	Confirmed         bool // the identity of the citizen was checked
	Replaces          string
	Mark              string // of this letter: it is sent once
}

// recipientRow is somebody chosen.
type recipientRow struct {
	Address, Name, Detail string
	Citizen               bool
	Problem               string
	Field                 string // "a" or "cc"
}

// offeredRow is somebody who may be chosen.
type offeredRow struct {
	Address, Name, Role, Why string
	Chosen                   bool
}

// letterDocument is a document of a letter: from a record, or from a message of this mailbox.
type letterDocument struct {
	Ref, Title, Date string
	Kind             kind
	KindWord         string
	Problem          string

	person   ins.PersonID
	uniqueID string
	raw      []byte // of a message
}

type writePage struct {
	Box         *mailbox
	Folders     []folderLink
	F           letterForm
	To          []recipientRow
	Found       []offeredRow
	Search      string
	Town        string
	Searched    bool
	Suggestions []offeredRow
	Documents   []letterDocument
	Files       []string // names
	Templates   []option
	Patient     *banner
	Citizen     bool // one of the recipients is a citizen
	MustConfirm bool
	Problem     *finding.Refusal
	Words, Fix  string // of the problem
	Path        string
	Back        string
	Title       string
}

// mailWrite shows the letter being written, and does what its buttons say.
func (d *Door) mailWrite(q *request, b *mailbox) error {
	p := &writePage{Box: b, Folders: q.folderLinks(b, 0), Path: b.Base + "/nouveau", Back: b.Base, Title: q.t("write.title")}
	if q.r.Method == "GET" {
		if err := q.begin(b, p); err != nil {
			return err
		}
		return q.write(b, p)
	}
	p.F = q.letterForm()
	form := q.r.PostForm
	switch {
	case form.Get("ajouter") != "":
		p.add(form.Get("ajouter"))
	case form.Get("retirer") != "":
		gone := func(a string) bool { return a == form.Get("retirer") }
		p.F.To, p.F.Cc = slices.DeleteFunc(p.F.To, gone), slices.DeleteFunc(p.F.Cc, gone)
	case form.Get("oter") != "":
		p.F.Documents = slices.DeleteFunc(p.F.Documents, func(s string) bool { return s == form.Get("oter") })
	default:
		switch q.field("geste") {
		case "modele":
			q.useTemplate(b, p)
		case "brouillon":
			return q.saveDraft(b, p)
		case "envoyer":
			return q.send(b, p)
		default:
			q.searchRecipients(p)
		}
	}
	return q.write(b, p)
}

// letterForm reads the form.
func (q *request) letterForm() letterForm {
	v := q.r.PostForm
	list := func(name string, most int) (out []string) {
		for _, s := range v[name] {
			if s = strings.TrimSpace(s); s != "" && len(s) <= 320 && !slices.Contains(out, s) && len(out) < most {
				out = append(out, s)
			}
		}
		return out
	}
	f := letterForm{To: list("a", maxTo), Cc: list("cc", maxTo), Documents: list("doc", maxDocuments), Files: list("fichier", maxForwarded), Subject: tidy(v.Get("objet")),
		Text: strings.ReplaceAll(visibleText(v.Get("texte")), "\r\n", "\n"), Patient: ins.PersonID(q.field("patient")), Answer: q.field("reponse"), Forward: q.field("transfert"), Draft: q.field("brouillon"),
		Receipt: v.Get("accuse") != "", NoAnswer: v.Get("fermer") != "", Confirmed: v.Get("identite") != "", Replaces: q.field("remplace"), Mark: q.field("lettre")}
	if len(f.Mark) > maxHandle {
		f.Mark = ""
	}
	if a := q.field("adresse"); a != "" && q.field("geste") != "chercher" {
		f.To = append(f.To, a)
	}
	if len(f.Patient) > maxHandle {
		f.Patient = ""
	}
	return f
}

func (p *writePage) add(address string) {
	if address = strings.TrimSpace(address); address != "" && !slices.Contains(p.F.To, address) && !slices.Contains(p.F.Cc, address) && len(p.F.To) < maxTo {
		p.F.To = append(p.F.To, address)
	}
}

// begin fills the letter from where the writer comes: an answer, a message to forward, a draft, a
// document of a record.
func (q *request) begin(b *mailbox, p *writePage) error {
	v := q.r.URL.Query()
	p.F.Receipt = true
	switch {
	case v.Get("brouillon") != "":
		return q.fromDraft(b, p, v.Get("brouillon"))
	case v.Get("reponse") != "":
		return q.fromMessage(b, p, v.Get("reponse"), false, v.Get("tous") != "")
	case v.Get("transfert") != "":
		return q.fromMessage(b, p, v.Get("transfert"), true, false)
	}
	p.F.Patient = ins.PersonID(v.Get("patient"))
	if len(p.F.Patient) > maxHandle {
		return errNoPage
	}
	if doc := v.Get("document"); doc != "" && p.F.Patient != "" {
		p.F.Documents = []string{"r:" + string(p.F.Patient) + ":" + doc}
	}
	return nil
}

// message reads a message that the form names.
func (q *request) message(b *mailbox, ref string) (mailRef, *mss.Entry, *courriel.Message, error) {
	r, ok := parseRef(ref)
	if !ok {
		return r, nil, nil, errNoPage
	}
	e, err := q.at(b, r)
	if err != nil {
		return r, nil, nil, err
	}
	if b.read.m != nil && b.read.ref == r { // each document and file of a letter asks for it
		return r, e, b.read.m, nil
	}
	m, err := q.bytesOf(b, e.Message)
	b.read.ref, b.read.m, b.read.carried = r, m, nil
	return r, e, m, err
}

// fromMessage answers a message, or forwards it with its documents.
func (q *request) fromMessage(b *mailbox, p *writePage, ref string, forward, all bool) error {
	r, e, m, err := q.message(b, ref)
	if err != nil {
		return err
	}
	h := m.Root.Header
	subject := q.subjectWords(h)
	text, _ := splitQuote(visibleText(m.Readable(maxQuoted)))
	who := q.sender(b, h)
	quote := "\n\n" + q.t("write.quote", dateWords(q.lang, e.Time()), clockWords(q.lang, e.Time()), who.Short()) + "\n> " + strings.ReplaceAll(text, "\n", "\n> ")
	p.F.Text, p.Back = quote, b.messagePath(r)
	if forward {
		p.F.Forward, p.F.Subject, p.Title = ref, prefixed("TR: ", subject), q.t("write.forward")
		for i := range carriedBy(m) {
			p.F.Documents = append(p.F.Documents, "m:"+ref+":"+strconv.Itoa(i+1))
		}
		for _, f := range q.files(b, r, m, len(p.F.Documents)) {
			if !f.Copy && len(p.F.Files) < maxForwarded {
				p.F.Files = append(p.F.Files, "m:"+ref+":"+strconv.Itoa(f.N))
			}
		}
		return nil
	}
	p.F.Answer, p.F.Subject, p.Title = ref, prefixed("Re: ", subject), q.t("write.answer")
	to := h.Addresses("Reply-To")
	if len(to) == 0 {
		to = h.Addresses("From")
	}
	if who.Me { // what one wrote oneself is followed up to those it went to
		to = h.Addresses("To")
	}
	p.F.To = q.without(b, to, nil)
	if all {
		p.F.Cc = q.without(b, append(h.Addresses("To"), h.Addresses("Cc")...), p.F.To)
	}
	return nil
}

// prefixed puts a word before a subject once.
func prefixed(word, subject string) string {
	if len(subject) >= len(word) && strings.EqualFold(subject[:len(word)], word) {
		return subject
	}
	return word + subject
}

// without lists addresses but one's own and those already there.
func (q *request) without(b *mailbox, list []courriel.Address, there []string) (out []string) {
	for _, a := range list {
		if s := mss.Canonical(a.Addr()); s != b.Box.Address && !slices.Contains(there, s) && !slices.Contains(out, s) && len(out) < maxTo {
			out = append(out, s)
		}
	}
	return out
}

// fromDraft takes a draft up again.
func (q *request) fromDraft(b *mailbox, p *writePage, ref string) error {
	r, ok := parseRef(ref)
	if !ok || r.Folder != mss.Drafts {
		return errNoPage
	}
	l, err := b.OpenDraft(q.r.Context(), r.UID)
	if err != nil {
		return err
	}
	p.F = letterForm{Draft: ref, To: l.To, Cc: l.Cc, Subject: tidy(mssante.Shown(l.Subject)), Text: visibleText(l.Text), Receipt: l.ReadReceipt, NoAnswer: l.NoAnswer, Replaces: l.Replaces}
	p.Title = q.t("write.draft")
	for i := range l.Documents[:min(len(l.Documents), maxDocuments)] {
		p.F.Documents = append(p.F.Documents, "b:"+ref+":"+strconv.Itoa(i+1))
	}
	for i := range l.Attachments[:min(len(l.Attachments), maxForwarded)] {
		p.F.Files = append(p.F.Files, "b:"+ref+":"+strconv.Itoa(i))
	}
	return nil
}

// write shows the letter.
func (q *request) write(b *mailbox, p *writePage) error {
	var err error
	if p.F.Mark == "" {
		p.F.Mark = randomID()[:22]
	}
	if p.Documents, err = q.letterDocuments(b, p.F.Documents); err != nil {
		return err
	}
	for i, list := range [][]string{p.F.To, p.F.Cc} {
		for _, a := range list {
			row := q.recipientRow(a)
			row.Field = [2]string{"a", "cc"}[i]
			p.Citizen = p.Citizen || row.Citizen
			p.To = append(p.To, row)
		}
	}
	p.MustConfirm = p.Citizen && !q.answersCitizen(b, p)
	for _, f := range p.F.Files {
		if name, _ := q.forwarded(b, f); name != "" {
			p.Files = append(p.Files, name)
		}
	}
	if p.F.Patient == "" {
		for _, x := range p.Documents {
			if x.person != "" {
				p.F.Patient = x.person
				break
			}
		}
	}
	if p.F.Patient != "" && q.follows(p.F.Patient) {
		if person, err := q.d.DMP.Person(q.r.Context(), q.as(p.F.Patient), p.F.Patient); err == nil {
			x := q.banner(person, "", false)
			p.Patient = &x
		}
	}
	if err := q.suggest(b, p); err != nil {
		return err
	}
	for _, t := range letterTemplates {
		p.Templates = append(p.Templates, option{Value: t.Key, Words: t.Name.In(q.lang)})
	}
	if p.Problem != nil {
		p.Words, p.Fix = p.Problem.Message.In(q.lang), p.Problem.Fix.In(q.lang)
		q.status = kindStatus[p.Problem.Kind]
	}
	return q.render("messagerie-ecrire", p)
}

// answersCitizen tells whether the only citizen written to is the one who wrote.
func (q *request) answersCitizen(b *mailbox, p *writePage) bool {
	if p.F.Answer == "" {
		return false
	}
	_, _, m, err := q.message(b, p.F.Answer)
	if err != nil {
		return false
	}
	who := q.sender(b, m.Root.Header)
	for _, x := range p.To {
		if x.Citizen && (!who.Citizen || who.Doubtful || mss.Canonical(who.Address) != mss.Canonical(x.Address)) {
			return false
		}
	}
	return true
}

// useTemplate puts a ready letter in: above what is there.
func (q *request) useTemplate(b *mailbox, p *writePage) {
	t := templateOf(q.field("modele"))
	if t == nil {
		return
	}
	patient, given := "", ""
	if id := q.letterPatient(b, &p.F); id != "" && q.follows(id) {
		if x, err := q.d.DMP.Person(q.r.Context(), q.as(id), id); err == nil {
			given = ins.Title(firstOf(x.Traits.UsedGiven, x.Traits.FirstGiven))
			patient = strings.TrimSpace(firstOf(x.Traits.UsedName, x.Traits.BirthName) + " " + given)
			if day := dateWords("fr", x.Traits.BirthDate); day != "" {
				patient += ", " + map[string]string{"F": "née", "M": "né"}[x.Traits.Sex] + " le " + day
			}
		}
	}
	text := t.fill(patient, given, q.caller.Name)
	if strings.TrimSpace(p.F.Text) != "" {
		text += "\n\n" + strings.TrimLeft(p.F.Text, "\n")
	}
	p.F.Text = text
	if p.F.Subject == "" {
		p.F.Subject = t.Subject
	}
}

// letterPatient is the person a letter is about: of the form, else of its documents.
func (q *request) letterPatient(b *mailbox, f *letterForm) ins.PersonID {
	if f.Patient != "" {
		return f.Patient
	}
	docs, err := q.letterDocuments(b, f.Documents)
	if err != nil {
		return ""
	}
	for _, x := range docs {
		if x.person != "" {
			return x.person
		}
	}
	return ""
}
