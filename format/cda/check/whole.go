package check

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// valued are the attributes machines compare: a blank in one is part of the value.
var valued = set("code codeSystem root extension unit value nullFlavor mediaType representation typeCode classCode moodCode use qualifier ID referencedObject")

// whole looks once at every element and attribute for what spoils any document, whatever its kind:
// text encoded twice, blanks inside values, empty attributes, a value beside its nullFlavor.
func whole(c *run) {
	src := c.d.XML.Source()
	for _, mark := range suspects {
		c.suspect = c.suspect || bytes.Contains(src, []byte(mark))
	}
	c.look(c.d.Root, false)
	for n := range c.d.Root.Descendants(cda.NS, "*") {
		c.look(n, inNarrative(n))
	}
}

// suspects are what text encoded twice always holds; most documents have none of them.
var suspects = []string{"Ã", "Â", "Å", "â€", "\uFFFD"}

// inNarrative tells an element of the text people read: its attributes are about looks.
func inNarrative(n xmltree.Node) bool {
	for p := n; p.Exists(); p = p.Parent() {
		switch p.Local() {
		case "text":
			return p.Parent().Local() == "section"
		case "section", "entry", "ClinicalDocument":
			return false
		}
	}
	return false
}

func (c *run) look(n xmltree.Node, narrative bool) {
	for a := range n.Attrs() {
		switch {
		case a.Value == "" && !narrative:
			c.under("CDA-12")
			c.add(finding.Warning, at(n, a.Local), "", "…", finding.Tf("L'attribut %s de %s est vide.", "Attribute %s of %s is empty.", a.Local, n.Local()),
				finding.Tf("Retirer %s=\"\" de %s, ou lui donner sa valeur.", "Remove %s=\"\" from %s, or give it its value.", a.Local, n.Local()))
		case valued[a.Local] && a.Space == "":
			c.blanks(n, a)
		}
		if c.suspect {
			c.under("CDA-10")
			c.mojibake(at(n, a.Local), a.Local, a.Value)
		}
	}
	c.nullBeside(n)
	if !c.suspect || hasAttr(n, "representation") {
		return // a file in base64
	}
	for t := range n.Nodes() {
		if t.IsText() {
			c.under("CDA-10")
			c.mojibake(spot{node: t}, n.Local(), t.Text())
		}
	}
}

// blanks: a code, an identifier or a unit is compared letter by letter.
func (c *run) blanks(n xmltree.Node, a xmltree.Attr) {
	t := strings.TrimFunc(a.Value, blank)
	if t == a.Value && strings.IndexFunc(a.Value, strange) < 0 || t == "" {
		return
	}
	t = strings.Map(func(r rune) rune {
		if strange(r) {
			return -1
		}
		return r
	}, t)
	c.under("CDA-11")
	c.add(finding.Warning, at(n, a.Local), a.Value, t, finding.Tf("%s/@%s contient un blanc (ou un caractère invisible) : « %s ».", "%s/@%s holds a blank (or an invisible character): “%s”.", n.Local(), a.Local, shorten(a.Value)),
		finding.Tf("Écrire exactement %s=\"%s\".", "Write exactly %s=\"%s\".", a.Local, t))
}

// strange tells the blanks no value may hold, even inside.
func strange(r rune) bool { return blank(r) && r != ' ' && r != '\n' && r != '\t' && r != '\r' }

// nullBeside: nullFlavor says that there is no value.
func (c *run) nullBeside(n xmltree.Node) {
	null, ok := n.AttrOK("nullFlavor")
	if !ok {
		return
	}
	for _, a := range []string{"value", "code", "root", "extension"} {
		v, has := n.AttrOK(a)
		if !has || v == "" || a == "extension" && hasAttr(n, "root") || headerTyped(n) {
			continue
		}
		c.under("CDA-13")
		c.add(finding.Warning, at(n, "nullFlavor"), null, "", finding.Tf("%s porte à la fois nullFlavor=\"%s\" et %s=\"%s\" : l'un dit qu'il n'y a pas de valeur, l'autre la donne.", "%s has both nullFlavor=\"%s\" and %s=\"%s\": one says there is no value, the other gives it.", n.Local(), null, a, shorten(v)),
			finding.Tf("Retirer nullFlavor=\"%s\" si la valeur « %s » est la bonne, sinon retirer %s.", "Remove nullFlavor=\"%s\" if value “%s” is right, otherwise remove %s.", null, shorten(v), a))
		return
	}
}

// headerTyped tells the elements of the header that HDR-17 and HDR-19 already look at.
func headerTyped(n xmltree.Node) bool {
	if name := n.Local(); !typeII[name] && !typeCD[name] && !typeTS[name] && name != "telecom" {
		return false
	}
	for p := n.Parent(); p.Exists(); p = p.Parent() {
		if p.Local() == "structuredBody" || p.Local() == "nonXMLBody" {
			return false
		}
	}
	return true
}

// mojibake finds letters whose UTF-8 bytes were read as windows-1252 and encoded again.
func (c *run) mojibake(where spot, name, s string) {
	i := strings.IndexAny(s, "ÃÂâÅ\uFFFD")
	if i < 0 {
		return
	}
	wrong, right := garbled(s[i:])
	for wrong == "" {
		j := strings.IndexAny(s[i+1:], "ÃÂâÅ\uFFFD")
		if j < 0 {
			return
		}
		i += 1 + j
		wrong, right = garbled(s[i:])
	}
	start := max(0, strings.LastIndexAny(s[:i], " \n\t")+1)
	end := len(s)
	if j := strings.IndexAny(s[i+len(wrong):], " \n\t.,;"); j >= 0 {
		end = i + len(wrong) + j
	}
	word := s[start:end]
	if right == "" {
		c.add(finding.Warning, where, word, "", finding.Tf("Dans %s, « %s » contient le caractère de remplacement � : la lettre d'origine est perdue.", "In %s, “%s” holds the replacement character �: the original letter is lost.", name, shorten(word)),
			finding.Tf("Reprendre « %s » à la source et le relire dans son vrai codage.", "Take “%s” again from its source and read it in its true encoding.", shorten(word)))
		return
	}
	c.add(finding.Warning, where, word, strings.ReplaceAll(word, wrong, right), finding.Tf("Dans %s, « %s » est un texte encodé deux fois : on devrait lire « %s ».", "In %s, “%s” is text encoded twice: it should read “%s”.", name, shorten(word), shorten(strings.ReplaceAll(word, wrong, right))),
		finding.Tf("Écrire « %s » : ne pas réencoder en UTF-8 un texte qui l'est déjà.", "Write “%s”: do not encode to UTF-8 what already is.", shorten(strings.ReplaceAll(word, wrong, right))))
}

// garbled tells whether the text starts with a letter encoded twice, and which.
func garbled(s string) (wrong, right string) {
	if strings.HasPrefix(s, "\uFFFD") {
		return "\uFFFD", ""
	}
	if strings.HasPrefix(s, "Ã ") {
		return "Ã", "à"
	}
	var b []byte
	for i, r := range s {
		x, ok := cp1252(r)
		if !ok || len(b) == 4 {
			break
		}
		b = append(b, x)
		if len(b) > 1 && utf8.Valid(b) {
			return s[:i+utf8.RuneLen(r)], string(b)
		}
		if len(b) == 1 && x < 0xC2 || len(b) > 1 && x&0xC0 != 0x80 {
			break
		}
	}
	return "", ""
}

// cp1252 gives the byte a character is in windows-1252.
func cp1252(r rune) (byte, bool) {
	if r < 0x80 || r >= 0xA0 && r <= 0xFF || r >= 0x80 && r < 0xA0 {
		return byte(r), true
	}
	if i := strings.IndexRune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ", r); i >= 0 {
		return byte(0x80 + utf8.RuneCountInString("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"[:i])), true
	}
	return 0, false
}
