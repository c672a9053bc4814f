package run

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/door/federation"
	"github.com/socle-sante/socle/internal/door/web"
	"github.com/socle-sante/socle/internal/run/client"
)

// openAccounts lets citizens of a demo sign in by passkey and by code; the codes go to a page.
func (a *app) openAccounts(pages *web.Door, origin string) error {
	c, err := compte.New(a.store, origin, a.now)
	if err != nil {
		return err
	}
	pages.Origin, pages.Outbox = origin, &web.Outbox{Now: a.now}
	c.Send = pages.Outbox.Send
	pages.Comptes = c
	return nil
}

// signInClient is the client by which our own pages sign professionals in at the demo's provider.
const signInClient = "logiciel-signe"

// openSignIn lets professionals sign in to the pages through Pro Santé Connect, as any software does.
func (a *app) openSignIn(pages *web.Door, issuer string, clients []client.PSCClient, roots *x509.CertPool) {
	for _, c := range clients {
		if c.ID != signInClient {
			continue
		}
		pages.ProSanteConnect = &provider{professional: true, rp: &federation.RelyingParty{Issuer: issuer, ClientID: c.ID, ClientSecret: c.Secret,
			RedirectURI: pages.Origin + web.PSCBackPath, PostLogout: pages.Origin + "/", Scope: "openid scope_all", ACR: "eidas1", Now: a.now, HTTP: httpsClient(roots)}}
	}
}

func httpsClient(roots *x509.CertPool) *http.Client {
	return &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, IdleConnTimeout: time.Minute}}
}

// provider gives the pages one relying party.
type provider struct {
	rp           *federation.RelyingParty
	professional bool
}

// Begin implements web.Provider.
func (p *provider) Begin(ctx context.Context, _ string) (string, any, error) {
	address, memory, err := p.rp.Begin(ctx, "")
	return address, memory, err
}

// Finish implements web.Provider.
func (p *provider) Finish(ctx context.Context, _ string, memory any, answer url.Values) (web.Identity, error) {
	who, err := p.rp.Finish(ctx, answer, memory.(federation.SignIn))
	if err != nil {
		return web.Identity{}, err
	}
	if p.professional {
		id, err := professionalOf(who)
		return web.Identity{IDNat: id}, err
	}
	c, err := who.Citizen()
	return web.Identity{Pivot: compte.Pivot{Issuer: p.rp.Issuer, Subject: c.Subject, FamilyName: c.BirthName, GivenNames: c.GivenNames,
		BirthDate: c.BirthDate, Gender: c.Gender, BirthPlace: c.BirthPlace, BirthCountry: c.BirthCountry}}, err
}

// professionalOf gives the national identifier of who signed in. Somebody the provider knows without
// one is no professional, and must not be taken for a citizen either.
func professionalOf(who *federation.Identity) (string, error) {
	c, err := who.Professional()
	if err == nil && c.NameID == "" {
		err = oidc.ErrClaims.At("SubjectNameID")
	}
	return c.NameID, err
}
