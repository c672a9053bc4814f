package demo

// commune is a birth place: its code in the Code officiel géographique and its name.
type commune struct{ code, name string }

// birthplaces are real communes of the Code officiel géographique, one or several a département.
var birthplaces = []commune{
	{"75112", "Paris 12e Arrondissement"}, {"75114", "Paris 14e Arrondissement"}, {"75118", "Paris 18e Arrondissement"}, {"13205", "Marseille 5e Arrondissement"},
	{"69383", "Lyon 3e Arrondissement"}, {"69266", "Villeurbanne"}, {"31555", "Toulouse"}, {"06088", "Nice"}, {"44109", "Nantes"}, {"34172", "Montpellier"},
	{"67482", "Strasbourg"}, {"33063", "Bordeaux"}, {"59350", "Lille"}, {"35238", "Rennes"}, {"51454", "Reims"}, {"83137", "Toulon"}, {"42218", "Saint-Étienne"},
	{"76351", "Le Havre"}, {"38185", "Grenoble"}, {"21231", "Dijon"}, {"49007", "Angers"}, {"30189", "Nîmes"}, {"63113", "Clermont-Ferrand"}, {"72181", "Le Mans"},
	{"13001", "Aix-en-Provence"}, {"29019", "Brest"}, {"37261", "Tours"}, {"80021", "Amiens"}, {"87085", "Limoges"}, {"74010", "Annecy"}, {"66136", "Perpignan"},
	{"57463", "Metz"}, {"25056", "Besançon"}, {"45234", "Orléans"}, {"76540", "Rouen"}, {"68224", "Mulhouse"}, {"14118", "Caen"}, {"54395", "Nancy"}, {"86194", "Poitiers"},
	{"84007", "Avignon"}, {"17300", "La Rochelle"}, {"64445", "Pau"}, {"62041", "Arras"}, {"59183", "Dunkerque"}, {"10387", "Troyes"}, {"56121", "Lorient"},
	{"29232", "Quimper"}, {"22278", "Saint-Brieuc"}, {"26362", "Valence"}, {"73065", "Chambéry"}, {"93066", "Saint-Denis"}, {"94028", "Créteil"}, {"78646", "Versailles"},
	{"15014", "Aurillac"}, {"24322", "Périgueux"}, {"48095", "Mende"}, {"65440", "Tarbes"}, {"88160", "Épinal"}, {"90010", "Belfort"},
}

// Places that test what software gets wrong: Corsica, overseas, abroad.
var (
	corsica  = []commune{{"2A004", "Ajaccio"}, {"2B033", "Bastia"}}
	overseas = []commune{{"97105", "Basse-Terre"}, {"97101", "Les Abymes"}, {"97209", "Fort-de-France"}, {"97302", "Cayenne"}, {"97411", "Saint-Denis"}, {"97416", "Saint-Pierre"}}
	abroad   = []commune{{"99350", "Maroc"}, {"99352", "Algérie"}, {"99351", "Tunisie"}, {"99139", "Portugal"}, {"99127", "Italie"}, {"99134", "Espagne"}, {"99131", "Belgique"},
		{"99341", "Sénégal"}, {"99326", "Côte d'Ivoire"}, {"99122", "Pologne"}, {"99208", "Turquie"}, {"99243", "Viêt Nam"}}
)

// valid gives the code in force in a year: Corsica was one département, 20, until 1975.
//
// spec: INS §2
func (c commune) valid(year int) string {
	if year < 1976 && len(c.code) == 5 && (c.code[:2] == "2A" || c.code[:2] == "2B") {
		return "20" + c.code[2:]
	}
	return c.code
}
