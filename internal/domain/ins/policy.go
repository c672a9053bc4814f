package ins

import (
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// Mode tells which identities an installation may hold. It is set by configuration and never
// guessed from the digits of a matricule.
// spec: INS §1 (OIDs)
type Mode int

// The two modes.
const (
	Sandbox    Mode = iota + 1 // test and demonstration OIDs only
	Production                 // production OIDs only
)

// Admit refuses an INS that this mode may not hold, and one whose key is wrong where the key is
// an error (production). In the sandbox a wrong key is only a warning: official examples have some.
func (m Mode) Admit(id insid.INS) error {
	class := id.Class()
	switch {
	case class == insid.Obsolete:
		return ErrINSC.At(id.OID)
	case !insid.IsINS(id.OID):
		return ErrOIDUnknown.At(id.OID)
	case m == Sandbox && class != insid.Test && class != insid.Demo:
		return ErrOIDSandbox.At(id.OID)
	case m == Production && class != insid.Production:
		return ErrOIDProduction.At(id.OID)
	case m == Production && !id.Matricule.KeyOK():
		return ErrKey.Saying(finding.Tf("La clé du matricule INS est fausse : %s attendue.", "The key of the INS matricule is wrong: %s expected.", id.Matricule.Key()))
	}
	return nil
}

// Refusals about identities.
var (
	ErrOIDSandbox = &finding.Refusal{ID: "INS-OID-SANDBOX", Kind: finding.Invalid, Code: "XDSUnknownPatientId", Rule: "Référentiel INS, OID 1.2.250.1.213.1.4.8/.9",
		Message: finding.T("Une identité de production est refusée par un bac à sable.", "A sandbox refuses a production identity."),
		Fix: finding.T("Utilisez une identité de test : OID 1.2.250.1.213.1.4.10 (ou .11), dans le document et dans les métadonnées.",
			"Use a test identity: OID 1.2.250.1.213.1.4.10 (or .11), in the document and in its metadata.")}
	ErrOIDProduction = &finding.Refusal{ID: "INS-OID-PRODUCTION", Kind: finding.Invalid, Code: "XDSUnknownPatientId", Rule: "Référentiel INS, OID 1.2.250.1.213.1.4.10/.11",
		Message: finding.T("Une identité de test est refusée en production.", "Production refuses a test identity."),
		Fix:     finding.T("Utilisez l'identité qualifiée obtenue d'INSi.", "Use the qualified identity obtained from INSi.")}
	ErrINSC = &finding.Refusal{ID: "INS-C", Kind: finding.Invalid, Code: "XDSUnknownPatientId", Rule: "Référentiel INS",
		Message: finding.T("L'INS-C calculé n'identifie plus personne.", "The computed INS-C no longer identifies anybody."),
		Fix:     finding.T("Utilisez le matricule INS (INS-NIR ou INS-NIA).", "Use the INS matricule (INS-NIR or INS-NIA).")}
	ErrOIDUnknown = &finding.Refusal{ID: "INS-OID", Kind: finding.Invalid, Code: "XDSUnknownPatientId", Rule: "Référentiel INS",
		Message: finding.T("L'autorité d'affectation n'est pas celle d'un INS.", "The assigning authority is not one of an INS."),
		Fix:     finding.T("Donnez l'INS avec l'un de ses OID (1.2.250.1.213.1.4.8 à .11).", "Give the INS under one of its OIDs (1.2.250.1.213.1.4.8 to .11).")}
	ErrKey = &finding.Refusal{ID: "INS-CLE", Kind: finding.Invalid, Code: "XDSUnknownPatientId", Rule: "Référentiel INS, clé = 97 − (N mod 97)",
		Message: finding.T("La clé du matricule INS est fausse.", "The key of the INS matricule is wrong."),
		Fix:     finding.T("Relisez le matricule : 13 caractères et 2 chiffres de clé.", "Read the matricule again: 13 characters and 2 key digits.")}
	ErrUnknown = &finding.Refusal{ID: "INS-INCONNU", Kind: finding.NotFound, Code: "XDSUnknownPatientId", Rule: "DMP, TD2.1",
		Message: finding.T("Aucune personne ne porte cet INS ici.", "Nobody carries this INS here."),
		Fix:     finding.T("Créez et qualifiez d'abord l'identité (guichet d'identité), puis ouvrez le dossier.", "First create and qualify the identity (identity desk), then open the record.")}
	ErrNotQualified = &finding.Refusal{ID: "INS-NON-QUALIFIEE", Kind: finding.Conflict, Code: "XDSUnknownPatientId", Rule: "REM INS/va1.53",
		Message: finding.T("L'identité n'est pas qualifiée : elle ne peut ni étiqueter ni alimenter un dossier.", "The identity is not qualified: it can neither label nor feed a record."),
		Fix:     finding.T("Récupérez l'INS et contrôlez une pièce d'identité à haut niveau de confiance.", "Obtain the INS and check an identity document of high trust.")}
	ErrOtherTraits = &finding.Refusal{ID: "INS-AUTRES-TRAITS", Kind: finding.Conflict, Rule: "RNIV, doublon",
		Message: finding.T("Ce matricule appartient déjà à une identité qui a d'autres traits.", "This matricule already belongs to an identity with other traits."),
		Fix:     finding.T("Comparez les deux identités avant d'aller plus loin.", "Compare the two identities before going further.")}
)
