package imap

import (
	"strings"
)

// readList reads LIST in both of its forms.
// spec: RFC 5258 6
func readList(s *scanner) any {
	a := &List{}
	if s.peek() == '(' {
		a.Extended = true
		s.list(maxOptions, func() { a.selection(s, s.word()) })
		s.space()
	}
	a.Reference = s.listed()
	s.space()
	if s.peek() == '(' {
		a.Extended = true
		s.list(maxPatterns, func() { a.Patterns = append(a.Patterns, s.listed()) })
	} else {
		a.Patterns = []string{s.listed()}
	}
	if s.more() {
		s.space()
		if s.word() != "RETURN" {
			s.fail("RETURN")
		}
		a.Extended = true
		s.space()
		s.list(maxOptions, func() { a.returned(s, s.word()) })
	}
	if a.Recursive && !a.OnlySubscribed { // spec: RFC 5258 3.1 RECURSIVEMATCH needs another option beside it
		s.fail("SUBSCRIBED beside RECURSIVEMATCH")
	}
	return a
}

func readLSub(s *scanner) any {
	a := &List{OnlySubscribed: true, Reference: s.listed()}
	s.space()
	a.Patterns = []string{s.listed()}
	return a
}

func (a *List) selection(s *scanner, w string) {
	switch w {
	case "SUBSCRIBED":
		a.OnlySubscribed, a.Subscribed = true, true
	case "REMOTE":
		a.Remote = true
	case "RECURSIVEMATCH":
		a.Recursive = true
	case "SPECIAL-USE":
		a.OnlySpecialUse, a.SpecialUse = true, true
	default:
		s.fail("SUBSCRIBED, REMOTE, RECURSIVEMATCH or SPECIAL-USE")
	}
}

func (a *List) returned(s *scanner, w string) {
	switch w {
	case "SUBSCRIBED":
		a.Subscribed = true
	case "CHILDREN":
		a.Children = true
	case "SPECIAL-USE":
		a.SpecialUse = true
	case "STATUS":
		s.space()
		a.Status = s.statusItems()
	default:
		s.fail("SUBSCRIBED, CHILDREN, SPECIAL-USE or STATUS")
	}
}

// listed is a mailbox name with wildcards, decoded.
func (s *scanner) listed() string {
	var raw string
	if c := s.peek(); c == '"' || c == '{' {
		raw = s.str()
	} else if raw = s.while(isListed); raw == "" {
		s.fail("a mailbox name or pattern")
	}
	name, err := DecodeName(raw)
	if err != nil || len(name) > maxName {
		s.refuse(ErrName)
	}
	return name
}

// MatchName reports whether a mailbox name answers a pattern: * is any octets, % any octets but the
// delimiter. INBOX compares without regard to case. The time is bounded by the product of the two lengths.
// spec: RFC 3501 6.3.8
func MatchName(pattern, name string, delimiter byte) bool {
	if n := len("INBOX"); len(pattern) >= n && strings.EqualFold(pattern[:n], "INBOX") && (len(pattern) == n || pattern[n] == delimiter) {
		pattern = "INBOX" + pattern[n:]
	}
	// at[i] says that the pattern read so far may stand before octet i of the name.
	at := make([]bool, len(name)+1)
	at[0] = true
	for k := 0; k < len(pattern); k++ {
		switch c := pattern[k]; c {
		case '*', '%':
			open := false
			for i := range at {
				open = open || at[i]
				at[i] = open
				if c == '%' && i < len(name) && name[i] == delimiter {
					open = false
				}
			}
		default:
			for i := len(name); i > 0; i-- {
				at[i] = at[i-1] && name[i-1] == c
			}
			at[0] = false
		}
	}
	return at[len(name)]
}
