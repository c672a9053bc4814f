package ins

import (
	"context"
	"slices"
	"strings"
)

// maxAsked bounds the questions one retrieval puts to INSi.
const maxAsked = 12

// Retrieve asks INSi for a person, one given name a question, in the order of the guide: the
// first given name without birth place, its other spellings, the other given names of the
// document; then, where several identities were found (02), the same given names with the birth
// place. It stops at the first identity found. The reply is the last one: 02 if any question
// found several. asked counts the questions.
// spec: INS §6 (02, then 01)
func Retrieve(ctx context.Context, ts Teleservice, t Traits) (r Reply, asked int, err error) {
	t = t.Normalised()
	if t.Sex != "M" && t.Sex != "F" {
		return Reply{}, 0, ErrSexUnknown
	}
	var several []string
	last := Reply{Code: CodeNobody}
	ask := func(given, place string) (found bool, err error) {
		asked++
		r, err := ts.Search(ctx, Query{BirthName: t.BirthName, Given: given, Sex: t.Sex, BirthDate: t.BirthDate, BirthPlace: place})
		if err != nil {
			return false, err
		}
		if r.Code == CodeSeveral && !slices.Contains(several, given) {
			several = append(several, given)
		}
		if r.Code == CodeFound || r.Code == CodeSeveral || last.Code != CodeSeveral {
			last = r
		}
		return r.Code == CodeFound, nil
	}
	for _, given := range Spellings(t) {
		if asked == maxAsked {
			return last, asked, nil
		}
		if found, err := ask(given, ""); found || err != nil {
			return last, asked, err
		}
	}
	if t.BirthPlace == "" || t.BirthPlace == UnknownPlace {
		return last, asked, nil
	}
	for _, given := range slices.Clone(several) {
		if asked == maxAsked {
			break
		}
		if found, err := ask(given, t.BirthPlace); found || err != nil {
			return last, asked, err
		}
	}
	return last, asked, nil
}

// Spellings gives the given names to ask INSi with, in order, without repetition. INSi takes one
// given name without space: a composed one is asked with hyphens, then by its first part.
// spec: INS §2 (list of given names), §6
func Spellings(t Traits) []string {
	var out []string
	add := func(s string) {
		if s = strings.ReplaceAll(Normalise(s), " ", "-"); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	add(t.FirstGiven)
	first := strings.Fields(Comparable(t.FirstGiven))
	if len(first) > 1 {
		add(strings.Join(first, "-"))
		add(first[0])
	}
	list := t.Givens
	if cut, ok := FirstOf(list, t.FirstGiven); ok {
		list = Normalise(list)[len(cut):]
	}
	for _, given := range strings.Fields(list) {
		add(given)
	}
	return out
}
