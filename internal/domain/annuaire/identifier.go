// Package annuaire is the directory of the people and structures of health: who they are, what
// they are qualified for and where they work.
//
// Sources: Annuaire santé FHIR v2 (IG fhir-annuaire 1.2.0), RPPS/FINESS registers, TRE_G15 and
// TRE_R01, flat extractions in free access. It is held in memory, in a compact form meant for the
// whole country, and every list is that of one version (see docs/design/annuaire.md). Missing:
// the restricted data (birth, addresses of correspondence), the correspondence ADELI to RPPS, the
// patches of mailboxes. Start with New, Import and Search.
package annuaire

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

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

// ValidSIREN reports whether s is a SIREN number: 9 digits, Luhn.
// spec: IDENTITY A
func ValidSIREN(s string) bool { return len(s) == 9 && luhn(s) }

// laPoste is the one legal unit whose establishments do not follow Luhn: the sum of their digits is
// a multiple of five.
const laPoste = "356000000"

// ValidSIRET reports whether s is a SIRET number: 14 digits, Luhn, La Poste apart.
// spec: IDENTITY A
func ValidSIRET(s string) bool {
	if len(s) != 14 || strings.Trim(s, "0123456789") != "" {
		return false
	}
	if s[:9] == laPoste && !luhn(s) {
		sum := 0
		for i := range len(s) {
			sum += int(s[i] - '0')
		}
		return sum%5 == 0
	}
	return luhn(s)
}

// ValidADELI reports whether s has the shape of an ADELI number: 9 characters, a département then
// digits; it has no reliable check digit.
// spec: IDENTITY A
func ValidADELI(s string) bool {
	if len(s) != 9 {
		return false
	}
	return strings.Trim(s[2:], "0123456789") == "" && (strings.Trim(s[:2], "0123456789") == "" || s[:2] == "2A" || s[:2] == "2B" || s[0] == '9' && s[1] >= 'A' && s[1] <= 'F')
}

// maxIdentifier is the length of the longest identifiers of staff: 3, a SIRET, a bar, a local name.
const maxIdentifier = 64

// CheckIDNat tells what is wrong with the national identifier of a person; nil when nothing is.
// Published test identifiers break the rules: jeuDeTest lets them pass.
// spec: IDENTITY A
func CheckIDNat(s string, jeuDeTest bool) *finding.Text {
	bad := func(fr, en string) *finding.Text { t := finding.T(fr, en); return &t }
	switch {
	case s == "":
		return bad("L'identification nationale manque.", "The national identifier is missing.")
	case len(s) > maxIdentifier || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '|' }):
		return bad("L'identification nationale contient des caractères interdits ou est trop longue.", "The national identifier has forbidden characters or is too long.")
	case jeuDeTest:
		return nil
	case s[0] == '8' && !ValidRPPS(s[1:]):
		return bad("Le numéro RPPS doit avoir 11 chiffres et une clé de Luhn juste.", "The RPPS number must have 11 digits and a right Luhn key.")
	case s[0] == '0' && !ValidADELI(s[1:]):
		return bad("Le numéro ADELI doit avoir 9 caractères : un département puis des chiffres.", "The ADELI number must have 9 characters: a département then digits.")
	case !strings.ContainsRune("0134568", rune(s[0])):
		return bad("Le type d'identifiant (premier caractère) doit être 0, 1, 3, 4, 5, 6 ou 8.", "The type of identifier (first character) must be 0, 1, 3, 4, 5, 6 or 8.")
	}
	return nil
}

// CheckStructIDNat tells what is wrong with the national identifier of a structure; nil when
// nothing is.
// spec: IDENTITY A
func CheckStructIDNat(s string, jeuDeTest bool) *finding.Text {
	ok := false
	switch {
	case s == "" || len(s) > maxIdentifier || strings.ContainsAny(s, "| "):
	case jeuDeTest:
		ok = true
	case s[0] == '1':
		ok = ValidFINESS(s[1:])
	case s[0] == '2':
		ok = ValidSIREN(s[1:])
	case s[0] == '3':
		ok = ValidSIRET(s[1:])
	case s[0] == '4' && len(s) == 15:
		ok = ValidRPPS(s[1:12]) && strings.Trim(s[12:], "0123456789") == ""
	case s[0] == '0' && len(s) >= 10:
		ok = ValidADELI(s[1:10])
	}
	if ok {
		return nil
	}
	t := finding.T("L'identifiant de structure n'a pas une forme connue ou sa clé est fausse (1+FINESS, 2+SIREN, 3+SIRET, 4+RPPS+rang, 0+ADELI+rang).",
		"The structure identifier has no known form or its key is wrong (1+FINESS, 2+SIREN, 3+SIRET, 4+RPPS+rank, 0+ADELI+rank).")
	return &t
}
