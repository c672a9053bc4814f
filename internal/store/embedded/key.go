package embedded

import (
	"strings"

	"github.com/socle-sante/socle/internal/domain/ins"
)

// Keys of rows are short: a canonical UUID is its 16 bytes. Any other text is a zero byte and the
// text, brought to a length other than 16 by a zero byte at its end, so that no two keys meet.

func personKey(id ins.PersonID) []byte {
	if u, ok := packUUID(string(id)); ok {
		return u[:]
	}
	return textKey(string(id))
}

func personOf(key []byte) ins.PersonID {
	if len(key) == 16 {
		return ins.PersonID(unpackUUID("", string(key)))
	}
	return ins.PersonID(keyText(key))
}

func textKey(s string) []byte {
	k := append(make([]byte, 0, len(s)+2), 0)
	k = append(k, s...)
	if len(k) == 16 {
		k = append(k, 0)
	}
	return k
}

func keyText(key []byte) string {
	if len(key) == 0 {
		return ""
	}
	return strings.TrimSuffix(string(key[1:]), "\x00")
}

// The identifiers in the table owner: a letter for the name space, then the identifier.
const (
	uuidOwner     = 'u' // entryUUID: 16 bytes when canonical, text otherwise
	documentOwner = 'd' // uniqueId of a document
	setOwner      = 's' // uniqueId of a submission set
)

func uuidKey(entryUUID string) []byte {
	if rest, ok := strings.CutPrefix(entryUUID, uuidPrefix); ok {
		if u, ok := packUUID(rest); ok {
			return append(append(make([]byte, 0, 17), uuidOwner), u[:]...)
		}
	}
	return append([]byte{uuidOwner}, textKey(entryUUID)...)
}

func idKey(space byte, id string) []byte {
	return append(append(make([]byte, 0, len(id)+1), space), id...)
}

// packUUID accepts the canonical form only: lower case, hyphens in place.
func packUUID(s string) (u [16]byte, ok bool) {
	if len(s) != 36 {
		return u, false
	}
	j := 0
	for i := 0; i < 36; i++ {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return u, false
			}
			continue
		}
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return u, false
		}
		u[j/2] = u[j/2]<<4 | c
		j++
	}
	return u, true
}

func unpackUUID(prefix, u string) string {
	const digits = "0123456789abcdef"
	var b [len(uuidPrefix) + 36]byte
	n := copy(b[:], prefix)
	for i := 0; i < 16; i++ {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b[n] = '-'
			n++
		}
		b[n], b[n+1] = digits[u[i]>>4], digits[u[i]&15]
		n += 2
	}
	return string(b[:n])
}
