package courriel

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

func TestBrokenMessagesAreReadAndRemarkedUpon(t *testing.T) {
	for name, c := range map[string]struct{ raw, tree, ids string }{
		"nothing":                 {"", "1:text/plain", ""},
		"only a body":             {"\r\nBonjour", "1:text/plain", ""},
		"no header":               {"Bonjour,\r\n\r\nvoici.", "1:text/plain", "MIME-ENTETE-ABSENT"},
		"a continuation first":    {" x\r\nSubject: y\r\n\r\n", "1:text/plain", "MIME-ENTETE-ABSENT"},
		"a line without colon":    {"Subject: x\r\nBonjour\r\nTo: y@z\r\n\r\ncorps", "1:text/plain", "MIME-ENTETE-LIGNE"},
		"an mbox line":            {"From a@b Sat Nov 21\r\nSubject: x\r\n\r\n", "1:text/plain", "MIME-ENTETE-MBOX"},
		"bare LF":                 {"Subject: x\n\ncorps\n", "1:text/plain", "MIME-FIN-DE-LIGNE"},
		"bare CR":                 {"Subject: x\r\n\r\nco\rrps\r\n", "1:text/plain", "MIME-FIN-DE-LIGNE"},
		"a null byte":             {"Subject: x\r\n\r\na\x00b", "1:text/plain", "MIME-NUL"},
		"UTF-8 in a header":       {"Subject: \xC3\xA9t\xC3\xA9\r\n\r\n", "1:text/plain", "MIME-ENTETE-UTF8"},
		"Latin-1 in a header":     {"Subject: \xE9t\xE9\r\n\r\n", "1:text/plain", "MIME-ENTETE-8BIT"},
		"a long line":             {"Subject: x\r\n\r\n" + strings.Repeat("a", 2000) + "\r\n", "1:text/plain", "MIME-LIGNE-LONGUE"},
		"two subjects":            {"Subject: x\r\nSubject: y\r\n\r\n", "1:text/plain", "MIME-CHAMP-REPETE"},
		"a broken word":           {"Subject: =?utf-8?Q?=ZZ?= x\r\n\r\n", "1:text/plain", "MIME-MOT-CODE"},
		"no boundary parameter":   {"Content-Type: multipart/mixed\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n", "1:text/plain", "MIME-FRONTIERE-ABSENTE"},
		"another boundary":        {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n", "1:text/plain", "MIME-SANS-PARTIE"},
		"closed at once":          {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a--\r\n", "1:text/plain", "MIME-SANS-PARTIE"},
		"no closing boundary":     {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx", ":multipart/mixed(1:text/plain)", "MIME-NON-FERME"},
		"an empty part":           {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n--a\r\n\r\n--a--", ":multipart/mixed(1:text/plain 2:text/plain)", ""},
		"header cut by boundary":  {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: image/png\r\n--a--", ":multipart/mixed(1:image/png)", ""},
		"part without header":     {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nLe document n'a pas\r\n--a--", ":multipart/mixed(1:text/plain)", "MIME-ENTETE-ABSENT"},
		"a type that is none":     {"Content-Type: texte\r\n\r\n", "1:text/plain", "MIME-TYPE"},
		"a charset that is none":  {"Content-Type: text/plain; charset=x-y\r\n\r\n", "1:text/plain", "MIME-JEU"},
		"an encoding that isn't":  {"Content-Transfer-Encoding: zip\r\n\r\n", "1:text/plain", "MIME-ENCODAGE"},
		"an encoded message":      {"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeAoKeQ==", "1:message/rfc822", "MIME-ENCODAGE-COMPOSITE"},
		"a parameter twice":       {"Content-Type: text/plain; charset=utf-8; charset=us-ascii\r\n\r\n", "1:text/plain", "MIME-PARAMETRES"},
		"boundary over 70":        {"Content-Type: multipart/mixed; boundary=" + strings.Repeat("a", 80) + "\r\n\r\n--" + strings.Repeat("a", 80) + "\r\n\r\n--" + strings.Repeat("a", 80) + "--", ":multipart/mixed(1:text/plain)", "MIME-FRONTIERE-LONGUE"},
		"inner prefix of outer":   {"Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n--ab\r\n\r\ny\r\n--ab--", ":multipart/mixed(1:multipart/mixed(1.1:text/plain) 2:text/plain)", ""},
		"outer prefix of inner":   {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\nx\r\n--ab--\r\n--a\r\n\r\ny\r\n--a--", ":multipart/mixed(1:multipart/mixed(1.1:text/plain) 2:text/plain)", ""},
		"inner is outer--":        {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a--\r\n\r\n--a--\r\n\r\nx\r\n--a----\r\n--a\r\n\r\ny\r\n--a--", ":multipart/mixed(1:multipart/mixed(1.1:text/plain) 2:text/plain)", ""},
		"inner not closed":        {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--a\r\n\r\ny\r\n--a--", ":multipart/mixed(1:multipart/mixed(1.1:text/plain) 2:text/plain)", "MIME-NON-FERME"},
		"the same boundary twice": {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n--a\r\n\r\ny\r\n--a--", ":multipart/mixed(1:multipart/mixed(1.1:text/plain) 2:text/plain)", ""},
		"message cut by boundary": {"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n--a--", ":multipart/mixed(1:message/rfc822<1.1:text/plain>)", ""},
		"digest":                  {"Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: x\r\n\r\ny\r\n--a--", ":multipart/digest(1:message/rfc822<1.1:text/plain>)", ""},
		"blanks after a boundary": {"Content-Type: multipart/mixed; boundary=\"a \"\r\n\r\n--a \t\r\n\r\nx\r\n--a-- \r\n", ":multipart/mixed(1:text/plain)", ""},
		"boundary inside a line":  {"Content-Type: multipart/mixed; boundary=a\r\n\r\nx --a\r\n--a\r\n\r\nx--a\r\n--a--\r\n", ":multipart/mixed(1:text/plain)", ""},
		"mixed all through LF":    {"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n", ":multipart/mixed(1:text/plain)", "MIME-FIN-DE-LIGNE"},
	} {
		m, found := mustParse(t, []byte(c.raw))
		if got := outline(m.Root); got != c.tree {
			t.Errorf("%s: tree %s, want %s", name, got, c.tree)
		}
		if got := ids(found); got != c.ids {
			t.Errorf("%s: findings %q, want %q", name, got, c.ids)
		}
		for _, f := range found {
			if f.Message.FR == "" || f.Message.EN == "" || f.Fix.FR == "" || f.Fix.EN == "" || f.Place.Line == 0 || f.Rule == "" {
				t.Errorf("%s: %s does not say everything: %+v", name, f.ID, f)
			}
		}
	}
}

func TestLimitsRefuse(t *testing.T) {
	part := "--a\r\n\r\n"
	deep := strings.Repeat("Content-Type: message/rfc822\r\n\r\n", MaxDepth+2)
	var nested strings.Builder
	for i := range MaxDepth + 2 {
		b := strings.Repeat("b", i+1)
		nested.WriteString("Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n")
	}
	for name, c := range map[string]struct {
		raw  string
		want error
	}{
		"100,000 empty parts":    {"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + strings.Repeat(part, 100_000) + "--a--", ErrParts},
		"a chain of messages":    {deep, ErrDepth},
		"multiparts in depth":    {nested.String(), ErrDepth},
		"an endless header":      {"Subject: x\r\n" + strings.Repeat(" y\r\n", MaxHeaderBytes/3), ErrHeaderBytes},
		"an endless line":        {"Subject: " + strings.Repeat("y", MaxHeaderBytes+1) + "\r\n\r\n", ErrHeaderBytes},
		"too many fields":        {strings.Repeat("a:\r\n", MaxFields+1) + "\r\n", ErrFields},
		"fields spread in parts": {"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + strings.Repeat("--a\r\n"+strings.Repeat("a:\r\n", 10)+"\r\n", 2500), ErrFields},
		"an endless boundary":    {"Content-Type: multipart/mixed; boundary=" + strings.Repeat("a", MaxBoundary+1) + "\r\n\r\n", ErrBoundary},
	} {
		if _, _, err := Parse([]byte(c.raw)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	m, _ := mustParse(t, []byte("Content-Transfer-Encoding: base64\r\n\r\n"+strings.Repeat("QUJD", 100)))
	if _, err := m.Decode(m.Root, 299); !errors.Is(err, ErrTooLarge) {
		t.Errorf("300 bytes under a limit of 299: %v", err)
	}
	if b, err := m.Decode(m.Root, 300); err != nil || len(b) != 300 {
		t.Errorf("300 bytes under a limit of 300: %d %v", len(b), err)
	}
}

// TestHostileMessagesAreReadInLinearTime repeats what could be read twice over: what is quadratic
// takes minutes at that size, so a wide bound is enough on a busy machine.
func TestHostileMessagesAreReadInLinearTime(t *testing.T) {
	open := "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n"
	html := "Content-Type: text/html\r\n\r\n"
	for name, c := range map[string]struct{ head, unit string }{
		"hyphens":        {open, "-"},
		"hyphen lines":   {open, "--\n"},
		"almost":         {open, "\n--aa"},
		"encoded words":  {"Subject: ", "=?a?q? "},
		"comments":       {"To: ", "("},
		"commas":         {"To: ", ","},
		"quotes":         {"To: ", `"`},
		"angles":         {"To: ", "<"},
		"parameters":     {"Content-Type: text/plain", ";a=\""},
		"html tags":      {html, "<"},
		"html heads":     {html, "<head>"},
		"html scripts":   {html, "<script>"},
		"html comments":  {html, "<!--"},
		"html quotes":    {html, "<a b=\""},
		"html entities":  {html, "&amp"},
		"base64 padding": {"Content-Transfer-Encoding: base64\r\n\r\n", "Q="},
		"report lines":   {"Content-Type: message/disposition-notification\r\n\r\n", "x\n"},
		"report groups":  {"Content-Type: message/delivery-status\r\n\r\n", "a:\n\n"},
		"soft breaks":    {"Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=\r\n"},
	} {
		run := func(n int) time.Duration {
			raw := []byte(c.head + strings.Repeat(c.unit, n/len(c.unit)))
			start := time.Now()
			m, _, err := Parse(raw)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			m.Readable(0)
			m.Root.Header.Addresses("To")
			m.Root.Header.Text("Subject")
			if _, err := ReadMDN(m); err != nil && finding.As(err) == nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := ReadDSN(m); err != nil && finding.As(err) == nil {
				t.Fatalf("%s: %v", name, err)
			}
			return time.Since(start)
		}
		n := MaxHeaderBytes / 4
		if d := run(n); d > 2*time.Second {
			t.Errorf("%s: %v for %d bytes", name, d, n)
		}
	}
}
