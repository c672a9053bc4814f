package mss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Counting («relevé») happens beside delivery, once an hour and before each file: what happened
// since the last count is read in the traces, and in the headers of what came into the inboxes. No
// body is read, and accepting a message costs nothing more.

// factCount holds what was counted: AAAA-MM-JJ/domain/type for a day, AAAA-MM/domain/type for the
// mailboxes of a month.
const factCount = "mss-compte"

const (
	dayForm   = "2006-01-02"
	monthForm = "2006-01"
)

// maxNames bounds the codes and the products counted apart on one day; the rest is otherNames.
const (
	maxNames   = 500
	otherNames = "autres"
	maxNameLen = 80
)

// tally is what was counted under one key.
type tally struct {
	Connections int            `json:"connections,omitempty"`
	Boxes       int            `json:"boxes,omitempty"` // distinct mailboxes that connected that day
	Sent        int            `json:"sent,omitempty"`
	Received    int            `json:"received,omitempty"`
	WithCDA     int            `json:"cda,omitempty"`
	WithINS     int            `json:"ins,omitempty"`
	ToCitizens  int            `json:"to_citizens,omitempty"`
	FromCitizen int            `json:"from_citizens,omitempty"`
	Bytes       int64          `json:"bytes,omitempty"` // received
	Codes       map[string]int `json:"codes,omitempty"`
	NIL         map[string]int `json:"nil,omitempty"`

	// Of a month.
	Open      int `json:"open,omitempty"`
	Closed    int `json:"closed,omitempty"`
	Suspended int `json:"suspended,omitempty"`
	Red       int `json:"red,omitempty"`
	Active    int `json:"active,omitempty"` // connected at least once
}

func (t *tally) add(u *tally) {
	t.Connections += u.Connections
	t.Boxes += u.Boxes
	t.Sent += u.Sent
	t.Received += u.Received
	t.WithCDA += u.WithCDA
	t.WithINS += u.WithINS
	t.ToCitizens += u.ToCitizens
	t.FromCitizen += u.FromCitizen
	t.Bytes += u.Bytes
	t.Active += u.Active
	addNames(&t.Codes, u.Codes)
	addNames(&t.NIL, u.NIL)
}

func addNames(to *map[string]int, from map[string]int) {
	for name, n := range from {
		if *to == nil {
			*to = map[string]int{}
		}
		if _, known := (*to)[name]; !known && len(*to) >= maxNames {
			name = otherNames
		}
		(*to)[name] += n
	}
}

// counting is a count under way: what is new, by key, and what to remember of each mailbox.
type counting struct {
	o     *Operator
	now   time.Time
	new   map[string]*tally
	state map[BoxID]round
}

// countedAtOnce is how many mailboxes go into one commit.
const countedAtOnce = 200

// count counts what happened since the last count; the lock of rounds is held.
func (o *Operator) count(ctx context.Context, boxes []*Mailbox) error {
	for part := range slices.Chunk(boxes, countedAtOnce) {
		c := &counting{o: o, now: o.Now().UTC(), new: map[string]*tally{}, state: map[BoxID]round{}}
		err := o.Store.ViewMail(ctx, func(r Reader) error {
			for _, m := range part {
				if err := c.box(r, m); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil && len(c.state) > 0 {
			err = o.Store.CommitMail(ctx, Unit{Do: c.keep})
		}
		if err != nil {
			return o.storeError(err)
		}
	}
	return o.countBoxes(ctx, boxes)
}

func (c *counting) at(t time.Time, form string, m *Mailbox) *tally {
	key := t.UTC().Format(form) + "/" + m.Domain() + "/" + string(m.Type)
	if c.new[key] == nil {
		c.new[key] = &tally{}
	}
	return c.new[key]
}

func (c *counting) box(r Reader, m *Mailbox) error {
	was, err := roundOf(r, m.ID)
	if err != nil {
		return err
	}
	now := was
	if err := c.traces(r, m, &now); err != nil {
		return err
	}
	if err := c.received(r, m, &now); err != nil {
		return err
	}
	if now.Trace != was.Trace || now.Inbox != was.Inbox {
		c.state[m.ID] = now
	}
	return nil
}

// traces counts sign-ins, and messages sent.
func (c *counting) traces(r Reader, m *Mailbox, now *round) error {
	prefix := fmt.Sprintf("%016x/", int64(m.ID))
	for {
		list, err := r.Facts(factTrace, prefix, now.Trace, tracesAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, f := range list {
			now.Trace = f.ID
			var t Trace
			if err := json.Unmarshal(f.Data, &t); err != nil {
				return err
			}
			switch {
			case t.Answer != "ok":
			case t.Action == "signin":
				n := c.at(t.Time, dayForm, m)
				n.Connections++
				if day := t.Time.Format(dayForm); now.Day != day {
					now.Day = day
					n.Boxes++
				}
				if month := t.Time.Format(monthForm); now.Month != month {
					now.Month = month
					c.at(t.Time, monthForm, m).Active++
				}
			case t.Action == "send":
				if err := c.sent(r, m, &t); err != nil {
					return err
				}
			}
		}
	}
}

// sent counts one message by its header, as long as somebody still has it.
func (c *counting) sent(r Reader, m *Mailbox, t *Trace) error {
	n := c.at(t.Time, dayForm, m)
	n.Sent++
	id, err := strconv.ParseInt(t.About, 10, 64)
	if err != nil {
		return nil
	}
	msg, err := r.Message(MessageID(id))
	if errors.Is(err, dmp.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	h, _, err := courriel.ParseHeader(msg.Header)
	if err != nil {
		return nil
	}
	if codes := strings.FieldsFunc(h.Get("X-MSS-CODECDA"), func(r rune) bool { return r == ',' || r == ' ' }); len(codes) > 0 {
		n.WithCDA++
		for _, code := range codes[:min(len(codes), 20)] {
			addNames(&n.Codes, map[string]int{name(code): 1})
		}
	}
	if strings.EqualFold(h.Get("X-MSS-INS"), "O") {
		n.WithINS++
	}
	if p := h.Text("X-MSS-NIL"); p != "" {
		addNames(&n.NIL, map[string]int{name(p): 1})
	}
	if slices.ContainsFunc(append(h.Addresses("To"), h.Addresses("Cc")...), func(a courriel.Address) bool { return strings.EqualFold(a.Domain, Citizens) }) {
		n.ToCitizens++
	}
	return nil
}

func name(s string) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "?")
	return strings.ToValidUTF8(s[:min(len(s), maxNameLen)], "")
}

// received counts what came into the inbox. The numbers of the inbox tell also of what was deleted
// or moved since; what was only put back is older than the last count and is left out.
func (c *counting) received(r Reader, m *Mailbox, now *round) error {
	f, err := r.Folder(m.ID, Inbox)
	if errors.Is(err, dmp.ErrNotFound) {
		return nil
	}
	from := max(now.Inbox, 1)
	if err != nil || f.UIDNext <= from {
		return err
	}
	today := c.at(c.now, dayForm, m)
	left := int(f.UIDNext - from)
	err = r.Pages(m.ID, Inbox, from/PageSize, func(_ uint32, list []Entry) error {
		for i := range list {
			e := &list[i]
			if e.UID < from {
				continue
			}
			left--
			msg, err := r.Message(e.Message)
			if err != nil {
				return err
			}
			back, delivered := strings.CutPrefix(string(msg.Header[:min(len(msg.Header), 400)]), "Return-Path: <")
			last := now.Last
			now.Last = max(last, e.Message)
			if !delivered || e.Message <= last || !msg.Received.Equal(e.Time().UTC()) {
				continue // put there by its owner
			}
			n := c.at(e.Time(), dayForm, m)
			n.Received++
			n.Bytes += int64(e.Size)
			if address, _, ok := strings.Cut(back, ">"); ok && domainOf(address) == Citizens {
				n.FromCitizen++
			}
		}
		return nil
	})
	today.Received += left
	now.Inbox = f.UIDNext
	return err
}

// keep writes a count in one commit with how far it went.
func (c *counting) keep(tx Tx) error {
	for key, n := range c.new {
		if err := mergeTally(tx, key, func(t *tally) { t.add(n) }); err != nil {
			return err
		}
	}
	for box, now := range c.state {
		was, err := roundOf(tx, box)
		if err != nil {
			return err
		}
		was.Trace, was.Inbox, was.Last, was.Day, was.Month = now.Trace, now.Inbox, now.Last, now.Day, now.Month
		if err := putRound(tx, box, &was); err != nil {
			return err
		}
	}
	return nil
}

func mergeTally(tx Tx, key string, fn func(*tally)) error {
	var t tally
	b, err := tx.Fact(factCount, key)
	switch {
	case errors.Is(err, dmp.ErrNotFound):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(b, &t); err != nil {
			return err
		}
	}
	fn(&t)
	if b, err = json.Marshal(&t); err != nil {
		return err
	}
	return tx.PutFact(factCount, key, b)
}

// countBoxes notes how many mailboxes there are, this month.
func (o *Operator) countBoxes(ctx context.Context, boxes []*Mailbox) error {
	c := &counting{o: o, now: o.Now().UTC(), new: map[string]*tally{}}
	for _, m := range boxes {
		n := c.at(c.now, monthForm, m)
		switch m.State {
		case Closed:
			n.Closed++
			continue
		case Suspended:
			n.Suspended++
		}
		n.Open++
		if m.Red {
			n.Red++
		}
	}
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		for _, key := range slices.Sorted(maps.Keys(c.new)) {
			n := c.new[key]
			err := mergeTally(tx, key, func(t *tally) { t.Open, t.Closed, t.Suspended, t.Red = n.Open, n.Closed, n.Suspended, n.Red })
			if err != nil {
				return err
			}
		}
		return nil
	}})
	return o.storeError(err)
}
