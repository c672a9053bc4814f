package dmp

import (
	"context"
	"errors"
	"slices"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// atDesk refuses who may not touch identities: the person concerned, and for what only a human can
// judge (a document, a doubt, a merge) an automaton or a structure that speaks for nobody.
// spec: INS §2 (identity evidence: operator)
func atDesk(c Caller, human bool) *finding.Refusal {
	if c.Citizen {
		return acces.Decision{Reason: acces.RefusPasVotreDossier}.Refusal()
	}
	if human && (c.Function == annuaire.Automate || c.Auth == acces.Indirecte) {
		return ErrDeskHuman
	}
	return nil
}

// ErrDeskHuman refuses an automaton what only somebody can judge.
var ErrDeskHuman = &finding.Refusal{ID: "INS-OPERATEUR", Kind: finding.Forbidden, Rule: "RNIV, traçabilité",
	Message: finding.T("Cette action d'identitovigilance demande un opérateur nommé, pas un automate.", "This identity action needs a named operator, not an automaton."),
	Fix:     finding.T("Refaites-la en votre nom au guichet d'identité.", "Do it again in your own name at the identity desk.")}

// ErrINSGiven refuses, in production, an INS that INSi did not give here.
var ErrINSGiven = &finding.Refusal{ID: "INS-SANS-INSI", Kind: finding.Conflict, Rule: "Référentiel INS : l'INS vient du téléservice INSi",
	Message: finding.T("Un INS ne se déclare pas : il vient d'INSi.", "An INS is not declared: it comes from INSi."),
	Fix:     finding.T("Créez l'identité par ses traits, puis interrogez INSi (POST /api/identites/{id}/insi).", "Create the identity by its traits, then ask INSi (POST /api/identites/{id}/insi).")}

// Identify creates or updates a person at the identity desk. An INS already carried by somebody
// with other strict traits is refused, and the refusal written down; with the same traits that
// person is given back, and their status rises when the evidence shown allows it. In production an
// INS comes from INSi alone.
// spec: INS §3
func (d *DMP) Identify(ctx context.Context, c Caller, p *ins.Person) (kept *ins.Person, created bool, err error) {
	if r := atDesk(c, false); r != nil {
		return nil, false, r
	}
	p.Traits = p.Traits.Normalised()
	if err := p.Traits.Check(); err != nil {
		return nil, false, err
	}
	if !p.INS.IsZero() {
		if err := d.Mode.Admit(p.INS); err != nil {
			return nil, false, err
		}
		// In a sandbox `socle send` brings test identities that no teleservice ever gave.
		if d.Mode == ins.Production {
			return nil, false, ErrINSGiven
		}
	}
	p.Settle()
	var about ins.PersonID
	err = d.commit(ctx, Unit{Do: func(tx Tx) error {
		kept, created, about = nil, false, ""
		now := d.Now()
		if !p.INS.IsZero() {
			known, err := tx.PersonByINS(p.INS)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if err == nil {
				about = known.ID
				if diff := known.Traits.Differences(p.Traits); len(diff) > 0 {
					return ins.ErrOtherTraits.At(diff[0])
				}
				kept = known
				n := *known
				n.Evidence = p.Evidence
				if n.Settle(); n.Status <= known.Status || known.Douteuse || known.Fictive {
					return nil
				}
				n.ModifiedAt = now
				n.Remember(ins.Change{At: now, By: c.ID, What: ins.EvidenceChecked, Before: known.Status, Evidence: p.Evidence})
				kept = &n
				return d.putPerson(tx, c, kept)
			}
		}
		n, err := ins.Apply(*p, ins.Event{Kind: ins.Created, By: c.ID}, now)
		if err != nil {
			return err
		}
		if n.ID == "" {
			n.ID = NewPersonID()
		}
		n.CreatedAt = now
		kept, created = &n, true
		return d.putPerson(tx, c, kept)
	}})
	if errors.Is(err, ErrDuplicateINS) {
		err = ins.ErrOtherTraits
	}
	if r := finding.As(err); r != nil && about != "" {
		return nil, false, d.refused(ctx, c, about, journal.Identify, "", r)
	}
	return kept, created, d.storeError(err)
}

// putPerson writes an identity, who did it, and that it happened.
func (d *DMP) putPerson(tx Tx, c Caller, p *ins.Person) error {
	if err := tx.PutPerson(p); err != nil {
		return err
	}
	rec := c.record(p.ModifiedAt, p.ID, journal.Identify, "", "")
	rec.Detail = p.Status.String()
	if n := len(p.Past); n > 0 {
		if last := p.Past[n-1]; last.What != ins.Created {
			rec.Detail = string(last.What) + " : " + last.Before.String() + " → " + last.After.String()
		}
	}
	if err := tx.Leaf(rec); err != nil {
		return err
	}
	return tx.Event(evenement.Event{Time: p.ModifiedAt, Kind: evenement.IdentityChanged, Person: string(p.ID), Actor: c.ID, Detail: rec.Detail})
}

// happen applies one event to an identity in one commit; a refusal is written down.
func (d *DMP) happen(ctx context.Context, c Caller, id ins.PersonID, human bool, event func(tx Tx, p *ins.Person) (ins.Event, error)) (*ins.Person, error) {
	if r := atDesk(c, human); r != nil {
		return nil, d.refused(ctx, c, id, journal.Identify, "", r)
	}
	var out *ins.Person
	err := d.commit(ctx, Unit{Do: func(tx Tx) error {
		p, err := tx.Person(id)
		if err != nil {
			return err
		}
		e, err := event(tx, p)
		if err != nil {
			return err
		}
		e.By = c.ID
		n, err := ins.Apply(*p, e, d.Now())
		if err != nil {
			return err
		}
		if out = &n; len(n.Past) == len(p.Past) && n.ModifiedAt.Equal(p.ModifiedAt) {
			return nil // nothing changed
		}
		return d.putPerson(tx, c, out)
	}})
	if errors.Is(err, ErrNotFound) {
		return nil, ins.ErrUnknown
	}
	if errors.Is(err, ErrDuplicateINS) {
		err = ins.ErrCarried
	}
	if r := finding.As(err); r != nil {
		return nil, d.refused(ctx, c, id, journal.Identify, "", r)
	}
	return out, d.storeError(err)
}

func plain(e ins.Event) func(Tx, *ins.Person) (ins.Event, error) {
	return func(Tx, *ins.Person) (ins.Event, error) { return e, nil }
}

// RecordEvidence notes the identity document that somebody looked at; one of high trust validates.
// spec: INS §2 (identity evidence)
func (d *DMP) RecordEvidence(ctx context.Context, c Caller, id ins.PersonID, e ins.Evidence) (*ins.Person, error) {
	return d.happen(ctx, c, id, true, plain(ins.Event{Kind: ins.EvidenceChecked, Evidence: e}))
}

// WithdrawEvidence takes back a check that did not hold.
func (d *DMP) WithdrawEvidence(ctx context.Context, c Caller, id ins.PersonID, reason string) (*ins.Person, error) {
	return d.happen(ctx, c, id, true, plain(ins.Event{Kind: ins.EvidenceWithdrawn, Reason: reason}))
}

// ChangeTraits replaces the strict traits by hand; the INS given for others is dropped.
// spec: INS §3 (transitions)
func (d *DMP) ChangeTraits(ctx context.Context, c Caller, id ins.PersonID, t ins.Traits, reason string) (*ins.Person, error) {
	return d.happen(ctx, c, id, true, plain(ins.Event{Kind: ins.TraitsChanged, Traits: t, Reason: reason}))
}

// SetComplementary edits the complementary traits; the status does not change. edit may run twice.
// spec: INS §2 (complementary traits)
func (d *DMP) SetComplementary(ctx context.Context, c Caller, id ins.PersonID, edit func(*ins.Complementary)) (*ins.Person, error) {
	return d.happen(ctx, c, id, false, func(_ Tx, p *ins.Person) (ins.Event, error) {
		n := p.Complements()
		n.Local, n.Related = slices.Clone(n.Local), slices.Clone(n.Related)
		edit(&n)
		return ins.Event{Kind: ins.Supplemented, Complement: n}, nil
	})
}

// SetHomonyme sets or lifts the warning that somebody else bears nearly the same names.
func (d *DMP) SetHomonyme(ctx context.Context, c Caller, id ins.PersonID, on bool, reason string) (*ins.Person, error) {
	return d.attribute(ctx, c, id, on, ins.HomonymMarked, ins.HomonymLifted, reason)
}

// SetDouteuse says that there is a doubt about the person, or lifts it: the identity is
// provisional and must be proved again.
// spec: INS §3 (attributes)
func (d *DMP) SetDouteuse(ctx context.Context, c Caller, id ins.PersonID, on bool, reason string) (*ins.Person, error) {
	return d.attribute(ctx, c, id, on, ins.DoubtMarked, ins.DoubtLifted, reason)
}

// SetFictive makes an identity fictive (tests, training), or takes that back.
// spec: INS §3 (attributes)
func (d *DMP) SetFictive(ctx context.Context, c Caller, id ins.PersonID, on bool, reason string) (*ins.Person, error) {
	return d.attribute(ctx, c, id, on, ins.FictionMarked, ins.FictionLifted, reason)
}

// SetAnonyme puts an identity under anonymity, fictive and hidden, or lifts it.
// spec: INS §3 (attributes)
func (d *DMP) SetAnonyme(ctx context.Context, c Caller, id ins.PersonID, on bool, reason string) (*ins.Person, error) {
	return d.attribute(ctx, c, id, on, ins.AnonymityMarked, ins.AnonymityLifted, reason)
}

func (d *DMP) attribute(ctx context.Context, c Caller, id ins.PersonID, on bool, marked, lifted ins.Kind, reason string) (*ins.Person, error) {
	if on {
		return d.happen(ctx, c, id, true, plain(ins.Event{Kind: marked, Reason: reason}))
	}
	return d.happen(ctx, c, id, true, plain(ins.Event{Kind: lifted, Reason: reason}))
}

// IdentityHistory gives every change of an identity, oldest first, to a professional or to the person.
func (d *DMP) IdentityHistory(ctx context.Context, c Caller, id ins.PersonID) ([]ins.Change, error) {
	p, err := d.Person(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return p.Past, nil
}

// Kept gives the identity that counts for an id: the one it was merged into, however often, or
// itself. It is for whoever holds an id from before a merge.
func (d *DMP) Kept(ctx context.Context, id ins.PersonID) (*ins.Person, error) {
	var p *ins.Person
	err := d.look(ctx, func(r Reader) (err error) {
		p, err = kept(r, id)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, ins.ErrUnknown
	}
	return p, d.storeError(err)
}
