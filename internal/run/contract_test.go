package run

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/run/client"
)

// program under test, run as a stranger runs it: its command line, its files, its doors.
type command struct {
	t   *testing.T
	bin string
}

// run gives what a command printed and its exit status.
func (c command) run(args ...string) (stdout, stderr string, status int) {
	c.t.Helper()
	var out, err bytes.Buffer
	cmd := exec.Command(c.bin, args...)
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	cmd.Stdout, cmd.Stderr = &out, &err
	e := cmd.Run()
	if _, exited := e.(*exec.ExitError); e != nil && !exited {
		c.t.Fatal(e)
	}
	return out.String(), err.String(), cmd.ProcessState.ExitCode()
}

// lines decodes one JSON object a line.
func (c command) lines(out string) []map[string]any {
	c.t.Helper()
	var list []map[string]any
	for _, l := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		var m map[string]any
		if err := json.Unmarshal([]byte(l), &m); err != nil {
			c.t.Fatalf("%v in %.200q", err, l)
		}
		list = append(list, m)
	}
	return list
}

// has checks that an object holds these keys.
func has(t testing.TB, what string, m map[string]any, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if v, ok := m[k]; !ok || v == nil || v == "" {
			t.Errorf("%s: %q is missing: %v", what, k, m)
		}
	}
}

// TestOutsideContract holds the program to docs/contract.md.
func TestOutsideContract(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	c := command{t, build(t)}
	dir := t.TempDir()
	p := startProgram(t, c.bin, dir)
	stop := func() { p.end(syscall.SIGTERM) }
	defer func() { stop() }()
	e, err := client.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	tr := newTrial(&territory{t: t, dir: dir, endpoints: e})
	t.Run("endpoints", func(t *testing.T) { tr.contractEndpoints(t, p.web) })
	t.Run("certificates", func(t *testing.T) { tr.contractCertificates(t) })
	t.Run("tokens", func(t *testing.T) { tr.contractTokens(t) })
	t.Run("citizens", func(t *testing.T) { tr.contractCitizens(t) })
	t.Run("login", func(t *testing.T) { tr.contractLogin(t) })
	t.Run("metrics", func(t *testing.T) { tr.contractMetrics(t) })
	t.Run("send", func(t *testing.T) { c.send(t, tr) })
	t.Run("check", func(t *testing.T) { c.check(t, tr) })
	t.Run("show", func(t *testing.T) { c.show(t, tr) })
	t.Run("load and verify", func(t *testing.T) { c.loadAndVerify(t, tr) })
	t.Run("words", func(t *testing.T) { c.words(t) })

	stop()
	if s := p.cmd.ProcessState.ExitCode(); s != 0 {
		t.Errorf("after SIGTERM the program ended with %d", s)
	}
	start := time.Now()
	p = startProgram(t, c.bin, dir)
	t.Logf("the second start took %v", time.Since(start).Round(time.Millisecond))
	again, err := client.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Personas) != len(e.Personas) || again.Personas[0].INS != e.Personas[0].INS || again.Personas[0].ClientCert != e.Personas[0].ClientCert {
		t.Error("the second start shows another territory")
	}
}

// contractEndpoints reads endpoints.json as a stranger: what is there, and what is not.
func (tr *trial) contractEndpoints(t *testing.T, web string) {
	raw, err := os.ReadFile(filepath.Join(tr.dir, client.EndpointsFile))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	has(t, "endpoints.json", m, "web", "xds_repository", "xds_registry", "pdsm", "metrics", "journal", "ca_file", "structures", "personas",
		"insi", "insi_scripts", "psc_issuer", "psc_clients", "psc_exchange", "igc", "pki", "annuaire", "annuaire_import",
		"smtp", "submission", "imap", "mss_peer")
	for _, k := range []string{"smtp", "submission", "imap"} {
		if s := fmt.Sprint(m[k]); !strings.HasPrefix(s, "127.0.0.1:") {
			t.Errorf("%s is %s", k, s)
		}
	}
	peer, _ := m["mss_peer"].(map[string]any)
	has(t, "mss_peer", peer, "domain", "listen", "cert", "key")
	files(t, peer, "cert", "key")
	for _, door := range []string{"mllp", "dicomweb", "dicom", "sas"} {
		if _, ok := m[door]; ok {
			t.Errorf("%s has an entry: say in docs/contract.md that it exists", door)
		}
	}
	if m["web"] != web || !strings.HasPrefix(web, "http://localhost:") {
		t.Errorf("ready %s, web %v", web, m["web"])
	}
	for _, k := range []string{"xds_repository", "xds_registry", "pdsm", "insi", "annuaire", "psc_issuer", "psc_exchange"} {
		if s, _ := m[k].(string); !strings.HasPrefix(s, "https://") {
			t.Errorf("%s is %s", k, s)
		}
	}
	structures := map[string]bool{}
	for _, s := range objects(m["structures"]) {
		has(t, "structure", s, "id", "name", "finess", "client_cert", "client_key", "insi_cert", "insi_key")
		structures[s["id"].(string)] = true
		files(t, s, "client_cert", "client_key", "insi_cert", "insi_key")
	}
	auths := map[string]int{}
	for _, c := range objects(m["psc_clients"]) {
		has(t, "psc client", c, "client_id", "auth", "redirect_uris", "post_logout_redirect_uris")
		auths[fmt.Sprint(c["auth"])]++
		if c["auth"] == "tls_client_auth" && !structures[fmt.Sprint(c["structure"])] {
			t.Errorf("a client is bound to structure %v, which is not listed", c["structure"])
		}
		if c["userinfo_signed_response_alg"] != nil {
			auths["signed"]++
		}
	}
	if auths["client_secret_basic"] < 2 || auths["tls_client_auth"] < 1 || auths["signed"] < 1 {
		t.Errorf("Pro Santé Connect clients: %v", auths)
	}
	for _, name := range []string{"revoked", "expired"} {
		pair, _ := m["pki"].(map[string]any)[name].(map[string]any)
		files(t, pair, "client_cert", "client_key")
	}
	roles := map[string]int{}
	for _, q := range objects(m["personas"]) {
		what := fmt.Sprint("persona ", q["id"])
		has(t, what, q, "id", "role", "name", "login", "token_file")
		files(t, q, "token_file")
		role := q["role"].(string)
		roles[role]++
		switch role {
		case "citoyen":
			has(t, what, q, "ins", "ins_oid", "birth_name", "birth_given", "birth_givens", "birth_date", "birth_place", "sex", "accesses")
			absent(t, what, q, "rpps", "profession", "client_cert", "structure")
			if q["ins_oid"] != "1.2.250.1.213.1.4.10" {
				t.Errorf("%s: OID %v", what, q["ins_oid"])
			}
		case "secretaire", "administrateur":
			has(t, what, q, "structure", "sector", "client_cert", "client_key")
			absent(t, what, q, "rpps", "profession", "ins")
		default:
			has(t, what, q, "rpps", "structure", "profession", "sector", "client_cert", "client_key")
			absent(t, what, q, "ins", "birth_date")
			if q["profession"] == "10" {
				has(t, what, q, "savoir_faire")
			}
		}
		if role != "citoyen" {
			has(t, what, q, "ecps")
			files(t, q, "client_cert", "client_key")
			if !structures[fmt.Sprint(q["structure"])] {
				t.Errorf("%s: structure %v is not listed", what, q["structure"])
			}
		}
		if q["id"] != "banc" {
			has(t, what, q, "mailbox", "mailbox_password")
		}
		if role == "citoyen" && q["mailbox"] != fmt.Sprint(q["ins"])+"@patient.mssante.fr" {
			t.Errorf("%s: mailbox %v", what, q["mailbox"])
		}
	}
	if roles["citoyen"] < 2 {
		t.Errorf("%d citizens", roles["citoyen"])
	}
	known := []string{"citoyen", "medecin_generaliste", "medecin_hospitalier", "biologiste", "radiologue", "infirmier", "pharmacien", "secretaire", "regulateur", "administrateur"}
	for _, r := range known {
		if roles[r] == 0 {
			t.Errorf("nobody is %s", r)
		}
		delete(roles, r)
	}
	if len(roles) > 0 {
		t.Errorf("roles outside the list: %v", roles)
	}
}

func objects(v any) []map[string]any {
	list, _ := v.([]any)
	var out []map[string]any
	for _, x := range list {
		m, _ := x.(map[string]any)
		out = append(out, m)
	}
	return out
}

func files(t testing.TB, m map[string]any, keys ...string) {
	t.Helper()
	for _, k := range keys {
		path, _ := m[k].(string)
		if st, err := os.Stat(path); err != nil || !filepath.IsAbs(path) || st.Size() == 0 {
			t.Errorf("%s %q: %v", k, path, err)
		} else if strings.Contains(k, "key") || strings.Contains(k, "token") {
			if st.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s %s may be read by others: %v", k, path, st.Mode())
			}
		}
	}
}

func absent(t testing.TB, what string, m map[string]any, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if v, ok := m[k]; ok {
			t.Errorf("%s: %s does not apply, it is %v", what, k, v)
		}
	}
}

// contractCertificates checks that each file holds the certificate, then its intermediates, and
// that it leads to ca_file, also in the eyes of openssl.
func (tr *trial) contractCertificates(t *testing.T) {
	ca, err := readCertificates(tr.endpoints.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	for _, c := range ca {
		if c.CheckSignatureFrom(c) == nil {
			roots.AddCert(c)
		}
	}
	var list []string
	for _, s := range tr.endpoints.Structures {
		list = append(list, s.ClientCert)
		if c := readSmartcard(t, s.ClientCert, s.ClientKey); !slices.Contains(c.leaf.Subject.OrganizationalUnit, s.ID) {
			t.Errorf("%s: OU %v", s.Name, c.leaf.Subject.OrganizationalUnit)
		}
	}
	for _, p := range tr.endpoints.Personas {
		if p.ClientCert == "" {
			continue
		}
		list = append(list, p.ClientCert)
		if c := readSmartcard(t, p.ClientCert, p.ClientKey); c.leaf.Subject.CommonName != p.IDNat {
			t.Errorf("%s: CN %s", p.ID, c.leaf.Subject.CommonName)
		}
	}
	openssl, _ := exec.LookPath("openssl")
	for _, path := range list {
		chain, err := readCertificates(path)
		if err != nil || len(chain) < 2 || chain[0].IsCA {
			t.Errorf("%s: %d certificates, %v", path, len(chain), err)
			continue
		}
		others := x509.NewCertPool()
		for _, c := range chain[1:] {
			others.AddCert(c)
		}
		if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if openssl == "" {
		t.Log("openssl is missing: its opinion was not asked")
		return
	}
	for _, path := range []string{list[0], list[len(list)-1]} {
		if out, err := exec.Command(openssl, "verify", "-CAfile", tr.endpoints.CAFile, "-untrusted", path, path).CombinedOutput(); err != nil {
			t.Errorf("openssl: %v %s", err, out)
		}
	}
}

// contractTokens checks that every token is accepted and lives an hour at least.
func (tr *trial) contractTokens(t *testing.T) {
	for _, p := range tr.endpoints.Personas {
		token := tr.token(p.ID)
		b, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		f := strings.Split(string(b[:len(b)-32]), "\x00")
		until, err := strconv.ParseInt(f[len(f)-1], 10, 64)
		if err != nil || time.Until(time.Unix(until, 0)) < time.Hour {
			t.Errorf("%s: the token ends at %v (%v)", p.ID, time.Unix(until, 0), err)
		}
		if a := tr.fhir(t, fhirCall{path: "/DocumentReference/00000000-0000-4000-8000-000000000000", token: token}); a.status != 404 {
			t.Errorf("%s: %d %s", p.ID, a.status, a.raw)
		}
	}
}

// contractCitizens: two citizens with documents; their doctors may read, the nurse may not.
func (tr *trial) contractCitizens(t *testing.T) {
	for _, id := range []string{"citoyen-1", "citoyen-2"} {
		p := tr.citizen(id)
		if n := len(tr.fhir(t, fhirCall{path: "/DocumentReference?" + p.search(), token: tr.token(id)}).ids()); n < 3 {
			t.Errorf("%s has %d documents", id, n)
		}
		for persona, status := range map[string]int{"medecin_generaliste": 200, "medecin_hospitalier": 200, "infirmier": 403} {
			if a := tr.fhir(t, fhirCall{path: "/DocumentReference?" + p.search(), token: tr.token(persona)}); a.status != status {
				t.Errorf("%s at %s: %d", persona, id, a.status)
			}
		}
	}
	if a := tr.fhir(t, fhirCall{path: "/DocumentReference?" + tr.citizen("citoyen-1").search(), token: tr.token("citoyen-2")}); a.status == 200 && len(a.ids()) > 0 {
		t.Error("a citizen reads another's record")
	}
}

// contractLogin signs in several times from several browsers; each session lives on its own.
func (tr *trial) contractLogin(t *testing.T) {
	for _, id := range []string{"citoyen-1", "medecin-generaliste", "secretaire"} {
		first, second := tr.browser(id), tr.browser(id)
		cookies := func(c *http.Client) string {
			req, err := http.NewRequest(http.MethodGet, tr.endpoints.Web, nil)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(c.Jar.Cookies(req.URL))
		}
		if a, b := cookies(first), cookies(second); a == b || a == "[]" {
			t.Errorf("%s: both browsers hold %s", id, a)
		}
		home := "/accueil"
		if strings.HasPrefix(id, "citoyen") {
			home = "/mon-espace"
		}
		for _, c := range []*http.Client{first, second, first} {
			if status, body := get(t, c, tr.endpoints.Web+home); status != http.StatusOK {
				t.Errorf("%s: %d %.200s", id, status, body)
			}
		}
	}
}

// contractMetrics looks for the standard process figures and ours.
func (tr *trial) contractMetrics(t *testing.T) {
	status, body := get(t, http.DefaultClient, tr.endpoints.Metrics)
	if status != http.StatusOK {
		t.Fatal(status)
	}
	for _, name := range []string{"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "socle_exchanges_total", "socle_store_fsyncs_total",
		"socle_store_queue", "socle_journal_leaves", "socle_tls_handshakes_total"} {
		if !strings.Contains(body, "\n"+name) {
			t.Errorf("no figure %s", name)
		}
	}
	for _, path := range []string{"/health/live", "/health/ready"} {
		if status, _ := get(t, http.DefaultClient, tr.endpoints.Web+path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// samples writes one conform document, one that breaks a rule, and files that cannot be read.
func (c command) samples(t *testing.T, tr *trial) (good, bad string, unreadable map[string]string) {
	dir := t.TempDir()
	put := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	raw := tr.report(stranger(t, "921"), client.NewOID())
	broken := bytes.Replace(raw, []byte(`<languageCode code="fr-FR"/>`), nil, 1)
	if len(broken) == len(raw) {
		t.Fatal("no languageCode to take away")
	}
	return put("bon.xml", raw), put("faux.xml", broken), map[string]string{
		put("coupe.xml", raw[:500]): "xml",
		put("octets.xml", bytes.Replace(raw, []byte("é"), []byte("\xe9"), 1)): "encoding",
		put("doctype.xml", []byte(`<!DOCTYPE a><a/>`)):                        "doctype",
		put("profond.xml", bytes.Repeat([]byte("<a>"), 100_000)):              "limit",
		put("autre.xml", []byte("<a/>")):                                      "kind",
		filepath.Join(dir, "absent.xml"):                                      "io",
	}
}

func (c command) check(t *testing.T, tr *trial) {
	good, bad, unreadable := c.samples(t, tr)
	if _, _, s := c.run("check", good); s != 0 {
		t.Errorf("a conform document: exit %d", s)
	}
	if _, _, s := c.run("check", good, bad); s != 1 {
		t.Errorf("with a document that breaks a rule: exit %d", s)
	}
	all := []string{good}
	for f := range unreadable {
		all = append(all, f)
	}
	all = append(all, bad)
	out, _, s := c.run(append([]string{"check", "--format", "json"}, all...)...)
	if s != 2 {
		t.Errorf("with unreadable files: exit %d", s)
	}
	lines := c.lines(out)
	if len(lines) != len(all) {
		t.Fatalf("%d lines for %d files", len(lines), len(all))
	}
	for i, l := range lines {
		if l["file"] != all[i] {
			t.Errorf("line %d is about %v, %s expected", i, l["file"], all[i])
		}
		if want := unreadable[all[i]]; want != "" {
			if l["unusable"] != want || l["conform"] != false || len(objects(l["findings"])) == 0 {
				t.Errorf("%s: %v", all[i], l)
			}
			continue
		}
		has(t, all[i], l, "kind", "levels", "findings")
		if _, ok := l["unusable"]; ok || l["conform"] != (all[i] == good) {
			t.Errorf("%s: %v", all[i], l)
		}
		for _, f := range objects(l["findings"]) {
			for _, k := range []string{"id", "severity", "level", "line", "xpath", "message", "fix"} {
				if _, ok := f[k]; !ok {
					t.Errorf("%s: a finding without %s: %v", all[i], k, f)
				}
			}
		}
		for name, level := range l["levels"].(map[string]any) {
			if !slices.Contains([]string{"xsd", "ihe", "header", "models", "models_ans", "kind", "terminology"}, name) {
				t.Errorf("level %s", name)
			}
			has(t, name, level.(map[string]any), "errors", "warnings")
		}
	}
	for _, format := range []string{"text", "html"} {
		if out, _, s := c.run("check", "--format", format, good, bad); s != 1 || !strings.Contains(out, "faux.xml") {
			t.Errorf("--format %s: exit %d %.200s", format, s, out)
		}
	}
}

func (c command) send(t *testing.T, tr *trial) {
	good, _, _ := c.samples(t, tr)
	out, _, s := c.run("send", "--to", tr.dir, "--json", good, filepath.Join(tr.dir, "absent.xml"))
	lines := c.lines(out)
	if s != 1 || len(lines) != 2 {
		t.Fatalf("exit %d %s", s, out)
	}
	l := lines[0]
	has(t, "send", l, "file", "accepted", "unique_id", "entry_uuid", "patient", "page", "findings", "identity")
	if _, ok := l["ms"].(float64); !ok || l["accepted"] != true {
		t.Errorf("%v", l)
	}
	for _, f := range objects(l["findings"]) {
		has(t, "finding", f, "id", "severity", "message")
	}
	if status, body := get(t, tr.browser("medecin_generaliste"), l["page"].(string)); status != http.StatusOK || !strings.Contains(body, "ESSAI") {
		t.Errorf("page: %d %.200s", status, body)
	}
	if lines[1]["accepted"] != false || len(objects(lines[1]["findings"])) != 1 {
		t.Errorf("a file that is not there: %v", lines[1])
	}
	// Again, by the web address this time: the same bytes are a resubmission.
	out, _, s = c.run("send", "--to", tr.endpoints.Web, "--json", good)
	if again := c.lines(out)[0]; s != 0 || again["accepted"] != true || again["entry_uuid"] != l["entry_uuid"] || again["identity"] != nil {
		t.Errorf("exit %d %v", s, again)
	}
	if _, errs, s := c.run("send", "--to", t.TempDir(), good); s == 0 || !strings.Contains(errs, "no running demo") {
		t.Errorf("nobody there: exit %d %s", s, errs)
	}
}

func (c command) show(t *testing.T, tr *trial) {
	p := tr.citizen("citoyen-1")
	a := tr.fhir(t, fhirCall{path: "/DocumentReference?" + p.search() + "&type=11490-0%2C11502-2", token: tr.token("citoyen-1")})
	if len(a.ids()) == 0 {
		a = tr.fhir(t, fhirCall{path: "/DocumentReference?" + p.search() + "&category=10", token: tr.token("citoyen-1")})
	}
	results := 0
	for i, id := range a.ids() {
		path := filepath.Join(t.TempDir(), strconv.Itoa(i)+".xml")
		if err := os.WriteFile(path, []byte(tr.fhir(t, fhirCall{path: "/Binary/" + id, token: tr.token("citoyen-1")}).raw), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _, s := c.run("show", "--format", "json", path)
		if s != 0 {
			t.Fatalf("exit %d %s", s, out)
		}
		l := c.lines(out)[0]
		has(t, "show", l, "unique_id", "title", "ins", "oid")
		if l["ins"] != p.ins.Matricule.Reveal() || l["oid"] != p.ins.OID {
			t.Errorf("ins %v oid %v", l["ins"], l["oid"])
		}
		for _, r := range objects(l["results"]) {
			results++
			has(t, "result", r, "type", "status", "time")
			if r["type"] == "PQ" {
				has(t, "PQ", r, "value", "unit")
				if _, text := r["value"].(string); !text {
					t.Errorf("a number is the document's own text: %v", r["value"])
				}
			}
			if ref, ok := r["reference"].(map[string]any); ok && ref["low"] == nil && ref["high"] == nil {
				t.Errorf("reference %v", ref)
			}
		}
		if i == 0 {
			for _, format := range []string{"text", "html", "pdf"} {
				out, _, s := c.run("show", "--format", format, path)
				if s != 0 || format == "pdf" && !strings.HasPrefix(out, "%PDF-") || format == "html" && strings.Contains(out, "<script") || len(out) < 200 {
					t.Errorf("--format %s: exit %d %.100q", format, s, out)
				}
			}
		}
	}
	if results == 0 {
		t.Error("no coded result was shown")
	}
}

func (c command) loadAndVerify(t *testing.T, tr *trial) {
	ledger, checkpoint := filepath.Join(t.TempDir(), "ledger"), filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(checkpoint, tr.fetch(t, "/checkpoint"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, s := c.run("load", "--to", tr.dir, "--seconds", "1", "--connections", "4", "--size", "20000", "--patients", "2", "--ledger", ledger)
	if s != 0 {
		t.Fatalf("exit %d %s", s, errs)
	}
	f := c.lines(out)[0]
	for _, k := range []string{"documents", "seconds", "per_second", "p50_ms", "p99_ms", "errors", "server_cpu_ms_per_document", "load_average"} {
		if _, ok := f[k].(float64); !ok {
			t.Errorf("load: %s is %v", k, f[k])
		}
	}
	raw, err := os.ReadFile(ledger)
	if err != nil || float64(bytes.Count(raw, []byte("\n"))) != f["documents"] || bytes.Count(raw, []byte("\t")) != 3*bytes.Count(raw, []byte("\n")) {
		t.Errorf("ledger: %v, %d lines for %v documents", err, bytes.Count(raw, []byte("\n")), f["documents"])
	}
	out, errs, s = c.run("verify", "--data", tr.dir, "--json", "--ledger", ledger, "--checkpoint", checkpoint)
	if s != 0 {
		t.Fatalf("exit %d %s %s", s, out, errs)
	}
	v := c.lines(out)[0]
	has(t, "verify", v, "documents", "leaves", "missing", "problems", "journal", "ok")
	if _, ok := v["orphan_bytes"].(float64); !ok || v["ok"] != true {
		t.Errorf("%v", v)
	}
	j := v["journal"].(map[string]any)
	has(t, "journal", j, "leaves", "root", "where")

	promised := append(bytes.Clone(raw), "2.25.404\t"+strings.Repeat("0", 64)+"\t159019935092104\t1.2.250.1.213.1.4.10\n"...)
	if err := os.WriteFile(ledger, promised, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, s = c.run("verify", "--data", tr.dir, "--json", "--ledger", ledger)
	if v := c.lines(out)[0]; s != 1 || v["ok"] != false || fmt.Sprint(v["missing"]) != "[2.25.404]" {
		t.Errorf("a promise that was not kept: exit %d %v %v", s, v["missing"], v["ok"])
	}
	if err := os.WriteFile(checkpoint, []byte("socle.demo/journal\n1\nAAAA\n\n— x y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, s := c.run("verify", "--data", tr.dir, "--checkpoint", checkpoint); s != 1 {
		t.Errorf("a checkpoint nobody signed: exit %d", s)
	}
	if _, _, s := c.run("verify", "--data", t.TempDir()); s == 0 {
		t.Error("an empty folder is verified")
	}
}

// words: help, completion, version, and what is refused on the command line.
func (c command) words(t *testing.T) {
	names := []string{"demo", "serve", "send", "check", "show", "load", "verify", "version", "completion"}
	help, _, s := c.run("--help")
	if s != 0 {
		t.Errorf("--help: exit %d", s)
	}
	for _, n := range names {
		if !strings.Contains(help, "\n  "+n) {
			t.Errorf("--help does not name %s", n)
		}
		out, errs, s := c.run(n, "--help")
		if s != 0 || !strings.Contains(out, "Usage: socle "+n) || errs != "" {
			t.Errorf("%s --help: exit %d %.200s %s", n, s, out, errs)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		out, _, s := c.run("completion", shell)
		for _, n := range names {
			if s != 0 || !strings.Contains(out, n) {
				t.Errorf("completion %s does not know %s (exit %d)", shell, n, s)
			}
		}
	}
	if bash, err := exec.LookPath("bash"); err == nil {
		script, _, _ := c.run("completion", "bash")
		cmd := exec.CommandContext(context.Background(), bash, "-c", script+`
COMP_WORDS=(socle ve) COMP_CWORD=1; _socle; echo "${COMPREPLY[@]}"
COMP_WORDS=(socle verify --l) COMP_CWORD=2; _socle; echo "${COMPREPLY[@]}"`)
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != "verify version\n--ledger\n" {
			t.Errorf("bash completes with %q, %v", out, err)
		}
	}
	if out, _, s := c.run("version"); s != 0 || !strings.HasPrefix(out, "socle ") {
		t.Errorf("version: exit %d %s", s, out)
	}
	for _, args := range [][]string{{}, {"nothing"}, {"check"}, {"check", "--format", "xml", "x"}, {"demo", "--ports", "some"}, {"serve"}} {
		if _, errs, s := c.run(args...); s == 0 || errs == "" {
			t.Errorf("%v: exit %d %q", args, s, errs)
		}
	}
}
