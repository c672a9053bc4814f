package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// segments is the folder of segment files. Only the writer goroutine appends; anybody reads.
type segments struct {
	dir    string
	target int64
	fsyncs *atomic.Int64
	wrap   func(segmentFile) segmentFile // for tests that break the disk

	id    int64 // current
	f     segmentFile
	end   int64 // where the next record goes
	lines []footerLine
	doubt bool // a sync failed: nothing more goes to the current file

	mu    sync.RWMutex
	files map[int64]*os.File
}

// segmentFile is what the writer needs of a file.
type segmentFile interface {
	WriteAt(b []byte, off int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

type osFile struct{ *os.File }

func (f osFile) Sync() error { return datasync(f.File) }

func segmentPath(dir string, id int64) string {
	return filepath.Join(dir, fmt.Sprintf("%08d.seg", id))
}

// listSegments gives the numbers of the segment files, in order.
func listSegments(dir string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".seg")
		if !ok || len(name) != 8 {
			continue
		}
		if id, err := strconv.ParseInt(name, 10, 64); err == nil && id > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// recover looks at what a crash may have left and opens the last segment for appending. used
// tells how far each segment is referenced by rows: below, every byte must be there; above, whole
// records are left (verify counts them) and a torn one is cut.
func (g *segments) recover(used map[int64]int64) error {
	ids, err := listSegments(g.dir)
	if err != nil {
		return err
	}
	for id, n := range used {
		info, err := os.Stat(segmentPath(g.dir, id))
		if err != nil {
			return fmt.Errorf("segment %d is referenced and cannot be read: %w", id, err)
		}
		if info.Size() < n {
			return fmt.Errorf("segment %d holds %d bytes, rows refer to %d: run socle verify", id, info.Size(), n)
		}
	}
	if len(ids) == 0 {
		return g.create(1)
	}
	for _, id := range ids[:len(ids)-1] {
		if err := g.reseal(id, used[id]); err != nil {
			return err
		}
	}
	id := ids[len(ids)-1]
	f, lines, end, sealed, err := openSegment(segmentPath(g.dir, id), used[id])
	if err != nil {
		return err
	}
	if sealed {
		f.Close()
		return g.create(id + 1)
	}
	g.use(id, f, end, lines)
	return nil
}

// reseal finishes a seal that a crash or a fault cut short.
func (g *segments) reseal(id, used int64) error {
	f, lines, end, sealed, err := openSegment(segmentPath(g.dir, id), used)
	if err != nil {
		return err
	}
	defer f.Close()
	if sealed {
		return nil
	}
	if _, err := f.WriteAt(appendFooter(nil, end, lines), end); err != nil {
		return full(err)
	}
	g.fsyncs.Add(1)
	return full(f.Sync())
}

// openSegment opens a file for appending after cutting what is torn past used.
func openSegment(path string, used int64) (f *os.File, lines []footerLine, end int64, sealed bool, err error) {
	if f, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return nil, nil, 0, false, err
	}
	defer func() {
		if err != nil {
			f.Close()
			err = fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, 0, false, err
	}
	if lines, at, e := readFooter(f, info.Size()); e == nil {
		return f, lines, at, true, nil
	}
	var head [fileHeaderSize]byte
	if n, e := f.ReadAt(head[:], 0); n < fileHeaderSize || checkFileHeader(head[:]) != nil {
		if used > 0 || (e != nil && e != io.EOF) {
			return nil, nil, 0, false, errors.Join(errSegment, e)
		}
		// Torn while it was created: nothing was ever in it.
		if err = f.Truncate(0); err == nil {
			_, err = f.WriteAt(fileHeader(), 0)
		}
		return f, nil, fileHeaderSize, false, err
	}
	lines, end, err = scanRecords(f, info.Size())
	if err != nil {
		return nil, nil, 0, false, err
	}
	if end < used {
		// A referenced record is damaged. It stays for verify to name; appending goes on after
		// everything that is there.
		return f, lines, info.Size(), false, nil
	}
	if end < info.Size() {
		if err = f.Truncate(end); err == nil {
			err = f.Sync()
		}
	}
	return f, lines, end, false, err
}

func readFooter(f *os.File, size int64) ([]footerLine, int64, error) {
	if size < fileHeaderSize+footerTail {
		return nil, 0, errSegment
	}
	tail := make([]byte, footerTail)
	if _, err := f.ReadAt(tail, size-footerTail); err != nil {
		return nil, 0, err
	}
	at := int64(binary.LittleEndian.Uint64(tail[4:]))
	if string(tail[16:]) != footerMagic || at < fileHeaderSize || at > size-footerTail {
		return nil, 0, errSegment
	}
	b := make([]byte, size-at)
	if _, err := f.ReadAt(b, at); err != nil {
		return nil, 0, err
	}
	lines, err := parseFooter(b, at)
	return lines, at, err
}

// scanRecords walks the records of a segment and stops at the first thing that is not one.
func scanRecords(f io.ReaderAt, size int64) (lines []footerLine, end int64, err error) {
	buf := make([]byte, fixedHeader+2*maxID+4)
	end = fileHeaderSize
	for end < size {
		n, err := f.ReadAt(buf, end)
		if err != nil && err != io.EOF {
			return nil, 0, err
		}
		h, e := parseHeader(buf[:n])
		if e != nil || end+h.length > size {
			break
		}
		lines = append(lines, footerLine{offset: end, length: h.length, sum: [4]byte(h.sha256[:4])})
		end += h.length
	}
	return lines, end, nil
}

func (g *segments) use(id int64, f *os.File, end int64, lines []footerLine) {
	g.id, g.end, g.lines, g.doubt = id, end, lines, false
	g.f = osFile{f}
	if g.wrap != nil {
		g.f = g.wrap(g.f)
	}
	g.mu.Lock()
	g.files[id] = f
	g.mu.Unlock()
}

// create starts a new segment; the folder is synced so that the file cannot vanish under rows.
func (g *segments) create(id int64) error {
	f, err := os.OpenFile(segmentPath(g.dir, id), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return full(err)
	}
	if _, err = f.WriteAt(fileHeader(), 0); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = syncDir(g.dir)
	}
	g.fsyncs.Add(2)
	if err != nil {
		f.Close()
		os.Remove(segmentPath(g.dir, id))
		return full(err)
	}
	g.use(id, f, fileHeaderSize, nil)
	return nil
}

// place gives each record its offset. Called by the writer before it writes the group, which
// lands whole in one segment.
func (g *segments) place(bodies []*sealedBody) error {
	if g.doubt {
		if err := g.create(g.id + 1); err != nil {
			return err
		}
	} else if g.end >= g.target {
		if err := g.roll(); err != nil {
			return err
		}
	}
	off := g.end
	for _, b := range bodies {
		b.segment, b.offset = g.id, off
		off += int64(len(*b.record))
	}
	return nil
}

// roll seals the current segment and starts the next.
func (g *segments) roll() error {
	if _, err := g.f.WriteAt(appendFooter(nil, g.end, g.lines), g.end); err != nil {
		g.f.Truncate(g.end)
		return full(err)
	}
	g.fsyncs.Add(1)
	if err := g.f.Sync(); err != nil {
		g.doubt = true
		return full(err)
	}
	return g.create(g.id + 1)
}

// append writes placed records and makes them durable. After a fault the segment is as before,
// or is abandoned for a new one.
func (g *segments) append(bodies []*sealedBody) error {
	end, lines := g.end, len(g.lines)
	for _, b := range bodies {
		rec := *b.record
		if _, err := g.f.WriteAt(rec, b.offset); err != nil {
			g.lines = g.lines[:lines]
			if g.f.Truncate(g.end) != nil {
				g.doubt = true
			}
			return full(err)
		}
		g.lines = append(g.lines, footerLine{offset: b.offset, length: int64(len(rec)), sum: [4]byte(b.sha256[:4])})
		end += int64(len(rec))
	}
	g.fsyncs.Add(1)
	if err := g.f.Sync(); err != nil {
		// What reached the disk is unknown, and asking again may lie: leave this file.
		g.lines = g.lines[:lines]
		g.f.Truncate(g.end)
		g.doubt = true
		return full(err)
	}
	g.end = end
	return nil
}

// read gives the bytes of one record.
func (g *segments) read(segment, offset, length int64) ([]byte, error) {
	if length < fixedHeader || length > maxRecord || offset < fileHeaderSize {
		return nil, fmt.Errorf("%w: record of %d bytes at %d", errSegment, length, offset)
	}
	f, err := g.file(segment)
	if err != nil {
		return nil, err
	}
	b := make([]byte, length)
	if _, err := f.ReadAt(b, offset); err != nil {
		return nil, fmt.Errorf("%w: segment %d at %d: %v", errSegment, segment, offset, err)
	}
	return b, nil
}

func (g *segments) file(id int64) (*os.File, error) {
	g.mu.RLock()
	f := g.files[id]
	g.mu.RUnlock()
	if f != nil {
		return f, nil
	}
	f, err := os.Open(segmentPath(g.dir, id))
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if other := g.files[id]; other != nil {
		f.Close()
		return other, nil
	}
	g.files[id] = f
	return f, nil
}

func (g *segments) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var err error
	for id, f := range g.files {
		err = errors.Join(err, f.Close())
		delete(g.files, id)
	}
	return err
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
