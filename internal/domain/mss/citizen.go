package mss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
}

func exchangeID(box BoxID, contact string) string { return fmt.Sprintf("%x/%s", int64(box), contact) }

// citizenReceived follows what a message allows the citizen to answer. The address to answer is
// Reply-To when there is one, and then the sending mailbox may not be written to.
// spec: ENS 1.3 §7, §9
func (o *Operator) citizenReceived(tx Tx, e *Envelope, h courriel.Header, box *Mailbox, now time.Time) error {
	if e.From == "" {
		return nil // a report opens nothing
	}
	contact := e.From
	if to := h.Addresses("Reply-To"); len(to) > 0 {
		contact = Canonical(to[0].Addr())
	}
	end := strings.EqualFold(h.Get("X-MSS-MES"), "FIN") || h.Text("Subject") == "[FIN]"
	b, err := json.Marshal(exchange{Contact: contact, Open: !end, Since: now.UTC()})
	if err != nil {
		return err
	}
	return tx.PutFact(factExchange, exchangeID(box.ID, contact), b)
}

// citizenMayWrite tells whether a citizen may write to an address.
// spec: ENS 1.3 §7
func (o *Operator) citizenMayWrite(ctx context.Context, box *Mailbox, to string) error {
	var x exchange
	err := o.Store.ViewMail(ctx, func(r Reader) error {
		b, err := r.Fact(factExchange, exchangeID(box.ID, to))
		if err != nil {
			return err
		}
		return json.Unmarshal(b, &x)
	})
	switch {
	case errors.Is(err, dmp.ErrNotFound), err == nil && !x.Open:
		return ErrCitizenMayNot.At(to)
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
