package ins

import (
	"context"

	"github.com/socle-sante/socle/format/insid"
)

// Code is what INSi answers to a search.
// spec: INS §6 (CodeCR)
type Code string

// The codes of a search.
const (
	CodeFound   Code = "00" // one identity
	CodeNobody  Code = "01" // no identity
	CodeSeveral Code = "02" // several identities
)

// Query is one question to INSi: one given name at a time.
type Query struct {
	BirthName  string
	Given      string
	Sex        string // M or F
	BirthDate  string // YYYY-MM-DD, lunar dates as given
	BirthPlace string // COG, may be empty
}

// Former is a matricule carried before, with the days it counted when they are known.
type Former struct {
	INS      insid.INS
	From, To string // YYYY-MM-DD, "" when not told
}

// Reply is what INSi knows of a person. Everything but Code and Label is empty unless Code is
// CodeFound.
type Reply struct {
	Code    Code
	Label   string
	INS     insid.INS
	History []Former
	Traits  Traits // BirthName, Givens, Sex, BirthDate, BirthPlace: the qualified traits
}

// Teleservice is INSi: the national one through its client, or the built-in one. Errors are
// refusals of the service (card refused, bad request) or that it cannot be reached; they never mean "nobody".
type Teleservice interface {
	Search(ctx context.Context, q Query) (Reply, error)
	Verify(ctx context.Context, id insid.INS, t Traits) (bool, error)
}
