// Package tlog serves the public side of the journal: checkpoints and tiles that anybody may
// follow to make sure that nothing is altered or dropped. Entries are commitments: they say
// nothing of anybody.
//
// Standard: C2SP tlog-tiles and signed-note checkpoints.
package tlog

import (
	"errors"
	"net/http"
	"strings"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// BasePath is where the log lives.
const BasePath = "/journal"

// Log is what a store shows of its journal.
type Log interface {
	Checkpoint() []byte
	VerifierKey() string
	Tile(path string) ([]byte, error)
}

// Register adds the routes.
func Register(mux *http.ServeMux, l Log) {
	mux.HandleFunc("GET "+BasePath+"/checkpoint", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		text(w, l.Checkpoint())
	})
	mux.HandleFunc("GET "+BasePath+"/key", func(w http.ResponseWriter, _ *http.Request) { text(w, []byte(l.VerifierKey()+"\n")) })
	mux.HandleFunc("GET "+BasePath+"/tile/{path...}", func(w http.ResponseWriter, r *http.Request) {
		path := "tile/" + r.PathValue("path")
		b, err := l.Tile(path)
		switch {
		case errors.Is(err, dmp.ErrNotFound), errors.Is(err, journal.ErrTilePath):
			http.NotFound(w, r)
			return
		case err != nil:
			http.Error(w, "unavailable", http.StatusInternalServerError)
			return
		}
		if !strings.Contains(path, ".p/") { // a full tile never changes
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(b)
	})
}

func text(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(b)
}
