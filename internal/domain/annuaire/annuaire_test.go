package annuaire

import "testing"

// TestListsHaveOneOrder: people and places of the same name do not change places.
func TestListsHaveOneOrder(t *testing.T) {
	a := New()
	for _, id := range []string{"3", "1", "2"} {
		a.PutStructure(Structure{IDNat: id, Name: "Cabinet"})
		a.Put(Professional{IDNat: id, Family: "MARTIN"})
	}
	for range 20 {
		got := ""
		for _, s := range a.Structures() {
			got += s.IDNat
		}
		for _, p := range a.Professionals() {
			got += p.IDNat
		}
		if got != "123123" {
			t.Fatal(got)
		}
	}
	if a.Professional("4") != nil || a.Structure("4") != nil {
		t.Error("nobody is nil")
	}
}

func TestNamesAsShown(t *testing.T) {
	for want, p := range map[string]Professional{
		"Dr Claire MARTIN": {Title: "DR", Given: "Claire", Family: "MARTIN"},
		"Pr Claire MARTIN": {Title: "PR", Given: "Claire", Family: "MARTIN", Civility: "MME"},
		"Mme Ana SOIN":     {Civility: "MME", Given: "Ana", Family: "SOIN"},
		"M. Luc SOIN":      {Civility: "M", Given: "Luc", Family: "SOIN"},
	} {
		if got := p.Name(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
