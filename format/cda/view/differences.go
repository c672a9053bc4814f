package view

import (
	"fmt"

	"github.com/socle-sante/socle/format/cda/compare"
)

// kindLabel names a sort of fact.
func kindLabel(k compare.Kind, o Options) string {
	switch k {
	case compare.Value:
		return o.say("Valeur", "Value")
	case compare.Unit:
		return o.say("Unité", "Unit")
	case compare.Range:
		return o.say("Intervalle de référence", "Reference range")
	case compare.Interpretation:
		return o.say("Interprétation", "Interpretation")
	case compare.Medication:
		return o.say("Médicament", "Medication")
	case compare.Dose:
		return o.say("Dose", "Dose")
	case compare.Vaccine:
		return o.say("Vaccin", "Vaccine")
	case compare.Row:
		return o.say("Ligne du texte", "Row of the text")
	}
	return o.say("Libellé", "Label")
}

// stateLabel says what the comparison gave.
func stateLabel(s compare.State, o Options) string {
	switch s {
	case compare.Same:
		return o.say("identique", "same")
	case compare.Differs:
		return o.say("différent", "differs")
	case compare.OnlyCoded:
		return o.say("codé seulement, absent du texte", "coded only, not in the text")
	}
	return o.say("dans le texte seulement", "in the text only")
}

// said puts the count of a comparison in one line, the worst first; "" when nothing was compared.
func said(items []compare.Item, o Options) string {
	n := compare.Count([]compare.Section{{Items: items}})
	out := ""
	for _, s := range []compare.State{compare.Differs, compare.OnlyCoded, compare.OnlyNarrative, compare.Same} {
		if n[s] == 0 {
			continue
		}
		if out != "" {
			out += " · "
		}
		out += counted(s, n[s], o)
	}
	return out
}

func counted(s compare.State, n int, o Options) string {
	plural := ""
	if n > 1 {
		plural = "s"
	}
	switch s {
	case compare.Same:
		return fmt.Sprintf(o.say("%d identique%s", "%d the same%.0s"), n, plural)
	case compare.Differs:
		return fmt.Sprintf(o.say("%d différence%s", "%d difference%s"), n, plural)
	case compare.OnlyCoded:
		return fmt.Sprintf(o.say("%d absente%s du texte", "%d not in the text%.0s"), n, plural)
	}
	return fmt.Sprintf(o.say("%d sans donnée codée%.0s", "%d without coded data%.0s"), n, plural)
}

// unequal keeps what is not the same on both sides.
func unequal(list []compare.Section) []compare.Section {
	out := []compare.Section{}
	for _, s := range list {
		if items := s.Differences(); len(items) > 0 {
			s.Items = items
			out = append(out, s)
		}
	}
	return out
}

// worstFirst puts contradictions before what is missing, and what is the same last.
func worstFirst(items []compare.Item) []compare.Item {
	out := make([]compare.Item, 0, len(items))
	for _, s := range []compare.State{compare.Differs, compare.OnlyNarrative, compare.OnlyCoded, compare.Same} {
		for _, it := range items {
			if it.State == s {
				out = append(out, it)
			}
		}
	}
	return out
}

// itemsOf finds the comparison of each section.
func itemsOf(list []compare.Section) map[int][]compare.Item {
	out := map[int][]compare.Item{}
	for _, s := range list {
		out[s.Of.Node.Number()] = s.Items
	}
	return out
}
