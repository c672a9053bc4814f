package run

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestFaultsOfTheDesk asks the identity desk what it must refuse: nobody is created.
func TestFaultsOfTheDesk(t *testing.T) {
	tr := newTrial(startDemo(t, t.TempDir(), 12))
	p, known := stranger(t, "931"), tr.citizen("citoyen-1")
	identity := func(p patient, change map[string]any) string {
		m := map[string]any{"ins": p.ins.Matricule.Reveal(), "ins_oid": p.ins.OID, "birth_name": p.name, "birth_given": p.given, "sex": p.sex,
			"birth_date": p.birth, "birth_place": p.cog, "evidence_kind": "CNI", "evidence_date": "2026-01-31", "open": true}
		for k, v := range change {
			m[k] = v
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	type object = map[string]any
	desk := tr.token("secretaire")
	for _, c := range []struct {
		name, token, body string
		status            int
		id                string
	}{
		{"no token", "", identity(p, nil), 401, "GUICHET-JETON"},
		{"a word for a token", "sesame", identity(p, nil), 401, "GUICHET-JETON"},
		{"a citizen", tr.token("citoyen-1"), identity(p, nil), 403, "GUICHET-PROFESSIONNEL"},
		{"not JSON", desk, "ins=1", 400, "GUICHET-JSON"},
		{"unknown field", desk, identity(p, object{"birthname": "X"}), 400, "GUICHET-CHAMP"},
		{"a megabyte", desk, identity(p, object{"birth_name": strings.Repeat("A", 1<<20)}), 413, "GUICHET-JSON"},
		{"production identity", desk, identity(p, object{"ins_oid": "1.2.250.1.213.1.4.8"}), 400, "INS-OID-SANDBOX"},
		{"not the OID of an INS", desk, identity(p, object{"ins_oid": "1.2.3"}), 400, "INS-OID"},
		{"matricule too short", desk, identity(p, object{"ins": "12345"}), 400, "INS-CLE"},
		{"no birth name", desk, identity(p, object{"birth_name": ""}), 400, "INS-TRAIT"},
		{"digits in a name", desk, identity(p, object{"birth_name": "ESSAI2"}), 400, "INS-TRAIT"},
		{"sex", desk, identity(p, object{"sex": "X"}), 400, "INS-TRAIT"},
		{"birth date", desk, identity(p, object{"birth_date": "31/01/1959"}), 400, "INS-TRAIT"},
		{"birth place", desk, identity(p, object{"birth_place": "PARIS"}), 400, "INS-TRAIT"},
		{"the matricule of somebody else", desk, identity(patient{ins: known.ins, name: "AUTRE", given: p.given, sex: p.sex, birth: p.birth, cog: p.cog}, nil), 409, "INS-AUTRES-TRAITS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := tr.fhir(t, fhirCall{method: http.MethodPost, path: tr.endpoints.Identities, token: c.token, body: c.body, header: map[string]string{"Content-Type": "application/json"}})
			if a.status != c.status || a.json["id"] != c.id {
				t.Errorf("%d %v, %d %s expected: %.300s", a.status, a.json["id"], c.status, c.id, a.raw)
				return
			}
			if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("Content-Type %s", ct)
			}
			text := func(k string) string { s, _ := a.json[k].(string); return s }
			bilingual(t, text("title"), text("title_en"))
			bilingual(t, text("fix"), text("fix_en"))
		})
	}
	registryError("XDSUnknownPatientId", "INS-INCONNU").check(t, tr.request(tr.deposit(p)).post(t))
	if resp := tr.fhir(t, fhirCall{method: http.MethodPost, path: tr.endpoints.Identities + "/nobody/autorisation", token: tr.token("medecin_generaliste"), body: "{}"}); resp.status != 404 && resp.status != 403 {
		t.Errorf("authorisation on nobody: %d %s", resp.status, resp.raw)
	}
	if a := tr.fhir(t, fhirCall{method: http.MethodPost, path: tr.endpoints.Identities, token: desk, body: identity(p, nil)}); a.status != 200 || a.json["created"] != true || a.json["status"] != "qualifiée" {
		t.Errorf("a good identity after all this: %d %s", a.status, a.raw)
	}
}
