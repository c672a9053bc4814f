package smtp

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// A citizen who gave a private address is told there that a message waits, once for a busy hour,
// and nothing of what it says.
func TestNoticeToAPrivateAddress(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	var told []string
	down := true
	w.op.Notice = func(_ context.Context, to string) error {
		if down {
			return errors.New("the relay is down")
		}
		told = append(told, to)
		return nil
	}
	patient := "279035121518989@" + mss.Citizens
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", patient, letter("alice@a.mssante.fr", patient, "Un"), "250")
	if err := w.op.SetNotice(t.Context(), "p1", "chez-moi@example.org"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.send("alice@a.mssante.fr", patient, letter("alice@a.mssante.fr", patient, "Encore"), "250")
	}
	w.drain()
	if len(told) != 0 {
		t.Fatal("told by a relay that is down")
	}
	down = false
	w.advance(time.Hour)
	w.drain()
	c.send("alice@a.mssante.fr", patient, letter("alice@a.mssante.fr", patient, "Plus tard"), "250")
	w.drain()
	if len(told) != 2 || told[0] != "chez-moi@example.org" {
		t.Errorf("told: %v", told)
	}
	if n, err := w.op.Queue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d rows wait, %v", n, err)
	}
}

func TestOrdinaryMail(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	o := &Ordinary{Relay: w.listen(mss.FromMachine), From: courriel.Address{Name: "Socle", Local: "bruno", Domain: "a.mssante.fr"}, Roots: w.roots, Now: time.Now}
	if err := o.Send(t.Context(), "alice@a.mssante.fr", "Votre code", "123456"); err != nil {
		t.Fatal(err)
	}
	if got := w.inbox("alice@a.mssante.fr"); len(got) != 1 || !strings.Contains(got[0], "123456") {
		t.Errorf("%q", got)
	}
	if err := o.Send(t.Context(), "alice@a.mssante.fr\r\nBcc: x@y.fr", "Votre code", "1"); err == nil {
		t.Error("an address with a line end was taken")
	}
}
