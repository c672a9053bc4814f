package xdm

import (
	"archive/zip"
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

var now = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// sample is a small document of a fictitious person, with what the metadata need.
const sample = `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="1.2.250.1.213.1.1.1.1"/><templateId root="1.2.250.1.213.1.1.1.55"/><id root="1.2.250.1.999.1"/><code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="CR d'examens biologiques"/>
<title>Compte rendu d'été</title><effectiveTime value="20261120101500+0100"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="279035121518989"/><patient><name><family qualifier="BR">PAT-TROIS</family><given qualifier="BR">DOMINIQUE</given></name><administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790328"/></patient></patientRole></recordTarget>
<author><time value="20261120101500+0100"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234534765"/><assignedPerson><name><family>CAMPARINI</family><given>Marcel</given></name></assignedPerson><representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1120459876"/><name>Laboratoire des charmes</name><standardIndustryClassCode code="AMBULATOIRE" codeSystem="1.2.250.1.213.1.1.4.9" displayName="Ambulatoire"/></representedOrganization></assignedAuthor></author>
<legalAuthenticator><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="801234534765"/><assignedPerson><name><family>CAMPARINI</family><given>Marcel</given></name></assignedPerson></assignedEntity></legalAuthenticator>
<documentationOf><serviceEvent><effectiveTime><low value="20261120090000+0100"/></effectiveTime></serviceEvent></documentationOf>
<componentOf><encompassingEncounter><effectiveTime><low value="20261120090000+0100"/></effectiveTime><location><healthCareFacility><code code="SA25" codeSystem="1.2.250.1.71.4.2.4" displayName="Laboratoire"/></healthCareFacility></location></encompassingEncounter></componentOf>
<component><structuredBody><component><section><text>Rien.</text></section></component></structuredBody></component></ClinicalDocument>`

func source(t *testing.T, doc string) Source {
	t.Helper()
	s, err := FromCDA([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pack(docs ...Source) *Package {
	return &Package{Documents: docs, Now: now, Sender: Sender{Name: "Dr Marcel CAMPARINI", Structure: "Laboratoire des charmes & Cie", Address: "labo@charmes.mssante.fr"}, Software: Software{Name: "Socle", Version: "1", Editor: "Socle"}}
}

func write(t *testing.T, p *Package) []byte {
	t.Helper()
	b, err := Write(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	one, two := source(t, sample), source(t, strings.Replace(sample, "1.2.250.1.999.1", "1.2.250.1.999.2", 1))
	p := pack(one, two)
	p.Beside = []Beside{{Name: "CDA.XSL", Bytes: []byte("<x/>")}}
	raw := write(t, p)
	if again := write(t, p); !bytes.Equal(raw, again) {
		t.Error("the same package gives other bytes")
	}
	a, list, err := Read(raw, Limits{})
	if err != nil || len(list) != 0 {
		t.Fatalf("%v %v", err, list)
	}
	s := a.Sets[0]
	if len(a.Sets) != 1 || s.Name != "SUBSET01" || s.Kind != Deposit || s.Target != nil || len(s.Documents) != 3 || s.Documents[2].Entry != nil || s.Documents[2].URI != "CDA.XSL" {
		t.Errorf("%+v", s)
	}
	for i, d := range []Source{one, two} {
		got := s.Documents[i]
		if !bytes.Equal(got.Bytes, d.Bytes) || got.URI != []string{"DOC00001.XML", "DOC00002.XML"}[i] || got.Entry.UniqueID != d.Entry.UniqueID || got.Entry.EntryUUID != EntryUUID(d.Entry.UniqueID) {
			t.Errorf("document %d: %+v", i, got.Entry)
		}
	}
	ins, cx, err := a.Patient()
	if err != nil || cx != "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH" || ins.Matricule.Reveal() != "279035121518989" {
		t.Errorf("%s %v", cx, err)
	}
	if !isOID(s.Submission.Set.UniqueID) || !isOID(s.Submission.Set.SourceID) || s.Submission.Set.SubmissionTime != "20261121093000" || s.Submission.Set.ContentType.Display == "" {
		t.Errorf("%+v", s.Submission.Set)
	}
	page, err := xmltree.Parse(bytes.Replace(a.Index, a.Index[:bytes.Index(a.Index, []byte("<html"))], nil, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"DOMINIQUE", "PAT-TROIS", "Laboratoire des charmes &amp; Cie", `href="IHE_XDM/SUBSET01/DOC00002.XML"`, "Compte rendu d'été", "21/11/2026 10:30", "Health documents", "20/11/2026"} {
		if !bytes.Contains(a.Index, []byte(want)) {
			t.Errorf("INDEX.HTM lacks %s\n%s", want, a.Index)
		}
	}
	_ = page
	for i, c := range a.Readme {
		if c >= 0x80 || c == '\n' && a.Readme[i-1] != '\r' {
			t.Fatalf("README.TXT is not plain ASCII with CRLF at %d", i)
		}
	}
}

func isOID(s string) bool { return strings.HasPrefix(s, "2.25.") && len(s) <= 64 }

func TestReplacementAndDeletion(t *testing.T) {
	doc := strings.Replace(sample, "<componentOf>", `<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.0"/></parentDocument></relatedDocument><componentOf>`, 1)
	s := source(t, doc)
	if s.Kind != Replacement || !reflect.DeepEqual(s.Replaces, []string{"1.2.250.1.999.0"}) {
		t.Fatalf("%v %v", s.Kind, s.Replaces)
	}
	a, list, err := Read(write(t, pack(s)), Limits{})
	if err != nil || len(list) != 0 {
		t.Fatal(err, list)
	}
	if got := a.Sets[0]; got.Kind != Replacement || !reflect.DeepEqual(got.Target, []string{EntryUUID("1.2.250.1.999.0")}) {
		t.Errorf("%v %v", got.Kind, got.Target)
	}
	s = source(t, sample)
	s.Kind = Deletion
	raw := write(t, pack(s))
	a, list, err = Read(raw, Limits{})
	if err != nil || len(list) != 0 {
		t.Fatal(err, list)
	}
	if got := a.Sets[0]; got.Kind != Deletion || !reflect.DeepEqual(got.Target, []string{"1.2.250.1.999.1"}) || len(got.Documents) != 1 {
		t.Errorf("%v %v", got.Kind, got.Target)
	}
	// The document to withdraw may stay behind; the slot may be named action alone.
	raw = edit(t, raw, func(name string, b []byte) (string, []byte) {
		if strings.HasPrefix(name, "IHE_XDM/SUBSET01/DOC") {
			return "", nil
		}
		b = bytes.ReplaceAll(b, []byte(slotAction), []byte("action"))
		if i := bytes.Index(b, []byte(`<rim:Association id="Association02"`)); i > 0 {
			b = append(append([]byte(nil), b[:i]...), b[bytes.Index(b, []byte("</rim:RegistryObjectList>")):]...)
		}
		return name, b
	})
	a, _, err = Read(raw, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Sets[0]; got.Kind != Deletion || !reflect.DeepEqual(got.Target, []string{"1.2.250.1.999.1"}) {
		t.Errorf("%v %v", got.Kind, got.Target)
	}
}

// edit makes the archive again, with other names or bytes; an empty name drops the file.
func edit(t testing.TB, raw []byte, change func(name string, b []byte) (string, []byte)) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		b, err := inflate(f, 1<<30, Limits{}.filled())
		if err != nil {
			t.Fatal(err)
		}
		name, b := change(f.Name, b)
		if name == "" {
			continue
		}
		dst, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dst.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestEveryOfficialDocumentTravels writes each example, reads it back and asks foreign tools.
func TestEveryOfficialDocumentTravels(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	if len(files) < 40 {
		t.Fatalf("%d documents", len(files))
	}
	unzip, _ := exec.LookPath("unzip")
	python, _ := exec.LookPath("python3")
	dir := t.TempDir()
	var paths []string
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s, err := FromCDA(src)
		if err != nil {
			t.Fatal(f, err)
		}
		raw, err := Write(pack(s))
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		a, list, err := Read(raw, Limits{})
		if err != nil || len(list) != 0 {
			t.Errorf("%s: %v %v", filepath.Base(f), err, list)
			continue
		}
		d := a.Sets[0].Documents[0]
		if !bytes.Equal(d.Bytes, src) {
			t.Errorf("%s: other bytes", f)
		}
		sum := sha1.Sum(src)
		want := s.Entry
		want.URI, want.Size, want.Hash, want.EntryUUID = "DOC00001.XML", int64(len(src)), hex.EncodeToString(sum[:]), EntryUUID(want.UniqueID)
		want.Extra = withAction(nil, s.Kind)
		got := *d.Entry
		squeezeEntry(&want)
		squeezeEntry(&got)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: metadata\n%+v\nwant\n%+v", filepath.Base(f), got, want)
		}
		path := filepath.Join(dir, filepath.Base(f)+".zip")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	if unzip == "" {
		t.Log("unzip is absent: not asked")
	} else {
		for _, p := range paths[:5] {
			if out, err := exec.Command(unzip, "-t", p).CombinedOutput(); err != nil {
				t.Errorf("unzip -t: %v\n%s", err, out)
			}
		}
	}
	if python == "" {
		t.Log("python3 is absent: not asked")
		return
	}
	script := "import sys,zipfile\nfor p in sys.argv[1:]:\n z=zipfile.ZipFile(p)\n assert z.testzip() is None\n for i in z.infolist():\n  assert i.date_time==(2026,11,21,9,30,0), i\n  assert i.flag_bits==0 and not i.extra, i\n"
	if out, err := exec.Command(python, append([]string{"-c", script}, paths...)...).CombinedOutput(); err != nil {
		t.Errorf("python zipfile: %v\n%s", err, out)
	}
}

// squeezeEntry does away with what a reading of metadata trims or makes of an empty list.
func squeezeEntry(e *xds.DocumentEntry) {
	trim := func(list []string) []string {
		var out []string
		for _, s := range list {
			out = append(out, strings.TrimSpace(s))
		}
		return out
	}
	e.SourcePatientInfo, e.ReferenceIDs = trim(e.SourcePatientInfo), trim(e.ReferenceIDs)
	e.LegalAuth, e.SourcePatientID = strings.TrimSpace(e.LegalAuth), strings.TrimSpace(e.SourcePatientID)
	for i := range e.Authors {
		a := &e.Authors[i]
		a.Institutions, a.Roles, a.Specialties, a.Telecoms = trim(a.Institutions), trim(a.Roles), trim(a.Specialties), trim(a.Telecoms)
	}
}

func TestWriteIsStrict(t *testing.T) {
	good := func() *Package { return pack(source(t, sample)) }
	for name, spoil := range map[string]func(*Package){
		"no document":    func(p *Package) { p.Documents = nil },
		"no date":        func(p *Package) { p.Now = time.Time{} },
		"no sender":      func(p *Package) { p.Sender = Sender{} },
		"no software":    func(p *Package) { p.Software = Software{} },
		"empty document": func(p *Package) { p.Documents[0].Bytes = nil },
		"no patient":     func(p *Package) { p.Documents[0].Entry.PatientID = "" },
		"no type":        func(p *Package) { p.Documents[0].Entry.Type.Code = "" },
		"twice the same": func(p *Package) { p.Documents = append(p.Documents, p.Documents[0]) },
		"two patients": func(p *Package) {
			d := p.Documents[0]
			d.Entry.UniqueID, d.Entry.PatientID = "1.2.3", "180032B02040123^^^&1.2.250.1.213.1.4.10&ISO^NH"
			p.Documents = append(p.Documents, d)
		},
		"another's set":         func(p *Package) { p.Set.PatientID = "180032B02040123^^^&1.2.250.1.213.1.4.10&ISO^NH" },
		"set that is no OID":    func(p *Package) { p.Set.UniqueID = "x" },
		"beside in small print": func(p *Package) { p.Beside = []Beside{{Name: "cda.xsl"}} },
		"beside elsewhere":      func(p *Package) { p.Beside = []Beside{{Name: "../A.XSL"}} },
		"beside the metadata":   func(p *Package) { p.Beside = []Beside{{Name: metaName}} },
	} {
		p := good()
		spoil(p)
		_, err := Write(p)
		if r := finding.As(err); r == nil || r.ID != "XDM-ECRITURE" || r.Message.FR == r.Message.EN {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := FromCDA([]byte("<x/>")); err == nil {
		t.Error("no CDA")
	}
}

func TestWithoutINSThePatientKeepsTheLocalIdentifier(t *testing.T) {
	s := source(t, strings.Replace(sample, `<id root="1.2.250.1.213.1.4.10" extension="279035121518989"/>`, `<id root="1.2.3.4" extension="IPP1"/>`, 1))
	a, _, err := Read(write(t, pack(s)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, cx, err := a.Patient()
	if r := finding.As(err); r == nil || r.ID != "XDM-SANS-PATIENT" || cx != "IPP1^^^&1.2.3.4&ISO^PI" {
		t.Errorf("%q %v", cx, err)
	}
}

// TestTheSampleIsADocument keeps the sample honest.
func TestTheSampleIsADocument(t *testing.T) {
	d, err := cda.Parse([]byte(sample))
	if err != nil || d.Kind().Name == "" {
		t.Fatal(err)
	}
}
