package mss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// What the linter finds in the messages a program submits («constats»), for the vendor of the
// program. It is looked at when it is asked for and never while a message is accepted; only the ids
// of the findings are kept.

const (
	factFindings = "mss-constat"
	// MaxChecked is how many messages of a mailbox are told about, the newest.
	MaxChecked = 200
	// checkedAtOnce bounds the messages read for one answer.
	checkedAtOnce = 20
	// checkedSince is how far back messages are looked for.
	checkedSince = 30 * 24 * time.Hour
)

// Checked is what was found in one submitted message.
type Checked struct {
	Message  MessageID `json:"message"`
	Time     time.Time `json:"time"`
	Door     string    `json:"door"`
	Findings []string  `json:"findings"` // ids, each once; empty: in order
}

// Findings gives what the linter found in the messages this mailbox sent last, newest first. more
// says that some were left for the next time.
func (s *Session) Findings(ctx context.Context) (list []Checked, more bool, err error) {
	if err := s.Still(ctx); err != nil {
		return nil, false, err
	}
	sent, err := s.submitted(ctx)
	if err != nil {
		return nil, false, err
	}
	budget := checkedAtOnce
	for _, t := range sent {
		c, known, err := s.checked(ctx, t)
		if err != nil {
			return nil, false, err
		}
		if !known {
			if budget == 0 {
				more = true
				continue
			}
			budget--
			if known, err = s.check(ctx, &c); err != nil {
				return nil, false, err
			}
		}
		if known {
			list = append(list, c)
		}
	}
	return list, more, s.prune(ctx, sent)
}

// submitted lists the messages this mailbox sent last, newest first.
func (s *Session) submitted(ctx context.Context) (sent []Checked, err error) {
	prefix := fmt.Sprintf("%016x/", int64(s.Box.ID))
	after := fmt.Sprintf("%s%020d", prefix, s.o.Now().Add(-checkedSince).UnixMicro())
	err = s.o.Store.ViewMail(ctx, func(r Reader) error {
		for {
			facts, err := r.Facts(factTrace, prefix, after, tracesAtOnce)
			if err != nil || len(facts) == 0 {
				return err
			}
			for _, f := range facts {
				after = f.ID
				var t Trace
				if err := json.Unmarshal(f.Data, &t); err != nil {
					return err
				}
				if id, err := strconv.ParseInt(t.About, 10, 64); t.Action == "send" && err == nil {
					sent = append(sent, Checked{Message: MessageID(id), Time: t.Time, Door: t.Door})
				}
			}
			sent = sent[max(0, len(sent)-MaxChecked):]
		}
	})
	slices.Reverse(sent)
	return sent, s.o.storeError(err)
}

func findingsID(box BoxID, id MessageID) string {
	return fmt.Sprintf("%016x/%016x", int64(box), int64(id))
}

// checked gives what is kept of a message.
func (s *Session) checked(ctx context.Context, c Checked) (_ Checked, known bool, err error) {
	err = s.o.Store.ViewMail(ctx, func(r Reader) error {
		b, err := r.Fact(factFindings, findingsID(s.Box.ID, c.Message))
		if errors.Is(err, dmp.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		known = true
		return json.Unmarshal(b, &c.Findings)
	})
	return c, known, s.o.storeError(err)
}

// check reads a message and keeps what was found; false when nobody has it any more.
func (s *Session) check(ctx context.Context, c *Checked) (bool, error) {
	raw, err := s.o.Store.MailBytes(ctx, c.Message)
	if errors.Is(err, dmp.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, s.o.storeError(err)
	}
	c.Findings = []string{}
	for _, f := range mssante.Lint(submittedBytes(raw), mssante.Envelope{From: s.Box.Address, Box: boxType(string(s.Box.Type))}) {
		if !slices.Contains(c.Findings, f.ID) {
			c.Findings = append(c.Findings, f.ID)
		}
	}
	b, err := json.Marshal(c.Findings)
	if err != nil {
		return false, err
	}
	err = s.o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error { return tx.PutFact(factFindings, findingsID(s.Box.ID, c.Message), b) }})
	return err == nil, s.o.storeError(err)
}

// submittedBytes takes off what this operator wrote above a message: its Return-Path and Received.
func submittedBytes(raw []byte) []byte {
	raw = withoutReturnPath(raw)
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] == '\n' && raw[i+1] != ' ' && raw[i+1] != '\t' {
			if len(raw) > 9 && string(raw[:9]) == "Received:" {
				return raw[i+1:]
			}
			break
		}
	}
	return raw
}

// prune forgets what is kept of messages that are told no more.
func (s *Session) prune(ctx context.Context, sent []Checked) error {
	var old []string
	prefix := fmt.Sprintf("%016x/", int64(s.Box.ID))
	err := s.o.Store.ViewMail(ctx, func(r Reader) error {
		facts, err := r.Facts(factFindings, prefix, "", 2*MaxChecked)
		for _, f := range facts {
			if !slices.ContainsFunc(sent, func(c Checked) bool { return findingsID(s.Box.ID, c.Message) == f.ID }) {
				old = append(old, f.ID)
			}
		}
		return err
	})
	if err != nil || len(old) == 0 {
		return s.o.storeError(err)
	}
	err = s.o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		for _, id := range old {
			if err := tx.PutFact(factFindings, id, nil); err != nil {
				return err
			}
		}
		return nil
	}})
	return s.o.storeError(err)
}
