package official

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/schematron"
	"github.com/socle-sante/socle/format/xmltree"
)

// recorder remembers what was read, for the digest.
type recorder struct {
	fs.FS
	seen map[string][]byte
}

// ReadFile implements fs.ReadFileFS.
func (r *recorder) ReadFile(name string) ([]byte, error) {
	raw, err := fs.ReadFile(r.FS, name)
	if err == nil {
		sum := sha256.Sum256(raw)
		r.seen[name] = sum[:]
	}
	return raw, err
}

func (r *recorder) digest() string {
	names := make([]string, 0, len(r.seen))
	for n := range r.seen {
		names = append(names, n)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write(r.seen[n])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// valueSets reads every jeu de valeurs, and those that the header rules keep beside them.
func (r *Rules) valueSets(fsys *recorder) {
	r.files = map[string][]byte{}
	names, _ := fs.Glob(fsys.FS, "jeuxDeValeurs/*.xml")
	voc, _ := fs.Glob(fsys.FS, "schematrons/profils/structurationMinimale/include/voc-*.xml")
	all := 0
	for _, name := range append(names, voc...) {
		st, err := fs.Stat(fsys.FS, name)
		if err != nil || st.Size() > maxValueSet || len(r.files) >= maxSets || all+int(st.Size()) > maxAllSets {
			r.problem("REGLES-JDV", name, finding.Tf("Le jeu de valeurs « %s » est trop gros ou ne se lit pas.", "Value set “%s” is too large or cannot be read.", name))
			continue
		}
		raw, err := fsys.ReadFile(name)
		if err == nil {
			_, err = xmltree.Parse(raw)
		}
		if err != nil {
			r.problem("REGLES-JDV", name, finding.Tf("Le jeu de valeurs « %s » ne se lit pas : %v", "Value set “%s” cannot be read: %v", name, err))
			continue
		}
		r.files[name] = raw
		all += len(raw)
	}
}

func (r *Rules) problem(id, file string, m finding.Text) {
	r.Problems = append(r.Problems, schematron.Problem{ID: id, At: schematron.Origin{File: file, Line: 1}, Message: m})
}

// errAbsent says that a value set is not in the folder.
var errAbsent = errors.New("no such value set")

// vocName is how the header rules call a value set: by its OID.
var vocName = regexp.MustCompile(`^voc-([0-9.]+)-DYNAMIC\.xml$`)

// open gives the file that doc() asks for. A name that differs by case is taken; a set of the
// header rules that was not published beside them is made from the jeu de valeurs of its OID.
func (r *Rules) open(name string) ([]byte, error) {
	name = path.Clean(name)
	if raw, ok := r.files[name]; ok {
		return raw, nil
	}
	for n, raw := range r.files {
		if strings.EqualFold(n, name) {
			return raw, nil
		}
	}
	m := vocName.FindStringSubmatch(path.Base(name))
	if m == nil {
		return nil, errAbsent
	}
	raw, ok := r.ofOID(m[1])
	if !ok {
		return nil, errAbsent
	}
	return asVoc(raw)
}

// ofOID finds the jeu de valeurs of an OID.
func (r *Rules) ofOID(oid string) ([]byte, bool) {
	want := []byte(`"` + oid + `"`)
	for name, raw := range r.files {
		if !strings.HasPrefix(name, "jeuxDeValeurs/") || !bytes.Contains(raw[:min(len(raw), 4096)], want) {
			continue
		}
		if d, err := xmltree.Parse(raw); err == nil {
			if set := d.Root().Child("*", "ValueSet"); set.Attr("id") == oid {
				return raw, true
			}
		}
	}
	return nil, false
}

// asVoc rewrites a set of IHE SVS in the shape of Art-Decor. spec: IHE-ITI SVS
func asVoc(raw []byte) ([]byte, error) {
	d, err := xmltree.Parse(raw)
	if err != nil {
		return nil, err
	}
	out := []byte("<valueSets><valueSet><conceptList>")
	for c := range d.Root().Descendants("*", "Concept") {
		out = append(out, "<concept"...)
		for _, a := range []string{"code", "codeSystem", "displayName"} {
			out = append(append(append(out, ' '), a...), `="`...)
			out = append(xmltree.AppendAttr(out, c.Attr(a)), '"')
		}
		out = append(out, "/>"...)
	}
	return append(out, "</conceptList></valueSet></valueSets>"...), nil
}
