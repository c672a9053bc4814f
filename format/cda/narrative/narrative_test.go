package narrative

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

func block(t testing.TB, inner string) xmltree.Node {
	x, err := xmltree.Parse([]byte(`<text xmlns="urn:hl7-org:v3" xmlns:h="http://www.w3.org/1999/xhtml">` + inner + `</text>`))
	if err != nil {
		t.Fatal(err)
	}
	return x.Root()
}

func TestHTML(t *testing.T) {
	pic := func(id string) (Picture, bool) {
		switch id {
		case "img":
			return Picture{Src: "/media/1?a=b&c", Alt: `une "image"`, Image: true}, true
		case "pdf":
			return Picture{Src: "/media/2", Alt: "Copie"}, true
		case "bad":
			return Picture{Src: "javascript:alert(1)", Alt: "x", Image: true}, true
		case "far":
			return Picture{Src: "//evil.example/x.png", Alt: "x", Image: true}, true
		}
		return Picture{Alt: "absent"}, false
	}
	for in, want := range map[string]string{
		`a &lt;b&gt; &amp; c`: `a &lt;b&gt; &amp; c`,
		`<content ID="x" styleCode="Bold Underline">gras</content>`:          `<span id="d-x" class="n-bold n-underline">gras</span>`,
		`<content ID="a&quot;b">v</content>`:                                 `<span id="d-a&#34;b">v</span>`,
		`H<sub>2</sub>O<br/>x<sup>2</sup>`:                                   `H<sub>2</sub>O<br>x<sup>2</sup>`,
		`<paragraph>p</paragraph>`:                                           `<p>p</p>`,
		`<paragraph>p<list><item>i</item></list></paragraph>`:                `<div>p<ul><li>i</li></ul></div>`,
		`<list listType="ordered"><caption>c</caption><item>1</item></list>`: `<p class="n-caption">c</p><ol><li>1</li></ol>`,
		`<table border="1" onclick="x()"><thead><tr><th align="left">A</th></tr></thead><tbody><tr>stray<th>l</th><td colspan="2" rowspan="x">v</td></tr></tbody></table>`: `<table><thead><tr><th class="n-left" scope="col">A</th></tr></thead><tbody><tr><th scope="row">l</th><td colspan="2">v</td></tr></tbody></table>`,
		`<linkHtml href="https://a.example/?x=1&amp;y">lien</linkHtml>`:                         `<a href="https://a.example/?x=1&amp;y" rel="noopener noreferrer nofollow">lien</a>`,
		`<linkHtml href="javascript:alert(1)">lien</linkHtml>`:                                  `<span>lien</span>`,
		`<linkHtml href=" JaVa&#9;script:alert(1)">lien</linkHtml>`:                             `<span>lien</span>`,
		`<linkHtml href="data:text/html,x">lien</linkHtml>`:                                     `<span>lien</span>`,
		`<linkHtml href="docs/x.pdf">lien</linkHtml>`:                                           `<span>lien</span>`,
		`<linkHtml href="#x">lien</linkHtml>`:                                                   `<a href="#d-x" rel="noopener noreferrer nofollow">lien</a>`,
		`<script>alert(1)</script>ok`:                                                           `ok`,
		`<h:script>alert(1)</h:script><h:b onclick="x">gardé</h:b>`:                             `gardé`,
		`<unknown>gardé</unknown>`:                                                              `gardé`,
		`<renderMultiMedia referencedObject="img"/>`:                                            `<img src="/media/1?a=b&amp;c" alt="une &#34;image&#34;">`,
		`<renderMultiMedia referencedObject="pdf"><caption>Le PDF</caption></renderMultiMedia>`: `<a href="/media/2">Le PDF</a>`,
		`<renderMultiMedia referencedObject="bad far none"/>`:                                   `<span class="n-media">x</span><span class="n-media">x</span><span class="n-media">absent</span>`,
	} {
		if got := string(HTML(nil, block(t, in), Options{Media: pic, IDPrefix: "d-"})); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestText(t *testing.T) {
	in := `<content>Bilan</content><br/> thyroïdien <table><thead><tr><th>Analyse</th> <th>Résultat</th></tr></thead><tbody><tr><td><content>TSH</content><br/>(ECL)</td><td>1.95
 mUI/l</td></tr></tbody></table><list><item>un</item><item>deux</item></list>fin`
	want := "Bilan\nthyroïdien\nAnalyse\tRésultat\nTSH\n(ECL)\t1.95 mUI/l\nun\ndeux\nfin"
	if got := string(Text(nil, block(t, in))); got != want {
		t.Errorf("%q", got)
	}
}

// Every official narrative gives HTML that a strict reader finds well-formed, made of the
// allowed elements and attributes, and that has kept all the words.
func TestOfficialNarratives(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	n := 0
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cda.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		for s := range d.Body.Walk {
			if !s.Text.Exists() {
				continue
			}
			n++
			html := string(HTML(nil, s.Text, Options{Media: FromDocument(d, func(m cda.Media) string { return "/m/" + m.ID }), IDPrefix: "x-"}))
			words := inspect(t, filepath.Base(f), html)
			want := strings.Join(strings.Fields(strings.ReplaceAll(s.Text.Text(), "\u00a0", " ")), "")
			got := strings.Join(strings.Fields(strings.ReplaceAll(words, "\u00a0", " ")), "")
			if len(got) < len(want) {
				t.Errorf("%s: section %q lost words: %d of %d", filepath.Base(f), s.Title, len(got), len(want))
			}
			if plain := strings.Join(strings.Fields(strings.ReplaceAll(string(Text(nil, s.Text)), "\u00a0", " ")), ""); plain != want {
				t.Errorf("%s: section %q: the plain text differs", filepath.Base(f), s.Title)
			}
		}
	}
	if n < 400 {
		t.Errorf("only %d narratives", n)
	}
}

var allowedTags = strings.Fields("span div br sub sup p ul ol li table caption thead tbody tfoot tr th td a img")
var allowedAttrs = strings.Fields("id class href src alt rel scope colspan rowspan")

// inspect reads HTML as strict XML (void elements closed first) and gives its words.
func inspect(t *testing.T, name, html string) string {
	closed := strings.ReplaceAll(html, "<br>", "<br/>")
	var b strings.Builder
	for {
		i := strings.Index(closed, "<img ")
		if i < 0 {
			break
		}
		j := i + strings.IndexByte(closed[i:], '>')
		b.WriteString(closed[:j] + "/>")
		closed = closed[j+1:]
	}
	b.WriteString(closed)
	dec := xml.NewDecoder(strings.NewReader("<r>" + b.String() + "</r>"))
	var words strings.Builder
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return words.String()
		}
		if err != nil {
			t.Errorf("%s: not well-formed: %v", name, err)
			return words.String()
		}
		switch e := tok.(type) {
		case xml.CharData:
			words.Write(e)
		case xml.StartElement:
			if e.Name.Local != "r" && !in(allowedTags, e.Name.Local) {
				t.Errorf("%s: element %s", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if !in(allowedAttrs, a.Name.Local) || strings.Contains(strings.ToLower(a.Value), "javascript:") {
					t.Errorf("%s: attribute %s=%q", name, a.Name.Local, a.Value)
				}
			}
		}
	}
}

func in(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func FuzzHTML(f *testing.F) {
	f.Add(`<paragraph>x<linkHtml href="java&#10;script:1">y</linkHtml></paragraph>`)
	f.Add(`<table><caption>c</caption><tr><td align="&quot;>">v</td></tr></table>`)
	f.Fuzz(func(t *testing.T, inner string) {
		x, err := xmltree.Parse([]byte(`<text xmlns="urn:hl7-org:v3">` + inner + `</text>`))
		if err != nil {
			return
		}
		html := string(HTML(nil, x.Root(), Options{}))
		Text(nil, x.Root())
		low := strings.ToLower(html)
		if strings.Contains(low, "<script") || strings.Contains(low, `href="javascript`) || strings.Contains(low, " on=") {
			t.Errorf("%q gives %q", inner, html)
		}
	})
}
