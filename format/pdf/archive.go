package pdf

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
)

// metadata writes what the file says of itself, in the words archives read. It must say the
// same as the information dictionary.
// spec: ISO 19005-1 6.7
func (d *Document) metadata() []byte {
	var b bytes.Buffer
	esc := func(s string) string {
		var e bytes.Buffer
		_ = xml.EscapeText(&e, []byte(s)) // a bytes.Buffer does not fail
		return e.String()
	}
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n" +
		"<rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\"><pdfaid:part>1</pdfaid:part><pdfaid:conformance>" + conformance + "</pdfaid:conformance></rdf:Description>\n" +
		"<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:format>application/pdf</dc:format>")
	fmt.Fprintf(&b, "<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>", esc(d.lang()))
	fmt.Fprintf(&b, "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">%s</rdf:li></rdf:Alt></dc:title>", esc(d.name()))
	if s := known(d.Author); s != "" {
		fmt.Fprintf(&b, "<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>", esc(s))
	}
	if s := known(d.Subject); s != "" {
		fmt.Fprintf(&b, "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">%s</rdf:li></rdf:Alt></dc:description>", esc(s))
	}
	b.WriteString("</rdf:Description>\n<rdf:Description rdf:about=\"\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"><pdf:Producer>Socle</pdf:Producer></rdf:Description>\n")
	if !d.Created.IsZero() {
		fmt.Fprintf(&b, "<rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"><xmp:CreateDate>%s</xmp:CreateDate></rdf:Description>\n", d.Created.UTC().Format(time.RFC3339))
	}
	b.WriteString("</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	return b.Bytes()
}

// conformance is the level we reach: B and the tags, the language and the meaning of every letter.
const conformance = "A"

// information is the same for readers of before.
func (d *Document) information() string {
	var b strings.Builder
	b.WriteString("<</Title" + textString(d.name()))
	if s := known(d.Author); s != "" {
		b.WriteString("/Author" + textString(s))
	}
	if s := known(d.Subject); s != "" {
		b.WriteString("/Subject" + textString(s))
	}
	b.WriteString("/Producer(Socle)")
	if !d.Created.IsZero() {
		b.WriteString("/CreationDate(D:" + d.Created.UTC().Format("20060102150405") + "Z)")
	}
	return b.String() + ">>"
}

// name is the title as metadata give it: a file must have one.
func (d *Document) name() string {
	if s := known(d.title); s != "" {
		return s
	}
	return "Document"
}

// known is a text that metadata and information write alike: one line, of characters XML knows.
func known(s string) string {
	return clip(oneLine(strings.Map(func(c rune) rune {
		if c < 0x20 && c != '\n' && c != '\t' || c == 0xfffe || c == 0xffff || c == 0xfeff || c >= 0x7f && c < 0xa0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\ufffd"))))
}

// sRGB is the colour space of everything drawn, as an ICC profile of ours: three primaries and
// one curve.
// spec: ICC.1:2001-04; IEC 61966-2-1
var sRGB = sync.OnceValue(func() []byte {
	be := binary.BigEndian
	fixed := func(b []byte, v float64) []byte { return be.AppendUint32(b, uint32(int32(math.Round(v*65536)))) }
	xyz := func(x, y, z float64) []byte {
		b := append([]byte("XYZ "), 0, 0, 0, 0)
		return fixed(fixed(fixed(b, x), y), z)
	}
	const name = "sRGB"
	description := be.AppendUint32(append([]byte("desc"), 0, 0, 0, 0), uint32(len(name)+1))
	description = append(append(description, name...), make([]byte, 1+8+3+67)...)
	rights := append(append([]byte("text"), 0, 0, 0, 0), "CC0\x00"...)
	const steps = 1024
	curve := be.AppendUint32(append([]byte("curv"), 0, 0, 0, 0), steps)
	for i := range steps {
		v := float64(i) / (steps - 1)
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = be.AppendUint16(curve, uint16(math.Round(v*65535)))
	}
	tags := []struct {
		names []string
		data  []byte
	}{
		{[]string{"desc"}, description}, {[]string{"cprt"}, rights}, {[]string{"wtpt"}, xyz(0.9642, 1, 0.8249)},
		{[]string{"rXYZ"}, xyz(0.43607, 0.22249, 0.01392)}, {[]string{"gXYZ"}, xyz(0.38515, 0.71687, 0.09708)}, {[]string{"bXYZ"}, xyz(0.14307, 0.06061, 0.71410)},
		{[]string{"rTRC", "gTRC", "bTRC"}, curve},
	}
	const count = 9
	table := be.AppendUint32(nil, count)
	var body []byte
	for _, t := range tags {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		for _, n := range t.names {
			table = append(table, n...)
			table = be.AppendUint32(table, uint32(128+4+12*count+len(body)))
			table = be.AppendUint32(table, uint32(len(t.data)))
		}
		body = append(body, t.data...)
	}
	head := make([]byte, 128)
	be.PutUint32(head, uint32(128+len(table)+len(body)))
	be.PutUint32(head[8:], 0x02100000)
	copy(head[12:], "mntrRGB XYZ ")
	for i, v := range []uint16{2000, 1, 1, 0, 0, 0} {
		be.PutUint16(head[24+2*i:], v)
	}
	copy(head[36:], "acsp")
	copy(head[68:], xyz(0.9642, 1, 0.8249)[8:])
	return append(append(head, table...), body...)
})
