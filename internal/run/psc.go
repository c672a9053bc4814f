package run

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/psc"
	doorannuaire "github.com/socle-sante/socle/internal/door/annuaire"
	"github.com/socle-sante/socle/internal/door/pdsm"
	doorpsc "github.com/socle-sante/socle/internal/door/psc"
	"github.com/socle-sante/socle/internal/door/web"
	"github.com/socle-sante/socle/internal/run/client"
	"github.com/socle-sante/socle/internal/run/demo"
)

// ExchangePath is where Pro Santé Connect tokens become tokens of our APIs, by mutual TLS.
const ExchangePath = "/api/jeton"

// signingKeys keeps the keys of the provider in a file.
type signingKeys string

func (f signingKeys) Load() ([]byte, error) {
	b, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

func (f signingKeys) Save(b []byte) error { return writeFile(string(f), b, 0o600) }

// keyAge is how long a signing key serves before the next one takes over.
const keyAge = 90 * 24 * time.Hour

// demoAskInterval is how often a CIBA client of the demo may ask.
const demoAskInterval = time.Second

// provider makes Pro Santé Connect for the demo: its doors on two addresses and its clients, whose
// secrets follow from the secret of the data folder, so that they outlive a restart.
func (a *app) provider(data, webURL, secureURL, structure, structureName string, audiences []string, revoked func(*x509.Certificate) bool) (*psc.Provider, []client.PSCClient, error) {
	keys, err := psc.OpenKeys(signingKeys(filepath.Join(data, "keys", "psc.json")), nil, a.now())
	if err != nil {
		return nil, nil, err
	}
	if _, err := keys.RotateIfOlder(keyAge, a.now()); err != nil {
		return nil, nil, err
	}
	stream, err := hkdf.Key(sha256.New, a.secret, nil, "clients de Pro Santé Connect", 1024) // enough for every secret
	if err != nil {
		return nil, nil, err
	}
	clients, err := psc.DemoClients(structure, structureName, bytes.NewReader(stream))
	if err != nil {
		return nil, nil, err
	}
	var told []client.PSCClient
	for _, c := range clients {
		told = append(told, client.PSCClient{ID: c.ID, Secret: c.Secret, Auth: c.Auth, Structure: c.Structure, RedirectURIs: c.RedirectURIs,
			PostLogoutRedirectURIs: c.PostLogoutRedirectURIs, UserinfoAlg: c.UserInfoAlg})
	}
	p, err := psc.New(psc.Config{Base: secureURL, Web: webURL, MTLS: secureURL, Exchange: secureURL + ExchangePath, Audiences: audiences, Clients: clients,
		Directory: psc.FromAnnuaire(a.directory), Keys: keys, Now: a.now, Sandbox: true, Revoked: revoked, AskInterval: demoAskInterval})
	return p, told, err
}

// pscDoor makes its door; pages are those whose session tells who is signed in.
func (a *app) pscDoor(p *psc.Provider, pages *web.Door, logins []doorpsc.DemoLogin) *doorpsc.Door {
	return &doorpsc.Door{Provider: p, Log: a.log, Secret: a.secret, Observe: a.metrics.Observe("psc"), Demo: logins, Card: a.cardHolder,
		Session:    func(r *http.Request) (string, bool) { id, _, ok := pages.Professional(r); return id, ok },
		SessionKey: func(r *http.Request) string { _, key, _ := pages.Professional(r); return key },
		SignIn:     pages.SignInPath, SignOut: pages.SignOut, HouseStyle: pages.StyleSheet()}
}

var errCard = &finding.Refusal{ID: "PSC-PORTEUR", Kind: finding.Unauthenticated, Rule: "IGC-Santé, certificats de personnes",
	Message: finding.T("Ce certificat n'est pas celui d'une carte de professionnel en cours de validité.", "This certificate is not that of a professional's valid card."),
	Fix:     finding.T("Présentez une carte CPx dont le porteur est inscrit à l'annuaire.", "Present a CPx card whose holder is in the directory.")}

// cardHolder tells whose card opened a connection. The chain was judged by TLS.
func (a *app) cardHolder(c *x509.Certificate) (string, error) {
	if a.revoked(c) {
		return "", acces.ErrRevoked
	}
	p := a.directory.Professional(c.Subject.CommonName)
	if p == nil || !p.Active || igc.CardOf(c) == "" { // a certificate of another offer may bear any name
		return "", errCard.At(c.Subject.CommonName)
	}
	return p.IDNat, nil
}

// apiTokens judges the tokens of the exchange for the APIs.
func apiTokens(p *psc.Provider, now func() time.Time) func(string, *x509.Certificate, string) (acces.Subject, error) {
	return func(token string, cert *x509.Certificate, audience string) (acces.Subject, error) {
		c, err := p.VerifyAPI(token, cert, audience, now())
		if err != nil {
			return acces.Subject{}, err
		}
		return acces.Subject{Professional: c.IDNat, Structure: c.Structure}, nil
	}
}

// openPSC opens Pro Santé Connect in a demo.
func (a *app) openPSC(data, webURL, secureURL string, personas []demo.Persona, pages *web.Door, plain, secure *http.ServeMux) (*doorpsc.Door, []client.PSCClient, error) {
	var logins []doorpsc.DemoLogin
	structure := ""
	for _, q := range personas {
		p := a.directory.Professional(q.IDNat)
		if p == nil || q.Load {
			continue
		}
		logins = append(logins, doorpsc.DemoLogin{Name: p.Name(), Role: p.Role, Href: webURL + pages.LoginPath(q.ID)})
		if structure == "" {
			structure = q.Structure
		}
	}
	s := a.directory.Structure(structure)
	p, clients, err := a.provider(data, webURL, secureURL, s.IDNat, s.Name, []string{secureURL + pdsm.BasePath, secureURL + doorannuaire.BasePath}, a.revoked)
	if err != nil {
		return nil, nil, err
	}
	door := a.pscDoor(p, pages, logins)
	door.RegisterWeb(plain)
	door.RegisterSecure(secure)
	secure.Handle("POST "+ExchangePath, door.ExchangeHandler())
	a.identities.api = apiTokens(p, a.now)
	a.pscHolder = p.Holder
	return door, clients, nil
}
