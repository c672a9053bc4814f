package imap

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// letters that break the rules of mail in one way each.
var letters = map[string]string{
	"nothing but a header": "Subject: a\r\n",
	"no header":            "\r\nbonjour\r\n",
	"an empty line":        "\r\n",
	"bare line feeds":      "Subject: a\n\nb\nc\n",
	"a NUL":                "Subject: a\r\n\r\nb\x00c\r\n",
	"raw 8-bit header":     "Subject: \xe9t\xe9 \"x\\\r\nFrom: \xc3\xa9 <\xff@x>\r\n\r\n",
	"no boundary":          "Content-Type: multipart/mixed\r\n\r\nx",
	"boundary never met":   "Content-Type: multipart/mixed; boundary=zz\r\n\r\nx",
	"never closed":         "Content-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\nContent-Type: message/rfc822\r\n\r\n--zz",
	"letters in letters":   strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 60) + "Subject: x\r\n\r\ny",
	"parts in parts":       nested(60),
	"a type of its own":    "Content-Type: \"\r\nContent-Disposition: ;;; filename*=x''%\r\nContent-Language: ,,\r\n\r\nx",
	"a letter in base64":   "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogYQ==\r\n",
	"brackets everywhere":  "Subject: ] ) ( { 5} \"\r\nFrom: \"({5}\" <a\"b@[1.2.3.4]>, <>, group: ;\r\nTo: ,,;\r\n\r\n{3}\r\n",
	"a very long subject":  "Subject: " + strings.Repeat("x", 5000) + "\r\n\r\n",
}

func nested(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	return b.String()
}

// Whatever a letter looks like, every item has an answer that keeps the client in step, and its
// octets come back as they went.
func TestBrokenLettersAreAnswered(t *testing.T) {
	w := newWorld(t)
	c := w.in()
	c.ok("SELECT INBOX")
	n := 0
	for name, raw := range letters {
		if _, r := c.do(fmt.Sprintf("APPEND INBOX {%d+}\r\n%s", len(raw), raw)); !strings.HasPrefix(r, "OK") {
			t.Errorf("%s: %s", name, r)
			continue
		}
		n++
		for _, item := range []string{"ENVELOPE", "BODY", "BODYSTRUCTURE", "FULL", "BODY[1]", "BODY[1.MIME]", "BODY[1.HEADER]", "BODY[1.1.1.TEXT]", "BODY[2]", "RFC822", "RFC822.HEADER",
			"RFC822.TEXT", "BODY[HEADER.FIELDS (To From)]", "BODY[HEADER.FIELDS.NOT (To)]<0.7>", "BODY[TEXT]<4294967295.4294967295>"} {
			if got := c.ok(fmt.Sprintf("FETCH %d %s", n, item)); len(got) != 1 || strings.IndexByte(got[0], 0) >= 0 {
				t.Errorf("%s: %s: %q", name, item, got)
			}
		}
		if got := c.ok(fmt.Sprintf("FETCH %d BODY.PEEK[]", n))[0]; !strings.Contains(got, strings.ReplaceAll(raw, "\x00", "\x80")) {
			t.Errorf("%s: %q", name, got)
		}
	}
	c.ok("SEARCH TEXT introuvable")
	c.ok("SEARCH SENTSINCE 1-Jan-2020 FROM x BODY y")
}

// A client that says anything is answered, refused or shown out, and the next one is served.
func TestAnythingIsAnswered(t *testing.T) {
	w := newWorld(t)
	for n := range 5 {
		w.put("INBOX", simple(n))
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	words := strings.Fields("1:* 2,4:3 9 0 * (FLAGS) FLAGS +FLAGS.SILENT (\\Deleted) (\\Seen x) INBOX Archives Envoy&AOk-s \"\" % (UID BODY[1.2.TEXT]<0.5>) ENVELOPE RETURN (MIN ALL) (STATUS (UNSEEN)) (COUNT) ALL OR NOT TEXT a " +
		"MODSEQ 1 (CHANGEDSINCE 1) (UNCHANGEDSINCE 2) LITERAL CHARSET UTF-8 SINCE 1-Jan-2026 (CONDSTORE) BODY[] ( ) \" NIL UID FETCH")
	verbs := strings.Fields("CAPABILITY NOOP ID ENABLE NAMESPACE LIST LSUB SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE STATUS APPEND GETQUOTA GETQUOTAROOT SETQUOTA CHECK CLOSE UNSELECT EXPUNGE SEARCH FETCH STORE COPY MOVE UID LOGIN STARTTLS")
	c := w.in()
	for range 3000 {
		s := verbs[r.IntN(len(verbs))]
		if s == "UID" {
			s += " " + verbs[r.IntN(len(verbs))]
		}
		for range r.IntN(5) {
			s += " " + strings.ReplaceAll(words[r.IntN(len(words))], "LITERAL", "{1+}\r\nx")
		}
		if r.IntN(8) == 0 {
			c.do("SELECT INBOX")
		}
		c.do(s)
		c.ok("NOOP") // a command that can be read pardons those that cannot
	}
	w.dial(&tls.Config{}).ok("NOOP")
}
