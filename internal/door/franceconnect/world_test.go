package franceconnect_test

import (
	"context"
	"crypto/rand"
	"github.com/socle-sante/socle/format/cda/control"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/franceconnect"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/jeton"
	"github.com/socle-sante/socle/internal/door/federation"
	doorfc "github.com/socle-sante/socle/internal/door/franceconnect"
	"github.com/socle-sante/socle/internal/door/web"
	"github.com/socle-sante/socle/internal/store/embedded"
)

const (
	secret  = "un-secret-de-quarante-caracteres-environ"
	back    = "https://service.example/retour?de=fc"
	goodbye = "https://service.example/au-revoir"
)

// world is a provider, our own pages beside it on the same host, and a clock that the test moves.
type world struct {
	t           testing.TB
	p           *franceconnect.Provider
	web, secure *httptest.Server
	dmp         *dmp.DMP
	pages       *web.Door
	rp          *federation.RelyingParty
	people      map[string]*ins.Person

	mu     sync.Mutex
	offset time.Duration
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	w.offset += d
	w.mu.Unlock()
}

type noStore struct{}

func (noStore) Load() ([]byte, error) { return nil, nil }
func (noStore) Save([]byte) error     { return nil }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var (
	dominique = ins.Traits{BirthName: "PAT-TROIS", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE MARIE-LOUISE", Sex: "F", BirthDate: "1979-03-28", BirthPlace: "51215", UsedName: "DARC"}
	abroad    = ins.Traits{BirthName: "EL IDRISSI", FirstGiven: "YOUSSEF", Givens: "YOUSSEF", Sex: "M", BirthDate: "1970-05-06", BirthPlace: "99350"}
	twin      = ins.Traits{BirthName: "JUMEAU", FirstGiven: "CAMILLE", Givens: "CAMILLE", Sex: "F", BirthDate: "1991-02-03", BirthPlace: "63220"}
	nobody    = ins.Traits{BirthName: "INCONNU", FirstGiven: "PAUL", Givens: "PAUL", Sex: "M", BirthDate: "1950-01-01", BirthPlace: "75107"}
)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, people: map[string]*ins.Person{}}
	store, err := embedded.Open(t.TempDir(), embedded.Options{Origin: "socle.test/journal", Now: w.now})
	must(t, err)
	t.Cleanup(func() { store.Close() })
	dir := annuaire.New()
	finess := annuaire.MakeFINESS("99000001")
	place := annuaire.StructIDNat(finess)
	dir.PutStructure(annuaire.Structure{IDNat: place, FINESS: finess, Name: "Cabinet des Tilleuls", Sector: "SA07", Practice: "AMBULATOIRE", Active: true})
	rpps := annuaire.MakeRPPS("9900000001")
	dir.Put(annuaire.Professional{RPPS: rpps, IDNat: annuaire.IDNat(rpps), Title: "DR", Given: "Claire", Family: "MARTIN-LEROUX", Profession: "10", SavoirFaire: "SM26", Structures: []string{place}, Active: true})
	log := slog.New(slog.DiscardHandler)
	w.dmp = &dmp.DMP{Store: store, Annuaire: dir, Mode: ins.Sandbox, RepositoryID: "1.2.3", Strictness: control.Lenient, Now: w.now, Log: log}
	doctor := dmp.Caller{Actor: acces.ProfessionalActor(dir.Professional(annuaire.IDNat(rpps)), dir.Structure(place), acces.Directe)}
	for nir, traits := range map[string]ins.Traits{"2790351215189": dominique, "1700599350123": abroad, "2910263220111": twin, "2910263220112": twin} {
		m, err := insid.WithKey(nir)
		must(t, err)
		p, _, err := w.dmp.Identify(context.Background(), doctor, &ins.Person{INS: insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.10"}, Traits: traits, Status: ins.Qualifiee,
			Evidence: ins.Evidence{Kind: "CNI", Date: "2024-01-02", Operator: "x"}})
		must(t, err)
		must(t, w.dmp.Open(context.Background(), doctor, p.ID))
		w.people[nir] = p
	}

	plain, secure := http.NewServeMux(), http.NewServeMux()
	w.web, w.secure = httptest.NewServer(plain), httptest.NewTLSServer(secure)
	t.Cleanup(w.web.Close)
	t.Cleanup(w.secure.Close)
	webURL := strings.Replace(w.web.URL, "127.0.0.1", "localhost", 1)
	w.web.URL = webURL
	keys, err := jeton.OpenKeys(noStore{}, oidc.ES256, rand.Reader, time.Now())
	must(t, err)
	identity := func(name string, traits ins.Traits, level string) franceconnect.Identity {
		v, ok := franceconnect.PivotOf(traits, "")
		if !ok {
			t.Fatalf("no pivot for %s", name)
		}
		return franceconnect.Identity{Name: name, Pivot: v, Level: level}
	}
	base := w.secure.URL + doorfc.Path
	w.p, err = franceconnect.New(franceconnect.Config{Base: base, Web: webURL + doorfc.Path, Keys: keys, Secret: []byte(secret), Now: w.now,
		Clients: []franceconnect.Client{
			{ID: "mon-espace", Name: "Mon espace santé", Secret: secret, RedirectURIs: []string{webURL + web.FCBackPath}, PostLogoutRedirectURIs: []string{webURL + "/"}},
			{ID: "service", Name: "Un service", Secret: secret + "2", RedirectURIs: []string{back}, PostLogoutRedirectURIs: []string{goodbye}},
		},
		Identities: []franceconnect.Identity{identity("Dominique DARC", dominique, "eidas3"), identity("Youssef EL IDRISSI", abroad, ""),
			identity("Camille JUMEAU", twin, ""), identity("Paul INCONNU", nobody, "eidas1")}})
	must(t, err)
	door := &doorfc.Door{Provider: w.p, Secret: []byte(secret)}
	door.RegisterWeb(plain)
	door.RegisterSecure(secure)

	w.pages = &web.Door{DMP: w.dmp, Annuaire: dir, Log: log, Now: w.now, Secret: []byte(secret), Origin: webURL, Actor: func(s acces.Subject) (dmp.Caller, error) {
		for _, p := range w.people {
			if p.ID == s.Person {
				return dmp.Caller{Actor: acces.CitizenActor(p)}, nil
			}
		}
		return dmp.Caller{}, ins.ErrUnknown
	}}
	w.pages.Comptes, err = compte.New(store, webURL, w.now)
	must(t, err)
	meta := federation.FranceConnect(base)
	meta.Authorization, meta.ResponseIssuer = webURL+doorfc.Path+"/api/v2/authorize", true
	w.rp = &federation.RelyingParty{Issuer: meta.Issuer, Metadata: meta, ClientID: "mon-espace", ClientSecret: secret, PostSecret: true, RedirectURI: webURL + web.FCBackPath, PostLogout: webURL + "/",
		Scope: federation.PivotScope, ACR: "eidas1", AcceptACR: federation.AtLeast("eidas1"), IDTokenAlg: oidc.ES256, UserInfoAlg: oidc.ES256, Now: w.now, HTTP: w.secure.Client()}
	w.pages.FranceConnect = pagesProvider{w.rp}
	w.pages.Register(plain)
	return w
}

// pagesProvider gives the pages our relying party.
type pagesProvider struct{ rp *federation.RelyingParty }

func (p pagesProvider) Begin(ctx context.Context, _ string) (string, any, error) {
	a, m, err := p.rp.Begin(ctx, "")
	return a, m, err
}

func (p pagesProvider) Finish(ctx context.Context, _ string, memory any, answer url.Values) (web.Identity, error) {
	who, err := p.rp.Finish(ctx, answer, memory.(federation.SignIn))
	if err != nil {
		return web.Identity{}, err
	}
	c, err := who.Citizen()
	return web.Identity{Pivot: compte.Pivot{Issuer: p.rp.Issuer, Subject: c.Subject, FamilyName: c.BirthName, GivenNames: c.GivenNames, BirthDate: c.BirthDate,
		Gender: c.Gender, BirthPlace: c.BirthPlace, BirthCountry: c.BirthCountry}}, err
}

// visitor is a browser without script, that stops at the sites of others.
type visitor struct {
	t testing.TB
	w *world
	*http.Client
}

func (w *world) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	return &visitor{w.t, w, &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Hostname() == "localhost" {
			return nil
		}
		return http.ErrUseLastResponse
	}}}
}

type answer struct {
	status   int
	body     string
	at       *url.URL // where it was given
	location *url.URL // where it sends to
	header   http.Header
}

func (v *visitor) read(r *http.Response, err error) answer {
	v.t.Helper()
	must(v.t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	must(v.t, err)
	a := answer{status: r.StatusCode, body: string(b), at: r.Request.URL, header: r.Header}
	a.location, _ = r.Location()
	return a
}

func (v *visitor) get(address string) answer { v.t.Helper(); return v.read(v.Get(address)) }

var (
	actionOf = regexp.MustCompile(`<form method="post" action="(/franceconnect/demande/[^"]+)">`)
	tokenOf  = regexp.MustCompile(`name="jeton" value="([^"]+)"`)
	personOf = regexp.MustCompile(`name="identite" value="([^"]+)"><span class="sr">[^<]*</span><strong>([^<]+)</strong>`)
)

// choose answers the page as somebody named, or gives up when the name is "".
func (v *visitor) choose(page answer, name string) answer {
	v.t.Helper()
	action, token := actionOf.FindStringSubmatch(page.body), tokenOf.FindStringSubmatch(page.body)
	if action == nil || token == nil {
		v.t.Fatalf("not the page where one chooses: %d %s", page.status, page.body)
	}
	f := url.Values{"jeton": {token[1]}, "action": {"annuler"}}
	if name != "" {
		f = url.Values{"jeton": {token[1]}, "identite": {handleOf(page.body, name)}}
	}
	return v.read(v.PostForm(v.w.web.URL+action[1], f))
}

func handleOf(page, name string) string {
	for _, m := range personOf.FindAllStringSubmatch(page, -1) {
		if html.UnescapeString(m[2]) == name {
			return m[1]
		}
	}
	return ""
}

// request is a good authorization request of the foreign service, with changes "k=v"; "k" alone removes.
func (w *world) request(change ...string) string {
	q := url.Values{"client_id": {"service"}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {"openid identite_pivot"}, "state": {"etat"}, "nonce": {"n-1"}, "acr_values": {"eidas1"}}
	for _, c := range change {
		k, v, ok := strings.Cut(c, "=")
		if q.Del(k); ok {
			q.Set(k, v)
		}
	}
	return w.web.URL + "/franceconnect/api/v2/authorize?" + q.Encode()
}

// code signs somebody in at the foreign service and gives the code.
func (w *world) code(name string, change ...string) string {
	w.t.Helper()
	v := w.visitor()
	a := v.choose(v.get(w.request(change...)), name)
	if a.location == nil || a.location.Query().Get("code") == "" {
		w.t.Fatalf("no code: %d %v", a.status, a.location)
	}
	return a.location.Query().Get("code")
}

// exchange posts to the token endpoint.
func (w *world) exchange(change ...string) answer {
	w.t.Helper()
	f := url.Values{"grant_type": {"authorization_code"}, "client_id": {"service"}, "client_secret": {secret + "2"}, "redirect_uri": {back}}
	for _, c := range change {
		k, v, ok := strings.Cut(c, "=")
		if f.Del(k); ok {
			f.Set(k, v)
		}
	}
	v := &visitor{w.t, w, w.secure.Client()}
	return v.read(v.PostForm(w.p.Issuer()+"/token", f))
}
