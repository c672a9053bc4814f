package ins

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
)

// Reliability is one code of the French extension of table 0445, in PID-32 and in FHIR.
type Reliability struct {
	Code  string
	Label finding.Text
}

// Reliabilities is the whole table.
// spec: INS §4 (PID-32)
var Reliabilities = []Reliability{
	{"VIDE", finding.T("identité non encore qualifiée", "identity not yet qualified")},
	{"PROV", finding.T("provisoire", "provisional")},
	{"VALI", finding.T("validée", "validated")},
	{"DOUB", finding.T("doublon", "duplicate")},
	{"DESA", finding.T("désactivée", "deactivated")},
	{"DPOT", finding.T("doublon potentiel", "potential duplicate")},
	{"DOUA", finding.T("doublon avéré", "proven duplicate")},
	{"COLP", finding.T("collision potentielle", "potential collision")},
	{"COLV", finding.T("collision avérée", "proven collision")},
	{"FILI", finding.T("filiation", "filiation")},
	{"CACH", finding.T("cachée", "hidden")},
	{"ANOM", finding.T("anonyme", "anonymous")},
	{"IDVER", finding.T("vérifiée par le patient", "verified by the patient")},
	{"RECD", finding.T("reçue d'un autre domaine", "received from another domain")},
	{"IDRA", finding.T("rapprochée dans un autre domaine", "linked in another domain")},
	{"USUR", finding.T("usurpée", "usurped")},
	{"HOMD", finding.T("homonyme détecté", "detected homonym")},
	{"INVA", finding.T("invalidée", "invalidated")},
	{"HOMA", finding.T("homonyme avéré", "proven homonym")},
	{"FICT", finding.T("fictive", "fictive")},
	{"DOUT", finding.T("douteuse", "doubtful")},
}

// The code systems of FHIR FR Core that carry these codes.
// spec: INS §5
const (
	ReliabilitySystem   = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445"
	ReliabilityValueSet = "https://hl7.fr/ig/fhir/core/ValueSet/fr-core-vs-identity-reliability"
	IdentifierSystem    = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
)

// identifierTypes are the codes of an INS in FHIR FR Core, by OID.
// spec: INS §5
var identifierTypes = map[string]string{oid.INSNIR: "INS-NIR", oid.INSNIA: "INS-NIA", oid.INSNIRTest: "INS-NIR-TEST", oid.INSNIRDemo: "INS-NIR-DEMO"}

// IdentifierType gives the FHIR type code of an INS under an OID, "" for a foreign one.
func IdentifierType(o string) string { return identifierTypes[o] }

// ReliabilityCodes gives PID-32 of a person: the status first, then the attributes. Qualified and
// validated are both VALI, the INS in PID-3 makes the difference; retrieved is internal, PROV outside.
// spec: INS §4 (PID-32)
func ReliabilityCodes(p *Person) []string {
	out := []string{"PROV"}
	if p.Status == Validee || p.Status == Qualifiee {
		out[0] = "VALI"
	}
	for _, a := range []struct {
		on   bool
		code string
	}{{p.MergedInto != "", "DESA"}, {p.Anonyme, "ANOM"}, {p.Anonyme, "CACH"}, {p.Fictive, "FICT"}, {p.Douteuse, "DOUT"}, {p.Homonyme, "HOMD"}} {
		if a.on {
			out = append(out, a.code)
		}
	}
	for _, r := range p.Related {
		if r.Link == "MERE" && r.Person != "" {
			return append(out, "FILI")
		}
	}
	return out
}

// PID3 gives the repetitions of PID-3: the local identifiers, and the INS of a qualified identity only.
// spec: INS §4 (PID-3)
func PID3(p *Person) []string {
	var out []string
	for _, l := range p.Local {
		out = append(out, escape(l.Value)+"^^^&"+escape(l.Authority)+"&ISO^PI")
	}
	if p.Status != Qualifiee {
		return out
	}
	space := "ASIP-SANTE-INS-NIR"
	if p.INS.OID == oid.INSNIA {
		space = "ASIP-SANTE-INS-NIA"
	}
	return append(out, p.INS.Matricule.Reveal()+"^^^"+space+"&"+p.INS.OID+"&ISO^INS")
}

// PID5 gives the repetitions of PID-5: the birth name, then the used name when there is one.
// spec: INS §4 (PID-5)
func PID5(p *Person) []string {
	t := p.Traits
	out := []string{escape(t.BirthName) + "^" + escape(t.FirstGiven) + "^" + escape(t.Givens) + "^^^^L"}
	if t.UsedName == "" && t.UsedGiven == "" {
		return out
	}
	name, given := t.UsedName, t.UsedGiven
	if name == "" {
		name = t.BirthName
	}
	if given == "" {
		given = t.FirstGiven
	}
	return append(out, escape(name)+"^"+escape(given)+"^^^^^D")
}

// PID11 gives the repetition of PID-11 that holds the birth place.
// spec: INS §4 (PID-11)
func PID11(p *Person) string { return "^^^^^^BDL^^" + p.Traits.BirthPlace }

var escape = strings.NewReplacer(`\`, `\E\`, "|", `\F\`, "^", `\S\`, "&", `\T\`, "~", `\R\`, "\r", "", "\n", " ").Replace
