package dmp

import (
	"context"
	"errors"
	"strconv"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

func itoa(n int) string { return strconv.Itoa(n) }

// ReadItem is one document asked for, and what became of it.
type ReadItem struct {
	UniqueID string
	Entry    *xds.DocumentEntry // current version
	Bytes    []byte
	Err      error // a *finding.Refusal
}

// ErrNoDocument is the answer for a document that does not exist and for one the caller may not
// know of: the two cannot be told apart.
// spec: DMP 1.6 (ITI-43)
var ErrNoDocument = &finding.Refusal{ID: "DMP-PAS-DE-DOCUMENT", Kind: finding.NotFound, Code: "XDSDocumentUniqueIdError", Rule: "IHE ITI TF-2 3.43",
	Message: finding.T("Aucun document de ce nom n'est à votre disposition.", "No document of that name is available to you."),
	Fix:     finding.T("Vérifiez l'identifiant et vos droits sur ce dossier.", "Check the identifier and your rights on this record.")}

// maxRead bounds the bytes of one reading, which are in memory together until they are sent.
const maxRead = 128 << 20

// ErrTooMuch leaves out of an answer what would not fit in it.
var ErrTooMuch = &finding.Refusal{ID: "DMP-TROP-A-LA-FOIS", Kind: finding.TooLarge, Code: "XDSRepositoryOutOfResources", Rule: "limite publiée",
	Message: finding.Tf("Les documents demandés dépassent ensemble %d Mio.", "The documents asked for are over %d MiB together.", maxRead>>20),
	Fix:     finding.T("Demandez-les en plusieurs fois.", "Ask for them in several requests.")}

// ReadEntry opens the document whose entry carries an entryUUID, as Read does. Nothing there and
// nothing for this caller are the same ErrNoDocument.
func (d *DMP) ReadEntry(ctx context.Context, c Caller, entryUUID string) (*ReadItem, error) {
	var uid string
	err := d.look(ctx, func(r Reader) error {
		owner, err := r.OwnerOfUUID(entryUUID)
		if err != nil {
			return err
		}
		e, err := r.Entry(owner, entryUUID)
		if err != nil {
			return err
		}
		uid = e.UniqueID
		return nil
	})
	if errors.Is(err, ErrNotFound) {
		return nil, ErrNoDocument
	}
	if err != nil {
		return nil, d.storeError(err)
	}
	items, err := d.Read(ctx, c, []string{uid})
	if err != nil {
		return nil, err
	}
	if errors.Is(items[0].Err, ErrNoDocument) {
		return nil, ErrNoDocument
	}
	return &items[0], items[0].Err
}

// Read opens documents by uniqueId. Each reading is written in the journal before the bytes are
// handed over; a refusal too, with its true reason, which the caller does not see.
func (d *DMP) Read(ctx context.Context, c Caller, uniqueIDs []string) ([]ReadItem, error) {
	items := make([]ReadItem, len(uniqueIDs))
	var leaves []journal.Record
	var events []evenement.Event
	err := d.look(ctx, func(r Reader) error {
		room := int64(maxRead)
		for i, uid := range uniqueIDs {
			items[i] = ReadItem{UniqueID: uid}
			owner, entry, decision, err := d.mayRead(r, c, uid)
			if err != nil {
				return err
			}
			if owner == "" {
				items[i].Err = ErrNoDocument.At(uid)
				continue
			}
			if decision.Allowed {
				if room -= entry.Size; room < 0 && i > 0 {
					items[i].Err = ErrTooMuch.At(uid)
					continue
				}
			}
			rec := c.record(d.Now(), owner, journal.Read, uid, entry.Title)
			rec.Reason = decision.Reason
			if !decision.Allowed {
				rec.Outcome = journal.Denied
				items[i].Err = ErrNoDocument.At(uid)
			} else {
				items[i].Entry = entry
				if c.Mode == acces.BrisDeGlace || c.Mode == acces.Centre15 {
					events = append(events, evenement.Event{Time: rec.Time, Kind: evenement.EmergencyAccess, Person: string(owner), UniqueID: uid, Actor: c.ID})
				}
			}
			leaves = append(leaves, rec)
		}
		return nil
	})
	if err != nil {
		return nil, d.storeError(err)
	}
	for i := range items {
		if items[i].Err != nil {
			continue
		}
		if items[i].Bytes, err = d.Store.Body(ctx, items[i].UniqueID); err != nil {
			return nil, d.storeError(err)
		}
	}
	if len(leaves) == 0 {
		return items, nil
	}
	err = d.commit(ctx, Unit{Do: func(tx Tx) error {
		for _, l := range leaves {
			if err := tx.Leaf(l); err != nil {
				return err
			}
		}
		for _, e := range events {
			if err := tx.Event(e); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		return nil, d.storeError(err)
	}
	return items, nil
}

// mayRead finds the current version of a document and decides. An empty owner means unknown.
func (d *DMP) mayRead(r Reader, c Caller, uid string) (ins.PersonID, *xds.DocumentEntry, acces.Decision, error) {
	owner, err := r.OwnerOfDocument(uid)
	if errors.Is(err, ErrNotFound) {
		return "", nil, acces.Decision{}, nil
	}
	if err != nil {
		return "", nil, acces.Decision{}, err
	}
	if !c.Resource.IsZero() {
		p, err := r.Person(owner)
		if err != nil {
			return "", nil, acces.Decision{}, err
		}
		if p.INS != c.Resource {
			return "", nil, acces.Decision{}, nil
		}
	}
	dossier, err := d.dossier(r, owner, c)
	if err != nil {
		return "", nil, acces.Decision{}, err
	}
	entries, err := r.Entries(owner)
	if err != nil {
		return "", nil, acces.Decision{}, err
	}
	entry := latest(entries, uid)
	if entry == nil {
		return "", nil, acces.Decision{}, nil
	}
	if c.Citizen && c.ID != string(owner) {
		return "", nil, acces.Decision{}, nil // not even a trace of a try in somebody else's journal
	}
	return owner, entry, acces.Decide(c.Actor, acces.Lire, dossier, facts(entry, c)), nil
}

// latest gives the newest metadata version of a document.
func latest(entries []*xds.DocumentEntry, uid string) *xds.DocumentEntry {
	var out *xds.DocumentEntry
	for _, e := range entries {
		if e.UniqueID == uid && (out == nil || e.Version > out.Version) {
			out = e
		}
	}
	return out
}

// facts tells acces what it needs to know of an entry for a caller.
func facts(e *xds.DocumentEntry, c Caller) *acces.Document {
	doc := &acces.Document{
		Masked: e.Has(xds.MasquePS), InvisiblePatient: e.Has(xds.InvisiblePatient),
		Deleted: e.Status == xds.Deleted, Signature: isSignature(e),
	}
	patient, _ := xds.PatientKey(e.PatientID)
	for _, a := range e.Authors {
		person, _ := xds.PersonID(a.Person)
		doc.Own = doc.Own || person != "" && person == c.ID
		doc.ByPatient = doc.ByPatient || person != "" && person == patient
		for _, x := range a.Institutions {
			_, id, _ := xds.Organization(x)
			doc.OwnStructure = doc.OwnStructure || id != "" && id == c.Structure
		}
	}
	if c.Citizen && doc.ByPatient {
		doc.Own = true
	}
	return doc
}
