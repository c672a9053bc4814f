package imap

import (
	"strings"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// systemFlags in the order of their bits.
var systemFlags = []string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`}

// appendFlags writes the flags of an entry.
func appendFlags(b []byte, e *mss.Entry) []byte {
	b = append(b, '(')
	start := len(b)
	for i, f := range systemFlags {
		if e.Flags&(1<<i) != 0 {
			if len(b) > start {
				b = append(b, ' ')
			}
			b = append(b, f...)
		}
	}
	if e.Keywords != "" {
		if len(b) > start {
			b = append(b, ' ')
		}
		b = append(b, e.Keywords...)
	}
	return append(b, ')')
}

// readFlags parts system flags from keywords. \Recent is the server's affair: it is passed over.
func readFlags(list []string) (flags mss.Flags, keywords []string, err error) {
next:
	for _, f := range list {
		for i, known := range systemFlags {
			if f == known {
				flags |= 1 << i
				continue next
			}
		}
		switch {
		case f == `\Recent`:
		case strings.HasPrefix(f, `\`):
			return 0, nil, errFlag
		default:
			keywords = append(keywords, f)
		}
	}
	return flags, keywords, nil
}

// hasFlag tells whether an entry has a flag or keyword.
func hasFlag(e *mss.Entry, flag string) bool {
	for i, known := range systemFlags {
		if strings.EqualFold(flag, known) {
			return e.Flags&(1<<i) != 0
		}
	}
	for rest := e.Keywords; rest != ""; {
		var k string
		if k, rest, _ = strings.Cut(rest, " "); strings.EqualFold(k, flag) {
			return true
		}
	}
	return false
}
