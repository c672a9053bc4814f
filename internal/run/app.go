package run

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/vihf"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/controle"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
	doorcontrole "github.com/socle-sante/socle/internal/door/controle"
	doorinsi "github.com/socle-sante/socle/internal/door/insi"
	"github.com/socle-sante/socle/internal/door/metrics"
	"github.com/socle-sante/socle/internal/door/pdsm"
	"github.com/socle-sante/socle/internal/door/tlog"
	"github.com/socle-sante/socle/internal/door/xdsb"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// app is the program put together, before its doors open.
type app struct {
	log        *slog.Logger
	now        func() time.Time
	store      *embedded.Store
	dmp        *dmp.DMP
	directory  *annuaire.Annuaire
	identities *identities
	metrics    *metrics.Metrics
	revoked    func(*x509.Certificate) bool
	secret     []byte // signs sessions' links and tokens

	servers []*http.Server
	closing sync.WaitGroup
	control atomic.Pointer[control.Controller] // nil: Socle's own rules
	desk    *controle.Desk                     // checks documents for anyone
	post    *post                              // secure mail; nil when there is none
	// pscHolder tells who an access token of Pro Santé Connect speaks for; nil when it is elsewhere.
	pscHolder func(token string, client *x509.Certificate) (idNat string, err error)
}

// parts is what differs between the demo and the real thing.
type parts struct {
	data       string
	origin     string
	mode       ins.Mode
	strictness control.Mode
	repository string
	directory  *annuaire.Annuaire
	roots      *x509.CertPool
	issuers    []*x509.Certificate
	audiences  []string
	revoked    func(*x509.Certificate) bool
	now        func() time.Time
	log        *slog.Logger
}

// assemble opens the store and builds the domain on it.
func assemble(p parts) (*app, error) {
	store, err := embedded.Open(p.data, embedded.Options{Origin: p.origin, Now: p.now})
	if err != nil {
		return nil, err
	}
	a := &app{log: p.log, now: p.now, store: store, directory: p.directory, metrics: metrics.New(), revoked: p.revoked}
	if a.secret, err = secretOf(filepath.Join(p.data, "keys")); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	a.desk = controle.New(a.control.Load, p.now, p.mode == ins.Production)
	a.dmp = &dmp.DMP{Store: store, Annuaire: p.directory, Mode: p.mode, RepositoryID: p.repository, Strictness: p.strictness, Now: p.now, Log: p.log,
		Check: func(c *cda.Document) []finding.Finding {
			r := a.control.Load().Document(c, control.Question{Now: p.now(), Production: p.mode == ins.Production})
			return r.Findings
		}}
	a.identities = &identities{
		gate: &acces.Gate{Trust: vihf.NewTrust(p.roots, 0, p.issuers...), Directory: p.directory, Replay: acces.NewReplay(vihf.Skew),
			Revoked: p.revoked, Audiences: p.audiences, Now: p.now},
		tokens: &acces.Tokens{Key: a.secret, Now: p.now}, directory: p.directory, dmp: a.dmp,
	}
	// Assertions that served before a restart must not serve again after it.
	now := p.now()
	err = store.Recent(context.Background(), now.Add(-2*vihf.Skew), func(r journal.Record) {
		if r.Assertion != "" {
			a.identities.gate.Replay.Once(r.Assertion, now)
		}
	})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	a.storeFigures()
	return a, nil
}

// secretOf reads the key that signs tokens and links, or makes it.
func secretOf(dir string) ([]byte, error) {
	path := filepath.Join(dir, "session.key")
	if b, err := os.ReadFile(path); err == nil && len(b) == 32 {
		return b, nil
	}
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return nil, err
	}
	return b, writeFile(path, b, 0o600)
}

// storeFigures publishes the counters of the store.
func (a *app) storeFigures() {
	for _, g := range []struct {
		name, help string
		read       func(embedded.Stats) int64
	}{
		{"socle_store_commits_total", "Units kept.", func(s embedded.Stats) int64 { return s.Commits }},
		{"socle_store_groups_total", "Group commits.", func(s embedded.Stats) int64 { return s.Groups }},
		{"socle_store_fsyncs_total", "Synchronisations to disk.", func(s embedded.Stats) int64 { return s.Fsyncs }},
		{"socle_store_documents_total", "Documents kept since start.", func(s embedded.Stats) int64 { return s.Documents }},
		{"socle_store_document_bytes_total", "Bytes of documents received.", func(s embedded.Stats) int64 { return s.Bytes }},
		{"socle_store_stored_bytes_total", "The same, compressed and encrypted.", func(s embedded.Stats) int64 { return s.StoredBytes }},
		{"socle_store_busy_total", "Units answered busy.", func(s embedded.Stats) int64 { return s.Refused }},
		{"socle_journal_leaves", "Leaves of the journal.", func(s embedded.Stats) int64 { return s.Leaves }},
		{"socle_store_queue", "Units waiting.", func(s embedded.Stats) int64 { return s.Queue }},
	} {
		a.metrics.Gauge(g.name, g.help, func() float64 { return float64(g.read(a.store.Stats())) })
	}
}

// secureMux holds the doors that are https everywhere: XDS.b and PDSm.
func (a *app) secureMux(public string) *http.ServeMux {
	mux := http.NewServeMux()
	(&xdsb.Door{DMP: a.dmp, Auth: a.identities, Revoked: a.revoked, Log: a.log, Observe: a.metrics.Observe("xdsb")}).Register(mux)
	(&pdsm.Door{DMP: a.dmp, Auth: a.identities.at(public + pdsm.BasePath), Log: a.log, Base: public + pdsm.BasePath, Observe: a.metrics.Observe("pdsm")}).Register(mux)
	tlog.Register(mux, a.store)
	return mux
}

// openControl adds the control of documents, which asks for no account.
func (a *app) openControl(mux *http.ServeMux) {
	(&doorcontrole.Door{Desk: a.desk, Version: Version(), Log: a.log, Observe: a.metrics.Observe("controle")}).Register(mux)
}

// refuseRevoked answers no, in the words of HTTP, to whoever comes with a revoked certificate at a
// door that could do without one. The SOAP doors say it in their own words.
func (a *app) refuseRevoked(h *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || !a.revoked(r.TLS.PeerCertificates[0]) {
			h.ServeHTTP(w, r)
			return
		}
		switch r.URL.Path {
		case xdsb.RepositoryPath, xdsb.RegistryPath, doorinsi.Path:
			h.ServeHTTP(w, r)
			return
		}
		problem(w, acces.ErrRevoked)
	})
}

// problem answers a refusal as a problem document.
func problem(w http.ResponseWriter, e *finding.Refusal) {
	p := e.Problem()
	w.Header().Set("Content-Type", finding.ProblemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// Version is the version of the program, as it was built.
func Version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return b.Main.Version
	}
	return "devel"
}

// Limits of every HTTP server.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 5 * time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// serve opens a door on a listener; tlsConf is nil for plain HTTP on loopback.
func (a *app) serve(l net.Listener, h http.Handler, tlsConf *tls.Config) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
	if tlsConf != nil {
		l = tls.NewListener(l, tlsConf)
	}
	a.servers = append(a.servers, s)
	a.closing.Go(func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("door closed", "err", err)
		}
	})
}

// tlsConfig is mutual TLS where the client may come without a certificate: the doors that need
// one say so in their own words.
func (a *app) tlsConfig(cert tls.Certificate, roots *x509.CertPool) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientCAs: roots, ClientAuth: tls.VerifyClientCertIfGiven, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		VerifyConnection: func(c tls.ConnectionState) error {
			a.metrics.Handshake(c.DidResume)
			return nil
		},
	}
}

// drainTime is how long a stopping program waits for answers under way.
const drainTime = 20 * time.Second

// stop closes the doors, lets what is under way finish, then closes the store.
func (a *app) stop() error {
	a.metrics.Ready(false)
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var errs []error
	for _, s := range a.servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("door: %w", err))
		}
	}
	if err := a.post.close(ctx); err != nil {
		errs = append(errs, fmt.Errorf("mail: %w", err))
	}
	a.closing.Wait()
	return errors.Join(append(errs, a.store.Close())...)
}
