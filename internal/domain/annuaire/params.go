package annuaire

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// Param is one search parameter of a resource.
type Param struct {
	Name string
	Type string // of FHIR: token, string, date, reference, uri
	Doc  string // French
	// indexed: codes of few values are found by lists; the others are filters.
	indexed bool
}

func text(name, doc string) Param         { return Param{Name: name, Type: "string", Doc: doc} }
func listed(name, doc string) Param       { return Param{Name: name, Type: "token", Doc: doc, indexed: true} }
func filter(name, kind, doc string) Param { return Param{Name: name, Type: kind, Doc: doc} }
func reference(name, doc string) Param    { return Param{Name: name, Type: "reference", Doc: doc} }
func with(own []Param, n ...string) []Param {
	out := []Param{filter("_id", "token", "Identifiant technique."), filter("_lastUpdated", "date", "Date de mise à jour ; préfixes eq, ne, gt, ge, lt, le, sa, eb, ap."), filter("_profile", "uri", "Profil de la ressource.")}
	common := map[string]Param{
		"active": filter("active", "token", "true : en activité ; false : supprimée."), "identifier": filter("identifier", "token", "Tout identifiant du répertoire."),
		"identifier-type": filter("identifier-type", "token", "Type d'identifiant : IDNPS, RPPS, FINEG, FINEJ, SIREN, SIRET, IDNST, RPPSRG."),
		"mailbox-mss":     text("mailbox-mss", "Adresse MSSanté ; :contains et :exact."), "mailbox-mss-type": listed("mailbox-mss-type", "Type de BAL : PER, ORG, APP, CAB."),
		"data-information-system":     filter("data-information-system", "token", "Système d'information d'origine."),
		"data-registration-authority": listed("data-registration-authority", "Autorité d'enregistrement."),
	}
	for _, name := range append(n, "identifier", "data-information-system", "data-registration-authority") {
		out = append(out, common[name])
	}
	return append(out, own...)
}

// params are the search parameters of each resource.
// spec: IDENTITY B
var params = [kindCount][]Param{
	KPractitioner: with([]Param{text("family", "Nom d'exercice."), text("given", "Prénom d'exercice."), text("name", "Nom, prénom, civilité ou civilité d'exercice."),
		text("number-smartcard", "Numéro de carte CPx."), listed("type-smartcard", "Type de carte CPx."),
		listed("qualification-code", "Profession, catégorie, savoir-faire, diplôme ou leur type.")}, "active", "identifier-type", "mailbox-mss", "mailbox-mss-type"),
	KRole: with([]Param{reference("organization", "Structure d'exercice."), reference("practitioner", "Professionnel."),
		listed("role", "Genre d'activité, mode d'exercice, fonction ou section du tableau des pharmaciens.")}, "active", "mailbox-mss", "mailbox-mss-type"),
	KOrganization: with([]Param{text("address", "Toute partie de l'adresse."), text("address-city", "Commune."), text("address-line", "Voie."), text("address-postalcode", "Code postal."),
		text("name", "Raison sociale ou enseigne."), reference("partof", "Entité juridique."), text("pharmacy-licence", "Licence d'officine."),
		listed("type", "Type d'organisation, secteur, catégorie, statut juridique, SPH, principal ou secondaire.")}, "active", "identifier-type", "mailbox-mss", "mailbox-mss-type"),
	KService: with([]Param{listed("characteristic", "Forme ou type d'activité."), reference("organization", "Structure."), listed("service-category", "Modalité."),
		listed("service-type", "Activité ou discipline.")}, "active"),
	KDevice: with([]Param{text("manufacturer", "Marque."), text("model", "Modèle."), reference("organization", "Structure."), listed("status", "active, inactive."),
		listed("type", "Type d'équipement matériel lourd.")}),
}

// Params lists the search parameters of a resource.
func Params(k Kind) []Param { return params[k] }

// also are other names of parameters that published clients use.
var also = map[string]string{"name:family": "family", "name:given": "given", "as-sp-data-information-system": "data-information-system", "as-sp-data-registration-authority": "data-registration-authority"}

func paramOf(k Kind, name string) *Param {
	for i := range params[k] {
		if params[k][i].Name == name {
			return &params[k][i]
		}
	}
	return nil
}

// ErrParam is the answer to a search parameter that the resource has not.
var ErrParam = &finding.Refusal{ID: "ANN-PARAMETRE", Kind: finding.Invalid, Code: "not-supported", Rule: "FHIR R4 search",
	Message: finding.T("Ce paramètre de recherche n'existe pas pour cette ressource.", "This resource has no such search parameter."),
	Fix:     finding.T("Voyez /metadata.", "See /metadata.")}

// ErrValue is the answer to a value that cannot be read.
var ErrValue = &finding.Refusal{ID: "ANN-VALEUR", Kind: finding.Invalid, Code: "value", Rule: "FHIR R4 search",
	Message: finding.T("La valeur de ce paramètre ne peut pas être lue.", "The value of this parameter cannot be read."),
	Fix:     finding.T("Dates : AAAA, AAAA-MM, AAAA-MM-JJ ou AAAA-MM-JJThh:mm:ss avec fuseau ; références : Type/id ; booléens : true, false.", "Dates: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with zone; references: Type/id; booleans: true, false.")}

// nearest names the parameter a client probably meant.
func nearest(k Kind, name string, others []string) *finding.Refusal {
	known := append([]string(nil), others...)
	for i := range params[k] {
		known = append(known, params[k][i].Name)
	}
	n := finding.Nearest(name, known)
	return ErrParam.At(name[:min(len(name), 60)]).Saying(finding.Tf("Le paramètre « %s » n'existe pas pour %s ; le plus proche est « %s ».", "Parameter \"%s\" does not exist for %s; the nearest is \"%s\".",
		strings.ToValidUTF8(name[:min(len(name), 60)], "?"), k, n))
}
