package imap

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/socle-sante/socle/format/finding"
)

// Bounds of what a client may send.
const (
	// MaxMessage is the largest message APPEND takes: the size limit of Mon espace santé.
	// spec: ENS 1.3 6
	MaxMessage = 25_000_000
	// maxLine bounds a command without its literals: a client that names every message of a crowded
	// mailbox one by one splits its command.
	maxLine = 64 << 10
	// maxLiteral bounds the literals of one command, the message of APPEND aside.
	maxLiteral = 256 << 10
	// maxEarlyLine and maxEarlyLiteral are the same before anybody is known: a token is the longest thing said.
	maxEarlyLine    = 16 << 10
	maxEarlyLiteral = 4 << 10
	// maxLiterals bounds how many literals a command has.
	maxLiterals = 64
	// maxDiscard is how much of a refused literal that comes without waiting is read to keep the connection.
	maxDiscard = 64 << 20
	// keptBuffer is the largest buffer a reader keeps between two commands.
	keptBuffer = 1 << 10
	// firstRead is how much memory is given to a literal before its octets come.
	firstRead = 256 << 10
)

// Limits bound one command.
type Limits struct {
	Line    int // octets of the command without its literals
	Literal int // octets of all its literals, the message of APPEND aside
	Message int // octets of the message of APPEND
}

// The limits before and after authentication.
var (
	Early = Limits{Line: maxEarlyLine, Literal: maxEarlyLiteral}
	Usual = Limits{Line: maxLine, Literal: maxLiteral, Message: MaxMessage}
)

// Reader reads commands. It keeps little memory between two of them. Not for concurrent use.
type Reader struct {
	R      *bufio.Reader
	Limits Limits
	// Continue tells the client to send the literal it has announced, and sends what was written before.
	Continue func() error
	// Admit is asked before the message of APPEND is read: an error refuses it unread. May be nil.
	Admit func(size int) error

	buf      []byte
	literals [][]byte
}

// Next reads one command. A *Fault is to be answered; the stream goes on unless it says Close. Other
// errors are those of the connection.
func (r *Reader) Next() (*Command, error) {
	defer r.forget()
	if err := r.raw(); err != nil {
		return nil, err
	}
	return Parse(r.buf, r.literals)
}

// Line reads one line that is no command: the answer to a challenge, or DONE.
func (r *Reader) Line(limit int) ([]byte, error) {
	defer r.forget()
	r.buf = r.buf[:0]
	if err := r.line(limit); err != nil {
		return nil, err
	}
	return bytes.Clone(r.buf), nil
}

func (r *Reader) forget() {
	r.literals = nil
	if cap(r.buf) > keptBuffer {
		r.buf = nil
	}
}

// raw reads a whole command: its text, where each literal stands as {n} CRLF, and the literals.
func (r *Reader) raw() error {
	r.buf, r.literals = r.buf[:0], nil
	used := 0
	var refused error
	for {
		start := len(r.buf)
		if err := r.line(r.Limits.Line - start); err != nil {
			return err
		}
		size, wait, ok := announced(r.buf[start:])
		if !ok {
			if refused != nil {
				return refused
			}
			return nil
		}
		message := isMessage(r.buf)
		err := refused
		switch {
		case err != nil:
		case message && size > int64(r.Limits.Message):
			err = r.fault(ErrTooBig)
		case !message && size > int64(r.Limits.Literal-used):
			err = r.fault(ErrLiteral)
		case len(r.literals) == maxLiterals:
			err = r.fault(ErrNested)
		case message && r.Admit != nil:
			if e := r.Admit(int(size)); e != nil {
				if err = e; finding.As(e) != nil {
					err = r.fault(finding.As(e))
				}
			}
		}
		if err != nil {
			if wait { // the client has not sent it, and will not
				return err
			}
			// spec: RFC 7888 4 a literal that does not wait is read even if it is refused, or the connection ends
			if size > maxDiscard {
				var f *Fault
				if errors.As(err, &f) {
					f.Close = true
				}
				return err
			}
			if _, e := io.CopyN(io.Discard, r.R, size); e != nil {
				return e
			}
			refused = err
			r.literals = append(r.literals, nil)
			r.buf = append(r.buf, '\r', '\n')
			continue
		}
		if wait {
			if err := r.Continue(); err != nil {
				return err
			}
		}
		b, err := readLiteral(r.R, int(size))
		if err != nil {
			return err
		}
		if !message {
			used += len(b)
		}
		r.literals = append(r.literals, b)
		r.buf = append(r.buf, '\r', '\n')
	}
}

// line appends one line to the buffer, without its end. A bare LF ends it too: no octet of a command
// means anything else.
func (r *Reader) line(limit int) error {
	start := len(r.buf)
	for {
		b, err := r.R.ReadSlice('\n')
		if len(r.buf)-start+len(b) > max(limit, 0)+2 {
			f := r.fault(ErrLine)
			f.Close = true
			return f
		}
		r.buf = append(r.buf, b...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) && len(r.buf) > 0 {
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
	r.buf = bytes.TrimSuffix(r.buf[:len(r.buf)-1], []byte("\r"))
	return nil
}

// readLiteral gives memory as the octets come: a size is only a promise.
func readLiteral(src io.Reader, n int) ([]byte, error) {
	b := make([]byte, 0, min(n, firstRead))
	for len(b) < n {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(n, 4*cap(b)))
			copy(grown, b)
			b = grown
		}
		m, err := io.ReadFull(src, b[len(b):cap(b)])
		b = b[:len(b)+m]
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// announced reads the {n} or {n+} that ends a line.
func announced(line []byte) (size int64, wait, ok bool) {
	if len(line) < 3 || line[len(line)-1] != '}' {
		return 0, false, false
	}
	open := bytes.LastIndexByte(line, '{')
	if open < 0 {
		return 0, false, false
	}
	digits, now := bytes.CutSuffix(line[open+1:len(line)-1], []byte("+"))
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false, false
		}
	}
	size, err := strconv.ParseInt(string(digits), 10, 64)
	return size, !now, err == nil
}

// isMessage reports whether the literal that ends the text is the message of APPEND: the mailbox came before.
func isMessage(text []byte) bool {
	_, rest, ok := bytes.Cut(text, []byte(" "))
	if !ok || len(rest) < 7 || !bytes.EqualFold(rest[:7], []byte("APPEND ")) {
		return false
	}
	rest = rest[7:bytes.LastIndexByte(rest, '{')]
	return len(bytes.TrimSpace(rest)) > 0
}

// fault answers under the tag read so far.
func (r *Reader) fault(refusal *finding.Refusal) *Fault {
	return &Fault{Tag: tagOf(r.buf), Refusal: refusal}
}
