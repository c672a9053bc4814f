package cdameta

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/shareddata"
)

func read(t *testing.T, name string) *cda.Document {
	src, err := os.ReadFile(filepath.Join(shareddata.Dir(t, "cda"), name))
	if err != nil {
		t.Fatal(err)
	}
	d, err := cda.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestBiologyReport(t *testing.T) {
	d := read(t, "BIO-CR-BIO_2024.01_TSH_1.xml")
	e := Entry(d)
	got := strings.Join([]string{
		e.UniqueID, e.PatientID, e.SourcePatientID, strings.Join(e.SourcePatientInfo, "~"), e.Title, e.CreationTime, e.ServiceStart, e.ServiceStop,
		e.Class.Code, e.Type.Code, e.Format.Code, e.Facility.Code, e.Practice.Code, e.Confidentiality[0].Code, e.Authors[0].Person,
		e.Authors[0].Institutions[0], e.Authors[0].Specialties[0], e.LegalAuth, strings.Join(e.ReferenceIDs, "~"), e.Language,
	}, "\n")
	want := strings.Join([]string{
		"1.2.250.1.213.1.1.1.55.2024.9.1", "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH", "1234567890121^^^&1.2.3.4.567.8.9.10&ISO^PI",
		"PID-5|PAT-TROIS^DOMINIQUE^^^^^L~PID-5|PAT-TROIS^DOMINIQUE^^^^^D~PID-7|19790328~PID-8|F~PID-11|^^^^^^BDL^^51215",
		"Compte rendu d'examens biologiques", "20210401161000", "20210104082200", "20210104150500",
		"10", "11502-2", "urn:ihe:lab:xd-lab:2008", "SA25", "AMBULATOIRE", "N",
		"801234534765^CAMPARINI^Marcel^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
		"Laboratoire des charmes^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1120459876",
		"G15_10/SM03^Médecin - Biologie médicale (SM)^1.2.250.1.213.1.1.4.5",
		"801234534765^CAMPARINI^Marcel^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
		"2014123456789^^^&1.2.250.1.213.1.1.9&ISO^urn:ihe:iti:xds:2013:order", "fr-FR",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(e.Events) != 3 || e.Events[1].Code != "18727-8" {
		t.Errorf("events %v", e.Events)
	}
}

var (
	dtm = regexp.MustCompile(`^\d{4,14}$`)
	xcn = regexp.MustCompile(`^[^^]+\^[^^]*\^[^^]*\^\^\^\^\^\^(&[0-9.]+&ISO)?\^[DU]\^\^\^(IDNPS|EI|RI|NH)$`)
	xon = regexp.MustCompile(`^[^^]*\^\^\^\^\^&[0-9.]+&ISO\^(IDNST|XX)\^\^\^[^^]+$`)
)

func TestEveryOfficialDocumentGivesFullMetadata(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	for _, f := range files {
		name := filepath.Base(f)
		e := Entry(read(t, name))
		for what, ok := range map[string]bool{
			"uniqueId": e.UniqueID != "", "title": e.Title != "", "creationTime": dtm.MatchString(e.CreationTime), "serviceStartTime": dtm.MatchString(e.ServiceStart),
			"type": e.Type.Display != "", "format": e.Format.Display != e.Format.Code, "facility": e.Facility.Display != "",
			"practice": e.Practice.Display != "", "author": len(e.Authors) > 0 && xcn.MatchString(e.Authors[0].Person), "legal": xcn.MatchString(e.LegalAuth),
			"confidentiality": len(e.Confidentiality) == 1, "class": e.Class.Code != "",
			"info": len(e.SourcePatientInfo) >= 4,
		} {
			if !ok {
				t.Errorf("%s: %s is missing or badly written: %+v", name, what, e)
			}
		}
		if _, ok := nos.Lookup(nos.FormatCode, e.Format.Code, e.Format.System); !ok {
			t.Errorf("%s: format %v is in no set", name, e.Format)
		}
		if e.Format.Code == "urn:asipSante:modelesHorsProfils:2011" {
			t.Errorf("%s: kind not recognised", name)
		}
		for _, a := range e.Authors {
			for _, i := range a.Institutions {
				if !xon.MatchString(i) {
					t.Errorf("%s: institution %s", name, i)
				}
			}
		}
		if e.PatientID != "" {
			// Four official examples carry a wrong key under a production OID: only the shape is asked for here.
			if id, authority, ok := insid.SplitCX(e.PatientID); !ok || len(id) != 15 || !insid.IsINS(authority) {
				t.Errorf("%s: patientId is badly written", name)
			}
		}
	}
}

func TestImagingReferences(t *testing.T) {
	e := Entry(read(t, "IMG_CR_IMG_2024.01.xml"))
	all := strings.Join(e.ReferenceIDs, "\n")
	for _, kind := range []string{refOrder, refAccession, refStudy} {
		if !strings.Contains(all, kind) {
			t.Errorf("no %s in\n%s", kind, all)
		}
	}
	if len(e.Events) < 2 {
		t.Errorf("events %v", e.Events)
	}
}

func TestReplacesAndConflicts(t *testing.T) {
	d, err := cda.Parse([]byte(`<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.3"/><code code="11502-2"/>
<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="279035121518989"/></patientRole></recordTarget>
<author><assignedAuthor><id root="1.2.9" extension="D1"/><assignedAuthoringDevice><manufacturerModelName>Auto^mate</manufacturerModelName><softwareName>v1</softwareName></assignedAuthoringDevice></assignedAuthor></author>
<author><assignedAuthor><id root="1.2.250.1.213.1.4.10" extension="279035121518989"/><assignedPerson><name><family>PAT</family></name></assignedPerson><representedOrganization><name>x</name></representedOrganization></assignedAuthor></author>
<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2" extension="9"/></parentDocument></relatedDocument></ClinicalDocument>`))
	if err != nil {
		t.Fatal(err)
	}
	if Replaces(d) != "1.2^9" {
		t.Error(Replaces(d))
	}
	e := Entry(d)
	if e.Authors[0].Person != "D1^Auto mate^v1^^^^^^&1.2.9&ISO^U^^^RI" {
		t.Error(e.Authors[0].Person)
	}
	if e.Authors[1].Person != "279035121518989^PAT^^^^^^^&1.2.250.1.213.1.4.10&ISO^D^^^NH" || e.Authors[1].Institutions != nil {
		t.Error(e.Authors[1])
	}
	if c := Conflicts(d, &e); c != nil {
		t.Errorf("%v", c)
	}
	e.PatientID = "279035121518989^^^X&1.2.250.1.213.1.4.10&ISO^INS"
	if c := Conflicts(d, &e); c != nil {
		t.Errorf("another way to write the same INS: %v", c)
	}
	e.PatientID, e.UniqueID, e.Type = "279035121518989^^^&1.2.250.1.213.1.4.8&ISO^NH", "1.2.4", xds.Code{Code: "x"}
	if c := Conflicts(d, &e); len(c) != 3 {
		t.Errorf("%v", c)
	}
}
