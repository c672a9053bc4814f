package mss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// TrayState is what became of a document that came by mail.
type TrayState string

// The states.
const (
	Filed   TrayState = "classe"  // in the record
	Already TrayState = "deja"    // was there already, byte for byte
	Waiting TrayState = "attente" // somebody must look; Reason says why
	Refused TrayState = "refuse"  // somebody set it aside
)

// Tray is one document that came by mail, and what became of it.
type Tray struct {
	ID        string       `json:"-"` // <box>/<message>/<n>
	State     TrayState    `json:"state"`
	Reason    string       `json:"reason,omitempty"` // id of the refusal
	Text      finding.Text `json:"text,omitzero"`    // what is wrong
	Fix       finding.Text `json:"fix,omitzero"`     // what to do about it
	Remark    finding.Text `json:"remark,omitzero"`  // what did not prevent the filing
	Code      string       `json:"code,omitempty"`   // of the integration, 900–906
	Ask       string       `json:"ask"`              // what the archive asks: word of xdm.Kind
	UniqueID  string       `json:"unique_id,omitempty"`
	EntryUUID string       `json:"entry_uuid,omitempty"` // of the entry kept
	Title     string       `json:"title,omitempty"`
	Type      string       `json:"type,omitempty"`
	// Patient is the person it was filed for, or the one to compare with; Differences are the traits
	// to compare ("birth_name", "birth_given", "birth_date", "sex", "ins").
	Patient     ins.PersonID `json:"patient,omitempty"`
	Differences []string     `json:"differences,omitempty"`
	Message     MessageID    `json:"message"`
	Folder      FolderID     `json:"folder"` // where it was when it was read
	UID         uint32       `json:"uid"`
	From        string       `json:"from,omitempty"`
	At          time.Time    `json:"at"`
	By          string       `json:"by,omitempty"` // who settled it by hand
	Note        string       `json:"note,omitempty"`
}

// waits puts a document in the tray, with its reason.
func (t Tray) waits(r *finding.Refusal) Tray {
	t.State, t.Reason, t.Text, t.Fix, t.Code = Waiting, r.ID, r.Message, r.Fix, integrationCode(r.ID)
	return t
}

func trayID(box BoxID, message MessageID, n int) string {
	return fmt.Sprintf("%016x/%016x/%04d", int64(box), int64(message), n)
}

func trayOf(f Fact) (t Tray, err error) {
	err = json.Unmarshal(f.Data, &t)
	t.ID = f.ID
	return t, err
}

// put keeps what became of a document: apart while it waits.
func (t *Tray) put(tx Tx) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	here, other := factFiled, factTray
	if t.State == Waiting {
		here, other = factTray, factFiled
	}
	if err := tx.PutFact(other, t.ID, nil); err != nil {
		return err
	}
	return tx.PutFact(here, t.ID, b)
}

// maxTray bounds the documents of one tray, and the outcomes of one message, that are listed.
const maxTray = 1000

// Tray lists the documents that wait in the mailbox, the oldest message first.
func (s *Session) Tray(ctx context.Context) ([]Tray, error) {
	return s.trays(ctx, fmt.Sprintf("%016x/", int64(s.Box.ID)), factTray)
}

// Outcomes tells what became of each document of a message, in order.
func (s *Session) Outcomes(ctx context.Context, message MessageID) ([]Tray, error) {
	return s.trays(ctx, fmt.Sprintf("%016x/%016x/", int64(s.Box.ID), int64(message)), factFiled, factTray)
}

func (s *Session) trays(ctx context.Context, prefix string, kinds ...string) (list []Tray, err error) {
	err = s.o.Store.ViewMail(ctx, func(r Reader) error {
		list, err = traysOf(r, prefix, kinds...)
		return err
	})
	return list, s.o.storeError(err)
}

func traysOf(r Reader, prefix string, kinds ...string) (list []Tray, err error) {
	for _, kind := range kinds {
		facts, err := r.Facts(kind, prefix, "", maxTray)
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			t, err := trayOf(f)
			if err != nil {
				return nil, err
			}
			list = append(list, t)
		}
	}
	slicesSortTrays(list)
	return list, nil
}

// Comparison is what somebody compares before a document is filed.
type Comparison struct {
	Tray     Tray
	INS      insid.INS  // of the document; zero when it carries none
	Received ins.Traits // as the document has them
	Known    *ins.Person
}

// Compare shows the identity of a waiting document beside the one known here, when there is one.
func (s *Session) Compare(ctx context.Context, id string) (*Comparison, error) {
	c, err := s.caller()
	if err != nil {
		return nil, err
	}
	t, err := s.tray(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &Comparison{Tray: *t}
	f, err := s.o.found(ctx, t)
	if err != nil {
		return nil, err
	}
	if isCDA(f.document) {
		if doc, err := cda.Parse(f.document.Bytes); err == nil {
			out.INS, out.Received = identityOf(&doc.Patient)
		}
	}
	if t.Patient != "" && s.o.Records != nil {
		if out.Known, err = s.o.Records.Person(ctx, c, t.Patient); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Refusals of what is done by hand in a tray.
var (
	ErrNotWaiting = refuse("MSS-BANNETTE", finding.NotFound, "", "MSSANTE va1.28",
		finding.T("Ce document n'attend pas ici.", "This document does not wait here."),
		finding.T("Actualisez la bannette : il a peut-être été rangé entre-temps.", "Refresh the tray: it may have been filed meanwhile."))
	ErrTrayReason = refuse("MSS-BANNETTE-MOTIF", finding.Invalid, "", "MSSANTE va1.28",
		finding.T("Écarter un document demande un motif.", "To set a document aside a reason is needed."),
		finding.T("Dites en une phrase pourquoi il n'est pas rangé.", "Say in one sentence why it is not filed."))
	ErrTrayHuman = refuse("MSS-BANNETTE-PERSONNE", finding.Forbidden, "", "MSSANTE va1.27",
		finding.T("La comparaison visuelle est faite par une personne nommée, pas par une structure.", "The visual comparison is made by a named person, not by a structure."),
		finding.T("Ouvrez la boîte en votre nom.", "Open the mailbox in your own name."))
)

// Choice is what somebody decides about a waiting document: the person is the same after a visual
// comparison, or the document is set aside with a reason.
type Choice struct {
	Same   bool
	Refuse string
}

// maxNote bounds a reason, in letters.
const maxNote = 500

// File settles a waiting document by hand. Filed as any deposit is: a refusal of the record is
// given back, and the document goes on waiting with it.
func (s *Session) File(ctx context.Context, id string, choice Choice) error {
	s.o.byHand.Lock()
	defer s.o.byHand.Unlock()
	t, err := s.tray(ctx, id)
	if err != nil {
		return err
	}
	if !choice.Same {
		note := strings.TrimSpace(choice.Refuse)
		if note == "" || utf8.RuneCountInString(note) > maxNote {
			return ErrTrayReason
		}
		t.State, t.By, t.Note, t.At = Refused, s.Actor, note, stamp(s.o.Now())
		return s.settle(ctx, t, "tray-refuse")
	}
	c, err := s.caller()
	if err != nil {
		return err
	}
	if c.Function == automaton {
		return ErrTrayHuman
	}
	if s.o.Records == nil {
		return ErrNoRecords
	}
	f, err := s.o.found(ctx, t)
	if err != nil {
		return err
	}
	now, err := s.o.filed(ctx, c, f.set, f.document, true)
	if err != nil {
		return err
	}
	now.ID, now.Message, now.Folder, now.UID, now.From, now.At, now.By = t.ID, t.Message, t.Folder, t.UID, t.From, stamp(s.o.Now()), s.Actor
	if now.State == Waiting {
		if err := s.settle(ctx, &now, "tray-file"); err != nil {
			return err
		}
		return &finding.Refusal{ID: now.Reason, Kind: finding.Conflict, Rule: "MSSANTE va1.27", Message: now.Text, Fix: now.Fix}
	}
	return s.settle(ctx, &now, "tray-file")
}

// tray gives a document that waits in this mailbox.
func (s *Session) tray(ctx context.Context, id string) (*Tray, error) {
	if !strings.HasPrefix(id, fmt.Sprintf("%016x/", int64(s.Box.ID))) {
		return nil, ErrNotWaiting
	}
	var t Tray
	err := s.o.Store.ViewMail(ctx, func(r Reader) error {
		b, err := r.Fact(factTray, id)
		if err != nil {
			return err
		}
		t, err = trayOf(Fact{ID: id, Data: b})
		return err
	})
	if errors.Is(err, dmp.ErrNotFound) {
		return nil, ErrNotWaiting
	}
	return &t, s.o.storeError(err)
}

// settle writes what somebody decided, and marks the message when nothing of it waits any more.
func (s *Session) settle(ctx context.Context, t *Tray, action string) error {
	var touched []uint32
	err := s.o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		if _, err := tx.Fact(factTray, t.ID); errors.Is(err, dmp.ErrNotFound) {
			return ErrNotWaiting
		} else if err != nil {
			return err
		}
		if err := t.put(tx); err != nil {
			return err
		}
		all, err := traysOf(tx, fmt.Sprintf("%016x/%016x/", int64(s.Box.ID), int64(t.Message)), factFiled, factTray)
		if err != nil {
			return err
		}
		if touched, err = marked(tx, s.Box.ID, t, all); err != nil {
			return err
		}
		return s.trace(tx, action, t.ID, nil)
	}})
	if err == nil && len(touched) > 0 {
		s.o.views.touched(viewKey{s.Box.ID, t.Folder}, touched...)
	}
	return s.o.storeError(err)
}

// Attached gives a document of a tray as it came, for a page that shows it before it is filed.
func (s *Session) Attached(ctx context.Context, id string) ([]byte, error) {
	t, err := s.tray(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := s.o.found(ctx, t)
	if err != nil {
		return nil, err
	}
	return f.document.Bytes, nil
}

// found reads again the document of a tray, out of its message.
func (o *Operator) found(ctx context.Context, t *Tray) (*archived, error) {
	raw, err := o.Store.MailBytes(ctx, t.Message)
	if errors.Is(err, dmp.ErrNotFound) {
		return nil, ErrNoMessage
	}
	if err != nil {
		return nil, o.storeError(err)
	}
	m, _, err := courriel.Parse(raw)
	if err != nil {
		return nil, err
	}
	for _, a := range opened(m) {
		if trayID(0, 0, a.n) == trayID(0, 0, numberOf(t.ID)) {
			if a.refusal != nil {
				return nil, a.refusal
			}
			return &a, nil
		}
	}
	return nil, ErrNotWaiting
}

// Carried is one document that a message carries in an archive, as it came.
type Carried struct {
	UniqueID, Title, Type string
	Bytes                 []byte
	Refusal               *finding.Refusal // why the archive cannot be opened; nothing else is set then
}

// Carried opens the archives of a message, for a page that shows documents rather than attachments.
// The caller reached the message through this session.
func (s *Session) Carried(ctx context.Context, message MessageID) (list []Carried, err error) {
	raw, err := s.Bytes(ctx, message)
	if err != nil {
		return nil, err
	}
	m, _, err := courriel.Parse(raw)
	if err != nil {
		return nil, err
	}
	for _, a := range opened(m) {
		if a.refusal != nil {
			list = append(list, Carried{Refusal: a.refusal})
			continue
		}
		e := a.document.Entry
		list = append(list, Carried{UniqueID: e.UniqueID, Title: e.Title, Type: e.Type.Code, Bytes: a.document.Bytes})
	}
	return list, nil
}
