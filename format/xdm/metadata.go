package xdm

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/format/xmltree"
)

// metadata reads one METADATA.XML.
func (r *reader) metadata(f *file) (*xds.Submission, error) {
	if int64(len(f.bytes)) > r.l.MetadataBytes {
		return nil, ErrTooLarge.Saying(finding.Tf("METADATA.XML fait %d octets ; la limite est de %d.", "METADATA.XML has %d bytes; the limit is %d.", len(f.bytes), r.l.MetadataBytes))
	}
	src := bytes.TrimLeft(f.bytes, " \t\r\n\x00")
	for bytes.HasPrefix(src, []byte("\xef\xbb\xbf\xef\xbb\xbf")) { // marked twice
		src = src[3:]
	}
	odd := len(src) != len(f.bytes)
	doc, err := parse(src)
	if err != nil && !utf8.Valid(src) && !isUTF16(src) {
		// Announced as UTF-8, written in Windows-1252: names of people are what suffers.
		if again, err2 := parse(fromWindows1252(src)); err2 == nil {
			doc, err, odd = again, nil, true
		}
	}
	if err != nil {
		return nil, unreadable(err)
	}
	if odd {
		r.say(oddXML, f.path)
	}
	if named, ok := nameAction(doc); ok {
		if doc, err = parse(named); err != nil {
			return nil, unreadable(err)
		}
	}
	root := doc.Root()
	if root.Local() == "SubmitObjectsRequest" && root.Space() != ebxml.NSLCM {
		return nil, ErrMetadata.Saying(finding.Tf("METADATA.XML est un SubmitObjectsRequest de l'espace de noms « %s » ; celui d'ebXML RegRep 3.0 est attendu (%s).",
			"METADATA.XML is a SubmitObjectsRequest of namespace %q; that of ebXML RegRep 3.0 is expected (%s).", root.Space(), ebxml.NSLCM))
	}
	sub, err := ebxml.ReadSubmission(root)
	if err != nil {
		return nil, unreadable(err)
	}
	return sub, nil
}

func parse(src []byte) (*xmltree.Doc, error) { return xmltree.Parse(src) }

// unreadable says with the refusal of the reader below what METADATA.XML has.
func unreadable(err error) error {
	var x *xmltree.Error
	inner := finding.As(err)
	if inner == nil && errors.As(err, &x) {
		inner = x.Refusal()
	}
	if inner == nil {
		return ErrMetadata.With(err)
	}
	out := ErrMetadata.With(err).Saying(finding.T("METADATA.XML est illisible : "+inner.Message.FR, "METADATA.XML cannot be read: "+inner.Message.EN))
	if inner.Where != "" {
		out.Where = metaName + ", " + inner.Where
	}
	if !inner.Fix.IsZero() {
		out.Fix = inner.Fix
	}
	return out
}

func isUTF16(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) || bytes.HasPrefix(b, []byte("<\x00")) || bytes.HasPrefix(b, []byte("\x00<"))
}

// windows1252 is what the code page has where ISO 8859-1 has controls.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

func fromWindows1252(src []byte) []byte {
	out := make([]byte, 0, len(src)+len(src)/8)
	for _, c := range src {
		switch {
		case c < 0x80:
			out = append(out, c)
		case c < 0xa0:
			out = utf8.AppendRune(out, windows1252[c-0x80])
		default:
			out = utf8.AppendRune(out, rune(c))
		}
	}
	return out
}

// nameAction gives a URN to a slot that is named "action" alone, which the reading of metadata would
// refuse as unknown.
func nameAction(doc *xmltree.Doc) ([]byte, bool) {
	src := doc.Source()
	type cut struct{ from, to int }
	var cuts []cut
	for n := range doc.Root().Descendants(ebxml.NSRIM, "Slot") {
		if !strings.EqualFold(n.Attr("name"), "action") {
			continue
		}
		open, _ := n.ContentRange()
		tag := src[n.Offset():open]
		for _, q := range []string{`"`, `'`} {
			if i := bytes.Index(bytes.ToLower(tag), []byte("name="+q+"action"+q)); i >= 0 {
				from := n.Offset() + i + len("name=") + 1
				cuts = append(cuts, cut{from, from + len("action")})
			}
		}
	}
	if len(cuts) == 0 {
		return nil, false
	}
	var out []byte
	last := 0
	if bytes.HasPrefix(src, []byte("<?xml")) {
		last = bytes.Index(src, []byte("?>")) + 2 // the source is in UTF-8 by now, whatever it declared
	}
	for _, c := range cuts {
		out = append(append(out, src[last:c.from]...), slotAction...)
		last = c.to
	}
	return append(out, src[last:]...), true
}

// purpose tells what a set asks for, and about which documents.
//
// spec: DMP 2.5
func purpose(sub *xds.Submission) (Kind, []string) {
	kind := Deposit
	var target []string
	add := func(id string) {
		if id != "" && !slices.Contains(target, id) {
			target = append(target, id)
		}
	}
	byID := map[string]string{}
	for i := range sub.Entries {
		byID[sub.Entries[i].EntryUUID] = sub.Entries[i].UniqueID
	}
	named := func(id string) string {
		if unique := byID[id]; unique != "" {
			return unique // a symbol of this very archive means nothing elsewhere
		}
		return id
	}
	set := action(sub.Set.Extra)
	for i := range sub.Entries {
		e := &sub.Entries[i]
		act := action(e.Extra)
		if act == "" {
			act = set
		}
		switch {
		case act == actionDelete || e.Status == xds.Deleted:
			kind = Deletion
			add(e.UniqueID)
		case act == actionChange && kind == Deposit:
			kind = Replacement
		}
	}
	for _, a := range sub.Associations {
		switch {
		case a.Type == xds.UpdateAvailabilityStatus && a.NewStatus == xds.Deleted:
			kind = Deletion
			add(named(a.Target))
		case a.Type.Replaces():
			if kind == Deposit {
				kind = Replacement
			}
			add(named(a.Target))
		}
	}
	return kind, target
}

// action reads the extra metadata that says what to do, under whatever URN.
func action(extra []xds.Slot) string {
	for _, s := range extra {
		if i := strings.LastIndexByte(s.Name, ':'); strings.EqualFold(s.Name[i+1:], "action") && len(s.Values) > 0 {
			return strings.ToUpper(strings.TrimSpace(s.Values[0]))
		}
	}
	return ""
}
