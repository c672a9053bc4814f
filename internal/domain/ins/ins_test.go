package ins

import (
	"testing"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// spec: INS §2
func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"Éléonore": "ELEONORE", "d’Arc": "D'ARC", "Jean-Pierre": "JEAN-PIERRE", "  le   goff ": "LE GOFF", "Œuvrard": "OEUVRARD", "Straße": "STRASSE",
		"Nguyễn": "NGUYỄN", "François": "FRANCOIS", "Łukasz": "LUKASZ", "e\u0301cole": "ECOLE", "Ñuñez": "NUNEZ",
	} {
		if got := Normalise(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if Comparable("JEAN-PIERRE") != Comparable("Jean Pierre") || Comparable("L'HER") != Comparable("L HER") {
		t.Error("hyphen, apostrophe and space compare alike")
	}
}

func good() Traits {
	return Traits{BirthName: "PAT-TROIS", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE MARIE-LOUISE", Sex: "F", BirthDate: "1979-03-28", BirthPlace: "51215"}
}

// spec: INS §2
func TestTraitsThatMakeNoIdentity(t *testing.T) {
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Traits){
		"birth_name":   func(t *Traits) { t.BirthName = "" },
		"birth_given":  func(t *Traits) { t.FirstGiven = "ANNE3" },
		"birth_givens": func(t *Traits) { t.Givens = "MARIE DOMINIQUE" },
		"sex":          func(t *Traits) { t.Sex = "X" },
		"birth_date":   func(t *Traits) { t.BirthDate = "28/03/1979" },
		"birth_place":  func(t *Traits) { t.BirthPlace = "5121" },
	} {
		v := good()
		change(&v)
		if r := finding.As(v.Check()); r == nil || r.Where != name {
			t.Errorf("%s: %v", name, r)
		}
	}
	for _, lunar := range []string{"1966-00-00", "1966-13-42"} {
		v := good()
		v.BirthDate = lunar
		if err := v.Check(); err != nil {
			t.Errorf("lunar date %s is kept as given: %v", lunar, err)
		}
	}
	v := good()
	v.BirthPlace = "2A004"
	if err := v.Check(); err != nil {
		t.Error("Corsica:", err)
	}
	v.Givens, v.FirstGiven = "JEAN PIERRE PAUL", "JEAN-PIERRE"
	if err := v.Check(); err != nil {
		t.Error("a composed first given name is a prefix of the list once hyphens are neutralised:", err)
	}
}

// TestStatusIsDerived enumerates the two facts, the two attributes and a change of traits.
// spec: INS §3
func TestStatusIsDerived(t *testing.T) {
	id, err := insid.Parse("279035121518989", "1.2.250.1.213.1.4.10")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ins               bool
		evidence          string
		douteuse, fictive bool
		want              Status
		keeps             bool
	}{
		{false, "", false, false, Provisoire, false},
		{true, "", false, false, Recuperee, true},
		{false, "CNI", false, false, Validee, false},
		{true, "CNI", false, false, Qualifiee, true},
		{true, "VITALE", false, false, Recuperee, true},
		{false, "VITALE", false, false, Provisoire, false},
		{true, "CNI", true, false, Provisoire, false},
		{true, "CNI", false, true, Provisoire, false},
	} {
		p := Person{Traits: good(), Evidence: Evidence{Kind: c.evidence}, Douteuse: c.douteuse, Fictive: c.fictive}
		if c.ins {
			p.INS = id
		}
		p.Settle()
		if p.Status != c.want || p.INS.IsZero() == c.keeps {
			t.Errorf("%+v: %v, INS kept %v", c, p.Status, !p.INS.IsZero())
		}
		if why := p.WhyNotQualified(); (len(why) == 0) != (p.Status == Qualifiee) {
			t.Errorf("%+v: why %v", c, why)
		}
		before := p.Status
		changed := good()
		changed.BirthName = "AUTRE"
		p.Change(changed)
		want := map[Status]Status{Provisoire: Provisoire, Recuperee: Provisoire, Validee: Validee, Qualifiee: Validee}[before]
		if p.Status != want || !p.INS.IsZero() {
			t.Errorf("%v after a change of traits: %v", before, p.Status)
		}
	}
	p := Person{INS: id, Evidence: Evidence{Kind: "CNI"}, Traits: good()}
	p.Settle()
	p.Change(good())
	if p.Status != Qualifiee {
		t.Error("the same traits again drop nothing")
	}
}

// TestModeDecides never guesses from the digits.
// spec: INS §1
func TestModeDecides(t *testing.T) {
	m := insid.Matricule("279035121518989")
	wrong := insid.Matricule("221042545611404")
	for _, c := range []struct {
		mode Mode
		id   insid.INS
		want string
	}{
		{Sandbox, insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.10"}, ""},
		{Sandbox, insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.11"}, ""},
		{Sandbox, insid.INS{Matricule: wrong, OID: "1.2.250.1.213.1.4.10"}, ""},
		{Sandbox, insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.8"}, "INS-OID-SANDBOX"},
		{Sandbox, insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.9"}, "INS-OID-SANDBOX"},
		{Production, insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.8"}, ""},
		{Production, insid.INS{Matricule: wrong, OID: "1.2.250.1.213.1.4.8"}, "INS-CLE"},
		{Production, insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.10"}, "INS-OID-PRODUCTION"},
		{Sandbox, insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.2"}, "INS-C"},
		{Sandbox, insid.INS{Matricule: m, OID: "1.2.3"}, "INS-OID"},
	} {
		got := ""
		if r := finding.As(c.mode.Admit(c.id)); r != nil {
			got = r.ID
		}
		if got != c.want {
			t.Errorf("mode %d, %s: %q, want %q", c.mode, c.id.OID, got, c.want)
		}
	}
}

func TestTitle(t *testing.T) {
	for in, want := range map[string]string{"JEAN-PIERRE": "Jean-Pierre", "MARIE LOUISE": "Marie Louise", "D'ARCY": "D'Arcy"} {
		if got := Title(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
