package smtp

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/shareddata"
)

// TestEveryExampleTravels sends each official example from one operator to another, where it is
// filed on its patient, once; what waits has a reason that is in the document.
func TestEveryExampleTravels(t *testing.T) {
	dir := shareddata.Dir(t, "cda")
	a, b := newWorld(t, "b.mssante.fr"), newPractice(t) // a sends, b receives
	a.list(mss.Listed{Domain: "b.mssante.fr"}, mss.Listed{Domain: mss.Citizens}, b.listed("a.mssante.fr"))
	b.list(mss.Listed{Domain: "a.mssante.fr"}, a.listed("b.mssante.fr"))
	sender, err := a.op.SignIn(t.Context(), mss.Credentials{Door: "web", Mailbox: "alice@b.mssante.fr", Password: "motdepasse1"})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	sent, filed, waiting := 0, 0, 0
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(strings.ToLower(path), ".xml") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		d, err := cda.Parse(raw)
		if err != nil || seen[d.UniqueID()] {
			return nil
		}
		seen[d.UniqueID()] = true
		known := b.known(&d.Patient)
		x, err := sender.Send(t.Context(), mss.Letter{To: []string{"alice@a.mssante.fr"}, Documents: [][]byte{raw}})
		if err != nil {
			return err
		}
		sent++
		a.drain()
		b.work()
		list, _ := b.last(b.alice)
		name := filepath.Base(path)
		if len(list) != 1 || list[0].UniqueID != d.UniqueID() {
			t.Errorf("%s: %+v", name, list)
			return nil
		}
		reason := list[0].Reason
		switch {
		case known && list[0].State != mss.Filed:
			t.Errorf("%s waits: %s %s", name, reason, list[0].Text.FR)
		case !known && reason != ins.ErrOIDSandbox.ID: // the production identities of docs/divergences.md
			t.Errorf("%s: %+v", name, list[0])
		case !known:
			waiting++
			return nil
		}
		filed++
		b.advance(time.Second)
		a.advance(time.Second)
		if _, err := sender.Resend(t.Context(), x.ID, []string{"alice@a.mssante.fr"}); err != nil {
			return err
		}
		a.drain()
		b.work()
		if list, _ := b.last(b.alice); len(list) != 1 || list[0].State != mss.Already {
			t.Errorf("%s, sent again: %+v", name, list)
		}
		b.advance(time.Second)
		a.advance(time.Second)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sent, %d filed once, %d wait", sent, filed, waiting)
	if filed == 0 {
		t.Error("nothing was filed")
	}
}

// known makes the person a document is about known and qualified; false when the document does not
// allow it.
func (w *practice) known(p *cda.Patient) bool {
	id := p.TheINS()
	if !mssante.Qualified(p) || ins.Sandbox.Admit(id) != nil {
		return false
	}
	place := p.BirthCOG
	if place == "" {
		place = ins.UnknownPlace
	}
	who, _, err := w.d.Identify(w.t.Context(), w.desk, &ins.Person{INS: id, Evidence: ins.Evidence{Kind: "CNI", Date: "2026-01-01", Operator: "desk"},
		Traits: ins.Traits{BirthName: p.BirthName(), FirstGiven: p.FirstGiven(), Givens: p.BirthGivens(), Sex: p.Sex.Code, BirthDate: p.Birth.Date(), BirthPlace: place}})
	if err != nil {
		return false
	}
	return w.d.Open(w.t.Context(), w.desk, who.ID) == nil
}
