package ins

import (
	"github.com/socle-sante/socle/format/datamatrix"
	"github.com/socle-sante/socle/format/insid"
)

// DatamatrixOf gives what the INS Datamatrix of a person says. Only a qualified identity has one.
// spec: INS §7
func DatamatrixOf(p *Person) (insid.Datamatrix, error) {
	if p.Status != Qualifiee {
		return insid.Datamatrix{}, ErrNotQualified
	}
	t := p.Traits
	return insid.Datamatrix{INS: p.INS, Givens: t.Givens, BirthName: t.BirthName, Sex: t.Sex, BirthDate: t.BirthDate, BirthPlace: t.BirthPlace}, nil
}

// Symbol draws the INS Datamatrix of a qualified person; ErrNotQualified for any other.
// spec: INS §7
func Symbol(p *Person) (*datamatrix.Symbol, error) {
	d, err := DatamatrixOf(p)
	if err != nil {
		return nil, err
	}
	content, err := d.Content()
	if err != nil {
		return nil, err
	}
	return datamatrix.Encode([]byte(content))
}

// TraitsOf gives the traits that a Datamatrix tells. Its list of given names is one: the first
// given name is the hint when the list begins with it, else its first word.
func TraitsOf(d insid.Datamatrix, hint string) Traits {
	first, ok := FirstOf(d.Givens, hint)
	if !ok {
		first, _ = FirstOf(d.Givens, firstWord(d.Givens))
	}
	return Traits{BirthName: d.BirthName, FirstGiven: first, Givens: d.Givens, Sex: d.Sex, BirthDate: d.BirthDate, BirthPlace: d.BirthPlace}
}

func firstWord(s string) string {
	for i := range len(s) {
		if s[i] == ' ' {
			return s[:i]
		}
	}
	return s
}
