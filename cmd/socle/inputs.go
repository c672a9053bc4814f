package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/report"
)

// input is a document to check: a file, or one inside an archive.
type input struct {
	name string // archive.zip!path for what an archive holds
	kind string // what it is beside a CDA document: an archive IHE_XDM, a message
	read func() ([]byte, error)
	err  error // it cannot even be listed
}

// Kinds of input.
const (
	kindXDM     = "IHE_XDM"
	kindMessage = report.KindMessage
)

// Bounds of archives: what a vendor sends, not what a bomb becomes.
const (
	maxArchiveEntries = 100_000
	maxArchiveBytes   = 4 << 30
)

// inputs lists the documents behind the names of a command line, in order: files, folders (their
// .xml files and archives, sorted), archives (.zip, .tar, .tar.gz, .tgz).
func inputs(names []string) []input {
	var out []input
	for _, n := range names {
		st, err := os.Stat(n)
		switch {
		case err != nil:
			out = append(out, input{name: n, err: err})
		case st.IsDir():
			out = append(out, folder(n)...)
		default:
			out = append(out, file(n)...)
		}
	}
	return out
}

func folder(dir string) []input {
	var out []input
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			out = append(out, input{name: p, err: err})
			return nil
		}
		if d.Type().IsRegular() && (strings.EqualFold(filepath.Ext(p), ".xml") || archive(p) != "") {
			out = append(out, file(p)...)
		}
		return nil
	})
	if err != nil {
		out = append(out, input{name: dir, err: err})
	}
	return out
}

func archive(name string) string {
	n := strings.ToLower(name)
	for _, s := range []string{".zip", ".tar", ".tar.gz", ".tgz"} {
		if strings.HasSuffix(n, s) {
			return s
		}
	}
	return ""
}

func file(name string) []input {
	switch archive(name) {
	case ".zip":
		return zipped(name)
	case "":
		in := input{name: name, read: func() ([]byte, error) { return readBounded(name, maxCheckFile) }}
		if strings.EqualFold(filepath.Ext(name), ".eml") {
			in.kind = kindMessage
		}
		return []input{in}
	}
	return tarred(name)
}

var errArchive = errors.New("the archive holds more than we open (100,000 files, 4 GB)")

// onDisk reads an archive by pieces without holding it open: a folder may hold thousands, and each
// is listed once, whatever the number of its documents.
type onDisk string

func (name onDisk) ReadAt(p []byte, off int64) (int, error) {
	f, err := os.Open(string(name))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.ReadAt(p, off)
}

// zipped lists the .xml files of a ZIP archive; each is read when its turn comes. An archive IHE_XDM
// is an input of its own too, before its documents.
func zipped(name string) []input {
	z, err := listed(name)
	if err != nil {
		return []input{{name: name, err: err}}
	}
	var out []input
	var total uint64
	xdm := false
	for i, f := range z.File {
		if i >= maxArchiveEntries {
			return append(out, input{name: name, err: errArchive})
		}
		if f.FileInfo().IsDir() || !strings.EqualFold(filepath.Ext(f.Name), ".xml") {
			continue
		}
		if strings.EqualFold(path.Base(strings.ReplaceAll(f.Name, `\`, "/")), "METADATA.XML") {
			xdm = true
			continue
		}
		if total += f.UncompressedSize64; total > maxArchiveBytes {
			return append(out, input{name: name, err: errArchive})
		}
		out = append(out, input{name: name + "!" + f.Name, read: func() ([]byte, error) { return unzip(f) }})
	}
	slices.SortStableFunc(out, func(a, b input) int { return strings.Compare(a.name, b.name) })
	if xdm {
		whole := input{name: name, kind: kindXDM, read: func() ([]byte, error) { return readBounded(name, maxCheckFile) }}
		out = append([]input{whole}, out...)
	}
	return out
}

func listed(name string) (*zip.Reader, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	return zip.NewReader(onDisk(name), st.Size())
}

func unzip(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return bounded(r, f.Name)
}

func bounded(r io.Reader, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxCheckFile+1))
	if err == nil && len(b) > maxCheckFile {
		err = fmt.Errorf("%s: over %d bytes", name, maxCheckFile)
	}
	return b, err
}

// tarred reads a tar archive, which has no index: its documents are taken in one pass, within a
// bound of memory.
func tarred(name string) []input {
	f, err := os.Open(name)
	if err != nil {
		return []input{{name: name, err: err}}
	}
	defer f.Close()
	var r io.Reader = f
	if !strings.HasSuffix(strings.ToLower(name), ".tar") {
		g, err := gzip.NewReader(f)
		if err != nil {
			return []input{{name: name, err: err}}
		}
		defer g.Close()
		r = g
	}
	const inMemory = 512 << 20
	var out []input
	total := 0
	for t := tar.NewReader(io.LimitReader(r, maxArchiveBytes)); ; {
		h, err := t.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			return append(out, input{name: name, err: err})
		}
		if h.Typeflag != tar.TypeReg || !strings.EqualFold(filepath.Ext(h.Name), ".xml") {
			continue
		}
		b, err := bounded(t, h.Name)
		if total += len(b); total > inMemory || len(out) >= maxArchiveEntries {
			return append(out, input{name: name, err: errArchive})
		}
		out = append(out, input{name: name + "!" + h.Name, read: func() ([]byte, error) { return b, err }})
	}
}
