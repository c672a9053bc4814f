package acces

import "github.com/socle-sante/socle/format/finding"

// Reason ids of a yes. The sentence is the one the person reads: "… parce qu'il fait partie de
// votre équipe de soins".
const (
	OKAdministratif    = "ACC-ADMINISTRATIF"
	OKSoiMeme          = "ACC-SOI-MEME"
	OKMedecinTraitant  = "ACC-MEDECIN-TRAITANT"
	OKEquipe           = "ACC-EQUIPE"
	OKSansAutorisation = "ACC-ALIMENTATION"
	OKAuteur           = "ACC-AUTEUR"
	OKStructure        = "ACC-STRUCTURE"
	OKCentre15         = "ACC-CENTRE-15"
	OKBrisDeGlace      = "ACC-BRIS-DE-GLACE"
)

// Reason ids of a no.
const (
	RefusProfil                = "ACC-REFUS-PROFIL"
	RefusPasVotreDossier       = "ACC-REFUS-PAS-VOTRE-DOSSIER"
	RefusPasDeDossier          = "ACC-REFUS-PAS-DE-DOSSIER"
	RefusDossierFerme          = "ACC-REFUS-DOSSIER-FERME"
	RefusBloque                = "ACC-REFUS-BLOQUE"
	RefusSansAutorisation      = "ACC-REFUS-SANS-AUTORISATION"
	RefusAutorisationExpiree   = "ACC-REFUS-AUTORISATION-EXPIREE"
	RefusOppositionUrgence     = "ACC-REFUS-OPPOSITION-URGENCE"
	RefusOppositionBrisDeGlace = "ACC-REFUS-OPPOSITION-BRIS-DE-GLACE"
	RefusMasque                = "ACC-REFUS-MASQUE"
	RefusInvisible             = "ACC-REFUS-INVISIBLE"
	RefusPasAuteur             = "ACC-REFUS-PAS-AUTEUR"
	RefusPasVotreStructure     = "ACC-REFUS-PAS-VOTRE-STRUCTURE"
	RefusDocumentDuPatient     = "ACC-REFUS-DOCUMENT-DU-PATIENT"
)

// Explanation is what a reason says: Why to the person concerned, Fix to the one refused.
type Explanation struct {
	Why finding.Text
	Fix finding.Text
}

var t = finding.T

// Reasons explains every reason id.
var Reasons = map[string]Explanation{
	OKAdministratif:    {Why: t("pour vérifier l'état de votre dossier", "to check the state of your record")},
	OKSoiMeme:          {Why: t("c'est votre dossier", "it is your record")},
	OKMedecinTraitant:  {Why: t("c'est votre médecin traitant", "this is your médecin traitant")},
	OKEquipe:           {Why: t("fait partie de votre équipe de soins", "is part of your care team")},
	OKSansAutorisation: {Why: t("déposer un document ne demande pas d'autorisation", "depositing a document needs no authorisation")},
	OKAuteur:           {Why: t("a écrit ce document", "wrote this document")},
	OKStructure:        {Why: t("le document vient de son établissement", "the document comes from their establishment")},
	OKCentre15:         {Why: t("vous avez appelé le centre 15", "you called the emergency centre")},
	OKBrisDeGlace:      {Why: t("urgence déclarée (bris de glace)", "declared emergency (break-glass)")},

	RefusProfil: {t("ce profil n'a pas ce droit", "this profile does not have this right"),
		t("Un autre profil ou un autre mode d'authentification est nécessaire : voir la matrice des droits.", "Another profile or means of authentication is needed: see the rights matrix.")},
	RefusPasVotreDossier: {t("ce dossier n'est pas le vôtre", "this record is not yours"),
		t("Ouvrez votre propre dossier.", "Open your own record.")},
	RefusPasDeDossier: {t("cette personne n'a pas de dossier ouvert", "this person has no open record"),
		t("Ouvrez d'abord le dossier, si la personne ne s'y oppose pas.", "Open the record first, unless the person opposes it.")},
	RefusDossierFerme: {t("ce dossier est fermé", "this record is closed"),
		t("Un dossier fermé ou opposé ne se lit ni ne s'alimente ; seule la personne peut le rouvrir.", "A closed or opposed record is neither read nor fed; only the person can reopen it.")},
	RefusBloque: {t("la personne a bloqué ce professionnel", "the person blocked this professional"),
		t("Seule la personne peut lever ce blocage.", "Only the person can lift this.")},
	RefusSansAutorisation: {t("ce professionnel n'est pas autorisé sur ce dossier", "this professional is not authorised on this record"),
		t("Recueillez le consentement et déclarez l'autorisation, ou utilisez le bris de glace en cas d'urgence.", "Collect consent and declare the authorisation, or use break-glass in an emergency.")},
	RefusAutorisationExpiree: {t("l'autorisation a expiré", "the authorisation has expired"),
		t("Recueillez de nouveau le consentement.", "Collect consent again.")},
	RefusOppositionUrgence: {t("la personne s'oppose à l'accès des centres de régulation", "the person opposes access by emergency centres"),
		t("Aucun accès en mode centre 15 n'est possible.", "No access in centre 15 mode is possible.")},
	RefusOppositionBrisDeGlace: {t("la personne s'oppose au bris de glace", "the person opposes break-glass"),
		t("Demandez-lui une autorisation.", "Ask them for an authorisation.")},
	RefusMasque: {t("ce document est masqué aux professionnels", "this document is hidden from professionals"),
		t("Seuls la personne, l'auteur et le médecin traitant le lisent.", "Only the person, the author and the médecin traitant read it.")},
	RefusInvisible: {t("ce document attend une consultation d'annonce", "this document awaits an announcement"),
		t("Un professionnel doit d'abord le rendre visible.", "A professional must make it visible first.")},
	RefusPasAuteur: {t("vous n'êtes pas l'auteur de ce document", "you are not the author of this document"),
		t("Seul l'auteur peut le faire.", "Only the author can do it.")},
	RefusPasVotreStructure: {t("ce document ne vient pas de votre structure", "this document is not from your structure"),
		t("Seule la structure qui l'a produit peut le faire.", "Only the structure that produced it can do it.")},
	RefusDocumentDuPatient: {t("ce document a été déposé par la personne", "the person deposited this document"),
		t("Seule la personne (ou son médecin traitant, pour archiver) peut le faire.", "Only the person (or the médecin traitant, to archive) can do it.")},
}

// Refusal turns a no into the answer a user reads.
func (d Decision) Refusal() *finding.Refusal {
	e := Reasons[d.Reason]
	return &finding.Refusal{
		ID: d.Reason, Kind: finding.Forbidden, Rule: "DMP PDT-INF-526/606",
		Message: finding.T("Accès refusé : "+e.Why.FR+".", "Access refused: "+e.Why.EN+"."), Fix: e.Fix,
	}
}
