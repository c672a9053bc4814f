package mss

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// TestWhiteListNeverInClear: a source that redirects out of TLS is not followed.
func TestWhiteListNeverInClear(t *testing.T) {
	clear := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(whiteListOf("pirate.mssante.fr")))
	}))
	defer clear.Close()
	source := httptest.NewTLSServer(http.RedirectHandler(clear.URL, http.StatusFound))
	defer source.Close()
	f := &Refresher{List: &mss.WhiteList{}, Source: source.URL, Folder: t.TempDir(), Client: source.Client(), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	if err := f.Refresh(context.Background()); err == nil || f.List.Has("pirate.mssante.fr") {
		t.Errorf("a list came in clear: %v", err)
	}
}

// TestSpoiltCopyOfTheList: a copy that does not read leaves the own domains in service, and the
// program starts.
func TestSpoiltCopyOfTheList(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, keptFile), []byte("<Liste"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &Refresher{List: &mss.WhiteList{}, Own: []mss.Listed{{Domain: domain}}, Folder: dir, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(); err != nil || !f.List.Has(domain) {
		t.Errorf("after a spoilt copy: %v", err)
	}
}
