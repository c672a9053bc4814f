package web

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// letterTemplate is a letter that many write: the fields of the patient fill it. Letters between
// French professionals are in French whatever the language of the pages.
type letterTemplate struct {
	Key     string
	Name    finding.Text
	Subject string
	Text    string
	Citizen bool // for the patient, in plain words
}

// The fields: {patient} name and birth, {prenom} given name, {moi} who signs.
var letterTemplates = []letterTemplate{
	{"avis", w("Demande d'avis", "Asking for advice"), "Demande d'avis",
		"Chère Consœur, cher Confrère,\n\nJe souhaite votre avis pour {patient}.\n\nMotif :\n\nContexte :\n\nTraitement en cours :\n\nMa question :\n\nMerci de votre retour par cette messagerie.\n\nBien confraternellement,\n{moi}", false},
	{"reponse", w("Réponse à une demande d'avis", "Answer to a request for advice"), "Réponse à votre demande d'avis",
		"Chère Consœur, cher Confrère,\n\nMerci de m'avoir sollicité au sujet de {patient}.\n\nMon avis :\n\nConduite à tenir proposée :\n\nÀ revoir si :\n\nBien confraternellement,\n{moi}", false},
	{"liaison", w("Courrier de liaison", "Liaison letter"), "Courrier de liaison",
		"Chère Consœur, cher Confrère,\n\nJe vous adresse {patient}.\n\nCe qui l'amène :\n\nAntécédents utiles :\n\nTraitement en cours :\n\nCe que j'attends de cette prise en charge :\n\nBien confraternellement,\n{moi}", false},
	{"documents", w("Documents joints", "Documents attached"), "",
		"Bonjour,\n\nVous trouverez ci-joint les documents de {patient}.\n\nBien cordialement,\n{moi}", false},
	{"patient", w("Au patient : résultats", "To the patient: results"), "Vos résultats",
		"Bonjour {prenom},\n\nVos résultats sont joints à ce message ; ils sont aussi dans vos documents.\n\nCe qu'il faut en retenir :\n\nÀ faire maintenant :\n\nEn cas d'urgence, n'utilisez pas cette messagerie : appelez le 15.\n\n{moi}", true},
	{"rendezvous", w("Au patient : prendre rendez-vous", "To the patient: make an appointment"), "Prendre rendez-vous",
		"Bonjour {prenom},\n\nJe souhaite vous revoir. Merci de prendre rendez-vous auprès du secrétariat.\n\nEn cas d'urgence, n'utilisez pas cette messagerie : appelez le 15.\n\n{moi}", true},
}

func templateOf(key string) *letterTemplate {
	for i := range letterTemplates {
		if letterTemplates[i].Key == key {
			return &letterTemplates[i]
		}
	}
	return nil
}

// fill puts the fields in their places; a field nobody knows stays to be completed by hand.
func (t *letterTemplate) fill(patient, given, me string) string {
	if patient == "" {
		patient = "……"
	}
	if given == "" {
		given = "……"
	}
	return strings.NewReplacer("{patient}", patient, "{prenom}", given, "{moi}", me).Replace(t.Text)
}
