package guichet_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/door/guichet"
	"github.com/socle-sante/socle/internal/store/embedded"
)

var now = time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)

// tokens authenticates by name.
type tokens map[string]dmp.Caller

func (t tokens) Bearer(token string, _ *x509.Certificate) (dmp.Caller, error) {
	c, ok := t[token]
	if !ok {
		return c, errors.New("no such token")
	}
	return c, nil
}

// insi knows one person.
type insi struct{ ok bool }

func (i *insi) Search(_ context.Context, q ins.Query) (ins.Reply, error) {
	if q.Given != "CATARINA" {
		return ins.Reply{Code: ins.CodeNobody}, nil
	}
	return ins.Reply{Code: ins.CodeFound, Label: "OK", INS: insid.INS{Matricule: "236066322083656", OID: "1.2.250.1.213.1.4.10"},
		Traits: ins.Traits{BirthName: "TCHITCHI", Givens: "CATARINA BELLA", Sex: "F", BirthDate: "1936-06-21", BirthPlace: "63220"}}, nil
}
func (i *insi) Verify(context.Context, insid.INS, ins.Traits) (bool, error) { return i.ok, nil }

type desk struct {
	t    testing.TB
	door *guichet.Door
	mux  *http.ServeMux
}

func newDesk(t testing.TB) *desk {
	st, err := embedded.Open(t.TempDir(), embedded.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	d := &dmp.DMP{Store: st, Annuaire: annuaire.New(), Mode: ins.Sandbox, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	door := &guichet.Door{DMP: d, Annuaire: d.Annuaire, Log: d.Log, Auth: tokens{
		"desk":    {Actor: acces.Actor{ID: "desk", Function: annuaire.SecretariatMedical, Auth: acces.Directe, Mode: acces.Normal}},
		"citizen": {Actor: acces.Actor{ID: "x", Citizen: true}},
	}}
	mux := http.NewServeMux()
	door.Register(mux)
	return &desk{t, door, mux}
}

// do sends a request and checks the status; it gives what was answered.
func (d *desk) do(method, path, body string, status int) map[string]any {
	d.t.Helper()
	return d.as("desk", method, path, body, status)
}

func (d *desk) as(token, method, path, body string, status int) map[string]any {
	d.t.Helper()
	r := httptest.NewRequest(method, guichet.Path+path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		d.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	if w.Code != status {
		d.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	return out
}

const tchitchi = `"birth_name":"Tchitchi","birth_given":"Catarina","sex":"F","birth_date":"1936-06-21","birth_place":"63220"`

// TestTheWholeLife is what a software at the desk does, from nothing to a merge and back.
// spec: INS §3, §8
func TestTheWholeLife(t *testing.T) {
	d := newDesk(t)
	p := d.do("POST", "/creation", `{`+tchitchi+`,"phone":"0100000000","ipp":[{"value":"7","authority":"1.2.9"}],"open":true}`, 201)
	id := "/" + p["id"].(string)
	if p["status"] != "provisoire" || p["opened"] != true || len(p["why"].([]any)) != 2 || len(p["history"].([]any)) != 2 {
		t.Errorf("%v", p)
	}
	if r := d.do("POST", "/creation", `{`+tchitchi+`}`, 409); r["id"] != "INS-DOUBLON" || "/"+r["where"].(string) != id {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/insi", `{"action":"recherche"}`, 503); r["id"] != "INSI-ABSENT" {
		t.Errorf("%v", r)
	}
	ts := &insi{ok: true}
	d.door.INSi = ts
	if r := d.do("POST", id+"/insi", `{"action":"recherche"}`, 200); r["applied"] != true || r["code"] != "00" || r["identity"].(map[string]any)["ins"] != "236066322083656" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/piece", `{"evidence_kind":"CNI","evidence_date":"2026-05-04"}`, 200); r["status"] != "qualifiée" || len(r["why"].([]any)) != 0 || r["reliability"].([]any)[0] != "VALI" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/insi", `{"action":"verification"}`, 200); r["verified"] != true {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "/liste", `{"birth_date":"1936-06-21","name":"tch"}`, 200); len(r["identities"].([]any)) != 1 {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "/liste", `{"ipp":"7"}`, 200); len(r["identities"].([]any)) != 1 {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "/liste", `{"ins":"236066322083656","ins_oid":"1.2.250.1.213.1.4.10"}`, 200); len(r["identities"].([]any)) != 1 {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "/liste", `{"name":"TCHITCHI"}`, 400); r["id"] != "INS-RECHERCHE" {
		t.Errorf("%v", r)
	}
	q := d.do("POST", "/creation", `{"birth_name":"Tchichi","birth_given":"Catarina","sex":"F","birth_date":"1936-06-21","birth_place":"63220","compare":true}`, 201)
	other := q["id"].(string)
	if r := d.do("GET", "/"+other, "", 200); len(r["doublons"].([]any)) != 1 {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/fusion", `{"absorbe":"`+other+`","motif":"doublon"}`, 409); r["id"] != "INS-FUSION" || r["where"] != "birth_name" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/fusion", `{"absorbe":"`+other+`","motif":"doublon","traits_compares":true}`, 200); len(r["absorbed"].([]any)) != 1 {
		t.Errorf("%v", r)
	}
	if r := d.do("GET", "/"+other, "", 200); "/"+r["merged_into"].(string) != id {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "/"+other+"/piece", `{"evidence_kind":"CNI","evidence_date":"2026-05-04"}`, 410); r["id"] != "INS-FUSIONNEE" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/separation", `{"absorbe":"`+other+`","motif":"erreur"}`, 200); r["absorbed"] != nil {
		t.Errorf("%v", r)
	}
	ts.ok = false
	if r := d.do("POST", id+"/insi", `{"action":"verification"}`, 200); r["verified"] != false || r["identity"].(map[string]any)["status"] != "validée" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/piece", `{"retirer":true,"motif":"fausse pièce"}`, 200); r["status"] != "provisoire" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/traits", `{"birth_name":"Tchitchi","birth_given":"Catarina","sex":"F","birth_date":"1936-06-22","birth_place":"63220","motif":"relu"}`, 200); r["birth_date"] != "1936-06-22" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/complements", `{"used_name":"Martin","related":[{"link":"CONFIANCE","name":"Jeanne"}]}`, 200); r["used_name"] != "MARTIN" || r["phone"] != "0100000000" {
		t.Errorf("what is not given stays: %v", r)
	}
	if r := d.do("POST", id+"/attributs", `{"homonyme":true,"douteuse":true,"motif":"deux visages"}`, 200); r["douteuse"] != true || r["homonyme"] != true {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", id+"/insi", `{"action":"recherche"}`, 409); r["id"] != "INS-DOUTEUSE" {
		t.Errorf("%v", r)
	}
}

// TestWhatTheDeskRefuses: everything with an id, a sentence and a way out.
func TestWhatTheDeskRefuses(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		token, method, path, body string
		status                    int
		id, fix                   string
	}{
		{"desk", "POST", "/creation", `{"birthname":"X"}`, 400, "GUICHET-CHAMP", "«birth_name»"},
		{"desk", "POST", "/liste", `{"birthdate":"X"}`, 400, "GUICHET-CHAMP", "«birth_date»"},
		{"desk", "GET", "/x?nom=DUPONT", ``, 400, "GUICHET-CHAMP", ""},
		{"desk", "POST", "/creation", `{"birth_name":`, 400, "GUICHET-JSON", ""},
		{"desk", "POST", "/creation", `[1]`, 400, "GUICHET-JSON", ""},
		{"desk", "POST", "/creation", `{"ipp":[{"valeur":"1"}]}`, 400, "GUICHET-JSON", ""},
		{"desk", "POST", "/creation", `{"birth_name":"` + strings.Repeat("A", 70000) + `"}`, 413, "GUICHET-JSON", ""},
		{"desk", "POST", "/creation", `{}`, 400, "INS-TRAIT", ""},
		{"desk", "POST", "/creation", `{` + strings.Replace(tchitchi, "Tchitchi", "Tch1tchi", 1) + `}`, 400, "INS-TRAIT", ""},
		{"desk", "POST", "/creation", `{` + strings.Replace(tchitchi, "63220", "00220", 1) + `}`, 400, "INS-TRAIT", "99999"},
		{"desk", "POST", "/x/insi", `{"action":"deviner"}`, 400, "GUICHET-ACTION", ""},
		{"desk", "POST", "/x/attributs", `{}`, 400, "GUICHET-RIEN", ""},
		{"desk", "POST", "/x/piece", `{"evidence_kind":"CNI","evidence_date":"2026-05-04"}`, 404, "INS-INCONNU", ""},
		{"desk", "GET", "/x", ``, 404, "INS-INCONNU", ""},
		{"desk", "POST", "/liste", `{"ins":"236066322083656","ins_oid":"1.2.250.1.213.1.4.8"}`, 400, "INS-OID-SANDBOX", ""},
		{"citizen", "POST", "/liste", `{}`, 403, "GUICHET-PROFESSIONNEL", ""},
		{"", "POST", "/liste", `{}`, 401, "GUICHET-JETON", ""},
		{"nobody", "POST", "/liste", `{}`, 401, "GUICHET-JETON", ""},
	} {
		r := d.as(c.token, c.method, c.path, c.body, c.status)
		if r["id"] != c.id || !strings.Contains(r["fix"].(string), c.fix) || r["title_en"] == "" {
			t.Errorf("%s %.60s: %v", c.path, c.body, r)
		}
	}
}

// TestTheRoutesOfSendStay: the desk of `socle send`.
func TestTheRoutesOfSendStay(t *testing.T) {
	d := newDesk(t)
	body := `{"ins":"236066322083656","ins_oid":"1.2.250.1.213.1.4.10",` + tchitchi + `,"evidence_kind":"CNI","evidence_date":"2026-05-04","open":true}`
	if r := d.do("POST", "/recherche", body, 404); r["id"] != "INS-INCONNU" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "", body, 200); r["created"] != true || r["status"] != "qualifiée" || r["opened"] != true {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "/recherche", strings.Replace(body, "Catarina", "Ola", 1), 200); r["differences"].([]any)[0] != "birth_given" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "", strings.Replace(body, "Catarina", "Ola", 1), 409); r["id"] != "INS-AUTRES-TRAITS" {
		t.Errorf("%v", r)
	}
}

// TestLabelsGoRoundTheDesk: what the desk draws it reads again.
// spec: INS §7
func TestLabelsGoRoundTheDesk(t *testing.T) {
	d := newDesk(t)
	p := d.do("POST", "", `{"ins":"236066322083656","ins_oid":"1.2.250.1.213.1.4.10",`+tchitchi+`}`, 200)
	id := "/" + p["id"].(string)
	if r := d.do("GET", id+"/datamatrix", "", 409); r["id"] != "INS-NON-QUALIFIEE" {
		t.Errorf("%v", r)
	}
	d.do("POST", id+"/piece", `{"evidence_kind":"CNI","evidence_date":"2026-05-04"}`, 200)
	draw := func(accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", guichet.Path+id+"/datamatrix", nil)
		r.Header.Set("Authorization", "Bearer desk")
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		d.mux.ServeHTTP(w, r)
		return w
	}
	if w := draw("*/*"); w.Header().Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(w.Body.String(), "<svg") {
		t.Error(w.Code, w.Header())
	}
	w := draw("image/png")
	if r := d.do("POST", "/lecture", w.Body.String(), 200); r["match"] != "exact" || r["ins"] != "236066322083656" || "/"+r["identity"].(map[string]any)["id"].(string) != id {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "/lecture", "rien", 400); r["id"] != "INS-IMAGE" {
		t.Errorf("%v", r)
	}
	if r := d.do("POST", "/lecture", strings.Repeat("x", 17<<20), 413); r["id"] != "INS-IMAGE-TAILLE" {
		t.Errorf("%v", r)
	}
}
