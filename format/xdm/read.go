package xdm

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
)

// Read takes an archive apart. The error is a *finding.Refusal when the archive cannot be used;
// otherwise the findings say what its maker should mend. The bytes may be dropped afterwards.
//
// spec: MSSanté ECO.2.1.1
func Read(raw []byte, limits Limits) (*Archive, []finding.Finding, error) {
	l := limits.filled()
	files, odd, err := unzip(raw, l)
	if err != nil {
		return nil, nil, err
	}
	r := reader{l: l, files: files}
	if odd {
		r.say(oddName, "")
	}
	return r.archive()
}

type reader struct {
	l        Limits
	files    []*file
	findings []finding.Finding
}

func (r *reader) say(m remark, path string) { r.findings = append(r.findings, m.at(path)) }

var subset = regexp.MustCompile(`^IHE_XDM/[^/]+/METADATA\.XML$`)

func (r *reader) archive() (*Archive, []finding.Finding, error) {
	var metas []*file
	for _, f := range r.files {
		if strings.EqualFold(f.base(), metaName) {
			metas = append(metas, f)
		}
	}
	if len(metas) == 0 {
		return nil, nil, r.nothing()
	}
	sort.Slice(metas, func(i, j int) bool { return metas[i].key < metas[j].key })
	a := &Archive{}
	top := ""
	for _, m := range metas {
		m.taken = true
		if !subset.MatchString(m.key) {
			r.say(oddTree, m.path)
		}
		if i := strings.Index(m.key, rootName+"/"); i >= 0 {
			top = m.path[:i] // a folder around everything
		} else if len(metas) == 1 {
			top = m.dir()
		}
	}
	a.Index, a.Readme = r.atTop(top, indexName, noIndex), r.atTop(top, readName, noReadme)
	for _, m := range metas {
		s, err := r.set(m)
		if err != nil {
			return nil, nil, err
		}
		a.Sets = append(a.Sets, *s)
	}
	r.beside(a, metas)
	for _, f := range r.files {
		switch {
		case f.taken:
		case isZip(f.bytes):
			r.say(inner, f.path)
		default:
			r.say(stray, f.path)
		}
	}
	if err := r.onePatient(a); err != nil {
		return nil, nil, err
	}
	return a, r.findings, nil
}

// nothing says why an archive has no metadata.
func (r *reader) nothing() error {
	for _, f := range r.files {
		if isZip(f.bytes) {
			return ErrNested.At(shown(f.path))
		}
	}
	return ErrNoMetadata
}

func isZip(b []byte) bool {
	return bytes.HasPrefix(b, []byte("PK\x03\x04")) || bytes.HasPrefix(b, []byte("PK\x05\x06"))
}

// atTop takes a file of the root, or of the folder that wraps everything.
func (r *reader) atTop(top, name string, absent remark) []byte {
	for _, dir := range []string{"", top} {
		for _, f := range r.files {
			if !f.taken && f.key == capitals(dir)+name {
				f.taken = true
				return f.bytes
			}
		}
	}
	r.say(absent, "")
	return nil
}

// set reads one submission set.
func (r *reader) set(meta *file) (*Set, error) {
	sub, err := r.metadata(meta)
	if err != nil {
		return nil, at(err, meta.path)
	}
	dir := meta.dir()
	s := &Set{Name: setOf(dir), Submission: sub}
	if len(sub.Entries) == 0 && len(sub.Associations) == 0 {
		return nil, ErrEmpty.At(shown(meta.path))
	}
	s.Kind, s.Target = purpose(sub)
	users := map[*file]int{}
	for i := range sub.Entries {
		e := &sub.Entries[i]
		f, err := r.find(dir, e, sub.Entries)
		if err != nil {
			if s.Kind == Deletion && errors.Is(err, ErrMissing) {
				continue // what is to be withdrawn need not travel again
			}
			return nil, err
		}
		d := document(f, dir)
		d.Entry = e
		if err := r.verify(&d, f.path); err != nil {
			return nil, err
		}
		if users[f]++; users[f] == 2 {
			r.say(shared, f.path)
		}
		f.taken = true
		s.Documents = append(s.Documents, d)
	}
	return s, nil
}

// beside gives each file that no entry describes to the nearest set above it.
func (r *reader) beside(a *Archive, metas []*file) {
	for _, f := range r.files {
		if f.taken || isZip(f.bytes) {
			continue
		}
		best := -1
		for i, m := range metas {
			if dir := m.dir(); under(f, dir) && (dir != "" || f.dir() == "") && (best < 0 || len(dir) > len(metas[best].dir())) {
				best = i
			}
		}
		if best >= 0 {
			f.taken = true
			a.Sets[best].Documents = append(a.Sets[best].Documents, document(f, metas[best].dir()))
		}
	}
}

func under(f *file, dir string) bool { return strings.HasPrefix(f.key, capitals(dir)) }

func setOf(dir string) string {
	parts := strings.Split(strings.Trim(dir, "/"), "/")
	return parts[len(parts)-1]
}

func document(f *file, dir string) Document {
	uri := f.path
	if under(f, dir) {
		uri = uri[len(dir):]
	}
	return Document{URI: uri, Bytes: f.bytes, SHA1: sha1.Sum(f.bytes), SHA256: sha256.Sum256(f.bytes)}
}

// find gives the file of an entry: by its URI, else by its hash, else because it is the only one.
func (r *reader) find(dir string, e *xds.DocumentEntry, all []xds.DocumentEntry) (*file, error) {
	uri, err := cleanURI(e.URI)
	if err != nil {
		return nil, err
	}
	if uri != "" {
		if f := r.byKey(dir + uri); f != nil {
			return f, nil
		}
	}
	// The whole path from the root, as some software writes it, or a file recognised by its hash.
	found := r.byKey(uri)
	if found == nil && e.Hash != "" {
		for _, f := range r.files {
			if strings.EqualFold(f.base(), metaName) || !under(f, dir) {
				continue
			}
			if sum := sha1.Sum(f.bytes); strings.EqualFold(hex.EncodeToString(sum[:]), strings.TrimSpace(e.Hash)) {
				found = f
				break
			}
		}
	}
	if found == nil && uri == "" && len(all) == 1 {
		found = r.only(dir)
	}
	if found == nil {
		where := e.URI
		if where == "" {
			where = e.UniqueID
		}
		return nil, ErrMissing.At(shown(where))
	}
	r.say(oddURI, found.path)
	return found, nil
}

func (r *reader) byKey(path string) *file {
	key := capitals(path)
	for _, f := range r.files {
		if key != "" && f.key == key && !strings.EqualFold(f.base(), metaName) {
			return f
		}
	}
	return nil
}

// only gives the one XML file beside the metadata.
func (r *reader) only(dir string) *file {
	var found *file
	for _, f := range r.files {
		if under(f, dir) && strings.HasSuffix(f.key, ".XML") && !strings.EqualFold(f.base(), metaName) {
			if found != nil {
				return nil
			}
			found = f
		}
	}
	return found
}

// cleanURI reads the slot URI: a relative path, where software writes backslashes, "./" and %20.
func cleanURI(uri string) (string, error) {
	u := strings.ReplaceAll(strings.TrimSpace(uri), `\`, "/")
	if v, err := url.PathUnescape(u); err == nil {
		u = strings.ReplaceAll(v, `\`, "/")
	}
	u = strings.TrimPrefix(strings.TrimPrefix(u, "./"), "/")
	if slices.Contains(strings.Split(u, "/"), "..") || strings.Contains(u, ":") || strings.ContainsRune(u, 0) {
		return "", ErrPath.At(shown(uri)).Saying(finding.T("Le slot URI d'un document sort de l'archive.", "The URI slot of a document leads out of the archive."))
	}
	return u, nil
}

// verify compares size and hash with the metadata.
//
// spec: MSSanté ECO.2.1.1
func (r *reader) verify(d *Document, path string) error {
	e := d.Entry
	hash := strings.TrimSpace(e.Hash)
	if hash == "" || e.Size < 0 {
		r.say(noHash, path)
	}
	if e.Size >= 0 && e.Size != int64(len(d.Bytes)) {
		return ErrSize.At(shown(path)).Saying(finding.Tf("Les métadonnées annoncent %d octets, le fichier en a %d.", "The metadata announce %d bytes, the file has %d.", e.Size, len(d.Bytes)))
	}
	switch {
	case hash == "" || strings.EqualFold(hash, hex.EncodeToString(d.SHA1[:])):
	case strings.EqualFold(hash, hex.EncodeToString(d.SHA256[:])), hash == base64.StdEncoding.EncodeToString(d.SHA1[:]), hash == base64.StdEncoding.EncodeToString(d.SHA256[:]):
		r.say(oddHash, path)
	default:
		return ErrHash.At(shown(path))
	}
	return nil
}

// onePatient refuses an archive about two persons.
//
// spec: MSSanté 5
func (r *reader) onePatient(a *Archive) error {
	var id, authority string
	for i := range a.Sets {
		sub := a.Sets[i].Submission
		all := []string{sub.Set.PatientID}
		for j := range sub.Entries {
			all = append(all, sub.Entries[j].PatientID)
		}
		missing := false
		for _, cx := range all {
			v, o := xds.PatientKey(cx)
			if v == "" {
				missing = true
				continue
			}
			if id == "" {
				id, authority = v, o
			}
			if !strings.EqualFold(v, id) || o != authority {
				return ErrPatients.At(shown(a.Sets[i].Name))
			}
		}
		if missing {
			r.say(noPatient, a.Sets[i].Name)
		}
	}
	return nil
}

// Patient gives the one patient of the archive: the INS, and the patientId as written. Where the
// patientId is no INS, the error is ErrNoPatient and cx is what stands there.
//
// spec: MSSanté ECO.2.1.2
func (a *Archive) Patient() (ins insid.INS, cx string, err error) {
	for i := range a.Sets {
		sub := a.Sets[i].Submission
		all := []string{sub.Set.PatientID}
		for j := range sub.Entries {
			all = append(all, sub.Entries[j].PatientID)
		}
		for _, v := range all {
			if v == "" {
				continue
			}
			if ins, err = insid.ParseCX(v); err != nil {
				return insid.INS{}, v, ErrNoPatient.With(err)
			}
			return ins, v, nil
		}
	}
	return insid.INS{}, "", ErrNoPatient
}
