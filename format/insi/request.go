package insi

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/xmltree"
)

// Bounds of a request.
const (
	MaxRequest = 1 << 20  // one person
	MaxLot     = 96 << 20 // a lot
	LotPersons = 100_000  // persons in a lot
	maxGivens  = 20       // Prenom elements of one request
	maxTrait   = 100      // characters of a name, as in the guide
	lotNodes   = 24       // XML nodes a person of a lot takes at most
)

// Request is a message to the service.
type Request struct {
	Operation Operation
	MessageID string
	Context   Context
	Search    Traits       // SearchTraits
	Persons   []Individual // Verify: one; DepositLot: many
	Lot       string       // CollectLot: which
	Security  xmltree.Node // wsse:Security when there is one
}

var bodyNames = map[string]soap.Name{
	SearchTraits.Action(): {Space: NSSearch, Local: "RECSANSVITALE"},
}

// Read reads a request. Other prefixes, other namespaces declared and headers nobody needs are
// fine; an element that has no place in the body is refused by its name.
// The request is never nil: after a refusal it holds what was read, so that a fault can relate to it.
func Read(contentType, soapAction string, body []byte) (*Request, error) {
	r := &Request{}
	limits := xmltree.Limits{}
	if len(body) > MaxRequest {
		limits.Bytes, limits.Nodes = MaxLot, LotPersons*lotNodes
	}
	env, err := soap.Read(contentType, soapAction, body, soap.Options{Limits: limits})
	r.MessageID, r.Security = env.MessageID, env.Security
	if err != nil {
		return r, err
	}
	op, ok := strings.CutPrefix(env.Action, ActionPrefix)
	if !ok || !known(Operation(op)) {
		return r, ErrOperation.At(clip(env.Action))
	}
	r.Operation = Operation(op)
	if want, ok := bodyNames[env.Action]; ok && !env.Body.Is(want.Space, want.Local) {
		return r, ErrBody.At(clip(env.Body.XPath()))
	}
	r.Context = readContext(env.Header)
	return r, r.read(env.Body)
}

func known(o Operation) bool {
	for _, k := range Operations() {
		if k == o {
			return true
		}
	}
	return false
}

func readContext(h xmltree.Node) Context {
	lps := h.Child(NSLPS, "ContexteLPS")
	c := Context{ID: lps.Child(NSLPS, "Id").Trim(), Time: lps.Child(NSLPS, "Temps").Trim(), Emitter: lps.Child(NSLPS, "Emetteur").Trim()}
	soft := lps.Child(NSLPS, "LPS")
	c.IDAM, c.Version, c.Instance, c.Name = soft.Child(NSLPS, "IDAM").Trim(), soft.Child(NSLPS, "Version").Trim(), soft.Child(NSLPS, "Instance").Trim(), soft.Child(NSLPS, "Nom").Trim()
	return c
}

func (r *Request) read(body xmltree.Node) error {
	switch r.Operation {
	case SearchTraits:
		t, err := readTraits(body)
		r.Search = t
		return err
	case SearchVitale:
		return nil // the body is not read: the assertion in the header names the person
	case Verify:
		n := body
		if !n.Is(n.Space(), "IndividuVerifie") {
			n = child(body, "IndividuVerifie")
		}
		if !n.Exists() {
			return ErrMissing.At("IndividuVerifie")
		}
		p, err := readIndividual(n)
		r.Persons = []Individual{p}
		return err
	case DepositLot:
		return r.readLot(body)
	}
	r.Lot = child(body, "IdLot").Trim()
	if r.Lot == "" {
		return ErrMissing.At("IdLot")
	}
	return nil
}

func (r *Request) readLot(body xmltree.Node) error {
	for n := range body.Elements() {
		if n.Local() != "IndividuVerifie" {
			return ErrElement.At(clip(n.XPath()))
		}
		if len(r.Persons) == LotPersons {
			return ErrLotSize
		}
		p, err := readIndividual(n)
		if err != nil {
			return err
		}
		r.Persons = append(r.Persons, p)
	}
	if len(r.Persons) == 0 {
		return ErrMissing.At("IndividuVerifie")
	}
	return nil
}

// child finds a child by its local name, whatever its namespace: the roots of a verification are
// not confirmed.
func child(n xmltree.Node, local string) xmltree.Node {
	for c := range n.Elements() {
		if c.Local() == local {
			return c
		}
	}
	return xmltree.Node{}
}

// readTraits reads the fields of a person, in any order; real clients keep the official one.
func readTraits(n xmltree.Node) (Traits, error) {
	var t Traits
	for c := range n.Elements() {
		v := c.Trim()
		if len([]rune(v)) > maxTrait {
			return t, ErrLong.At(clip(c.XPath()))
		}
		switch c.Local() {
		case "NomNaissance":
			t.BirthName = v
		case "Prenom":
			if len(t.Prenom) == maxGivens {
				return t, ErrElement.At(clip(c.XPath()))
			}
			if v != "" {
				t.Prenom = append(t.Prenom, v)
			}
		case "ListePrenom":
			t.Givens = v
		case "Sexe":
			t.Sex = v
		case "DateNaissance":
			t.BirthDate = v
		case "LieuNaissance":
			t.BirthPlace = v
		default:
			r := *ErrElement.At(clip(c.XPath()))
			near := finding.Nearest(c.Local(), traitNames)
			r.Fix = finding.T("Le nom le plus proche est "+near+".", "The nearest name is "+near+".")
			return t, &r
		}
	}
	return t, t.check()
}

var traitNames = []string{"NomNaissance", "Prenom", "ListePrenom", "Sexe", "DateNaissance", "LieuNaissance"}

// check refuses what INSi cannot search with.
// spec: INS §2 (names, sex), INS §6 (DateLunaire)
func (t Traits) check() error {
	switch {
	case t.BirthName == "":
		return ErrMissing.At("NomNaissance")
	case !nameOK(t.BirthName, true):
		return ErrName.At("NomNaissance")
	case t.Sex == "":
		return ErrMissing.At("Sexe")
	case t.Sex != "M" && t.Sex != "F":
		return ErrSex.At(clip(t.Sex))
	case t.BirthDate == "":
		return ErrMissing.At("DateNaissance")
	case !lunar(t.BirthDate):
		return ErrDate.At(clip(t.BirthDate))
	case t.BirthPlace != "" && !cog(t.BirthPlace):
		return ErrPlace.At(clip(t.BirthPlace))
	}
	for _, p := range t.Prenom {
		if !nameOK(p, false) {
			return ErrName.At("Prenom")
		}
	}
	if t.Givens != "" && !nameOK(t.Givens, true) {
		return ErrName.At("ListePrenom")
	}
	return nil
}

// nameOK tells whether INSi takes a name: capitals, hyphen, apostrophe, and a space where one may be.
func nameOK(s string, space bool) bool {
	for _, c := range s {
		if (c < 'A' || c > 'Z') && c != '-' && c != '\'' && (c != ' ' || !space) {
			return false
		}
	}
	return true
}

// lunar tells whether a text has the form of a DateLunaire; what it says may be no day at all.
func lunar(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	for i, c := range []byte(s) {
		if i != 4 && i != 7 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func cog(s string) bool {
	if len(s) != 5 {
		return false
	}
	for i, c := range []byte(s) {
		if (c < '0' || c > '9') && !(i == 1 && (c == 'A' || c == 'B') && s[0] == '2') {
			return false
		}
	}
	return true
}

func readIndividual(n xmltree.Node) (Individual, error) {
	p := Individual{Ref: n.Attr("ref")}
	given, traits := child(n, "INSFourni"), child(n, "TraitsIdentiteIndividu")
	if !given.Exists() {
		return p, ErrMissing.At("INSFourni")
	}
	if !traits.Exists() {
		return p, ErrMissing.At("TraitsIdentiteIndividu")
	}
	id, err := readINS(given)
	if err != nil {
		return p, err
	}
	p.INS = id
	p.Traits, err = readTraits(traits)
	return p, err
}

// readINS reads NumIdentifiant, Cle and OID. A number that already carries its key is taken: a
// published exchange has one.
// spec: INS §6 (fixtures)
func readINS(n xmltree.Node) (insid.INS, error) {
	who := child(n, "IdIndividu")
	number := child(who, "NumIdentifiant").Trim()
	if len(number) == 13 {
		number += child(who, "Cle").Trim()
	}
	m, err := insid.ParseMatricule(number)
	if err != nil {
		return insid.INS{}, ErrMatricule.At(clip(who.XPath()))
	}
	oid := child(n, "OID").Trim()
	if !insid.IsINS(oid) {
		return insid.INS{}, ErrOID.At(clip(oid))
	}
	return insid.INS{Matricule: m, OID: oid}, nil
}

func clip(s string) string {
	const most = 120
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}
