package annuaire

import "strings"

// index puts what a search may look for under the ordinal of a resource. What an earlier state
// carried stays there: a search verifies what it finds.
func (a *Annuaire) index(r resource, ord uint32) {
	t := &a.tables[r.kind()]
	identifiers(r, func(_, value, _ string) {
		t.known.add(hash(value), ord)
	})
	for _, p := range params[r.kind()] {
		switch p.Type {
		case "string":
			x := t.text(p.Name)
			if person, ok := r.(*Practitioner); ok && p.Name == "name" {
				x.add(fold(person.Civility), ord) // the names are in family and given
				x.add(fold(person.Title), ord)
				continue
			}
			texts(r, p.Name, func(s string) { x.add(fold(s), ord) })
		case "token":
			if p.indexed {
				x := t.token(p.Name)
				codes(r, p.Name, func(_, code string) { x.add(code, ord) })
			}
		}
	}
	switch r := r.(type) {
	case *Practitioner:
		words(t.text(wordIndex), r.Family, ord, true)
	case *Organization:
		words(t.text(wordIndex), r.Name, ord, false)
		words(t.text(wordIndex), r.Alias, ord, false)
		if r.PartOf != 0 {
			t.token("partof").add(r.PartOf.Text(KOrganization), ord)
		}
	case *Role:
		a.byPractitioner.add(a.tables[KPractitioner].reserve(r.Practitioner), ord)
		if r.Organization != 0 {
			a.byOrganization.add(a.tables[KOrganization].reserve(r.Organization), ord)
		}
	case *Service:
		t.token("organization").add(r.Organization.Text(KOrganization), ord)
	case *Device:
		t.token("organization").add(r.Organization.Text(KOrganization), ord)
	}
}

// wordIndex is the lexicon of the pages: each word of a name.
const wordIndex = "word"

// words adds each word of a name; the first is left out when a search by the beginning of the
// whole name finds it.
func words(x *lexicon, name string, ord uint32, skipFirst bool) {
	first := true
	for w := range strings.FieldsSeq(fold(name)) {
		if !first || !skipFirst {
			x.add(w, ord)
		}
		first = false
	}
}

// settle sorts new words in.
func (a *Annuaire) settle(all bool) {
	for k := range a.tables {
		for _, x := range a.tables[k].texts {
			x.settle(all)
		}
	}
}
