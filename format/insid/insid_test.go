package insid

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// spec: INS §1
func TestKeyVectors(t *testing.T) {
	for nir, key := range map[string]string{
		"2790351215189": "89", "1460263220001": "96", "2360663220836": "56", "1090763220834": "89",
		"1810163220751": "40", "2770763220829": "10", "180032B020401": "23", "180012A004001": "68",
		"1600699999001": "61", "1851299350001": "69", "2090763220834": "39", "2090663220123": "55",
		// Official test documents carry other keys for these five; the right ones are here.
		"2210425456114": "83", "2230425456114": "82", "2760592050628": "83", "2240275115835": "12", "2221275056112": "47",
	} {
		got, ok := ComputeKey(nir)
		if !ok || got != key {
			t.Errorf("%s: key %s, want %s", nir, got, key)
		}
	}
	for _, bad := range []string{"", "279035121518", "27903512151899", "27903C1215189", "2790321A15189x"} {
		if _, ok := ComputeKey(bad); ok {
			t.Errorf("%q has no key", bad)
		}
	}
}

// Keys that published documents carry wrong: an error under a production OID, a remark under a test one.
// spec: INS §1 (trap)
func TestWrongKeysOfPublishedDocuments(t *testing.T) {
	for written, right := range map[string]string{"221042545611404": "83", "223042545611404": "82", "276059205062865": "83", "224027511583555": "12", "222127505611201": "47"} {
		m, err := ParseMatricule(written)
		if err != nil {
			t.Fatal(err)
		}
		if key, ok := ComputeKey(m.NIR()); !ok || key != right || m.KeyOK() {
			t.Errorf("%s: key %s, want %s; taken for right: %v", m.NIR(), key, right, m.KeyOK())
		}
		for oid, want := range map[string]error{"1.2.250.1.213.1.4.8": ErrKey, "1.2.250.1.213.1.4.9": ErrKey, "1.2.250.1.213.1.4.10": nil, "1.2.250.1.213.1.4.11": nil} {
			if _, err := Parse(written, oid); !errors.Is(err, want) {
				t.Errorf("under %s: %v, want %v", oid, err, want)
			}
		}
	}
}

// spec: INS §1
func TestParse(t *testing.T) {
	for _, c := range []struct {
		matricule, oid string
		want           error
	}{
		{"279035121518989", "1.2.250.1.213.1.4.8", nil},
		{"2 79 03 51 215 189 89", "1.2.250.1.213.1.4.10", nil},
		{"180032b02040123", "1.2.250.1.213.1.4.8", nil},
		{"221042545611404", "1.2.250.1.213.1.4.10", nil},
		{"221042545611404", "1.2.250.1.213.1.4.11", nil},
		{"221042545611404", "1.2.250.1.213.1.4.8", ErrKey},
		{"221042545611404", "1.2.250.1.213.1.4.9", ErrKey},
		{"279035121518989", "1.2.250.1.213.1.4.2", ErrOID},
		{"279035121518989", "1.2.250.1.213.1.4.13", ErrOID},
		{"27903512151898", "1.2.250.1.213.1.4.10", ErrMatricule},
		{"979035121518989", "1.2.250.1.213.1.4.10", ErrMatricule},
		{"279135121518989", "1.2.250.1.213.1.4.10", ErrMatricule},
		{"279031A21518989", "1.2.250.1.213.1.4.10", ErrMatricule},
		{"", "", ErrMatricule},
	} {
		if _, err := Parse(c.matricule, c.oid); !errors.Is(err, c.want) {
			t.Errorf("%s under %s: %v, want %v", c.matricule, c.oid, err, c.want)
		}
	}
}

// spec: INS §1
func TestClasses(t *testing.T) {
	for o, want := range map[string]Class{
		"1.2.250.1.213.1.4.8": Production, "1.2.250.1.213.1.4.9": Production, "1.2.250.1.213.1.4.10": Test,
		"1.2.250.1.213.1.4.11": Demo, "1.2.250.1.213.1.4.2": Obsolete, "1.2.250.1.213.1.4.13": Foreign, "": Foreign,
	} {
		if got := ClassOf(o); got != want {
			t.Errorf("%s: %v, want %v", o, got, want)
		}
	}
	if Label("1.2.250.1.213.1.4.10") != "INS-NIR de test" || Label("1.2") != "" {
		t.Error("Label")
	}
}

// spec: INS §4
func TestCX(t *testing.T) {
	ins, err := Parse("279035121518989", "1.2.250.1.213.1.4.10")
	if err != nil {
		t.Fatal(err)
	}
	if got := ins.CX(); got != "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH" {
		t.Error(got)
	}
	for _, cx := range []string{
		ins.CX(),
		"279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS^^20101207",
		"279035121518989^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH",
		" 279035121518989^^^&1.2.250.1.213.1.4.10 ",
	} {
		if got, err := ParseCX(cx); err != nil || got != ins {
			t.Errorf("%s: %v %v", cx, got, err)
		}
	}
	for _, cx := range []string{"", "279035121518989", "^^^&1.2.250.1.213.1.4.10&ISO", "279035121518989^^^ISO^NH", strings.Repeat("^", 4000)} {
		if _, err := ParseCX(cx); !errors.Is(err, ErrCX) {
			t.Errorf("%.20s: %v", cx, err)
		}
	}
	if _, err := ParseCX("00012^^^&1.2.3.4&ISO^PI"); err == nil {
		t.Error("an IPP is no INS")
	}
}

// spec: INS §1
func TestHint(t *testing.T) {
	for m, want := range map[string]Hint{
		"279035121518989": {"F", "79", "03", "51", "51215"},
		"180032B02040123": {"M", "80", "03", "2B", "2B020"},
		"160069999900161": {"M", "60", "06", "99", "99999"},
		"160209712300161": {"M", "60", "", "971", "97123"},
	} {
		got, err := ParseMatricule(m)
		if err != nil {
			t.Fatal(m, err)
		}
		if got.Hint() != want {
			t.Errorf("%s: %+v", m, got.Hint())
		}
	}
	m := Matricule("279035121518989")
	for _, c := range []struct {
		sex, birth string
		s, b       bool
	}{
		{"F", "19790328", true, true}, {"M", "1979-03-28", false, true}, {"F", "197904", true, false},
		{"", "", true, true}, {"I", "1978", true, false}, {"F", "1979-00-00", true, true},
	} {
		s, b := m.AgreesWith(c.sex, c.birth)
		if s != c.s || b != c.b {
			t.Errorf("%+v: %v %v", c, s, b)
		}
	}
}

func TestNothingPrints(t *testing.T) {
	ins := INS{"279035121518989", "1.2.250.1.213.1.4.10"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "ins", ins, "m", ins.Matricule)
	for _, out := range []string{fmt.Sprint(ins), fmt.Sprintf("%v %+v %#v %s", ins, ins, ins, ins.Matricule), log.String(), fmt.Sprintf("%#v", ins.Matricule)} {
		if strings.Contains(out, "2790351") {
			t.Errorf("printed: %s", out)
		}
	}
	if ins.Matricule.Spaced() != "2 79 03 51 215 189 89" {
		t.Error(ins.Matricule.Spaced())
	}
}

func TestWithKey(t *testing.T) {
	for _, nir := range []string{"2790351215189", "180032B020401"} {
		m, err := WithKey(nir)
		if err != nil || !m.KeyOK() || m.NIR() != nir {
			t.Errorf("%s: %v %v", nir, m.Reveal(), err)
		}
	}
}

func FuzzParseCX(f *testing.F) {
	f.Add("279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH")
	f.Add("180032B02040123^^^A&1.2.250.1.213.1.4.8")
	f.Fuzz(func(t *testing.T, s string) {
		ins, err := ParseCX(s)
		if err != nil {
			return
		}
		again, err := ParseCX(ins.CX())
		if err != nil || again != ins {
			t.Errorf("%q does not come back", s)
		}
	})
}
