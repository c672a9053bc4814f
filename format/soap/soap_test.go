package soap

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/shareddata"
)

const (
	action = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
	nsXDSB = "urn:ihe:iti:xds-b:2007"
)

var xds = Options{
	Bodies: map[string]Name{action: {nsXDSB, "ProvideAndRegisterDocumentSetRequest"}},
	XOPIn:  []Name{{nsXDSB, "Document"}},
}

func request(parts ...string) *Request {
	body := []byte(`<x:ProvideAndRegisterDocumentSetRequest xmlns:x="` + nsXDSB + `">`)
	r := &Request{Action: action, To: "https://localhost/repository", MessageID: "urn:uuid:1",
		Security: []byte(`<wsse:Security xmlns:wsse="` + NSWSSE + `" soap:mustUnderstand="true"/>`), Boundary: "b1"}
	for i, p := range parts {
		id := "doc " + string(rune('a'+i)) + "@socle"
		r.Parts = append(r.Parts, Attachment{ID: id, ContentType: "text/xml", Data: []byte(p)})
		body = append(body, `<x:Document id="d">`...)
		body = append(AppendInclude(body, id), `</x:Document>`...)
	}
	r.Body = append(body, `</x:ProvideAndRegisterDocumentSetRequest>`...)
	return r
}

func documents(t *testing.T, e *Envelope) []string {
	t.Helper()
	var out []string
	for d := range e.Body.Children(nsXDSB, "Document") {
		b, err := e.Binary(d)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

func TestRequestReadsBack(t *testing.T) {
	docs := []string{"<a>é</a>", "", "binary \x00\r\n--b1x\r\n--b\r\n", "\r\n"}
	body, ct := request(docs...).Append(nil)
	e, err := Read(ct, "", body, xds)
	if err != nil {
		t.Fatal(err)
	}
	if e.Action != action || e.MessageID != "urn:uuid:1" || e.To != "https://localhost/repository" || !e.Security.Exists() || !e.MTOM {
		t.Fatalf("%+v", e)
	}
	if got := documents(t, e); strings.Join(got, "|") != strings.Join(docs, "|") {
		t.Fatalf("%q", got)
	}
	// no copy: the part lies inside the body
	if p := e.Part("doc a@socle"); !bytes.Contains(body, p.Raw) || &body[bytes.Index(body, p.Raw)] != &p.Raw[0] {
		t.Fatal("the part was copied")
	}
}

func TestTheThreeFormsOfMTOMAreRead(t *testing.T) {
	doc := "<doc>" + strings.Repeat("x", 100) + "</doc>"
	b64 := base64.StdEncoding.EncodeToString([]byte(doc))
	folded := b64[:60] + "\n  \t" + b64[60:]
	inline := AppendEnvelope(nil, Headers{Action: action, MessageID: "urn:uuid:1"},
		[]byte(`<ProvideAndRegisterDocumentSetRequest xmlns="`+nsXDSB+`"><Document>`+folded+`</Document></ProvideAndRegisterDocumentSetRequest>`))
	body, ct := request("@@").Append(nil)
	inB64 := bytes.Replace(body, []byte("@@"), []byte(folded), 1)
	inB64 = bytes.Replace(inB64, []byte("text/xml\r\nContent-Transfer-Encoding: binary"), []byte("text/xml\r\nContent-Transfer-Encoding: Base64"), 1)
	in8 := bytes.Replace(body, []byte("@@"), []byte(doc), 1)
	in8 = bytes.Replace(in8, []byte("text/xml\r\nContent-Transfer-Encoding: binary"), []byte("text/xml\r\nContent-Transfer-Encoding: 8bit"), 1)
	for name, c := range map[string]struct {
		ct   string
		body []byte
	}{
		"inline in a bare envelope": {ContentType(action), inline},
		"inline in multipart":       {MTOMContentType("b1", action), AppendMTOM(nil, "b1", action, inline, nil)},
		"base64 part":               {ct, inB64},
		"8bit part, lines in LF":    {ct, bytes.ReplaceAll(in8, []byte("\r\n"), []byte("\n"))},
		"type without quotes":       {`Multipart/Related; boundary=b1; type=application/xop+xml; start="<enveloppe@socle>"`, in8},
	} {
		e, err := Read(c.ct, "", c.body, xds)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := documents(t, e); len(got) != 1 || got[0] != doc {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOfficialKOSPublicationIsRead(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(shareddata.Dir(t, "imaging"), "iti41-kos-publication.mime"))
	if err != nil {
		t.Fatal(err)
	}
	// The published sample was indented by an editor, delimiters and part headers included: as it
	// is, it is no multipart message. Take that indentation away.
	b = regexp.MustCompile(`\n +(--MIME|Content-)`).ReplaceAll(b, []byte("\n$1"))
	e, err := Read(`multipart/related; boundary=MIMEBoundary_Bound; type="application/xop+xml"; start="<0.1>"; action="`+action+`"`, "", b, xds)
	if err != nil {
		t.Fatal(err)
	}
	if got := documents(t, e); len(got) != 2 {
		t.Fatalf("%d documents", len(got))
	}
}

func TestWrongMessagesAreRefused(t *testing.T) {
	good, ct := request("one", "two").Append(nil)
	sub := func(old, new string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%q is not in the message", old)
		}
		return bytes.Replace(good, []byte(old), []byte(new), 1)
	}
	bare := AppendEnvelope(nil, Headers{Action: action, MessageID: "urn:uuid:1"}, []byte(`<x:ProvideAndRegisterDocumentSetRequest xmlns:x="`+nsXDSB+`"/>`))
	bareSub := func(old, new string) []byte { return bytes.Replace(bare, []byte(old), []byte(new), 1) }
	soapCT := ContentType(action)
	cases := []struct {
		want *finding.Refusal
		ct   string
		body []byte
	}{
		{ErrContentType, "application/json", bare},
		{ErrContentType, "", bare},
		{ErrContentType, `multipart/related; boundary="x`, bare},
		{ErrVersion, "text/xml; charset=utf-8", bare},
		{ErrVersion, soapCT, []byte(`<Envelope xmlns="` + NS11 + `"/>`)},
		{ErrCharset, `application/soap+xml; charset=ebcdic`, bare},
		{ErrBoundary, `multipart/related; type="application/xop+xml"`, good},
		{ErrBoundary, `multipart/related; boundary=` + strings.Repeat("b", 71), good},
		{ErrNoPart, strings.Replace(ct, `boundary="b1"`, `boundary="b2"`, 1), good},
		{ErrNoPart, ct, []byte("--b1--\r\n")},
		{ErrTruncated, ct, good[:len(good)-4]},
		{ErrTruncated, ct, good[:len(good)/2]},
		{ErrPartHeader, ct, sub("Content-Type: text/xml", "no colon here")},
		{ErrPartHeader, ct, sub("text/xml", strings.Repeat("x", maxPartHeader))},
		{ErrParts, ct, append([]byte(strings.Repeat("--b1\r\n\r\n\r\n", maxParts+1)), "--b1--\r\n"...)},
		{ErrStart, strings.Replace(ct, "<enveloppe@socle>", "<other>", 1), good},
		{ErrRootType, ct, sub("application/xop+xml", "text/plain")},
		{ErrTransfer, ct, sub("text/xml\r\nContent-Transfer-Encoding: binary", "text/xml\r\nContent-Transfer-Encoding: quoted-printable")},
		{ErrPartID, ct, sub("<doc b@socle>", "<doc a@socle>")},
		{ErrEnvelope, soapCT, []byte(`<a/>`)},
		{ErrEnvelope, soapCT, []byte(`<Envelope xmlns="` + NS + `"/>`)},
		{ErrEnvelope, soapCT, bareSub("</soap:Body>", "</soap:Body><soap:Header/>")},
		{ErrHeaderTwice, soapCT, bareSub("<wsa:To>", "<wsa:To>x</wsa:To><wsa:To>")},
		{ErrHeaderTwice, ct, sub("<wsse:Security ", `<wsse:Security xmlns:wsse="`+NSWSSE+`"/><wsse:Security `)},
		{ErrNoAction, `application/soap+xml`, bareSub(action+"<", "<")},
		{ErrMessageID, soapCT, bareSub("urn:uuid:1", "")},
		{ErrReplyTo, soapCT, bareSub("<wsa:Address>"+Anonymous, "<wsa:Address>http://evil.example/")},
		{ErrMustUnderstand, soapCT, bareSub("</soap:Header>", `<z xmlns="urn:z" soap:mustUnderstand="1"/></soap:Header>`)},
		{ErrActionMismatch, ContentType("urn:other"), bare},
		{ErrActionMismatch, soapCT, bareSub("x:ProvideAndRegisterDocumentSetRequest", "x:Other")},
		{ErrActionUnknown, ContentType("urn:other"), bareSub(action, "urn:other")},
		{ErrBody, soapCT, bareSub("</soap:Body>", "<x/></soap:Body>")},
		{ErrBody, soapCT, AppendEnvelope(nil, Headers{Action: action, MessageID: "1"}, nil)},
		{ErrXOPPlace, ct, sub("<x:Document id=\"d\">", "<x:Document id=\"d\">text")},
		{ErrXOPPlace, ct, bytes.Replace(sub("<x:Document ", "<x:Other "), []byte("</x:Document>"), []byte("</x:Other>"), 1)},
		{ErrXOPPlace, ct, sub(`mustUnderstand="true"/>`, `mustUnderstand="true"><xop:Include xmlns:xop="`+NSXOP+`" href="cid:doc%20a@socle"/></wsse:Security>`)},
		{ErrXOPHref, ct, sub("cid:doc%20a@socle", "http://evil.example/")},
		{ErrXOPHref, ct, sub("cid:doc%20a@socle", "cid:%zz")},
		{ErrXOPMissing, ct, sub("cid:doc%20a@socle", "cid:nowhere")},
		{ErrXOPTwice, ct, sub("cid:doc%20b@socle", "cid:doc%20a@socle")},
	}
	seen := map[string]bool{}
	for i, c := range cases {
		_, err := Read(c.ct, "", c.body, xds)
		if !errors.Is(err, c.want) {
			t.Errorf("case %d: %v, want %s", i, err, c.want.ID)
		}
		seen[c.want.ID] = true
	}
	if _, err := Read(soapCT, `"urn:other"`, bare, xds); !errors.Is(err, ErrActionMismatch) {
		t.Error(err)
	}
	if _, err := Read(soapCT, "", []byte("<!DOCTYPE a><a/>"), xds); err == nil || finding.As(err).ID != "XML-DOCTYPE" {
		t.Error(err)
	}
	e, err := Read(ct, "", bytes.Replace(sub("text/xml\r\nContent-Transfer-Encoding: binary", "text/xml\r\nContent-Transfer-Encoding: base64"), []byte("one"), []byte("o*e"), 1), xds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Binary(e.Body.Child(nsXDSB, "Document")); !errors.Is(err, ErrBase64) {
		t.Error(err)
	}
	seen[ErrBase64.ID] = true
	for _, r := range Refusals() {
		if !seen[r.ID] {
			t.Errorf("no message provokes %s", r.ID)
		}
		if r.Message.FR == "" || r.Message.EN == "" || r.Fix.FR == "" || r.Fix.EN == "" {
			t.Errorf("%s is not explained", r.ID)
		}
	}
}

func TestFaultReadsBackWithItsRefusal(t *testing.T) {
	f := FaultOf(ErrActionMismatch.At(`<"x">`))
	b := AppendFault(nil, "urn:uuid:2", "urn:uuid:1", &f)
	e, err := Read(ContentType(f.Action()), "", b, Options{Response: true})
	if err != nil {
		t.Fatal(err)
	}
	got := e.Fault()
	if got == nil || got.Code != Sender || got.Subcode != "wsa:ActionMismatch" || e.RelatesTo != "urn:uuid:1" || f.Status() != 400 {
		t.Fatalf("%+v", got)
	}
	r := got.Refusals[0]
	if r.ID != ErrActionMismatch.ID || r.Where != `<"x">` || r.Fix.EN != ErrActionMismatch.Fix.EN || r.Message.FR != ErrActionMismatch.Message.FR {
		t.Fatalf("%+v", r)
	}
	if v := FaultOf(ErrVersion); v.Code != VersionMismatch || v.Subcode != "" || v.Status() != 500 {
		t.Fatalf("%+v", v)
	}
}

func TestMessageIDIsKnownEvenWhenTheMessageIsRefused(t *testing.T) {
	body, _ := request("x").Append(nil)
	e, err := Read(MTOMContentType("b1", "urn:other"), "", body, xds)
	if err == nil || e.MessageID != "urn:uuid:1" {
		t.Fatal(err, e.MessageID)
	}
}

func FuzzRead(f *testing.F) {
	body, ct := request("one", "two").Append(nil)
	f.Add(ct, body)
	f.Add(ContentType(action), AppendEnvelope(nil, Headers{Action: action, MessageID: "1"}, []byte("<a xmlns='u'>YQ==</a>")))
	f.Add("multipart/related; boundary=b", []byte("--b\n\n\n--b--"))
	f.Add("multipart/related; boundary=b", []byte("--b\r\nContent-Type: application/xop+xml\r\n x\r\n\r\n<a/>\r\n--b--"))
	f.Fuzz(func(t *testing.T, ct string, body []byte) {
		e, err := Read(ct, "", body, Options{})
		if err != nil {
			if finding.As(err) == nil {
				t.Fatalf("%T", err)
			}
			return
		}
		for n := range e.Body.Descendants("*", "*") {
			_, _ = e.Binary(n)
		}
		e.Fault()
	})
}

func BenchmarkReadITI41(b *testing.B) {
	body, ct := request(strings.Repeat("x", 100_000)).Append(nil)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(ct, "", body, xds); err != nil {
			b.Fatal(err)
		}
	}
}
