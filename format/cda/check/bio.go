package check

import (
	"strconv"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

const templateBioEntry = "1.3.6.1.4.1.19376.1.3.1"

func (c *run) isBio() bool { return c.kind.Name == "BIO-CR-BIO" && c.d.Body.Level() == "N3" }

// edition2024 tells whether the rules of 2024.01 are known to apply: earlier ones have no edition.
func (c *run) edition2024() bool {
	e := c.d.Templates.Edition(c.kind.Template)
	return e >= "2024.01"
}

// bioHeader: the words are fixed.
//
// spec: CI-SIS cda §5.1
func bioHeader(c *run) {
	if !c.isBio() {
		return
	}
	if c.d.Title != "Compte rendu d'examens biologiques" {
		c.bad(c.d.Root.Child(cda.NS, "title"), "title", c.d.Title, "Compte rendu d'examens biologiques")
	}
	if k := c.d.Code; !k.Is("11502-2", oid.LOINC) || k.Display != "CR d'examens biologiques" {
		c.bad(k.Node, "code", k.Code+" "+k.Display, "11502-2 CR d'examens biologiques (LOINC)")
	}
	if !c.d.Templates.Has("1.3.6.1.4.1.19376.1.3.3") {
		c.missing(c.d.Root, "templateId 1.3.6.1.4.1.19376.1.3.3")
	}
	if v, err := strconv.ParseFloat(c.d.Version, 64); err != nil || v <= 0 {
		c.bad(c.d.Root.Child(cda.NS, "versionNumber"), "versionNumber/@value", c.d.Version, "> 0")
	}
	role := c.d.Patient.Node
	for _, n := range []xmltree.Node{role.Child(cda.NS, "addr"), role.Child(cda.NS, "telecom"), role.Path(cda.NS, "patient", "administrativeGenderCode"), role.Path(cda.NS, "patient", "birthTime")} {
		if null := n.Attr("nullFlavor"); null != "" && null != "UNK" {
			c.bad(n, n.Local()+"/@nullFlavor", null, "UNK")
		}
	}
}

// bioLevel1 are the templates a first-level section may have.
var bioLevel1 = []string{bio.TemplateChapter, frSection + "60", "1.3.6.1.4.1.19376.1.4.1.2.16", frSection + "128", cda.TemplatePDFCopySection, frSection + "147"}

func bioSections(c *run) {
	if !c.isBio() {
		return
	}
	for _, s := range c.d.Body.Sections {
		ok := false
		for _, t := range bioLevel1 {
			ok = ok || s.Templates.Has(t)
		}
		if !ok {
			c.report(s.Node, s.Title, "", finding.Tf("La section « %s » n'est pas permise au premier niveau d'un compte rendu de biologie.", "Section “%s” is not allowed at the first level of a biology report.", shorten(s.Title)),
				finding.Tf("Déplacer la section « %s » dans un chapitre, ou lui donner l'un des modèles permis.", "Move section “%s” into a chapter, or give it one of the allowed templates.", shorten(s.Title)))
		}
	}
	if c.sections(bio.TemplateChapter, false) == 0 {
		c.missing(c.d.Body.Node, "section["+bio.TemplateChapter+"] (chapitre)")
	}
	if c.sections(cda.TemplatePDFCopySection, false) == 0 {
		s := finding.Warning
		if c.edition2024() {
			s = finding.Error
		}
		c.reportAs(s, c.d.Body.Node, "", cda.TemplatePDFCopySection, finding.T("La copie PDF du compte rendu est absente (obligatoire depuis 2024.01).", "The PDF copy of the report is missing (mandatory since 2024.01)."),
			finding.Tf("Ajouter la section %s « Copie du document » avec le PDF du compte rendu en base64.", "Add section %s “Copie du document” with the PDF of the report in base64.", cda.TemplatePDFCopySection))
	}
}

// bioShape applies wherever the IHE templates are declared.
//
// spec: CI-SIS cda §5.2
func bioShape(c *run) {
	for s := range c.d.Body.Walk {
		entries, subs := len(s.Entries), count(s.Node, "component", true)
		if s.Templates.Has(bio.TemplateChapter) {
			leaf := s.Text.Exists() && entries == 1 && subs == 0
			branch := !s.Text.Exists() && entries == 0 && subs > 0
			if !leaf && !branch {
				c.report(s.Node, s.Title, "", finding.Tf("Le chapitre « %s » mêle texte, entrées (%d) et sous-chapitres (%d).", "Chapter “%s” mixes text, entries (%d) and sub-chapters (%d).", shorten(s.Title), entries, subs),
					finding.Tf("Dans « %s », soit un texte et une entrée, soit des sous-chapitres sans texte ni entrée au-dessus.", "In “%s”, a text and one entry, or sub-chapters without text or entry above them.", shorten(s.Title)))
			}
		}
		if s.Templates.Has(bio.TemplateSub) {
			if !s.Text.Exists() || entries != 1 {
				c.report(s.Node, s.Title, "", finding.Tf("Le sous-chapitre « %s » doit avoir un texte et une seule entrée (%d trouvées).", "Sub-chapter “%s” needs a text and one entry (%d found).", shorten(s.Title), entries),
					finding.Tf("Dans « %s », réunir les %d entrées en une seule (un act DRIV qui porte tous les résultats), avec un texte.", "In “%s”, join the %d entries into one (one DRIV act that holds every result), with a text.", shorten(s.Title), entries))
			}
			if s.Code.Code != "" && s.Code.System != oid.LOINC {
				c.bad(s.Code.Node, "section/code/@codeSystem", s.Code.System, oid.LOINC)
			}
		}
	}
}

func hasTemplate(n xmltree.Node, template string) bool {
	for t := range n.Children(cda.NS, "templateId") {
		if t.Attr("root") == template {
			return true
		}
	}
	return false
}

// under applies the next reports to another rule of the same walk.
func (c *run) under(id string) {
	if c.rule.ID == id {
		return
	}
	for i := range c.rules {
		if c.rules[i].ID == id {
			c.rule = &c.rules[i]
			return
		}
	}
}

// bioEntries walks the entries once for BIO-04 to BIO-09.
//
// spec: CI-SIS cda §5.3
func bioEntries(c *run) {
	for n := range c.d.Body.Node.Descendants(cda.NS, "*") {
		switch n.Local() {
		case "entry":
			if hasTemplate(n, templateBioEntry) {
				c.under("BIO-04")
				c.bioEntry(n)
			}
		case "observation":
			if hasTemplate(n, bio.TemplateResult) {
				c.bioResult(n)
			}
		case "organizer":
			switch {
			case hasTemplate(n, bio.TemplateBattery):
				c.under("BIO-04")
				c.battery(n)
			case hasTemplate(n, bio.TemplateIsolate):
				c.under("BIO-09")
				c.isolate(n)
			}
		case "procedure":
			if hasTemplate(n, bio.TemplateSpecimen) {
				c.under("BIO-08")
				c.specimen(n)
			}
		}
	}
}

// statuses of entries, batteries and isolates.
var bioStatus = map[string]bool{"completed": true, "active": true, "aborted": true}

func (c *run) bioEntry(n xmltree.Node) {
	if t := n.Attr("typeCode"); t != "DRIV" {
		c.bad(n, "entry/@typeCode", t, "DRIV")
	}
	a := n.Child(cda.NS, "act")
	if !a.Exists() {
		c.missing(n, "entry/act")
		return
	}
	if a.Attr("classCode") != "ACT" || a.Attr("moodCode") != "EVN" {
		c.bad(a, "act/@classCode @moodCode", a.Attr("classCode")+" "+a.Attr("moodCode"), "ACT EVN")
	}
	if k := a.Child(cda.NS, "code"); k.Attr("code") != "" && k.Attr("codeSystem") != oid.LOINC {
		c.bad(k, "act/code/@codeSystem", k.Attr("codeSystem"), oid.LOINC)
	}
	if s := a.Child(cda.NS, "statusCode").Attr("code"); !bioStatus[s] {
		c.bad(a, "act/statusCode/@code", s, "completed | active | aborted")
	}
	if t := a.Child(cda.NS, "effectiveTime"); t.Exists() && (!t.Child(cda.NS, "low").Exists() || !t.Child(cda.NS, "high").Exists()) {
		c.missing(t, "act/effectiveTime/low, high")
	}
	for r := range a.Children(cda.NS, "entryRelationship") {
		if r.Attr("typeCode") == "COMP" {
			return
		}
	}
	c.missing(a, "act/entryRelationship[@typeCode='COMP']")
}

func (c *run) battery(n xmltree.Node) {
	if n.Attr("classCode") != "BATTERY" || n.Attr("moodCode") != "EVN" {
		c.bad(n, "organizer/@classCode @moodCode", n.Attr("classCode")+" "+n.Attr("moodCode"), "BATTERY EVN")
	}
	c.exactly(n, "organizer/id", count(n, "id", true), 0, 1)
	if s := n.Child(cda.NS, "statusCode").Attr("code"); !bioStatus[s] && (s != "obsolete" || c.isBio()) {
		c.bad(n, "organizer/statusCode/@code", s, "completed | active | aborted")
	}
}

func (c *run) isolate(n xmltree.Node) {
	if n.Attr("classCode") != "CLUSTER" || n.Attr("moodCode") != "EVN" {
		c.bad(n, "organizer/@classCode @moodCode", n.Attr("classCode")+" "+n.Attr("moodCode"), "CLUSTER EVN")
	}
	if s := n.Child(cda.NS, "statusCode").Attr("code"); !bioStatus[s] {
		c.bad(n, "organizer/statusCode/@code", s, "completed | active | aborted")
	}
	specimen := n.Child(cda.NS, "specimen")
	if !specimen.Exists() {
		c.missing(n, "organizer/specimen[@typeCode='SPC']")
		return
	}
	role := specimen.Child(cda.NS, "specimenRole")
	entity := role.Child(cda.NS, "specimenPlayingEntity")
	if specimen.Attr("typeCode") != "SPC" || role.Attr("classCode") != "SPEC" || entity.Attr("classCode") != "MIC" {
		c.bad(specimen, "specimen/specimenRole/specimenPlayingEntity", specimen.Attr("typeCode")+" "+role.Attr("classCode")+" "+entity.Attr("classCode"), "SPC SPEC MIC")
	}
	code := cda.ReadCD(entity.Child(cda.NS, "code"))
	if !code.Node.Exists() {
		c.missing(specimen, "specimenPlayingEntity/code")
		return
	}
	if code.Code != "" && code.System != oid.SNOMEDCT {
		c.bad(code.Node, "specimenPlayingEntity/code/@codeSystem", code.System, oid.SNOMEDCT)
	}
	for _, t := range code.Translations {
		if t.System != oid.NCBI {
			c.bad(t.Node, "specimenPlayingEntity/code/translation/@codeSystem", t.System, oid.NCBI)
		}
	}
}

func (c *run) specimen(n xmltree.Node) {
	if n.Attr("classCode") != "PROC" || n.Attr("moodCode") != "EVN" {
		c.bad(n, "procedure/@classCode @moodCode", n.Attr("classCode")+" "+n.Attr("moodCode"), "PROC EVN")
	}
	if !n.Child(cda.NS, "effectiveTime").Exists() {
		c.missing(n, "procedure/effectiveTime")
	}
	c.exactly(n, "procedure/participant", count(n, "participant", true), 1, 1)
	p := n.Child(cda.NS, "participant")
	role := p.Child(cda.NS, "participantRole")
	if p.Exists() && (p.Attr("typeCode") != "PRD" || role.Attr("classCode") != "SPEC") {
		c.bad(p, "participant/@typeCode, participantRole/@classCode", p.Attr("typeCode")+" "+role.Attr("classCode"), "PRD SPEC")
	}
	if p.Exists() {
		c.exactly(p, "participantRole/id", count(role, "id", true), 1, 1)
	}
	for r := range n.Children(cda.NS, "entryRelationship") {
		a := r.Child(cda.NS, "act")
		code := a.Child(cda.NS, "code")
		if code.Attr("code") != "SPRECEIVE" {
			continue
		}
		// The first arc is 1.3.5 in the published rules too.
		if code.Attr("codeSystem") != "1.3.5.1.4.1.19376.1.5.3.2" {
			c.bad(code, "act/code/@codeSystem", code.Attr("codeSystem"), "1.3.5.1.4.1.19376.1.5.3.2")
		}
		if t := a.Child(cda.NS, "effectiveTime"); t.Attr("value") == "" {
			c.missing(a, "act[SPRECEIVE]/effectiveTime/@value")
		}
	}
}
