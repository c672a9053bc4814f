package check

import (
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

const templateFRResult = "1.2.250.1.213.1.1.3.80"

// resultStatus are the states of a result: the last two outside CR-BIO only.
var resultStatus = map[string]bool{"completed": true, "aborted": true, "active": true, "obsolete": true}

// interpretations is the value set JDV_HL7_ObservationInterpretation.
var interpretations = set("< > A AA B CAR D DET E EX EXP H HH HU HX I IE IND L LL LU LX N NCL ND NEG NR NS POS R RR S SDD SYN-R SYN-S U UNE W WR")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func (c *run) bioResult(n xmltree.Node) {
	c.under("BIO-05")
	if n.Attr("classCode") != "OBS" || n.Attr("moodCode") != "EVN" {
		c.bad(n, "observation/@classCode @moodCode", n.Attr("classCode")+" "+n.Attr("moodCode"), "OBS EVN")
	}
	c.exactly(n, "observation/code", count(n, "code", true), 1, 1)
	code := n.Child(cda.NS, "code")
	if hasTemplate(n, templateFRResult) && code.Exists() {
		original := code.Child(cda.NS, "originalText")
		c.exactly(code, "code/originalText", count(code, "originalText", true), 1, 1)
		if original.Exists() {
			c.exactly(original, "code/originalText/reference", count(original, "reference", true), 1, 1)
		}
	}
	status := n.Child(cda.NS, "statusCode").Attr("code")
	if !resultStatus[status] || c.isBio() && status != "completed" && status != "aborted" {
		c.bad(n, "observation/statusCode/@code", status, "completed | aborted")
	}
	if c.isBio() && code.Exists() {
		c.bioCode(n, code)
	}
	c.under("BIO-06")
	c.bioHistory(n)
	c.under("BIO-07")
	for i := range n.Children(cda.NS, "interpretationCode") {
		v := i.Attr("code")
		if hasAttr(i, "nullFlavor") || interpretations[v] && i.Attr("codeSystem") == oid.Interpretation {
			continue
		}
		s := finding.Warning
		if c.isBio() && c.edition2024() {
			s = finding.Error
		}
		c.reportAs(s, i, v, oid.Interpretation, finding.Tf("L'interprétation « %s » (%s) n'est pas dans le jeu de valeurs.", "Interpretation “%s” (%s) is not in the value set.", shorten(v), i.Attr("codeSystem")),
			finding.Tf("Remplacer « %s » par un code de 2.16.840.1.113883.5.83, par exemple « %s ».", "Replace “%s” by a code of 2.16.840.1.113883.5.83, for instance “%s”.", shorten(v), finding.Nearest(v, []string{"N", "H", "HH", "L", "LL", "A", "POS", "NEG", "S", "I", "R"})))
	}
}

// bioCode: a code is a complete LOINC one; a local one goes into translation.
//
// spec: CI-SIS cda §5.3
func (c *run) bioCode(n, code xmltree.Node) {
	k, system, display := code.Attr("code"), code.Attr("codeSystem"), code.Attr("displayName")
	inBattery := n.Parent().Is(cda.NS, "component")
	switch {
	case system == oid.LOINC && (k == "" || display == ""):
		c.bad(code, "code LOINC", strings.TrimSpace(k+" "+display), "@code, @codeSystem, @displayName")
	case inBattery && system != oid.LOINC && (hasAttr(code, "code") || hasAttr(code, "codeSystem") || hasAttr(code, "displayName") || hasAttr(code, "codeSystemName")):
		c.bad(code, "code", strings.TrimSpace(k+" "+system), "LOINC, ou sans attribut avec translation locale")
	case !inBattery && k != "" && system != oid.LOINC:
		c.reportAs(finding.Warning, code, system, oid.LOINC, finding.T("Un code local va dans translation, pas dans code.", "A local code goes into translation, not into code."),
			finding.Tf("Mettre le code de %s dans un élément translation, et laisser code sans @code.", "Put the code of %s in a translation element, and leave code without @code.", system))
	}
	for t := range code.Children(cda.NS, "translation") {
		if t.Attr("code") == "" || t.Attr("displayName") == "" {
			c.bad(t, "code/translation", strings.TrimSpace(t.Attr("code")+" "+t.Attr("displayName")), "@code, @displayName")
		}
	}
}

func (c *run) bioHistory(n xmltree.Node) {
	if k := count(n, "referenceRange", true); k > 1 {
		c.exactly(n, "observation/referenceRange", k, 0, 1)
	}
	if !c.isBio() {
		return
	}
	previous, dated, done := 0, 0, 0
	for r := range n.Children(cda.NS, "entryRelationship") {
		o := r.Child(cda.NS, "observation")
		if r.Attr("typeCode") != "REFR" {
			continue
		}
		previous++
		if o.Child(cda.NS, "effectiveTime").Exists() {
			dated++
		}
		if o.Child(cda.NS, "statusCode").Attr("code") == "completed" {
			done++
		}
	}
	// The official rule is content as soon as one of the previous results is right.
	c.earlier(n, previous, dated, finding.T("Une antériorité n'est pas datée (effectiveTime).", "A previous result has no date (effectiveTime)."),
		finding.Tf("Donner un effectiveTime à chacune des %d antériorités (%d en ont un).", "Give an effectiveTime to each of the %d previous results (%d have one).", previous, dated))
	c.earlier(n, previous, done, finding.T("Une antériorité n'est pas au statut completed.", "A previous result is not completed."),
		finding.Tf("Mettre le statut completed à chacune des %d antériorités (%d l'ont).", "Set status completed on each of the %d previous results (%d have it).", previous, done))
}

func (c *run) earlier(n xmltree.Node, all, right int, m, fix finding.Text) {
	switch {
	case all == right:
	case right == 0:
		c.report(n, "", "", m, fix)
	default:
		c.reportAs(finding.Warning, n, "", "", m, fix)
	}
}

// bioActors checks the header participations of a biology report.
//
// spec: CI-SIS cda §5.1
func bioActors(c *run) {
	if !c.isBio() {
		return
	}
	ask := func(a *cda.Actor, what string, ok bool) {
		if !ok {
			c.missing(a.Node, a.Role+"/"+what)
		}
	}
	for i := range c.d.Authenticators {
		a := &c.d.Authenticators[i]
		ask(a, "templateId 1.3.6.1.4.1.19376.1.3.3.1.5", a.Templates.Has("1.3.6.1.4.1.19376.1.3.3.1.5"))
		ask(a, "time", a.Node.Child(cda.NS, "time").Exists())
		ask(a, "assignedEntity/addr", len(a.Addrs) > 0)
		ask(a, "assignedEntity/telecom", len(a.Telecoms) > 0)
		if o := a.Org; o != nil {
			ask(a, "representedOrganization/id, name, telecom, addr", len(o.IDs) > 0 && o.Node.Child(cda.NS, "name").Exists() && len(o.Telecoms) > 0 && len(o.Addrs) > 0)
		}
	}
	for i := range c.d.Services {
		s := &c.d.Services[i]
		if !s.Code.Node.Exists() {
			c.missing(s.Node, "serviceEvent/code")
		}
		for j := range s.Performers {
			a := &s.Performers[j]
			ask(a, "time", a.Node.Child(cda.NS, "time").Exists())
			ask(a, "assignedEntity/addr", len(a.Addrs) > 0)
			ask(a, "assignedEntity/telecom", len(a.Telecoms) > 0)
			ask(a, "assignedEntity/assignedPerson/name", a.Entity.Path(cda.NS, "assignedPerson", "name").Exists())
			if o := a.Org; o != nil {
				ask(a, "representedOrganization/id, name, telecom, addr, standardIndustryClassCode",
					len(o.IDs) > 0 && o.Node.Child(cda.NS, "name").Exists() && len(o.Telecoms) > 0 && len(o.Addrs) > 0 && o.Industry.Node.Exists())
			}
		}
	}
	r := c.d.Encounter.Responsible
	if r == nil {
		c.missing(c.d.Encounter.Node, "encompassingEncounter/responsibleParty")
		return
	}
	ask(r, "assignedEntity/id", len(r.IDs) > 0)
	ask(r, "assignedEntity/code", r.Code.Node.Exists())
	ask(r, "assignedEntity/assignedPerson/name/family", r.Entity.Path(cda.NS, "assignedPerson", "name", "family").Exists())
}

// bioCoherence compares numbers with their range, their flag and the text.
//
// spec: CI-SIS cda §7 BIO-30
func bioCoherence(c *run) {
	texts := map[xmltree.Node]*shown{}
	left := maxSought
	for _, r := range c.results() {
		if low, high, ok := ends(r.Low, r.High); ok && low > high {
			c.report(r.Node, r.Low+" … "+r.High, "low ≤ high", finding.Tf("« %s » : la borne basse de la valeur dépasse la borne haute.", "“%s”: the low end of the value is above the high end.", shorten(r.Label)),
				finding.Tf("Échanger les bornes de « %s » : low=%s, high=%s.", "Swap the ends of “%s”: low=%s, high=%s.", shorten(r.Label), r.High, r.Low))
		}
		if r.Reference != nil {
			c.coherentRange(&r)
		}
		if r.Value.Value != "" && (r.Type == "PQ" || r.Type == "REAL" || r.Type == "INT") {
			c.shownToPeople(&r, texts, &left)
		}
	}
}

func ends(low, high string) (l, h float64, ok bool) {
	l, err1 := strconv.ParseFloat(low, 64)
	h, err2 := strconv.ParseFloat(high, 64)
	return l, h, err1 == nil && err2 == nil
}

func (c *run) coherentRange(r *bio.Result) {
	ref := r.Reference
	low, high, both := ends(ref.Low, ref.High)
	if both && low >= high {
		c.report(r.Node, ref.Low+" … "+ref.High, "low < high", finding.Tf("« %s » : l'intervalle de référence est vide ou inversé (%s … %s).", "“%s”: the reference range is empty or inverted (%s … %s).", shorten(r.Label), ref.Low, ref.High),
			finding.Tf("Vérifier l'intervalle de « %s » : la borne basse (%s) doit être sous la haute (%s).", "Check the range of “%s”: the low end (%s) must be under the high one (%s).", shorten(r.Label), ref.Low, ref.High))
		return
	}
	v, err := strconv.ParseFloat(r.Value.Value, 64)
	if err != nil || len(r.Interpretation) == 0 || ref.Unit != r.Unit {
		return
	}
	l, errLow := strconv.ParseFloat(ref.Low, 64)
	h, errHigh := strconv.ParseFloat(ref.High, 64)
	flag := r.Interpretation[0]
	out := errLow == nil && v < l || errHigh == nil && v > h
	switch {
	case flag == "N" && out:
		c.report(r.Node, r.Value.Value, ref.Low+" … "+ref.High, finding.Tf("« %s » : %s est hors de l'intervalle %s … %s mais l'interprétation dit normal.", "“%s”: %s is outside range %s … %s but the flag says normal.", shorten(r.Label), r.Value.Value, ref.Low, ref.High),
			finding.Tf("Vérifier la valeur %s et son intervalle, ou mettre l'interprétation H ou L au lieu de N pour « %s ».", "Check value %s and its range, or set the flag H or L instead of N for “%s”.", r.Value.Value, shorten(r.Label)))
	case (flag == "H" || flag == "HH") && errHigh == nil && v <= h, (flag == "L" || flag == "LL") && errLow == nil && v >= l:
		c.report(r.Node, r.Value.Value, ref.Low+" … "+ref.High, finding.Tf("« %s » : %s est dans l'intervalle mais l'interprétation dit %s.", "“%s”: %s is inside the range but the flag says %s.", shorten(r.Label), r.Value.Value, flag),
			finding.Tf("Mettre l'interprétation N au lieu de %s pour « %s », ou corriger l'intervalle %s … %s.", "Set flag N instead of %s for “%s”, or mend range %s … %s.", flag, shorten(r.Label), ref.Low, ref.High))
	}
}

// maxSought bounds how much text the numbers of a document are looked for in: the narrative of a
// section is read again for each of its results. The largest official example needs 2 MB.
const maxSought = 256 << 20

// shown is the narrative of a section, and the same without blanks, where the groups of thousands
// are joined.
type shown struct{ text, joined string }

var spaceless = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "")

// shownToPeople looks for the coded number in the narrative of its section: the narrative is the
// legal content, every structured result must be in it.
//
// spec: CI-SIS cda §5.5
func (c *run) shownToPeople(r *bio.Result, texts map[xmltree.Node]*shown, left *int) {
	section := r.Node
	for section.Exists() && !section.Is(cda.NS, "section") {
		section = section.Parent()
	}
	s, ok := texts[section]
	if !ok {
		text := strings.ReplaceAll(string(narrative.Text(nil, section.Child(cda.NS, "text"))), ",", ".")
		s = &shown{text, spaceless.Replace(text)}
		texts[section] = s
	}
	if *left -= len(s.text); *left < 0 {
		c.rep.Truncated = true
		return
	}
	v := r.Value.Value
	short := v
	if strings.Contains(v, ".") {
		short = strings.TrimRight(strings.TrimRight(v, "0"), ".")
	}
	if strings.Contains(s.text, v) || strings.Contains(s.text, short) || strings.Contains(s.joined, short) {
		return
	}
	c.reportAs(finding.Info, r.Node, v, "", finding.Tf("« %s » : la valeur codée %s ne se lit pas dans le texte de la section.", "“%s”: the coded value %s does not appear in the text of the section.", shorten(r.Label), v),
		finding.Tf("Écrire %s dans le texte de la section à la ligne de « %s », ou corriger la valeur codée.", "Write %s in the text of the section on the line of “%s”, or mend the coded value.", v, shorten(r.Label)))
}
