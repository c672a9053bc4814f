package courriel

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// once lists the fields that a header holds at most one of.
// spec: RFC 5322 3.6
var once = []string{"date", "from", "sender", "reply-to", "to", "cc", "message-id", "in-reply-to", "references", "subject",
	"mime-version", "content-type", "content-transfer-encoding", "content-disposition", "content-id"}

// describe reads the MIME fields of a part and remarks on its header.
func (r *reader) describe(p *Part, digest bool) {
	p.Type, p.Subtype, p.Encoding = "text", "plain", "7bit"
	if digest {
		p.Type, p.Subtype = "message", "rfc822"
	}
	if highBytes(r.raw[p.Start:p.Body]) {
		r.remarkHigh(p.Header)
	}
	var seen [15]bool
	for i := range p.Header {
		f := &p.Header[i]
		at := onceIndex(f.Name)
		if at >= 0 {
			if seen[at] {
				r.sayField(repeatedField, p.Header, f)
				continue
			}
			seen[at] = true
		}
		if bytes.Contains(f.Raw, []byte("=?")) {
			if _, whole := decodeWords(f.Value()); !whole {
				r.sayField(brokenWord, p.Header, f)
			}
		}
		if len(f.Name) < 10 || !strings.EqualFold(f.Name[:8], "content-") {
			continue
		}
		switch strings.ToLower(f.Name[8:]) {
		case "type":
			r.contentType(p, f)
		case "transfer-encoding":
			word, _ := until(f.Value(), ";", true)
			if word = strings.ToLower(strings.TrimSpace(word)); word != "" {
				p.Encoding = word
			}
		case "disposition":
			var all bool
			if p.Disposition, p.DispositionParams, all = splitParams(toUTF8(f.Value()), false); !all {
				r.sayField(manyParams, p.Header, f)
			}
		case "id":
			p.ID = strings.Trim(f.Value(), "<> \t")
		case "description":
			p.Description = DecodeText(f.Value())
		case "md5":
			p.MD5 = f.Value()
		case "location":
			p.Location = strings.Join(strings.Fields(f.Value()), "")
		case "language":
			for _, l := range strings.Split(f.Value(), ",") {
				if l = strings.TrimSpace(l); l != "" && len(p.Language) < MaxParams {
					p.Language = append(p.Language, l)
				}
			}
		}
	}
	r.checkEncoding(p)
}

// contentType reads type, subtype and parameters; what cannot be read leaves text/plain.
// spec: RFC 2045 5.1
func (r *reader) contentType(p *Part, f *Field) {
	value, params, all := splitParams(toUTF8(f.Value()), true)
	if !all {
		r.sayField(manyParams, p.Header, f)
	}
	kind, sub, ok := strings.Cut(value, "/")
	kind, sub = strings.TrimSpace(kind), strings.TrimSpace(sub)
	if !ok || !isToken(kind) || !isToken(sub) {
		r.sayField(badType, p.Header, f)
		p.Type, p.Subtype = "text", "plain"
		return
	}
	p.Type, p.Subtype, p.Params = kind, sub, params
	if c := paramOf(params, "charset"); kind == "text" && c != "" && charsetOf(c) == charsetUnknown {
		r.sayField(unknownCharset, p.Header, f)
	}
}

// checkEncoding remarks on the transfer encoding.
// spec: RFC 2045 6.4
func (r *reader) checkEncoding(p *Part) {
	switch p.Encoding {
	case "7bit", "8bit", "binary":
	case "base64", "quoted-printable":
		if f := p.Header.field("Content-Transfer-Encoding"); f != nil && (p.Type == "multipart" || p.isMessage()) {
			r.sayField(encodedComposite, p.Header, f)
		}
	default:
		if f := p.Header.field("Content-Transfer-Encoding"); f != nil {
			r.sayField(badEncoding, p.Header, f)
		}
	}
}

// remarkHigh remarks on the fields that are not ASCII.
func (r *reader) remarkHigh(h Header) {
	for i := range h {
		switch f := &h[i]; {
		case isASCII(f.Raw):
		case utf8.Valid(f.Raw):
			r.sayField(headerUTF8, h, f)
		default:
			r.sayField(header8bit, h, f)
		}
	}
}

// sayField remarks on a field of the header that was read last: fields follow one another from
// r.first on.
func (r *reader) sayField(k *remark, h Header, f *Field) {
	from := r.first
	for i := range h {
		if &h[i] == f {
			break
		}
		from += len(h[i].Raw)
	}
	r.say(k, from, from+len(f.Raw), f.Value())
}

func onceIndex(name string) int {
	for i, n := range once {
		if len(n) == len(name) && strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}

// isToken accepts the words of RFC 2045.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7F || strings.IndexByte(`()<>@,;:\"/[]?=`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// highBytes says whether some byte is not ASCII, eight at a time.
func highBytes(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return true
		}
		b = b[8:]
	}
	return !isASCII(b)
}

// lines remarks on the lines of the whole message: their ends, their length, null bytes. Nothing is
// looked at byte by byte unless something is wrong.
func (r *reader) lines() {
	if i := bytes.IndexByte(r.raw, 0); i >= 0 {
		r.say(nullByte, i, i+1, "")
	}
	if bytes.Count(r.raw, newline) != bytes.Count(r.raw, []byte{'\r'}) {
		for i, c := range r.raw {
			if c == '\n' && (i == 0 || r.raw[i-1] != '\r') || c == '\r' && (i+1 == len(r.raw) || r.raw[i+1] != '\n') {
				r.say(lineEnd, i, i+1, "")
				break
			}
		}
	}
	// A window one byte longer than a legal line always holds a line end when lines are legal.
	for pos := 0; len(r.raw)-pos > maxLine+2; {
		n := bytes.LastIndexByte(r.raw[pos:pos+maxLine+2], '\n')
		if n < 0 {
			r.say(longLine, pos, pos+maxLine+2, "")
			return
		}
		pos += n + 1
	}
}
