package mss

import "fmt"

// Kinds of facts.
const (
	factWork     = "mss-travail"   // messages to read by machine: an archive to file, a report to follow
	factExchange = "mss-echange"   // whom a citizen may answer
	factTrace    = "mss-trace"     // what was done to mailboxes
	factTray     = "mss-bannette"  // documents that wait for somebody
	factFiled    = "mss-classe"    // what became of the others
	factSent     = "mss-envoi"     // what was sent, and what became of it
	factSentBy   = "mss-envoi-par" // the same by identifier: message, envelope, document
)

// workID orders the work by age of the message.
func workID(id MessageID, box BoxID, uid uint32) string {
	return fmt.Sprintf("%016x/%x/%x", int64(id), int64(box), uid)
}

// wakers tell the consumers that there is work, without counting.
type wakers struct {
	queued, work chan struct{}
}

func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (w *wakers) queue()  { ring(w.queued) }
func (w *wakers) filing() { ring(w.work) }

// Start prepares the operator; it must be called once, before anything else.
func (o *Operator) Start() error {
	o.wake.queued, o.wake.work = make(chan struct{}, 1), make(chan struct{}, 1)
	return o.recall()
}

// QueueWoken signals that deliveries may be due.
func (o *Operator) QueueWoken() <-chan struct{} { return o.wake.queued }

// WorkWoken signals that messages wait to be read by machine.
func (o *Operator) WorkWoken() <-chan struct{} { return o.wake.work }
