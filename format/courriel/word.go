package courriel

import "strings"

// DecodeText decodes the encoded words of an unfolded header value. The result is valid UTF-8 on one
// line, without control characters; a word that is broken is kept as it was written.
// spec: RFC 2047 6
func DecodeText(s string) string {
	s = toUTF8(s)
	if !strings.Contains(s, "=?") {
		return plainLine(s)
	}
	out, _ := decodeWords(s)
	return plainLine(out)
}

// decodeWords decodes; whole is false when something that begins like a word is none.
func decodeWords(s string) (text string, whole bool) {
	var out strings.Builder
	var pending []byte // bytes of neighbouring words of one charset: a character may be cut between two
	var set charset
	whole = true
	flush := func() {
		out.WriteString(decodeCharset(pending, set))
		pending = pending[:0]
	}
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		w, c, rest, ok := encodedWord(s[i:])
		if !ok {
			whole = false
			flush()
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		// Blanks between two words are not text.
		if len(pending) == 0 || strings.Trim(s[:i], " \t") != "" {
			flush()
			out.WriteString(s[:i])
		} else if c != set {
			flush()
		}
		set = c
		pending = append(pending, w...)
		s = rest
	}
	flush()
	out.WriteString(s)
	return out.String(), whole
}

// encodedWord reads =?charset*lang?Q?text?= at the beginning of s. Blanks inside the text, which the
// RFC forbids, are let through as long as the word closes.
func encodedWord(s string) (decoded []byte, c charset, rest string, ok bool) {
	const maxWord = 4096 // the RFC says 75; some software never folds
	word := s[:min(len(s), maxWord)]
	name, after, found := strings.Cut(word[2:], "?")
	if !found || len(after) < 2 || after[1] != '?' || name == "" || strings.ContainsAny(name, " \t") {
		return nil, 0, s, false
	}
	kind, text := after[0]|0x20, after[2:]
	end := strings.Index(text, "?=")
	if end < 0 {
		return nil, 0, s, false
	}
	rest = s[len(word)-len(text)+end+2:]
	text = text[:end]
	name, _, _ = strings.Cut(name, "*") // spec: RFC 2231 5
	c = charsetOf(name)
	switch kind {
	case 'q':
		decoded, ok = decodeQ(text)
	case 'b':
		ok = strings.Trim(text, base64Letters+"= \t") == ""
		if ok {
			decoded, _ = decodeBase64([]byte(text), 0)
		}
	}
	if !ok {
		return nil, 0, s, false
	}
	return decoded, c, rest, true
}

// decodeQ undoes the Q encoding.
// spec: RFC 2047 4.2
func decodeQ(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=':
			if i+2 >= len(s) {
				return nil, false
			}
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi < 0 || lo < 0 {
				return nil, false
			}
			out = append(out, byte(hi<<4|lo))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out, true
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
