package demo

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"time"
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
		every = 0.5
	case c.ills[diabetes] || c.ills[kidney] || c.ills[anaemia] || c.ills[hypothyroidism]:
		every = 0.62
	case c.age >= 60:
		every = 1.3
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

// practice plans the consultations of the general practitioner.
func (k *calendar) practice() {
	for i := range 5 {
		day := k.ago(float64(i)*2 + 0.3 + k.r.Float64())
		if day.IsZero() {
			continue
		}
		p := visit(fmt.Sprintf("consultation/%02d", i), "11488-4", "Compte rendu de consultation de médecine générale", k.c.doctor, day, 9*60+k.r.IntN(500), 20)
		p.letter = &letter{conclusion: "État général conservé. Traitement poursuivi sans changement.", parts: []part{{title: "Motif", text: "Consultation de suivi."}}}
		k.add(p)
	}
}

// final is the document that closes the population.
func (c *citizen) final(key string) *paper {
	k := &calendar{c: c, r: stream("dernier", c.index)}
	p := visit(key, "11488-4", "Compte rendu de consultation de médecine générale", c.doctor, k.ago(0.003), 17*60, 20)
	p.letter = &letter{conclusion: "Bilan annuel sans particularité. Prochain rendez-vous dans un an.", parts: []part{{title: "Motif", text: "Bilan annuel de " + c.call() + "."}}}
	return p
}
