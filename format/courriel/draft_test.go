package courriel

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("", 3600))

// sample is a draft that uses everything.
func sample() *Draft {
	return &Draft{
		From:      Address{"Hôpital C – Biologie", "resultat_biologie", "chb.mssante.fr"},
		Sender:    []Address{{"", "automate", "chb.mssante.fr"}},
		ReplyTo:   []Address{{"Secrétariat, bât. B", "secretariat", "chb.mssante.fr"}},
		To:        []Address{{"Dr_Marie_MARTIN_Cabinet Medical", "marie.martin", "medecin.mssante.fr"}, {"", "146026322000196", "patient.mssante.fr"}},
		Cc:        []Address{{`Jean "Jeannot" DUPONT`, "jean dupont", "[192.0.2.1]"}},
		Subject:   "XDM/1.0/DDM+Compte rendu d'échographie abdominopelvienne et hépatique avec injection CORSE FIGATELLIX 12/10/1988",
		MessageID: "20261121T110000.1@chb.mssante.fr", Date: noon,
		InReplyTo: []string{"a@b"}, References: []string{"1@b", strings.Repeat("x", 80) + "@b", "2@b", "a@b"},
		Header: []Pair{{"X-MSS-CODECDA", "34112-3,PRESC-BIO,15508-5"}, {"X-MSS-INS", "O"}, {"Disposition-Notification-To", "<resultat_biologie@chb.mssante.fr>"}},
		Text:   "Bonjour,\nvoici le résultat.\n\nFrom: pas un champ\n.\n",
		HTML:   `<p>Bonjour, <img src="cid:logo@chb"></p>`,
		Attachments: []Attachment{
			{Name: "IHE_XDM.zip", Type: "application/zip", Bytes: bytes.Repeat([]byte{0, 1, 255}, 100)},
			{Name: "20220531_CR d'imagerie médicale_CORSE_FIGATELLIX et un nom vraiment très très long.pdf", Type: "application/pdf", Bytes: []byte("%PDF")},
			{Name: "logo.png", Type: "image/png", Bytes: []byte{137}, Inline: true, ContentID: "logo@chb"},
			{Name: "doc.xml", Type: "text/xml; charset=utf-8", Bytes: nil},
		},
		Embedded: []byte("Subject: original\n\nété\n"),
	}
}

// read makes a draft of a message that Draft wrote.
func read(t testing.TB, raw []byte) *Draft {
	t.Helper()
	m, found := mustParse(t, raw)
	if len(found) > 0 {
		t.Fatalf("a message of ours gives %s\n%s", ids(found), raw)
	}
	h := m.Root.Header
	d := &Draft{From: h.Addresses("From")[0], Sender: h.Addresses("Sender"), ReplyTo: h.Addresses("Reply-To"), To: h.Addresses("To"), Cc: h.Addresses("Cc"),
		Subject: h.Text("Subject"), MessageID: h.MessageIDs("Message-ID")[0], InReplyTo: h.MessageIDs("In-Reply-To"), References: h.MessageIDs("References")}
	d.Date, _ = h.Date()
	for _, f := range h {
		if freeField(f.Name) {
			d.Header = append(d.Header, Pair{f.Name, DecodeText(f.Value())})
		}
	}
	m.Walk(func(p *Part) bool {
		text, _ := m.Text(p, 0)
		content, _ := m.Decode(p, 0)
		switch {
		case p.Type == "multipart":
		case p.Disposition != "":
			a := Attachment{Name: p.Filename(), Type: p.Type + "/" + p.Subtype, Bytes: content, Inline: p.Disposition == "inline", ContentID: p.ID}
			if c := p.Param("charset"); c != "" {
				a.Type += "; charset=" + c
			}
			if len(a.Bytes) == 0 {
				a.Bytes = nil
			}
			d.Attachments = append(d.Attachments, a)
		case p.Type == "message":
			d.Embedded = content
		case p.Subtype == "plain":
			d.Text = text
		case p.Subtype == "html":
			d.HTML = text
		}
		return !p.isMessage()
	})
	return d
}

func TestDraftReadsTheSame(t *testing.T) {
	d := sample()
	raw, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range bytes.Split(raw, []byte("\r\n")) {
		if len(line) > maxLine || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("line %d: %q", i, line)
		}
		if !isASCII(line) && !bytes.Contains(line, []byte("été")) {
			t.Errorf("line %d is not ASCII: %q", i, line)
		}
	}
	got := read(t, raw)
	want := sample()
	want.Text = strings.ReplaceAll(want.Text, "\n", "\r\n")
	want.HTML += "\r\n"
	want.Embedded = []byte("Subject: original\r\n\r\nété\r\n")
	a := want.Attachments // the image stands with its page
	want.Attachments = []Attachment{a[2], a[0], a[1], a[3]}
	if !got.Date.Equal(want.Date) {
		t.Errorf("date %v", got.Date)
	}
	got.Date = want.Date
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v\nfrom\n%s", got, want, raw)
	}
	again, _ := sample().Bytes()
	if !bytes.Equal(again, raw) {
		t.Error("the same draft gives other bytes")
	}
}

func TestValuesThatWouldEndAFieldAreRefused(t *testing.T) {
	for _, bad := range []string{"a\rb", "a\nb", "a\x00b", "a\r\nBcc: x@y"} {
		for name, spoil := range map[string]func(d *Draft){
			"From name":        func(d *Draft) { d.From.Name = bad },
			"From local":       func(d *Draft) { d.From.Local = bad },
			"From domain":      func(d *Draft) { d.From.Domain = bad },
			"Sender":           func(d *Draft) { d.Sender[0].Name = bad },
			"Reply-To":         func(d *Draft) { d.ReplyTo[0].Local = bad },
			"To":               func(d *Draft) { d.To[1].Domain = bad },
			"Cc":               func(d *Draft) { d.Cc[0].Name = bad },
			"Subject":          func(d *Draft) { d.Subject = bad },
			"Message-ID":       func(d *Draft) { d.MessageID = bad },
			"In-Reply-To":      func(d *Draft) { d.InReplyTo[0] = bad },
			"References":       func(d *Draft) { d.References[1] = bad },
			"X-MSS-CODECDA":    func(d *Draft) { d.Header[0].Value = bad },
			"Header":           func(d *Draft) { d.Header[0].Name = bad },
			"Attachments[0] n": func(d *Draft) { d.Attachments[0].Name = bad },
			"Attachments[1] t": func(d *Draft) { d.Attachments[1].Type = bad },
			"Attachments[2] i": func(d *Draft) { d.Attachments[2].ContentID = bad },
		} {
			d := sample()
			spoil(d)
			raw, err := d.Bytes()
			if r := finding.As(err); raw != nil || r == nil || r.ID != "COURRIEL-INJECTION" || !strings.HasPrefix(name, r.Where) {
				t.Errorf("%s = %q: %v", name, bad, err)
			}
		}
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(d *Draft)
		want  error
	}{
		"no sender":             {func(d *Draft) { d.From = Address{} }, ErrMissing},
		"no date":               {func(d *Draft) { d.Date = time.Time{} }, ErrMissing},
		"no identifier":         {func(d *Draft) { d.MessageID = "" }, ErrMissing},
		"two senders":           {func(d *Draft) { d.Sender = append(d.Sender, d.From) }, ErrField},
		"no domain":             {func(d *Draft) { d.To[0].Domain = "" }, ErrAddress},
		"accents in a domain":   {func(d *Draft) { d.To[0].Domain = "é.fr" }, ErrAddress},
		"accents in a local":    {func(d *Draft) { d.To[0].Local = "é" }, ErrAddress},
		"angle in a domain":     {func(d *Draft) { d.To[0].Domain = "a>b" }, ErrAddress},
		"blank in an id":        {func(d *Draft) { d.References[0] = "a b" }, ErrMessageID},
		"blind copy":            {func(d *Draft) { d.Header[0].Name = "Bcc" }, ErrField},
		"a field written twice": {func(d *Draft) { d.Header[0].Name = "subject" }, ErrField},
		"a MIME field":          {func(d *Draft) { d.Header[0].Name = "Content-Foo" }, ErrField},
		"a name with a blank":   {func(d *Draft) { d.Header[0].Name = "X Y" }, ErrField},
		"not UTF-8":             {func(d *Draft) { d.Text = "\xE9" }, ErrUTF8},
		"subject not UTF-8":     {func(d *Draft) { d.Subject = "\xE9" }, ErrUTF8},
		"a multipart attached":  {func(d *Draft) { d.Attachments[0].Type = "multipart/mixed" }, ErrType},
		"a type that is none":   {func(d *Draft) { d.Attachments[0].Type = "zip" }, ErrType},
		"a local over all":      {func(d *Draft) { d.To[0].Local = strings.Repeat("a", 1000) }, ErrAddress},
	} {
		d := sample()
		c.spoil(d)
		if raw, err := d.Bytes(); raw != nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestABoundaryNeverStandsInAContent(t *testing.T) {
	d := sample()
	first, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	d.Embedded = first // holds the boundaries that the same identifier gives
	raw, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, raw); !bytes.Equal(got.Embedded, first) {
		t.Errorf("the embedded message changed: %d bytes of %d", len(got.Embedded), len(first))
	}
}

func TestMessageIDsAreWritable(t *testing.T) {
	id := NewMessageID(strings.NewReader(strings.Repeat("\xFF", 16)), noon, "chb.mssante.fr")
	if id != "20261121T110000.000000000.VVVVVVVVVVVVVVVVVVVVVVVVVS@chb.mssante.fr" || !writableID(id) {
		t.Error(id)
	}
}

// TestPythonReadsOurMessages asks Python's email package, another reading of the same standards.
func TestPythonReadsOurMessages(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import email.policy").Run() != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3 is absent: CI asks its email package")
		}
		t.Skip("python3 absent: its email package is not asked")
	}
	raw, err := sample().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import sys, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
print(m['subject']); print(m['from']); print(m['to']); print(m['reply-to']); print(m['date'].datetime.isoformat()); print(m['x-mss-codecda'])
for p in m.walk():
    print(p.get_content_type(), p.get_filename() or '-', [type(d).__name__ for d in p.defects])
print(m.get_body(('plain',)).get_content().splitlines()[1])
`
	cmd := exec.Command(python, "-c", script)
	cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8")
	cmd.Stdin = bytes.NewReader(raw)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	d := sample()
	want := strings.Join([]string{d.Subject, "Hôpital C – Biologie <resultat_biologie@chb.mssante.fr>",
		"Dr_Marie_MARTIN_Cabinet Medical <marie.martin@medecin.mssante.fr>, 146026322000196@patient.mssante.fr",
		`"Secrétariat, bât. B" <secretariat@chb.mssante.fr>`, "2026-11-21T12:00:00+01:00", "34112-3,PRESC-BIO,15508-5",
		"multipart/mixed - []", "multipart/alternative - []", "text/plain - []", "multipart/related - []", "text/html - []", "image/png logo.png []",
		"application/zip IHE_XDM.zip []", "application/pdf " + d.Attachments[1].Name + " []", "text/xml doc.xml []", "message/rfc822 - []", "text/plain - []",
		"voici le résultat.", ""}, "\n")
	if string(out) != want {
		t.Errorf("got\n%s\nwant\n%s\nof\n%s", out, want, raw)
	}
}

func BenchmarkDraft200k(b *testing.B) {
	d := &Draft{From: sample().From, To: sample().To, Subject: "XDM/1.0/DDM+CR DESMAUX", MessageID: "1@b", Date: noon, Text: "Bonjour",
		Attachments: []Attachment{{Name: "IHE_XDM.zip", Type: "application/zip", Bytes: make([]byte, 150_000)}}}
	b.SetBytes(150_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Bytes(); err != nil {
			b.Fatal(err)
		}
	}
}
