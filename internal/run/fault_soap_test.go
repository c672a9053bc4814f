package run

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/internal/domain/igc"
)

// spoilt is one way to break a good request, and the answer that is due.
type spoilt struct {
	name  string
	spoil func(w *wire)
	want  refusalWanted
}

// replace changes the bytes of the body; the text must be there.
func replace(old, by string) func(*wire) {
	return func(w *wire) {
		if !bytes.Contains(w.body, []byte(old)) {
			panic("nothing to spoil: " + old)
		}
		w.body = bytes.Replace(w.body, []byte(old), []byte(by), 1)
	}
}

// xmlOnly sends an envelope alone, made of these bytes.
func xmlOnly(body string) func(*wire) {
	return func(w *wire) {
		w.contentType = soap.ContentType(actProvide)
		w.body = []byte(body)
	}
}

func utf16LE(s string) string {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

const soapOpen = `<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope">`

var spoiltXML = []spoilt{
	{"not XML", xmlOnly("hello"), senderFault("", "XML-TEXT-OUTSIDE")},
	{"empty body", xmlOnly(""), senderFault("", "XML-EMPTY")},
	{"end tag of another", xmlOnly(soapOpen + `<soap:Body></soap:Header></soap:Envelope>`), senderFault("", "XML-ENDTAG")},
	{"envelope cut in two", func(w *wire) { xmlOnly(string(envelopeOf(w)[:len(envelopeOf(w))/2]))(w) }, senderFault("", "XML-TRUNCATED")},
	{"envelope not closed", func(w *wire) {
		xmlOnly(strings.TrimSuffix(string(envelopeOf(w)), "</soap:Envelope>"))(w)
	}, senderFault("", "XML-UNCLOSED")},
	{"UTF-16 declared UTF-8", func(w *wire) { xmlOnly(utf16LE(string(envelopeOf(w))))(w) }, senderFault("", "XML-ENCODING-CONFLICT")},
	{"Latin-1 bytes declared UTF-8", replace("Consultation d", "Consultation r\xe9p\xe9t\xe9e"), senderFault("", "XML-ENCODING-BYTES")},
	{"unknown encoding", xmlOnly(`<?xml version="1.0" encoding="EBCDIC"?><a/>`), senderFault("", "XML-ENCODING-UNKNOWN")},
	{"DOCTYPE", xmlOnly(`<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`), senderFault("", "XML-DOCTYPE")},
	{"entity bomb", xmlOnly(`<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;&a;&a;&a;&a;">]><b>&c;</b>`), senderFault("", "XML-DOCTYPE")},
	{"entity nobody declared", xmlOnly(soapOpen + `<soap:Body>&xxe;</soap:Body></soap:Envelope>`), senderFault("", "XML-ENTITY")},
	{"deep nesting", xmlOnly(strings.Repeat("<a>", 100_000)), senderFault("", "XML-LIMIT-DEPTH")},
	{"too many attributes", xmlOnly("<a " + manyAttributes(10_000) + "/>"), senderFault("", "XML-LIMIT-ATTRIBUTES")},
	{"a very long name", xmlOnly("<" + strings.Repeat("a", 100_000) + "/>"), senderFault("", "XML-LIMIT-NAME")},
	{"two roots", xmlOnly("<a/><a/>"), senderFault("", "XML-SECOND-ROOT")},
	{"NUL character", xmlOnly("<a>\x00</a>"), senderFault("", "XML-CHAR")},
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `a%d="" `, i)
	}
	return b.String()
}

var spoiltEnvelope = []spoilt{
	{"not an envelope", xmlOnly("<a/>"), senderFault("", "SOAP-ENVELOPE")},
	{"SOAP 1.1 envelope", xmlOnly(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`),
		refusalWanted{500, soap.VersionMismatch, "", "SOAP-VERSION"}},
	{"SOAP 1.1 content type", func(w *wire) { w.contentType = "text/xml; charset=UTF-8" }, refusalWanted{500, soap.VersionMismatch, "", "SOAP-VERSION"}},
	{"JSON", func(w *wire) { w.contentType, w.body = "application/json", []byte("{}") }, senderFault("", "SOAP-CONTENT-TYPE")},
	{"no content type", func(w *wire) { w.contentType = "" }, senderFault("", "SOAP-CONTENT-TYPE")},
	{"charset unknown", func(w *wire) { w.contentType = "application/soap+xml; charset=EBCDIC" }, senderFault("", "SOAP-CHARSET")},
	{"empty soap:Body", xmlOnly(soapOpen + `<soap:Body/></soap:Envelope>`), senderFault("", "SOAP-BODY")},
	{"two elements in soap:Body", replace("</soap:Body>", "<a/></soap:Body>"), senderFault("", "SOAP-BODY")},
	{"no wsa:Action", replace(`<wsa:Action soap:mustUnderstand="true">`+actProvide+`</wsa:Action>`, ""), senderFault("wsa:MessageAddressingHeaderRequired", "SOAP-ACTION-MISSING")},
	{"no MessageID", func(w *wire) { cutElement(w, "wsa:MessageID") }, senderFault("wsa:MessageAddressingHeaderRequired", "SOAP-MESSAGEID")},
	{"Action twice", replace(`<wsa:To>`, `<wsa:Action>x</wsa:Action><wsa:To>`), senderFault("wsa:InvalidCardinality", "SOAP-HEADER-DUPLICATE")},
	{"answer wanted elsewhere", replace(soap.Anonymous, "http://example.org/"), senderFault("wsa:OnlyAnonymousAddressSupported", "SOAP-REPLYTO")},
	{"header that must be understood", replace(`<wsa:To>`, `<x:Mystere xmlns:x="urn:x" soap:mustUnderstand="1"/><wsa:To>`), refusalWanted{500, soap.MustUnderstand, "", "SOAP-MUSTUNDERSTAND"}},
	{"unknown action", func(w *wire) {
		w.body = bytes.ReplaceAll(w.body, []byte(actProvide), []byte("urn:ihe:iti:2099:Nothing"))
		w.contentType = strings.ReplaceAll(w.contentType, actProvide, "urn:ihe:iti:2099:Nothing")
	}, senderFault("wsa:ActionNotSupported", "SOAP-ACTION-UNKNOWN")},
	{"Content-Type action is another", func(w *wire) { w.contentType = strings.Replace(w.contentType, actProvide, actRetrieve, 1) }, senderFault("wsa:ActionMismatch", "SOAP-ACTION-MISMATCH")},
	{"wsa:Action and body disagree", func(w *wire) {
		w.body = bytes.ReplaceAll(w.body, []byte(actProvide), []byte(actRetrieve))
		w.contentType = strings.Replace(w.contentType, actProvide, actRetrieve, 1)
	}, senderFault("wsa:ActionMismatch", "SOAP-ACTION-MISMATCH")},
	{"action at the wrong service", func(w *wire) { w.url = strings.Replace(w.url, "/repository", "/registry", 1) }, senderFault("wsa:ActionNotSupported", "SOAP-SERVICE")},
}

var spoiltMTOM = []spoilt{
	{"no boundary", func(w *wire) { w.contentType = strings.Replace(w.contentType, `; boundary="LIMITE"`, "", 1) }, senderFault("", "SOAP-MIME-BOUNDARY")},
	{"another boundary", func(w *wire) { w.contentType = strings.Replace(w.contentType, "LIMITE", "AUTRE", 1) }, senderFault("", "SOAP-MIME-NO-PART")},
	{"wrong start", func(w *wire) { w.contentType = strings.Replace(w.contentType, `start="<`, `start="<x`, 1) }, senderFault("", "SOAP-MIME-START")},
	{"root part of another type", replace("Content-Type: application/xop+xml", "Content-Type: text/plain"), senderFault("", "SOAP-MIME-ROOT-TYPE")},
	{"last part cut", func(w *wire) { w.body = w.body[:len(w.body)-200] }, senderFault("", "SOAP-MIME-TRUNCATED")},
	{"cid unknown", replace(`href="cid:Document01`, `href="cid:Document99`), senderFault("", "SOAP-XOP-NOTFOUND")},
	{"href without cid", replace(`href="cid:`, `href="http:`), senderFault("", "SOAP-XOP-HREF")},
	{"cid twice", func(w *wire) {
		replace("\r\n--LIMITE--", "\r\n--LIMITE\r\nContent-ID: <Document01@essai>\r\n\r\nx\r\n--LIMITE--")(w)
	}, senderFault("", "SOAP-MIME-ID-DUPLICATE")},
	{"two Include of one part", func(w *wire) {
		w.body = bytes.Replace(w.body, []byte("</xdsb:ProvideAndRegisterDocumentSetRequest>"),
			append([]byte(`<xdsb:Document id="x">`), append(soap.AppendInclude(nil, "Document01@essai"), "</xdsb:Document></xdsb:ProvideAndRegisterDocumentSetRequest>"...)...), 1)
	}, senderFault("", "SOAP-XOP-TWICE")},
	{"Include in the security header", replace("<ds:X509Certificate>", "<ds:X509Certificate>"+string(soap.AppendInclude(nil, "Document01@essai"))), senderFault("", "SOAP-XOP-PLACE")},
	{"unknown transfer encoding", replace("Content-Type: text/xml\r\nContent-Transfer-Encoding: binary", "Content-Type: text/xml\r\nContent-Transfer-Encoding: uuencode"), senderFault("", "SOAP-MIME-ENCODING")},
	{"base64 part that is not base64", replace("Content-Type: text/xml\r\nContent-Transfer-Encoding: binary", "Content-Type: text/xml\r\nContent-Transfer-Encoding: base64"), senderFault("", "SOAP-BASE64")},
	{"inline base64 that is not base64", func(w *wire) {
		replace(string(soap.AppendInclude(nil, "Document01@essai")), "&#233;t&#233;!!")(w)
	}, senderFault("", "SOAP-BASE64")},
	{"part without header end", replace("Content-Type: text/xml\r\n", "Content-Type text/xml\r\n"), senderFault("", "SOAP-MIME-HEADER")},
}

// envelopeOf takes the root part out of a multipart body.
func envelopeOf(w *wire) []byte {
	from := bytes.Index(w.body, []byte("<?xml"))
	to := bytes.Index(w.body, []byte("</soap:Envelope>")) + len("</soap:Envelope>")
	return w.body[from:to]
}

func cutElement(w *wire, name string) {
	from := bytes.Index(w.body, []byte("<"+name+">"))
	to := bytes.Index(w.body, []byte("</"+name+">")) + len(name) + 3
	w.body = append(w.body[:from:from], w.body[to:]...)
}

// TestFaultsOfTransport sends broken messages through the https door: each is refused with its
// code and its reason, nothing is kept, and a good request is answered right after.
func TestFaultsOfTransport(t *testing.T) {
	tr := newTrial(startDemo(t, t.TempDir(), 12))
	p := tr.citizen("citoyen-1")
	before, stored := tr.kept(p), tr.verified()
	if before == 0 {
		t.Fatal("an empty record proves nothing")
	}
	for _, family := range []struct {
		name  string
		cases []spoilt
	}{{"XML", spoiltXML}, {"SOAP", spoiltEnvelope}, {"MTOM", spoiltMTOM}} {
		for _, c := range family.cases {
			t.Run(family.name+"/"+c.name, func(t *testing.T) {
				w := tr.request(tr.deposit(p))
				c.spoil(&w)
				c.want.check(t, w.post(t))
				if n := tr.kept(p); n != before {
					t.Errorf("the record went from %d to %d documents", before, n)
				}
			})
		}
	}
	t.Run("relates to the message", func(t *testing.T) { tr.relates(t, p) })
	t.Run("TLS", func(t *testing.T) { tr.withoutCard(t, p) })
	t.Run("method", func(t *testing.T) { tr.methods(t) })
	t.Run("announced 1 GB", func(t *testing.T) { tr.announced(t) })
	t.Run("idle crowd", func(t *testing.T) { tr.crowd(t, p) })
	t.Run("chunked 1 GB", func(t *testing.T) { tr.endless(t) })
	t.Run("cut before its end", func(t *testing.T) { tr.cut(t, p) })
	if n := tr.kept(p); n != before {
		t.Errorf("the record went from %d to %d documents", before, n)
	}
	if n := tr.verified(); n != stored {
		t.Errorf("%d documents are stored, %d before", n, stored)
	}
	if s := tr.request(tr.deposit(p)).post(t); s.fault != nil || !strings.HasSuffix(s.response, ":Success") || tr.kept(p) != before+1 {
		t.Errorf("a good deposit after all this: %.400s", s.raw)
	}
}

// relates checks that a fault names the message it answers as soon as that was read.
func (tr *trial) relates(t *testing.T, p patient) {
	w := tr.request(tr.deposit(p))
	replace(`<wsa:To>`, `<x:Mystere xmlns:x="urn:x" soap:mustUnderstand="1"/><wsa:To>`)(&w)
	id := between(string(w.body), "<wsa:MessageID>", "</wsa:MessageID>")
	if got := between(string(w.post(t).raw), "<wsa:RelatesTo>", "</wsa:RelatesTo>"); got != id {
		t.Errorf("RelatesTo %q, %q expected", got, id)
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// withoutCard shows no certificate, then one of an authority nobody knows.
func (tr *trial) withoutCard(t *testing.T, p patient) {
	w := tr.request(tr.deposit(p))
	w.http = tr.http(tls.Certificate{})
	senderFault("DMPInvalidCertificate", "TLS-CLIENT").check(t, w.post(t))

	other, err := igc.NewAuthority(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c, err := other.Issue(rand.Reader, time.Now(), igc.Request{Offer: igc.Professionnel, IDNat: tr.endpoints.Persona("medecin_generaliste").IDNat, Surname: "FAUX", Given: "Docteur", ECDSA: true})
	if err != nil {
		t.Fatal(err)
	}
	// The connection ends in the handshake; the client may see the alert or the closing first.
	if resp, err := tr.http(c.TLS()).Post(w.url, w.contentType, bytes.NewReader(w.body)); err == nil {
		t.Errorf("a card of another authority was answered %s", resp.Status)
	}
}

// methods: the services answer POST alone.
func (tr *trial) methods(t *testing.T) {
	for _, u := range []string{tr.endpoints.Repository, tr.endpoints.Registry} {
		for _, m := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			req, err := http.NewRequest(m, u, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := tr.as("medecin_generaliste").HTTP().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if a := resp.Header.Get("Allow"); a != http.MethodPost {
				t.Errorf("%s: Allow %q", m, a)
			}
			refusalWanted{http.StatusMethodNotAllowed, soap.Sender, "", "SOAP-METHODE"}.check(t, readSeen(t, resp))
		}
	}
}

// dial opens a bare TLS connection to the doors, with the card of the general practitioner.
func (tr *trial) dial(t *testing.T) (*tls.Conn, *url.URL) {
	t.Helper()
	u, err := url.Parse(tr.endpoints.Repository)
	if err != nil {
		t.Fatal(err)
	}
	conf := tr.http(tr.card("medecin_generaliste").tls).Transport.(*http.Transport).TLSClientConfig
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", u.Host, conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return c, u
}

// announced says that a gigabyte follows: the refusal comes before one byte of it.
func (tr *trial) announced(t *testing.T) {
	c, u := tr.dial(t)
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", u.Path, u.Host, soap.ContentType(actProvide), 1<<30)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	refusalWanted{http.StatusRequestEntityTooLarge, soap.Sender, "", "SOAP-TROP-GRAND"}.check(t, readSeen(t, resp))
}

// endless sends chunk upon chunk: the server stops reading near its limit and its memory stays
// within a few times that limit.
func (tr *trial) endless(t *testing.T) {
	c, u := tr.dial(t)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	start := int64(m.HeapAlloc)
	var sent, peak atomic.Int64
	go func() {
		w := bufio.NewWriterSize(c, 1<<20)
		fmt.Fprintf(w, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", u.Path, u.Host, soap.ContentType(actProvide))
		chunk := bytes.Repeat([]byte("a"), 1<<20)
		for sent.Load() < 1<<30 {
			if _, err := fmt.Fprintf(w, "%x\r\n%s\r\n", len(chunk), chunk); err != nil {
				return
			}
			sent.Add(int64(len(chunk)))
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), int64(m.HeapAlloc)-start))
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("after %d bytes: %v", sent.Load(), err)
	}
	refusalWanted{http.StatusRequestEntityTooLarge, soap.Sender, "", "SOAP-TROP-GRAND"}.check(t, readSeen(t, resp))
	_ = c.Close()
	if n := sent.Load(); n > 100<<20 {
		t.Errorf("%d MB were taken before the refusal", n>>20)
	}
	t.Logf("%d MB sent, heap grew by %d MB at most", sent.Load()>>20, peak.Load()>>20)
	if peak.Load() > 300<<20 {
		t.Errorf("the heap grew by %d MB", peak.Load()>>20)
	}
}

// crowd: connections that announce the largest body and send next to nothing must not keep the
// others from being served.
func (tr *trial) crowd(t *testing.T, p patient) {
	for range 8 {
		c, u := tr.dial(t)
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\nx", u.Path, u.Host, soap.ContentType(actProvide), 60<<20)
	}
	w := tr.request(tr.deposit(p))
	hurried := *w.http
	hurried.Timeout = 10 * time.Second
	w.http = &hurried
	replace("</soap:Body>", "<a/></soap:Body>")(&w) // a fault is an answer, and keeps nothing
	senderFault("", "SOAP-BODY").check(t, w.post(t))
}

// cut closes the connection's sending side in the middle of an announced body.
func (tr *trial) cut(t *testing.T, p patient) {
	w := tr.request(tr.deposit(p))
	c, u := tr.dial(t)
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", u.Path, u.Host, w.contentType, len(w.body))
	_, _ = c.Write(w.body[:len(w.body)/2])
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		return // the connection was dropped: nothing to answer to
	}
	if err != nil {
		t.Fatal(err)
	}
	senderFault("", "SOAP-COUPE").check(t, readSeen(t, resp))
}
