package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/pdf"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// paper is one document to come: who writes it, when, and what it says. Exactly one of letter,
// lab, vaccines and summary is set.
type paper struct {
	key        string // names it among the documents of a person
	typ, title string
	time       time.Time // when it was signed
	start, end time.Time // of the act
	author     int       // index of professionals
	prescriber int       // -1 when none
	encounter  string    // AMB, IMP, EMER, VR
	letter     *letter
	lab        *labReport
	vaccines   []write.Immunization
	summary    *write.MedicalSummary

	version    int    // 1 when zero
	replaces   string // key of the version before
	visibility string // MASQUE_PS or INVISIBLE_PATIENT, put by the author
	hidden     bool   // masked later by the person
}

// letter is what an unstructured document says, the essential first.
type letter struct {
	conclusion string
	parts      []part
}

type part struct {
	title string
	text  string
	list  []string
	head  []string
	rows  [][]string
}

// uid is the uniqueId of a document of a citizen.
func (c *citizen) uid(key string) string {
	return number("document", c.today.Format("2006-01-02"), c.index, key)
}

// cast holds the professionals and structures as documents name them.
type cast struct {
	pros       []annuaire.Professional
	structures []annuaire.Structure
	of         []int // structure of each professional
}

func newCast() *cast {
	k := &cast{structures: structures()}
	for _, p := range professionals {
		k.pros = append(k.pros, p.professional(k.structures))
		k.of = append(k.of, p.structure)
	}
	return k
}

func (k *cast) structure(i int) *write.Structure {
	s := k.structures[i]
	out := &write.Structure{ID: s.IDNat, Name: s.Name, Phone: strings.TrimPrefix(s.Phone, "tel:"), Practice: s.Practice,
		Addr: write.Addr{Street: s.Address[0], PostalCode: s.PostCode, City: s.Town}}
	if i == laboratory {
		out.Accreditation = "8-9900"
	}
	return out
}

func (k *cast) professional(i int) write.Professional {
	p := k.pros[i]
	s := k.structure(k.of[i])
	code := "G15_" + p.Profession
	if p.SavoirFaire != "" {
		code += "/" + p.SavoirFaire
	}
	return write.Professional{ID: p.IDNat, Speciality: code, Family: p.Family, Given: p.Given, Prefix: p.Civility, Suffix: p.Title,
		Phone: s.Phone, Addr: s.Addr, Structure: s}
}

// compose writes a document and the line that lists show of it.
func (k *cast) compose(c *citizen, p *paper) (out []byte, line string, err error) {
	h := k.header(c, p)
	switch {
	case p.lab != nil:
		chapters, odd := c.results(p.lab)
		r := write.BioReport{Chapters: chapters}
		if len(odd) == 0 {
			r.Comment = p.lab.reassuring()
		}
		r.PDF = k.labPDF(c, p, &r)
		out, err = write.Biology(nil, h, r)
		line = strings.Join(odd, " · ")
	case p.vaccines != nil:
		out, err = write.Vaccinations(nil, h, p.vaccines)
		last := p.vaccines[0]
		line = several(len(p.vaccines), "injection") + ", la dernière : " + last.Product.Name + " (" + last.Target + ")."
	case p.summary != nil:
		out, err = write.Summary(nil, h, *p.summary)
	default:
		out, err = write.Report(nil, h, write.File{MediaType: "application/pdf", Data: k.letterPDF(c, p)})
		line = p.letter.conclusion
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s of citizen %d: %w", p.key, c.index, err)
	}
	return out, line, nil
}

func (k *cast) header(c *citizen, p *paper) write.Header {
	t := c.person.Traits.Normalised()
	place := k.of[p.author]
	s := k.structure(place)
	h := write.Header{
		ID: cda.II{Root: c.uid(p.key)}, Version: p.version, Type: p.typ, Title: p.title, Time: p.time,
		Patient: write.Patient{INS: c.person.INS, BirthName: t.BirthName, FirstGiven: t.FirstGiven, Givens: t.Givens, UsedName: t.UsedName, UsedGiven: t.UsedGiven,
			Sex: t.Sex, Birth: strings.ReplaceAll(t.BirthDate, "-", ""), BirthCOG: t.BirthPlace, BirthCity: c.person.BirthTown, Addr: c.addr, Phone: c.person.Phone, Mail: c.person.Mail},
		Author:    k.professional(p.author),
		Service:   write.Service{Start: p.start, End: p.end},
		Encounter: write.Encounter{Code: p.encounter, Start: p.start, End: p.end, Facility: k.structures[place].Facility, Place: s.Name, Addr: s.Addr},
	}
	if len(c.person.Local) > 0 && place == hospital {
		h.Patient.Local = cda.II{Root: c.person.Local[0].Authority, Extension: c.person.Local[0].Value}
	}
	base := p.key
	if p.replaces != "" {
		base = p.replaces
		h.Replaces = cda.II{Root: c.uid(p.replaces)}
	}
	h.SetID = cda.II{Root: number("lignée", c.today.Format("2006-01-02"), c.index, base)}
	if c.doctor != p.author {
		doctor := k.professional(c.doctor)
		h.Recipients = []write.Professional{doctor}
		if p.summary == nil && p.vaccines == nil {
			h.TreatingDoctor = &doctor
		}
	}
	if p.summary != nil {
		doctor := k.professional(c.doctor)
		h.TreatingDoctor = &doctor
	}
	if p.lab != nil {
		h.Validators = []write.Validator{{Professional: h.Author, Time: p.time}}
	}
	if p.prescriber >= 0 {
		pr := k.professional(p.prescriber)
		h.Prescriber, h.PrescribedAt = &pr, p.start.AddDate(0, 0, -5)
		h.Orders = []write.Order{{ID: cda.II{Root: number("prescriptions"), Extension: fmt.Sprintf("P%05d-%s", c.index, p.start.Format("060102"))}}}
	}
	return h
}

// symbolModule is the side of a module of the Datamatrix, in points: half a millimetre.
const symbolModule = 1.44

// page begins a file: who, where, about whom.
func (k *cast) page(c *citizen, p *paper) *pdf.Document {
	author, s := k.pros[p.author], k.structures[k.of[p.author]]
	title := p.title
	if title == "" {
		title = "Compte rendu d'examens biologiques"
	}
	d := pdf.New(title)
	t := c.person.Traits.Normalised()
	d.Author, d.Subject = author.Name(), title
	d.Head = s.Name + " – " + s.Address[0] + ", " + s.PostCode + " " + s.Town
	d.Right = inWords(p.time)
	d.Foot = "Document fictif d'un territoire de démonstration – INS " + c.person.INS.Matricule.Spaced() + " (test)"
	born := "Né"
	if c.female() {
		born = "Née"
	}
	who := c.person // as it will be once it is filed
	who.Traits, who.Status = t, ins.StatusOf(!who.INS.IsZero(), who.Evidence.Kind != "")
	if m, err := ins.Symbol(&who); err == nil { // only a qualified identity has one
		d.Symbol(m.Size(), symbolModule, m.Dark, "Datamatrix INS")
	}
	d.Strong(c.call())
	words := fmt.Sprintf("%s %s %s le %s à %s", born, t.BirthName, t.FirstGiven, shortDate(c.birth), c.person.BirthTown)
	d.Paragraph(words + "\nÉtabli par " + author.Name() + ", " + author.Role)
	d.Clear()
	return d
}

func (k *cast) sign(d *pdf.Document, p *paper) {
	d.Paragraph("Signé électroniquement par " + k.pros[p.author].Name() + " le " + shortDate(p.time) + " à " + p.time.Format("15 h 04") + ".")
}

func (k *cast) letterPDF(c *citizen, p *paper) []byte {
	d := k.page(c, p)
	if p.letter.conclusion != "" {
		d.Heading("Conclusion")
		d.Strong(p.letter.conclusion)
	}
	for _, x := range p.letter.parts {
		d.Heading(x.title)
		if x.text != "" {
			d.Paragraph(x.text)
		}
		if len(x.list) > 0 {
			d.List(x.list...)
		}
		if len(x.rows) > 0 {
			d.Table(x.head, x.rows)
		}
	}
	k.sign(d, p)
	return d.Bytes()
}

var flagWords = map[string]string{"H": "élevé", "L": "bas", "HH": "très élevé", "LL": "très bas", "POS": "positif", "R": "résistant", "I": "intermédiaire", "S": "sensible"}

func (k *cast) labPDF(c *citizen, p *paper, r *write.BioReport) []byte {
	d := k.page(c, p)
	d.Paragraph("Prélèvement du " + shortDate(p.lab.sampled) + " à " + p.lab.sampled.Format("15 h 04") + ".")
	if r.Comment != "" {
		d.Strong(r.Comment)
	}
	for _, ch := range r.Chapters {
		d.Heading(ch.Display)
		for _, s := range ch.Subs {
			var rows [][]string
			add := func(x *bio.Result) { rows = append(rows, row(x)) }
			for _, it := range s.Items {
				switch {
				case it.Result != nil:
					add(it.Result)
				case it.Battery != nil:
					for i := range it.Battery.Results {
						add(&it.Battery.Results[i])
					}
				case it.Isolate != nil:
					rows = append(rows, []string{it.Isolate.Label})
					for i := range it.Isolate.Results {
						add(&it.Isolate.Results[i])
					}
					for i := range it.Isolate.Antibiogram.Results {
						add(&it.Isolate.Antibiogram.Results[i])
					}
				}
			}
			d.Strong(s.Title)
			d.Table([]string{"Analyse", "Résultat", "Référence", "", "Antérieur"}, rows)
			if s.Comment != "" {
				d.Paragraph(s.Comment)
			}
		}
	}
	k.sign(d, p)
	return d.Bytes()
}

// row writes one result for people, with the French decimal comma.
func row(r *bio.Result) []string {
	comma := func(s string) string { return strings.ReplaceAll(s, ".", ",") }
	ref, old, mark := "", "", ""
	if r.Reference != nil {
		v := bio.Value{Low: r.Reference.Low, High: r.Reference.High}
		ref = comma(v.Shown())
	}
	if len(r.Previous) > 0 {
		e := r.Previous[0]
		old = comma(e.Value.Value)
		if t, err := time.Parse("20060102150405-0700", e.Time); err == nil {
			old += " (" + shortDate(t) + ")"
		}
	}
	for _, f := range r.Interpretation {
		mark = flagWords[f]
	}
	return []string{r.Label, comma(shown(r)), ref, mark, old}
}
