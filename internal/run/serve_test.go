package run

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/run/client"
	"github.com/socle-sante/socle/internal/run/demo"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// installation is what an operator has: an authority of their own, a directory, a configuration file.
type installation struct {
	t         testing.TB
	dir       string
	config    string
	authority *igc.Authority
	directory *annuaire.Annuaire
	address   string // host:port of the https doors
	figures   string
}

// freeAddress gives a loopback address that is free now.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// install writes everything `socle serve` needs in a folder.
func install(t testing.TB, mode string) *installation {
	t.Helper()
	i := &installation{t: t, dir: t.TempDir(), directory: demo.Directory(), address: freeAddress(t), figures: freeAddress(t)}
	var err error
	if i.authority, err = igc.NewAuthority(rand.Reader, time.Now()); err != nil {
		t.Fatal(err)
	}
	server := i.issue(igc.Request{Offer: igc.Serveur, CommonName: "localhost", Organization: "Exploitant"})
	key, err := server.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	people, err := json.Marshal(map[string]any{"structures": i.directory.Structures(), "professionals": i.directory.Professionals()})
	if err != nil {
		t.Fatal(err)
	}
	i.write("serveur.pem", server.CertificatePEM())
	i.write("serveur-key.pem", key)
	i.write("autorites.pem", i.authority.TrustPEM())
	i.write("annuaire.json", people)
	i.revoke(nil)
	i.config = i.write("socle.toml", fmt.Appendf(nil, `data = %q
mode = %q
strictness = "lenient"
directory = %q
[https]
listen = %q
cert = %q
key = %q
public = "https://%s"
[metrics]
listen = %q
[trust]
roots = %q
crl = [%q]
audiences = ["urn:essai"]
`, i.path("data"), mode, i.path("annuaire.json"), i.address, i.path("serveur.pem"), i.path("serveur-key.pem"), i.address, i.figures,
		i.path("autorites.pem"), i.path("personnes.crl")))
	return i
}

func (i *installation) path(name string) string { return filepath.Join(i.dir, name) }

func (i *installation) write(name string, b []byte) string {
	i.t.Helper()
	if err := os.WriteFile(i.path(name), b, 0o600); err != nil {
		i.t.Fatal(err)
	}
	return i.path(name)
}

func (i *installation) issue(r igc.Request) igc.Credential {
	i.t.Helper()
	r.ECDSA = true
	c, err := i.authority.Issue(rand.Reader, time.Now(), r)
	if err != nil {
		i.t.Fatal(err)
	}
	return c
}

// revoke writes the revocation list of people's cards.
func (i *installation) revoke(c *x509.Certificate) {
	i.t.Helper()
	var list igc.Revocations
	if c != nil {
		list.Revoke(c.SerialNumber, time.Now(), 1)
	}
	der, err := i.authority.CRL(rand.Reader, igc.Professionnel, time.Now(), 1, &list)
	if err != nil {
		i.t.Fatal(err)
	}
	i.write("personnes.crl", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
}

// start runs the installation until the test ends, and waits until it is ready.
func (i *installation) start() {
	t := i.t
	t.Helper()
	c, err := LoadConfig(i.config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	said := &readyWriter{to: testWriter{t}, ready: make(chan struct{})}
	go func() { done <- Serve(ctx, c, slog.New(slog.NewTextHandler(said, nil))) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve ended badly: %v", err)
		}
	})
	select {
	case <-said.ready:
	case err := <-done:
		done <- nil
		t.Fatalf("serve stopped: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("not ready after a minute")
	}
}

// readyWriter tells when the log says that the doors are open.
type readyWriter struct {
	to    io.Writer
	once  sync.Once
	ready chan struct{}
}

func (w *readyWriter) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("msg=ready")) {
		w.once.Do(func() { close(w.ready) })
	}
	return w.to.Write(p)
}

// prepared keeps one qualified person with an open record before the first start: this version of
// the program has no identity desk outside the demo.
func (i *installation) prepared(p patient, mode ins.Mode) {
	t := i.t
	t.Helper()
	if err := os.MkdirAll(i.path("data"), 0o700); err != nil {
		t.Fatal(err)
	}
	store, err := embedded.Open(i.path("data"), embedded.Options{Origin: "socle.local/journal", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	identity(t, &dmp.DMP{Store: store, Mode: mode, Now: time.Now}, p, true, dmp.Ouvert)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// asTerritory lets the tools of the other tests speak to an installation as the general practitioner.
func (i *installation) asTerritory(card igc.Credential) *trial {
	t := i.t
	t.Helper()
	key, err := card.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	var gp client.Persona
	for _, q := range demo.Personas() {
		if pro := i.directory.Professional(q.IDNat); q.Role == "medecin_generaliste" && pro != nil {
			gp = client.Persona{ID: q.ID, Role: q.Role, Name: pro.Given + " " + pro.Family, IDNat: pro.IDNat, RPPS: pro.RPPS, Structure: q.Structure,
				Profession: pro.Profession, SavoirFaire: pro.SavoirFaire, Sector: i.directory.Structure(q.Structure).Sector}
		}
	}
	gp.ClientCert, gp.ClientKey = i.write("carte.pem", card.CertificatePEM()), i.write("carte-key.pem", key)
	base := "https://" + i.address
	e := &client.Endpoints{Repository: base + "/si-dmp-server/v2/services/repository", Registry: base + "/si-dmp-server/v2/services/registry", PDSm: base + "/fhir",
		CAFile: i.path("autorites.pem"), RepositoryID: "1.2.250.1.213.4.1.1.1.2", Personas: []client.Persona{gp}}
	return newTrial(&territory{t: t, dir: i.path("data"), endpoints: e})
}

func (i *installation) card() igc.Credential {
	for _, q := range demo.Personas() {
		if pro := i.directory.Professional(q.IDNat); q.Role == "medecin_generaliste" && pro != nil {
			return i.issue(igc.Request{Offer: igc.Professionnel, IDNat: pro.IDNat, Surname: pro.Family, Given: pro.Given, Title: pro.Role})
		}
	}
	return igc.Credential{}
}

// TestServe runs the real thing on a sandbox configuration: the protocols work, and nothing of the
// demo is there.
func TestServe(t *testing.T) {
	i := install(t, "sandbox")
	p := stranger(t, "911")
	i.prepared(p, ins.Sandbox)
	card := i.card()
	i.start()
	tr := i.asTerritory(card)

	d := tr.deposit(p)
	if s := tr.request(d).post(t); s.response != ebxml.StatusSuccess {
		t.Fatalf("%s", s.raw)
	}
	a, err := tr.as("medecin_generaliste").Retrieve(context.Background(), p.cx(), d.entry().UniqueID)
	if err != nil {
		t.Fatal(err)
	}
	// Depositing needs no authorisation; reading does, and nobody has given one.
	if a.OK() || len(a.Docs) > 0 {
		t.Errorf("read without authorisation: %+v", a)
	}
	audience := tr.assertion("medecin_generaliste", p.cx())
	audience.Audiences = []string{"urn:essai"}
	c := smartcardOf(t, card.TLS())
	if s := tr.carry(p, c.sign(t, audience, nil), c).post(t); s.response != ebxml.StatusSuccess {
		t.Errorf("the audience of this service: %s", s.raw)
	}
	production := stranger(t, "912")
	registryError("XDSUnknownPatientId", "INS-OID-SANDBOX").check(t, tr.request(tr.deposit(underOID(production, "1.2.250.1.213.1.4.8"))).post(t))

	t.Run("nothing of the demo", func(t *testing.T) { i.nothingOfTheDemo(t, tr) })
	if n := tr.verified(); n != 2 {
		t.Errorf("%d documents, 2 were acknowledged", n)
	}
}

// nothingOfTheDemo looks for doors that must not exist here, on both listeners.
func (i *installation) nothingOfTheDemo(t *testing.T, tr *trial) {
	h := tr.http(tls.Certificate{})
	for _, path := range []string{"/connexion/medecin-generaliste", "/connexion/citoyen-1", "/endpoints.json", "/api/identites", "/mon-espace", "/accueil", "/", "/metrics", "/health/ready"} {
		for _, base := range []string{"https://" + i.address, "http://" + i.figures} {
			figures := strings.HasPrefix(base, "http://") && (path == "/metrics" || path == "/health/ready")
			resp, err := h.Get(base + path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if figures != (resp.StatusCode == http.StatusOK) || !figures && resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s%s: %s", base, path, resp.Status)
			}
		}
	}
	resp, err := h.Post("https://"+i.address+"/api/identites", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("identity desk: %s", resp.Status)
	}
	if conn, err := net.DialTimeout("tcp", "127.0.0.1:8080", time.Second); err == nil {
		conn.Close()
		t.Log("something else listens on 8080: not looked at")
	}
	for _, name := range []string{client.EndpointsFile, "tokens", "pki"} {
		if _, err := os.Stat(filepath.Join(i.path("data"), name)); err == nil {
			t.Errorf("the data folder holds %s", name)
		}
	}
	plain, err := http.Get("http://" + i.address + "/")
	if err == nil {
		b, _ := io.ReadAll(plain.Body)
		plain.Body.Close()
		if plain.StatusCode != http.StatusBadRequest || !bytes.Contains(b, []byte("HTTPS")) {
			t.Errorf("plain HTTP on the https door: %s", plain.Status)
		}
	}
}

// TestServeInProduction refuses test identities, whatever their digits.
func TestServeInProduction(t *testing.T) {
	i := install(t, "production")
	real := underOID(stranger(t, "913"), "1.2.250.1.213.1.4.8")
	i.prepared(real, ins.Production)
	i.start()
	tr := i.asTerritory(i.card())
	for _, oid := range []string{"1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"} {
		registryError("XDSUnknownPatientId", "INS-OID-PRODUCTION").check(t, tr.request(tr.deposit(underOID(real, oid))).post(t))
	}
	if s := tr.request(tr.deposit(real)).post(t); s.response != ebxml.StatusSuccess {
		t.Errorf("%s", s.raw)
	}
	if n := tr.verified(); n != 1 {
		t.Errorf("%d documents", n)
	}
}

// TestServeRefusesRevokedCards puts the card on the list its authority signs.
func TestServeRefusesRevokedCards(t *testing.T) {
	i := install(t, "sandbox")
	p := stranger(t, "914")
	i.prepared(p, ins.Sandbox)
	card := i.card()
	i.revoke(card.Certificate)
	i.start()
	tr := i.asTerritory(card)
	senderFault("DMPInvalidCertificate", "VIHF-CERT-REVOQUE").check(t, tr.request(tr.deposit(p)).post(t))
	other := smartcardOf(t, i.card().TLS()) // a new card of the same person
	a := tr.assertion("medecin_generaliste", p.cx())
	if s := tr.carry(p, other.sign(t, a, nil), other).post(t); s.response != ebxml.StatusSuccess {
		t.Errorf("the new card: %s", s.raw)
	}
	// The old card may not sign behind the connection of the new one either.
	old := smartcardOf(t, card.TLS())
	a.ID += "-2"
	senderFault("DMPInvalidCertificate", "VIHF-CERT-REVOQUE").check(t, tr.carry(p, old.sign(t, a, nil), other).post(t))
	if n := tr.verified(); n != 1 {
		t.Errorf("%d documents", n)
	}
}

// TestConfigurationIsRefusedWhenWrong: unknown keys, missing ones and impossible values name what
// to mend.
func TestConfigurationIsRefusedWhenWrong(t *testing.T) {
	i := install(t, "sandbox")
	good, err := os.ReadFile(i.config)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, by, want string }{
		{"unknown key", "mode =", "mod =", `did you mean "mode"`},
		{"unknown key in a table", "public =", "publik =", `did you mean "https.public"`},
		{"unknown table", "[trust]", "[truste]", "truste"},
		{"mode", `"sandbox"`, `"bac"`, "neither sandbox nor production"},
		{"strictness", `"lenient"`, `"souple"`, "lenient, ci-sis or strict"},
		{"data missing", "data =", "#", "data is missing"},
		{"key missing", "key =", "#", "https.key is missing"},
		{"not TOML", "mode =", "mode", "toml"},
	} {
		path := i.write("faux.toml", []byte(strings.Replace(string(good), c.old, c.by, 1)))
		if _, err := LoadConfig(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "faux.toml") && !strings.Contains(err.Error(), "configuration") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for name, spoil := range map[string]func(){
		"directory":  func() { i.write("annuaire.json", []byte(`{"structures":[],"gens":[]}`)) },
		"wrong RPPS": func() { i.write("annuaire.json", []byte(`{"professionals":[{"RPPS":"10000000001"}]}`)) },
		"roots":      func() { i.write("autorites.pem", []byte("nothing")) },
	} {
		spoil()
		c, err := LoadConfig(i.config)
		if err != nil {
			t.Fatal(err)
		}
		if err := Serve(context.Background(), c, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: served", name)
		}
		i = install(t, "sandbox")
	}
}
