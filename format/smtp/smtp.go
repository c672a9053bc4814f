// Package smtp is the wire form of SMTP: commands and their parameters, replies, and the bytes
// that follow DATA.
//
// Standard: RFC 5321, with SIZE (1870), 8BITMIME (6152), PIPELINING (2920), ENHANCEDSTATUSCODES
// (2034, 3463), DSN (3461), CHUNKING (3030), AUTH (4954). Lines end by CR LF and nothing else: a
// bare CR or LF is refused, because two servers that disagree on where a message ends let one
// message hide another (SMTP smuggling). Missing: SMTPUTF8, BINARYMIME.
// Start with ParseCommand, DataReader and ReadReply.
package smtp

import (
	"errors"
	"strconv"
	"strings"
)

// Bounds of the wire. RFC 5321 asks for 512 octets in a command line; extensions add to it.
const (
	MaxCommand = 2048
	MaxPath    = 256
	MaxLocal   = 64
	MaxDomain  = 255
	maxParams  = 16
)

// What a reader of the wire may say.
var (
	ErrBareNewline = errors.New("smtp: a bare CR or LF")
	ErrLongLine    = errors.New("smtp: a command line is too long")
	ErrSyntax      = errors.New("smtp: syntax")
	ErrPath        = errors.New("smtp: path")
	ErrParameter   = errors.New("smtp: parameter")
)

// Command is one command line.
type Command struct {
	Verb string // upper case
	Rest string // what follows, without the blanks around
}

// ParseCommand reads a line without its CR LF.
func ParseCommand(line []byte) (Command, error) {
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 127 {
			return Command{}, ErrSyntax
		}
	}
	verb, rest, _ := strings.Cut(strings.TrimRight(string(line), " \t"), " ")
	if verb == "" || len(verb) > 12 {
		return Command{}, ErrSyntax
	}
	for i := range len(verb) {
		if c := verb[i] | 0x20; c < 'a' || c > 'z' {
			return Command{}, ErrSyntax
		}
	}
	return Command{Verb: strings.ToUpper(verb), Rest: strings.Trim(rest, " \t")}, nil
}

// Param is an ESMTP parameter.
type Param struct{ Name, Value string } // Name in upper case

// ParsePath reads the argument of MAIL (prefix "FROM:") or RCPT ("TO:"): a path between angle
// brackets, then parameters. A source route is ignored as RFC 5321 asks. The path is "" for <>.
func ParsePath(rest, prefix string) (path string, params []Param, err error) {
	if len(rest) < len(prefix) || !strings.EqualFold(rest[:len(prefix)], prefix) {
		return "", nil, ErrSyntax
	}
	rest = strings.TrimLeft(rest[len(prefix):], " ")
	if !strings.HasPrefix(rest, "<") {
		return "", nil, ErrSyntax
	}
	end := pathEnd(rest)
	if end < 0 {
		return "", nil, ErrPath
	}
	path, rest = rest[1:end], rest[end+1:]
	if strings.HasPrefix(path, "@") { // source route
		_, after, ok := strings.Cut(path, ":")
		if !ok {
			return "", nil, ErrPath
		}
		path = after
	}
	if path != "" && !strings.EqualFold(path, "postmaster") {
		if err := checkMailbox(path); err != nil {
			return "", nil, err
		}
	}
	params, err = parseParams(rest)
	return path, params, err
}

// pathEnd finds the > that closes a path, outside quotes.
func pathEnd(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '>' && !quoted:
			return i
		}
	}
	return -1
}

// checkMailbox accepts local@domain with a dot-string or a quoted local part. Address literals are
// refused: no mailbox of the espace de confiance has one. Octets beyond ASCII are accepted in the
// domain alone (internationalised names, sent raw by some clients).
func checkMailbox(path string) error {
	at := strings.LastIndexByte(path, '@')
	if at <= 0 || at == len(path)-1 || len(path) > MaxPath+MaxLocal {
		return ErrPath
	}
	local, domain := path[:at], path[at+1:]
	if len(local) > MaxLocal || len(domain) > MaxDomain {
		return ErrPath
	}
	if local[0] == '"' {
		if len(local) < 3 || local[len(local)-1] != '"' {
			return ErrPath
		}
		for i := 1; i < len(local)-1; i++ {
			c := local[i]
			if c == '\\' && i < len(local)-2 {
				i++
				continue
			}
			if c < ' ' || c > '~' || c == '"' || c == '\\' {
				return ErrPath
			}
		}
	} else if !dotString(local) {
		return ErrPath
	}
	for _, label := range strings.Split(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return ErrPath
		}
		for i := range len(label) {
			if c := label[i]; c < 0x80 && !letterDigit(c) && c != '-' && c != '_' {
				return ErrPath
			}
		}
	}
	return nil
}

func dotString(s string) bool {
	last := byte('.')
	for i := range len(s) {
		c := s[i]
		if c == '.' && last == '.' || c != '.' && !atext(c) {
			return false
		}
		last = c
	}
	return last != '.'
}

func letterDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func atext(c byte) bool { return letterDigit(c) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0 }

func parseParams(s string) ([]Param, error) {
	if s != "" && s[0] != ' ' {
		return nil, ErrSyntax
	}
	fields := strings.Fields(s)
	if len(fields) > maxParams {
		return nil, ErrParameter
	}
	var out []Param
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		name = strings.ToUpper(name)
		if name == "" {
			return nil, ErrParameter
		}
		for _, p := range out {
			if p.Name == name {
				return nil, ErrParameter
			}
		}
		out = append(out, Param{name, value})
	}
	return out, nil
}

// DecodeXtext reads the xtext of ORCPT and ENVID. spec: RFC 3461 4
func DecodeXtext(s string) (string, error) {
	if !strings.ContainsRune(s, '+') {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", ErrParameter
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil || n < ' ' || n == 127 {
			return "", ErrParameter // control characters would end up in a header
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), nil
}

// EncodeXtext writes xtext.
func EncodeXtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < '!' || c > '~' || c == '+' || c == '=' {
			b.WriteString("+" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
