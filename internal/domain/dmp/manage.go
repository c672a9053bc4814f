package dmp

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Open opens a record, by default for everybody unless they opposed. Opening an open record does nothing.
func (d *DMP) Open(ctx context.Context, c Caller, id ins.PersonID) error {
	return d.setState(ctx, c, id, Ouvert, journal.OpenRecord, evenement.RecordOpened, "")
}

// OpposeRecord records the person's opposition to having a record.
func (d *DMP) OpposeRecord(ctx context.Context, c Caller, id ins.PersonID, reason string) error {
	return d.setState(ctx, c, id, Oppose, journal.Oppose, evenement.RecordClosed, reason)
}

// CloseRecord closes a record; it is kept, and reopens by Open.
func (d *DMP) CloseRecord(ctx context.Context, c Caller, id ins.PersonID, reason string) error {
	return d.setState(ctx, c, id, Ferme, journal.CloseRecord, evenement.RecordClosed, reason)
}

// ErrOpposed refuses to open the record of somebody who said no.
var ErrOpposed = &finding.Refusal{ID: "DMP-OPPOSE", Kind: finding.Forbidden, Code: "XDSUnknownPatientId", Rule: "CSP L1111-14",
	Message: finding.T("La personne s'est opposée à l'ouverture de son dossier.", "The person opposed the opening of a record."),
	Fix:     finding.T("Elle seule peut revenir sur ce choix.", "Only they can change this choice.")}

func (d *DMP) setState(ctx context.Context, c Caller, id ins.PersonID, to State, do journal.Action, kind evenement.Kind, reason string) error {
	err := d.commit(ctx, Unit{Do: func(tx Tx) error {
		if _, err := tx.Person(id); err != nil {
			return err
		}
		rec, err := tx.Record(id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if rec.State == to {
			return nil
		}
		if c.Citizen && c.ID != string(id) {
			return acces.Decision{Reason: acces.RefusPasVotreDossier}.Refusal()
		}
		if to == Ouvert && rec.State == Oppose && !c.Citizen {
			return ErrOpposed
		}
		now := d.Now()
		rec.State, rec.Since, rec.Reason = to, now, reason
		if err := tx.PutRecord(id, rec); err != nil {
			return err
		}
		if err := tx.Leaf(c.record(now, id, do, "", "")); err != nil {
			return err
		}
		return tx.Event(evenement.Event{Time: now, Kind: kind, Person: string(id), Actor: c.ID})
	}})
	if errors.Is(err, ErrNotFound) {
		return ins.ErrUnknown
	}
	if errors.Is(err, ErrOpposed) {
		return d.refused(ctx, c, id, do, "", ErrOpposed)
	}
	return d.storeError(err)
}

// Authorise puts a professional in the care team of a person. The caller is the person, the
// professional (after collecting consent) or staff who has their delegation. Only a doctor is médecin traitant.
// spec: DMP 2.3 (TD0.3)
func (d *DMP) Authorise(ctx context.Context, c Caller, id ins.PersonID, professional *annuaire.Professional, mt bool) error {
	return d.change(ctx, c, id, journal.Authorise, func(dos acces.Dossier) acces.Decision {
		if mt && professional.Profession != annuaire.Medecin {
			return acces.Decision{Reason: acces.RefusProfil}
		}
		if c.Citizen {
			return acces.Decide(c.Actor, acces.ChoisirAcces, dos, nil)
		}
		return acces.Decide(c.Actor, acces.SAutoriser, dos, nil)
	}, professional.IDNat, func(tx Tx) error {
		if err := d.mayActFor(tx, c, professional); err != nil {
			return err
		}
		auths, err := tx.Authorisations(id)
		if err != nil {
			return err
		}
		now := d.Now()
		a := acces.Authorisation{Professional: professional.IDNat, State: acces.Active, MT: mt, Since: now, LastAction: now, By: c.ID,
			Name: professional.Name(), Role: professional.Role}
		for _, old := range auths {
			if old.Professional == a.Professional && old.State == acces.Active {
				a.Since = old.Since
				a.MT = a.MT || old.MT
			}
			if mt && old.MT && old.Professional != a.Professional { // one médecin traitant at a time
				old.MT = false
				if err := tx.PutAuthorisation(id, old); err != nil {
					return err
				}
			}
		}
		return tx.PutAuthorisation(id, a)
	})
}

// Block forbids a professional any access; Unblock lifts it. Only the person does either.
func (d *DMP) Block(ctx context.Context, c Caller, id ins.PersonID, professional *annuaire.Professional, blocked bool) error {
	do := journal.Block
	if !blocked {
		do = journal.Unblock
	}
	return d.change(ctx, c, id, do, func(dos acces.Dossier) acces.Decision {
		return acces.Decide(c.Actor, acces.ChoisirAcces, dos, nil)
	}, professional.IDNat, func(tx Tx) error {
		if !blocked {
			return tx.DropAuthorisation(id, professional.IDNat)
		}
		now := d.Now()
		return tx.PutAuthorisation(id, acces.Authorisation{Professional: professional.IDNat, State: acces.Interdite, Since: now, LastAction: now,
			By: c.ID, Name: professional.Name(), Role: professional.Role})
	})
}

// Choose records what the person wants in emergencies.
func (d *DMP) Choose(ctx context.Context, c Caller, id ins.PersonID, choices acces.Choices) error {
	return d.change(ctx, c, id, journal.Choose, func(dos acces.Dossier) acces.Decision {
		return acces.Decide(c.Actor, acces.ChoisirAcces, dos, nil)
	}, "", func(tx Tx) error {
		rec, err := tx.Record(id)
		if err != nil {
			return err
		}
		rec.Choices = choices
		return tx.PutRecord(id, rec)
	})
}

// change decides, writes and journals in one commit; a refusal is journaled too.
func (d *DMP) change(ctx context.Context, c Caller, id ins.PersonID, do journal.Action, decide func(acces.Dossier) acces.Decision, detail string, write func(Tx) error) error {
	stranger := c.Citizen && c.ID != string(id)
	err := d.commit(ctx, Unit{Do: func(tx Tx) error {
		if _, err := tx.Person(id); err != nil && !stranger {
			return err
		}
		dos, err := d.dossier(tx, id, c)
		if err != nil {
			return err
		}
		dec := decide(dos)
		if !dec.Allowed {
			return dec.Refusal()
		}
		if err := write(tx); err != nil {
			return err
		}
		rec := c.record(d.Now(), id, do, "", "")
		rec.Reason, rec.Detail = dec.Reason, detail
		return tx.Leaf(rec)
	}})
	if errors.Is(err, ErrNotFound) {
		return ins.ErrUnknown
	}
	if r := finding.As(err); r != nil && !stranger {
		return d.refused(ctx, c, id, do, "", r)
	}
	return d.storeError(err)
}

// SetVisibility hides a document from professionals or shows it again, or makes it visible to
// the person: a new version of its metadata, as ITI-57 does. ifVersion, when not 0, must be the
// current version.
// spec: DMP 2.4, 2.5
func (d *DMP) SetVisibility(ctx context.Context, c Caller, uniqueID, code string, on bool, ifVersion int) (*xds.DocumentEntry, error) {
	act, do, err := visibilityAction(code, on)
	if err != nil {
		return nil, err
	}
	var out *xds.DocumentEntry
	var owner ins.PersonID
	err = d.commit(ctx, Unit{Do: func(tx Tx) error {
		var entry *xds.DocumentEntry
		var err error
		owner, entry, _, err = d.mayRead(tx, c, uniqueID)
		if err != nil {
			return err
		}
		if owner == "" {
			return ErrNoDocument.At(uniqueID)
		}
		dos, err := d.dossier(tx, owner, c)
		if err != nil {
			return err
		}
		doc := facts(entry, c)
		if c.Citizen && doc.InvisiblePatient {
			return ErrNoDocument.At(uniqueID)
		}
		dec := acces.Decide(c.Actor, act, dos, doc)
		if !dec.Allowed {
			return dec.Refusal()
		}
		if ifVersion != 0 && ifVersion != entry.Version {
			return ErrVersion.At(uniqueID)
		}
		out = entry
		if entry.Has(code) == on {
			return nil
		}
		out = withVisibility(entry, code, on)
		return d.putVersion(tx, c, owner, entry, out, do, dec.Reason)
	}})
	if r := finding.As(err); r != nil && owner != "" && r.ID != ErrVersion.ID {
		return nil, d.refused(ctx, c, owner, do, uniqueID, r)
	}
	return out, d.storeError(err)
}

// ErrVersion says that somebody else changed the metadata meanwhile.
var ErrVersion = &finding.Refusal{ID: "XDS-VERSION", Kind: finding.Conflict, Code: "XDSMetadataVersionError", Rule: "DMP 1.4",
	Message: finding.T("La fiche a changé entre-temps.", "The entry has changed meanwhile."),
	Fix:     finding.T("Relisez-la et recommencez.", "Read it again and retry.")}

func visibilityAction(code string, on bool) (acces.Action, journal.Action, error) {
	switch {
	case code == xds.MasquePS && on:
		return acces.Masquer, journal.Mask, nil
	case code == xds.MasquePS:
		return acces.Demasquer, journal.Unmask, nil
	case code == xds.InvisiblePatient && !on:
		return acces.RendreVisible, journal.Announce, nil
	}
	return 0, "", wrong("confidentialityCode", "Ce changement de visibilité («%s») n'est pas possible.", "This change of visibility (%q) is not possible.", code)
}

// withVisibility copies an entry as its next version, with or without a visibility code.
func withVisibility(e *xds.DocumentEntry, code string, on bool) *xds.DocumentEntry {
	n := *e
	n.EntryUUID, n.Version, n.Status = newUUID(), e.Version+1, xds.Approved
	if e.Status == xds.Archived || e.Status == xds.Deprecated {
		n.Status = e.Status
	}
	n.Confidentiality = nil
	for _, c := range e.Confidentiality {
		if !c.Is(code, xds.VisibilitySystem) {
			n.Confidentiality = append(n.Confidentiality, c)
		}
	}
	if on {
		n.Confidentiality = append(n.Confidentiality, xds.Code{Code: code, System: xds.VisibilitySystem, Display: visibilityWords[code]})
	}
	return &n
}

var visibilityWords = map[string]string{
	xds.MasquePS:         "Masqué aux professionnels de santé",
	xds.InvisiblePatient: "Non visible par le patient",
}

// putVersion writes a metadata version with the submission set that carries it.
func (d *DMP) putVersion(tx Tx, c Caller, id ins.PersonID, old, next *xds.DocumentEntry, do journal.Action, reason string) error {
	now := d.Now()
	set := &xds.SubmissionSet{EntryUUID: newUUID(), UniqueID: oid.FromUUID(uuid.New()), SourceID: d.RepositoryID, PatientID: old.PatientID, Status: xds.Approved,
		SubmissionTime: xds.FormatDTM(now), Title: string(do), Authors: []xds.Author{{Person: c.xcn()}},
		ContentType: xds.Code{Code: "07", System: "1.2.250.1.213.2.2", Display: "Consultations soins externes"}}
	if c.Citizen {
		set.Authors = []xds.Author{{Person: old.PatientID}}
		set.ContentType = xds.Code{Code: "EXP_PATIENT", System: "1.2.250.1.213.1.1.4.6", Display: "Expression personnelle du patient"}
	}
	link := &xds.Association{EntryUUID: newUUID(), Type: xds.HasMember, Source: set.EntryUUID, Target: next.EntryUUID, Status: xds.Approved,
		SetStatus: "Original", PreviousVersion: itoa(old.Version)}
	if err := tx.SetStatus(id, old.EntryUUID, xds.Deprecated); err != nil {
		return err
	}
	if err := tx.PutEntry(id, next); err != nil {
		return err
	}
	if err := tx.PutSet(id, set); err != nil {
		return err
	}
	if err := tx.PutAssociation(id, link); err != nil {
		return err
	}
	rec := c.record(now, id, do, next.UniqueID, next.Title)
	rec.Reason = reason
	if err := tx.Leaf(rec); err != nil {
		return err
	}
	return tx.Event(evenement.Event{Time: now, Kind: evenement.DocumentMasked, Person: string(id), UniqueID: next.UniqueID, Actor: c.ID})
}
