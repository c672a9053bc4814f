package soap

import (
	"encoding/hex"
	"io"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// Headers are the addressing headers of a message to write. A request has To, and asks for the
// answer on the same connection; a response has RelatesTo.
type Headers struct {
	Action    string
	MessageID string // urn:uuid:…
	To        string // empty in a response: the anonymous address
	RelatesTo string
	Security  []byte // wsse:Security, complete and already well-formed; written as it is
}

// AppendEnvelope appends a whole envelope around a body element already written.
func AppendEnvelope(dst []byte, h Headers, body []byte) []byte {
	dst = AppendOpen(dst, h)
	dst = append(dst, body...)
	return AppendClose(dst)
}

// AppendOpen appends everything before the body element; the body may follow in pieces.
func AppendOpen(dst []byte, h Headers) []byte {
	dst = append(dst, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<soap:Envelope xmlns:soap="`+NS+`" xmlns:wsa="`+NSWSA+`"><soap:Header><wsa:Action soap:mustUnderstand="true">`...)
	dst = xmltree.AppendText(dst, h.Action)
	dst = append(dst, `</wsa:Action>`...)
	if h.MessageID != "" {
		dst = append(dst, `<wsa:MessageID>`...)
		dst = xmltree.AppendText(dst, h.MessageID)
		dst = append(dst, `</wsa:MessageID>`...)
	}
	dst = append(dst, `<wsa:To>`...)
	if h.To == "" {
		dst = append(dst, Anonymous...)
	} else {
		dst = xmltree.AppendText(dst, h.To)
	}
	dst = append(dst, `</wsa:To>`...)
	if h.RelatesTo != "" {
		dst = append(dst, `<wsa:RelatesTo>`...)
		dst = xmltree.AppendText(dst, h.RelatesTo)
		dst = append(dst, `</wsa:RelatesTo>`...)
	} else {
		dst = append(dst, `<wsa:ReplyTo><wsa:Address>`+Anonymous+`</wsa:Address></wsa:ReplyTo>`...)
	}
	dst = append(dst, h.Security...)
	return append(dst, `</soap:Header><soap:Body>`...)
}

// AppendClose ends what AppendOpen began.
func AppendClose(dst []byte) []byte { return append(dst, `</soap:Body></soap:Envelope>`...) }

// ContentType gives the HTTP Content-Type of a bare envelope.
func ContentType(action string) string {
	return `application/soap+xml; charset=UTF-8; action="` + headerSafe(action) + `"`
}

// Attachment is a part to write.
type Attachment struct {
	ID          string // Content-ID without < >; written URL-encoded in cid references
	ContentType string
	Data        []byte
}

// rootID is the Content-ID of the envelope's own part.
const rootID = "enveloppe@socle"

// MTOMContentType gives the HTTP Content-Type of a multipart/related message.
func MTOMContentType(boundary, action string) string {
	return `multipart/related; type="application/xop+xml"; start="<` + rootID + `>"; start-info="application/soap+xml"; action="` +
		headerSafe(action) + `"; boundary="` + boundary + `"`
}

// NewBoundary makes a boundary that cannot occur in the data.
func NewBoundary(rand io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return "", err
	}
	return "uuid-" + hex.EncodeToString(b[:]), nil
}

// AppendMTOM appends the multipart body: the envelope, then the parts in binary.
func AppendMTOM(dst []byte, boundary, action string, envelope []byte, parts []Attachment) []byte {
	dst = AppendRootHeader(dst, boundary, action)
	dst = append(dst, envelope...)
	for i := range parts {
		dst = AppendPartHeader(dst, boundary, &parts[i])
		dst = append(dst, parts[i].Data...)
	}
	return AppendEnd(dst, boundary)
}

// AppendRootHeader begins a multipart body: the envelope follows. With AppendPartHeader and
// AppendEnd a large message can be written piece by piece.
func AppendRootHeader(dst []byte, boundary, action string) []byte {
	dst = append(append(append(dst, "--"...), boundary...), "\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"; action=\""...)
	dst = append(dst, headerSafe(action)...)
	return append(dst, "\"\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <"+rootID+">\r\n\r\n"...)
}

// AppendPartHeader begins a part: its data follows.
func AppendPartHeader(dst []byte, boundary string, p *Attachment) []byte {
	dst = append(append(append(dst, "\r\n--"...), boundary...), "\r\nContent-Type: "...)
	dst = append(dst, headerSafe(p.ContentType)...)
	dst = append(dst, "\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <"...)
	dst = append(dst, headerSafe(p.ID)...)
	return append(dst, ">\r\n\r\n"...)
}

// AppendEnd closes a multipart body.
func AppendEnd(dst []byte, boundary string) []byte {
	return append(append(append(dst, "\r\n--"...), boundary...), "--\r\n"...)
}

// AppendInclude appends the xop:Include that stands for an attachment.
func AppendInclude(dst []byte, id string) []byte {
	dst = append(dst, `<xop:Include xmlns:xop="`+NSXOP+`" href="cid:`...)
	const hexa = "0123456789ABCDEF"
	for i := range len(id) {
		c := id[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~@:", c) >= 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hexa[c>>4], hexa[c&15])
		}
	}
	return append(dst, `"/>`...)
}

// headerSafe keeps a value from breaking out of a header line.
func headerSafe(v string) string {
	if !strings.ContainsAny(v, "\r\n\"<>") {
		return v
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\r\n\"<>", r) {
			return -1
		}
		return r
	}, v)
}

// Request is a message for a service, as a client builds it.
type Request struct {
	Action, To, MessageID string
	Security              []byte // wsse:Security element, complete
	Body                  []byte // the one element of soap:Body
	Parts                 []Attachment
	Boundary              string // required with Parts, or to force multipart
}

// Append appends the HTTP body and gives its Content-Type.
func (r *Request) Append(dst []byte) (body []byte, contentType string) {
	h := Headers{Action: r.Action, MessageID: r.MessageID, To: r.To, Security: r.Security}
	if r.Boundary == "" {
		return AppendEnvelope(dst, h, r.Body), ContentType(r.Action)
	}
	dst = AppendRootHeader(dst, r.Boundary, r.Action)
	dst = AppendEnvelope(dst, h, r.Body)
	for i := range r.Parts {
		dst = AppendPartHeader(dst, r.Boundary, &r.Parts[i])
		dst = append(dst, r.Parts[i].Data...)
	}
	return AppendEnd(dst, r.Boundary), MTOMContentType(r.Boundary, r.Action)
}
