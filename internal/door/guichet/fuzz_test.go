package guichet_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/door/guichet"
)

// FuzzDesk: whatever is posted to a route of the desk is answered in JSON, and never by a failure of ours.
func FuzzDesk(f *testing.F) {
	d := newDesk(f)
	id := d.do("POST", "/creation", `{`+tchitchi+`}`, 201)["id"].(string)
	routes := []string{"", "/recherche", "/liste", "/creation", "/lecture", "/" + id + "/insi", "/" + id + "/piece", "/" + id + "/traits", "/" + id + "/complements",
		"/" + id + "/attributs", "/" + id + "/fusion", "/" + id + "/separation", "/" + id + "/autorisation"}
	for _, s := range []string{`{`, `[]`, `null`, `{"birth_date":null}`, `{"ipp":[{"value":"7","authority":"1.2"}],"related":[{"link":"x"}]}`, `{"ins":"236066322083656","ins_oid":"1.2.250.1.213.1.4.10",` + tchitchi + `}`,
		`{"evidence_kind":"CNI","evidence_date":"2026-01-01"}`, `{"homonyme":true,"motif":"x"}`, `{"absorbe":"` + id + `","motif":"x","meme_personne":true}`, `{"texte":"IS01"}`, `{"birth_date":"1966-00-00","name":"T"}`} {
		for i := range routes {
			f.Add(uint8(i), s)
		}
	}
	f.Fuzz(func(t *testing.T, route uint8, body string) {
		r := httptest.NewRequest("POST", guichet.Path+routes[int(route)%len(routes)], strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer desk")
		w := httptest.NewRecorder()
		d.mux.ServeHTTP(w, r)
		var out map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code >= 500 && out["id"] != "INSI-ABSENT" {
			t.Errorf("%s %q: %d %s", r.URL.Path, body, w.Code, w.Body)
		}
	})
}
