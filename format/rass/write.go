package rass

import (
	"bufio"
	"io"
)

// Writer writes one file.
type Writer struct {
	out  *bufio.Writer
	cols []column
	buf  []byte
}

// NewWriter writes the header row: every name followed by a bar, the last one too.
func NewWriter(w io.Writer, k Kind) *Writer {
	d := &Writer{out: bufio.NewWriterSize(w, 256<<10), cols: columns[k]}
	for _, c := range d.cols {
		d.buf = append(append(d.buf, c.name...), '|')
	}
	d.buf = append(d.buf, '\n')
	_, _ = d.out.Write(d.buf)
	return d
}

// Write writes one row: get is asked for each field of the file. Bars, ends of lines and control
// characters inside a value become blanks: the syntax has no escape.
func (d *Writer) Write(get func(Field) string) error {
	d.buf = d.buf[:0]
	for _, c := range d.cols {
		for _, b := range []byte(get(c.field)) {
			if b == '|' || b < ' ' {
				b = ' '
			}
			d.buf = append(d.buf, b)
		}
		d.buf = append(d.buf, '|')
	}
	d.buf = append(d.buf, '\n')
	_, err := d.out.Write(d.buf)
	return err
}

// Flush writes what is waiting.
func (d *Writer) Flush() error { return d.out.Flush() }
