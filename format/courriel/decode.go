package courriel

import (
	"bytes"
	"encoding/base64"
)

// Decode gives the content of a part without its transfer encoding. It is lenient: what is not of
// the base64 alphabet is skipped, a broken quoted-printable escape is kept as it is written, an
// unknown encoding gives the bytes as they are. Beyond limit bytes (0: no limit but the message) it
// gives ErrTooLarge. A content that is not encoded is a slice of the message: do not change it.
func (m *Message) Decode(p *Part, limit int) ([]byte, error) {
	b, whole := m.decode(p, limit)
	if !whole {
		return nil, ErrTooLarge.At("partie/part " + p.Number)
	}
	return b, nil
}

// decode gives at most limit bytes and whether that is all.
func (m *Message) decode(p *Part, limit int) (content []byte, whole bool) {
	body := m.Raw[p.Body:p.End:p.End]
	switch p.Encoding {
	case "base64":
		return decodeBase64(body, limit)
	case "quoted-printable":
		return decodeQuotedPrintable(body, limit)
	}
	if limit > 0 && len(body) > limit {
		return body[:limit], false
	}
	return body, true
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// base64Value gives the six bits of a letter, 0xFF of anything else.
var base64Value = func() (v [256]byte) {
	for i := range v {
		v[i] = 0xFF
	}
	for i := 0; i < len(base64Letters); i++ {
		v[base64Letters[i]] = byte(i)
	}
	return v
}()

// decodeBase64 goes line by line: a clean line of whole groups goes through the standard decoder,
// anything else letter by letter.
// spec: RFC 2045 6.8
func decodeBase64(src []byte, limit int) (out []byte, whole bool) {
	most := len(src)/4*3 + 3
	if limit > 0 && most > limit+1024 {
		most = limit + 1024
	}
	out = make([]byte, 0, most)
	var group uint32
	letters := 0
	for len(src) > 0 {
		if limit > 0 && len(out) > limit {
			return out[:limit], false
		}
		line := src[:min(len(src), maxBase64Line)]
		n := bytes.IndexByte(line, '\n')
		if n >= 0 {
			line, src = line[:n], src[n+1:]
		} else {
			src = src[len(line):]
		}
		if len(line) > 0 && line[len(line)-1] == '\r' {
			line = line[:len(line)-1]
		}
		if letters == 0 && len(line)&3 == 0 && len(line) > 0 {
			size := len(out)
			if more, err := base64.StdEncoding.AppendDecode(out, line); err == nil {
				out = more
				continue
			}
			out = out[:size]
		}
		for _, c := range line {
			if c == '=' {
				// A group ends early; what follows is another piece of base64.
				out, group, letters = endGroup(out, group, letters), 0, 0
				continue
			}
			v := base64Value[c]
			if v == 0xFF {
				continue
			}
			group = group<<6 | uint32(v)
			if letters++; letters == 4 {
				out = append(out, byte(group>>16), byte(group>>8), byte(group))
				group, letters = 0, 0
			}
		}
	}
	out = endGroup(out, group, letters)
	if limit > 0 && len(out) > limit {
		return out[:limit], false
	}
	return out, true
}

// maxBase64Line is how much is decoded between two looks at the limit when lines are endless; whole
// groups of four.
const maxBase64Line = 64 << 10

// endGroup gives the bytes of a group of two or three letters.
func endGroup(out []byte, group uint32, letters int) []byte {
	switch letters {
	case 2:
		return append(out, byte(group>>4))
	case 3:
		return append(out, byte(group>>10), byte(group>>2))
	}
	return out
}

// decodeQuotedPrintable keeps line ends as they are.
// spec: RFC 2045 6.7
func decodeQuotedPrintable(src []byte, limit int) (out []byte, whole bool) {
	most := len(src)
	if limit > 0 {
		most = min(most, limit+1024)
	}
	out = make([]byte, 0, most)
	for len(src) > 0 {
		if limit > 0 && len(out) > limit {
			return out[:limit], false
		}
		line, end := src, []byte(nil)
		if n := bytes.IndexByte(src, '\n'); n >= 0 {
			line, end, src = src[:n], src[n:n+1], src[n+1:]
			if n > 0 && line[n-1] == '\r' {
				end = line[n-1 : n+1]
				line = line[:n-1]
			}
		} else {
			src = nil
		}
		// Blanks at the end of a line were added on the way.
		line = bytes.TrimRight(line, " \t")
		if len(line) > 0 && line[len(line)-1] == '=' {
			line, end = line[:len(line)-1], nil
		}
		for len(line) > 0 {
			i := bytes.IndexByte(line, '=')
			if i < 0 {
				out = append(out, line...)
				break
			}
			out = append(out, line[:i]...)
			line = line[i:]
			if len(line) >= 3 && unhex(line[1]) >= 0 && unhex(line[2]) >= 0 {
				out = append(out, byte(unhex(line[1])<<4|unhex(line[2])))
				line = line[3:]
				continue
			}
			out = append(out, '=')
			line = line[1:]
		}
		out = append(out, end...)
	}
	if limit > 0 && len(out) > limit {
		return out[:limit], false
	}
	return out, true
}
