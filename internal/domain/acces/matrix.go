package acces

// Action is something one may want to do to a record.
type Action int

// The actions, named as people say them; the DMP transaction is in the table.
const (
	VoirAdmin           Action = iota + 1 // TD0.2, TD1.3a
	SAutoriser                            // TD0.3
	SeRetirer                             // TD0.3
	QuitterMT                             // TD0.3
	MesDossiers                           // TD0.4
	ListerAutorisations                   // TD1.6
	Alimenter                             // TD2.1
	AlimenterSecretaire                   // TD2.2
	Chercher                              // TD3.1
	ChercherReference                     // TD3.1, GetDocuments by identifier
	Lire                                  // TD3.2
	LireMasque                            // TD3.2 of a document masked from professionals
	Masquer                               // TD3.3a
	Demasquer                             // TD3.3a
	RendreVisible                         // TD3.3b
	Archiver                              // TD3.3d
	Supprimer                             // TD3.3c
	ChoisirAcces                          // block, authorise, oppose: the person alone
	VoirTraces                            // who saw what
)

var actionNames = map[Action]string{
	VoirAdmin: "voir l'état du dossier", SAutoriser: "s'autoriser", SeRetirer: "retirer son autorisation",
	QuitterMT: "quitter le rôle de médecin traitant", MesDossiers: "lister ses dossiers",
	ListerAutorisations: "lister les autorisations", Alimenter: "alimenter", AlimenterSecretaire: "alimenter (secrétariat)",
	Chercher: "chercher", ChercherReference: "retrouver une référence", Lire: "lire", LireMasque: "lire un document masqué",
	Masquer: "masquer", Demasquer: "démasquer", RendreVisible: "rendre visible au patient", Archiver: "archiver",
	Supprimer: "supprimer", ChoisirAcces: "régler les accès", VoirTraces: "voir les accès",
}

func (a Action) String() string { return actionNames[a] }

// Actions lists every action, for exhaustive tests and documentation.
func Actions() []Action {
	out := make([]Action, 0, len(actionNames))
	for a := VoirAdmin; a <= VoirTraces; a++ {
		out = append(out, a)
	}
	return out
}

// scope restricts a right to some documents.
type scope int

const (
	any          scope = iota // every document
	own                       // the actor is an author
	ownStructure              // a document of the actor's structure
	unopposed                 // only if the person did not oppose this emergency mode
)

type modes uint8

const (
	n   modes = 1 << iota // normal
	r                     // régulation
	b                     // bris de glace
	nrb = n | r | b
	rb  = r | b
)

// right is one line of the matrix: these rows, in these modes, on these documents.
type right struct {
	rows  Row
	modes modes
	scope scope
}

const (
	ps       = P | M | MT | MW
	everyone = ps | CPE | ES | PE
)

// matrix is the table of rights. What is not written is refused.
// The AIR column is air below: rows of professionals authenticated in AIR read it instead.
// spec: DMP 2.2 (PDT-INF-526)
var matrix = map[Action][]right{
	VoirAdmin:           {{everyone, nrb, any}, {Citoyen, n, any}},
	SAutoriser:          {{P | M | MT, n, any}, {CPE | PE, n, any}},
	SeRetirer:           {{P | M | MT, n, any}},
	QuitterMT:           {{MT, n, any}},
	MesDossiers:         {{ps, nrb, any}, {CPE | PE, nrb, ownStructure}, {ES, n, ownStructure}},
	ListerAutorisations: {{P | M | MT, n, any}, {MW, nrb, any}, {Citoyen, n, any}},
	Alimenter:           {{ps, nrb, any}, {ES, n | r, any}, {Citoyen, n, any}},
	AlimenterSecretaire: {{CPE, nrb, any}},
	Chercher:            {{ps, nrb, any}, {Citoyen, n, any}},
	ChercherReference:   {{everyone, nrb, any}, {Citoyen, n, any}},
	Lire:                {{P | M | MT, nrb, any}, {Citoyen, n, any}},
	LireMasque:          {{MT, n, any}, {P | M, n, own}, {P | M | MT, rb, unopposed}, {Citoyen, n, any}},
	Masquer:             {{P | M | MW | MT, n, any}, {Citoyen, n, any}},
	Demasquer:           {{MT, n, any}, {P | M | MW, n, own}, {Citoyen, n, any}},
	RendreVisible:       {{P | M | MW | MT, n, any}},
	Archiver:            {{MT, n | b, any}, {M, rb, any}, {M | P | MW, n, own}, {Citoyen, n, own}},
	Supprimer:           {{ps, nrb, own}, {CPE | ES | PE, nrb, ownStructure}, {Citoyen, n, own}},
	ChoisirAcces:        {{Citoyen, n, any}},
	VoirTraces:          {{MT, n, any}, {P | M | MW, n, own}, {Citoyen, n, any}},
}

// air replaces lines of the matrix when authentication is INDIRECTE_RENFORCEE.
// spec: DMP 2.2 (PDT-INF-606)
var air = map[Action][]right{
	Alimenter:           {},
	AlimenterSecretaire: {},
	Archiver:            {{M | MT, nrb, any}, {P | MW, n, own}},
}

// rightsOf gives the lines that apply to an action under a means of authentication.
func rightsOf(act Action, auth Auth) []right {
	if auth == AIR {
		if lines, ok := air[act]; ok {
			return lines
		}
	}
	return matrix[act]
}

func modeBit(m Mode) modes {
	switch m {
	case Centre15:
		return r
	case BrisDeGlace:
		return b
	default:
		return n
	}
}
