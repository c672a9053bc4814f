package demo

import (
	"math/rand/v2"
	"strings"
	"time"
)

// outcome is that of an examination: what is seen, what it means.
type outcome struct{ seen, conclusion string }

// examination makes the scene of an examination.
func examination(key, title, technique string, reasons []string, outcomes []outcome) scene {
	return scene{key: key, typ: imagingReport, title: title, author: radiologist, from: 8 * 60, minutes: 25, asked: true,
		say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
			o, s := pick(r, outcomes), side(r)
			put := strings.NewReplacer("%se", feminine(s), "%s", s).Replace
			return &letter{conclusion: put(o.conclusion), parts: []part{
				{title: "Indication", text: c.patient(day) + ". " + put(pick(r, reasons))},
				{title: "Technique", text: put(technique)}, {title: "Résultats", text: put(o.seen)}}}
		}}
}

func feminine(side string) string {
	if side == "droit" {
		return "droite"
	}
	return side
}

var (
	chest = examination("radio-thorax", "Radiographie du thorax", "Cliché de face debout, en inspiration.",
		[]string{"Toux traînante depuis trois semaines.", "Fièvre et douleur basithoracique.", "Bilan d'une dyspnée d'effort.", "Contrôle après pneumopathie."},
		[]outcome{
			{"Transparence pulmonaire conservée. Pas d'épanchement pleural. Silhouette cardiaque de taille normale. Coupoles libres.", "Radiographie du thorax sans anomalie."},
			{"Opacité alvéolaire systématisée de la base %se. Pas d'épanchement. Index cardiothoracique à 0,48.", "Foyer de pneumopathie de la base %se. Contrôle à six semaines."},
		})
	chestCOPD = examination("radio-bpco", "Radiographie du thorax", "Cliché de face debout, en inspiration.", []string{"Bronchopneumopathie connue, majoration de la toux."},
		[]outcome{{"Distension thoracique avec aplatissement des coupoles. Pas de foyer.", "Distension sans foyer évolutif."}})
	knee = examination("radio-genou", "Radiographie du genou", "Genou %s, face en charge, profil et incidence fémoropatellaire.",
		[]string{"Gonalgie mécanique %se.", "Douleur du genou %s à la descente des escaliers."},
		[]outcome{
			{"Pincement fémorotibial médial, ostéophytose marginale, condensation sous-chondrale.", "Gonarthrose fémorotibiale médiale %se de grade 2 de Kellgren et Lawrence."},
			{"Interlignes conservés. Pas de lésion osseuse. Pas d'épanchement visible.", "Pas d'anomalie radiographique du genou %s."},
			{"Pincement fémorotibial complet, géodes, désaxation en varus.", "Gonarthrose évoluée %se ; avis chirurgical à discuter."},
		})
	ankle = examination("radio-cheville", "Radiographie de la cheville", "Cheville %se, face et profil.", []string{"Entorse en inversion."},
		[]outcome{{"Pas de trait de fracture. Mortaise tibiofibulaire congruente. Œdème des parties molles latérales.", "Pas de fracture de la cheville %se."},
			{"Petit arrachement osseux de la pointe de la malléole latérale.", "Arrachement de la malléole latérale %se, sans déplacement."}})
	abdomen = examination("echo-abdomen", "Échographie abdominale", "Sonde convexe, patient à jeun.", []string{"Douleurs de l'hypochondre droit.", "Cytolyse modérée au bilan.", "Douleurs abdominales récidivantes."},
		[]outcome{
			{"Foie de taille normale, d'échostructure hyperéchogène homogène. Vésicule alithiasique. Voies biliaires fines. Reins et rate sans anomalie.", "Stéatose hépatique, sans autre anomalie."},
			{"Vésicule à paroi fine contenant plusieurs images lithiasiques mobiles. Voie biliaire principale à 4 mm.", "Lithiase vésiculaire non compliquée."},
			{"Organes pleins sans anomalie. Pas d'épanchement.", "Échographie abdominale normale."},
		})
	thyroid = examination("echo-thyroide", "Échographie thyroïdienne", "Sonde linéaire haute fréquence.", []string{"Hypothyroïdie, palpation d'un goitre discret.", "Surveillance d'un nodule connu."},
		[]outcome{
			{"Glande de volume normal, d'échostructure hétérogène et hypoéchogène, vascularisation modérée. Pas de nodule suspect.", "Aspect de thyroïdite chronique. Pas de nodule suspect."},
			{"Nodule isoéchogène du lobe %s de 9 mm, contours réguliers, EU-TIRADS 3, stable.", "Nodule EU-TIRADS 3 stable du lobe %s. Contrôle dans deux ans."},
		})
	kidneys = examination("echo-reins", "Échographie rénale et vésicale", "Sonde convexe, vessie en réplétion.", []string{"Maladie rénale chronique, recherche d'un obstacle.", "Surveillance annuelle."},
		[]outcome{{"Reins de taille diminuée (92 et 95 mm), cortex aminci, bonne différenciation réduite. Pas de dilatation des cavités. Résidu post-mictionnel de 20 mL.", "Petits reins de néphropathie chronique, sans obstacle."},
			{"Reins de 104 et 108 mm, différenciation corticomédullaire conservée. Kyste simple de 18 mm du rein %s.", "Pas d'obstacle. Kyste cortical simple du rein %s."}})
	breast = examination("mammographie", "Mammographie de dépistage", "Incidences face et oblique externe, double lecture.", []string{"Dépistage organisé, pas de symptôme."},
		[]outcome{{"Densité de type B. Pas de masse ni de microcalcification suspecte. Revêtement cutané normal.", "Mammographie classée ACR 2 des deux côtés. Prochain contrôle dans deux ans."},
			{"Densité de type C. Pas de foyer suspect.", "Mammographie classée ACR 1. Prochain contrôle dans deux ans."}})
	bones = examination("densitometrie", "Ostéodensitométrie", "Absorptiométrie biphotonique, rachis lombaire et col fémoral.", []string{"Ménopause, fracture du poignet ancienne.", "Suivi d'une ostéoporose traitée."},
		[]outcome{{"T-score L1-L4 à -2,7 ; col fémoral à -2,3.", "Ostéoporose lombaire densitométrique (T-score -2,7)."}, {"T-score L1-L4 à -1,8 ; col fémoral à -1,6.", "Ostéopénie (T-score -1,8)."}})
	spine = examination("irm-rachis", "IRM du rachis lombaire", "Séquences sagittales T1, T2 et STIR, axiales T2.", []string{"Lombosciatique %se depuis deux mois malgré le traitement."},
		[]outcome{{"Hernie discale paramédiane %se L4-L5 au contact de la racine L5. Canal de dimensions normales.", "Hernie discale L4-L5 paramédiane %se, conflit avec la racine L5."},
			{"Discopathies étagées L3 à S1 sans hernie. Arthrose zygapophysaire.", "Discopathies dégénératives sans conflit radiculaire."}})
	head = examination("scanner-crane", "Scanner cérébral", "Acquisition hélicoïdale sans injection.", []string{"Chute avec traumatisme crânien sous anticoagulant.", "Céphalées inhabituelles.", "Troubles de la mémoire d'installation progressive."},
		[]outcome{{"Pas d'hémorragie intra ou péricérébrale. Atrophie corticosous-corticale en rapport avec l'âge. Leucopathie vasculaire modérée.", "Pas de saignement intracrânien. Leucopathie vasculaire modérée."},
			{"Structures médianes en place. Pas de lésion focale.", "Scanner cérébral sans anomalie."}})
	suspicious = examination("scanner-renal", "Scanner abdominopelvien", "Acquisition sans injection, en raison de la fonction rénale.", []string{"Hématurie microscopique persistante, maladie rénale chronique."},
		[]outcome{{"Formation tissulaire exophytique du pôle inférieur du rein gauche mesurant 21 mm, non caractérisable sans injection. Pas d'adénomégalie.", "Formation tissulaire de 21 mm du rein gauche à caractériser par IRM. Annonce prévue en consultation avec le néphrologue."}})
)

var corrected = scene{key: "radio-pied", typ: imagingReport, title: "Radiographie du pied", author: radiologist, from: 8 * 60, minutes: 20, asked: true,
	say: func(c *citizen, r *rand.Rand, day time.Time) *letter {
		return &letter{conclusion: "Pas de lésion osseuse du pied gauche.", parts: []part{{title: "Indication", text: "Douleur de l'avant-pied gauche, patiente diabétique."},
			{title: "Technique", text: "Pied gauche, face et oblique."}, {title: "Résultats", text: "Pas d'ostéolyse. Interlignes conservés."}}}
	}}
