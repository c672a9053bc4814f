package mss

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

func TestAutoconfig(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{WellKnownPath, AutoconfigPath} {
		a := w.do("GET", path+"?emailaddress=quelqu.un@"+domain, "")
		var c struct {
			Provider struct {
				ID       string `xml:"id,attr"`
				Incoming struct {
					Type       string   `xml:"type,attr"`
					Hostname   string   `xml:"hostname"`
					Port       int      `xml:"port"`
					SocketType string   `xml:"socketType"`
					Username   string   `xml:"username"`
					Auth       []string `xml:"authentication"`
				} `xml:"incomingServer"`
				Outgoing struct {
					Port       int    `xml:"port"`
					SocketType string `xml:"socketType"`
				} `xml:"outgoingServer"`
			} `xml:"emailProvider"`
		}
		if err := xml.Unmarshal([]byte(a.body), &c); err != nil || a.Code != 200 {
			t.Fatalf("%d %v %s", a.Code, err, a.body)
		}
		if p := c.Provider; p.ID != domain || p.Incoming.Type != "imap" || p.Incoming.Hostname != "mail."+domain || p.Incoming.Port != 993 || p.Incoming.SocketType != "SSL" ||
			p.Incoming.Username != "%EMAILADDRESS%" || p.Outgoing.Port != 587 || p.Outgoing.SocketType != "STARTTLS" || len(p.Incoming.Auth) != 1 {
			t.Errorf("%+v", p)
		}
	}
	for query, status := range map[string]int{"?emailaddress=a@ailleurs.fr": 404, "?emailaddress=x": 404, "": 400, "?adresse=a": 400, "?emailaddress=%22%3Cx%3E@" + domain: 404} {
		if a := w.do("GET", WellKnownPath+query, ""); a.Code != status {
			t.Errorf("%q: %d, want %d", query, a.Code, status)
		}
	}
	w.door.Servers.Issuer, w.door.Servers.Token = "https://psc.example", "https://psc.example/token"
	if a := w.do("GET", AutoconfigPath+"?emailaddress=a@"+domain, ""); !strings.Contains(a.body, "<authentication>OAuth2</authentication>") || !strings.Contains(a.body, "<issuer>https://psc.example</issuer>") {
		t.Errorf("OAuth: %s", a.body)
	}
}

func TestAutodiscover(t *testing.T) {
	w := newWorld(t)
	ask := func(address string) answer {
		return w.do("POST", DiscoverPath, `<?xml version="1.0"?><Autodiscover xmlns="`+nsAsk+`"><Request><EMailAddress>`+address+`</EMailAddress><AcceptableResponseSchema>`+nsSettings+`</AcceptableResponseSchema></Request></Autodiscover>`, "Content-Type", "text/xml")
	}
	a := ask("a@" + domain)
	if err := xml.Unmarshal([]byte(a.body), &struct{}{}); err != nil || a.Code != 200 || !strings.Contains(a.body, "<Type>IMAP</Type><Server>mail."+domain+"</Server><Port>993</Port>") ||
		!strings.Contains(a.body, "<Type>SMTP</Type><Server>mail."+domain+"</Server><Port>587</Port>") || !strings.Contains(a.body, "<Encryption>TLS</Encryption>") {
		t.Errorf("%d %v %s", a.Code, err, a.body)
	}
	if a = ask("a@ailleurs.fr"); a.Code != 404 {
		t.Errorf("another domain: %d", a.Code)
	}
	for name, body := range map[string]string{"empty": "", "no XML": "{}", "a DTD": `<!DOCTYPE a [<!ENTITY b "c">]><Autodiscover/>`, "without address": `<Autodiscover xmlns="` + nsAsk + `"/>`, "large": strings.Repeat(" ", maxAsked+1)} {
		if a := w.do("POST", DiscoverPath, body); a.Code != 400 {
			t.Errorf("%s: %d %s", name, a.Code, a.body)
		}
	}
}

func TestZone(t *testing.T) {
	w := newWorld(t)
	a := w.do("GET", DNSPath+"?domaine="+domain, "")
	for _, line := range []string{"$ORIGIN " + domain + ".", "@ IN MX 10 mail." + domain + ".", "_submission._tcp IN SRV 0 1 587 mail." + domain + ".", "_submissions._tcp IN SRV 0 0 0 .", "_imap._tcp IN SRV 0 0 0 .",
		"_imaps._tcp IN SRV 0 1 993 mail." + domain + ".", "_autodiscover._tcp IN SRV 0 1 443 www." + domain + "."} {
		if !strings.Contains(a.body, line+"\n") {
			t.Errorf("lacks %q:\n%s", line, a.body)
		}
	}
	if a = w.do("GET", DNSPath+"?domaine=ailleurs.fr", ""); a.Code != 404 {
		t.Errorf("another domain: %d", a.Code)
	}
}

func TestCheckOfMessages(t *testing.T) {
	w := newWorld(t)
	const message = "From: <sil@medecin.mssante.fr>\nTo: <a@medecin.mssante.fr>\nSubject: Bonjour\n\nTexte\n"
	a := w.do("POST", CheckPath, message, "Content-Type", "message/rfc822")
	if a.Code != 200 || a.json["conform"] != false || !strings.Contains(a.body, "MSS-NIL") || strings.Contains(a.body, "MIME-") || a.json["levels"].(map[string]any)["mssante"] == nil {
		t.Fatalf("%d %s", a.Code, a.body)
	}
	for format, kind := range map[string]string{"sarif": "application/sarif+json", "junit": "application/xml; charset=utf-8", "html": "text/html; charset=utf-8", "text": "text/plain; charset=utf-8"} {
		a := w.do("POST", CheckPath+"?lang=en&format="+format, message)
		if a.Code != 200 || a.Header().Get("Content-Type") != kind || !strings.Contains(a.body, "MSS-NIL") || !strings.Contains(a.body, "X-MSS-NIL header is missing") {
			t.Errorf("%s: %d %s %s", format, a.Code, a.Header().Get("Content-Type"), a.body)
		}
	}
	if a := w.do("POST", CheckPath, message, "Accept", "application/sarif+json, */*"); a.Header().Get("Content-Type") != "application/sarif+json" {
		t.Errorf("by Accept: %s", a.Header().Get("Content-Type"))
	}
	form := "--b\r\nContent-Disposition: form-data; name=\"document\"; filename=\"m.eml\"\r\n\r\n" + message + "\r\n--b--\r\n"
	if a := w.do("POST", CheckPath, form, "Content-Type", "multipart/form-data; boundary=b"); a.json["file"] != "m.eml" {
		t.Errorf("form: %d %s", a.Code, a.body)
	}
	for _, c := range []struct {
		query, body, kind string
		status            int
	}{{"", "", "", 400}, {"?langue=fr", message, "", 400}, {"?lang=de", message, "", 400}, {"?format=pdf", message, "", 406}, {"", message, "application/json", 415}, {"", "--x", "multipart/form-data; boundary=x", 400}} {
		if a := w.do("POST", CheckPath+c.query, c.body, "Content-Type", c.kind); a.Code != c.status {
			t.Errorf("%+v: %d %s", c, a.Code, a.body)
		}
		w.now = w.now.Add(time.Minute) // the desk has its pace
	}
	if a := w.do("GET", CheckPath+"/regles", ""); a.Code != 200 || !strings.Contains(a.body, `"id":"MSS-NIL"`) {
		t.Errorf("rules: %d", a.Code)
	}
	if a := w.do("GET", CheckPath, ""); a.Code != 405 {
		t.Errorf("GET: %d", a.Code)
	}
}

func TestStatisticsForTheAdministrator(t *testing.T) {
	w := newWorld(t)
	w.open(mss.Mailbox{Address: "helene@" + domain, Type: mss.Personal, Professional: helene})
	if a := w.do("GET", StatisticsPath+"?mois=2026-11", ""); a.Code != 401 {
		t.Errorf("nobody: %d", a.Code)
	}
	chef := []string{"Authorization", "Bearer chef"}
	a := w.do("GET", StatisticsPath+"?mois=2026-11", "", chef...)
	z, err := zip.NewReader(bytes.NewReader([]byte(a.body)), int64(len(a.body)))
	if err != nil || len(z.File) != 5 {
		t.Fatalf("%d %v", a.Code, err)
	}
	a = w.do("GET", StatisticsPath+"?mois=2026-11&fichier=BAL_2026-11.csv", "", chef...)
	if a.Code != 200 || !strings.Contains(a.body, "medecin.mssante.fr;PER;1") {
		t.Errorf("one: %d %s", a.Code, a.body)
	}
	for query, status := range map[string]int{"?mois=hier": 400, "?mois=2030-01": 400, "?fichier=../x": 404, "?month=1": 400} {
		if a := w.do("GET", StatisticsPath+query, "", chef...); a.Code != status {
			t.Errorf("%s: %d", query, a.Code)
		}
	}
}

const listHead = `<ListeBlanche xmlns="https://listeblanche.mssante.fr/schema">`

func whiteListOf(domains ...string) string {
	out := listHead
	for _, d := range domains {
		out += "<Domaine><Nom> " + d + " </Nom></Domaine>"
	}
	return out + "</ListeBlanche>"
}

func TestWhiteListIsRefreshedAndPublished(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	body, asked := whiteListOf("a.mssante.fr", "b.mssante.fr", "hôpital.mssante.fr"), 0
	source := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked++
		rw.Header().Set("ETag", `"`+body[:min(len(body), 90)]+`"`)
		if r.Header.Get("If-None-Match") == rw.Header().Get("ETag") {
			rw.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(rw, body)
	}))
	t.Cleanup(source.Close)
	list, dir := w.op.WhiteList, filepath.Join(t.TempDir(), "mss")
	f := &Refresher{List: list, Source: source.URL, Own: []mss.Listed{{Domain: domain, Operator: "Socle", Prints: []string{"AB12"}}}, Folder: dir, Client: source.Client(), Now: w.op.Now, Log: slog.New(slog.DiscardHandler)}
	w.must(f.Load())
	if !list.Has(domain) || list.Has("a.mssante.fr") {
		t.Error("own domains alone before the first refresh")
	}
	w.must(f.Refresh(ctx))
	if !list.Has(domain) || !list.Has("a.mssante.fr") || !list.Has("xn--hpital-ixa.mssante.fr") {
		t.Errorf("refreshed: %v", list)
	}
	w.must(f.Refresh(ctx)) // not modified
	a := w.do("GET", WhiteListPath, "")
	back := &mss.WhiteList{}
	if _, err := back.Read([]byte(a.body), nil, w.now, false); err != nil || !back.Has("b.mssante.fr") || !strings.Contains(a.body, "<Nom>hôpital.mssante.fr</Nom>") {
		t.Errorf("published: %d %v %s", a.Code, err, a.body)
	}
	if l, _ := back.Of(domain); l.Operator != "Socle" || len(l.Prints) != 1 || l.Prints[0] != "ab12" {
		t.Errorf("own domain, read back: %+v", l)
	}
	good := body
	for name, bad := range map[string]string{"empty": whiteListOf(), "no XML": "<html>502", "another": "<a/>"} {
		body = bad
		if err := f.Refresh(ctx); err == nil || !list.Has("a.mssante.fr") {
			t.Errorf("%s was taken: %v", name, err)
		}
	}
	body = whiteListOf("a.mssante.fr", "z.mssante.fr", "y.mssante.fr")
	body = strings.Replace(body, "<Domaine><Nom> a.mssante.fr </Nom></Domaine>", "", 1)
	refused(t, "a shrunken list", f.Refresh(ctx), mss.ErrShrunk)
	if list.Has("z.mssante.fr") {
		t.Error("a shrunken list is in service")
	}
	if n, err := Agree(dir); err != nil || n != 2 {
		t.Errorf("agreement: %d %v", n, err)
	}
	w.must(f.agreed())
	if !list.Has("z.mssante.fr") || list.Has("b.mssante.fr") || !list.Has(domain) {
		t.Error("what was agreed to is not in service")
	}
	_, err := Agree(dir)
	refused(t, "nothing waits", err, errNothingWaits)
	// Another program starts from the copy, its source down.
	source.Close()
	again := &Refresher{List: &mss.WhiteList{}, Source: source.URL, Folder: dir, Client: source.Client(), Now: w.op.Now, Log: f.Log}
	w.must(again.Load())
	if again.Refresh(ctx) == nil || !again.List.Has("z.mssante.fr") {
		t.Error("without its source, the last good copy is not in service")
	}
	file := filepath.Join(dir, "source.xml")
	w.must(os.WriteFile(file, []byte(good), 0o600))
	again.Source, again.List = file, &mss.WhiteList{}
	if err := again.Refresh(ctx); err != nil || !again.List.Has("b.mssante.fr") {
		t.Errorf("from a file: %v", err)
	}
}
