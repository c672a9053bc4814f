package imap

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

func parsed(t *testing.T, line string) *Command {
	t.Helper()
	c, err := Parse([]byte("A001 "+line), nil)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return c
}

func shown(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// The lines are the examples of RFC 3501, 4731, 5258, 5819, 6154, 7162 and 9208.
func TestExamplesOfTheStandards(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for line, want := range map[string]any{
		"CAPABILITY":                                  nil,
		"LOGIN SMITH SESAME":                          &Login{"SMITH", "SESAME"},
		`login "sm\"ith" "se\\same"`:                  &Login{`sm"ith`, `se\same`},
		"SELECT INBOX (CONDSTORE)":                    &Select{"INBOX", true},
		"EXAMINE blurdybloop":                         &Select{"blurdybloop", false},
		"CREATE owatagusiam/":                         &Create{Mailbox: "owatagusiam/"},
		`CREATE Everything (USE (\All))`:              &Create{"Everything", []string{`\All`}},
		"RENAME inbox old-mail":                       &Rename{"INBOX", "old-mail"},
		"SUBSCRIBE #news.comp.mail.mime":              &Named{"#news.comp.mail.mime"},
		`LIST "" ""`:                                  &List{Patterns: []string{""}},
		`LIST "/usr/staff/jones" ""`:                  &List{Reference: "/usr/staff/jones", Patterns: []string{""}},
		`LIST ~/Mail/ %`:                              &List{Reference: "~/Mail/", Patterns: []string{"%"}},
		`LSUB "#news." "comp.mail.*"`:                 &List{Reference: "#news.", Patterns: []string{"comp.mail.*"}, OnlySubscribed: true},
		`LIST (SUBSCRIBED) "" "*"`:                    &List{Patterns: []string{"*"}, Extended: true, OnlySubscribed: true, Subscribed: true},
		`LIST () "" "%" RETURN (CHILDREN)`:            &List{Patterns: []string{"%"}, Extended: true, Children: true},
		`LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"`:     &List{Patterns: []string{"%"}, Extended: true, OnlySubscribed: true, Subscribed: true, Recursive: true},
		`LIST "" ("INBOX" "Drafts" "Sent/%")`:         &List{Patterns: []string{"INBOX", "Drafts", "Sent/%"}, Extended: true},
		`LIST (SPECIAL-USE) "" "*"`:                   &List{Patterns: []string{"*"}, Extended: true, OnlySpecialUse: true, SpecialUse: true},
		`LIST "" % RETURN (STATUS (MESSAGES UNSEEN))`: &List{Patterns: []string{"%"}, Extended: true, Status: []string{"MESSAGES", "UNSEEN"}},
		"STATUS blurdybloop (UIDNEXT MESSAGES)":       &StatusOf{"blurdybloop", []string{"UIDNEXT", "MESSAGES"}},
		"EXPUNGE":                                     nil,
		"UID EXPUNGE 3000:3002":                       &Expunge{Set{{3000, 3002}}},
		"FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])": &Fetch{Set: Set{{2, 4}}, Items: []Item{{Name: "FLAGS"}, {Name: "BODY[]",
			Section: Section{Spec: "HEADER.FIELDS", Fields: []string{"DATE", "FROM"}}}}},
		"FETCH 1:* FAST": &Fetch{Set: Set{{1, 0}}, Items: []Item{{Name: "FLAGS"}, {Name: "INTERNALDATE"}, {Name: "RFC822.SIZE"}}},
		"UID FETCH 4827313:4828442 BODY.PEEK[4.2.2.1.MIME]<0.2048>": &Fetch{Set: Set{{4827313, 4828442}}, Items: []Item{{Name: "BODY[]", Peek: true,
			Section: Section{Path: []int{4, 2, 2, 1}, Spec: "MIME"}, Partial: true, Count: 2048}}},
		"FETCH 1 body[]":   &Fetch{Set: Set{{1, 1}}, Items: []Item{{Name: "BODY[]"}}},
		"FETCH 1 BODY[3]":  &Fetch{Set: Set{{1, 1}}, Items: []Item{{Name: "BODY[]", Section: Section{Path: []int{3}}}}},
		"FETCH 1,2:3 BODY": &Fetch{Set: Set{{1, 1}, {2, 3}}, Items: []Item{{Name: "BODY"}}},
		"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)": &Fetch{Set: Set{{1, 0}}, Items: []Item{{Name: "FLAGS"}}, ChangedSince: 12345, Changed: true},
		`STORE 2:4 +FLAGS (\Deleted)`:                &Store{Set: Set{{2, 4}}, Op: Add, Flags: []string{`\Deleted`}},
		`STORE 1 FLAGS.SILENT \Seen $MDNSent`:        &Store{Set: Set{{1, 1}}, Op: Replace, Silent: true, Flags: []string{`\Seen`, "$MDNSent"}},
		`STORE 1 -flags ()`:                          &Store{Set: Set{{1, 1}}, Op: Remove},
		`UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\deleted)`: &Store{Set: Set{{6, 6}, {4, 4}, {8, 8}}, Op: Add, Silent: true, Flags: []string{`\Deleted`},
			UnchangedSince: 12121230045, Conditional: true},
		"COPY 2:4 MEETING":                 &Copy{Set{{2, 4}}, "MEETING"},
		"UID MOVE 42:69 foo":               &Copy{Set{{42, 69}}, "foo"},
		`GETQUOTAROOT INBOX`:               &Named{"INBOX"},
		`GETQUOTA ""`:                      &Named{""},
		`SETQUOTA "" (STORAGE 512)`:        &Named{""},
		`ENABLE CONDSTORE x-good-idea`:     &Enable{[]string{"CONDSTORE", "X-GOOD-IDEA"}},
		`ID ("name" "sodr" "version" NIL)`: &ID{[][2]string{{"name", "sodr"}, {"version", ""}}},
		"ID nil":                           &ID{},
		"AUTHENTICATE PLAIN":               &Authenticate{Mechanism: "PLAIN"},
		"authenticate external =":          &Authenticate{Mechanism: "EXTERNAL", Initial: []byte{}, Has: true},
		"AUTHENTICATE PLAIN AGEAYg==":      &Authenticate{Mechanism: "PLAIN", Initial: []byte("\x00a\x00b"), Has: true},
		`SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"`: &Search{Key: Key{Op: KeyAnd, Keys: []Key{{Op: KeyFlag, Text: `\Flagged`}, {Op: KeySince, Date: day(1994, 2, 1)},
			not(Key{Op: KeyHeader, Field: "From", Text: "Smith"})}}},
		`SEARCH TEXT "string not in mailbox"`: &Search{Key: Key{Op: KeyAnd, Keys: []Key{{Op: KeyText, Text: "string not in mailbox"}}}},
		`UID SEARCH RETURN (MIN COUNT) UNSEEN OR 2:4 (UID 7 LARGER 100)`: &Search{Extended: true, Min: true, Count: true, Key: Key{Op: KeyAnd, Keys: []Key{not(Key{Op: KeyFlag, Text: `\Seen`}),
			{Op: KeyOr, Keys: []Key{{Op: KeySet, Set: Set{{2, 4}}}, {Op: KeyAnd, Keys: []Key{{Op: KeyUID, Set: Set{{7, 7}}}, {Op: KeyLarger, N: 100}}}}}}}},
		`SEARCH RETURN () ALL`:                         &Search{Extended: true, All: true, Key: Key{Op: KeyAnd, Keys: []Key{{Op: KeyAll}}}},
		`SEARCH MODSEQ "/flags/\\draft" all 620162338`: &Search{Modseq: true, Key: Key{Op: KeyAnd, Keys: []Key{{Op: KeyModseq, N: 620162338}}}},
		`SEARCH CHARSET utf-8 HEADER X-MSS-CODECDA 34112-3 YOUNGER 3600 UNKEYWORD $Junk`: &Search{Key: Key{Op: KeyAnd, Keys: []Key{{Op: KeyHeader, Field: "X-MSS-CODECDA", Text: "34112-3"},
			{Op: KeyYounger, N: 3600}, not(Key{Op: KeyFlag, Text: "$Junk"})}}},
	} {
		if got := parsed(t, line).Args; !reflect.DeepEqual(got, want) && shown(got) != shown(want) {
			t.Errorf("%s\n got %s\nwant %s", line, shown(got), shown(want))
		}
	}
}

func TestAppendTakesFlagsAndDate(t *testing.T) {
	c, err := Parse([]byte("A APPEND {6}\r\n (\\Seen \\seen $Forwarded) \" 7-Feb-1994 21:52:25 -0800\" {3+}\r\n"), [][]byte{[]byte("&AOk-x"), []byte("abc")})
	if err != nil {
		t.Fatal(err)
	}
	a := c.Args.(*Append)
	if a.Mailbox != "éx" || len(a.Flags) != 2 || a.Date.Unix() != 760686745 || string(a.Message) != "abc" {
		t.Errorf("%+v", a)
	}
}

func TestFaultyCommandsSayWhere(t *testing.T) {
	for line, want := range map[string]*finding.Refusal{
		"SELEKT INBOX":                 ErrCommand,
		"UID NOOP":                     ErrCommand,
		"NOOP x":                       ErrSyntax,
		"LOGIN a":                      ErrSyntax,
		`LOGIN "a`:                     ErrSyntax,
		`LOGIN "a\n" b`:                ErrSyntax,
		"LOGIN a {5}\r\n":              ErrSyntax,
		"SELECT INBOX (QRESYNC (1 2))": ErrQResync,
		"SELECT &x-":                   ErrName,
		"SELECT &AOk":                  ErrName,
		`SELECT ""`:                    ErrName,
		"FETCH 0 FLAGS":                ErrSyntax,
		"FETCH 1:2: FLAGS":             ErrSyntax,
		"FETCH $ FLAGS":                ErrSyntax,
		"FETCH 4294967296 FLAGS":       ErrSyntax,
		"FETCH 1 BODY[MIME]":           ErrSyntax,
		"FETCH 1 BODY[1.]":             ErrSyntax,
		"FETCH 1 BODY[0]":              ErrSyntax,
		"FETCH 1 BODY[]<1.0>":          ErrSyntax,
		"FETCH 1 BINARY[1]":            ErrSyntax,
		"FETCH 1 ()":                   ErrSyntax,
		"FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)":          ErrQResync,
		"FETCH 1 BODY[" + strings.Repeat("1.", 100) + "1]": ErrNested,
		"SEARCH":                       ErrSyntax,
		"SEARCH CHARSET KOI8-R TEXT x": ErrCharset,
		"SEARCH SINCE 31-Feb-2026":     ErrSyntax,
		"SEARCH ()":                    ErrSyntax,
		"SEARCH " + strings.Repeat("(", 100) + "ALL":       ErrNested,
		"SEARCH" + strings.Repeat(" ALL", 1001):            ErrNested,
		"SEARCH" + strings.Repeat(" NOT", 2000) + " ALL":   ErrNested,
		"LIST (RECURSIVEMATCH) \"\" *":                     ErrSyntax,
		"STATUS INBOX ()":                                  ErrSyntax,
		"STATUS INBOX (NOISE)":                             ErrSyntax,
		"APPEND INBOX hello":                               ErrSyntax,
		`APPEND INBOX "31-Zug-2026" {1}`:                   ErrSyntax,
		"STORE 1 FLAGS (" + strings.Repeat("x", 101) + ")": ErrNested,
		"AUTHENTICATE PLAIN A*":                            ErrSyntax,
	} {
		_, err := Parse([]byte("A001 "+line), nil)
		var f *Fault
		if !errors.As(err, &f) || !errors.Is(err, want) || f.Tag != "A001" {
			t.Errorf("%.60s: %v, want %s", line, err, want.ID)
			continue
		}
		if status := Status(f.Refusal); (status == "NO") != (want == ErrCharset || want == ErrNested || want == ErrName) {
			t.Errorf("%.60s: %s", line, status)
		}
	}
	for _, line := range []string{"", " ", "+ NOOP", "a\x00b NOOP", strings.Repeat("t", 65) + " NOOP", "NOOP", "é NOOP"} {
		var f *Fault
		if _, err := Parse([]byte(line), nil); !errors.As(err, &f) || f.Tag != "*" {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestSets(t *testing.T) {
	for in, want := range map[string]string{"1": "1", "5:3,1": "1,3:5", "2:4,3:6,7": "2:7", "*": "9", "4:*": "4:9", "*:4": "4:9", "12:*": "9:12", "1:4294967295,4294967295": "1:4294967295"} {
		s, ok := ParseSet(in)
		if !ok || s.Resolve(9).String() != want {
			t.Errorf("%s: %s, want %s", in, s.Resolve(9), want)
		}
		if r := s.Resolve(9); in == "5:3,1" && (r.Contains(2) || !r.Contains(4) || r.Contains(6)) {
			t.Error("Contains")
		}
		if len(s.Resolve(0)) != 0 {
			t.Errorf("%s in an empty mailbox", in)
		}
	}
	var s Set
	for _, n := range []uint32{1, 2, 3, 7, 9, 10} {
		s = s.Add(n)
	}
	if s.String() != "1:3,7,9:10" {
		t.Error(s)
	}
}

func TestNamesInModifiedUTF7(t *testing.T) {
	for plain, coded := range map[string]string{"Envoyés": "Envoy&AOk-s", "~peter/mail/台北/日本語": "~peter/mail/&U,BTFw-/&ZeVnLIqe-", "a & b": "a &- b", "Indésirables": "Ind&AOk-sirables", "😀é": "&2D3eAADp-", "simple": "simple"} {
		if got := EncodeName(plain); got != coded {
			t.Errorf("%s: %s, want %s", plain, got, coded)
		}
		if got, err := DecodeName(coded); err != nil || got != plain {
			t.Errorf("%s: %s %v", coded, got, err)
		}
	}
	for _, bad := range []string{"&", "&AOk", "&é-", "&AA-", "&2D0-", "&3gA-", "a\x01", "\xff", "&AAAA-"} {
		if got, err := DecodeName(bad); err == nil {
			t.Errorf("%q: %q", bad, got)
		}
	}
	if got, _ := DecodeName("inBox"); got != "INBOX" {
		t.Error(got)
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a/b", true}, {"%", "a/b", false}, {"%", "a", true}, {"%/%", "a/b", true}, {"a*", "a/b/c", true}, {"a%", "a/b", false}, {"a/%", "a/b/c", false},
		{"inbox", "INBOX", true}, {"Inbox/%", "INBOX/x", true}, {"", "a", false}, {"*b", "a/b", true}, {"a", "b", false}, {"%%%%%%*%%%%x", strings.Repeat("y", 200), false}, {"*", "", true},
	} {
		if got := MatchName(c.pattern, c.name, '/'); got != c.want {
			t.Errorf("%s on %s: %v", c.pattern, c.name, got)
		}
	}
}

func TestWriting(t *testing.T) {
	b := AppendStatus(nil, "A1", "NO", "TRYCREATE", "Pas de dossier « Envoyés »…\r\nx")
	if string(b) != "A1 NO [TRYCREATE] Pas de dossier \" Envoyes \"...  x\r\n" {
		t.Errorf("%q", b)
	}
	if b := AppendStatus(nil, "*", "OK", "", "[piege]"); string(b) != "* OK (piege]\r\n" {
		t.Errorf("%q", b)
	}
	for in, want := range map[string]string{`a"b\c`: `"a\"b\\c"`, "é": "{2}\r\né", "a\r\nb": "{4}\r\na\r\nb", "a\x00": "{2}\r\na\x80", "": `""`} {
		if got := string(AppendQuoted(nil, in)); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	for in, want := range map[string]string{"INBOX": "INBOX", "nil": `"nil"`, "a b": `"a b"`, "Envoyés": `Envoy&AOk-s`, "x]": `"x]"`} {
		if got := string(AppendMailbox(nil, in)); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := string(AppendDateTime(nil, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))); got != `" 2-Jan-2026 03:04:05 +0000"` {
		t.Error(got)
	}
}
