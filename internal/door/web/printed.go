package web

import (
	"strings"

	"github.com/socle-sante/socle/format/pdf/pdftext"
)

// printed is what the words of a PDF become on a page: titles, paragraphs, and rows whose cells
// stand apart.
type printed struct {
	Title bool
	Text  string
	Cells []string
}

// printedText puts the lines of a PDF back in paragraphs: lines of one size, weight and margin
// that follow each other are one.
func printedText(pdf []byte) []printed {
	lines := pdftext.Lines(pdf)
	body := bodySize(lines)
	var out []printed
	for i, l := range lines {
		text := strings.TrimSpace(l.Text)
		if text == "" {
			continue
		}
		if cells := strings.Split(text, "\t"); len(cells) > 1 {
			out = append(out, printed{Cells: cells})
			continue
		}
		title := l.Size > body*1.12 || l.Bold && len(text) < 90
		if n := len(out); n > 0 && i > 0 && out[n-1].Cells == nil && out[n-1].Title == title && follows(lines[i-1], l) {
			out[n-1].Text += " " + text
			continue
		}
		out = append(out, printed{Title: title, Text: text})
	}
	return out
}

// follows tells whether a line goes on with the one above.
func follows(above, l pdftext.Line) bool {
	for _, mark := range []string{"–", "-", "•"} {
		if strings.HasPrefix(l.Text, mark) {
			return false
		}
	}
	gap := above.Y - l.Y
	return above.Page == l.Page && above.Size == l.Size && above.Bold == l.Bold && gap > 0 && gap < 1.6*l.Size && above.X-l.X < l.Size && l.X-above.X < l.Size &&
		!strings.HasSuffix(above.Text, ".") && !strings.Contains(above.Text, "\t") && len(above.Text) > 60
}

// bodySize is the size most letters have.
func bodySize(lines []pdftext.Line) float64 {
	count := map[float64]int{}
	best := 0.0
	for _, l := range lines {
		count[l.Size] += len(l.Text)
		if count[l.Size] > count[best] {
			best = l.Size
		}
	}
	return best
}
