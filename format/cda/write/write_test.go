package write

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// passes parses a document and asks our rules: no error, no warning.
func passes(t *testing.T, name string, out []byte) *cda.Document {
	t.Helper()
	if dir := os.Getenv("SOCLE_WRITE_SAMPLES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".xml"), out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d, err := cda.Parse(out)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	r := check.Check(d, check.Options{Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), Production: true})
	for _, f := range r.Findings {
		if f.Severity != finding.Info && f.ID != "HDR-21" { // the sample patient is a test one
			t.Errorf("%s: %s line %d: %s", name, f.ID, f.Place.Line, f.Message.FR)
		}
	}
	return d
}

func TestReport(t *testing.T) {
	for _, kind := range []string{"11490-0", "18748-4", "34112-3", "57833-6", "11488-4", "11502-2", "SYNTH", "DOCPAT03", "15507-7", "34874-8"} {
		h := sample()
		h.Type = kind
		out, err := Report(nil, h, File{"application/pdf", pdf})
		if err != nil {
			t.Fatal(err)
		}
		d := passes(t, "n1-"+kind, out)
		got, err := d.Body.File.Decode(0)
		if err != nil || !bytes.Equal(got, pdf) || d.Code.Code != kind || d.Body.Level() != "N1" {
			t.Errorf("%s: %v", kind, err)
		}
		sameHeader(t, h, d)
	}
}

func sameHeader(t *testing.T, h Header, d *cda.Document) {
	t.Helper()
	p := &d.Patient
	at, _ := d.EffectiveTime.Time()
	for what, ok := range map[string]bool{
		"id": d.ID == h.ID, "set": d.SetID == h.SetID, "version": d.Version == "2", "replaces": d.Related[0].Parents[0] == h.Replaces, "time": at.Equal(h.Time),
		"ins": p.TheINS() == h.Patient.INS, "local": p.IPP[0].Extension == "IPP<42>", "names": p.BirthName() == "PAT-TROIS" && p.UsedName() == `D'ARC "J"` && p.BirthGivens() == "DOMINIQUE MARIE-LOUISE",
		"birth": p.Birth.Raw == "19790328" && p.BirthCOG == "51215" && p.Sex.Code == "F", "mail": p.Telecoms[1].Value == "mailto:279035121518989@patient.mssante.fr",
		"author": d.Authors[0].ProfessionalID() == h.Author.ID && d.Authors[0].Org.Name == "Laboratoire des Charmes & Cie", "legal": d.LegalAuthenticator.ProfessionalID() == h.Author.ID,
		"custodian": d.Custodian.StructID() == "1120459876", "recipient": d.Recipients[0].Name.Family == "VACQUIER", "prescriber": d.Participants[0].TypeCode == "REF" && d.Participants[0].ProfessionalID() == "810002422979",
		"order": d.Orders[0].IDs[0].Extension == "P-77", "service": len(d.Services) > 0 && d.Services[0].Performers[0].Org.Industry.Code == "AMBULATOIRE", "place": d.Encounter.Facility.Code == "SA25",
	} {
		if !ok {
			t.Errorf("%s is not read back", what)
		}
	}
}

func TestBiologyComesBack(t *testing.T) {
	want := biology()
	out, err := Biology(nil, sample(), want)
	if err != nil {
		t.Fatal(err)
	}
	d := passes(t, "bio", out)
	sameHeader(t, sample(), d)
	if len(d.Services) != 3 || d.Services[1].Code.Code != "18723-7" || d.Services[0].Status != "completed" {
		t.Errorf("services %+v", d.Services)
	}
	if d.PDF() == nil {
		t.Error("no PDF copy")
	}
	got := bio.Results(d)
	var flat []bio.Result
	for _, c := range want.Chapters {
		for _, s := range c.Subs {
			for _, i := range s.Items {
				flat = append(flat, flatten(i, c.Display, s)...)
			}
		}
	}
	if len(got) != len(flat) {
		t.Fatalf("%d results, wrote %d", len(got), len(flat))
	}
	for i := range got {
		got[i].Node = xmltree.Node{}
		if got[i].Code != "" {
			flat[i].System = "2.16.840.1.113883.6.1"
		}
		if got[i].ValueCode != "" {
			flat[i].Text = ""
		}
		if !reflect.DeepEqual(got[i], flat[i]) {
			t.Errorf("row %d\n got %+v\nwant %+v", i, got[i], flat[i])
		}
	}
}

func flatten(i Item, chapter string, s SubChapter) []bio.Result {
	var out []bio.Result
	add := func(r bio.Result, group, germ string) {
		r.Chapter, r.SubChapter, r.Group, r.Germ, r.Specimen = chapter, s.Title, group, germ, s.Specimen
		out = append(out, r)
	}
	switch {
	case i.Result != nil:
		add(*i.Result, "", "")
	case i.Battery != nil:
		for _, r := range i.Battery.Results {
			add(r, i.Battery.Label, "")
		}
	case i.Isolate != nil:
		for _, r := range i.Isolate.Results {
			add(r, "", i.Isolate.Label)
		}
		for _, r := range i.Isolate.Antibiogram.Results {
			add(r, i.Isolate.Antibiogram.Label, i.Isolate.Label)
		}
	}
	return out
}

func TestWritingIsDeterministic(t *testing.T) {
	a, _ := Biology(nil, sample(), biology())
	b, _ := Biology([]byte("before"), sample(), biology())
	if !bytes.Equal(append([]byte("before"), a...), b) {
		t.Error("two writings differ, or do not append")
	}
}

func TestRefusesTheIncomplete(t *testing.T) {
	for what, spoil := range map[string]func(*Header){
		"id": func(h *Header) { h.ID = cda.II{} }, "type": func(h *Header) { h.Type = "0" }, "time": func(h *Header) { h.Time = time.Time{} }, "birth name": func(h *Header) { h.Patient.BirthName = "" },
		"given": func(h *Header) { h.Patient.FirstGiven = "" }, "sex": func(h *Header) { h.Patient.Sex = "X" }, "birth": func(h *Header) { h.Patient.Birth = "" }, "place": func(h *Header) { h.Patient.BirthCOG = "" },
		"author": func(h *Header) { h.Author.ID = "" }, "structure": func(h *Header) { h.Author.Structure = nil }, "start": func(h *Header) { h.Service.Start = time.Time{} }, "facility": func(h *Header) { h.Encounter.Facility = "" },
	} {
		h := sample()
		spoil(&h)
		if out, err := Report(nil, h, File{"application/pdf", pdf}); !errors.Is(err, ErrIncomplete) || out != nil {
			t.Errorf("without %s: %v, %d bytes", what, err, len(out))
		}
	}
	if _, err := Report(nil, sample(), File{}); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
	if _, err := Biology(nil, sample(), BioReport{PDF: pdf}); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
	r := biology()
	r.PDF = nil
	if _, err := Biology(nil, sample(), r); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
}

func TestDeviceAuthor(t *testing.T) {
	h := sample()
	h.Legal = &h.Author
	h.Device = &Device{ID: cda.II{Root: "1.2.250.1.999.3", Extension: "AUTO-1"}, Model: "Socle", Software: "démonstration", Structure: h.Author.Structure}
	out, err := Report(nil, h, File{"application/pdf", pdf})
	if err != nil {
		t.Fatal(err)
	}
	if d := passes(t, "device", out); d.Authors[0].Device == nil || d.Authors[0].Device.Model != "Socle" {
		t.Error("device")
	}
}

func BenchmarkBiology(b *testing.B) {
	h, r := sample(), biology()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = Biology(buf[:0], h, r)
	}
	b.SetBytes(int64(len(buf)))
}
