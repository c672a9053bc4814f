package courriel

import (
	"bytes"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/finding"
)

// Message is a message that was read. It is safe for concurrent use as long as nobody writes to Raw.
type Message struct {
	Raw  []byte
	Root *Part // its Header is the header of the message
}

// Part is a node of the tree: the message itself, a part of a multipart, or an embedded message.
//
// A part whose Type is "multipart" always has Parts: a multipart without boundary or without parts
// is read as text/plain. A message/rfc822 (or message/global) part has its Message unless it is
// encoded against the rules, then Open gives it.
type Part struct {
	Number string // as IMAP counts: "1", "2.1"; "" for a multipart that is the root of a message
	Header Header
	// Offsets in Message.Raw: the header block, the first byte of the body, the byte after the last.
	// The line break before a boundary belongs to the boundary.
	Start, Body, End  int
	Type, Subtype     string // lower case
	Params            []Param
	Disposition       string // lower case; "" when absent
	DispositionParams []Param
	ID                string // Content-ID without angle brackets
	Description       string // decoded
	Encoding          string // lower case; "7bit" when absent
	MD5, Location     string
	Language          []string
	Lines             int     // line ends in the body as transmitted
	Parts             []*Part // children of a multipart
	Message           *Part   // root of the embedded message, offsets in the same Raw
}

// Parse reads a message that is in memory. Findings say what is broken and where; the error is a
// *finding.Refusal and only comes when a limit of this package is passed.
func Parse(raw []byte) (*Message, []finding.Finding, error) {
	r := reader{raw: raw, line: 1}
	r.lines()
	root, _, err := r.part(place{base: ""}, 0, 0)
	if err != nil {
		return nil, r.findings, err
	}
	return &Message{Raw: raw, Root: root}, r.findings, nil
}

// reader is the state of one reading.
type reader struct {
	raw           []byte
	stack         []string // boundaries that are open, the outermost first
	parts, fields int
	first         int // offset of the first field of the header read last

	findings     []finding.Finding
	said         map[*remark]int
	line, lineAt int
}

// place says which number a part has, or from which one it is to be made.
type place struct {
	number string // of a part of a multipart
	base   string // of the message part around a root
	inside bool   // a part of a multipart
	digest bool   // of a multipart/digest, where messages are the default
}

// part reads the part at start, up to the delimiter that ends it, which is given.
func (r *reader) part(at place, start, depth int) (*Part, delimiter, error) {
	if depth > MaxDepth {
		return nil, delimiter{}, ErrDepth
	}
	if r.parts++; r.parts > MaxParts {
		return nil, delimiter{}, ErrParts
	}
	h, body, err := r.header(start, !at.inside)
	if err != nil {
		return nil, delimiter{}, err
	}
	p := &Part{Header: h, Start: start, Body: body}
	r.describe(p, at.digest)
	boundary := ""
	if p.Type == "multipart" {
		if boundary, err = r.boundary(p); err != nil {
			return nil, delimiter{}, err
		}
	}
	p.Number = at.number
	inner := at.number
	if !at.inside {
		p.Number, inner = join(at.base, 1), join(at.base, 1)
		if boundary != "" {
			p.Number, inner = "", at.base
		}
	}
	var end delimiter
	switch {
	case boundary != "":
		end, err = r.children(p, boundary, inner, depth)
		if len(p.Parts) == 0 && err == nil {
			p.Type, p.Subtype, p.Params = "text", "plain", nil
			if !at.inside {
				p.Number = join(at.base, 1)
			}
		}
	case p.isMessage() && !p.encoded():
		p.Message, end, err = r.part(place{base: inner}, body, depth+1)
	default:
		end = r.next(body, body)
	}
	if err != nil {
		return nil, delimiter{}, err
	}
	p.End = max(end.end, p.Body)
	// A header that runs into a boundary has an empty body just before it: parents go as far.
	if n := len(p.Parts); n > 0 {
		p.End = max(p.End, p.Parts[n-1].End)
	}
	if p.Message != nil {
		p.End = max(p.End, p.Message.End)
	}
	if p.Type != "multipart" {
		p.Lines = bytes.Count(r.raw[p.Body:p.End], newline)
	}
	return p, end, nil
}

func join(base string, n int) string {
	if base == "" {
		return strconv.Itoa(n)
	}
	return base + "." + strconv.Itoa(n)
}

// children reads the parts of a multipart whose body begins at p.Body.
// spec: RFC 2046 5.1.1
func (r *reader) children(p *Part, boundary, number string, depth int) (delimiter, error) {
	level := len(r.stack)
	r.stack = append(r.stack, boundary)
	end := r.next(p.Body, p.Body)
	for end.level == level && !end.closing {
		child, after, err := r.part(place{number: join(number, len(p.Parts)+1), inside: true, digest: p.Subtype == "digest"}, end.after, depth+1)
		if err != nil {
			return end, err
		}
		p.Parts = append(p.Parts, child)
		end = after
	}
	r.stack = r.stack[:level]
	switch {
	case len(p.Parts) == 0:
		r.say(noPart, p.Start, p.Body, boundary)
	case end.level != level:
		r.say(notClosed, end.at, end.at, boundary)
	}
	if end.level == level { // closed: what follows up to an outer delimiter is the epilogue
		end = r.next(end.after, end.line)
	}
	return end, nil
}

func (p *Part) isMessage() bool {
	return p.Type == "message" && (p.Subtype == "rfc822" || p.Subtype == "global")
}

func (p *Part) encoded() bool { return p.Encoding == "base64" || p.Encoding == "quoted-printable" }

// boundary gives the boundary of a multipart, or makes text of it.
func (r *reader) boundary(p *Part) (string, error) {
	b := strings.TrimRight(paramOf(p.Params, "boundary"), " \t")
	switch {
	case b == "":
		r.say(noBoundary, p.Start, p.Body, "")
		p.Type, p.Subtype, p.Params = "text", "plain", nil
	case len(b) > MaxBoundary:
		return "", ErrBoundary
	case len(b) > niceBoundary:
		r.say(longBoundary, p.Start, p.Body, b)
	}
	return b, nil
}

// delimiter is a boundary line, or the end of the message.
type delimiter struct {
	level   int  // of the boundary in the stack; -1 at the end of the message
	closing bool // --boundary--
	at      int  // first byte of the line
	end     int  // where the content before it ends
	line    int  // where the line ends, its line break apart
	after   int  // first byte after the line
}

// next finds the next line that is one of the open boundaries; from begins a line, and the content
// before the boundary does not end before floor. One pass over the message serves all levels: it
// jumps from hyphen to hyphen, and past the rest of lines that have one.
func (r *reader) next(from, floor int) delimiter {
	eof := delimiter{level: -1, at: len(r.raw), end: len(r.raw), line: len(r.raw), after: len(r.raw)}
	if len(r.stack) == 0 {
		return eof
	}
	for pos := from; ; {
		k := bytes.IndexByte(r.raw[pos:], '-')
		if k < 0 {
			return eof
		}
		pos += k
		if pos+1 < len(r.raw) && r.raw[pos+1] == '-' && (pos == from || r.raw[pos-1] == '\n') {
			if d, ok := r.delimiter(pos, floor); ok {
				return d
			}
		}
		n := bytes.IndexByte(r.raw[pos:], '\n')
		if n < 0 {
			return eof
		}
		pos += n + 1
	}
}

// maxPadding is how much blank may follow a boundary on its line.
const maxPadding = 100

// delimiter says whether the line at, which begins with two hyphens, is an open boundary. The
// innermost one wins. A longer word that begins like a boundary is none.
func (r *reader) delimiter(at, floor int) (delimiter, bool) {
	longest := min(len(r.raw), at+MaxBoundary+4+maxPadding)
	line, after := r.raw[at+2:longest], longest
	if n := bytes.IndexByte(line, '\n'); n >= 0 {
		line, after = line[:n], at+2+n+1
	} else if longest < len(r.raw) {
		return delimiter{}, false
	}
	lineEnd := at + 2 + len(bytes.TrimSuffix(line, []byte{'\r'}))
	line = bytes.TrimRight(line, " \t\r")
	for level := len(r.stack) - 1; level >= 0; level-- {
		b := r.stack[level]
		closing := len(line) == len(b)+2 && string(line[len(b):]) == "--"
		if !closing && len(line) != len(b) || string(line[:len(b)]) != b {
			continue
		}
		end := at
		if end > floor && r.raw[end-1] == '\n' {
			if end--; end > floor && r.raw[end-1] == '\r' {
				end--
			}
		}
		return delimiter{level: level, closing: closing, at: at, end: end, line: lineEnd, after: after}, true
	}
	return delimiter{}, false
}

// Param gives a parameter of the type, "" when absent.
func (p *Part) Param(name string) string { return paramOf(p.Params, strings.ToLower(name)) }

// Filename gives the name the sender proposes, without any path, fit to be shown and to name a file;
// "" when there is none.
func (p *Part) Filename() string {
	name := paramOf(p.DispositionParams, "filename")
	if name == "" {
		name = paramOf(p.Params, "name")
	}
	return cleanName(name)
}

// cleanName takes the path and what hides the real name out of a file name.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(plainLine(name), `\`, "/"))
	if len(name) > maxNameLength {
		name = name[:maxNameLength]
		for !utf8.ValidString(name) {
			name = name[:len(name)-1]
		}
	}
	for before := ""; before != name; {
		before = name
		if len(name) > 1 && name[1] == ':' { // a drive of Windows
			name = name[2:]
		}
		name = strings.TrimRight(strings.Trim(name, " "), ". ")
	}
	if name == "/" {
		return ""
	}
	return name
}

// Walk calls fn on every part, depth first, into embedded messages too; false stops descending.
func (m *Message) Walk(fn func(*Part) bool) { m.Root.walk(fn) }

func (p *Part) walk(fn func(*Part) bool) {
	if p == nil || !fn(p) {
		return
	}
	for _, c := range p.Parts {
		c.walk(fn)
	}
	p.Message.walk(fn)
}

// Part gives the part with an IMAP number, or nil.
func (m *Message) Part(number string) *Part {
	var found *Part
	m.Walk(func(p *Part) bool {
		if found == nil && number != "" && p.Number == number {
			found = p
		}
		return found == nil
	})
	return found
}

// Open gives the message embedded in a part, also when it is encoded in base64 against the rules;
// nil when the part holds none. limit bounds the decoded size, 0 is no limit.
func (m *Message) Open(p *Part, limit int) (*Message, error) {
	if p.Message != nil {
		return &Message{Raw: m.Raw, Root: p.Message}, nil
	}
	if !p.isMessage() {
		return nil, nil
	}
	raw, err := m.Decode(p, limit)
	if err != nil {
		return nil, err
	}
	inner, _, err := Parse(raw)
	return inner, err
}
