// Package guichet is the identity desk as an API: search, create, qualify, correct, merge and
// separate identities, ask INSi, open a record, declare an authorisation. It is how software
// without a directory of patients of its own makes a person known here; `socle send` uses it.
//
// JSON over HTTP with bearer tokens; refusals are problem documents (RFC 9457) with our ids.
package guichet

import (
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Path of the desk.
const Path = "/api/identites"

// Authenticator turns a bearer token into a caller.
type Authenticator interface {
	// Bearer judges a token; client is the certificate of the connection, nil when none came.
	Bearer(token string, client *x509.Certificate) (dmp.Caller, error)
}

// Door serves the desk.
type Door struct {
	DMP      *dmp.DMP
	Annuaire *annuaire.Annuaire
	Auth     Authenticator
	Log      *slog.Logger
	// INSi is the teleservice asked for matricules; nil when none is configured.
	INSi ins.Teleservice

	readings chan struct{} // places for pictures being read
}

// Register adds the routes.
func (d *Door) Register(mux *http.ServeMux) {
	d.readings = make(chan struct{}, maxReadings)
	mux.HandleFunc("POST "+Path, d.serve(d.identify))
	mux.HandleFunc("POST "+Path+"/recherche", d.serve(d.known))
	mux.HandleFunc("POST "+Path+"/{id}/autorisation", d.serve(d.authorise))
	d.registerLife(mux)
}

// Identity is what the desk is told of a person; names of JSON fields are those of the endpoints file.
type Identity struct {
	INS         string `json:"ins"`
	OID         string `json:"ins_oid"`
	BirthName   string `json:"birth_name"`
	BirthGiven  string `json:"birth_given"`
	BirthGivens string `json:"birth_givens"`
	UsedName    string `json:"used_name"`
	UsedGiven   string `json:"used_given"`
	Sex         string `json:"sex"`
	BirthDate   string `json:"birth_date"`
	BirthPlace  string `json:"birth_place"`
	BirthTown   string `json:"birth_town"`
	// Evidence of the identity: kind of document and date of the check.
	EvidenceKind string `json:"evidence_kind"`
	EvidenceDate string `json:"evidence_date"`
	// EvidenceWith is the second document, of a parent for a minor; EvidenceSetting is EHPAD or empty.
	EvidenceWith    string `json:"evidence_with"`
	EvidenceSetting string `json:"evidence_setting"`
	// Open opens the record, as it is by default unless the person opposes.
	Open bool `json:"open"`
}

// Result is what the desk answers.
type Result struct {
	ID      string `json:"id"`
	Created bool   `json:"created"`
	Status  string `json:"status"`
	Opened  bool   `json:"opened"`
	// Differences names the strict traits on which the identity kept here is not the one given.
	Differences []string `json:"differences,omitempty"`
}

var (
	errToken = &finding.Refusal{ID: "GUICHET-JETON", Kind: finding.Unauthenticated, Rule: "RFC 6750",
		Message: finding.T("Aucun jeton d'accès valable n'accompagne la demande.", "No valid access token comes with the request."),
		Fix:     finding.T("Ajoutez l'en-tête Authorization: Bearer.", "Add header Authorization: Bearer.")}
	errJSON = &finding.Refusal{ID: "GUICHET-JSON", Kind: finding.Invalid,
		Message: finding.T("Le corps de la demande n'est pas le JSON attendu.", "The body of the request is not the JSON expected."),
		Fix:     finding.T("Envoyez un objet JSON dont les champs sont ceux de la route (docs/design/identites.md).", "Send a JSON object whose fields are those of the route (docs/design/identites.md).")}
	errCitizen = &finding.Refusal{ID: "GUICHET-PROFESSIONNEL", Kind: finding.Forbidden,
		Message: finding.T("Le guichet d'identité est réservé aux professionnels et à leur personnel.", "The identity desk is for professionals and their staff."),
		Fix:     finding.T("Connectez-vous avec un profil de structure.", "Sign in with a profile of a structure.")}
)

func (d *Door) serve(h func(w http.ResponseWriter, r *http.Request, c dmp.Caller) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		err := func() error {
			token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok {
				return errToken
			}
			c, err := d.Auth.Bearer(token, peer(r))
			if err != nil {
				return errToken.With(err)
			}
			if c.Citizen {
				return errCitizen
			}
			c.Door = "guichet"
			return h(w, r, c)
		}()
		if err != nil {
			d.fail(w, err)
		}
	}
}

func (d *Door) identify(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in Identity
	if err := read(w, r, &in); err != nil {
		return err
	}
	p, err := d.person(in, c)
	if err != nil {
		return err
	}
	kept, created, err := d.DMP.Identify(r.Context(), c, p)
	if err != nil {
		return err
	}
	return d.result(w, r, c, in, kept, Result{Created: created})
}

// known finds who carries an INS here, without creating anybody, and says where the traits given
// differ: one looks before one creates.
// spec: INS §2 (local search)
func (d *Door) known(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in Identity
	if err := read(w, r, &in); err != nil {
		return err
	}
	p, err := d.person(in, c)
	if err != nil {
		return err
	}
	found, err := d.DMP.SearchPersons(r.Context(), c, ins.Search{INS: p.INS, Limit: 1})
	if err != nil {
		return err
	}
	if p.INS.IsZero() || len(found) == 0 {
		return ins.ErrUnknown
	}
	return d.result(w, r, c, in, found[0], Result{Differences: found[0].Traits.Differences(p.Traits.Normalised())})
}

// person reads who a request is about.
func (d *Door) person(in Identity, c dmp.Caller) (*ins.Person, error) {
	p := &ins.Person{BirthTown: in.BirthTown,
		Evidence: ins.Evidence{Kind: in.EvidenceKind, Date: in.EvidenceDate, Operator: c.ID, With: in.EvidenceWith, Setting: in.EvidenceSetting},
		Traits: ins.Traits{BirthName: in.BirthName, FirstGiven: in.BirthGiven, Givens: in.BirthGivens, Sex: in.Sex, BirthDate: in.BirthDate,
			BirthPlace: in.BirthPlace, UsedName: in.UsedName, UsedGiven: in.UsedGiven}}
	if in.INS == "" {
		return p, nil
	}
	// The mode of the installation judges the OID before the shape of the matricule.
	if err := d.DMP.Mode.Admit(insid.INS{Matricule: insid.Matricule(in.INS), OID: in.OID}); err != nil {
		return nil, err
	}
	id, err := insid.Parse(in.INS, in.OID)
	if err != nil {
		return nil, ins.ErrKey.With(err)
	}
	p.INS = id
	return p, nil
}

// result opens the record when asked, and answers.
func (d *Door) result(w http.ResponseWriter, r *http.Request, c dmp.Caller, in Identity, kept *ins.Person, res Result) error {
	res.ID, res.Status = string(kept.ID), kept.Status.String()
	if in.Open {
		if err := d.DMP.Open(r.Context(), c, kept.ID); err != nil {
			return err
		}
		res.Opened = true
	}
	return reply(w, http.StatusOK, res)
}

// authorise declares the caller's own authorisation, after they collected consent.
func (d *Door) authorise(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		MT bool `json:"medecin_traitant"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	p := d.Annuaire.Professional(c.ID)
	if p == nil {
		return acces.ErrProfessional
	}
	if err := d.DMP.Authorise(r.Context(), c, ins.PersonID(r.PathValue("id")), p, in.MT); err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]bool{"authorised": true})
}

func reply(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}

// fail writes a problem document.
func (d *Door) fail(w http.ResponseWriter, err error) {
	ref := finding.As(err)
	if ref == nil {
		d.Log.Error("guichet", "err", err)
		ref = dmp.ErrStore
	}
	p := ref.Problem()
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", finding.ProblemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// peer gives the certificate of the connection, nil when none came.
func peer(r *http.Request) *x509.Certificate {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	return r.TLS.PeerCertificates[0]
}
