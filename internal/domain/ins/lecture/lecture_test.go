package lecture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/datamatrix"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

var label = insid.Datamatrix{INS: insid.INS{Matricule: "279035121518989", OID: "1.2.250.1.213.1.4.10"}, Givens: "DOMINIQUE", BirthName: "PAT-TROIS",
	Sex: "F", BirthDate: "1979-03-28", BirthPlace: "63220"}

func symbol(t testing.TB, content string) *datamatrix.Symbol {
	t.Helper()
	s, err := datamatrix.Encode([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func content(t testing.TB) string {
	t.Helper()
	s, err := label.Content()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encode(t testing.TB, img image.Image, photo bool) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if photo {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 80})
	} else {
		err = png.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scene is a photograph of a label: the symbol somewhere on a grey page with lines of writing,
// turned, in uneven light, a little blurred, with noise.
type scene struct {
	w, h, x, y int
	module     int
	angle      float64
	noise      int
	blur       int
	shade      float64 // how much darker the right side is
	inverted   bool
	text       bool
}

func (c scene) draw(t testing.TB) image.Image {
	img := image.NewGray(image.Rect(0, 0, c.w, c.h))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{230}), image.Point{}, draw.Src)
	if c.text {
		r := rand.New(rand.NewPCG(7, 7))
		for line := 20; line+12 < c.h; line += 24 {
			for x := 20; x < c.w-20; x += 3 + r.IntN(6) {
				draw.Draw(img, image.Rect(x, line+r.IntN(4), x+2, line+6+r.IntN(6)), image.NewUniform(color.Gray{40}), image.Point{}, draw.Src)
			}
		}
	}
	sym := symbol(t, content(t)).Image(c.module)
	side := sym.Bounds().Dx()
	sin, cos := math.Sincos(c.angle * math.Pi / 180)
	for y := range c.h {
		for x := range c.w {
			dx, dy := float64(x-c.x), float64(y-c.y)
			sx, sy := int(math.Floor(dx*cos+dy*sin+float64(side)/2)), int(math.Floor(-dx*sin+dy*cos+float64(side)/2))
			if sx >= 0 && sy >= 0 && sx < side && sy < side {
				img.Set(x, y, sym.At(sx, sy))
			}
		}
	}
	for range c.blur {
		img = blurred(img)
	}
	r := rand.New(rand.NewPCG(1, 3))
	for y := range c.h {
		for x := range c.w {
			v := float64(img.GrayAt(x, y).Y)
			if c.inverted {
				v = 255 - v
			}
			v = v*(1-c.shade*float64(x)/float64(c.w)) + float64(r.IntN(2*c.noise+1)-c.noise)
			img.SetGray(x, y, color.Gray{byte(max(0, min(255, v)))})
		}
	}
	return img
}

func blurred(img *image.Gray) *image.Gray {
	out := image.NewGray(img.Bounds())
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			sum, n := 0, 0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if p := image.Pt(x+dx, y+dy); p.In(b) {
						sum, n = sum+int(img.GrayAt(p.X, p.Y).Y), n+1
					}
				}
			}
			out.SetGray(x, y, color.Gray{byte(sum / n)})
		}
	}
	return out
}

// spec: INS §7
func TestPhotographsAreRead(t *testing.T) {
	for name, c := range map[string]scene{
		"straight":              {w: 400, h: 400, x: 200, y: 200, module: 5},
		"in a corner":           {w: 900, h: 700, x: 700, y: 150, module: 5, text: true, noise: 10},
		"upside down":           {w: 600, h: 500, x: 300, y: 250, module: 6, angle: 180, noise: 10},
		"on its side":           {w: 600, h: 500, x: 200, y: 250, module: 6, angle: 90, text: true},
		"a little turned":       {w: 700, h: 700, x: 350, y: 350, module: 7, angle: 8, noise: 12, blur: 1},
		"at thirty degrees":     {w: 800, h: 800, x: 420, y: 380, module: 8, angle: 30, noise: 10, blur: 1},
		"at forty-five degrees": {w: 800, h: 800, x: 400, y: 400, module: 8, angle: 45},
		"in uneven light":       {w: 900, h: 700, x: 500, y: 350, module: 7, angle: 1, noise: 10, shade: 0.6, text: true},
		"blurred":               {w: 600, h: 600, x: 300, y: 300, module: 6, blur: 3, noise: 5},
		"light on dark":         {w: 500, h: 500, x: 250, y: 250, module: 6, inverted: true},
		"small in a large page": {w: 1000, h: 1400, x: 700, y: 300, module: 4, noise: 8, text: true},
		"tiny":                  {w: 120, h: 120, x: 60, y: 60, module: 2},
	} {
		start := time.Now()
		got, err := Read(encode(t, c.draw(t), name != "tiny"))
		if err != nil || got != label {
			t.Errorf("%s: %v", name, err)
		}
		t.Logf("%s: %v", name, time.Since(start).Round(time.Millisecond))
	}
}

func TestWhatIsRefused(t *testing.T) {
	noise := image.NewGray(image.Rect(0, 0, 500, 400))
	r := rand.New(rand.NewPCG(5, 5))
	for i := range noise.Pix {
		noise.Pix[i] = byte(r.IntN(256))
	}
	// A picture that says it is huge: the size in its header is changed, with its checksum.
	huge := encode(t, image.NewGray(image.Rect(0, 0, 1, 1)), false)
	binary.BigEndian.PutUint32(huge[16:], 10000)
	binary.BigEndian.PutUint32(huge[20:], 6000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	deep := encode(t, image.NewNRGBA64(image.Rect(0, 0, 1, 1)), false) // 16 bits a colour: as heavy with half the pixels
	binary.BigEndian.PutUint32(deep[16:], 6000)
	binary.BigEndian.PutUint32(deep[20:], 6000)
	binary.BigEndian.PutUint32(deep[29:], crc32.ChecksumIEEE(deep[12:29]))
	for name, c := range map[string]struct {
		file []byte
		id   string
	}{
		"too deep":    {deep, "INS-IMAGE-TAILLE"},
		"nothing":     {nil, "INS-IMAGE"},
		"a text":      {[]byte("bonjour"), "INS-IMAGE"},
		"cut":         {encode(t, noise, false)[:900], "INS-IMAGE"},
		"too heavy":   {make([]byte, MaxBytes+1), "INS-IMAGE-TAILLE"},
		"too large":   {huge, "INS-IMAGE-TAILLE"},
		"blank":       {encode(t, image.NewGray(image.Rect(0, 0, 300, 300)), false), "INS-IMAGE-SANS-CODE"},
		"one pixel":   {encode(t, image.NewGray(image.Rect(0, 0, 1, 1)), false), "INS-IMAGE-SANS-CODE"},
		"noise":       {encode(t, noise, false), "INS-IMAGE-SANS-CODE"},
		"2D-Doc":      {encode(t, symbol(t, "DC04FR000001125E125B0126FR247500010MME/SPECIMEN/NATACHA").Image(5), false), "INS-DM-AUTRE"},
		"another":     {encode(t, symbol(t, "0103400930000000").Image(5), false), "INS-DM-AUTRE"},
		"wrong date":  {encode(t, symbol(t, "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3A\x1dS4B\x1dS5FS61979-03-28").Image(5), false), "INS-DM-VALEUR"},
		"old version": {encode(t, symbol(t, "IS990000000000000000000000").Image(5), false), "INS-DM-ENTETE"},
	} {
		start := time.Now()
		_, err := Read(c.file)
		if ref := finding.As(err); ref == nil || ref.ID != c.id || ref.Fix.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
		t.Logf("%s: %v", name, time.Since(start).Round(time.Millisecond))
	}
}

// TestSymbolsOfAnotherWriter: what Debian's dmtxwrite draws is read.
func TestSymbolsOfAnotherWriter(t *testing.T) {
	dmtxwrite, err := exec.LookPath("dmtxwrite")
	if err != nil {
		t.Skip("dmtxwrite is not installed (Debian package dmtx-utils)")
	}
	file := filepath.Join(t.TempDir(), "label")
	if err := os.WriteFile(file, []byte(content(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, encoding := range []string{"a", "c", "b"} { // ASCII, C40, the best of all
		out, err := exec.Command(dmtxwrite, "-e"+encoding, "-d", "6", file).Output()
		if err != nil {
			t.Fatal(encoding, err)
		}
		if got, err := Read(out); err != nil || got != label {
			t.Errorf("encoding %s: %v", encoding, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(encode(f, symbol(f, "IS01").Image(2), false))
	f.Fuzz(func(t *testing.T, b []byte) {
		if config, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil && config.Width*config.Height > 1e5 {
			return
		}
		if _, err := Read(b); err != nil && finding.As(err) == nil {
			t.Fatal(err)
		}
	})
}
