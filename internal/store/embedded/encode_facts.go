package embedded

import (
	"time"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/evenement"
)

// factsVersion is the first byte of the binary form of the other facts.
const factsVersion = 1

func encodeRecord(r dmp.Record) []byte {
	e := encoder{b: make([]byte, 0, 64)}
	e.kind(factsVersion)
	e.str(string(r.State))
	e.time(r.Since)
	e.str(r.Reason)
	e.bool(r.Choices.OpposeBrisDeGlace)
	e.bool(r.Choices.OpposeUrgence)
	return e.b
}

func decodeRecord(b []byte) (dmp.Record, error) {
	d := newDecoder(b, factsVersion)
	r := dmp.Record{State: dmp.State(d.str()), Since: d.time(), Reason: d.str()}
	r.Choices.OpposeBrisDeGlace = d.bool()
	r.Choices.OpposeUrgence = d.bool()
	if err := d.done(); err != nil {
		return dmp.Record{}, err
	}
	return r, nil
}

func encodeAuthorisation(a acces.Authorisation) []byte {
	e := encoder{b: make([]byte, 0, 128)}
	e.kind(factsVersion)
	e.str(a.Professional)
	e.str(string(a.State))
	e.bool(a.MT)
	e.time(a.Since)
	e.time(a.LastAction)
	e.str(a.By)
	e.str(a.Name)
	e.str(a.Role)
	return e.b
}

func decodeAuthorisation(b []byte) (acces.Authorisation, error) {
	d := newDecoder(b, factsVersion)
	a := acces.Authorisation{
		Professional: d.str(), State: acces.AuthorisationState(d.str()), MT: d.bool(),
		Since: d.time(), LastAction: d.time(), By: d.str(), Name: d.str(), Role: d.str(),
	}
	if err := d.done(); err != nil {
		return acces.Authorisation{}, err
	}
	return a, nil
}

func encodeEvent(x evenement.Event) []byte {
	e := encoder{b: make([]byte, 0, 160)}
	e.kind(factsVersion)
	e.time(x.Time)
	e.str(string(x.Kind))
	e.str(x.Person)
	e.str(x.UniqueID)
	e.str(x.Actor)
	e.str(x.Detail)
	return e.b
}

func decodeEvent(seq int64, b []byte) (evenement.Event, error) {
	d := newDecoder(b, factsVersion)
	x := evenement.Event{
		Seq: seq, Time: d.time(), Kind: evenement.Kind(d.str()), Person: d.str(),
		UniqueID: d.str(), Actor: d.str(), Detail: d.str(),
	}
	if err := d.done(); err != nil {
		return evenement.Event{}, err
	}
	return x, nil
}

// document is where the bytes of a document are and what they must be.
type document struct {
	uniqueID string
	segment  int64
	offset   int64
	length   int64 // of the whole segment record
	size     int64 // of the document
	sha1     [20]byte
	sha256   [32]byte
	received time.Time
	digest   bool
}

func encodeDocument(x *document) []byte {
	e := encoder{b: make([]byte, 0, 160)}
	e.kind(factsVersion)
	e.str(x.uniqueID)
	e.int(x.segment)
	e.int(x.offset)
	e.int(x.length)
	e.int(x.size)
	e.raw(x.sha1[:])
	e.raw(x.sha256[:])
	e.time(x.received)
	e.bool(x.digest)
	return e.b
}

func decodeDocument(b []byte) (*document, error) {
	d := newDecoder(b, factsVersion)
	x := &document{uniqueID: d.str(), segment: d.int(), offset: d.int(), length: d.int(), size: d.int()}
	copy(x.sha1[:], d.take(20))
	copy(x.sha256[:], d.take(32))
	x.received = d.time()
	x.digest = d.bool()
	if err := d.done(); err != nil {
		return nil, err
	}
	return x, nil
}
