package demo

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/socle-sante/socle/format/xds"
)

// span is how many years of documents there are.
const span = 10

// calendar collects the documents of one citizen.
type calendar struct {
	c    *citizen
	r    *rand.Rand
	last map[string]earlier // values of the visit before
	out  []*paper
}

// papers plans every document of a citizen, oldest first. All are before the day of the territory.
func (c *citizen) papers() []*paper {
	if c.state != followed && c.state != closed {
		return nil
	}
	k := &calendar{c: c, r: stream("calendrier", c.index), last: map[string]earlier{}}
	k.laboratory()
	k.practice()
	k.childhood()
	k.hospital()
	k.pictures()
	k.extras()
	k.vaccination()
	k.overview()
	sort.SliceStable(k.out, func(i, j int) bool { return k.out[i].time.Before(k.out[j].time) })
	return k.out
}

// ago is a working day some years back, or the zero time when the person was not yet born.
func (k *calendar) ago(years float64) time.Time {
	day := k.c.today.AddDate(0, 0, -max(1, int(years*365.25)))
	day = workday(day)
	if day.Before(k.c.birth.AddDate(0, 0, 3)) {
		return time.Time{}
	}
	return day
}

func (k *calendar) add(p *paper) {
	k.out = append(k.out, p)
}

// visit is a paper signed after an act of some minutes.
func visit(key, typ, title string, author int, day time.Time, from, minutes int) *paper {
	start := at(day, from)
	end := start.Add(time.Duration(minutes) * time.Minute)
	return &paper{key: key, typ: typ, title: title, author: author, prescriber: -1, encounter: "AMB", start: start, end: end, time: end.Add(time.Duration(3+minutes%9) * time.Minute)}
}

// laboratory plans the blood tests.
func (k *calendar) laboratory() {
	c := k.c
	var days []float64
	every := 0.0
	switch {
	case c.ills[fibrillation]:
		every = 0.6
	case c.ills[diabetes] || c.ills[kidney] || c.ills[anaemia] || c.ills[hypothyroidism]:
		every = 0.85
	case c.age >= 60:
		every = 1.7
	case c.age >= 18:
		every = 3.4
	}
	if c.index < 3 {
		every = 0.5
	}
	if every > 0 {
		for y := span - 0.1 - k.r.Float64()*every; y > 0.01; y -= every * (0.8 + 0.4*k.r.Float64()) {
			days = append(days, y)
		}
	}
	if c.index < 3 { // the personas have news
		days = append(days, 0.022+0.006*float64(c.index))
	}
	for i, y := range days {
		k.blood(y, i)
	}
}

func (k *calendar) blood(y float64, i int) {
	c := k.c
	day := k.ago(y)
	if day.IsZero() {
		return
	}
	sampled := at(day, 7*60+5+k.r.IntN(150))
	lab := &labReport{sampled: sampled, names: c.panelFor(i, day), before: map[string]earlier{}}
	for n, e := range k.last {
		lab.before[n] = e
	}
	p := &paper{key: fmt.Sprintf("bio/%03d", i), typ: "11502-2", author: biologist, prescriber: c.doctor, encounter: "AMB", lab: lab,
		start: sampled.Add(40 * time.Minute), end: at(day, 14*60+k.r.IntN(200))}
	p.time = p.end
	for n, v := range c.panel(lab.names, sampled) {
		k.last[n] = earlier{sampled, v}
	}
	k.add(p)
}

// panelFor chooses what is measured: what the illnesses ask for, and a count once in a while.
func (c *citizen) panelFor(i int, day time.Time) []string {
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if !in(out, n) {
				out = append(out, n)
			}
		}
	}
	if c.ills[fibrillation] {
		add("inr")
	}
	if c.ills[diabetes] {
		add("glucose", "hba1c", "creatinine", "egfr")
		if i%2 == 0 {
			add("albumin_ua", "cholest", "triglyc", "hdl", "ldl")
		}
	}
	if c.ills[kidney] {
		add("creatinine", "egfr", "urea", "sodium", "potassium", "chloride", "calcium", "phosphate", "albumin_ua")
		if i%2 == 0 {
			add("hb", "mcv", "mch", "platelets", "wbc", "vitd")
		}
	}
	if c.ills[hypothyroidism] {
		add("tsh")
		if i%2 == 0 {
			add("ft4")
		}
	}
	if c.ills[anaemia] {
		add("hb", "mcv", "mch", "platelets", "wbc", "ferritin")
		if i%2 == 1 {
			add("transsat")
		}
	}
	if c.ills[gout] {
		add("urate", "creatinine", "egfr")
	}
	if c.ills[heartFailure] {
		add("bnp", "creatinine", "egfr", "sodium", "potassium")
	}
	if c.ills[prostate] && i%3 == 0 {
		add("psa")
	}
	if c.ills[dyslipidaemia] && i%2 == 0 {
		add("cholest", "triglyc", "hdl", "ldl", "asat", "alat")
	}
	if c.ills[hypertension] {
		add("creatinine", "egfr", "sodium", "potassium")
	}
	if i%3 == 0 || len(out) == 0 {
		add("glucose", "creatinine", "egfr", "hb", "mcv", "mch", "platelets", "wbc", "crp")
		if ageAt(c.birth, day) > 45 {
			add("cholest", "triglyc", "hdl", "ldl", "asat", "alat", "ggt", "tsh")
		}
	}
	return out
}

// every plays a scene again and again, from a first time ago to a last one.
func (k *calendar) every(s *scene, from, to, years float64) {
	for i := 0; from > to; i++ {
		k.play(s, fmt.Sprintf("%s/%02d", s.key, i), k.ago(from))
		from -= years * (0.75 + 0.5*k.r.Float64())
	}
}

// once plays a scene at some time of the span, p times out of one.
func (k *calendar) once(s *scene, p float64, from, to float64) {
	drawn, when := k.r.Float64(), to+(from-to)*k.r.Float64()
	if drawn < p {
		k.play(s, s.key, k.ago(when))
	}
}

// practice plans the consultations and prescriptions of the general practitioner.
func (k *calendar) practice() {
	c := k.c
	ill := len(c.ills)
	switch {
	case c.age < 6:
		k.once(&acuteVisit, 0.8, 4, 0.1)
	case ill >= 2 || c.age >= 75:
		k.every(&followUp, span-0.4*k.r.Float64(), 0.02, 1.9)
		k.every(&renewal, span-0.7-k.r.Float64(), 0.02, 3)
		k.once(&acuteVisit, 0.6, 9, 0.1)
	case ill == 1 || c.age >= 55:
		k.every(&followUp, span-1.2*k.r.Float64(), 0.05, 2.4)
		k.every(&renewal, span-2*k.r.Float64(), 0.05, 3.8)
		k.once(&acuteVisit, 0.5, 9, 0.1)
	default:
		k.every(&acuteVisit, span-3*k.r.Float64(), 0.1, 3.2)
		k.once(&renewal, 0.5, 8, 0.1)
	}
	if c.age >= 50 {
		k.once(&dispensing, 0.35, 2, 0.02)
	}
}

func (k *calendar) childhood() {
	c := k.c
	for i, v := range childVisits {
		day := workday(dayOf(c.birth.AddDate(0, v.months, 6)))
		if day.Before(c.today.AddDate(0, 0, -2)) && day.After(c.today.AddDate(-span, 0, 0)) {
			s := childScene(i)
			k.play(&s, s.key, day)
		}
	}
}

// hospital plans stays, operations, emergencies and consultations with specialists.
func (k *calendar) hospital() {
	c := k.c
	k.once(&emergencyVisit, 0.28, 9.5, 0.05)
	if c.ills[heartFailure] {
		k.once(&heartStay, 0.9, 7, 0.2)
	}
	if c.ills[copd] {
		k.once(&lungStay, 0.6, 6, 0.1)
	}
	if c.ills[kidney] {
		k.every(&kidneyVisit, 9.3, 0.1, 2.4)
		k.once(&kidneyStay, 0.5, 6, 0.5)
	}
	if c.age >= 82 {
		k.once(&oldStay, 0.6, 3, 0.1)
	}
	if c.index > 2 && c.female() && c.age >= 24 && c.age <= 44 {
		k.once(&birthStay, 0.45, min(9, float64(c.age)-22), 0.2)
		k.once(&womanVisit, 0.5, 6, 0.1)
	}
	if c.ills[osteoarthritis] && c.age >= 64 {
		k.once(&kneeSurgery, 0.3, 6, 0.3)
	}
	if c.age >= 30 {
		k.once(&gallbladder, 0.07, 9, 0.3)
	}
	if c.ills[hypertension] || c.ills[fibrillation] || c.ills[heartFailure] {
		k.once(&heartVisit, 0.6, 7, 0.1)
	}
	if c.ills[diabetes] {
		k.every(&sugarVisit, 8.5, 0.2, 4)
		k.once(&eyeVisit, 0.85, 2, 0.1)
	}
	if c.age >= 50 {
		k.once(&gutVisit, 0.2, 8, 0.2)
	}
}

// pictures plans imaging.
func (k *calendar) pictures() {
	c := k.c
	if c.ills[copd] {
		k.once(&chestCOPD, 0.8, 9, 0.1)
	}
	if c.age >= 16 {
		k.once(&chest, 0.22, 9, 0.1)
		k.once(&ankle, 0.10, 9, 0.1)
		k.once(&abdomen, 0.14, 9, 0.1)
		k.once(&spine, 0.09, 8, 0.1)
	}
	if c.ills[osteoarthritis] {
		k.once(&knee, 0.8, 8, 0.3)
	}
	if c.ills[hypothyroidism] {
		k.once(&thyroid, 0.9, 7, 0.2)
	}
	if c.ills[kidney] {
		k.once(&kidneys, 0.9, 9, 0.5)
	}
	if c.female() && c.age >= 50 && c.age <= 78 {
		k.every(&breast, span-k.r.Float64()*3, 0.1, 2.6)
	}
	if c.ills[osteoporosis] {
		k.once(&bones, 0.8, 6, 0.3)
	}
	if c.age >= 80 {
		k.once(&head, 0.4, 4, 0.1)
	}
}

// extras are what a demonstration must show: hidden, awaiting announcement, corrected documents.
func (k *calendar) extras() {
	c := k.c
	switch c.index {
	case 0:
		k.play(&followUp, "suivi/recent", k.ago(0.009))
		k.corrected(0.62)
		if p := k.play(&womanVisit, "gynecologie/masque", k.ago(1.9)); p != nil {
			p.visibility = xds.MasquePS
		}
	case 1:
		k.play(&followUp, "suivi/recent", k.ago(0.015))
		if p := k.play(&sad, sad.key, k.ago(1.2)); p != nil {
			p.hidden = true
		}
		k.play(&gutVisit, "gastro/carence", k.ago(1.4))
		k.culture(2.7, &ecbu{infected: true, resistant: true})
		k.culture(2.62, &ecbu{})
	case 2:
		if p := k.play(&suspicious, suspicious.key, k.ago(0.012)); p != nil {
			p.visibility = xds.InvisiblePatient
		}
	default:
		if c.ills[depression] {
			if p := k.play(&sad, sad.key, k.ago(0.4+3*k.r.Float64())); p != nil && c.index%2 == 0 {
				p.hidden = true
			}
		}
		if c.age >= 20 && chance(k.r, 0.14) {
			k.culture(0.2+6*k.r.Float64(), &ecbu{infected: chance(k.r, 0.6), resistant: chance(k.r, 0.4)})
		}
		if c.female() && c.age >= 24 && c.age <= 44 && chance(k.r, 0.5) {
			k.screening(1 + 5*k.r.Float64())
		}
	}
}

// corrected is a report and the one that replaces it the day after.
func (k *calendar) corrected(years float64) {
	first := k.play(&corrected, corrected.key, k.ago(years))
	if first == nil {
		return
	}
	second := *first
	second.key, second.replaces, second.version = corrected.key+"/2", first.key, 2
	second.time = first.time.Add(27*time.Hour + 10*time.Minute)
	second.letter = &letter{conclusion: "Rectificatif : érosion de la tête du cinquième métatarsien gauche, à confronter à la clinique.",
		parts: append([]part{{title: "Rectification", text: "Ce compte rendu remplace celui de la veille après seconde lecture."}}, first.letter.parts[:2]...)}
	second.letter.parts = append(second.letter.parts, part{title: "Résultats", text: "Érosion corticale de 4 mm de la tête du cinquième métatarsien gauche, sans réaction périostée."})
	k.add(&second)
}

// culture is an examination of urine.
func (k *calendar) culture(years float64, e *ecbu) {
	k.sample(fmt.Sprintf("ecbu/%.2f", years), years, &labReport{urine: e})
}

func (k *calendar) screening(years float64) {
	k.sample("serologies", years, &labReport{screen: []screening{
		{"5196-1", "Hépatite B virus antigène de surface [Présence/Seuil] Sérum/Plasma ; Résultat ordinal ; Immunoanalyse", "Antigène HBs", false},
		{"56888-1", "VIH 1 antigène p24 et VIH 1+2 anticorps [Présence/Seuil] Sérum/Plasma ; Résultat ordinal ; Immunoanalyse", "VIH 1 et 2 (dépistage combiné)", false},
		{"8014-3", "Rubéole virus anticorps IgG [Présence/Seuil] Sérum/Plasma ; Résultat ordinal ; Immunoanalyse", "Rubéole, IgG", true},
	}})
}

func (k *calendar) sample(key string, years float64, lab *labReport) {
	day := k.ago(years)
	if day.IsZero() {
		return
	}
	lab.sampled, lab.before = at(day, 8*60+k.r.IntN(90)), map[string]earlier{}
	p := &paper{key: key, typ: "11502-2", author: biologist, prescriber: k.c.doctor, encounter: "AMB", lab: lab, start: lab.sampled.Add(35 * time.Minute)}
	p.end = at(day.AddDate(0, 0, 1), 10*60+k.r.IntN(120))
	if !p.end.Before(k.c.today) {
		p.end = at(day, 17*60)
	}
	p.time = p.end
	k.add(p)
}

// final is the document that closes the population.
func (c *citizen) final(key string) *paper {
	k := &calendar{c: c, r: stream("dernier", c.index)}
	p := visit(key, "11488-4", "Compte rendu de consultation de médecine générale", c.doctor, k.ago(0.003), 17*60, 20)
	p.letter = &letter{conclusion: "Bilan annuel sans particularité. Prochain rendez-vous dans un an.", parts: []part{{title: "Motif", text: "Bilan annuel de " + c.call() + "."}}}
	return p
}
