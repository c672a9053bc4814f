package check

import (
	"unicode/utf8"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xmltree"
)

// insTraits asks for the traits as soon as an INS is there.
//
// spec: CI-SIS cda §2.2
func insTraits(c *run) {
	p := &c.d.Patient
	if len(p.INS)+len(p.BadINS) == 0 {
		return
	}
	has := func(list []cda.NamePart, q string) bool {
		for _, n := range list {
			if n.Qualifier == q {
				return true
			}
		}
		return false
	}
	for _, t := range []struct {
		ok   bool
		what string
	}{
		{has(p.Families, "BR"), "name/family[@qualifier='BR']"},
		{has(p.Givens, "BR"), "name/given[@qualifier='BR']"},
		{has(p.Givens, ""), "name/given"},
		{p.Person.Child(cda.NS, "birthTime").Exists(), "birthTime"},
		{p.Birthplace.Child(cda.NS, "county").Exists(), "birthplace/place/addr/county"},
		{hasAttr(p.Sex.Node, "code"), "administrativeGenderCode/@code"},
	} {
		if !t.ok {
			c.report(p.Person, "", t.what, finding.Tf("Avec un INS, le trait %s est obligatoire.", "With an INS, trait %s is mandatory.", t.what),
				finding.Tf("Ajouter %s au patient (ligne %d), tel qu'INSi le rend.", "Add %s to the patient (line %d), as INSi answers it.", t.what, p.Person.Line()))
		}
	}
}

func patientName(c *run) {
	p := &c.d.Patient
	if !p.Node.Exists() {
		return
	}
	c.exactly(p.Node, "patient", count(p.Node, "patient", false), 1, 1)
	c.exactly(p.Node, "patientRole/id", count(p.Node, "id", false), 1, -1)
	for id := range p.Node.Children(cda.NS, "id") {
		c.identifier(id, "patientRole/id")
	}
	if !p.Person.Exists() {
		return
	}
	c.exactly(p.Person, "patient/name", count(p.Person, "name", false), 1, 1)
	name := p.Person.Child(cda.NS, "name")
	if !name.Exists() || hasAttr(name, "nullFlavor") {
		return
	}
	for n := range name.Children(cda.NS, "family") {
		if q := n.Attr("qualifier"); q != "BR" && q != "CL" {
			c.bad(n, "patient/name/family/@qualifier", q, "BR | CL")
		}
	}
	for n := range name.Children(cda.NS, "given") {
		if q, ok := n.AttrOK("qualifier"); ok && q != "BR" && q != "CL" {
			c.bad(n, "patient/name/given/@qualifier", q, "BR | CL")
		}
	}
	c.exactly(name, "patient/name/family", count(name, "family", false), 1, -1)
	c.exactly(name, "patient/name/given", count(name, "given", false), 1, -1)
	c.exactly(name, "patient/name/prefix", count(name, "prefix", true), 0, 1)
	c.exactly(name, "patient/name/suffix", count(name, "suffix", true), 0, 1)
}

// identifier asks for root and extension, unless a nullFlavor stands for both.
func (c *run) identifier(n xmltree.Node, what string) {
	if hasAttr(n, "nullFlavor") {
		return
	}
	if r := n.Attr("root"); !root(r) {
		c.bad(n, what+"/@root", r, "OID | UUID")
	}
	if n.Attr("extension") == "" {
		c.bad(n, what+"/@extension", "", "identifiant")
	}
}

func patientTraits(c *run) {
	p := c.d.Patient.Person
	if !p.Exists() {
		return
	}
	c.exactly(p, "patient/administrativeGenderCode", count(p, "administrativeGenderCode", true), 1, 1)
	c.exactly(p, "patient/birthTime", count(p, "birthTime", true), 1, 1)
	c.exactly(p, "patient/birthplace", count(p, "birthplace", true), 0, 1)
	sex := c.d.Patient.Sex
	if sex.Node.Exists() && sex.Null == "" && sex.Code != "F" && sex.Code != "M" && sex.Code != "UN" {
		c.bad(sex.Node, "administrativeGenderCode/@code", sex.Code, "F | M | UN")
	}
	if b := p.Child(cda.NS, "birthTime"); b.Exists() && !hasAttr(b, "nullFlavor") && !digits4to14.MatchString(c.d.Patient.Birth.Raw) {
		c.bad(b, "birthTime/@value", c.d.Patient.Birth.Raw, "AAAAMMJJ")
	}
	for g := range p.Children(cda.NS, "guardian") {
		c.exactly(g, "guardianPerson | guardianOrganization", count(g, "guardianPerson", true)+count(g, "guardianOrganization", true), 1, 1)
	}
}

// insValue looks at the number itself. The official rules do not: an error here is only about a
// key under a production OID in production.
//
// spec: CI-SIS cda §7 HDR-08
func insValue(c *run) {
	p := &c.d.Patient
	for _, id := range p.BadINS {
		c.reportAs(finding.Warning, p.Node, id.Extension, "15 caractères", finding.Tf("L'identifiant sous l'OID %s (%s) n'est pas un matricule INS de 15 caractères.", "The identifier under OID %s (%s) is not a matricule of 15 characters.", id.Root, insid.Label(id.Root)),
			finding.Tf("Écrire les 13 caractères du matricule et sa clé de 2 chiffres, sans espace, au lieu de « %s » (%d caractères).", "Write the 13 characters of the matricule and its key of 2 digits, without blank, instead of “%s” (%d characters).", id.Extension, utf8.RuneCountInString(id.Extension)))
	}
	for _, id := range p.INSC {
		c.reportAs(finding.Warning, p.Node, "", "INS", finding.Tf("INS-C (%s) : identifiant obsolète, qui ne vaut pas un INS.", "INS-C (%s): obsolete identifier, not an INS.", id.Root),
			finding.Tf("Retirer l'identifiant sous %s et appeler INSi pour obtenir le matricule INS.", "Remove the identifier under %s and call INSi to obtain the matricule.", id.Root))
	}
	if len(p.INS) > 1 {
		c.reportAs(finding.Warning, p.Node, "", "1", finding.Tf("Le document porte %d INS ; un seul est attendu.", "The document carries %d INS; one is expected.", len(p.INS)),
			finding.Tf("Ne garder que l'INS en vigueur rendu par INSi sur les %d.", "Keep only the INS in force answered by INSi of the %d.", len(p.INS)))
	}
	for _, ins := range p.INS {
		c.insCoherence(ins)
	}
}

func (c *run) insCoherence(ins insid.INS) {
	p := &c.d.Patient
	if !ins.Matricule.KeyOK() {
		s := finding.Warning
		if ins.Class() == insid.Production && c.o.Production {
			s = finding.Error
		}
		right, _ := insid.ComputeKey(ins.Matricule.NIR())
		c.reportAs(s, p.Node, ins.Matricule.Key(), right, finding.Tf("La clé du matricule INS est fausse (%s, le calcul donne %s).", "The key of the matricule is wrong (%s, computing gives %s).", ins.Matricule.Key(), right),
			finding.Tf("Si les 13 premiers caractères sont justes, la clé est %s et non %s ; sinon reprendre le matricule rendu par INSi.", "If the first 13 characters are right the key is %s and not %s; otherwise take the matricule INSi answered.", right, ins.Matricule.Key()))
	}
	sex, birth := ins.Matricule.AgreesWith(p.Sex.Code, p.Birth.Raw)
	if !sex {
		c.reportAs(finding.Warning, p.Node, p.Sex.Code, ins.Matricule.Hint().Sex, finding.T("Le sexe du patient ne correspond pas au premier chiffre du matricule.", "The sex of the patient does not match the first digit of the matricule."),
			finding.Tf("Vérifier administrativeGenderCode (%s) et le matricule : l'un des deux est celui d'une autre personne, ou le sexe a changé à l'état civil.", "Check administrativeGenderCode (%s) and the matricule: one of them is another person's, or the sex changed in the civil register.", p.Sex.Code))
	}
	if !birth {
		c.reportAs(finding.Warning, p.Node, p.Birth.Raw, "", finding.T("La date de naissance ne correspond pas à l'année ou au mois du matricule.", "The birth date does not match the year or month of the matricule."),
			finding.Tf("Vérifier birthTime (%s) et le matricule : l'un des deux est celui d'une autre personne, ou la date est fictive.", "Check birthTime (%s) and the matricule: one of them is another person's, or the date is fictitious.", p.Birth.Raw))
	}
}
