package cda

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

func official(t testing.TB) map[string][]byte {
	dir := shareddata.Dir(t, "cda")
	out := map[string][]byte{}
	files, _ := filepath.Glob(filepath.Join(dir, "*.xml"))
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = src
	}
	return out
}

func TestEveryOfficialDocumentIsRead(t *testing.T) {
	docs := official(t)
	fh, err := os.Open(filepath.Join(shareddata.Dir(t, "cda"), "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer fh.Close()
	n := 0
	for sc := bufio.NewScanner(fh); sc.Scan(); {
		f := strings.Split(sc.Text(), "\t")
		if f[0] == "file" {
			continue
		}
		n++
		d, err := Parse(docs[f[0]])
		if err != nil {
			t.Errorf("%s: %v", f[0], err)
			continue
		}
		if d.Code.Code != f[2] || d.Body.Level() != f[3] {
			t.Errorf("%s: type %s level %s, want %s %s", f[0], d.Code.Code, d.Body.Level(), f[2], f[3])
		}
		if d.ID.Root == "" || d.Title == "" || len(d.Authors) == 0 || d.LegalAuthenticator == nil || d.Custodian.StructID() == "" && d.Custodian.Name == "" ||
			d.EffectiveTime.DTM() == "" || d.Patient.BirthName() == "" || d.Patient.FirstGiven() == "" || d.Patient.Birth.Date() == "" || len(d.Services) == 0 || d.Encounter.Facility.Code == "" || d.Language != "fr-FR" || d.SetID.IsZero() || d.Version == "" {
			t.Errorf("%s: the header is not fully read: %q by %d authors, %s", f[0], d.Title, len(d.Authors), d.Patient.Birth.Raw)
		}
		if len(d.Patient.BadINS) > 0 {
			t.Errorf("%s: %d identifiers under an INS OID are no matricule", f[0], len(d.Patient.BadINS))
		}
		checkFiles(t, f[0], d)
	}
	if n != len(docs) {
		t.Errorf("%d lines in the manifest, %d files", n, len(docs))
	}
}

// checkFiles decodes every embedded file and compares with a plain decoding.
func checkFiles(t *testing.T, name string, d *Document) {
	var files []*Encapsulated
	if d.Body.File != nil {
		files = append(files, d.Body.File)
	}
	for _, m := range d.Media() {
		files = append(files, m.File)
	}
	for _, e := range files {
		raw := strings.Join(strings.Fields(string(d.XML.Source()[e.Start:e.End])), "")
		want, wantErr := base64.StdEncoding.DecodeString(raw)
		got, err := e.Decode(0)
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s: embedded file at %d: %v, plain decoding says %v", name, e.Start, err, wantErr)
		}
		if v := e.Verify(); e.IsBase64() && raw != "" && (v == nil) != (wantErr == nil) {
			t.Errorf("%s: Verify says %v, plain decoding says %v", name, v, wantErr)
		}
		if err == nil && e.MediaType == "application/pdf" && !bytes.HasPrefix(got, []byte("%PDF")) {
			t.Errorf("%s: not a PDF", name)
		}
	}
}

const small = `<?xml version="1.0" encoding="UTF-8"?>
<c:ClinicalDocument xmlns:c="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:p="urn:dicom-org:ps3-20">
<c:realmCode code="FR"/><c:typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<c:templateId root="2.16.840.1.113883.2.8.2.1"/><c:templateId root="1.2.250.1.213.1.1.1.55" extension="2024.01"/>
<c:id root="1.2.3" extension="A&amp;B"/><c:code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="CR d'examens biologiques"/>
<c:title> Compte
 rendu </c:title><c:effectiveTime value="20240229120000+0100"/>
<c:recordTarget><c:patientRole><c:id root="1.2.250.1.213.1.4.10" extension="279035121518989"/><c:id root="1.2.3.4" extension="IPP1"/><c:id root="1.2.250.1.213.1.4.8" extension="12"/>
<c:patient><c:name><c:family qualifier="BR">PAT-TROIS</c:family><c:given>DOMINIQUE MARIE</c:given><c:given qualifier="BR">DOMINIQUE</c:given><c:family qualifier="CL">DURAND</c:family></c:name>
<c:administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><c:birthTime value="19790328"/><sdtc:deceasedInd value="true"/>
<c:birthplace><c:place><c:addr><c:county>51215</c:county><c:city>DOMPREMY</c:city></c:addr></c:place></c:birthplace></c:patient></c:patientRole></c:recordTarget>
<c:author><c:time value="20240229"/><c:assignedAuthor><c:id root="1.2.250.1.71.4.2.1" extension="801234534765"/><c:assignedPerson><c:name><c:given>Marcel</c:given><c:family>CAMPARINI</c:family><c:suffix>DR</c:suffix></c:name></c:assignedPerson>
<c:representedOrganization><c:id root="1.2.250.1.71.4.2.2" extension="1120459876"/><c:name>Labo</c:name></c:representedOrganization></c:assignedAuthor></c:author>
<c:inFulfillmentOf><c:order><c:id root="1.2.9" extension="O1"/><p:accessionNumber root="1.2.10" extension="ACC"/></c:order></c:inFulfillmentOf>
<c:relatedDocument typeCode="RPLC"><c:parentDocument><c:id root="1.2.2"/><c:versionNumber value="1"/></c:parentDocument></c:relatedDocument>
<c:component><c:structuredBody><c:component><c:section><c:title>A</c:title><c:text><c:content ID="x">un<c:br/>deux</c:content><c:renderMultiMedia referencedObject="m none"/></c:text>
<c:entry><c:observation><c:code><c:originalText><c:reference value="#x"/></c:originalText></c:code><c:text><c:reference value="#lost"/></c:text></c:observation></c:entry>
<c:entry><c:observationMedia ID="m"><c:value mediaType="image/png" representation="B64">aGVs bG8=
</c:value></c:observationMedia></c:entry>
<c:component><c:section><c:title>A.1</c:title></c:section></c:component></c:section></c:component></c:structuredBody></c:component></c:ClinicalDocument>`

func TestFreePrefixes(t *testing.T) {
	d, err := Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	p := &d.Patient
	ins, _ := insid.Parse("279035121518989", "1.2.250.1.213.1.4.10")
	for what, ok := range map[string]bool{
		"unique id": d.UniqueID() == "1.2.3^A&B", "title": strings.Join(strings.Fields(d.Title), " ") == "Compte rendu",
		"ins": p.TheINS() == ins, "bad ins": len(p.BadINS) == 1, "ipp": len(p.IPP) == 1 && p.IPP[0].Extension == "IPP1",
		"names":    p.BirthName() == "PAT-TROIS" && p.UsedName() == "DURAND" && p.FirstGiven() == "DOMINIQUE" && p.BirthGivens() == "DOMINIQUE MARIE" && p.Shown() == "DURAND DOMINIQUE",
		"birth":    p.BirthCOG == "51215" && p.BirthCity == "DOMPREMY" && p.Deceased == "true",
		"author":   d.Authors[0].ProfessionalID() == "801234534765" && d.Authors[0].Name.Full() == "DR Marcel CAMPARINI" && d.Authors[0].Org.StructID() == "1120459876",
		"order":    d.Orders[0].Accession.Extension == "ACC",
		"related":  d.Related[0].Parents[0].Root == "1.2.2" && d.Related[0].Version == "1",
		"edition":  d.Templates.Edition("1.2.250.1.213.1.1.1.55") == "2024.01",
		"sections": len(d.Body.Sections) == 1 && len(d.Body.Sections[0].Sections) == 1 && d.Body.Sections[0].Sections[0].Depth == 2,
		"resolve":  d.Resolve(ReadCD(d.Body.Sections[0].Entries[0].Path(NS, "observation", "code"))) == "un deux",
		"dangling": len(d.Dangling()) == 2,
	} {
		if !ok {
			t.Errorf("%s is not read right", what)
		}
	}
	m, ok := d.MediaByID("m")
	if got, err := m.File.Decode(100); !ok || err != nil || string(got) != "hello" {
		t.Errorf("media: %q %v", got, err)
	}
	if _, err := m.File.Decode(3); err == nil {
		t.Error("the limit is not kept")
	}
}

func TestWrapped(t *testing.T) {
	inner := strings.TrimPrefix(small, `<?xml version="1.0" encoding="UTF-8"?>`)
	sheet := `<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"/>` + inner + `</xsl:stylesheet>`
	d, err := Parse([]byte(sheet))
	if err != nil || !d.SelfPresenting() || d.UniqueID() != "1.2.3^A&B" {
		t.Fatalf("%v %+v", err, d)
	}
	if _, err := Parse([]byte(`<a>` + inner + inner + `</a>`)); !errors.Is(err, ErrSeveral) {
		t.Error(err)
	}
	if _, err := Parse([]byte(`<ClinicalDocument/>`)); !errors.Is(err, ErrNotCDA) {
		t.Error(err)
	}
	var x *xmltree.Error
	if _, err := Parse([]byte(`<a`)); !errors.As(err, &x) {
		t.Error(err)
	}
}

func TestTimes(t *testing.T) {
	for raw, want := range map[string]struct {
		dtm, date string
		p         Precision
	}{
		"1979":                       {"1979", "1979", Year},
		"197903":                     {"197903", "1979-03", Month},
		"19790328":                   {"19790328", "1979-03-28", Day},
		"202101040735+0100":          {"202101040635", "2021-01-04", Minute},
		"20210401171000+0100":        {"20210401161000", "2021-04-01", Second},
		"20210101003000+0100":        {"20201231233000", "2021-01-01", Second},
		"20210701120000":             {"20210701100000", "2021-07-01", Second}, // Paris summer
		"20210701120000.125-0330":    {"20210701153000", "2021-07-01", Fraction},
		"20210701120000Z":            {"20210701120000", "2021-07-01", Second},
		"20240106113623+100":         {"20240106103623", "2024-01-06", Second},
		"20240106113623+1":           {"20240106103623", "2024-01-06", Second},
		"2021070112+0200":            {"2021070110", "2021-07-01", Hour},
		"":                           {"", "", Unreadable},
		"20211301":                   {"", "", Unreadable},
		"20210230":                   {"", "", Unreadable},
		"202101040":                  {"", "", Unreadable},
		"20210104+0100x":             {"", "", Unreadable},
		"20210104120000+01:00":       {"20210104110000", "2021-01-04", Second},
		"20210104120000.x":           {"", "", Unreadable},
		"2021-01-04":                 {"", "", Unreadable},
		"+0100":                      {"", "", Unreadable},
		"20210104120000.1234567890+": {"", "", Unreadable},
	} {
		ts := TS{Raw: raw}
		p, _ := ts.Parse(nil)
		if ts.DTM() != want.dtm || ts.Date() != want.date || p.Precision != want.p {
			t.Errorf("%q: %q %q %v, want %+v", raw, ts.DTM(), ts.Date(), p.Precision, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`<ClinicalDocument xmlns="urn:hl7-org:v3"><component><nonXMLBody><text representation="B64">QQ==</text></nonXMLBody></component></ClinicalDocument>`))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse(src)
		if err != nil {
			return
		}
		d.Dangling()
		d.PDF()
		d.Patient.Shown()
		d.EffectiveTime.DTM()
		if d.Body.File != nil {
			_, err := d.Body.File.Decode(1 << 16)
			if v := d.Body.File.Verify(); d.Body.File.IsBase64() && v == nil && errors.Is(err, ErrBase64) {
				t.Errorf("Verify accepts what cannot be decoded")
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	src := official(b)["BIO-CR-BIO_2024.01_Electrophorese.xml"]
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src); err != nil {
			b.Fatal(err)
		}
	}
}
