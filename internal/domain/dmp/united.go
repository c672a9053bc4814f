package dmp

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Identities merged into one are read as one: everything kept under any of them is in the record
// of the one that counts. Nothing is moved, so that a separation gives each its own back.

// look reads a snapshot in which merged persons are one.
func (d *DMP) look(ctx context.Context, fn func(Reader) error) error {
	return d.Store.View(ctx, func(r Reader) error { return fn(unite(r)) })
}

// commit writes with merged persons as one.
func (d *DMP) commit(ctx context.Context, unit Unit) error {
	if do := unit.Do; do != nil {
		unit.Do = func(tx Tx) error { return do(&unitedTx{Tx: tx, u: unite(tx)}) }
	}
	return d.Store.Commit(ctx, unit)
}

// united reads the records of merged persons as one. Person alone gives the identity as it is.
type united struct {
	Reader
	groups map[ins.PersonID][]ins.PersonID
}

func unite(r Reader) *united { return &united{Reader: r, groups: map[ins.PersonID][]ins.PersonID{}} }

// maxGroup bounds the identities read as one.
const maxGroup = 256

// group gives the identities read as one with id, the one that counts first.
func (u *united) group(id ins.PersonID) ([]ins.PersonID, error) {
	if g := u.groups[id]; g != nil {
		return g, nil
	}
	p, err := u.kept(id)
	if errors.Is(err, ErrNotFound) {
		return []ins.PersonID{id}, nil
	}
	if err != nil {
		return nil, err
	}
	g := []ins.PersonID{p.ID}
	for queue := p.Absorbed; len(queue) > 0 && len(g) < maxGroup; queue = queue[1:] {
		g = append(g, queue[0].ID)
		q, err := u.Reader.Person(queue[0].ID)
		if err != nil {
			return nil, err
		}
		queue = append(slices.Clip(queue), q.Absorbed...)
	}
	for _, member := range g {
		u.groups[member] = g
	}
	return g, nil
}

// kept follows merges from an identity to the one that counts.
func (u *united) kept(id ins.PersonID) (*ins.Person, error) {
	for range maxGroup {
		p, err := u.Reader.Person(id)
		if err != nil || p.MergedInto == "" {
			return p, err
		}
		id = p.MergedInto
	}
	return nil, errors.New("dmp: merges without end")
}

// kept gives the identity that counts for an id, whatever reader is at hand.
func kept(r Reader, id ins.PersonID) (*ins.Person, error) {
	p, err := r.Person(id)
	if err != nil || p.MergedInto == "" {
		return p, err
	}
	return unite(r).kept(p.MergedInto)
}

// Identities gives the identities that are read as one with id, the one that counts first. It is for
// what is kept beside the records, such as the means of signing in.
func Identities(r Reader, id ins.PersonID) ([]ins.PersonID, error) { return unite(r).group(id) }

// Person notes on its way that most persons are alone in their group.
func (u *united) Person(id ins.PersonID) (*ins.Person, error) {
	p, err := u.Reader.Person(id)
	u.alone(p, err)
	return p, err
}

func (u *united) PersonByINS(id insid.INS) (*ins.Person, error) {
	p, err := u.Reader.PersonByINS(id)
	u.alone(p, err)
	return p, err
}

func (u *united) alone(p *ins.Person, err error) {
	if err == nil && p.MergedInto == "" && len(p.Absorbed) == 0 {
		u.groups[p.ID] = []ins.PersonID{p.ID}
	}
}

// root gives the id that counts.
func (u *united) root(id ins.PersonID, err error) (ins.PersonID, error) {
	if err != nil {
		return id, err
	}
	g, err := u.group(id)
	if err != nil {
		return "", err
	}
	return g[0], nil
}

func (u *united) SearchPersons(s ins.Search) ([]*ins.Person, error) {
	list, err := u.Reader.SearchPersons(s)
	if err != nil {
		return nil, err
	}
	return u.counting(list)
}

func (u *united) PersonsNamed(name, given string, limit int) ([]*ins.Person, error) {
	list, err := u.Reader.PersonsNamed(name, given, limit)
	if err != nil {
		return nil, err
	}
	return u.counting(list)
}

// counting puts the identities that count in the place of those merged into them, once each.
func (u *united) counting(list []*ins.Person) ([]*ins.Person, error) {
	var out []*ins.Person
	seen := map[ins.PersonID]bool{}
	for _, p := range list {
		if p.MergedInto != "" {
			var err error
			if p, err = u.kept(p.MergedInto); err != nil {
				return nil, err
			}
		}
		if !seen[p.ID] {
			seen[p.ID] = true
			out = append(out, p)
		}
	}
	return out, nil
}

// Record gives the record of the one that counts; when it has none, that of another. An
// opposition, or a choice for emergencies, made under any identity holds for all.
func (u *united) Record(id ins.PersonID) (Record, error) {
	g, err := u.group(id)
	if err != nil {
		return Record{}, err
	}
	var out Record
	for i, member := range g {
		r, err := u.Reader.Record(member)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Record{}, err
		}
		if i == 0 || out.State == None || r.State == Oppose && out.State != Oppose {
			out.State, out.Since, out.Reason = r.State, r.Since, r.Reason
		}
		out.Choices.OpposeBrisDeGlace = out.Choices.OpposeBrisDeGlace || r.Choices.OpposeBrisDeGlace
		out.Choices.OpposeUrgence = out.Choices.OpposeUrgence || r.Choices.OpposeUrgence
	}
	return out, nil
}

// Authorisations gives one line a professional: a block wins, then an active one. The médecin
// traitant is the one of the identity that counts, when it has one.
func (u *united) Authorisations(id ins.PersonID) ([]acces.Authorisation, error) {
	g, err := u.group(id)
	if err != nil {
		return nil, err
	}
	var out []acces.Authorisation
	mt := false
	for _, member := range g {
		list, err := u.Reader.Authorisations(member)
		if err != nil {
			return nil, err
		}
		taken := mt
		for _, a := range list {
			a.MT = a.MT && !taken
			mt = mt || a.MT
			i := slices.IndexFunc(out, func(o acces.Authorisation) bool { return o.Professional == a.Professional })
			switch {
			case i < 0:
				out = append(out, a)
			case a.State == acces.Interdite && out[i].State != acces.Interdite, a.State == acces.Active && out[i].State == acces.Expiree:
				a.MT = a.MT || out[i].MT && a.State == acces.Active
				out[i] = a
			default:
				out[i].MT = out[i].MT || a.MT && out[i].State == acces.Active
			}
		}
	}
	if len(g) > 1 {
		slices.SortStableFunc(out, func(a, b acces.Authorisation) int { return cmp.Compare(a.Professional, b.Professional) })
	}
	return out, nil
}

func (u *united) AuthorisedTo(professional string) ([]ins.PersonID, error) {
	ids, err := u.Reader.AuthorisedTo(professional)
	if err != nil {
		return nil, err
	}
	var out []ins.PersonID
	for _, id := range ids {
		g, err := u.group(id)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, g[0]) {
			continue
		}
		if len(g) > 1 {
			list, err := u.Authorisations(g[0])
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(list, func(a acces.Authorisation) bool { return a.Professional == professional && a.State == acces.Active }) {
				continue
			}
		}
		out = append(out, g[0])
	}
	return out, nil
}

func (u *united) OwnerOfUUID(id string) (ins.PersonID, error) {
	return u.root(u.Reader.OwnerOfUUID(id))
}
func (u *united) OwnerOfSet(id string) (ins.PersonID, error) { return u.root(u.Reader.OwnerOfSet(id)) }
func (u *united) OwnerOfDocument(id string) (ins.PersonID, error) {
	return u.root(u.Reader.OwnerOfDocument(id))
}

// member gives the identity of the group under which an object is kept; the one that counts when none.
func (u *united) member(id ins.PersonID, entryUUID string) (ins.PersonID, error) {
	g, err := u.group(id)
	if err != nil || len(g) == 1 {
		return id, err
	}
	owner, err := u.Reader.OwnerOfUUID(entryUUID)
	if errors.Is(err, ErrNotFound) || err == nil && !slices.Contains(g, owner) {
		return g[0], nil
	}
	return owner, err
}

func (u *united) Entry(id ins.PersonID, entryUUID string) (*xds.DocumentEntry, error) {
	owner, err := u.member(id, entryUUID)
	if err != nil {
		return nil, err
	}
	return u.Reader.Entry(owner, entryUUID)
}

func (u *united) Entries(id ins.PersonID) ([]*xds.DocumentEntry, error) {
	return every(u, id, u.Reader.Entries)
}

func (u *united) Sets(id ins.PersonID) ([]*xds.SubmissionSet, error) {
	return every(u, id, u.Reader.Sets)
}

func (u *united) Associations(id ins.PersonID) ([]*xds.Association, error) {
	return every(u, id, u.Reader.Associations)
}

// every puts the lists of a group after each other.
func every[T any](u *united, id ins.PersonID, list func(ins.PersonID) ([]T, error)) ([]T, error) {
	g, err := u.group(id)
	if err != nil {
		return nil, err
	}
	var out []T
	for _, member := range g {
		l, err := list(member)
		if err != nil {
			return nil, err
		}
		if len(g) == 1 {
			return l, nil
		}
		out = append(out, l...)
	}
	return out, nil
}

func (u *united) Received(id ins.PersonID) (map[string]time.Time, error) {
	return all(u, id, u.Reader.Received)
}

func (u *united) Digests(id ins.PersonID) (map[string][]byte, error) {
	return all(u, id, u.Reader.Digests)
}

// all puts the maps of a group together.
func all[T any](u *united, id ins.PersonID, read func(ins.PersonID) (map[string]T, error)) (map[string]T, error) {
	g, err := u.group(id)
	if err != nil {
		return nil, err
	}
	out := map[string]T{}
	for _, member := range g {
		m, err := read(member)
		if err != nil {
			return nil, err
		}
		if len(g) == 1 {
			return m, nil
		}
		for k, v := range m {
			out[k] = v
		}
	}
	return out, nil
}

func (u *united) BodyInfo(uniqueID string) (BodyInfo, error) {
	info, err := u.Reader.BodyInfo(uniqueID)
	if err != nil {
		return info, err
	}
	info.Person, err = u.root(info.Person, nil)
	return info, err
}

func (u *united) Leaves(id ins.PersonID, before int64, limit int) ([]Leaf, error) {
	out, err := every(u, id, func(member ins.PersonID) ([]Leaf, error) { return u.Reader.Leaves(member, before, limit) })
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Leaf) int { return cmp.Compare(b.Index, a.Index) })
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, nil
}

func (u *united) LastSeen(id ins.PersonID, actor string) (time.Time, error) {
	g, err := u.group(id)
	if err != nil {
		return time.Time{}, err
	}
	var last time.Time
	for _, member := range g {
		at, err := u.Reader.LastSeen(member, actor)
		if err != nil {
			return last, err
		}
		if at.After(last) {
			last = at
		}
	}
	return last, nil
}
