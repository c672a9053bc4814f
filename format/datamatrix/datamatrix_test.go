package datamatrix

import (
	"bytes"
	"errors"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/datamatrix"
)

// contents are texts for every size of symbol, and every kind of character.
func contents() [][]byte {
	out := [][]byte{[]byte("A"), []byte("1234"), []byte("IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE\x1dS4PAT-TROIS\x1dS5FS628-03-1979S763220"),
		[]byte("abcXYZ 0019 D'ARC-EN-CIEL\x1d\x00\x7f~[]_`"), []byte("\xe9\xff\x80 latin"), []byte("AB12CD34EF567890"), []byte("A1"), []byte("ABC"), []byte("ABCD"), []byte("ABCDE"), []byte("ABCDEF")}
	r := rand.New(rand.NewPCG(1, 2))
	for _, alphabet := range []string{"0123456789", "ABCDEFGHIJ KLMNOP0123", "abc DEF;12\x1d'-"} {
		text := make([]byte, 2*MaxCodewords)
		for i := range text {
			text[i] = alphabet[r.IntN(len(alphabet))]
		}
		for _, q := range squares {
			for _, spare := range []int{0, 1, 2} {
				n := sort.Search(len(text), func(n int) bool {
					words, _ := encodation(text[:n+1])
					return len(words) > q.data-spare
				})
				out = append(out, text[:n])
			}
		}
	}
	return out
}

// TestReadByAnotherDecoder: gozxing reads every symbol, at every size.
func TestReadByAnotherDecoder(t *testing.T) {
	sizes := map[int]bool{}
	for _, want := range contents() {
		s, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		sizes[s.Size()] = true
		bits, err := gozxing.NewBinaryBitmapFromImage(s.Image(2))
		if err != nil {
			t.Fatal(err)
		}
		got, err := zxing.NewDataMatrixReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		if err != nil {
			t.Errorf("%d modules, %d bytes: %v", s.Size(), len(want), err)
			continue
		}
		if text := []byte(got.GetText()); !bytes.Equal(text, want) {
			t.Errorf("%d modules: %.40q read as %.40q", s.Size(), want, text)
		}
	}
	if len(sizes) != len(squares) {
		t.Errorf("%d sizes of %d", len(sizes), len(squares))
	}
}

// TestReadByDmtx: Debian's dmtxread reads every symbol, at every size.
func TestReadByDmtx(t *testing.T) {
	dmtxread, err := exec.LookPath("dmtxread")
	if err != nil {
		t.Skip("dmtxread is not installed (Debian package dmtx-utils)")
	}
	if testing.Short() {
		t.Skip("a process a symbol")
	}
	dir := t.TempDir()
	done := map[int]int{}
	start := time.Now()
	for _, want := range contents() {
		s, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if s.Size() == 144 {
			continue // libdmtx 0.7 expects the blocks of the largest symbol in another turn than the standard and everybody else
		}
		if done[s.Size()]++; done[s.Size()] > 2 {
			continue
		}
		b, err := s.PNG(5)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "s.png")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(dmtxread, "-N1", file).Output()
		if err != nil || !bytes.Equal(out, want) {
			t.Errorf("%d modules: %.40q read as %.40q, %v", s.Size(), want, out, err)
		}
	}
	t.Logf("%d sizes in %v", len(done), time.Since(start).Round(time.Millisecond))
}

func TestTooLong(t *testing.T) {
	for _, n := range []int{MaxCodewords*2 + 1, 1 << 20} {
		if _, err := Encode(bytes.Repeat([]byte("1"), n)); !errors.Is(err, ErrTooLong) {
			t.Errorf("%d digits: %v", n, err)
		}
	}
	if _, err := Encode(bytes.Repeat([]byte("\xff"), MaxCodewords)); !errors.Is(err, ErrTooLong) {
		t.Error("two codewords a byte:", err)
	}
	if s, err := Encode(bytes.Repeat([]byte("1"), MaxCodewords*2)); err != nil || s.Size() != 144 {
		t.Error("the largest symbol:", err)
	}
	if s, err := Encode(nil); err != nil || s.Size() != 10 {
		t.Error("nothing:", err)
	}
}

// The example of the standard: 123456 is 142 164 186, then 114 25 5 88 102.
// spec: ISO 16022 annex O
func TestExampleOfTheStandard(t *testing.T) {
	words, open := encodation([]byte("123456"))
	if open || !bytes.Equal(words, []byte{142, 164, 186}) {
		t.Fatal(words)
	}
	if got := protect(squares[0], words); !bytes.Equal(got[3:], []byte{114, 25, 5, 88, 102}) {
		t.Error(got)
	}
}

func TestDrawings(t *testing.T) {
	s, err := Encode([]byte("SOCLE"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.PNG(0)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || img.Bounds().Dx() != s.Size()+2*quiet {
		t.Error(img.Bounds(), err)
	}
	svg := s.SVG(`l'étiquette de <"A&B">`)
	if !strings.Contains(svg, `aria-label="l'étiquette de &lt;&quot;A&amp;B&quot;&gt;"`) || !strings.HasSuffix(svg, "</svg>") {
		t.Error(svg)
	}
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("IS01S1\x1d"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Encode(b)
		if err != nil {
			return
		}
		if len(b) > 200 {
			return
		}
		bits, err := gozxing.NewBinaryBitmapFromImage(s.Image(2))
		if err != nil {
			t.Fatal(err)
		}
		got, err := zxing.NewDataMatrixReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		if len(b) > 0 && (err != nil || got.GetText() != string(b)) {
			t.Fatalf("%q: %v", b, err)
		}
	})
}
