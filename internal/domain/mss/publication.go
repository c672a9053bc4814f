package mss

import (
	"context"

	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Mailboxes are published in the Annuaire santé: type, responsible, description, service, rank and
// red list, on whom carries them. A closed mailbox leaves it. The mailboxes are the truth and the
// directory follows: what was missed is made good at each start and at each round.
// spec: MSSANTE §4 (publication)

// publish brings the directory to say what some mailboxes are.
func (o *Operator) publish(boxes ...*Mailbox) error {
	if o.Annuaire == nil {
		return nil
	}
	var owned []string
	var list []annuaire.Posted
	for _, m := range boxes {
		if m == nil || m.Type == Citizen {
			continue
		}
		owned = append(append(owned, m.Address), m.Former...)
		list = append(list, posted(m))
	}
	if len(list) == 0 {
		return nil
	}
	_, err := o.Annuaire.PublishMailboxes(owned, list)
	return err
}

func posted(m *Mailbox) annuaire.Posted {
	return annuaire.Posted{Carrier: carrierOf(m), Gone: m.State == Closed,
		Mailbox: annuaire.Mailbox{Address: m.Address, Type: string(m.Type), Description: m.Description, Service: m.Service, Responsible: m.Responsible, Rank: m.Rank, Red: m.Red}}
}

// Reconcile brings the directory to say exactly the mailboxes of this operator: nothing of its
// domains that is not one of them stays. It gives those whose holder the directory does not know.
func (o *Operator) Reconcile(ctx context.Context) (unknown []string, err error) {
	if o.Annuaire == nil {
		return nil, nil
	}
	var owned []string
	for _, d := range o.Domains {
		if d != Citizens {
			owned = append(owned, "@"+d)
		}
	}
	if len(owned) == 0 {
		return nil, nil
	}
	var list []annuaire.Posted
	err = o.All(ctx, func(m *Mailbox) error {
		if m.Type != Citizen {
			list = append(list, posted(m))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	left, err := o.Annuaire.PublishMailboxes(owned, list)
	for i := range left {
		unknown = append(unknown, left[i].Address)
	}
	return unknown, err
}
