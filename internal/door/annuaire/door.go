// Package annuaire is the FHIR door of the directory: search, read and bulk export of Practitioner,
// PractitionerRole, Organization, HealthcareService and Device, with the French profiles of the
// free-access data, and the import and export of the flat extractions.
//
// Standards: Annuaire santé FHIR API v2 (IG fhir-annuaire 1.2.0), FHIR 4.0.1, Bulk Data Access 2.0.
// The unversioned path, which answered v1 in the national service, gives the same v2 resources.
// Mailboxes change by PATCH when there is an operator behind (not open in the national service yet).
// Missing: XML, _sort.
package annuaire

import (
	"compress/gzip"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/fhir"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Where the service lives. RootPath also answers, for clients of the unversioned path.
const (
	BasePath = "/annuaire/fhir/v2"
	RootPath = "/annuaire/fhir"
)

const mediaType = "application/fhir+json"

// Limits of a request.
const (
	maxForm  = 64 << 10 // bytes of the parameters of a search
	flushAt  = 64 << 10 // bytes of an answer kept before they are sent
	maxFound = 20_000   // resources that _include and _revinclude may add to a page
)

// Authorizer lets a request in. Its error is a *finding.Refusal.
type Authorizer interface {
	Directory(r *http.Request) error
}

// Door serves the directory.
type Door struct {
	Directory *annuaire.Annuaire
	Auth      Authorizer // nil lets everybody in
	Log       *slog.Logger
	// Base is the absolute address of the service (BasePath included), without a final slash.
	Base    string
	Observe func(transaction, outcome string, received int, took time.Duration)
	// Key signs the links to the next pages; the same key makes them survive a restart. Drawn when empty.
	Key []byte
	// Import says how extractions are taken.
	Import annuaire.ImportOptions
	// Mailboxes and Writer serve the patches of mailboxes; nil: the directory is read only.
	Mailboxes Mailboxes
	Writer    Writer

	once sync.Once
}

// Register adds the routes.
func (d *Door) Register(mux *http.ServeMux) {
	d.once.Do(d.prepare)
	mux.HandleFunc(RootPath+"/", d.serve)
}

func (d *Door) prepare() {
	if len(d.Key) == 0 {
		d.Key = make([]byte, 32)
		_, _ = rand.Read(d.Key)
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
}

// Refusals of the door.
var (
	errType = &finding.Refusal{ID: "ANN-RESSOURCE", Kind: finding.NotFound, Code: "not-supported", Rule: "Annuaire santé FHIR v2",
		Message: finding.T("Ce type de ressource n'est pas servi.", "This type of resource is not served."),
		Fix:     finding.T("Practitioner, PractitionerRole, Organization, HealthcareService et Device le sont.", "Practitioner, PractitionerRole, Organization, HealthcareService and Device are.")}
	errMethod = &finding.Refusal{ID: "ANN-METHODE", Kind: finding.Invalid, Code: "not-supported", Rule: "Annuaire santé FHIR v2",
		Message: finding.T("L'annuaire se lit : GET, ou POST sur _search ; seules les boîtes aux lettres se modifient, par PATCH.", "The directory is read: GET, or POST on _search; only mailboxes change, by PATCH."),
		Fix:     finding.T("Les autres données changent par import des extractions, ou dans le répertoire d'origine.", "Other data change by importing extractions, or in the register of origin.")}
	errFormat = &finding.Refusal{ID: "ANN-FORMAT", Kind: finding.Invalid, Code: "not-supported", Rule: "FHIR R4 http#mime-type",
		Message: finding.T("Seul application/fhir+json est servi.", "Only application/fhir+json is served."),
		Fix:     finding.T("Demandez Accept: application/fhir+json.", "Ask for Accept: application/fhir+json.")}
	errUnknown = &finding.Refusal{ID: "ANN-INCONNU", Kind: finding.NotFound, Code: "not-found", Rule: "FHIR R4 http#read",
		Message: finding.T("Aucune ressource n'a cet identifiant technique.", "No resource has this technical identifier."),
		Fix:     finding.T("Cherchez par identifier : les identifiants techniques ne sont pas ceux du répertoire.", "Search by identifier: technical identifiers are not those of the register.")}
	errGone = &finding.Refusal{ID: "ANN-SUPPRIME", Kind: finding.Gone, Code: "deleted", Rule: "FHIR R4 http#read",
		Message: finding.T("Cette ressource a été supprimée de l'annuaire.", "This resource was deleted from the directory."), Fix: finding.T("Retirez-la de vos copies.", "Remove it from your copies.")}
	errForm = &finding.Refusal{ID: "ANN-REQUETE", Kind: finding.Invalid, Code: "structure", Rule: "FHIR R4 search",
		Message: finding.T("Les paramètres de la recherche ne peuvent pas être lus.", "The parameters of the search cannot be read."),
		Fix:     finding.T("Envoyez-les en application/x-www-form-urlencoded, 64 ko au plus.", "Send them as application/x-www-form-urlencoded, 64 kB at most.")}
	errInternal = &finding.Refusal{ID: "ANN-INTERNE", Kind: finding.Internal, Code: "exception", Rule: "Socle",
		Message: finding.T("L'annuaire n'a pas pu répondre.", "The directory could not answer."), Fix: finding.T("Signalez l'heure de la demande à l'exploitant.", "Tell the operator the time of the request.")}
)

// serve authenticates, finds the interaction, and renders errors.
func (d *Door) serve(w http.ResponseWriter, r *http.Request) {
	start, outcome, name := time.Now(), "ok", "?"
	defer func() {
		if d.Observe != nil {
			d.Observe(name, outcome, max(int(r.ContentLength), 0), time.Since(start))
		}
	}()
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, RootPath), "/")
	if rest, ok := strings.CutPrefix(path+"/", "v2/"); ok {
		path = strings.Trim(rest, "/")
	} else if rest, ok := strings.CutPrefix(path+"/", "v1/"); ok {
		path = strings.Trim(rest, "/")
	}
	w.Header().Set("Cache-Control", "no-store")
	var err error
	name, err = d.route(w, r, strings.Split(path, "/"))
	if err != nil {
		outcome = d.fail(w, r, err)
	}
}

// route runs one interaction and says its name.
func (d *Door) route(w http.ResponseWriter, r *http.Request, path []string) (string, error) {
	if path[0] == "metadata" && len(path) == 1 {
		return "metadata", d.capability(w, r)
	}
	if d.Auth != nil {
		if err := d.Auth.Directory(r); err != nil {
			return "auth", err
		}
	}
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch path[0] {
	case "":
		return d.system(w, r, read)
	case "_page":
		if !read {
			return "page", errMethod.At(r.Method)
		}
		return "page", d.nextPage(w, r)
	case "$export", "$export-poll-status", "$export-file":
		return "export", d.bulk(w, r, path)
	}
	k, ok := annuaire.KindOf(path[0])
	if !ok {
		known := make([]string, len(annuaire.Kinds))
		for i, k := range annuaire.Kinds {
			known[i] = k.String()
		}
		asked := strings.ToValidUTF8(path[0][:min(len(path[0]), 60)], "?")
		return "?", errType.At(asked).Saying(finding.Tf("Le type de ressource « %s » n'est pas servi ; le plus proche est « %s ».", "Resource type \"%s\" is not served; the nearest is \"%s\".", asked, finding.Nearest(asked, known)))
	}
	switch {
	case len(path) == 1 && read, len(path) == 2 && path[1] == "_search" && (read || r.Method == http.MethodPost):
		if !acceptsJSON(r) {
			return "search", errFormat
		}
		return "search", d.search(w, r, k)
	case len(path) == 2 && path[1] == "$export":
		return "export", d.kickOff(w, r, []annuaire.Kind{k})
	case len(path) == 2 && read:
		if !acceptsJSON(r) {
			return "read", errFormat
		}
		return "read", d.read(w, r, k, path[1])
	case len(path) <= 2 && r.Method == http.MethodPatch && d.Mailboxes != nil && d.Writer != nil:
		return "patch", d.patch(w, r, k, append(path, "")[1])
	case !read:
		return "write", errMethod.At(r.Method)
	}
	return "?", errType.At(strings.Join(path, "/"))
}

// acceptsJSON looks at _format, which wins over Accept.
// spec: FHIR R4 http#general
func acceptsJSON(r *http.Request) bool {
	a := r.URL.Query().Get("_format")
	if a == "" {
		a = r.Header.Get("Accept")
	}
	return a == "" || strings.Contains(a, "json") || strings.Contains(a, "*/*") || strings.Contains(a, "application/*")
}

// issueTypes maps our kinds to FHIR's when the refusal does not carry one.
var issueTypes = map[finding.Kind]string{
	finding.Invalid: "invalid", finding.Unauthenticated: "login", finding.Forbidden: "forbidden", finding.NotFound: "not-found", finding.Conflict: "conflict",
	finding.Gone: "deleted", finding.TooLarge: "too-long", finding.Busy: "throttled", finding.Unavailable: "transient", finding.Internal: "exception",
}

func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) string {
	ref := finding.As(err)
	if ref == nil {
		d.Log.Error("annuaire", "err", err)
		ref = errInternal
	}
	status := ref.Kind.HTTPStatus()
	switch ref.ID {
	case errMethod.ID:
		status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", "GET, HEAD, POST")
		if d.Mailboxes != nil {
			w.Header().Set("Allow", "GET, HEAD, POST, PATCH")
		}
	case errSeveral.ID, errMatch.ID:
		status = http.StatusPreconditionFailed
	case errPatchType.ID:
		status = http.StatusUnsupportedMediaType
	case errFormat.ID:
		status = http.StatusNotAcceptable
	}
	switch status {
	case http.StatusUnauthorized:
		if w.Header().Get("WWW-Authenticate") == "" {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		}
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	}
	var j fhir.Writer
	outcome(&j, ref)
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(j.B)
	}
	return ref.ID
}

// outcome writes an OperationOutcome.
func outcome(j *fhir.Writer, ref *finding.Refusal) {
	code := issueTypes[ref.Kind]
	if ref.Code == "not-supported" || ref.Code == "value" || ref.Code == "expired" || ref.Code == "structure" || ref.Code == "multiple-matches" {
		code = ref.Code
	}
	j.Open("")
	j.Text("resourceType", "OperationOutcome")
	j.List("issue")
	j.Open("")
	j.Text("severity", "error")
	j.Text("code", code)
	j.Open("details")
	j.List("coding")
	j.Coding("", "https://socle-sante.example/refus", ref.ID, "")
	j.EndList()
	j.Text("text", ref.Message.FR)
	j.Close()
	j.Text("diagnostics", ref.Sentence("fr")+" | "+ref.Sentence("en"))
	if ref.Where != "" {
		j.List("expression")
		j.Text("", ref.Where)
		j.EndList()
	}
	j.Close()
	j.EndList()
	j.Close()
}

// body answers in JSON, compressed when the client takes it.
type body struct {
	w   http.ResponseWriter
	zip *gzip.Writer
	err error
}

var zips = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed); return z }}

func (d *Door) answer(w http.ResponseWriter, r *http.Request, contentType string) *body {
	b := &body{w: w}
	w.Header().Set("Content-Type", contentType)
	w.Header().Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		b.zip = zips.Get().(*gzip.Writer)
		b.zip.Reset(w)
	}
	w.WriteHeader(http.StatusOK)
	return b
}

// flush sends what a writer holds when it holds enough.
func (b *body) flush(j *fhir.Writer, all bool) error {
	if b.err != nil || len(j.B) < flushAt && !all {
		return b.err
	}
	if b.zip != nil {
		_, b.err = b.zip.Write(j.B)
	} else {
		_, b.err = b.w.Write(j.B)
	}
	j.B = j.B[:0]
	return b.err
}

func (b *body) close() {
	if b.zip != nil {
		if err := b.zip.Close(); b.err == nil {
			b.err = err
		}
		zips.Put(b.zip)
	}
}
