package web_test

import (
	"html"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/shareddata"
)

// TestEveryExampleIsReadable: every official example that is accepted opens as a page that shows
// its title, its patient, its author, and words or a PDF.
func TestEveryExampleIsReadable(t *testing.T) {
	dir := shareddata.Dir(t, "cda")
	w := newWorld(t)
	before := len(w.documents)
	w.examples(dir)
	if w.deposited < 40 {
		t.Fatalf("%d deposited, %d refused", w.deposited, w.refused)
	}
	v := w.visitor("medecin-generaliste")
	opened := 0
	for name, e := range w.documents {
		if strings.HasPrefix(name, "bio-") || strings.HasPrefix(name, "n1-") {
			continue
		}
		path := w.door.DocumentPath(w.dominique.ID, e)
		for _, view := range []string{"", "?vue=texte", "?vue=original"} {
			if code := v.get(path + view); code != 200 {
				t.Fatalf("%s%s: %d", name, view, code)
			}
			if view == "?vue=original" {
				continue
			}
			text := html.UnescapeString(visible(v.last))
			if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(e.Title), " ")) || !strings.Contains(text, "DARC") {
				t.Errorf("%s%s: the title %q or the patient is not shown", name, view, e.Title)
			}
			_, after, _ := strings.Cut(v.last, `<nav class="tabs" aria-label="Vues du document">`)
			body, _, _ := strings.Cut(after, `<footer class="provenance">`)
			if words := len(strings.Fields(visible(body))); words < 15 && !strings.Contains(body, "pdf-frame") {
				t.Errorf("%s%s: %d words and no PDF", name, view, words)
			}
			if strings.Contains(body, "<script") || strings.Contains(body, "javascript:") {
				t.Errorf("%s%s carries a script", name, view)
			}
		}
		opened++
	}
	if opened != len(w.documents)-before {
		t.Errorf("%d opened of %d", opened, len(w.documents)-before)
	}
}
