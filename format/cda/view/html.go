package view

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/compare"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/nos"
)

// Bounds of what one page carries as data addresses: files to keep, and PDF shown in place.
const (
	maxInlineFile = 16 << 20
	maxShownPDF   = 6 << 20
	maxFiles      = 50
	maxTextFile   = 1 << 20
)

// prefix goes before the ids of the narrative, so that they meet none of ours.
const prefix = "n-"

// policy lets the page show what it holds and nothing else: no script, nothing from elsewhere.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; object-src data:; frame-src data:; base-uri 'none'; form-action 'none'"
}()

type sheet struct {
	bytes.Buffer
	o        Options
	d        *cda.Document
	compared map[int][]compare.Item
}

func (b *sheet) f(format string, args ...any) { fmt.Fprintf(&b.Buffer, format, args...) }

func esc(s string) string { return html.EscapeString(strings.ToValidUTF8(s, "�")) }

// HTML writes the document as one page that needs nothing else.
func HTML(d *cda.Document, options ...Options) []byte {
	b := &sheet{o: with(options), d: d}
	var list []compare.Section
	if !b.o.Plain {
		list = compare.Of(d)
	}
	b.compared = itemsOf(list)
	t := title(d)
	b.f(`<!doctype html><html lang="%s"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="%s"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>%s</title><style>%s</style></head><body><main>`,
		b.o.Lang, policy, esc(t), style)
	b.head(t)
	b.summary(list)
	b.contents()
	b.sections()
	b.files()
	b.details()
	b.f(`<footer><p>%s</p></footer></main></body></html>`, esc(d.UniqueID()))
	return b.Bytes()
}

func (b *sheet) pairs(list facts) {
	b.WriteString("<dl>")
	for _, f := range list {
		b.f("<div><dt>%s</dt><dd>%s</dd></div>", esc(f.Label), esc(f.Text))
	}
	b.WriteString("</dl>")
}

// head is the banner: what the document is, whose it is, who wrote it.
func (b *sheet) head(t string) {
	b.f(`<header class="banner"><p class="kind">%s</p><h1>%s</h1>`, esc(nos.TypeLabel(b.d.Code.Code).In(b.o.Lang)), esc(t))
	b.f(`<div class="who"><section aria-label="%s"><p class="name">%s</p>`, b.o.say("Patient", "Patient"), esc(b.d.Patient.Shown()))
	b.pairs(identity(b.d, b.o))
	b.WriteString("</section>" + symbolHTML(&b.d.Patient) + "</div>")
	b.f(`<section class="from" aria-label="%s">`, b.o.say("Origine", "Origin"))
	b.pairs(origin(b.d, b.o))
	b.WriteString("</section></header>")
}

// summary says at the top whether text and coded data say the same.
func (b *sheet) summary(list []compare.Section) {
	n := compare.Count(list)
	if n[compare.Differs]+n[compare.OnlyNarrative] == 0 {
		return
	}
	b.f(`<aside class="warn"><p><strong>%s</strong></p><ul>`, b.o.say("Le texte et les données codées ne disent pas toujours la même chose.", "The text and the coded data do not always say the same."))
	for _, s := range list {
		c := compare.Count([]compare.Section{s})
		if c[compare.Differs]+c[compare.OnlyNarrative] == 0 {
			continue
		}
		var say []string
		for _, st := range []compare.State{compare.Differs, compare.OnlyNarrative} {
			if c[st] > 0 {
				say = append(say, counted(st, c[st], b.o))
			}
		}
		name := s.Title
		if name == "" {
			name = b.o.say("Section sans titre", "Untitled section")
		}
		b.f(`<li><a href="#d%d">%s</a> : %s</li>`, s.Of.Node.Number(), esc(name), strings.Join(say, ", "))
	}
	b.WriteString("</ul></aside>")
}

// contents is the foldable table of contents.
func (b *sheet) contents() {
	n := 0
	for s := range b.d.Body.Walk {
		if sectionTitle(s) != "" {
			n++
		}
	}
	if n < 3 {
		return
	}
	b.f(`<details class="toc"><summary>%s</summary><nav aria-label="%s"><ul>`, b.o.say("Sommaire", "Contents"), b.o.say("Sommaire", "Contents"))
	for s := range b.d.Body.Walk {
		if t := sectionTitle(s); t != "" {
			b.f(`<li class="l%d"><a href="#s%d">%s</a></li>`, min(s.Depth, 4), s.Node.Number(), esc(t))
		}
	}
	b.WriteString("</ul></nav></details>")
}

func (b *sheet) sections() {
	pictures := narrative.FromDocument(b.d, nil)
	for _, s := range b.d.Body.Sections {
		b.section(s, narrative.Options{Media: pictures, IDPrefix: prefix}, 1)
	}
}

// maxSections bounds the nesting of sections shown within each other.
const maxSections = 64

func (b *sheet) section(s *cda.Section, o narrative.Options, depth int) {
	if depth > maxSections {
		return
	}
	n := s.Node.Number()
	b.f(`<section class="sec" id="s%d">`, n)
	if t := sectionTitle(s); t != "" {
		level := min(s.Depth+1, 6)
		b.f("<h%d>%s</h%d>", level, esc(t), level)
	}
	items := b.compared[n]
	if s.Text.Exists() || len(items) > 0 {
		b.WriteString(`<div class="sides"><div class="text">`)
		b.Write(wrapTables(narrative.HTML(nil, s.Text, o)))
		b.WriteString("</div>")
		b.coded(n, items)
		b.WriteString("</div>")
	}
	for _, sub := range s.Sections {
		b.section(sub, o, depth+1)
	}
	b.WriteString("</section>")
}

// wrapTables lets wide tables scroll by themselves. The narrative package writes every tag, so
// that «<table» can be no word of the document.
func wrapTables(raw []byte) []byte {
	s := strings.ReplaceAll(string(raw), "<table", `<div class="scroll"><table`)
	return []byte(strings.ReplaceAll(s, "</table>", "</table></div>"))
}

// coded shows the coded data of a section beside its text; open when they differ.
func (b *sheet) coded(n int, items []compare.Item) {
	if len(items) == 0 {
		return
	}
	open := ""
	if c := compare.Count([]compare.Section{{Items: items}}); c[compare.Differs]+c[compare.OnlyNarrative] > 0 {
		open = " open"
	}
	b.f(`<details class="coded" id="d%d"%s><summary>%s <span>%s</span></summary><div class="scroll"><table><caption class="sr">%s</caption><thead><tr><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>`,
		n, open, b.o.say("Données codées", "Coded data"), esc(said(items, b.o)), b.o.say("Données codées de la section, comparées à son texte", "Coded data of the section, compared with its text"),
		b.o.say("Donnée", "Fact"), b.o.say("Codé", "Coded"), b.o.say("Dans le texte", "In the text"))
	for _, it := range worstFirst(items) {
		about := it.About
		if about == "" || about == it.Coded {
			about = kindLabel(it.Kind, b.o)
		}
		b.f(`<tr class="%s"><th scope="row">`, it.State)
		if it.Ref != "" {
			b.f(`<a href="#%s">%s</a>`, esc(prefix+it.Ref), esc(about))
		} else {
			b.WriteString(esc(about))
		}
		b.f(`<small>%s</small></th><td>%s</td><td>%s<em>%s</em></td></tr>`, kindLabel(it.Kind, b.o), esc(it.Coded), esc(shownInText(it)), stateLabel(it.State, b.o))
	}
	b.WriteString("</tbody></table></div></details>")
}

func shownInText(it compare.Item) string {
	if it.State == compare.Same {
		return ""
	}
	return squeeze(it.Shown)
}

// files gives what the document holds: the body of an N1, and the files of an N3 that the
// narrative does not draw.
func (b *sheet) files() {
	if f := b.d.Body.File; f != nil {
		b.file(f, b.o.say("Document", "Document"), PDFName(b.d), true)
	}
	n := 0
	own := b.d.PDF()
	for _, m := range b.d.Media() {
		if narrative.IsImage(m.File.MediaType) || n == maxFiles {
			continue
		}
		n++
		name := squeeze(m.Type.Label())
		if name == "" {
			name = b.o.say("Fichier joint", "Attached file")
		}
		b.file(m.File, name, plainWord(name)+".pdf", own != nil && m.File.Start == own.Start)
	}
}

// file offers one file to keep; a PDF or a picture is also shown in place. The type comes from the
// bytes, never from what the document says.
func (b *sheet) file(f *cda.Encapsulated, label, name string, show bool) {
	raw, err := f.Decode(maxInlineFile)
	if err != nil {
		b.f(`<section class="file"><h2>%s</h2><p>%s</p></section>`, esc(label), b.o.say("Ce fichier est illisible ou trop grand pour cette page.", "This file cannot be read, or is too large for this page."))
		return
	}
	kind := sniff(raw)
	b.f(`<section class="file"><h2>%s</h2>`, esc(label))
	switch {
	case kind == "text/plain" && len(raw) <= maxTextFile:
		b.f(`<pre>%s</pre></section>`, esc(string(raw)))
		return
	case strings.HasPrefix(kind, "image/"):
		b.f(`<p><img alt="%s" src="data:%s;base64,%s"></p></section>`, esc(label), kind, base64.StdEncoding.EncodeToString(raw))
		return
	case kind != "application/pdf":
		kind, name = "application/octet-stream", strings.TrimSuffix(name, ".pdf")+".bin"
	}
	data := base64.StdEncoding.EncodeToString(raw)
	b.f(`<p><a class="keep" download="%s" href="data:%s;base64,%s">%s (%d %s)</a></p>`, esc(name), kind, data, b.o.say("Enregistrer le fichier", "Save the file"), (len(raw)+1023)/1024, b.o.say("Ko", "kB"))
	if show && kind == "application/pdf" && len(raw) <= maxShownPDF {
		b.f(`<object type="application/pdf" data="data:application/pdf;base64,%s" aria-label="%s"><p>%s</p></object>`, data, esc(label), b.o.say("Votre navigateur n'affiche pas les PDF : enregistrez le fichier.", "Your browser does not show PDF files: save the file."))
	}
	b.WriteString("</section>")
}

// sniff tells what a file is by its first bytes; "" when it is nothing that is shown.
func sniff(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("%PDF-")):
		return "application/pdf"
	case bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(raw, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(raw, []byte("GIF8")):
		return "image/gif"
	case utf8.Valid(raw) && !bytes.ContainsRune(raw, 0) && !bytes.HasPrefix(raw, []byte(`{\rtf`)):
		return "text/plain"
	}
	return ""
}

func (b *sheet) details() {
	list := details(b.d, b.o)
	b.f(`<details class="more"><summary>%s</summary>`, b.o.say("Détails de l'en-tête", "Header details"))
	b.pairs(list)
	b.WriteString("</details>")
}
