package mssante

import (
	"bytes"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/insid"
)

// The headers of MSSanté.
//
// spec: MSSanté 5
const (
	HeaderCodeCDA = "X-MSS-CODECDA" // codes of the CDA documents inside the archive, comma-separated
	HeaderINS     = "X-MSS-INS"     // O when a qualified INS is present, else N
	HeaderNIL     = "X-MSS-NIL"     // reference of the sending product, on every message
	HeaderMES     = "X-MSS-MES"     // FIN: the citizen may not answer
	FIN           = "FIN"

	headerReceipt = "Disposition-Notification-To"
)

// Limits of what is read of a header: beyond, a value is no code.
const (
	maxCodes      = 100
	maxCodeLength = 64
)

// Facts is what a message says of itself by its headers and attachments, for statistics and lists.
type Facts struct {
	CodeCDA     []string // of X-MSS-CODECDA
	INS         string   // of X-MSS-INS: "O", "N" or ""
	NIL         string
	FIN         bool    // by header or by subject
	XDM         bool    // carries an archive
	Subject     Subject // read when Marked
	Marked      bool    // the subject bears XDM/1.0/DDM
	Title       string  // subject for people, without the mark
	ReceiptTo   string  // who wants to know that the message was read
	FromCitizen bool
	ToCitizen   bool
}

// FactsOf reads the facts of a message. It believes the headers: Lint compares them with the content.
func FactsOf(m *courriel.Message) Facts {
	h := m.Root.Header
	subject := h.Text("Subject")
	f := Facts{CodeCDA: ParseCodes(h.Get(HeaderCodeCDA)), INS: strings.ToUpper(strings.TrimSpace(h.Get(HeaderINS))), XDM: len(Archives(m)) > 0, Title: Shown(subject)}
	if f.INS != "O" && f.INS != "N" {
		f.INS = ""
	}
	if v := h.Text(HeaderNIL); len(v) <= maxCodeLength {
		f.NIL = v
	}
	f.FIN = IsFIN(h)
	f.Subject, f.Marked = ParseSubject(subject)
	if list := h.Addresses(headerReceipt); len(list) > 0 {
		f.ReceiptTo = list[0].Addr()
	}
	for _, a := range h.Addresses("From") {
		f.FromCitizen = f.FromCitizen || IsCitizen(a.Addr())
	}
	for _, name := range []string{"To", "Cc"} {
		for _, a := range h.Addresses(name) {
			f.ToCitizen = f.ToCitizen || IsCitizen(a.Addr())
		}
	}
	return f
}

// IsFIN reports whether a message ends an exchange with a citizen: header X-MSS-MES: FIN, or a
// subject that is exactly [FIN], in capitals.
//
// spec: MSSanté ENS 7
func IsFIN(h courriel.Header) bool {
	return strings.TrimSpace(h.Get(HeaderMES)) == FIN || EndsAll(h)
}

// EndsAll reports a subject that is exactly [FIN]: it withdraws the right to answer every earlier
// message, not this one alone.
//
// spec: MSSanté ENS 7
func EndsAll(h courriel.Header) bool { return h.Text("Subject") == FINSubject }

// ParseCodes reads the value of X-MSS-CODECDA.
//
// spec: MSSanté ECO.2.4.1
func ParseCodes(value string) []string {
	var out []string
	for _, c := range strings.Split(value, ",") {
		if c = strings.TrimSpace(c); c != "" && len(c) <= maxCodeLength && len(out) < maxCodes {
			out = append(out, c)
		}
	}
	return out
}

// CodesOf gives the value of X-MSS-CODECDA for the documents of an archive, each code once, in
// order; "" without documents.
//
// spec: MSSanté ECO.2.4.1
func CodesOf(docs []*cda.Document) string {
	var out []string
	seen := map[string]bool{}
	for _, d := range docs {
		if c := d.Code.Code; c != "" && !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return strings.Join(out, ",")
}

// INSOf gives the value of X-MSS-INS for the documents of an archive: O when each has a qualified
// INS; "" without documents.
//
// spec: MSSanté ECO.2.4.2
func INSOf(docs []*cda.Document) string {
	if len(docs) == 0 {
		return ""
	}
	for _, d := range docs {
		if !Qualified(&d.Patient) {
			return "N"
		}
	}
	return "O"
}

// Qualified reports whether a document carries all of a qualified INS: matricule, OID, birth name,
// first birth given name, birth date and sex.
//
// spec: MSSanté ECO.2.4.2
func Qualified(p *cda.Patient) bool {
	ins := p.TheINS()
	if ins.IsZero() {
		return false
	}
	if _, err := insid.Parse(ins.Matricule.Reveal(), ins.OID); err != nil {
		return false
	}
	return p.BirthName() != "" && p.FirstGiven() != "" && p.Birth.Date() != "" && (p.Sex.Code == "M" || p.Sex.Code == "F")
}

// Archives finds the XDM archives of a message, leniently: by name whatever the case, else a zip by
// its type or its first bytes under a name that says XDM. Embedded messages are not looked into:
// what they carry was sent to somebody else.
//
// spec: MSSanté 5
func Archives(m *courriel.Message) []*courriel.Part {
	var out []*courriel.Part
	walkOwn(m.Root, func(p *courriel.Part) {
		name := strings.ToLower(p.Filename())
		switch {
		case name == "ihe_xdm.zip":
		case strings.Contains(name, "xdm") && (strings.HasSuffix(name, ".zip") || isZipType(p)):
		case name == "" && isZipType(p):
		default:
			return
		}
		if isZipType(p) || startsAsZip(m, p) {
			out = append(out, p)
		}
	})
	return out
}

// walkOwn visits the leaves of a message, not those of the messages it embeds.
func walkOwn(p *courriel.Part, fn func(*courriel.Part)) {
	if p == nil {
		return
	}
	if len(p.Parts) == 0 {
		if p.Type != "message" {
			fn(p)
		}
		return
	}
	for _, c := range p.Parts {
		walkOwn(c, fn)
	}
}

func isZipType(p *courriel.Part) bool {
	if p.Type != "application" {
		return false
	}
	switch p.Subtype {
	case "zip", "x-zip-compressed", "x-zip", "zip-compressed":
		return true
	}
	return false
}

// startsAsZip looks at the first bytes of a part, decoded.
func startsAsZip(m *courriel.Message, p *courriel.Part) bool {
	b, err := m.Decode(p, MaxMessageBytes)
	return err == nil && (bytes.HasPrefix(b, []byte("PK\x03\x04")) || bytes.HasPrefix(b, []byte("PK\x05\x06")))
}
