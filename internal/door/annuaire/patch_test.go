package annuaire

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// operated puts an operator behind the directory of a world.
func operated(t testing.TB) (*world, *mss.Operator) {
	w := newWorld(t)
	store, err := embedded.Open(t.TempDir(), embedded.Options{Origin: "socle.test/journal", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	o := &mss.Operator{Store: store, Annuaire: w.dir, Mode: ins.Sandbox, Host: "mx.test", Domains: []string{"medecin.mssante.fr", "tilleuls.mssante.fr"}, WhiteList: &mss.WhiteList{},
		Now: func() time.Time { return w.now }, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	w.door.Mailboxes, w.door.Writer = o, keyed{}
	return w, o
}

type keyed struct{}

func (keyed) DirectoryWriter(r *http.Request) (string, func(annuaire.Carrier) bool, error) {
	switch r.Header.Get("Authorization") {
	case "Bearer operateur":
		return "899000000999", nil, nil
	case "Bearer autre":
		return "899000000998", func(c annuaire.Carrier) bool { return c.Structure == "1990000099" }, nil
	case "Bearer lecteur":
		return "", nil, acces.ErrNotAdministrator
	}
	return "", nil, acces.ErrToken
}

func (w *world) patch(path, body string, header ...string) answer {
	return w.do("PATCH", "http://localhost"+BasePath+"/"+path, strings.NewReader(body), append([]string{"Content-Type", "application/fhir+json", "Authorization", "Bearer operateur"}, header...)...)
}

// op writes one operation; value is "valueX":json.
func op(kind, path, value string) string {
	if value != "" {
		value = `,{"name":"value",` + value + `}`
	}
	p, _ := json.Marshal(path)
	return fmt.Sprintf(`{"name":"operation","part":[{"name":"type","valueCode":%q},{"name":"path","valueString":%s}%s]}`, kind, p, value)
}

func patchOf(ops ...string) string {
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(ops, ",") + `]}`
}

func box(address, kind, system string) string {
	return `"valueContactPoint":{"extension":[{"url":"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type","valueCoding":{"system":"https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie","code":"MSSANTE"}},` +
		`{"url":"` + metadata + `","extension":[{"url":"type","valueCodeableConcept":{"coding":[{"system":"` + system + `","code":"` + kind + `"}]}},{"url":"description","valueString":"Une boîte"},{"url":"responsible","valueString":"Quelqu'un"}]}],` +
		`"system":"email","value":"` + address + `","rank":2}`
}

const (
	r256 = "https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie"
	r257 = "https://mos.esante.gouv.fr/NOS/TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL"
	yann = "Practitioner?identifier=" + "https://rpps.esante.gouv.fr%7C99000000021"
)

func TestPatchOpensChangesAndClosesAMailbox(t *testing.T) {
	w, o := operated(t)
	ctx := context.Background()
	const address = "yann.legoff@medecin.mssante.fr"
	a := w.patch(yann, patchOf(op("insert", "Practitioner.telecom", box(address, "PER", r257))))
	if a.status != 200 || !strings.Contains(a.body, address) || !strings.Contains(a.body, `"rank":2`) || !strings.Contains(a.body, r257) || strings.Contains(a.body, "Quelqu") {
		t.Fatalf("insert: %d %s", a.status, a.body)
	}
	id := a.json["id"].(string)
	m, err := o.Mailbox(ctx, address)
	if err != nil || m.State != mss.Active || m.Professional != "899000000021" || m.Responsible != "Quelqu'un" || m.Name != "Yann_LE GOFF_Cabinet des Tilleuls" {
		t.Fatalf("mailbox: %+v %v", m, err)
	}
	if p := w.dir.Professional("899000000021"); p.Mailbox != address {
		t.Errorf("short form: %q", p.Mailbox)
	}
	if n, _ := w.get("/Practitioner?mailbox-mss:exact=" + address + "&mailbox-mss-type=" + url.QueryEscape(r256+"|PER")).matches(); len(n) != 1 {
		t.Errorf("found %v", n)
	}
	where := "Practitioner.telecom.where(value = '" + address + "')"
	meta := where + ".extension('" + metadata + "')"
	a = w.patch("Practitioner/"+id, patchOf(op("replace", where+".rank", `"valuePositiveInt":1`), op("replace", meta+".extension('listeRouge').value", `"valueBoolean":true`)))
	if a.status != 200 || strings.Contains(a.body, address) {
		t.Fatalf("red list: %d %s", a.status, a.body)
	}
	if m, _ = o.Mailbox(ctx, address); !m.Red || m.Rank != 1 {
		t.Errorf("not red: %+v", m)
	}
	// All or nothing: the second operation is refused, the first leaves no trace.
	a = w.patch("Practitioner/"+id, patchOf(op("replace", meta+".extension('listeRouge').value", `"valueBoolean":false`), op("delete", "Practitioner.telecom.where(value = 'autre@medecin.mssante.fr')", "")))
	if a.status != 400 {
		t.Errorf("unknown mailbox: %d %s", a.status, a.body)
	}
	if m, _ = o.Mailbox(ctx, address); !m.Red {
		t.Error("half of a patch was done")
	}
	if a = w.patch("Practitioner/"+id, patchOf(op("delete", where, ""))); a.status != 200 {
		t.Fatalf("delete: %d %s", a.status, a.body)
	}
	if m, _ = o.Mailbox(ctx, address); m.State != mss.Closed {
		t.Errorf("not closed: %+v", m)
	}
	if a = w.patch("Practitioner/"+id, patchOf(op("delete", where, ""))); a.status != 400 {
		t.Errorf("closed twice: %d", a.status)
	}
	if a = w.patch("Practitioner/"+id, patchOf(op("insert", "Practitioner.telecom", box(address, "PER", r256)))); a.status != 200 || !strings.Contains(a.body, address) {
		t.Errorf("not reopened: %d %s", a.status, a.body)
	}
}

func TestPatchOfRolesAndStructures(t *testing.T) {
	w, o := operated(t)
	role := "PractitionerRole?practitioner.identifier=" + url.QueryEscape("https://rpps.esante.gouv.fr|99000000021") + "&organization.identifier=" + url.QueryEscape("https://finess.esante.gouv.fr|990000018")
	a := w.patch(role, patchOf(op("insert", "PractitionerRole.telecom", box("yann.cabinet@medecin.mssante.fr", "PER", r257))))
	if a.status != 200 || a.json["resourceType"] != "PractitionerRole" || !strings.Contains(a.body, "yann.cabinet@") {
		t.Fatalf("role: %d %s", a.status, a.body)
	}
	m, _ := o.Mailbox(context.Background(), "yann.cabinet@medecin.mssante.fr")
	if m.Structure != "1990000018" || m.Professional != "899000000021" {
		t.Errorf("carrier: %+v", m)
	}
	a = w.patch("Organization?identifier="+url.QueryEscape("https://finess.esante.gouv.fr|990000018"), patchOf(op("insert", "Organization.telecom", box("sil@tilleuls.mssante.fr", "APP", r257))))
	if a.status != 200 || !strings.Contains(a.body, "sil@tilleuls") || !strings.Contains(a.body, "cabinet@tilleuls") {
		t.Errorf("structure: %d %s", a.status, a.body)
	}
	if s := w.dir.Structure("1990000018"); s.Mailbox != "cabinet@tilleuls.mssante.fr" {
		t.Errorf("a program's mailbox is preferred: %q", s.Mailbox)
	}
}

func TestPatchRefuses(t *testing.T) {
	w, _ := operated(t)
	insert := patchOf(op("insert", "Practitioner.telecom", box("n@medecin.mssante.fr", "PER", r257)))
	where := "Practitioner.telecom.where(value = 'n@medecin.mssante.fr')"
	for name, c := range map[string]struct {
		path, body string
		header     []string
		status     int
		id         string
	}{
		"nobody signed in":      {yann, insert, []string{"Authorization", ""}, 401, acces.ErrToken.ID},
		"a reader":              {yann, insert, []string{"Authorization", "Bearer lecteur"}, 403, acces.ErrNotAdministrator.ID},
		"another structure's":   {yann, insert, []string{"Authorization", "Bearer autre"}, 403, acces.ErrNotAdministrator.ID},
		"JSON Patch":            {yann, `[]`, []string{"Content-Type", "application/json-patch+json"}, 415, errPatchType.ID},
		"no JSON":               {yann, `{`, nil, 400, errPatch.ID},
		"another resource":      {yann, `{"resourceType":"Bundle"}`, nil, 400, errPatch.ID},
		"unknown person":        {"Practitioner?identifier=99000000999", insert, nil, 404, errUnknown.ID},
		"unknown id":            {"Practitioner/003-1-1", insert, nil, 404, errUnknown.ID},
		"several":               {"PractitionerRole?practitioner.identifier=899000000021&organization.identifier=1990000018&x=1", insert, nil, 400, errCondition.ID},
		"no condition":          {"Practitioner", insert, nil, 400, errCondition.ID},
		"a service":             {"HealthcareService?identifier=1", insert, nil, 400, errPatchResource.ID},
		"another version":       {yann, insert, []string{"If-Match", `W/"999"`}, 412, errMatch.ID},
		"too large":             {yann, insert + strings.Repeat(" ", maxPatch), nil, 413, errPatchSize.ID},
		"another domain":        {yann, patchOf(op("insert", "Practitioner.telecom", box("n@ailleurs.mssante.fr", "PER", r257))), nil, 400, mss.ErrBoxDomain.ID},
		"another type":          {yann, patchOf(op("insert", "Practitioner.telecom", box("n@medecin.mssante.fr", "ORG", r257))), nil, 400, mss.ErrBoxType.ID},
		"not a mailbox":         {yann, patchOf(op("insert", "Practitioner.telecom", `"valueContactPoint":{"system":"email","value":"n@medecin.mssante.fr"}`)), nil, 400, errPatch.ID},
		"another path":          {yann, patchOf(op("replace", "Practitioner.name", `"valueString":"x"`)), nil, 400, errPatch.ID},
		"another element":       {yann, patchOf(op("replace", where+".value", `"valueString":"x"`)), nil, 400, errPatch.ID},
		"a function":            {yann, patchOf(op("delete", "Practitioner.telecom.first()", "")), nil, 400, errPatch.ID},
		"an injection":          {yann, patchOf(op("delete", "Practitioner.telecom.where(value = 'a' or value = 'b')", "")), nil, 400, errPatch.ID},
		"delete all":            {yann, patchOf(op("delete", "Practitioner.telecom", "")), nil, 400, errPatch.ID},
		"another type of patch": {yann, patchOf(op("move", where+".rank", "")), nil, 400, errPatch.ID},
		"a wrong value":         {yann, patchOf(op("replace", where+".rank", `"valueString":"1"`)), nil, 400, errPatch.ID},
	} {
		a := w.patch(c.path, c.body, c.header...)
		if a.status != c.status || !strings.Contains(a.body, c.id) {
			t.Errorf("%s: %d, want %d %s: %s", name, a.status, c.status, c.id, a.body)
		}
	}
	// Two people cannot answer to one identifier; two structures of one legal entity can to its SIREN.
	if _, err := w.dir.PutResources(&annuaire.Organization{IDNat: "1990000042", FINESS: "990000042", SIREN: "990000001", Active: true}, &annuaire.Organization{IDNat: "1990000059", FINESS: "990000059", SIREN: "990000001", Active: true}); err != nil {
		t.Fatal(err)
	}
	if a := w.patch("Organization?identifier=990000001", insert); a.status != 412 || !strings.Contains(a.body, "multiple-matches") {
		t.Errorf("several: %d %s", a.status, a.body)
	}
	w.door.Mailboxes = nil
	if a := w.patch(yann, insert); a.status != 405 {
		t.Errorf("without an operator: %d", a.status)
	}
}

// TestPatchTellsNobodysMailbox: an address of somebody else and one that nobody has get the same answer.
func TestPatchTellsNobodysMailbox(t *testing.T) {
	w, o := operated(t)
	o.Domains = append(o.Domains, mss.Citizens)
	const has, none = "146026322000196@" + mss.Citizens, "255069900000155@" + mss.Citizens
	for _, m := range []mss.Mailbox{{Address: has, Type: mss.Citizen, Person: "p"}, {Address: "cache@tilleuls.mssante.fr", Type: mss.Organisation, Structure: "1990000018", Red: true}} {
		if _, err := o.Open(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, pair := range [][2]string{{has, none}, {"cache@tilleuls.mssante.fr", "libre@tilleuls.mssante.fr"}} {
		for what, ask := range map[string]func(string) string{
			"delete": func(a string) string { return op("delete", "Practitioner.telecom.where(value = '"+a+"')", "") },
			"replace": func(a string) string {
				return op("replace", "Practitioner.telecom.where(value = '"+a+"').rank", `"valuePositiveInt":1`)
			},
			"insert": func(a string) string { return op("insert", "Practitioner.telecom", box(a, "PER", r257)) },
		} {
			if what == "insert" && !strings.HasSuffix(pair[0], mss.Citizens) {
				continue // an address that is taken is told: there is no other way to choose one
			}
			there, nobody := w.patch(yann, patchOf(ask(pair[0]))), w.patch(yann, patchOf(ask(pair[1])))
			if there.status != nobody.status || strings.ReplaceAll(there.body, pair[0], "") != strings.ReplaceAll(nobody.body, pair[1], "") {
				t.Errorf("%s %s: %d %s, and of nobody %d %s", what, pair[0], there.status, there.body, nobody.status, nobody.body)
			}
		}
	}
}

func FuzzPatchPath(f *testing.F) {
	for _, s := range []string{"Practitioner.telecom", "Practitioner.telecom.where(value = 'a@b').rank", "A.b.where(value='x').extension( 'y' ).extension('z').value", "a..b", "where("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		steps, ok := parsePath(s)
		if ok && len(steps) == 0 {
			t.Error("a path without steps")
		}
	})
}

func TestSystemSearchAndBatch(t *testing.T) {
	w := newWorld(t)
	a := w.get("?_type=Practitioner,Organization&_count=2")
	if a.status != 200 || a.json["total"].(float64) != 6 {
		t.Fatalf("system search: %d %s", a.status, a.body)
	}
	seen := map[string]bool{}
	for range 10 {
		list, _ := a.matches()
		for _, id := range list {
			if seen[id] {
				t.Errorf("%s twice", id)
			}
			seen[id] = true
		}
		next := ""
		for _, l := range a.json["link"].([]any) {
			if l := l.(map[string]any); l["relation"] == "next" {
				next = l["url"].(string)
			}
		}
		if next == "" {
			break
		}
		if a = w.do("GET", next, nil); a.status != 200 {
			t.Fatalf("next page: %d %s", a.status, a.body)
		}
	}
	if len(seen) != 6 {
		t.Errorf("pages gave %v", seen)
	}
	for path, status := range map[string]int{"": 400, "?_type=Patient": 404, "?_type=Practitioner,Organization&family=x": 400} {
		if a := w.get(path); a.status != status {
			t.Errorf("%q: %d, want %d: %s", path, a.status, status, a.body)
		}
	}
	post := func(body string) answer {
		return w.do("POST", "http://localhost"+BasePath, strings.NewReader(body), "Content-Type", "application/fhir+json")
	}
	a = post(`{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Practitioner?family=martin"}},{"request":{"method":"GET","url":"/Organization?nom=x"}},{"request":{"method":"DELETE","url":"Organization/1"}}]}`)
	entries, _ := a.json["entry"].([]any)
	if a.status != 200 || len(entries) != 3 {
		t.Fatalf("batch: %d %s", a.status, a.body)
	}
	for i, want := range []string{"200", "400", "400"} {
		if got := entries[i].(map[string]any)["response"].(map[string]any)["status"].(string); !strings.HasPrefix(got, want) {
			t.Errorf("entry %d: %s", i, got)
		}
	}
	if r := entries[0].(map[string]any)["resource"].(map[string]any); r["total"].(float64) != 1 {
		t.Errorf("first answer: %v", r)
	}
	if a = post(`{"resourceType":"Bundle","type":"transaction"}`); a.status != 400 {
		t.Errorf("transaction: %d", a.status)
	}
}

func FuzzPatch(f *testing.F) {
	f.Add([]byte(patchOf(op("insert", "Practitioner.telecom", box("a@b.fr", "PER", r257)), op("replace", "Practitioner.telecom.where(value = 'a@b.fr').rank", `"valuePositiveInt":1`))))
	f.Add([]byte(`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"value","valueContactPoint":null}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := readPatch(annuaire.KPractitioner, raw)
		if err == nil && len(list) == 0 {
			t.Error("a patch that does nothing was read")
		}
		for _, a := range list {
			if a.Insert == nil && a.Delete == "" && a.Change == "" {
				t.Errorf("an operation on nothing: %+v", a)
			}
		}
	})
}
