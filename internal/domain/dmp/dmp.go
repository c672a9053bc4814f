package dmp

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// DMP answers every question about records. It is the one place where identity, decision and
// journal meet: doors call it and render.
type DMP struct {
	Store    Store
	Annuaire *annuaire.Annuaire
	Mode     ins.Mode
	// RepositoryID is the repositoryUniqueId of this installation.
	RepositoryID string
	// Strictness says which findings about a document refuse it.
	Strictness control.Mode
	// Check gives the remarks of the content rules about a document; nil means none are loaded.
	Check func(*cda.Document) []finding.Finding
	Now   func() time.Time
	Log   *slog.Logger
}

// Caller is an authenticated actor at a door. Resource is the person the authentication was
// made for (resource-id of the VIHF); zero when the means of authentication names nobody.
type Caller struct {
	acces.Actor
	Resource insid.INS
	Door     string
}

// newUUID gives an entryUUID. Version 7: ordered by time, so that indexes grow at their end.
func newUUID() string { return "urn:uuid:" + uuid.Must(uuid.NewV7()).String() }

// NewPersonID gives the handle of a new person.
func NewPersonID() ins.PersonID { return ins.PersonID(uuid.Must(uuid.NewV7()).String()) }

// record makes the journal line of this caller.
func (c Caller) record(now time.Time, person ins.PersonID, do journal.Action, uniqueID, title string) journal.Record {
	return journal.Record{
		Time: now, Person: string(person), Action: do, UniqueID: uniqueID, Title: title, Outcome: journal.Success,
		Actor: journal.Actor{ID: c.ID, Name: c.Name, Role: c.Role, Structure: c.Structure, Place: c.StructureName},
		Mode:  string(c.Mode), ModeReason: c.ModeReason, Door: c.Door, Assertion: c.Assertion,
	}
}

// refused writes a refusal in the journal and gives it back. The journal must not hide the
// answer: when it cannot be written, the failure is what is answered.
func (d *DMP) refused(ctx context.Context, c Caller, person ins.PersonID, do journal.Action, uniqueID string, r *finding.Refusal) error {
	rec := c.record(d.Now(), person, do, uniqueID, "")
	rec.Outcome, rec.Reason = journal.Denied, r.ID
	if err := d.commit(ctx, Unit{Do: func(tx Tx) error { return tx.Leaf(rec) }}); err != nil {
		return d.storeError(err)
	}
	return r
}

// RefusedAuthentication writes down that somebody could not be authenticated at a door.
func (d *DMP) RefusedAuthentication(ctx context.Context, door, who string, r *finding.Refusal) {
	rec := journal.Record{Time: d.Now(), Action: journal.Refused, Outcome: journal.Denied, Reason: r.ID, Door: door, Actor: journal.Actor{ID: who}}
	if err := d.commit(ctx, Unit{Do: func(tx Tx) error { return tx.Leaf(rec) }}); err != nil {
		d.Log.Error("journal not written", "door", door, "err", err)
	}
}

// Refusals of the store itself.
var (
	ErrStoreBusy = &finding.Refusal{ID: "DMP-OCCUPE", Kind: finding.Busy, Code: "XDSRepositoryBusy",
		Message: finding.T("Trop de dépôts attendent.", "Too many deposits are waiting."),
		Fix:     finding.T("Réessayez dans une seconde.", "Try again in a second.")}
	ErrStoreFull = &finding.Refusal{ID: "DMP-PLEIN", Kind: finding.Unavailable, Code: "XDSRepositoryOutOfResources",
		Message: finding.T("Il n'y a plus de place pour garder quoi que ce soit.", "There is no space left to keep anything."),
		Fix:     finding.T("Rien n'a été gardé ; réessayez quand l'exploitant aura libéré de la place.", "Nothing was kept; try again once the operator has made room.")}
	ErrStore = &finding.Refusal{ID: "DMP-INTERNE", Kind: finding.Internal, Code: "XDSRepositoryError",
		Message: finding.T("Une panne interne empêche de répondre.", "An internal fault prevents an answer."),
		Fix:     finding.T("Rien n'a été gardé ; réessayez, puis prévenez l'exploitant.", "Nothing was kept; try again, then tell the operator.")}
)

// storeError turns what a store says into a refusal; refusals pass through.
func (d *DMP) storeError(err error) error {
	switch {
	case err == nil:
		return nil
	case finding.As(err) != nil:
		return err
	case errors.Is(err, ErrExists):
		return ErrDuplicate
	case errors.Is(err, ErrBusy):
		return ErrStoreBusy
	case errors.Is(err, ErrFull):
		return ErrStoreFull
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	d.Log.Error("store failed", "err", err)
	return ErrStore.With(err)
}

// person resolves an INS to a person whose identity is qualified; with ErrNotQualified the person
// is given too, for the journal.
func (d *DMP) person(r Reader, id insid.INS) (*ins.Person, error) {
	if err := d.Mode.Admit(id); err != nil {
		return nil, err
	}
	p, err := r.PersonByINS(id)
	if errors.Is(err, ErrNotFound) {
		return nil, ins.ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	if p.Status != ins.Qualifiee {
		return p, ins.ErrNotQualified
	}
	return p, nil
}

// idOf names a person who may be unknown.
func idOf(p *ins.Person) ins.PersonID {
	if p == nil {
		return ""
	}
	return p.ID
}

// dossier collects what acces needs about a record for this caller.
func (d *DMP) dossier(r Reader, id ins.PersonID, c Caller) (acces.Dossier, error) {
	rec, err := r.Record(id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return acces.Dossier{}, err
	}
	out := acces.Dossier{Exists: rec.State != None, Open: rec.State == Ouvert, Choices: rec.Choices, Own: c.Citizen && c.ID == string(id)}
	if c.Citizen {
		return out, nil
	}
	auths, err := r.Authorisations(id)
	if err != nil {
		return out, err
	}
	out.Authorisation = pick(auths, c)
	return out, nil
}

// pick chooses the authorisation that applies: a block of the professional wins, then their own,
// then the one given to their structure.
func pick(auths []acces.Authorisation, c Caller) *acces.Authorisation {
	var personal, structure *acces.Authorisation
	for i := range auths {
		switch a := &auths[i]; a.Professional {
		case c.ID:
			personal = a
		case c.Structure:
			structure = a
		}
	}
	if personal != nil && (personal.State != acces.Expiree || structure == nil) {
		return personal
	}
	return structure
}
