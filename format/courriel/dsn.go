package courriel

import (
	"strconv"
	"strings"
	"time"
)

// DSN is a delivery report: what became of a message on its way.
type DSN struct {
	From, To           Address
	Subject, MessageID string
	Date               time.Time
	InReplyTo          string
	References         []string
	Header             []Pair // further fields
	Text               string // for people

	ReportingMTA string // name of the server that reports
	EnvelopeID   string // ENVID of the transaction, "" when there was none
	Arrival      time.Time
	Recipients   []DSNRecipient // one at least

	Original    []byte // the message; nil leaves the third part out
	HeadersOnly bool   // only the header of Original is returned
}

// DSNRecipient is what became of the message for one recipient.
type DSNRecipient struct {
	Original   string // ORCPT, "" when there was none
	Final      string // local@domain
	Action     string // failed, delayed, delivered, relayed, expanded
	Status     string // 5.1.1
	RemoteMTA  string // name of the server that answered
	Diagnostic string // its answer, on one line
	// Zero when they do not apply.
	LastAttempt, WillRetryUntil time.Time
}

// spec: RFC 3464 2.3.3
var actions = []string{"failed", "delayed", "delivered", "relayed", "expanded"}

// Bytes writes the report.
// spec: RFC 3464 2
func (d *DSN) Bytes() ([]byte, error) {
	fields := &writer{}
	fields.reportField("Original-Envelope-Id", d.EnvelopeID)
	if d.ReportingMTA == "" {
		return nil, ErrReport.At("Reporting-MTA")
	}
	fields.textField("Reporting-MTA", "dns; "+d.ReportingMTA)
	fields.dateField("Arrival-Date", d.Arrival)
	if len(d.Recipients) == 0 {
		return nil, ErrReport.At("Recipients")
	}
	for i, r := range d.Recipients {
		if r.Final == "" || known(r.Action, actions) != r.Action || !isStatus(r.Status) {
			return nil, ErrReport.At("Recipients[" + strconv.Itoa(i) + "]")
		}
		fields.out = append(fields.out, "\r\n"...)
		fields.recipientField("Original-Recipient", r.Original)
		fields.recipientField("Final-Recipient", r.Final)
		fields.field("Action", r.Action)
		fields.field("Status", r.Status)
		if r.RemoteMTA != "" {
			fields.textField("Remote-MTA", "dns; "+r.RemoteMTA)
		}
		if r.Diagnostic != "" {
			fields.textField("Diagnostic-Code", "smtp; "+r.Diagnostic)
		}
		fields.dateField("Last-Attempt-Date", r.LastAttempt)
		fields.dateField("Will-Retry-Until", r.WillRetryUntil)
	}
	w := &writer{err: fields.err}
	w.head(heading{from: d.From, to: []Address{d.To}, subject: d.Subject, id: d.MessageID, date: d.Date, inReplyTo: oneID(d.InReplyTo),
		references: d.References, more: append([]Pair{{"Auto-Submitted", "auto-replied"}}, d.Header...)})
	body := w.reportBody(typeDSN, d.Text, fields.out, d.Original, d.HeadersOnly)
	if w.err != nil {
		return nil, w.err
	}
	return w.message(body, d.MessageID), nil
}

// isStatus accepts class.subject.detail.
// spec: RFC 3463 2
func isStatus(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || parts[0] != "2" && parts[0] != "4" && parts[0] != "5" {
		return false
	}
	for _, p := range parts {
		if len(p) == 0 || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

// ReadDSN reads the report that a message is; nil and no error when it is none. The status is what
// was written, comments dropped.
func ReadDSN(m *Message) (*DSN, error) {
	p := m.reportPart(typeDSN)
	if p == nil {
		if m.claims(typeDSN) {
			return nil, ErrDSN
		}
		return nil, nil
	}
	groups, err := m.reportFields(p, "Final-Recipient")
	if err != nil {
		return nil, err
	}
	top := m.Root.Header
	out := &DSN{From: firstAddress(top, "From"), To: firstAddress(top, "To"), Subject: top.Text("Subject"), MessageID: firstID(top, "Message-ID"),
		InReplyTo: firstID(top, "In-Reply-To"), References: top.MessageIDs("References"), Text: m.reportText()}
	out.Date, _ = top.Date()
	for _, h := range groups {
		if v := h.Get("Reporting-MTA"); v != "" && out.ReportingMTA == "" {
			out.ReportingMTA = typed(v)
			out.EnvelopeID = h.Text("Original-Envelope-Id")
			out.Arrival, _ = ParseDate(h.Get("Arrival-Date"))
		}
		if !h.Has("Final-Recipient") && !h.Has("Original-Recipient") {
			continue
		}
		status, _ := until(h.Get("Status"), " \t", true)
		r := DSNRecipient{Original: typed(h.Get("Original-Recipient")), Final: typed(h.Get("Final-Recipient")), Action: strings.ToLower(h.Text("Action")),
			Status: strings.TrimSpace(status), RemoteMTA: typed(h.Get("Remote-MTA")), Diagnostic: typed(h.Get("Diagnostic-Code"))}
		r.LastAttempt, _ = ParseDate(h.Get("Last-Attempt-Date"))
		r.WillRetryUntil, _ = ParseDate(h.Get("Will-Retry-Until"))
		out.Recipients = append(out.Recipients, r)
	}
	if len(out.Recipients) == 0 {
		return nil, ErrDSN
	}
	out.Original, out.HeadersOnly = m.original()
	return out, nil
}
