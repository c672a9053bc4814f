package annuaire

import (
	"bytes"
	"testing"

	"github.com/socle-sante/socle/format/rass"
)

// FuzzImport: whatever an extraction holds, it is taken or refused, the directory answers after it,
// and the same file again changes nothing.
func FuzzImport(f *testing.F) {
	var b bytes.Buffer
	if err := rass.Generate(&b, 6, 1); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes(), false)
	whole := New()
	if r, err := rass.NewReader(&b); err == nil {
		_, _ = whole.Import(ImportOptions{JeuDeTest: true}, r)
	}
	for _, k := range []rass.Kind{rass.PersonneActivite, rass.DiplomeAutorisation, rass.SavoirFaire, rass.MSSante} {
		var out bytes.Buffer
		w := rass.NewWriter(&out, k)
		if err := whole.Export(k, w); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes(), true)
	}
	f.Fuzz(func(t *testing.T, file []byte, partial bool) {
		a := New()
		take := func() *Report {
			r, err := rass.NewReader(bytes.NewReader(file))
			if err != nil {
				return nil
			}
			report, err := a.Import(ImportOptions{JeuDeTest: true, Partial: partial}, r)
			if err != nil {
				return nil
			}
			return report
		}
		if take() == nil {
			return
		}
		if again := take(); again == nil || again.Added+again.Changed+again.Removed != 0 {
			t.Errorf("the same file again: %+v", again)
		}
		for _, k := range Kinds {
			if _, err := a.Search(Query{Kind: k, Count: 10}); err != nil {
				t.Error(err)
			}
		}
	})
}
