package check

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// tag is markup of HTML that was escaped instead of mapped.
var tag = regexp.MustCompile(`</?(b|i|u|p|br|div|span|font|table|tr|td|ul|ol|li|strong|em|html|body|script|style|a|img|h[1-6])(\s[^<>]*)?/?>`)

// entity is a character reference written twice.
var entity = regexp.MustCompile(`&(nbsp|eacute|egrave|agrave|ccedil|amp|lt|gt|quot|#\d{1,5});`)

// words checks the text of sections: what people read is what was signed.
//
// spec: CI-SIS cda §4.2
func words(c *run) {
	for s := range c.d.Body.Walk {
		c.under("SEC-05")
		branch := len(s.Entries) == 0 && len(s.Sections) > 0
		switch {
		case branch:
		case !s.Text.Exists() && len(s.Entries) > 0:
			c.add(finding.Warning, spot{node: s.Node}, "", "section/text", finding.Tf("La section « %s » a %d entrée(s) codée(s) mais pas de texte : personne ne pourra la lire.", "Section “%s” has %d coded entry(ies) but no text: nobody can read it.", shorten(s.Title), len(s.Entries)),
				finding.Tf("Ajouter à la section « %s » un élément text qui reprend chaque donnée codée.", "Add to section “%s” a text element that gives each coded item.", shorten(s.Title)))
		case s.Text.Exists() && s.Text.Trim() == "" && !hasMedia(s.Text):
			c.add(finding.Warning, spot{node: s.Text}, "", "…", finding.Tf("Le texte de la section « %s » est vide.", "The text of section “%s” is empty.", shorten(s.Title)),
				finding.Tf("Écrire dans la section « %s » ce que le lecteur doit lire, ou y dire qu'il n'y a rien.", "Write in section “%s” what the reader must read, or say that there is nothing.", shorten(s.Title)))
		}
		if s.Text.Exists() {
			c.under("SEC-06")
			c.markup(s)
		}
		c.under("SEC-07")
		c.lostTemplate(s)
	}
	c.under("CDA-17")
	c.bareReferences()
	c.under("CDA-19")
	c.otherSection()
	c.under("CDA-20")
	for s := range c.d.Body.Walk {
		c.narrative(s)
	}
	c.under("BIO-33")
	c.methods()
}

func hasMedia(n xmltree.Node) bool {
	for range n.Descendants(cda.NS, "renderMultiMedia") {
		return true
	}
	return false
}

func (c *run) markup(s *cda.Section) {
	if raw := s.Text.Raw(); !bytes.Contains(raw, []byte("&lt;")) && !bytes.Contains(raw, []byte("&amp;")) && !bytes.Contains(raw, []byte("<![CDATA[")) && !bytes.Contains(raw, []byte("&#")) {
		return
	}
	text := s.Text.Text()
	if m := tag.FindString(text); m != "" {
		c.add(finding.Warning, spot{node: s.Text}, m, "content | paragraph | list | table", finding.Tf("Le texte de la section « %s » montre une balise HTML au lecteur : « %s ».", "The text of section “%s” shows an HTML tag to the reader: “%s”.", shorten(s.Title), shorten(m)),
			finding.Tf("Traduire « %s » en narratif CDA (content styleCode=\"Bold\", paragraph, br, list, table) au lieu de l'échapper.", "Map “%s” to CDA narrative (content styleCode=\"Bold\", paragraph, br, list, table) instead of escaping it.", shorten(m)))
		return
	}
	if m := entity.FindString(text); m != "" {
		c.add(finding.Warning, spot{node: s.Text}, m, "", finding.Tf("Le texte de la section « %s » montre une entité échappée deux fois : « %s ».", "The text of section “%s” shows an entity escaped twice: “%s”.", shorten(s.Title), m),
			finding.Tf("Écrire le caractère lui-même au lieu de « %s » : n'échapper qu'une fois.", "Write the character itself instead of “%s”: escape once.", m))
	}
}

// lostTemplate: the official rules only look at sections that declare their template.
func (c *run) lostTemplate(s *cda.Section) {
	if len(s.Templates) > 0 || s.Code.System != oid.LOINC || !slices.Contains([]string{"48765-2", "10160-0", "11450-4", "11369-6", "30954-2", "8716-3", "46264-8", "18776-5", "47519-4", "11348-0", "10157-6", "29762-2", "55108-5", "18719-5", "18723-7", "19005-8", "55111-9", "42349-1", "10183-2", "60590-7", "57828-6"}, s.Code.Code) {
		return
	}
	c.add(finding.Warning, spot{node: s.Node}, s.Code.Code, "templateId", finding.Tf("La section « %s » (%s) ne déclare aucun templateId : aucune règle ne la regarde et son contenu codé ne sera pas reconnu.", "Section “%s” (%s) declares no templateId: no rule looks at it and its coded content will not be recognised.", shorten(s.Title), s.Code.Code),
		finding.Tf("Ajouter les templateId de la section de code %s demandés par le volet.", "Add the templateIds of the section of code %s asked for by the content model.", s.Code.Code))
}

// bareReferences finds links to an ID of the document that lost their #, and those in another case.
func (c *run) bareReferences() {
	for n := range c.d.Body.Node.Descendants(cda.NS, "reference") {
		v := n.Attr("value")
		if v == "" || strings.ContainsAny(v, "#:/") || !c.d.ByID(v).Exists() {
			continue
		}
		c.add(finding.Warning, at(n, "value"), v, "#"+v, finding.Tf("La référence « %s » a perdu son # : elle est lue comme une adresse et non comme un lien vers l'ID « %s ».", "Reference “%s” lost its #: it is read as an address, not as a link to ID “%s”.", v, v),
			finding.Tf("Écrire value=\"#%s\".", "Write value=\"#%s\".", v))
	}
}

// methods: a method is a code of the table of reagents, or words.
func (c *run) methods() {
	for n := range c.d.Body.Node.Descendants(cda.NS, "methodCode") {
		if hasAttr(n, "code") || hasAttr(n, "nullFlavor") || n.Child(cda.NS, "originalText").Exists() || n.Child(cda.NS, "translation").Exists() {
			continue
		}
		c.add(finding.Warning, spot{node: n}, n.Attr("displayName"), "@code | originalText", finding.Tf("methodCode (%s) n'a ni code, ni texte d'origine : la méthode n'est pas dite.", "methodCode (%s) has neither code nor original text: the method is not said.", n.Attr("displayName")),
			finding.Tf("Donner à methodCode un code de la table ANSM (1.2.250.1.213.2.3.5), ou un originalText (ligne %d).", "Give methodCode a code of the ANSM table (1.2.250.1.213.2.3.5), or an originalText (line %d).", n.Line()))
	}
	for _, r := range c.results() {
		if r.Reference != nil && r.Reference.Unit != "" && r.Unit != "" && r.Reference.Unit != r.Unit && isUnit(r.Unit) && isUnit(r.Reference.Unit) && (r.Reference.Low != "" || r.Reference.High != "") {
			c.under("BIO-34")
			c.add(finding.Warning, spot{node: r.Node}, r.Reference.Unit, r.Unit, finding.Tf("« %s » : la valeur est en « %s » et l'intervalle de référence en « %s » ; on ne peut pas les comparer.", "“%s”: the value is in “%s” and the reference range in “%s”; they cannot be compared.", shorten(r.Label), r.Unit, r.Reference.Unit),
				finding.Tf("Donner l'intervalle de « %s » en « %s ».", "Give the range of “%s” in “%s”.", shorten(r.Label), r.Unit))
		}
		v := r.Node.Child(cda.NS, "value")
		end := v.Child(cda.NS, "low")
		if !end.Exists() {
			end = v.Child(cda.NS, "high")
		}
		if r.Type == "IVL_PQ" && (r.Low == "") != (r.High == "") && end.Exists() && !hasAttr(end, "inclusive") {
			c.under("BIO-35")
			c.add(finding.Info, spot{node: r.Node}, r.Shown(), "@inclusive", finding.Tf("« %s » : l'intervalle n'a qu'une borne (%s) et ne dit pas si elle est comprise (inclusive).", "“%s”: the interval has one end only (%s) and does not say whether it is included (inclusive).", shorten(r.Label), r.Low+r.High),
				finding.Tf("Pour « < %s » ou « > %s » écrire inclusive=\"false\" sur la borne.", "For “< %s” or “> %s” write inclusive=\"false\" on the end.", r.Low+r.High, r.Low+r.High))
		}
	}
}

// modalities of DICOM that a report may name.
var modalities = set("AR AU BI BMD CR CT DG DX ECG EPS ES GM HC HD IO IVUS KER LEN LS MG MR NM OAM OCT OP OPM OPR OPT OPV OSS OT PT PX RF RG SM SMR SRF TG US VA XA XC")

// modality checks the code that says by which machine the images were made.
//
// spec: CI-SIS cda §4.3
func modality(c *run) {
	for n := range c.d.Root.Descendants(cda.NS, "translation") {
		q := n.Path(cda.NS, "qualifier", "name")
		if q.Attr("code") != "121139" {
			continue
		}
		if v := n.Attr("code"); v != "" && !modalities[v] {
			c.badAs(finding.Warning, n, "translation[121139]/@code", v, "CT | MR | DX | US | MG | PT…")
		}
		if s := n.Attr("codeSystem"); s != oid.DCM {
			c.badAs(finding.Warning, n, "translation[121139]/@codeSystem", s, oid.DCM)
		}
	}
}

// otherSection: a coded item points at the words of its own section.
//
// spec: CI-SIS cda §4.2
func (c *run) otherSection() {
	for _, r := range c.d.References() {
		to := c.d.ByID(r.Target)
		if r.Media || !to.Exists() {
			continue
		}
		from, there := sectionOf(r.Node), sectionOf(to)
		if from == there || within(there, from) {
			continue
		}
		c.add(finding.Info, at(r.Node, "value"), "#"+r.Target, "", finding.Tf("La référence « #%s » (section « %s ») mène au texte d'une autre section, « %s ».", "Reference “#%s” (section “%s”) leads to the text of another section, “%s”.", r.Target, shorten(from.Child(cda.NS, "title").Trim()), shorten(there.Child(cda.NS, "title").Trim())),
			finding.Tf("Donner à ce texte un ID dans la section « %s » et y pointer, au lieu de « #%s ».", "Give this text an ID in section “%s” and point at it, instead of “#%s”.", shorten(from.Child(cda.NS, "title").Trim()), r.Target))
	}
}

func sectionOf(n xmltree.Node) xmltree.Node {
	for n.Exists() && !n.Is(cda.NS, "section") {
		n = n.Parent()
	}
	return n
}

// vocabulary of the narrative, and what stands for the HTML that is not in it.
var (
	vocabulary = set("content linkHtml sub sup br footnote footnoteRef renderMultiMedia paragraph list item table caption thead tbody tfoot tr th td colgroup col")
	insteadOf  = map[string]string{"p": "paragraph", "div": "paragraph", "b": "content styleCode=\"Bold\"", "strong": "content styleCode=\"Bold\"", "i": "content styleCode=\"Italics\"", "em": "content styleCode=\"Italics\"", "u": "content styleCode=\"Underline\"", "ul": "list listType=\"unordered\"", "ol": "list listType=\"ordered\"", "li": "item", "a": "linkHtml", "img": "renderMultiMedia", "span": "content", "font": "content", "h1": "caption", "h2": "caption"}
)

func (c *run) narrative(s *cda.Section) {
	for n := range s.Text.Descendants(cda.NS, "*") {
		switch {
		case !vocabulary[n.Local()]:
			right, ok := insteadOf[n.Local()]
			fix := finding.Tf("Remplacer <%s> par <%s>.", "Replace <%s> by <%s>.", n.Local(), right)
			if !ok {
				fix = finding.Tf("Retirer <%s> : le narratif ne connaît que content, paragraph, list, table, br, sub, sup, linkHtml, renderMultiMedia et footnote.", "Remove <%s>: narrative only knows content, paragraph, list, table, br, sub, sup, linkHtml, renderMultiMedia and footnote.", n.Local())
			}
			c.add(finding.Warning, spot{node: n}, n.Local(), right, finding.Tf("<%s> n'est pas un élément du texte d'une section CDA (section « %s »).", "<%s> is not an element of the text of a CDA section (section “%s”).", n.Local(), shorten(s.Title)), fix)
		case n.Local() == "linkHtml":
			h := strings.ToLower(strings.TrimFunc(n.Attr("href"), blank))
			if strings.HasPrefix(h, "javascript:") || strings.HasPrefix(h, "data:") || strings.HasPrefix(h, "vbscript:") {
				c.add(finding.Warning, at(n, "href"), shorten(h), "https:", finding.Tf("Le lien « %s » exécuterait du code : il ne sera pas suivi.", "Link “%s” would run code: it will not be followed.", shorten(h)), finding.Tf("Retirer le lien « %s », ou mettre une adresse https.", "Remove link “%s”, or put an https address.", shorten(h)))
			}
		}
	}
}
