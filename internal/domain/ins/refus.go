package ins

import "github.com/socle-sante/socle/format/finding"

// Refusals of the life of an identity.
var (
	ErrDoubtful = &finding.Refusal{ID: "INS-DOUTEUSE", Kind: finding.Conflict, Rule: "RNIV, attribut identité douteuse",
		Message: finding.T("Un doute est signalé sur la personne : son identité reste provisoire et ne peut être soumise à INSi.", "A doubt is recorded about the person: the identity stays provisional and may not be sent to INSi."),
		Fix:     finding.T("Levez d'abord le doute, en disant pourquoi.", "First lift the doubt, saying why.")}
	ErrFictive = &finding.Refusal{ID: "INS-FICTIVE", Kind: finding.Conflict, Rule: "RNIV, attribut identité fictive",
		Message: finding.T("L'identité est fictive : elle n'a ni INS ni pièce d'identité.", "The identity is fictive: it has neither INS nor identity document."),
		Fix:     finding.T("Créez l'identité réelle à part, ou levez l'attribut s'il a été posé par erreur.", "Create the real identity apart, or lift the attribute if it was set by mistake.")}
	ErrAnonymous = &finding.Refusal{ID: "INS-ANONYMAT", Kind: finding.Conflict, Rule: "RNIV, identité sensible",
		Message: finding.T("L'identité est sous anonymat : elle ne peut cesser d'être fictive.", "The identity is under anonymity: it cannot cease to be fictive."),
		Fix:     finding.T("Levez d'abord l'anonymat.", "First lift the anonymity.")}
	ErrMerged = &finding.Refusal{ID: "INS-FUSIONNEE", Kind: finding.Gone, Rule: "RNIV, fusion",
		Message: finding.T("Cette identité a été fusionnée dans une autre.", "This identity was merged into another."),
		Fix:     finding.T("Agissez sur l'identité conservée, ou séparez d'abord les deux.", "Act on the identity that was kept, or separate the two first.")}
	ErrNotMerged = &finding.Refusal{ID: "INS-PAS-FUSIONNEE", Kind: finding.Conflict, Rule: "RNIV, fusion",
		Message: finding.T("Ces deux identités ne sont pas fusionnées.", "These two identities are not merged."),
		Fix:     finding.T("Relisez l'historique des deux identités.", "Read the history of both identities again.")}
	ErrNoINS = &finding.Refusal{ID: "INS-AUCUNE", Kind: finding.Conflict, Rule: "Guide INSi, vérification",
		Message: finding.T("L'identité ne porte aucun INS à vérifier.", "The identity carries no INS to verify."),
		Fix:     finding.T("Récupérez d'abord l'INS.", "First obtain the INS.")}
	ErrNoEvidence = &finding.Refusal{ID: "INS-AUCUNE-PIECE", Kind: finding.Conflict, Rule: "RNIV",
		Message: finding.T("Aucune pièce n'a été contrôlée.", "No document was checked."),
		Fix:     finding.T("Il n'y a rien à retirer.", "There is nothing to withdraw.")}
	ErrOtherINS = &finding.Refusal{ID: "INS-AUTRE-MATRICULE", Kind: finding.Conflict, Rule: "Référentiel INS",
		Message: finding.T("L'identité porte déjà un autre matricule, et rien ne dit que le nouveau le remplace.", "The identity already carries another matricule, and nothing says that the new one replaces it."),
		Fix:     finding.T("Vérifiez auprès d'INSi le matricule actuel : s'il est infirmé, il tombe, et la recherche peut être refaite.", "Verify the present matricule with INSi: if denied it falls, and the search can be made again.")}
	ErrFirstGiven = &finding.Refusal{ID: "INS-PREMIER-PRENOM", Kind: finding.Conflict, Where: "birth_given", Rule: "RNIV, premier prénom de naissance",
		Message: finding.T("La liste des prénoms rendue par INSi ne commence pas par le premier prénom connu ici.", "The list of given names answered by INSi does not begin with the first given name known here."),
		Fix:     finding.T("Lisez le premier prénom sur la pièce d'identité et donnez-le : la liste sera coupée à cet endroit.", "Read the first given name on the identity document and give it: the list will be cut there.")}
	ErrToCompare = &finding.Refusal{ID: "INS-A-COMPARER", Kind: finding.Conflict, Rule: "RNIV, comparaison visuelle",
		Message: finding.T("Les traits rendus par INSi ne sont pas ceux connus ici.", "The traits answered by INSi are not those known here."),
		Fix:     finding.T("Comparez les deux avec la pièce d'identité, puis acceptez la réponse, ou laissez l'identité sans INS.", "Compare both with the identity document, then accept the answer, or leave the identity without INS.")}
	ErrReason = &finding.Refusal{ID: "INS-MOTIF", Kind: finding.Invalid, Where: "motif", Rule: "RNIV, traçabilité",
		Message: finding.T("Cette action demande un motif.", "This action needs a reason."),
		Fix:     finding.T("Dites en une phrase ce qui la justifie.", "Say in one sentence what justifies it.")}
	ErrSexUnknown = &finding.Refusal{ID: "INS-SEXE-INDETERMINE", Kind: finding.Conflict, Where: "sex", Rule: "Guide INSi, traits interrogés",
		Message: finding.T("INSi ne connaît que les sexes M et F.", "INSi only knows sexes M and F."),
		Fix:     finding.T("Relevez le sexe d'état civil sur la pièce d'identité.", "Take the civil sex from the identity document.")}
	ErrCarried = &finding.Refusal{ID: "INS-DEJA-PORTEE", Kind: finding.Conflict, Rule: "RNIV, doublon de matricule",
		Message: finding.T("Une autre identité porte déjà ce matricule ici.", "Another identity already carries this matricule here."),
		Fix:     finding.T("Les deux sont sans doute la même personne : comparez-les, puis fusionnez-les.", "Both are probably the same person: compare them, then merge them.")}

	errEvent = &finding.Refusal{ID: "INS-EVENEMENT", Kind: finding.Invalid, Rule: "RNIV",
		Message: finding.T("Cet événement n'a pas sa place ici.", "This event has no place here."),
		Fix:     finding.T("Une identité se crée une fois ; les autres événements sont ceux du guichet.", "An identity is created once; the other events are those of the desk.")}
)
