// Package soap reads and writes SOAP 1.2 messages with WS-Addressing 1.0 and MTOM/XOP attachments,
// as the IHE XDS.b transactions and the DMP use them.
//
// Reading takes the bytes of a whole HTTP body and its Content-Type: a bare envelope, or
// multipart/related with parts in binary, 8bit or base64. Parts are slices of that body, never
// copies; the envelope is an xmltree. Every way of being wrong is a *finding.Refusal with an id
// "SOAP-…" (or "XML-…" when the envelope is not XML). Writing appends to a byte slice.
//
// Missing on purpose: SOAP 1.1, WS-Security other than handing over the header, replies to
// addresses other than the anonymous one.
//
// Start at Read, Request and AppendEnvelope.
package soap

import "github.com/socle-sante/socle/format/xmltree"

// Namespaces and fixed values.
const (
	NS        = "http://www.w3.org/2003/05/soap-envelope"
	NS11      = "http://schemas.xmlsoap.org/soap/envelope/"
	NSWSA     = "http://www.w3.org/2005/08/addressing"
	NSWSSE    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	NSXOP     = "http://www.w3.org/2004/08/xop/include"
	Anonymous = "http://www.w3.org/2005/08/addressing/anonymous"

	ActionSOAPFault = "http://www.w3.org/2005/08/addressing/soap/fault"
	ActionWSAFault  = "http://www.w3.org/2005/08/addressing/fault"
)

// Name is an element name with its namespace.
type Name struct{ Space, Local string }

// Envelope is a message that was read. Strings are copies; nodes and parts point into the body.
type Envelope struct {
	Doc *xmltree.Doc

	Action    string
	MessageID string
	To        string
	RelatesTo string

	Header   xmltree.Node // soap:Header, absent when there is none
	Security xmltree.Node // wsse:Security
	Body     xmltree.Node // the one element inside soap:Body

	MTOM  bool   // it came as multipart/related
	Parts []Part // attachments, the envelope's own part left out
}

// Options says what a reader expects. The zero value accepts any action.
type Options struct {
	// Bodies gives the element each action carries; an action that is not listed is refused.
	Bodies map[string]Name
	// XOPIn lists the elements whose content may be an attachment; empty means any inside the body.
	// spec: DMP 2.2
	XOPIn []Name
	// Response relaxes the headers that only a request must have.
	Response bool
	// Limits bounds the XML of the envelope (inline base64 included).
	Limits xmltree.Limits
}
