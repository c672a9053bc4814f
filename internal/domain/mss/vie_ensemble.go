package mss

import (
	"context"
	"errors"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// ErrNotCarried is an operation on a mailbox that its carrier does not have.
var ErrNotCarried = refuse("MSS-BOITE-AILLEURS", finding.Invalid, "", "MSSANTE §9 (API REST)",
	finding.T("Cette ressource ne porte pas de boîte ouverte à cette adresse chez cet opérateur.", "This resource carries no open mailbox at this address with this operator."),
	finding.T("Vérifiez l'adresse, et la ressource : PER sur Practitioner ou PractitionerRole, CAB sur Practitioner, ORG et APP sur Organization.",
		"Check the address, and the resource: PER on Practitioner or PractitionerRole, CAB on Practitioner, ORG and APP on Organization."))

// Amendment is one operation on the mailboxes («ensemble») of a carrier: exactly one of the three.
type Amendment struct {
	Insert *Mailbox // a new one; its holder is the carrier
	Delete string   // address of one to close
	Change string   // address of one to change
	Changes
}

// Amend does several operations on the mailboxes of one carrier, in order, all or none: what is
// inserted is created (or reopened), what is deleted is closed.
// spec: MSSANTE §9 (API REST)
func (o *Operator) Amend(ctx context.Context, by By, at annuaire.Carrier, list []Amendment) error {
	return o.change(ctx, func(tx Tx) (touched []*Mailbox, err error) {
		for i := range list {
			m, err := o.amend(tx, by, at, &list[i])
			if err != nil {
				return nil, err
			}
			touched = append(touched, m)
		}
		return latest(touched), nil
	})
}

// latest keeps the last state of each mailbox.
func latest(list []*Mailbox) (out []*Mailbox) {
	seen := map[BoxID]bool{}
	for i := len(list) - 1; i >= 0; i-- {
		if !seen[list[i].ID] {
			seen[list[i].ID] = true
			out = append(out, list[i])
		}
	}
	return out
}

func (o *Operator) amend(tx Tx, by By, at annuaire.Carrier, a *Amendment) (*Mailbox, error) {
	if a.Insert != nil {
		return o.insert(tx, by, at, *a.Insert)
	}
	address, action, about := a.Change, "change", a.about()
	if a.Delete != "" {
		address, action, about = a.Delete, "close", "API"
	}
	m, err := o.alterIn(tx, by, address, action, about, func(_ Tx, m *Mailbox) error {
		if carrierOf(m) != at || m.Type == Citizen || m.State == Closed || m.Address != Canonical(address) {
			return ErrNotCarried.At(address)
		}
		if a.Delete != "" {
			return o.close(m, "Retirée de l'Annuaire santé.")
		}
		return a.apply(m)
	})
	if ErrUnknownBox.Is(err) {
		err = ErrNotCarried.At(address) // whether it is somebody else's is not for the asker to know
	}
	return m, err
}

func (o *Operator) insert(tx Tx, by By, at annuaire.Carrier, m Mailbox) (*Mailbox, error) {
	m.Professional, m.Structure = at.Professional, at.Structure
	if domain := domainOf(Canonical(m.Address)); domain == Citizens || !o.Local(domain) {
		return nil, ErrBoxDomain.At(domain) // before looking: who has a health space is told to nobody
	}
	had, err := tx.MailboxAt(Canonical(m.Address))
	if errors.Is(err, dmp.ErrNotFound) {
		return o.create(tx, by, m)
	}
	if err != nil {
		return nil, err
	}
	if had.State != Closed || !had.Removed.IsZero() || carrierOf(had) != at || had.Type != m.Type || had.Address != Canonical(m.Address) {
		return nil, ErrBoxExists.At(m.Address)
	}
	return o.alterIn(tx, by, had.Address, "reopen", "API", func(_ Tx, now *Mailbox) error {
		o.reopen(now)
		now.Description, now.Service, now.Responsible, now.Rank, now.Red = m.Description, m.Service, m.Responsible, m.Rank, m.Red
		return nil
	})
}
