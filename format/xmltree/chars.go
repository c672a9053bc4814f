package xmltree

import "unicode/utf8"

// Classes of bytes, one bit each, so that one table serves every inner loop.
const (
	clName  = 1 << iota // may stand in a name (all bytes of 0x80 and more: checked apart)
	clText              // plain in character data
	clValue             // plain in an attribute value
	clSpace
)

var class = func() (t [256]uint8) {
	for c := 0; c < 256; c++ {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '_', c == ':', c == '-', c == '.', c >= 0x80:
			t[c] |= clName
		}
		if c >= 0x20 || c == '\n' || c == '\t' || c == '\r' {
			if c != '<' && c != '&' && c != ']' {
				t[c] |= clText
			}
			if c != '<' && c != '&' && c != '"' && c != '\'' && c >= 0x20 {
				t[c] |= clValue
			}
		}
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			t[c] |= clSpace
		}
	}
	return t
}()

func isSpace(c byte) bool { return class[c]&clSpace != 0 }

// isChar tells the characters XML allows.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

func isNameStart(r rune) bool {
	switch {
	case r < 0x80:
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
	case r < 0x300:
		return r >= 0xC0 && r != 0xD7 && r != 0xF7
	}
	return r >= 0x370 && r <= 0x1FFF && r != 0x37E || r == 0x200C || r == 0x200D || r >= 0x2070 && r <= 0x218F ||
		r >= 0x2C00 && r <= 0x2FEF || r >= 0x3001 && r <= 0xD7FF || r >= 0xF900 && r <= 0xFDCF ||
		r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

func isNamePart(r rune) bool {
	return isNameStart(r) || r >= '0' && r <= '9' || r == '-' || r == '.' || r == 0xB7 ||
		r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}

// isNCName checks a name without colon.
func isNCName(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError || !isNamePart(r) || i == 0 && !isNameStart(r) {
			return false
		}
	}
	return s != ""
}

const (
	lsb = 0x0101010101010101
	msb = 0x8080808080808080
)

// notPlain has a bit set when one of eight bytes is '<', '&', ']' or below 0x20.
func notPlain(x uint64) uint64 {
	lt, amp, br := x^(lsb*'<'), x^(lsb*'&'), x^(lsb*']')
	return ((x-lsb*0x20)&^x | (lt-lsb)&^lt | (amp-lsb)&^amp | (br-lsb)&^br) & msb
}
