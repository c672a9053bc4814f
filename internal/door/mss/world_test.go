package mss

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/controle"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/store/embedded"
)

const (
	cabinet  = "1990000018"
	helene   = "899000000013"
	yann     = "899000000021"
	domain   = "medecin.mssante.fr"
	password = "cheval agrafe pile"
)

var by = mss.By{Actor: "899000000999", Door: "test"}

// world is an operator in the midst of a small fictitious directory, with a clock of its own.
type world struct {
	t    testing.TB
	now  time.Time
	dir  *annuaire.Annuaire
	op   *mss.Operator
	door *Door
	mux  *http.ServeMux
	sent int
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, now: time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC), dir: annuaire.New(), mux: http.NewServeMux()}
	clock := func() time.Time { return w.now }
	w.dir.Clock = clock
	store, err := embedded.Open(t.TempDir(), embedded.Options{Origin: "socle.test/journal", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w.must(w.dir.PutStructure(annuaire.Structure{IDNat: cabinet, FINESS: "990000018", Name: "Cabinet des Tilleuls", Sector: "SA07", Active: true}))
	w.must(w.dir.Put(annuaire.Professional{IDNat: helene, RPPS: "99000000013", Family: "MARTIN", Given: "Hélène", Civility: "MME", Title: "DR", Profession: "10", Structures: []string{cabinet}, Active: true}))
	w.must(w.dir.Put(annuaire.Professional{IDNat: yann, RPPS: "99000000021", Family: "LE GOFF", Given: "Yann", Civility: "M", Profession: "60", Structures: []string{cabinet}, Active: true}))
	w.op = &mss.Operator{Store: store, Annuaire: w.dir, Mode: ins.Sandbox, Host: "mx." + domain, Domains: []string{domain, mss.Citizens}, WhiteList: &mss.WhiteList{},
		Now: clock, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Space: func(_ context.Context, m string) (mss.Space, error) {
			return mss.Space{Person: "p1", Name: "Personne", Open: true}, nil
		}}
	w.must(w.op.Start())
	w.door = &Door{Operator: w.op, Auth: bearer{}, Servers: Servers{Host: "mail." + domain, Submission: 587, IMAPS: 993, Web: "www." + domain},
		Desk: controle.New(func() *control.Controller { return nil }, clock, false)}
	w.door.Register(w.mux)
	return w
}

type bearer struct{}

func (bearer) MailAdministrator(r *http.Request) (string, error) {
	if r.Header.Get("Authorization") == "Bearer chef" {
		return "899000000999", nil
	}
	return "", acces.ErrToken
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open makes a mailbox.
func (w *world) open(m mss.Mailbox) *mss.Mailbox {
	w.t.Helper()
	m.Password = mss.HashPassword(password)
	out, err := w.op.Create(context.Background(), by, m)
	w.must(err)
	return out
}

func (w *world) box(address string) *mss.Mailbox {
	w.t.Helper()
	m, err := w.op.Mailbox(context.Background(), address)
	w.must(err)
	return m
}

func (w *world) signIn(address string) *mss.Session {
	w.t.Helper()
	s, err := w.op.SignIn(context.Background(), mss.Credentials{Door: "submission", Mailbox: address, Password: password})
	w.must(err)
	return s
}

// send sends a message between two mailboxes.
func (w *world) send(from, to, head string) {
	w.t.Helper()
	ctx := context.Background()
	w.sent++
	head = fmt.Sprintf("Message-ID: <%d@test>\n", w.sent) + head
	s := w.signIn(from)
	e, err := w.op.Begin(ctx, mss.Peer{Way: mss.FromUser, Session: s, Remote: "127.0.0.1", Helo: "test"}, from)
	w.must(err)
	w.must(w.op.Recipient(ctx, e, mss.Recipient{To: to}))
	_, err = w.op.Accept(ctx, e, []byte(strings.ReplaceAll("From: <"+from+">\nTo: <"+to+">\nSubject: s\n"+head+"\nBonjour\n", "\n", "\r\n")))
	w.must(err)
}

func (w *world) tend() mss.Tended {
	w.t.Helper()
	done, err := w.op.Tend(context.Background())
	w.must(err)
	return done
}

func refused(t testing.TB, what string, err error, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

type answer struct {
	*httptest.ResponseRecorder
	body string
	json map[string]any
}

func (w *world) do(method, path, body string, header ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	a := answer{ResponseRecorder: rec, body: rec.Body.String()}
	_ = json.Unmarshal(rec.Body.Bytes(), &a.json)
	return a
}
