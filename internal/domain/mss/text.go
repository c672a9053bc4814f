package mss

import (
	"strings"

	"github.com/socle-sante/socle/format/courriel"
)

// The fields of the searched text of a message, separated by line feeds.
const (
	TextFrom = iota
	TextTo
	TextCc
	TextSubject
	TextMessageID
	// The MSSanté headers; texts written before they were added lack them.
	TextCodes // X-MSS-CODECDA
	TextINS
	TextNIL
	TextMES
	textFields
)

// maxText bounds the searched text of one message: a letter to the whole territory is found by
// the first of its recipients.
const maxText = 1000

// searched makes the searched text of a message from its header block.
func searched(head []byte) string {
	h, _, err := courriel.ParseHeader(head)
	if err != nil {
		return strings.Repeat("\n", textFields-1)
	}
	var b strings.Builder
	for i, name := range [textFields]string{"From", "To", "Cc", "Subject", "Message-ID", "X-MSS-CODECDA", "X-MSS-INS", "X-MSS-NIL", "X-MSS-MES"} {
		if i > 0 {
			b.WriteByte('\n')
		}
		v := strings.ToLower(h.Text(name))
		if len(v) > maxText {
			v = strings.ToValidUTF8(v[:maxText], "")
		}
		b.WriteString(strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' {
				return ' '
			}
			return r
		}, v))
	}
	return b.String()
}

// HasField tells whether a searched text says anything of a field: the older ones know less.
func HasField(text string, field int) bool { return strings.Count(text, "\n") >= field }

// Field gives one field of a searched text.
func Field(text string, field int) string {
	for range field {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return ""
		}
		text = text[i+1:]
	}
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return text[:i]
	}
	return text
}
