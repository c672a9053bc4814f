package courriel

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/finding"
)

func receipt() *MDN {
	return &MDN{From: Address{"", "servicey_auto", "chb.mssante.fr"}, To: Address{"", "servicey", "chb.mssante.fr"},
		Subject: "[KO Intégration système !][902] XDM/1.0/DDM+ECHOGRAPHIE CORSE FIGATELLIX 12/10/1988", MessageID: "r1@chb.mssante.fr", Date: noon,
		InReplyTo: "199509192301.23456@chb.mssante.fr", References: []string{"199509192301.23456@chb.mssante.fr"}, Header: []Pair{{"X-MSS-NIL", "DEV1"}},
		Text: "Le document n’a pas pu être intégré : 905 INS incomplète.", ReportingUA: "chb.mssante.fr; Socle", OriginalRecipient: "servicey_auto@chb.mssante.fr",
		FinalRecipient: "servicey_auto@chb.mssante.fr", OriginalMessageID: "199509192301.23456@chb.mssante.fr", ActionMode: AutomaticAction, SendingMode: SentByItself,
		Type: Processed, Modifier: ModifierError, ErrorCode: "905", ErrorLabel: "INS incomplète", Original: crlf(ordinary)}
}

func TestReceiptHasTheFormOfTheVolet(t *testing.T) {
	raw, err := receipt().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	m, found := mustParse(t, raw)
	if len(found) > 0 {
		t.Errorf("findings %s", ids(found))
	}
	if got, want := outline(m.Root)[:90], ":multipart/report(1:text/plain 2:message/disposition-notification 3:message/rfc822<:multip"; got != want {
		t.Errorf("tree %s", got)
	}
	if m.Root.Param("report-type") != "disposition-notification" {
		t.Errorf("report-type %q", m.Root.Param("report-type"))
	}
	fields, _ := m.Decode(m.Part("2"), 0)
	want := crlf(`Reporting-UA: chb.mssante.fr; Socle
Original-Recipient: rfc822;servicey_auto@chb.mssante.fr
Final-Recipient: rfc822;servicey_auto@chb.mssante.fr
Original-Message-ID: <199509192301.23456@chb.mssante.fr>
Disposition: automatic-action/MDN-sent-automatically; processed/Error: 905^INS incomplete
Error: 905^INS =?UTF-8?Q?incompl=C3=A8te?=
`)
	if !bytes.Equal(fields, want) {
		t.Errorf("fields\n%s\nwant\n%s", fields, want)
	}
	if !bytes.Contains(raw, crlf(ordinary)) {
		t.Error("the original is not there whole")
	}
	m2 := receipt()
	m2.Modifier, m2.ErrorCode, m2.ErrorLabel = "", "", ""
	raw, _ = m2.Bytes()
	if !bytes.Contains(raw, []byte("\r\nDisposition: automatic-action/MDN-sent-automatically; processed\r\n")) || bytes.Contains(raw, []byte("\r\nError:")) {
		t.Errorf("success is\n%s", raw)
	}
}

func TestReceiptReadsTheSame(t *testing.T) {
	for name, change := range map[string]func(m *MDN){
		"error":   func(*MDN) {},
		"success": func(m *MDN) { m.Modifier, m.ErrorCode, m.ErrorLabel = "", "", "" },
		"opened": func(m *MDN) {
			m.Modifier, m.ErrorCode, m.ErrorLabel, m.Type, m.ActionMode, m.SendingMode = "", "", "", Displayed, ManualAction, SentManually
		},
		"bare error":  func(m *MDN) { m.ErrorCode, m.ErrorLabel = "", "" },
		"many carets": func(m *MDN) { m.ErrorLabel = "Identifiant inconnu^messageErrorCondition| E^Error" },
		"header only": func(m *MDN) { m.HeadersOnly, m.Original = true, crlf("Subject: x\n\n") },
		"alone":       func(m *MDN) { m.Original = nil },
	} {
		want := receipt()
		change(want)
		raw, err := want.Bytes()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m, _ := mustParse(t, raw)
		got, err := ReadMDN(m)
		if err != nil || got == nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !strings.HasPrefix(got.Text, want.Text) || name == "many carets" && !strings.Contains(got.Text, want.ErrorLabel) || !got.Date.Equal(want.Date) {
			t.Errorf("%s: text %q", name, got.Text)
		}
		got.Text, got.Date, got.Header = want.Text, want.Date, want.Header
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", name, got, want)
		}
		if d, err := ReadDSN(m); d != nil || err != nil {
			t.Errorf("%s: a receipt is read as a delivery report: %v", name, err)
		}
	}
}

func TestReceiptsAsOthersWriteThem(t *testing.T) {
	const head = "From: a@b\nTo: c@d\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=\"RAA\"\n\n--RAA\n"
	for name, c := range map[string]struct {
		raw  string
		want MDN
	}{
		"the example of the volet, attachments at the top": {head + `Le document n'a pas pu être intégré.
Le système a retourné l'erreur 902^Identifiant de patient inconnu
--RAA
Content-Type: message/disposition-notification
Original-Recipient: rfc822;serviceY_auto@chb.mssante.fr ` + `
Final-Recipient: rfc822; serviceY_auto@chb.mssante.fr ` + `
Original-Message-ID: <199509192301.23456 >
Disposition:automatic-action/MDN-sent-automatically; processed/Error: 902^Identifiant de patient inconnu^messageErrorCondition| E^Error^errorSeverity
--RAA
Content-Type: message/rfc822

Subject: original

texte
--RAA
Content-Type: application/zip ; name="IHE_XDM.zip"
Content-Disposition: attachment;filename= "IHE_XDM.zip"

PK
--RAA--
`, MDN{ActionMode: AutomaticAction, SendingMode: SentByItself, Type: Processed, Modifier: ModifierError, ErrorCode: "902",
			ErrorLabel: "Identifiant de patient inconnu^messageErrorCondition| E^Error^errorSeverity", FinalRecipient: "serviceY_auto@chb.mssante.fr", OriginalMessageID: "199509192301.23456"}},
		"RFC 8098 with its Error field": {head + `
--RAA
Content-Type: message/disposition-notification

Final-Recipient: rfc822;c@d
Original-Message-ID: <1@b>
Disposition: Automatic-Action/mdn-sent-automatically;
 Processed/error
Error: 905^INS =?iso-8859-1?Q?incompl=E8te?=

--RAA--
`, MDN{ActionMode: AutomaticAction, SendingMode: SentByItself, Type: Processed, Modifier: ModifierError, ErrorCode: "905", ErrorLabel: "INS incomplète", FinalRecipient: "c@d", OriginalMessageID: "1@b"}},
		"Mon espace santé, in base64": {head + `
--RAA
Content-Type: message/disposition-notification
Content-Transfer-Encoding: base64

RmluYWwtUmVjaXBpZW50OiByZmM4MjI7Y0BkDQpEaXNwb3NpdGlvbjogbWFudWFsLWFjdGlvbi9N
RE4tc2VudC1tYW51YWxseTsgZGlzcGxheWVkDQo=
--RAA--
`, MDN{ActionMode: ManualAction, SendingMode: SentManually, Type: Displayed, FinalRecipient: "c@d"}},
		"the type alone": {head + `
--RAA
Content-Type: message/disposition-notification

Final-Recipient: c@d
Disposition: displayed
--RAA--
`, MDN{Type: Displayed, FinalRecipient: "c@d"}},
	} {
		m, _ := mustParse(t, crlf(c.raw))
		got, err := ReadMDN(m)
		if err != nil || got == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		w := c.want
		if got.ActionMode != w.ActionMode || got.SendingMode != w.SendingMode || got.Type != w.Type || got.Modifier != w.Modifier || got.ErrorCode != w.ErrorCode ||
			got.ErrorLabel != w.ErrorLabel || got.FinalRecipient != w.FinalRecipient || got.OriginalMessageID != w.OriginalMessageID {
			t.Errorf("%s: got\n%+v\nwant\n%+v", name, *got, w)
		}
	}
	for raw, want := range map[string]error{
		"Subject: x\n\nbonjour": nil,
		"Content-Type: multipart/report; report-type=disposition-notification; boundary=a\n\n--a\n\nx\n--a--":                                            ErrMDN,
		"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/disposition-notification\n\nx: y\n--a--":                                ErrMDN,
		"Content-Type: message/rfc822\n\nContent-Type: message/disposition-notification\n\nDisposition: displayed":                                       nil,
		"Content-Type: multipart/report; report-type=delivery-status; boundary=a\n\n--a\n\nx\n--a\nContent-Type: message/delivery-status\n\nx: y\n--a--": nil,
	} {
		m, _ := mustParse(t, crlf(raw))
		if got, err := ReadMDN(m); got != nil || !errors.Is(err, want) {
			t.Errorf("%q: %+v %v, want %v", raw, got, err, want)
		}
	}
}

func bounce() *DSN {
	return &DSN{From: Address{"Messagerie", "MAILER-DAEMON", "chb.mssante.fr"}, To: Address{"", "marie.martin", "medecin.mssante.fr"}, Subject: "Message non distribué",
		MessageID: "d1@chb.mssante.fr", Date: noon, Text: "Patient non trouvé.\r\n", ReportingMTA: "mx.chb.mssante.fr", EnvelopeID: "E1", Arrival: noon,
		Recipients: []DSNRecipient{
			{Original: "x@patient.mssante.fr", Final: "146026322000196@patient.mssante.fr", Action: "failed", Status: "5.1.1", RemoteMTA: "mx.mes.fr",
				Diagnostic: "550 5.1.1 Boîte inconnue: <146026322000196@patient.mssante.fr>", LastAttempt: noon},
			{Final: "b@c", Action: "delayed", Status: "4.4.1", WillRetryUntil: noon.Add(3600e9)},
		}, Original: crlf(ordinary)}
}

func TestDeliveryReportReadsTheSame(t *testing.T) {
	for name, change := range map[string]func(d *DSN){
		"whole":       func(*DSN) {},
		"header only": func(d *DSN) { d.HeadersOnly = true },
		"alone":       func(d *DSN) { d.Original = nil },
		"thousands": func(d *DSN) {
			for range 5000 {
				d.Recipients = append(d.Recipients, d.Recipients[0])
			}
		},
	} {
		want := bounce()
		change(want)
		raw, err := want.Bytes()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name == "whole" && !bytes.Contains(raw, crlf("\nReporting-MTA: dns; mx.chb.mssante.fr\nArrival-Date: Sat, 21 Nov 2026 12:00:00 +0100\n\nOriginal-Recipient: rfc822;x@patient.mssante.fr\n"+
			"Final-Recipient: rfc822;146026322000196@patient.mssante.fr\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.mes.fr\n")) {
			t.Errorf("fields\n%s", raw)
		}
		m, found := mustParse(t, raw)
		if len(found) > 0 {
			t.Errorf("%s: findings %s", name, ids(found))
		}
		got, err := ReadDSN(m)
		if err != nil || got == nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want.HeadersOnly {
			want.Original = headerOf(want.Original)
		}
		sameMoments(got, want)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", name, got, want)
		}
	}
}

// sameMoments makes equal moments identical, so that reports can be compared whole.
func sameMoments(got, want *DSN) {
	got.Header = want.Header
	if got.Date.Equal(want.Date) {
		got.Date = want.Date
	}
	if got.Arrival.Equal(want.Arrival) {
		got.Arrival = want.Arrival
	}
	for i := range got.Recipients {
		if i < len(want.Recipients) {
			g, w := &got.Recipients[i], &want.Recipients[i]
			if g.LastAttempt.Equal(w.LastAttempt) {
				g.LastAttempt = w.LastAttempt
			}
			if g.WillRetryUntil.Equal(w.WillRetryUntil) {
				g.WillRetryUntil = w.WillRetryUntil
			}
		}
	}
}

func TestDeliveryReportOfPostfix(t *testing.T) {
	m, _ := mustParse(t, crlf(`From: MAILER-DAEMON@mail.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4C.1/mail"

--4C.1/mail
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry.
--4C.1/mail
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
X-Postfix-Queue-ID: 4C
Arrival-Date: Sat, 21 Nov 2026 10:00:00 +0100 (CET)

Final-Recipient: rfc822; x@y.example
Original-Recipient: rfc822;x@y.example
Action: failed
Status: 5.1.1 (bad mailbox)
Remote-MTA: dns; mx.y.example
Diagnostic-Code: smtp; 550 5.1.1 <x@y.example>: Recipient address rejected: User
    unknown

--4C.1/mail
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Subject: x

--4C.1/mail--
`))
	d, err := ReadDSN(m)
	if err != nil || d == nil || len(d.Recipients) != 1 {
		t.Fatalf("%+v %v", d, err)
	}
	r := d.Recipients[0]
	if d.From.Name != "Mail Delivery System" || d.ReportingMTA != "mail.example" || d.Arrival.IsZero() || r.Final != "x@y.example" || r.Action != "failed" || r.Status != "5.1.1" ||
		r.RemoteMTA != "mx.y.example" || !strings.HasSuffix(r.Diagnostic, "unknown") || !d.HeadersOnly || string(d.Original) != "Subject: x\r\n" {
		t.Errorf("%+v\n%+v", d, r)
	}
}

func TestReportsRefuseWhatEndsAField(t *testing.T) {
	const bad = "a\r\nBcc: x@y"
	for name, err := range map[string]func() error{
		"Reporting-UA":        func() error { m := receipt(); m.ReportingUA = bad; return second(m.Bytes()) },
		"Original-Recipient":  func() error { m := receipt(); m.OriginalRecipient = bad; return second(m.Bytes()) },
		"Final-Recipient":     func() error { m := receipt(); m.FinalRecipient = bad; return second(m.Bytes()) },
		"Original-Message-ID": func() error { m := receipt(); m.OriginalMessageID = bad; return second(m.Bytes()) },
		"ActionMode":          func() error { m := receipt(); m.ActionMode = bad; return second(m.Bytes()) },
		"SendingMode":         func() error { m := receipt(); m.SendingMode = bad; return second(m.Bytes()) },
		"Type":                func() error { m := receipt(); m.Type = bad; return second(m.Bytes()) },
		"Modifier":            func() error { m := receipt(); m.Modifier = bad; return second(m.Bytes()) },
		"ErrorCode":           func() error { m := receipt(); m.ErrorCode = bad; return second(m.Bytes()) },
		"ErrorLabel":          func() error { m := receipt(); m.ErrorLabel = bad; return second(m.Bytes()) },
		"Subject":             func() error { m := receipt(); m.Subject = bad; return second(m.Bytes()) },
		"In-Reply-To":         func() error { m := receipt(); m.InReplyTo = bad; return second(m.Bytes()) },
		"To":                  func() error { m := receipt(); m.To.Local = bad; return second(m.Bytes()) },
		"X-MSS-NIL":           func() error { m := receipt(); m.Header[0].Value = bad; return second(m.Bytes()) },
		"Reporting-MTA":       func() error { d := bounce(); d.ReportingMTA = bad; return second(d.Bytes()) },
		"Original-Envelope":   func() error { d := bounce(); d.EnvelopeID = bad; return second(d.Bytes()) },
		"Remote-MTA":          func() error { d := bounce(); d.Recipients[0].RemoteMTA = bad; return second(d.Bytes()) },
		"Diagnostic-Code":     func() error { d := bounce(); d.Recipients[0].Diagnostic = bad; return second(d.Bytes()) },
		"Original-Recipient ": func() error { d := bounce(); d.Recipients[0].Original = bad; return second(d.Bytes()) },
	} {
		r := finding.As(err())
		if r == nil || r.ID != "COURRIEL-INJECTION" || !strings.HasPrefix(r.Where, strings.TrimSpace(name)) {
			t.Errorf("%s: %v", name, r)
		}
	}
	for name, err := range map[string]error{
		"no final recipient":   func() error { m := receipt(); m.FinalRecipient = ""; return second(m.Bytes()) }(),
		"a type unknown":       func() error { m := receipt(); m.Type = "read"; return second(m.Bytes()) }(),
		"a code with caret":    func() error { m := receipt(); m.ErrorCode = "9^0"; return second(m.Bytes()) }(),
		"nobody":               func() error { d := bounce(); d.Recipients = nil; return second(d.Bytes()) }(),
		"a status that isn't":  func() error { d := bounce(); d.Recipients[0].Status = "550"; return second(d.Bytes()) }(),
		"an action that isn't": func() error { d := bounce(); d.Recipients[0].Action = "lost"; return second(d.Bytes()) }(),
	} {
		if !errors.Is(err, ErrReport) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ []byte, err error) error { return err }

func TestPythonReadsOurReports(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import email.policy").Run() != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3 is absent: CI asks its email package")
		}
		t.Skip("python3 absent: its email package is not asked")
	}
	raw, err := bounce().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", `
import sys, email
m = email.message_from_bytes(sys.stdin.buffer.read())
s = m.get_payload(1)
print(m.get_content_type(), m.get_param('report-type'), s.get_content_type(), [g['action'] for g in s.get_payload()], s.get_payload(1)['status'], m.get_payload(2).get_payload(0)['message-id'])
print([p.get_content_type() for p in m.walk() if p.defects])
`)
	cmd.Stdin = bytes.NewReader(raw)
	out, err := cmd.CombinedOutput()
	if want := "multipart/report delivery-status message/delivery-status [None, 'failed', 'delayed'] 5.1.1 <1@medecin.mssante.fr>\n[]\n"; err != nil || string(out) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
}
