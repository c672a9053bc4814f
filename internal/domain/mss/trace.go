package mss

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Trace is one action on a mailbox. It never holds anything of a message but its numbers.
// spec: MSSANTE ECO.4.1.1
type Trace struct {
	Time    time.Time `json:"time"`
	Box     BoxID     `json:"box"`
	Address string    `json:"address"`
	Actor   string    `json:"actor"`          // who was authenticated
	Door    string    `json:"door"`           // imap, submission, web, api
	Action  string    `json:"action"`         // signin, send, append, move, delete, close…
	About   string    `json:"about"`          // folder, number of the message
	Answer  string    `json:"answer"`         // ok, or the id of a refusal
	UIDs    []uint32  `json:"uids,omitempty"` //
}

// TraceKept is how long traces are kept. spec: MSSANTE FAQ 10217 (six months recommended)
const TraceKept = 183 * 24 * time.Hour

// trace writes an action in the transaction that does it.
func (s *Session) trace(tx Tx, action, about string, uids []uint32) error {
	return s.o.putTrace(tx, Trace{Box: s.Box.ID, Address: s.Box.Address, Actor: s.Actor, Door: s.Door, Action: action, About: about, Answer: "ok", UIDs: uids})
}

func (o *Operator) putTrace(tx Tx, t Trace) error {
	t.Time = o.Now().UTC()
	b, err := json.Marshal(&t)
	if err != nil {
		return err
	}
	var salt [4]byte
	if _, err := o.Rand.Read(salt[:]); err != nil {
		return err
	}
	return tx.PutFact(factTrace, fmt.Sprintf("%016x/%020d/%x", int64(t.Box), t.Time.UnixMicro(), salt), b)
}

// Refused writes down an action that was refused, when somebody known tried it.
func (o *Operator) refused(ctx context.Context, t Trace) {
	if err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error { return o.putTrace(tx, t) }}); err != nil {
		o.Log.Error("trace not written", "err", err)
	}
}

// Traces gives the actions on a mailbox, oldest first, after a cursor; next is empty at the end.
func (o *Operator) Traces(ctx context.Context, box BoxID, after string, limit int) (list []Trace, next string, err error) {
	prefix := fmt.Sprintf("%016x/", int64(box))
	if after != "" && !strings.HasPrefix(after, prefix) {
		return nil, "", ErrUnknownBox
	}
	err = o.Store.ViewMail(ctx, func(r Reader) error {
		facts, err := r.Facts(factTrace, prefix, after, limit)
		for _, f := range facts {
			var t Trace
			if err := json.Unmarshal(f.Data, &t); err != nil {
				return err
			}
			list, next = append(list, t), f.ID
		}
		if len(facts) < limit {
			next = ""
		}
		return err
	})
	return list, next, o.storeError(err)
}
