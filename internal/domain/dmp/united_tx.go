package dmp

import (
	"slices"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// unitedTx writes to the record of merged persons. What is new goes to the identity that counts; a
// new version of a document stays with the identity the document came under, so that a separation
// gives it back as it then is; a choice is written wherever the older ones are.
type unitedTx struct {
	Tx
	u  *united
	at ins.PersonID // where the last version written belongs, its set and links follow it
}

// PutPerson forgets who was read as one.
func (t *unitedTx) PutPerson(p *ins.Person) error {
	clear(t.u.groups)
	return t.Tx.PutPerson(p)
}

func (t *unitedTx) PutRecord(id ins.PersonID, r Record) error {
	g, err := t.u.group(id)
	if err != nil {
		return err
	}
	for i, member := range g {
		if i > 0 {
			if old, err := t.Tx.Record(member); err != nil || old.State == None {
				continue
			}
		}
		if err := t.Tx.PutRecord(member, r); err != nil {
			return err
		}
	}
	return nil
}

func (t *unitedTx) PutAuthorisation(id ins.PersonID, a acces.Authorisation) error {
	g, err := t.u.group(id)
	if err != nil {
		return err
	}
	for i, member := range g {
		if i > 0 {
			list, err := t.Tx.Authorisations(member)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(list, func(o acces.Authorisation) bool { return o.Professional == a.Professional }) {
				continue
			}
		}
		if err := t.Tx.PutAuthorisation(member, a); err != nil {
			return err
		}
	}
	return nil
}

func (t *unitedTx) DropAuthorisation(id ins.PersonID, professional string) error {
	g, err := t.u.group(id)
	if err != nil {
		return err
	}
	for _, member := range g {
		if err := t.Tx.DropAuthorisation(member, professional); err != nil {
			return err
		}
	}
	return nil
}

func (t *unitedTx) PutEntry(id ins.PersonID, e *xds.DocumentEntry) error {
	owner, err := t.u.root(id, nil)
	if err == nil && e.LogicalID != "" && e.LogicalID != e.EntryUUID {
		owner, err = t.u.member(id, e.LogicalID)
	}
	if err != nil {
		return err
	}
	t.at = owner
	return t.Tx.PutEntry(owner, e)
}

// beside gives where a set or a link is kept: with the version just written, else with the one that counts.
func (t *unitedTx) beside(id ins.PersonID) (ins.PersonID, error) {
	g, err := t.u.group(id)
	if err != nil {
		return "", err
	}
	if slices.Contains(g, t.at) {
		return t.at, nil
	}
	return g[0], nil
}

func (t *unitedTx) PutSet(id ins.PersonID, s *xds.SubmissionSet) error {
	owner, err := t.beside(id)
	if err != nil {
		return err
	}
	return t.Tx.PutSet(owner, s)
}

func (t *unitedTx) PutAssociation(id ins.PersonID, a *xds.Association) error {
	owner, err := t.beside(id)
	if err != nil {
		return err
	}
	return t.Tx.PutAssociation(owner, a)
}

func (t *unitedTx) SetStatus(id ins.PersonID, entryUUID string, s xds.Status) error {
	owner, err := t.u.member(id, entryUUID)
	if err != nil {
		return err
	}
	return t.Tx.SetStatus(owner, entryUUID, s)
}

// What is read in a commit is read as in a view.
func (t *unitedTx) Person(id ins.PersonID) (*ins.Person, error)       { return t.u.Person(id) }
func (t *unitedTx) PersonByINS(id insid.INS) (*ins.Person, error)     { return t.u.PersonByINS(id) }
func (t *unitedTx) Record(id ins.PersonID) (Record, error)            { return t.u.Record(id) }
func (t *unitedTx) OwnerOfUUID(id string) (ins.PersonID, error)       { return t.u.OwnerOfUUID(id) }
func (t *unitedTx) OwnerOfDocument(id string) (ins.PersonID, error)   { return t.u.OwnerOfDocument(id) }
func (t *unitedTx) OwnerOfSet(id string) (ins.PersonID, error)        { return t.u.OwnerOfSet(id) }
func (t *unitedTx) BodyInfo(id string) (BodyInfo, error)              { return t.u.BodyInfo(id) }
func (t *unitedTx) AuthorisedTo(pro string) ([]ins.PersonID, error)   { return t.u.AuthorisedTo(pro) }
func (t *unitedTx) SearchPersons(s ins.Search) ([]*ins.Person, error) { return t.u.SearchPersons(s) }
func (t *unitedTx) PersonsNamed(name, given string, limit int) ([]*ins.Person, error) {
	return t.u.PersonsNamed(name, given, limit)
}
func (t *unitedTx) Authorisations(id ins.PersonID) ([]acces.Authorisation, error) {
	return t.u.Authorisations(id)
}
func (t *unitedTx) Entries(id ins.PersonID) ([]*xds.DocumentEntry, error) { return t.u.Entries(id) }
func (t *unitedTx) Entry(id ins.PersonID, entryUUID string) (*xds.DocumentEntry, error) {
	return t.u.Entry(id, entryUUID)
}
func (t *unitedTx) Sets(id ins.PersonID) ([]*xds.SubmissionSet, error) { return t.u.Sets(id) }
func (t *unitedTx) Associations(id ins.PersonID) ([]*xds.Association, error) {
	return t.u.Associations(id)
}
func (t *unitedTx) Received(id ins.PersonID) (map[string]time.Time, error) { return t.u.Received(id) }
func (t *unitedTx) Digests(id ins.PersonID) (map[string][]byte, error)     { return t.u.Digests(id) }
func (t *unitedTx) Leaves(id ins.PersonID, before int64, limit int) ([]Leaf, error) {
	return t.u.Leaves(id, before, limit)
}
func (t *unitedTx) LastSeen(id ins.PersonID, actor string) (time.Time, error) {
	return t.u.LastSeen(id, actor)
}
