package embedded

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// checkDocuments reads every document from its segment, decrypts it and hashes it; and counts the
// bytes of segments that belong to none.
func (v *verifier) checkDocuments(h head) error {
	dir := filepath.Join(v.dir, "segments")
	ids, err := listSegments(dir)
	if err != nil {
		return err
	}
	w := v.walkObjects(h)
	v.report.Documents = int64(len(w.docs))
	v.checkDigests(w.docs)

	bySegment := map[int64][]placed{}
	placedHere := append(w.docs, v.checkMailRows()...)
	for _, d := range placedHere {
		bySegment[d.segment] = append(bySegment[d.segment], d)
	}
	used := map[int64]int64{}
	v.each("segment", "SELECT id, used FROM segment", nil, func(row []any) error {
		var id, n int64
		if err := scan(row, &id, &n); err != nil {
			return err
		}
		used[id] = n
		return nil
	})
	var done atomic.Int64
	for _, id := range ids {
		docs := bySegment[id]
		delete(bySegment, id)
		if err := v.checkSegment(dir, id, docs, used[id], &done, int64(len(placedHere))); err != nil {
			return err
		}
	}
	for id, docs := range bySegment {
		for _, d := range docs {
			v.problem("segment", "segments/"+filepath.Base(segmentPath(dir, id)), nil, &d.offset, "the file of document %s is missing", d.uniqueID)
			v.missing(d.uniqueID)
		}
	}
	return nil
}

func (v *verifier) checkDigests(docs []placed) {
	for _, d := range docs {
		if !d.digest {
			continue
		}
		key, err := v.keys.find(d.person, v.c.key)
		var sealed []byte
		if err == nil {
			err = v.c.one("SELECT data FROM digest WHERE person = ? AND seq = ?", []any{personKey(d.person), d.seq}, &sealed)
		}
		if err == nil {
			_, err = openDigest(v.zip, key, d.person, d.uniqueID, sealed)
		}
		if err != nil {
			v.problem("digest", where("digest"), &d.seq, nil, "the digest of document %s does not open: %v", d.uniqueID, err)
		}
	}
}

// checkSegment checks one file: its frame, its documents, and what is left over.
func (v *verifier) checkSegment(dir string, id int64, docs []placed, used int64, done *atomic.Int64, total int64) error {
	path := segmentPath(dir, id)
	name := "segments/" + filepath.Base(path)
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	frame := int64(fileHeaderSize)
	var start [fileHeaderSize]byte
	if _, err := f.ReadAt(start[:], 0); err != nil || checkFileHeader(start[:]) != nil {
		v.problem("segment", name, nil, new(int64), "the file header is damaged")
	}
	slices.SortFunc(docs, func(a, b placed) int { return cmp.Compare(a.offset, b.offset) })
	if lines, at, err := readFooter(f, size); err == nil {
		frame += size - at
		v.checkFooter(name, docs, lines)
	} else if ids, _ := listSegments(dir); id != ids[len(ids)-1] {
		// Not the current one, so sealed; or abandoned after a fault, and then it ends with a record.
		if _, end, err := scanRecords(f, size); err != nil || end != size {
			v.problem("segment", name, nil, &end, "the footer is damaged")
		}
	}
	var referenced, end int64 = 0, fileHeaderSize
	for _, d := range docs {
		if d.offset < end {
			v.problem("segment", name, nil, &d.offset, "document %s overlaps another", d.uniqueID)
		}
		end = max(end, d.offset+d.length)
		referenced += d.length
	}
	if end > used && len(docs) > 0 {
		v.problem("segment", where("segment"), &id, nil, "documents reach byte %d of segment %d, %d was committed", end, id, used)
	}
	v.report.OrphanBytes += max(0, size-frame-referenced)
	v.readAll(f, name, docs, done, total)
	return v.ctx.Err()
}

// checkFooter makes sure that a sealed segment lists each of its documents.
func (v *verifier) checkFooter(name string, docs []placed, lines []footerLine) {
	listed := make(map[int64]footerLine, len(lines))
	for _, l := range lines {
		listed[l.offset] = l
	}
	for _, d := range docs {
		if l, ok := listed[d.offset]; !ok || l.length != d.length || !bytes.Equal(l.sum[:], d.sha256[:4]) {
			v.problem("segment", name, nil, &d.offset, "the footer does not list document %s", d.uniqueID)
		}
	}
}

// readAll opens the documents of a segment, on all processors.
func (v *verifier) readAll(f io.ReaderAt, name string, docs []placed, done *atomic.Int64, total int64) {
	var wg sync.WaitGroup
	var mu sync.Mutex // of the report and of the connection
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for v.ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(docs) {
					return
				}
				d := docs[i]
				err := v.checkPlaced(f, d, &mu)
				if n := done.Add(1); v.o.Progress != nil && (n%256 == 0 || n == total) {
					mu.Lock()
					v.o.Progress(n, total)
					mu.Unlock()
				}
				if err == nil {
					continue
				}
				mu.Lock()
				v.problem("document", name, nil, &d.offset, "document %s: %v", d.uniqueID, err)
				if errors.Is(err, io.EOF) || errors.Is(err, dmp.ErrNotFound) {
					v.missing(d.uniqueID)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// checkPlaced reads one document or message back.
func (v *verifier) checkPlaced(f io.ReaderAt, d placed, mu *sync.Mutex) error {
	if d.mail != nil {
		return checkMail(v.zip, v.keys.master, f, d.mail)
	}
	key, err := v.keys.find(d.person, func(person []byte) (id, wrapped []byte, err error) {
		mu.Lock()
		defer mu.Unlock()
		return v.c.key(person)
	})
	if err != nil {
		return err
	}
	return v.checkDocument(f, key, d)
}

func (v *verifier) checkDocument(f io.ReaderAt, key *personalKey, d placed) error {
	if d.length < fixedHeader || d.length > maxRecord || d.offset < fileHeaderSize {
		return errSegment
	}
	record := make([]byte, d.length)
	if _, err := f.ReadAt(record, d.offset); err != nil {
		return err
	}
	plain, err := openRecord(v.zip, key, d.person, d.uniqueID, record)
	if err != nil {
		return err
	}
	h, err := parseHeader(record)
	if err != nil {
		return err
	}
	if h.sha256 != d.sha256 || int64(len(plain)) != d.size || sha1.Sum(plain) != d.sha1 {
		return errors.New("size or hashes differ from its row")
	}
	return nil
}
