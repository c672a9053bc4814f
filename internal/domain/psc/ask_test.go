package psc

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/annuaire"
)

const claire, denis = "810100000017", "810100000025"

// provider makes one with two professionals and one client.
func provider(t *testing.T, now func() time.Time) *Provider {
	t.Helper()
	a := annuaire.New()
	for _, id := range []string{claire, denis} {
		a.Put(annuaire.Professional{IDNat: id, RPPS: id[1:], Family: "MARTIN", Given: "Claire", Profession: "10", Active: true})
	}
	keys, err := OpenKeys(noStore{}, rand.Reader, day)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{Base: "https://a", Web: "https://b", Directory: FromAnnuaire(a), Keys: keys, Now: now,
		Clients: []Client{{ID: "a", Auth: SecretBasic, Secret: strings.Repeat("s", 32), RedirectURIs: []string{"https://c/"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestWhoApprovedIsWhoSignsIn: somebody approves their own request, then asks for another
// professional before the page reads the answer. The answer is of the one who gave it.
func TestWhoApprovedIsWhoSignsIn(t *testing.T) {
	p := provider(t, func() time.Time { return day })
	w := p.Wait(&Authorization{Client: p.clients.get("a")}, "browser")
	if err := p.AskAtSignIn(w, claire, "host"); err != nil {
		t.Fatal(err)
	}
	if !p.Answer(claire, p.Asks(claire)[0].Public, true) {
		t.Fatal("not answered")
	}
	asked, err := p.Answered(w)
	if err != nil || asked.IDNat != claire {
		t.Fatalf("%v %v", asked.IDNat, err)
	}
	if err := p.AskAtSignIn(w, denis, "host"); err != nil {
		t.Fatal(err)
	}
	if asked.IDNat != claire {
		t.Error("the answer changed hands")
	}
	if asked, err := p.Answered(w); !errors.Is(err, ErrPending) || asked.IDNat != denis {
		t.Errorf("%s: %v", asked.IDNat, err)
	}
	// While both go on at once, an approval is never of another than the one who gave it.
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 5 {
			_ = p.AskAtSignIn(w, denis, "host")
		}
	}()
	for range 1000 {
		if asked, err := p.Answered(w); err == nil && asked.IDNat != claire {
			t.Fatal("signed in as who approved nothing")
		}
	}
	<-done
}
