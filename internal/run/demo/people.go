// Package demo makes the fictional pilot territory: its structures, professionals, citizens and
// ten years of their documents, all from a seed, all fictitious.
//
// Every document is written by Socle's own writers and deposited through the same domain function
// as a document that comes by XDS.b.
package demo

import (
	"strings"

	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Persona is one of the people a visitor may sign in as. Citizens are filled when the population
// is made.
type Persona struct {
	ID        string // stable: "medecin-generaliste"
	Role      string // of the outside contract: medecin_generaliste…
	IDNat     string // professionals
	Structure string // Struct_IdNat
	Citizen   int    // index in the population, from 0; -1 for professionals
	Load      bool   // signs with an elliptic-curve card: used by the load generator
}

// structures of the territory: FINESS numbers begin with 99, a département that does not exist.
func structures() []annuaire.Structure {
	s := func(eight, name, sector, practice, line, code, town, phone string) annuaire.Structure {
		f := annuaire.MakeFINESS(eight)
		return annuaire.Structure{IDNat: annuaire.StructIDNat(f), FINESS: f, Name: name, Sector: sector, Facility: sector, Practice: practice,
			Address: []string{line}, PostCode: code, Town: town, Phone: phone, Active: true}
	}
	return []annuaire.Structure{
		s("99000001", "Cabinet médical des Tilleuls", "SA07", "AMBULATOIRE", "12 rue des Tilleuls", "99100", "Valmont-sur-Seille", "tel:+33199000001"),
		s("99000002", "Centre hospitalier du Val d'Aurore", "SA01", "ETABLISSEMENT", "1 avenue de l'Hôpital", "99000", "Aurore", "tel:+33199000002"),
		s("99000003", "Laboratoire BioAurore", "SA25", "AMBULATOIRE", "4 place du Marché", "99000", "Aurore", "tel:+33199000003"),
		s("99000004", "Imagerie médicale de la Seille", "SA08", "AMBULATOIRE", "7 quai de la Seille", "99100", "Valmont-sur-Seille", "tel:+33199000004"),
		s("99000005", "Pharmacie du Pont", "SA33", "AMBULATOIRE", "2 rue du Pont", "99100", "Valmont-sur-Seille", "tel:+33199000005"),
		s("99000006", "Cabinet infirmier de la Gare", "SA08", "AMBULATOIRE", "9 rue de la Gare", "99100", "Valmont-sur-Seille", "tel:+33199000006"),
		s("99000007", "SAMU 99 – Centre 15", "SA01", "SAMU_SMUR", "1 avenue de l'Hôpital", "99000", "Aurore", "tel:+33199000007"),
		s("99000008", "Maison de santé des Quatre-Vents", "SA08", "AMBULATOIRE", "3 route des Quatre-Vents", "99200", "Hautepierre", "tel:+33199000008"),
		s("99000009", "Banc de charge du territoire", "SA25", "AMBULATOIRE", "4 place du Marché", "99000", "Aurore", "tel:+33199000009"),
	}
}

// Indexes of structures().
const (
	cabinet = iota
	hospital
	laboratory
	imaging
	pharmacy
	nurses
	samu
	maison
	bench
)

type pro struct {
	persona, role        string
	ten                  string // first ten digits of the RPPS number
	civility, title      string
	given, family        string
	profession, sf, fonc string
	fr, en               string
	structure            int
	load                 bool
}

// professionals of the territory. Their RPPS numbers begin with 99, as published test cards do.
var professionals = []pro{
	{"medecin-generaliste", "medecin_generaliste", "9900000001", "MME", "DR", "Claire", "MARTIN-LEROUX", "10", "SM26", "", "médecin généraliste", "general practitioner", cabinet, false},
	{"medecin-hospitalier", "medecin_hospitalier", "9900000002", "M", "DR", "Karim", "BENALI", "10", "SM04", "", "cardiologue hospitalier", "hospital cardiologist", hospital, false},
	{"biologiste", "biologiste", "9900000003", "MME", "DR", "Hélène", "FAURE", "10", "SM03", "", "biologiste médicale", "medical biologist", laboratory, false},
	{"radiologue", "radiologue", "9900000004", "M", "DR", "Antoine", "ROUSSEL", "10", "SM44", "", "radiologue", "radiologist", imaging, false},
	{"infirmier", "infirmier", "9900000005", "M", "", "Yann", "LE GOFF", "60", "", "", "infirmier", "nurse", nurses, false},
	{"pharmacien", "pharmacien", "9900000006", "MME", "", "Inès", "CARVALHO", "21", "A", "", "pharmacienne", "pharmacist", pharmacy, false},
	{"secretaire", "secretaire", "", "MME", "", "Sophie", "LAMBERT", "", "", annuaire.SecretariatMedical, "secrétaire médicale", "medical secretary", cabinet, false},
	{"regulateur", "regulateur", "9900000008", "MME", "DR", "Nadia", "OUEDRAOGO", "10", "SM59", "", "médecin régulateur", "dispatching doctor", samu, false},
	{"administrateur", "administrateur", "", "M", "", "Paul", "VASSEUR", "", "", "ADMINISTRATEUR", "administrateur", "administrator", hospital, false},
	{"", "", "9900000010", "M", "DR", "Étienne", "GIRAUD", "10", "SM54", "", "médecin généraliste", "general practitioner", maison, false},
	{"", "", "9900000011", "MME", "DR", "Léa", "MOREAU", "10", "SM40", "", "pédiatre", "paediatrician", hospital, false},
	{"", "", "9900000012", "M", "DR", "Olivier", "PETITJEAN", "10", "SM53", "", "médecin généraliste", "general practitioner", maison, false},
	{"", "", "9900000013", "MME", "DR", "Amélie", "SCHNEIDER", "10", "SM20", "", "gynécologue-obstétricienne", "gynaecologist", hospital, false},
	{"banc", "biologiste", "9900000014", "M", "DR", "Banc", "DE-CHARGE", "10", "SM03", "", "biologiste médical", "medical biologist", bench, true},
	{"", "", "9900000015", "MME", "DR", "Sandrine", "VOGEL", "10", "SM16", "", "endocrinologue", "endocrinologist", hospital, false},
	{"", "", "9900000016", "M", "DR", "Thomas", "LECLERCQ", "10", "SM30", "", "néphrologue", "nephrologist", hospital, false},
	{"", "", "9900000017", "M", "PR", "Bertrand", "CHAUVIN", "10", "SM08", "", "chirurgien orthopédiste", "orthopaedic surgeon", hospital, false},
	{"", "", "9900000018", "MME", "DR", "Mariama", "SOW", "10", "SM24", "", "gastro-entérologue", "gastroenterologist", hospital, false},
	{"", "", "9900000019", "M", "DR", "Vincent", "HUBERT", "10", "SM18", "", "gériatre", "geriatrician", hospital, false},
	{"", "", "9900000020", "MME", "DR", "Clara", "NGUYEN", "10", "SM59", "", "urgentiste", "emergency doctor", hospital, false},
	{"", "", "9900000021", "M", "DR", "Damien", "KELLER", "10", "SM41", "", "pneumologue", "pneumologist", hospital, false},
	{"", "", "9900000022", "MME", "DR", "Estelle", "BRIAND", "10", "SM38", "", "ophtalmologiste", "ophthalmologist", maison, false},
}

// Indexes of professionals.
const (
	gpClinic = iota
	cardiologist
	biologist
	radiologist
	nurse
	pharmacist
	secretary
	dispatcher
	administrator
	gpHouse1
	paediatrician
	gpHouse2
	gynaecologist
	benchBiologist
	endocrinologist
	nephrologist
	surgeon
	gastroenterologist
	geriatrician
	emergency
	pneumologist
	ophthalmologist
)

// Directory fills a directory with the territory.
func Directory() *annuaire.Annuaire {
	a := annuaire.New()
	list := structures()
	for _, s := range list {
		for _, b := range Boxes(s.IDNat) {
			if b.Type == "ORG" && s.Mailbox == "" {
				s.Mailbox = b.Address
			}
		}
		a.PutStructure(s)
	}
	for _, p := range professionals {
		a.Put(p.professional(list))
	}
	return a
}

func (p pro) professional(list []annuaire.Structure) annuaire.Professional {
	s := list[p.structure]
	out := annuaire.Professional{Civility: p.civility, Title: p.title, Family: p.family, Given: p.given, Profession: p.profession, SavoirFaire: p.sf,
		Function: p.fonc, Role: p.fr, RoleEN: p.en, Structures: []string{s.IDNat}, Active: true}
	if p.persona != "" && !p.load {
		out.Mailbox = address(p.given+"."+p.family) + "@" + MailDomain
	}
	if p.ten == "" {
		out.IDNat = "3" + s.FINESS + "/" + p.persona
		return out
	}
	out.RPPS = annuaire.MakeRPPS(p.ten)
	out.IDNat = annuaire.IDNat(out.RPPS)
	return out
}

// MailDomain is the secure-mail domain of the territory, which exists nowhere else.
const MailDomain = "aurore.mssante.example"

// Box is a mailbox of a structure.
type Box struct {
	Address, Type, Name  string
	Description, Service string
}

// Boxes gives the organisational and applicative mailboxes of a structure.
func Boxes(structure string) []Box {
	list := structures()
	switch structure {
	case list[cabinet].IDNat:
		return []Box{{"secretariat.tilleuls@" + MailDomain, "ORG", "Cabinet médical des Tilleuls – Secrétariat", "Secrétariat du cabinet", "Secrétariat"}}
	case list[hospital].IDNat:
		return []Box{{"courrier.ch@" + MailDomain, "ORG", "Centre hospitalier du Val d'Aurore – Courrier médical", "Courrier médical", "Bureau des entrées"},
			{"dpi.ch@" + MailDomain, "APP", "Centre hospitalier du Val d'Aurore – Dossier patient", "Envois du dossier patient informatisé", "Système d'information"}}
	case list[laboratory].IDNat:
		return []Box{{"laboratoire@" + MailDomain, "ORG", "Laboratoire BioAurore – Secrétariat", "Secrétariat du laboratoire", "Secrétariat"},
			{"resultats.biologie@" + MailDomain, "APP", "Laboratoire BioAurore – Résultats", "Envoi automatique des comptes rendus", "Système d'information"}}
	case list[imaging].IDNat:
		return []Box{{"comptes-rendus.imagerie@" + MailDomain, "APP", "Imagerie médicale de la Seille – Comptes rendus", "Envoi automatique des comptes rendus", "Système d'information"}}
	}
	return nil
}

// address writes a name as the local part of a mail address: letters without accents, hyphens, points.
func address(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", "'", "").Replace(ins.Normalise(name)))
}

// Personas lists who a visitor may sign in as: the citizens first, the load bench last.
func Personas() []Persona {
	list := structures()
	out := []Persona{{ID: "citoyen-1", Role: "citoyen", Citizen: 0}, {ID: "citoyen-2", Role: "citoyen", Citizen: 1}, {ID: "citoyen-3", Role: "citoyen", Citizen: 2}}
	for _, p := range professionals {
		if p.persona == "" {
			continue
		}
		q := p.professional(list)
		out = append(out, Persona{ID: p.persona, Role: p.role, IDNat: q.IDNat, Structure: q.Structures[0], Citizen: -1, Load: p.load})
	}
	return out
}
