package xmltree

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var utf8BOM = []byte{0xEF, 0xBB, 0xBF}

// decode gives the document in valid UTF-8 and the name of the encoding it came in.
func decode(src []byte) ([]byte, string, *Error) {
	if len(src) == 0 {
		return nil, "", newError(src, idEmpty, 0)
	}
	if order := utf16Order(src); order != nil {
		out, err := fromUTF16(src, order)
		if err != nil {
			return nil, "", err
		}
		declared := declaredEncoding(out)
		if declared != "" && !strings.HasPrefix(strings.ToUpper(declared), "UTF-16") {
			return nil, "", newError(out, idEncConflict, 0, declared, "UTF-16")
		}
		if declared == "" {
			declared = "UTF-16"
		}
		return out, declared, nil
	}
	declared := declaredEncoding(src)
	bom := bytes.HasPrefix(src, utf8BOM)
	switch strings.ToUpper(declared) {
	case "", "UTF-8", "UTF8":
		if declared == "" {
			declared = "UTF-8"
		}
	case "US-ASCII", "ASCII":
		for i, c := range src {
			if c >= 0x80 && !bom {
				return nil, "", newError(src, idBytes, i, declared)
			}
		}
	case "ISO-8859-1", "ISO8859-1", "LATIN1", "ISO-8859-15", "ISO8859-15", "WINDOWS-1252", "CP1252":
		if bom {
			return nil, "", newError(src, idEncConflict, 0, declared, "UTF-8")
		}
		out, err := fromSingleByte(src, declared)
		return out, declared, err
	case "UTF-16", "UTF-16LE", "UTF-16BE":
		return nil, "", newError(src, idEncConflict, 0, declared, "UTF-8")
	default:
		return nil, "", newError(src, idEncUnknown, 0, excerpt([]byte(declared)))
	}
	if !utf8.Valid(src) {
		return nil, "", newError(src, idBytes, firstInvalid(src), declared)
	}
	return src, declared, nil
}

func firstInvalid(src []byte) int {
	for i := 0; i < len(src); {
		if src[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(src)
}

// declaredEncoding reads the encoding of the XML declaration; the scanner checks its form later.
func declaredEncoding(src []byte) string {
	src = bytes.TrimPrefix(src, utf8BOM)
	if !bytes.HasPrefix(src, []byte("<?xml")) || len(src) < 6 || !isSpace(src[5]) {
		return ""
	}
	end := bytes.Index(src[:min(len(src), maxDeclBytes)], []byte("?>"))
	if end < 0 {
		return ""
	}
	_, rest, ok := bytes.Cut(src[:end], []byte("encoding"))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 || rest[0] != '=' {
		return ""
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	val, _, ok := bytes.Cut(rest[1:], rest[:1])
	if !ok {
		return ""
	}
	return string(val)
}

// maxDeclBytes bounds the XML declaration: version, encoding and standalone fit in far less.
const maxDeclBytes = 512

func utf16Order(src []byte) binary.ByteOrder {
	if len(src) < 4 {
		return nil
	}
	switch {
	case src[0] == 0xFF && src[1] == 0xFE, src[0] == '<' && src[1] == 0 && src[2] != 0 && src[3] == 0:
		return binary.LittleEndian
	case src[0] == 0xFE && src[1] == 0xFF, src[0] == 0 && src[1] == '<' && src[2] == 0 && src[3] != 0:
		return binary.BigEndian
	}
	return nil
}

func fromUTF16(src []byte, order binary.ByteOrder) ([]byte, *Error) {
	out := make([]byte, 0, len(src)*3/4)
	for i := 0; i < len(src); i += 2 {
		if i+1 >= len(src) {
			return nil, newError(src, idBytes, i, "UTF-16")
		}
		r := rune(order.Uint16(src[i:]))
		if r == 0xFEFF && i == 0 {
			out = append(out, utf8BOM...)
			continue
		}
		if utf16.IsSurrogate(r) {
			if i+3 >= len(src) {
				return nil, newError(src, idBytes, i, "UTF-16")
			}
			r = utf16.DecodeRune(r, rune(order.Uint16(src[i+2:])))
			if r == utf8.RuneError {
				return nil, newError(src, idBytes, i, "UTF-16")
			}
			i += 2
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

// windows1252 gives bytes 0x80–0x9F; 0 means unassigned.
var windows1252 = [32]rune{
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
}

var latin9 = map[byte]rune{0xA4: 0x20AC, 0xA6: 0x160, 0xA8: 0x161, 0xB4: 0x17D, 0xB8: 0x17E, 0xBC: 0x152, 0xBD: 0x153, 0xBE: 0x178}

func fromSingleByte(src []byte, enc string) ([]byte, *Error) {
	is1252 := strings.HasSuffix(enc, "1252")
	is15 := strings.HasSuffix(enc, "8859-15")
	out := make([]byte, 0, len(src)+len(src)/16)
	for i, c := range src {
		r := rune(c)
		switch {
		case c < 0x80:
			out = append(out, c)
			continue
		case is1252 && c < 0xA0:
			if r = windows1252[c-0x80]; r == 0 {
				return nil, newError(src, idBytes, i, enc)
			}
		case is15:
			if x, ok := latin9[c]; ok {
				r = x
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}
