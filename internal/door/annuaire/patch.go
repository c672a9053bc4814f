package annuaire

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// The patches of mailboxes: PATCH of a resource, or of the one that an identifier names. What they
// change are the mailboxes of the operator; the directory follows.

// Mailboxes is the operator behind the patches.
type Mailboxes interface {
	Amend(ctx context.Context, by mss.By, at annuaire.Carrier, list []mss.Amendment) error
}

// Writer lets a request change mailboxes: it says who is acting, and for which carriers they may;
// nil: for all. Its error is a *finding.Refusal.
type Writer interface {
	DirectoryWriter(r *http.Request) (actor string, may func(annuaire.Carrier) bool, err error)
}

// maxPatch bounds the body of a patch: a carrier has a few mailboxes.
const maxPatch = 256 << 10

var (
	errPatchType = &finding.Refusal{ID: "ANN-PATCH-TYPE", Kind: finding.Invalid, Code: "not-supported", Rule: "FHIR R4 http#patch",
		Message: finding.T("Une modification s'envoie en application/fhir+json : une ressource Parameters (FHIRPath Patch).", "A patch is sent as application/fhir+json: a Parameters resource (FHIRPath Patch)."),
		Fix:     finding.T("Écrivez Content-Type: application/fhir+json ; JSON Patch et XML Patch ne sont pas servis.", "Write Content-Type: application/fhir+json; JSON Patch and XML Patch are not served.")}
	errPatchSize = &finding.Refusal{ID: "ANN-PATCH-TAILLE", Kind: finding.TooLarge, Rule: "limite publiée",
		Message: finding.Tf("La modification dépasse %d octets.", "The patch exceeds %d bytes.", maxPatch), Fix: finding.T("Envoyez-la en plusieurs fois.", "Send it in several requests.")}
	errPatchResource = &finding.Refusal{ID: "ANN-PATCH-RESSOURCE", Kind: finding.Invalid, Code: "not-supported", Rule: "MSSANTE §9 (API REST)",
		Message: finding.T("Cette ressource ne porte pas de boîte aux lettres.", "This resource carries no mailbox."),
		Fix:     finding.T("Practitioner, PractitionerRole et Organization en portent, quand elles sont en activité.", "Practitioner, PractitionerRole and Organization do, when they are active.")}
	errSeveral = &finding.Refusal{ID: "ANN-PATCH-PLUSIEURS", Kind: finding.Conflict, Code: "multiple-matches", Rule: "FHIR R4 http#cond-update",
		Message: finding.T("Plusieurs ressources répondent à cet identifiant.", "Several resources answer to this identifier."),
		Fix:     finding.T("Donnez un identifiant plus précis, ou l'identifiant technique.", "Give a more precise identifier, or the technical one.")}
	errMatch = &finding.Refusal{ID: "ANN-PATCH-VERSION", Kind: finding.Conflict, Code: "conflict", Rule: "FHIR R4 http#concurrency",
		Message: finding.T("La ressource a changé depuis la version citée par If-Match.", "The resource has changed since the version that If-Match names."),
		Fix:     finding.T("Relisez-la, puis recommencez.", "Read it again, then retry.")}
	errCondition = &finding.Refusal{ID: "ANN-PATCH-CONDITION", Kind: finding.Invalid, Code: "value", Rule: "MSSANTE §9 (API REST)",
		Message: finding.T("La modification conditionnelle se fait par identifier ; pour PractitionerRole, par practitioner.identifier et organization.identifier.", "A conditional patch names an identifier; for PractitionerRole, practitioner.identifier and organization.identifier."),
		Fix:     finding.T("Écrivez PATCH Practitioner?identifier=système|valeur.", "Write PATCH Practitioner?identifier=system|value.")}
)

// patch changes the mailboxes of one resource and answers the resource.
// spec: MSSANTE §9 (API REST)
func (d *Door) patch(w http.ResponseWriter, r *http.Request, k annuaire.Kind, name string) error {
	actor, may, err := d.Writer.DirectoryWriter(r)
	if err != nil {
		return err
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != mediaType && kind != "application/json" {
		return errPatchType.At(kind)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPatch+1))
	if err != nil {
		return errPatch.With(err)
	}
	if len(body) > maxPatch {
		return errPatchSize
	}
	if name == "" {
		if name, err = d.condition(k, r.URL.RawQuery); err != nil {
			return err
		}
	}
	id, ok := annuaire.ParseID(k, name)
	if !ok {
		return errUnknown.At(k.String() + "/" + strings.ToValidUTF8(name[:min(len(name), 60)], "?"))
	}
	h, found, gone := d.Directory.Read(k, id)
	switch {
	case gone:
		return errGone.At(k.String() + "/" + name)
	case !found:
		return errUnknown.At(k.String() + "/" + name)
	}
	if m := r.Header.Get("If-Match"); m != "" && strings.TrimSpace(m) != etag(&h) {
		return errMatch.At(m[:min(len(m), 60)])
	}
	at, ok := d.Directory.CarrierOf(&h)
	if !ok || !h.Active {
		return errPatchResource.At(k.String() + "/" + name)
	}
	if may != nil && !may(at) {
		return acces.ErrNotAdministrator.At(k.String() + "/" + name)
	}
	list, err := readPatch(k, body)
	if err != nil {
		return err
	}
	if err := d.Mailboxes.Amend(r.Context(), mss.By{Actor: actor, Door: "annuaire"}, at, list); err != nil {
		return err
	}
	if h, found, _ = d.Directory.Read(k, id); !found {
		return errUnknown.At(k.String() + "/" + name)
	}
	w.Header().Set("ETag", etag(&h))
	j := &renderer{}
	j.resource("", &h)
	b := d.answer(w, r, mediaType+"; charset=utf-8")
	defer b.close()
	_ = b.flush(&j.Writer, true)
	return nil
}

func etag(h *annuaire.Hit) string { return `W/"` + strconv.FormatUint(uint64(h.Version), 10) + `"` }

// condition finds the one resource that a conditional patch names.
func (d *Door) condition(k annuaire.Kind, raw string) (string, error) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return "", errForm
	}
	want := map[annuaire.Kind][]string{annuaire.KPractitioner: {"identifier"}, annuaire.KOrganization: {"identifier"}, annuaire.KRole: {"practitioner.identifier", "organization.identifier"}}[k]
	if want == nil {
		return "", errPatchResource.At(k.String())
	}
	if k == annuaire.KRole && q.Has("identifier") {
		want = []string{"identifier"}
	}
	for name, values := range q {
		if len(values) != 1 || values[0] == "" || strings.Contains(values[0], ",") {
			return "", errCondition.At(strings.ToValidUTF8(name[:min(len(name), 60)], "?"))
		}
	}
	if len(q) != len(want) {
		return "", errCondition
	}
	for _, name := range want {
		if !q.Has(name) {
			return "", errCondition.At(name)
		}
	}
	if want[0] == "identifier" {
		return d.only(k, annuaire.Clause{Param: "identifier", Values: q["identifier"]})
	}
	person, err := d.only(annuaire.KPractitioner, annuaire.Clause{Param: "identifier", Values: q["practitioner.identifier"]})
	if err != nil {
		return "", err
	}
	place, err := d.only(annuaire.KOrganization, annuaire.Clause{Param: "identifier", Values: q["organization.identifier"]})
	if err != nil {
		return "", err
	}
	return d.only(k, annuaire.Clause{Param: "practitioner", Values: []string{person}}, annuaire.Clause{Param: "organization", Values: []string{place}})
}

// only finds the one active resource that answers to clauses.
func (d *Door) only(k annuaire.Kind, clauses ...annuaire.Clause) (string, error) {
	clauses = append(clauses, annuaire.Clause{Param: "active", Values: []string{"true"}})
	p, err := d.Directory.Search(annuaire.Query{Kind: k, Clauses: clauses, Count: 2, Total: annuaire.TotalNone})
	if err != nil {
		return "", err
	}
	switch len(p.Hits) {
	case 0:
		return "", errUnknown.At(k.String())
	case 1:
		return p.Hits[0].ID.Text(k), nil
	}
	return "", errSeveral.At(k.String())
}
