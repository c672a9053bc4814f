package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// MailStore is a store of mail that can be closed.
type MailStore interface {
	mss.Store
	Close() error
}

// RunMail says what a store of mail must do. open opens the folder of a test, again and again.
func RunMail(t *testing.T, open func(t testing.TB, dir string) MailStore) {
	for name, test := range map[string]func(*testing.T, *mailBench){
		"delivery": mailDelivery, "copies": mailCopies, "flags": mailFlags, "failing": mailFailing,
		"crowd": mailCrowd, "queue": mailQueue, "facts": mailFacts, "addresses": mailAddresses,
	} {
		t.Run(name, func(t *testing.T) {
			b := &mailBench{t: t, dir: t.TempDir()}
			b.open = func() { b.MailStore = open(t, b.dir) }
			b.open()
			defer func() { b.Close() }()
			test(t, b)
		})
	}
}

type mailBench struct {
	MailStore
	t    *testing.T
	dir  string
	open func()
}

// again closes the store and opens it.
func (b *mailBench) again() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.open()
}

func (b *mailBench) commit(do func(mss.Tx) error, bodies ...*mss.Body) error {
	return b.CommitMail(context.Background(), mss.Unit{Bodies: bodies, Do: do})
}

func (b *mailBench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *mailBench) view(fn func(mss.Reader) error) {
	b.t.Helper()
	b.must(b.ViewMail(context.Background(), fn))
}

var mailEpoch = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func (b *mailBench) box(address string) mss.BoxID {
	b.t.Helper()
	m := mss.Mailbox{Address: address, Type: mss.Personal, State: mss.Active, Professional: "899700000017"}
	b.must(b.commit(func(tx mss.Tx) error {
		m.ID = 0
		if err := tx.PutMailbox(&m); err != nil {
			return err
		}
		for _, f := range mss.Born(m.ID, mailEpoch) {
			if err := tx.PutFolder(&f); err != nil {
				return err
			}
		}
		return nil
	}))
	return m.ID
}

func mailBody(i, size int) *mss.Body {
	raw := bytes.Repeat([]byte(fmt.Sprintf("line %d\r\n", i)), size/8+1)[:size]
	trace := []byte(fmt.Sprintf("Received: by test %d\r\n", i))
	h := sha256.New()
	h.Write(trace)
	h.Write(raw)
	return &mss.Body{Bytes: [][]byte{trace, raw}, SHA256: [32]byte(h.Sum(nil))}
}

// deliver puts one message in inboxes.
func (b *mailBench) deliver(i, size int, boxes ...mss.BoxID) (mss.MessageID, error) {
	body := mailBody(i, size)
	err := b.commit(func(tx mss.Tx) error {
		err := tx.PutMessage(body, &mss.Message{ID: body.ID, SHA256: sha256.Sum256(body.Bytes[1]), Header: []byte("Subject: s\r\n\r\n"), Received: mailEpoch.Add(time.Duration(i) * time.Second), Copies: int64(len(boxes))})
		for _, box := range boxes {
			if err == nil {
				err = tx.Append(box, mss.Inbox, &mss.Entry{Message: body.ID, Date: int64(i), Size: uint32(size)}, fmt.Sprintf("from%d\n\n\nsubject\nid%d", i, i))
			}
		}
		return err
	}, body)
	return body.ID, err
}

func (b *mailBench) entries(box mss.BoxID) (list []mss.Entry, texts []string) {
	b.t.Helper()
	b.view(func(r mss.Reader) error {
		return r.Texts(box, mss.Inbox, func(_ uint32, e []mss.Entry, s []string) error {
			list, texts = append(list, e...), append(texts, s...)
			return nil
		})
	})
	return list, texts
}

func mailDelivery(t *testing.T, b *mailBench) {
	a, c := b.box("a@x.fr"), b.box("c@x.fr")
	var last mss.MessageID
	for i := range 100 {
		id, err := b.deliver(i, 1000, a, c)
		b.must(err)
		if id <= last {
			t.Fatalf("message %d after %d", id, last)
		}
		last = id
	}
	for range 2 {
		for _, box := range []mss.BoxID{a, c} {
			list, texts := b.entries(box)
			if len(list) != 100 || len(texts) != 100 || texts[42] != "from42\n\n\nsubject\nid42" {
				t.Fatalf("%d entries, %d texts", len(list), len(texts))
			}
			for i := range list {
				if list[i].UID != uint32(i+1) || list[i].Date != int64(i) || list[i].ModSeq != uint64(i+2) {
					t.Fatalf("entry %d is %+v", i, list[i])
				}
			}
			b.view(func(r mss.Reader) error {
				f, err := r.Folder(box, mss.Inbox)
				if err == nil && (f.Count != 100 || f.Unseen != 100 || f.Bytes != 100*1000 || f.UIDNext != 101) {
					t.Errorf("folder %+v", f)
				}
				return err
			})
			raw, err := b.MailBytes(context.Background(), list[7].Message)
			want := mailBody(7, 1000)
			if err != nil || !bytes.Equal(raw, slices.Concat(want.Bytes...)) {
				t.Fatalf("bytes of message 7: %q, %v", raw, err)
			}
		}
		b.again()
	}
	id, err := b.deliver(100, 10, a)
	if err != nil || id <= last {
		t.Fatalf("after opening again: message %d after %d, %v", id, last, err)
	}
}

func mailCopies(t *testing.T, b *mailBench) {
	a, c := b.box("a@x.fr"), b.box("c@x.fr")
	id, err := b.deliver(1, 1000, a, c)
	b.must(err)
	remove := func(box mss.BoxID) {
		t.Helper()
		b.must(b.commit(func(tx mss.Tx) error {
			if err := tx.Remove(box, mss.Inbox, []uint32{1}); err != nil {
				return err
			}
			return tx.Share(id, -1)
		}))
	}
	remove(a)
	if _, err := b.MailBytes(context.Background(), id); err != nil {
		t.Fatalf("one copy is left: %v", err)
	}
	remove(c)
	if _, err := b.MailBytes(context.Background(), id); !errors.Is(err, dmp.ErrNotFound) {
		t.Fatalf("no copy is left: %v", err)
	}
	next, err := b.deliver(2, 10, a)
	b.must(err)
	if list, _ := b.entries(a); len(list) != 1 || list[0].UID != 2 || list[0].Message != next {
		t.Errorf("a UID came again: %+v", list)
	}
}

func mailFlags(t *testing.T, b *mailBench) {
	a := b.box("a@x.fr")
	for i := range 70 {
		_, err := b.deliver(i, 10, a)
		b.must(err)
	}
	list, _ := b.entries(a)
	set := []mss.Entry{list[0], list[33], list[69]}
	for i := range set {
		set[i].Flags, set[i].Keywords = mss.Seen|mss.Flagged, "$Junk classé"
	}
	var modseq uint64
	b.must(b.commit(func(tx mss.Tx) (err error) {
		modseq, err = tx.SetFlags(a, mss.Inbox, set)
		return err
	}))
	b.again()
	list, _ = b.entries(a)
	for i := range list {
		changed := i == 0 || i == 33 || i == 69
		if changed != (list[i].ModSeq == modseq) || changed != (list[i].Flags == mss.Seen|mss.Flagged && list[i].Keywords == "$Junk classé") {
			t.Errorf("entry %d: %+v", i, list[i])
		}
	}
	b.view(func(r mss.Reader) error {
		f, err := r.Folder(a, mss.Inbox)
		if err == nil && (f.Unseen != 67 || f.ModSeq != modseq) {
			t.Errorf("folder %+v, MODSEQ %d", f, modseq)
		}
		return err
	})
}

// mailFailing: a unit that fails after writing leaves nothing, whoever shares its group.
func mailFailing(t *testing.T, b *mailBench) {
	a := b.box("a@x.fr")
	wrong := errors.New("wrong")
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if i%4 != 0 {
				if _, err := b.deliver(i, 100, a); err != nil {
					t.Error(err)
				}
				return
			}
			body := mailBody(i, 100)
			err := b.commit(func(tx mss.Tx) error {
				if err := tx.PutMessage(body, &mss.Message{ID: body.ID, Copies: 1}); err != nil {
					return err
				}
				if err := tx.Append(a, mss.Inbox, &mss.Entry{Message: body.ID, Size: 100}, ""); err != nil {
					return err
				}
				return wrong
			}, body)
			if !errors.Is(err, wrong) {
				t.Errorf("a failing unit gave %v", err)
			}
		})
	}
	wg.Wait()
	list, _ := b.entries(a)
	for i := range list {
		if list[i].UID != uint32(i+1) {
			t.Errorf("UID %d at %d", list[i].UID, i)
		}
	}
	if len(list) != 30 {
		t.Errorf("%d messages were kept, 30 were", len(list))
	}
}

func mailCrowd(t *testing.T, b *mailBench) {
	boxes := make([]mss.BoxID, 300)
	for i := range boxes {
		boxes[i] = b.box(fmt.Sprintf("b%d@x.fr", i))
	}
	id, err := b.deliver(1, 5000, boxes...)
	b.must(err)
	b.again()
	for _, box := range boxes {
		if list, _ := b.entries(box); len(list) != 1 || list[0].Message != id {
			t.Fatalf("mailbox %d: %+v", box, list)
		}
	}
}

func mailQueue(t *testing.T, b *mailBench) {
	box := b.box("a@x.fr")
	id, err := b.deliver(1, 10, box)
	b.must(err)
	q := mss.Queued{Next: mailEpoch.Add(time.Hour), Message: id, From: "a@x.fr", To: "b@y.fr", Domain: "y.fr", Notify: "SUCCESS,FAILURE", Return: "HDRS",
		Envelope: "e1", Original: "rfc822;b@y.fr", Accepted: mailEpoch, Box: box}
	soon := q
	soon.Next = mailEpoch
	b.must(b.commit(func(tx mss.Tx) error {
		q.ID, soon.ID = 0, 0
		return errors.Join(tx.PutQueued(&q), tx.PutQueued(&soon), tx.Share(id, 2))
	}))
	b.again()
	b.view(func(r mss.Reader) error {
		due, err := r.Due(mailEpoch, 10)
		if err != nil || len(due) != 1 || due[0] != soon {
			t.Errorf("due: %+v, %v", due, err)
		}
		all, err := r.Due(mailEpoch.Add(2*time.Hour), 10)
		if err != nil || len(all) != 2 || all[1] != q {
			t.Errorf("all: %+v, %v", all, err)
		}
		next, err := r.NextDue()
		if err != nil || !next.Equal(mailEpoch) {
			t.Errorf("next: %v, %v", next, err)
		}
		return nil
	})
	b.must(b.commit(func(tx mss.Tx) error {
		soon.Next, soon.Attempts, soon.LastError, soon.Delayed = mailEpoch.Add(3*time.Hour), 1, "451 4.3.0 later", true
		return errors.Join(tx.PutQueued(&soon), tx.DropQueued(q.ID), tx.Share(id, -1))
	}))
	b.view(func(r mss.Reader) error {
		due, err := r.Due(mailEpoch.Add(3*time.Hour), 10)
		if n, _ := r.QueueLength(); err != nil || n != 1 || len(due) != 1 || due[0] != soon {
			t.Errorf("after: %+v, %d, %v", due, n, err)
		}
		return nil
	})
}

func mailFacts(t *testing.T, b *mailBench) {
	b.must(b.commit(func(tx mss.Tx) error {
		for i := range 5 {
			if err := tx.PutFact("k", fmt.Sprintf("a/%d", i), []byte{byte(i)}); err != nil {
				return err
			}
		}
		return errors.Join(tx.PutFact("k", "b/1", []byte("x")), tx.PutFact("other", "a/1", []byte("y")), tx.PutFact("k", "a/3", nil))
	}))
	b.again()
	b.view(func(r mss.Reader) error {
		list, err := r.Facts("k", "a/", "a/0", 10)
		var ids []string
		for _, f := range list {
			ids = append(ids, f.ID)
		}
		if err != nil || !slices.Equal(ids, []string{"a/1", "a/2", "a/4"}) {
			t.Errorf("%v %v", ids, err)
		}
		if _, err := r.Fact("k", "a/3"); !errors.Is(err, dmp.ErrNotFound) {
			t.Errorf("a removed fact: %v", err)
		}
		return nil
	})
}

func mailAddresses(t *testing.T, b *mailBench) {
	id := b.box("old@x.fr")
	b.must(b.commit(func(tx mss.Tx) error {
		m, err := tx.Mailbox(id)
		if err != nil {
			return err
		}
		m.Former, m.Address, m.Delegates = []string{"old@x.fr"}, "new@x.fr", []string{"899700000025"}
		return tx.PutMailbox(m)
	}))
	b.again()
	b.view(func(r mss.Reader) error {
		for _, a := range []string{"old@x.fr", "new@x.fr"} {
			if m, err := r.MailboxAt(a); err != nil || m.ID != id {
				t.Errorf("%s: %+v %v", a, m, err)
			}
		}
		for _, h := range []string{"899700000017", "899700000025"} {
			if list, err := r.MailboxesOf(h); err != nil || len(list) != 1 {
				t.Errorf("%s: %v %v", h, list, err)
			}
		}
		return nil
	})
	err := b.commit(func(tx mss.Tx) error { return tx.PutMailbox(&mss.Mailbox{Address: "old@x.fr"}) })
	if !errors.Is(err, mss.ErrAddressTaken) {
		t.Errorf("an address taken twice: %v", err)
	}
}
