package web

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/domain/acces"
)

var verbs = regexp.MustCompile(`%[sd]`)

// TestCatalogue: every word is in both languages with the same verbs, every word asked for exists,
// no word is left over.
func TestCatalogue(t *testing.T) {
	for key, text := range catalogue {
		if strings.TrimSpace(text.FR) == "" || strings.TrimSpace(text.EN) == "" {
			t.Errorf("%s lacks a language", key)
		}
		if a, b := strings.Join(verbs.FindAllString(text.FR, -1), ""), strings.Join(verbs.FindAllString(text.EN, -1), ""); a != b {
			t.Errorf("%s takes %s in French, %s in English", key, a, b)
		}
	}
	used := map[string]bool{}
	direct := regexp.MustCompile(`(?:\bt|count) "([a-zA-Z0-9.\-_]+)"|\b(?:t|say|count)\((?:lang, |q\.lang, )?"([a-zA-Z0-9.\-_]+)"|add\("(fact\.[a-z]+)"`)
	var sources strings.Builder
	for _, dir := range []string{".", "templates"} {
		list, err := fs.ReadDir(os.DirFS(dir), ".")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.IsDir() || strings.HasSuffix(f.Name(), "_test.go") || strings.HasPrefix(f.Name(), "words_") {
				continue
			}
			b, err := os.ReadFile(dir + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(b)
			for _, m := range direct.FindAllStringSubmatch(string(b), -1) {
				key := m[1] + m[2] + m[3]
				_, one := catalogue[key]
				_, many := catalogue[key+".many"]
				used[key], used[key+".one"], used[key+".many"] = true, true, true
				if !one && !many && !strings.HasSuffix(key, ".") {
					t.Errorf("%s: no word %q", f.Name(), key)
				}
			}
		}
	}
	all := sources.String()
	built := regexp.MustCompile(`^(kind|kinds|step|trait|attr|event|right|piece\.group|persona|reason|why|did|i|tried|sex|born|choice|flash|access\.filter|compare|state|tray|proof|suggest|folder|bal|mail\.born)\.`)
	for key := range catalogue {
		if !used[key] && !strings.Contains(all, `"`+key+`"`) && !built.MatchString(key) {
			t.Errorf("%s is never said", key)
		}
	}
	for id := range acces.Reasons {
		if _, ok := catalogue["why."+id]; !ok {
			t.Errorf("the person is never told what %s means", id)
		}
	}
	for _, k := range kinds {
		for _, p := range []string{"kind.", "kinds."} {
			if _, ok := catalogue[p+string(k)]; !ok {
				t.Errorf("no word %s%s", p, k)
			}
		}
	}
}
