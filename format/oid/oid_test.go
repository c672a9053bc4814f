package oid

import (
	"regexp"
	"strings"
	"testing"
)

func TestValid(t *testing.T) {
	for s, want := range map[string]bool{
		"1.2.250.1.213.1.4.10": true, "2.16.840.1.113883.6.1": true, "0.4.0.127": true, "2.999": true, "1.0": true,
		"": false, "1": false, "1.": false, ".1": false, "3.1": false, "1.02": false, "1..2": false, "1.2a": false,
		"1.40": false, "1.39.1": true, "2.40": true, "1.2.3.": false, "1.100.3": false,
		"2.25." + strings.Repeat("9", 59): true, "2.25." + strings.Repeat("9", 60): false,
	} {
		if got := Valid(s); got != want {
			t.Errorf("Valid(%q) = %v", s, got)
		}
	}
}

func TestUUID(t *testing.T) {
	for s, want := range map[string]bool{
		"b5f0a2d4-7a5b-4a37-9c53-0a8e3a0cf3f7": true, "B5F0A2D4-7A5B-4A37-9C53-0A8E3A0CF3F7": true,
		"b5f0a2d47a5b4a379c530a8e3a0cf3f7": false, "b5f0a2d4-7a5b-4a37-9c53-0a8e3a0cf3fg": false, "": false,
	} {
		if got := IsUUID(s); got != want {
			t.Errorf("IsUUID(%q) = %v", s, got)
		}
	}
}

func TestURNAndUnder(t *testing.T) {
	if o, ok := FromURN("urn:oid:1.2.3"); !ok || o != "1.2.3" {
		t.Error(o, ok)
	}
	if _, ok := FromURN("urn:uuid:1.2.3"); ok {
		t.Error("a urn:uuid is no OID")
	}
	if !Under("1.2.250.1", "1.2.250") || Under("1.2.2501", "1.2.250") || !Under("1.2", "1.2") {
		t.Error("Under")
	}
}

func TestEveryKnownNameIsAnOID(t *testing.T) {
	for o := range names {
		if !Valid(o) {
			t.Errorf("%s is not an OID", o)
		}
	}
	if Name("1.2.3") != "1.2.3" || Name(LOINC) != "LOINC" {
		t.Error("Name")
	}
}

func FuzzValid(f *testing.F) {
	f.Add("1.2.250.1.213.1.4.8")
	ref := regexp.MustCompile(`^([01]\.([0-9]|[1-3][0-9])|2\.(0|[1-9][0-9]*))(\.(0|[1-9][0-9]*))*$`)
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := WellFormed(s), ref.MatchString(s) && !strings.HasSuffix(s, "\n"); got != want {
			t.Errorf("%q: %v, regexp says %v", s, got, want)
		}
	})
}

// spec: ITU-T X.667 (2.25)
func TestOIDOfAUUID(t *testing.T) {
	u := [16]byte{0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0, 0xa7, 0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6}
	if got := FromUUID(u); got != "2.25.329800735698586629295641978511506172918" {
		t.Error(got)
	}
	for _, u := range [][16]byte{{}, {15: 1}, u} {
		if s := FromUUID(u); !Valid(s) {
			t.Errorf("%x: %s", u, s)
		}
	}
}
