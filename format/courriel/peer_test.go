package courriel

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
)

// TestStandardLibraryAgrees reads messages that net/mail and mime/multipart accept and compares.
func TestStandardLibraryAgrees(t *testing.T) {
	written, err := sample().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	mdn, err := receipt().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := bounce().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"ordinary": crlf(ordinary), "ordinary with LF": []byte(ordinary), "big": big(50_000), "draft": written, "receipt": mdn, "report": dsn,
		"folded":       crlf("Subject: a\n\tb\n  c\nFrom: Jean (x) <a@b>\nDate: Sat, 21 Nov 2026 10:00:00 +0100\n\ncorps\n"),
		"prefixes":     crlf("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\nx\n--ab--\n--a\n\ny\n--a--\n"),
		"empty parts":  crlf("Content-Type: multipart/mixed; boundary=a\n\n--a\n\n\n--a\nX: y\n\n\n--a--\n"),
		"hyphens":      crlf("Content-Type: multipart/mixed; boundary=\"-a\"\n\n---a\n\n--\n---\n--a\n---a--\n"),
		"long preface": crlf("Content-Type: multipart/mixed; boundary=a\n\nx\n--b\n-- a\n--a\n\ny\n--a--\nfin\n--a\n\nz\n--a--\n"),
	} {
		m, _ := mustParse(t, raw)
		std, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Errorf("%s: net/mail: %v", name, err)
			continue
		}
		for _, f := range m.Root.Header {
			if want := strings.Join(strings.Fields(std.Header.Get(f.Name)), " "); strings.Join(strings.Fields(m.Root.Header.Get(f.Name)), " ") != want {
				t.Errorf("%s: %s is %q, net/mail %q", name, f.Name, m.Root.Header.Get(f.Name), want)
			}
		}
		if list, err := std.Header.AddressList("From"); err == nil {
			for i, a := range m.Root.Header.Addresses("From") {
				if a.Addr() != list[i].Address || a.Name != list[i].Name {
					t.Errorf("%s: From %+v, net/mail %+v", name, a, list[i])
				}
			}
		}
		if d, err := std.Header.Date(); err == nil {
			if got, ok := m.Root.Header.Date(); !ok || !got.Equal(d) {
				t.Errorf("%s: date %v, net/mail %v", name, got, d)
			}
		}
		body, err := io.ReadAll(std.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(body, raw[m.Root.Body:]) {
			t.Errorf("%s: the body begins elsewhere", name)
		}
		compareParts(t, name, m, m.Root, std.Header.Get("Content-Type"), bytes.NewReader(body))
	}
}

func compareParts(t *testing.T, name string, m *Message, p *Part, contentType string, body io.Reader) {
	kind, params, err := mime.ParseMediaType(contentType)
	if contentType != "" && (err != nil || kind != p.Type+"/"+p.Subtype) {
		t.Errorf("%s: part %q is %s/%s, mime says %q %v", name, p.Number, p.Type, p.Subtype, kind, err)
	}
	for k, v := range params {
		if p.Param(k) != v {
			t.Errorf("%s: part %q: %s=%q, mime says %q", name, p.Number, k, p.Param(k), v)
		}
	}
	if p.Type != "multipart" {
		got, _ := io.ReadAll(body)
		if want := m.Raw[p.Body:p.End]; !bytes.Equal(got, want) {
			t.Errorf("%s: part %q is %q, mime/multipart %q", name, p.Number, shorten(string(want)), shorten(string(got)))
		}
		return
	}
	r := multipart.NewReader(body, params["boundary"])
	for i := 0; ; i++ {
		part, err := r.NextRawPart()
		if err == io.EOF {
			if i != len(p.Parts) {
				t.Errorf("%s: part %q has %d parts, mime/multipart %d", name, p.Number, len(p.Parts), i)
			}
			return
		}
		if err != nil || i >= len(p.Parts) {
			t.Errorf("%s: part %q: %v after %d of %d", name, p.Number, err, i, len(p.Parts))
			return
		}
		if part.FileName() != p.Parts[i].Filename() {
			t.Errorf("%s: file name %q, mime/multipart %q", name, p.Parts[i].Filename(), part.FileName())
		}
		compareParts(t, name, m, p.Parts[i], part.Header.Get("Content-Type"), part)
	}
}
