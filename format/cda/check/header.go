package check

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

func typeID(c *run) {
	if t := c.d.TypeID; t.Root != oid.CDATypeID || t.Extension != "POCD_HD000040" {
		c.bad(c.d.Root.Child(cda.NS, "typeId"), "typeId", strings.TrimSpace(t.Root+" "+t.Extension), oid.CDATypeID+" POCD_HD000040")
	}
	if c.d.Body.Level() == "" {
		c.missing(c.d.Root, "component/nonXMLBody | component/structuredBody")
	}
}

// spec: CI-SIS cda §7 CDA-03
func links(c *run) {
	for _, r := range c.d.Dangling() {
		if r.Media {
			c.report(r.Node, r.Target, "observationMedia/@ID", finding.Tf("L'image ou le fichier « %s » annoncé dans le texte n'existe pas.", "The picture or file “%s” announced in the text does not exist.", shorten(r.Target)),
				finding.Tf("Donner ID=\"%s\" à l'observationMedia voulu, ou corriger referencedObject (« %s »).", "Give ID=\"%s\" to the observationMedia meant, or mend referencedObject (“%s”).", shorten(r.Target), c.nearID(r.Target, true)))
			continue
		}
		c.report(r.Node, "#"+r.Target, "@ID", finding.Tf("La référence « #%s » ne mène à aucun ID du document.", "Reference “#%s” leads to no ID of the document.", shorten(r.Target)),
			finding.Tf("Ajouter ID=\"%s\" dans le texte de la section, ou corriger la référence ; l'ID le plus proche est « %s ».", "Add ID=\"%s\" in the text of the section, or mend the reference; the nearest ID is “%s”.", shorten(r.Target), c.nearID(r.Target, false)))
	}
}

func duplicateIDs(c *run) {
	for _, n := range c.d.DuplicateIDs() {
		c.report(n, n.Attr("ID"), "", finding.Tf("L'ID « %s » est déjà pris dans ce document.", "ID “%s” is already taken in this document.", shorten(n.Attr("ID"))),
			finding.Tf("Donner un autre ID que « %s » à cet élément (ligne %d) et à ses références.", "Give this element (line %[2]d) another ID than “%[1]s”, and its references too.", shorten(n.Attr("ID")), n.Line()))
	}
}

// maxSkew is how far ahead a clock may be before a date is called future.
const maxSkew = 10 * time.Minute

func future(c *run) {
	if c.o.Now.IsZero() {
		return
	}
	look := func(what string, t cda.TS, n xmltree.Node) {
		p, ok := t.Parse(nil)
		slack := maxSkew
		if p.Precision <= cda.Day {
			slack = 24 * time.Hour
		}
		if ok && p.Time.After(c.o.Now.Add(slack)) {
			c.report(n, t.Raw, c.o.Now.Format("20060102150405-0700"), finding.Tf("%s est dans l'avenir : %s.", "%s is in the future: %s.", what, t.Raw),
				finding.Tf("Corriger %s (%s), ou l'horloge qui l'a produit.", "Mend %s (%s), or the clock that made it.", what, t.Raw))
		}
	}
	look("effectiveTime", c.d.EffectiveTime, c.d.Root.Child(cda.NS, "effectiveTime"))
	look("birthTime", c.d.Patient.Birth, c.d.Patient.Person.Child(cda.NS, "birthTime"))
	for i := range c.d.Authors {
		look("author/time", c.d.Authors[i].Time.Value, c.d.Authors[i].Node)
	}
	if a := c.d.LegalAuthenticator; a != nil {
		look("legalAuthenticator/time", a.Time.Value, a.Node)
	}
}

func commonTemplates(c *run) {
	realm := 0
	for n := range c.d.Root.Children(cda.NS, "realmCode") {
		if n.Attr("code") == "FR" {
			realm++
		} else {
			c.bad(n, "realmCode/@code", n.Attr("code"), "FR")
		}
	}
	if c.d.Realm == "" || realm > 1 {
		c.exactly(c.d.Root, "realmCode[@code='FR']", realm, 1, 1)
	}
	hl7, cisis, other := 0, 0, 0
	for _, t := range c.d.Templates {
		switch t.Root {
		case oid.TemplateHL7:
			hl7++
		case oid.TemplateCISI:
			cisis++
		default:
			other++
		}
	}
	c.exactly(c.d.Root, "templateId "+oid.TemplateHL7, hl7, 1, 1)
	c.exactly(c.d.Root, "templateId "+oid.TemplateCISI, cisis, 1, 1)
	c.exactly(c.d.Root, "templateId (modèle du document)", other, 1, -1)
}

func levelOne(c *run) {
	if c.d.Body.Level() != "N1" {
		return
	}
	if !c.d.Templates.Has(oid.TemplateXDSD) {
		c.missing(c.d.Root, "templateId "+oid.TemplateXDSD)
	}
	if n := len(c.d.Templates); n != 3 {
		c.report(c.d.Root, strconv.Itoa(n), "3", finding.Tf("Un document à corps non structuré déclare exactement 3 templateId ; celui-ci en a %d.", "A document with an unstructured body declares exactly 3 templateIds; this one has %d.", n),
			finding.Tf("Ne garder que 2.16.840.1.113883.2.8.2.1, 1.2.250.1.213.1.1.1.1 et 1.3.6.1.4.1.19376.1.2.20 sur les %d.", "Keep only 2.16.840.1.113883.2.8.2.1, 1.2.250.1.213.1.1.1.1 and 1.3.6.1.4.1.19376.1.2.20 of the %d.", n))
	}
}

var (
	digits4to14 = regexp.MustCompile(`^[0-9]{4,14}`)
	integer     = regexp.MustCompile(`^-?[1-9][0-9]*$|^[0-9]+$`)
	language    = regexp.MustCompile(`[a-z]{2}-[A-Z]{2}`)
	rootSyntax  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)
)

// root reports whether an HL7 root is an OID, a UUID or a registered name.
func root(s string) bool { return oid.ValidRoot(s) || rootSyntax.MatchString(s) }

func mandatory(c *run) {
	for _, name := range []string{"id", "code", "title", "effectiveTime", "confidentialityCode", "languageCode", "setId", "versionNumber", "recordTarget"} {
		c.exactly(c.d.Root, name, count(c.d.Root, name, false), 1, 1)
	}
	c.exactly(c.d.Root, "component", count(c.d.Root, "component", true), 1, 1)
	for _, name := range []string{"id", "setId"} {
		n := c.d.Root.Child(cda.NS, name)
		if !n.Exists() || hasAttr(n, "nullFlavor") {
			continue
		}
		if r := n.Attr("root"); !root(r) {
			c.bad(n, name+"/@root", r, "OID | UUID")
		}
		if hasAttr(n, "extension") && n.Attr("extension") == "" {
			c.bad(n, name+"/@extension", "", "texte non vide")
		}
	}
	if t := c.d.Root.Child(cda.NS, "effectiveTime"); t.Exists() && !hasAttr(t, "nullFlavor") && !digits4to14.MatchString(c.d.EffectiveTime.Raw) {
		c.bad(t, "effectiveTime/@value", c.d.EffectiveTime.Raw, "AAAAMMJJ[HHMM[SS]±ZZZZ]")
	}
	v := c.d.Root.Child(cda.NS, "versionNumber")
	switch n, err := strconv.Atoi(c.d.Version); {
	case !v.Exists() || hasAttr(v, "nullFlavor"):
	case !integer.MatchString(c.d.Version):
		c.bad(v, "versionNumber/@value", c.d.Version, "entier > 0")
	case err == nil && n <= 0:
		c.reportAs(finding.Warning, v, c.d.Version, "> 0", finding.T("Le numéro de version n'est pas un entier positif.", "The version number is not a positive integer."),
			finding.Tf("Écrire 1 pour un premier document, puis 2, 3… au lieu de « %s ».", "Write 1 for a first document, then 2, 3… instead of “%s”.", c.d.Version))
	}
	if c.d.Root.Child(cda.NS, "title").Exists() && c.d.Title == "" {
		c.reportAs(finding.Warning, c.d.Root.Child(cda.NS, "title"), "", "", finding.T("Le titre est vide.", "The title is empty."),
			finding.Tf("Écrire un titre, par exemple « %s ».", "Write a title, for instance “%s”.", c.d.Code.Display))
	}
}

// confidentialities are the codes the header accepts.
var confidentialities = map[string]bool{"L": true, "M": true, "N": true, "R": true, "U": true, "V": true}

func headerCodes(c *run) {
	if k := c.d.Code; k.Node.Exists() && k.Null == "" {
		c.coded(k, "code", nos.TypeCode)
	}
	if k := c.d.Confidentiality; k.Node.Exists() && k.Null == "" {
		c.complete(k, "confidentialityCode")
		if k.Code != "" && !confidentialities[k.Code] {
			c.bad(k.Node, "confidentialityCode/@code", k.Code, "N | R | V")
		}
	}
	if n := c.d.Root.Child(cda.NS, "languageCode"); n.Exists() && !language.MatchString(c.d.Language) {
		c.bad(n, "languageCode/@code", c.d.Language, "fr-FR")
	}
}

// complete asks for code, system and display.
func (c *run) complete(k cda.CD, what string) {
	if k.Code == "" {
		c.bad(k.Node, what+"/@code", "", "code")
	}
	if k.System == "" {
		c.bad(k.Node, what+"/@codeSystem", "", "OID")
	}
	if k.Display == "" {
		c.bad(k.Node, what+"/@displayName", "", "libellé")
	}
}

// coded asks for a complete code that is in a set. The official rules compare the code alone:
// another system is a warning, another wording an information.
//
// spec: CI-SIS cda §2.6
func (c *run) coded(k cda.CD, what, set string) {
	c.complete(k, what)
	if k.Code == "" {
		return
	}
	inSet, ok := nos.Lookup(set, k.Code, k.System)
	if !ok {
		if other, exists := nos.Lookup(set, k.Code, ""); exists {
			c.reportAs(finding.Warning, k.Node, k.System, other.System, finding.Tf("%s « %s » n'est pas dans le système %s attendu (%s).", "%s “%s” is not of the expected system %s (%s).", what, k.Code, other.System, oid.Name(other.System)),
				finding.Tf("Écrire codeSystem=\"%s\" avec le code « %s ».", "Write codeSystem=\"%s\" with code “%s”.", other.System, k.Code))
			return
		}
		s := nos.Get(set)
		c.report(k.Node, k.Code, "JDV_"+set, finding.Tf("%s « %s » n'est pas dans le jeu de valeurs JDV_%s (édition %s).", "%s “%s” is not in value set JDV_%s (edition %s).", what, shorten(k.Code), set, s.Edition),
			finding.Tf("Remplacer « %s » par un code de JDV_%s ; le plus proche est « %s ».", "Replace “%s” by a code of JDV_%s; the nearest is “%s”.", shorten(k.Code), set, finding.Nearest(k.Code, codesOf(set))))
		return
	}
	if k.Display != "" && k.Display != inSet.Display {
		c.reportAs(finding.Info, k.Node, k.Display, inSet.Display, finding.Tf("%s : le libellé diffère de celui du jeu de valeurs (« %s »).", "%s: the display differs from that of the value set (“%s”).", what, inSet.Display),
			finding.Tf("Écrire displayName=\"%s\" au lieu de « %s ».", "Write displayName=\"%s\" instead of “%s”.", inSet.Display, shorten(k.Display)))
	}
}

func related(c *run) {
	n := 0
	for _, r := range c.d.Related {
		if r.TypeCode != "RPLC" {
			c.reportAs(finding.Warning, r.Node, r.TypeCode, "RPLC", finding.Tf("relatedDocument de type « %s » : seul le remplacement (RPLC) est prévu.", "relatedDocument of type “%s”: only replacement (RPLC) is foreseen.", r.TypeCode),
				finding.Tf("Écrire typeCode=\"RPLC\" au lieu de « %s » ; un complément se dépose comme un document à part.", "Write typeCode=\"RPLC\" instead of “%s”; an addendum is deposited as a document of its own.", r.TypeCode))
			continue
		}
		n++
		c.exactly(r.Node, "parentDocument/id", count(r.Node.Child(cda.NS, "parentDocument"), "id", false), 1, 1)
		for _, id := range r.Parents {
			if id.Root == "" {
				c.bad(r.Node, "parentDocument/id/@root", "", "OID | UUID")
			} else if id.UniqueID() == c.d.UniqueID() {
				c.report(r.Node, id.UniqueID(), "", finding.T("Le document se remplace lui-même : parentDocument/id est son propre identifiant.", "The document replaces itself: parentDocument/id is its own id."),
					finding.Tf("Mettre dans parentDocument l'identifiant de la version précédente, et donner au document un id neuf (ici « %s » des deux côtés).", "Put the identifier of the previous version in parentDocument, and give the document a new id (here “%s” on both sides).", id.UniqueID()))
			}
		}
		c.replacedVersion(r)
	}
	if n > 1 {
		c.exactly(c.d.Root, "relatedDocument[@typeCode='RPLC']", n, 0, 1)
	}
}

// spec: CI-SIS cda §7 HDR-16
func (c *run) replacedVersion(r cda.RelatedDocument) {
	if !r.SetID.IsZero() && r.SetID.UniqueID() != c.d.SetID.UniqueID() {
		c.reportAs(finding.Warning, r.Node, r.SetID.UniqueID(), c.d.SetID.UniqueID(), finding.T("Le document remplacé est d'une autre lignée (setId différent).", "The document replaced is of another line (different setId)."),
			finding.Tf("Écrire le même setId des deux côtés : « %s » ici, « %s » dans parentDocument.", "Write the same setId on both sides: “%s” here, “%s” in parentDocument.", c.d.SetID.UniqueID(), r.SetID.UniqueID()))
	}
	old, err1 := strconv.Atoi(r.Version)
	now, err2 := strconv.Atoi(c.d.Version)
	if err1 == nil && err2 == nil && now <= old {
		c.reportAs(finding.Warning, r.Node, c.d.Version, "> "+r.Version, finding.Tf("La version %d n'est pas supérieure à celle du document remplacé (%d).", "Version %d is not higher than that of the document replaced (%d).", now, old),
			finding.Tf("Écrire versionNumber value=\"%d\" ou plus.", "Write versionNumber value=\"%d\" or more.", old+1))
	}
}

// codesOf lists the codes of a set, to propose the nearest.
func codesOf(set string) []string {
	var out []string
	for k := range nos.Get(set).All() {
		out = append(out, k.Code)
	}
	return out
}

// maxProposed bounds the IDs looked at to propose one.
const maxProposed = 500

// nearID proposes the ID of the body that looks most like a lost one.
func (c *run) nearID(target string, media bool) string {
	kind := 0
	if media {
		kind = 1
	}
	if c.ids[kind] == nil {
		c.ids[kind] = []string{}
		for n := range c.d.Body.Node.Descendants(cda.NS, "*") {
			if id := n.Attr("ID"); id != "" && (!media || n.Local() == "observationMedia") && len(c.ids[kind]) < maxProposed {
				c.ids[kind] = append(c.ids[kind], id)
			}
		}
	}
	return finding.Nearest(target, c.ids[kind])
}
