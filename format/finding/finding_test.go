package finding

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestEveryKindHasAnHTTPStatus(t *testing.T) {
	for k := Invalid; k <= Internal; k++ {
		if s := k.HTTPStatus(); s < 400 || s > 599 {
			t.Errorf("kind %d: %d", k, s)
		}
	}
	for _, k := range []Kind{-1, 0, Internal + 1} {
		if s := k.HTTPStatus(); s != 500 {
			t.Errorf("kind %d, which nobody set: %d", k, s)
		}
	}
}

func TestRefusalsCompareByID(t *testing.T) {
	base := &Refusal{ID: "A", Message: T("non", "no")}
	err := fmt.Errorf("deposit: %w", base.At("title").With(errors.New("inner")))
	if !errors.Is(err, base) || As(err) == nil || As(err).Where != "title" || base.Where != "" {
		t.Fatalf("%v", err)
	}
	if errors.Is(err, &Refusal{ID: "B"}) || As(errors.New("other")) != nil {
		t.Fatal("two refusals are taken for one")
	}
}

func TestNearestWord(t *testing.T) {
	for word, want := range map[string]string{"creatoin": "creation", "statut": "status", "": "type", "STATUS": "status", strings.Repeat("x", 1<<20) + "status": "creation"} {
		if got := Nearest(word, []string{"creation", "status", "type"}); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestPlacesInWords(t *testing.T) {
	for want, p := range map[string]Place{"/a/b ligne/line 3": {XPath: "/a/b", Line: 3}, "/a/b": {XPath: "/a/b"}, "ligne/line 3": {Line: 3}, "": {}} {
		if got := p.Words(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTextSpeaksTheLanguageAskedFrenchOtherwise(t *testing.T) {
	x := Tf("%d jours", "%d days", 3)
	for lang, want := range map[string]string{"en": "3 days", "en-GB": "3 days", "fr": "3 jours", "de": "3 jours", "": "3 jours"} {
		if got := x.In(lang); got != want {
			t.Errorf("%q: %q", lang, got)
		}
	}
}
