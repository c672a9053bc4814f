package mss

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/mss"
)

const day = 24 * time.Hour

func TestLifeOfAMailbox(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	const address, later = "helene.martin@" + domain, "h.martin@" + domain
	m := w.open(mss.Mailbox{Address: "Helene.Martin@" + domain, Type: mss.Personal, Professional: helene, Rank: 1})
	if m.Address != address || m.Name != "Dr_Hélène_MARTIN_Cabinet des Tilleuls" || m.State != mss.Active {
		t.Errorf("created: %+v", m)
	}
	if p := w.dir.Professional(helene); p.Mailbox != address {
		t.Errorf("published: %q", p.Mailbox)
	}
	_, err := w.op.Create(ctx, by, mss.Mailbox{Address: address, Type: mss.Personal, Professional: yann})
	refused(t, "an address of another", err, mss.ErrBoxExists)

	s := w.signIn(address)
	_, err = w.op.Rename(ctx, by, address, later)
	w.must(err)
	if p := w.dir.Professional(helene); p.Mailbox != later {
		t.Errorf("published after the new name: %q", p.Mailbox)
	}
	w.open(mss.Mailbox{Address: "yann@" + domain, Type: mss.Personal, Professional: yann})
	w.send("yann@"+domain, address, "") // the former address leads on
	w.must(s.Still(ctx))
	if s.Box.Address != later {
		t.Error("an open session does not know the new address")
	}
	if f, err := s.Folder(ctx, "INBOX"); err != nil || f.Count != 1 {
		t.Errorf("letter to the former address: %+v %v", f, err)
	}
	_, err = w.op.Rename(ctx, by, "yann@"+domain, address)
	refused(t, "a former address", err, mss.ErrBoxExists)

	red, words := true, "Secrétariat"
	_, err = w.op.Change(ctx, by, later, mss.Changes{Red: &red, Description: &words, Delegates: &[]string{yann}})
	w.must(err)
	if p := w.dir.Professional(helene); p.Mailbox != "" {
		t.Errorf("on the red list and published: %q", p.Mailbox)
	}
	delegate, err := w.op.As(ctx, yann, later, "web")
	w.must(err)
	w.must(delegate.Still(ctx))
	_, err = w.op.Change(ctx, by, later, mss.Changes{Delegates: &[]string{}})
	w.must(err)
	refused(t, "a delegation that ended", delegate.Still(ctx), mss.ErrUnknownBox)
	refused(t, "writing after it", delegate.CreateFolder(ctx, "Dossier", ""), mss.ErrUnknownBox)

	_, err = w.op.Close(ctx, by, later, "Départ")
	w.must(err)
	w.must(s.Still(ctx)) // still read
	_, _, err = s.Append(ctx, "INBOX", 0, nil, w.now, []byte("From: a\r\n\r\nx"))
	refused(t, "append to a closed mailbox", err, mss.ErrClosedBox)
	_, _, err = s.SetFlags(ctx, mss.Inbox, []uint32{1}, mss.FlagChange{Add: true, Flags: mss.Seen})
	refused(t, "flags of a closed mailbox", err, mss.ErrClosedBox)
	_, err = s.Copy(ctx, mss.Inbox, []uint32{1}, "Corbeille", true)
	refused(t, "move in a closed mailbox", err, mss.ErrClosedBox)
	_, err = s.Expunge(ctx, mss.Inbox, nil)
	refused(t, "expunge of a closed mailbox", err, mss.ErrClosedBox)
	if b, err := s.Bytes(ctx, 1); err != nil || len(b) == 0 {
		t.Errorf("a closed mailbox is not read: %v", err)
	}
	sender := w.signIn("yann@" + domain)
	e, err := w.op.Begin(ctx, mss.Peer{Way: mss.FromUser, Session: sender}, "yann@"+domain)
	w.must(err)
	refused(t, "a letter to it", w.op.Recipient(ctx, e, mss.Recipient{To: address}), mss.ErrClosedBox)
	_, err = w.op.Reopen(ctx, by, later)
	w.must(err)
	w.must(w.op.Recipient(ctx, e, mss.Recipient{To: address}))
	refused(t, "removing an open mailbox", w.op.Remove(ctx, by, later), mss.ErrNotClosed)
	_, err = w.op.Close(ctx, by, later, "Départ")
	w.must(err)
	traces, _, err := w.op.Traces(ctx, m.ID, "", 100)
	w.must(err)
	var actions []string
	for _, x := range traces {
		if x.Actor == by.Actor {
			actions = append(actions, x.Action)
		}
	}
	slices.Sort(actions) // all at the same moment
	if got := strings.Join(actions, " "); got != "change change close close open rename reopen" {
		t.Errorf("traces: %s", got)
	}
	w.now = w.now.Add(mss.DefaultKept)
	if done := w.tend(); done.Removed != 1 {
		t.Errorf("round: %+v", done)
	}
	_, err = w.op.Mailbox(ctx, later)
	refused(t, "a removed mailbox", err, mss.ErrUnknownBox)
	refused(t, "its session", s.Still(ctx), mss.ErrUnknownBox)
	if _, err := s.Bytes(ctx, 1); err == nil {
		t.Error("its messages are still there")
	}
	_, err = w.op.Create(ctx, by, mss.Mailbox{Address: later, Type: mss.Personal, Professional: yann})
	refused(t, "an address of before", err, mss.ErrBoxExists)
}

func TestCreationIsRefused(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	for name, c := range map[string]struct {
		m    mss.Mailbox
		want error
	}{
		"another domain":     {mss.Mailbox{Address: "a@ailleurs.mssante.fr", Type: mss.Personal, Professional: helene}, mss.ErrBoxDomain},
		"a citizen's domain": {mss.Mailbox{Address: "a@" + mss.Citizens, Type: mss.Personal, Professional: helene}, mss.ErrBoxDomain},
		"nobody":             {mss.Mailbox{Address: "a@" + domain, Type: mss.Personal, Professional: "899000000999"}, mss.ErrBoxHolder},
		"elsewhere":          {mss.Mailbox{Address: "a@" + domain, Type: mss.Personal, Professional: helene, Structure: "1990000026"}, mss.ErrBoxHolder},
		"without a holder":   {mss.Mailbox{Address: "a@" + domain, Type: mss.Personal}, mss.ErrBoxType},
		"a type":             {mss.Mailbox{Address: "a@" + domain, Type: "XXX", Professional: helene}, mss.ErrBoxType},
		"a person's ORG":     {mss.Mailbox{Address: "a@" + domain, Type: mss.Organisation, Professional: helene}, mss.ErrBoxType},
		"two lines":          {mss.Mailbox{Address: "a@" + domain, Type: mss.Organisation, Structure: cabinet, Name: "a\r\nBcc: x"}, mss.ErrBoxValue},
		"a rank":             {mss.Mailbox{Address: "a@" + domain, Type: mss.Organisation, Structure: cabinet, Rank: 1000}, mss.ErrBoxValue},
		"a quota":            {mss.Mailbox{Address: "a@" + domain, Type: mss.Organisation, Structure: cabinet, Quota: 10}, mss.ErrBoxValue},
	} {
		_, err := w.op.Create(ctx, by, c.m)
		refused(t, name, err, c.want)
	}
}

func TestRound(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	const a, b = "helene@" + domain, "yann@" + domain
	w.open(mss.Mailbox{Address: a, Type: mss.Personal, Professional: helene})
	w.open(mss.Mailbox{Address: b, Type: mss.Personal, Professional: yann, Retention: 10})
	for range 3 {
		w.send(a, b, "")
	}
	s := w.signIn(b)
	w.must(func() error { _, err := s.Copy(ctx, mss.Inbox, []uint32{1}, "Corbeille", true); return err }())
	w.tend()
	w.now = w.now.Add(5 * day)
	w.must(func() error { _, err := s.Copy(ctx, mss.Inbox, []uint32{2}, "Corbeille", true); return err }())
	w.tend()
	bin := func() int64 {
		f, err := s.Folder(ctx, "Corbeille")
		w.must(err)
		return f.Count
	}
	for _, step := range []struct {
		days int
		left int64
	}{{4, 2}, {1, 1}, {4, 1}, {1, 0}} {
		w.now = w.now.Add(time.Duration(step.days) * day)
		w.tend()
		if n := bin(); n != step.left {
			t.Errorf("%s: %d in the bin, want %d", w.now.Format(time.DateOnly), n, step.left)
		}
	}
	// The holder leaves.
	w.must(w.dir.Put(annuaire.Professional{IDNat: yann, RPPS: "99000000021", Family: "LE GOFF", Given: "Yann", Profession: "60", Structures: []string{cabinet}}))
	if done := w.tend(); done.Closed != 1 || w.box(b).State != mss.Closed {
		t.Errorf("round: %+v", done)
	}
	// Nobody comes: suspended, and awake again at the first sign-in.
	w.now = w.now.Add(mss.DefaultIdle)
	if done := w.tend(); done.Suspended != 1 || w.box(a).State != mss.Suspended || done.Traces == 0 {
		t.Errorf("round: %+v", done)
	}
	w.signIn(a)
	if w.box(a).State != mss.Active {
		t.Error("its holder is back and it still sleeps")
	}
}

func TestADirectoryReadBadlyClosesNobody(t *testing.T) {
	w := newWorld(t)
	for i := range 25 {
		id := fmt.Sprintf("8990000%05d", i)
		w.must(w.dir.Put(annuaire.Professional{IDNat: id, Family: "DOE", Given: "Jean", Profession: "10", Structures: []string{cabinet}, Active: true}))
		w.open(mss.Mailbox{Address: fmt.Sprintf("p%d@%s", i, domain), Type: mss.Personal, Professional: id})
		w.must(w.dir.Put(annuaire.Professional{IDNat: id, Family: "DOE", Given: "Jean", Profession: "10", Structures: []string{cabinet}}))
	}
	if done := w.tend(); done.Closed != 0 || done.Held != 25 {
		t.Errorf("round: %+v", done)
	}
}

func TestTheDirectoryFollowsTheMailboxes(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	w.open(mss.Mailbox{Address: "helene@" + domain, Type: mss.Personal, Professional: helene})
	w.open(mss.Mailbox{Address: "sec@" + domain, Type: mss.Organisation, Structure: cabinet, Service: "Secrétariat"})
	// Somebody writes in the directory what no mailbox says.
	_, err := w.dir.PublishMailboxes(nil, []annuaire.Posted{{Carrier: annuaire.Carrier{Professional: yann}, Mailbox: annuaire.Mailbox{Address: "ghost@" + domain, Type: "PER"}},
		{Carrier: annuaire.Carrier{Professional: yann}, Mailbox: annuaire.Mailbox{Address: "yann@ailleurs.mssante.fr", Type: "PER"}}, {Carrier: annuaire.Carrier{Professional: helene}, Mailbox: annuaire.Mailbox{Address: "helene@" + domain}, Gone: true}})
	w.must(err)
	if p := w.dir.Professional(helene); p.Mailbox != "" {
		t.Fatal("the test has not prepared what it tests")
	}
	unknown, err := w.op.Reconcile(ctx)
	w.must(err)
	if len(unknown) != 0 || w.dir.Professional(helene).Mailbox != "helene@"+domain || w.dir.Professional(yann).Mailbox != "yann@ailleurs.mssante.fr" || w.dir.Structure(cabinet).Mailbox != "sec@"+domain {
		t.Errorf("unknown %v, %q, %q, %q", unknown, w.dir.Professional(helene).Mailbox, w.dir.Professional(yann).Mailbox, w.dir.Structure(cabinet).Mailbox)
	}
	p, err := w.dir.Search(annuaire.Query{Kind: annuaire.KPractitioner, Count: 10, Clauses: []annuaire.Clause{{Param: "mailbox-mss", Modifier: "contains", Values: []string{domain}}}})
	w.must(err)
	if len(p.Hits) != 1 {
		t.Errorf("%d people published", len(p.Hits))
	}
	before, _ := w.dir.Snapshot()
	w.must(func() error { _, err := w.op.Reconcile(ctx); return err }())
	if after, _ := w.dir.Snapshot(); after != before {
		t.Error("a second reconciliation changes the directory")
	}
}

func TestStatistics(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	const a, b = "helene@" + domain, "sil@" + domain
	w.open(mss.Mailbox{Address: a, Type: mss.Personal, Professional: helene})
	w.open(mss.Mailbox{Address: b, Type: mss.Application, Structure: cabinet})
	w.send(b, a, "X-MSS-CODECDA: 34112-3,15508-5\nX-MSS-INS: O\nX-MSS-NIL: DEV935997\n")
	w.send(b, a, "X-MSS-NIL: DEV935997\n")
	w.send(b, "146026322000196@"+mss.Citizens, "X-MSS-NIL: =cmd\n")
	s := w.signIn(a)
	w.must(func() error { _, err := s.Copy(ctx, mss.Inbox, []uint32{1}, "Archives", true); return err }())
	check := func() map[string]string {
		files, err := w.op.Statistics(ctx, w.now)
		w.must(err)
		out := map[string]string{}
		for _, f := range files {
			out[strings.TrimSuffix(f.Name, "_2026-11.csv")] = string(f.Bytes)
		}
		return out
	}
	for range 2 { // counting twice counts once
		got := check()
		for name, rows := range map[string][]string{
			"BAL":        {"2026-11;medecin.mssante.fr;APP;1;1;0;0;0", "2026-11;medecin.mssante.fr;PER;1;1;0;0;0", "2026-11;patient.mssante.fr;MES;1;0;0;0;0"},
			"Connexions": {"2026-11-03;medecin.mssante.fr;APP;3;1", "2026-11-03;medecin.mssante.fr;PER;1;1"},
			"Messages":   {"2026-11;medecin.mssante.fr;APP;3;0;1;1;1;0;0", "2026-11;medecin.mssante.fr;PER;0;2;0;0;0;0;"},
			"Documents":  {"2026-11;medecin.mssante.fr;34112-3;1", "2026-11;medecin.mssante.fr;15508-5;1"},
			"Produits":   {"2026-11;medecin.mssante.fr;DEV935997;2", "2026-11;medecin.mssante.fr;'=cmd;1"},
		} {
			for _, row := range rows {
				if !strings.Contains(got[name], row) {
					t.Errorf("%s lacks %s:\n%s", name, row, got[name])
				}
			}
		}
	}
	// A letter put back in the inbox is not received again.
	w.now = w.now.Add(2 * time.Hour)
	check()
	w.must(func() error { _, err := s.Copy(ctx, mss.Archive, []uint32{1}, "INBOX", true); return err }())
	if got := check()["Messages"]; !strings.Contains(got, "PER;0;2;") {
		t.Errorf("received again:\n%s", got)
	}
	_, err := w.op.Statistics(ctx, w.now.AddDate(0, 2, 0))
	refused(t, "a month ahead", err, mss.ErrMonth)
}

func TestFindingsOfWhatAProductSends(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	const a, b = "helene@" + domain, "sil@" + domain
	w.open(mss.Mailbox{Address: a, Type: mss.Personal, Professional: helene})
	w.open(mss.Mailbox{Address: b, Type: mss.Application, Structure: cabinet})
	for range 23 {
		w.now = w.now.Add(time.Minute)
		w.send(b, a, "")
	}
	s := w.signIn(b)
	list, more, err := s.Findings(ctx)
	w.must(err)
	if len(list) != 20 || !more || !slices.Contains(list[0].Findings, "MSS-NIL") || !list[0].Time.After(list[1].Time) {
		t.Errorf("%d %v %+v", len(list), more, list[:1])
	}
	if list, more, err = s.Findings(ctx); err != nil || len(list) != 23 || more {
		t.Errorf("second time: %d %v %v", len(list), more, err)
	}
	other := w.signIn(a)
	if list, _, err := other.Findings(ctx); err != nil || len(list) != 0 {
		t.Errorf("of somebody else: %d %v", len(list), err)
	}
	got := w.do("GET", FindingsPath+"?boite="+b, "", "Authorization", "Basic c2lsQG1lZGVjaW4ubXNzYW50ZS5mcjpjaGV2YWwgYWdyYWZlIHBpbGU=")
	if got.Code != 200 || len(got.json["messages"].([]any)) != 23 {
		t.Errorf("API: %d %s", got.Code, got.body)
	}
	if got = w.do("GET", FindingsPath+"?boite="+b, ""); got.Code != 401 || got.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("API, nobody: %d", got.Code)
	}
}
