package run

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/psc"
	doorpsc "github.com/socle-sante/socle/internal/door/psc"
	"github.com/socle-sante/socle/internal/door/web"
)

// memoryKeys keeps the signing keys of a provider that lasts one test.
type memoryKeys struct{ b []byte }

func (m *memoryKeys) Load() ([]byte, error) { return m.b, nil }
func (m *memoryKeys) Save(b []byte) error   { m.b = b; return nil }

// nationalPSC stands for the national Pro Santé Connect: a provider elsewhere, where idNat is signed in.
func (i *installation) nationalPSC(idNat string) *httptest.Server {
	t := i.t
	keys, err := psc.OpenKeys(&memoryKeys{}, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s := httptest.NewUnstartedServer(mux)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{i.issue(igc.Request{Offer: igc.Serveur, CommonName: "localhost", Organization: "ANS"}).TLS()}}
	s.StartTLS()
	t.Cleanup(s.Close)
	p, err := psc.New(psc.Config{Base: s.URL, Web: s.URL, Directory: psc.FromAnnuaire(i.directory), Keys: keys, Now: time.Now,
		Clients: []psc.Client{{ID: "socle-essai", Name: "Socle", Secret: "un secret de plus de seize octets", Auth: psc.SecretBasic, RedirectURIs: []string{"https://" + i.address + web.PSCBackPath}}}})
	if err != nil {
		t.Fatal(err)
	}
	d := &doorpsc.Door{Provider: p, Secret: make([]byte, 32), Session: func(*http.Request) (string, bool) { return idNat, true }}
	d.RegisterSecure(mux)
	d.RegisterWeb(mux)
	return s
}

// TestServeSignsInThroughTheNationalProvider: pages of the real thing have no persona; a professional
// comes in by Pro Santé Connect, whoever is not in the directory stays out.
func TestServeSignsInThroughTheNationalProvider(t *testing.T) {
	i := install(t, "sandbox")
	gp := i.directory.Professionals()[0]
	for _, p := range i.directory.Professionals() {
		if p.Profession == "10" && p.SavoirFaire == "SM26" {
			gp = p
		}
	}
	national := i.nationalPSC(gp.IDNat)
	i.write("secret-psc", []byte("un secret de plus de seize octets\n"))
	f, err := os.OpenFile(i.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString("\n[pro_sante_connect]\nissuer = \"" + national.URL + psc.RealmPath + "\"\nclient_id = \"socle-essai\"\nsecret_file = \"" + i.path("secret-psc") + "\"\nroots = \"" + i.path("autorites.pem") + "\"\n")
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	i.start()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: i.authority.Roots()}}}
	get := func(path string) (int, string, string) {
		r, err := browser.Get("https://" + i.address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, r.Request.URL.Path, string(b)
	}
	if s, at, page := get("/accueil"); s != http.StatusOK || at != "/" || !strings.Contains(page, "Pro Santé Connect") || strings.Contains(page, gp.Family) {
		t.Errorf("signed out: %d %s", s, at)
	}
	if s, _, _ := get("/connexion/medecin-generaliste"); s == http.StatusOK {
		t.Error("a persona may be signed in outside the demo")
	}
	if s, at, page := get("/connexion/pro-sante-connect?suite=/recherche"); s != http.StatusOK || at != "/recherche" || !strings.Contains(page, gp.Family) {
		t.Fatalf("through Pro Santé Connect: %d %s\n%.600s", s, at, page)
	}
	if s, _, _ := get(web.PSCBackPath + "?code=x&state=y"); s != http.StatusBadRequest {
		t.Errorf("a way back that answers no request: %d", s)
	}
}

// TestRevokedCardIsRefusedAtEveryDoor revokes beside a running demo, as `socle card revoke` does, and
// asks every door again.
func TestRevokedCardIsRefusedAtEveryDoor(t *testing.T) {
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	gp := e.Persona("medecin_generaliste")
	roots := x509.NewCertPool()
	pemCA, err := os.ReadFile(e.CAFile)
	if err != nil || !roots.AppendCertsFromPEM(pemCA) {
		t.Fatal("no authority", err)
	}
	var insiCert tls.Certificate
	for _, s := range e.Structures {
		if s.ID == gp.Structure {
			if insiCert, err = tls.LoadX509KeyPair(s.INSiCert, s.INSiKey); err != nil {
				t.Fatal(err)
			}
		}
	}
	card, err := tls.LoadX509KeyPair(gp.ClientCert, gp.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	with := func(c tls.Certificate) *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{c}}},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	// Connections stay open from before: a revocation does not wait for the next handshake.
	byCard, byINSi := with(card), with(insiCert)
	ask := func(c *http.Client, method, url, body string) (int, string) {
		r, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/soap+xml; charset=utf-8")
		a, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		b, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, string(b)
	}
	doors := map[string]func() string{
		"xds repository": func() string { _, b := ask(byCard, "POST", e.Repository, soapSearch); return b },
		"xds registry":   func() string { _, b := ask(byCard, "POST", e.Registry, soapSearch); return b },
		"insi":           func() string { _, b := ask(byINSi, "POST", e.INSi, soapSearch); return b },
		"pdsm":           func() string { _, b := ask(byCard, "GET", e.PDSm+"/metadata", ""); return b },
		"annuaire":       func() string { _, b := ask(byCard, "GET", e.Annuaire+"/metadata", ""); return b },
		"psc": func() string {
			_, b := ask(byCard, "POST", e.PSCIssuer+"/protocol/openid-connect/token", "grant_type=client_credentials")
			return b
		},
		"exchange": func() string { _, b := ask(byCard, "POST", e.PSCToken, "grant_type=x"); return b },
	}
	const refused = "REVOQUE"
	for name, door := range doors {
		if b := door(); strings.Contains(b, refused) {
			t.Errorf("%s refuses a good card: %.300s", name, b)
		}
	}
	for _, c := range []tls.Certificate{card, insiCert} {
		if _, err := RevokeCard(tr.dir, c.Leaf.SerialNumber.Text(16), 1, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(time.Second)
	for name, door := range doors {
		b := door()
		for !strings.Contains(b, refused) && time.Now().Before(deadline) {
			b = door()
		}
		if !strings.Contains(b, refused) {
			t.Errorf("%s still takes a card revoked a second ago: %.300s", name, b)
		}
	}
	// What is published says so too.
	p, err := http.Get(e.IGC + "/crl/personnes.crl")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Body.Close()
	der, err := io.ReadAll(p.Body)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range list.RevokedCertificateEntries {
		found = found || r.SerialNumber.Cmp(card.Leaf.SerialNumber) == 0
	}
	if !found {
		t.Error("the card is not on the published list")
	}
}

// soapSearch is a call to INSi; the other SOAP doors judge the card before they read it.
const soapSearch = `<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Header><wsa:Action xmlns:wsa="http://www.w3.org/2005/08/addressing">urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite</wsa:Action><wsa:MessageID xmlns:wsa="http://www.w3.org/2005/08/addressing">uuid:1</wsa:MessageID></soap:Header><soap:Body><RECSANSVITALE xmlns="http://www.cnamts.fr/INSiRecSans"><NomNaissance>CORSE</NomNaissance><Prenom>ANTHONY</Prenom><Sexe>M</Sexe><DateNaissance>1980-03-02</DateNaissance></RECSANSVITALE></soap:Body></soap:Envelope>`
