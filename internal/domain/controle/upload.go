package controle

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a form around a document.
const (
	maxFields = 64 << 10 // fields and boundaries beside the document
	maxParts  = 20
	maxField  = 1 << 10
	// maxPacked is how much a page carries to be sent again; a larger document must be chosen again.
	maxPacked = 4 << 20
)

// Upload is what a request carries.
type Upload struct {
	Name   string // as the sender calls it; "" when it does not
	Raw    []byte
	Fields map[string]string // of a form
}

// Field names of the form.
const (
	FieldFile   = "document" // a file; any part with a file name is taken for it
	FieldText   = "texte"    // the document pasted
	FieldPacked = "paquet"   // the document as a result page carries it (Pack)
)

// Read takes the document out of a body: the body itself under a media type of XML, or one part of
// a form.
func Read(contentType string, body io.Reader) (Upload, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		return Upload{}, ErrType.With(err)
	}
	body = &capped{body, MaxDocument + maxFields}
	if kind == "multipart/form-data" {
		return form(multipart.NewReader(body, params["boundary"]), params["boundary"])
	}
	if !document(kind) {
		return Upload{}, ErrType.At(kind)
	}
	raw, err := within(body, MaxDocument)
	if err != nil {
		return Upload{}, err
	}
	if len(raw) == 0 {
		return Upload{}, ErrEmpty
	}
	return Upload{Raw: raw}, nil
}

// document tells whether a media type may be that of an XML document. curl names a form when it is
// told nothing: what the bytes are is then seen by reading them.
func document(kind string) bool {
	switch kind {
	case "", "application/xml", "text/xml", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded":
		return true
	}
	return strings.HasSuffix(kind, "+xml")
}

// capped is a body that ends in ErrSize past its size.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, ErrSize
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// within reads a body up to a size.
func within(r io.Reader, size int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, size+1))
	if int64(len(b)) > size || errors.Is(err, ErrSize) {
		return nil, ErrSize
	}
	if err != nil {
		return nil, ErrForm.With(err)
	}
	return b, nil
}

// form reads the parts of a form, one after the other and in memory only.
func form(m *multipart.Reader, boundary string) (Upload, error) {
	if boundary == "" {
		return Upload{}, ErrForm
	}
	u := Upload{Fields: map[string]string{}}
	found := 0
	take := func(raw []byte) {
		if len(bytes.TrimSpace(raw)) > 0 {
			u.Raw = raw
			found++
		}
	}
	for n := 0; ; n++ {
		part, err := m.NextRawPart()
		if errors.Is(err, io.EOF) && n > 0 {
			break
		}
		if errors.Is(err, ErrSize) {
			return Upload{}, ErrSize
		}
		if err != nil || n >= maxParts {
			return Upload{}, ErrForm.With(err)
		}
		name, file := part.FormName(), part.FileName()
		switch {
		case file != "" || name == FieldFile:
			raw, err := within(part, MaxDocument)
			if err != nil {
				return Upload{}, err
			}
			if take(raw); len(raw) > 0 {
				u.Name = baseName(file)
			}
		case name == FieldText:
			raw, err := within(part, MaxDocument)
			if err != nil {
				return Upload{}, err
			}
			take(pasted(raw))
		case name == FieldPacked:
			raw, err := within(part, maxPacked)
			if err != nil {
				return Upload{}, err
			}
			if raw, err = unpack(raw); err != nil {
				return Upload{}, err
			}
			take(raw)
		default:
			v, err := within(part, maxField)
			if err != nil {
				return Upload{}, ErrForm.With(err)
			}
			u.Fields[name] = string(v)
		}
	}
	switch {
	case found == 0:
		return Upload{}, ErrEmpty
	case found > 1:
		return Upload{}, ErrForm
	}
	if u.Name == "" {
		u.Name = baseName(u.Fields["nom"])
	}
	return u, nil
}

// baseName keeps the last name of a path, bounded.
func baseName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > 120 {
		s = string(r[:119]) + "…"
	}
	return s
}

// declaration is an XML declaration that names a single-byte encoding.
var declaration = regexp.MustCompile(`^<\?xml[^>]{0,200}?encoding\s*=\s*["']((?i)ISO-?8859-1|LATIN1|ISO-?8859-15|WINDOWS-1252|CP1252)["']`)

// pasted gives the bytes a pasted text stands for: lines end as they did before the form, and the
// encoding is the one the declaration names, which the form does not know. A text that does not
// fit in that encoding is declared as what it is.
func pasted(raw []byte) []byte {
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	raw = bytes.TrimLeft(raw, " \t\n\r")
	name := declaration.FindSubmatchIndex(raw)
	if name == nil || !utf8.Valid(raw) {
		return raw
	}
	if out, ok := latin1(raw); ok {
		return out
	}
	return slices.Concat(raw[:name[2]], []byte("UTF-8"), raw[name[3]:])
}

// latin1 writes a text in a byte a character, when all of its characters are the same in every
// single-byte encoding of western Europe.
func latin1(text []byte) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		switch r {
		case 0xA4, 0xA6, 0xA8, 0xB4, 0xB8, 0xBC, 0xBD, 0xBE: // ISO-8859-15 differs here
			return nil, false
		}
		if r >= 0x80 && r < 0xA0 || r > 0xFF {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, true
}

// Pack gives the text in which a page carries a document, so that it can be sent again without
// being kept here; "" when it is too large for that.
func Pack(raw []byte) string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // to memory: it cannot fail
	_, _ = z.Write(raw)
	_ = z.Close()
	if base64.StdEncoding.EncodedLen(b.Len()) > maxPacked {
		return ""
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// unpack reads what Pack wrote, or what somebody made up.
func unpack(text []byte) ([]byte, error) {
	if len(text) == 0 {
		return nil, nil
	}
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text)))
	if err != nil {
		return nil, ErrForm.With(err)
	}
	return within(z, MaxDocument)
}
