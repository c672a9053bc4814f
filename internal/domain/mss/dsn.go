package mss

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
)

// writeReport writes a report that is due, in the place of its row.
func (o *Operator) writeReport(ctx context.Context, q Queued) error {
	var d due
	if err := json.Unmarshal([]byte(q.LastError), &d); err != nil {
		return err
	}
	original, err := o.Store.MailBytes(ctx, q.Message)
	if err != nil && !gone(err) && q.Attempts < maxReportAttempts-1 {
		return o.storeError(err)
	}
	if err != nil { // its bytes are lost: say at least that it was not delivered
		original = []byte("\r\n")
	}
	original = withoutReturnPath(original)
	headers := q.Return != "FULL" || len(original) > maxReturned
	_, at, err := courriel.ParseHeader(original)
	if err != nil {
		return err
	}
	if headers {
		original = original[:at]
	}
	now := o.Now()
	to := courriel.Address{Local: localOf(q.From), Domain: domainOf(q.From)}
	dsn := courriel.DSN{
		From: courriel.Address{Name: "Service de distribution", Local: "postmaster", Domain: o.Domains[0]}, To: to,
		Subject: reportSubject[d.Action], MessageID: courriel.NewMessageID(o.Rand, now, o.Host), Date: now,
		Text: fmt.Sprintf(reportWords[d.Action], q.To, d.Outcome.diagnostic()), ReportingMTA: o.Host, EnvelopeID: q.Envelope, Arrival: q.Accepted,
		Recipients: []courriel.DSNRecipient{{Original: strings.TrimPrefix(q.Original, "rfc822;"), Final: q.To, Action: d.Action, Status: d.Outcome.status(), RemoteMTA: d.Outcome.Remote,
			Diagnostic: d.Outcome.diagnostic(), LastAttempt: now, WillRetryUntil: untilOf(d.Action, q)}},
		Original: original, HeadersOnly: headers,
	}
	raw, err := dsn.Bytes()
	if err != nil {
		// What the peer said of itself may not fit a report: say the rest.
		dsn.Recipients[0].Original, dsn.Recipients[0].Diagnostic, dsn.EnvelopeID = "", "", ""
		raw, err = dsn.Bytes()
	}
	if err != nil {
		return err
	}
	return o.place(ctx, q, raw, now)
}

func untilOf(action string, q Queued) time.Time {
	if action == "delayed" {
		return q.Accepted.Add(QueueLife)
	}
	return time.Time{}
}
