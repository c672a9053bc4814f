package smtp

import (
	"bufio"
	"bytes"
	"io"
)

// MaxWaste is how much of an oversized message is read and thrown away so that the refusal can be
// said politely; beyond, the connection is closed.
const MaxWaste = 100 << 20

// ReadLine reads one line that ends by CR LF, without it. The slice is valid until the next read.
func ReadLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return nil, ErrLongLine
	}
	if err != nil {
		return nil, err
	}
	if len(line) > MaxCommand {
		return nil, ErrLongLine
	}
	if len(line) < 2 || line[len(line)-2] != '\r' || bytes.IndexByte(line[:len(line)-2], '\r') >= 0 {
		return nil, ErrBareNewline
	}
	return line[:len(line)-2], nil
}

// ReadData reads what follows DATA up to the line of one dot, and appends it to b without the dots
// that were added. grow is asked before b grows and may refuse. A message beyond limit is read to
// its end and reported by over. A bare CR or LF ends the reading at once.
// spec: RFC 5321 4.5.2
func ReadData(r *bufio.Reader, b []byte, limit int, grow func(capacity int) error) (out []byte, over bool, err error) {
	atStart, openCR, waste := true, false, 0 // openCR: a CR ended the last chunk
	for {
		line, err := r.ReadSlice('\n')
		whole := err == nil
		if err != nil && err != bufio.ErrBufferFull {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return b, over, err
		}
		cr := bytes.IndexByte(line, '\r')
		switch {
		case openCR && string(line) != "\n":
			return b, over, ErrBareNewline
		case openCR:
		case whole && (len(line) < 2 || cr != len(line)-2), !whole && cr >= 0 && cr != len(line)-1:
			return b, over, ErrBareNewline
		}
		openCR = !whole && cr >= 0
		if atStart && string(line) == ".\r\n" {
			return b, over, nil
		}
		if atStart && line[0] == '.' {
			line = line[1:]
		}
		atStart = whole
		if over || len(b)+len(line) > limit {
			over = true
			if waste += len(line); waste > MaxWaste {
				return b, over, io.ErrShortBuffer
			}
			continue
		}
		if len(b)+len(line) > cap(b) {
			if b, err = enlarge(b, len(line), limit, grow); err != nil {
				return b, over, err
			}
		}
		b = append(b, line...)
	}
}

// enlarge makes room, by doubling, never beyond limit.
func enlarge(b []byte, more, limit int, grow func(int) error) ([]byte, error) {
	n := min(max(2*cap(b), len(b)+more, 8<<10), max(limit, len(b)+more))
	if grow != nil {
		if err := grow(n); err != nil {
			return b, err
		}
	}
	return append(make([]byte, 0, n), b...), nil
}

// Strict tells whether every line of a message ends by CR LF and holds no other CR or LF:
// what BDAT brought is checked by it.
func Strict(b []byte) bool {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return bytes.IndexByte(b, '\r') < 0
		}
		if i == 0 || b[i-1] != '\r' || bytes.IndexByte(b[:i-1], '\r') >= 0 {
			return false
		}
		b = b[i+1:]
	}
	return true
}

// AppendData appends a message as it travels after DATA: dots doubled, line ends mended, the final
// dot.
func AppendData(dst, msg []byte) []byte {
	for len(msg) > 0 {
		i := bytes.IndexByte(msg, '\n')
		line := msg
		if i >= 0 {
			line, msg = msg[:i], msg[i+1:]
		} else {
			msg = nil
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		if bytes.IndexByte(line, '\r') >= 0 {
			line = bytes.ReplaceAll(line, []byte("\r"), nil)
		}
		if len(line) > 0 && line[0] == '.' {
			dst = append(dst, '.')
		}
		dst = append(dst, line...)
		dst = append(dst, '\r', '\n')
	}
	return append(dst, '.', '\r', '\n')
}
