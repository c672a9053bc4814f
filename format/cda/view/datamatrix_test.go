package view

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/datamatrix"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/internal/shareddata"
)

// letterOf is a short letter about somebody.
func letterOf(t *testing.T, matricule, oid, family, givens, sex, birth, county string) *cda.Document {
	t.Helper()
	raw := `<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="1.2.3.4"/><code code="11488-4" codeSystem="2.16.840.1.113883.6.1"/>` +
		`<title>Consultation</title><effectiveTime value="20260312143200+0100"/><languageCode code="fr-FR"/><recordTarget><patientRole><id root="` + oid + `" extension="` + matricule + `"/>` +
		`<patient><name><family qualifier="BR">` + family + `</family><given>` + givens + `</given><given qualifier="BR">` + strings.Fields(givens)[0] + `</given></name>` +
		`<administrativeGenderCode code="` + sex + `" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="` + birth + `"/><birthplace><place><addr><county>` + county + `</county></addr></place></birthplace></patient></patientRole></recordTarget>` +
		`<component><structuredBody><component><section><title>Conclusion</title><text><paragraph>Patiente stable.</paragraph></text></section></component></structuredBody></component></ClinicalDocument>`
	d, err := cda.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const wanted = "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE MARIE-LOUISE\x1dS4PAT-TROIS\x1dS5FS628-03-1979S751215"

func dominique(t *testing.T) *cda.Document {
	return letterOf(t, "279035121518989", "1.2.250.1.213.1.4.10", "PAT-TROIS", "DOMINIQUE MARIE-LOUISE", "F", "19790328", "51215")
}

// TestWhoHasADatamatrix: an INS of today, every strict trait in capitals, the right key except in tests.
func TestWhoHasADatamatrix(t *testing.T) {
	const test, prod, nia, demo = "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.11"
	for name, x := range map[string]struct {
		d    *cda.Document
		want bool
	}{
		"test":             {dominique(t), true},
		"production":       {letterOf(t, "279035121518989", prod, "PAT-TROIS", "DOMINIQUE", "F", "19790328", "51215"), true},
		"NIA":              {letterOf(t, "279035121518989", nia, "PAT-TROIS", "DOMINIQUE", "F", "19790328", "51215"), true},
		"demonstration":    {letterOf(t, "279035121518989", demo, "PAT-TROIS", "DOMINIQUE", "F", "19790328", "51215"), true},
		"wrong key, test":  {letterOf(t, "279035121518900", test, "PAT-TROIS", "DOMINIQUE", "F", "19790328", "51215"), true},
		"wrong key":        {letterOf(t, "279035121518900", prod, "PAT-TROIS", "DOMINIQUE", "F", "19790328", "51215"), false},
		"INS-C":            {letterOf(t, "279035121518989", "1.2.250.1.213.1.4.2", "PAT-TROIS", "DOMINIQUE", "F", "19790328", "51215"), false},
		"local identifier": {letterOf(t, "279035121518989", "1.2.3", "PAT-TROIS", "DOMINIQUE", "F", "19790328", "51215"), false},
		"no birth place":   {letterOf(t, "279035121518989", test, "PAT-TROIS", "DOMINIQUE", "F", "19790328", ""), false},
		"no full date":     {letterOf(t, "279035121518989", test, "PAT-TROIS", "DOMINIQUE", "F", "1979", "51215"), false},
		"unknown sex":      {letterOf(t, "279035121518989", test, "PAT-TROIS", "DOMINIQUE", "UN", "19790328", "51215"), false},
		"small letters":    {letterOf(t, "279035121518989", test, "Pat-Trois", "DOMINIQUE", "F", "19790328", "51215"), false},
	} {
		_, got := Datamatrix(&x.d.Patient)
		if html := bytes.Contains(HTML(x.d), []byte(`aria-label="Datamatrix INS"`)); got != x.want || html != x.want {
			t.Errorf("%s: %v, on the page %v, want %v", name, got, html, x.want)
		}
	}
}

// TestThePageIsScanned rasterises the drawing of the page and gives it to gozxing.
func TestThePageIsScanned(t *testing.T) {
	page := string(HTML(dominique(t)))
	if !regexp.MustCompile(`<figure class="ins"><svg width="\d+(\.5)?mm" [^>]*role="img" aria-label="Datamatrix INS"`).MatchString(page) {
		t.Error("no drawing with its size and its words")
	}
	box := regexp.MustCompile(`viewBox="0 0 (\d+) `).FindStringSubmatch(page)
	if box == nil {
		t.Fatal("no drawing")
	}
	side, _ := strconv.Atoi(box[1])
	const scale = 4
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-`).FindAllStringSubmatch(page, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		n, _ := strconv.Atoi(m[3])
		draw.Draw(img, image.Rect(x*scale, y*scale, (x+n)*scale, (y+1)*scale), image.Black, image.Point{}, draw.Src)
	}
	if got := scan(t, img); got != wanted {
		t.Errorf("the page says %q", got)
	}
}

func scan(t *testing.T, img image.Image) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := zxing.NewDataMatrixReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		t.Errorf("gozxing: %v", err)
		return ""
	}
	return got.GetText()
}

// TestThePaperIsScanned draws the PDF as a printer would and gives it to gozxing and to dmtxread.
func TestThePaperIsScanned(t *testing.T) {
	toppm, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm is not installed (poppler-utils): the PDF was not read")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "lettre.pdf")
	if err := os.WriteFile(file, PDF(dominique(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	dmtx, noDmtx := exec.LookPath("dmtxread")
	for _, dpi := range []int{150, 200, 300} {
		out := filepath.Join(dir, fmt.Sprint(dpi))
		if msg, err := exec.Command(toppm, "-png", "-gray", "-singlefile", "-r", fmt.Sprint(dpi), file, out).CombinedOutput(); err != nil {
			t.Fatalf("pdftoppm: %v %s", err, msg)
		}
		raw, err := os.ReadFile(out + ".png")
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		s, _ := Datamatrix(&dominique(t).Patient)
		if got := scan(t, around(img, dpi, float64(s.Size()+2)*modulePoints)); got != wanted {
			t.Errorf("%d dpi: gozxing reads %q", dpi, got)
		}
		if noDmtx != nil {
			continue
		}
		got, err := exec.Command(dmtx, "-N1", "-m", "20000", out+".png").Output()
		if err != nil || string(got) != wanted {
			t.Errorf("%d dpi: dmtxread reads %q, %v", dpi, got, err)
		}
	}
	if noDmtx != nil {
		t.Skip("dmtxread is not installed (dmtx-utils): only gozxing read the paper")
	}
}

// around cuts the symbol out of a page: the square at the right of the header, two modules of border off.
func around(page image.Image, dpi int, side float64) image.Image {
	px := func(points float64) int { return int(points * float64(dpi) / 72) }
	r := image.Rect(px(539.28-side-modulePoints), px(841.89-748), px(539.28), px(841.89-748+side+modulePoints))
	out := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
	for y := range r.Dy() {
		for x := range r.Dx() {
			g, _ := color.GrayModel.Convert(page.At(r.Min.X+x, r.Min.Y+y)).(color.Gray)
			out.SetGray(x, y, g)
		}
	}
	return out
}

// TestOfficialExamplesCarryADatamatrix: their patients are test people with all their traits.
func TestOfficialExamplesCarryADatamatrix(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	drawn := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cda.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		_, ok := Datamatrix(&d.Patient)
		if ok {
			drawn++
		}
		if html := bytes.Contains(HTML(d), []byte(symbolLabel)); html != ok {
			t.Errorf("%s: %v, on the page %v", filepath.Base(f), ok, html)
		}
	}
	t.Logf("%d of %d examples say enough", drawn, len(files))
	if drawn < len(files)/2 {
		t.Errorf("only %d of %d examples carry a Datamatrix", drawn, len(files))
	}
}
