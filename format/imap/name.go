package imap

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// inModified is the base64 of modified UTF-7: a comma for the slash, no padding.
var inModified = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding).Strict()

var errName = errors.New("not modified UTF-7")

// DecodeName gives the UTF-8 form of a mailbox name. INBOX comes back in capitals. Octets that are
// already UTF-8 are taken as they are, which some clients send.
// spec: RFC 3501 5.1.3
func DecodeName(raw string) (string, error) {
	if strings.EqualFold(raw, "INBOX") {
		return "INBOX", nil
	}
	if !utf8.ValidString(raw) {
		return "", errName
	}
	var out strings.Builder
	for i := 0; i < len(raw); {
		c := raw[i]
		if c < ' ' || c == 0x7f {
			return "", errName
		}
		if c != '&' {
			out.WriteByte(c)
			i++
			continue
		}
		end := strings.IndexByte(raw[i:], '-')
		if end < 0 {
			return "", errName
		}
		if end == 1 {
			out.WriteByte('&')
		} else if err := decodeShifted(&out, raw[i+1:i+end]); err != nil {
			return "", err
		}
		i += end + 1
	}
	return out.String(), nil
}

func decodeShifted(out *strings.Builder, s string) error {
	b, err := inModified.DecodeString(s)
	if err != nil || len(b)%2 != 0 || len(b) == 0 {
		return errName
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			if i+1 == len(units) {
				return errName
			}
			i++
			if r = utf16.DecodeRune(r, rune(units[i])); r == utf8.RuneError {
				return errName
			}
		}
		if r < ' ' || r == 0x7f {
			return errName
		}
		out.WriteRune(r)
	}
	return nil
}

// EncodeName gives the modified UTF-7 form of a mailbox name.
func EncodeName(name string) string {
	plain := true
	for i := 0; i < len(name); i++ {
		plain = plain && name[i] >= ' ' && name[i] < 0x7f && name[i] != '&'
	}
	if plain {
		return name
	}
	var out strings.Builder
	var shifted []byte
	flush := func() {
		if len(shifted) > 0 {
			out.WriteByte('&')
			out.WriteString(inModified.EncodeToString(shifted))
			out.WriteByte('-')
			shifted = shifted[:0]
		}
	}
	for _, r := range name {
		switch {
		case r == '&':
			flush()
			out.WriteString("&-")
		case r >= ' ' && r < 0x7f:
			flush()
			out.WriteRune(r)
		default:
			for _, u := range utf16.AppendRune(nil, r) {
				shifted = append(shifted, byte(u>>8), byte(u))
			}
		}
	}
	flush()
	return out.String()
}
