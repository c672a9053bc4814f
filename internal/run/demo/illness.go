package demo

import (
	"github.com/socle-sante/socle/format/cda/write"
)

// condition is a long-term illness, or a way of life that documents follow.
type condition int

const (
	diabetes condition = iota + 1
	hypertension
	dyslipidaemia
	hypothyroidism
	anaemia // by want of iron
	kidney
	heartFailure
	fibrillation // atrial, under warfarin
	copd
	asthma
	osteoarthritis
	gout
	prostate
	osteoporosis
	depression
	lastCondition
)

// illness is what documents say of a condition.
type illness struct {
	name     string // in a sentence
	code     string // CIM-10
	display  string
	minAge   int
	rate     float64 // of those over minAge
	drugs    []drug
	watch    string
	coverage bool // ALD
}

// drug is one line of a prescription.
type drug struct{ name, dose, atc, atcWords string }

var catalogue = map[condition]illness{
	diabetes: {"diabète de type 2", "E11.9", "Diabète sucré de type 2, sans complication", 42, 0.14,
		[]drug{{"METFORMINE 1000 mg, comprimé", "1 comprimé matin et soir au cours du repas", "A10BA02", "Metformine"}}, "Surveiller l'HbA1c tous les trois à six mois, fond d'œil et pieds une fois par an.", true},
	hypertension: {"hypertension artérielle", "I10", "Hypertension essentielle (primitive)", 45, 0.38,
		[]drug{{"PÉRINDOPRIL 5 mg, comprimé", "1 comprimé le matin", "C09AA04", "Périndopril"}}, "Automesure tensionnelle avant chaque consultation.", false},
	dyslipidaemia: {"dyslipidémie", "E78.0", "Hypercholestérolémie essentielle", 45, 0.28,
		[]drug{{"ATORVASTATINE 20 mg, comprimé", "1 comprimé le soir", "C10AA05", "Atorvastatine"}}, "Bilan lipidique une fois par an.", false},
	hypothyroidism: {"hypothyroïdie", "E03.9", "Hypothyroïdie, sans précision", 35, 0.07,
		[]drug{{"LÉVOTHYROXINE 75 µg, comprimé", "1 comprimé le matin à jeun", "H03AA01", "Lévothyroxine sodique"}}, "TSH six à huit semaines après tout changement de dose, puis une fois par an.", false},
	anaemia: {"anémie par carence martiale", "D50.9", "Anémie par carence en fer, sans précision", 25, 0.06,
		[]drug{{"SULFATE FERREUX 80 mg, comprimé", "1 comprimé par jour à distance du thé", "B03AA07", "Sulfate ferreux"}}, "Ferritine et hémogramme trois mois après la fin du traitement.", false},
	kidney: {"maladie rénale chronique", "N18.3", "Maladie rénale chronique, stade 3", 62, 0.14,
		[]drug{{"IRBÉSARTAN 150 mg, comprimé", "1 comprimé le matin", "C09CA04", "Irbésartan"}}, "Éviter les anti-inflammatoires ; adapter les doses au débit de filtration.", true},
	heartFailure: {"insuffisance cardiaque", "I50.9", "Insuffisance cardiaque, sans précision", 70, 0.12,
		[]drug{{"FUROSÉMIDE 40 mg, comprimé", "1 comprimé le matin", "C03CA01", "Furosémide"}, {"BISOPROLOL 2,5 mg, comprimé", "1 comprimé le matin", "C07AB07", "Bisoprolol"}}, "Peser trois fois par semaine ; consulter si plus de 2 kg en trois jours.", true},
	fibrillation: {"fibrillation auriculaire permanente", "I48.2", "Fibrillation auriculaire chronique", 68, 0.10,
		[]drug{{"WARFARINE 5 mg, comprimé", "selon INR, cible 2 à 3", "B01AA03", "Warfarine"}}, "INR une fois par mois, cible 2 à 3.", true},
	copd: {"bronchopneumopathie chronique obstructive", "J44.9", "Maladie pulmonaire obstructive chronique, sans précision", 55, 0.08,
		[]drug{{"TIOTROPIUM 18 µg, poudre pour inhalation", "1 inhalation le matin", "R03BB04", "Bromure de tiotropium"}}, "Vaccin antigrippal chaque automne.", false},
	asthma: {"asthme", "J45.9", "Asthme, sans précision", 5, 0.06,
		[]drug{{"SALBUTAMOL 100 µg, suspension pour inhalation", "1 à 2 bouffées en cas de gêne", "R03AC02", "Salbutamol"}}, "Vérifier la technique d'inhalation à chaque consultation.", false},
	osteoarthritis: {"gonarthrose", "M17.9", "Gonarthrose, sans précision", 60, 0.24,
		[]drug{{"PARACÉTAMOL 1 g, comprimé", "1 comprimé si douleur, au plus 3 par jour", "N02BE01", "Paracétamol"}}, "Entretenir la marche et la force des cuisses.", false},
	gout: {"goutte", "M10.9", "Goutte, sans précision", 50, 0.05,
		[]drug{{"ALLOPURINOL 100 mg, comprimé", "1 comprimé le soir", "M04AA01", "Allopurinol"}}, "Uricémie cible sous 360 µmol/L.", false},
	prostate: {"hypertrophie bénigne de la prostate", "N40", "Hyperplasie de la prostate", 60, 0.30,
		[]drug{{"TAMSULOSINE 0,4 mg, gélule", "1 gélule le soir", "G04CA02", "Tamsulosine"}}, "Éviter les décongestionnants oraux.", false},
	osteoporosis: {"ostéoporose", "M81.0", "Ostéoporose postménopausique", 65, 0.22,
		[]drug{{"CHOLÉCALCIFÉROL 80 000 UI, ampoule", "1 ampoule tous les deux mois", "A11CC05", "Colécalciférol"}}, "Prévenir les chutes ; ostéodensitométrie tous les trois ans.", false},
	depression: {"épisode dépressif", "F32.9", "Épisode dépressif, sans précision", 22, 0.06,
		[]drug{{"SERTRALINE 50 mg, gélule", "1 gélule le matin", "N06AB06", "Sertraline"}}, "Réévaluer le risque suicidaire à chaque consultation.", false},
}

// illnesses draws those of a citizen; the personas' are fixed.
func illnesses(c *citizen) map[condition]bool {
	out := map[condition]bool{}
	switch c.index {
	case 0:
		out[diabetes], out[hypertension], out[dyslipidaemia] = true, true, true
		return out
	case 1:
		out[hypothyroidism], out[anaemia] = true, true
		return out
	case 2:
		out[kidney], out[hypertension], out[gout] = true, true, true
		return out
	}
	r := stream("maladies", c.index)
	for k := diabetes; k < lastCondition; k++ {
		p := catalogue[k]
		drawn := r.Float64()
		if c.age < p.minAge || k == prostate && c.female() || k == osteoporosis && !c.female() {
			continue
		}
		rate := p.rate
		if k == anaemia && !c.female() {
			rate /= 3
		}
		if c.age >= 75 {
			rate *= 1.4
		}
		out[k] = drawn < rate
		if !out[k] {
			delete(out, k)
		}
	}
	if out[heartFailure] {
		out[hypertension] = true
	}
	return out
}

// list gives the illnesses in a fixed order.
func (c *citizen) list() []condition {
	var out []condition
	for k := diabetes; k < lastCondition; k++ {
		if c.ills[k] {
			out = append(out, k)
		}
	}
	return out
}

// drugs is the long-term treatment.
func (c *citizen) drugs() []drug {
	var out []drug
	for _, k := range c.list() {
		out = append(out, c.drugsOf(k)...)
	}
	return out
}

// drugsOf is the treatment of one illness, given the others.
func (c *citizen) drugsOf(k condition) []drug {
	if k == hypertension && c.ills[kidney] { // two blockers of the renin system do not go together
		return []drug{{"AMLODIPINE 5 mg, gélule", "1 gélule le matin", "C08CA01", "Amlodipine"}}
	}
	return catalogue[k].drugs
}

// since is the year an illness began.
func (c *citizen) since(k condition, year int) int {
	r := stream("début", c.index, int(k))
	return min(year-1, max(c.birth.Year()+catalogue[k].minAge-r.IntN(4), year-4-r.IntN(14)))
}

// allergy is that of a citizen, when there is one.
func (c *citizen) allergy() *write.Allergy {
	r := stream("allergie", c.index)
	if !chance(r, 0.22) {
		return nil
	}
	if chance(r, 0.7) {
		return &write.Allergy{Agent: pick(r, []string{"Pénicilline", "Amoxicilline", "Produits de contraste iodés", "Aspirine"}), Since: "2009"}
	}
	return &write.Allergy{Kind: "414285001", KindDisplay: "allergie alimentaire", Agent: pick(r, []string{"Arachide", "Fruits à coque", "Œuf", "Crustacés"}), Since: "2004"}
}
