package mss

import (
	"context"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Records is what the mail asks of the shared record; *dmp.DMP is one.
type Records interface {
	Recognise(ctx context.Context, id insid.INS, t ins.Traits) (*ins.Person, ins.Match, error)
	Submit(ctx context.Context, c dmp.Caller, sub *xds.Submission, docs []dmp.Document) (*dmp.Receipt, error)
	Known(ctx context.Context, id ins.PersonID, document string) (*xds.DocumentEntry, error)
	MedecinTraitant(ctx context.Context, c dmp.Caller, id ins.PersonID) (string, error)
	Person(ctx context.Context, c dmp.Caller, id ins.PersonID) (*ins.Person, error)
}

// door is how the journal of the records names this way in.
const door = "mss"

// ErrNoHolder says that nobody answers for what a mailbox would file.
var ErrNoHolder = refuse("MSS-BOITE-SANS-TITULAIRE", finding.Forbidden, "550 5.7.1", "MSSANTE §2 (types de BAL)",
	finding.T("Aucun professionnel ni aucune structure active de l'annuaire ne répond de cette boîte.", "No active professional or structure of the directory answers for this mailbox."),
	finding.T("Rattachez la boîte à son titulaire dans l'annuaire.", "Attach the mailbox to its holder in the directory."))

// holder gives who acts for a mailbox when nobody is there: the professional of a personal mailbox,
// the structure of an organisational one, as an automaton.
func (o *Operator) holder(box *Mailbox) (dmp.Caller, error) {
	switch box.Type {
	case Personal, Cabinet:
		return o.professional(box.Professional)
	case Organisation, Application:
		s := o.Annuaire.Structure(box.Structure)
		if s == nil || !s.Active {
			return dmp.Caller{}, ErrNoHolder.At(box.Address)
		}
		return dmp.Caller{Door: door, Actor: acces.Actor{ID: s.IDNat, Name: s.Name, Function: annuaire.Automate, Role: "établissement",
			Structure: s.IDNat, StructureName: s.Name, Sector: s.Sector, Auth: acces.Indirecte, Mode: acces.Normal}}, nil
	}
	return dmp.Caller{}, ErrNoHolder.At(box.Address)
}

// professional gives a professional at the first structure where they work.
func (o *Operator) professional(idNat string) (dmp.Caller, error) {
	p := o.Annuaire.Professional(idNat)
	if idNat == "" || p == nil || !p.Active {
		return dmp.Caller{}, ErrNoHolder.At(idNat)
	}
	var at *annuaire.Structure
	for _, id := range p.Structures {
		if s := o.Annuaire.Structure(id); s != nil && s.Active {
			at = s
			break
		}
	}
	return dmp.Caller{Door: door, Actor: acces.ProfessionalActor(p, at, acces.Directe)}, nil
}

// caller gives who acts in a session: the professional signed in; with a password or
// a certificate, the holder of the mailbox.
func (s *Session) caller() (dmp.Caller, error) {
	if s.Actor == s.Box.Address || s.Actor == s.Box.Structure {
		return s.o.holder(&s.Box)
	}
	return s.o.professional(s.Actor)
}
