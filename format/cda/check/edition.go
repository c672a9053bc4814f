package check

import (
	"regexp"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// editions are the published editions of the content models whose templateId carries one.
//
// spec: CI-SIS cda §4.3
var editions = map[string][]string{
	"BIO-CR-BIO": {"2021.01", "2023.01", "2024.01"}, "BIO-TROD": {"2024.01"}, "IMG-CR-IMG": {"2022.01", "2024.01"}, "IMG-DA-IMG": {"2022.01", "2024.01"},
	"EP-MED-DM": {"2022.01", "2023.01", "2024.01"}, "eDISP-MED": {"2024.01"}, "IPS-FR": {"2024.01"}, "VSM": {"201310", "2022.01", "2023.01"}, "VAC": {"2023.01"}, "VAC-NOTE": {"2023.01"},
	"CSE-CS8": {"2022.01", "2024.01", "2025.01"}, "CSE-CS9": {"2022.01", "2024.01", "2025.01"}, "CSE-CS24": {"2022.01", "2024.01", "2025.01"}, "CSE-MDE": {"2023.01"},
	"SDM-MR": {"2022.01", "2024.01"}, "OPH-BRE": {"2022.01", "2022.02"}, "LDL-EES": {"2022.01"}, "LDL-SES": {"2022.01"}, "TLM-DA": {"2022.01"},
}

var editionForm = regexp.MustCompile(`^\d{4}\.\d{2}(\.\d+)?$`)

// knownTemplates are the roots documents declare besides that of their French model.
var knownTemplates = []string{oid.TemplateHL7, oid.TemplateCISI, oid.TemplateXDSD, "1.3.6.1.4.1.19376.1.3.3", "1.2.840.10008.9.1", "1.2.840.10008.9.20", "1.2.840.10008.9.21",
	"1.3.6.1.4.1.19376.1.5.3.1.1.1", "1.3.6.1.4.1.19376.1.5.3.1.1.2", "1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2", "1.3.6.1.4.1.19376.1.7.3.1.1.13.1", "1.3.6.1.4.1.19376.1.9.1.1.1", "1.3.6.1.4.1.19376.1.9.1.1.3", "2.16.840.1.113883.10.22.1.1"}

// declared checks the editions and the roots of the templates of the document.
func declared(c *run) {
	for n := range c.d.Root.Children(cda.NS, "templateId") {
		root, edition := n.Attr("root"), n.Attr("extension")
		c.under("HDR-24")
		known := editions[c.kind.Name]
		switch {
		case root != c.kind.Template || edition == "" || c.kind.Name == "N1" || slices.Contains(known, edition):
		case !editionForm.MatchString(edition):
			c.add(finding.Warning, at(n, "extension"), edition, strings.Join(known, " | "), finding.Tf("L'édition « %s » du modèle %s n'est pas écrite AAAA.NN.", "Edition “%s” of model %s is not written YYYY.NN.", edition, c.kind.Name),
				finding.Tf("Remplacer « %s » par l'édition suivie, par exemple « %s ».", "Replace “%s” by the edition followed, for instance “%s”.", edition, last(known)))
		case len(known) > 0:
			c.add(finding.Warning, at(n, "extension"), edition, strings.Join(known, " | "), finding.Tf("L'édition « %s » du modèle %s n'existe pas ; connues : %s.", "There is no edition “%s” of model %s; known: %s.", edition, c.kind.Name, strings.Join(known, ", ")),
				finding.Tf("Remplacer « %s » par « %s » (ou l'édition que le logiciel suit vraiment).", "Replace “%s” by “%s” (or the edition the software does follow).", edition, last(known)))
		}
		c.nearTemplate(n, root)
	}
	if c.kind.Name == "" && c.d.Body.Level() == "N3" {
		c.under("HDR-25")
		c.add(finding.Warning, spot{node: c.d.Root}, "", docTemplates+"…", finding.Tf("Aucun templateId du document (code %s) n'est celui d'un modèle connu : son contenu ne sera contrôlé par aucune règle de volet.", "No templateId of the document (code %s) is that of a known model: no rule of its kind will look at its content.", c.d.Code.Code),
			finding.Tf("Déclarer le templateId du volet suivi (%s… avec son édition) pour le code %s.", "Declare the templateId of the content model followed (%s… with its edition) for code %s.", docTemplates, c.d.Code.Code))
	}
}

const docTemplates = "1.2.250.1.213.1.1.1."

func last(list []string) string {
	if len(list) == 0 {
		return "2024.01"
	}
	return list[len(list)-1]
}

// nearTemplate proposes the known root that differs by one character.
func (c *run) nearTemplate(n xmltree.Node, root string) {
	if slices.Contains(knownTemplates, root) || strings.HasPrefix(root, docTemplates) {
		return
	}
	for _, k := range append(knownTemplates, c.kind.Template) {
		if k != "" && close1(root, k) {
			c.under("HDR-25")
			c.add(finding.Warning, at(n, "root"), root, k, finding.Tf("Le templateId « %s » n'est pas connu ; il diffère d'un signe de « %s ».", "TemplateId “%s” is not known; it differs by one sign from “%s”.", root, k),
				finding.Tf("Écrire root=\"%s\".", "Write root=\"%s\".", k))
			return
		}
	}
}

// close1 tells two words apart by one character added, lost or changed.
func close1(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return a[i+1:] == b[i+1:]
	}
	return a[i:] == b[i+1:]
}
