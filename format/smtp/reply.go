package smtp

import (
	"bufio"
	"fmt"
	"strings"
)

// Reply is an answer of a server.
type Reply struct {
	Code     int
	Enhanced string // "5.1.1", empty when there is none
	Lines    []string
}

// Text gives the lines as one sentence.
func (r *Reply) Text() string { return strings.Join(r.Lines, " ") }

// OK tells a positive completion.
func (r *Reply) OK() bool { return r.Code/100 == 2 }

func (r *Reply) String() string {
	if r.Enhanced != "" {
		return fmt.Sprintf("%d %s %s", r.Code, r.Enhanced, r.Text())
	}
	return fmt.Sprintf("%d %s", r.Code, r.Text())
}

// maxReplyLines bounds an answer.
const maxReplyLines = 100

// ReadReply reads an answer of one or several lines. Line ends are read leniently.
func ReadReply(r *bufio.Reader) (*Reply, error) {
	out := &Reply{}
	for n := 0; ; n++ {
		line, err := r.ReadSlice('\n')
		if err == bufio.ErrBufferFull || n == maxReplyLines {
			return nil, ErrLongLine
		}
		if err != nil {
			return nil, err
		}
		s := strings.Map(printable, strings.TrimRight(string(line), "\r\n"))
		if len(s) < 3 || !digits(s[:3]) || s[0] < '2' || s[0] > '5' {
			return nil, ErrSyntax
		}
		code := int(s[0]-'0')*100 + int(s[1]-'0')*10 + int(s[2]-'0')
		if n > 0 && code != out.Code {
			return nil, ErrSyntax
		}
		out.Code = code
		more := len(s) > 3 && s[3] == '-'
		if len(s) > 3 && s[3] != '-' && s[3] != ' ' {
			return nil, ErrSyntax
		}
		text := strings.TrimSpace(s[min(4, len(s)):])
		if e, rest := cutEnhanced(text); e != "" && e[0] == s[0] {
			out.Enhanced, text = e, rest
		}
		out.Lines = append(out.Lines, text)
		if !more {
			return out, nil
		}
	}
}

// printable keeps control characters out of what is told of a peer.
func printable(r rune) rune {
	if r < ' ' || r == 127 {
		return ' '
	}
	return r
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// cutEnhanced takes an enhanced status code from the start of a text. spec: RFC 3463
func cutEnhanced(s string) (code, rest string) {
	head, rest, _ := strings.Cut(s, " ")
	f := strings.Split(head, ".")
	if len(f) != 3 || len(f[0]) != 1 || !strings.Contains("245", f[0]) || !short(f[1]) || !short(f[2]) {
		return "", s
	}
	return head, rest
}

func short(s string) bool { return s != "" && len(s) <= 3 && digits(s) }

// AppendReply writes an answer. Text beyond ASCII is folded: nobody agreed on SMTPUTF8.
func AppendReply(b []byte, code int, enhanced string, lines ...string) []byte {
	if len(lines) == 0 {
		lines = []string{"OK"}
	}
	for i, line := range lines {
		sep := byte('-')
		if i == len(lines)-1 {
			sep = ' '
		}
		b = append(b, byte('0'+code/100), byte('0'+code/10%10), byte('0'+code%10), sep)
		if enhanced != "" {
			b = append(append(b, enhanced...), ' ')
		}
		b = append(appendASCII(b, line), '\r', '\n')
	}
	return b
}

// maxReplyLine bounds one line of an answer. spec: RFC 5321 4.5.3.1.5
const maxReplyLine = 480

func appendASCII(b []byte, s string) []byte {
	start := len(b)
	for _, r := range s {
		if len(b)-start >= maxReplyLine {
			break
		}
		switch {
		case r >= ' ' && r <= '~':
			b = append(b, byte(r))
		case r < ' ':
			b = append(b, ' ')
		default:
			b = append(b, plain(r)...)
		}
	}
	return b
}

func plain(r rune) string {
	const from, to = "àâäçéèêëîïôöùûüÿÀÂÇÉÈÊËÎÏÔÙÛ’«»–—…", "aaaceeeeiioouuuyAACEEEEIIOUU'\"\"--."
	i := 0
	for _, f := range from {
		if f == r {
			return to[i : i+1]
		}
		i++
	}
	switch r {
	case 'œ':
		return "oe"
	case 'Œ':
		return "OE"
	case '\u00a0', '\u202f':
		return " "
	}
	return "?"
}
