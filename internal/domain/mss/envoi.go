package mss

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// There is one way to send, whoever asks: a page, a gateway, a replay. Headers, archive and PDF are
// made in one place, and every recipient is judged as at the SMTP door.

// Letter is something to send.
type Letter struct {
	To, Cc      []string // addresses, with or without a name
	ReplyTo     string
	Subject     string // label of the documents, or subject; the title of the first document when empty
	Text        string
	InReplyTo   string
	References  []string
	Documents   [][]byte // CDA, of one patient
	Attachments []courriel.Attachment
	ReadReceipt bool
	NoAnswer    bool   // closes the exchange with a citizen
	Replaces    string // uniqueId of the document replaced: «annule et remplace», to the same recipients by default
	Withdraw    bool   // asks those who received the documents to delete them
	Draft       bool   // keep it, do not send it

	again string // what it repeats
}

// maxLetterTo bounds the recipients of one letter: each has a line in its proof.
const maxLetterTo = 500

// Refusals of sending.
var (
	ErrLetterTo = refuse("MSS-ENVOI-DESTINATAIRES", finding.Invalid, "", "MSSANTE ECO.2.2.1",
		finding.T("Cet envoi n'a aucun destinataire, ou en a trop.", "This letter has no recipient, or too many."),
		finding.Tf("Donnez de 1 à %d adresses MSSanté.", "Give 1 to %d MSSanté addresses.", maxLetterTo))
	ErrLetterAddress = refuse("MSS-ENVOI-ADRESSE", finding.Invalid, "", "RFC 5322 3.4",
		finding.T("Une adresse de destinataire ne se lit pas.", "A recipient address cannot be read."),
		finding.T("Écrivez nom@domaine.", "Write name@domain."))
	ErrLetterReplaces = refuse("MSS-ENVOI-REMPLACE", finding.Conflict, "", "MSSANTE va1.02 (annule et remplace)",
		finding.T("Aucun des documents ne dit qu'il remplace celui-là.", "None of the documents says that it replaces that one."),
		finding.T("Une nouvelle version nomme l'ancienne dans relatedDocument (RPLC) : refaites le document, ou envoyez-le sans remplacer.", "A new version names the old one in relatedDocument (RPLC): make the document again, or send it without replacing."))
	ErrGone = refuse("MSS-ENVOI-EFFACE", finding.Gone, "", "MSSANTE §8",
		finding.T("La copie de cet envoi a été supprimée : il ne peut être refait d'ici.", "The copy of what was sent was deleted: it cannot be sent again from here."),
		finding.T("Envoyez de nouveau les documents depuis le dossier.", "Send the documents again from the record."))
)

// defaultNIL is the product reference when the installation gives none. spec: MSSanté ECO.2.4.3
const defaultNIL = "SOCLE"

// outgoing is one mail on its way out.
type outgoing struct {
	to, cc   []courriel.Address
	envelope *Envelope
	raw      []byte
	mail     SentMail
}

// Send sends a letter: one mail for the professionals together, one for each citizen. A recipient
// that is refused is reported with the reason, the others get theirs. The error says that nothing
// was sent; with ErrNoRecipients the Dispatch says why for each.
func (s *Session) Send(ctx context.Context, l Letter) (*Dispatch, error) {
	if l.Draft {
		uid, err := s.SaveDraft(ctx, l)
		return &Dispatch{Draft: uid, From: s.Box.Address, Subject: l.Subject}, err
	}
	x, before, err := s.described(ctx, &l)
	if err != nil {
		return nil, err
	}
	mails, err := s.addressed(ctx, &l, x)
	if err != nil {
		return nil, err
	}
	if mails, err = s.composed(ctx, &l, x, before, mails); err != nil {
		return nil, err
	}
	if len(mails) == 0 {
		return x, ErrNoRecipients
	}
	return x, s.posted(ctx, x, mails)
}

// described reads what is sent, and what was sent before of the same.
func (s *Session) described(ctx context.Context, l *Letter) (x *Dispatch, before *Dispatch, err error) {
	now := s.o.Now()
	x = &Dispatch{Box: s.Box.ID, From: s.Box.Address, By: s.Actor, At: stamp(now), Label: l.Subject, Replaces: l.Replaces, Withdraws: l.Withdraw, Again: l.again,
		NoAnswer: l.NoAnswer, Receipt: l.ReadReceipt}
	if x.ID, err = s.o.sentID(now); err != nil {
		return nil, nil, err
	}
	named := l.Replaces == ""
	for _, raw := range l.Documents {
		d, err := cda.Parse(raw)
		if err != nil {
			return nil, nil, unread(err)
		}
		title := d.Title
		if title == "" {
			title = nos.TypeLabel(d.Code.Code).FR
		}
		x.Documents = append(x.Documents, SentDocument{UniqueID: d.UniqueID(), Title: title, Type: d.Code.Code})
		named = named || cdameta.Replaces(d) == l.Replaces
		if id, traits := identityOf(&d.Patient); x.Patient == "" && s.o.Records != nil && !id.IsZero() {
			if p, match, err := s.o.Records.Recognise(ctx, id, traits); err == nil && match.Closeness == ins.Exact {
				x.Patient = p.ID
			}
		}
	}
	if !named {
		return nil, nil, ErrLetterReplaces.At(l.Replaces)
	}
	about := l.Replaces
	if about == "" && l.Withdraw && len(x.Documents) > 0 {
		about = x.Documents[0].UniqueID
	}
	if about != "" {
		list, err := s.o.SentOf(ctx, about)
		if err != nil {
			return nil, nil, err
		}
		if i := slices.IndexFunc(list, func(d *Dispatch) bool { return d.Box == s.Box.ID && !d.Withdraws }); i >= 0 {
			before = list[i]
		}
	}
	if before != nil && len(l.To)+len(l.Cc) == 0 { // to the same recipients. spec: MSSanté AMBU.MSS/va1.02
		for _, d := range before.Recipients {
			l.To = append(l.To, d.Address)
		}
	}
	if n := len(l.To) + len(l.Cc); n == 0 || n > maxLetterTo {
		return nil, nil, ErrLetterTo
	}
	return x, before, nil
}

// addressed judges the recipients and shares them out: professionals together, each citizen alone.
// spec: MSSanté ECO.2.2.6
func (s *Session) addressed(ctx context.Context, l *Letter, x *Dispatch) ([]*outgoing, error) {
	var mails []*outgoing
	var together *outgoing
	open := func() (*outgoing, error) {
		e, err := s.o.Begin(ctx, Peer{Way: FromUser, Session: s, Helo: s.o.Host, Remote: s.Door}, s.Box.Address)
		if err != nil {
			return nil, err
		}
		e.Return = "HDRS"
		e.ID, err = s.o.newEnvelopeID()
		m := &outgoing{envelope: e, mail: SentMail{Envelope: e.ID, MessageID: courriel.NewMessageID(s.o.Rand, s.o.Now(), s.o.Host)}}
		mails = append(mails, m)
		return m, err
	}
	seen := map[string]bool{}
	for i, given := range slices.Concat(l.To, l.Cc) {
		list := courriel.ParseAddresses(given)
		if len(list) != 1 || list[0].Local == "" || list[0].Domain == "" {
			return nil, ErrLetterAddress.At(given)
		}
		domain, err := mssante.ToASCII(list[0].Domain)
		if err != nil {
			return nil, ErrLetterAddress.At(given)
		}
		a := list[0]
		a.Domain = domain
		key := Canonical(a.Addr())
		if seen[key] {
			continue
		}
		seen[key] = true
		m := together
		if m == nil || domain == Citizens {
			if m, err = open(); err != nil {
				return nil, err
			}
			if domain != Citizens {
				together = m
			}
		}
		d := Delivery{Address: key, Name: a.Name, State: NotSent, At: x.At, Mail: slices.Index(mails, m)}
		had := len(m.envelope.To)
		err = s.o.Recipient(ctx, m.envelope, Recipient{To: key, Notify: "SUCCESS,FAILURE,DELAY"})
		if r := finding.As(err); r != nil && !temporary(r) {
			d.Status, d.Detail = enhancedOf(r.Code), r.Message.FR
			x.Recipients = append(x.Recipients, d)
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(m.envelope.To) == had {
			continue // a former address of somebody who is there already
		}
		last := &m.envelope.To[len(m.envelope.To)-1]
		if last.box != nil {
			last.Notify = "FAILURE,DELAY" // that it is delivered is known at once
			if a.Name == "" {
				a.Name = last.box.Name
			}
		}
		d.Address, d.Name = last.To, a.Name
		d.Status, d.Detail = "4.3.0", "Pas encore remis au service d'envoi."
		x.Recipients = append(x.Recipients, d)
		if i < len(l.To) {
			m.to = append(m.to, a)
		} else {
			m.cc = append(m.cc, a)
		}
	}
	return mails, nil
}

// enhancedOf takes the enhanced status out of the code of a refusal.
func enhancedOf(code string) string {
	if len(code) > 4 {
		return code[4:]
	}
	return code
}

// composed writes the mails that have somebody to go to. Nothing is sent yet.
func (s *Session) composed(ctx context.Context, l *Letter, x, before *Dispatch, mails []*outgoing) ([]*outgoing, error) {
	out := mails[:0:0]
	size := 0
	for i, m := range mails {
		x.Mails = append(x.Mails, m.mail)
		if len(m.to)+len(m.cc) == 0 {
			continue
		}
		in := s.mail(l, m)
		if before != nil && in.InReplyTo == nil {
			if id := before.thread(x, i); id != "" {
				in.InReplyTo, in.References = []string{id}, []string{id}
			}
		}
		draft, err := mssante.Compose(in)
		if err != nil {
			return nil, err
		}
		if m.raw, err = draft.Bytes(); err != nil {
			return nil, err
		}
		if len(m.raw) > MaxMessage {
			return nil, mssante.ErrMailSize
		}
		x.Subject = draft.Subject
		size += len(m.raw)
		out = append(out, m)
	}
	used, limit, err := s.Quota(ctx)
	if err != nil {
		return nil, err
	}
	if used+int64(size) > limit {
		return nil, ErrQuota.At(s.Box.Address)
	}
	return out, nil
}

// thread gives the Message-ID under which somebody of a mail got what was sent before.
func (before *Dispatch) thread(x *Dispatch, mail int) string {
	for _, d := range x.Recipients {
		for _, b := range before.Recipients {
			if d.Mail == mail && b.Address == d.Address && b.Mail < len(before.Mails) {
				return before.Mails[b.Mail].MessageID
			}
		}
	}
	return ""
}

// mail makes what Compose takes.
func (s *Session) mail(l *Letter, m *outgoing) mssante.Mail {
	product := s.o.NIL
	if product == "" {
		product = defaultNIL
	}
	in := mssante.Mail{From: courriel.Address{Name: s.Box.Name, Local: localOf(s.Box.Address), Domain: s.Box.Domain()}, To: m.to, Cc: m.cc,
		Documents: l.Documents, Attachments: l.Attachments, Label: l.Subject, Text: l.Text, NIL: product, Replaces: l.Replaces != "", Withdraw: l.Withdraw,
		NoAnswer: l.NoAnswer, ReadReceipt: l.ReadReceipt, MessageID: m.mail.MessageID, References: l.References, Now: s.o.Now(),
		Software: xdm.Software{Name: "Socle"}}
	if l.InReplyTo != "" {
		in.InReplyTo = []string{l.InReplyTo}
	}
	if a := courriel.ParseAddresses(l.ReplyTo); len(a) == 1 {
		in.ReplyTo = a
	}
	return in
}

// posted hands the mails over. Each is taken with its proof and its copy in one commit, so that a
// stop in between leaves the truth: those not taken yet are marked as not sent.
func (s *Session) posted(ctx context.Context, x *Dispatch, mails []*outgoing) error {
	began := false
	var first error
	for _, m := range mails {
		i := slices.IndexFunc(x.Mails, func(k SentMail) bool { return k.Envelope == m.envelope.ID })
		err := s.post(ctx, x, i, m, !began)
		if err == nil {
			began = true
			continue
		}
		r := finding.As(err)
		if r == nil || !began {
			return err
		}
		first = errors.Join(first, err)
		for k := range x.Recipients {
			if d := &x.Recipients[k]; d.Mail == i {
				d.Status, d.Detail = enhancedOf(r.Code), r.Message.FR
			}
		}
	}
	return first
}

// post hands one mail over.
func (s *Session) post(ctx context.Context, x *Dispatch, i int, m *outgoing, fresh bool) error {
	now := s.o.Now()
	var kept *Dispatch
	m.envelope.also = func(tx Tx, id MessageID, e Entry, text string) error {
		kept = x.clone()
		if !fresh { // reports on the mails before may have come meanwhile
			b, err := tx.Fact(factSent, sentKey(x.Box, x.ID))
			if err != nil {
				return err
			}
			if kept, err = sentOf(sentKey(x.Box, x.ID), b); err != nil {
				return err
			}
		}
		e.Flags = Seen
		if err := tx.Share(id, 1); err != nil {
			return err
		}
		if err := tx.Append(s.Box.ID, Sent, &e, text); err != nil {
			return err
		}
		kept.Mails[i].Message, kept.Mails[i].UID = id, e.UID
		kept.taken(i, m.envelope, now)
		if fresh {
			if err := kept.index(tx); err != nil {
				return err
			}
		}
		return kept.put(tx, kept.Mails[i])
	}
	r, err := s.o.Accept(ctx, m.envelope, m.raw)
	if err != nil {
		return err
	}
	s.o.Confirm(r)
	s.o.views.touched(viewKey{s.Box.ID, Sent}, kept.Mails[i].UID)
	*x = *kept
	return nil
}

// taken writes that a mail was taken: it is in the mailboxes of here, and in the queue for others.
func (x *Dispatch) taken(mail int, e *Envelope, now time.Time) {
	for k := range x.Recipients {
		d := &x.Recipients[k]
		j := slices.IndexFunc(e.To, func(r Recipient) bool { return r.To == d.Address })
		if d.Mail != mail || j < 0 {
			continue
		}
		d.State, d.Status, d.Detail, d.At = InQueue, "", "", stamp(now)
		if e.To[j].box != nil {
			d.State, d.Status = Delivered, "2.1.5"
		}
	}
}

func (x *Dispatch) clone() *Dispatch {
	c := *x
	c.Recipients, c.Mails = slices.Clone(x.Recipients), slices.Clone(x.Mails)
	return &c
}
