package psc

import (
	"fmt"

	"github.com/socle-sante/socle/format/finding"
)

// words are the sentences of the pages, French then English.
var words = map[string]finding.Text{
	"skip":  finding.T("Aller au contenu", "Skip to content"),
	"brand": finding.T("Connexion des professionnels de santé", "Sign-in for health professionals"),
	"foot":  finding.T("Socle tient ici le rôle de Pro Santé Connect.", "Here Socle plays the part of Pro Santé Connect."),

	"signin.title":   finding.T("Se connecter", "Sign in"),
	"signin.h1":      finding.T("Qui êtes-vous ?", "Who are you?"),
	"signin.lead":    finding.T("%s demande à vous reconnaître.", "%s asks to recognise you."),
	"signin.demo":    finding.T("Personnes de la démonstration", "People of the demonstration"),
	"signin.demo.go": finding.T("Continuer en tant que", "Continue as"),
	"signin.ecps":    finding.T("Avec l'e-CPS", "With e-CPS"),
	"signin.id":      finding.T("Identifiant national ou numéro RPPS", "National identifier or RPPS number"),
	"signin.id.hint": finding.T("8 suivi de vos 11 chiffres, comme sur votre carte.", "8 followed by your 11 digits, as on your card."),
	"signin.ecps.go": finding.T("Demander sur mon e-CPS", "Ask on my e-CPS"),
	"signin.card":    finding.T("Avec la carte CPS", "With the CPS card"),
	"signin.card.t":  finding.T("Le navigateur vous demandera quel certificat présenter.", "The browser will ask which certificate to present."),
	"signin.card.go": finding.T("Lire ma carte", "Read my card"),
	"signin.cancel":  finding.T("Renoncer et revenir à %s", "Give up and go back to %s"),

	"wait.title": finding.T("En attente de votre e-CPS", "Waiting for your e-CPS"),
	"wait.h1":    finding.T("Comparez ces deux chiffres", "Compare these two digits"),
	"wait.lead":  finding.T("Votre e-CPS doit afficher les mêmes pour %s. Si c'est le cas, approuvez ; sinon, refusez.", "Your e-CPS must show the same for %s. If it does, approve; otherwise, refuse."),
	"wait.looks": finding.T("La page se met à jour toute seule.", "The page updates by itself."),
	"wait.now":   finding.T("Regarder maintenant", "Look now"),
	"wait.again": finding.T("Changer d'identifiant ou de moyen", "Change identifier or means"),

	"ecps.title":   finding.T("Mon e-CPS", "My e-CPS"),
	"ecps.h1":      finding.T("Mon e-CPS", "My e-CPS"),
	"ecps.none":    finding.T("Aucune demande n'attend votre réponse.", "No request awaits your answer."),
	"ecps.none.t":  finding.T("Quand un logiciel demandera à vous reconnaître, sa demande apparaîtra ici avec deux chiffres.", "When a software asks to recognise you, its request will appear here with two digits."),
	"ecps.count":   finding.T("Demandes en attente", "Waiting requests"),
	"ecps.asks":    finding.T("demande à vous reconnaître", "asks to recognise you"),
	"ecps.digits":  finding.T("Chiffres à comparer", "Digits to compare"),
	"ecps.compare": finding.T("Approuvez seulement si votre logiciel affiche les mêmes chiffres.", "Approve only if your software shows the same digits."),
	"ecps.card":    finding.T("par la carte CPS", "by CPS card"),
	"ecps.mobile":  finding.T("par l'e-CPS", "by e-CPS"),
	"ecps.left":    finding.T("encore %d s", "%d s left"),
	"ecps.yes":     finding.T("Approuver", "Approve"),
	"ecps.no":      finding.T("Refuser", "Refuse"),
	"ecps.for":     finding.T("la demande %s de %s", "request %s from %s"),
	"ecps.said.y":  finding.T("Connexion approuvée.", "Sign-in approved."),
	"ecps.said.n":  finding.T("Connexion refusée. Le logiciel ne saura rien de vous.", "Sign-in refused. The software will learn nothing of you."),
	"ecps.said.l":  finding.T("Cette demande n'attendait plus de réponse.", "That request was no longer waiting."),

	"logout.title":  finding.T("Se déconnecter", "Sign out"),
	"logout.h1":     finding.T("Voulez-vous vous déconnecter ?", "Do you want to sign out?"),
	"logout.lead":   finding.T("Les logiciels où vous êtes entré par cette session cesseront de vous reconnaître.", "Software you entered by this session will cease to recognise you."),
	"logout.nobody": finding.T("Personne n'est connecté dans ce navigateur.", "Nobody is signed in in this browser."),
	"logout.go":     finding.T("Me déconnecter", "Sign me out"),
	"logout.end":    finding.T("Continuer", "Continue"),
	"out.title":     finding.T("Vous êtes déconnecté", "You are signed out"),
	"out.lead":      finding.T("Vous pouvez fermer cette page.", "You may close this page."),

	"post.title": finding.T("Retour au logiciel", "Back to the software"),
	"post.lead":  finding.T("La réponse est prête.", "The answer is ready."),
	"post.go":    finding.T("Continuer", "Continue"),

	"err.title":   finding.T("La connexion ne peut pas se faire", "The sign-in cannot be done"),
	"err.place":   finding.T("Où", "Where"),
	"err.rule":    finding.T("Règle", "Rule"),
	"err.ref":     finding.T("Référence", "Reference"),
	"err.fix":     finding.T("Que faire", "What to do"),
	"err.safe":    finding.T("Rien n'a été transmis au logiciel.", "Nothing was sent to the software."),
	"refus.title": finding.T("Refus %s", "Refusal %s"),
	"refus.code":  finding.T("Code du standard", "Code of the standard"),
}

func say(lang, key string, args ...any) string {
	w, ok := words[key]
	if !ok {
		panic("no words for " + key)
	}
	if len(args) == 0 {
		return w.In(lang)
	}
	return fmt.Sprintf(w.In(lang), args...)
}
