// Package mss is what an operator of secure mail serves over HTTP: the settings that mail programs
// look for by themselves, the white list, the control of messages for vendors, and the figures for
// who runs it.
//
// Standards: Thunderbird autoconfig 1.1, Microsoft Autodiscover (plain old XML), RFC 6186 and 8314
// for the DNS records, MSSanté liste blanche and indicateurs d'usage. Refusals are problem
// documents (RFC 9457). Missing: Autodiscover v2 (JSON), PACC.
// Start with Door.Register.
package mss

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/controle"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Paths of the door.
const (
	WhiteListPath  = "/mss/listeblanche.xml"
	DNSPath        = "/mss/dns.txt"
	StatisticsPath = "/mss/statistiques"
	CheckPath      = "/api/mss/controle"
	FindingsPath   = "/api/mss/constats"
	AutoconfigPath = "/mail/config-v1.1.xml"
	WellKnownPath  = "/.well-known/autoconfig" + AutoconfigPath
	DiscoverPath   = "/autodiscover/autodiscover.xml"
)

// Servers is where mail programs find the operator. A port 0 is a service that is not there.
type Servers struct {
	Host        string // of submission and IMAP
	MX          string // of mail between operators; Host when empty
	Submission  int    // STARTTLS
	Submissions int    // TLS from the first byte
	IMAP        int    // STARTTLS
	IMAPS       int    // TLS from the first byte
	Web         string // host that serves the documents of this door, for DNS; none when empty
	// Issuer, Authorization and Token are those of Pro Santé Connect, for programs that know OAuth 2.
	Issuer, Authorization, Token string
}

// Authorizer lets an administrator of the operator in. Its error is a *finding.Refusal.
type Authorizer interface {
	MailAdministrator(r *http.Request) (actor string, err error)
}

// Door serves the operator.
type Door struct {
	Operator *mss.Operator
	Servers  Servers
	Auth     Authorizer     // nil: no figures
	Desk     *controle.Desk // nil: no control of messages
	Version  string         // of the program, for SARIF
	Log      *slog.Logger
	Observe  func(transaction, outcome string, received int, took time.Duration) // it may be nil
}

var (
	errQuery = &finding.Refusal{ID: "MSS-HTTP-PARAMETRE", Kind: finding.Invalid,
		Message: finding.T("Un paramètre de la requête est inconnu, absent ou ne se lit pas.", "A parameter of the request is unknown, missing or cannot be read."),
		Fix:     finding.T("Corrigez le paramètre nommé.", "Mend the parameter that is named.")}
	errDomain = &finding.Refusal{ID: "MSS-HTTP-DOMAINE", Kind: finding.NotFound,
		Message: finding.T("Cet opérateur ne sert pas ce domaine.", "This operator does not serve this domain."),
		Fix:     finding.T("Vérifiez l'adresse ; les réglages se demandent à l'opérateur de son domaine.", "Check the address; settings are asked from the operator of its domain.")}
	errFile = &finding.Refusal{ID: "MSS-HTTP-FICHIER", Kind: finding.NotFound,
		Message: finding.T("Ce mois n'a pas de fichier de ce nom.", "This month has no file of this name."),
		Fix:     finding.T("Demandez le mois sans fichier : tous sont dans l'archive.", "Ask for the month without a file: all are in the archive.")}
	errAccept = &finding.Refusal{ID: "MSS-HTTP-FORMAT", Kind: finding.Invalid, Rule: "RFC 9110 §12.5.1",
		Message: finding.T("Ce format de rapport n'existe pas.", "There is no such form of report."),
		Fix:     finding.T("Demandez format=json, sarif, junit, html ou text, ou le type correspondant par Accept.", "Ask for format=json, sarif, junit, html or text, or the type of one by Accept.")}
	errSettings = &finding.Refusal{ID: "MSS-HTTP-REGLAGES", Kind: finding.Invalid,
		Message: finding.T("Cette demande de réglages ne se lit pas.", "This request for settings cannot be read."),
		Fix:     finding.T("Envoyez le XML d'Autodiscover avec EMailAddress, 64 ko au plus.", "Send the XML of Autodiscover with EMailAddress, at most 64 kB.")}
	errInternal = &finding.Refusal{ID: "MSS-HTTP-INTERNE", Kind: finding.Internal,
		Message: finding.T("La demande a échoué par notre faute.", "The request failed by our fault."), Fix: finding.T("Recommencez ; si cela dure, prévenez l'exploitant.", "Retry; if it lasts, tell the operator.")}
)

// Register adds the routes.
func (d *Door) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+WellKnownPath, d.serve("autoconfig", d.autoconfig))
	mux.HandleFunc("GET "+AutoconfigPath, d.serve("autoconfig", d.autoconfig))
	for _, path := range []string{DiscoverPath, "/Autodiscover/Autodiscover.xml"} {
		mux.HandleFunc("POST "+path, d.serve("autodiscover", d.autodiscover))
	}
	mux.HandleFunc("GET "+DNSPath, d.serve("dns", d.dns))
	mux.HandleFunc("GET "+WhiteListPath, d.serve("listeblanche", d.whiteList))
	if d.Auth != nil {
		mux.HandleFunc("GET "+StatisticsPath, d.serve("statistiques", d.statistics))
	}
	if d.Desk != nil {
		mux.HandleFunc("POST "+CheckPath, d.serve("controle", d.check))
		mux.HandleFunc("GET "+CheckPath+"/regles", d.serve("regles", d.rules))
		mux.HandleFunc("GET "+CheckPath, postOnly) // the pages would answer with a way to sign in
	}
	mux.HandleFunc("GET "+FindingsPath, d.serve("constats", d.findings))
}

func postOnly(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", http.MethodPost)
	http.Error(w, "POST", http.StatusMethodNotAllowed)
}

func (d *Door) serve(name string, h func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start, outcome := time.Now(), "ok"
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		defer func() {
			if d.Observe != nil {
				d.Observe(name, outcome, max(int(r.ContentLength), 0), time.Since(start))
			}
		}()
		if err := h(w, r); err != nil {
			outcome = d.fail(w, err)
		}
	}
}

// fail writes a problem document.
func (d *Door) fail(w http.ResponseWriter, err error) string {
	ref := finding.As(err)
	if ref == nil {
		if d.Log != nil {
			d.Log.Error("mail over HTTP", "err", err)
		}
		ref = errInternal
	}
	p := ref.Problem()
	switch ref.ID {
	case controle.ErrMessageType.ID:
		p.Status = http.StatusUnsupportedMediaType
	case errAccept.ID:
		p.Status = http.StatusNotAcceptable
	}
	switch p.Status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	case http.StatusUnauthorized:
		if w.Header().Get("WWW-Authenticate") == "" {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
	}
	w.Header().Set("Content-Type", finding.ProblemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
	return ref.ID
}

// only refuses the parameters that are not known, naming the nearest.
func only(r *http.Request, known ...string) error {
	for name := range r.URL.Query() {
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			name = strings.ToValidUTF8(name[:min(len(name), 40)], "?")
			return errQuery.At(name + " → " + finding.Nearest(name, known))
		}
	}
	return nil
}
