// Package oid checks object identifiers (and the UUIDs that HL7 accepts in their
// place) and names the ones French health documents use.
//
// Standard: ITU-T X.660 / ISO 9834-1 for the syntax, with the 64-character limit
// IHE puts on XDS identifiers. Not here: registration, DER encoding.
// Start with Valid, then Name.
package oid

import (
	"math/big"
	"strings"
)

// MaxLen is the longest OID IHE accepts in metadata.
//
// spec: IHE-ITI TF-3 4.2.3.1.7
const MaxLen = 64

// Valid reports whether s is a well-formed OID of at most MaxLen characters: two
// arcs or more, first arc 0 to 2, second below 40 under arcs 0 and 1, no leading zero.
//
// spec: CI-SIS cda §1.1
func Valid(s string) bool {
	return len(s) <= MaxLen && WellFormed(s)
}

// WellFormed is Valid without the length limit of XDS.
func WellFormed(s string) bool {
	if len(s) < 3 || s[0] < '0' || s[0] > '2' || s[1] != '.' {
		return false
	}
	arcs, start := 1, 2
	for i := 2; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if s[i] < '0' || s[i] > '9' {
				return false
			}
			continue
		}
		n := i - start
		if n == 0 || n > 1 && s[start] == '0' {
			return false
		}
		arcs++
		if arcs == 2 && s[0] < '2' && (n > 2 || n == 2 && s[start] >= '4') {
			return false
		}
		start = i + 1
	}
	return arcs >= 2
}

// IsUUID reports whether s is a UUID in the 8-4-4-4-12 hexadecimal form, which HL7
// accepts as the root of an instance identifier.
func IsUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}

// FromUUID gives the OID of a UUID, under the arc of UUIDs.
//
// spec: ITU-T X.667 (2.25)
func FromUUID(u [16]byte) string { return "2.25." + new(big.Int).SetBytes(u[:]).String() }

// ValidRoot reports whether s can be the root of an HL7 instance identifier.
func ValidRoot(s string) bool { return WellFormed(s) || IsUUID(s) }

// FromURN takes "urn:oid:1.2.3" (or a bare OID) and gives the OID; ok is false when it is none.
func FromURN(s string) (o string, ok bool) {
	if len(s) >= 8 && strings.EqualFold(s[:8], "urn:oid:") {
		s = s[8:]
	}
	return s, WellFormed(s)
}

// URN gives "urn:oid:" + o.
func URN(o string) string { return "urn:oid:" + o }

// Under reports whether o is arc itself or below it.
func Under(o, arc string) bool {
	return o == arc || len(o) > len(arc) && o[len(arc)] == '.' && strings.HasPrefix(o, arc)
}
