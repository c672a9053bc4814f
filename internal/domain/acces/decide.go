package acces

// Document is what the decision needs to know of a document.
type Document struct {
	Masked           bool // MASQUE_PS
	InvisiblePatient bool // not yet announced to the person
	ByPatient        bool // the person is its author
	Deleted          bool
	Own              bool // the actor is one of its authors
	OwnStructure     bool // it comes from the actor's structure
	Signature        bool // a submission-set signature, not a medical document
}

// Dossier is what the decision needs to know of the record.
type Dossier struct {
	Exists        bool
	Open          bool
	Choices       Choices
	Authorisation *Authorisation // of this professional or of their structure; nil when none
	Own           bool           // a citizen asking about their own record
}

// Decision is yes or no, and why. Reason is a stable id, see Reasons.
type Decision struct {
	Allowed bool
	Reason  string
}

func yes(reason string) Decision { return Decision{Allowed: true, Reason: reason} }
func no(reason string) Decision  { return Decision{Reason: reason} }

// Decide answers whether the actor may do the action on the record, and on the document when
// doc is not nil. It is pure: the same question always gets the same answer.
//
// The order of the questions matters to the person refused: who they are (the matrix), then
// the record, then what the person chose, then the document.
func Decide(a Actor, act Action, d Dossier, doc *Document) Decision {
	if act == Lire && doc != nil && doc.Masked {
		act = LireMasque
	}
	if a.Citizen && !d.Own {
		return no(RefusPasVotreDossier)
	}
	row := a.RowOf(d.Authorisation != nil && d.Authorisation.State == Active && d.Authorisation.MT)
	scopes, ok := scopesOf(row, act, a)
	if !ok {
		return no(RefusProfil)
	}
	if act == VoirAdmin || act == MesDossiers {
		return yes(OKAdministratif)
	}
	if !d.Exists {
		return no(RefusPasDeDossier)
	}
	if !d.Open {
		return no(RefusDossierFerme)
	}
	reason, refused := byPerson(a, row, act, d)
	if refused {
		return no(reason)
	}
	if doc == nil {
		return yes(reason)
	}
	if !visible(a, doc) {
		return no(RefusInvisible)
	}
	return byScope(a, act, scopes, d, doc, reason)
}

// scopesOf collects the scopes the matrix grants to a row for an action in the actor's mode.
func scopesOf(row Row, act Action, a Actor) ([]scope, bool) {
	var out []scope
	for _, line := range rightsOf(act, a.Auth) {
		if line.rows&row != 0 && line.modes&modeBit(a.Mode) != 0 {
			out = append(out, line.scope)
		}
	}
	return out, len(out) > 0
}

// needsAuthorisation tells the actions that only an authorised professional may do.
// Feeding, finding one's own references and asking for an authorisation need none.
// spec: DMP 2.3
func needsAuthorisation(act Action) bool {
	switch act {
	case Chercher, Lire, LireMasque, Masquer, Demasquer, RendreVisible, Archiver, ListerAutorisations, VoirTraces, SeRetirer, QuitterMT:
		return true
	}
	return false
}

// byPerson applies what the person decided about this actor and about emergencies; it gives the
// reason of the access, or of the refusal.
// spec: DMP 2.3
func byPerson(a Actor, row Row, act Action, d Dossier) (reason string, refused bool) {
	if row == Citoyen {
		return OKSoiMeme, false
	}
	if d.Authorisation != nil && d.Authorisation.State == Interdite {
		return RefusBloque, true
	}
	if !needsAuthorisation(act) {
		return OKSansAutorisation, false
	}
	if d.Authorisation != nil && d.Authorisation.State == Active {
		if d.Authorisation.MT {
			return OKMedecinTraitant, false
		}
		return OKEquipe, false
	}
	switch a.Mode {
	case Centre15:
		if d.Choices.OpposeUrgence {
			return RefusOppositionUrgence, true
		}
		return OKCentre15, false
	case BrisDeGlace:
		if d.Choices.OpposeBrisDeGlace {
			return RefusOppositionBrisDeGlace, true
		}
		return OKBrisDeGlace, false
	}
	if d.Authorisation != nil && d.Authorisation.State == Expiree {
		return RefusAutorisationExpiree, true
	}
	return RefusSansAutorisation, true
}

// visible hides from the person what has not been announced to them yet.
func visible(a Actor, doc *Document) bool {
	return !(a.Citizen && (doc.InvisiblePatient || doc.Signature))
}

// byScope checks the document against the scopes granted: any one is enough.
func byScope(a Actor, act Action, scopes []scope, d Dossier, doc *Document, reason string) Decision {
	if doc.ByPatient && !a.Citizen && (act == Archiver || act == Supprimer) {
		// spec: DMP 2.2, a patient's own document
		if act == Archiver && d.Authorisation != nil && d.Authorisation.MT {
			return yes(reason)
		}
		return no(RefusDocumentDuPatient)
	}
	refusal := RefusProfil
	for _, s := range scopes {
		switch s {
		case any:
			return yes(reason)
		case own:
			if doc.Own {
				return yes(OKAuteur)
			}
			refusal = RefusPasAuteur
		case ownStructure:
			if doc.OwnStructure {
				return yes(OKStructure)
			}
			refusal = RefusPasVotreStructure
		case unopposed:
			opposed := a.Mode == Centre15 && d.Choices.OpposeUrgence || a.Mode == BrisDeGlace && d.Choices.OpposeBrisDeGlace
			if !opposed {
				return yes(reason)
			}
			refusal = RefusMasque
		}
	}
	if act == LireMasque {
		refusal = RefusMasque
	}
	return no(refusal)
}
