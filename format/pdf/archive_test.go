package pdf

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/pdftest"
)

// everything is a document that uses all there is.
func everything(t testing.TB) *Document {
	d := sample()
	d.Created = time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC)
	d.Symbol(20, 1.4, func(x, y int) bool { return (x+y)%2 == 0 }, "Un symbole")
	d.Pairs([]Pair{{"Patient", Plain("DUPRÉ")}, {"Né(e) le", Plain("01/02/1959")}, {"Adresse", Plain(strings.Repeat("rue longue ", 30))}})
	d.Clear()
	d.HeadingAt(2, "Sous-section")
	d.HeadingAt(9, "Plus bas que permis")
	d.Text(Run{"gras ", Bold}, Run{"italique ", Italic}, Run{"souligné ", Underline}, Run{"10", 0}, Run{"9", Superscript}, Run{"/L, H", 0}, Run{"2", Subscript}, Run{"O, e\u0301tude ≥ ≤ µ ² ³ ° → ✓ œ € « » 日本", 0})
	d.Items(true, []Item{{Runs: Plain("un"), Items: []Item{{Runs: Plain("a")}, {Runs: Plain(strings.Repeat("mot ", 200))}}}, {Runs: Plain("deux")}})
	d.Grid(Grid{Caption: "Une table", Head: [][]Cell{{{Runs: Plain("A"), Head: true, ColSpan: 2}, {Runs: Plain("B"), Head: true}}}, Body: [][]Cell{
		{{Runs: Plain("r"), RowSpan: 2}, {Runs: Plain("x")}, {Runs: Plain(strings.Repeat("long ", 2000))}}, {{Runs: Plain("y")}, {Runs: Plain("z")}},
		{{Runs: Plain("q"), Head: true}, {Runs: Plain(strings.Repeat("W", 900))}, {}}, {}, {{ColSpan: 99, RowSpan: 99}}}})
	d.Grid(Grid{Body: [][]Cell{make([]Cell, 40), {{Runs: Plain("trop large")}}}})
	for kind, raw := range pictures(t) {
		if err := d.Picture(raw, kind); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	return d
}

func pictures(t testing.TB) map[string][]byte {
	out := map[string][]byte{}
	img := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	gray := image.NewGray(img.Rect)
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7)
	}
	var b bytes.Buffer
	keep := func(name string, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out[name] = bytes.Clone(b.Bytes())
		b.Reset()
	}
	keep("png", png.Encode(&b, img))
	keep("gray png", png.Encode(&b, gray))
	keep("jpeg", jpeg.Encode(&b, img, nil))
	keep("gray jpeg", jpeg.Encode(&b, gray, nil))
	keep("gif", gif.Encode(&b, image.NewPaletted(img.Rect, color.Palette{color.White, color.Black}), nil))
	return out
}

func TestStructure(t *testing.T) {
	for name, d := range map[string]*Document{"letter": sample(), "everything": everything(t), "empty": New(""), "odd": New("\x00\xff \u202e<&>" + strings.Repeat("titre ", 3000))} {
		out := d.Bytes()
		for _, f := range pdftest.Check(out) {
			t.Errorf("%s: %s", name, f)
		}
		if !bytes.Equal(out, d.Bytes()) {
			t.Errorf("%s: a second call gave other bytes", name)
		}
	}
}

// TestVeraPDF asks the reference validator.
func TestVeraPDF(t *testing.T) {
	var files []string
	big := New("Grand")
	for range 9000 {
		big.Paragraph("x")
	}
	for i, d := range []*Document{sample(), everything(t), New(""), New("\x00\xff \u202e<&>" + strings.Repeat("titre ", 3000)), big} {
		f := filepath.Join(t.TempDir(), string(rune('a'+i))+".pdf")
		if err := os.WriteFile(f, d.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	pdftest.VeraPDF(t, files...)
}

func TestFontsAreEmbedded(t *testing.T) {
	f := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(f, everything(t).Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	pdftest.Fonts(t, f)
}

func TestEveryFrenchLetterIsDrawn(t *testing.T) {
	d := New("x")
	d.Paragraph("ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆàâäçéèêëîïôöùûüÿœæ€≥≤±µμ²³°→✓«»’“”–—…×÷½¼α β γ Δ Ω ‰ ♀ ♂ ☐ ☑ \u202f\u2011")
	d.Strong("ÀÉŒœ€≥≤µ²³°→✓«»")
	if got := d.Substituted(); len(got) > 0 {
		t.Errorf("not drawn: %q", string(got))
	}
	d.Paragraph("漢字 e\u0301 漢")
	if got := d.Substituted(); !slices.Equal(got, []rune("字漢")) {
		t.Errorf("%q", string(got))
	}
}

func TestPicturesThatAreNone(t *testing.T) {
	d := New("x")
	ok := pictures(t)["png"]
	huge := bytes.Clone(ok)
	huge[16], huge[20] = 0x7f, 0x7f // width and height
	for name, raw := range map[string][]byte{"empty": nil, "text": []byte("<svg/>"), "cut": ok[:40], "huge": huge, "too long": make([]byte, maxPictureBytes+1)} {
		if err := d.Picture(raw, ""); err == nil {
			t.Errorf("%s: drawn", name)
		}
	}
}

// TestRandomTables draws tables of every shape: nothing hangs, nothing leaves the marks, no cell is lost.
func TestRandomTables(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		d := New("x")
		g := Grid{}
		for i := range r.IntN(30) {
			var row []Cell
			for range r.IntN(10) {
				row = append(row, Cell{Runs: Plain(strings.Repeat("mot ", r.IntN(1+r.IntN(400)))), Head: i == 0, ColSpan: r.IntN(4), RowSpan: r.IntN(5)})
			}
			if i < r.IntN(3) {
				g.Head = append(g.Head, row)
			} else {
				g.Body = append(g.Body, row)
			}
		}
		d.Grid(g)
		for _, f := range pdftest.Check(d.Bytes()) {
			t.Error(f)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add("Titre", "texte\tet\u0301 plus", []byte("x"))
	f.Fuzz(func(t *testing.T, title, text string, picture []byte) {
		d := New(title)
		d.Heading(text)
		d.Text(Run{text, Bold | Underline}, Run{title, Italic | Superscript})
		d.Table([]string{title, text}, [][]string{{text}, {title, text, title}})
		_ = d.Picture(picture, text)
		for _, f := range pdftest.Check(d.Bytes()) {
			t.Error(f)
		}
	})
}

// TestWideTablesLie: a table whose words would be cut stands on pages on their side, its heading
// with it, a second one beside it; what follows stands upright.
func TestWideTablesLie(t *testing.T) {
	wide := func(d *Document) {
		var head, row []string
		for range 13 {
			head, row = append(head, "Administration"), append(row, "PARACÉTAMOL")
		}
		d.Table(head, [][]string{row, row})
	}
	d := New("Prescription")
	d.Heading("Avant")
	d.Paragraph("debout")
	d.Heading("Médicaments")
	wide(d)
	wide(d)
	d.Heading("Après")
	d.Paragraph("debout")
	file := d.Bytes()
	for _, f := range pdftest.Check(file) {
		t.Error(f)
	}
	if got := bytes.Count(file, []byte("/MediaBox[0 0 841.89 595.28]")); got != 1 || len(d.pages) != 3 {
		t.Errorf("%d pages lie of %d", got, len(d.pages))
	}
	if h := d.outline[1]; h.page != d.pages[1] || d.outline[2].page != d.pages[2] {
		t.Error("a heading does not stand with what it names")
	}
}
