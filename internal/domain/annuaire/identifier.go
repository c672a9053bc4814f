// Package annuaire is the directory of the people and structures of health: who they are, what
// they are qualified for and where they work.
//
// Sources: Annuaire santé, RPPS/FINESS registers, TRE_G15 and TRE_R01. Missing: the FHIR API and
// flat extractions of the national directory; this edition holds a territory in memory.
package annuaire

import "strings"

// Test professionals published by the national agency carry identifiers whose check digit does
// not verify; a sandbox accepts them, production does not.

// luhn tells whether the digits of s satisfy the Luhn formula. Non-digits make it false.
func luhn(s string) bool {
	if s == "" {
		return false
	}
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		d := int(s[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// luhnDigit gives the digit that completes s so that it verifies.
func luhnDigit(s string) string {
	for d := byte('0'); d <= '9'; d++ {
		if luhn(s + string(d)) {
			return string(d)
		}
	}
	return ""
}

// ValidRPPS reports whether s is an RPPS number: 11 digits, Luhn.
// spec: IDENTITY A
func ValidRPPS(s string) bool { return len(s) == 11 && luhn(s) }

// MakeRPPS completes 10 digits into an RPPS number.
func MakeRPPS(ten string) string { return ten + luhnDigit(ten) }

// ValidFINESS reports whether s is a FINESS number: 9 characters, the two first a département
// (digits, 2A, 2B, or 9A–9F overseas), Luhn over the digits with letters taken as 0 is not
// defined by the register: numbers with a letter are accepted on their shape.
// spec: IDENTITY A
func ValidFINESS(s string) bool {
	if len(s) != 9 {
		return false
	}
	if c := s[1]; c >= 'A' && c <= 'F' && (s[0] == '2' || s[0] == '9') {
		return strings.Trim(s[2:], "0123456789") == ""
	}
	return luhn(s)
}

// MakeFINESS completes 8 digits into a FINESS number.
func MakeFINESS(eight string) string { return eight + luhnDigit(eight) }

// IDNat gives the national identifier of a professional from an RPPS number: 8 and the number.
func IDNat(rpps string) string { return "8" + rpps }

// StructIDNat gives the national identifier of a structure from its FINESS number.
func StructIDNat(finess string) string { return "1" + finess }
