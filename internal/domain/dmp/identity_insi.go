package dmp

import (
	"context"
	"errors"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Retrieved is what a retrieval of the INS led to.
type Retrieved struct {
	Person *ins.Person // as it now is
	Reply  ins.Reply   // the last answer of INSi
	Asked  int         // questions put to INSi
	// Applied says that the identity now carries the INS. When INSi found somebody (00) and it is
	// false, Match and Refusal say what must be compared first.
	Applied bool
	Match   ins.Match
	Refusal *finding.Refusal
}

// ErrNoTeleservice says that nobody can be asked.
var ErrNoTeleservice = &finding.Refusal{ID: "INSI-ABSENT", Kind: finding.Unavailable, Rule: "configuration",
	Message: finding.T("Le téléservice INSi n'est pas configuré sur cette installation.", "The INSi teleservice is not configured on this installation."),
	Fix:     finding.T("Indiquez son adresse et le certificat de la structure dans la configuration.", "Give its address and the certificate of the structure in the configuration.")}

// ErrChanged says that an identity changed while INSi was asked.
var ErrChanged = &finding.Refusal{ID: "INS-CHANGEE", Kind: finding.Conflict, Rule: "RNIV",
	Message: finding.T("L'identité a changé pendant la demande à INSi.", "The identity changed while INSi was asked."),
	Fix:     finding.T("Relisez-la et recommencez.", "Read it again and retry.")}

// RetrieveINS asks INSi for the INS of a person, and attaches it with the traits INSi answers.
// Where these differ from those known here, nothing is attached until somebody compared them:
// accept says so. first is the first birth given name read on the document when INSi's list does
// not begin with the one known here, "" otherwise. Every call of INSi is written down.
// INSi is asked outside the commit; an identity that changed meanwhile is not touched.
// spec: INS §3 (transitions), §6
func (d *DMP) RetrieveINS(ctx context.Context, c Caller, id ins.PersonID, ts ins.Teleservice, accept bool, first string) (*Retrieved, error) {
	p, err := d.forINSi(ctx, c, id, ts)
	if err != nil {
		return nil, err
	}
	out := &Retrieved{Person: p}
	if out.Reply, out.Asked, err = ins.Retrieve(ctx, ts, p.Traits); err != nil {
		return nil, d.insiFailed(ctx, c, id, err)
	}
	if out.Reply.Code != ins.CodeFound {
		return out, d.noteINSi(ctx, c, id, "recherche "+string(out.Reply.Code))
	}
	if err := d.Mode.Admit(out.Reply.INS); err != nil {
		return nil, d.refused(ctx, c, id, journal.Identify, "", finding.As(err))
	}
	answered := out.Reply.Traits
	answered.FirstGiven = first
	cut, ok := ins.FirstOf(answered.Givens, nonEmpty(first, p.Traits.FirstGiven))
	shown := answered
	if shown.FirstGiven = cut; !ok {
		shown.FirstGiven = answered.Givens
	}
	out.Match = ins.Compare(out.Reply.INS, shown, p)
	event := ins.Event{Kind: ins.Obtained, INS: out.Reply.INS, Former: out.Reply.History, Traits: answered, Accepted: accept}
	attach := func(tx Tx, now *ins.Person) (ins.Event, error) {
		if now.Traits != p.Traits || now.INS != p.INS {
			return event, ErrChanged
		}
		other, err := tx.PersonByINS(event.INS)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return event, err
		}
		if err == nil && other.ID != id && other.INS == event.INS {
			return event, ins.ErrCarried.At(string(other.ID))
		}
		return event, nil
	}
	// What only waits for a human eye is an answer, not a failure.
	if _, err := ins.Apply(*p, event, d.Now()); errors.Is(err, ins.ErrToCompare) || errors.Is(err, ins.ErrFirstGiven) {
		out.Refusal = finding.As(err)
		return out, d.noteINSi(ctx, c, id, "recherche 00, à comparer : "+out.Refusal.Where)
	}
	if out.Person, err = d.happen(ctx, c, id, accept, attach); err != nil {
		return nil, err
	}
	out.Applied = true
	return out, nil
}

// VerifyINS asks INSi whether the INS of a person is still theirs, with these traits. If not the
// INS is dropped and the status falls.
// spec: INS §3 (INSi verification KO)
func (d *DMP) VerifyINS(ctx context.Context, c Caller, id ins.PersonID, ts ins.Teleservice) (ok bool, p *ins.Person, err error) {
	before, err := d.forINSi(ctx, c, id, ts)
	if err != nil {
		return false, nil, err
	}
	if before.INS.IsZero() {
		return false, nil, d.refused(ctx, c, id, journal.Identify, "", ins.ErrNoINS)
	}
	if ok, err = ts.Verify(ctx, before.INS, before.Traits); err != nil {
		return false, nil, d.insiFailed(ctx, c, id, err)
	}
	kind := ins.Denied
	if ok {
		kind = ins.Confirmed
	}
	p, err = d.happen(ctx, c, id, false, func(_ Tx, now *ins.Person) (ins.Event, error) {
		if now.INS != before.INS || now.Traits != before.Traits {
			return ins.Event{}, ErrChanged
		}
		return ins.Event{Kind: kind}, nil
	})
	return ok, p, err
}

// forINSi gives an identity that may be sent to INSi.
func (d *DMP) forINSi(ctx context.Context, c Caller, id ins.PersonID, ts ins.Teleservice) (*ins.Person, error) {
	if r := atDesk(c, false); r != nil {
		return nil, d.refused(ctx, c, id, journal.Identify, "", r)
	}
	if ts == nil {
		return nil, ErrNoTeleservice
	}
	p, err := d.Person(ctx, c, id)
	if err != nil {
		return nil, err
	}
	if r := finding.As(p.OpenToINSi()); r != nil {
		return nil, d.refused(ctx, c, id, journal.Identify, "", r)
	}
	return p, nil
}

// noteINSi writes down a call of INSi that changed nothing.
func (d *DMP) noteINSi(ctx context.Context, c Caller, id ins.PersonID, what string) error {
	rec := c.record(d.Now(), id, journal.Identify, "", "")
	rec.Detail = "insi : " + what
	return d.storeError(d.commit(ctx, Unit{Do: func(tx Tx) error { return tx.Leaf(rec) }}))
}

// insiFailed passes on why INSi did not answer, and writes it down.
func (d *DMP) insiFailed(ctx context.Context, c Caller, id ins.PersonID, err error) error {
	if r := finding.As(err); r != nil {
		return d.refused(ctx, c, id, journal.Identify, "", r)
	}
	d.Log.Error("insi", "err", err)
	return d.refused(ctx, c, id, journal.Identify, "", ErrINSiDown.With(err))
}

// ErrINSiDown says that INSi could not be asked.
var ErrINSiDown = &finding.Refusal{ID: "INSI-INJOIGNABLE", Kind: finding.Unavailable, Rule: "Guide INSi",
	Message: finding.T("Le téléservice INSi ne répond pas.", "The INSi teleservice does not answer."),
	Fix:     finding.T("L'identité garde son statut ; recommencez plus tard.", "The identity keeps its status; try again later.")}

func nonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
