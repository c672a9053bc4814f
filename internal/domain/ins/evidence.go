package ins

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

// Proof is a kind of document that can be shown at the desk.
type Proof struct {
	Label finding.Text
	High  bool // of high trust: it may validate an identity
	// Minor documents hold for somebody under age with a document of a parent or guardian beside
	// them, and for an admission to a residence (EHPAD) with a carte Vitale with photo.
	Minor bool
	Alone bool // a Minor document with photo, which needs no other
	HL7   string
}

// Evidences are the documents known, by the code kept in Evidence.Kind. What is not of high trust
// can be noted, never validates.
// spec: INS §2 (identity evidence)
var Evidences = map[string]Proof{
	"CNI":                    {Label: finding.T("carte nationale d'identité", "national identity card"), High: true, HL7: "CN"},
	"PASSEPORT":              {Label: finding.T("passeport", "passport"), High: true, HL7: "PA"},
	"TITRE_SEJOUR":           {Label: finding.T("titre de séjour", "residence permit"), High: true, HL7: "CS"},
	"APCV":                   {Label: finding.T("appli carte Vitale", "Vitale application"), High: true, HL7: "AV"},
	"LIVRET_FAMILLE":         {Label: finding.T("livret de famille", "family record book"), High: true, Minor: true, HL7: "LE"},
	"EXTRAIT_NAISSANCE":      {Label: finding.T("extrait d'acte de naissance", "birth certificate"), High: true, Minor: true, HL7: "AN"},
	"DOC_CIRCULATION_MINEUR": {Label: finding.T("document de circulation pour étranger mineur", "travel document of a foreign minor"), High: true, Minor: true, Alone: true, HL7: "DC"},
	"PERMIS":                 {Label: finding.T("permis de conduire", "driving licence"), HL7: "PC"},
	"VITALE":                 {Label: finding.T("carte Vitale", "carte Vitale")},
	"VITALE_PHOTO":           {Label: finding.T("carte Vitale avec photographie", "carte Vitale with photograph")},
	"MUTUELLE":               {Label: finding.T("carte de complémentaire santé", "complementary insurance card")},
	"DECLARATIF":             {Label: finding.T("déclaration de la personne", "what the person says")},
}

// companions are the documents of a parent or guardian shown beside a minor's.
var companions = []string{"CNI", "PASSEPORT", "TITRE_SEJOUR", "DECISION_JUSTICE"}

// EHPAD is the setting of a direct admission to a residence.
const EHPAD = "EHPAD"

// majority is the age from which one is no minor, in years.
const majority = 18

// EvidenceKinds lists the codes of documents, sorted, for forms and messages.
func EvidenceKinds() []string {
	out := make([]string, 0, len(Evidences))
	for k := range Evidences {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// HighTrust reports whether a kind of document can validate an identity. The carte Vitale alone
// never does.
func HighTrust(kind string) bool { return Evidences[kind].High }

// Validates reports whether this evidence validates the identity of somebody born on birthDate.
// spec: INS §2 (identity evidence)
func (e Evidence) Validates(birthDate string) bool {
	return e.Kind != "" && e.Weakness(birthDate) == nil
}

// Weakness says why an evidence does not validate an identity; nil when it does.
// spec: INS §2 (identity evidence)
func (e Evidence) Weakness(birthDate string) *finding.Refusal {
	proof, known := Evidences[e.Kind]
	switch {
	case !known:
		return ErrEvidence.At("evidence_kind").Saying(finding.Tf("«%s» n'est le nom d'aucune pièce connue.", "%q is the name of no known document.", e.Kind))
	case !proof.High:
		return ErrEvidence.At("evidence_kind").Saying(finding.Tf("La pièce «%s» n'est pas à haut niveau de confiance.", "Document %q is not of high trust.", e.Kind))
	case !proof.Minor:
		return nil
	case e.Setting == EHPAD && !proof.Alone:
		if e.With == "VITALE_PHOTO" || slices.Contains(companions, e.With) {
			return nil
		}
		return ErrEvidence.At("evidence_with").Saying(finding.Tf("En EHPAD, la pièce «%s» demande aussi une carte Vitale avec photographie.",
			"In a residence, document %q also needs a carte Vitale with photograph.", e.Kind))
	case !e.minorAt(birthDate):
		return ErrEvidence.At("evidence_kind").Saying(finding.Tf("La pièce «%s» ne vaut que pour un mineur, à la date du contrôle.", "Document %q only holds for a minor, at the date of the check.", e.Kind))
	case proof.Alone:
		return nil
	case !slices.Contains(companions, e.With):
		return ErrEvidence.At("evidence_with").Saying(finding.Tf("Pour un mineur, la pièce «%s» demande aussi celle d'un parent, ou une décision de justice et la pièce du tuteur.",
			"For a minor, document %q also needs that of a parent, or a court order and the guardian's document.", e.Kind))
	}
	return nil
}

// minorAt tells whether somebody is under age on the day of the check; the year decides when the
// day of birth is not known.
func (e Evidence) minorAt(birthDate string) bool {
	if len(birthDate) != 10 || len(e.Date) != 10 {
		return false
	}
	year, err := strconv.Atoi(birthDate[:4])
	if err != nil {
		return false
	}
	rest := birthDate[4:]
	if Lunar(birthDate) {
		rest = "-12-31"
	}
	return e.Date < strconv.Itoa(year+majority)+rest
}

// CheckEvidence refuses an evidence that cannot be recorded: an unknown document, no date or a
// future one, nobody who looked at it.
// spec: INS §2 (identity evidence)
func CheckEvidence(e Evidence, birthDate string, now time.Time) *finding.Refusal {
	if _, known := Evidences[e.Kind]; !known {
		return e.Weakness(birthDate)
	}
	if _, known := Evidences[e.With]; !known && e.With != "" && e.With != "DECISION_JUSTICE" {
		return ErrEvidence.At("evidence_with").Saying(finding.Tf("«%s» n'est le nom d'aucune pièce connue.", "%q is the name of no known document.", e.With))
	}
	if e.Setting != "" && e.Setting != EHPAD {
		return ErrEvidence.At("evidence_setting").Saying(finding.Tf("Le contexte «%s» n'est pas connu ; seul EHPAD l'est.", "Setting %q is not known; only EHPAD is.", e.Setting))
	}
	day, err := time.Parse(time.DateOnly, e.Date)
	if err != nil {
		return ErrEvidence.At("evidence_date").Saying(finding.Tf("La date du contrôle «%s» n'est pas une date AAAA-MM-JJ.", "Date of check %q is not a date YYYY-MM-DD.", e.Date))
	}
	if day.After(now) {
		return ErrEvidence.At("evidence_date").Saying(finding.T("La date du contrôle est dans le futur.", "The date of the check is in the future."))
	}
	if e.Operator == "" {
		return ErrEvidence.At("operator").Saying(finding.T("Personne ne répond du contrôle de la pièce.", "Nobody answers for the check of the document."))
	}
	return nil
}

// ErrEvidence refuses a document that does not do what is asked of it.
var ErrEvidence = &finding.Refusal{ID: "INS-PIECE", Kind: finding.Invalid, Rule: "RNIV, pièces à haut niveau de confiance",
	Message: finding.T("Cette pièce ne valide pas une identité.", "This document does not validate an identity."),
	Fix: finding.T("Contrôlez une carte d'identité, un passeport ou un titre de séjour ; pour un mineur, livret de famille ou extrait de naissance avec la pièce d'un parent.",
		"Check an identity card, a passport or a residence permit; for a minor, family record book or birth certificate with a parent's document.")}
