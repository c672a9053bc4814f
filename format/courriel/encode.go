package courriel

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// maxEncodedWord is below the 75 of the RFC so that the first word stands on the line of the name.
// spec: RFC 2047 2
const maxEncodedWord = 60

const (
	wordB   = "=?UTF-8?B?"
	wordQ   = "=?UTF-8?Q?"
	wordEnd = "?="
	inWord  = maxEncodedWord - len(wordQ) - len(wordEnd)
)

// textValue writes an unstructured value: as it is when it can be, else in encoded words from the
// first word that needs it on.
func textValue(s string) string {
	bad := needsEncoding(s)
	if bad < 0 {
		return s
	}
	if cut := strings.LastIndexByte(s[:bad], ' '); cut > 0 && s[0] != ' ' {
		return s[:cut+1] + encodeWords(s[cut+1:])
	}
	return encodeWords(s)
}

// needsEncoding gives the first byte that cannot stand in a header as it is, or -1.
func needsEncoding(s string) int {
	const longestWord = 900
	if s == "" {
		return -1
	}
	if s[0] == ' ' || s[len(s)-1] == ' ' {
		return 0
	}
	word := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' || c >= 0x7F:
			return i
		case c == '=' && i+1 < len(s) && s[i+1] == '?':
			return i
		case c == ' ':
			word = i + 1
		case i-word > longestWord:
			return word
		}
	}
	return -1
}

// encodeWords writes encoded words separated by spaces, in Q when most of the text is ASCII.
func encodeWords(s string) string {
	high := 0
	for i := 0; i < len(s); i++ {
		if !plainInQ(s[i]) && s[i] != ' ' {
			high++
		}
	}
	var out strings.Builder
	b64 := high*3 > len(s)
	for i := 0; i < len(s); {
		if i > 0 {
			out.WriteByte(' ')
		}
		// As many whole characters as the word holds.
		end, size := i, 0
		for end < len(s) {
			_, n := utf8.DecodeRuneInString(s[end:])
			more := n
			if !b64 {
				more = qLength(s[end : end+n])
			}
			if b64 && (end-i+n+2)/3*4 > inWord || !b64 && size+more > inWord {
				break
			}
			end, size = end+n, size+more
		}
		if b64 {
			out.WriteString(wordB + base64.StdEncoding.EncodeToString([]byte(s[i:end])) + wordEnd)
		} else {
			out.WriteString(wordQ)
			writeQ(&out, s[i:end])
			out.WriteString(wordEnd)
		}
		i = end
	}
	return out.String()
}

// plainInQ accepts the bytes that stand for themselves, also inside a phrase.
// spec: RFC 2047 5
func plainInQ(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '!' || c == '*' || c == '+' || c == '-' || c == '/'
}

func qLength(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if n++; !plainInQ(s[i]) && s[i] != ' ' {
			n += 2
		}
	}
	return n
}

const upperHex = "0123456789ABCDEF"

func writeQ(out *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			out.WriteByte('_')
		case plainInQ(c):
			out.WriteByte(c)
		default:
			out.WriteByte('=')
			out.WriteByte(upperHex[c>>4])
			out.WriteByte(upperHex[c&15])
		}
	}
}

// phraseValue writes a display name: plain words, a quoted string, or encoded words.
// spec: RFC 5322 3.2.5
func phraseValue(s string) string {
	if needsEncoding(s) >= 0 {
		return encodeWords(s)
	}
	for i := 0; i < len(s); i++ {
		if !isAtext(s[i]) && (s[i] != ' ' || s[i-1] == ' ') {
			return quote(s)
		}
	}
	return s
}

// foldField appends a whole field, folded before runs of blanks so that unfolding gives the value
// back. It reports false when a word cannot be held in a line.
func foldField(out []byte, name, value string) ([]byte, bool) {
	out = append(out, name...)
	out = append(out, ':')
	column := len(name) + 1
	for first := true; value != "" || first; first = false {
		n := 0
		for n < len(value) && (value[n] == ' ' || value[n] == '\t') {
			n++
		}
		for n < len(value) && value[n] != ' ' && value[n] != '\t' {
			n++
		}
		if first {
			out = append(out, ' ')
			column++
		} else if column+n > foldAt && value[0] == ' ' {
			out = append(out, "\r\n"...)
			column = 0
		}
		out = append(out, value[:n]...)
		if column += n; column > maxLine {
			return out, false
		}
		value = value[n:]
	}
	return append(out, "\r\n"...), true
}
