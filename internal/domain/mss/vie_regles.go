package mss

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
)

// Refusals about the life of mailboxes.
var (
	ErrBoxExists = refuse("MSS-BOITE-EXISTE", finding.Conflict, "", "MSSANTE §2 (adresse)",
		finding.T("Cette adresse est, ou était, celle d'une autre boîte.", "This address is, or was, that of another mailbox."),
		finding.T("Choisissez une autre adresse : une adresse n'est jamais donnée à quelqu'un d'autre.", "Choose another address: an address is never given to somebody else."))
	ErrBoxDomain = refuse("MSS-BOITE-DOMAINE", finding.Invalid, "", "MSSANTE §2 (adresse)",
		finding.T("Cet opérateur ne sert pas le domaine de cette adresse.", "This operator does not serve the domain of this address."),
		finding.T("Prenez une adresse de l'un de ses domaines ; les autres boîtes se changent chez leur opérateur.", "Take an address of one of its domains; other mailboxes change at their own operator."))
	ErrBoxType = refuse("MSS-BOITE-TYPE", finding.Invalid, "", "MSSANTE §2 (TRE_R257-TypeBAL)",
		finding.T("Ce type de boîte ne va pas avec ce qui la porte.", "This type of mailbox does not go with what carries it."),
		finding.T("PER : un professionnel, ou sa situation d'exercice ; CAB : un professionnel ; ORG et APP : une structure.", "PER: a professional, or their situation in a structure; CAB: a professional; ORG and APP: a structure."))
	ErrBoxHolder = refuse("MSS-BOITE-TITULAIRE", finding.Invalid, "", "MSSANTE §2",
		finding.T("Le titulaire de cette boîte n'est pas en activité dans l'Annuaire.", "The holder of this mailbox is not active in the directory."),
		finding.T("Vérifiez l'identifiant national du professionnel ou de la structure.", "Check the national identifier of the professional or of the structure."))
	ErrBoxValue = refuse("MSS-BOITE-VALEUR", finding.Invalid, "", "MSSANTE §2",
		finding.T("Ce qui est dit de la boîte ne convient pas.", "What is said of the mailbox will not do."),
		finding.Tf("Textes : %d octets au plus, sur une ligne ; rang de 0 à %d ; %d délégués au plus ; mot de passe : %d caractères au moins.",
			"Texts: at most %d bytes, on one line; rank from 0 to %d; at most %d delegates; password: at least %d characters.", maxWords, maxRank, MaxDelegates, minPassword))
	ErrNotClosed = refuse("MSS-BOITE-OUVERTE", finding.Conflict, "", "MSSANTE §4 (cycle de vie)",
		finding.T("Cette boîte n'est pas fermée.", "This mailbox is not closed."),
		finding.T("Fermez-la d'abord ; son titulaire garde un temps pour emporter ses messages.", "Close it first; its holder keeps some time to take the messages along."))
	ErrCitizenBox = refuse("MSS-BOITE-CITOYEN", finding.Forbidden, "", "ENS 1.3 §2",
		finding.T("La boîte d'un citoyen suit son espace santé.", "The mailbox of a citizen follows the health space."),
		finding.T("Agissez dans Mon espace santé.", "Act in Mon espace santé."))
)

// fits judges a new mailbox: its address, its type, and that its holder is somebody.
func (o *Operator) fits(m *Mailbox) error {
	a, err := mssante.ParseAddress(m.Address)
	if err != nil {
		return err
	}
	m.Address = Canonical(a.String())
	if domain := domainOf(m.Address); domain == Citizens || !o.Local(domain) {
		return ErrBoxDomain.At(domain)
	}
	switch m.Type {
	case Personal, Cabinet:
		if m.Professional == "" || m.Type == Cabinet && m.Structure != "" {
			return ErrBoxType.At(string(m.Type))
		}
	case Organisation, Application:
		if m.Structure == "" || m.Professional != "" {
			return ErrBoxType.At(string(m.Type))
		}
	case Citizen:
		return ErrCitizenBox.At(m.Address)
	default:
		return ErrBoxType.At(short(string(m.Type)))
	}
	if o.Annuaire != nil && !o.exercises(m) {
		return ErrBoxHolder.At(m.Professional + m.Structure)
	}
	if m.Name == "" {
		m.Name = o.displayName(m)
	}
	return o.sound(m)
}

func short(s string) string { return strings.ToValidUTF8(s[:min(len(s), 60)], "?") }

// exercises tells whether the holder of a mailbox is active in the directory.
func (o *Operator) exercises(m *Mailbox) bool {
	if m.Professional != "" {
		p := o.Annuaire.Professional(m.Professional)
		return p != nil && p.Active && (m.Structure == "" || p.WorksAt(m.Structure))
	}
	s := o.Annuaire.Structure(m.Structure)
	return s != nil && s.Active
}

// displayName makes the name a mailbox shows.
// spec: MSSANTE ECO.2.2.7
func (o *Operator) displayName(m *Mailbox) string {
	if o.Annuaire == nil {
		return ""
	}
	entity := ""
	if s := o.Annuaire.Structure(m.Structure); s != nil {
		entity = s.Name
	}
	p := o.Annuaire.Professional(m.Professional)
	if p == nil {
		if m.Service != "" && entity != "" {
			return entity + " – " + m.Service
		}
		return entity
	}
	if entity == "" && len(p.Structures) == 1 {
		if s := o.Annuaire.Structure(p.Structures[0]); s != nil {
			entity = s.Name
		}
	}
	title := map[string]string{"DR": "Dr", "PR": "Pr"}[p.Title]
	return mssante.DisplayName(title, p.Given, p.Family, entity)
}

// sound bounds what is said of a mailbox.
func (o *Operator) sound(m *Mailbox) error {
	for name, v := range map[string]string{"name": m.Name, "description": m.Description, "service": m.Service, "responsible": m.Responsible, "closing": m.Closing} {
		if len(v) > maxWords || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 127 }) {
			return ErrBoxValue.At(name)
		}
	}
	switch {
	case len(m.Delegates) > MaxDelegates:
		return ErrBoxValue.At("delegates")
	case m.Rank < 0 || m.Rank > maxRank:
		return ErrBoxValue.At("rank")
	case m.Retention < 0 || m.Retention > maxRetention:
		return ErrBoxValue.At("retention")
	case m.Quota < minQuota || m.Quota > maxQuota:
		return ErrBoxValue.At("quota")
	case len(m.Former) > MaxFormer:
		return ErrBoxValue.At("former")
	case m.Type != Citizen && !o.Local(domainOf(m.Address)):
		return ErrBoxDomain.At(domainOf(m.Address))
	}
	for _, d := range m.Delegates {
		if d == "" || len(d) > 64 {
			return ErrBoxValue.At("delegates")
		}
	}
	return nil
}
