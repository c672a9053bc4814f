package run

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	doorannuaire "github.com/socle-sante/socle/internal/door/annuaire"
	"github.com/socle-sante/socle/internal/store/repertoire"
)

// Addresses of the flat files of the directory.
const (
	importPath = "/api/annuaire/import"
	exportPath = "/api/annuaire/export/{fichier}"
)

// compactAbove is the size from which the log of the directory is rewritten when it opens.
const compactAbove = 1 << 30

// openDirectory replays what was imported before, and keeps what will be.
func openDirectory(data string, d *annuaire.Annuaire) (*repertoire.Log, error) {
	dir := filepath.Join(data, "annuaire")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	l, err := repertoire.Open(filepath.Join(dir, "annuaire.log"), d)
	if err != nil {
		return nil, err
	}
	d.Attach(l)
	if l.Size() > compactAbove {
		return l, d.Compact()
	}
	return l, nil
}

// directoryAuth opens the directory to an API key, to a bearer token, or to one bound to a certificate.
type directoryAuth struct {
	ids apiAuth
	key string
}

// Directory implements the door's authorizer.
func (a directoryAuth) Directory(r *http.Request) error {
	if k := r.Header.Get("ESANTE-API-KEY"); k != "" {
		if subtle.ConstantTimeCompare([]byte(k), []byte(a.key)) == 1 {
			return nil
		}
		return errDirectoryKey
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return errDirectoryKey
	}
	var client *x509.Certificate
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		client = r.TLS.PeerCertificates[0]
	}
	_, err := a.ids.Bearer(strings.TrimSpace(token), client)
	if finding.As(err) != nil {
		return err
	}
	if err != nil {
		return acces.ErrToken.With(err)
	}
	return nil
}

var errDirectoryKey = &finding.Refusal{ID: "ANN-CLE", Kind: finding.Unauthenticated, Rule: "API FHIR Annuaire Santé, en-tête ESANTE-API-KEY",
	Message: finding.T("Aucune clé ni aucun jeton valable n'accompagne la demande.", "No valid key or token comes with the request."),
	Fix:     finding.T("Ajoutez l'en-tête ESANTE-API-KEY, ou Authorization: Bearer.", "Add header ESANTE-API-KEY, or Authorization: Bearer.")}

var errDirectoryOrigin = &finding.Refusal{ID: "ANN-ORIGINE", Kind: finding.Forbidden, Rule: "OWASP ASVS 4.2.2",
	Message: finding.T("Ce fichier vient de la page d'un autre site.", "This file comes from a page of another site."),
	Fix:     finding.T("Envoyez-le depuis un programme, ou depuis cette page.", "Send it from a program, or from this page.")}

// derived gives a stable secret for one purpose out of the secret of the data folder.
func (a *app) derived(purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, a.secret, nil, purpose, 32)
}

// annuaireDoor makes the FHIR door of the directory, and tells the API key of this installation.
func (a *app) annuaireDoor(secureURL string, sandbox bool) (*doorannuaire.Door, string, error) {
	links, err := a.derived("liens de l'annuaire")
	if err != nil {
		return nil, "", err
	}
	raw, err := a.derived("clé de l'annuaire")
	if err != nil {
		return nil, "", err
	}
	key := base64.RawURLEncoding.EncodeToString(raw)
	d := &doorannuaire.Door{Directory: a.directory, Auth: directoryAuth{a.identities.at(secureURL + doorannuaire.BasePath), key}, Log: a.log, Base: secureURL + doorannuaire.BasePath,
		Observe: a.metrics.Observe("annuaire"), Key: links}
	d.Import.JeuDeTest = sandbox
	return d, key, nil
}

// openImport lets a demo take flat files on loopback. A page of another site may not send one.
func openImport(mux *http.ServeMux, d *doorannuaire.Door) {
	take := d.ImportHandler()
	mux.HandleFunc("POST "+importPath, func(w http.ResponseWriter, r *http.Request) {
		site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
		if site != "" && site != "same-origin" && site != "none" || origin != "" && origin != "http://"+r.Host {
			problem(w, errDirectoryOrigin)
			return
		}
		take.ServeHTTP(w, r)
	})
	mux.Handle("GET "+exportPath, d.ExportHandler())
}
