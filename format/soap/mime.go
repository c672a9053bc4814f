package soap

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// Limits of a multipart body. A submission set of a few hundred documents fits; more is an attack
// or a mistake.
const (
	maxParts       = 1024
	maxPartHeader  = 8 << 10
	maxBoundary    = 70 // spec: RFC 2046 5.1.1
	maxContentType = 2 << 10
)

// Part is one attachment.
type Part struct {
	ID          string // Content-ID without < >
	ContentType string
	Encoding    string // lower-case Content-Transfer-Encoding, "" when absent
	Raw         []byte // as received, a slice of the body
}

// Content gives the bytes of the part: Raw itself unless it is base64.
func (p *Part) Content() ([]byte, error) {
	if p.Encoding != "base64" {
		return p.Raw, nil
	}
	b, err := decodeBase64(p.Raw)
	if err != nil {
		return nil, ErrBase64.At("Content-ID " + p.ID).With(err)
	}
	return b, nil
}

// decodeBase64 ignores XML and MIME white space. It writes to fresh memory.
func decodeBase64(src []byte) ([]byte, error) {
	if bytes.IndexByte(src, ' ') >= 0 || bytes.IndexByte(src, '\t') >= 0 {
		clean := make([]byte, 0, len(src))
		for _, c := range src {
			if c != ' ' && c != '\t' {
				clean = append(clean, c)
			}
		}
		src = clean
	}
	dst := make([]byte, base64.StdEncoding.DecodedLen(len(src)))
	n, err := base64.StdEncoding.Decode(dst, src)
	return dst[:n], err
}

// mediaType is a Content-Type taken apart. It is read more leniently than package mime does:
// clients write type=application/xop+xml without quotes.
type mediaType struct {
	base   string
	params map[string]string
}

func parseMediaType(v string) (mediaType, bool) {
	if len(v) > maxContentType {
		return mediaType{}, false
	}
	base, rest, _ := strings.Cut(v, ";")
	m := mediaType{strings.ToLower(strings.TrimSpace(base)), map[string]string{}}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		if rest[0] == ';' {
			rest = rest[1:]
			continue
		}
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return m, false
		}
		name = strings.ToLower(strings.TrimSpace(name))
		after = strings.TrimLeft(after, " \t")
		var val string
		if strings.HasPrefix(after, `"`) {
			if val, rest, ok = quoted(after[1:]); !ok {
				return m, false
			}
		} else {
			val, rest, _ = strings.Cut(after, ";")
			val = strings.TrimSpace(val)
		}
		if _, twice := m.params[name]; twice {
			return m, false
		}
		m.params[name] = val
	}
	return m, m.base != ""
}

func quoted(s string) (val, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// splitParts cuts a multipart body at its boundary.
func splitParts(body []byte, boundary string) ([]Part, *finding.Refusal) {
	if boundary == "" || len(boundary) > maxBoundary || strings.ContainsAny(boundary, "\r\n") {
		return nil, ErrBoundary
	}
	delim := "--" + boundary
	_, last, ok := nextDelimiter(body, 0, delim)
	if !ok {
		return nil, ErrNoPart
	}
	var parts []Part
	for !last.closing {
		if len(parts) == maxParts {
			return nil, ErrParts
		}
		from := last.after
		pos, end, ok := nextDelimiter(body, from, delim)
		if !ok {
			return nil, ErrTruncated.At("octet/byte " + strconv.Itoa(len(body)))
		}
		p, bad := readPart(body[from:pos:pos])
		if bad != nil {
			return nil, bad.At("partie/part " + strconv.Itoa(len(parts)+1))
		}
		parts = append(parts, p)
		last = end
	}
	if len(parts) == 0 {
		return nil, ErrNoPart
	}
	return parts, nil
}

type delimiter struct {
	after   int // first byte of the next part
	closing bool
}

// nextDelimiter finds the next delimiter line; pos is where the part before it ends. Lines may end
// in LF alone: real clients do that.
func nextDelimiter(body []byte, from int, delim string) (pos int, d delimiter, ok bool) {
	for i := from; ; {
		k := bytes.Index(body[i:], []byte(delim))
		if k < 0 {
			return 0, d, false
		}
		at := i + k
		i = at + len(delim)
		if at > 0 && body[at-1] != '\n' {
			continue
		}
		j := i
		if bytes.HasPrefix(body[j:], []byte("--")) {
			d.closing = true
			j += 2
		}
		for j < len(body) && (body[j] == ' ' || body[j] == '\t') {
			j++
		}
		switch {
		case j < len(body) && body[j] == '\n':
			j++
		case j+1 < len(body) && body[j] == '\r' && body[j+1] == '\n':
			j += 2
		case d.closing && (j == len(body) || body[j] == '\r'):
		default:
			d.closing = false
			continue // a longer word that begins like the boundary
		}
		d.after = j
		// the line break before the delimiter belongs to it
		pos = at
		if pos > from {
			if pos--; pos > from && body[pos-1] == '\r' {
				pos--
			}
		}
		return pos, d, true
	}
}

// readPart reads the header of a part; what follows the empty line is its content.
func readPart(b []byte) (Part, *finding.Refusal) {
	p := Part{}
	for pos := 0; ; {
		n := bytes.IndexByte(b[pos:], '\n')
		if n < 0 || pos+n > maxPartHeader {
			return p, ErrPartHeader
		}
		line := bytes.TrimSuffix(b[pos:pos+n], []byte{'\r'})
		pos += n + 1
		if len(line) == 0 {
			p.Raw = b[pos:len(b):len(b)]
			return p, nil
		}
		value := string(line)
		// folded lines; spec: RFC 5322 2.2.3
		for pos < len(b) && (b[pos] == ' ' || b[pos] == '\t') {
			n := bytes.IndexByte(b[pos:], '\n')
			if n < 0 || pos+n > maxPartHeader {
				return p, ErrPartHeader
			}
			value += " " + string(bytes.TrimSpace(b[pos:pos+n]))
			pos += n + 1
		}
		name, v, ok := strings.Cut(value, ":")
		if !ok || name == "" {
			return p, ErrPartHeader
		}
		v = strings.TrimSpace(v)
		switch strings.ToLower(name) {
		case "content-id":
			if p.ID != "" {
				return p, ErrPartHeader
			}
			p.ID = bareID(v)
		case "content-type":
			p.ContentType = v
		case "content-transfer-encoding":
			p.Encoding = strings.ToLower(v)
			switch p.Encoding {
			case "binary", "8bit", "7bit", "base64":
			default:
				return p, ErrTransfer
			}
		}
	}
}

func bareID(v string) string {
	v = strings.TrimSpace(v)
	if len(v) >= 2 && v[0] == '<' && v[len(v)-1] == '>' {
		return v[1 : len(v)-1]
	}
	return v
}

// cidOf gives the Content-ID a "cid:" reference names.
// spec: RFC 2392
func cidOf(href string) (string, bool) {
	if len(href) < 5 || !strings.EqualFold(href[:4], "cid:") {
		return "", false
	}
	id, err := url.PathUnescape(href[4:])
	return id, err == nil && id != ""
}
