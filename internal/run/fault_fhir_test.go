package run

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/internal/domain/acces"
)

// fhirAnswer is what the FHIR door said.
type fhirAnswer struct {
	status int
	header http.Header
	raw    string
	json   map[string]any
}

// issue gives the id and the words of an OperationOutcome.
func (a fhirAnswer) issue() (id, words string) {
	var o struct {
		Type  string `json:"resourceType"`
		Issue []struct {
			Diagnostics string `json:"diagnostics"`
			Details     struct {
				Coding []struct {
					Code string `json:"code"`
				} `json:"coding"`
			} `json:"details"`
		} `json:"issue"`
	}
	if json.Unmarshal([]byte(a.raw), &o) != nil || o.Type != "OperationOutcome" || len(o.Issue) != 1 || len(o.Issue[0].Details.Coding) != 1 {
		return "", ""
	}
	return o.Issue[0].Details.Coding[0].Code, o.Issue[0].Diagnostics
}

// fhirCall is one request; token "" means none.
type fhirCall struct {
	method, path, token, body string
	header                    map[string]string
}

func (tr *trial) fhir(t testing.TB, c fhirCall) fhirAnswer {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodGet
	}
	if strings.HasPrefix(c.path, "/") {
		c.path = tr.endpoints.PDSm + c.path
	}
	req, err := http.NewRequest(c.method, c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for k, v := range c.header {
		req.Header.Set(k, v)
	}
	resp, err := tr.as("medecin_generaliste").HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := fhirAnswer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.json)
	return a
}

// refused checks status, id and both languages of an OperationOutcome.
func (a fhirAnswer) refused(t testing.TB, status int, id string) {
	t.Helper()
	got, words := a.issue()
	if a.status != status || got != id {
		t.Errorf("%d %s, %d %s expected: %.300s", a.status, got, status, id, a.raw)
		return
	}
	fr, en, _ := strings.Cut(words, " | ")
	bilingual(t, fr, en)
	if !strings.HasPrefix(a.header.Get("Content-Type"), "application/fhir+json") {
		t.Errorf("Content-Type %s", a.header.Get("Content-Type"))
	}
}

func (p patient) search() string {
	return "patient.identifier=" + url.QueryEscape("urn:oid:"+p.ins.OID+"|"+p.ins.Matricule.Reveal()) + "&status=current"
}

// ids lists the resources of a bundle.
func (a fhirAnswer) ids() []string {
	var b struct {
		Entry []struct {
			Resource struct {
				ID string `json:"id"`
			} `json:"resource"`
		} `json:"entry"`
	}
	_ = json.Unmarshal([]byte(a.raw), &b)
	var out []string
	for _, e := range b.Entry {
		out = append(out, e.Resource.ID)
	}
	return out
}

func (a fhirAnswer) next() string {
	links, _ := a.json["link"].([]any)
	for _, l := range links {
		if m, _ := l.(map[string]any); m["relation"] == "next" {
			u, _ := m["url"].(string)
			return u
		}
	}
	return ""
}

// TestFaultsOfFHIR asks the FHIR door what it must refuse, and pages, hides and shows.
func TestFaultsOfFHIR(t *testing.T) {
	tr := newTrial(startDemo(t, t.TempDir(), 12))
	p := tr.citizen("citoyen-1")
	gp, nurse, own := tr.token("medecin_generaliste"), tr.token("infirmier"), tr.token("citoyen-1")
	docs := "/DocumentReference?"
	good := docs + p.search()
	all := tr.fhir(t, fhirCall{path: good, token: gp})
	ids := all.ids()
	if all.status != 200 || len(ids) < 3 {
		t.Fatalf("%d %.300s", all.status, all.raw)
	}
	stored := tr.verified()
	one := "/DocumentReference/" + ids[0]
	forged, err := base64.RawURLEncoding.DecodeString(gp)
	if err != nil {
		t.Fatal(err)
	}
	forged[0] ^= 1
	expired := tr.expiredToken(t, "medecin_generaliste")
	xml := map[string]string{"Accept": "application/fhir+xml"}
	patch := map[string]string{"Content-Type": "application/json-patch+json"}
	for _, c := range []struct {
		name   string
		call   fhirCall
		status int
		id     string
	}{
		{"no token", fhirCall{path: good}, 401, "FHIR-JETON"},
		{"a word for a token", fhirCall{path: good, token: "sesame"}, 401, "FHIR-JETON"},
		{"forged token", fhirCall{path: good, token: base64.RawURLEncoding.EncodeToString(forged)}, 401, "FHIR-JETON"},
		{"expired token", fhirCall{path: good, token: expired}, 401, "FHIR-JETON"},
		{"unknown parameter", fhirCall{path: good + "&autor.family=x", token: gp}, 400, "FHIR-PARAMETRE"},
		{"unknown modifier", fhirCall{path: good + "&type:above=x", token: gp}, 400, "FHIR-PARAMETRE"},
		{"no patient", fhirCall{path: docs + "status=current", token: gp}, 400, "FHIR-PARAMETRE"},
		{"two patients", fhirCall{path: good + "&" + p.search(), token: gp}, 400, "FHIR-PARAMETRE"},
		{"patient by reference", fhirCall{path: good + "&patient=Patient/1", token: gp}, 400, "FHIR-PARAMETRE"},
		{"identifier without system", fhirCall{path: docs + "status=current&patient.identifier=123", token: gp}, 400, "FHIR-PARAMETRE"},
		{"no status", fhirCall{path: docs + strings.Split(p.search(), "&")[0], token: gp}, 400, "FHIR-PARAMETRE"},
		{"unknown status", fhirCall{path: strings.Replace(good, "current", "currant", 1), token: gp}, 400, "FHIR-PARAMETRE"},
		{"wrong date", fhirCall{path: good + "&date=hier", token: gp}, 400, "FHIR-PARAMETRE"},
		{"impossible date", fhirCall{path: good + "&date=2024-13-45", token: gp}, 400, "FHIR-PARAMETRE"},
		{"unknown prefix of a date", fhirCall{path: good + "&date=zz2024", token: gp}, 400, "FHIR-PARAMETRE"},
		{"unknown order", fhirCall{path: good + "&_sort=couleur", token: gp}, 400, "FHIR-PARAMETRE"},
		{"_count is not a number", fhirCall{path: good + "&_count=dix", token: gp}, 400, "FHIR-PARAMETRE"},
		{"_count below zero", fhirCall{path: good + "&_count=-1", token: gp}, 400, "FHIR-PARAMETRE"},
		{"page that never was", fhirCall{path: docs + "_page=00", token: gp}, 410, "FHIR-PAGE"},
		{"XML wanted", fhirCall{path: good, token: gp, header: xml}, 406, "FHIR-FORMAT"},
		{"XML wanted by _format", fhirCall{path: good + "&_format=xml", token: gp, header: map[string]string{"Accept": "application/fhir+json"}}, 406, "FHIR-FORMAT"},
		{"form that is not one", fhirCall{method: "POST", path: "/DocumentReference/_search", token: gp, body: "%zz", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 400, "FHIR-PARAMETRE"},
		{"another resource", fhirCall{path: "/Observation?code=1", token: gp}, 404, "FHIR-INTERACTION"},
		{"deletion", fhirCall{method: "DELETE", path: one, token: gp}, 404, "FHIR-INTERACTION"},
		{"unknown id", fhirCall{path: "/DocumentReference/00000000-0000-4000-8000-000000000000", token: gp}, 404, "DMP-PAS-DE-DOCUMENT"},
		{"unknown bytes", fhirCall{path: "/Binary/00000000-0000-4000-8000-000000000000", token: gp}, 404, "DMP-PAS-DE-DOCUMENT"},
		{"search without right", fhirCall{path: good, token: nurse}, 403, "ACC-REFUS-SANS-AUTORISATION"},
		{"patch of the title", fhirCall{method: "PATCH", path: one, token: own, header: patch, body: `[{"op":"replace","path":"/description","value":"x"}]`}, 405, "FHIR-PATCH-CHEMIN"},
		{"patch of the confidentiality", fhirCall{method: "PATCH", path: one, token: own, header: patch,
			body: `[{"op":"add","path":"/securityLabel/-","value":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]}}]`}, 405, "FHIR-PATCH-CHEMIN"},
		{"patch that is not JSON", fhirCall{method: "PATCH", path: one, token: own, header: patch, body: `<diff/>`}, 400, "FHIR-PATCH"},
		{"patch that does not apply", fhirCall{method: "PATCH", path: one, token: own, header: patch, body: `[{"op":"remove","path":"/securityLabel/9"}]`}, 400, "FHIR-PATCH"},
		{"patch of a gigabyte", fhirCall{method: "PATCH", path: one, token: own, header: patch, body: strings.Repeat(" ", 1<<20)}, 400, "FHIR-PATCH"},
		{"patch of an old version", fhirCall{method: "PATCH", path: one, token: own, header: map[string]string{"Content-Type": "application/json-patch+json", "If-Match": `W/"99"`}, body: maskPatch}, 412, "XDS-VERSION"},
		{"patch of somebody else's document", fhirCall{method: "PATCH", path: one, token: tr.token("citoyen-2"), header: patch, body: maskPatch}, 404, "DMP-PAS-DE-DOCUMENT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := tr.fhir(t, c.call)
			a.refused(t, c.status, c.id)
			if c.name == "unknown parameter" {
				if _, words := a.issue(); !strings.Contains(words, "author.family") {
					t.Errorf("the nearest name is due: %s", words)
				}
			}
			if c.status == 401 && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
			}
		})
	}
	if again := tr.fhir(t, fhirCall{path: good, token: gp}); again.status != 200 || !slices.Equal(again.ids(), ids) {
		t.Errorf("the list changed: %v then %v", ids, again.ids())
	}
	t.Run("hidden is as unknown", func(t *testing.T) { tr.hiddenAsUnknown(t, ids[0], nurse, gp, own) })
	t.Run("form", func(t *testing.T) {
		a := tr.fhir(t, fhirCall{method: "POST", path: "/DocumentReference/_search", token: gp, body: p.search(), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}})
		if a.status != 200 || !slices.Equal(a.ids(), ids) {
			t.Errorf("%d %.300s", a.status, a.raw)
		}
		if strings.Contains(fmt.Sprint(a.json["link"]), p.ins.Matricule.Reveal()) {
			t.Errorf("the matricule stands in an address: %v", a.json["link"])
		}
	})
	t.Run("order", func(t *testing.T) {
		up, down := tr.fhir(t, fhirCall{path: good + "&_sort=date", token: gp}).ids(), tr.fhir(t, fhirCall{path: good + "&_sort=-date", token: gp}).ids()
		slices.Reverse(up)
		if len(up) != len(ids) || !slices.Equal(up, down) {
			t.Errorf("up %v\ndown %v", up, down)
		}
	})
	t.Run("mask", func(t *testing.T) { tr.masks(t, p, ids[0], gp, own) })
	if n := tr.verified(); n != stored {
		t.Errorf("%d documents are stored, %d before", n, stored)
	}
	t.Run("paging", func(t *testing.T) { tr.paging(t, p, good, gp) })
}

// expiredToken signs with the key of the territory a token that ended a minute ago.
func (tr *trial) expiredToken(t *testing.T, persona string) string {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(tr.dir, "keys", "session.key"))
	if err != nil {
		t.Fatal(err)
	}
	p := tr.endpoints.Persona(persona)
	tokens := acces.Tokens{Key: key, Now: time.Now}
	subject := acces.Subject{Professional: p.IDNat, Structure: p.Structure}
	if a := tr.fhir(t, fhirCall{path: "/DocumentReference?" + tr.citizen("citoyen-1").search(), token: tokens.Issue(subject, time.Minute)}); a.status != 200 {
		t.Fatalf("a token of one minute: %d %s", a.status, a.raw)
	}
	return tokens.Issue(subject, -time.Minute)
}

const visibility = `{"system":"https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument","code":"MASQUE_PS"}`
const maskPatch = `[{"op":"add","path":"/securityLabel/-","value":{"coding":[` + visibility + `]}}]`

// hiddenAsUnknown: what somebody may not know of and what never existed give the same answer, to
// the byte.
func (tr *trial) hiddenAsUnknown(t *testing.T, id, nurse, gp, own string) {
	tr.patched(t, id, own, map[string]string{"Content-Type": "application/json-patch+json"}, maskPatch)
	hospital := tr.token("medecin_hospitalier")
	for _, path := range []string{"/DocumentReference/", "/Binary/"} {
		never := tr.fhir(t, fhirCall{path: path + "00000000-0000-4000-8000-000000000000", token: hospital})
		for who, token := range map[string]string{"nurse without authorisation": nurse, "hospital doctor, masked": hospital, "another citizen": tr.token("citoyen-2")} {
			a := tr.fhir(t, fhirCall{path: path + id, token: token})
			if a.status != never.status || a.raw != never.raw || a.header.Get("ETag") != never.header.Get("ETag") || len(a.header) != len(never.header) {
				t.Errorf("%s %s: %d %s\nnever existed: %d %s", path, who, a.status, a.raw, never.status, never.raw)
			}
		}
	}
	list := tr.fhir(t, fhirCall{path: "/DocumentReference?" + tr.citizen("citoyen-1").search() + "&identifier=urn:uuid:" + id, token: hospital})
	if list.status != 200 || len(list.ids()) != 0 || list.json["total"] != float64(0) {
		t.Errorf("%d %.300s", list.status, list.raw)
	}
	tr.patched(t, id, own, map[string]string{"Content-Type": "application/json-patch+json"}, `[{"op":"remove","path":"/securityLabel/1"}]`)
}

// patched sends a patch that must be accepted.
func (tr *trial) patched(t *testing.T, id, token string, header map[string]string, body string) fhirAnswer {
	t.Helper()
	a := tr.fhir(t, fhirCall{method: "PATCH", path: "/DocumentReference/" + id, token: token, header: header, body: body})
	if a.status != 200 {
		t.Fatalf("%d %.400s", a.status, a.raw)
	}
	return a
}

// masks hides and shows a document in both languages of patches, and looks at it as others do.
func (tr *trial) masks(t *testing.T, p patient, id, gp, own string) {
	hospital := tr.token("medecin_hospitalier")
	seenBy := func(token string) bool {
		return tr.fhir(t, fhirCall{path: "/DocumentReference/" + id, token: token}).status == 200
	}
	if !seenBy(hospital) || !seenBy(gp) || !seenBy(own) {
		t.Fatal("the document is hidden already")
	}
	parameters := map[string]string{"Content-Type": "application/fhir+json"}
	jsonPatch := map[string]string{"Content-Type": "application/json-patch+json"}
	for _, step := range []struct {
		name   string
		header map[string]string
		body   string
		shown  bool
	}{
		{"JSON Patch hides", jsonPatch, maskPatch, false},
		{"JSON Patch shows", jsonPatch, `[{"op":"replace","path":"/securityLabel","value":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]}]}]`, true},
		{"Parameters hide", parameters, `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"DocumentReference"},` +
			`{"name":"name","valueString":"securityLabel"},{"name":"value","valueCodeableConcept":{"coding":[` + visibility + `]}}]}]}`, false},
		{"Parameters show", parameters, `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"DocumentReference.securityLabel[1]"}]}]}`, true},
	} {
		was := tr.fhir(t, fhirCall{path: "/DocumentReference/" + id, token: own}).header.Get("ETag")
		step.header["If-Match"] = was
		a := tr.patched(t, id, own, step.header, step.body)
		if now := a.header.Get("ETag"); now == was || now == "" {
			t.Errorf("%s: ETag %q then %q", step.name, was, now)
		}
		if seenBy(hospital) != step.shown || !seenBy(gp) || !seenBy(own) {
			t.Errorf("%s: hospital doctor %v, médecin traitant %v, the person %v", step.name, seenBy(hospital), seenBy(gp), seenBy(own))
		}
		q, err := tr.as("medecin_hospitalier").Query(context.Background(), p.cx(), findAll(p))
		if err != nil {
			t.Fatal(err)
		}
		listed := false
		for _, e := range q.Objects.Entries {
			listed = listed || strings.TrimPrefix(e.LogicalID, "urn:uuid:") == id || strings.TrimPrefix(e.EntryUUID, "urn:uuid:") == id
		}
		if listed != step.shown {
			t.Errorf("%s: XDS shows it to the hospital doctor: %v", step.name, listed)
		}
		if r := tr.fhir(t, fhirCall{method: "PATCH", path: "/DocumentReference/" + id, token: own, header: step.header, body: maskPatch}); r.status != 412 {
			t.Errorf("%s: the old version again: %d", step.name, r.status)
		}
		delete(step.header, "If-Match")
	}
	if a := tr.fhir(t, fhirCall{method: "PATCH", path: "/DocumentReference/" + id, token: hospital, header: jsonPatch, body: maskPatch}); a.status != 200 {
		t.Errorf("a doctor of the care team may hide: %d %.300s", a.status, a.raw)
	}
	if a := tr.fhir(t, fhirCall{method: "PATCH", path: "/DocumentReference/" + id, token: gp, header: jsonPatch, body: `[{"op":"remove","path":"/securityLabel/1"}]`}); a.status != 200 {
		t.Errorf("the médecin traitant may show again: %d %.300s", a.status, a.raw)
	}
}

// paging walks a list by two while documents arrive: nothing is missed, nothing comes twice.
func (tr *trial) paging(t *testing.T, p patient, good, gp string) {
	before := tr.fhir(t, fhirCall{path: good, token: gp}).ids()
	a := tr.fhir(t, fhirCall{path: good + "&_count=2", token: gp})
	var got []string
	for pages := 0; ; pages++ {
		if a.status != 200 || len(a.ids()) == 0 || len(a.ids()) > 2 || a.json["total"] != float64(len(before)) {
			t.Fatalf("page %d: %d %.300s", pages, a.status, a.raw)
		}
		got = append(got, a.ids()...)
		next := a.next()
		if next == "" {
			break
		}
		if pages == 0 {
			if r := tr.fhir(t, fhirCall{path: next, token: tr.token("medecin_hospitalier")}); r.status != 410 {
				t.Errorf("the page of somebody else: %d", r.status)
			}
		}
		if pages < 3 {
			if s := tr.request(tr.deposit(p)).post(t); s.response != ebxml.StatusSuccess {
				t.Fatalf("%s", s.raw)
			}
		}
		a = tr.fhir(t, fhirCall{path: next, token: gp})
	}
	if !slices.Equal(got, before) {
		t.Errorf("pages give %v\nthe list was %v", got, before)
	}
	if none := tr.fhir(t, fhirCall{path: good + "&_count=0", token: gp}); none.status != 200 || len(none.ids()) != 0 || none.json["total"] != float64(len(before)+3) {
		t.Errorf("_count=0 gives the total alone: %.300s", none.raw)
	}
}
