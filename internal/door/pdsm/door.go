// Package pdsm is the FHIR door of the record: search (ITI-67), read and retrieve (ITI-68) of
// documents, and PATCH of their securityLabel, in FHIR R4 JSON with bearer tokens.
//
// Standards: CI-SIS PDSm 3.1.1 (parent IHE MHD 4.x), FHIR 4.0.1. It is a view of the same store
// as XDS.b, under the same rules. Missing: ITI-65, ITI-66, ITI-105, XML, FHIRPath patches.
package pdsm

import (
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// BasePath is where the FHIR service lives.
const BasePath = "/fhir"

const mediaType = "application/fhir+json"

// Authenticator turns a bearer token into a caller.
type Authenticator interface {
	// Bearer judges a token; client is the certificate of the connection, nil when none came.
	Bearer(token string, client *x509.Certificate) (dmp.Caller, error)
}

// Door serves the FHIR face.
type Door struct {
	DMP  *dmp.DMP
	Auth Authenticator
	Log  *slog.Logger
	// Base is the absolute address of the service, without a final slash.
	Base    string
	Observe func(transaction, outcome string, received int, took time.Duration)

	pages snapshots
}

// Register adds the routes.
func (d *Door) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+BasePath+"/metadata", d.capability)
	mux.Handle("GET "+BasePath+"/DocumentReference", d.handle("ITI-67", d.search))
	mux.Handle("POST "+BasePath+"/DocumentReference/_search", d.handle("ITI-67", d.search))
	mux.Handle("GET "+BasePath+"/DocumentReference/{id}", d.handle("read", d.read))
	mux.Handle("PATCH "+BasePath+"/DocumentReference/{id}", d.handle("patch", d.patch))
	mux.Handle("GET "+BasePath+"/Binary/{id}", d.handle("ITI-68", d.binary))
	mux.Handle(BasePath+"/", d.handle("?", func(w http.ResponseWriter, r *http.Request, _ dmp.Caller) error {
		return errInteraction.At(r.Method + " " + r.URL.Path)
	}))
}

type handler func(w http.ResponseWriter, r *http.Request, c dmp.Caller) error

// Refusals of the door.
var (
	errToken = &finding.Refusal{ID: "FHIR-JETON", Kind: finding.Unauthenticated, Code: "login", Rule: "RFC 6750",
		Message: finding.T("Aucun jeton d'accès valable n'accompagne la demande.", "No valid access token comes with the request."),
		Fix:     finding.T("Ajoutez l'en-tête Authorization: Bearer avec un jeton en cours de validité.", "Add header Authorization: Bearer with a token still valid.")}
	errInteraction = &finding.Refusal{ID: "FHIR-INTERACTION", Kind: finding.NotFound, Code: "not-supported", Rule: "FHIR R4 REST",
		Message: finding.T("Cette interaction n'est pas servie.", "This interaction is not served."),
		Fix:     finding.T("Voyez les interactions servies dans /fhir/metadata.", "See the interactions served in /fhir/metadata.")}
	errFormat = &finding.Refusal{ID: "FHIR-FORMAT", Kind: finding.Invalid, Code: "not-supported", Rule: "FHIR R4 http#mime-type",
		Message: finding.T("Seul application/fhir+json est servi.", "Only application/fhir+json is served."),
		Fix:     finding.T("Demandez Accept: application/fhir+json.", "Ask for Accept: application/fhir+json.")}
)

// handle authenticates, runs and renders errors as OperationOutcome.
func (d *Door) handle(name string, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, outcome := time.Now(), "ok"
		defer func() {
			if d.Observe != nil {
				d.Observe(name, outcome, max(int(r.ContentLength), 0), time.Since(start))
			}
		}()
		w.Header().Set("Cache-Control", "no-store")
		err := func() error {
			token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok {
				return errToken
			}
			c, err := d.Auth.Bearer(strings.TrimSpace(token), peer(r))
			if ref := finding.As(err); ref != nil && ref.Kind == finding.Unauthenticated && ref.ID != acces.ErrToken.ID {
				return err // says more than we can: a bound token without its certificate, a card revoked
			}
			if err != nil {
				return errToken.With(err)
			}
			c.Door = "pdsm"
			if name != "ITI-68" && !acceptsJSON(r) {
				return errFormat
			}
			return h(w, r, c)
		}()
		if err != nil {
			outcome = d.fail(w, r, err)
		}
	})
}

// acceptsJSON looks at _format, which wins over Accept.
// spec: FHIR R4 http#general
func acceptsJSON(r *http.Request) bool {
	a := r.URL.Query().Get("_format")
	if a == "" {
		a = r.Header.Get("Accept")
	}
	return a == "" || strings.Contains(a, "json") || strings.Contains(a, "*/*")
}

// issueTypes maps our kinds to FHIR's when the refusal does not carry one.
var issueTypes = map[finding.Kind]string{
	finding.Invalid: "invalid", finding.Unauthenticated: "login", finding.Forbidden: "forbidden", finding.NotFound: "not-found",
	finding.Conflict: "conflict", finding.Gone: "deleted", finding.TooLarge: "too-long", finding.Busy: "throttled",
	finding.Unavailable: "transient", finding.Internal: "exception",
}

func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) string {
	ref := finding.As(err)
	if ref == nil {
		d.Log.Error("pdsm", "err", err)
		ref = dmp.ErrStore
	}
	status := ref.Kind.HTTPStatus()
	switch ref.ID {
	case errPatchPath.ID:
		status = http.StatusMethodNotAllowed
	case errFormat.ID:
		status = http.StatusNotAcceptable
	case dmp.ErrVersion.ID:
		status = http.StatusPreconditionFailed
	}
	switch status {
	case 401:
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	case 503:
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, status, outcomeOf(ref, "error"))
	return ref.ID
}

// outcomeOf renders a refusal as an OperationOutcome.
func outcomeOf(r *finding.Refusal, severity string) map[string]any {
	code := issueTypes[r.Kind]
	issue := map[string]any{
		"severity": severity, "code": code, "diagnostics": r.Sentence("fr") + " | " + r.Sentence("en"),
		"details": map[string]any{"coding": []any{map[string]any{"system": "https://socle-sante.example/refus", "code": r.ID}}, "text": r.Message.FR},
	}
	if r.Where != "" {
		issue["expression"] = []string{r.Where}
	}
	return map[string]any{"resourceType": "OperationOutcome", "issue": []any{issue}}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

func (d *Door) capability(w http.ResponseWriter, _ *http.Request) {
	var params []any
	for _, p := range searchParams {
		params = append(params, map[string]any{"name": p.name, "type": p.kind})
	}
	writeJSON(w, 200, map[string]any{
		"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1", "date": "2026-11-21",
		"format": []string{mediaType}, "software": map[string]any{"name": "Socle"},
		"implementation": map[string]any{"description": "Partage de documents de santé en mobilité (PDSm)", "url": d.Base},
		"rest": []any{map[string]any{"mode": "server",
			"security": map[string]any{"description": "OAuth 2.0 bearer"},
			"resource": []any{
				map[string]any{"type": "DocumentReference", "interaction": []any{code("read"), code("search-type"), code("patch")}, "searchParam": params},
				map[string]any{"type": "Binary", "interaction": []any{code("read")}},
			}}},
	})
}

func code(c string) map[string]any { return map[string]any{"code": c} }

// peer gives the certificate of the connection, nil when none came.
func peer(r *http.Request) *x509.Certificate {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	return r.TLS.PeerCertificates[0]
}
