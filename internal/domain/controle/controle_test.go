package controle

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
)

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// desk is a desk without official rules whose clock the test holds.
func desk(now *time.Time) *Desk {
	d := New(func() *control.Controller { return nil }, func() time.Time { return *now }, false)
	d.Patience = 0
	return d
}

// TestPace: a burst, then so many a second; each address for itself, the machine itself unbounded.
func TestPace(t *testing.T) {
	now := noon
	d := desk(&now)
	ask := func(address string, n int) (admitted int) {
		for range n {
			leave, err := d.Admit(address, 10)
			if err != nil {
				if !errors.Is(err, ErrPace) {
					t.Fatal(err)
				}
				continue
			}
			leave()
			admitted++
		}
		return admitted
	}
	if n := ask("203.0.113.7:4000", paceBurst+50); n != paceBurst {
		t.Errorf("%d in a burst", n)
	}
	now = now.Add(3 * time.Second)
	if n := ask("203.0.113.7:4001", 50); n != 3*pacePerSecond {
		t.Errorf("%d after three seconds", n)
	}
	if n := ask("203.0.113.8:4000", 5) + ask("not an address", 5) + ask("", 5); n != 15 {
		t.Errorf("others are bounded too: %d", n)
	}
	if n := ask("[2001:db8::1]:1", paceBurst) + ask("[2001:db8::2]:1", 10); n != paceBurst {
		t.Errorf("one network of IPv6 gives %d", n)
	}
	for _, here := range []string{"127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:9"} {
		if n := ask(here, 2*paceBurst); n != 2*paceBurst {
			t.Errorf("%s: %d", here, n)
		}
	}
	for i := range maxPaced + 100 {
		d.pace.take(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), now)
	}
	if len(d.pace.list) > maxPaced {
		t.Errorf("%d addresses are remembered", len(d.pace.list))
	}
}

// TestWeight: documents under way are bounded together, and a request that leaves gives back once.
func TestWeight(t *testing.T) {
	now := noon
	d := desk(&now)
	var leaves []func()
	for {
		leave, err := d.Admit("127.0.0.1:1", -1)
		if err != nil {
			if !errors.Is(err, ErrBusy) {
				t.Fatal(err)
			}
			break
		}
		leaves = append(leaves, leave)
	}
	if want := int64(maxHeld / MaxDocument); int64(len(leaves)) != want {
		t.Errorf("%d documents of unknown size at once, %d expected", len(leaves), want)
	}
	leaves[0]()
	leaves[0]()
	if d.held != int64(len(leaves)-1)*MaxDocument {
		t.Errorf("%d bytes are held", d.held)
	}
	if _, err := d.Admit("127.0.0.1:1", MaxDocument+maxFields+1); !errors.Is(err, ErrSize) {
		t.Error(err)
	}
}

// TestTurns: past its places a desk says no, and checks when one is free.
func TestTurns(t *testing.T) {
	now := noon
	d := desk(&now)
	for range cap(d.places) {
		d.places <- struct{}{}
	}
	if _, err := d.Check(context.Background(), "", []byte("<a/>"), ""); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	d.Patience = time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Check(ctx, "", []byte("<a/>"), ""); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	for range cap(d.places) {
		<-d.places
	}
	var wait sync.WaitGroup
	for range 4 * cap(d.places) {
		wait.Go(func() {
			if r, err := d.Check(context.Background(), "", []byte("<a/>"), ""); err != nil || r.Unusable != "kind" || Accepted(&r, control.Lenient) {
				t.Error(r.Unusable, err)
			}
		})
	}
	wait.Wait()
	d.controller = func() *control.Controller { panic("dossier de MARTIN") }
	if _, err := d.Check(context.Background(), "", nil, ""); err == nil || strings.Contains(err.Error(), "MARTIN") || !strings.Contains(err.Error(), "TestTurns") || len(d.places) != 0 {
		t.Errorf("a panic: %v", err)
	}
}

// TestCrowdedDocuments: past a bound they are refused unread; under it they cost their address more.
func TestCrowdedDocuments(t *testing.T) {
	now := noon
	d := desk(&now)
	const there = "203.0.113.7:1"
	crowded := []byte(strings.Repeat("<", maxMarkup))
	served := 0
	for range paceBurst {
		leave, err := d.Admit(there, 10)
		if err != nil {
			break
		}
		leave()
		if _, err := d.Check(context.Background(), there, crowded, ""); err != nil {
			t.Fatal(err)
		}
		served++
	}
	if most := 2 + paceBurst/(maxMarkup/markupPerTurn); served == 0 || served > most {
		t.Errorf("%d crowded documents in a burst", served)
	}
	now = now.Add(2 * paceBurst / pacePerSecond * time.Second)
	if _, err := d.Admit(there, 10); err != nil {
		t.Error("a debt that is never paid:", err)
	}
	if _, err := d.Check(context.Background(), there, append(crowded, '<'), ""); !errors.Is(err, ErrCrowded) {
		t.Error(err)
	}
}

// TestRead takes documents out of bodies of every shape.
func TestRead(t *testing.T) {
	form := func(parts ...string) (string, io.Reader) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for i := 0; i < len(parts); i += 3 {
			var p io.Writer
			if parts[i+1] != "" {
				p, _ = m.CreateFormFile(parts[i], parts[i+1])
			} else {
				p, _ = m.CreateFormField(parts[i])
			}
			_, _ = io.WriteString(p, parts[i+2])
		}
		_ = m.Close()
		return m.FormDataContentType(), &b
	}
	raw := func(kind, body string) func() (string, io.Reader) {
		return func() (string, io.Reader) { return kind, strings.NewReader(body) }
	}
	for name, c := range map[string]struct {
		body      func() (string, io.Reader)
		raw, file string
		err       error
	}{
		"XML":                   {body: raw("application/xml", "<a/>"), raw: "<a/>"},
		"XML and its charset":   {body: raw("text/xml; charset=utf-8", "<a/>"), raw: "<a/>"},
		"a type in +xml":        {body: raw("application/hl7-cda+xml", "<a/>"), raw: "<a/>"},
		"no type":               {body: raw("", "<a/>"), raw: "<a/>"},
		"what curl says":        {body: raw("application/x-www-form-urlencoded", "<a/>"), raw: "<a/>"},
		"JSON":                  {body: raw("application/json", "{}"), err: ErrType},
		"a type that is not":    {body: raw("texte xml;;", "<a/>"), err: ErrType},
		"nothing":               {body: raw("application/xml", ""), err: ErrEmpty},
		"too large":             {body: raw("application/xml", strings.Repeat("x", MaxDocument+1)), err: ErrSize},
		"as large as may be":    {body: raw("application/xml", strings.Repeat("x", MaxDocument)), raw: strings.Repeat("x", MaxDocument)},
		"a file":                {body: func() (string, io.Reader) { return form("document", "C:\\essais\\a.xml", "<a/>") }, raw: "<a/>", file: "a.xml"},
		"under another name":    {body: func() (string, io.Reader) { return form("cda", "b.xml", "<a/>") }, raw: "<a/>", file: "b.xml"},
		"no file, a text":       {body: func() (string, io.Reader) { return form("document", "", "", "texte", "", "\r\n<a>\r\n</a>") }, raw: "<a>\n</a>"},
		"a packed one":          {body: func() (string, io.Reader) { return form("paquet", "", Pack([]byte("<a/>")), "nom", "", "c.xml") }, raw: "<a/>", file: "c.xml"},
		"two":                   {body: func() (string, io.Reader) { return form("a", "a.xml", "<a/>", "b", "b.xml", "<a/>") }, err: ErrForm},
		"none":                  {body: func() (string, io.Reader) { return form("document", "", "") }, err: ErrEmpty},
		"a file too large":      {body: func() (string, io.Reader) { return form("a", "a.xml", strings.Repeat("x", MaxDocument+1)) }, err: ErrSize},
		"a form without bounds": {body: raw("multipart/form-data", "x"), err: ErrForm},
		"a form cut short":      {body: raw("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n<a"), err: ErrForm},
	} {
		u, err := Read(c.body())
		switch {
		case !errors.Is(err, c.err):
			t.Errorf("%s: %v", name, err)
		case err == nil && (string(u.Raw) != c.raw || u.Name != c.file):
			t.Errorf("%s: %.40q of %q", name, u.Raw, u.Name)
		}
	}
	var many []string
	for i := range maxParts + 2 {
		many = append(many, fmt.Sprint("f", i), "", "x")
	}
	if _, err := Read(form(many...)); !errors.Is(err, ErrForm) {
		t.Errorf("many fields: %v", err)
	}
}

func TestPastedText(t *testing.T) {
	for in, want := range map[string]string{
		"\n\n<a>\r\n</a>": "<a>\n</a>",
		`<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>`:  "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>",
		`<?xml version='1.0' encoding='iso-8859-15'?><a>œ</a>`: `<?xml version='1.0' encoding='UTF-8'?><a>œ</a>`,
		`<?xml version="1.0" encoding="UTF-8"?><a>é</a>`:       `<?xml version="1.0" encoding="UTF-8"?><a>é</a>`,
		"\xff": "\xff",
	} {
		if got := string(pasted([]byte(in))); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestPackingIsFaithfulAndBounded(t *testing.T) {
	doc := []byte(strings.Repeat("<a>é</a>\n", 1000))
	got, err := unpack([]byte(Pack(doc)))
	if err != nil || !bytes.Equal(got, doc) {
		t.Error(err)
	}
	noise := make([]byte, maxPacked)
	r := rand.NewChaCha8([32]byte{})
	_, _ = r.Read(noise)
	if Pack(noise) != "" {
		t.Error("what does not shrink is packed")
	}
	if _, err := unpack([]byte(Pack(make([]byte, MaxDocument+1)))); !errors.Is(err, ErrSize) {
		t.Errorf("a bomb: %v", err)
	}
	for _, bad := range []string{"%%%", "AAAA", base64.StdEncoding.EncodeToString([]byte("<a/>")), Pack(doc)[:40]} {
		if _, err := unpack([]byte(bad)); !errors.Is(err, ErrForm) {
			t.Errorf("%.10q: %v", bad, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"document\"; filename=\"b\"\r\n\r\n<a/>\r\n--x--"))
	f.Add("application/xml", []byte("<a/>"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		u, err := Read(kind, bytes.NewReader(body))
		if err != nil && finding.As(err) == nil {
			t.Fatal("a refusal without words:", err)
		}
		if err == nil && len(u.Raw) == 0 {
			t.Fatal("no document and no refusal")
		}
	})
}

// TestOneAddressDoesNotHoldTheDesk: slow senders of one address leave room for the others.
func TestOneAddressDoesNotHoldTheDesk(t *testing.T) {
	now := noon
	d := desk(&now)
	var leaves []func()
	for range 50 {
		leave, err := d.Admit("203.0.113.7:4000", -1)
		if err != nil {
			if !errors.Is(err, ErrBusy) {
				t.Fatal(err)
			}
			break
		}
		leaves = append(leaves, leave)
	}
	if want := maxHeldEach / MaxDocument; len(leaves) != want {
		t.Errorf("one address holds %d documents, want %d", len(leaves), want)
	}
	other, err := d.Admit("203.0.113.8:4000", -1)
	if err != nil {
		t.Fatal(err)
	}
	other()
	for _, leave := range leaves {
		leave()
		leave()
	}
	if d.held != 0 || len(d.each) != 0 {
		t.Errorf("%d bytes, %d addresses held after all left", d.held, len(d.each))
	}
}
