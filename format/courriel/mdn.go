package courriel

import (
	"strings"
	"time"
)

// MDN is a read receipt: what became of a message after it was delivered.
//
// The fields of the French volet are ErrorCode and ErrorLabel; with Modifier "Error" they are
// written both as the Error field that RFC 8098 knows and inside the Disposition, where the volet
// wants them although the grammar has no place for them.
type MDN struct {
	From, To           Address
	Subject, MessageID string
	Date               time.Time
	InReplyTo          string
	References         []string
	Header             []Pair // further fields
	Text               string // for people; on error code and label are added unless it says them

	ReportingUA, OriginalRecipient, FinalRecipient string // recipients: local@domain
	OriginalMessageID                              string // without angle brackets
	ActionMode                                     string // ManualAction, AutomaticAction
	SendingMode                                    string // SentManually, SentByItself
	Type                                           string // Displayed, Processed, Dispatched, Deleted
	Modifier                                       string // ModifierError or ""
	ErrorCode, ErrorLabel                          string

	Original    []byte // the whole message, or its header with HeadersOnly; nil leaves the third part out
	HeadersOnly bool
}

// the words that each field of a disposition may be
var (
	actionModes  = []string{ManualAction, AutomaticAction}
	sendingModes = []string{SentManually, SentByItself}
	dispositions = []string{Displayed, Processed, Dispatched, Deleted}
)

// Bytes writes the receipt.
// spec: RFC 8098 3
// spec: MSSANTE volet LPS
func (m *MDN) Bytes() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	fields := &writer{}
	fields.reportField("Reporting-UA", m.ReportingUA)
	fields.recipientField("Original-Recipient", m.OriginalRecipient)
	fields.recipientField("Final-Recipient", m.FinalRecipient)
	if m.OriginalMessageID != "" {
		fields.ids("Original-Message-ID", []string{m.OriginalMessageID})
	}
	disposition := m.ActionMode + "/" + m.SendingMode + "; " + m.Type
	text := m.Text
	switch {
	case m.Modifier == "":
	case m.ErrorCode == "" && m.ErrorLabel == "":
		disposition += "/" + m.Modifier
	default:
		// The label without accents here, with them in the Error field: a Disposition is not
		// decoded by those who read it.
		disposition += "/" + m.Modifier + ": " + withoutAccents(m.ErrorCode+"^"+m.ErrorLabel)
		if !strings.Contains(text, m.ErrorCode) || !strings.Contains(text, m.ErrorLabel) {
			text = strings.TrimRight(text, "\r\n") + "\n" + m.ErrorCode + " " + m.ErrorLabel
		}
	}
	// On one line: machines look for «processed/Error: code» as it stands.
	fields.oneLine(fieldDisposition, disposition)
	if m.ErrorCode != "" || m.ErrorLabel != "" {
		fields.reportField("Error", m.ErrorCode+"^"+m.ErrorLabel)
	}
	w := &writer{err: fields.err}
	w.head(heading{from: m.From, to: []Address{m.To}, subject: m.Subject, id: m.MessageID, date: m.Date,
		inReplyTo: oneID(m.InReplyTo), references: m.References, more: m.more()})
	body := w.reportBody(typeMDN, text, fields.out, m.Original, m.HeadersOnly)
	if w.err != nil {
		return nil, w.err
	}
	return w.message(body, m.MessageID), nil
}

// more marks a receipt that nobody sent by hand, so that nothing answers it.
// spec: RFC 3834 5
func (m *MDN) more() []Pair {
	if m.SendingMode != SentByItself {
		return m.Header
	}
	return append([]Pair{{"Auto-Submitted", "auto-replied"}}, m.Header...)
}

func oneID(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

func (m *MDN) check() error {
	for _, f := range []struct {
		name, value string
		words       []string
	}{{"ActionMode", m.ActionMode, actionModes}, {"SendingMode", m.SendingMode, sendingModes}, {"Type", m.Type, dispositions},
		{"Modifier", m.Modifier, []string{"", ModifierError}}} {
		if err := checkValue(f.name, f.value); err != nil {
			return err
		}
		if known(f.value, f.words) != f.value {
			return ErrReport.At(f.name)
		}
	}
	for _, p := range []Pair{{"ErrorCode", m.ErrorCode}, {"ErrorLabel", m.ErrorLabel}} {
		if err := checkValue(p.Name, p.Value); err != nil {
			return err
		}
		if strings.TrimSpace(p.Value) != p.Value {
			return ErrReport.At(p.Name)
		}
	}
	switch {
	case m.FinalRecipient == "":
		return ErrReport.At("Final-Recipient")
	case strings.Contains(m.ErrorCode, "^") || !printable(m.ErrorCode):
		return ErrReport.At("ErrorCode")
	}
	return nil
}

// known gives the word of the list that v is without regard to case, or "?".
func known(v string, words []string) string {
	for _, w := range words {
		if strings.EqualFold(w, v) {
			return w
		}
	}
	return "?"
}

// ReadMDN reads the receipt that a message is; nil and no error when it is none. It accepts the
// grammar of RFC 8098, the French one, and the older French form that joins the attachments of the
// original beside the receipt; a word it does not know is kept as it is written.
func ReadMDN(m *Message) (*MDN, error) {
	p := m.reportPart(typeMDN)
	if p == nil {
		if m.claims(typeMDN) {
			return nil, ErrMDN
		}
		return nil, nil
	}
	groups, err := m.reportFields(p, fieldDisposition)
	if err != nil {
		return nil, err
	}
	h := withField(groups, fieldDisposition)
	if h == nil {
		return nil, ErrMDN
	}
	top := m.Root.Header
	out := &MDN{From: firstAddress(top, "From"), To: firstAddress(top, "To"), Subject: top.Text("Subject"), MessageID: firstID(top, "Message-ID"),
		InReplyTo: firstID(top, "In-Reply-To"), References: top.MessageIDs("References"), Text: m.reportText(),
		ReportingUA: h.Text("Reporting-UA"), OriginalRecipient: typed(h.Get("Original-Recipient")), FinalRecipient: typed(h.Get("Final-Recipient")),
		OriginalMessageID: firstID(h, "Original-Message-ID")}
	out.Date, _ = top.Date()
	out.disposition(h.Get(fieldDisposition))
	if v := h.Text("Error"); v != "" {
		out.ErrorCode, out.ErrorLabel = codeAndLabel(v)
	}
	out.Original, out.HeadersOnly = m.original()
	return out, nil
}

// disposition reads «action/sending; type/modifier», in which the French modifier carries a code
// and a label.
func (m *MDN) disposition(v string) {
	modes, rest, ok := strings.Cut(v, ";")
	if !ok { // some write the type only
		modes, rest = "", v
	}
	action, sending, _ := strings.Cut(modes, "/")
	kind, modifier, _ := strings.Cut(rest, "/")
	m.ActionMode = spoken(action, actionModes)
	m.SendingMode = spoken(sending, sendingModes)
	m.Type = spoken(kind, dispositions)
	modifier, reason, _ := strings.Cut(modifier, ":")
	m.Modifier = strings.TrimSpace(DecodeText(modifier))
	if first, _, _ := strings.Cut(m.Modifier, ","); strings.EqualFold(strings.TrimSpace(first), ModifierError) {
		m.Modifier = ModifierError
	}
	if reason != "" {
		m.ErrorCode, m.ErrorLabel = codeAndLabel(DecodeText(reason))
	}
}

// spoken gives the word of the list, or what was written.
func spoken(v string, words []string) string {
	v = strings.TrimSpace(DecodeText(v))
	if w := known(v, words); w != "?" {
		return w
	}
	return v
}

// codeAndLabel cuts «902^Identifiant de patient inconnu»; a text without ^ is a label unless it is
// all digits.
func codeAndLabel(v string) (code, label string) {
	code, label, ok := strings.Cut(strings.TrimSpace(v), "^")
	if !ok && strings.Trim(code, "0123456789") != "" {
		return "", strings.TrimSpace(code)
	}
	return strings.TrimSpace(code), strings.TrimSpace(label)
}

func withField(groups []Header, name string) Header {
	for _, h := range groups {
		if h.Has(name) {
			return h
		}
	}
	return nil
}

func firstAddress(h Header, name string) Address {
	if all := h.Addresses(name); len(all) > 0 {
		return all[0]
	}
	return Address{}
}

func firstID(h Header, name string) string {
	if all := h.MessageIDs(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

var accents = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "ô", "o", "ö", "o",
	"ù", "u", "û", "u", "ü", "u", "ÿ", "y", "œ", "oe", "æ", "ae", "À", "A", "Â", "A", "Ä", "A", "Ç", "C", "É", "E", "È", "E", "Ê", "E", "Ë", "E",
	"Î", "I", "Ï", "I", "Ô", "O", "Ö", "O", "Ù", "U", "Û", "U", "Ü", "U", "Œ", "OE", "Æ", "AE", "’", "'", "‘", "'", "«", "\"", "»", "\"",
	"–", "-", "—", "-", "\u00a0", " ", "\u202f", " ")

// withoutAccents writes French in ASCII; what it cannot is a question mark.
func withoutAccents(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, accents.Replace(s))
}
