package dmp

import (
	"context"
	"errors"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// What the mail asks besides Recognise and Submit.

// Known gives the entry of a document named by its uniqueId or an entryUUID, in its last version,
// for whoever deposits what replaces it: Submit judges whether they may. ErrNotFound when the
// record does not hold it. It tells nothing to a caller: it is not for doors.
func (d *DMP) Known(ctx context.Context, id ins.PersonID, document string) (*xds.DocumentEntry, error) {
	var out *xds.DocumentEntry
	err := d.look(ctx, func(r Reader) error {
		all, err := r.Entries(id)
		for _, e := range all {
			if (e.UniqueID == document || e.EntryUUID == document) && (out == nil || e.Version > out.Version) {
				out = e
			}
		}
		return err
	})
	switch {
	case err != nil:
		return nil, d.storeError(err)
	case out == nil:
		return nil, ErrNotFound
	}
	return out, nil
}

// MedecinTraitant gives the médecin traitant of a person (PS_IdNat), to professionals who may see
// that they have a record; "" when none is known.
func (d *DMP) MedecinTraitant(ctx context.Context, c Caller, id ins.PersonID) (string, error) {
	out := ""
	err := d.look(ctx, func(r Reader) error {
		dossier, err := d.dossier(r, id, c)
		if err != nil {
			return err
		}
		if dec := acces.Decide(c.Actor, acces.VoirAdmin, dossier, nil); !dec.Allowed {
			return dec.Refusal()
		}
		if a := dossier.Authorisation; a != nil && a.State == acces.Interdite {
			return nil // the person wants nothing to do with them
		}
		list, err := r.Authorisations(id)
		for _, a := range list {
			if a.MT && a.State == acces.Active {
				out = a.Professional
			}
		}
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if finding.As(err) != nil {
		return "", err
	}
	return out, d.storeError(err)
}
