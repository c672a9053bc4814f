// Package repertoire keeps the changes of the directory in one append-only file, and gives them
// back when the program starts.
//
// A group of changes is written in frames; the last one is marked and synced before the change is
// answered. What a crash left of an unfinished group is cut at the next opening; a damaged frame
// before the last group is an error, never silently skipped. Compaction writes the whole directory
// to a new file, then gives it the name of the old one. Missing: encryption (the directory is
// public data). Start with Open.
package repertoire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// Sizes of a frame.
const (
	headSize = 13       // length, CRC-32C of the part, kind, CRC-32C of the head before it
	maxFrame = 64 << 20 // a part has about one megabyte
)

// magic begins the file; the last character is the version of the format.
const magic = "SOCLEREP1\n"

// Kinds of frames.
const (
	more = 0
	last = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged is a frame that is not what was written, before the end of the file.
var ErrDamaged = errors.New("repertoire: the log is damaged before its end")

// Directory is what the log serves; internal/domain/annuaire implements it.
type Directory interface {
	Replay(next func() (part []byte, last bool, err error)) error
}

// Log is an open file. It is for the one writer the directory has.
type Log struct {
	path string
	f    *os.File
	end  int64 // end of the last whole group
	at   int64 // end of what is written
	err  error // after a failed cut nothing more is written
	head [headSize]byte
}

// Open opens or makes the file, replays it into d and cuts what a crash left unfinished.
func Open(path string, d Directory) (*Log, error) {
	_ = os.Remove(path + ".new") // a compaction that did not end
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l := &Log{path: path, f: f}
	if err := l.open(d); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

func (l *Log) open(d Directory) error {
	info, err := l.f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < int64(len(magic)) {
		return l.begin()
	}
	r := &reader{in: bufio.NewReaderSize(l.f, 1<<20), size: info.Size()}
	if err := r.magic(); err != nil {
		return err
	}
	l.end = r.at
	// A first reading finds the end of the last whole group; the second gives the groups.
	for {
		_, kind, err := r.next()
		if err != nil {
			return err
		}
		if kind < 0 {
			break
		}
		if kind == last {
			l.end = r.at
		}
	}
	if _, err := l.f.Seek(int64(len(magic)), io.SeekStart); err != nil {
		return err
	}
	r = &reader{in: bufio.NewReaderSize(l.f, 1<<20), size: l.end, at: int64(len(magic))}
	if err := d.Replay(func() ([]byte, bool, error) {
		part, kind, err := r.next()
		if err != nil || kind < 0 {
			return nil, false, err
		}
		return part, kind == last, nil
	}); err != nil {
		return err
	}
	return l.cut()
}

// begin writes the first bytes of a new file; an empty or unfinished one held nothing yet.
func (l *Log) begin() error {
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	if _, err := l.f.WriteAt([]byte(magic), 0); err != nil {
		return err
	}
	l.at, l.end = int64(len(magic)), int64(len(magic))
	if err := l.f.Sync(); err != nil {
		return err
	}
	return syncDir(l.path)
}

// cut takes away what comes after the last whole group.
func (l *Log) cut() error {
	l.at = l.end
	return l.f.Truncate(l.end)
}

// Append adds one part of a group; with last the whole group is on the disk when it returns. An
// error drops the group.
func (l *Log) Append(part []byte, isLast bool) error {
	if l.err != nil {
		return l.err
	}
	err := l.write(part, isLast)
	if err == nil && isLast {
		if err = l.f.Sync(); err == nil {
			l.end = l.at
		}
	}
	if err != nil {
		l.Drop()
		return err
	}
	return nil
}

func (l *Log) write(part []byte, isLast bool) error {
	if len(part) > maxFrame {
		return fmt.Errorf("repertoire: a part of %d bytes is too large", len(part))
	}
	h := l.head[:]
	binary.LittleEndian.PutUint32(h, uint32(len(part)))
	binary.LittleEndian.PutUint32(h[4:], crc32.Checksum(part, castagnoli))
	h[8] = more
	if isLast {
		h[8] = last
	}
	binary.LittleEndian.PutUint32(h[9:], crc32.Checksum(h[:9], castagnoli))
	if _, err := l.f.WriteAt(h, l.at); err != nil {
		return err
	}
	if _, err := l.f.WriteAt(part, l.at+headSize); err != nil {
		return err
	}
	l.at += headSize + int64(len(part))
	return nil
}

// Drop forgets the parts of a group that has no last one. If even that fails the log takes nothing
// more: its end is not known any longer.
func (l *Log) Drop() {
	if l.at == l.end && l.err == nil {
		if info, err := l.f.Stat(); err == nil && info.Size() == l.end {
			return
		}
	}
	if err := l.cut(); err != nil {
		l.err = fmt.Errorf("repertoire: the unfinished end could not be cut: %w", err)
	}
}

// Size gives the length of the file.
func (l *Log) Size() int64 { return l.at }

// Close closes the file.
func (l *Log) Close() error { return l.f.Close() }

// Compact replaces the file by one that holds dump's single group. The caller sees to it that
// nothing is appended meanwhile (Annuaire.Compact does).
func (l *Log) Compact(dump func(part func(b []byte, last bool) error) error) error {
	f, err := os.OpenFile(l.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	n := &Log{path: l.path, f: f}
	fail := func(err error) error {
		_ = f.Close()
		_ = os.Remove(l.path + ".new")
		return err
	}
	if err := n.begin(); err != nil {
		return fail(err)
	}
	if err := dump(n.Append); err != nil {
		return fail(err)
	}
	if n.end != n.at || n.at == int64(len(magic)) {
		return fail(errors.New("repertoire: the compaction wrote no whole group"))
	}
	if err := os.Rename(l.path+".new", l.path); err != nil {
		return fail(err)
	}
	old := l.f
	l.f, l.at, l.end = n.f, n.at, n.end
	_ = old.Close()
	return syncDir(l.path)
}

func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// reader reads frames up to size.
type reader struct {
	in   *bufio.Reader
	size int64
	at   int64
	buf  []byte
}

func (r *reader) magic() error {
	b := make([]byte, len(magic))
	if _, err := io.ReadFull(r.in, b); err != nil {
		return err
	}
	if string(b) != magic {
		return errors.New("repertoire: this file is not a log of the directory, or is of another version")
	}
	r.at = int64(len(magic))
	return nil
}

// next gives a frame; kind -1 at the end, or at what a crash left: a frame cut short, or a wrong
// one with nothing whole after it.
func (r *reader) next() (part []byte, kind int, err error) {
	var h [headSize]byte
	if r.size-r.at < headSize {
		return nil, -1, nil
	}
	if _, err := io.ReadFull(r.in, h[:]); err != nil {
		return nil, -1, err
	}
	n := int64(binary.LittleEndian.Uint32(h[:]))
	if crc32.Checksum(h[:9], castagnoli) != binary.LittleEndian.Uint32(h[9:]) || n > maxFrame || h[8] > last {
		return nil, -1, r.torn(h[:])
	}
	if r.size-r.at-headSize < n {
		return nil, -1, nil
	}
	if int64(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	part = r.buf[:n]
	if _, err := io.ReadFull(r.in, part); err != nil {
		return nil, -1, err
	}
	r.at += headSize + n
	if crc32.Checksum(part, castagnoli) != binary.LittleEndian.Uint32(h[4:]) {
		if r.at == r.size {
			return nil, -1, nil // the last frame, written in part
		}
		return nil, -1, r.torn(nil)
	}
	return part, int(h[8]), nil
}

// torn tells a torn tail from damage: a whole frame marked last after the place means damage.
func (r *reader) torn(seen []byte) error {
	window := append([]byte(nil), seen...)
	chunk := make([]byte, 64<<10)
	for {
		n, err := r.in.Read(chunk)
		window = append(window, chunk[:n]...)
		for i := 0; i+headSize <= len(window); i++ {
			h := window[i : i+headSize]
			if h[8] <= last && binary.LittleEndian.Uint32(h[9:]) == crc32.Checksum(h[:9], castagnoli) {
				return ErrDamaged
			}
		}
		if len(window) > headSize {
			window = append(window[:0], window[len(window)-headSize:]...)
		}
		if err != nil {
			return nil
		}
	}
}
