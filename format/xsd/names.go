package xsd

import (
	"strings"
	"unicode/utf8"
)

// nameStart and nameRest are the characters of XML names. spec: XML 1.0 §2.3
var nameStart = normal(runes{':', ':', 'A', 'Z', '_', '_', 'a', 'z', 0xC0, 0xD6, 0xD8, 0xF6, 0xF8, 0x2FF, 0x370, 0x37D, 0x37F, 0x1FFF,
	0x200C, 0x200D, 0x2070, 0x218F, 0x2C00, 0x2FEF, 0x3001, 0xD7FF, 0xF900, 0xFDCF, 0xFDF0, 0xFFFD, 0x10000, 0xEFFFF})

var nameRest = normal(append(runes{'-', '-', '.', '.', '0', '9', 0xB7, 0xB7, 0x300, 0x36F, 0x203F, 0x2040}, nameStart...))

func in(set runes, r rune) bool {
	lo, hi := 0, len(set)/2
	for lo < hi {
		mid := (lo + hi) / 2
		switch {
		case r < set[2*mid]:
			hi = mid
		case r > set[2*mid+1]:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

// isName tells an XML name; isNMTOKEN, a name that may start with any of its characters.
func isName(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return in(nameStart, r) && isNMTOKEN(s)
}

func isNMTOKEN(s string) bool {
	for _, r := range s {
		if r < 128 {
			if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.' || r == ':' {
				continue
			}
			return false
		}
		if !in(nameRest, r) {
			return false
		}
	}
	return s != ""
}

func isNCName(s string) bool { return isName(s) && strings.IndexByte(s, ':') < 0 }

func isQName(s string) bool {
	prefix, local, found := strings.Cut(s, ":")
	return isNCName(prefix) && (!found || isNCName(local))
}
