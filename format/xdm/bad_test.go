package xdm

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/socle-sante/socle/format/finding"
)

// entry is one file of an archive made by hand.
type entry struct {
	name string
	b    []byte
	mode fs.FileMode
}

func makeZip(t testing.TB, list ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range list {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		dst, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dst.Write(e.b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// raw makes a zip byte by byte: header fields may lie.
func rawZip(name string, flags, method uint16, crc, packed, size uint32, body []byte) []byte {
	var b bytes.Buffer
	le := func(v ...any) {
		for _, x := range v {
			_ = binary.Write(&b, binary.LittleEndian, x)
		}
	}
	le(uint32(0x04034b50), uint16(20), flags, method, uint32(0), crc, packed, size, uint16(len(name)), uint16(0))
	b.WriteString(name)
	b.Write(body)
	at := uint32(b.Len())
	le(uint32(0x02014b50), uint16(20), uint16(20), flags, method, uint32(0), crc, packed, size, uint16(len(name)), uint16(0), uint16(0), uint16(0), uint16(0), uint32(0), uint32(0))
	b.WriteString(name)
	le(uint32(0x06054b50), uint16(0), uint16(0), uint16(1), uint16(1), uint32(b.Len())-at, at, uint16(0))
	return b.Bytes()
}

const metaPath = "IHE_XDM/SUBSET01/METADATA.XML"

// onMeta changes the metadata of an archive.
func onMeta(change func([]byte) []byte) func(string, []byte) (string, []byte) {
	return func(name string, b []byte) (string, []byte) {
		if name == metaPath {
			b = change(b)
		}
		return name, b
	}
}

func replace(old, new string) func(string, []byte) (string, []byte) {
	return onMeta(func(b []byte) []byte {
		if !bytes.Contains(b, []byte(old)) {
			panic(old)
		}
		return bytes.ReplaceAll(b, []byte(old), []byte(new))
	})
}

func TestBadArchives(t *testing.T) {
	good := write(t, pack(source(t, sample)))
	two := pack(source(t, sample), source(t, strings.Replace(sample, "1.2.250.1.999.1", "1.2.250.1.999.2", 1)))
	xml := []byte("<x/>")
	overlap := func() []byte { // two entries of the directory lead to the same bytes
		b := rawZip("A.XML", 0, 0, crc32.ChecksumIEEE(xml), 4, 4, xml)
		dir := bytes.Index(b, signature)
		end := bytes.Index(b, []byte("PK\x05\x06"))
		out := append(append(append([]byte(nil), b[:end]...), bytes.Replace(b[dir:end], []byte("A.XML"), []byte("B.XML"), 1)...), b[end:]...)
		e := out[len(out)-22:]
		binary.LittleEndian.PutUint16(e[8:], 2)
		binary.LittleEndian.PutUint16(e[10:], 2)
		binary.LittleEndian.PutUint32(e[12:], uint32(2*(end-dir)))
		return out
	}
	var many []entry
	for i := range DefaultEntries + 1 {
		many = append(many, entry{name: "F" + hex.EncodeToString([]byte{byte(i >> 8), byte(i)})})
	}
	cases := []struct {
		name string
		raw  []byte
		id   string
	}{
		{"nothing", nil, "XDM-ZIP"},
		{"text", []byte("bonjour"), "XDM-ZIP"},
		{"cut", good[:len(good)/2], "XDM-ZIP"},
		{"password", rawZip(metaPath, 1, 0, 0, 4, 4, xml), "XDM-ZIP-CHIFFRE"},
		{"strong encryption", rawZip(metaPath, 1|64, 0, 0, 4, 4, xml), "XDM-ZIP-CHIFFRE"},
		{"bzip2", rawZip(metaPath, 0, 12, 0, 4, 4, xml), "XDM-ZIP-METHODE"},
		{"wrong checksum", rawZip(metaPath, 0, 0, 7, 4, 4, xml), "XDM-ZIP-ABIME"},
		{"longer than announced", rawZip(metaPath, 0, 0, crc32.ChecksumIEEE(xml), 4, 2, xml), "XDM-ZIP-ABIME"},
		{"overlapping", overlap(), "XDM-ZIP-CHEVAUCHEMENT"},
		{"bomb", makeZip(t, entry{name: "A.TXT", b: make([]byte, 10<<20)}), "XDM-BOMBE"},
		{"many files", makeZip(t, many...), "XDM-TROP-DE-FICHIERS"},
		{"parent", makeZip(t, entry{name: "../A.XML"}), "XDM-CHEMIN"},
		{"parent inside", makeZip(t, entry{name: "IHE_XDM/../../A.XML"}), "XDM-CHEMIN"},
		{"backslash parent", makeZip(t, entry{name: `IHE_XDM\..\..\A.XML`}), "XDM-CHEMIN"},
		{"absolute", makeZip(t, entry{name: "/etc/passwd"}), "XDM-CHEMIN"},
		{"network share", makeZip(t, entry{name: `\\serveur\a`}), "XDM-CHEMIN"},
		{"drive", makeZip(t, entry{name: `C:\A.XML`}), "XDM-CHEMIN"},
		{"null in a name", makeZip(t, entry{name: "A\x00.XML"}), "XDM-CHEMIN"},
		{"line in a name", makeZip(t, entry{name: "A\r\nB.XML"}), "XDM-CHEMIN"},
		{"no name", makeZip(t, entry{name: "."}), "XDM-CHEMIN"},
		{"long name", makeZip(t, entry{name: strings.Repeat("A", 300)}), "XDM-CHEMIN"},
		{"deep", makeZip(t, entry{name: strings.Repeat("A/", 20) + "B.XML"}), "XDM-CHEMIN"},
		{"link", makeZip(t, entry{name: "A.XML", b: []byte("/etc/passwd"), mode: fs.ModeSymlink | 0o777}), "XDM-CHEMIN"},
		{"same name but for case", makeZip(t, entry{name: "A.XML"}, entry{name: "a.xml"}), "XDM-DOUBLON"},
		{"same name but for the slash", makeZip(t, entry{name: "A/B.XML"}, entry{name: `a\B.XML`}), "XDM-DOUBLON"},
		{"archive in an archive", makeZip(t, entry{name: "IHE_XDM.zip", b: good}), "XDM-IMBRIQUEE"},
		{"no metadata", makeZip(t, entry{name: "A.XML", b: xml}), "XDM-SANS-METADONNEES"},
		{"empty archive", makeZip(t), "XDM-SANS-METADONNEES"},
		{"metadata that is no XML", makeZip(t, entry{name: metaPath, b: []byte("x")}), "XDM-METADONNEES"},
		{"metadata that is other XML", makeZip(t, entry{name: metaPath, b: xml}), "XDM-METADONNEES"},
		{"entities", makeZip(t, entry{name: metaPath, b: []byte(`<!DOCTYPE a [<!ENTITY x "y">]><a/>`)}), "XDM-METADONNEES"},
		{"old ebXML", edit(t, good, replace("ebxml-regrep:xsd:lcm:3.0", "ebxml-regrep:registry:xsd:2.1")), "XDM-METADONNEES"},
		{"unknown slot", edit(t, good, replace(`name="creationTime"`, `name="creation"`)), "XDM-METADONNEES"},
		{"no objects", makeZip(t, entry{name: metaPath, b: []byte(`<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><rim:RegistryObjectList><rim:RegistryPackage id="s"/></rim:RegistryObjectList></lcm:SubmitObjectsRequest>`)}), "XDM-VIDE"},
		{"document absent", edit(t, good, func(n string, b []byte) (string, []byte) {
			if strings.HasSuffix(n, "DOC00001.XML") {
				return "", nil
			}
			return n, b
		}), "XDM-DOCUMENT-ABSENT"},
		{"URI outside", edit(t, good, replace(">DOC00001.XML<", ">../../etc/passwd<")), "XDM-CHEMIN"},
		{"URI outside, escaped", edit(t, good, replace(">DOC00001.XML<", ">%2e%2e/a<")), "XDM-CHEMIN"},
		{"URI of the metadata", edit(t, good, replace(">DOC00001.XML<", ">METADATA.XML<")), ""},
		{"another document", edit(t, good, func(n string, b []byte) (string, []byte) {
			if strings.HasSuffix(n, "DOC00001.XML") {
				b = bytes.Replace(b, []byte("Rien"), []byte("Mort"), 1)
			}
			return n, b
		}), "XDM-EMPREINTE"},
		{"longer document", edit(t, good, func(n string, b []byte) (string, []byte) {
			if strings.HasSuffix(n, "DOC00001.XML") {
				b = append(b, '\n')
			}
			return n, b
		}), "XDM-TAILLE"},
		{"two patients", edit(t, write(t, two), onMeta(func(b []byte) []byte {
			return bytes.Replace(b, []byte(`value="279035121518989^`), []byte(`value="180032B02040123^`), 1)
		})), "XDM-PATIENTS"},
		{"same digits, other register", edit(t, good, onMeta(func(b []byte) []byte {
			return bytes.Replace(b, []byte(`1.4.10&amp;ISO^NH"`), []byte(`1.4.8&amp;ISO^NH"`), 1)
		})), "XDM-PATIENTS"},
	}
	for _, c := range cases {
		_, _, err := Read(c.raw, Limits{})
		r := finding.As(err)
		if c.id == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if r == nil || r.ID != c.id {
			t.Errorf("%s: %v, want %s", c.name, err, c.id)
			continue
		}
		if r.Message.FR == "" || r.Message.FR == r.Message.EN || r.Fix.IsZero() {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
	for name, l := range map[string]Limits{"archive": {ArchiveBytes: 100}, "document": {DocumentBytes: 1000}, "total": {TotalBytes: 4000}, "metadata": {MetadataBytes: 100}} {
		if _, _, err := Read(good, l); finding.As(err) == nil || finding.As(err).ID != "XDM-TROP-GRAND" {
			t.Errorf("limit of %s: %v", name, err)
		}
	}
}

// TestFieldErrors reads what real software writes, and says what to mend.
func TestFieldErrors(t *testing.T) {
	src := source(t, sample)
	good := write(t, pack(src))
	move := func(f func(string) string) []byte {
		return edit(t, good, func(n string, b []byte) (string, []byte) { return f(n), b })
	}
	drop := func(names ...string) []byte {
		return move(func(n string) string {
			for _, d := range names {
				if n == d {
					return ""
				}
			}
			return n
		})
	}
	hash := func(f func(hexa string) string) []byte {
		return edit(t, good, onMeta(func(b []byte) []byte {
			i := bytes.Index(b, []byte(`name="hash"><rim:ValueList><rim:Value>`)) + len(`name="hash"><rim:ValueList><rim:Value>`)
			return append(append(append([]byte(nil), b[:i]...), f(string(b[i:i+40]))...), b[i+40:]...)
		}))
	}
	utf16le := func(b []byte) []byte {
		out := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(strings.Replace(string(b), "UTF-8", "UTF-16", 1))) {
			out = append(out, byte(u), byte(u>>8))
		}
		return out
	}
	latin := func(b []byte) []byte {
		var out []byte
		for _, c := range string(b) {
			out = append(out, byte(c))
		}
		return out
	}
	cases := []struct {
		name string
		raw  []byte
		ids  string
	}{
		{"lower case", move(strings.ToLower), "XDM-NOM"},
		{"backslashes", move(func(n string) string { return strings.ReplaceAll(n, "/", `\`) }), "XDM-NOM"},
		{"wrapped", move(func(n string) string { return "envoi/" + n }), "XDM-NOM XDM-ARBORESCENCE"},
		{"no root folder", move(func(n string) string { return strings.TrimPrefix(n, "IHE_XDM/") }), "XDM-ARBORESCENCE"},
		{"flat", move(func(n string) string { return n[strings.LastIndexByte(n, '/')+1:] }), "XDM-ARBORESCENCE"},
		{"no pages", drop("INDEX.HTM", "README.TXT"), "XDM-SANS-INDEX XDM-SANS-README"},
		{"other document name", move(func(n string) string { return strings.Replace(n, "DOC00001", "CR", 1) }), "XDM-URI"},
		{"URI from the root", edit(t, good, replace(">DOC00001.XML<", ">IHE_XDM/SUBSET01/DOC00001.XML<")), "XDM-URI"},
		{"URI in small letters with a dot", edit(t, good, replace(">DOC00001.XML<", `>.\doc00001.xml<`)), ""},
		{"no URI", edit(t, good, replace(`<rim:Slot name="URI"><rim:ValueList><rim:Value>DOC00001.XML</rim:Value></rim:ValueList></rim:Slot>`, "")), "XDM-URI"},
		{"no hash", hash(func(string) string { return "" }), "XDM-SANS-EMPREINTE"},
		{"hash in capitals", hash(strings.ToUpper), ""},
		{"hash in base64", hash(func(h string) string { b, _ := hex.DecodeString(h); return base64.StdEncoding.EncodeToString(b) }), "XDM-EMPREINTE-FORME"},
		{"no patient on the set", edit(t, good, onMeta(func(b []byte) []byte {
			i := bytes.LastIndex(b, []byte(`value="279035121518989^`))
			return append(append([]byte(nil), b[:i]...), bytes.Replace(b[i:], []byte("279035121518989^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH"), nil, 1)...)
		})), "XDM-PATIENT"},
		{"byte order mark", edit(t, good, onMeta(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) })), ""},
		{"two marks", edit(t, good, onMeta(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf\xef\xbb\xbf"), b...) })), "XDM-ENCODAGE"},
		{"blank line first", edit(t, good, onMeta(func(b []byte) []byte { return append([]byte("\r\n"), b...) })), "XDM-ENCODAGE"},
		{"Windows-1252 said to be UTF-8", edit(t, good, onMeta(latin)), "XDM-ENCODAGE"},
		{"ISO 8859-1", edit(t, good, onMeta(func(b []byte) []byte { return bytes.Replace(latin(b), []byte("UTF-8"), []byte("ISO-8859-1"), 1) })), ""},
		{"UTF-16", edit(t, good, onMeta(utf16le)), ""},
		{"desktop files", makeMore(t, good, "__MACOSX/._INDEX.HTM", "IHE_XDM/.DS_Store"), ""},
		{"a zip beside", makeMore(t, good, "AUTRE.ZIP"), "XDM-ZIP-DEDANS"},
		{"a stray file", makeMore(t, good, "AUTRE/A.TXT"), "XDM-HORS-LOT"},
		{"a style sheet", makeMore(t, good, "IHE_XDM/SUBSET01/CDA.XSL"), ""},
	}
	for _, c := range cases {
		a, list, err := Read(c.raw, Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var ids []string
		for _, f := range list {
			ids = append(ids, f.ID)
			if f.Message.FR == "" || f.Message.FR == f.Message.EN || f.Fix.IsZero() || f.Rule == "" {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
		if got := strings.Join(ids, " "); got != c.ids {
			t.Errorf("%s: %s, want %s", c.name, got, c.ids)
		}
		d := a.Sets[0].Documents[0]
		if !bytes.Equal(d.Bytes, src.Bytes) || d.Entry.Title != "Compte rendu d'été" {
			t.Errorf("%s: %q", c.name, d.Entry.Title)
		}
	}
}

func makeMore(t *testing.T, raw []byte, names ...string) []byte {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var list []entry
	for _, f := range z.File {
		b, err := inflate(f, 1<<30, Limits{}.filled())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, entry{name: f.Name, b: b})
	}
	for _, n := range names {
		list = append(list, entry{name: n, b: []byte(map[bool]string{true: "PK\x03\x04", false: "x"}[strings.HasSuffix(n, ".ZIP")])})
	}
	return makeZip(t, list...)
}

func TestSeveralSets(t *testing.T) {
	good := write(t, pack(source(t, sample)))
	other := write(t, pack(source(t, strings.Replace(sample, "1.2.250.1.999.1", "1.2.250.1.999.2", 1))))
	var list []entry
	for _, raw := range [][]byte{good, other} {
		sub := map[bool]string{true: "SUBSET01", false: "SUBSET02"}[len(list) == 0]
		edit(t, raw, func(n string, b []byte) (string, []byte) {
			if sub == "SUBSET01" || strings.HasPrefix(n, "IHE_XDM") {
				list = append(list, entry{name: strings.Replace(n, "SUBSET01", sub, 1), b: b})
			}
			return n, b
		})
	}
	a, findings, err := Read(makeZip(t, list...), Limits{})
	if err != nil || len(findings) != 0 || len(a.Sets) != 2 || a.Sets[1].Name != "SUBSET02" || a.Sets[1].Documents[0].Entry.UniqueID != "1.2.250.1.999.2" {
		t.Fatalf("%v %v %+v", err, findings, a)
	}
}

func TestCP437Names(t *testing.T) {
	// The flag for UTF-8 is not set: é is 0x82.
	good := write(t, pack(source(t, sample)))
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		b, _ := inflate(f, 1<<30, Limits{}.filled())
		h := &zip.FileHeader{Name: strings.Replace(f.Name, "DOC00001", "R\x82sum\x82", 1), Method: zip.Deflate, NonUTF8: true}
		dst, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = dst.Write(b)
	}
	_ = w.Close()
	a, _, err := Read(out.Bytes(), Limits{})
	if err != nil || a.Sets[0].Documents[0].URI != "Résumé.XML" {
		t.Fatal(err, a)
	}
}

func FuzzRead(f *testing.F) {
	s, err := FromCDA([]byte(sample))
	if err != nil {
		f.Fatal(err)
	}
	good, err := Write(pack(s))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(rawZip(metaPath, 1, 0, 0, 4, 4, []byte("<x/>")))
	f.Add(rawZip(metaPath, 0, 0, crc32.ChecksumIEEE([]byte("<x/>")), 4, 4, []byte("<x/>")))
	f.Add(makeZip(f, entry{name: "../A.XML"}, entry{name: `a\b`}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, list, err := Read(raw, Limits{TotalBytes: 1 << 20, DocumentBytes: 1 << 20})
		if err != nil {
			if r := finding.As(err); r == nil || !strings.HasPrefix(r.ID, "XDM-") {
				t.Fatalf("%v", err)
			}
			return
		}
		_, _, _ = a.Patient()
		for _, s := range a.Sets {
			if s.Submission == nil {
				t.Fatal("no submission")
			}
		}
		_ = list
	})
}

func BenchmarkRead(b *testing.B) {
	s, err := FromCDA([]byte(strings.Replace(sample, "Rien.", strings.Repeat("Hémoglobine 13,4 g/dL. ", 6000), 1)))
	if err != nil {
		b.Fatal(err)
	}
	raw, err := Write(pack(s))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(s.Bytes)))
	for b.Loop() {
		if _, _, err := Read(raw, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
