package run

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/ins"
	doorannuaire "github.com/socle-sante/socle/internal/door/annuaire"
	"github.com/socle-sante/socle/internal/door/federation"
	"github.com/socle-sante/socle/internal/door/guichet"
	"github.com/socle-sante/socle/internal/door/web"
)

// OpenID says how to reach a provider where people sign in: Pro Santé Connect, FranceConnect.
type OpenID struct {
	Issuer   string `toml:"issuer"`      // its identifier, or for FranceConnect the address before /api/v2
	ClientID string `toml:"client_id"`   //
	Secret   string `toml:"secret_file"` // file that holds the client secret
	Roots    string `toml:"roots"`       // PEM; the authorities of the system when empty
}

// Directory says who may read the FHIR directory and who may renew it.
type Directory struct {
	Key       string `toml:"key_file"`        // file that holds the API key (header ESANTE-API-KEY)
	ImportKey string `toml:"import_key_file"` // file that holds the key of imports; none: no import by HTTP
}

// secretFile reads a secret kept alone in a file; "" gives "".
func secretFile(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	s := string(bytes.TrimSpace(b))
	if s == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return s, nil
}

// party makes the relying party of a provider; nil when none is configured.
func (o OpenID) party(a *app, origin, back string) (*federation.RelyingParty, error) {
	if o.Issuer == "" {
		return nil, nil
	}
	if o.ClientID == "" {
		return nil, errors.New("configuration: client_id is missing for " + o.Issuer)
	}
	secret, err := secretFile(o.Secret)
	if err != nil {
		return nil, err
	}
	var roots *x509.CertPool
	if o.Roots != "" {
		if roots, _, err = readTrust(o.Roots); err != nil {
			return nil, err
		}
	}
	return &federation.RelyingParty{Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: secret, RedirectURI: origin + back, PostLogout: origin + "/",
		Scope: "openid scope_all", ACR: "eidas1", Now: a.now, HTTP: httpsClient(roots)}, nil
}

// openPages opens the pages of the real thing when there is a way to sign in: professionals by Pro
// Santé Connect, citizens by a federation and then by passkey.
func (a *app) openPages(c *Config, mux *http.ServeMux, origin string, teleservice ins.Teleservice, box *post) error {
	psc, err := c.PSC.party(a, origin, web.PSCBackPath)
	if err != nil {
		return err
	}
	fc, err := c.FranceConnect.party(a, origin, web.FCBackPath)
	if err != nil {
		return err
	}
	if psc == nil && fc == nil {
		return nil
	}
	pages := &web.Door{DMP: a.dmp, Annuaire: a.directory, Log: a.log, Now: a.now, Actor: a.identities.Actor, Proof: a.store.Proof, Secret: a.secret, Origin: origin, INSi: teleservice, Controle: a.desk}
	if psc != nil {
		pages.ProSanteConnect = &provider{rp: psc, professional: true}
	}
	if fc != nil {
		fc.Metadata, fc.Scope, fc.ACR, fc.AcceptACR = federation.FranceConnect(strings.TrimSuffix(c.FranceConnect.Issuer, "/")), federation.PivotScope, "eidas2", federation.AtLeast("eidas2")
		// The address that is configured is not the issuer; UserInfo is signed, and the secret goes in the form.
		fc.Issuer, fc.PostSecret, fc.IDTokenAlg, fc.UserInfoAlg = fc.Metadata.Issuer, true, oidc.ES256, oidc.ES256
		pages.FranceConnect = &provider{rp: fc}
	}
	// Passkeys belong to a name; an installation reached by its address alone has none.
	u, err := url.Parse(origin)
	if err != nil {
		return err
	}
	_, notAddress := netip.ParseAddr(u.Hostname())
	if notAddress == nil && fc != nil {
		return fmt.Errorf("configuration: https.public %s is an IP address; citizens sign in at a name, which their passkeys belong to", origin)
	}
	if notAddress != nil {
		if pages.Comptes, err = compte.New(a.store, origin, a.now); err != nil {
			return err
		}
	}
	if box != nil {
		pages.Mail = box.operator
	}
	mail, err := c.Ordinary.sender(a.now)
	if err != nil {
		return err
	}
	if mail != nil && pages.Comptes != nil {
		letters := codes{mail: mail, origin: origin}
		pages.Comptes.Send = letters.code
		if box != nil {
			box.operator.Notice, pages.Comptes.Proved = letters.notice, box.operator.SetNotice
		}
	}
	pages.Register(mux)
	(&guichet.Door{DMP: a.dmp, Annuaire: a.directory, Auth: a.identities, INSi: teleservice, Log: a.log}).Register(mux)
	return nil
}

// openDirectoryDoor opens the FHIR directory of the real thing.
func (a *app) openDirectoryDoor(c *Config, mux *http.ServeMux, public string, sandbox bool) (*doorannuaire.Door, error) {
	d, _, err := a.annuaireDoor(public, sandbox)
	if err != nil {
		return nil, err
	}
	key, err := secretFile(c.Annuaire.Key)
	if err != nil {
		return nil, err
	}
	d.Auth = directoryAuth{a.identities.at(d.Base), key}
	d.Register(mux)
	importKey, err := secretFile(c.Annuaire.ImportKey)
	if err != nil || importKey == "" {
		return d, err
	}
	allowed := directoryAuth{ids: a.identities.at(d.Base), key: importKey}
	take := d.ImportHandler()
	mux.HandleFunc("POST "+importPath, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("ESANTE-API-KEY") == "" || allowed.Directory(r) != nil {
			problem(w, errDirectoryKey)
			return
		}
		take.ServeHTTP(w, r)
	})
	return d, nil
}
