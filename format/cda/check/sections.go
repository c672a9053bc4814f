package check

import (
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
)

const frSection = "1.2.250.1.213.1.1.2."

// sectionCode gives the code each French section template fixes.
//
// spec: CI-SIS cda §4.3
var sectionCode = map[string]string{
	"1": "46264-8", "2": "11348-0", "25": "18733-6", "26": "10218-6", "29": "46612-8", "30": "34117-2", "31": "57207-3", "32": "18776-5", "33": "21874-3",
	"34": "30954-2", "35": "33557-0", "36": "70182-1", "37": "55107-7", "39": "75859-9", "40": "35088-4", "41": "47420-5", "55": "55107-7", "58": "22030-1",
	"59": "72135-7", "67": "50397-9", "68": "46612-8", "69": "34117-2", "73": "55112-7", "74": "10161-8", "75": "8716-3", "77": "10162-6", "79": "48768-6",
	"127": "42349-1", "128": "42349-1", "132": "11450-4", "133": "11535-2", "134": "11348-0", "136": "47519-4", "137": "48765-2", "139": "10157-6",
	"141": "29762-2", "143": "10160-0", "144": "42346-7", "145": "18610-6", "146": "10183-2", "147": "11369-6", "150": "30954-2", "151": "30954-2",
	"157": "42348-3", "158": "18776-5", "171": "57828-6", "172": "11302-7", "174": "22030-1", "176": "11450-4", "177": "10154-3", "205": "55752-0",
	"206": "55111-9", "207": "18834-2", "208": "59776-5", "209": "19005-8", "210": "55107-7", "211": "55115-0", "213": "11329-0", "214": "55109-3",
	"215": "73569-6", "217": "121181", "222": "46264-8", "223": "57723-9", "236": "60590-7", "243": "55108-5", "244": "30954-2", "245": "44944-7", "247": "44939-7",
}

// sectionCodes checks the code of sections with a known French template.
func sectionCodes(c *run) {
	for s := range c.d.Body.Walk {
		for _, t := range s.Templates {
			tail, ok := strings.CutPrefix(t.Root, frSection)
			want := sectionCode[tail]
			if !ok || want == "" {
				continue
			}
			if s.Code.Code != want {
				n := s.Code.Node
				if !n.Exists() {
					n = s.Node
				}
				c.bad(n, "section["+t.Root+"]/code/@code", s.Code.Code, want)
			} else if s.Code.System != oid.LOINC && want != "121181" {
				c.reportAs(finding.Warning, s.Code.Node, s.Code.System, oid.LOINC, finding.Tf("Le code %s de la section devrait être pris dans LOINC.", "Code %s of the section should be a LOINC one.", want),
					finding.Tf("Écrire codeSystem=\"2.16.840.1.113883.6.1\" avec le code %s.", "Write codeSystem=\"2.16.840.1.113883.6.1\" with code %s.", want))
			}
			break
		}
	}
}

// need is one section a kind asks for.
type need struct {
	template string
	min, max int
	anywhere bool // at any level; otherwise at the first
	or       string
	name     finding.Text
}

const pcc = "1.3.6.1.4.1.19376.1.5.3.1.3."

// needs are the mandatory and limited sections of each kind.
//
// spec: CI-SIS cda §4.3
var needs = map[string][]need{
	"BIO-TROD": {{"1.3.6.1.4.1.19376.1.3.3.2.1", 1, -1, false, "", finding.T("chapitre de biologie", "biology chapter")}},
	"IMG-CR-IMG": {
		{frSection + "209", 1, 1, false, "", finding.T("conclusion", "conclusion")}, {frSection + "206", 1, -1, false, "", finding.T("acte d'imagerie", "imaging act")},
		{frSection + "210", 0, 1, false, "", finding.T("addendum", "addendum")}, {frSection + "205", 0, 1, false, "", finding.T("informations cliniques", "clinical information")},
		{frSection + "1", 0, 1, false, "", finding.T("dispositifs médicaux", "medical devices")}, {frSection + "208", 0, 1, false, "", finding.T("résultats", "findings")},
		{frSection + "207", 0, 1, false, "", finding.T("examen comparatif", "comparison")}, {frSection + "150", 0, 1, false, "", finding.T("résultats antérieurs", "previous results")},
		{frSection + "73", 0, 1, false, "", finding.T("commentaire", "comment")}, {frSection + "37", 0, 1, false, "", finding.T("documents ajoutés", "added documents")},
	},
	"IMG-DA-IMG": {
		{"1.2.840.10008.9.2", 1, 1, false, "", finding.T("informations cliniques", "clinical information")}, {frSection + "107", 1, 1, false, "", finding.T("éducation du patient", "patient education")},
		{frSection + "158.3", 1, 1, false, "", finding.T("actes demandés", "acts requested")},
	},
	"LDL-EES": {
		{pcc + "1", 1, -1, true, "", finding.T("motif d'hospitalisation", "reason for admission")}, {pcc + "20", 1, -1, true, "", finding.T("traitements à l'admission", "medication at admission")},
		{pcc + "13", 1, -1, true, "", finding.T("allergies", "allergies")}, {"1.3.6.1.4.1.19376.1.4.1.2.16", 1, -1, true, "", finding.T("commentaire", "comment")},
	},
	"LDL-SES": {
		{frSection + "35.1", 1, -1, true, "", finding.T("statut du document", "document status")}, {pcc + "1", 1, -1, true, "", finding.T("motif d'hospitalisation", "reason for admission")},
		{"1.3.6.1.4.1.19376.1.7.3.1.1.13.7", 1, -1, true, "", finding.T("synthèse médicale du séjour", "summary of the stay")}, {pcc + "22", 1, -1, true, "", finding.T("traitements à la sortie", "medication at discharge")},
	},
	"VSM": {
		{frSection + "29", 1, -1, false, "", finding.T("pathologies, antécédents, allergies et facteurs de risque", "conditions, history, allergies and risk factors")},
		{frSection + "30", 1, -1, true, "", finding.T("pathologies, antécédents et allergies", "conditions, history and allergies")}, {frSection + "31", 1, -1, true, "", finding.T("facteurs de risque", "risk factors")},
		{pcc + "27", 1, -1, false, "", finding.T("résultats", "results")}, {frSection + "32", 1, -1, false, "", finding.T("plan de traitement", "treatment plan")},
	},
	"IPS-FR": {
		{pcc + "19", 1, -1, false, "", finding.T("traitements", "medication")}, {pcc + "13", 1, -1, false, "", finding.T("allergies", "allergies")},
		{pcc + "6", 1, -1, false, "", finding.T("problèmes actifs", "active problems")}, {pcc + "11", 1, -1, false, "", finding.T("actes et interventions", "procedures")},
		{"1.3.6.1.4.1.19376.1.5.3.1.1.5.3.5", 1, -1, false, "", finding.T("dispositifs médicaux", "medical devices")},
	},
	"EP-MED-DM": {
		{frSection + "171", 1, 1, false, frSection + "222", finding.T("prescription de médicaments ou de dispositifs", "prescription of medication or devices")},
		{frSection + "243", 1, 1, false, "", finding.T("copie PDF", "PDF copy")},
	},
	"eDISP-MED": {{frSection + "236", 1, -1, false, "", finding.T("dispensation", "dispensation")}},
	"VAC":       {{pcc + "23", 1, 1, false, "", finding.T("vaccinations", "immunizations")}},
	"TLM-DA":    {{frSection + "68", 1, -1, false, "", finding.T("anamnèse et facteurs de risque", "history and risk factors")}, {pcc + "19", 1, -1, false, "", finding.T("traitements", "medication")}},
}

func kindSections(c *run) {
	if c.d.Body.Level() != "N3" {
		return
	}
	if c.kind.Name == "VSM" && !c.d.Code.Is("SYNTH", oid.TypeCodeFR) {
		c.bad(c.d.Code.Node, "code", c.d.Code.Code, "SYNTH ("+oid.TypeCodeFR+")")
	}
	for _, w := range needs[c.kind.Name] {
		got, alternative := c.sections(w.template, w.anywhere), 0
		if w.or != "" {
			alternative = c.sections(w.or, w.anywhere)
		}
		if got < w.min && alternative < w.min {
			expected := w.template
			if w.or != "" {
				expected += " | " + w.or
			}
			c.report(c.d.Body.Node, "", expected, finding.T("Section obligatoire absente : "+w.name.FR+" ("+expected+").", "Mandatory section missing: "+w.name.EN+" ("+expected+")."),
				finding.T("Ajouter la section « "+w.name.FR+" » avec <templateId root=\""+w.template+"\"/>.", "Add section “"+w.name.EN+"” with <templateId root=\""+w.template+"\"/>."))
		}
		if w.max >= 0 && got > w.max && (alternative != w.max || w.or == "") {
			n := strconv.Itoa(got)
			c.report(c.d.Body.Node, n, w.template, finding.T("Section présente "+n+" fois au lieu d'une : "+w.name.FR+" ("+w.template+").", "Section present "+n+" times instead of once: "+w.name.EN+" ("+w.template+")."),
				finding.T("Réunir les "+n+" sections « "+w.name.FR+" » en une seule.", "Join the "+n+" sections “"+w.name.EN+"” into one."))
		}
	}
}

// sections counts the sections of a template.
func (c *run) sections(template string, anywhere bool) int {
	n := 0
	if !anywhere {
		for _, s := range c.d.Body.Sections {
			if s.Templates.Has(template) {
				n++
			}
		}
		return n
	}
	for s := range c.d.Body.Walk {
		if s.Templates.Has(template) {
			n++
		}
	}
	return n
}

// pdfCopy checks the section «Copie du document» and its attached document.
//
// spec: CI-SIS cda §4.2
func pdfCopy(c *run) {
	for s := range c.d.Body.Walk {
		if !s.Templates.Has(cda.TemplatePDFCopySection) {
			continue
		}
		if s.Title != "Copie du document" {
			c.bad(s.Node, "section/title", s.Title, "Copie du document")
		}
		if !s.Code.Is("55108-5", oid.LOINC) {
			c.bad(s.Node, "section/code", s.Code.Code, "55108-5 (LOINC)")
		}
		if !s.Text.Exists() {
			c.missing(s.Node, "section/text")
		}
		attached := 0
		for _, e := range s.Entries {
			if o := e.Child(cda.NS, "organizer"); hasTemplate(o, cda.TemplateAttached) {
				attached++
			}
		}
		if attached == 0 {
			c.missing(s.Node, "entry/organizer["+cda.TemplateAttached+"]")
		}
	}
}
