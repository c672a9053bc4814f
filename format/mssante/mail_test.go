package mssante

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/internal/shareddata"
)

var now = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// sample is a small document of a fictitious person.
const sample = `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="1.2.250.1.213.1.1.1.1"/><templateId root="1.2.250.1.213.1.1.1.55"/><id root="1.2.250.1.999.1"/><code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="CR d'examens biologiques"/>
<title>Compte rendu d'été</title><effectiveTime value="20261120101500+0100"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="279035121518989"/><patient><name><family qualifier="BR">PAT-TROIS</family><given qualifier="BR">DOMINIQUE</given></name><administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790328"/></patient></patientRole></recordTarget>
<author><time value="20261120101500+0100"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234534765"/><assignedPerson><name><family>CAMPARINI</family><given>Marcel</given></name></assignedPerson><representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1120459876"/><name>Laboratoire des charmes</name><standardIndustryClassCode code="AMBULATOIRE" codeSystem="1.2.250.1.213.1.1.4.9" displayName="Ambulatoire"/></representedOrganization></assignedAuthor></author>
<legalAuthenticator><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="801234534765"/><assignedPerson><name><family>CAMPARINI</family><given>Marcel</given></name></assignedPerson></assignedEntity></legalAuthenticator>
<documentationOf><serviceEvent><effectiveTime><low value="20261120090000+0100"/></effectiveTime></serviceEvent></documentationOf>
<componentOf><encompassingEncounter><effectiveTime><low value="20261120090000+0100"/></effectiveTime><location><healthCareFacility><code code="SA25" codeSystem="1.2.250.1.71.4.2.4" displayName="Laboratoire"/></healthCareFacility></location></encompassingEncounter></componentOf>
<component><structuredBody><component><section><text>Rien.</text></section></component></structuredBody></component></ClinicalDocument>`

func address(s string) courriel.Address {
	i := strings.LastIndexByte(s, '@')
	return courriel.Address{Local: s[:i], Domain: s[i+1:]}
}

func mail(docs ...string) Mail {
	in := Mail{From: courriel.Address{Name: "Dr_Marcel_CAMPARINI_Laboratoire des charmes", Local: "marcel.camparini", Domain: "charmes.mssante.fr"},
		To: []courriel.Address{address("marie.martin@medecin.mssante.fr")}, NIL: "SOCLE1", MessageID: "20261121.1@charmes.mssante.fr", Now: now,
		Software: xdm.Software{Name: "Socle", Version: "1"}}
	for _, d := range docs {
		in.Documents = append(in.Documents, []byte(d))
	}
	return in
}

func written(t testing.TB, in Mail) []byte {
	t.Helper()
	d, err := Compose(in)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

const citizen = "279035121518989@patient.mssante.fr"

func another(id string) string { return strings.Replace(sample, "1.2.250.1.999.1", id, 1) }

func TestWhatWeComposeHasNoFault(t *testing.T) {
	toCitizen := mail(sample)
	toCitizen.To = append(toCitizen.To, address(citizen))
	toCitizen.NoAnswer, toCitizen.ReadReceipt = true, true
	several := mail(sample, another("1.2.250.1.999.2"))
	several.Beside = []xdm.Beside{{Name: "CDA.XSL", Bytes: []byte("<x/>")}}
	withdraw := mail(sample)
	withdraw.Withdraw = true
	plainMail := mail()
	plainMail.Label, plainMail.Text = "Question", "Bonjour, à bientôt."
	answer := mail(strings.Replace(sample, "<componentOf>", `<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1.999.0"/></parentDocument></relatedDocument><componentOf>`, 1))
	answer.InReplyTo, answer.References = []string{"1@a.fr"}, []string{"1@a.fr"}
	for name, in := range map[string]Mail{"one": mail(sample), "to a citizen": toCitizen, "several": several, "withdrawal": withdraw, "plain": plainMail, "replacement": answer} {
		raw := written(t, in)
		for _, f := range Lint(raw, Envelope{From: in.From.Addr(), Box: Personal}) {
			t.Errorf("%s: %s %s %q", name, f.ID, f.Message.FR, f.Found)
		}
	}
	raw := written(t, toCitizen)
	m, _, err := courriel.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	f := FactsOf(m)
	if !reflect.DeepEqual(f.CodeCDA, []string{"11502-2"}) || f.INS != "O" || f.NIL != "SOCLE1" || !f.FIN || !f.XDM || !f.Marked || !f.ToCitizen || f.FromCitizen || f.ReceiptTo != toCitizen.From.Addr() {
		t.Errorf("%+v", f)
	}
	if f.Title != "Compte rendu d'été PAT-TROIS DOMINIQUE 28/03/1979" {
		t.Error(f.Title)
	}
	b, err := m.Decode(Archives(m)[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	a, list, err := xdm.Read(b, xdm.Limits{})
	if err != nil || len(list) != 0 || string(a.Sets[0].Documents[0].Bytes) != sample {
		t.Fatal(err, list)
	}
	if got := a.Sets[0].Submission.Set.Recipients; !reflect.DeepEqual(got, []string{"||^^Internet^marie.martin@medecin.mssante.fr", "||^^Internet^" + citizen}) {
		t.Error(got)
	}
	if m, _, _ = courriel.Parse(written(t, several)); FactsOf(m).CodeCDA[0] != "11502-2" || len(FactsOf(m).CodeCDA) != 1 {
		t.Error("each code once")
	}
	if m, _, _ = courriel.Parse(written(t, answer)); !strings.Contains(m.Root.Header.Text("Subject"), "[Annule et remplace]") {
		t.Error(m.Root.Header.Text("Subject"))
	}
}

func TestComposeRefuses(t *testing.T) {
	stranger := strings.Replace(another("1.2.250.1.999.2"), "279035121518989", "146026322000196", 1)
	for name, c := range map[string]struct {
		id    string
		spoil func(*Mail)
	}{
		"no sender":     {"MSS-COMPOSER", func(m *Mail) { m.From = courriel.Address{} }},
		"no NIL":        {"MSS-COMPOSER", func(m *Mail) { m.NIL = " " }},
		"no recipient":  {"MSS-COMPOSER", func(m *Mail) { m.To = nil }},
		"bad recipient": {"MSS-DOMAINE", func(m *Mail) { m.To = []courriel.Address{{Local: "a", Domain: "b c"}} }},
		"injection":     {"MSS-ADRESSE", func(m *Mail) { m.To = []courriel.Address{{Local: "a", Domain: "b.fr\r\nBcc: x@y.fr"}} }},
		"two citizens": {"MSS-COMPOSER", func(m *Mail) {
			m.Documents = nil
			m.To = []courriel.Address{address(citizen), address("146026322000196@patient.mssante.fr")}
		}},
		"another citizen": {"MSS-AUTRE-USAGER", func(m *Mail) { m.To = []courriel.Address{address("146026322000196@patient.mssante.fr")} }},
		"wrong key":       {"MSS-ADRESSE-CITOYEN", func(m *Mail) { m.To = []courriel.Address{address("279035121518988@patient.mssante.fr")} }},
		"two patients":    {"XDM-ECRITURE", func(m *Mail) { m.Documents = append(m.Documents, []byte(stranger)) }},
		"not qualified": {"MSS-AUTRE-USAGER", func(m *Mail) {
			m.Documents = [][]byte{[]byte(strings.Replace(sample, `value="19790328"`, `nullFlavor="UNK"`, 1))}
			m.To = []courriel.Address{address(citizen)}
		}},
		"too large": {"MSS-COMPOSE-TAILLE", func(m *Mail) {
			m.Attachments = []courriel.Attachment{{Name: "a.bin", Type: "application/octet-stream", Bytes: make([]byte, 19_000_000)}}
		}},
		"too many documents": {"MSS-COMPOSER", func(m *Mail) { m.Documents = make([][]byte, 51) }},
	} {
		m := mail(sample)
		c.spoil(&m)
		_, err := Compose(m)
		if r := finding.As(err); r == nil || r.ID != c.id {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPlantedFaults spoils a good mail in one way for each rule.
func TestPlantedFaults(t *testing.T) {
	base := mail(sample)
	base.To = append(base.To, address(citizen))
	base.NoAnswer, base.ReadReceipt = true, true
	base.InReplyTo, base.References = []string{"1@a.fr"}, []string{"1@a.fr"}
	good := string(written(t, base))
	header := func(name, value string) func(string) string {
		field := regexp.MustCompile(`(?m)^` + name + `:.*\r\n(?:[ \t].*\r\n)*`)
		return func(s string) string {
			if !field.MatchString(s) {
				panic(name)
			}
			line := ""
			if value != "" {
				line = name + ": " + value + "\r\n"
			}
			done := false
			return field.ReplaceAllStringFunc(s, func(old string) string {
				if done {
					return old
				}
				done = true
				return line
			})
		}
	}
	draft := func(change func(*Mail, *courriel.Draft)) string {
		m := base
		d, err := Compose(m)
		if err != nil {
			t.Fatal(err)
		}
		change(&m, d)
		raw, err := d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	attach := func(change func([]courriel.Attachment) []courriel.Attachment) string {
		return draft(func(_ *Mail, d *courriel.Draft) { d.Attachments = change(d.Attachments) })
	}
	zip := func(doc string, change func(*xdm.Source)) []byte {
		s, err := xdm.FromCDA([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		change(&s)
		b, err := xdm.Write(&xdm.Package{Documents: []xdm.Source{s}, Now: now, Sender: xdm.Sender{Name: "x"}, Software: xdm.Software{Name: "x"}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	withZip := func(b []byte) string {
		return attach(func(l []courriel.Attachment) []courriel.Attachment { l[0].Bytes = b; return l })
	}
	n1 := strings.Replace(sample, `<component><structuredBody><component><section><text>Rien.</text></section></component></structuredBody></component>`,
		`<component><nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0xLjQKYXV0cmU=</text></nonXMLBody></component>`, 1)
	cases := map[string]string{
		"MSS-DE":            header("From", `"A" <a@b.fr>, "C" <c@d.fr>`)(good),
		"MSS-NOM":           header("From", "<marcel.camparini@charmes.mssante.fr>")(good),
		"MSS-NOM-FORME":     header("From", "Marcel Camparini <marcel.camparini@charmes.mssante.fr>")(good),
		"MSS-ENVELOPPE":     header("From", "Dr_A_BEC <a.bec@charmes.mssante.fr>")(good),
		"MSS-DATE":          header("Date", "hier")(good),
		"MSS-MESSAGE-ID":    header("Message-ID", "20261121.1")(good),
		"MSS-FIL":           header("References", "")(good),
		"MSS-DESTINATAIRE":  header("To", "marie.martin, <"+citizen+">")(good),
		"MSS-CORPS":         draft(func(_ *Mail, d *courriel.Draft) { d.HTML, d.Text = "<p>Bonjour</p>", "" }),
		"MSS-UTF8":          regexp.MustCompile(`(?i)charset=utf-8`).ReplaceAllString(good, "charset=iso-8859-1"),
		"MSS-NIL":           header("X-MSS-NIL", "")(good),
		"MSS-CODECDA":       header("X-MSS-CODECDA", "34112-3")(good),
		"MSS-INS":           header("X-MSS-INS", "N")(good),
		"MSS-MES":           header("X-MSS-MES", "Fin")(good),
		"MSS-MES-SANS":      header("To", "<marie.martin@medecin.mssante.fr>")(good),
		"MSS-OBJET":         header("Subject", "CR de PAT-TROIS DOMINIQUE")(good),
		"MSS-OBJET-PATIENT": header("Subject", "XDM/1.0/DDM+CR DUPONT JEAN")(good),
		"MSS-XDM":           withZip([]byte("PK\x03\x04 autre chose")),
		"MSS-XDM-NOM":       attach(func(l []courriel.Attachment) []courriel.Attachment { l[0].Name = "ihe_xdm_1.zip"; return l }),
		"MSS-XDM-PLUSIEURS": attach(func(l []courriel.Attachment) []courriel.Attachment { return append(l, l[0]) }),
		"MSS-CDA-NU": attach(func(l []courriel.Attachment) []courriel.Attachment {
			return append(l, courriel.Attachment{Name: "CR.XML", Type: "text/xml", Bytes: []byte(sample)})
		}),
		"MSS-METADONNEES": withZip(zip(sample, func(s *xdm.Source) { s.Entry.Type.Code = "34112-3" })),
		"MSS-PATIENT-ID":  withZip(zip(sample, func(s *xdm.Source) { s.Entry.PatientID = strings.Replace(s.Entry.PatientID, "^NH", "^INS", 1) })),
		"MSS-PDF":         attach(func(l []courriel.Attachment) []courriel.Attachment { return l[:1] }),
		"MSS-PDF-A": attach(func(l []courriel.Attachment) []courriel.Attachment {
			l[1].Bytes = bytes.Replace(l[1].Bytes, []byte("pdfaid:part>1"), []byte("pdfaid:part>3"), 1)
			return l
		}),
		"MSS-PDF-AUTRE":    withZip(zip(n1, func(*xdm.Source) {})),
		"MSS-PDF-NOM":      attach(func(l []courriel.Attachment) []courriel.Attachment { l[1].Name = "document.pdf"; return l }),
		"MSS-USAGER":       header("To", "279035121518988@patient.mssante.fr")(good),
		"MSS-USAGER-AUTRE": header("To", "146026322000196@patient.mssante.fr")(good),
		"MSS-USAGERS":      header("To", "146026322000196@patient.mssante.fr, "+citizen)(good),
		"MSS-ACCUSE":       header("Disposition-Notification-To", "<autre@charmes.mssante.fr>")(good),
	}
	free := mail()
	free.Label, free.Text = "Question", "Bonjour"
	text := string(written(t, free))
	cases["MSS-CODECDA-SANS"] = "X-MSS-CODECDA: 11502-2\r\n" + text
	cases["MSS-INS-SANS"] = "X-MSS-INS: O\r\n" + text
	cases["MSS-FIN"] = header("Subject", "[fin]")(text)
	cases["MSS-OBJET-SANS"] = header("Subject", "XDM/1.0/DDM+CR PAT-TROIS DOMINIQUE")(text)
	cases["MSS-25MO"] = text + strings.Repeat(strings.Repeat("a", 70)+"\r\n", 350_000)
	for _, r := range Rules() {
		raw, ok := cases[r.ID]
		if !ok {
			t.Errorf("%s is not planted", r.ID)
			continue
		}
		found := false
		for _, f := range Lint([]byte(raw), Envelope{From: "marcel.camparini@charmes.mssante.fr", Box: Personal}) {
			if f.ID != r.ID {
				continue
			}
			found = true
			if f.Message.FR == f.Message.EN || f.Fix.FR == "" || f.Fix.FR == f.Fix.EN || f.Rule == "" || f.Place.Offset > len(raw) || f.Place.End > len(raw) {
				t.Errorf("%s: %+v", r.ID, f)
			}
		}
		if !found {
			t.Errorf("%s is not found", r.ID)
		}
	}
	// A place points at the field.
	for _, f := range Lint([]byte(cases["MSS-CODECDA"]), Envelope{}) {
		if f.ID == "MSS-CODECDA" && !strings.HasPrefix(cases["MSS-CODECDA"][f.Place.Offset:], "X-MSS-CODECDA") {
			t.Errorf("%+v", f.Place)
		}
	}
}

// TestEveryOfficialDocumentGoesByMail composes a mail of each example and lints it. What the
// documents themselves bring (a PDF inside that is no PDF/A) is not the mail's fault.
func TestEveryOfficialDocumentGoesByMail(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Compose(mail(string(src)))
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		raw, err := d.Bytes()
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		for _, x := range Lint(raw, Envelope{}) {
			if x.ID == "MSS-PDF-A" {
				t.Logf("%s: the PDF inside the document is no PDF/A-1", filepath.Base(f))
				continue
			}
			t.Errorf("%s: %s %s %q", filepath.Base(f), x.ID, x.Message.EN, x.Found)
		}
	}
}

func FuzzLint(f *testing.F) {
	d, err := Compose(mail(sample))
	if err != nil {
		f.Fatal(err)
	}
	d.Attachments = d.Attachments[:1]
	raw, err := d.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("From: a@b.fr\r\nSubject: [KO Intégration système !][]XDM/1.0/DDM+\r\n\r\nx"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, x := range Lint(raw, Envelope{From: "a@b.fr", Box: Personal}) {
			if x.ID == "" || x.Place.Offset > len(raw) {
				t.Fatalf("%+v", x)
			}
		}
	})
}

func BenchmarkLint(b *testing.B) {
	raw := written(b, mail(sample))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		Lint(raw, Envelope{})
	}
}

func BenchmarkCompose(b *testing.B) {
	in := mail(sample)
	for b.Loop() {
		written(b, in)
	}
}
