package dmp

import (
	"context"
	"errors"
	"sort"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// xcn writes the caller as a person of XDS.
func (c Caller) xcn() string { return xds.ProfessionalXCN(c.ID, c.Name, oid.PSIdNat) }

// Line is one document of a timeline.
type Line struct {
	Entry    *xds.DocumentEntry
	Digest   Digest
	Received time.Time
	New      bool                 // arrived since the caller last looked
	Versions []*xds.DocumentEntry // documents it replaced, newest first
	Masked   bool
}

// Dossier is a record as one caller sees it, ready for a page.
type Dossier struct {
	Person   *ins.Person
	Record   Record
	Lines    []Line // newest act first
	LastSeen time.Time
	Reason   string // why the caller may look
	MT       bool
}

// Dossier opens the record of a person for a page: the list of documents with what they say.
// It is one search in the journal. Errors: a *finding.Refusal; NotFound when the person is unknown.
func (d *DMP) Dossier(ctx context.Context, c Caller, id ins.PersonID) (*Dossier, error) {
	out := &Dossier{}
	var refusal *finding.Refusal
	err := d.look(ctx, func(r Reader) error {
		p, err := kept(r, id)
		if errors.Is(err, ErrNotFound) {
			return ins.ErrUnknown
		}
		if err != nil {
			return err
		}
		out.Person = p
		if out.Record, err = r.Record(id); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		v, err := d.view(r, c, id, false, true)
		if refusal = finding.As(err); refusal != nil {
			return nil
		}
		if err != nil {
			return err
		}
		out.Reason = v.reason
		out.MT = v.reason == acces.OKMedecinTraitant
		if out.LastSeen, err = r.LastSeen(id, c.ID); err != nil {
			return err
		}
		return out.fill(r, id, v)
	})
	if err != nil {
		return nil, d.storeError(err)
	}
	if refusal != nil {
		if c.Citizen && c.ID != string(id) {
			return nil, refusal
		}
		return out, d.refused(ctx, c, id, journal.Search, "", refusal)
	}
	rec := c.record(d.Now(), id, journal.Search, "", "")
	rec.Reason = out.Reason
	if err := d.commit(ctx, Unit{Do: func(tx Tx) error { return tx.Leaf(rec) }}); err != nil {
		return nil, d.storeError(err)
	}
	return out, nil
}

// fill folds replaced versions under the one in force and orders by date of the act.
func (out *Dossier) fill(r Reader, id ins.PersonID, v *view) error {
	digests, err := r.Digests(id)
	if err != nil {
		return err
	}
	received, err := r.Received(id)
	if err != nil {
		return err
	}
	current := newest(v.entries, false)
	byUUID := map[string]*xds.DocumentEntry{}
	for _, e := range v.entries {
		byUUID[e.EntryUUID] = e
	}
	replaces := map[string][]*xds.DocumentEntry{} // logical id of the new one → old ones
	for _, a := range v.links {
		if src, dst := byUUID[a.Source], byUUID[a.Target]; a.Type.Replaces() && src != nil && dst != nil {
			replaces[src.LogicalID] = append(replaces[src.LogicalID], dst)
		}
	}
	for _, e := range current {
		if e.Status != xds.Approved && e.Status != xds.Archived || isSignature(e) {
			continue
		}
		line := Line{Entry: e, Digest: ReadDigest(digests[e.UniqueID]), Received: received[e.UniqueID], Masked: e.Has(xds.MasquePS)}
		line.New = !out.LastSeen.IsZero() && line.Received.After(out.LastSeen)
		seen := map[string]bool{e.LogicalID: true}
		for queue := replaces[e.LogicalID]; len(queue) > 0; queue = queue[1:] {
			if old := queue[0]; !seen[old.LogicalID] {
				seen[old.LogicalID] = true
				line.Versions = append(line.Versions, old)
				queue = append(queue, replaces[old.LogicalID]...)
			}
		}
		out.Lines = append(out.Lines, line)
	}
	sort.SliceStable(out.Lines, func(i, j int) bool { return when(out.Lines[i].Entry) > when(out.Lines[j].Entry) })
	return nil
}

// when is the date of the act a document tells of.
func when(e *xds.DocumentEntry) string {
	if e.ServiceStart != "" {
		return xds.PadDTM(e.ServiceStart)
	}
	return xds.PadDTM(e.CreationTime)
}

// Accesses gives the journal of a record to whoever may see it: everything to the person and to
// the médecin traitant, their own traces to other professionals.
// spec: DMP 2.3 (access history)
func (d *DMP) Accesses(ctx context.Context, c Caller, id ins.PersonID, before int64, limit int) ([]Leaf, error) {
	var out []Leaf
	err := d.look(ctx, func(r Reader) error {
		dos, err := d.dossier(r, id, c)
		if err != nil {
			return err
		}
		// The history stays open to the person when the record is closed.
		if !(c.Citizen && dos.Own) {
			if dec := acces.Decide(c.Actor, acces.VoirTraces, dos, nil); !dec.Allowed {
				return dec.Refusal()
			}
		}
		all := c.Citizen || dos.Authorisation != nil && c.RowOf(dos.Authorisation.MT) == acces.MT
		unannounced := map[string]bool{}
		if c.Citizen {
			if unannounced, err = awaiting(r, id); err != nil {
				return err
			}
		}
		for len(out) < limit {
			batch, err := r.Leaves(id, before, limit)
			if err != nil {
				return err
			}
			for _, l := range batch {
				if (all || l.Record.Actor.ID == c.ID) && !unannounced[l.Record.UniqueID] && len(out) < limit {
					out = append(out, l)
				}
			}
			if len(batch) < limit {
				return nil
			}
			if before = batch[len(batch)-1].Index; before == 0 {
				return nil // the first leaf of all: 0 would ask for the newest again
			}
		}
		return nil
	})
	return out, d.storeError(err)
}

// awaiting gives the documents the person is not to know of before a consultation: the lines about
// them wait with them.
// spec: DMP 2.4 (INVISIBLE_PATIENT)
func awaiting(r Reader, id ins.PersonID) (map[string]bool, error) {
	entries, err := r.Entries(id)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, e := range newest(entries, false) {
		if e.Has(xds.InvisiblePatient) {
			out[e.UniqueID] = true
		}
	}
	return out, nil
}

// Authorisations lists who may look, to the person.
func (d *DMP) Authorisations(ctx context.Context, c Caller, id ins.PersonID) ([]acces.Authorisation, Record, error) {
	var out []acces.Authorisation
	var rec Record
	err := d.look(ctx, func(r Reader) error {
		dos, err := d.dossier(r, id, c)
		if err != nil {
			return err
		}
		if dec := acces.Decide(c.Actor, acces.ListerAutorisations, dos, nil); !dec.Allowed && !(c.Citizen && dos.Own) {
			return dec.Refusal()
		}
		if rec, err = r.Record(id); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		out, err = r.Authorisations(id)
		return err
	})
	return out, rec, d.storeError(err)
}

// Person gives an identity to a professional or to the person themselves.
func (d *DMP) Person(ctx context.Context, c Caller, id ins.PersonID) (*ins.Person, error) {
	if c.Citizen && c.ID != string(id) {
		return nil, ins.ErrUnknown
	}
	var p *ins.Person
	err := d.look(ctx, func(r Reader) (err error) {
		p, err = r.Person(id)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, ins.ErrUnknown
	}
	return p, d.storeError(err)
}
