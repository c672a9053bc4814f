package mss

import (
	"context"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Why says why somebody is suggested as a recipient.
type Why string

// The reasons, the most likely first.
const (
	WhyAddressee     Why = "destinataire"     // the document names them
	WhyPrescriber    Why = "prescripteur"     // they asked for what the document answers
	WhyAttending     Why = "medecin-traitant" //
	WhyAuthor        Why = "auteur"           //
	WhyPatient       Why = "patient"          // in Mon espace santé
	WhyCorrespondent Why = "correspondant"    // they were written to about this person before
)

// Suggestion is somebody who may be meant.
type Suggestion struct {
	Address string
	Name    string
	Role    string // words, French
	Why     Why
}

// About is what a letter is about.
type About struct {
	Patient   ins.PersonID
	Documents [][]byte // CDA
}

// maxSuggestions bounds what is suggested; maxBefore what was sent before and is looked at.
const (
	maxSuggestions = 30
	maxBefore      = 100
)

// Recipients suggests who should receive documents about a person: those the documents name, the
// médecin traitant, the person themselves, those written to before.
// spec: MSSANTE §8 (who receives what)
func (s *Session) Recipients(ctx context.Context, a About) ([]Suggestion, error) {
	c, err := s.caller()
	if err != nil {
		return nil, err
	}
	p := &proposed{s: s, seen: map[string]bool{s.Box.Address: true}}
	for _, raw := range a.Documents {
		d, err := cda.Parse(raw)
		if err != nil {
			return nil, unread(err)
		}
		for i := range d.Recipients {
			p.actor(ctx, &d.Recipients[i], WhyAddressee)
		}
		for i := range d.Participants {
			if d.Participants[i].TypeCode == "REF" { // spec: CI-SIS cda (participant REF: demandeur)
				p.actor(ctx, &d.Participants[i], WhyPrescriber)
			}
		}
		for i := range d.Authors {
			p.actor(ctx, &d.Authors[i], WhyAuthor)
		}
	}
	if a.Patient != "" && s.o.Records != nil {
		if err := p.patient(ctx, c, a.Patient); err != nil {
			return nil, err
		}
	}
	return p.list, nil
}

// proposed gathers suggestions, each address once.
type proposed struct {
	s    *Session
	list []Suggestion
	seen map[string]bool
}

func (p *proposed) add(x Suggestion) {
	x.Address = Canonical(x.Address)
	if x.Address == "" || p.seen[x.Address] || len(p.list) >= maxSuggestions {
		return
	}
	o := p.s.o
	if d := domainOf(x.Address); !o.Local(d) && !o.WhiteList.Has(d) {
		return // no MSSanté address
	}
	p.seen[x.Address] = true
	p.list = append(p.list, x)
}

// actor suggests somebody a document names: by the directory, else by the address that stands there.
func (p *proposed) actor(ctx context.Context, a *cda.Actor, why Why) {
	if id := a.ProfessionalID(); id != "" && p.professional(ctx, id, why) {
		return
	}
	for _, t := range a.Telecoms {
		if v, ok := strings.CutPrefix(strings.ToLower(t.Value), "mailto:"); ok {
			p.add(Suggestion{Address: v, Name: a.Label(), Why: why})
		}
	}
}

// professional suggests somebody of the directory; false when they have no mailbox there.
func (p *proposed) professional(ctx context.Context, idNat string, why Why) bool {
	who := p.s.o.Annuaire.Professional(idNat)
	if who == nil || !who.Active {
		return false
	}
	address := who.Mailbox
	if address == "" {
		boxes, err := p.s.o.Mailboxes(ctx, idNat)
		for _, b := range boxes {
			if err == nil && address == "" && b.Professional == idNat && !b.Red && b.State != Closed {
				address = b.Address
			}
		}
	}
	if address == "" {
		return false
	}
	p.add(Suggestion{Address: address, Name: who.Name(), Role: who.Role, Why: why})
	return true
}

// patient suggests the person, their médecin traitant, and those written to about them before.
func (p *proposed) patient(ctx context.Context, c dmp.Caller, id ins.PersonID) error {
	o := p.s.o
	mt, err := o.Records.MedecinTraitant(ctx, c, id)
	if err != nil {
		return err
	}
	if mt != "" {
		p.professional(ctx, mt, WhyAttending)
	}
	who, err := o.Records.Person(ctx, c, id)
	if err != nil {
		return err
	}
	if who.Status == ins.Qualifiee && !who.INS.IsZero() {
		a, err := mssante.Citizen(who.INS)
		open := err == nil
		if open && o.Space != nil && o.Local(Citizens) {
			space, err := o.Space(ctx, who.INS.Matricule.Reveal())
			open = err == nil && space.Open
		}
		if open {
			p.add(Suggestion{Address: a.String(), Name: who.DisplayName(), Role: "patient", Why: WhyPatient})
		}
	}
	before, _, err := p.s.Sent(ctx, "", maxBefore)
	if err != nil {
		return err
	}
	for _, x := range before {
		for _, d := range x.Recipients {
			if x.Patient == id && d.State != NotSent && domainOf(d.Address) != Citizens {
				p.add(Suggestion{Address: d.Address, Name: d.Name, Why: WhyCorrespondent})
			}
		}
	}
	return nil
}
