// Package insi reads and writes the messages of INSi, the national teleservice that gives and
// verifies the INS of a person: both sides, so that software can be a client of the national
// service or stand in for it.
//
// Standard: INSi (CNAM / GIE SESAM-Vitale), service description DESIR_ICIR_EXP 1.5.0, SOAP 1.2.
// The search by traits, its answer and the fault follow published exchanges to the prefix. What
// could not be confirmed (the roots of a verification and of a lot, most fault codes) stands in
// names.go and fault.go and nowhere else. Missing: the reading of a carte Vitale itself (its
// assertion is carried, not judged here).
//
// Start at Read for a server, at AppendRequest for a client, at ReadAnswer for what comes back.
package insi

import (
	"github.com/socle-sante/socle/format/insid"
)

// Namespaces of the messages.
// spec: INS §6
const (
	NSSearch = "http://www.cnamts.fr/INSiRecSans"
	NSVitale = "http://www.cnamts.fr/INSiRecVit"
	NSResult = "http://www.cnamts.fr/INSiResultat"
	NSBAM    = "urn:siram:bam:ctxbam"
	NSLPS    = "urn:siram:lps:ctxlps"
	NSSiram  = "urn:siram"
	NSWSDL   = "http://www.cnamts.fr/webservice"

	// NSVerify is ours until the official one is confirmed; a reader takes any.
	NSVerify = "http://www.cnamts.fr/INSiVerif"
)

// Operation is what is asked.
type Operation string

// The operations. The two of a lot bear names of ours until the official ones are confirmed.
const (
	SearchTraits Operation = "rechercherInsAvecTraitsIdentite"
	SearchVitale Operation = "rechercherInsAvecCarteVitale"
	Verify       Operation = "verifierInsAvecTraitsIdentite"
	DepositLot   Operation = "deposerLotVerificationIns"
	CollectLot   Operation = "recupererLotVerificationIns"
)

// ActionPrefix begins every wsa:Action.
const ActionPrefix = "urn:ServiceIdentiteCertifiee:1.0.0:"

// Action is the wsa:Action of an operation.
func (o Operation) Action() string { return ActionPrefix + string(o) }

// Operations lists them all.
func Operations() []Operation {
	return []Operation{SearchTraits, SearchVitale, Verify, DepositLot, CollectLot}
}

// Context is what every request says of who sends it: ContexteBAM and ContexteLPS.
type Context struct {
	ID       string // UUID of the exchange
	Time     string // UTC, ISO 8601
	Emitter  string // idNat of the structure or of the professional
	IDAM     string // number of authorisation of the software
	Version  string // of the software
	Instance string // UUID of this installation of it
	Name     string // urn:lps:<name>:<version>
}

// Traits are those of one person, as asked or as answered.
type Traits struct {
	BirthName  string
	Prenom     []string // given names asked, one a call for real clients
	Givens     string   // ListePrenom, space separated
	Sex        string   // M or F
	BirthDate  string   // DateLunaire: YYYY-MM-DD, 1966-00-00 allowed
	BirthPlace string   // COG, optional
}

// Individual is one person to verify.
type Individual struct {
	Ref    string // reference inside a lot, given back
	INS    insid.INS
	Traits Traits
}

// Former is a matricule carried before.
type Former struct {
	INS      insid.INS
	From, To string
}

// Answer is what a search answers. Everything but Code and Label is empty unless Code is "00".
type Answer struct {
	Code, Label string
	INS         insid.INS
	History     []Former
	Traits      Traits
}

// Labels of CodeCR.
// spec: INS §6
var Labels = map[string]string{
	"00": "OK",
	"01": "Aucune identite trouvee",
	"02": "Plusieurs identites trouvees",
}

// Words of a verification.
const (
	VerifiedOK = "OK"
	VerifiedKO = "KO"
)

// Lot is the state of a batch of verifications.
type Lot struct {
	ID          string
	State       string // EN_COURS or TERMINE
	Done, Total int
	Results     []LotResult // when finished
}

// States of a lot.
const (
	LotRunning  = "EN_COURS"
	LotFinished = "TERMINE"
)

// LotResult is the verdict on one person of a lot.
type LotResult struct {
	Ref    string
	Result string // OK or KO
	Reason string // id of the refusal when the person could not be verified
}
