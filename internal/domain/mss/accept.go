package mss

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Way is the way a message comes in.
type Way int

// The ways in.
const (
	FromOperator Way = 1 + iota // another operator, mutual TLS
	FromUser                    // submission, authenticated
	FromMachine                 // programs of this machine (loopback), trusted like a user of any local mailbox
)

// Peer is who is at the other end of an SMTP connection.
type Peer struct {
	Way         Way
	Remote      string            // address, for traces
	Helo        string            // what it called itself
	TLS         string            // version and suite; empty in clear
	Certificate *x509.Certificate // verified, nil when none
	Refused     *finding.Refusal  // why the certificate that came does not count
	Session     *Session          // authenticated
}

// Recipient is one RCPT TO.
type Recipient struct {
	To       string // canonical once accepted
	Original string // ORCPT
	Notify   string // NOTIFY
	box      *Mailbox
}

// Envelope is a message on its way in.
type Envelope struct {
	Peer   Peer
	From   string // canonical; empty for a report
	Return string // RET
	ID     string // ENVID
	To     []Recipient
	sender *Mailbox        // local mailbox it comes from; nil from another operator
	author string          // the only address its From may show; empty from another operator
	seen   map[string]bool // addresses of To
	// also writes, in the commit that takes the message, what its sending leads to here.
	also func(tx Tx, id MessageID, entry Entry, text string) error
}

// Begin judges a sender and opens an envelope.
func (o *Operator) Begin(ctx context.Context, p Peer, from string) (*Envelope, error) {
	e := &Envelope{Peer: p, From: Canonical(from)}
	if from != "" && (localOf(e.From) == "" || domainOf(e.From) == "") {
		return nil, ErrFromAddress
	}
	switch p.Way {
	case FromOperator:
		return e, o.operatorMay(p, e.From)
	case FromUser:
		if p.Session == nil {
			return nil, ErrAuthRequired
		}
		// A receipt has no reverse path (RFC 8098 3): it comes from the mailbox signed in all the same.
		if from != "" && e.From != p.Session.Box.Address {
			return nil, ErrSenderNotYours.At("MAIL FROM:<" + from + ">")
		}
		e.author = p.Session.Box.Address
	case FromMachine:
		if from == "" { // nobody would answer for it
			return nil, ErrSenderNotYours.At("MAIL FROM:<>")
		}
		e.author = e.From
	}
	box, err := o.boxAt(ctx, e.author)
	if errors.Is(err, ErrUnknownBox) && p.Way == FromMachine {
		return nil, ErrSenderNotYours.At("MAIL FROM:<" + from + ">")
	}
	if err != nil {
		return nil, err
	}
	if box.State == Closed {
		return nil, ErrClosedBox.At(e.author)
	}
	e.sender = box
	return e, nil
}

// operatorMay judges another operator: a server certificate of IGC-Santé, allowed for the domain.
// spec: MSSANTE §4 (TLS mutuel)
func (o *Operator) operatorMay(p Peer, from string) error {
	switch {
	case p.TLS == "":
		return ErrTLS
	case p.Refused != nil:
		return p.Refused
	case p.Certificate == nil:
		return ErrNoCertificate
	case !ServerCertificate(p.Certificate):
		return ErrCertificate
	case from == "": // a report: any listed operator may send one
		list, _ := o.WhiteList.All()
		for i := range list {
			if list[i].Speaks(p.Certificate) && !o.Local(list[i].Domain) {
				return nil
			}
		}
		return ErrNotOperator
	case o.Local(domainOf(from)):
		return ErrNotOperator.At(domainOf(from)) // our own mailboxes send from here
	}
	l, ok := o.WhiteList.Of(domainOf(from))
	if !ok {
		return ErrOffList.At(domainOf(from))
	}
	if !l.Speaks(p.Certificate) {
		return ErrNotOperator.At(domainOf(from))
	}
	return nil
}

// Local tells whether a domain is one of ours.
func (o *Operator) Local(domain string) bool { return slices.Contains(o.Domains, domain) }

// Recipient judges one recipient and adds it to the envelope.
func (o *Operator) Recipient(ctx context.Context, e *Envelope, to Recipient) error {
	given := to.To
	to.To = Canonical(given)
	domain := domainOf(to.To)
	if localOf(to.To) == "" || domain == "" {
		return ErrToAddress
	}
	if len(e.To) >= MaxRecipients {
		return ErrTooManyTo
	}
	switch {
	case o.Local(domain):
		box, err := o.receiver(ctx, e, to.To)
		if err != nil {
			return err
		}
		to.box = box
		if box.Address != to.To {
			to.To = box.Address // a former address leads to the one of today
		}
	case e.Peer.Way == FromOperator:
		return ErrRelay.At(domain)
	case !o.WhiteList.Has(domain):
		return ErrOffList.At(domain)
	default:
		if e.sender != nil && e.sender.Type == Citizen {
			if err := o.citizenMayWrite(ctx, e.sender, to.To); err != nil {
				return err
			}
		}
	}
	if e.seen[to.To] {
		return nil // twice the same is once
	}
	if e.seen == nil {
		e.seen = map[string]bool{}
	}
	e.seen[to.To] = true
	e.To = append(e.To, to)
	return nil
}

// receiver finds the local mailbox of a recipient and judges whether it takes this message.
func (o *Operator) receiver(ctx context.Context, e *Envelope, to string) (*Mailbox, error) {
	if domainOf(to) == Citizens {
		return o.citizenReceiver(ctx, e, to)
	}
	box, err := o.boxWithRoom(ctx, to)
	if err != nil {
		return nil, err
	}
	if box.State == Closed {
		return nil, ErrClosedBox.At(to)
	}
	if e.sender != nil && e.sender.Type == Citizen { // who wrote before being renamed is still answered
		if err := o.citizenMayWrite(ctx, e.sender, append([]string{box.Address}, box.Former...)...); err != nil {
			return nil, err
		}
	}
	return box, nil
}

// citizenReceiver judges a message to a citizen: the matricule, then what Mon espace santé knows.
// spec: ENS 1.3 §6
func (o *Operator) citizenReceiver(ctx context.Context, e *Envelope, to string) (*Mailbox, error) {
	if m, err := insid.ParseMatricule(localOf(to)); err != nil || !m.KeyOK() {
		return nil, ErrCitizenAddress
	}
	if domainOf(e.From) == Citizens {
		return nil, ErrOnlyProfessionals
	}
	if o.Space == nil {
		return nil, ErrCitizenUnknown
	}
	space, err := o.Space(ctx, localOf(to))
	switch {
	case errors.Is(err, dmp.ErrNotFound):
		return nil, ErrCitizenUnknown
	case err != nil:
		return nil, o.storeError(err)
	case !space.Open:
		return nil, ErrCitizenClosed
	}
	box, err := o.boxWithRoom(ctx, to)
	if !errors.Is(err, ErrUnknownBox) {
		if err == nil && box.State == Closed {
			return nil, ErrCitizenClosed
		}
		return box, err
	}
	return o.Open(ctx, Mailbox{Address: to, Type: Citizen, Name: space.Name, Person: space.Person})
}

// Open makes a mailbox with its folders. When the address has one already, it is given.
func (o *Operator) Open(ctx context.Context, m Mailbox) (*Mailbox, error) {
	now := o.Now()
	m.Address = Canonical(m.Address)
	if m.State == "" {
		m.State = Active
	}
	if m.Quota == 0 {
		m.Quota = DefaultQuota
	}
	m.Created, m.Changed = minute(now), minute(now)
	out := m
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		if had, err := tx.MailboxAt(m.Address); err == nil {
			out = *had
			return nil
		} else if !errors.Is(err, dmp.ErrNotFound) {
			return err
		}
		out = m
		if err := tx.PutMailbox(&out); err != nil {
			return err
		}
		for _, f := range Born(out.ID, now) {
			if err := tx.PutFolder(&f); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		return nil, o.storeError(err)
	}
	return &out, nil
}

func (o *Operator) boxAt(ctx context.Context, address string) (box *Mailbox, err error) {
	err = o.Store.ViewMail(ctx, func(r Reader) error {
		box, err = r.MailboxAt(address)
		return err
	})
	if errors.Is(err, dmp.ErrNotFound) {
		return nil, ErrUnknownBox.At(address)
	}
	return box, o.storeError(err)
}

// boxWithRoom finds a mailbox that receives. One that is full is said so for itself: a message to
// several must not be refused to the others, nor make it grow without end.
func (o *Operator) boxWithRoom(ctx context.Context, address string) (box *Mailbox, err error) {
	full := false
	err = o.Store.ViewMail(ctx, func(r Reader) error {
		var list []Folder
		if box, err = r.MailboxAt(address); err == nil {
			list, err = r.Folders(box.ID)
			full = err == nil && used(list) >= box.Quota
		}
		return err
	})
	switch {
	case errors.Is(err, dmp.ErrNotFound):
		return nil, ErrUnknownBox.At(address)
	case err == nil && full && box.State != Closed:
		return nil, ErrQuota.At(address)
	}
	return box, o.storeError(err)
}

// maxHops is the number of Received fields beyond which a message goes round in circles.
// spec: RFC 5321 6.3 (at least 100)
const maxHops = 100

// Accept takes a message for everybody of its envelope: it is durable in each local mailbox, and
// in the queue for each other operator, when it returns. The receipt goes back to Confirm.
func (o *Operator) Accept(ctx context.Context, e *Envelope, raw []byte) (*Receipt, error) {
	if len(e.To) == 0 {
		return nil, ErrNoRecipients
	}
	if len(raw) > MaxMessage {
		return nil, ErrTooLarge
	}
	h, _, err := courriel.ParseHeader(raw)
	if err != nil {
		return nil, ErrHeader.With(err)
	}
	if len(h.Values("Received")) > maxHops {
		return nil, ErrLoop
	}
	if err := o.ownFrom(e, h); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	doubted := doubt{to: e.digest()}
	now := o.Now()
	body, head, err := o.body(o.traceHeader(e, now), raw)
	if err != nil {
		return nil, err
	}
	r := &Receipt{sum: sum}
	touched := map[viewKey]uint32{}
	err = o.Store.CommitMail(ctx, Unit{Bodies: []*Body{body}, Do: func(tx Tx) error {
		clear(touched)
		r.Repeated = false
		var err error
		if r.ids, err = o.repeated(tx, sum, e, doubted.to, body.ID); err != nil {
			return err
		}
		if len(r.ids) > 0 {
			r.ID, r.Repeated = r.ids[0], true
			return nil
		}
		r.ID, r.ids = body.ID, []MessageID{body.ID}
		if err := o.deliver(tx, e, h, body, sum, head, now, touched); err != nil {
			return err
		}
		doubted.id = body.ID
		o.doubts.add(sum, doubted)
		return nil
	}})
	if err != nil {
		o.doubts.drop(sum, body.ID)
		return nil, o.storeError(err)
	}
	for k, uid := range touched {
		o.views.touched(k, uid)
	}
	if !r.Repeated {
		o.doubts.committed(sum, body.ID)
		for i := range e.To {
			if e.To[i].box == nil || wantsSuccess(e.To[i].Notify) || e.To[i].box.Notify != "" {
				o.wake.queue()
				break
			}
		}
		if carries(h) || isReport(h) {
			o.wake.filing()
		}
	}
	return r, nil
}

// deliver writes a message where it goes, in one transaction.
func (o *Operator) deliver(tx Tx, e *Envelope, h courriel.Header, body *Body, sum [32]byte, head []byte, now time.Time, touched map[viewKey]uint32) error {
	size := int64(0)
	for _, b := range body.Bytes {
		size += int64(len(b))
	}
	// Everything that may refuse comes first: nothing is written yet.
	for i := range e.To {
		if box := e.To[i].box; box != nil {
			list, err := tx.Folders(box.ID)
			if err != nil {
				return err
			}
			if used(list)+size > box.Quota {
				if len(e.To) == 1 {
					return ErrQuota.At(box.Address)
				}
			}
		}
	}
	if err := tx.PutMessage(body, &Message{ID: body.ID, Size: size, SHA256: sum, Header: head, Received: now, Copies: int64(len(e.To))}); err != nil {
		return err
	}
	text := searched(head)
	archive := carries(h)
	for i := range e.To {
		to := &e.To[i]
		if to.box == nil {
			q := Queued{Next: now, Message: body.ID, From: e.From, To: to.To, Domain: domainOf(to.To), Original: to.Original, Notify: to.Notify,
				Return: e.Return, Envelope: e.ID, Accepted: now}
			if e.sender != nil {
				q.Box = e.sender.ID
			}
			if err := tx.PutQueued(&q); err != nil {
				return err
			}
			continue
		}
		entry := Entry{Message: body.ID, Date: now.UnixMilli(), Size: uint32(size)}
		if err := tx.Append(to.box.ID, Inbox, &entry, text); err != nil {
			return err
		}
		touched[viewKey{to.box.ID, Inbox}] = entry.UID
		if err := o.arrived(tx, e, h, to, body.ID, entry.UID, archive, now); err != nil {
			return err
		}
	}
	if e.also != nil {
		if err := e.also(tx, body.ID, Entry{Message: body.ID, Date: now.UnixMilli(), Size: uint32(size)}, text); err != nil {
			return err
		}
	}
	if e.Peer.Session != nil {
		return e.Peer.Session.trace(tx, "send", fmt.Sprintf("%d", body.ID), nil)
	}
	return nil
}

// arrived writes what a message in an inbox leads to: an answer allowed or withdrawn, a notice, an
// archive to file, a report to follow.
func (o *Operator) arrived(tx Tx, e *Envelope, h courriel.Header, to *Recipient, id MessageID, uid uint32, archive bool, now time.Time) error {
	if to.box.Type == Citizen {
		if err := o.citizenReceived(tx, e, h, to.box, now); err != nil {
			return err
		}
		if err := o.planNotice(tx, to.box, id, now); err != nil {
			return err
		}
	}
	if wantsSuccess(to.Notify) && e.From != "" {
		if err := o.queueReport(tx, e, id, to, now); err != nil {
			return err
		}
	}
	if !archive && !isReport(h) {
		return nil
	}
	return tx.PutFact(factWork, workID(id, to.box.ID, uid), []byte(e.From))
}

// carries tells, from the header alone, whether a message may carry documents.
func carries(h courriel.Header) bool {
	t := strings.ToLower(h.Get("Content-Type"))
	return strings.HasPrefix(t, "multipart/mixed") || strings.Contains(t, "zip") || strings.HasPrefix(t, "multipart/related")
}

// isReport tells a delivery or reading report.
func isReport(h courriel.Header) bool {
	return strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "multipart/report")
}

// ownFrom checks that the From a reader will see is the mailbox that sent.
// spec: MSSANTE ECO.2.2.7
func (o *Operator) ownFrom(e *Envelope, h courriel.Header) error {
	if e.Peer.Way == FromOperator {
		return o.operatorFrom(e, h)
	}
	from := h.Addresses("From")
	if len(from) != 1 {
		return ErrHeader.At("From")
	}
	if a := Canonical(from[0].Addr()); a != e.author {
		return ErrSenderNotYours.At("From: " + a)
	}
	if sender := h.Addresses("Sender"); len(sender) > 0 && Canonical(sender[0].Addr()) != e.author {
		return ErrSenderNotYours.At("Sender: " + sender[0].Addr())
	}
	if len(h.Values("From")) > 1 {
		return ErrHeader.At("From")
	}
	return nil
}

// operatorFrom checks that another operator shows no author of a domain that is of somebody else.
// Names outside the white list, such as that of the host which reports a failure, mislead nobody.
// spec: MSSANTE §4 (TLS mutuel)
func (o *Operator) operatorFrom(e *Envelope, h courriel.Header) error {
	for _, name := range []string{"From", "Sender"} {
		for _, v := range h.Values(name) {
			for _, a := range courriel.ParseAddresses(v) {
				domain := domainOf(Canonical(a.Addr()))
				l, listed := o.WhiteList.Of(domain)
				if o.Local(domain) || listed && !l.Speaks(e.Peer.Certificate) {
					return ErrNotOperator.At(name + ": " + domain)
				}
			}
		}
	}
	return nil
}

// traceHeader is what an MTA writes above a message. spec: RFC 5321 4.4
func (o *Operator) traceHeader(e *Envelope, now time.Time) []byte {
	with := "ESMTP"
	if e.Peer.TLS != "" {
		with += "S"
	}
	if e.Peer.Session != nil {
		with += "A"
	}
	var b []byte
	b = append(b, "Return-Path: <"+e.From+">\r\n"...)
	b = append(b, "Received: from "+token(e.Peer.Helo)+" ("+e.Peer.Remote+")\r\n\tby "+o.Host+" (Socle) with "+with...)
	if e.Peer.TLS != "" {
		b = append(b, "\r\n\t("+e.Peer.TLS+")"...)
	}
	if len(e.To) == 1 {
		b = append(b, "\r\n\tfor <"+e.To[0].To+">"...)
	}
	b = append(b, ";\r\n\t"+now.Format("Mon, 02 Jan 2006 15:04:05 -0700")+"\r\n"...)
	return b
}

// token keeps what a peer called itself fit for a header.
func token(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune("()<>\\\"", r) {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "unknown"
	}
	return s[:min(len(s), 255)]
}

// body makes what is kept of a message: its bytes after a trace header, and its header block.
func (o *Operator) body(trace, raw []byte) (*Body, []byte, error) {
	_, at, err := courriel.ParseHeader(raw)
	if err != nil {
		return nil, nil, ErrHeader.With(err)
	}
	head := slices.Concat(trace, raw[:at])
	hash := sha256.New()
	hash.Write(trace)
	hash.Write(raw)
	b := &Body{Bytes: [][]byte{trace, raw}}
	hash.Sum(b.SHA256[:0])
	return b, head, nil
}
