package annuaire

import "testing"

// spec: IDENTITY A
func TestCheckDigits(t *testing.T) {
	for _, c := range []struct {
		s    string
		f    func(string) bool
		want bool
	}{
		{"10000001916", ValidRPPS, true},
		{"99700218896", ValidRPPS, true},
		{"10001234567", ValidRPPS, false},
		{"1000000191", ValidRPPS, false},
		{"1000000191A", ValidRPPS, false},
		{"590064036", ValidFINESS, true},
		{"754567860", ValidFINESS, false},
		{"2A0000014", ValidFINESS, true},
		{"9F00X0014", ValidFINESS, false},
		{"", ValidFINESS, false},
	} {
		if got := c.f(c.s); got != c.want {
			t.Errorf("%q: got %v, want %v", c.s, got, c.want)
		}
	}
	if r := MakeRPPS("1000000191"); r != "10000001916" {
		t.Errorf("MakeRPPS: %s", r)
	}
	if f := MakeFINESS("59006403"); f != "590064036" {
		t.Errorf("MakeFINESS: %s", f)
	}
}
