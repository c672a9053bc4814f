package check

import (
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

const (
	systemCIP7 = "1.2.250.1.213.2.3.3"
	systemCCAM = "1.2.250.1.215.300.1"
)

// form is how the codes of a system are written.
type form struct {
	name  string
	shape *regexp.Regexp
	like  string
	names []string // codeSystemName, in capitals without punctuation
}

var forms = map[string]form{
	oid.LOINC:    {"LOINC", regexp.MustCompile(`^(\d{1,7}-\d|L[APG]\d+-\d|[xX]{2}-.+)$`), "1234-5", []string{"LOINC"}},
	oid.SNOMEDCT: {"SNOMED CT", regexp.MustCompile(`^\d{6,18}$`), "138875005", []string{"SNOMEDCT", "SNOMED"}},
	oid.CIM10:    {"CIM-10", regexp.MustCompile(`^[A-Z]\d{2}(\.?[A-Z0-9+*-]{1,4})?$`), "E11.9", []string{"CIM10", "ICD10"}},
	oid.ATC:      {"ATC", regexp.MustCompile(`^[A-Z](\d{2}([A-Z]([A-Z](\d{2})?)?)?)?$`), "J01CA04", []string{"ATC"}},
	oid.CIP:      {"CIP", regexp.MustCompile(`^\d{13}$|^\d{7}$`), "3400930000001", []string{"CIP"}},
	oid.CIS:      {"CIS", regexp.MustCompile(`^\d{8}$`), "60000000", []string{"CIS"}},
	systemCCAM:   {"CCAM", regexp.MustCompile(`^([A-Z]{4}\d{3}(-.*)?|[A-Z0-9]{1,2}|\d{2}(\.\d{2})*)$`), "ZBQK002", []string{"CCAM"}},
}

// codes looks at every coded value of the document: is the code one its system can hold, is the
// system the one that is named, does the label belong to that code.
func codes(c *run) {
	for n := range c.d.Root.Descendants(cda.NS, "*") {
		code, system := n.Attr("code"), n.Attr("codeSystem")
		if code == "" || strings.TrimFunc(code, blank) != code {
			continue
		}
		if system == "" {
			c.noSystem(n, code)
			continue
		}
		f, known := forms[system]
		if known {
			c.shape(n, code, f, system)
		}
		c.systemName(n, system, known, code)
		if system == oid.LOINC {
			c.otherName(n, code)
		}
	}
}

// noSystem: in the body a code without its system says nothing; where the schema fixes the system
// (status, mood, language…) it is left out.
func (c *run) noSystem(n xmltree.Node, code string) {
	switch n.Local() {
	case "statusCode", "languageCode", "realmCode", "signatureCode", "modeCode", "preferenceInd", "sequenceNumber", "awarenessCode", "country", "county":
		return
	}
	if hasAttr(n, "nullFlavor") || !within(n, c.d.Body.Node) || n.Parent().Local() == "manufacturedMaterial" && n.Local() == "formCode" {
		return
	}
	c.under("TERM-02")
	c.add(finding.Warning, at(n, "code"), code, "@codeSystem", finding.Tf("%s/@code « %s » n'a pas de codeSystem : on ne sait pas de quelle terminologie il vient.", "%s/@code “%s” has no codeSystem: there is no telling which terminology it is from.", n.Local(), code),
		finding.Tf("Ajouter codeSystem à %s code=\"%s\".", "Add codeSystem to %s code=\"%s\".", n.Local(), code))
}

func within(n, top xmltree.Node) bool {
	return top.Exists() && n.Offset() >= top.Offset() && n.End() <= top.End()
}

func (c *run) shape(n xmltree.Node, code string, f form, system string) {
	c.under("TERM-03")
	if !f.shape.MatchString(code) {
		c.add(finding.Warning, at(n, "code"), code, f.like, finding.Tf("« %s » n'a pas la forme d'un code %s (comme %s).", "“%s” does not have the form of a %s code (such as %s).", code, f.name, f.like),
			finding.Tf("Mettre un code %s à la place de « %s », ou le codeSystem de la terminologie d'où il vient.", "Put a %s code in place of “%s”, or the codeSystem of the terminology it is from.", f.name, code))
		return
	}
	right, ok := "", true
	switch {
	case system == oid.LOINC && code[0] >= '0' && code[0] <= '9':
		right, ok = luhnKey(code)
	case system == oid.SNOMEDCT:
		ok = verhoeff(code)
	case system == oid.CIP && len(code) == 13:
		ok = ean13(code)
	}
	if ok {
		return
	}
	m := finding.Tf("La clé du code %s « %s » est fausse : un chiffre a été mal saisi.", "The check digit of %s code “%s” is wrong: a digit was mistyped.", f.name, code)
	fix := finding.Tf("Reprendre le code %s dans sa table au lieu de « %s ».", "Take the %s code from its table again instead of “%s”.", f.name, code)
	if right != "" {
		fix = finding.Tf("Si les chiffres de « %s » sont justes, la clé est %s ; sinon reprendre le code dans la table LOINC.", "If the digits of “%s” are right the check digit is %s; otherwise take the code from the LOINC table again.", code, right)
	}
	c.add(finding.Warning, at(n, "code"), code, right, m, fix)
}

// systemName compares codeSystemName with codeSystem, for the terminologies everyone names.
func (c *run) systemName(n xmltree.Node, system string, known bool, code string) {
	name := n.Attr("codeSystemName")
	if name == "" {
		return
	}
	if c.named[[2]string{system, name}] {
		return
	}
	bare := bareName.Replace(strings.ToUpper(name))
	for o, f := range forms {
		for _, alias := range f.names {
			if bare != alias || o == system || f.name == "CIP" && system == systemCIP7 {
				continue
			}
			c.under("TERM-04")
			c.add(finding.Warning, at(n, "codeSystem"), system, o, finding.Tf("codeSystemName dit « %s » mais codeSystem vaut %s : l'OID de %s est %s.", "codeSystemName says “%s” but codeSystem is %s: the OID of %s is %s.", name, system, f.name, o),
				finding.Tf("Écrire codeSystem=\"%s\" si « %s » est bien un code %s.", "Write codeSystem=\"%s\" if “%s” is indeed a %s code.", o, code, f.name))
			return
		}
	}
	if c.named == nil {
		c.named = map[[2]string]bool{}
	}
	c.named[[2]string{system, name}] = true
}

// bareName writes CIM-10, CIM_10 and CIM 10 alike.
var bareName = strings.NewReplacer("-", "", "_", "", " ", "", "\u00a0", "")

// otherName: the label printed belongs to another code of the table.
func (c *run) otherName(n xmltree.Node, code string) {
	own, known := loinc[code]
	shown := n.Attr("displayName")
	if !known || shown == "" || strings.EqualFold(shown, own.name) {
		return
	}
	other := ""
	for k, t := range loinc {
		if strings.EqualFold(shown, t.name) && t.name != own.name && (other == "" || k < other) {
			other = k
		}
	}
	if other == "" {
		return
	}
	c.under("TERM-05")
	c.add(finding.Warning, at(n, "displayName"), shown, own.name, finding.Tf("Le libellé « %s » accompagne le code LOINC %s, qui est celui de « %s ».", "Label “%s” goes with LOINC code %s, which is that of “%s”.", shown, code, own.name),
		finding.Tf("Mettre le code de « %s » (par exemple %s) ou le libellé de %s.", "Put the code of “%s” (for instance %s) or the label of %s.", shown, other, code))
}

// luhnKey computes the check digit of a LOINC code.
//
// spec: LOINC Users' Guide, check digit
func luhnKey(code string) (key string, ok bool) {
	digits, given, _ := strings.Cut(code, "-")
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	key = string(rune('0' + (10-sum%10)%10))
	return key, key == given
}

func ean13(s string) bool {
	sum := 0
	for i, r := range s {
		sum += int(r-'0') * (1 + i%2*2)
	}
	return sum%10 == 0
}

// verhoeff checks the last digit of a SNOMED CT identifier.
//
// spec: SNOMED CT Release File Specifications 5.5
func verhoeff(s string) bool {
	const d = "0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210"
	const p = "01234567891576283094580374612989160435279453126870428657390127938064157046913258"
	c := 0
	for i := range s {
		x := int(s[len(s)-1-i] - '0')
		c = int(d[c*10+int(p[i%8*10+x]-'0')] - '0')
	}
	return c == 0
}
