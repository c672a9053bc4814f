package imap

import (
	"mime"

	"github.com/socle-sante/socle/format/courriel"
)

// AppendEnvelope writes the ENVELOPE of a message from its header. What a header holds in raw 8-bit
// octets travels as encoded words.
// spec: RFC 3501 7.4.2
func AppendEnvelope(b []byte, h courriel.Header) []byte {
	b = append(b, '(')
	b = appendHeaderText(b, h, "Date")
	b = append(b, ' ')
	b = appendHeaderText(b, h, "Subject")
	from := h.Addresses("From")
	b = append(b, ' ')
	b = appendAddresses(b, from)
	for _, name := range []string{"Sender", "Reply-To"} { // an absent or empty one is that of From
		list := h.Addresses(name)
		if len(list) == 0 {
			list = from
		}
		b = append(b, ' ')
		b = appendAddresses(b, list)
	}
	for _, name := range []string{"To", "Cc", "Bcc"} {
		b = append(b, ' ')
		b = appendAddresses(b, h.Addresses(name))
	}
	for _, name := range []string{"In-Reply-To", "Message-ID"} {
		b = append(b, ' ')
		b = appendHeaderText(b, h, name)
	}
	return append(b, ')')
}

func appendHeaderText(b []byte, h courriel.Header, name string) []byte {
	v := h.Get(name)
	if !ascii(v) {
		v = mime.QEncoding.Encode("utf-8", h.Text(name))
	}
	return AppendNString(b, v, v != "" || h.Has(name))
}

func appendAddresses(b []byte, list []courriel.Address) []byte {
	if len(list) == 0 {
		return append(b, "NIL"...)
	}
	b = append(b, '(')
	for _, a := range list {
		b = append(b, '(')
		b = AppendNString(b, encoded(a.Name), a.Name != "")
		b = append(b, " NIL "...)
		b = AppendQuoted(b, a.Local) // never NIL: that would be the mark of a group
		b = append(b, ' ')
		b = AppendQuoted(b, a.Domain)
		b = append(b, ')')
	}
	return append(b, ')')
}

// encoded gives text as a header may hold it.
func encoded(v string) string {
	if ascii(v) {
		return v
	}
	return mime.QEncoding.Encode("utf-8", v)
}

func ascii(v string) bool {
	for i := 0; i < len(v); i++ {
		if v[i] >= 0x80 {
			return false
		}
	}
	return true
}
