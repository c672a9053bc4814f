package run

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	fcAction = regexp.MustCompile(`<form method="post" action="(/franceconnect/demande/[^"]+)"><input type="hidden" name="jeton" value="([^"]+)">`)
	fcPeople = regexp.MustCompile(`name="identite" value="([^"]+)">`)
)

// TestCitizensComeThroughFranceConnect: every fictitious identity of the demo leads to a space of
// its own, the first two to those of the personas.
func TestCitizensComeThroughFranceConnect(t *testing.T) {
	tr := startDemo(t, t.TempDir(), 3)
	base := tr.endpoints.Web
	open := func() (*http.Client, string) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &http.Client{Jar: jar, Timeout: time.Minute}
		_, page := get(t, c, base+"/connexion/franceconnect")
		return c, page
	}
	_, page := open()
	people := fcPeople.FindAllStringSubmatch(page, -1)
	if len(people) < 2 {
		t.Fatalf("%d identities on the page of FranceConnect", len(people))
	}
	for i, who := range people {
		c, page := open()
		form := fcAction.FindStringSubmatch(page)
		resp, err := c.PostForm(base+form[1], url.Values{"jeton": {form[2]}, "identite": {who[1]}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/mon-espace" {
			t.Errorf("identity %d lands at %s: %s", i, resp.Request.URL.Path, resp.Status)
			continue
		}
		if i < 2 {
			id := []string{"citoyen-1", "citoyen-2"}[i]
			if _, space := get(t, c, base+"/mon-espace"); !strings.Contains(space, tr.endpoints.Persona(id).Name) {
				t.Errorf("identity %d is not %s", i, id)
			}
		}
	}
}
