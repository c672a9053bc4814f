package courriel

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/finding"
)

// crlf writes a message of the tests with its real line ends.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func mustParse(t testing.TB, raw []byte) (*Message, []finding.Finding) {
	t.Helper()
	m, found, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	checkTree(t, m)
	return m, found
}

// checkTree asks of every part that its offsets lie in its parent's, in order.
func checkTree(t testing.TB, m *Message) {
	t.Helper()
	var visit func(p *Part, from, to int)
	visit = func(p *Part, from, to int) {
		if !(from <= p.Start && p.Start <= p.Body && p.Body <= p.End && p.End <= to) {
			t.Fatalf("part %q: %d..%d..%d outside %d..%d", p.Number, p.Start, p.Body, p.End, from, to)
		}
		if (p.Type == "multipart") != (len(p.Parts) > 0) {
			t.Fatalf("part %q is %s/%s with %d parts", p.Number, p.Type, p.Subtype, len(p.Parts))
		}
		at := p.Body
		for _, c := range p.Parts {
			visit(c, at, p.End)
			at = c.End
		}
		if p.Message != nil {
			visit(p.Message, p.Body, p.End)
		}
		if _, err := m.Decode(p, 0); err != nil {
			t.Fatal(err)
		}
		if _, whole := m.decode(p, 10); whole {
			if b, _ := m.Decode(p, 0); len(b) > 10 {
				t.Fatalf("part %q: %d bytes are the whole under a limit of 10", p.Number, len(b))
			}
		}
	}
	visit(m.Root, 0, len(m.Raw))
}

// outline draws the tree on one line.
func outline(p *Part) string {
	s := p.Number + ":" + p.Type + "/" + p.Subtype
	if len(p.Parts) > 0 {
		var in []string
		for _, c := range p.Parts {
			in = append(in, outline(c))
		}
		s += "(" + strings.Join(in, " ") + ")"
	}
	if p.Message != nil {
		s += "<" + outline(p.Message) + ">"
	}
	return s
}

func ids(found []finding.Finding) string {
	var out []string
	for _, f := range found {
		out = append(out, f.ID)
	}
	return strings.Join(out, " ")
}

const ordinary = `From: =?UTF-8?Q?Dr_Marie_MARTIN?= <marie.martin@medecin.mssante.fr>
To: Jean DUPONT <jean.dupont@medecin.mssante.fr>
Subject: XDM/1.0/DDM+CR DESMAUX NATHALIE
Date: Sat, 21 Nov 2026 10:00:00 +0100
Message-ID: <1@medecin.mssante.fr>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

préambule
--b1
Content-Type: multipart/alternative; boundary="b1a"

--b1a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Bonjour, voici le compte rendu=
 demand=C3=A9.
--b1a
Content-Type: text/html; charset=utf-8

<p>Bonjour</p>
--b1a--
--b1
Content-Type: application/zip; name="IHE_XDM.zip"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="IHE_XDM.zip"

UEsDBA==
--b1
Content-Type: message/rfc822

Subject: dedans
Content-Type: multipart/mixed; boundary=b2

--b2

un
--b2

deux
--b2--
--b1--
fin
`

func TestReadAnOrdinaryMessage(t *testing.T) {
	m, found := mustParse(t, crlf(ordinary))
	want := ":multipart/mixed(1:multipart/alternative(1.1:text/plain 1.2:text/html) 2:application/zip 3:message/rfc822<:multipart/mixed(3.1:text/plain 3.2:text/plain)>)"
	if got := outline(m.Root); got != want {
		t.Errorf("tree\n%s\nwant\n%s", got, want)
	}
	if ids(found) != "" {
		t.Errorf("findings: %s", ids(found))
	}
	if s := m.Readable(0); s != "Bonjour, voici le compte rendu demandé." {
		t.Errorf("readable: %q", s)
	}
	zip := m.Part("2")
	if b, err := m.Decode(zip, 100); err != nil || string(b) != "PK\x03\x04" || zip.Filename() != "IHE_XDM.zip" {
		t.Errorf("zip: %q %v %q", b, err, zip.Filename())
	}
	if b, _ := m.Decode(m.Part("3.2"), 0); string(b) != "deux" {
		t.Errorf("3.2: %q", b)
	}
	if s := m.Part("3").Message.Header.Text("subject"); s != "dedans" {
		t.Errorf("embedded subject %q", s)
	}
	if a := m.Root.Header.Addresses("from"); len(a) != 1 || a[0] != (Address{"Dr Marie MARTIN", "marie.martin", "medecin.mssante.fr"}) {
		t.Errorf("from: %+v", a)
	}
	if d, ok := m.Root.Header.Date(); !ok || d.UTC().Format("2006-01-02T15:04:05") != "2026-11-21T09:00:00" {
		t.Errorf("date %v %v", d, ok)
	}
}

// big is a message of about 200 kB with a base64 attachment.
func big(size int) []byte {
	var out strings.Builder
	out.WriteString("Received: from a.mssante.fr (a.mssante.fr [192.0.2.1])\n\tby b.mssante.fr with ESMTPS id 1;\n\tSat, 21 Nov 2026 10:00:01 +0100\n" +
		"From: Dr_Marie_MARTIN <marie.martin@medecin.mssante.fr>\nTo: jean.dupont@medecin.mssante.fr\nSubject: XDM/1.0/DDM+CR DESMAUX NATHALIE 01/01/1970\n" +
		"Date: Sat, 21 Nov 2026 10:00:00 +0100\nMessage-ID: <1@medecin.mssante.fr>\nX-MSS-CODECDA: 11502-2\nX-MSS-INS: O\nX-MSS-NIL: DEV1\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/mixed; boundary=\"=_0123456789abcdef0123456789abcdef\"\n\n--=_0123456789abcdef0123456789abcdef\nContent-Type: text/plain; charset=utf-8\n\n" +
		strings.Repeat("Bonjour - voici un compte-rendu de biologie -- merci.\n", 20) +
		"--=_0123456789abcdef0123456789abcdef\nContent-Type: application/zip; name=\"IHE_XDM.zip\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"IHE_XDM.zip\"\n\n")
	line := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00\x10\x83\x10\x51\x87\x20\x92\x8b", 7)[:57]))
	for n := 0; n < size; n += 78 {
		out.WriteString(line + "\n")
	}
	out.WriteString("--=_0123456789abcdef0123456789abcdef--\n")
	return crlf(out.String())
}

func BenchmarkParse200k(b *testing.B) {
	raw := big(200_000)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse4k(b *testing.B) {
	raw := big(2_000)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseHeader(b *testing.B) {
	raw := big(200_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ParseHeader(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeBase64(b *testing.B) {
	m, _, err := Parse(big(200_000))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(200_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Decode(m.Root.Parts[1], 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse25M(b *testing.B) {
	raw := big(25_000_000)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}
