package courriel

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/finding"
)

func FuzzParse(f *testing.F) {
	f.Add(crlf(ordinary))
	f.Add([]byte(ordinary))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n\r\n--a--"))
	f.Add([]byte("Content-Type: text/html; charset=iso-8859-15\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=E9=\r\n &eacute;<script>x</script>"))
	f.Add([]byte("Content-Disposition: attachment; filename*0*=utf-8''%C3%A9; filename*1=\"../x.zip\"\r\nFrom: \"a\\\"b\" <@x:c@d>, e: f@g;\r\nReferences: <a@b> <c>\r\nDate: 21 Nov 26 10:00 CET\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		m, found, err := Parse(raw)
		if !bytes.Equal(before, raw) {
			t.Fatal("reading changed the message")
		}
		if len(found) > maxFindings {
			t.Fatal("too many findings")
		}
		h, body, headerErr := ParseHeader(raw)
		if err != nil {
			return
		}
		if headerErr != nil || body != m.Root.Body || len(h) != len(m.Root.Header) {
			t.Fatalf("ParseHeader and Parse disagree: %v %d %d", headerErr, body, m.Root.Body)
		}
		checkTree(t, m)
		for _, limit := range []int{0, 7} {
			if s := m.Readable(limit); limit > 0 && len(s) > limit || !utf8.ValidString(s) {
				t.Fatalf("Readable(%d) gives %q", limit, s)
			}
		}
		m.Walk(func(p *Part) bool {
			if p.Number != "" && m.Part(p.Number) == nil {
				t.Fatalf("part %q is not found", p.Number)
			}
			if n := p.Filename(); strings.ContainsAny(n, "/\\\x00\r\n") || n == ".." || n == "." || len(n) > maxNameLength {
				t.Fatalf("file name %q", n)
			}
			if s, err := m.Text(p, 0); err != nil || !utf8.ValidString(s) {
				t.Fatalf("text %q %v", s, err)
			}
			if _, err := m.Open(p, 0); err != nil && finding.As(err) == nil {
				t.Fatal(err)
			}
			for _, f := range p.Header {
				if v := f.Value(); strings.ContainsAny(v, "\r\n") {
					t.Fatalf("value %q", v)
				}
				if s := p.Header.Text(f.Name); !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n\x00\t") {
					t.Fatalf("text %q", s)
				}
				p.Header.Addresses(f.Name)
				p.Header.MessageIDs(f.Name)
			}
			p.Header.Date()
			return true
		})
	})
}

// FuzzAddress asks that what was read and can be written reads the same again.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"Jean DUPONT <jean@medecin.mssante.fr>", `"a, b" <"x y"@d>, (c) e@f (Nom)`, "groupe: a@b, c@d;", "=?utf-8?B?w6k=?= =?utf-8?Q?a,b?= <x@y>",
		"<@a,@b:c@[192.0.2.1]>", "a b@c", "é <à@é.fr>", "undisclosed-recipients:;", `a."b c".d@e`, "146026322000196@patient.mssante.fr", "<>", "a@b@c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range ParseAddresses(s) {
			if strings.ContainsAny(a.String(), "\r\n\x00") || !utf8.ValidString(a.String()) {
				t.Fatalf("%q gives %q", s, a.String())
			}
			if checkAddress("To", a) != nil {
				continue
			}
			again := ParseAddresses(a.String())
			want := a
			want.Name = plainLine(want.Name)
			if len(again) != 1 || again[0] != want {
				t.Fatalf("%q gives %+v, written %q, read again %+v", s, a, a.String(), again)
			}
		}
	})
}
