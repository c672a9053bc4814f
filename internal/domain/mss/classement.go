package mss

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Received archives are filed by a reader of their own, after the message is durable and
// acknowledged. What it writes into the record and what it writes about it are two commits; the
// first is idempotent (the same bytes under the same uniqueId are there once), so that a stop in
// between makes the document folded, not filed twice.

const automaton = annuaire.Automate

// Keywords of a message whose archive was read, for IMAP clients.
const (
	KeywordFiled   = "$Classe"   // every document is in the record, or was set aside by somebody
	KeywordWaiting = "$AClasser" // something waits in the tray
)

// Bounds of what one message may make the reader do.
const (
	maxArchives = 4         // read; a message in order has one
	maxExpanded = 100 << 20 // bytes of all archives together once expanded
	workPage    = 64        // items looked at together
	maxLooked   = 4096      // items passed over in one call, because their time has not come
)

// Retries of an item that fails by a fault of this house; then it waits in the tray.
const (
	workRetries = 20
	workPause   = 5 * time.Second // longer each time
)

// ErrNoRecords says that this installation files nothing.
var ErrNoRecords = refuse("MSS-SANS-DOSSIER", finding.Unavailable, "", "configuration",
	finding.T("Cette installation ne tient pas de dossiers : rien n'y est rangé.", "This installation keeps no records: nothing is filed."),
	finding.T("Rangez le document depuis votre logiciel.", "File the document from your own software."))

// Work reads by machine at most limit messages that wait for it — archives to file, reports to
// follow — and gives how many were dealt with. A message that meets a fault of this house is put
// off and the others go on; the first such fault is given back.
func (o *Operator) Work(ctx context.Context, limit int) (n int, err error) {
	o.filing.Lock()
	defer o.filing.Unlock()
	var first error
	after, looked := "", 0
	for n < limit && looked < maxLooked {
		var items []Fact
		err := o.Store.ViewMail(ctx, func(r Reader) (err error) {
			items, err = r.Facts(factWork, "", after, min(limit-n, workPage))
			return err
		})
		if err != nil {
			return n, o.storeError(err)
		}
		if len(items) == 0 {
			break
		}
		for _, f := range items {
			after = f.ID
			looked++
			w, ok := workOf(f)
			if ok && w.next.After(o.Now()) {
				continue
			}
			err := o.work(ctx, w, ok)
			if ctx.Err() != nil {
				return n, ctx.Err()
			}
			if err != nil {
				first = errors.Join(first, err)
				if err := o.putOff(ctx, w); err != nil {
					return n, err
				}
				continue
			}
			n++
		}
	}
	return n, first
}

// item is one message to read by machine, in one mailbox.
type item struct {
	id       string
	message  MessageID
	box      BoxID
	uid      uint32
	from     string // reverse path it came with
	attempts int
	next     time.Time
}

// workOf reads an item; after failures its data also hold how many, and when to try again.
func workOf(f Fact) (w item, ok bool) {
	w.id = f.ID
	var m, b int64
	if _, err := fmt.Sscanf(f.ID, "%x/%x/%x", &m, &b, &w.uid); err != nil {
		return w, false
	}
	w.message, w.box = MessageID(m), BoxID(b)
	part := strings.Split(string(f.Data), "\x00")
	w.from = part[0]
	if len(part) == 3 {
		w.attempts, _ = strconv.Atoi(part[1])
		s, _ := strconv.ParseInt(part[2], 10, 64)
		w.next = time.Unix(s, 0)
	}
	return w, true
}

// putOff tries an item again later.
func (o *Operator) putOff(ctx context.Context, w item) error {
	w.attempts++
	data := fmt.Sprintf("%s\x00%d\x00%d", w.from, w.attempts, o.Now().Add(workPause*time.Duration(w.attempts*w.attempts)).Unix())
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error { return tx.PutFact(factWork, w.id, []byte(data)) }})
	return o.storeError(err)
}

// done takes an item off the list.
func (o *Operator) done(ctx context.Context, w item) error {
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error { return tx.PutFact(factWork, w.id, nil) }})
	return o.storeError(err)
}

// work reads one message.
func (o *Operator) work(ctx context.Context, w item, ok bool) error {
	if !ok {
		return o.done(ctx, w)
	}
	var box *Mailbox
	err := o.Store.ViewMail(ctx, func(r Reader) (err error) {
		box, err = r.Mailbox(w.box)
		return err
	})
	if gone(err) {
		return o.done(ctx, w)
	}
	if err != nil {
		return o.storeError(err)
	}
	raw, err := o.Store.MailBytes(ctx, w.message)
	if gone(err) {
		return o.done(ctx, w) // its last copy was removed meanwhile
	}
	if err != nil {
		return o.storeError(err)
	}
	m, _, err := courriel.Parse(raw)
	if err != nil {
		return o.done(ctx, w) // beyond the limits of a message: nothing a machine reads
	}
	if isReport(m.Root.Header) {
		return o.follow(ctx, w, box, m)
	}
	if box.Type == Citizen || o.Records == nil {
		return o.done(ctx, w) // a citizen keeps by a gesture
	}
	return o.file(ctx, w, box, m)
}

// archived is one document of a message, or why an archive has none.
type archived struct {
	n        int
	set      *xdm.Set
	document *xdm.Document
	refusal  *finding.Refusal
	about    string // uniqueId of what is to be deleted, when the document itself stayed behind
}

// opened reads the archives of a message. The numbers are the same each time.
func opened(m *courriel.Message) (list []archived) {
	room := int64(maxExpanded)
	for i, p := range mssante.Archives(m) {
		if i == maxArchives {
			break
		}
		a, err := read(m, p, room)
		if err != nil {
			r := finding.As(err)
			if r == nil {
				r = xdm.ErrZip.With(err)
			}
			list = append(list, archived{n: len(list), refusal: r})
			continue
		}
		for s := range a.Sets {
			set := &a.Sets[s]
			before := len(list)
			for d := range set.Documents {
				room -= int64(len(set.Documents[d].Bytes))
				if set.Documents[d].Entry != nil {
					list = append(list, archived{n: len(list), set: set, document: &set.Documents[d]})
				}
			}
			if len(list) > before {
				continue
			}
			if set.Kind != xdm.Deletion {
				list = append(list, archived{n: len(list), set: set, refusal: xdm.ErrEmpty})
			}
			for _, id := range set.Target { // a deletion may name documents and not bring them
				if set.Kind == xdm.Deletion && len(list) < maxTray {
					list = append(list, archived{n: len(list), set: set, refusal: ErrFileDeletion, about: id})
				}
			}
		}
	}
	return list
}

func read(m *courriel.Message, p *courriel.Part, room int64) (*xdm.Archive, error) {
	b, err := m.Decode(p, MaxMessage)
	if err != nil {
		return nil, err
	}
	a, _, err := xdm.Read(b, xdm.Limits{TotalBytes: max(1, room)})
	return a, err
}

// file deposits the documents of a message, then writes what became of them, with what follows, in
// one commit that takes the message off the list.
func (o *Operator) file(ctx context.Context, w item, box *Mailbox, m *courriel.Message) error {
	list := opened(m)
	if len(list) == 0 {
		return o.done(ctx, w)
	}
	c, err := o.holder(box)
	nobody := finding.As(err)
	if err != nil && nobody == nil {
		return err
	}
	trays := make([]Tray, len(list))
	for i, a := range list {
		t := Tray{Ask: xdm.Deposit.String()}
		switch {
		case a.refusal != nil:
			t.UniqueID = a.about
			if a.set != nil {
				t.Ask = a.set.Kind.String()
			}
			t = t.waits(a.refusal)
		case nobody != nil:
			t.UniqueID, t.Title, t.Type = a.document.Entry.UniqueID, a.document.Entry.Title, a.document.Entry.Type.Code
			t = t.waits(nobody)
		default:
			t, err = o.filed(ctx, c, a.set, a.document, false)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if r := finding.As(err); err != nil && (r == nil || w.attempts < workRetries) {
				return err
			} else if err != nil {
				t = t.waits(r)
			}
		}
		t.ID, t.Message, t.Folder, t.UID, t.From, t.At = trayID(box.ID, w.message, a.n), w.message, Inbox, w.uid, w.from, stamp(o.Now())
		trays[i] = t
	}
	return o.keepOutcome(ctx, w, box, c.ID, m.Root.Header, trays)
}

// keepOutcome writes what became of the documents of a message.
func (o *Operator) keepOutcome(ctx context.Context, w item, box *Mailbox, actor string, h courriel.Header, trays []Tray) error {
	var touched []uint32
	receipt := o.receiptDue(box, w, h, trays)
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		if _, err := tx.Fact(factWork, w.id); gone(err) {
			return nil // done already
		} else if err != nil {
			return err
		}
		if err := tx.PutFact(factWork, w.id, nil); err != nil {
			return err
		}
		for i := range trays {
			if err := trays[i].put(tx); err != nil {
				return err
			}
		}
		var err error
		if touched, err = marked(tx, box.ID, &trays[0], trays); err != nil {
			return err
		}
		if err := o.putTrace(tx, Trace{Box: box.ID, Address: box.Address, Actor: actor, Door: "machine", Action: "file", About: fmt.Sprintf("%d", w.message), Answer: answerOf(trays)}); err != nil {
			return err
		}
		if receipt == nil {
			return nil
		}
		if err := tx.Share(w.message, 1); gone(err) {
			return nil // the message went away meanwhile: its original cannot be given back
		} else if err != nil {
			return err
		}
		q := *receipt
		return tx.PutQueued(&q)
	}})
	if err != nil {
		return o.storeError(err)
	}
	if len(touched) > 0 {
		o.views.touched(viewKey{box.ID, Inbox}, touched...)
	}
	if receipt != nil {
		o.wake.queue()
	}
	return nil
}

// answerOf gives the first reason for which something waits.
func answerOf(trays []Tray) string {
	for i := range trays {
		if trays[i].State == Waiting {
			return trays[i].Reason
		}
	}
	return "ok"
}

// marked puts the keyword that says what became of a message, where it still is.
func marked(tx Tx, box BoxID, t *Tray, all []Tray) (touched []uint32, err error) {
	e, err := tx.Entry(box, t.Folder, t.UID)
	if gone(err) || err == nil && e.Message != t.Message {
		return nil, nil // moved or removed by somebody
	}
	if err != nil {
		return nil, err
	}
	word, other := KeywordFiled, KeywordWaiting
	if slices.ContainsFunc(all, func(t Tray) bool { return t.State == Waiting }) {
		word, other = other, word
	}
	words := slices.DeleteFunc(strings.Fields(e.Keywords), func(w string) bool { return w == other })
	words, err = append(words, word), nil
	joined, err := joinKeywords(words)
	if err != nil || joined == e.Keywords {
		return nil, nil // a client filled the keywords: the tray says it all the same
	}
	e.Keywords = joined
	_, err = tx.SetFlags(box, t.Folder, []Entry{*e})
	return []uint32{e.UID}, err
}

func slicesSortTrays(list []Tray) {
	slices.SortFunc(list, func(a, b Tray) int { return strings.Compare(a.ID, b.ID) })
}

// numberOf gives the number of a document in its message.
func numberOf(id string) int {
	n, err := strconv.Atoi(id[strings.LastIndexByte(id, '/')+1:])
	if err != nil {
		return -1
	}
	return n
}

var _ Records = (*dmp.DMP)(nil)
