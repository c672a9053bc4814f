package soap

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// NSRefusal is the namespace of the detail that names our refusals.
const NSRefusal = "urn:socle-sante:refus:1"

// Fault codes of SOAP 1.2.
const (
	Sender          = "Sender"
	Receiver        = "Receiver"
	MustUnderstand  = "MustUnderstand"
	VersionMismatch = "VersionMismatch"
)

// Fault is a refusal of transport, security or form. Refusals of content travel elsewhere
// (RegistryResponse).
type Fault struct {
	Code     string // one of the four above
	Subcode  string // "wsa:ActionMismatch", "DMPInvalidCertificate"
	Reason   finding.Text
	Refusals []*finding.Refusal // written in the detail with their ids
}

// FaultOf turns a refusal into a fault: our own failures are Receiver, all else Sender.
// spec: DMP 2.2
func FaultOf(r *finding.Refusal) Fault {
	f := Fault{Code: Sender, Subcode: r.Code, Refusals: []*finding.Refusal{r}}
	switch r.Kind {
	case finding.Busy, finding.Unavailable, finding.Internal:
		f.Code = Receiver
	}
	if r.Code == MustUnderstand || r.Code == VersionMismatch {
		f.Code, f.Subcode = r.Code, ""
	}
	f.Reason = finding.T(r.Sentence("fr"), r.Sentence("en"))
	return f
}

// Action gives the wsa:Action of the answer that carries the fault.
// spec: WS-Addressing 1.0 SOAP Binding §6
func (f *Fault) Action() string {
	if strings.HasPrefix(f.Subcode, "wsa:") {
		return ActionWSAFault
	}
	return ActionSOAPFault
}

// Status gives the HTTP status.
// spec: SOAP 1.2 Part 2 §7.5.2.2
func (f *Fault) Status() int {
	if f.Code == Sender {
		return 400
	}
	return 500
}

// AppendFault appends a whole envelope that carries the fault.
func AppendFault(dst []byte, messageID, relatesTo string, f *Fault) []byte {
	if relatesTo == "" {
		relatesTo = "http://www.w3.org/2005/08/addressing/unspecified"
	}
	dst = AppendOpen(dst, Headers{Action: f.Action(), MessageID: messageID, RelatesTo: relatesTo})
	dst = append(dst, `<soap:Fault><soap:Code><soap:Value>soap:`...)
	dst = append(dst, f.Code...)
	dst = append(dst, `</soap:Value>`...)
	if f.Subcode != "" {
		dst = append(dst, `<soap:Subcode><soap:Value xmlns:wsse="`+NSWSSE+`">`...)
		dst = xmltree.AppendText(dst, f.Subcode)
		dst = append(dst, `</soap:Value></soap:Subcode>`...)
	}
	dst = append(dst, `</soap:Code><soap:Reason>`...)
	for _, lang := range []string{"fr", "en"} {
		dst = append(append(append(dst, `<soap:Text xml:lang="`...), lang...), `">`...)
		dst = xmltree.AppendText(dst, f.Reason.In(lang))
		dst = append(dst, `</soap:Text>`...)
	}
	dst = append(dst, `</soap:Reason>`...)
	if len(f.Refusals) > 0 {
		dst = append(dst, `<soap:Detail>`...)
		for _, r := range f.Refusals {
			dst = appendRefusal(dst, r)
		}
		dst = append(dst, `</soap:Detail>`...)
	}
	return AppendClose(append(dst, `</soap:Fault>`...))
}

func appendRefusal(dst []byte, r *finding.Refusal) []byte {
	attr := func(name, v string) {
		if v == "" {
			return
		}
		dst = append(append(append(dst, ' '), name...), `="`...)
		dst = append(xmltree.AppendAttr(dst, v), '"')
	}
	text := func(name string, t finding.Text) {
		for _, lang := range []string{"fr", "en"} {
			if v := t.In(lang); v != "" {
				dst = append(append(append(append(append(dst, `<r:`...), name...), ` xml:lang="`...), lang...), `">`...)
				dst = xmltree.AppendText(dst, v)
				dst = append(append(append(dst, `</r:`...), name...), '>')
			}
		}
	}
	dst = append(dst, `<r:Refus xmlns:r="`+NSRefusal+`"`...)
	attr("id", r.ID)
	attr("code", r.Code)
	attr("where", r.Where)
	attr("rule", r.Rule)
	dst = append(dst, '>')
	text("Message", r.Message)
	text("Fix", r.Fix)
	return append(dst, `</r:Refus>`...)
}

// Fault gives the fault a response carries, or nil.
func (e *Envelope) Fault() *Fault {
	n := e.Body
	if !n.Is(NS, "Fault") {
		return nil
	}
	_, code, _ := n.ResolveQName(n.Path(NS, "Code", "Value").Trim())
	f := &Fault{Code: code, Subcode: n.Path(NS, "Code", "Subcode", "Value").Trim()}
	for t := range n.Child(NS, "Reason").Children(NS, "Text") {
		lang, _ := t.AttrNS(xmltree.NSXML, "lang")
		if strings.HasPrefix(lang, "fr") || f.Reason.FR == "" {
			f.Reason.FR = t.Trim()
		}
		if strings.HasPrefix(lang, "en") {
			f.Reason.EN = t.Trim()
		}
	}
	for r := range n.Child(NS, "Detail").Children(NSRefusal, "Refus") {
		x := &finding.Refusal{ID: r.Attr("id"), Code: r.Attr("code"), Where: r.Attr("where"), Rule: r.Attr("rule")}
		for m := range r.Elements() {
			lang, _ := m.AttrNS(xmltree.NSXML, "lang")
			dst := &x.Message
			if m.Local() == "Fix" {
				dst = &x.Fix
			}
			if lang == "en" {
				dst.EN = m.Trim()
			} else {
				dst.FR = m.Trim()
			}
		}
		f.Refusals = append(f.Refusals, x)
	}
	return f
}
