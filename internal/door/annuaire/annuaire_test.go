package annuaire

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/rass"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

type world struct {
	t      testing.TB
	dir    *annuaire.Annuaire
	door   *Door
	mux    *http.ServeMux
	now    time.Time
	hospit annuaire.ID
}

// newWorld makes a small fictitious territory.
func newWorld(t testing.TB) *world {
	w := &world{t: t, dir: annuaire.New(), now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), mux: http.NewServeMux()}
	w.dir.Clock = func() time.Time { return w.now }
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	must(w.dir.PutStructure(annuaire.Structure{IDNat: "1990000018", FINESS: "990000018", Name: "Cabinet des Tilleuls", Sector: "SA07", Address: []string{"12 rue des Tilleuls"}, PostCode: "99100", Town: "Valmont-sur-Seille", Phone: "tel:+33199000001", Mailbox: "cabinet@tilleuls.mssante.fr", Active: true}))
	must(w.dir.Put(annuaire.Professional{IDNat: "899000000013", RPPS: "99000000013", Family: "MARTIN-LEROUX", Given: "Hélène", Civility: "MME", Title: "DR", Profession: "10", SavoirFaire: "SM26", Structures: []string{"1990000018"}, Active: true, Mailbox: "helene.martin@medecin.mssante.fr"}))
	must(w.dir.Put(annuaire.Professional{IDNat: "899000000021", RPPS: "99000000021", Family: "LE GOFF", Given: "Yann", Civility: "M", Profession: "60", Structures: []string{"1990000018"}, Active: true}))
	legal := &annuaire.Organization{IDNat: "1990000026", FINESS: "990000026", Name: "CH du Val", Legal: true, Active: true, System: "FINESS", Authority: "ARS-99"}
	ids, err := w.dir.PutResources(legal)
	must(err)
	site := &annuaire.Organization{IDNat: "1990000034", FINESS: "990000034", Name: "Hôpital de la Seille", Sector: "SA01", Category: "101", Licence: "99#000123", Active: true, System: "FINESS", PartOf: ids[0],
		Address: annuaire.Address{Number: "1", StreetType: "AV", Street: "DE L'HOPITAL", PostCode: "99000", Town: "AURORE"}}
	more, err := w.dir.PutResources(site)
	must(err)
	_, err = w.dir.PutResources(&annuaire.Service{Identifier: "99-99-1", Organization: more[0], Type: "03", Characteristic: "07", Category: "00", Active: true, System: "FINESS", Start: "2020-01-01"},
		&annuaire.Service{Organization: more[0], Social: true, Type: "957", Characteristic: "11", Public: "110", Active: true, System: "FINESS", Capacity: "30"},
		&annuaire.Device{Identifier: "99-99-2", Organization: more[0], Type: "05602", Status: "active", Manufacturer: "ACME", Model: "SCAN 3000", System: "FINESS"},
		&annuaire.Practitioner{IDNat: "899000000039", Family: "DUPONT", Given: "Jean", Active: true, System: "RPPS", Cards: []annuaire.Card{{Type: "CPS", Number: "2800123456", Start: "2025-01-01"}},
			Qualifications: []annuaire.Qualification{{Nature: annuaire.Exercise, Type: "C", Code: "21"}, {Nature: annuaire.Degree, Type: "DE", Code: "DE01"}, {Nature: annuaire.Authorization, Type: "AUT1", Code: "DAUT04"}},
			Mailboxes:      []annuaire.Mailbox{{Address: "secret@pharmacien.mssante.fr", Type: "PER", Red: true}}})
	must(err)
	w.hospit = more[0]
	w.door = &Door{Directory: w.dir, Base: "http://localhost" + BasePath, Import: annuaire.ImportOptions{JeuDeTest: true}}
	w.door.Register(w.mux)
	return w
}

type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (w *world) do(method, target string, body io.Reader, header ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, target, body)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	a := answer{status: rec.Code, header: rec.Header(), body: rec.Body.String()}
	_ = json.Unmarshal(rec.Body.Bytes(), &a.json)
	return a
}

func (w *world) get(path string) answer {
	return w.do("GET", "http://localhost"+BasePath+path, nil)
}

// matches lists the ids of the matches of a bundle, and of what came along.
func (a answer) matches() (match, include []string) {
	entries, _ := a.json["entry"].([]any)
	for _, e := range entries {
		e := e.(map[string]any)
		id := e["resource"].(map[string]any)["resourceType"].(string) + "/" + e["resource"].(map[string]any)["id"].(string)
		if e["search"].(map[string]any)["mode"] == "match" {
			match = append(match, id)
		} else {
			include = append(include, id)
		}
	}
	return match, include
}

func (a answer) next() string {
	for _, l := range a.json["link"].([]any) {
		if l := l.(map[string]any); l["relation"] == "next" {
			return l["url"].(string)
		}
	}
	return ""
}

// TestEverySearchParameter asks each parameter of each resource for something it finds and
// something it does not.
// spec: IDENTITY B
func TestEverySearchParameter(t *testing.T) {
	w := newWorld(t)
	first := func(query string) string {
		m, _ := w.get(query).matches()
		if len(m) != 1 {
			t.Fatalf("%s: %v", query, m)
		}
		return m[0]
	}
	martin, site, legal := first("/Practitioner?identifier=99000000013"), first("/Organization?identifier=990000034"), first("/Organization?type=LEGAL-ENTITY")
	tested := map[string]bool{}
	for query, want := range map[string]int{
		"/Practitioner": 3, "/PractitionerRole": 2, "/Organization": 3, "/HealthcareService": 2, "/Device": 1,
		"/Practitioner?_id=" + strings.TrimPrefix(martin, "Practitioner/"): 1, "/Practitioner?_id=003-1-1": 0, "/Practitioner?_id=x": 0,
		"/Practitioner?_lastUpdated=ge2026-03-01": 3, "/Practitioner?_lastUpdated=lt2026-03-01": 0, "/Practitioner?_lastUpdated=eq2026": 3, "/Practitioner?_lastUpdated=gt2026-03-01T08:00:00Z": 0,
		"/Practitioner?_lastUpdated=le2026-03-01T08:00:00%2B00:00": 3, "/Practitioner?_lastUpdated=ne2026-03": 0, "/Practitioner?_lastUpdated=ap2026-03-02": 3, "/Practitioner?_lastUpdated=sa2026-02&_lastUpdated=eb2026-04": 3,
		"/Practitioner?_profile=" + url.QueryEscape(profileBase+"as-dp-practitioner"): 3, "/HealthcareService?_profile=" + url.QueryEscape(profileBase+"as-dp-healthcareservice-social-equipment"): 1,
		"/Practitioner?active=true": 3, "/Practitioner?active=false": 0, "/Practitioner?active:not=true": 0,
		"/Practitioner?data-information-system=RPPS": 3, "/Organization?data-information-system=FINESS": 3, "/Organization?data-registration-authority=ARS-99": 1, "/Organization?data-registration-authority=CNOM": 0,
		"/Practitioner?family=martin": 1, "/Practitioner?family=MARTIN%20LEROUX": 1, "/Practitioner?family=leroux": 0, "/Practitioner?family:contains=leroux": 1, "/Practitioner?family:exact=MARTIN-LEROUX": 1,
		"/Practitioner?family:exact=martin-leroux": 0, "/Practitioner?given=helene": 1, "/Practitioner?given=H%C3%A9l": 1, "/Practitioner?given=yann,jean": 2, "/Practitioner?name=goff": 0, "/Practitioner?name=le%20g": 1,
		"/Practitioner?name=mme": 1, "/Practitioner?name=DR": 1, "/Practitioner?name:family=DUPONT&name:given=JEAN": 1, "/Practitioner?family=dupont&given=yann": 0, "/Practitioner?family=": 3,
		"/Practitioner?identifier=https://rpps.esante.gouv.fr%7C99000000013": 1, "/Practitioner?identifier=https://rpps.esante.gouv.fr%7C899000000013": 0, "/Practitioner?identifier=899000000013,899000000021": 2,
		"/Practitioner?identifier=urn:oid:1.2.250.1.71.4.2.1%7C": 3, "/Practitioner?identifier-type=RPPS": 3, "/Organization?identifier-type=FINEJ": 1, "/Organization?identifier-type=" + url.QueryEscape(annuaire.SystemIDType+"|FINEG"): 2,
		"/Practitioner?mailbox-mss=helene": 1, "/Practitioner?mailbox-mss:contains=medecin.mssante": 1, "/Practitioner?mailbox-mss:exact=helene.martin@medecin.mssante.fr": 1, "/Practitioner?mailbox-mss:contains=secret": 0,
		"/Practitioner?mailbox-mss-type=PER": 1, "/Practitioner?mailbox-mss-type=" + url.QueryEscape("https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie|PER"): 1,
		"/Organization?mailbox-mss-type=ORG": 1, "/Organization?mailbox-mss:contains=tilleuls": 1, "/PractitionerRole?mailbox-mss=x": 0, "/PractitionerRole?mailbox-mss-type=PER": 0,
		"/Practitioner?number-smartcard=28001": 1, "/Practitioner?type-smartcard=CPS": 1, "/Practitioner?type-smartcard=CPE": 0,
		"/Practitioner?qualification-code=10": 1, "/Practitioner?qualification-code=SM26": 1, "/Practitioner?qualification-code=" + url.QueryEscape(annuaire.SystemProfession+"|21"): 1, "/Practitioner?qualification-code=DE01": 1,
		"/Practitioner?qualification-code=C": 3, "/Practitioner?qualification-code=DAUT04": 0, "/Practitioner?qualification-code=10,21": 2, "/Practitioner?qualification-code=" + url.QueryEscape(annuaire.SkillSystem("S")+"|SM26"): 1,
		"/PractitionerRole?practitioner=" + martin: 1, "/PractitionerRole?practitioner=" + strings.TrimPrefix(martin, "Practitioner/"): 1, "/PractitionerRole?practitioner=Practitioner/003-0-1": 0, "/PractitionerRole?practitioner:Practitioner=" + martin: 1,
		"/PractitionerRole?organization=" + first("/Organization?name=cabinet"): 2, "/PractitionerRole?organization=" + site: 0, "/PractitionerRole?role=FON-AU": 2, "/PractitionerRole?role=" + url.QueryEscape(annuaire.SystemMode+"|L"): 2,
		"/PractitionerRole?role=GENR04": 0, "/PractitionerRole?active=true": 2, "/PractitionerRole?identifier=x": 0, "/PractitionerRole?data-information-system=RPPS": 2,
		"/Organization?address=aurore": 1, "/Organization?address=99100": 1, "/Organization?address-city=valmont": 1, "/Organization?address-line=12%20rue": 1, "/Organization?address-postalcode=99": 2, "/Organization?address-postalcode=99100": 1,
		"/Organization?name=hopital": 1, "/Organization?name:contains=seille,tilleuls": 2, "/Organization?partof=" + legal: 1, "/Organization?partof=" + site: 0, "/Organization?pharmacy-licence=99": 1, "/Organization?type=SA01": 1,
		"/Organization?type=GEOGRAPHICAL-ENTITY": 2, "/Organization?type=101": 1, "/Organization?identifier=1990000034": 1, "/Organization?active=true": 3,
		"/HealthcareService?characteristic=07": 1, "/HealthcareService?characteristic=" + url.QueryEscape(annuaire.SystemActivityType+"|11"): 1, "/HealthcareService?characteristic=" + url.QueryEscape(annuaire.SystemForm+"|11"): 0,
		"/HealthcareService?organization=" + site: 2, "/HealthcareService?service-category=00": 1, "/HealthcareService?service-type=957": 1, "/HealthcareService?identifier=99-99-1": 1, "/HealthcareService?active=true": 2,
		"/Device?manufacturer=acme": 1, "/Device?model=scan": 1, "/Device?organization=" + site: 1, "/Device?status=active": 1, "/Device?type=05602": 1, "/Device?identifier=99-99-2": 1, "/Device?type=1": 0,
	} {
		a := w.get(query)
		m, _ := a.matches()
		if a.status != 200 || len(m) != want {
			t.Errorf("%s: %d, %d found, want %d: %.300s", query, a.status, len(m), want, a.body)
		}
		if total, ok := a.json["total"].(float64); ok && int(total) != want {
			t.Errorf("%s: total %v, want %d", query, total, want)
		}
		kind, params, _ := strings.Cut(query[1:], "?")
		for p := range strings.SplitSeq(params, "&") {
			name, _, _ := strings.Cut(p, "=")
			name, _, _ = strings.Cut(name, ":")
			tested[kind+" "+name] = true
		}
		// The same by POST.
		if params != "" {
			p := w.do("POST", "http://localhost"+BasePath+"/"+kind+"/_search", strings.NewReader(params), "Content-Type", "application/x-www-form-urlencoded")
			if pm, _ := p.matches(); !slices.Equal(pm, m) {
				t.Errorf("POST %s: %v, GET: %v", query, pm, m)
			}
		}
	}
	for _, k := range annuaire.Kinds {
		for _, p := range annuaire.Params(k) {
			if !tested[k.String()+" "+p.Name] && !strings.HasPrefix(p.Name, "_") && !strings.HasPrefix(p.Name, "data-") {
				t.Errorf("%s: parameter %s is not tested", k, p.Name)
			}
		}
	}
}

func TestIncludes(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string][2]int{
		"/PractitionerRole?_include=PractitionerRole:organization": {2, 1}, "/PractitionerRole?_include=PractitionerRole:practitioner": {2, 2}, "/PractitionerRole?_include=*": {2, 3},
		"/PractitionerRole?_include=PractitionerRole:organization:Organization": {2, 1},
		"/Organization?_include=Organization:partof&type=SA01":                  {1, 1}, "/Organization?_include=Organization:partof": {3, 0},
		"/Practitioner?_revinclude=PractitionerRole:practitioner": {3, 2}, "/Organization?_revinclude=PractitionerRole:organization&name=cabinet": {1, 2},
		"/Organization?_revinclude=Device:organization&_revinclude=HealthcareService:organization": {3, 3}, "/Organization?_revinclude=*": {3, 5},
		"/Organization?type=LEGAL-ENTITY&_revinclude=Organization:partof": {1, 1},
		"/Device?_include=Device:organization":                            {1, 1}, "/HealthcareService?_include=*": {2, 1},
	} {
		a := w.get(query)
		m, i := a.matches()
		if a.status != 200 || len(m) != want[0] || len(i) != want[1] {
			t.Errorf("%s: %d, %d and %d: %.200s", query, a.status, len(m), len(i), a.body)
		}
	}
}

// TestProfilesAndShapes looks at what a client of the national service reads.
// spec: IDENTITY B
func TestProfilesAndShapes(t *testing.T) {
	w := newWorld(t)
	for query, parts := range map[string][]string{
		"/Practitioner?identifier=99000000013": {`"profile":["https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-dp-practitioner","https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-practitioner"]`,
			`"source":"https://annuaire.esante.gouv.fr"`, `"language":"fr"`, `{"use":"official","type":{"coding":[{"system":"https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203","code":"RPPS"}]},"system":"https://rpps.esante.gouv.fr","value":"99000000013"}`,
			`"prefix":["MME"]`, `"suffix":["DR"]`, `"given":["Hélène"]`, `"url":"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type"`,
			`TRE-R256-TypeMessagerie","code":"MSSANTE"`, `TRE-R257-TypeBAL","code":"PER"`, `TRE-G15-ProfessionSante","code":"10","display":"Médecin"`, `TRE-R38-SpecialiteOrdinale","code":"SM26"`, `"url":"systeme-information","valueCode":"RPPS"`},
		"/Practitioner?family=dupont": {`"url":"https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-smartcard"`, `TRE-R87-TypeCarte","code":"CPS"`, `"valuePeriod":{"start":"2025-01-01"}`,
			`as-ext-practitioner-authorization"`, `TRE-R48-DiplomeEtatFrancais","code":"DE01"`},
		"/PractitionerRole?practitioner.x=": nil,
		"/Organization?identifier=990000034": {`"code":"FINEG"`, `as-ext-organization-pharmacy-licence","valueString":"99#000123"`, `"valueCode":"organizationType"`, `"code":"GEOGRAPHICAL-ENTITY"`,
			`TRE-R02-SecteurActivite","code":"SA01","display":"Etablissement public de santé"`, `"line":["1 AV DE L'HOPITAL"]`, `iso21090-ADXP-streetNameBase","valueString":"DE L'HOPITAL"`, `"partOf":{"reference":"Organization/001-`},
		"/Organization?type=LEGAL-ENTITY":     {`"code":"FINEJ"`, `"url":"autorite-enregistrement"`},
		"/HealthcareService?service-type=957": {`as-dp-healthcareservice-social-equipment"`, `"eligibility":[`},
		"/Device":                             {`"owner":{"reference":"Organization/`, `"status":"active"`, `arhgos`},
		"/PractitionerRole?role=L":            {`"code":[{"coding":[{"system":"https://mos.esante.gouv.fr/NOS/TRE_R22-GenreActivite/FHIR/TRE-R22-GenreActivite","code":"GENR01"`, `"practitioner":{"reference":"Practitioner/003-`},
	} {
		if parts == nil {
			continue
		}
		a := w.get(query)
		for _, p := range parts {
			if !strings.Contains(a.body, p) {
				t.Errorf("%s lacks %s:\n%s", query, p, a.body)
			}
		}
		if strings.Contains(a.body, "secret@") || strings.Contains(a.body, `[]`) || strings.Contains(a.body, `{}`) {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	a := w.get("/Practitioner?identifier=99000000013&_elements=name")
	if !strings.Contains(a.body, "SUBSETTED") || !strings.Contains(a.body, `"family"`) || strings.Contains(a.body, `"qualification"`) || strings.Contains(a.body, `"identifier"`) {
		t.Error(a.body)
	}
}

func TestReadAndItsRefusals(t *testing.T) {
	w := newWorld(t)
	m, _ := w.get("/Practitioner?family=martin").matches()
	a := w.get("/" + m[0])
	tag := a.header.Get("ETag")
	if a.status != 200 || a.json["resourceType"] != "Practitioner" || tag == "" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := w.do("GET", "http://localhost"+BasePath+"/"+m[0], nil, "If-None-Match", tag); a.status != 304 || a.body != "" {
		t.Error(a.status)
	}
	if a := w.do("GET", "http://localhost"+RootPath+"/"+m[0], nil); a.status != 200 {
		t.Error("the unversioned path does not answer")
	}
	if a := w.do("GET", "http://localhost"+BasePath+"/"+m[0], nil, "Accept-Encoding", "gzip"); a.header.Get("Content-Encoding") != "gzip" {
		t.Error("not compressed")
	} else if z, err := gzip.NewReader(strings.NewReader(a.body)); err != nil {
		t.Error(err)
	} else if b, err := io.ReadAll(z); err != nil || !json.Valid(b) {
		t.Error(err)
	}
	for _, c := range []struct {
		method, path string
		status       int
		id, words    string
	}{
		{"GET", "/Practitioner/003-1-1", 404, "ANN-INCONNU", ""}, {"GET", "/Practitioner/x", 404, "ANN-INCONNU", ""}, {"GET", "/Patient", 404, "ANN-RESSOURCE", ""}, {"GET", "/Practitionner", 404, "ANN-RESSOURCE", "Practitioner"},
		{"GET", "/Practitioner?familly=x", 400, "ANN-PARAMETRE", "family"}, {"GET", "/Practitioner?_cuont=3", 400, "ANN-PARAMETRE", "_count"}, {"GET", "/Practitioner?family:near=x", 400, "ANN-PARAMETRE", ""},
		{"GET", "/Practitioner?_count=x", 400, "ANN-VALEUR", ""}, {"GET", "/Practitioner?_total=x", 400, "ANN-VALEUR", ""}, {"GET", "/Practitioner?name=%00,martin", 400, "ANN-VALEUR", ""}, {"GET", "/Practitioner?family:contains=-", 400, "ANN-VALEUR", ""}, {"GET", "/Practitioner?active=oui", 400, "ANN-VALEUR", ""}, {"GET", "/Practitioner?_lastUpdated=hier", 400, "ANN-VALEUR", ""},
		{"GET", "/Practitioner?_include=Practitioner:organization", 400, "ANN-PARAMETRE", ""}, {"GET", "/Practitioner?name=%zz", 400, "ANN-REQUETE", ""}, {"GET", "/_page?id=xyz", 410, "ANN-PAGE-EXPIREE", ""},
		{"PUT", "/" + m[0], 405, "ANN-METHODE", ""}, {"DELETE", "/" + m[0], 405, "ANN-METHODE", ""}, {"POST", "/Practitioner", 405, "ANN-METHODE", ""}, {"PATCH", "/" + m[0], 405, "ANN-METHODE", ""},
		{"GET", "/Practitioner?_format=xml", 406, "ANN-FORMAT", ""}, {"GET", "/Practitioner?_sort=family", 400, "ANN-PARAMETRE", ""},
	} {
		a := w.do(c.method, "http://localhost"+BasePath+c.path, nil)
		if a.status != c.status || a.json["resourceType"] != "OperationOutcome" || !strings.Contains(a.body, c.id) || !strings.Contains(a.body, c.words) {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
	w.door.Auth = closed{}
	if a := w.get("/Practitioner"); a.status != 401 || a.json["resourceType"] != "OperationOutcome" || a.header.Get("WWW-Authenticate") == "" {
		t.Error(a.status, a.body)
	}
	if a := w.get("/metadata"); a.status != 200 || !strings.Contains(a.body, "qualification-code") || !strings.Contains(a.body, `"searchRevInclude":["*","PractitionerRole:practitioner"]`) {
		t.Error(a.status, a.body)
	}
}

type closed struct{}

func (closed) Directory(*http.Request) error {
	return &finding.Refusal{ID: "X", Kind: finding.Unauthenticated, Message: finding.T("non", "no")}
}

func (w *world) post(body []byte, query string) answer {
	w.t.Helper()
	r := httptest.NewRequest("POST", "/import"+query, bytes.NewReader(body))
	rec := httptest.NewRecorder()
	w.door.ImportHandler().ServeHTTP(rec, r)
	a := answer{status: rec.Code, body: rec.Body.String()}
	if err := json.Unmarshal(rec.Body.Bytes(), &a.json); err != nil {
		w.t.Fatal(rec.Code, rec.Body.String())
	}
	return a
}

func generated(t testing.TB, rows int, seed uint64) []byte {
	var b bytes.Buffer
	if err := rass.Generate(&b, rows, seed); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPagingWhileTheDirectoryChanges pages through everybody twice while extractions arrive: each
// list is exactly that of its beginning, no one missed or seen twice.
func TestPagingWhileTheDirectoryChanges(t *testing.T) {
	w := newWorld(t)
	lines := strings.SplitAfter(string(generated(t, 1500, 1)), "\n")
	if a := w.post([]byte(strings.Join(lines, "")), ""); a.status != 200 || a.json["refused"].(float64) != 0 {
		t.Fatal(a.body)
	}
	stop := make(chan struct{})
	var changing sync.WaitGroup
	changing.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			shuffled := slices.Clone(lines[1:])
			from := (n * 37) % (len(shuffled) - 80)
			shuffled = slices.Delete(shuffled, from, from+40)
			for i := range shuffled {
				if i%29 == n%29 {
					shuffled[i] = strings.Replace(shuffled[i], "|Civil|", "|Civil"+fmt.Sprint(n)+"|", 1)
					shuffled[i] = strings.Replace(shuffled[i], "|MME|", "|M|", 1)
				}
			}
			if a := w.post([]byte(lines[0]+strings.Join(shuffled, "")), "?seuil=100"); a.status != 200 {
				t.Error(a.body)
				return
			}
			_ = w.dir.Put(annuaire.Professional{IDNat: fmt.Sprintf("8%011d", 77000000000+n), Family: "NOUVEAU", Given: "Luc", Profession: "60", Active: true})
		}
	})
	for _, query := range []string{"/Practitioner?_count=17&_total=accurate", "/PractitionerRole?_count=50&_include=*&_total=accurate", "/Practitioner?_count=7&name=m&_total=accurate", "/Organization?active=true&_count=31&_total=accurate"} {
		for range 2 {
			seen := map[string]string{}
			total, stamp := -1, ""
			for a := w.get(query); ; {
				if a.status != 200 {
					t.Fatalf("%s: %d %s", query, a.status, a.body)
				}
				if total < 0 {
					total = int(a.json["total"].(float64))
					stamp = a.json["meta"].(map[string]any)["lastUpdated"].(string)
				}
				if a.json["meta"].(map[string]any)["lastUpdated"] != stamp {
					t.Fatal("the pages are not of one version")
				}
				match, _ := a.matches()
				for _, id := range match {
					if _, twice := seen[id]; twice {
						t.Fatalf("%s: %s seen twice", query, id)
					}
					seen[id] = id
				}
				next := a.next()
				if next == "" {
					break
				}
				a = w.do("GET", next, nil)
			}
			if len(seen) != total || total < 50 {
				t.Fatalf("%s: %d seen of %d", query, len(seen), total)
			}
		}
	}
	close(stop)
	changing.Wait()
}

// TestAListTooOldSaysSo: after the retention, the page is refused with the reason.
func TestAListTooOldSaysSo(t *testing.T) {
	w := newWorld(t)
	a := w.get("/Practitioner?_count=1")
	put := func(family string) {
		if err := w.dir.Put(annuaire.Professional{IDNat: "899000000013", Family: family, Given: "X", Profession: "10", Active: true}); err != nil {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(time.Hour)
	put("UN")
	w.now = w.now.Add(22 * time.Hour)
	put("DEUX")
	if b := w.do("GET", a.next(), nil); b.status != 200 {
		t.Fatal(b.status, b.body)
	}
	w.now = w.now.Add(3 * time.Hour)
	put("TROIS")
	if b := w.do("GET", a.next(), nil); b.status != 410 || !strings.Contains(b.body, "ANN-PAGE-EXPIREE") {
		t.Fatal(b.status, b.body)
	}
}

// TestBulkExport follows the three steps and finds every resource once.
func TestBulkExport(t *testing.T) {
	w := newWorld(t)
	w.post(generated(t, 300, 3), "")
	a := w.do("GET", "http://localhost"+BasePath+"/$export", nil, "Prefer", "respond-async")
	if a.status != 202 {
		t.Fatal(a.status, a.body)
	}
	w.post(generated(t, 300, 4), "?seuil=100") // changes after do not show
	m := w.do("GET", a.header.Get("Content-Location"), nil)
	if m.status != 200 || m.json["transactionTime"] == nil || len(m.json["output"].([]any)) != 5 {
		t.Fatal(m.status, m.body)
	}
	for _, o := range m.json["output"].([]any) {
		o := o.(map[string]any)
		f := w.do("GET", o["url"].(string), nil)
		if f.status != 200 || f.header.Get("Content-Type") != ndjson {
			t.Fatal(f.status, f.body)
		}
		ids := map[string]bool{}
		for line := range strings.Lines(f.body) {
			var r map[string]any
			if err := json.Unmarshal([]byte(line), &r); err != nil || r["resourceType"] != o["type"] || ids[r["id"].(string)] {
				t.Fatal(err, line)
			}
			ids[r["id"].(string)] = true
		}
		if o["type"] == "PractitionerRole" && len(ids) != 302 {
			t.Errorf("%d roles", len(ids))
		}
	}
	since := url.QueryEscape("2030-01-01T00:00:00Z")
	a = w.do("GET", "http://localhost"+BasePath+"/$export?_type=Device&_since="+since, nil)
	m = w.do("GET", a.header.Get("Content-Location"), nil)
	f := w.do("GET", m.json["output"].([]any)[0].(map[string]any)["url"].(string), nil)
	if f.status != 200 || f.body != "" {
		t.Error(f.status, f.body)
	}
	if a := w.get("/$export?_type=Patient"); a.status != 400 {
		t.Error(a.status)
	}
}

// TestFlatFilesByHTTP: a zip goes in, the four files come out, and go in again changing nothing.
func TestFlatFilesByHTTP(t *testing.T) {
	w := newWorld(t)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, _ := z.Create("PS_LibreAcces_Personne_activite_202603010800.txt")
	_, _ = f.Write(generated(t, 400, 5))
	_ = z.Close()
	a := w.post(b.Bytes(), "")
	if a.status != 200 || a.json["rows"].(float64) != 400 || a.json["added"].(float64) < 400 {
		t.Fatal(a.body)
	}
	b.Reset()
	z = zip.NewWriter(&b)
	for name := range flatNames {
		rec := httptest.NewRecorder()
		w.door.ExportHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/extraction/"+name, nil))
		if rec.Code != 200 || !strings.Contains(rec.Header().Get("Content-Disposition"), ".txt") {
			t.Fatal(rec.Code)
		}
		f, _ := z.Create(name + ".txt")
		_, _ = f.Write(rec.Body.Bytes())
	}
	_ = z.Close()
	a = w.post(b.Bytes(), "")
	if a.status != 200 || a.json["added"].(float64)+a.json["changed"].(float64)+a.json["removed"].(float64) != 0 || a.json["refused"].(float64) != 0 {
		t.Error(a.body)
	}
	for body, id := range map[string]string{"": "RASS-VIDE", "bonjour": "RASS-ENTETE", "PK\x03\x04xxxx": "ANN-IMPORT"} {
		if a := w.post([]byte(body), ""); a.status != 400 || !strings.Contains(a.body, id) {
			t.Errorf("%q: %d %s", body, a.status, a.body)
		}
	}
	if a := w.post(nil, "?mdoe=partiel"); a.status != 400 || !strings.Contains(a.body, "mode") {
		t.Error(a.body)
	}
}

// FuzzSearch: no parameter, token or path makes the door fail.
// TestAZipDamagedOnTheWayChangesNothing: its checksum says that it is not what was published.
func TestAZipDamagedOnTheWayChangesNothing(t *testing.T) {
	w := newWorld(t)
	content := generated(t, 50, 3)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.CreateHeader(&zip.FileHeader{Name: "PS_LibreAcces_Personne_activite.txt", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(content)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sent := b.Bytes()
	at := bytes.LastIndexByte(content, '\n') - 5
	sent[bytes.Index(sent, content[:100])+at] ^= 1
	before, _ := w.door.Directory.Snapshot()
	if a := w.post(sent, ""); a.status != 400 || !strings.Contains(a.body, "ANN-IMPORT") {
		t.Errorf("%d %.300s", a.status, a.body)
	}
	if after, _ := w.door.Directory.Snapshot(); after != before {
		t.Error("a damaged file was imported")
	}
}

func FuzzSearch(f *testing.F) {
	w := newWorld(f)
	f.Add("Practitioner?name:contains=a,b&_count=2")
	f.Add("_page?id=AAAA")
	f.Add("$export?_type=Device")
	f.Fuzz(func(t *testing.T, s string) {
		r := httptest.NewRequest("GET", "http://localhost"+BasePath+"/", nil)
		path, query, _ := strings.Cut(s, "?")
		r.URL.Path, r.URL.RawQuery = BasePath+"/"+path, query
		rec := httptest.NewRecorder()
		w.door.serve(rec, r)
		if rec.Code == 500 || rec.Code == 200 && rec.Body.Len() > 0 && !json.Valid(rec.Body.Bytes()) && !strings.Contains(rec.Header().Get("Content-Type"), "ndjson") {
			t.Fatalf("%q: %d %s", s, rec.Code, rec.Body)
		}
	})
}
