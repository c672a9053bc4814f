package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// arbitrary fills a value of any of our types, every field of it, so that a field added to a type
// and forgotten in its codec is found.
func arbitrary(t *rapid.T, v reflect.Value, path string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, path), rapid.Int64Range(0, 999_999_999).Draw(t, path)).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			arbitrary(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice:
		s := reflect.MakeSlice(v.Type(), rapid.IntRange(0, 3).Draw(t, path), 3)
		for i := range s.Len() {
			arbitrary(t, s.Index(i), path)
		}
		v.Set(s)
	case reflect.String:
		v.SetString(texts.Draw(t, path))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, path))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, path))
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).SetUint(uint64(rapid.Byte().Draw(t, path)))
		}
	default:
		t.Fatalf("%s: what is a %s?", path, v.Type())
	}
}

var texts = rapid.OneOf(
	rapid.String(), rapid.SampledFrom(words[:]), rapid.StringMatching(`[0-9a-f]{10,50}`), rapid.StringMatching(`[0-9A-F]{40}`),
	rapid.StringMatching(`urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
	rapid.StringMatching(`urn:uuid:[0-9A-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
)

func roundTrip[T any](t *testing.T, encode func(*T) []byte, decode func([]byte) (*T, error)) {
	t.Helper()
	t.Run(fmt.Sprintf("%T", *new(T)), rapid.MakeCheck(func(t *rapid.T) {
		x := new(T)
		arbitrary(t, reflect.ValueOf(x).Elem(), "")
		b := encode(x)
		y, err := decode(b)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if d := cmp.Diff(x, y, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		if len(b) > 1 {
			if _, err := decode(b[:len(b)-1]); err == nil {
				t.Fatal("cut by a byte and still read")
			}
		}
		if _, err := decode(append(b, 0)); err == nil {
			t.Fatal("longer by a byte and still read")
		}
	}))
}

func TestCodecsRoundTrip(t *testing.T) {
	roundTrip(t, encodeEntry, decodeEntry)
	roundTrip(t, encodeSet, decodeSet)
	roundTrip(t, encodeAssociation, decodeAssociation)
	roundTrip(t, encodePerson, decodePerson)
	roundTrip(t, func(r *dmp.Record) []byte { return encodeRecord(*r) }, func(b []byte) (*dmp.Record, error) {
		r, err := decodeRecord(b)
		return &r, err
	})
	roundTrip(t, func(a *acces.Authorisation) []byte { return encodeAuthorisation(*a) }, func(b []byte) (*acces.Authorisation, error) {
		a, err := decodeAuthorisation(b)
		return &a, err
	})
	roundTrip(t, func(e *evenement.Event) []byte { e.Seq = 7; return encodeEvent(*e) }, func(b []byte) (*evenement.Event, error) {
		e, err := decodeEvent(7, b) // the sequence is the key of the row
		return &e, err
	})
}

func TestDocumentRowRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &document{
			uniqueID: texts.Draw(t, "id"), segment: rapid.Int64().Draw(t, "segment"), offset: rapid.Int64().Draw(t, "offset"),
			length: rapid.Int64().Draw(t, "length"), size: rapid.Int64().Draw(t, "size"), received: time.Unix(1, 2).UTC(), digest: rapid.Bool().Draw(t, "digest"),
		}
		arbitrary(t, reflect.ValueOf(&x.sha256).Elem(), "sha256")
		arbitrary(t, reflect.ValueOf(&x.sha1).Elem(), "sha1")
		y, err := decodeDocument(encodeDocument(x))
		if err != nil || *x != *y {
			t.Fatalf("%+v became %+v, %v", x, y, err)
		}
	})
}

func TestKeysAreUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[a-z0-9:.-]{0,40}`), rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`))
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		if string(personOf(personKey(ins.PersonID(a)))) != a {
			t.Fatalf("%q does not come back", a)
		}
		if (a == b) != (string(personKey(ins.PersonID(a))) == string(personKey(ins.PersonID(b)))) {
			t.Fatalf("%q and %q", a, b)
		}
		if (a == b) != (string(uuidKey(a)) == string(uuidKey(b))) {
			t.Fatalf("%q and %q as UUID", a, b)
		}
	})
}

// Rows are ours, but disks rot: a blob never panics nor makes a decoder allocate without bound.
func FuzzRows(f *testing.F) {
	f.Add(encodeEntry(&xds.DocumentEntry{EntryUUID: "urn:uuid:11111111-2222-4333-8444-555555555555", Hash: "0123456789abcdef0123", Title: "é", Authors: []xds.Author{{Person: "x", Roles: []string{"y"}}}}))
	f.Add(encodePerson(&ins.Person{ID: "x", Local: []ins.LocalID{{Value: "1", Authority: "2"}}}))
	f.Add(encodeDocument(&document{uniqueID: "1.2.3"}))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := decodeEntry(b); err == nil {
			again, err := decodeEntry(encodeEntry(e))
			if err != nil || !cmp.Equal(e, again, cmpopts.EquateEmpty()) {
				t.Fatalf("%+v became %+v", e, again)
			}
		}
		decodeSet(b)
		decodeAssociation(b)
		decodePerson(b)
		decodeRecord(b)
		decodeAuthorisation(b)
		decodeEvent(1, b)
		decodeDocument(b)
	})
}

func FuzzSegment(f *testing.F) {
	h := header{person: "01900000-0000-7000-8000-000000000001", uniqueID: "1.2.3", size: 5}
	b := h.reserve(nil)
	b = append(b, "payload"...)
	h.write(b)
	f.Add(b)
	f.Add(appendFooter(nil, 16, []footerLine{{offset: 16, length: 7}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := parseHeader(b); err == nil {
			if h.headerLen() > len(b) || h.length < int64(h.headerLen()) {
				t.Fatalf("lengths of %+v", h)
			}
		}
		scanRecords(strings.NewReader(string(b)), int64(len(b)))
		parseFooter(b, 0)
	})
}

// The SQL of migrations stays within what several engines understand.
func TestMigrationsArePortable(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)\b(AUTOINCREMENT|SERIAL|IDENTITY|SEQUENCE|TRIGGER|PROCEDURE|LISTEN|NOTIFY|DEFERRABLE|EXCLUDE|INHERITS|XML|LOCK TABLE|FOREIGN KEY|REFERENCES)\b`)
	names, err := filepath.Glob("schema/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			line, _, _ = strings.Cut(line, "--")
			if w := forbidden.FindString(line); w != "" {
				t.Errorf("%s:%d: %s", name, i+1, w)
			}
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"d'Orée-Élégante": "D OREE ELEGANTE", "  Œuvré ": "OEUVRE", "Nun\u0303ez": "NUNEZ", "ß": "SS", "": "", "--": "",
		"LE  GOFF": "LE GOFF", "Łukasz": "LUKASZ",
	} {
		if got := fold(in); got != want {
			t.Errorf("%q folds to %q, want %q", in, got, want)
		}
	}
}
