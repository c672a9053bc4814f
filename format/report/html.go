package report

import (
	"bytes"
	"html/template"
	"io"
	"unicode/utf8"
)

// htmlWriter writes one page that needs nothing else: no script, no address.
type htmlWriter struct {
	w      io.Writer
	o      Options
	opened bool
}

func (h *htmlWriter) open() error {
	if h.opened {
		return nil
	}
	h.opened = true
	return page.ExecuteTemplate(h.w, "head", map[string]any{"Lang": h.lang()})
}

func (h *htmlWriter) lang() string {
	if h.o.Lang == "en" {
		return "en"
	}
	return "fr"
}

func (h *htmlWriter) Write(f *File, source []byte) error {
	if err := h.open(); err != nil {
		return err
	}
	type row struct {
		Name   string
		Errors int
		Warns  int
	}
	type item struct {
		Finding
		Excerpt Excerpt
	}
	data := map[string]any{"Lang": h.lang(), "F": f}
	var rows []row
	for _, l := range f.levels() {
		rows = append(rows, row{Word(l, h.o.Lang), f.count(l).Errors, f.count(l).Warnings})
	}
	var items []item
	for _, x := range f.Findings {
		items = append(items, item{x, Cut(source, x.Offset, x.End)})
	}
	data["Levels"], data["Items"] = rows, items
	return page.ExecuteTemplate(h.w, "file", data)
}

func (h *htmlWriter) Close() error {
	if err := h.open(); err != nil {
		return err
	}
	return page.ExecuteTemplate(h.w, "foot", nil)
}

// Excerpt is the line of a finding in three parts, what is at fault in the middle.
type Excerpt struct{ Before, Fault, After string }

// Lengths of an excerpt, in bytes.
const (
	excerptBefore = 80
	excerptFault  = 160
	excerptAfter  = 60
)

// Cut takes the excerpt of a span: never more than its line, cut at characters.
func Cut(source []byte, from, to int) Excerpt {
	if from < 0 || from >= len(source) || to <= from {
		return Excerpt{}
	}
	to = min(to, len(source))
	if nl := bytes.IndexByte(source[from:to], '\n'); nl >= 0 {
		to = from + nl
	}
	cut := to-from > excerptFault
	to = min(to, from+excerptFault)
	start := max(bytes.LastIndexByte(source[:from], '\n')+1, from-excerptBefore)
	end := min(to+excerptAfter, len(source))
	if nl := bytes.IndexByte(source[to:end], '\n'); nl >= 0 {
		end = to + nl
	}
	for start < from && !utf8.RuneStart(source[start]) {
		start++
	}
	for to > from && to < len(source) && !utf8.RuneStart(source[to]) {
		to--
	}
	for end > to && end < len(source) && !utf8.RuneStart(source[end]) {
		end--
	}
	e := Excerpt{string(bytes.TrimLeft(source[start:from], " \t")), string(source[from:to]), string(source[to:end])}
	if cut {
		e.Fault, e.After = e.Fault+"…", ""
	}
	return e
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{"word": Word}).Parse(`{{define "head"}}<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>{{word "title" .Lang}} – Socle</title>
<style>:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#f3f5f8;--line:#d5dae1;--err:#a3141b;--warn:#7a4d00;--ok:#0b6b3a}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e8ebef;--soft:#1e232a;--line:#39414c;--err:#ff8a84;--warn:#f0b45a;--ok:#6fd6a0}}
body{font:1rem/1.55 system-ui,sans-serif;background:var(--bg);color:var(--fg);max-width:62rem;margin:2rem auto;padding:0 1rem}
h2{overflow-wrap:anywhere;margin-top:3rem}.v{font-weight:700}.error{--c:var(--err)}.warning{--c:var(--warn)}.info{--c:var(--fg)}.ok{color:var(--ok)}.ko{color:var(--err)}
table{border-collapse:collapse;margin:1rem 0}th,td{border-bottom:1px solid var(--line);padding:.3rem .9rem .3rem 0;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}
ol{list-style:none;padding:0}li{border-left:4px solid var(--c);background:var(--soft);padding:.7rem 1rem;margin:.7rem 0;break-inside:avoid}
li p{margin:.25rem 0}.tag{color:var(--c);font-weight:700}code{font:.85rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}pre{margin:.4rem 0;white-space:pre-wrap;overflow-wrap:anywhere;font:.85rem/1.5 ui-monospace,monospace}
mark{background:none;color:var(--c);text-decoration:underline wavy}.soft{opacity:.85}</style></head><body><main><h1>{{word "title" .Lang}}</h1>{{end}}
{{define "file"}}{{$l := .Lang}}<section><h2>{{.F.File}}</h2>
<p class="v {{if .F.Conform}}ok{{else}}ko{{end}}">{{if .F.Unusable}}{{word "unusable" $l}} ({{.F.Unusable}}){{else if .F.Conform}}{{word "conform" $l}}{{else}}{{word "not" $l}}{{end}}{{with .F.Kind}} · {{.}}{{end}}{{with .F.Edition}} {{.}}{{end}}</p>
<p class="soft">{{with .F.Official}}{{word "rules" $l}} : {{.}}{{else}}{{word "own" $l}}{{end}}</p>
{{with .Levels}}<table><thead><tr><th scope="col">{{word "level" $l}}</th><th scope="col">{{word "errors" $l}}</th><th scope="col">{{word "warnings" $l}}</th></tr></thead><tbody>{{range .}}<tr><th scope="row">{{.Name}}</th><td class="n">{{.Errors}}</td><td class="n">{{.Warns}}</td></tr>{{end}}</tbody></table>{{end}}
{{with .Items}}<ol>{{range .}}<li class="{{.Severity}}"><p><span class="tag">{{word .Severity $l}} {{.ID}}</span>{{with .Line}} · {{word "line" $l}} {{.}}{{end}}</p><p>{{.Message}}</p>{{with .Fix}}<p>→ {{.}}</p>{{end}}
{{if .Excerpt.Fault}}<pre>{{.Excerpt.Before}}<mark>{{.Excerpt.Fault}}</mark>{{.Excerpt.After}}</pre>{{end}}{{with .XPath}}<p class="soft"><code>{{.}}</code></p>{{end}}{{with .Rule}}<p class="soft"><small>{{word "rule" $l}} : {{.}}</small></p>{{end}}</li>{{end}}</ol>{{else}}<p>{{word "clean" $l}}</p>{{end}}
{{if .F.Truncated}}<p>{{word "truncated" $l}}</p>{{end}}</section>{{end}}{{define "foot"}}</main></body></html>
{{end}}`))
