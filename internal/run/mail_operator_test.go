package run

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/run/client"
)

// TestOperatorOverHTTP drives what surrounds the mailboxes of a demo: PATCH by the writing key and
// by an administrator, settings of mail programs, white list, control of messages, figures.
func TestOperatorOverHTTP(t *testing.T) {
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	gp, hospital := e.Persona("medecin_generaliste"), e.Persona("medecin_hospitalier")
	do := func(method, address, body string, header ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		a, err := tr.secureHTTP().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		b, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, string(b)
	}
	red := func(p *client.Persona, on bool) (address, body string) {
		return e.Annuaire + "/Practitioner?identifier=" + p.RPPS, fmt.Sprintf(`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Practitioner.telecom.where(value = '%s').extension('https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata').extension('listeRouge').value"},{"name":"value","valueBoolean":%t}]}]}`, p.Mailbox, on)
	}
	const fhir = "application/fhir+json"
	for _, c := range []struct {
		name    string
		of      *client.Persona
		header  []string
		status  int
		visible bool
	}{
		{"with the reading key", gp, []string{"ESANTE-API-KEY", e.AnnuaireKey}, 401, true},
		{"by a doctor", gp, []string{"Authorization", "Bearer " + tr.token("medecin_generaliste")}, 403, true},
		{"by the administrator of another structure", gp, []string{"Authorization", "Bearer " + tr.token("administrateur")}, 403, true},
		{"by the administrator", hospital, []string{"Authorization", "Bearer " + tr.token("administrateur")}, 200, false},
		{"with the writing key", gp, []string{"ESANTE-API-KEY", e.AnnuaireWriteKey}, 200, false},
	} {
		address, body := red(c.of, true)
		if status, out := do("PATCH", address, body, append(c.header, "Content-Type", fhir)...); status != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, status, c.status, out)
		}
		if _, out := do("GET", address, "", "ESANTE-API-KEY", e.AnnuaireKey); strings.Contains(out, c.of.Mailbox) != c.visible {
			t.Errorf("%s: published %v", c.name, !c.visible)
		}
	}
	address, body := red(gp, false)
	if status, out := do("PATCH", address, body, "Content-Type", fhir, "ESANTE-API-KEY", e.AnnuaireWriteKey); status != 200 || !strings.Contains(out, gp.Mailbox) {
		t.Errorf("back from the red list: %d %s", status, out)
	}
	domain := domainOf(gp.Mailbox)
	_, port, _ := strings.Cut(e.IMAP, ":")
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=" + gp.Mailbox, "", "<port>" + port + "</port>"},
		{"POST", "/autodiscover/autodiscover.xml", `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>` + gp.Mailbox + `</EMailAddress></Request></Autodiscover>`, "<Port>" + port + "</Port>"},
		{"GET", "/mss/dns.txt?domaine=" + domain, "", "_imaps._tcp IN SRV 0 1 " + port + " localhost."},
		{"GET", "/mss/listeblanche.xml", "", "<Nom>" + e.MSSPeer.Domain + "</Nom>"},
		{"POST", "/api/mss/controle?lang=en", "From: <a@b.fr>\n\nx\n", "MSS-NIL"},
	} {
		for _, base := range []string{e.Web, strings.TrimSuffix(e.Annuaire, "/annuaire/fhir/v2")} {
			if status, out := do(c.method, base+c.path, c.body); status != 200 || !strings.Contains(out, c.want) {
				t.Errorf("%s%s: %d %s", base, c.path, status, out)
			}
		}
	}
	figures := e.Web + "/mss/statistiques?fichier="
	if status, _ := do("GET", figures, "", "Authorization", "Bearer "+tr.token("medecin_generaliste")); status != 403 {
		t.Errorf("figures for a doctor: %d", status)
	}
	if status, out := do("GET", strings.TrimSuffix(figures, "?fichier="), "", "Authorization", "Bearer "+tr.token("administrateur")); status != 200 || !strings.HasPrefix(out, "PK") {
		t.Errorf("figures: %d %.80q", status, out)
	}
}
