package run

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/franceconnect"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/jeton"
	"github.com/socle-sante/socle/internal/door/federation"
	doorfc "github.com/socle-sante/socle/internal/door/franceconnect"
	"github.com/socle-sante/socle/internal/door/web"
)

// franceConnectPeople is how many citizens the page of the fictitious FranceConnect lists at most.
const franceConnectPeople = 12

// spaceClient is the service by which our own pages sign citizens in.
const spaceClient = "mon-espace"

// noStore keeps nothing: the keys of the fictitious FranceConnect last as long as its codes.
type noStore struct{}

func (noStore) Load() ([]byte, error) { return nil, nil }
func (noStore) Save([]byte) error     { return nil }

// openFranceConnect opens the fictitious FranceConnect of a demonstration, where one continues as a
// citizen of the territory, and lets citizens sign in to the pages through it, as any service does.
func (a *app) openFranceConnect(pages *web.Door, webURL, secureURL string, citizens []*ins.Person, plain, secure *http.ServeMux, roots *x509.CertPool) error {
	// Subjects follow from the secret of the data folder: who was linked once is known after a restart.
	secret, err := a.derived("sujets de FranceConnect")
	if err != nil {
		return err
	}
	password, err := a.derived("secret de Mon espace à FranceConnect")
	if err != nil {
		return err
	}
	keys, err := jeton.OpenKeys(noStore{}, oidc.ES256, nil, a.now())
	if err != nil {
		return err
	}
	us := franceconnect.Client{ID: spaceClient, Name: "Mon espace santé", Secret: base64.RawURLEncoding.EncodeToString(password),
		RedirectURIs: []string{webURL + web.FCBackPath}, PostLogoutRedirectURIs: []string{webURL + "/"}}
	base := secureURL + doorfc.Path
	p, err := franceconnect.New(franceconnect.Config{Base: base, Web: webURL + doorfc.Path, Clients: []franceconnect.Client{us},
		Identities: fictitious(citizens), Keys: keys, Secret: secret, Now: a.now})
	if err != nil {
		return err
	}
	door := &doorfc.Door{Provider: p, Log: a.log, Secret: secret, Observe: a.metrics.Observe("franceconnect")}
	door.RegisterWeb(plain)
	door.RegisterSecure(secure)

	meta := federation.FranceConnect(base)
	meta.Authorization = webURL + doorfc.Path + franceconnect.APIPath + "/authorize" // the page is on the other host
	meta.ResponseIssuer = true
	pages.FranceConnect = &provider{rp: &federation.RelyingParty{Issuer: meta.Issuer, Metadata: meta, ClientID: us.ID, ClientSecret: us.Secret, PostSecret: true,
		RedirectURI: webURL + web.FCBackPath, PostLogout: webURL + "/", Scope: federation.PivotScope, ACR: "eidas1", AcceptACR: federation.AtLeast("eidas1"),
		IDTokenAlg: oidc.ES256, UserInfoAlg: oidc.ES256, Now: a.now, HTTP: httpsClient(roots)}}
	return nil
}

// fictitious gives the identities to continue as: qualified citizens of the territory.
func fictitious(citizens []*ins.Person) []franceconnect.Identity {
	var out []franceconnect.Identity
	for _, c := range citizens {
		if len(out) == franceConnectPeople {
			break
		}
		if v, ok := franceconnect.PivotOf(c.Traits, c.Mail); ok && c.Status == ins.Qualifiee {
			out = append(out, franceconnect.Identity{Name: c.DisplayName(), Pivot: v})
		}
	}
	return out
}
