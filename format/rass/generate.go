package rass

import (
	"bufio"
	"io"
	"math/rand/v2"
	"strconv"
)

// Generate writes a PS_LibreAcces_Personne_activite file of fictitious people: the same rows for
// the same seed. RPPS and FINESS numbers begin with 99 and have a right check digit; about one
// person in four has two places of exercise, and a structure gathers about four rows.
func Generate(w io.Writer, rows int, seed uint64) error {
	out := bufio.NewWriterSize(w, 1<<20)
	g := &generator{rnd: rand.New(rand.NewPCG(seed, 99)), structures: max(rows/4, 1)}
	for _, n := range Header(PersonneActivite) {
		g.put(n)
	}
	if _, err := out.Write(append(g.buf, '\n')); err != nil {
		return err
	}
	for person := 0; rows > 0; person++ {
		p := g.person(person)
		n := 1
		if x := g.rnd.IntN(100); x < 5 {
			n = 3
		} else if x < 28 {
			n = 2
		}
		for ; n > 0 && rows > 0; n-- {
			g.row(p)
			if _, err := out.Write(g.buf); err != nil {
				return err
			}
			rows--
		}
	}
	return out.Flush()
}

type generator struct {
	rnd        *rand.Rand
	structures int
	buf        []byte
}

type fictitious struct {
	rpps, family, given, civility, title string
	job                                  *job
	last                                 int // structure of the row before
}

type job struct {
	code, label, mode, modeLabel, sector, sectorLabel string
	skills                                            []string // code, label, two by two
}

var jobs = []job{
	{"60", "Infirmier", "L", "Libéral, indépendant, artisan, commerçant", "SA08", "Cabinet de groupe", nil},
	{"60", "Infirmier", "S", "Salarié", "SA01", "Etablissement public de santé", nil},
	{"10", "Médecin", "L", "Libéral, indépendant, artisan, commerçant", "SA07", "Cabinet individuel", []string{"SM26", "Qualifié en Médecine Générale (SM)", "SM54", "Médecine Générale (SM)", "SM04", "Cardiologie et maladies vasculaires (SM)", "SM40", "Pédiatrie (SM)"}},
	{"10", "Médecin", "S", "Salarié", "SA01", "Etablissement public de santé", []string{"SM02", "Anesthesie-réanimation (SM)", "SM42", "Psychiatrie (SM)", "SM44", "Radio-diagnostic (SM)"}},
	{"70", "Masseur-Kinésithérapeute", "L", "Libéral, indépendant, artisan, commerçant", "SA08", "Cabinet de groupe", nil},
	{"21", "Pharmacien", "L", "Libéral, indépendant, artisan, commerçant", "SA33", "Pharmacie d'officine", nil},
	{"40", "Chirurgien-Dentiste", "L", "Libéral, indépendant, artisan, commerçant", "SA07", "Cabinet individuel", nil},
	{"91", "Orthophoniste", "L", "Libéral, indépendant, artisan, commerçant", "SA07", "Cabinet individuel", nil},
}

var (
	beginnings = []string{"MAR", "BER", "DUB", "LEF", "GIR", "MOR", "ROU", "FON", "CHE", "GAU", "PER", "BOU", "LAM", "FAU", "MER", "BLA", "GUE", "HEN", "MUL", "ROY",
		"NOE", "COL", "VID", "LEM", "AUB", "PRE", "BAR", "CAR", "DUF", "JOL", "RIV", "LAC", "LEB", "MAI", "POI", "HUE", "SCH", "PIC", "REN", "DAN"}
	middles = []string{"TI", "NA", "O", "EB", "AU", "EL", "AR", "TA", "VA", "RI", "LE", "CO", "DE", "MI", "NO", "SE", "TE", "VI", "BE", "QUE"}
	ends    = []string{"N", "RD", "IS", "VRE", "D", "EAU", "X", "INE", "LIER", "SSE", "LLE", "T", "NT", "CHE", "ON", "IER", "ET", "OT", "AND", "ARD", "EL", "IN", "AUX", "EY", "OIS"}
	women   = []string{"Marie", "Sophie", "Camille", "Julie", "Claire", "Léa", "Emma", "Chloé", "Inès", "Hélène", "Anne-Laure", "Zoé"}
	men     = []string{"Jean", "Pierre", "Thomas", "Nicolas", "Paul", "Antoine", "Lucas", "Hugo", "Émile", "Jean-Marc", "François", "Loïc"}
	streets = []string{"DE LA GARE", "DES TILLEULS", "VICTOR HUGO", "PASTEUR", "DE L'EGLISE", "DU MOULIN", "DES ECOLES", "JEAN JAURES"}
	towns   = [][2]string{{"99000", "AURORE"}, {"99100", "VALMONT SUR SEILLE"}, {"99200", "HAUTEPIERRE"}, {"99300", "SAINT ELOI"}, {"99400", "BELLECOMBE"}, {"99500", "PORT BLANC"}}
	places  = []string{"CABINET", "CENTRE DE SANTE", "MAISON DE SANTE", "CENTRE HOSPITALIER", "POLE MEDICAL", "PHARMACIE"}
)

func (g *generator) word(list []string) string { return list[g.rnd.IntN(len(list))] }

// name makes a family name: 500,000 are possible and the first beginnings are the commonest.
func (g *generator) name() string {
	begin := beginnings[min(g.rnd.IntN(len(beginnings)), g.rnd.IntN(len(beginnings)))]
	s := begin + middles[min(g.rnd.IntN(len(middles)), g.rnd.IntN(len(middles)))]
	if g.rnd.IntN(2) == 0 {
		s += middles[g.rnd.IntN(len(middles))]
	}
	return s + g.word(ends)
}

func (g *generator) person(n int) *fictitious {
	p := &fictitious{rpps: WithLuhn("99" + pad(n, 8)), job: &jobs[g.rnd.IntN(len(jobs))], civility: "M", given: g.word(men), last: -1}
	if g.rnd.IntN(5) < 3 {
		p.civility, p.given = "MME", g.word(women)
	}
	p.family = g.name()
	if g.rnd.IntN(12) == 0 {
		p.family += "-" + g.name()
	}
	if p.job.code == "10" || p.job.code == "40" {
		p.title = "DR"
	}
	return p
}

// row writes a row of the person at a structure drawn at random; a structure says the same of
// itself in each of its rows.
func (g *generator) row(p *fictitious) {
	at := g.rnd.IntN(g.structures)
	for at == p.last && g.structures > 1 {
		at = g.rnd.IntN(g.structures)
	}
	p.last = at
	s := rand.New(rand.NewPCG(uint64(at), 7))
	kind := places[s.IntN(len(places))]
	town := towns[s.IntN(len(towns))]
	g.buf = g.buf[:0]
	civLabel := "Monsieur"
	if p.civility == "MME" {
		civLabel = "Madame"
	}
	titleLabel := ""
	if p.title == "DR" {
		titleLabel = "Docteur"
	}
	skill, skillLabel, skillType, skillTypeLabel := "", "", "", ""
	if n := len(p.job.skills) / 2; n > 0 {
		i := int(p.rpps[9]-'0') % n
		skill, skillLabel, skillType, skillTypeLabel = p.job.skills[2*i], p.job.skills[2*i+1], "S", "Spécialité ordinale"
	}
	finess, technical, former := "", "R"+strconv.Itoa(10_000_000+at), "4"+WithLuhn("98"+pad(at, 8))+"001"
	if kind != "CABINET" {
		finess = WithLuhn("99" + pad(at%1_000_000, 6))
		technical, former = "F"+finess, "1"+finess
	}
	section, sectionLabel := "", ""
	if p.job.code == "21" {
		section, sectionLabel = "A", "Pharmacien titulaire d'officine"
	}
	g.put("8", p.rpps, "8"+p.rpps, p.title, titleLabel, p.civility, civLabel, p.family, p.given, p.job.code, p.job.label, "C", "Civil",
		skillType, skillTypeLabel, skill, skillLabel, p.job.mode, p.job.modeLabel, "", "", finess, "", technical, kind+" "+streets[s.IntN(len(streets))]+" "+strconv.Itoa(at), "",
		"", "", strconv.Itoa(1+s.IntN(150)), "", "R", "Rue", streets[s.IntN(len(streets))], "", town[0]+" "+town[1], town[0], town[0], town[1], "", "",
		"0199"+pad(s.IntN(1_000_000), 6), "", "", "", "99", "Territoire pilote", former, "ARS/ARS/ARS", p.job.sector, p.job.sectorLabel, section, sectionLabel, "FON-AU", "Fonction non définie",
		"GENR01", "Activité de soin et de pharmacie")
	g.buf = append(g.buf, '\n')
}

func (g *generator) put(values ...string) {
	for _, v := range values {
		g.buf = append(append(g.buf, v...), '|')
	}
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}

// WithLuhn adds the digit that makes a number of digits verify the Luhn formula.
func WithLuhn(s string) string {
	sum, double := 0, true
	for i := len(s) - 1; i >= 0; i-- {
		d := int(s[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return s + string(rune('0'+(10-sum%10)%10))
}
