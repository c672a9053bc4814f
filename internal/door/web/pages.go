package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"
	"sync"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/ins"
)

//go:embed all:templates
var templateFiles embed.FS

// words is a part of the catalogue: every sentence of the pages, in both languages, under a key.
type words map[string]finding.Text

// catalogue is all of them.
var catalogue = func() words {
	all := words{}
	for _, part := range []words{wordsCommon, wordsRecord, wordsDocument, wordsSpace, wordsConnexion, wordsDesk, wordsDirectory, wordsStructure, wordsControl, wordsMail, wordsMailCitizen} {
		for k, t := range part {
			if _, twice := all[k]; twice {
				panic("web: word " + k + " is defined twice")
			}
			all[k] = t
		}
	}
	return all
}()

// say gives a sentence; args fill its verbs. An unknown key shows itself, and fails a test.
func say(lang, key string, args ...any) string {
	t, ok := catalogue[key]
	if !ok {
		return "[" + key + "]"
	}
	if len(args) == 0 {
		return t.In(lang)
	}
	return fmt.Sprintf(t.In(lang), args...)
}

// count chooses between key+".one" and key+".many" as the language counts: French says zero in
// the singular.
func count(lang, key string, n int) string {
	if n == 1 || n == 0 && lang == "fr" {
		return say(lang, key+".one", n)
	}
	return say(lang, key+".many", n)
}

func (q *request) t(key string, args ...any) string { return say(q.lang, key, args...) }

// pageSet is every page in one language. A page is put together at its first use and kept: all of
// them at once would weigh tens of megabytes, most of which a day never shows.
type pageSet struct {
	parts *template.Template // cloned, never executed

	mu     sync.Mutex
	byName map[string]*template.Template // nil until used
}

func (s *pageSet) execute(w io.Writer, name string, data any) error {
	t, err := s.page(name)
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(w, "page", data)
}

func (s *pageSet) page(name string) (*template.Template, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.byName[name]
	if !known {
		return nil, fmt.Errorf("web: no page %s", name)
	}
	if t != nil {
		return t, nil
	}
	t, err := s.parts.Clone()
	if err == nil {
		t, err = t.ParseFS(templateFiles, "templates/"+name+".html")
	}
	if err == nil {
		s.byName[name] = t
	}
	return t, err
}

// loadPages reads the parts once per language: files beginning with _ are parts, the others are
// pages.
func (d *Door) loadPages() map[string]*pageSet {
	out := map[string]*pageSet{}
	list, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err)
	}
	for _, lang := range []string{"fr", "en"} {
		set := &pageSet{byName: map[string]*template.Template{}}
		set.parts = template.Must(template.New("").Funcs(d.functions(lang)).ParseFS(templateFiles, "templates/_*.html"))
		for _, f := range list {
			if name, ok := strings.CutSuffix(f.Name(), ".html"); ok && !strings.HasPrefix(name, "_") {
				set.byName[name] = nil
			}
		}
		out[lang] = set
	}
	return out
}

func (d *Door) functions(lang string) template.FuncMap {
	return template.FuncMap{
		"t":        func(key string, args ...any) string { return say(lang, key, args...) },
		"count":    func(key string, n int) string { return count(lang, key, n) },
		"asset":    func(name string) string { return d.assets.byName[name] },
		"date":     func(v any) string { return dateWords(lang, v) },
		"clock":    func(v any) string { return clockWords(lang, v) },
		"typed":    typedDate,
		"link":     func(k string) string { return ins.Links[k].In(lang) },
		"phone":    phoneWords,
		"num":      func(s string) string { return number(lang, s) },
		"dict":     dict,
		"reversed": reversed,
		"initials": initials,
		"icon":     func(name string) icon { return icon{name, d.assets.byName["icons.svg"]} },
		"lang":     func() string { return lang },
	}
}

// icon names a drawing of the sprite.
type icon struct{ Name, Sprite string }

// dict passes several values to a part.
func dict(kv ...any) (map[string]any, error) {
	if len(kv)%2 != 0 {
		return nil, fmt.Errorf("web: odd dict")
	}
	m := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		k, ok := kv[i].(string)
		if !ok {
			return nil, fmt.Errorf("web: dict key %v", kv[i])
		}
		m[k] = kv[i+1]
	}
	return m, nil
}

// view is what every template sees; P is what this page is about.
type view struct {
	Name, Lang, Theme string
	Dense             bool
	SignedIn, Citizen bool
	Staff             bool   // of a structure: no profession, no record of their own
	SearchTo          string // where a search for a person goes
	Who, Role, Place  string
	Token             string
	Home              string
	Flash             *flash
	Demo              bool
	Controle          bool // documents may be checked here
	Mail              bool // there is a secure mail here
	Unread            int  // messages not read, in the mailboxes of who is signed in
	P                 any

	here *url.URL
}

func (q *request) view(name string, data any) *view {
	v := &view{Name: name, Lang: q.lang, Theme: q.theme, Dense: q.dense, Home: q.homePath(), Demo: q.d.Personas != nil, Controle: q.d.Controle != nil, P: data, here: q.r.URL}
	if name == "error" {
		v.here = &url.URL{} // the address is not repeated
	}
	if v.Theme == "auto" {
		v.Theme = ""
	}
	if q.s == nil {
		return v
	}
	v.SignedIn, v.Citizen = true, q.caller.Citizen
	if v.Staff, v.SearchTo = !v.Citizen && q.caller.Profession == "", "/recherche"; v.Staff {
		v.SearchTo = deskPath
	}
	v.Mail = q.d.Mail != nil
	v.Who, v.Role, v.Place, v.Token = q.caller.Name, q.roleWords(), q.caller.StructureName, q.d.formToken(q.s)
	if name == "error" {
		// The page of what is not the reader's and of what never existed are the same, to the byte.
		v.Token = q.d.formTokenWith(q.s, q.d.mac("error", q.s.id))
		return v
	}
	v.Flash = q.s.takeFlash()
	v.Unread = q.unread()
	return v
}

// roleWords names the role of who is signed in, in the reader's language.
func (q *request) roleWords() string {
	if q.caller.Citizen {
		return q.t("role.citoyen")
	}
	if p := q.d.Annuaire.Professional(q.caller.ID); p != nil && q.lang == "en" && p.RoleEN != "" {
		return p.RoleEN
	}
	return q.caller.Role
}

// With gives the address of this page with one preference or choice changed; the rest stays.
func (v *view) With(name, value string) string {
	values := v.here.Query()
	for _, transient := range []string{"lang", "theme", "densite"} {
		values.Del(transient)
	}
	values.Set(name, value)
	return v.here.EscapedPath() + "?" + values.Encode()
}

// OtherLang is the language offered by the link of every page.
func (v *view) OtherLang() string {
	if v.Lang == "fr" {
		return "en"
	}
	return "fr"
}

// Nav tells whether a page of the menu is the current one.
func (v *view) Nav(names ...string) bool {
	for _, n := range names {
		if v.Name == n {
			return true
		}
	}
	return false
}

// MailPage tells whether a page needs the style and the keys of the mail.
func (v *view) MailPage() bool {
	return v.Mail && (strings.HasPrefix(v.Name, "message") || v.Name == "document")
}

// Extra tells whether a page needs the style of the desk, the directory and the structure.
func (v *view) Extra() bool {
	return v.Nav("home", "identites", "creation", "identite", "insi", "fusion", "fiche", "lecture", "annuaire", "annuaire-professionnel", "annuaire-structure", "structure", "membre", "compte")
}

// initials takes two letters of a name, for a medallion.
func initials(name string) string {
	out := ""
	for _, w := range strings.Fields(name) {
		switch w {
		case "Dr", "Pr", "M.", "Mme":
			continue
		}
		if len([]rune(out)) < 2 {
			out += string([]rune(w)[0])
		}
	}
	return strings.ToUpper(out)
}

// reversed gives a list from its end: tables show the newest first, curves the oldest.
func reversed(list []chartPoint) []chartPoint {
	out := make([]chartPoint, len(list))
	for i, x := range list {
		out[len(list)-1-i] = x
	}
	return out
}
