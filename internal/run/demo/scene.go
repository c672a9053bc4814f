package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// scene is a kind of encounter with its words: what brings the person, who sees them, what is said.
type scene struct {
	key, typ, title string
	author          int // index of professionals; own is the médecin traitant
	encounter       string
	from, minutes   int  // hour of the first and length, in minutes
	asked           bool // on prescription of the médecin traitant
	nights          int  // of a stay
	say             func(c *citizen, r *rand.Rand, day time.Time) *letter
}

// closing is when the last visit of a day ends, in minutes after midnight.
const closing = 18*60 + 45

// own stands for the médecin traitant.
const own = -1

// Types of documents.
//
// spec: CI-SIS cda §3
const (
	consultationNote = "11488-4"
	imagingReport    = "18748-4"
	dischargeLetter  = "11490-0"
	operativeReport  = "34874-8"
	emergencyReport  = "15507-7"
	prescriptionNote = "57833-6"
	dispensation     = "60593-1"
)

// play makes the document of a scene on a day; nothing when the person was not born.
func (k *calendar) play(s *scene, key string, day time.Time) *paper {
	if day.IsZero() {
		return nil
	}
	author := s.author
	if author == own {
		author = k.c.doctor
	}
	r := stream("scène", k.c.index, key)
	start := s.from + 5*r.IntN(max(1, min(50, (closing-s.minutes-s.from)/5)))
	p := visit(key, s.typ, s.title, author, day, start, s.minutes)
	if s.encounter != "" {
		p.encounter = s.encounter
	}
	if s.nights > 0 {
		p.end = at(workday(day.AddDate(0, 0, s.nights)), 11*60+r.IntN(120))
		p.time = p.end.Add(time.Duration(20+r.IntN(160)) * time.Minute)
		if !p.time.Before(k.c.today) {
			return nil
		}
	}
	if s.asked {
		p.prescriber = k.c.doctor
	}
	p.letter = s.say(k.c, r, day)
	k.add(p)
	return p
}

// Small parts of sentences.

// e gives the mark of the feminine.
func (c *citizen) e() string {
	if c.female() {
		return "e"
	}
	return ""
}

func (c *citizen) patient(day time.Time) string {
	age := ageAt(c.birth, day)
	switch {
	case age < 2:
		months := int(day.Sub(c.birth).Hours() / 24 / 30.44)
		return fmt.Sprintf("Nourrisson de %d mois", months)
	case age < 15:
		if c.female() {
			return fmt.Sprintf("Fillette de %d ans", age)
		}
		return fmt.Sprintf("Garçon de %d ans", age)
	case c.female():
		return fmt.Sprintf("Patiente de %d ans", age)
	}
	return fmt.Sprintf("Patient de %d ans", age)
}

// background says the illnesses in one sentence.
func (c *citizen) background() string {
	var names []string
	for _, k := range c.list() {
		names = append(names, catalogue[k].name)
	}
	if len(names) == 0 {
		return "Pas d'antécédent médical notable."
	}
	return "Antécédents : " + strings.Join(names, ", ") + "."
}

func (c *citizen) drugLines() []string {
	var out []string
	for _, d := range c.drugs() {
		out = append(out, d.name+" : "+d.dose)
	}
	return out
}

// treatment is the part that lists the long-term drugs.
func (c *citizen) treatment(title string) part {
	if l := c.drugLines(); len(l) > 0 {
		return part{title: title, list: l}
	}
	return part{title: title, text: "Aucun traitement au long cours."}
}

func side(r *rand.Rand) string { return pick(r, []string{"droit", "gauche"}) }

// body is a height and a weight: an adult's drifts slowly, a child's follows the growth chart.
func (c *citizen) body(day time.Time) (cm int, kg float64) {
	r := stream("gabarit", c.index)
	if years := day.Sub(c.birth).Hours() / 24 / 365.25; years < 17 {
		return growth(r, years)
	}
	cm = 176 + int(6*r.NormFloat64())
	if c.female() {
		cm = 163 + int(6*r.NormFloat64())
	}
	bmi := 24.5 + 2.6*r.NormFloat64()
	if c.ills[diabetes] {
		bmi += 4
	}
	years := c.today.Sub(day).Hours() / 24 / 365.25
	kg = max(17.5, bmi-0.09*years) * float64(cm) * float64(cm) / 10000
	return cm, round(kg, 0)
}

// chart is the middle of the growth charts: age in years, height, weight.
var chart = [][3]float64{{0, 50, 3.4}, {0.33, 62, 6.4}, {0.75, 71, 8.7}, {1, 75, 9.6}, {2, 87, 12.2}, {4, 103, 16.5}, {6, 116, 20.7}, {9, 133, 28.5}, {12, 150, 40}, {15, 166, 55}, {17, 171, 61}}

func growth(r *rand.Rand, years float64) (cm int, kg float64) {
	share := 1 + 0.03*max(-1.5, min(1.5, r.NormFloat64()))
	for i := 1; i < len(chart); i++ {
		a, b := chart[i-1], chart[i]
		if years <= b[0] {
			f := (years - a[0]) / (b[0] - a[0])
			return int((a[1] + f*(b[1]-a[1])) * share), round((a[2]+f*(b[2]-a[2]))*share*share, 1)
		}
	}
	last := chart[len(chart)-1]
	return int(last[1] * share), round(last[2]*share*share, 1)
}

// pressure is a blood pressure as doctors write it, and whether it is too high.
func (c *citizen) pressure(r *rand.Rand) (string, bool) {
	s, d := 118+int(7*r.NormFloat64()), 72+int(5*r.NormFloat64())
	if c.ills[hypertension] {
		s, d = 137+int(9*r.NormFloat64()), 80+int(6*r.NormFloat64())
	}
	return fmt.Sprintf("%d/%d mmHg", s, d), s >= 140 || d >= 90
}

// exam is the physical examination.
func (c *citizen) exam(r *rand.Rand, day time.Time, more string) part {
	if ageAt(c.birth, day) < 15 {
		cm, kg := c.body(day)
		s := fmt.Sprintf("Température %s °C, poids %s kg, taille %d cm.", comma(36.6+1.2*r.Float64(), 1), comma(kg, 1), cm)
		return part{title: "Examen", text: s + " " + more}
	}
	bp, _ := c.pressure(r)
	cm, kg := c.body(day)
	s := fmt.Sprintf("Tension artérielle %s, fréquence cardiaque %d/min", bp, 62+r.IntN(22))
	if c.ills[fibrillation] {
		s += " irrégulière"
	}
	s += fmt.Sprintf(", température %s °C, poids %s kg pour %d cm (IMC %s).", comma(36.3+0.6*r.Float64(), 1), text(kg, 0), cm, comma(kg*10000/float64(cm*cm), 1))
	return part{title: "Examen", text: strings.TrimSpace(s + " " + more)}
}

func comma(v float64, decimals int) string { return strings.Replace(text(v, decimals), ".", ",", 1) }
