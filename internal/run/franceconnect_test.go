package run

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/franceconnect"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/jeton"
	doorfc "github.com/socle-sante/socle/internal/door/franceconnect"
	"github.com/socle-sante/socle/internal/door/web"
)

var (
	fcAction = regexp.MustCompile(`<form method="post" action="(/franceconnect/demande/[^"]+)"><input type="hidden" name="jeton" value="([^"]+)">`)
	fcPeople = regexp.MustCompile(`name="identite" value="([^"]+)">`)
)

// TestCitizensComeThroughFranceConnect: every fictitious identity of the demo leads to a space of
// its own, the first two to those of the personas.
func TestCitizensComeThroughFranceConnect(t *testing.T) {
	tr := startDemo(t, t.TempDir(), 3)
	base := tr.endpoints.Web
	open := func() (*http.Client, string) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &http.Client{Jar: jar, Timeout: time.Minute}
		_, page := get(t, c, base+"/connexion/franceconnect")
		return c, page
	}
	_, page := open()
	people := fcPeople.FindAllStringSubmatch(page, -1)
	if len(people) < 2 {
		t.Fatalf("%d identities on the page of FranceConnect", len(people))
	}
	for i, who := range people {
		c, page := open()
		form := fcAction.FindStringSubmatch(page)
		resp, err := c.PostForm(base+form[1], url.Values{"jeton": {form[2]}, "identite": {who[1]}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/mon-espace" {
			t.Errorf("identity %d lands at %s: %s", i, resp.Request.URL.Path, resp.Status)
			continue
		}
		if i < 2 {
			id := []string{"citoyen-1", "citoyen-2"}[i]
			if _, space := get(t, c, base+"/mon-espace"); !strings.Contains(space, tr.endpoints.Persona(id).Name) {
				t.Errorf("identity %d is not %s", i, id)
			}
		}
	}
}

// nationalFC stands for the national FranceConnect: a provider elsewhere, that knows one person.
func (i *installation) nationalFC(secret string, traits ins.Traits) *httptest.Server {
	t := i.t
	keys, err := jeton.OpenKeys(&memoryKeys{}, oidc.ES256, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pages, api, mux := http.NewServeMux(), http.NewServeMux(), http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle(doorfc.Path+"/demande/", pages)
	mux.Handle(doorfc.Path+franceconnect.APIPath+"/authorize", pages)
	s := httptest.NewUnstartedServer(mux)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{i.issue(igc.Request{Offer: igc.Serveur, CommonName: "localhost", Organization: "DINUM"}).TLS()}}
	s.StartTLS()
	t.Cleanup(s.Close)
	pivot, ok := franceconnect.PivotOf(traits, "")
	if !ok {
		t.Fatal("no pivot")
	}
	p, err := franceconnect.New(franceconnect.Config{Base: s.URL + doorfc.Path, Web: s.URL + doorfc.Path, Keys: keys, Secret: make([]byte, 32), Now: time.Now,
		Clients:    []franceconnect.Client{{ID: "socle-essai", Secret: secret, RedirectURIs: []string{"https://" + strings.Replace(i.address, "127.0.0.1", "localhost", 1) + web.FCBackPath}}},
		Identities: []franceconnect.Identity{{Name: "Angela DUBOIS", Pivot: pivot}}})
	if err != nil {
		t.Fatal(err)
	}
	d := &doorfc.Door{Provider: p, Secret: make([]byte, 32)}
	d.RegisterWeb(pages)
	d.RegisterSecure(api)
	return s
}

// TestServeReadsThePivotOfFranceConnect: the pages of the real thing take the tokens of FranceConnect,
// and say that nobody here has these traits; with another secret they say that the provider refuses.
func TestServeReadsThePivotOfFranceConnect(t *testing.T) {
	const secret = "un secret de plus de trente-deux octets"
	for kept, want := range map[string]string{secret: "ne correspond à aucune personne", "un autre " + secret: "ne répond pas comme prévu"} {
		i := install(t, "sandbox")
		national := i.nationalFC(secret, ins.Traits{BirthName: "DUBOIS", FirstGiven: "ANGELA", Givens: "ANGELA CLAIRE LOUISE", Sex: "F", BirthDate: "1962-08-24", BirthPlace: "75107"})
		i.write("secret-fc", []byte(kept+"\n"))
		base, err := os.ReadFile(i.config)
		if err != nil {
			t.Fatal(err)
		}
		// Passkeys, which come with the accounts of citizens, want a name.
		named := strings.Replace(i.address, "127.0.0.1", "localhost", 1)
		i.write("socle.toml", []byte(strings.Replace(string(base), `public = "https://`+i.address, `public = "https://`+named, 1)+
			"\n[franceconnect]\nissuer = \""+national.URL+doorfc.Path+"\"\nclient_id = \"socle-essai\"\nsecret_file = \""+i.path("secret-fc")+"\"\nroots = \""+i.path("autorites.pem")+"\"\n"))
		i.start()
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: i.authority.Roots()}}}
		_, page := get(t, browser, "https://"+named+"/connexion/franceconnect")
		form, who := fcAction.FindStringSubmatch(page), fcPeople.FindStringSubmatch(page)
		if form == nil || who == nil {
			t.Fatalf("not the page of FranceConnect: %.400s", page)
		}
		resp, err := browser.PostForm(national.URL+form[1], url.Values{"jeton": {form[2]}, "identite": {who[1]}})
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("back with %s at %s:\n%.1200s", resp.Status, resp.Request.URL.Path, b)
		}
	}
}
