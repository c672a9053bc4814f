package mss

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// DeliveryState is where one delivery is.
type DeliveryState string

// The states, in the order things happen.
const (
	NotSent    DeliveryState = "echec"     // did not reach the recipient: Detail says why
	InQueue    DeliveryState = "envoye"    // taken by this operator
	Late       DeliveryState = "retarde"   // the operator of the recipient does not take it yet
	Relayed    DeliveryState = "relaye"    // taken by the operator of the recipient
	Delivered  DeliveryState = "distribue" // in the mailbox of the recipient
	Unread     DeliveryState = "ecarte"    // the recipient removed it without opening it
	Displayed  DeliveryState = "lu"        // opened by a person
	Rejected   DeliveryState = "ko"        // arrived, but not integrated by the software of the recipient
	Integrated DeliveryState = "integre"   // in the record of the patient, at the recipient
)

// rank orders the states: a report that comes late takes nothing back.
var rank = map[DeliveryState]int{InQueue: 1, Late: 2, Relayed: 3, Delivered: 4, Unread: 5, Displayed: 6, Rejected: 7, Integrated: 8}

// Delivery is what became of what was sent, for one recipient.
type Delivery struct {
	Address string        `json:"address"`
	Name    string        `json:"name,omitempty"`
	State   DeliveryState `json:"state"`
	At      time.Time     `json:"at"`               // when it came to this state
	Status  string        `json:"status,omitempty"` // enhanced status (RFC 3463), or code of integration
	Detail  string        `json:"detail,omitempty"` // words of whoever refused
	Mail    int           `json:"mail"`             // which of the mails carries it
}

// maxDetail bounds the words kept of a peer.
const maxDetail = 300

// move takes a delivery to a state; false when it changes nothing.
func (d *Delivery) move(to DeliveryState, status, detail string, now time.Time) bool {
	switch {
	case to == NotSent && rank[d.State] >= rank[Delivered]:
		return false // it arrived: what failed later is another copy
	case to != NotSent && rank[to] <= rank[d.State]:
		return false
	case to == d.State && status == d.Status:
		return false
	}
	if len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "")
	}
	d.State, d.Status, d.Detail, d.At = to, status, detail, stamp(now)
	return true
}

// SentDocument is one document of what was sent.
type SentDocument struct {
	UniqueID string `json:"unique_id"`
	Title    string `json:"title"`
	Type     string `json:"type"`
}

// SentMail is one of the mails something was sent in: the professionals have one, each citizen their own.
type SentMail struct {
	Message   MessageID `json:"message"`    // 0: not taken
	MessageID string    `json:"message_id"` // without angle brackets
	Envelope  string    `json:"envelope"`
	UID       uint32    `json:"uid"` // of the copy in the folder of what was sent, when it was put there
}

// Dispatch is something that was sent, and its proof.
type Dispatch struct {
	ID         string         `json:"-"`
	Box        BoxID          `json:"box"`
	From       string         `json:"from"`
	By         string         `json:"by"` // who was signed in
	At         time.Time      `json:"at"`
	Subject    string         `json:"subject"`
	Label      string         `json:"label,omitempty"` // what the sender called it
	Patient    ins.PersonID   `json:"patient,omitempty"`
	Documents  []SentDocument `json:"documents,omitempty"`
	Recipients []Delivery     `json:"recipients"`
	Mails      []SentMail     `json:"mails"`
	Replaces   string         `json:"replaces,omitempty"` // uniqueId of the document replaced
	Withdraws  bool           `json:"withdraws,omitempty"`
	Again      string         `json:"again,omitempty"` // ID of what was sent first
	NoAnswer   bool           `json:"no_answer,omitempty"`
	Receipt    bool           `json:"receipt,omitempty"`
	Draft      uint32         `json:"-"` // UID of the draft, when that is all that was asked
}

// sentID orders what a mailbox sent, the newest first.
func (o *Operator) sentID(now time.Time) (string, error) {
	var salt [4]byte
	_, err := o.Rand.Read(salt[:])
	return fmt.Sprintf("%019d-%x", math.MaxInt64-now.UnixMicro(), salt), err
}

func sentKey(box BoxID, id string) string { return fmt.Sprintf("%016x/%s", int64(box), id) }

func (o *Operator) newEnvelopeID() (string, error) {
	var b [12]byte
	_, err := o.Rand.Read(b[:])
	return hex.EncodeToString(b[:]), err
}

// Keys of the index.
func byMessage(id string) string  { return "m/" + id }
func byEnvelope(id string) string { return "e/" + id }
func byDocument(id string) string { return "d/" + id + "/" }

// put writes a proof; the index of a mail with it.
func (s *Dispatch) put(tx Tx, mails ...SentMail) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	key := sentKey(s.Box, s.ID)
	for _, m := range mails {
		for _, id := range []string{byMessage(m.MessageID), byEnvelope(m.Envelope)} {
			if err := tx.PutFact(factSentBy, id, []byte(key)); err != nil {
				return err
			}
		}
	}
	return tx.PutFact(factSent, key, b)
}

// index writes which documents were sent.
func (s *Dispatch) index(tx Tx) error {
	for _, d := range s.Documents {
		key := sentKey(s.Box, s.ID)
		if err := tx.PutFact(factSentBy, byDocument(d.UniqueID)+s.ID, []byte(key)); err != nil {
			return err
		}
	}
	return nil
}

func sentOf(key string, data []byte) (*Dispatch, error) {
	s := &Dispatch{}
	err := json.Unmarshal(data, s)
	s.ID = key[strings.IndexByte(key, '/')+1:]
	return s, err
}

// lookSent finds a proof by a key of the index; nil when there is none.
func lookSent(r Reader, index string) (*Dispatch, error) {
	key, err := r.Fact(factSentBy, index)
	if err == nil {
		var b []byte
		if b, err = r.Fact(factSent, string(key)); err == nil {
			return sentOf(string(key), b)
		}
	}
	if errors.Is(err, dmp.ErrNotFound) {
		return nil, nil
	}
	return nil, err
}

// maxSent bounds what is listed of what was sent.
const maxSent = 200

// Sent lists what the mailbox sent through Send, the newest first, after the ID of another; next is
// empty at the end.
func (s *Session) Sent(ctx context.Context, after string, limit int) (list []*Dispatch, next string, err error) {
	if limit <= 0 || limit > maxSent {
		limit = maxSent
	}
	if after != "" {
		after = sentKey(s.Box.ID, after)
	}
	err = s.o.Store.ViewMail(ctx, func(r Reader) error {
		list, next = nil, ""
		facts, err := r.Facts(factSent, sentKey(s.Box.ID, ""), after, limit)
		for _, f := range facts {
			x, err := sentOf(f.ID, f.Data)
			if err != nil {
				return err
			}
			list, next = append(list, x), x.ID
		}
		if len(facts) < limit {
			next = ""
		}
		return err
	})
	return list, next, s.o.storeError(err)
}

// ErrNoSent is what was never sent from this mailbox.
var ErrNoSent = refuse("MSS-ENVOI-INCONNU", finding.NotFound, "", "MSSANTE §8",
	finding.T("Cet envoi n'existe pas.", "Nothing of that name was sent."),
	finding.T("Listez les envois de la boîte.", "List what the mailbox sent."))

// SentItem gives one of what the mailbox sent.
func (s *Session) SentItem(ctx context.Context, id string) (out *Dispatch, err error) {
	key := sentKey(s.Box.ID, id)
	err = s.o.Store.ViewMail(ctx, func(r Reader) error {
		b, err := r.Fact(factSent, key)
		if err != nil {
			return err
		}
		out, err = sentOf(key, b)
		return err
	})
	if errors.Is(err, dmp.ErrNotFound) {
		return nil, ErrNoSent
	}
	return out, s.o.storeError(err)
}

// SentOf gives the proofs of one document, whoever sent it from here, the newest first. Whether the
// asker may know is for the caller to judge.
func (o *Operator) SentOf(ctx context.Context, uniqueID string) (list []*Dispatch, err error) {
	err = o.Store.ViewMail(ctx, func(r Reader) error {
		list = nil
		facts, err := r.Facts(factSentBy, byDocument(uniqueID), "", maxSent)
		if err != nil {
			return err
		}
		for _, f := range facts {
			b, err := r.Fact(factSent, string(f.Data))
			if errors.Is(err, dmp.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			x, err := sentOf(string(f.Data), b)
			if err != nil {
				return err
			}
			list = append(list, x)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b *Dispatch) int { return strings.Compare(a.ID, b.ID) })
	return list, o.storeError(err)
}
