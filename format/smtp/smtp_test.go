package smtp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	for _, c := range []struct {
		in, prefix, path string
		params           int
		err              error
	}{
		{"FROM:<a@b.fr>", "FROM:", "a@b.fr", 0, nil},
		{"from: <a@b.fr> SIZE=12 BODY=8BITMIME", "FROM:", "a@b.fr", 2, nil},
		{"FROM:<>", "FROM:", "", 0, nil},
		{"TO:<Postmaster>", "TO:", "Postmaster", 0, nil},
		{"TO:<@x.fr,@y.fr:a@b.fr>", "TO:", "a@b.fr", 0, nil},
		{`TO:<"a b>c"@b.fr>`, "TO:", `"a b>c"@b.fr`, 0, nil},
		{"TO:<a@été.fr>", "TO:", "a@été.fr", 0, nil},
		{"TO:a@b.fr", "TO:", "", 0, ErrSyntax},
		{"TO:<a@b.fr>x", "TO:", "", 0, ErrSyntax},
		{"TO:<a@b.fr", "TO:", "", 0, ErrPath},
		{"TO:<a>", "TO:", "", 0, ErrPath},
		{"TO:<a@>", "TO:", "", 0, ErrPath},
		{"TO:<a@b..fr>", "TO:", "", 0, ErrPath},
		{"TO:<a..b@c.fr>", "TO:", "", 0, ErrPath},
		{"TO:<a b@c.fr>", "TO:", "", 0, ErrPath},
		{"TO:<a@[127.0.0.1]>", "TO:", "", 0, ErrPath},
		{"TO:<a@b.fr> X=1 X=2", "TO:", "", 0, ErrParameter},
		{"TO:<" + strings.Repeat("a", 65) + "@b.fr>", "TO:", "", 0, ErrPath},
	} {
		path, params, err := ParsePath(c.in, c.prefix)
		if path != c.path && err == nil || len(params) != c.params || !errors.Is(err, c.err) {
			t.Errorf("%s: %q %v %v", c.in, path, params, err)
		}
	}
}

// The vectors by which one server was made to see two messages where another saw one. Each must be
// refused, never read as an end of data or as a line.
func TestSmuggling(t *testing.T) {
	for _, end := range []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r", "\r\r\n.\r\r\n", "\r\n\x00.\r\n", "\r\n.\r\r\n", "\r\n..\n", "\n\n.\r\n", "\r\n\n.\r\n", "\r\n\n.\n", "\r\n\r.\r\n"} {
		in := "Subject: a\r\n\r\nbody" + end + "MAIL FROM:<x@y.fr>\r\nRCPT TO:<z@y.fr>\r\nDATA\r\nsmuggled\r\n.\r\n"
		for _, size := range []int{16, 17, 18, 19, 20, 21, 22, 23, 4096} {
			b, _, err := ReadData(bufio.NewReaderSize(strings.NewReader(in), size), nil, 1<<20, nil)
			if strings.Contains(end, "\x00") { // no line end in it: one message with all of it inside
				if err != nil || !bytes.Contains(b, []byte("RCPT")) {
					t.Errorf("%q: %q %v", end, b, err)
				}
				continue
			}
			if !errors.Is(err, ErrBareNewline) {
				t.Errorf("%q with a buffer of %d: read %q, error %v", end, size, b, err)
			}
		}
	}
}

func TestReadData(t *testing.T) {
	for in, want := range map[string]string{
		".\r\n":                                "",
		"a\r\n.\r\n":                           "a\r\n",
		"..\r\n.\r\n":                          ".\r\n",
		"..a\r\n...\r\n.\r\n":                  ".a\r\n..\r\n",
		".a\r\n.\r\n":                          "a\r\n",
		"\r\n\r\n.\r\nNEXT":                    "\r\n\r\n",
		strings.Repeat("x", 100) + "\r\n.\r\n": strings.Repeat("x", 100) + "\r\n",
	} {
		for _, size := range []int{16, 17, 33, 99, 101, 102, 4096} {
			r := bufio.NewReaderSize(strings.NewReader(in), size)
			got, over, err := ReadData(r, nil, 1000, nil)
			if string(got) != want || over || err != nil {
				t.Errorf("%q with a buffer of %d: %q %v %v", in, size, got, over, err)
			}
		}
	}
	r := bufio.NewReader(strings.NewReader(strings.Repeat("abcdefgh\r\n", 20) + ".\r\nNEXT"))
	if _, over, err := ReadData(r, nil, 50, nil); !over || err != nil {
		t.Errorf("over the limit: %v %v", over, err)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "NEXT" {
		t.Errorf("after an oversized message: %q", rest)
	}
	if _, _, err := ReadData(bufio.NewReader(strings.NewReader("abc\r\n")), nil, 50, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut short: %v", err)
	}
	refuse := errors.New("no memory")
	if _, _, err := ReadData(bufio.NewReader(strings.NewReader("abc\r\n.\r\n")), nil, 50, func(int) error { return refuse }); !errors.Is(err, refuse) {
		t.Errorf("growth refused: %v", err)
	}
}

func TestReply(t *testing.T) {
	b := AppendReply(nil, 550, "5.1.1", "Boîte inconnue «x»", "Vérifiez\r\n250 OK")
	want := "550-5.1.1 Boite inconnue \"x\"\r\n550 5.1.1 Verifiez  250 OK\r\n"
	if string(b) != want {
		t.Fatalf("%q", b)
	}
	r, err := ReadReply(bufio.NewReader(bytes.NewReader(b)))
	if err != nil || r.Code != 550 || r.Enhanced != "5.1.1" || len(r.Lines) != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	for _, bad := range []string{"", "25\r\n", "250-a\r\n251 b\r\n", "999 x\r\n", "250+x\r\n"} {
		if r, err := ReadReply(bufio.NewReader(strings.NewReader(bad))); err == nil {
			t.Errorf("%q read as %+v", bad, r)
		}
	}
}

func TestXtext(t *testing.T) {
	for _, s := range []string{"rfc822;a@b.fr", "a+b=c d", "é"} {
		if got, err := DecodeXtext(EncodeXtext(s)); got != s || err != nil {
			t.Errorf("%q: %q %v", s, got, err)
		}
	}
	for _, bad := range []string{"a+0", "a+0D+0A", "+zz"} {
		if _, err := DecodeXtext(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// FuzzData: what is written for DATA is read back, whatever the buffer, and whatever is read holds
// strict lines only.
func FuzzData(f *testing.F) {
	f.Add([]byte("a\r\n.b\r\n"), 16)
	f.Add([]byte("\r.\r\n"), 20)
	f.Add([]byte("..\n.\r\n"), 4096)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		size = 16 + (size&0xff)%200
		if got, _, err := ReadData(bufio.NewReaderSize(bytes.NewReader(in), size), nil, 1<<20, nil); err == nil && !Strict(got) {
			t.Fatalf("%q gave %q", in, got)
		}
		wire := AppendData(nil, in)
		got, over, err := ReadData(bufio.NewReaderSize(bytes.NewReader(wire), size), nil, 1<<20, nil)
		if err != nil || over {
			t.Fatalf("%q: %v", wire, err)
		}
		if !bytes.Equal(AppendData(nil, got), wire) {
			t.Fatalf("%q came back as %q", in, got)
		}
	})
}

// FuzzCommand: no line makes the parsers panic, and what they accept holds no control character.
func FuzzCommand(f *testing.F) {
	f.Add([]byte("MAIL FROM:<a@b.fr> SIZE=1"))
	f.Add([]byte(`RCPT TO:<"x\"y"@b.fr> ORCPT=rfc822;a+2Bb@c.fr`))
	f.Fuzz(func(t *testing.T, line []byte) {
		c, err := ParseCommand(line)
		if err != nil {
			return
		}
		for _, prefix := range []string{"FROM:", "TO:"} {
			path, params, err := ParsePath(c.Rest, prefix)
			if err == nil && strings.ContainsAny(path, "\r\n\x00") {
				t.Fatalf("%q gave %q", line, path)
			}
			for _, p := range params {
				if v, err := DecodeXtext(p.Value); err == nil && strings.ContainsAny(v, "\r\n\x00") {
					t.Fatalf("%q gave %q", line, v)
				}
			}
		}
	})
}

func BenchmarkReadData(b *testing.B) {
	wire := AppendData(nil, bytes.Repeat([]byte(strings.Repeat("A", 76)+"\r\n"), 2560))
	b.SetBytes(int64(len(wire)))
	src := bytes.NewReader(wire)
	r := bufio.NewReaderSize(src, 32<<10)
	buf := make([]byte, 0, 256<<10)
	for b.Loop() {
		src.Reset(wire)
		r.Reset(src)
		if _, _, err := ReadData(r, buf[:0], 1<<20, nil); err != nil {
			b.Fatal(err)
		}
	}
}
