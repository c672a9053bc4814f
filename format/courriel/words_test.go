package courriel

import (
	"strings"
	"testing"
	"time"
)

func TestEncodedWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"simple":                          "simple",
		"=?UTF-8?Q?=C3=A9t=C3=A9?=":       "été",
		"=?utf-8?b?w6l0w6k=?=":            "été",
		"=?iso-8859-1?q?=E9t=E9?=":        "été",
		"=?iso-8859-15?q?10_=A4?=":        "10 €",
		"=?windows-1252?Q?=80?=":          "€",
		"=?utf-8*fr?Q?a_b?=":              "a b",
		"=?utf-8?Q?a?= =?utf-8?Q?b?=":     "ab",
		"=?utf-8?Q?a?= b =?utf-8?Q?c?=":   "a b c",
		"=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=": "é",
		"=?utf-8?Q?=E9?=":                 "\uFFFD",
		"=?utf-8?Q?a b?=":                 "a b",
		"=?utf-8?Q?=ZZ?=":                 "=?utf-8?Q?=ZZ?=",
		"=?utf-8?Q?sans fin":              "=?utf-8?Q?sans fin",
		"=?utf-8?X?a?=":                   "=?utf-8?X?a?=",
		"=?utf-8?Q??=":                    "",
		"x=?utf-8?Q?y?=z":                 "xyz",
		"\xE9t\xE9":                       "été",
		"été":                             "été",
		"=?utf-8?Q?a=0D=0ABcc:_x?=":       "a  Bcc: x",
		"=?utf-8?Q?fic=E2=80=AEfdp.exe?=": "ficfdp.exe",
		"=?koi8-r?Q?=C1?=":                "\uFFFD",
		"a\tb\x00c":                       "a b c",
		"[KO =?utf-8?Q?Int=C3=A9gration?= !] =?=?=?": "[KO Intégration !] =?=?=?",
	} {
		if got := DecodeText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestParameters(t *testing.T) {
	for in, want := range map[string]string{
		`attachment; filename=a.zip`:                                               "a.zip",
		`attachment; filename="a b.zip"`:                                           "a b.zip",
		`attachment; FileName="a\"b;c.zip"; x=y`:                                   `a"b;c.zip`,
		`attachment; filename=rapport (1) final.pdf; x=y`:                          "rapport (1) final.pdf",
		`attachment; filename*=UTF-8''%C3%A9t%C3%A9.pdf`:                           "été.pdf",
		`attachment; filename*=iso-8859-1'fr'%E9t%E9.pdf; filename="ete.pdf"`:      "été.pdf",
		`attachment; filename="ete.pdf"; filename*=UTF-8''%C3%A9.pdf`:              "é.pdf",
		`attachment; filename*0*=UTF-8''%C3%A9; filename*2=".pdf"; filename*1="t"`: "ét.pdf",
		`attachment; filename*0="a"; filename*2="c"`:                               "a",
		`attachment; filename="=?utf-8?Q?=C3=A9.pdf?="`:                            "é.pdf",
		`attachment; filename="../../etc/passwd"`:                                  "passwd",
		`attachment; filename="C:\\Users\\x\\a.zip"`:                               "a.zip",
		`attachment; filename="c:a.zip"`:                                           "a.zip",
		`attachment; filename=".."`:                                                "",
		`attachment; filename="a.pdf. . "`:                                         "a.pdf",
		"attachment; filename=\"\xE9.pdf\"":                                        "é.pdf",
		`attachment; filename="sans fin`:                                           "sans fin",
		`attachment; filename`:                                                     "",
		`attachment; filename*=UTF-8''%2e%2e%2fx`:                                  "x",
		`attachment; filename="` + strings.Repeat("é", 200) + `"`:                  strings.Repeat("é", 127),
		`attachment; filename*0*=UTF-8''` + strings.Repeat("%41", 10) + `; filename*1*=` + strings.Repeat("%42", 3) + `.zip`: "AAAAAAAAAABBB.zip",
	} {
		m, _ := mustParse(t, []byte("Content-Disposition: "+in+"\r\n\r\n"))
		if got := m.Root.Filename(); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
		if m.Root.Disposition != "attachment" {
			t.Errorf("%s: disposition %q", in, m.Root.Disposition)
		}
	}
	m, _ := mustParse(t, []byte("Content-Type: Text/HTML (une page); charset=\"ISO-8859-1\" (latin)\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n"))
	if p := m.Root; p.Type != "text" || p.Subtype != "html" || p.Param("Charset") != "ISO-8859-1" || p.Encoding != "quoted-printable" {
		t.Errorf("%+v", p)
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string][]Address{
		"":                           nil,
		"a@b":                        {{"", "a", "b"}},
		"Jean DUPONT <jean@b.fr>":    {{"Jean DUPONT", "jean", "b.fr"}},
		`"DUPONT, Jean" <jean@b.fr>`: {{"DUPONT, Jean", "jean", "b.fr"}},
		"Dr. Jean <a@b>":             {{"Dr. Jean", "a", "b"}},
		"a@b (Jean)":                 {{"Jean", "a", "b"}},
		"a@b, c@d ,, e@f":            {{"", "a", "b"}, {"", "c", "d"}, {"", "e", "f"}},
		"groupe: a@b, C <c@d>; e@f":  {{"", "a", "b"}, {"C", "c", "d"}, {"", "e", "f"}},
		"undisclosed-recipients:;":   nil,
		"<@x,@y:a@b>":                {{"", "a", "b"}},
		`"a b"@c`:                    {{"", "a b", "c"}},
		`<"a@b"@c>`:                  {{"", "a@b", "c"}},
		"a@[192.0.2.1]":              {{"", "a", "[192.0.2.1]"}},
		"a . b @ c . d":              {{"", "a.b", "c.d"}},
		"Jean a@b":                   {{"Jean", "a", "b"}},
		"=?utf-8?Q?a,b?= <c@d>":      {{"a,b", "c", "d"}},
		"=?utf-8?Q?H=C3=B4?= =?utf-8?Q?pital?= C <c@d>": {{"Hôpital C", "c", "d"}},
		"\"\xE9\" <c@d>":  {{"é", "c", "d"}},
		"a@é.fr":          {{"", "a", "é.fr"}},
		"postmaster":      {{"", "postmaster", ""}},
		"Jean Dupont":     {{"Jean Dupont", "", ""}},
		"<>":              nil,
		"a@b (c (d) e":    {{"c (d) e", "a", "b"}},
		`"sans fin <a@b>`: {{"", "sans fin <a@b>", ""}},
		"Dr_Marie_MARTIN_Cabinet Medical <marie.martin@medecin.mssante.fr>": {{"Dr_Marie_MARTIN_Cabinet Medical", "marie.martin", "medecin.mssante.fr"}},
	} {
		got := ParseAddresses(in)
		if len(got) != len(want) {
			t.Errorf("%q: %+v, want %+v", in, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: %+v, want %+v", in, got, want)
			}
		}
	}
	if s := (Address{"Jean\r\nBcc: x", "a\r\nb", "c"}).String(); strings.ContainsAny(s, "\r\n") {
		t.Errorf("%q", s)
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{
		"Sat, 21 Nov 2026 10:00:00 +0100":        "2026-11-21T09:00:00Z",
		"21 Nov 2026 10:00 GMT":                  "2026-11-21T10:00:00Z",
		"Sat, 21 Nov 26 10:00:00 EST":            "2026-11-21T15:00:00Z",
		"Sat,21 Nov 126 10:00:00 Z":              "2026-11-21T10:00:00Z",
		"Fri, 21 Nov 1997 09(comment): 55 -0600": "",
		"Fri, 21 Nov 1997 09:55:06 -0600 (CST)":  "1997-11-21T15:55:06Z",
		"Wed, 20 Feb 2024 00:19:00 (EDT) -0400":  "2024-02-20T04:19:00Z",
		"Wed, 20 Feb 2024 23:59:60 +0000":        "2024-02-20T23:59:59Z",
		"31 Feb 2024 10:00:00 +0000":             "",
		"1 Janvier 2024 10:00:00 +0000":          "2024-01-01T10:00:00Z",
		"2026-11-21T10:00:00+01:00":              "2026-11-21T09:00:00Z",
		"hier":                                   "",
		"":                                       "",
		"21 Nov 2026 10:00:00 +9999":             "",
		"21 Nov -2026 10:00:00 +0000":            "",
	} {
		d, ok := ParseDate(in)
		if got := d.UTC().Format(time.RFC3339); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %s %v, want %s", in, got, ok, want)
		}
	}
}

func TestContents(t *testing.T) {
	for _, c := range []struct{ encoding, in, want string }{
		{"base64", "QUJD\r\nREVG\r\n", "ABCDEF"},
		{"base64", "QU JD!\r\nR\r\nEVG", "ABCDEF"},
		{"base64", "QUI", "AB"},
		{"base64", "QUI=\r\nQ0Q=", "ABCD"},
		{"base64", "QQ==QQ==", "AA"},
		{"base64", "====", ""},
		{"quoted-printable", "a=3Db =C3=A9=\r\n fin  \r\n", "a=b é fin\r\n"},
		{"quoted-printable", "a=\nb=ZZ=4", "ab=ZZ=4"},
		{"quoted-printable", "a= \t\r\nb=", "ab"},
		{"quoted-printable", "a=e9", "a\xE9"},
		{"8bit", "\xE9\r\n", "\xE9\r\n"},
		{"x-inconnu", "QQ==", "QQ=="},
	} {
		m, _ := mustParse(t, []byte("Content-Transfer-Encoding: "+c.encoding+"\r\n\r\n"+c.in))
		if got, err := m.Decode(m.Root, 0); string(got) != c.want || err != nil {
			t.Errorf("%s %q: %q %v, want %q", c.encoding, c.in, got, err, c.want)
		}
	}
}

func TestReadableText(t *testing.T) {
	for in, want := range map[string]string{
		"Content-Type: text/plain\n\nbonjour\n\nfin\n\n":                                                                                                                            "bonjour\n\nfin",
		"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n=E9t=E9":                                                                      "été",
		"Content-Type: text/plain; charset=us-ascii\n\n\xE9t\xE9":                                                                                                                   "été",
		"Content-Type: text/html\n\n<html><head><title>t</title><style>p{}</style></head><body><p>Un&nbsp;<b>deux</b></p>\n<p>a &lt; b<br>c</p><script>x</script></body>":           "Un deux\n\na < b\nc",
		"Content-Type: text/html\n\n<p>3 < 4 et <!-- non --> oui":                                                                                                                   "3 < 4 et oui",
		"Content-Type: multipart/alternative; boundary=a\n\n--a\n\n \n--a\nContent-Type: text/html\n\n<p>page\n--a--":                                                               "page",
		"Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/html\n\n<p>page\n--a\n\ntexte\n--a--":                                                           "texte",
		"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nun\n--a\nContent-Disposition: attachment\n\nnon\n--a\n\ndeux\n--a\nContent-Type: message/rfc822\n\nA: b\n\nnon\n--a--": "un\n\ndeux",
		"Content-Type: application/pdf\n\nPDF":                                                                                                                                      "",
	} {
		m, _ := mustParse(t, crlf(in))
		if got := m.Readable(0); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	m, _ := mustParse(t, []byte("\r\nétés"))
	if got := m.Readable(4); got != "ét" {
		t.Errorf("cut in a character: %q", got)
	}
}
