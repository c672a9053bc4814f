package courriel

import (
	"bytes"
	"strings"
	"time"
)

// Values of a read receipt.
// spec: RFC 8098 3.2.6
const (
	ManualAction     = "manual-action"
	AutomaticAction  = "automatic-action"
	SentManually     = "MDN-sent-manually"
	SentByItself     = "MDN-sent-automatically"
	Displayed        = "displayed"
	Processed        = "processed"
	Dispatched       = "dispatched"
	Deleted          = "deleted"
	ModifierError    = "Error"
	typeMDN          = "disposition-notification"
	typeDSN          = "delivery-status"
	headersOnlyType  = "text/rfc822-headers"
	reportRule       = "multipart/report; report-type="
	fieldDisposition = "Disposition"
)

// reportBody makes the three parts of a report: words for people, fields for machines, the original.
// spec: RFC 6522 3
func (w *writer) reportBody(kind, text string, fields []byte, original []byte, headersOnly bool) block {
	words := w.text("Text", "plain", text)
	root := block{kind: reportRule + kind, children: []block{words, {kind: "message/" + kind, content: fields}}}
	switch {
	case original == nil:
	case headersOnly:
		h := headerOf(original)
		b := block{kind: headersOnlyType, content: lineEnds(h)}
		if highBytes(h) {
			b.encoding = "8bit"
		}
		root.children = append(root.children, b)
	default:
		root.children = append(root.children, embedded(original, ""))
	}
	return root
}

// headerOf gives the header block of a message, as much of it as can be read.
func headerOf(raw []byte) []byte {
	r := reader{raw: raw}
	if _, body, err := r.header(0, true); err == nil {
		return raw[:body]
	}
	return nil
}

// reportField writes a text field of a report; an empty value writes nothing.
func (w *writer) reportField(name, value string) {
	if value != "" {
		w.textField(name, value)
	}
}

// recipientField writes «name: rfc822;address».
func (w *writer) recipientField(name, addr string) {
	if addr == "" {
		return
	}
	if err := checkValue(name, addr); err != nil {
		w.refuse(err)
		return
	}
	if !printable(addr) || strings.ContainsAny(addr, " ;") {
		w.refuse(ErrAddress.At(name))
		return
	}
	w.field(name, "rfc822;"+addr)
}

func (w *writer) dateField(name string, d time.Time) {
	if d.IsZero() {
		return
	}
	w.field(name, d.Format(DateFormat))
}

// reportPart gives the part for machines of a report, or nil. It is looked for in the message
// itself, never in the messages it embeds.
func (m *Message) reportPart(kind string) *Part {
	var found *Part
	m.Walk(func(p *Part) bool {
		if found == nil && p.Type == "message" && (p.Subtype == kind || p.Subtype == "global-"+kind) {
			found = p
		}
		return found == nil && !p.isMessage()
	})
	return found
}

// claims says whether the message calls itself a report of that kind.
func (m *Message) claims(kind string) bool {
	return m.Root.Type == "multipart" && m.Root.Subtype == "report" && strings.EqualFold(strings.TrimSpace(m.Root.Param("report-type")), kind)
}

// reportText gives the words for people: the first text that stands before the fields.
func (m *Message) reportText() string {
	var s string
	seen := false
	m.Walk(func(p *Part) bool {
		if !seen && p.Type == "text" && p.Subtype == "plain" {
			s, _ = m.Text(p, 0)
			seen = true
		}
		return !seen && p.Type == "multipart"
	})
	return s
}

// original gives the message a report is about, whole or its header only; nil when it is not there.
func (m *Message) original() (raw []byte, headersOnly bool) {
	m.Walk(func(p *Part) bool {
		if raw != nil {
			return false
		}
		switch {
		case p.isMessage() && p != m.Root:
			raw, _ = m.Decode(p, 0)
		case p.Type+"/"+p.Subtype == headersOnlyType, p.Type == "message" && p.Subtype == "global-headers":
			raw, _ = m.Decode(p, 0)
			headersOnly = true
		}
		return p.Type == "multipart"
	})
	return raw, headersOnly
}

// reportFields reads the groups of fields of a part for machines. Some software forgets the empty
// line before the first group: its fields then stand in the header of the part.
func (m *Message) reportFields(p *Part, first string) ([]Header, error) {
	raw, err := m.Decode(p, 0)
	if err != nil {
		return nil, err
	}
	const fieldsEach = 10 // a group has nine at most
	var groups []Header
	fields := 0
	if p.Header.Has(first) {
		groups = append(groups, p.Header)
	}
	for len(raw) > 0 {
		h, next, err := ParseHeader(raw)
		if err != nil {
			return nil, err
		}
		if len(h) > 0 {
			if fields += len(h); len(groups) > MaxRecipients || fields > MaxRecipients*fieldsEach {
				return nil, ErrFields
			}
			groups = append(groups, h)
		}
		if next == 0 { // a line that is no field
			if next = bytes.IndexByte(raw, '\n') + 1; next == 0 {
				break
			}
		}
		raw = raw[next:]
	}
	return groups, nil
}

// typed gives what follows «rfc822;», «dns;» or «smtp;», decoded.
func typed(v string) string {
	if kind, rest, ok := strings.Cut(v, ";"); ok && isToken(strings.TrimSpace(kind)) {
		v = rest
	}
	return strings.TrimSpace(DecodeText(v))
}
