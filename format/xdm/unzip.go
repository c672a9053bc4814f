package xdm

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/finding"
)

// file is one file of the archive, its path cleaned.
type file struct {
	path  string // as in the archive, with slashes
	key   string // in capitals: names are compared without case
	bytes []byte
	taken bool
}

func (f *file) dir() string  { return f.path[:strings.LastIndexByte(f.path, '/')+1] }
func (f *file) base() string { return f.path[strings.LastIndexByte(f.path, '/')+1:] }

// signature begins each header of the central directory.
var signature = []byte("PK\x01\x02")

// unzip takes every file out of an archive, within the limits. Nothing is believed of the sizes the
// archive announces: inflating stops at the bound.
func unzip(raw []byte, l Limits) (files []*file, odd bool, err error) {
	if int64(len(raw)) > l.ArchiveBytes {
		return nil, false, ErrTooLarge.Saying(finding.Tf("L'archive fait %d octets ; la limite est de %d.", "The archive has %d bytes; the limit is %d.", len(raw), l.ArchiveBytes))
	}
	// The directory is counted before it is read into memory.
	if n := bytes.Count(raw, signature); n > l.Entries {
		return nil, false, ErrEntries.Saying(finding.Tf("L'archive contient %d fichiers ; la limite est de %d.", "The archive holds %d files; the limit is %d.", n, l.Entries))
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, false, ErrZip.With(err)
	}
	if err := overlaps(z.File); err != nil {
		return nil, false, err
	}
	seen := map[string]bool{}
	var total int64
	for _, f := range z.File {
		path, folder, err := cleanPath(f, l)
		if err != nil {
			return nil, false, err
		}
		if folder || isJunk(path) {
			continue
		}
		g := &file{path: path, key: capitals(path)}
		if seen[g.key] {
			return nil, false, ErrDuplicate.At(shown(path))
		}
		seen[g.key] = true
		odd = odd || !isoName(path) || strings.ContainsRune(f.Name, '\\')
		if g.bytes, err = inflate(f, min(l.DocumentBytes, l.TotalBytes-total), l); err != nil {
			return nil, false, at(err, path)
		}
		total += int64(len(g.bytes))
		files = append(files, g)
	}
	return files, odd, nil
}

// overlaps refuses entries that share bytes, the trick of bombs that grow quadratically.
func overlaps(files []*zip.File) error {
	type span struct {
		from, to int64
		name     string
	}
	spans := make([]span, 0, len(files))
	for _, f := range files {
		from, err := f.DataOffset()
		if err != nil {
			return ErrCorrupt.With(err).At(shown(f.Name))
		}
		if f.CompressedSize64 > 1<<40 {
			return ErrCorrupt.At(shown(f.Name))
		}
		spans = append(spans, span{from, from + int64(f.CompressedSize64), f.Name})
	}
	sort.Slice(spans, func(i, j int) bool { return spans[i].from < spans[j].from })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to || spans[i].from == spans[i-1].from {
			return ErrOverlap.At(shown(spans[i].name))
		}
	}
	return nil
}

// inflate gives the bytes of one file, at most limit of them.
func inflate(f *zip.File, limit int64, l Limits) ([]byte, error) {
	if f.Flags&1 != 0 || f.Flags&(1<<6) != 0 {
		return nil, ErrEncrypted
	}
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, ErrMethod.Saying(finding.Tf("Un fichier est comprimé par la méthode %d ; seules 0 (stored) et 8 (deflate) sont lues.", "A file is compressed by method %d; only 0 (stored) and 8 (deflate) are read.", f.Method))
	}
	// What the ratio allows: a file that goes beyond is a bomb whatever it announces.
	allowed := max(ratioFloor, int64(f.CompressedSize64)*int64(l.Ratio))
	bound := min(limit, allowed)
	r, err := f.Open()
	if err != nil {
		return nil, ErrCorrupt.With(err)
	}
	defer r.Close()
	var b bytes.Buffer
	if announced := int64(min(f.UncompressedSize64, uint64(bound))); announced <= int64(f.CompressedSize64)*8 {
		b.Grow(int(announced) + bytes.MinRead)
	}
	n, err := io.Copy(&b, io.LimitReader(r, bound+1))
	if n > bound {
		if bound < limit {
			return nil, ErrBomb
		}
		return nil, ErrTooLarge.Saying(finding.Tf("Un fichier, ou l'ensemble des fichiers, dépasse %d octets une fois décomprimé.", "A file, or all files together, exceeds %d bytes once expanded.", limit))
	}
	if err != nil {
		return nil, ErrCorrupt.With(err)
	}
	return b.Bytes(), nil
}

// cleanPath reads the name of an entry, and refuses one that leads elsewhere. Nothing is ever
// written to a disk here; whoever hides a path in an archive has no good reason.
func cleanPath(f *zip.File, l Limits) (path string, folder bool, err error) {
	name := f.Name
	if !utf8.ValidString(name) { // much software writes UTF-8 without the flag that says so
		name = fromCP437(name)
	}
	refuse := func(fr, en string) (string, bool, error) {
		return "", false, ErrPath.At(shown(name)).Saying(finding.T(fr, en))
	}
	if strings.ContainsFunc(name, func(c rune) bool { return c < 0x20 || c == 0x7f }) {
		return refuse("Un nom de fichier contient un caractère de commande.", "A file name holds a control character.")
	}
	if len(name) > l.NameBytes {
		return refuse("Un nom de fichier est trop long.", "A file name is too long.")
	}
	name = strings.ReplaceAll(name, `\`, "/")
	if f.Mode()&fs.ModeSymlink != 0 {
		return refuse("Une entrée de l'archive est un lien.", "An entry of the archive is a link.")
	}
	if f.Mode()&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0 {
		return refuse("Une entrée de l'archive n'est pas un fichier.", "An entry of the archive is not a file.")
	}
	if strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' {
		return refuse("Un nom de fichier est un chemin absolu.", "A file name is an absolute path.")
	}
	folder = strings.HasSuffix(name, "/")
	var parts []string
	for _, p := range strings.Split(name, "/") {
		switch {
		case p == "..":
			return refuse("Un nom de fichier contient « .. ».", "A file name holds \"..\".")
		case p != "" && p != ".":
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 && !folder {
		return refuse("Un fichier n'a pas de nom.", "A file has no name.")
	}
	if len(parts) > l.Depth+1 {
		return refuse("Un fichier est rangé trop profondément.", "A file lies too deep.")
	}
	return strings.Join(parts, "/"), folder, nil
}

// isJunk recognises what desktops leave in the archives they make.
func isJunk(path string) bool {
	base := path[strings.LastIndexByte(path, '/')+1:]
	return strings.HasPrefix(path, "__MACOSX/") || base == ".DS_Store" || strings.EqualFold(base, "Thumbs.db") || strings.EqualFold(base, "desktop.ini")
}

// isoName reports whether each part is a name of ISO 9660 level 1.
//
// spec: IHE-ITI TF-2 3.32.4.1.2.2
func isoName(path string) bool {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		stem, ext, dot := strings.Cut(p, ".")
		if stem == "" || len(stem) > 8 || len(ext) > 3 || dot && (ext == "" || i < len(parts)-1) {
			return false
		}
		for _, c := range stem + ext {
			if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}

// capitals raises ASCII letters alone, so that a path keeps its length.
func capitals(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// cp437 is the upper half of the code page names are in when nothing says otherwise.
const cp437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"

var cp437Runes = []rune(cp437)

func fromCP437(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] < 0x80 {
			b.WriteByte(s[i])
		} else {
			b.WriteRune(cp437Runes[s[i]-0x80])
		}
	}
	return b.String()
}

// shown makes a name of the archive fit for a message.
func shown(name string) string {
	const limit = 80
	name = strings.ToValidUTF8(name, "�")
	if r := []rune(name); len(r) > limit {
		name = string(r[:limit]) + "…"
	}
	return fmt.Sprintf("%q", name)
}

// at points a refusal at a file.
func at(err error, path string) error {
	if r := finding.As(err); r != nil && r.Where == "" {
		return r.At(shown(path))
	}
	return err
}
