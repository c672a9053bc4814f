package check

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// systemNIR is the social security number of the insured: not an INS.
const systemNIR = "1.2.250.1.213.1.4.13"

// officialTests are matricules the national test sets hand out: nobody bears them.
var officialTests = set("279035121518989 267095602306034")

// identities looks at which register each number of the patient is said to be from.
//
// spec: CI-SIS cda §2.2
func identities(c *run) {
	p := &c.d.Patient
	for n := range p.Node.Children(cda.NS, "id") {
		root, number := n.Attr("root"), n.Attr("extension")
		class := insid.ClassOf(root)
		bare := strings.Map(func(r rune) rune {
			if blank(r) || r == '.' || r == '-' {
				return -1
			}
			return r
		}, number)
		m, err := insid.ParseMatricule(bare)
		switch {
		case c.o.Production && (class == insid.Test || class == insid.Demo):
			c.under("HDR-21")
			c.add(finding.Warning, at(n, "root"), root, oid.INSNIR, finding.Tf("Le patient porte un INS de test ou de démonstration (OID %s) dans un environnement de production.", "The patient has a test or demonstration INS (OID %s) in a production environment.", root),
				finding.Tf("En production, prendre le matricule et l'OID que rend INSi (%s ou %s) ; garder %s pour les essais.", "In production, take the matricule and OID that INSi answers (%s or %s); keep %s for trials.", oid.INSNIR, oid.INSNIA, root))
		case class == insid.Production && officialTests[bare]:
			c.under("HDR-21")
			c.add(finding.Warning, at(n, "root"), root, oid.INSNIRTest, finding.Tf("Le matricule est celui d'un patient de test officiel, mais sous l'OID de production %s.", "The matricule is that of an official test patient, but under production OID %s.", root),
				finding.Tf("Pour un essai, écrire root=\"%s\" à la place de \"%s\".", "For a trial, write root=\"%s\" in place of \"%s\".", oid.INSNIRTest, root))
		case root == systemNIR && len(p.INS) == 0:
			c.under("HDR-22")
			c.add(finding.Warning, at(n, "root"), root, oid.INSNIR, finding.Tf("Le seul numéro national du patient est sous %s : c'est un NIR (numéro de sécurité sociale), pas un INS.", "The only national number of the patient is under %s: that is a social security number, not an INS.", root),
				finding.Tf("Qualifier l'identité par INSi et écrire l'INS rendu sous %s ; %s ne nourrit aucun dossier.", "Qualify the identity with INSi and write the INS answered under %s; %s feeds no record.", oid.INSNIR, root))
		case class == insid.Foreign && root != systemNIR && err == nil && len(bare) == 15 && m.KeyOK():
			c.under("HDR-22")
			c.add(finding.Warning, at(n, "root"), root, oid.INSNIR, finding.Tf("Un matricule INS bien formé est écrit sous l'OID %s, qui n'est pas un OID de l'INS.", "A well-formed INS matricule is written under OID %s, which is not an OID of the INS.", root),
				finding.Tf("Si c'est l'INS, écrire root=\"%s\" (ou %s) à la place de \"%s\".", "If it is the INS, write root=\"%s\" (or %s) in place of \"%s\".", oid.INSNIR, oid.INSNIA, root))
		}
	}
	c.under("HDR-28")
	if n := p.Birthplace.Child(cda.NS, "county"); n.Exists() {
		if v := n.Trim(); !cog.MatchString(v) && !hasAttr(n, "nullFlavor") {
			c.add(finding.Warning, spot{node: n}, v, "51215", finding.Tf("Le lieu de naissance (county) vaut « %s » : ce n'est pas un code officiel géographique de 5 caractères.", "The birthplace (county) is “%s”: it is not a geographical code of 5 characters.", v),
				finding.Tf("Écrire le code COG de la commune, ou du pays (99…), au lieu de « %s » ; le nom de la commune va dans city.", "Write the COG code of the commune, or of the country (99…), instead of “%s”; the name of the commune goes into city.", v))
		}
	}
	c.under("HDR-06")
	name := p.Person.Child(cda.NS, "name")
	for _, part := range []string{"family", "given"} {
		for _, q := range []string{"BR", "CL"} {
			if k := qualified(name, part, q); k > 1 {
				c.add(finding.Warning, spot{node: name}, strconv.Itoa(k), "1", finding.Tf("%s[@qualifier='%s'] est présent %d fois dans le nom du patient.", "%s[@qualifier='%s'] is present %d times in the patient's name.", part, q, k),
					finding.Tf("N'écrire qu'un %s qualifié %s ; un nom composé tient dans un seul élément.", "Write one %s qualified %s only; a compound name fits one element.", part, q))
			}
		}
	}
}

func qualified(name xmltree.Node, part, q string) int {
	k := 0
	for n := range name.Children(cda.NS, part) {
		if n.Attr("qualifier") == q {
			k++
		}
	}
	return k
}

// cog is a code of the official geographical register: commune, overseas or country.
var cog = regexp.MustCompile(`^(\d{5}|2[AB]\d{3}|97\d{3}|98\d{3})$`)

// The national identifiers by their first digit.
//
// spec: CI-SIS cda §2.3
var (
	professionalForms = map[byte]*regexp.Regexp{'8': regexp.MustCompile(`^8\d{11}$`), '0': regexp.MustCompile(`^0[0-9A-Z]{9}$`), '3': regexp.MustCompile(`^3\S+$`), '4': regexp.MustCompile(`^4\S+$`), '5': regexp.MustCompile(`^5\S+$`), '6': regexp.MustCompile(`^6\S+$`)}
	structureForms    = map[byte]*regexp.Regexp{'1': regexp.MustCompile(`^1[0-9AB]{9}$`), '2': regexp.MustCompile(`^2\d{9}$`), '3': regexp.MustCompile(`^3\d{14}$`), '0': regexp.MustCompile(`^0\S+$`), '4': regexp.MustCompile(`^4\S+$`), '5': regexp.MustCompile(`^5\S+$`), '6': regexp.MustCompile(`^6\S+$`)}
)

// national checks the form of the identifiers of professionals and structures, wherever they are.
func national(c *run) {
	for n := range c.d.Root.Descendants(cda.NS, "id") {
		v := n.Attr("extension")
		if v == "" {
			continue
		}
		switch n.Attr("root") {
		case oid.PSIdNat:
			f, ok := professionalForms[v[0]]
			switch {
			case len(v) == 11 && strings.Trim(v, "0123456789") == "" && v[0] == '1':
				c.add(finding.Warning, at(n, "extension"), v, "8"+v, finding.Tf("L'identifiant du professionnel « %s » n'a que les 11 chiffres du RPPS : il lui manque le type devant.", "Identifier “%s” of the professional has only the 11 digits of the RPPS: the type in front is missing.", v),
					finding.Tf("Écrire extension=\"8%s\" : « 8 » dit que le numéro est un RPPS.", "Write extension=\"8%s\": “8” says that the number is a RPPS one.", v))
			case !ok || !f.MatchString(v):
				c.add(finding.Warning, at(n, "extension"), v, "8 + RPPS", finding.Tf("L'identifiant du professionnel « %s » n'a pas la forme d'un PS_IdNat.", "Identifier “%s” of the professional does not have the form of a PS_IdNat.", v),
					finding.Tf("Au lieu de « %s », écrire le type (8 pour le RPPS) suivi du numéro entier.", "Instead of “%s”, write the type (8 for RPPS) followed by the whole number.", v))
			}
		case oid.StructIdNat:
			f, ok := structureForms[v[0]]
			switch {
			case len(v) == 9 && strings.Trim(v, "0123456789AB") == "":
				c.add(finding.Warning, at(n, "extension"), v, "1"+v, finding.Tf("L'identifiant de la structure « %s » n'a que les 9 caractères du FINESS : il lui manque le type devant.", "Identifier “%s” of the structure has only the 9 characters of the FINESS: the type in front is missing.", v),
					finding.Tf("Écrire extension=\"1%s\" : « 1 » dit que le numéro est un FINESS.", "Write extension=\"1%s\": “1” says that the number is a FINESS one.", v))
			case !ok || !f.MatchString(v):
				c.add(finding.Warning, at(n, "extension"), v, "1 + FINESS | 3 + SIRET", finding.Tf("L'identifiant de la structure « %s » n'a pas la forme d'un Struct_IdNat.", "Identifier “%s” of the structure does not have the form of a Struct_IdNat.", v),
					finding.Tf("Au lieu de « %s », écrire 1 suivi du FINESS (9) ou 3 suivi du SIRET (14).", "Instead of “%s”, write 1 followed by the FINESS (9) or 3 followed by the SIRET (14).", v))
			}
		}
	}
}

// reachable looks inside telecoms and addresses, in the header and in the body.
func reachable(c *run) {
	for n := range c.d.Root.Descendants(cda.NS, "*") {
		switch n.Local() {
		case "telecom":
			c.number(n)
		case "addr":
			if k := count(n, "streetAddressLine", true); k > 0 {
				for _, part := range addrParts {
					if p := n.Child(cda.NS, part); p.Exists() && (part == "streetName" || part == "houseNumber" || part == "postalCode" || part == "city") {
						c.under("HDR-29")
						c.add(finding.Warning, spot{node: n}, "streetAddressLine + "+part, "streetAddressLine | "+part, finding.Tf("L'adresse mêle %d ligne(s) libre(s) (streetAddressLine) et des éléments (%s).", "The address mixes %d free line(s) (streetAddressLine) and parts (%s).", k, part),
							finding.Tf("Choisir : soit des streetAddressLine seules, soit %s et les autres éléments, sans streetAddressLine.", "Choose: streetAddressLines alone, or %s and the other parts without streetAddressLine.", part))
						break
					}
				}
			}
		}
	}
}

var phone = regexp.MustCompile(`^\+?[0-9][0-9.()\-;=a-z]*$`)

func (c *run) number(n xmltree.Node) {
	v := n.Attr("value")
	scheme, rest, ok := strings.Cut(v, ":")
	if !ok || rest == "" {
		return
	}
	c.under("HDR-27")
	switch scheme {
	case "tel", "fax":
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '+' {
				return r
			}
			return -1
		}, rest)
		switch {
		case len(digits) < 2:
			c.add(finding.Warning, at(n, "value"), v, scheme+":+33…", finding.Tf("« %s » ne contient pas de numéro.", "“%s” holds no number.", v),
				finding.Tf("Remplacer « %s » par « %s: » suivi des chiffres du numéro, ou par nullFlavor=\"UNK\".", "Replace “%s” by “%s:” followed by the digits of the number, or by nullFlavor=\"UNK\".", v, scheme))
		case strings.ContainsAny(rest, "  "):
			c.add(finding.Warning, at(n, "value"), v, scheme+":"+digits, finding.Tf("Le numéro « %s » contient des espaces : ce n'est pas une URL.", "Number “%s” holds blanks: it is not a URL.", v),
				finding.Tf("Écrire « %s:%s ».", "Write “%s:%s”.", scheme, digits))
		case !phone.MatchString(rest):
			c.add(finding.Warning, at(n, "value"), v, scheme+":+33…", finding.Tf("« %s » n'est pas un numéro de téléphone.", "“%s” is not a telephone number.", v),
				finding.Tf("Remplacer « %s » par « %s: » suivi des chiffres du numéro.", "Replace “%s” by “%s:” followed by the digits of the number.", v, scheme))
		}
	case "mailto":
		if user, domain, at2 := strings.Cut(rest, "@"); !at2 || user == "" || !strings.Contains(domain, ".") || strings.ContainsAny(rest, " ,;") {
			c.add(finding.Warning, at(n, "value"), v, "mailto:x@y.mssante.fr", finding.Tf("« %s » n'est pas une adresse électronique.", "“%s” is not an e-mail address.", v),
				finding.Tf("Remplacer « %s » par mailto:nom@domaine, une seule adresse par telecom.", "Replace “%s” by mailto:name@domain, one address for each telecom.", v))
		}
	}
}
