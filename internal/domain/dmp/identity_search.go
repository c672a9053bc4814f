package dmp

import (
	"context"
	"errors"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// SearchPersons finds persons for a professional or an identity desk: birth date first, then the
// beginning of names; or an INS, of today or of before; or an IPP. It gives identities, not
// records; those merged into another are not given, the other is.
// spec: INS §2 (local search)
func (d *DMP) SearchPersons(ctx context.Context, c Caller, s ins.Search) ([]*ins.Person, error) {
	if r := atDesk(c, false); r != nil {
		return nil, r
	}
	if s.INS.IsZero() && s.Local.Value == "" && s.BirthDate == "" {
		return nil, ErrSearch
	}
	if s.Limit <= 0 || s.Limit > maxSearch {
		s.Limit = maxSearch
	}
	var out []*ins.Person
	err := d.look(ctx, func(r Reader) (err error) {
		out, err = r.SearchPersons(s)
		return err
	})
	return out, d.storeError(err)
}

const maxSearch = 100

// ErrSearch asks for more before looking into a whole population.
var ErrSearch = &finding.Refusal{ID: "INS-RECHERCHE", Kind: finding.Invalid, Where: "birth_date", Rule: "RNIV, recherche locale",
	Message: finding.T("La recherche demande une date de naissance, un INS ou un IPP.", "A search needs a birth date, an INS or an IPP."),
	Fix:     finding.T("Commencez par la date de naissance, puis au plus les trois premières lettres du nom ou du prénom.", "Begin with the birth date, then at most the first three letters of the name or given name.")}

// Recognise compares an incoming identity with who carries its INS here: whether something about
// it may be attached without anybody looking. ErrUnknown when nobody does.
// spec: INS §8 (automatic link on receipt)
func (d *DMP) Recognise(ctx context.Context, id insid.INS, t ins.Traits) (*ins.Person, ins.Match, error) {
	if err := d.Mode.Admit(id); err != nil {
		return nil, ins.Match{}, err
	}
	var p *ins.Person
	err := d.look(ctx, func(r Reader) (err error) {
		p, err = r.PersonByINS(id)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, ins.Match{}, ins.ErrUnknown
	}
	if err != nil {
		return nil, ins.Match{}, d.storeError(err)
	}
	return p, ins.Compare(id, t, p), nil
}

// maxCandidates bounds the identities compared with one.
const maxCandidates = 2000

// Doublons gives the identities that may be the same person, the likeliest first, and why; twins too.
// spec: INS §8 (doublon detection)
func (d *DMP) Doublons(ctx context.Context, c Caller, id ins.PersonID) ([]ins.Doublon, error) {
	if r := atDesk(c, false); r != nil {
		return nil, r
	}
	var out []ins.Doublon
	err := d.look(ctx, func(r Reader) error {
		p, err := r.Person(id)
		if err != nil {
			return err
		}
		out, err = doublons(r, p)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, ins.ErrUnknown
	}
	return out, d.storeError(err)
}

func doublons(r Reader, p *ins.Person) ([]ins.Doublon, error) {
	candidates, err := r.SearchPersons(ins.Search{BirthDate: p.Traits.BirthDate, Limit: maxCandidates})
	if err != nil {
		return nil, err
	}
	for _, id := range p.Matricules() {
		list, err := r.SearchPersons(ins.Search{INS: id})
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, list...)
	}
	return ins.Doublons(p, candidates), nil
}

// Creation is a new identity at the desk. It is provisional, or validated by the evidence shown;
// only INSi gives an INS.
type Creation struct {
	Traits     ins.Traits
	Complement ins.Complementary
	Evidence   ins.Evidence // absent when no document was shown
	Fictive    bool
	Anonyme    bool
	// Compared says that the likely doublons were looked at and are somebody else.
	Compared bool
}

// sure is the score from which a new identity is refused until somebody has compared.
const sure = 90

// ErrDoublon refuses to create an identity twice.
var ErrDoublon = &finding.Refusal{ID: "INS-DOUBLON", Kind: finding.Conflict, Rule: "RNIV, recherche avant création",
	Message: finding.T("Une identité d'ici ressemble beaucoup à celle à créer.", "An identity known here resembles the one to create very much."),
	Fix:     finding.T("Ouvrez l'identité connue ; si c'est quelqu'un d'autre, confirmez la création (compare).", "Open the known identity; if it is somebody else, confirm the creation (compare).")}

// CreateIdentity creates an identity after looking for doublons, and marks homonyms. The doublons
// found are given whether or not the identity is created.
// spec: INS §2 (strict traits, local search), §8 (homonyms)
func (d *DMP) CreateIdentity(ctx context.Context, c Caller, n Creation) (*ins.Person, []ins.Doublon, error) {
	shown := n.Evidence.Kind != ""
	if r := atDesk(c, shown); r != nil {
		return nil, nil, r
	}
	base := ins.Person{ID: NewPersonID(), Traits: n.Traits, Fictive: n.Fictive, Anonyme: n.Anonyme}
	base.Traits.UsedName, base.Traits.UsedGiven = n.Complement.UsedName, n.Complement.UsedGiven
	now := d.Now()
	base.CreatedAt = now
	steps := []ins.Event{{Kind: ins.Created, By: c.ID}, {Kind: ins.Supplemented, By: c.ID, Complement: n.Complement}}
	if shown {
		steps = append(steps, ins.Event{Kind: ins.EvidenceChecked, By: c.ID, Evidence: n.Evidence})
	}
	for _, e := range steps {
		var err error
		if base, err = ins.Apply(base, e, now); err != nil {
			return nil, nil, err
		}
	}
	var out ins.Person
	var found []ins.Doublon
	err := d.commit(ctx, Unit{Do: func(tx Tx) error {
		out = base
		var err error
		if found, err = doublons(tx, &out); err != nil {
			return err
		}
		if len(found) > 0 && found[0].Score >= sure && !n.Compared && !n.Fictive && !n.Anonyme {
			return ErrDoublon.At(string(found[0].Person.ID))
		}
		if out, err = d.markHomonyms(tx, c, out); err != nil {
			return err
		}
		return d.putPerson(tx, c, &out)
	}})
	if r := finding.As(err); r != nil {
		about := ins.PersonID("")
		if r.ID == ErrDoublon.ID {
			about = found[0].Person.ID
		}
		return nil, found, d.refused(ctx, c, about, journal.Identify, "", r)
	}
	if err != nil {
		return nil, nil, d.storeError(err)
	}
	return &out, found, nil
}

// maxHomonyms bounds how many homonyms are looked for: beyond the first the warning is the same.
const maxHomonyms = 20

// markHomonyms sets the attribute on a person and on those who bear the same names.
// spec: INS §8 (homonyms)
func (d *DMP) markHomonyms(tx Tx, c Caller, p ins.Person) (ins.Person, error) {
	list, err := tx.PersonsNamed(p.Traits.BirthName, p.Traits.FirstGiven, maxHomonyms)
	if err != nil || p.Fictive {
		return p, err
	}
	homonyms := ins.Homonyms(&p, list)
	for _, h := range homonyms {
		if h.Homonyme || h.Fictive {
			continue
		}
		n, err := ins.Apply(*h, ins.Event{Kind: ins.HomonymMarked, By: c.ID}, d.Now())
		if err != nil {
			return p, err
		}
		if err := d.putPerson(tx, c, &n); err != nil {
			return p, err
		}
	}
	if len(homonyms) == 0 || p.Homonyme {
		return p, nil
	}
	return ins.Apply(p, ins.Event{Kind: ins.HomonymMarked, By: c.ID}, d.Now())
}
