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
			want.Name = strings.TrimSpace(plainLine(want.Name))
			if len(again) != 1 || again[0] != want {
				t.Fatalf("%q gives %+v, written %q, read again %+v", s, a, a.String(), again)
			}
		}
	})
}

// FuzzMDN asks that a receipt that was read and can be written reads the same again.
func FuzzMDN(f *testing.F) {
	raw, _ := receipt().Bytes()
	f.Add(raw)
	f.Add([]byte("From: a@b\r\nTo: c@d\r\nMessage-ID: <1@b>\r\nDate: 1 Jan 2026 10:00 Z\r\nContent-Type: message/disposition-notification\r\n\r\nFinal-Recipient: c@d\r\nDisposition: manual-action/mdn-sent-manually; displayed/error: 1^a^b\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, _, err := Parse(raw)
		if err != nil {
			return
		}
		first, err := ReadMDN(m)
		if err != nil && finding.As(err) == nil {
			t.Fatal(err)
		}
		if first == nil {
			return
		}
		written, err := first.Bytes()
		if err != nil {
			if finding.As(err) == nil {
				t.Fatal(err)
			}
			return
		}
		m, _ = mustParse(t, written)
		again, err := ReadMDN(m)
		if err != nil || again == nil {
			t.Fatalf("%v: written\n%q", err, written)
		}
		// Text and original have their line ends mended on the way.
		if again.Type != first.Type || again.ActionMode != first.ActionMode || again.SendingMode != first.SendingMode || again.Modifier != first.Modifier ||
			again.ErrorCode != first.ErrorCode || again.ErrorLabel != first.ErrorLabel || again.FinalRecipient != first.FinalRecipient ||
			again.OriginalRecipient != first.OriginalRecipient || again.OriginalMessageID != first.OriginalMessageID || again.Subject != first.Subject ||
			again.From != first.From || again.To != first.To || again.ReportingUA != first.ReportingUA || !sameContent(again.Original, first.Original) {
			t.Fatalf("got\n%+v\nwant\n%+v\nwritten\n%q", again, first, written)
		}
	})
}

// FuzzDSN asks the same of delivery reports.
func FuzzDSN(f *testing.F) {
	raw, _ := bounce().Bytes()
	f.Add(raw)
	f.Add([]byte("From: a@b\r\nTo: c@d\r\nMessage-ID: <1@b>\r\nDate: 1 Jan 2026 10:00 Z\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; c@d\r\nAction: failed\r\nStatus: 5.1.1 (x)\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, _, err := Parse(raw)
		if err != nil {
			return
		}
		first, err := ReadDSN(m)
		if err != nil && finding.As(err) == nil {
			t.Fatal(err)
		}
		if first == nil {
			return
		}
		written, err := first.Bytes()
		if err != nil {
			if finding.As(err) == nil {
				t.Fatal(err)
			}
			return
		}
		m, _ = mustParse(t, written)
		again, err := ReadDSN(m)
		if err != nil || again == nil || len(again.Recipients) != len(first.Recipients) {
			t.Fatalf("%v: written\n%q", err, written)
		}
		sameMoments(again, first)
		for i, r := range again.Recipients {
			if r != first.Recipients[i] {
				t.Fatalf("got\n%+v\nwant\n%+v\nwritten\n%q", r, first.Recipients[i], written)
			}
		}
		if again.ReportingMTA != first.ReportingMTA || again.EnvelopeID != first.EnvelopeID || again.Subject != first.Subject || !sameContent(again.Original, first.Original) {
			t.Fatalf("got\n%+v\nwant\n%+v\nwritten\n%q", again, first, written)
		}
	})
}

// FuzzDraft asks that whatever can be written reads the same.
func FuzzDraft(f *testing.F) {
	f.Add("Jean DUPONT", "jean", "medecin.mssante.fr", "XDM/1.0/DDM+été", "Bonjour\n", "<p>x", "a b.zip", []byte("PK"), []byte("Subject: x\n\ny"))
	f.Add("é", "a b", "[192.0.2.1]", "=?x?=", "\xC3\xA9", "", "é.pdf", []byte{0}, []byte(nil))
	f.Fuzz(func(t *testing.T, name, local, domain, subject, text, html, file string, content, inner []byte) {
		d := &Draft{From: Address{name, local, domain}, To: []Address{{name, local, domain}, {"", local, domain}}, Subject: subject, MessageID: "1@b", Date: noon,
			References: []string{"a@b", "1@b"}, Header: []Pair{{"X-Test", subject}}, Text: text, HTML: html, Attachments: []Attachment{{Name: file, Type: "application/x", Bytes: content}}, Embedded: inner}
		raw, err := d.Bytes()
		if err != nil {
			if finding.As(err) == nil {
				t.Fatal(err)
			}
			return
		}
		m, _ := mustParse(t, raw)
		h := m.Root.Header
		from := h.Addresses("From")
		want := Address{strings.TrimSpace(plainLine(name)), local, domain}
		if s := plainLine(subject); len(from) != 1 || from[0] != want || len(h.Addresses("To")) != 2 || h.Text("Subject") != s || h.Text("X-Test") != s {
			t.Fatalf("%+v %q, want %+v %q of\n%q", from, h.Text("Subject"), want, plainLine(subject), raw)
		}
		var got []byte
		found := false
		m.Walk(func(p *Part) bool {
			if p.Disposition == "attachment" && !found {
				found = true
				got, _ = m.Decode(p, 0)
				if p.Filename() != cleanName(file) {
					t.Fatalf("file %q, want %q of\n%q", p.Filename(), cleanName(file), raw)
				}
			}
			return !p.isMessage()
		})
		if !found || !bytes.Equal(got, content) {
			t.Fatalf("content %q, want %q", got, content)
		}
	})
}

// sameContent compares apart from line ends: those of a message that is written are mended, and the
// only one of an empty message belongs to the boundary after it.
func sameContent(a, b []byte) bool {
	return bytes.Equal(bytes.TrimRight(lineEnds(a), "\r\n"), bytes.TrimRight(lineEnds(b), "\r\n"))
}
