package compte

import (
	"context"
	"errors"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Pivot is the identity a federation gives of who signed in.
// spec: FranceConnect identité pivot
type Pivot struct {
	Issuer, Subject string
	FamilyName      string // birth name
	GivenNames      string // all of them, space separated
	BirthDate       string // YYYY-MM-DD
	Gender          string // male, female
	BirthPlace      string // COG of a commune; empty when abroad
	BirthCountry    string // 99xxx, 99100 for France
}

// maxSameDay bounds how many persons born on one day are compared.
const maxSameDay = 2000

// Federated finds who a federation says has signed in: the person linked to this subject before, or
// the only one whose strict traits are those of the pivot, who is then linked.
func (c *Comptes) Federated(ctx context.Context, p Pivot, door string) (ins.PersonID, error) {
	if p.Issuer == "" || p.Subject == "" || p.BirthDate == "" || ins.Comparable(p.FamilyName) == "" {
		return "", ErrPivot
	}
	id := p.Issuer + "|" + p.Subject
	var found ins.PersonID
	linked := false
	err := c.Store.View(ctx, func(r dmp.Reader) error {
		found, linked = "", false
		person, err := r.Setting(kindLink, id)
		if err == nil {
			linked = true
			all, err := dmp.Identities(r, ins.PersonID(person))
			if err == nil {
				found = all[0]
			}
			return err
		}
		if !errors.Is(err, dmp.ErrNotFound) {
			return err
		}
		list, err := r.SearchPersons(ins.Search{BirthDate: p.BirthDate, Name: ins.Comparable(p.FamilyName)[:1], Limit: maxSameDay})
		if err != nil && !errors.Is(err, dmp.ErrNotFound) {
			return err
		}
		if len(list) >= maxSameDay {
			return ErrPivot // too many to be sure that there is only one
		}
		for _, x := range list {
			if x.MergedInto != "" || !p.same(x.Traits) || x.Status != ins.Qualifiee {
				continue
			}
			if found != "" && found != x.ID {
				return ErrPivot // twins without a difference: nobody is guessed
			}
			found = x.ID
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if found == "" {
		return "", ErrPivot
	}
	if linked {
		return found, nil
	}
	by := dmp.Caller{Door: door}
	by.ID, by.Citizen, by.Role = string(found), true, "citoyen"
	return found, c.write(ctx, found, by, "fédération d'identité liée", func(tx dmp.Tx) error {
		return tx.PutSetting(kindLink, id, []byte(found))
	})
}

// same compares the pivot with the strict traits of a person.
// spec: INS §8 (automatic link)
func (p Pivot) same(t ins.Traits) bool {
	sex := map[string]string{"male": "M", "female": "F"}[p.Gender]
	place := p.BirthPlace
	if place == "" {
		place = p.BirthCountry
	}
	return sex == t.Sex && p.BirthDate == t.BirthDate && ins.Comparable(p.FamilyName) == ins.Comparable(t.BirthName) &&
		ins.Comparable(p.GivenNames) == ins.Comparable(t.Givens) && place == t.BirthPlace
}
