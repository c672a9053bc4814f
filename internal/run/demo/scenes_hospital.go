package demo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// stay makes the scene of a hospital stay, told by a discharge letter.
func stay(key, title string, author, nights int, say func(c *citizen, r *rand.Rand, day time.Time) (conclusion, reason, course string, after []string)) scene {
	return scene{key: key, typ: dischargeLetter, title: "Lettre de liaison à la sortie – " + title, author: author, encounter: "IMP", from: 10 * 60, minutes: 60, nights: nights,
		say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
			conclusion, reason, course, after := say(c, r, day)
			leave := workday(day.AddDate(0, 0, nights))
			return &letter{conclusion: conclusion, parts: []part{
				{title: "Séjour", text: fmt.Sprintf("Hospitalisation du %s au %s. %s", inWords(day), inWords(leave), reason)},
				{title: "Antécédents", text: c.background()}, {title: "Évolution", text: course},
				c.treatment("Traitement de sortie"), {title: "Suites", list: after}}}
		}}
}

var (
	heartStay = stay("sejour-cardio", "décompensation cardiaque", cardiologist, 6, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string, []string) {
		w := 3 + r.IntN(4)
		return fmt.Sprintf("Décompensation cardiaque globale résolutive sous diurétiques, perte de %d kg. Retour à domicile.", w),
			c.patient(day) + " adressé" + c.e() + " pour dyspnée de repos et œdèmes des membres inférieurs.",
			"Furosémide intraveineux pendant quatre jours, relais oral. Fraction d'éjection à 42 %. NT-proBNP en baisse de moitié. Pas de facteur déclenchant autre qu'un écart de régime.",
			[]string{"Consultation de cardiologie dans un mois.", "Créatinine et potassium dans sept jours.", "Alerte si prise de plus de 2 kg en trois jours."}
	})
	lungStay = stay("sejour-pneumo", "exacerbation de BPCO", pneumologist, 5, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string, []string) {
		return "Exacerbation de BPCO d'évolution favorable sous corticoïdes et aérosols. Sortie sans oxygène.", c.patient(day) + " hospitalisé" + c.e() + " pour majoration de la dyspnée et expectoration purulente.",
			"Saturation à 88 % à l'entrée, 93 % en air ambiant à la sortie. Amoxicilline-acide clavulanique sept jours, prednisone 40 mg cinq jours.",
			[]string{"Kinésithérapie respiratoire, dix séances.", "Sevrage tabagique à soutenir.", "Exploration fonctionnelle dans deux mois."}
	})
	oldStay = stay("sejour-geriatrie", "chute à domicile", geriatrician, 8, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string, []string) {
		return "Chute mécanique sans fracture chez une personne âgée fragile. Retour à domicile avec aides renforcées.", c.patient(day) + " trouvé" + c.e() + " au sol à domicile, station au sol estimée à deux heures.",
			"Pas de lésion au bilan radiologique. Hypotension orthostatique corrigée par l'adaptation du traitement. Évaluation de la marche : aide technique fournie. MMS à 25/30.",
			[]string{"Kinésithérapie à domicile.", "Téléassistance installée.", "Passage infirmier quotidien pendant quinze jours."}
	})
	birthStay = stay("sejour-maternite", "accouchement", gynaecologist, 4, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string, []string) {
		return "Accouchement par voie basse à terme, suites simples. Mère et enfant sortent en bonne santé.", c.patient(day) + ", grossesse de déroulement normal, entrée en travail spontané à 39 semaines et 3 jours.",
			fmt.Sprintf("Nouveau-né de %d g, Apgar 10/10. Délivrance complète. Allaitement maternel engagé.", 2950+10*r.IntN(90)),
			[]string{"Visite de la sage-femme à domicile dans les sept jours.", "Consultation postnatale à six semaines."}
	})
	kidneyStay = stay("sejour-nephro", "poussée de la maladie rénale", nephrologist, 4, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string, []string) {
		return "Insuffisance rénale aiguë fonctionnelle sur maladie rénale chronique, résolue après réhydratation.", c.patient(day) + " hospitalisé" + c.e() + " pour altération de la fonction rénale après un épisode de gastro-entérite.",
			"Créatinine à 318 µmol/L à l'entrée, retour au niveau antérieur au quatrième jour. Bloqueur du système rénine suspendu puis repris.",
			[]string{"Ionogramme et créatinine dans sept jours.", "Consultation de néphrologie dans un mois.", "Règle des jours de maladie expliquée."}
	})
)

var (
	kneeSurgery = scene{key: "operation-genou", typ: operativeReport, title: "Compte rendu opératoire – prothèse totale de genou", author: surgeon, encounter: "IMP", from: 8 * 60, minutes: 95,
		say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
			s := side(r)
			return &letter{conclusion: "Prothèse totale de genou " + s + " posée sans incident. Lever prévu le jour même.", parts: []part{
				{title: "Indication", text: c.patient(day) + ", gonarthrose évoluée " + feminine(s) + " résistante au traitement médical."},
				{title: "Intervention", text: "Rachianesthésie, garrot pneumatique. Voie parapatellaire médiale. Coupes fémorale et tibiale guidées, équilibrage ligamentaire. Implants cimentés, plateau mobile. Fermeture plan par plan sans drainage."},
				{title: "Suites", text: "Appui complet immédiat, thromboprophylaxie 35 jours, kinésithérapie dès le premier jour."}}}
		}}
	gallbladder = scene{key: "operation-vesicule", typ: operativeReport, title: "Compte rendu opératoire – cholécystectomie", author: surgeon, encounter: "IMP", from: 8 * 60, minutes: 60,
		say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
			return &letter{conclusion: "Cholécystectomie cœlioscopique sans incident, en ambulatoire.", parts: []part{
				{title: "Indication", text: c.patient(day) + ", coliques hépatiques sur lithiase vésiculaire."},
				{title: "Intervention", text: "Quatre trocarts. Dissection du triangle de Calot, clippage de l'artère et du canal cystiques. Ablation de la pièce dans un sac. Pas de saignement."},
				{title: "Suites", text: "Sortie le soir même, paracétamol, consultation à quatre semaines."}}}
		}}
	emergencyVisit = scene{key: "urgences", typ: emergencyReport, title: "Compte rendu de passage aux urgences", author: emergency, encounter: "EMER", from: 11 * 60, minutes: 190,
		say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
			list := []outcome{
				{"Douleur thoracique atypique depuis deux heures. Électrocardiogramme normal, troponines négatives à deux reprises.", "Douleur thoracique d'allure pariétale. Pas de syndrome coronarien. Retour à domicile."},
				{"Traumatisme de la cheville en descendant un trottoir. Critères d'Ottawa positifs, radiographie sans fracture.", "Entorse latérale de cheville de gravité moyenne. Attelle et glaçage."},
				{"Colique du flanc avec agitation. Bandelette : sang. Scanner sans injection : calcul urétéral de 4 mm.", "Colique néphrétique simple, calcul de 4 mm. Traitement ambulatoire."},
				{"Plaie de main par couteau. Exploration sans lésion tendineuse.", "Plaie de la main suturée, pas de lésion noble."},
				{"Malaise lors d'un lever, sans perte de connaissance. Tension basse en orthostatisme.", "Malaise vagal. Surveillance sans anomalie, retour à domicile."},
			}
			if c.age < 15 {
				list = []outcome{
					{"Chute d'un canapé, pleurs immédiats, pas de vomissement. Examen neurologique normal.", "Traumatisme crânien léger. Consignes de surveillance remises aux parents."},
					{"Fièvre à 39,4 °C depuis la veille. Bon état général, otite moyenne aiguë.", "Otite moyenne aiguë. Amoxicilline cinq jours."},
				}
			}
			o := pick(r, list)
			return &letter{conclusion: o.conclusion, parts: []part{{title: "Histoire", text: c.patient(day) + ". " + o.seen}, {title: "Antécédents", text: c.background()},
				{title: "Consignes de sortie", text: "Reconsulter en cas d'aggravation. Médecin traitant informé."}}}
		}}
)

// specialist makes the scene of a consultation with a specialist.
func specialist(key, title string, author int, say func(c *citizen, r *rand.Rand, day time.Time) (conclusion, found, plan string)) scene {
	return scene{key: key, typ: consultationNote, title: title, author: author, encounter: "EXTERNE", from: 9 * 60, minutes: 30, asked: true,
		say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
			conclusion, found, plan := say(c, r, day)
			return &letter{conclusion: conclusion, parts: []part{{title: "Motif", text: c.patient(day) + ". " + c.background()}, c.exam(r, day, found), {title: "Conduite à tenir", text: plan}, c.treatment("Traitement")}}
		}}
}

var (
	heartVisit = specialist("cardiologie", "Consultation de cardiologie", cardiologist, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string) {
		if c.ills[fibrillation] {
			return "Fibrillation auriculaire bien ralentie sous anticoagulant. Pas de signe d'insuffisance cardiaque.", "Électrocardiogramme : fibrillation auriculaire à 74/min, pas de trouble de repolarisation.", "Poursuite de la warfarine, échographie cardiaque dans un an."
		}
		return pick(r, []string{"Hypertension contrôlée, pas de retentissement cardiaque.", "Fonction ventriculaire gauche normale, hypertrophie septale modérée."}), "Électrocardiogramme sinusal. Échographie : fraction d'éjection 62 %.", "Même traitement, automesure, contrôle dans un an."
	})
	sugarVisit = specialist("endocrinologie", "Consultation d'endocrinologie", endocrinologist, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string) {
		if !c.ills[diabetes] {
			return "Hypothyroïdie sur thyroïdite auto-immune, substitution adaptée.", "Thyroïde palpable, ferme, sans nodule.", "Lévothyroxine à poursuivre ; TSH une fois par an."
		}
		v := comma(round(c.level("hba1c", day), 1), 1)
		return "Diabète de type 2, HbA1c " + v + " %. Pas de complication évolutive.", "Monofilament perçu, pouls pédieux présents, pas de plaie des pieds.", "Objectif d'HbA1c sous 7 %. Éducation thérapeutique, mesure de la glycémie au réveil."
	})
	kidneyVisit = specialist("nephrologie", "Consultation de néphrologie", nephrologist, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string) {
		v := round(c.level("egfr", day), 0)
		stage := "3b"
		switch {
		case v >= 45:
			stage = "3a"
		case v < 30:
			stage = "4"
		}
		return fmt.Sprintf("Maladie rénale chronique de stade %s, DFG %s mL/min/1,73 m².", stage, text(v, 0)), "Pas d'œdème. Fistule non nécessaire à ce stade.", "Néphroprotection, sel limité à 6 g par jour, vaccination contre l'hépatite B, biologie tous les trois mois."
	})
	eyeVisit = specialist("ophtalmologie", "Fond d'œil – dépistage de la rétinopathie", ophthalmologist, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string) {
		return pick(r, []string{"Pas de rétinopathie diabétique. Contrôle dans un an.", "Rétinopathie diabétique minime à droite. Contrôle dans un an."}), "Acuité 10/10 corrigée aux deux yeux, pression oculaire 15 mmHg.", "Équilibre glycémique et tensionnel, contrôle annuel."
	})
	gutVisit = specialist("gastro", "Coloscopie totale", gastroenterologist, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string) {
		if c.ills[anaemia] {
			return "Coloscopie normale jusqu'au cæcum : pas de cause digestive basse à la carence en fer.", "Préparation de bonne qualité, muqueuse normale.", "Fibroscopie œsogastroduodénale à prévoir si la carence récidive."
		}
		return pick(r, []string{"Coloscopie normale. Prochain dépistage dans dix ans.", "Deux polypes de 4 et 6 mm réséqués. Résultats anatomopathologiques à venir."}), "Préparation de bonne qualité, cæcum atteint.", "Reprise de l'alimentation le jour même."
	})
	womanVisit = specialist("gynecologie", "Consultation de gynécologie", gynaecologist, func(c *citizen, r *rand.Rand, day time.Time) (string, string, string) {
		return pick(r, []string{"Examen gynécologique normal, frottis de dépistage effectué.", "Ménorragies fonctionnelles, pas d'anomalie à l'échographie."}), "Seins souples, sans masse. Col d'aspect normal.", "Prochain dépistage du col dans trois ans."
	})
)

// Children.
var childVisits = []struct {
	months     int
	title, say string
}{
	{1, "Examen du premier mois", "Bonne prise de poids, examen neurologique normal, hanches stables."},
	{4, "Examen du quatrième mois", "Tient sa tête, sourit, croissance régulière. Vaccins faits."},
	{9, "Examen du neuvième mois", "Tient assis, saisit, babille. Diversification bien engagée."},
	{24, "Examen du vingt-quatrième mois", "Marche acquise, associe deux mots, audition et vue sans anomalie."},
	{48, "Examen de la quatrième année", "Langage clair, propreté acquise, vision 10/10. Rappels à jour."},
	{78, "Examen de la sixième année", "Apprentissages bien engagés. Rappel diphtérie-tétanos-polio-coqueluche fait."},
	{108, "Examen de la neuvième année", "Croissance harmonieuse, denture mixte, activité sportive régulière."},
	{146, "Examen de la douzième année", "Puberté débutante. Vaccination contre les papillomavirus proposée."},
	{186, "Examen de l'adolescent", "Entretien seul puis avec un parent. Pas de conduite à risque."},
}

func childScene(i int) scene {
	v := childVisits[i]
	author := paediatrician
	if v.months > 60 {
		author = own
	}
	return scene{key: fmt.Sprintf("enfant/%d", i), typ: consultationNote, title: v.title, author: author, from: 9 * 60, minutes: 30,
		say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
			return &letter{conclusion: v.say, parts: []part{{title: "Motif", text: c.patient(day) + ", examen systématique."},
				c.exam(r, day, "Auscultation normale, abdomen souple, tympans normaux."),
				{title: "Conduite à tenir", text: "Carnet de santé rempli. Prochain examen à la date prévue."}}}
		}}
}
