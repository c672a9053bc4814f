package fhirmap

import (
	"crypto/sha1"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// importer turns a Bundle into a CDA.
type importer struct {
	bundle      *object
	composition *object
	patient     *object
	resources   []*object          // in order
	byURL       map[string]*object // fullUrl and Type/id
	paths       map[*object]string // FHIR path of a resource
	seed        string
	n           int
	bio         bool
	lost        []Loss
	ids         map[string]bool   // IDs the narratives bear
	fileIDs     map[string]string // address of a Binary → ID of its observationMedia
	files       map[string]bool   // files written
	extra       []row             // what the narrative of a section must still show
	orders      []*object
	missing     string              // the first mandatory element that is absent
	open        map[*object]bool    // resources being written: a Bundle may refer in circles
	samples     map[*object]*object // sample of a group already looked for
	written     int                 // statements written
}

// ToCDA writes a FHIR R4 document Bundle as a CDA of the CI-SIS. Only what the document says is
// written: a mandatory element that the Bundle lacks is an error. The error is a *finding.Refusal.
//
// spec: CI-SIS cda §12
func ToCDA(src []byte) ([]byte, []Loss, error) {
	b, err := parse(src)
	if err != nil {
		return nil, nil, err
	}
	i := &importer{bundle: b, byURL: map[string]*object{}, paths: map[*object]string{}, ids: map[string]bool{}, fileIDs: map[string]string{}, files: map[string]bool{}, open: map[*object]bool{}, samples: map[*object]*object{}}
	if err := i.index(); err != nil {
		return nil, nil, err
	}
	kind, err := i.kind()
	if err != nil {
		return nil, nil, err
	}
	i.bio = kind.name == "BIO-CR-BIO"
	root := i.document(kind)
	if i.written > maxStatements {
		return nil, nil, ErrTooLarge
	}
	if i.missing != "" {
		return nil, nil, ErrIncomplete.At(i.missing).Saying(finding.Tf("Il manque %s pour écrire le document CDA.", "%s is missing to write the CDA document.", i.missing))
	}
	out := []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	out = append(root.write(out), '\n')
	return out, i.losses(), nil
}

// maxStatements bounds what a Bundle may be written as: a resource may be referred to many times.
// The largest official report has 76.
const maxStatements = 1 << 16

// enter begins to write a resource; false when it is inside itself, or when the document has
// become too large. leave ends it.
func (i *importer) enter(r *object) bool {
	if i.written++; i.open[r] || i.written > maxStatements {
		return false
	}
	i.open[r] = true
	return true
}

func (i *importer) leave(r *object) { delete(i.open, r) }

// need remembers the first mandatory element that is absent.
func (i *importer) need(ok bool, what string) {
	if !ok && i.missing == "" {
		i.missing = what
	}
}

func (i *importer) index() error {
	b := i.bundle
	if b.str("resourceType") != "Bundle" || b.str("type") != "document" {
		return ErrNotBundle
	}
	for k, e := range b.all("entry") {
		r := e.sub("resource")
		if r == nil {
			continue
		}
		url := e.str("fullUrl")
		kind := r.str("resourceType")
		i.resources = append(i.resources, r)
		i.paths[r] = "Bundle.entry[" + strconv.Itoa(k) + "].resource(" + kind + ")"
		if url != "" {
			i.byURL[url] = r
		}
		if id := r.str("id"); id != "" {
			i.byURL[kind+"/"+id] = r
			if url == "" {
				i.byURL["urn:uuid:"+id] = r
			}
		}
	}
	if len(i.resources) == 0 || i.resources[0].peek("resourceType") != "Composition" {
		return ErrNotBundle
	}
	i.composition = i.resources[0]
	i.patient = i.resolve(i.composition.sub("subject"))
	i.need(i.patient != nil && i.patient.peek("resourceType") == "Patient", "Composition.subject (Patient)")
	i.seed = i.bundle.sub("identifier").peek("system") + i.bundle.sub("identifier").peek("value")
	return nil
}

// resolve follows a reference; a contained or remote resource is not followed.
func (i *importer) resolve(r *object) *object {
	if r == nil {
		return nil
	}
	to := r.peek("reference")
	if to == "" {
		return nil
	}
	found := i.byURL[to]
	if found == nil { // http://server/Patient/1 written as Patient/1, or the reverse
		parts := strings.Split(to, "/")
		if len(parts) >= 2 {
			found = i.byURL[strings.Join(parts[len(parts)-2:], "/")]
		}
	}
	if found != nil {
		r.str("reference")
		r.str("type")
		r.str("display")
	}
	return found
}

func (i *importer) resolveKind(r *object, kind string) *object {
	if o := i.resolve(r); o != nil && o.peek("resourceType") == kind {
		return o
	}
	return nil
}

// uuid gives the next identifier derived from the document's own.
func (i *importer) uuid() string {
	i.n++
	h := sha1.Sum([]byte(i.seed + "/cda/" + strconv.Itoa(i.n)))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	x := hex.EncodeToString(h[:16])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

func (i *importer) id(prefix string) string {
	for {
		i.n++
		if id := prefix + strconv.Itoa(i.n); !i.ids[id] {
			i.ids[id] = true
			return id
		}
	}
}

// ext gives the extension of an address, and uses its url.
func ext(o *object, url string) *object {
	for _, e := range o.all("extension") {
		if e.peek("url") == url {
			e.str("url")
			return e
		}
	}
	return nil
}

// exts gives every extension of an address.
func exts(o *object, url string) []*object {
	var out []*object
	for _, e := range o.all("extension") {
		if e.peek("url") == url {
			e.str("url")
			out = append(out, e)
		}
	}
	return out
}

// nullOf gives the nullFlavor of an element.
func nullOf(o *object) string {
	if e := ext(o, extNull); e != nil {
		return e.str("valueCode")
	}
	return ""
}

// fhirNoise are fields that say nothing a CDA must hold, with the reason of each.
var fhirNoise = map[string]string{
	"resourceType": "the kind of the resource is that of the element",
	"meta":         "profiles, tags and versions of a server",
	"fullUrl":      "address inside the Bundle",
	"id":           "address inside the Bundle",
	"userSelected": "says which coding was the code",
}

var whyUnreadFHIR = finding.T("Aucun élément du CDA écrit ne reçoit cette information.", "No element of the CDA written receives this information.")

// losses lists what the CDA does not hold: a resource of which nothing was used stands for all it
// holds, else each field.
func (i *importer) losses() []Loss {
	out := append([]Loss(nil), i.lost...)
	walkUnread(i.bundle, "Bundle", true, &out)
	for _, r := range i.resources {
		if !used(r) {
			out = append(out, Loss{Path: i.paths[r], What: shorten(said(r)), Why: whyUnreadFHIR})
			continue
		}
		walkUnread(r, i.paths[r], false, &out)
	}
	return out
}

// used reports whether anything in a value was used.
func used(v any) bool {
	switch v := v.(type) {
	case *object:
		for _, f := range v.fields {
			if _, noise := fhirNoise[f.key]; !noise && (f.read || used(f.value)) {
				return true
			}
		}
	case list:
		for _, e := range v {
			if used(e) {
				return true
			}
		}
	}
	return false
}

func walkUnread(v any, path string, top bool, out *[]Loss) {
	switch v := v.(type) {
	case *object:
		for k := range v.fields {
			f := &v.fields[k]
			if _, noise := fhirNoise[f.key]; noise || f.read || top && f.key == "entry" {
				continue
			}
			p := path + "." + f.key
			if generated(f) {
				continue
			}
			if isLeaf(f.value) || !used(f.value) {
				*out = append(*out, Loss{Path: p, What: shorten(said(f.value)), Why: whyUnreadFHIR})
				continue
			}
			walkUnread(f.value, p, false, out)
		}
	case list:
		for k, e := range v {
			p := path + "[" + strconv.Itoa(k) + "]"
			if !used(e) {
				if o, ok := e.(*object); !ok || len(o.fields) > 0 {
					*out = append(*out, Loss{Path: p, What: shorten(said(e)), Why: whyUnreadFHIR})
				}
				continue
			}
			walkUnread(e, p, false, out)
		}
	}
}

// generated reports whether a field is the text a program made from the other fields.
func generated(f *field) bool {
	o, ok := f.value.(*object)
	return ok && f.key == "text" && (o.peek("status") == "generated" || o.peek("status") == "empty")
}

func isLeaf(v any) bool {
	switch v := v.(type) {
	case *object:
		return false
	case list:
		for _, e := range v {
			if _, ok := e.(*object); ok {
				return false
			}
		}
	}
	return true
}

// said joins the values of a field, for a message.
func said(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > 4*maxWhat {
			return v[:4*maxWhat]
		}
		return v
	case number:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	case *object:
		var out []string
		size := 0
		for _, f := range v.fields {
			if f.key == "resourceType" || f.key == "id" || f.key == "url" {
				continue
			}
			w := said(f.value)
			if size += len(w); size > 2*maxWhat {
				break
			}
			out = append(out, w)
		}
		return strings.Join(out, " ")
	case list:
		var out []string
		size := 0
		for _, e := range v {
			w := said(e)
			if size += len(w); size > 2*maxWhat {
				break
			}
			out = append(out, w)
		}
		return strings.Join(out, " ")
	}
	return ""
}
