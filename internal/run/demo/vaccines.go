package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda/write"
)

// vaccine is one product of the calendar.
type vaccine struct{ name, atc, atcWords, target string }

var (
	hexa   = vaccine{"INFANRIX HEXA", "J07CA09", "Diphtérie, coqueluche, tétanos, poliomyélite, Haemophilus influenzae b, hépatite B", "Diphtérie, tétanos, poliomyélite, coqueluche, Hib, hépatite B"}
	pneumo = vaccine{"PREVENAR 13", "J07AL02", "Pneumocoque, antigènes polysaccharidiques conjugués", "Infections à pneumocoque"}
	ror    = vaccine{"PRIORIX", "J07BD52", "Rougeole, oreillons et rubéole, vivant atténué", "Rougeole, oreillons, rubéole"}
	tetra  = vaccine{"INFANRIX TETRA", "J07CA02", "Diphtérie, coqueluche, poliomyélite, tétanos", "Diphtérie, tétanos, poliomyélite, coqueluche"}
	repev  = vaccine{"REPEVAX", "J07CA02", "Diphtérie, coqueluche, poliomyélite, tétanos", "Diphtérie, tétanos, poliomyélite, coqueluche"}
	revax  = vaccine{"REVAXIS", "J07CA01", "Diphtérie, poliomyélite, tétanos", "Diphtérie, tétanos, poliomyélite"}
	papil  = vaccine{"GARDASIL 9", "J07BM03", "Papillomavirus humains (9 valences)", "Infections à papillomavirus"}
	flu    = vaccine{"VAXIGRIPTETRA", "J07BB02", "Grippe, inactivé, antigènes de surface ou fragments", "Grippe saisonnière"}
	covid  = vaccine{"COMIRNATY", "J07BN01", "COVID-19, vaccin à ARNm", "COVID-19"}
	hepb   = vaccine{"ENGERIX B 20", "J07BC01", "Hépatite B, antigène purifié", "Hépatite B"}
	zona   = vaccine{"SHINGRIX", "J07BK03", "Zona, antigène purifié", "Zona"}
)

// vaccination writes the history of injections, when there is any in the span of the calendar.
func (k *calendar) vaccination() {
	c := k.c
	if c.index > 2 && !chance(k.r, 0.85) {
		return
	}
	var list []write.Immunization
	give := func(v vaccine, day time.Time, rank int, booster bool) {
		if day.Before(c.birth) || !day.Before(c.today.AddDate(0, 0, -3)) {
			return
		}
		day = workday(day)
		im := write.Immunization{Date: day.Format("20060102"), Rank: rank, Booster: booster, Product: write.Product{Name: v.name, ATC: v.atc, ATCs: v.atcWords}, Target: v.target,
			Lot: fmt.Sprintf("%c%04d", 'A'+rune(k.r.IntN(20)), k.r.IntN(10000)), Route: "20035000", Site: pick(k.r, []string{"16217661000119109", "16217701000119102"})}
		if day.Year() < 1995 { // the paper record says the year, no more
			im.Date, im.Lot, im.Route, im.Site = day.Format("2006"), "", "", ""
		}
		if im.Site != "" && day.Before(c.birth.AddDate(2, 0, 0)) {
			im.Site = pick(k.r, []string{"11207009", "61396006"})
		}
		list = append(list, im)
	}
	month := func(m int) time.Time { return dayOf(c.birth.AddDate(0, m, 5)) }
	year := func(y int) time.Time { return dayOf(c.birth.AddDate(y, 2, 11)) }
	for i, m := range []int{2, 4, 11} {
		if c.birth.Year() >= 2000 {
			give(hexa, month(m), i+1, i == 2)
			give(pneumo, month(m).AddDate(0, 0, 1), i+1, i == 2)
		}
	}
	if c.birth.Year() >= 1980 {
		give(ror, month(12), 1, false)
		give(ror, month(17), 2, false)
	}
	give(tetra, year(6), 0, true)
	give(repev, year(12), 0, true)
	if c.birth.Year() >= 2005 {
		give(papil, year(11), 1, false)
		give(papil, year(11).AddDate(0, 6, 0), 2, false)
	}
	for _, y := range []int{25, 45, 65, 75, 85} {
		give(revax, year(y), 0, true)
	}
	if c.ills[kidney] {
		for i, m := range []int{0, 1, 6} {
			give(hepb, k.c.today.AddDate(-6, m, 3), i+1, false)
		}
	}
	if c.age >= 18 {
		for i, d := range [][2]int{{2021, 3}, {2021, 4}, {2021, 12}} {
			give(covid, dayOf(time.Date(d[0], time.Month(d[1]), 6+c.index%18, 0, 0, 0, 0, time.UTC)), i+1, i == 2)
		}
	}
	if c.age >= 65 || c.ills[copd] || c.ills[diabetes] {
		for y := c.today.Year() - 5; y <= c.today.Year(); y++ {
			give(flu, dayOf(time.Date(y, 10, 20, 0, 0, 0, 0, time.UTC)).AddDate(0, 0, c.index%16), 0, true)
		}
	}
	if c.age >= 68 {
		give(zona, c.today.AddDate(-2, 0, -c.index%90), 1, false)
		give(zona, c.today.AddDate(-2, 2, -c.index%90), 2, false)
	}
	if len(list) == 0 {
		return
	}
	// The latest first: it is what people look for.
	slices.SortStableFunc(list, func(a, b write.Immunization) int { return strings.Compare(b.Date, a.Date) })
	author := c.doctor
	if c.age < 6 {
		author = paediatrician
	}
	p := visit("vaccinations", "11369-6", "Historique des vaccinations", author, k.ago(0.02+0.6*k.r.Float64()), 10*60+k.r.IntN(400), 10)
	if last := list[0].Date; p.start.Format("20060102") < last {
		p = visit("vaccinations", "11369-6", "Historique des vaccinations", author, k.ago(0.004), 10*60+k.r.IntN(400), 10)
	}
	p.vaccines = list
	k.add(p)
}

// overview writes the medical summary of those who are ill or old.
func (k *calendar) overview() {
	c := k.c
	if c.index > 2 && (len(c.ills) == 0 && c.age < 65 || !chance(k.r, 0.9)) || c.age < 18 {
		return
	}
	day := k.ago(0.05 + 1.2*k.r.Float64())
	s := &write.MedicalSummary{}
	for _, i := range c.list() {
		ill := catalogue[i]
		s.Problems = append(s.Problems, write.Problem{Code: ill.code, Display: ill.display, Label: firstUpper(ill.name), From: fmt.Sprint(c.since(i, day.Year()))})
		s.Watch = append(s.Watch, ill.watch)
		for _, d := range c.drugsOf(i) {
			s.Treatments = append(s.Treatments, write.Treatment{Product: write.Product{Name: d.name, ATC: d.atc, ATCs: d.atcWords}, Dosage: d.dose, From: fmt.Sprint(c.since(i, day.Year())), Every: "1", Unit: "d"})
		}
	}
	r := stream("passé", c.index)
	past := []write.Problem{
		{Code: "K35.8", Display: "Appendicites aiguës, autres et sans précision", Label: "Appendicectomie", From: fmt.Sprint(c.birth.Year() + 14)},
		{Code: "S52.5", Display: "Fracture de l'extrémité inférieure du radius", Label: "Fracture du poignet", From: fmt.Sprint(c.birth.Year() + 17)},
		{Code: "J18.9", Display: "Pneumopathie, sans précision", Label: "Pneumopathie", From: fmt.Sprint(c.birth.Year() + 18)},
	}
	for _, p := range past {
		if chance(r, 0.3) {
			p.To = p.From
			s.History = append(s.History, p)
		}
	}
	if a := c.allergy(); a != nil {
		s.Allergies = append(s.Allergies, *a)
	}
	if chance(r, 0.35) {
		s.Risks = append(s.Risks, pick(r, []string{"Tabac : sevré depuis plus de cinq ans, 15 paquets-années.", "Tabac actif : 8 cigarettes par jour.", "Sédentarité.", "Infarctus du myocarde chez le père à 52 ans."}))
	}
	if c.age >= 80 {
		s.Watch = append(s.Watch, "Risque de chute.")
	}
	p := visit("synthese", "SYNTH", "Volet de synthèse médicale", c.doctor, day, 12*60, 15)
	p.summary = s
	k.add(p)
}
