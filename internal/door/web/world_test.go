package web_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/controle"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/door/web"
	"github.com/socle-sante/socle/internal/store/embedded"
)

const testOID = "1.2.250.1.213.1.4.10"

// world is a small territory on a real store: two citizens, four professionals.
type world struct {
	t      testing.TB
	door   *web.Door
	dmp    *dmp.DMP
	server *httptest.Server
	mu     sync.Mutex
	now    time.Time

	post               *mss.Operator
	dominique, maxime  *ins.Person
	gp, nurse, secr    *annuaire.Professional
	documents          map[string]*xds.DocumentEntry // by short name
	deposited, refused int
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// later moves the clock of the world.
func (w *world) later(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 12, 13, 32, 0, 0, time.UTC), documents: map[string]*xds.DocumentEntry{}}
	store, err := embedded.Open(t.TempDir(), embedded.Options{Origin: "socle.test/journal", Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	dir := annuaire.New()
	finess := annuaire.MakeFINESS("99000001")
	dir.PutStructure(annuaire.Structure{IDNat: annuaire.StructIDNat(finess), FINESS: finess, Name: "Cabinet médical des Tilleuls", Sector: "SA07", Practice: "AMBULATOIRE", Active: true})
	place := annuaire.StructIDNat(finess)
	boxes := map[string]string{"9900000001": gpBox, "9900000005": nurseBox}
	pro := func(ten, title, given, family, profession, sf, function, fr, en string) *annuaire.Professional {
		p := annuaire.Professional{RPPS: annuaire.MakeRPPS(ten), Title: title, Given: given, Family: family, Civility: "MME", Profession: profession, SavoirFaire: sf,
			Function: function, Role: fr, RoleEN: en, Structures: []string{place}, Active: true, Mailbox: boxes[ten]}
		p.IDNat = annuaire.IDNat(p.RPPS)
		dir.Put(p)
		return dir.Professional(p.IDNat)
	}
	w.gp = pro("9900000001", "DR", "Claire", "MARTIN-LEROUX", "10", "SM26", "", "médecin généraliste", "general practitioner")
	w.nurse = pro("9900000005", "", "Yann", "LE GOFF", "60", "", "", "infirmier", "nurse")
	w.secr = pro("9900000007", "", "Sophie", "LAMBERT", "", "", annuaire.SecretariatMedical, "secrétaire médicale", "medical secretary")
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.dmp = &dmp.DMP{Store: store, Annuaire: dir, Mode: ins.Sandbox, RepositoryID: "1.2.3", Strictness: control.Lenient, Now: w.clock, Log: log}
	w.dominique = w.person("279035121518989", ins.Traits{BirthName: "PAT-TROIS", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE MARIE-LOUISE", Sex: "F", BirthDate: "1979-03-28", BirthPlace: "51215", UsedName: "DARC", UsedGiven: ""}, "Domrémy")
	w.maxime = w.person("187065100112329", ins.Traits{BirthName: "ROSSET", FirstGiven: "MAXIME", Givens: "MAXIME", Sex: "M", BirthDate: "1987-06-14", BirthPlace: "51001"}, "Aurore")
	for _, p := range []*ins.Person{w.dominique, w.maxime} {
		must(t, w.dmp.Authorise(context.Background(), w.citizen(p), p.ID, w.gp, true))
	}
	w.door = &web.Door{DMP: w.dmp, Annuaire: dir, Log: log, Now: w.clock, Actor: w.actor, Secret: []byte("a secret of thirty-two bytes, yes"),
		Proof: func(i int64) (journal.Proof, error) { return store.Proof(i) },
		Personas: []web.Persona{
			{ID: "citoyen-1", Role: "citoyen", Name: "Dominique DARC", Subject: acces.Subject{Person: w.dominique.ID}},
			{ID: "citoyen-2", Role: "citoyen", Name: "Maxime ROSSET", Subject: acces.Subject{Person: w.maxime.ID}},
			{ID: "medecin-generaliste", Role: "medecin_generaliste", Name: w.gp.Name(), Subject: acces.Subject{Professional: w.gp.IDNat, Structure: place}},
			{ID: "infirmier", Role: "infirmier", Name: w.nurse.Name(), Subject: acces.Subject{Professional: w.nurse.IDNat, Structure: place}},
			{ID: "secretaire", Role: "secretaire", Name: w.secr.Name(), Subject: acces.Subject{Professional: w.secr.IDNat, Structure: place}},
		}}
	mux := http.NewServeMux()
	w.server = httptest.NewServer(mux)
	t.Cleanup(w.server.Close)
	w.server.URL = strings.Replace(w.server.URL, "127.0.0.1", "localhost", 1) // passkeys want a name
	w.door.Outbox = &web.Outbox{Now: w.clock}
	w.door.Controle = controle.New(func() *control.Controller { return nil }, w.clock, false)
	w.door.Comptes, err = compte.New(store, w.server.URL, w.clock)
	must(t, err)
	w.door.Comptes.Send = w.door.Outbox.Send
	w.openMail(store)
	w.door.Register(mux)
	w.biology()
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) actor(s acces.Subject) (dmp.Caller, error) {
	if s.Person != "" {
		for _, p := range []*ins.Person{w.dominique, w.maxime} {
			if p.ID == s.Person {
				return w.citizen(p), nil
			}
		}
		return dmp.Caller{}, ins.ErrUnknown
	}
	p := w.dmp.Annuaire.Professional(s.Professional)
	if p == nil {
		return dmp.Caller{}, finding.As(ins.ErrUnknown)
	}
	return dmp.Caller{Actor: acces.ProfessionalActor(p, w.dmp.Annuaire.Structure(s.Structure), acces.Directe)}, nil
}

func (w *world) citizen(p *ins.Person) dmp.Caller { return dmp.Caller{Actor: acces.CitizenActor(p)} }

func (w *world) doctor() dmp.Caller {
	c, err := w.actor(acces.Subject{Professional: w.gp.IDNat, Structure: w.gp.Structures[0]})
	must(w.t, err)
	return c
}

func (w *world) person(matricule string, traits ins.Traits, town string) *ins.Person {
	p := &ins.Person{INS: insid.INS{Matricule: insid.Matricule(matricule), OID: testOID}, Traits: traits, BirthTown: town,
		Evidence: ins.Evidence{Kind: "CNI", Date: "2024-01-02", Operator: "x"}}
	kept, _, err := w.dmp.Identify(context.Background(), w.doctor(), p)
	must(w.t, err)
	must(w.t, w.dmp.Open(context.Background(), w.doctor(), kept.ID))
	return kept
}

// deposit files a document as the practice's software would.
func (w *world) deposit(name string, raw []byte) error {
	doc, err := cda.Parse(raw)
	if err != nil {
		return err
	}
	e := cdameta.Entry(doc)
	e.EntryUUID = "urn:uuid:" + uuid.NewString()
	set := xds.SubmissionSet{EntryUUID: "set", UniqueID: "2.25." + strconv.Itoa(int(time.Now().UnixNano())), SourceID: "1.2.3.4", PatientID: e.PatientID,
		SubmissionTime: xds.FormatDTM(w.clock()), Title: e.Title, ContentType: xds.Code{Code: "07", System: "1.2.250.1.213.2.2", Display: "Consultation"},
		Authors: []xds.Author{{Person: "8^X^Y^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"}}}
	sub := &xds.Submission{Set: set, Entries: []xds.DocumentEntry{e},
		Associations: []xds.Association{{EntryUUID: "a", Type: xds.HasMember, Source: "set", Target: e.EntryUUID, SetStatus: "Original"}}}
	rec, err := w.dmp.Submit(context.Background(), w.doctor(), sub, []dmp.Document{{EntryID: e.EntryUUID, Bytes: raw, SHA1: sha1.Sum(raw), SHA256: sha256.Sum256(raw)}})
	if err != nil {
		return err
	}
	w.documents[name] = rec.Entries[0]
	return nil
}

// examples deposits the official examples of a folder, those of Dominique.
func (w *world) examples(dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	must(w.t, err)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(w.t, err)
		if err := w.deposit(strings.TrimSuffix(filepath.Base(f), ".xml"), raw); err != nil {
			w.refused++
			continue
		}
		w.deposited++
	}
}

type analyte struct {
	code, label, unit string
	low, high         string
	at                func(i int) float64
	digits            int
}

var analytes = []analyte{
	{"4548-4", "Hémoglobine glyquée (HbA1c)", "%", "4.0", "6.0", func(i int) float64 { return 6.9 + 0.9*math.Sin(float64(i)/2) - 0.05*float64(i) }, 1},
	{"14749-6", "Glycémie à jeun", "mmol/L", "3.89", "6.00", func(i int) float64 { return 6.4 + 1.1*math.Sin(float64(i)/2+0.4) }, 2},
	{"14682-9", "Créatinine", "umol/L", "50", "90", func(i int) float64 { return 68 + 2*float64(i%4) + float64(i) }, 0},
	{"2823-3", "Potassium", "mmol/L", "3.50", "5.10", func(i int) float64 { return 4.2 + 0.3*math.Cos(float64(i)) }, 2},
	{"22748-8", "Cholestérol LDL", "g/L", "", "1.30", func(i int) float64 { return 1.62 - 0.05*float64(i) }, 2},
}

var counts = []analyte{
	{"718-7", "Hémoglobine", "g/dL", "12.0", "16.0", func(i int) float64 { return 11.4 + 0.22*float64(i) }, 1},
	{"777-3", "Plaquettes", "10*9/L", "150", "400", func(i int) float64 { return 240 + 15*math.Sin(float64(i)) }, 0},
}

// biology deposits ten reports over five years, for both citizens.
func (w *world) biology() {
	end := w.clock()
	for i := range 10 {
		for _, p := range []*ins.Person{w.dominique, w.maxime} {
			at := end.AddDate(0, -6*(9-i), -(i*7)%25).Add(-5 * time.Hour)
			raw, err := write.Biology(nil, w.header(p, "11502-2", "", at), report(i, at))
			must(w.t, err)
			must(w.t, w.deposit(fmt.Sprintf("bio-%s-%d", p.Traits.FirstGiven, i), raw))
		}
	}
	for i, kind := range []string{"11490-0", "18748-4", "57833-6", "11488-4"} {
		at := end.AddDate(0, -7*i-1, 3)
		raw, err := write.Report(nil, w.header(w.dominique, kind, "", at), write.File{MediaType: "application/pdf", Data: pdfOf("Document " + kind)})
		must(w.t, err)
		must(w.t, w.deposit("n1-"+kind, raw))
	}
}

func (w *world) header(p *ins.Person, kind, title string, at time.Time) write.Header {
	s := &write.Structure{ID: w.gp.Structures[0], Name: "Laboratoire BioAurore", Addr: write.Addr{Street: "4 place du Marché", PostalCode: "99000", City: "Aurore"}, Phone: "tel:0199000003", Practice: "AMBULATOIRE"}
	pro := write.Professional{ID: w.gp.IDNat, Speciality: "G15_10/SM26", Family: "FAURE", Given: "Hélène", Prefix: "MME", Suffix: "DR", Phone: "tel:0199000003", Structure: s, Addr: s.Addr}
	id := cda.II{Root: "2.25." + strconv.FormatInt(int64(len(w.documents)+1)*7919+at.Unix(), 10)}
	t := p.Traits
	return write.Header{ID: id, Type: kind, Title: title, Time: at,
		Patient: write.Patient{INS: p.INS, Local: cda.II{Root: "1.2.3.9", Extension: string(p.ID)}, BirthName: t.BirthName, FirstGiven: t.FirstGiven, Givens: t.Givens, UsedName: t.UsedName,
			Sex: t.Sex, Birth: strings.ReplaceAll(t.BirthDate, "-", ""), BirthCOG: t.BirthPlace, BirthCity: p.BirthTown, Addr: s.Addr, Phone: "tel:0600000000"},
		Author: pro, Legal: &pro, Custodian: s, Validators: []write.Validator{{Professional: pro, Time: at}}, Prescriber: &pro, PrescribedAt: at,
		Service:   write.Service{Code: cda.CD{Code: "18719-5", System: "2.16.840.1.113883.6.1", Display: "Biochimie"}, Start: at, End: at.Add(time.Hour), Performer: &pro},
		Orders:    []write.Order{{ID: cda.II{Root: "1.2.3.10", Extension: "P1"}}},
		Encounter: write.Encounter{ID: cda.II{Root: "1.2.3.11", Extension: "E1"}, Code: "AMB", Start: at, End: at.Add(time.Hour), Facility: "SA25", Place: "Laboratoire BioAurore", Addr: s.Addr}}
}

func report(i int, at time.Time) write.BioReport {
	when := at.UTC().Format("20060102150405") + "+0000"
	rows := func(list []analyte) (out []write.Item) {
		for _, a := range list {
			v := a.at(i)
			r := bio.Result{Code: a.code, System: "2.16.840.1.113883.6.1", Display: a.label, Label: a.label, Time: when, Status: "completed",
				Value:     bio.Value{Type: "PQ", Value: strconv.FormatFloat(v, 'f', a.digits, 64), Unit: a.unit},
				Reference: &bio.Reference{Low: a.low, High: a.high, Unit: a.unit}}
			lo, _ := strconv.ParseFloat(a.low, 64)
			hi, _ := strconv.ParseFloat(a.high, 64)
			switch {
			case a.high != "" && v > hi:
				r.Interpretation = []string{"H"}
			case a.low != "" && v < lo:
				r.Interpretation = []string{"L"}
			default:
				r.Interpretation = []string{"N"}
			}
			out = append(out, write.Item{Result: &r})
		}
		return out
	}
	spec := &bio.Specimen{ID: "S1", Code: "BLD", Nature: "Sang", Sampled: when, Received: when}
	chem, heme := write.Biochimie, write.Hematologie
	chem.Subs = []write.SubChapter{{Title: "Sang", Specimen: spec, Items: rows(analytes)}}
	heme.Subs = []write.SubChapter{{Title: "Numération globulaire", Specimen: spec, Items: rows(counts)}}
	return write.BioReport{Chapters: []write.Chapter{chem, heme}, Comment: "Contrôle conseillé dans trois mois.", PDF: pdfOf("Compte rendu de biologie")}
}

// pdfOf writes a page that says one thing.
func pdfOf(words string) []byte {
	var b bytes.Buffer
	var at []int
	obj := func(s string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s)
	}
	b.WriteString("%PDF-1.4\n")
	obj("<</Type/Catalog/Pages 2 0 R>>")
	obj("<</Type/Pages/Kids[3 0 R]/Count 1>>")
	obj("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>")
	text := "BT /F1 24 Tf 72 740 Td (" + words + ") Tj ET"
	obj(fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(text), text))
	obj("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// short hides the handles of an address, for messages.
func (w *world) short(path string) string {
	return strings.NewReplacer(string(w.dominique.ID), "{dominique}", string(w.maxime.ID), "{maxime}").Replace(path)
}

// leafOf gives the index of the newest line of somebody's journal.
func (w *world) leafOf(p *ins.Person) int64 {
	leaves, err := w.dmp.Accesses(context.Background(), w.citizen(p), p.ID, 0, 1)
	must(w.t, err)
	return leaves[0].Index
}

// reads counts the readings of a document in its owner's journal.
func (w *world) reads(p *ins.Person, uniqueID string) (n int) {
	leaves, err := w.dmp.Accesses(context.Background(), w.citizen(p), p.ID, 0, 10_000)
	must(w.t, err)
	for _, l := range leaves {
		if l.Record.Action == journal.Read && l.Record.UniqueID == uniqueID && l.Record.Outcome == journal.Success {
			n++
		}
	}
	return n
}

// fresh deposits one more report, now.
func (w *world) fresh() error {
	raw, err := write.Biology(nil, w.header(w.dominique, "11502-2", "", w.clock()), report(11, w.clock()))
	if err != nil {
		return err
	}
	return w.deposit("fresh", raw)
}
