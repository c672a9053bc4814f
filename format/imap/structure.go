package imap

import (
	"strconv"

	"github.com/socle-sante/socle/format/courriel"
)

// AppendStructure writes BODYSTRUCTURE, or BODY when extended is false.
// spec: RFC 3501 7.4.2
func AppendStructure(b []byte, p *courriel.Part, extended bool) []byte {
	if p.Type == "multipart" {
		return appendMultipart(b, p, extended)
	}
	kind, subtype := p.Type, p.Subtype
	if kind == "message" && (subtype == "rfc822" || subtype == "global") && p.Message == nil {
		kind, subtype = "application", "octet-stream" // encoded, or too deep: clients expect an envelope after the real name
	}
	b = append(b, '(')
	b = AppendQuoted(b, kind)
	b = append(b, ' ')
	b = AppendQuoted(b, subtype)
	b = append(b, ' ')
	b = appendParams(b, p.Params)
	b = append(b, ' ')
	b = AppendNString(b, p.ID, p.ID != "")
	b = append(b, ' ')
	b = AppendNString(b, encoded(p.Description), p.Description != "")
	b = append(b, ' ')
	enc := p.Encoding
	if enc == "" {
		enc = "7bit"
	}
	b = AppendQuoted(b, enc)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(p.End-p.Body), 10)
	switch {
	case p.Message != nil:
		b = append(b, ' ')
		b = AppendEnvelope(b, p.Message.Header)
		b = append(b, ' ')
		b = AppendStructure(b, p.Message, extended)
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(p.Lines), 10)
	case kind == "text":
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(p.Lines), 10)
	}
	if extended {
		b = append(b, ' ')
		b = AppendNString(b, p.MD5, p.MD5 != "")
		b = appendExtension(b, p)
	}
	return append(b, ')')
}

func appendMultipart(b []byte, p *courriel.Part, extended bool) []byte {
	b = append(b, '(')
	for _, child := range p.Parts {
		b = AppendStructure(b, child, extended)
	}
	if len(p.Parts) == 0 { // the grammar wants one
		b = append(b, `("text" "plain" NIL NIL NIL "7bit" 0 0)`...)
	}
	b = append(b, ' ')
	b = AppendQuoted(b, p.Subtype)
	if extended {
		b = append(b, ' ')
		b = appendParams(b, p.Params)
		b = appendExtension(b, p)
	}
	return append(b, ')')
}

// appendExtension writes disposition, language and location.
func appendExtension(b []byte, p *courriel.Part) []byte {
	b = append(b, ' ')
	if p.Disposition == "" {
		b = append(b, "NIL"...)
	} else {
		b = append(b, '(')
		b = AppendQuoted(b, p.Disposition)
		b = append(b, ' ')
		b = appendParams(b, p.DispositionParams)
		b = append(b, ')')
	}
	b = append(b, ' ')
	switch len(p.Language) {
	case 0:
		b = append(b, "NIL"...)
	case 1:
		b = AppendQuoted(b, p.Language[0])
	default:
		b = append(b, '(')
		for i, l := range p.Language {
			if i > 0 {
				b = append(b, ' ')
			}
			b = AppendQuoted(b, l)
		}
		b = append(b, ')')
	}
	b = append(b, ' ')
	return AppendNString(b, p.Location, p.Location != "")
}

// appendParams writes parameters; a value that is not ASCII goes in the form of RFC 2231, as a header
// would have it.
func appendParams(b []byte, list []courriel.Param) []byte {
	if len(list) == 0 {
		return append(b, "NIL"...)
	}
	b = append(b, '(')
	for i, p := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		name, value := p.Name, p.Value
		if !ascii(value) {
			name, value = name+"*", extendedValue(value)
		}
		b = AppendQuoted(b, name)
		b = append(b, ' ')
		b = AppendQuoted(b, value)
	}
	return append(b, ')')
}

// extendedValue is utf-8”%C3%A9. spec: RFC 2231 4
func extendedValue(v string) string {
	const hex = "0123456789ABCDEF"
	out := []byte("utf-8''")
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' {
			out = append(out, c)
			continue
		}
		out = append(out, '%', hex[c>>4], hex[c&15])
	}
	return string(out)
}
