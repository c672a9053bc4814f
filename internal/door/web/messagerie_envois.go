package web

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// suggest proposes recipients: those the documents name, the médecin traitant, the patient, those
// written to before. Documents that were not read yet are not read for that.
func (q *request) suggest(b *mailbox, p *writePage) error {
	about := mss.About{}
	if p.F.Patient != "" && q.follows(p.F.Patient) {
		about.Patient = p.F.Patient
	}
	for _, x := range p.Documents {
		if x.raw != nil && x.Problem == "" {
			about.Documents = append(about.Documents, x.raw)
		} else if o := q.d.opened.get(q.s.id, x.uniqueID, q.d.Now()); o != nil && o.cda != nil {
			about.Documents = append(about.Documents, o.raw)
		}
	}
	if about.Patient == "" && len(about.Documents) == 0 {
		return nil
	}
	list, err := b.Recipients(q.r.Context(), about)
	if finding.As(err) != nil {
		return nil // nobody is proposed to who has no such right
	}
	for _, s := range list {
		p.Suggestions = append(p.Suggestions, offeredRow{Address: s.Address, Name: firstOf(shownName(s.Name), s.Address), Role: tidy(s.Role), Why: q.t("suggest." + string(s.Why)),
			Chosen: slices.Contains(p.F.To, s.Address) || slices.Contains(p.F.Cc, s.Address)})
	}
	return err
}

// letter makes what is sent of what was written.
func (q *request) letterOf(b *mailbox, p *writePage) (mss.Letter, error) {
	f := &p.F
	l := mss.Letter{To: f.To, Cc: f.Cc, Subject: f.Subject, Text: strings.TrimSpace(f.Text), ReadReceipt: f.Receipt, NoAnswer: f.NoAnswer, Replaces: f.Replaces}
	docs, err := q.letterDocuments(b, f.Documents)
	if err != nil {
		return l, err
	}
	if l.Documents, err = q.documentBytes(docs); err != nil {
		return l, err
	}
	for _, handle := range f.Files {
		if _, file := q.forwarded(b, handle); file != nil {
			l.Attachments = append(l.Attachments, *file)
		}
	}
	if r, ok := parseRef(f.Draft); ok && r.Folder == mss.Drafts && f.Answer == "" {
		if was, err := b.OpenDraft(q.r.Context(), r.UID); err == nil {
			l.InReplyTo, l.References = was.InReplyTo, was.References
		}
	}
	if f.Answer != "" {
		_, _, m, err := q.message(b, f.Answer)
		if err != nil {
			return l, err
		}
		l.InReplyTo, l.References = threadOf(m.Root.Header.MessageIDs("Message-ID"), m.Root.Header.MessageIDs("References"))
	}
	return l, nil
}

// threadOf gives what an answer names.
func threadOf(id, references []string) (inReplyTo string, all []string) {
	if len(id) == 0 {
		return "", nil
	}
	all = append(slices.Clone(references), id[0])
	return id[0], all[max(0, len(all)-maxReferences):]
}

// Refusals of the form itself.
var (
	errNobody = &finding.Refusal{ID: "WEB-COURRIEL-DESTINATAIRE", Kind: finding.Invalid, Rule: "MSSANTE ECO.2.2.1",
		Message: finding.T("Personne n'est choisi pour recevoir ce message.", "Nobody is chosen to receive this message."),
		Fix:     finding.T("Choisissez un destinataire parmi les propositions, dans l'annuaire, ou par son adresse.", "Choose a recipient among those suggested, in the directory, or by their address.")}
	errEmpty = &finding.Refusal{ID: "WEB-COURRIEL-VIDE", Kind: finding.Invalid, Rule: "MSSANTE ECO.2.1.3",
		Message: finding.T("Ce message n'a ni texte ni document.", "This message has neither words nor documents."),
		Fix:     finding.T("Écrivez quelques mots, ou joignez un document du dossier.", "Write a few words, or attach a document of the record.")}
	errIdentity = &finding.Refusal{ID: "WEB-COURRIEL-IDENTITE", Kind: finding.Invalid, Rule: "MSSANTE Ref#2 §3.4.2.2",
		Message: finding.T("L'identité du patient à qui vous écrivez n'est pas confirmée.", "The identity of the patient you write to is not confirmed."),
		Fix:     finding.T("Vérifiez ses traits, puis cochez la case : un message parti chez quelqu'un d'autre ne se rattrape pas.", "Check their traits, then tick the box: a message that left for somebody else cannot be called back.")}
	errWrong = &finding.Refusal{ID: "WEB-COURRIEL-ADRESSE", Kind: finding.Invalid, Rule: "MSSANTE §3",
		Message: finding.T("Une des adresses ne peut rien recevoir.", "One of the addresses cannot receive anything."),
		Fix:     finding.T("Corrigez ou retirez celle qui est marquée.", "Mend or remove the one that is marked.")}
)

// send sends the letter, and shows its proof. What is wrong with it is said beside it; nothing is lost.
func (q *request) send(b *mailbox, p *writePage) error {
	again := func(r *finding.Refusal) error {
		p.Problem = r
		return q.write(b, p)
	}
	if len(p.F.To)+len(p.F.Cc) == 0 {
		return again(errNobody)
	}
	if strings.TrimSpace(p.F.Text) == "" && len(p.F.Documents) == 0 {
		return again(errEmpty)
	}
	for _, a := range append(slices.Clone(p.F.To), p.F.Cc...) {
		row := q.recipientRow(a)
		if row.Problem != "" {
			return again(errWrong)
		}
		p.Citizen = p.Citizen || row.Citizen
		p.To = append(p.To, row)
	}
	if p.Citizen && !p.F.Confirmed && !q.answersCitizen(b, p) {
		p.To = nil
		return again(errIdentity)
	}
	p.To = nil
	once := q.s.letter(p.F.Mark)
	once.mu.Lock()
	defer once.mu.Unlock()
	if once.sent != "" {
		return q.redirect(b.Base + "/envoi/" + queryEscape(once.sent))
	}
	l, err := q.letterOf(b, p)
	if err != nil {
		return err
	}
	sent, err := b.Send(q.r.Context(), l)
	if err != nil && left(sent) {
		q.d.Log.Warn("a letter left for some of its recipients only", "err", err) // the proof says for whom
		err = nil
	}
	if ref := finding.As(err); ref != nil && ref.Kind != finding.Internal {
		if sent != nil && mss.ErrNoRecipients.Is(err) && len(sent.Recipients) > 0 {
			r := sent.Recipients[0]
			ref = ref.Saying(finding.Tf("Rien n'est parti. %s : %s", "Nothing left. %s: %s", r.Address, r.Detail))
		}
		return again(ref)
	}
	if err != nil {
		return err
	}
	once.sent = sent.ID
	if r, ok := parseRef(p.F.Answer); ok {
		_, _, _ = b.SetFlags(q.r.Context(), r.Folder, []uint32{r.UID}, mss.FlagChange{Add: true, Flags: mss.Answered})
	}
	q.dropDraft(b, p.F.Draft)
	return q.redirect(b.Base + "/envoi/" + queryEscape(sent.ID))
}

// left tells whether a letter is on its way to somebody: it must not be written again.
func left(x *mss.Dispatch) bool {
	return x != nil && slices.ContainsFunc(x.Recipients, func(r mss.Delivery) bool { return r.State != mss.NotSent })
}

// letterSent is a letter that a form sends.
type letterSent struct {
	mark string
	mu   sync.Mutex // held while it is sent
	sent string     // its proof, once it was
}

// maxRemembered bounds the letters that a session remembers.
const maxRemembered = 32

// letter gives the letter of a mark. One without a mark is always new.
func (v *session) letter(mark string) *letterSent {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, x := range v.letters {
		if x.mark == mark && mark != "" {
			return x
		}
	}
	x := &letterSent{mark: mark}
	v.letters = append(v.letters[max(0, len(v.letters)-maxRemembered+1):], x)
	return x
}

// dropDraft takes away a draft that was sent or written anew. The message is safe by then: a draft
// that stays is only one too many.
func (q *request) dropDraft(b *mailbox, ref string) {
	r, ok := parseRef(ref)
	if !ok || r.Folder != mss.Drafts {
		return
	}
	if _, _, err := b.SetFlags(q.r.Context(), r.Folder, []uint32{r.UID}, mss.FlagChange{Add: true, Flags: mss.Deleted}); err == nil {
		_, _ = b.Expunge(q.r.Context(), r.Folder, []uint32{r.UID})
	}
}

// saveDraft keeps the letter for later.
func (q *request) saveDraft(b *mailbox, p *writePage) error {
	l, err := q.letterOf(b, p)
	if err != nil {
		return err
	}
	uid, err := b.SaveDraft(q.r.Context(), l)
	if ref := finding.As(err); ref != nil && ref.Kind != finding.Internal {
		p.Problem = ref
		return q.write(b, p)
	}
	if err != nil {
		return err
	}
	q.dropDraft(b, p.F.Draft)
	q.s.say(&flash{Words: q.t("flash.mail.draft")})
	return q.redirect(b.Base + "/nouveau?brouillon=" + mailRef{mss.Drafts, uid}.String())
}

// deliveryRow is what became of what was sent, for one recipient.
type deliveryRow struct {
	Address, Name string
	Citizen       bool
	State         string
	Words, Detail string
	Status        string
	At            time.Time
	Steps         []deliveryStep
	Failed        bool
	Resend        bool
}

// deliveryStep is one step on the way: sent, taken by the other operator, delivered, read, filed.
type deliveryStep struct {
	Words string
	Done  bool
}

// The way of a message, as pages show it.
var deliverySteps = []mss.DeliveryState{mss.InQueue, mss.Relayed, mss.Delivered, mss.Displayed, mss.Integrated}

var deliveryReach = map[mss.DeliveryState]int{mss.InQueue: 1, mss.Late: 1, mss.Relayed: 2, mss.Delivered: 3, mss.Unread: 3, mss.Displayed: 4, mss.Rejected: 3, mss.Integrated: 5}

func (q *request) deliveryRow(r *mss.Delivery, documents bool) deliveryRow {
	row := deliveryRow{Address: r.Address, Name: shownName(r.Name), Citizen: mssante.IsCitizen(r.Address), State: string(r.State), Words: q.t("proof." + string(r.State)), Detail: tidy(r.Detail), Status: r.Status, At: r.At,
		Failed: r.State == mss.NotSent || r.State == mss.Rejected}
	row.Resend = row.Failed
	if row.Citizen {
		row.Name = q.t("mail.citizen.unknown")
		if p := q.personOf(r.Address); p != nil && q.follows(p.ID) {
			row.Name = p.DisplayName()
		}
	}
	if row.Failed && r.State == mss.NotSent {
		return row
	}
	reach := deliveryReach[r.State]
	for i, s := range deliverySteps {
		if s == mss.Integrated && (!documents || row.Citizen) || s == mss.Relayed && reach > 2 && i+1 != reach {
			continue // a mailbox of here needs no other operator; a citizen files nothing
		}
		row.Steps = append(row.Steps, deliveryStep{q.t("proof." + string(s)), i < reach})
	}
	return row
}

// sendingRow is something that was sent.
type sendingRow struct {
	ID, Href, Subject string
	At                time.Time
	By                string
	Documents         []mailChip
	Proofs            []deliveryRow
	Failed            int
	Titles            []string
	NoAnswer, Receipt bool
	Again             string
}

func (q *request) sendingRow(b *mailbox, x *mss.Dispatch) sendingRow {
	row := sendingRow{ID: x.ID, Subject: tidy(mssante.Shown(x.Subject)), At: x.At, NoAnswer: x.NoAnswer, Receipt: x.Receipt}
	if b != nil {
		row.Href = b.Base + "/envoi/" + queryEscape(x.ID)
		if x.Again != "" {
			row.Again = b.Base + "/envoi/" + queryEscape(x.Again)
		}
	}
	if row.Subject == "" {
		row.Subject = q.t("mail.subject.none")
	}
	if p := q.d.Annuaire.Professional(x.By); p != nil {
		row.By = p.Name()
	}
	for _, d := range x.Documents {
		c := q.chip(d.Type)
		c.Words = firstOf(tidy(d.Title), c.Words)
		row.Documents = append(row.Documents, c)
	}
	for i := range x.Recipients {
		r := q.deliveryRow(&x.Recipients[i], len(x.Documents) > 0)
		if r.Failed {
			row.Failed++
		}
		row.Proofs = append(row.Proofs, r)
	}
	return row
}

type sendingsPage struct {
	Box     *mailbox
	Folders []folderLink
	Rows    []sendingRow
	Older   string
	First   string
}

// mailSendings lists what was sent with its proofs, newest first.
func (d *Door) mailSendings(q *request, b *mailbox) error {
	after := q.r.URL.Query().Get("suite")
	list, next, err := b.Sent(q.r.Context(), after, mailPage)
	if err != nil {
		return err
	}
	p := sendingsPage{Box: b, Folders: q.folderLinks(b, 0)}
	for _, x := range list {
		p.Rows = append(p.Rows, q.sendingRow(b, x))
	}
	if next != "" {
		p.Older = b.Base + "/envois?suite=" + queryEscape(next)
	}
	if after != "" {
		p.First = b.Base + "/envois"
	}
	return q.render("messagerie-envois", p)
}

type sendingPage struct {
	Box     *mailbox
	Folders []folderLink
	S       sendingRow
	Copy    string // the message itself
	Path    string
	Fresh   bool // it was just sent
}

// mailSending is the proof of one sending.
func (d *Door) mailSending(q *request, b *mailbox) error {
	x, err := b.SentItem(q.r.Context(), q.r.PathValue("id"))
	if err != nil {
		return err
	}
	p := sendingPage{Box: b, Folders: q.folderLinks(b, 0), S: q.sendingRow(b, x), Path: b.Base + "/envoi/" + queryEscape(x.ID), Fresh: d.Now().Sub(x.At) < time.Minute}
	for _, m := range x.Mails {
		if m.UID != 0 {
			r := mailRef{sentFolder, m.UID}
			if _, err := q.at(b, r); err == nil {
				p.Copy = b.messagePath(r)
				break
			}
		}
	}
	return q.render("messagerie-envoi", p)
}

// mailResend sends again to those who did not get it, or to one of them.
func (d *Door) mailResend(q *request, b *mailbox) error {
	var to []string
	if a := q.field("a"); a != "" {
		to = []string{a}
	}
	x, err := b.Resend(q.r.Context(), q.r.PathValue("id"), to)
	if ref := finding.As(err); ref != nil && ref.Kind != finding.NotFound && ref.Kind != finding.Internal {
		q.s.say(&flash{Words: ref.Message.In(q.lang) + " " + ref.Fix.In(q.lang), Bad: true})
		return q.redirect(b.Base + "/envoi/" + queryEscape(q.r.PathValue("id")))
	}
	if err != nil {
		return err
	}
	q.s.say(&flash{Words: q.t("flash.mail.resent")})
	return q.redirect(b.Base + "/envoi/" + queryEscape(x.ID))
}

// sendings tells who received a document of a record, from here.
func (q *request) sendings(uniqueID string) []sendingRow {
	if q.d.Mail == nil {
		return nil
	}
	list, err := q.d.Mail.SentOf(q.r.Context(), uniqueID)
	if err != nil {
		return nil
	}
	var out []sendingRow
	for _, x := range list[:min(len(list), mailPage)] {
		out = append(out, q.sendingRow(nil, x))
	}
	return out
}

// sendPath leads to a letter that carries a document, when the reader has a mailbox.
func (q *request) sendPath(id ins.PersonID, document string) string {
	if q.d.Mail == nil || q.caller.Citizen {
		return ""
	}
	list, err := q.d.Mail.Mailboxes(q.r.Context(), q.caller.ID)
	i := slices.IndexFunc(list, func(m *mss.Mailbox) bool { return m.State != mss.Closed })
	if err != nil || i < 0 {
		return ""
	}
	return boxPath(list[i].ID) + "/nouveau?patient=" + queryEscape(string(id)) + "&document=" + queryEscape(document)
}
