package web

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// shownText puts back together what a view shows of a document.
func shownText(v sourceView) (text string, cut, lost int) {
	var b strings.Builder
	for _, block := range v.Blocks {
		if block.Lost {
			lost++
		}
		for i := range block.Rows {
			r := &block.Rows[i]
			if r.First && r.Line > 1 {
				b.WriteByte('\n')
			}
			for _, p := range r.Parts {
				b.WriteString(p.Text)
				cut += p.Cut
			}
		}
	}
	return b.String(), cut, lost
}

// TestSourceIsWhole: whatever the document and the findings, the rows put end to end are the
// document, but for what is said to be folded.
func TestSourceIsWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"<a>", "</a>", "><", "\n", "é", "<observation classCode=\"OBS\">", strings.Repeat("QUJD", 300), " ", "value=\"1>2\"", "\n\n", "𝒳"}
	for range 400 {
		var b strings.Builder
		for range r.IntN(120) {
			b.WriteString(words[r.IntN(len(words))])
		}
		source := []byte(b.String())
		var notes []sourceNote
		for i := range r.IntN(12) {
			from := r.IntN(len(source) + 10)
			notes = append(notes, sourceNote{N: i + 1, Class: "error", Message: "x", from: from, to: from + r.IntN(300)})
		}
		v := viewSource(source, notes)
		text, cut, lost := shownText(v)
		if lost > 0 || v.Cut {
			t.Fatalf("a small document is not whole: %d %v", lost, v.Cut)
		}
		if cut == 0 && len(notes) == 0 && text != string(source) {
			t.Fatalf("%q is shown as %q", source, text)
		}
		if n := len(strings.ReplaceAll(text, "�", "")) + cut; n > len(source) || n < len(source)-8*len(notes)*4 {
			t.Fatalf("%d bytes of %d are accounted for", n, len(source))
		}
		seen := map[int]bool{}
		for _, block := range v.Blocks {
			for _, row := range block.Rows {
				for _, n := range row.Notes {
					seen[n.N] = true
				}
				if row.More > 0 {
					seen[-1] = true
				}
				if block.Folded && len(row.Notes) > 0 {
					t.Fatal("a finding is folded")
				}
			}
		}
		for _, n := range notes {
			if !seen[n.N] && !seen[-1] {
				t.Fatalf("finding %d is beside no row of %q", n.N, source)
			}
		}
	}
}

func TestWhatIsAtFaultIsMarked(t *testing.T) {
	source := []byte("<a>\n <b x=\"1>0\"\n  y=\"2\">\n  <c/>\n </b>\n</a>\n")
	from := bytes.IndexByte(source, 'b') - 1
	v := viewSource(source, []sourceNote{{N: 1, Class: "error", from: from, to: bytes.Index(source, []byte("</b>")) + 4}})
	var marked []string
	for _, r := range v.Blocks[0].Rows {
		for _, p := range r.Parts {
			if p.Class == "error" {
				marked = append(marked, p.Text)
			}
		}
	}
	if got := strings.Join(marked, "|"); got != `<b x="1>0"|y="2">` {
		t.Errorf("the start tag of an element of several lines is marked, not %q", got)
	}
	if len(v.Blocks[0].Rows[1].Notes) != 1 {
		t.Error("the finding is not beside its line")
	}
}

// TestSourceIsBounded: a document of a million lines, one of a single line, a thousand findings.
func TestSourceIsBounded(t *testing.T) {
	v := viewSource(bytes.Repeat([]byte("\n"), 1<<20), []sourceNote{{N: 1, from: 1 << 19, to: 1<<19 + 1}})
	rows := 0
	for _, b := range v.Blocks {
		rows += len(b.Rows)
	}
	if rows > maxShown+maxFolded || !v.Cut {
		t.Errorf("%d rows, cut %v", rows, v.Cut)
	}
	line := []byte(strings.Repeat("<a><b>x</b></a>", 100_000))
	var notes []sourceNote
	for i := range 10_000 {
		notes = append(notes, sourceNote{N: i + 1, Class: "warning", from: i * 150, to: i*150 + 15})
	}
	v = viewSource(line, notes)
	rows, beside := 0, 0
	for _, b := range v.Blocks {
		rows += len(b.Rows)
		for _, r := range b.Rows {
			beside += len(r.Notes) + r.More
		}
	}
	if rows > maxShown+maxFolded {
		t.Errorf("%d rows", rows)
	}
	if v = viewSource(nil, []sourceNote{{N: 1, from: 0, to: 0}}); len(v.Blocks) != 1 {
		t.Errorf("an empty document: %+v", v)
	}
}

func TestNothingHides(t *testing.T) {
	if got := visible([]byte("a\x00b\u202Ec\xFF\td\u00A0é")); got != "a␀b⟦U+202E⟧c�\td\u00A0é" {
		t.Errorf("%q", got)
	}
}

func FuzzSource(f *testing.F) {
	f.Add([]byte("<a>\n<b/></a>"), 3, 7)
	f.Add([]byte(strings.Repeat("x", 2000)), 500, 1500)
	f.Fuzz(func(t *testing.T, source []byte, from, to int) {
		viewSource(source, []sourceNote{{N: 1, Class: "error", from: from, to: to}, {N: 2, Class: "own", from: to, to: from}})
	})
}
