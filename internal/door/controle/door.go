// Package controle is the control of documents as an API: a document in, what Socle says of it
// out, as JSON, SARIF 2.1.0, JUnit XML, text or HTML. No account, and nothing is kept: neither the
// document nor the answer, in the journal and the log neither.
//
// HTTP with content negotiation (RFC 9110); refusals are problem documents (RFC 9457) with our ids.
// Missing: several documents in one request.
// Start with Door.Register.
package controle

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/report"
	"github.com/socle-sante/socle/internal/domain/controle"
)

// Paths of the door.
const (
	Path      = "/api/controle"
	RulesPath = Path + "/regles"
)

// Bounds of the exchange itself.
const (
	bodyTime = time.Minute // to send a document
	maxDrain = 64 << 20    // of a body that is refused, so that the answer is read
)

// Door serves the API.
type Door struct {
	Desk    *controle.Desk
	Version string // of the program, for SARIF
	Log     *slog.Logger
	Observe func(transaction, outcome string, received int, took time.Duration) // it may be nil
}

var (
	errQuery = &finding.Refusal{ID: "CONTROLE-PARAMETRE", Kind: finding.Invalid,
		Message: finding.T("Un paramètre de la requête est inconnu ou ne se lit pas.", "A parameter of the request is unknown or cannot be read."),
		Fix:     finding.T("Les paramètres sont lang (fr, en), edition (2024.01) et mode (lenient, ci-sis, strict).", "The parameters are lang (fr, en), edition (2024.01) and mode (lenient, ci-sis, strict).")}
	errAccept = &finding.Refusal{ID: "CONTROLE-ACCEPT", Kind: finding.Invalid, Rule: "RFC 9110 §12.5.1",
		Message: finding.T("Le contrôle ne se dit dans aucun des formats demandés.", "The control is said in none of the formats asked for."),
		Fix: finding.T("Demandez application/json, application/sarif+json, application/xml (JUnit), text/html ou text/plain.",
			"Ask for application/json, application/sarif+json, application/xml (JUnit), text/html or text/plain.")}
	errInternal = &finding.Refusal{ID: "CONTROLE-INTERNE", Kind: finding.Internal,
		Message: finding.T("Le contrôle a échoué par notre faute.", "The control failed by our fault."),
		Fix:     finding.T("Recommencez ; si cela dure, signalez-le avec ce document si vous le pouvez.", "Retry; if it lasts, report it, with this document if you may.")}
)

// Register adds the routes.
func (d *Door) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST "+Path, d.serve("controle", d.check))
	mux.HandleFunc("GET "+RulesPath, d.serve("regles", d.rules))
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		mux.HandleFunc(method+" "+Path, postOnly) // the pages would answer with a way to sign in
	}
}

// postOnly refuses the methods that are none of the control's.
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

// question is what the query of a request asks.
type question struct {
	lang, edition string
	mode          control.Mode
}

func parse(q url.Values) (question, error) {
	out := question{lang: "fr", mode: control.CISIS}
	for name, values := range q {
		v := values[len(values)-1]
		switch name {
		case "lang":
			if v != "fr" && v != "en" {
				return out, errQuery.At("lang")
			}
			out.lang = v
		case "edition":
			out.edition = v
		case "mode":
			m, err := control.ParseMode(v)
			if err != nil {
				return out, errQuery.At("mode").With(err)
			}
			out.mode = m
		default:
			return out, errQuery.At(fmt.Sprintf("%.40q → %s", name, finding.Nearest(name, []string{"lang", "edition", "mode"})))
		}
	}
	return out, nil
}

// answer is a report and what it means for a deposit. Its JSON form is a contract.
type answer struct {
	Accepted bool   `json:"accepted"`
	Mode     string `json:"mode"`
	report.File
}

func (d *Door) check(w http.ResponseWriter, r *http.Request) error {
	q, err := parse(r.URL.Query())
	if err != nil {
		return err
	}
	form, ok := formatOf(r.Header.Values("Accept"))
	if !ok {
		return errAccept
	}
	leave, err := d.Desk.Admit(r.RemoteAddr, r.ContentLength)
	if err != nil {
		drain(r.Body, err)
		return err
	}
	defer leave()
	// A recorder has no deadline: the bound of the server is then the only one.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	up, err := controle.Read(r.Header.Get("Content-Type"), r.Body)
	if err != nil {
		drain(r.Body, err)
		return err
	}
	rep, err := d.Desk.Check(r.Context(), r.RemoteAddr, up.Raw, q.edition)
	if err != nil {
		return err
	}
	name := up.Name
	if name == "" {
		name = "document.xml"
	}
	file := report.Of(name, &rep, q.lang)
	w.Header().Set("Content-Type", form.mime)
	w.Header().Set("Content-Language", q.lang)
	w.Header().Set("Vary", "Accept")
	if form.format == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return ended(enc.Encode(answer{controle.Accepted(&rep, q.mode), q.mode.String(), file}))
	}
	if form.format == "html" {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'")
	}
	out, err := report.NewWriter(form.format, w, report.Options{Lang: q.lang, Tool: d.Version})
	if err != nil {
		return err
	}
	if err := out.Write(&file, sourceOf(&rep, up.Raw)); err != nil {
		return ended(err)
	}
	return ended(out.Close())
}

// sourceOf is what the places of a report count in: the bytes read, or those received when nothing
// could be.
func sourceOf(r *control.Report, raw []byte) []byte {
	if r.Document != nil {
		return r.Document.Root.Doc().Source()
	}
	return raw
}

// ended forgets that a client went away in the middle of its answer: there is nobody to tell.
func ended(error) error { return nil }

// drain reads on what is too large, within a bound: a client that is still sending reads nothing.
func drain(body io.Reader, err error) {
	if ref := finding.As(err); ref != nil && ref.Kind == finding.TooLarge {
		_, _ = io.CopyN(io.Discard, body, maxDrain)
	}
}

// fail writes a problem document.
func (d *Door) fail(w http.ResponseWriter, err error) string {
	ref := finding.As(err)
	if ref == nil {
		d.Log.Error("control", "err", err)
		ref = errInternal
	}
	p := ref.Problem()
	switch ref.ID {
	case controle.ErrType.ID:
		p.Status = http.StatusUnsupportedMediaType
	case errAccept.ID:
		p.Status = http.StatusNotAcceptable
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", finding.ProblemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
	return ref.ID
}
