package psc_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/jeton"
	"github.com/socle-sante/socle/internal/domain/psc"
	doorpsc "github.com/socle-sante/socle/internal/door/psc"
)

const (
	martin  = "810100000017" // of the cabinet and the hospital
	durand  = "810100000025" // of the hospital only
	cabinet = "10B0152872"
	hopital = "10B0172805"
)

// world is a provider with a directory, two servers and a clock that the test moves.
type world struct {
	t         testing.TB
	p         *psc.Provider
	door      *doorpsc.Door
	authority *igc.Authority
	revoked   igc.Revocations
	secure    *httptest.Server
	web       *httptest.Server
	directory *annuaire.Annuaire
	clients   map[string]psc.Client
	creds     map[string]igc.Credential

	mu     sync.Mutex
	offset time.Duration
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += d
}

type memory struct{ b []byte }

func (m *memory) Load() ([]byte, error) { return m.b, nil }
func (m *memory) Save(b []byte) error   { m.b = b; return nil }

// sharedKeys: making RSA keys is slow, tests that do not rotate share them.
var sharedKeys = sync.OnceValue(func() *jeton.Keys {
	k, err := psc.OpenKeys(&memory{}, rand.Reader, time.Now())
	if err != nil {
		panic(err)
	}
	return k
})

var sharedAuthority = sync.OnceValue(func() *igc.Authority {
	a, err := igc.NewAuthority(rand.Reader, time.Now())
	if err != nil {
		panic(err)
	}
	return a
})

func newWorld(t testing.TB, change ...func(*psc.Config, *doorpsc.Door)) *world {
	w := &world{t: t, authority: sharedAuthority(), directory: annuaire.New(), clients: map[string]psc.Client{}, creds: map[string]igc.Credential{}}
	for _, s := range []annuaire.Structure{
		{IDNat: cabinet, FINESS: "0B0152872", Name: "Cabinet des Lilas", Sector: "SA07", Address: []string{"12 rue des Lilas"}, PostCode: "99100", Town: "AURORE", Phone: "0199000001", Active: true},
		{IDNat: hopital, FINESS: "0B0172805", Name: "Hôpital d'Aurore", Sector: "SA01", Active: true},
	} {
		w.directory.PutStructure(s)
	}
	w.directory.Put(annuaire.Professional{IDNat: martin, RPPS: martin[1:], Civility: "MME", Title: "DR", Family: "MARTIN-LEROUX", Given: "Claire", Profession: "10", SavoirFaire: "SM26", Role: "médecin généraliste", Structures: []string{cabinet, hopital}, Active: true})
	w.directory.Put(annuaire.Professional{IDNat: durand, RPPS: durand[1:], Civility: "M", Family: "DURAND", Given: "Paul", Profession: "60", Role: "infirmier", Structures: []string{hopital}, Active: true})

	webL, secureL := listen(t), listen(t)
	list, err := psc.DemoClients(cabinet, "Cabinet des Lilas", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, psc.Client{ID: "strict", Name: "Logiciel strict", Auth: psc.SecretBasic, Secret: strings.Repeat("s", 40), RedirectURIs: []string{"https://strict.example/retour?x=1"}},
		psc.Client{ID: "lie", Name: "Proxy lié", Auth: psc.TLSClient, Structure: cabinet, CIBA: true, BoundTokens: true})
	for _, c := range list {
		w.clients[c.ID] = c
	}
	cfg := psc.Config{Base: "https://localhost:" + port(secureL), Web: "http://localhost:" + port(webL), Clients: list, Directory: psc.FromAnnuaire(w.directory), Keys: sharedKeys(),
		Now: w.now, Sandbox: true, Audiences: []string{"https://localhost:" + port(secureL) + "/fhir"}, Revoked: func(c *x509.Certificate) bool { return w.revoked.Revoked(c.SerialNumber) }}
	cfg.Exchange = cfg.Base + "/api-psc/token"
	w.door = &doorpsc.Door{Secret: []byte(strings.Repeat("k", 32)),
		Session: func(r *http.Request) (string, bool) {
			c, err := r.Cookie("web")
			if err != nil {
				return "", false
			}
			id, _, ok := strings.Cut(c.Value, ".")
			return id, ok
		},
		SessionKey: func(r *http.Request) string {
			if c, err := r.Cookie("web"); err == nil {
				return c.Value
			}
			return ""
		},
		Card: func(c *x509.Certificate) (string, error) {
			if _, ok := psc.FromAnnuaire(w.directory).UserInfo(c.Subject.CommonName); !ok {
				return "", errors.New("not a card")
			}
			return c.Subject.CommonName, nil
		},
		Demo: []doorpsc.DemoLogin{{Name: "Dr Claire MARTIN-LEROUX", Role: "médecin généraliste", Href: "/connexion/" + martin}, {Name: "M. Paul DURAND", Role: "infirmier", Href: "/connexion/" + durand}},
	}
	for _, c := range change {
		c(&cfg, w.door)
	}
	if w.p, err = psc.New(cfg); err != nil {
		t.Fatal(err)
	}
	w.door.Provider = w.p
	plain, secure := http.NewServeMux(), http.NewServeMux()
	w.door.RegisterWeb(plain)
	plain.HandleFunc("GET /connexion/{id}", func(rw http.ResponseWriter, r *http.Request) {
		http.SetCookie(rw, &http.Cookie{Name: "web", Value: r.PathValue("id") + "." + rand.Text(), Path: "/"})
		if to := r.URL.Query().Get("suite"); to != "" {
			http.Redirect(rw, r, to, http.StatusSeeOther)
		}
	})
	w.door.RegisterSecure(secure)
	secure.Handle("/api-psc/token", w.door.ExchangeHandler())
	secure.HandleFunc("/api/", func(rw http.ResponseWriter, r *http.Request) {
		var cert *x509.Certificate
		if len(r.TLS.PeerCertificates) > 0 {
			cert = r.TLS.PeerCertificates[0]
		}
		c, err := w.p.VerifyAPI(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), cert, w.p.Audiences[0], w.now())
		if err != nil {
			http.Error(rw, err.Error(), http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(rw).Encode(c)
	})
	w.web = &httptest.Server{Listener: webL, Config: &http.Server{Handler: plain}}
	w.web.Start()
	server := w.issue("server", igc.Request{Offer: igc.Serveur, CommonName: "localhost", Organization: "Socle"})
	w.secure = &httptest.Server{Listener: secureL, Config: &http.Server{Handler: secure},
		TLS: &tls.Config{Certificates: []tls.Certificate{server.TLS()}, ClientCAs: w.authority.Roots(), ClientAuth: tls.VerifyClientCertIfGiven}}
	w.secure.StartTLS()
	t.Cleanup(func() { w.web.Close(); w.secure.Close() })
	for name, id := range map[string]string{"cabinet": cabinet, "hopital": hopital} {
		w.issue(name, igc.Request{Offer: igc.Organisation, StructureID: id, Organization: name, CommonName: name})
	}
	w.issue("carte", igc.Request{Offer: igc.Professionnel, IDNat: martin, Surname: "MARTIN-LEROUX", Given: "Claire"})
	return w
}

func (w *world) issue(name string, r igc.Request) igc.Credential {
	r.ECDSA = true
	c, err := w.authority.Issue(rand.Reader, time.Now(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.creds[name] = c
	return c
}

func listen(t testing.TB) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func port(l net.Listener) string { _, p, _ := net.SplitHostPort(l.Addr().String()); return p }

// client makes an HTTP client that trusts the test authority, with a certificate if named, and
// that does not leave loopback: a redirection to an address of software is given back.
func (w *world) client(cert string) *http.Client {
	conf := &tls.Config{RootCAs: w.authority.Roots()}
	if cert != "" {
		c := w.creds[cert].TLS()
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }
	}
	jar, _ := cookiejar.New(nil)
	tr := &http.Transport{TLSClientConfig: conf}
	w.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host != "localhost:"+port(w.web.Listener) && r.URL.Host != "localhost:"+port(w.secure.Listener) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

func (w *world) realm(path string) string { return w.p.Issuer() + "/protocol/openid-connect/" + path }

// answer of an endpoint.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (a answer) err() string { s, _ := a.json["error"].(string); return s }
func (a answer) id() string  { s, _ := a.json["refusal"].(string); return s }
func (a answer) str(k string) string {
	s, _ := a.json[k].(string)
	return s
}

func (w *world) do(c *http.Client, r *http.Request) answer {
	w.t.Helper()
	res, err := c.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	a := answer{status: res.StatusCode, header: res.Header, body: string(b)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		_ = json.Unmarshal(b, &a.json)
	}
	return a
}

// post sends a form as a client of the registry.
func (w *world) post(c *http.Client, path, clientID string, f url.Values) answer {
	w.t.Helper()
	r, _ := http.NewRequestWithContext(context.Background(), "POST", path, nil)
	cl := w.clients[clientID]
	f = clone(f)
	switch cl.Auth {
	case psc.SecretBasic:
		r.SetBasicAuth(url.QueryEscape(cl.ID), url.QueryEscape(cl.Secret))
	case psc.SecretPost:
		f.Set("client_id", cl.ID)
		f.Set("client_secret", cl.Secret)
	default:
		f.Set("client_id", clientID)
	}
	body := f.Encode()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(c, r)
}

func clone(f url.Values) url.Values {
	out := url.Values{}
	for k, v := range f {
		out[k] = append([]string(nil), v...)
	}
	return out
}

func (w *world) get(c *http.Client, address string) answer {
	w.t.Helper()
	r, err := http.NewRequest("GET", address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(c, r)
}

const back = "http://127.0.0.1:4711/retour"

var verifier = strings.Repeat("v", 43)

// request is a good authorization request, changed as told: "k=v" sets, "-k" removes.
func request(clientID string, change ...string) url.Values {
	q := url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {back}, "scope": {"openid scope_all"}, "acr_values": {"eidas1"}, "state": {"etat-1"}, "nonce": {"nonce-1"},
		"code_challenge": {oidc.Challenge(verifier)}, "code_challenge_method": {"S256"}}
	for _, c := range change {
		if k, v, ok := strings.Cut(c, "="); ok {
			q.Set(k, v)
		} else {
			q.Del(strings.TrimPrefix(c, "-"))
		}
	}
	return q
}

// authorize goes to the authorization endpoint and gives the page, or what travels back.
func (w *world) authorize(c *http.Client, q url.Values) (answer, url.Values) {
	w.t.Helper()
	a := w.get(c, w.webURL()+"/auth?"+q.Encode())
	return a, travelled(a)
}

func travelled(a answer) url.Values {
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.header.Get("Location") == "" {
		return nil
	}
	return u.Query()
}

// signedIn is a browser in which a persona has signed in to the pages.
func (w *world) signedIn(idNat string) *http.Client {
	c := w.client("")
	w.get(c, w.webURL()+"/connexion/"+idNat)
	return c
}

// code obtains a code for a client.
func (w *world) code(clientID string, change ...string) string {
	w.t.Helper()
	_, q := w.authorize(w.signedIn(martin), request(clientID, change...))
	if q.Get("code") == "" {
		w.t.Fatalf("no code: %v", q)
	}
	return q.Get("code")
}

// tokens goes through the whole code flow.
func (w *world) tokens(clientID string, change ...string) answer {
	w.t.Helper()
	a := w.post(w.client(w.certOf(clientID)), w.realm("token"), clientID, url.Values{"grant_type": {"authorization_code"}, "code": {w.code(clientID, change...)}, "redirect_uri": {back}, "code_verifier": {verifier}})
	if a.status != 200 {
		w.t.Fatalf("token: %d %s", a.status, a.body)
	}
	return a
}

func (w *world) certOf(clientID string) string {
	if w.clients[clientID].Auth == psc.TLSClient {
		return "cabinet"
	}
	return ""
}

var hidden = regexp.MustCompile(`name="(jeton|demande)" value="([^"]*)"`)

// fields reads the hidden fields of the first form that holds a text.
func fields(page, near string) url.Values {
	f := url.Values{}
	i := strings.Index(page, near)
	if i < 0 {
		return f
	}
	form := page[i:]
	if j := strings.Index(form, "</form>"); j > 0 {
		form = form[:j]
	}
	for _, m := range hidden.FindAllStringSubmatch(form, -1) {
		f.Set(m[1], html.UnescapeString(m[2]))
	}
	return f
}

// answerECPS opens the e-CPS page and answers the request that shows these digits.
func (w *world) answerECPS(c *http.Client, idNat, digits, word string) answer {
	w.t.Helper()
	page := w.get(c, w.webURL()+w.door.ECPSPath(idNat))
	f := fields(page.body, `data-message="`+digits+`"`)
	f.Set("reponse", word)
	return w.postForm(c, w.webURL()+w.door.ECPSPath(idNat), f)
}

func (w *world) postForm(c *http.Client, address string, f url.Values) answer {
	w.t.Helper()
	r, _ := http.NewRequest("POST", address, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(c, r)
}

func (w *world) keyPEM(name string) []byte {
	k, err := w.creds[name].KeyPEM()
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func (w *world) webURL() string { return w.p.Web }
