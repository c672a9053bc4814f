package run

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/run/client"
)

// territory is a demo that runs inside the test.
type territory struct {
	t         testing.TB
	dir       string
	endpoints *client.Endpoints
	stop      context.CancelFunc
	done      chan error
}

// lineWriter tells when the ready line has been written.
type lineWriter struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	ready chan struct{}
	once  sync.Once
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf.Write(p)
	if strings.HasPrefix(w.buf.String(), "ready ") && strings.Contains(w.buf.String(), "\n") {
		w.once.Do(func() { close(w.ready) })
	}
	return len(p), nil
}

// startDemo runs a small territory and waits until it is ready.
func startDemo(t testing.TB, dir string, persons int) *territory {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	tr := &territory{t: t, dir: dir, stop: cancel, done: make(chan error, 1)}
	out := &lineWriter{ready: make(chan struct{})}
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	go func() {
		tr.done <- Demo(ctx, DemoOptions{Data: dir, AutoPort: true, Persons: persons, Out: out, Log: log})
	}()
	select {
	case <-out.ready:
	case err := <-tr.done:
		t.Fatalf("the demo stopped: %v", err)
	case <-time.After(2 * time.Minute):
		t.Fatal("the demo is not ready after two minutes")
	}
	var err error
	if tr.endpoints, err = client.Find(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.close)
	return tr
}

// close stops the demo once, and fails the test if it did not stop well.
func (tr *territory) close() {
	if tr.stop == nil {
		return
	}
	tr.stop()
	tr.stop = nil
	if err := <-tr.done; err != nil {
		tr.t.Errorf("the demo ended badly: %v", err)
	}
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Helper()
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// client acts as a persona.
func (tr *territory) client(persona string) *client.Client {
	tr.t.Helper()
	c, err := client.New(tr.endpoints, persona, 4)
	if err != nil {
		tr.t.Fatal(err)
	}
	return c
}

func (tr *territory) token(persona string) string {
	tr.t.Helper()
	b, err := os.ReadFile(tr.endpoints.Persona(persona).TokenFile)
	if err != nil {
		tr.t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// browser signs a persona in and gives a client that keeps its cookies.
func (tr *territory) browser(persona string) *http.Client {
	tr.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tr.t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: time.Minute}
	resp, err := c.Get(tr.endpoints.Persona(persona).Login)
	if err != nil {
		tr.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		tr.t.Fatalf("sign-in of %s: %s", persona, resp.Status)
	}
	return c
}

func get(t testing.TB, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// secureHTTP gives a client that trusts the territory.
func (tr *territory) secureHTTP() *http.Client { return tr.client("medecin_generaliste").HTTP() }
