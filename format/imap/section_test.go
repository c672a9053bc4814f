package imap

import (
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/courriel"
)

// letter has the shape of the example of RFC 3501 6.4.5: a multipart with a letter in it that has parts of its own.
var letter = strings.ReplaceAll(`From: =?utf-8?q?Marie_Mart=C3=ADn?= <marie.martin@medecin.mssante.fr>
To: Jean DUPONT <jean.dupont@medecin.mssante.fr>, "A, B" <ab@chb.mssante.fr>
Subject: XDM/1.0/DDM+CR CORSE FIGATELLIX
Date: Thu, 12 Nov 2026 10:00:00 +0100
Message-ID: <1@medecin.mssante.fr>
In-Reply-To: <0@chb.mssante.fr>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=aaa

preamble
--aaa
Content-Type: text/plain; charset=UTF-8

Bonjour
 deux
--aaa
Content-Type: application/zip; name="IHE_XDM.zip"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.zip

UEsDBA==
--aaa
Content-Type: message/rfc822

Subject: dedans
From: x@chb.mssante.fr
Content-Type: multipart/alternative; boundary=bbb

--bbb

un
--bbb
Content-Type: text/html
Content-Language: fr, en

<p>un
--bbb--
--aaa--
`, "\n", "\r\n")

func TestSections(t *testing.T) {
	m, _, err := courriel.Parse([]byte(letter))
	if err != nil {
		t.Fatal(err)
	}
	for section, want := range map[string]string{
		"":                                   letter,
		"HEADER":                             letter[:strings.Index(letter, "preamble")],
		"TEXT":                               letter[strings.Index(letter, "preamble"):],
		"1":                                  "Bonjour\r\n deux",
		"1.MIME":                             "Content-Type: text/plain; charset=UTF-8\r\n\r\n",
		"2":                                  "UEsDBA==",
		"3.1":                                "un",
		"3.1.MIME":                           "\r\n",
		"3.2":                                "<p>un",
		"3.HEADER":                           "Subject: dedans\r\nFrom: x@chb.mssante.fr\r\nContent-Type: multipart/alternative; boundary=bbb\r\n\r\n",
		"3.HEADER.FIELDS (FROM nothing)":     "From: x@chb.mssante.fr\r\n\r\n",
		"HEADER.FIELDS (subject Message-Id)": "Subject: XDM/1.0/DDM+CR CORSE FIGATELLIX\r\nMessage-ID: <1@medecin.mssante.fr>\r\n\r\n",
		"3.HEADER.FIELDS.NOT (Subject Content-Type)": "From: x@chb.mssante.fr\r\n\r\n",
		"4": "absent", "1.1": "absent", "2.HEADER": "absent", "3.3": "absent", "3.1.1": "absent", "1.TEXT": "absent",
	} {
		s, ok := ParseSection(section)
		if !ok {
			t.Errorf("%s cannot be read", section)
			continue
		}
		got, ok := Extract(m, s)
		if !ok {
			got = []byte("absent")
		}
		if string(got) != want {
			t.Errorf("%s\n got %q\nwant %q", section, got, want)
		}
		if s.OfHeader() {
			head := []byte(letter[:m.Root.Body])
			h, _, _ := courriel.ParseHeader(head)
			if got := ExtractHeader(head, h, s); string(got) != want {
				t.Errorf("%s of the header block: %q", section, got)
			}
		}
	}
	plain, _, _ := courriel.Parse([]byte("Subject: a\r\n\r\nb\r\n"))
	for section, want := range map[string]string{"1": "b\r\n", "TEXT": "b\r\n", "1.MIME": "Subject: a\r\n\r\n"} {
		s, _ := ParseSection(section)
		if got, _ := Extract(plain, s); string(got) != want {
			t.Errorf("%s: %q", section, got)
		}
	}
	it := Item{Partial: true, Offset: 2, Count: 3}
	for in, want := range map[string]string{"abcdefgh": "cde", "abc": "c", "a": ""} {
		if got := it.Slice([]byte(in)); string(got) != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func TestStructureAndEnvelope(t *testing.T) {
	m, _, _ := courriel.Parse([]byte(letter))
	const inner = `("message" "rfc822" NIL NIL NIL "7bit" 181 (NIL "dedans" ((NIL NIL "x" "chb.mssante.fr")) ((NIL NIL "x" "chb.mssante.fr")) ((NIL NIL "x" "chb.mssante.fr")) NIL NIL NIL NIL NIL) `
	want := `(("text" "plain" ("charset" "UTF-8") NIL NIL "7bit" 14 1 NIL NIL NIL NIL)` +
		`("application" "zip" ("name" "IHE_XDM.zip") NIL NIL "base64" 8 NIL ("attachment" ("filename*" "utf-8''r%C3%A9sum%C3%A9.zip")) NIL NIL)` +
		inner + `(("text" "plain" NIL NIL NIL "7bit" 2 0 NIL NIL NIL NIL)("text" "html" NIL NIL NIL "7bit" 5 0 NIL NIL ("fr" "en") NIL) "alternative" ("boundary" "bbb") NIL NIL NIL) 12 NIL NIL NIL NIL)` +
		` "mixed" ("boundary" "aaa") NIL NIL NIL)`
	if got := string(AppendStructure(nil, m.Root, true)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if got := string(AppendStructure(nil, m.Root, false)); !strings.HasSuffix(got, ` "mixed")`) || strings.Contains(got, "attachment") {
		t.Error(got)
	}
	want = `("Thu, 12 Nov 2026 10:00:00 +0100" "XDM/1.0/DDM+CR CORSE FIGATELLIX" (("=?utf-8?q?Marie_Mart=C3=ADn?=" NIL "marie.martin" "medecin.mssante.fr"))` +
		` (("=?utf-8?q?Marie_Mart=C3=ADn?=" NIL "marie.martin" "medecin.mssante.fr")) (("=?utf-8?q?Marie_Mart=C3=ADn?=" NIL "marie.martin" "medecin.mssante.fr"))` +
		` (("Jean DUPONT" NIL "jean.dupont" "medecin.mssante.fr")("A, B" NIL "ab" "chb.mssante.fr")) NIL NIL "<0@chb.mssante.fr>" "<1@medecin.mssante.fr>")`
	if got := string(AppendEnvelope(nil, m.Root.Header)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	raw, _, _ := courriel.Parse([]byte("Subject: caf\xc3\xa9\r\nContent-Type: multipart/mixed\r\n\r\n"))
	if got := string(AppendEnvelope(nil, raw.Root.Header)); !strings.HasPrefix(got, `(NIL "=?utf-8?q?caf=C3=A9?=" NIL`) {
		t.Error(got)
	}
}

// FuzzSection asks for any section of any message: what comes is within the message, and what is
// written about it is one line but for its literals.
func FuzzSection(f *testing.F) {
	for _, s := range []string{"", "1", "3.2.MIME", "HEADER.FIELDS (a b)", "3.TEXT"} {
		f.Add([]byte(letter), s, uint32(0), uint32(10))
	}
	f.Add([]byte("Content-Type: multipart/x; boundary=\r\n\r\n--\r\n"), "1.1", uint32(1), uint32(1))
	f.Fuzz(func(t *testing.T, raw []byte, section string, offset, count uint32) {
		m, _, err := courriel.Parse(raw)
		if err != nil {
			return
		}
		for _, extended := range []bool{true, false} {
			b := AppendStructure(nil, m.Root, extended)
			if balance(b) != 0 {
				t.Fatalf("%q", b)
			}
		}
		if b := AppendEnvelope(nil, m.Root.Header); balance(b) != 0 {
			t.Fatalf("%q", b)
		}
		s, ok := ParseSection(section)
		if !ok {
			return
		}
		got, ok := Extract(m, s)
		if ok && len(s.Fields) == 0 && len(got) > len(raw) {
			t.Fatalf("%d octets of %d", len(got), len(raw))
		}
		it := Item{Partial: true, Offset: offset, Count: count}
		if piece := it.Slice(got); uint64(len(piece)) > uint64(count) || len(piece) > len(got) {
			t.Fatalf("%d octets", len(piece))
		}
	})
}

// balance counts parentheses outside of quoted strings and literals, and fails on a bare line end.
func balance(b []byte) (depth int) {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '\r', '\n':
			return -1000
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{':
			n := 0
			for i++; b[i] != '}'; i++ {
				n = n*10 + int(b[i]-'0')
			}
			i += 2 + n
		}
	}
	return depth
}
