// Package rass reads and writes the flat extractions of the Annuaire santé: one text line a row,
// columns separated by a bar, a header row.
//
// Files: PS_LibreAcces_Personne_activite, PS_LibreAcces_Dipl_AutExerc, PS_LibreAcces_SavoirFaire,
// Extraction_ProSanteConnect_Personne_activite and Extraction_Correspondance_MSSante, as published
// in 2026. Columns are found by their name, never by their place: editions differ. Missing: the
// restricted-access files (births, addresses of correspondence), whose columns are known by name
// and left unread. Start with NewReader and NewWriter.
package rass

import "strings"

// Kind is one of the files.
type Kind int

// The files.
const (
	Unknown Kind = iota
	PersonneActivite
	DiplomeAutorisation
	SavoirFaire
	PersonnePSC
	MSSante
)

// stems begin the name of each file; the date and time follow.
var stems = map[Kind]string{
	PersonneActivite: "PS_LibreAcces_Personne_activite", DiplomeAutorisation: "PS_LibreAcces_Dipl_AutExerc", SavoirFaire: "PS_LibreAcces_SavoirFaire",
	PersonnePSC: "Extraction_ProSanteConnect_Personne_activite", MSSante: "Extraction_Correspondance_MSSante",
}

// String gives the name of the file without its date.
func (k Kind) String() string {
	if s, ok := stems[k]; ok {
		return s
	}
	return "?"
}

// FileName gives the name of a file made at a time written AAAAMMJJHHMM.
func FileName(k Kind, stamp string) string { return stems[k] + "_" + stamp + ".txt" }

// Field is one piece of information of a row, whatever its column is called in an edition.
type Field int

// The fields. Those of the coordinates of the structure are the "(coord. structure)" columns.
const (
	TypeID Field = iota
	ID
	IDNat
	CiviliteExercice
	CiviliteExerciceLib
	Civilite
	CiviliteLib
	Nom
	Prenom
	Profession
	ProfessionLib
	Categorie
	CategorieLib
	TypeSavoirFaire
	TypeSavoirFaireLib
	CodeSavoirFaire
	SavoirFaireLib
	Mode
	ModeLib
	SIRET
	SIREN
	FINESS
	FINESSEJ
	IDTechnique
	RaisonSociale
	Enseigne
	Destinataire
	PointGeo
	NumeroVoie
	IndiceVoie
	TypeVoie
	TypeVoieLib
	Voie
	Mention
	Cedex
	CodePostal
	Commune
	CommuneLib
	Pays
	PaysLib
	Telephone
	Telephone2
	Telecopie
	Email
	Departement
	DepartementLib
	AncienID
	Autorite
	Secteur
	SecteurLib
	Section
	SectionLib
	Fonction
	FonctionLib
	Genre
	GenreLib
	TypeDiplome
	TypeDiplomeLib
	Diplome
	DiplomeLib
	TypeAutorisation
	TypeAutorisationLib
	Discipline
	DisciplineLib
	TypeBAL
	AdresseBAL
	TypeIDStructure
	IDStructure
	Service
	Demat
	RaisonSocialeBAL
	EnseigneBAL
	L2
	L3
	L4Numero
	L4Complement
	L4Type
	L4Voie
	L5
	L6
	CodePostalBAL
	DepartementBAL
	PaysBAL
	fieldCount
)

// columns are the names as written today, in order, file by file.
var columns = map[Kind][]column{
	PersonneActivite: {{TypeID, "Type d'identifiant PP"}, {ID, "Identifiant PP"}, {IDNat, "Identification nationale PP"},
		{CiviliteExercice, "Code civilité d'exercice"}, {CiviliteExerciceLib, "Libellé civilité d'exercice"}, {Civilite, "Code civilité"}, {CiviliteLib, "Libellé civilité"},
		{Nom, "Nom d'exercice"}, {Prenom, "Prénom d'exercice"}, {Profession, "Code profession"}, {ProfessionLib, "Libellé profession"},
		{Categorie, "Code catégorie professionnelle"}, {CategorieLib, "Libellé catégorie professionnelle"},
		{TypeSavoirFaire, "Code type savoir-faire"}, {TypeSavoirFaireLib, "Libellé type savoir-faire"}, {CodeSavoirFaire, "Code savoir-faire"}, {SavoirFaireLib, "Libellé savoir-faire"},
		{Mode, "Code mode exercice"}, {ModeLib, "Libellé mode exercice"},
		{SIRET, "Numéro SIRET site"}, {SIREN, "Numéro SIREN site"}, {FINESS, "Numéro FINESS site"}, {FINESSEJ, "Numéro FINESS établissement juridique"},
		{IDTechnique, "Identifiant technique de la structure"}, {RaisonSociale, "Raison sociale site"}, {Enseigne, "Enseigne commerciale site"},
		{Destinataire, "Complément destinataire (coord. structure)"}, {PointGeo, "Complément point géographique (coord. structure)"},
		{NumeroVoie, "Numéro Voie (coord. structure)"}, {IndiceVoie, "Indice répétition voie (coord. structure)"}, {TypeVoie, "Code type de voie (coord. structure)"},
		{TypeVoieLib, "Libellé type de voie (coord. structure)"}, {Voie, "Libellé Voie (coord. structure)"}, {Mention, "Mention distribution (coord. structure)"},
		{Cedex, "Bureau cedex (coord. structure)"}, {CodePostal, "Code postal (coord. structure)"}, {Commune, "Code commune (coord. structure)"},
		{CommuneLib, "Libellé commune (coord. structure)"}, {Pays, "Code pays (coord. structure)"}, {PaysLib, "Libellé pays (coord. structure)"},
		{Telephone, "Téléphone (coord. structure)"}, {Telephone2, "Téléphone 2 (coord. structure)"}, {Telecopie, "Télécopie (coord. structure)"},
		{Email, "Adresse e-mail (coord. structure)"}, {Departement, "Code Département (structure)"}, {DepartementLib, "Libellé Département (structure)"},
		{AncienID, "Ancien identifiant de la structure"}, {Autorite, "Autorité d'enregistrement"}, {Secteur, "Code secteur d'activité"}, {SecteurLib, "Libellé secteur d'activité"},
		{Section, "Code section tableau pharmaciens"}, {SectionLib, "Libellé section tableau pharmaciens"}, {Fonction, "Code fonction"}, {FonctionLib, "Libellé fonction"},
		{Genre, "Code genre activité"}, {GenreLib, "Libellé genre activité"}},
	DiplomeAutorisation: {{TypeID, "Type d'identifiant PP"}, {ID, "Identifiant PP"}, {IDNat, "Identification nationale PP"}, {Nom, "Nom d'exercice"}, {Prenom, "Prénom d'exercice"},
		{TypeDiplome, "Code type diplôme obtenu"}, {TypeDiplomeLib, "Libellé type diplôme obtenu"}, {Diplome, "Code diplôme obtenu"}, {DiplomeLib, "Libellé diplôme obtenu"},
		{TypeAutorisation, "Code type autorisation"}, {TypeAutorisationLib, "Libellé type autorisation"}, {Discipline, "Code discipline autorisation"},
		{DisciplineLib, "Libellé discipline autorisation"}},
	SavoirFaire: {{TypeID, "Type d'identifiant PP"}, {ID, "Identifiant PP"}, {IDNat, "Identification nationale PP"}, {Nom, "Nom d'exercice"}, {Prenom, "Prénom d'exercice"},
		{Profession, "Code profession"}, {ProfessionLib, "Libellé profession"}, {Categorie, "Code catégorie professionnelle"}, {CategorieLib, "Libellé catégorie professionnelle"},
		{TypeSavoirFaire, "Code type savoir-faire"}, {TypeSavoirFaireLib, "Libellé type savoir-faire"}, {CodeSavoirFaire, "Code savoir-faire"}, {SavoirFaireLib, "Libellé savoir-faire"}},
	MSSante: {{TypeBAL, "Type de BAL"}, {AdresseBAL, "Adresse BAL"}, {TypeID, "Type Identifiant PP"}, {ID, "Identifiant PP"}, {IDNat, "Identification nationale PP"},
		{TypeIDStructure, "Type identifiant structure"}, {IDStructure, "Identification Structure"}, {Service, "Service de rattachement"}, {CiviliteExercice, "Civilité d'exercice"},
		{Nom, "Nom d'exercice"}, {Prenom, "Prénom d'exercice"}, {Categorie, "Catégorie profession"}, {CategorieLib, "Libellé de catégorie profession"},
		{Profession, "Code Profession"}, {ProfessionLib, "Libellé Profession"}, {CodeSavoirFaire, "Code savoir-faire"}, {SavoirFaireLib, "Libellé savoir-faire"},
		{Demat, "Dématérialisation"}, {RaisonSocialeBAL, "Raison Sociale structure BAL"}, {EnseigneBAL, "Enseigne commerciale structure BAL"},
		{L2, "L2COMPLEMENTLOCALISATION structure BAL"}, {L3, "L3COMPLEMENTDISTRIBUTION structure BAL"}, {L4Numero, "L4NUMEROVOIE structure BAL"},
		{L4Complement, "L4COMPLEMENTNUMEROVOIE structure BAL"}, {L4Type, "NL4TYPEVOIE structure BAL"}, {L4Voie, "L4LIBELLEVOIE structure BAL"},
		{L5, "L5LIEUDITMENTION structure BAL"}, {L6, "L6LIGNEACHEMINEMENT structure BAL"}, {CodePostalBAL, "Code postal structure BAL"},
		{DepartementBAL, "Département structure BAL"}, {PaysBAL, "Pays structure BAL"}},
}

type column struct {
	field Field
	name  string
}

// Header gives the column names of a file, in order.
func Header(k Kind) []string {
	out := make([]string, len(columns[k]))
	for i, c := range columns[k] {
		out[i] = c.name
	}
	return out
}

// former names of columns, and those only some editions have, in their plain form.
var former = map[string]Field{
	"code role": Fonction, "libelle role": FonctionLib, "libelle section": SectionLib, "code departement": Departement, "libelle departement": DepartementLib,
	"identifiant structure": IDStructure, "categorie professionnelle": Categorie,
}

// restricted columns are known, and left unread: they are not of the free-access directory.
var restricted = map[string]bool{
	"nom de famille": true, "prenoms": true, "date de naissance": true, "code commune de naissance": true, "code pays de naissance": true, "lieu de naissance": true,
	"code sexe": true, "telephone correspondance": true, "adresse e mail correspondance": true,
}

// plain reduces a column name to what does not change between editions: no capitals, accents,
// elisions nor bracketed "(coord. structure)".
func plain(name string) string {
	name = strings.ReplaceAll(strings.TrimSpace(name), "’", "'")
	if i := strings.IndexByte(name, '('); i >= 0 {
		tail := name[i:]
		name = name[:i]
		if strings.Contains(tail, "correspondance") {
			name += " correspondance"
		}
	}
	var b strings.Builder
	for _, r := range name {
		b.WriteString(letter(r))
	}
	words := strings.Fields(b.String())
	kept := words[:0]
	for _, w := range words {
		if w = strings.TrimPrefix(strings.TrimPrefix(w, "d'"), "l'"); w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// letter is a character without case or accent; what is neither letter, digit nor apostrophe is a blank.
func letter(r rune) string {
	switch {
	case r >= 'A' && r <= 'Z':
		return string(r + 32)
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '\'':
		return string(r)
	}
	const accented, bare = "àâäéèêëîïôöùûüçÀÂÄÉÈÊËÎÏÔÖÙÛÜÇ", "aaaeeeeiioouuucaaaeeeeiioouuuc"
	i := 0
	for _, a := range accented {
		if a == r {
			return bare[i : i+1]
		}
		i++
	}
	return " "
}
