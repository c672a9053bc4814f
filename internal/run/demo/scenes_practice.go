package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// followUp is the consultation for the long-term illnesses.
var followUp = scene{key: "suivi", typ: consultationNote, title: "Consultation de suivi", author: own, from: 9 * 60, minutes: 20,
	say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
		bp, high := c.pressure(r)
		var said, plan []string
		for _, k := range c.list() {
			switch k {
			case diabetes:
				v := round(c.level("hba1c", day), 1)
				switch {
				case v > 7.5:
					said, plan = append(said, "diabète au-dessus de l'objectif (HbA1c "+comma(v, 1)+" %)"), append(plan, "Renforcement des mesures diététiques, HbA1c dans trois mois, avis de l'endocrinologue.")
				default:
					said, plan = append(said, "diabète équilibré (HbA1c "+comma(v, 1)+" %)"), append(plan, "HbA1c dans trois à six mois, fond d'œil annuel.")
				}
			case hypertension:
				if high {
					said, plan = append(said, "tension au-dessus de l'objectif ("+bp+")"), append(plan, "Automesure tensionnelle trois jours matin et soir, à rapporter.")
				} else {
					said = append(said, "tension contrôlée ("+bp+")")
				}
			case kidney:
				v := round(c.level("egfr", day), 0)
				said, plan = append(said, "fonction rénale suivie (DFG autour de "+text(v, 0)+" mL/min)"), append(plan, "Pas d'anti-inflammatoire. Ionogramme et créatinine dans trois mois.")
			case hypothyroidism:
				if v := c.level("tsh", day); v > 4.5 {
					said, plan = append(said, "TSH trop haute ("+comma(round(v, 1), 1)+" mUI/L)"), append(plan, "Lévothyroxine augmentée de 12,5 µg, TSH dans huit semaines.")
				} else {
					said = append(said, "euthyroïdie clinique et biologique")
				}
			case anaemia:
				if v := c.level("ferritin", day); v < 15 {
					said, plan = append(said, "carence martiale (ferritine "+text(round(v, 0), 0)+" µg/L)"), append(plan, "Fer par voie orale pendant trois mois, recherche d'un saignement.")
				} else {
					said = append(said, "réserves en fer satisfaisantes")
				}
			case heartFailure:
				said, plan = append(said, "insuffisance cardiaque stable, NYHA II"), append(plan, "Poids trois fois par semaine, régime peu salé.")
			case fibrillation:
				said, plan = append(said, "anticoagulation bien supportée"), append(plan, "INR mensuel.")
			case copd:
				said, plan = append(said, "dyspnée d'effort stable"), append(plan, "Activité physique quotidienne, vaccins à jour.")
			case asthma:
				said = append(said, "asthme contrôlé")
			case depression:
				said, plan = append(said, "humeur en amélioration"), append(plan, "Sertraline poursuivie, prochain point dans un mois.")
			case gout:
				said = append(said, "pas de nouvelle crise de goutte")
			case osteoarthritis:
				said, plan = append(said, "douleurs mécaniques des genoux"), append(plan, "Paracétamol à la demande, dix séances de kinésithérapie.")
			}
		}
		if len(said) == 0 {
			said = []string{pick(r, []string{"examen clinique normal", "bon état général", "bilan de prévention sans anomalie"})}
			plan = []string{"Dépistages et vaccins vérifiés."}
		}
		s := strings.Join(said[:min(3, len(said))], ", ")
		l := &letter{conclusion: firstUpper(s) + ".", parts: []part{
			{title: "Motif", text: pick(r, []string{"Renouvellement du traitement et suivi.", "Consultation de suivi programmée.", "Suivi trimestriel."}) + " " + c.background()},
			c.exam(r, day, pick(r, []string{"Auscultation cardiaque et pulmonaire sans particularité.", "Mollets souples, pouls périphériques perçus.", "Abdomen souple, pas d'œdème des membres inférieurs."})),
			c.treatment("Traitement"),
		}}
		if len(plan) > 0 {
			l.parts = append(l.parts, part{title: "Conduite à tenir", list: plan})
		}
		return l
	}}

func firstUpper(s string) string {
	for i, c := range s {
		return strings.ToUpper(string(c)) + s[i+len(string(c)):]
	}
	return s
}

// trouble is a small illness of everybody: who has it, reason, conclusion, examination, advice.
type trouble struct {
	from, to                         int // ages
	reason, conclusion, exam, advice string
}

var troubles = []trouble{
	{0, 99, "Toux et rhume depuis trois jours.", "Rhinopharyngite virale sans signe de gravité. Traitement symptomatique, pas d'antibiotique.", "Gorge érythémateuse, tympans normaux, auscultation libre.", "Paracétamol, lavages de nez ; reconsulter si fièvre au-delà de 72 heures."},
	{0, 99, "Diarrhée et vomissements depuis la veille.", "Gastro-entérite aiguë, hydratation satisfaisante.", "Abdomen sensible dans son ensemble, sans défense.", "Réhydratation orale, alimentation fractionnée."},
	{0, 8, "Fièvre et douleur d'oreille.", "Otite moyenne aiguë purulente. Amoxicilline adaptée au poids.", "Tympan droit bombé et rouge, gorge claire.", "Reconsulter si la fièvre persiste après 48 heures de traitement."},
	{0, 3, "Toux sifflante et gêne pour boire.", "Bronchiolite sans signe de gravité, surveillance à domicile.", "Sibilants diffus, pas de tirage, saturation à 97 %.", "Lavages de nez avant les repas, consignes d'alerte remises."},
	{3, 15, "Éruption et fièvre depuis deux jours.", "Varicelle non compliquée. Éviction des personnes fragiles.", "Vésicules d'âges différents, muqueuses respectées.", "Ongles courts, antihistaminique le soir ; ni aspirine ni ibuprofène."},
	{4, 40, "Angine fébrile.", "Angine érythémateuse, test rapide streptocoque négatif : pas d'antibiotique.", "Amygdales rouges sans exsudat, adénopathies sensibles.", "Antalgiques, évolution favorable attendue en cinq jours."},
	{6, 60, "Chute de vélo, plaie du genou.", "Plaie superficielle parée et suturée par trois points, vaccination antitétanique à jour.", "Pas de laxité, appui possible.", "Retrait des fils dans douze jours."},
	{3, 99, "Éruption prurigineuse des plis.", "Eczéma de contact probable. Dermocorticoïde pendant dix jours.", "Plaques érythémateuses suintantes des plis des coudes.", "Émollient quotidien, éviter les lessives parfumées."},
	{18, 99, "Douleur lombaire après un port de charge.", "Lombalgie commune aiguë sans drapeau rouge. Maintien de l'activité.", "Raideur lombaire, pas de déficit, Lasègue négatif.", "Paracétamol, chaleur locale, reprise progressive de la marche."},
	{18, 99, "Brûlures en urinant depuis deux jours.", "Infection urinaire basse probable, examen d'urine demandé.", "Fosses lombaires libres, pas de fièvre.", "Boire abondamment ; reconsulter en cas de fièvre."},
	{35, 99, "Douleur d'épaule depuis un mois.", "Tendinopathie de la coiffe, mobilités conservées.", "Arc douloureux, Jobe positif, pas de déficit de force.", "Dix séances de kinésithérapie, repos relatif."},
	{20, 62, "Insomnie et surmenage au travail.", "Trouble de l'adaptation. Arrêt de travail de sept jours, réévaluation prévue.", "Pas d'idée noire, appétit conservé.", "Hygiène du sommeil, soutien psychologique proposé."},
	{65, 99, "Vertiges au lever depuis une semaine.", "Hypotension orthostatique modérée. Hydratation et lever en deux temps.", "Chute de 22 mmHg de la tension debout, examen neurologique normal.", "Boire davantage, bas de contention, revoir le traitement si persistance."},
}

var acuteVisit = scene{key: "consultation", typ: consultationNote, title: "Compte rendu de consultation", author: own, from: 8*60 + 30, minutes: 15,
	say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
		var list []trouble
		for _, t := range troubles {
			if age := ageAt(c.birth, day); age >= t.from && age <= t.to {
				list = append(list, t)
			}
		}
		a := pick(r, list)
		return &letter{conclusion: a.conclusion, parts: []part{
			{title: "Motif", text: c.patient(day) + ". " + a.reason + " " + c.background()}, c.exam(r, day, a.exam), {title: "Conduite à tenir", text: a.advice}}}
	}}

// sad is a consultation that people often keep for themselves.
var sad = scene{key: "psy", typ: consultationNote, title: "Consultation – soutien psychologique", author: own, from: 16 * 60, minutes: 40,
	say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
		return &letter{conclusion: "Épisode anxieux réactionnel, sans idée suicidaire. Suivi psychologique engagé.", parts: []part{
			{title: "Motif", text: c.patient(day) + " en difficulté depuis une séparation récente : troubles du sommeil, pleurs, fatigue."},
			{title: "Conduite à tenir", text: "Huit séances avec un psychologue (Mon soutien psy). Pas de traitement médicamenteux à ce stade. Revoir dans trois semaines."}}}
	}}

// renewal is a prescription of the long-term drugs, or of a short treatment.
var renewal = scene{key: "ordonnance", typ: prescriptionNote, title: "Prescription de médicaments", author: own, from: 9 * 60, minutes: 15,
	say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
		lines, months := c.drugLines(), 1+r.IntN(3)*2
		if len(lines) == 0 {
			short := [][]string{
				{"PARACÉTAMOL 1 g, comprimé : 1 comprimé toutes les 6 heures si douleur ou fièvre, 5 jours"},
				{"AMOXICILLINE 1 g, comprimé : 1 comprimé matin, midi et soir, 7 jours"},
				{"DÉSONIDE 0,1 %, crème : 1 application le soir, 10 jours", "CÉTIRIZINE 10 mg, comprimé : 1 comprimé le soir, 10 jours"},
				{"IBUPROFÈNE 400 mg, comprimé : 1 comprimé matin et soir au cours du repas, 4 jours"},
			}
			if ageAt(c.birth, day) < 15 {
				short = [][]string{
					{"PARACÉTAMOL sirop : 1 dose-poids toutes les 6 heures si fièvre ou douleur, 4 jours"},
					{"AMOXICILLINE 500 mg/5 mL, poudre pour suspension : dose adaptée au poids matin, midi et soir, 5 jours", "PARACÉTAMOL sirop : 1 dose-poids si fièvre"},
				}
			}
			l := pick(r, short)
			return &letter{conclusion: "Traitement court : " + shortNames(l) + ".", parts: []part{{title: "Prescription", list: l}}}
		}
		return &letter{conclusion: fmt.Sprintf("Renouvellement pour %d mois : %s.", months, shortNames(lines)),
			parts: []part{{title: "Prescription", list: lines, text: fmt.Sprintf("Pour %d mois.", months)}, {title: "Tolérance", text: "Traitement bien supporté, observance vérifiée."}}}
	}}

// shortNames keeps the names of drugs, without strength or form.
func shortNames(lines []string) string {
	var out []string
	for _, l := range lines {
		var name []string
		for _, w := range strings.Fields(l) {
			if w != strings.ToUpper(w) || w[0] <= '9' {
				break
			}
			name = append(name, strings.TrimRight(w, ","))
		}
		out = append(out, strings.ToLower(strings.Join(name, " ")))
	}
	if len(out) > 4 {
		out = append(out[:4], "…")
	}
	return strings.Join(out, ", ")
}

// several counts things: 1 médicament, 3 médicaments.
func several(n int, what string) string {
	if n > 1 {
		what += "s"
	}
	return fmt.Sprint(n, " ", what)
}

// dispensing is what the pharmacy gave.
var dispensing = scene{key: "dispensation", typ: dispensation, title: "Dispensation médicamenteuse", author: pharmacist, from: 10 * 60, minutes: 10, asked: true,
	say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
		var rows [][]string
		for _, d := range c.drugs() {
			rows = append(rows, []string{d.name, d.dose, fmt.Sprint(1 + r.IntN(3))})
		}
		if rows == nil {
			rows = [][]string{{"PARACÉTAMOL 1 g, comprimé", "1 comprimé si douleur", "1"}}
		}
		return &letter{conclusion: fmt.Sprintf("Délivrance de %s, sans interaction relevée.", several(len(rows), "médicament")),
			parts: []part{{title: "Délivrance", head: []string{"Médicament", "Posologie", "Boîtes"}, rows: rows}, {title: "Avis pharmaceutique", text: "Prise expliquée ; pas d'interaction contre-indiquée avec les délivrances connues."}}}
	}}
