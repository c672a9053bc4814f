package web

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Outbox holds the messages a demonstration would have sent: nobody gets mail from a laptop.
type Outbox struct {
	Now  func() time.Time
	mu   sync.Mutex
	list []letter
}

type letter struct {
	To, Code string
	At       time.Time
}

// maxLetters bounds what is kept; the oldest leave.
const maxLetters = 50

// Send keeps a one-time code instead of sending it.
func (o *Outbox) Send(_ context.Context, to, code string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, letter{to, code, o.Now()})
	o.list = o.list[max(0, len(o.list)-maxLetters):]
	return nil
}

// Notice keeps a notice instead of sending it: a letter without a code.
func (o *Outbox) Notice(ctx context.Context, to string) error { return o.Send(ctx, to, "") }

type outboxPage struct{ List []letter }

// outbox shows them, newest first. The route exists in the demo only.
func (d *Door) outbox(q *request) error {
	d.Outbox.mu.Lock()
	list := slices.Clone(d.Outbox.list)
	d.Outbox.mu.Unlock()
	slices.Reverse(list)
	return q.render("courrier", outboxPage{list})
}
