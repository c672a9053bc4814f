package mss

import (
	"context"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// ErrKeepOther says that a document is about somebody else than who keeps it.
var ErrKeepOther = refuse("MSS-GARDER-AUTRE", finding.Forbidden, "", "MSSANTE ECO.2.2.6",
	finding.T("Ce document n'est pas reconnu comme étant le vôtre : son identité n'est pas exactement la vôtre.", "This document is not recognised as yours: its identity is not exactly yours."),
	finding.T("Signalez-le à l'expéditeur, sans le transmettre à personne d'autre.", "Tell the sender, and pass it on to nobody else."))

// Keep puts a document of a message into the record of the citizen whose mailbox it is, as the
// citizen may. What is there already stays as it is, and that is no error. c is the citizen.
// spec: MSSANTE ENS 5 (saved in one gesture)
func (s *Session) Keep(ctx context.Context, c dmp.Caller, message MessageID, uniqueID string) error {
	if s.o.Records == nil {
		return ErrNoRecords
	}
	if s.Box.Type != Citizen || c.ID != string(s.Box.Person) {
		return ErrNoMessage
	}
	raw, err := s.Bytes(ctx, message)
	if err != nil {
		return err
	}
	m, _, err := courriel.Parse(raw)
	if err != nil {
		return err
	}
	for _, a := range opened(m) {
		if a.refusal != nil || a.document.Entry.UniqueID != uniqueID {
			continue
		}
		if err := s.o.theirs(ctx, &a, s.Box.Person); err != nil {
			return err
		}
		t, err := s.o.filed(ctx, c, a.set, a.document, false)
		if err != nil {
			return err
		}
		if t.State == Waiting {
			return &finding.Refusal{ID: t.Reason, Kind: finding.Conflict, Rule: "MSSANTE va1.27", Message: t.Text, Fix: t.Fix}
		}
		return nil
	}
	return ErrNoMessage
}

// theirs refuses a document that is not about a person, before anything is written.
func (o *Operator) theirs(ctx context.Context, a *archived, person ins.PersonID) error {
	doc, err := cda.Parse(a.document.Bytes)
	if err != nil {
		return unread(err)
	}
	id, traits := identityOf(&doc.Patient)
	p, match, err := o.Records.Recognise(ctx, id, traits)
	if finding.As(err) != nil || err == nil && (p.ID != person || match.Closeness != ins.Exact) {
		return ErrKeepOther
	}
	return err
}
