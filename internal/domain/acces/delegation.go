package acces

import (
	"encoding/json"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Administrateur is the function of who administers the accounts of a structure.
const Administrateur = "ADMINISTRATEUR"

// Delegation lets a member of the staff act for a professional of the same structure in what the
// matrix opens to staff: declare the authorisation their patient gave, see whom they follow. It opens
// no document: a secretary reads none, with or without it, and feeds as staff does (TD2.2) without it.
// spec: DMP 2.2 (CPE rows); identity §G (imputability: the journal names who acted)
type Delegation struct {
	From      string    `json:"from"` // PS_IdNat of the professional
	To        string    `json:"to"`   // idNat of the staff
	Structure string    `json:"structure"`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until"`
	By        string    `json:"by"` // who wrote it: the professional or an administrator
}

// DelegationKind is the kind of its settings.
const DelegationKind = "delegation"

// maxDelegation bounds how long one lasts before it must be renewed.
const maxDelegation = 366 * 24 * time.Hour

// Active tells whether a delegation counts now.
func (d Delegation) Active(now time.Time) bool { return !now.Before(d.Since) && now.Before(d.Until) }

// DelegationID names a delegation: structure first, so that a structure's are listed together.
func DelegationID(structure, to, from string) string { return structure + "|" + to + "|" + from }

// ID names the delegation.
func (d Delegation) ID() string { return DelegationID(d.Structure, d.To, d.From) }

// Encode gives the bytes that are kept.
func (d Delegation) Encode() ([]byte, error) { return json.Marshal(d) }

// DecodeDelegation reads them.
func DecodeDelegation(b []byte) (d Delegation, err error) { return d, json.Unmarshal(b, &d) }

// Refusals about delegations.
var (
	ErrNoDelegation = &finding.Refusal{ID: "ACC-DELEGATION", Kind: finding.Forbidden, Rule: "DMP, TD0.3 par un secrétariat",
		Message: finding.T("Ce professionnel ne vous a pas donné délégation dans cette structure.", "This professional gave you no delegation in this structure."),
		Fix:     finding.T("Il la donne sur la page de la structure, ou l'administrateur le fait pour lui.", "They give it on the page of the structure, or the administrator does for them.")}
	ErrDelegate = &finding.Refusal{ID: "ACC-DELEGATION-QUI", Kind: finding.Invalid, Rule: "délégation : d'un professionnel vers le personnel de la même structure",
		Message: finding.T("Cette délégation n'est pas possible entre ces deux personnes.", "This delegation is not possible between these two people."),
		Fix:     finding.T("Choisissez un professionnel et un membre du personnel qui exercent tous deux dans la structure.", "Choose a professional and a member of staff who both work at the structure.")}
	ErrDelegationTime = &finding.Refusal{ID: "ACC-DELEGATION-DUREE", Kind: finding.Invalid, Rule: "délégation : un an au plus",
		Message: finding.T("Une délégation finit dans l'avenir, avant un an.", "A delegation ends in the future, within a year."),
		Fix:     finding.T("Choisissez une date de fin ; elle se renouvelle.", "Choose an end date; it can be renewed.")}
	ErrNotAdministrator = &finding.Refusal{ID: "ACC-ADMINISTRATEUR", Kind: finding.Forbidden, Rule: "administration d'une structure",
		Message: finding.T("Seul l'administrateur de la structure, ou le professionnel pour lui-même, peut le faire.", "Only the administrator of the structure, or the professional for themselves, may do this."),
		Fix:     finding.T("Demandez à l'administrateur de la structure.", "Ask the administrator of the structure.")}
)

// MayAdminister tells whether an actor administers a structure.
func (a Actor) MayAdminister(structure string) bool {
	return !a.Citizen && a.Function == Administrateur && a.Structure == structure && a.Auth != Indirecte
}

// CheckDelegation judges a delegation before it is written.
func CheckDelegation(by Actor, d Delegation, from, to *annuaire.Professional, now time.Time) error {
	if !by.MayAdminister(d.Structure) && (by.Citizen || by.ID != d.From || by.Structure != d.Structure) {
		return ErrNotAdministrator
	}
	switch {
	case from == nil || !from.Active || from.Profession == "" || !from.WorksAt(d.Structure),
		to == nil || !to.Active || to.Profession != "" || !to.WorksAt(d.Structure):
		return ErrDelegate
	case !d.Until.After(now) || d.Until.After(now.Add(maxDelegation)):
		return ErrDelegationTime
	}
	return nil
}
