// Package igc serves what a public key infrastructure publishes: authority certificates, revocation
// lists and OCSP answers (RFC 5280, RFC 6960), over plain HTTP as they are everywhere.
//
// Missing: delta lists. Start at Door.Register.
package igc

import (
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/igc"
)

// Path under which everything is served.
const Path = "/igc"

// maxRequest bounds an OCSP request.
const maxRequest = 4 << 10

// listLife is how long a signed list is given again: a revocation must be seen within the second.
const listLife = 500 * time.Millisecond

// Door serves one authority.
type Door struct {
	Authority *igc.Authority
	Revoked   *igc.Revocations
	Issued    func(serial *big.Int) bool // nil: any serial is taken for issued
	Now       func() time.Time
	Log       *slog.Logger

	mu    sync.Mutex
	lists map[igc.Offer]list
}

type list struct {
	der   []byte
	at    time.Time
	count int
}

// Register adds the routes.
func (d *Door) Register(mux *http.ServeMux) {
	d.lists = map[igc.Offer]list{}
	for _, o := range igc.Offers() {
		mux.HandleFunc("GET "+Path+"/crl/"+o.String()+".crl", func(w http.ResponseWriter, _ *http.Request) { d.crl(w, o) })
		mux.HandleFunc("GET "+Path+"/ca/"+o.String()+".cer", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, "application/pkix-cert", d.Authority.Issuer(o).Raw)
		})
	}
	mux.HandleFunc("GET "+Path+"/ca/racine.cer", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, "application/pkix-cert", d.Authority.Root().Raw)
	})
	mux.HandleFunc("POST "+Path+"/ocsp", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
		if err != nil {
			return
		}
		d.ocsp(w, b)
	})
	mux.HandleFunc("GET "+Path+"/ocsp/{request...}", func(w http.ResponseWriter, r *http.Request) {
		b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(r.PathValue("request"), " ", "+"))
		if err != nil || len(b) > maxRequest {
			b = nil // the protocol has its own answer to what is no request
		}
		d.ocsp(w, b)
	})
}

func answer(w http.ResponseWriter, kind string, b []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b)
}

func (d *Door) ocsp(w http.ResponseWriter, b []byte) {
	answer(w, "application/ocsp-response", d.Authority.OCSP(b, d.Now(), d.Revoked, d.Issued))
}

// crl gives the list of an offer, signed anew when it is old or somebody was revoked since.
func (d *Door) crl(w http.ResponseWriter, o igc.Offer) {
	now, count := d.Now(), len(d.Revoked.All())
	d.mu.Lock()
	l := d.lists[o]
	if l.der == nil || l.count != count || now.Sub(l.at) > listLife || now.Before(l.at) {
		der, err := d.Authority.CRL(rand.Reader, o, now, now.UnixMilli(), d.Revoked)
		if err != nil {
			d.mu.Unlock()
			d.Log.Error("igc", "err", err)
			http.Error(w, "liste de révocation indisponible", http.StatusInternalServerError)
			return
		}
		l = list{der, now, count}
		d.lists[o] = l
	}
	d.mu.Unlock()
	answer(w, "application/pkix-crl", l.der)
}
