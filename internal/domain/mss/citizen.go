package mss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// exchange is what a citizen may do with one correspondent.
type exchange struct {
	Contact string    `json:"contact"`
	Open    bool      `json:"open"`
	Since   time.Time `json:"since"`
	// By are the mailboxes whose messages opened it: the contact, or those that named it in Reply-To.
	By []string `json:"by,omitempty"`
}

// maxOpeners bounds the mailboxes remembered that share one address for answers.
const maxOpeners = 50

func exchangeID(box BoxID, contact string) string { return fmt.Sprintf("%x/%s", int64(box), contact) }

// citizenReceived follows what a message allows the citizen to answer. The address to answer is
// Reply-To when there is one, and then the sending mailbox may not be written to.
// spec: ENS 1.3 §7, §9
func (o *Operator) citizenReceived(tx Tx, e *Envelope, h courriel.Header, box *Mailbox, now time.Time) error {
	if e.From == "" {
		return nil // a report opens nothing
	}
	if strings.EqualFold(h.Get("X-MSS-MES"), "FIN") || h.Text("Subject") == "[FIN]" {
		return o.citizenEnd(tx, e.From, box, now)
	}
	contact := e.From
	if to := h.Addresses("Reply-To"); len(to) > 0 {
		contact = Canonical(to[0].Addr())
	}
	id := exchangeID(box.ID, contact)
	x := exchange{Contact: contact}
	data, err := tx.Fact(factExchange, id)
	if err == nil {
		err = json.Unmarshal(data, &x)
	}
	if err != nil && !errors.Is(err, dmp.ErrNotFound) {
		return err
	}
	x.Open, x.Since = true, now.UTC()
	if !slices.Contains(x.By, e.From) && len(x.By) < maxOpeners {
		x.By = append(x.By, e.From)
	}
	return x.put(tx, id)
}

func (x *exchange) put(tx Tx, id string) error {
	b, err := json.Marshal(x)
	if err != nil {
		return err
	}
	return tx.PutFact(factExchange, id, b)
}

// citizenEnd withdraws what the messages of a mailbox allowed to answer: itself, and the addresses
// it gave for answers unless another mailbox gave them too. Nobody ends the exchange of another.
// spec: ENS 1.3 §7
func (o *Operator) citizenEnd(tx Tx, from string, box *Mailbox, now time.Time) error {
	for after := ""; ; {
		facts, err := tx.Facts(factExchange, exchangeID(box.ID, ""), after, maxContacts)
		if err != nil {
			return err
		}
		for _, f := range facts {
			after = f.ID
			var x exchange
			if err := json.Unmarshal(f.Data, &x); err != nil {
				return err
			}
			by := slices.DeleteFunc(slices.Clone(x.By), func(a string) bool { return a == from })
			if !x.Open || x.Contact != from && (len(by) == len(x.By) || len(by) > 0) {
				if len(by) == len(x.By) {
					continue
				}
				x.By = by
			} else {
				x.Open, x.By, x.Since = false, nil, now.UTC()
			}
			if err := x.put(tx, f.ID); err != nil {
				return err
			}
		}
		if len(facts) < maxContacts {
			return nil
		}
	}
}

// citizenMayWrite tells whether a citizen may write to one of the addresses of a correspondent.
// spec: ENS 1.3 §7
func (o *Operator) citizenMayWrite(ctx context.Context, box *Mailbox, to ...string) error {
	open := false
	err := o.Store.ViewMail(ctx, func(r Reader) error {
		for _, a := range to {
			b, err := r.Fact(factExchange, exchangeID(box.ID, a))
			if errors.Is(err, dmp.ErrNotFound) {
				continue
			}
			var x exchange
			if err == nil {
				err = json.Unmarshal(b, &x)
			}
			if err != nil {
				return err
			}
			open = open || x.Open
		}
		return nil
	})
	if err == nil && !open {
		return ErrCitizenMayNot.At(to[0])
	}
	return o.storeError(err)
}

// Contacts gives whom the citizen of a session may write to.
func (s *Session) Contacts(ctx context.Context) (list []string, err error) {
	err = s.o.Store.ViewMail(ctx, func(r Reader) error {
		facts, err := r.Facts(factExchange, fmt.Sprintf("%x/", int64(s.Box.ID)), "", maxContacts)
		for _, f := range facts {
			var x exchange
			if err := json.Unmarshal(f.Data, &x); err != nil {
				return err
			}
			if x.Open {
				list = append(list, x.Contact)
			}
		}
		return err
	})
	return list, s.o.storeError(err)
}

// maxContacts bounds the correspondents of a citizen that are listed.
const maxContacts = 1000
