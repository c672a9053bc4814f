package franceconnect

import (
	"fmt"

	"github.com/socle-sante/socle/format/finding"
)

// words are the sentences of the pages, French then English.
var words = map[string]finding.Text{
	"skip":  finding.T("Aller au contenu", "Skip to content"),
	"brand": finding.T("Connexion citoyenne", "Citizen sign-in"),
	"mock":  finding.T("Démonstration", "Demonstration"),
	"mock.text": finding.T("Ce FranceConnect est fictif : personne n'y est vérifié, et rien ne quitte cette machine. Ce n'est pas le service de l'État.",
		"This FranceConnect is fictitious: nobody is checked, and nothing leaves this machine. It is not the service of the State."),
	"foot": finding.T("Socle tient ici le rôle de FranceConnect, pour essayer.", "Here Socle plays the part of FranceConnect, for trials."),

	"title":   finding.T("Choisir une identité", "Choose an identity"),
	"h1":      finding.T("Qui voulez-vous être ?", "Who do you want to be?"),
	"lead":    finding.T("%s demande à reconnaître une personne.", "%s asks to recognise a person."),
	"people":  finding.T("Personnes fictives", "Fictitious people"),
	"as":      finding.T("Continuer en tant que", "Continue as"),
	"born.f":  finding.T("née le %s", "born on %s"),
	"born.m":  finding.T("né le %s", "born on %s"),
	"nobody":  finding.T("Aucune personne fictive n'a un niveau de garantie assez élevé.", "No fictitious person has a level of assurance high enough."),
	"told":    finding.T("Ce que le service lira", "What the service will read"),
	"told.no": finding.T("Rien d'autre qu'un identifiant, différent pour chaque service.", "Nothing but an identifier, another one for each service."),
	"level":   finding.T("Niveau de garantie demandé : %s.", "Level of assurance asked: %s."),
	"cancel":  finding.T("Renoncer et revenir à %s", "Give up and go back to %s"),

	"claim.given_name":         finding.T("les prénoms de naissance", "birth given names"),
	"claim.family_name":        finding.T("le nom de naissance", "birth name"),
	"claim.preferred_username": finding.T("le nom utilisé", "name used"),
	"claim.birthdate":          finding.T("la date de naissance", "birth date"),
	"claim.gender":             finding.T("le sexe", "sex"),
	"claim.birthplace":         finding.T("la commune de naissance", "birth commune"),
	"claim.birthcountry":       finding.T("le pays de naissance", "birth country"),
	"claim.email":              finding.T("l'adresse de courriel", "mail address"),

	"out.title": finding.T("Vous êtes déconnecté", "You are signed out"),
	"out.lead":  finding.T("Vous pouvez fermer cette page.", "You may close this page."),

	"err.title": finding.T("La connexion ne peut pas se faire", "The sign-in cannot be done"),
	"err.place": finding.T("Où", "Where"),
	"err.rule":  finding.T("Règle", "Rule"),
	"err.ref":   finding.T("Référence", "Reference"),
	"err.fix":   finding.T("Que faire", "What to do"),
	"err.safe":  finding.T("Rien n'a été transmis au service.", "Nothing was sent to the service."),
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
