package web

import (
	"errors"
	"html/template"
	"io"
	"testing"
)

// Every page is well formed, although none is put together before its first use.
func TestEveryPageParses(t *testing.T) {
	d := &Door{}
	d.assets = loadAssets()
	for lang, set := range d.loadPages() {
		if len(set.byName) < 40 {
			t.Fatalf("%d pages in %s", len(set.byName), lang)
		}
		for name := range set.byName {
			page, err := set.page(name)
			if err != nil {
				t.Errorf("%s, %s: %v", name, lang, err)
				continue
			}
			// Escaping is checked before the missing data fails.
			var wrong *template.Error
			if err := page.ExecuteTemplate(io.Discard, "page", nil); errors.As(err, &wrong) {
				t.Errorf("%s, %s: %v", name, lang, wrong)
			}
			if again, err := set.page(name); err != nil || again != page {
				t.Errorf("%s, %s: made twice", name, lang)
			}
		}
	}
}
