package courriel

import (
	"bytes"
	"mime/quotedprintable"
	"strconv"
	"strings"
	"unicode/utf8"
)

// block is a part to write.
type block struct {
	kind     string   // Content-Type with its parameters, the boundary apart
	more     []string // further fields, ready
	encoding string   // base64 (content is encoded on the way), quoted-printable (already is), 8bit or ""
	content  []byte
	children []block
}

// text makes a text part: as it is when ASCII with short lines, else quoted-printable.
func (w *writer) text(field, subtype, s string) block {
	if !utf8.ValidString(s) {
		w.refuse(ErrUTF8.At(field))
	}
	b := block{kind: "text/" + subtype + "; charset=UTF-8"}
	s = string(lineEnds([]byte(s)))
	if s != "" && !strings.HasSuffix(s, "\r\n") {
		s += "\r\n"
	}
	if sevenBit(s) {
		b.content = []byte(s)
		return b
	}
	b.encoding = "quoted-printable"
	var out bytes.Buffer
	q := quotedprintable.NewWriter(&out)
	_, _ = q.Write([]byte(s)) // a buffer takes everything
	_ = q.Close()
	b.content = out.Bytes()
	return b
}

// sevenBit says whether a text can go as it is.
func sevenBit(s string) bool {
	start := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			start = i + 1
		case c >= 0x7F, c < ' ' && c != '\t' && c != '\r', i-start >= maxLine:
			return false
		}
	}
	return true
}

// lineEnds makes every line end CR LF.
func lineEnds(b []byte) []byte {
	n := bytes.Count(b, newline)
	if n == bytes.Count(b, []byte{'\r'}) && n == bytes.Count(b, []byte("\r\n")) {
		return b
	}
	out := make([]byte, 0, len(b)+n)
	for i, c := range b {
		switch {
		case c == '\n' && i > 0 && b[i-1] == '\r':
		case c == '\n' || c == '\r':
			out = append(out, "\r\n"...)
		default:
			out = append(out, c)
		}
	}
	return out
}

// attachment makes the part of a file.
func (w *writer) attachment(field string, a Attachment) block {
	for _, v := range []string{a.Name, a.Type, a.ContentID} {
		if err := checkValue(field, v); err != nil {
			w.refuse(err)
			return block{}
		}
	}
	kind, params, _ := splitParams(a.Type, true)
	if kind == "" {
		kind = "application/octet-stream"
	}
	main, sub, _ := strings.Cut(kind, "/")
	if !isToken(main) || !isToken(sub) || main == "multipart" || main == "message" && sub != "rfc822" {
		w.refuse(ErrType.At(field))
		return block{}
	}
	name := cleanName(a.Name)
	if main == "message" {
		return embedded(a.Bytes, name)
	}
	b := block{kind: kind, encoding: "base64", content: a.Bytes}
	for _, p := range params {
		if isToken(p.Name) && p.Name != "name" {
			b.kind += paramText(p.Name, p.Value)
		}
	}
	b.kind += paramText("name", name)
	b.dispose(a.Inline, name)
	if a.ContentID != "" {
		if err := checkID(field, a.ContentID); err != nil {
			w.refuse(err)
		}
		b.more = append(b.more, "Content-ID: <"+a.ContentID+">")
	}
	return b
}

func (b *block) dispose(inline bool, name string) {
	how := "attachment"
	if inline {
		how = "inline"
	}
	b.more = append(b.more, "Content-Disposition: "+how+paramText("filename", name))
}

// embedded makes the part of a whole message; it may be 7bit or 8bit, never encoded.
// spec: RFC 2046 5.2.1
func embedded(raw []byte, name string) block {
	b := block{kind: "message/rfc822", content: lineEnds(raw)}
	if highBytes(raw) {
		b.encoding = "8bit"
	}
	if name != "" {
		b.kind += paramText("name", name)
		b.dispose(false, name)
	}
	return b
}

// paramText writes a parameter on its own line: quoted when ASCII, else as RFC 2231 says, in
// sections when long. An empty value writes nothing.
func paramText(name, value string) string {
	const plain, section = 200, 60
	if value == "" {
		return ""
	}
	if printable(value) && len(value) <= plain && !strings.Contains(value, "=?") {
		return ";\r\n " + name + "=" + quote(value)
	}
	coded := "UTF-8''"
	var sections []string
	for i := 0; i < len(value); i++ {
		if c := value[i]; c > ' ' && c < 0x7F && strings.IndexByte(`()<>@,;:\"/[]?=*'%`, c) < 0 {
			coded += string(c)
		} else {
			coded += "%" + string(upperHex[c>>4]) + string(upperHex[c&15])
		}
		if len(coded) > section {
			sections = append(sections, coded)
			coded = ""
		}
	}
	if coded != "" {
		sections = append(sections, coded)
	}
	if len(sections) == 1 {
		return ";\r\n " + name + "*=" + sections[0]
	}
	var out strings.Builder
	for i, s := range sections {
		out.WriteString(";\r\n " + name + "*" + strconv.Itoa(i) + "*=" + s)
	}
	return out.String()
}
