// Package registre stands for the national registers behind INSi: who carries which matricule, with
// which traits, and what a search or a verification answers.
//
// Source: INSi as public clients show it (codes 00, 01, 02). It is what the built-in teleservice of
// a sandbox answers from; production points at the national one instead. The package holds everything
// in memory and keeps nothing. Missing: the phonetic tolerance of the national search, which is not
// published: names match after case, accents, hyphens and apostrophes are neutralised.
//
// Start at New, then Search and Verify. It implements ins.Teleservice.
package registre

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Identity is one person of the registers.
type Identity struct {
	INS    insid.INS
	Former []ins.Former
	Traits ins.Traits // BirthName, Givens, Sex, BirthDate, BirthPlace
}

// Script makes the service behave badly for one set of traits, so that software can be tried.
type Script struct {
	Traits ins.Traits
	Fault  bool          // a technical fault
	Delay  time.Duration // before answering
}

// Registre is the registers; safe for concurrent use.
type Registre struct {
	mu      sync.RWMutex
	byBirth map[string][]*Identity // by birth date and sex
	byINS   map[insid.Matricule]*Identity
	scripts map[string][]Script
	size    int

	// Territory gives the persons of the sandbox's own territory born on a day, or who carry an INS
	// when one is given: the registers know them too. It may be nil.
	Territory func(ctx context.Context, birthDate string, id insid.INS) ([]Identity, error)
}

// New makes empty registers.
func New() *Registre {
	return &Registre{byBirth: map[string][]*Identity{}, byINS: map[insid.Matricule]*Identity{}, scripts: map[string][]Script{}}
}

// label gives the words that go with a code on the wire.
func label(c ins.Code) string { return insi.Labels[string(c)] }

func birthKey(date, sex string) string { return date + sex }

// Add puts a person in the registers, replacing whoever carried the matricule.
func (r *Registre) Add(i Identity) {
	i.Traits = i.Traits.Normalised()
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.byINS[i.INS.Matricule]; old != nil {
		k := birthKey(old.Traits.BirthDate, old.Traits.Sex)
		r.byBirth[k] = slices.DeleteFunc(r.byBirth[k], func(x *Identity) bool { return x == old })
		r.size--
	}
	p := &i
	r.byINS[i.INS.Matricule] = p
	for _, f := range i.Former {
		if r.byINS[f.INS.Matricule] == nil {
			r.byINS[f.INS.Matricule] = p
		}
	}
	k := birthKey(i.Traits.BirthDate, i.Traits.Sex)
	r.byBirth[k] = append(r.byBirth[k], p)
	r.size++
}

// Script adds a script.
func (r *Registre) Script(s Script) {
	s.Traits = s.Traits.Normalised()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scripts[s.Traits.BirthDate] = append(r.scripts[s.Traits.BirthDate], s)
}

// Len counts the persons.
func (r *Registre) Len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.size
}

// Search answers one query: 00 with the person, 01, or 02 when several fit.
// spec: INS §6 (search by traits)
func (r *Registre) Search(ctx context.Context, q ins.Query) (ins.Reply, error) {
	if err := r.play(ctx, q.BirthDate, q.BirthName); err != nil {
		return ins.Reply{}, err
	}
	name, given := ins.Comparable(q.BirthName), ins.Comparable(q.Given)
	own, err := r.territory(ctx, q.BirthDate, insid.INS{})
	if err != nil {
		return ins.Reply{}, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	var found []*Identity
	for _, i := range slices.Concat(r.byBirth[birthKey(q.BirthDate, q.Sex)], own) {
		if i.Traits.Sex != q.Sex || ins.Comparable(i.Traits.BirthName) != name || given != "" && !among(given, ins.Comparable(i.Traits.Givens)) ||
			q.BirthPlace != "" && q.BirthPlace != i.Traits.BirthPlace {
			continue
		}
		found = append(found, i)
	}
	switch len(found) {
	case 0:
		return ins.Reply{Code: ins.CodeNobody, Label: label(ins.CodeNobody)}, nil
	case 1:
		return reply(found[0]), nil
	}
	return ins.Reply{Code: ins.CodeSeveral, Label: label(ins.CodeSeveral)}, nil
}

// ByMatricule answers as Search does for the person who carries a matricule, for a search by carte
// Vitale.
func (r *Registre) ByMatricule(ctx context.Context, m insid.Matricule) (ins.Reply, error) {
	i, err := r.carrier(ctx, insid.INS{Matricule: m, OID: testOID})
	if i == nil || err != nil {
		return ins.Reply{Code: ins.CodeNobody, Label: label(ins.CodeNobody)}, err
	}
	return reply(i), nil
}

// carrier finds who carries or carried a matricule; nil when nobody.
func (r *Registre) carrier(ctx context.Context, id insid.INS) (*Identity, error) {
	r.mu.RLock()
	i := r.byINS[id.Matricule]
	r.mu.RUnlock()
	if i != nil {
		return i, nil
	}
	own, err := r.territory(ctx, "", id)
	if err != nil || len(own) == 0 {
		return nil, err
	}
	return own[0], nil
}

// territory gives the persons of the sandbox who are not in the registers' own list.
func (r *Registre) territory(ctx context.Context, birthDate string, id insid.INS) ([]*Identity, error) {
	if r.Territory == nil {
		return nil, nil
	}
	list, err := r.Territory(ctx, birthDate, id)
	if err != nil {
		return nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []*Identity
	for i := range list {
		if r.byINS[list[i].INS.Matricule] == nil {
			out = append(out, &list[i])
		}
	}
	return out, nil
}

func reply(i *Identity) ins.Reply {
	return ins.Reply{Code: ins.CodeFound, Label: label(ins.CodeFound), INS: i.INS, History: slices.Clone(i.Former), Traits: i.Traits}
}

// among tells whether a given name stands in a list of given names as whole words: JEAN PIERRE is
// found in "MARIE JEAN PIERRE", since the list does not tell composed names apart.
// spec: INS §2 (ListePrenom)
func among(given, list string) bool {
	return strings.Contains(" "+list+" ", " "+given+" ")
}

// Verify tells whether traits are those of who carries the INS today. The birth place counts only
// when given; the given names may be the whole list or begin it.
// spec: INS §6 (verification)
func (r *Registre) Verify(ctx context.Context, id insid.INS, t ins.Traits) (bool, error) {
	if err := r.play(ctx, t.BirthDate, t.BirthName); err != nil {
		return false, err
	}
	i, err := r.carrier(ctx, id)
	if i == nil || err != nil || i.INS != id {
		return false, err
	}
	k := i.Traits
	givens := t.Givens
	if givens == "" {
		givens = t.FirstGiven
	}
	return ins.Comparable(t.BirthName) == ins.Comparable(k.BirthName) && t.Sex == k.Sex && t.BirthDate == k.BirthDate &&
		(givens == "" || strings.HasPrefix(ins.Comparable(k.Givens)+" ", ins.Comparable(givens)+" ")) &&
		(t.BirthPlace == "" || t.BirthPlace == k.BirthPlace), nil
}

// play runs the script of some traits.
func (r *Registre) play(ctx context.Context, birth, name string) error {
	r.mu.RLock()
	list := r.scripts[birth]
	r.mu.RUnlock()
	for _, s := range list {
		if s.Traits.BirthName != ins.Normalise(name) {
			continue
		}
		if s.Delay > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(s.Delay):
			}
		}
		if s.Fault {
			return ErrScripted
		}
	}
	return nil
}
