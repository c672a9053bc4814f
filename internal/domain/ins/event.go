package ins

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// Kind is something that happens to an identity. The words are kept in its history for ever.
type Kind string

// The closed list of what happens to an identity.
const (
	Created           Kind = "creation"
	Obtained          Kind = "insi.trouvee"        // INSi answered 00 and the traits were accepted
	Confirmed         Kind = "insi.confirmee"      // INSi verified the INS: OK
	Denied            Kind = "insi.infirmee"       // INSi verified the INS: KO
	EvidenceChecked   Kind = "piece.controlee"     // somebody looked at a document
	EvidenceWithdrawn Kind = "piece.retiree"       // the check did not hold
	TraitsChanged     Kind = "traits.modifies"     // strict traits, by hand
	Supplemented      Kind = "complements.poses"   // complementary traits
	HomonymMarked     Kind = "homonyme.pose"       //
	HomonymLifted     Kind = "homonyme.leve"       //
	DoubtMarked       Kind = "douteuse.pose"       //
	DoubtLifted       Kind = "douteuse.leve"       //
	FictionMarked     Kind = "fictive.pose"        //
	FictionLifted     Kind = "fictive.leve"        //
	AnonymityMarked   Kind = "anonymat.pose"       // care under anonymity: fictive and hidden
	AnonymityLifted   Kind = "anonymat.leve"       //
	Merged            Kind = "fusion.absorbee"     // on the identity that was merged into another
	Absorbing         Kind = "fusion.absorbe"      // on the one that stays
	Separated         Kind = "separation.rendue"   // on the identity given back
	Separating        Kind = "separation.detachee" // on the one that stays
)

// Event is one thing that happens to one identity, with its evidence.
type Event struct {
	Kind       Kind
	By         string        // idNat of the operator
	Reason     string        // in the operator's words
	INS        insid.INS     // Obtained
	Former     []Former      // Obtained: INSHISTO
	Traits     Traits        // Obtained: as INSi answered; TraitsChanged: the new ones
	Accepted   bool          // Obtained: somebody compared the traits that differ
	Evidence   Evidence      // EvidenceChecked
	Complement Complementary // Supplemented
}

// Complementary are the complementary traits, all of them: they replace those there were.
// spec: INS §2 (complementary traits)
type Complementary struct {
	UsedName, UsedGiven  string
	BirthTown            string
	Phone, Mail, Address string
	Profession, Vitale   string
	Local                []LocalID
	Related              []Related
}

// Complements gives the complementary traits of a person.
func (p *Person) Complements() Complementary {
	return Complementary{UsedName: p.Traits.UsedName, UsedGiven: p.Traits.UsedGiven, BirthTown: p.BirthTown, Phone: p.Phone, Mail: p.Mail,
		Address: p.Address, Profession: p.Profession, Vitale: p.Vitale, Local: p.Local, Related: p.Related}
}

// Bounds of what is kept about one identity.
const (
	MaxPast       = 256 // changes kept beside the identity; the journal keeps all
	maxReason     = 300 // bytes of the reason given by an operator
	maxComplement = 400 // bytes of one complementary trait
	maxLocal      = 64  // IPP of one person: one an establishment
	maxRelated    = 32  // related persons
	maxFormer     = 64  // matricules of one person
)

// Apply gives the person that results from an event, or a *finding.Refusal; the person given is
// left as it was. What does not change anything leaves no line in the history.
// spec: INS §3
func Apply(p Person, e Event, now time.Time) (Person, error) {
	if p.MergedInto != "" {
		return p, ErrMerged.At(string(p.MergedInto))
	}
	if r := checkReason(e.Reason); r != nil {
		return p, r
	}
	do, ok := transitions[e.Kind]
	if !ok {
		return p, errEvent.At(string(e.Kind))
	}
	n := p
	n.ModifiedAt = now
	line := Change{At: now, By: e.By, What: e.Kind, Detail: e.Reason, Before: p.Status}
	changed, err := do(&n, e, now, &line)
	if err != nil {
		return p, err
	}
	if !changed {
		return p, nil
	}
	n.Settle()
	n.Remember(line)
	return n, nil
}

// Remember adds a line to the history. The first line, the creation, is never lost.
func (p *Person) Remember(line Change) {
	line.After = p.Status
	past := append(slices.Clone(p.Past), line)
	if over := len(past) - MaxPast; over > 0 {
		past = append(past[:1:1], past[1+over:]...)
	}
	p.Past = past
}

// transitions is the state machine: what each event does, before the status is derived again.
var transitions = map[Kind]func(p *Person, e Event, now time.Time, line *Change) (changed bool, err error){
	Created:           create,
	Obtained:          obtain,
	Confirmed:         confirm,
	Denied:            deny,
	EvidenceChecked:   check,
	EvidenceWithdrawn: withdraw,
	TraitsChanged:     change,
	Supplemented:      supplement,
	HomonymMarked:     mark(func(p *Person) *bool { return &p.Homonyme }, true),
	HomonymLifted:     mark(func(p *Person) *bool { return &p.Homonyme }, false),
	DoubtMarked:       doubt,
	DoubtLifted:       mark(func(p *Person) *bool { return &p.Douteuse }, false),
	FictionMarked:     feign,
	FictionLifted:     unfeign,
	AnonymityMarked:   hide,
	AnonymityLifted:   unhide,
}

// create checks the five mandatory traits of an identity that has no history yet.
// spec: INS §2 (strict traits)
func create(p *Person, _ Event, now time.Time, line *Change) (bool, error) {
	if len(p.Past) > 0 {
		return false, errEvent.At(string(Created))
	}
	p.Traits = p.Traits.Normalised()
	if err := p.Traits.Check(); err != nil {
		return false, err
	}
	if r := CheckNotFuture("birth_date", p.Traits.BirthDate, now); r != nil {
		return false, r
	}
	line.INS, line.Evidence = p.INS, p.Evidence
	return true, nil
}

// obtain attaches the INS that INSi answered, and its traits take the place of those there were.
// spec: INS §3 (transitions)
func obtain(p *Person, e Event, _ time.Time, line *Change) (bool, error) {
	if r := p.closedToINSi(); r != nil {
		return false, r
	}
	if e.INS.IsZero() || !insid.IsINS(e.INS.OID) {
		return false, ErrOIDUnknown.At(e.INS.OID)
	}
	if !p.INS.IsZero() && p.INS != e.INS && !replaces(e, p.INS) {
		return false, ErrOtherINS
	}
	hint := e.Traits.FirstGiven
	if hint == "" {
		hint = p.Traits.FirstGiven
	}
	t := e.Traits.Normalised()
	if t.Givens == "" {
		t.Givens = Normalise(hint)
	}
	first, ok := FirstOf(t.Givens, hint)
	if !ok {
		return false, ErrFirstGiven
	}
	t.FirstGiven = first
	if t.BirthPlace == "" {
		t.BirthPlace = p.Traits.BirthPlace
	}
	t.UsedName, t.UsedGiven = p.Traits.UsedName, p.Traits.UsedGiven
	if err := t.checkAnswered(); err != nil {
		return false, err
	}
	diff := p.Traits.Differences(t)
	blocking := slices.DeleteFunc(slices.Clone(diff), func(name string) bool { return name == "birth_place" })
	if len(blocking) > 0 && !e.Accepted {
		return false, ErrToCompare.At(strings.Join(blocking, ", "))
	}
	if p.INS != e.INS && !p.INS.IsZero() {
		p.Former = addFormer(p.Former, Former{INS: p.INS})
		p.dropINS()
	}
	for _, f := range e.Former {
		p.Former = addFormer(p.Former, f)
	}
	p.INS, p.Traits = e.INS, t
	line.INS = e.INS
	line.Detail = join(line.Detail, diff)
	return true, nil
}

// replaces tells whether a new matricule is of the same person as the one attached: a NIR after
// the waiting number (NIA), or a matricule whose history (INSHISTO) holds the old one, as after a
// change of sex.
// spec: INS §1 (NIA), §6 (INSHISTO)
func replaces(e Event, old insid.INS) bool {
	return waiting(old, e.INS) || slices.ContainsFunc(e.Former, func(f Former) bool { return f.INS == old })
}

// checkAnswered checks traits of the registers: a date or a place in their form is kept as given.
func (t Traits) checkAnswered() error {
	if _, _, ok := monthDay(t.BirthDate); ok {
		t.BirthDate = firstYear + "-00-00"
	}
	if len(t.BirthPlace) == len(UnknownPlace) {
		t.BirthPlace = UnknownPlace
	}
	return t.Check()
}

func addFormer(list []Former, f Former) []Former {
	if f.INS.IsZero() || len(list) >= maxFormer || slices.ContainsFunc(list, func(x Former) bool { return x.INS == f.INS }) {
		return list
	}
	return append(slices.Clip(list), f)
}

// closedToINSi refuses what forbids INSi.
// spec: INS §3 (attributes)
func (p *Person) closedToINSi() *finding.Refusal {
	switch {
	case p.MergedInto != "":
		return ErrMerged.At(string(p.MergedInto))
	case p.Douteuse:
		return ErrDoubtful
	case p.Fictive:
		return ErrFictive
	}
	return nil
}

// OpenToINSi refuses an identity that may not be sent to INSi: doubtful, fictive or merged.
// spec: INS §3 (attributes)
func (p *Person) OpenToINSi() error {
	if r := p.closedToINSi(); r != nil {
		return r
	}
	return nil
}

func confirm(p *Person, _ Event, _ time.Time, line *Change) (bool, error) {
	if p.INS.IsZero() {
		return false, ErrNoINS
	}
	line.INS = p.INS
	return true, nil
}

// deny drops the INS that INSi does not recognise.
// spec: INS §3 (INSi verification KO)
func deny(p *Person, _ Event, _ time.Time, line *Change) (bool, error) {
	if p.INS.IsZero() {
		return false, ErrNoINS
	}
	line.INS = p.INS
	p.dropINS()
	return true, nil
}

// check records a document. One that does not validate is noted, and takes nothing away from one
// that did.
// spec: INS §2 (identity evidence)
func check(p *Person, e Event, now time.Time, line *Change) (bool, error) {
	switch {
	case p.Douteuse:
		return false, ErrDoubtful
	case p.Fictive:
		return false, ErrFictive
	}
	if e.Evidence.Operator == "" {
		e.Evidence.Operator = e.By
	}
	if r := CheckEvidence(e.Evidence, p.Traits.BirthDate, now); r != nil {
		return false, r
	}
	line.Evidence = e.Evidence
	if e.Evidence.Validates(p.Traits.BirthDate) || !p.Evidence.Validates(p.Traits.BirthDate) {
		p.Evidence = e.Evidence
	}
	return true, nil
}

func withdraw(p *Person, _ Event, _ time.Time, line *Change) (bool, error) {
	if p.Evidence.Kind == "" {
		return false, ErrNoEvidence
	}
	line.Evidence, p.Evidence = p.Evidence, Evidence{}
	return true, nil
}

// change replaces the strict traits by hand; the INS that was given for others is dropped.
// spec: INS §3 (transitions)
func change(p *Person, e Event, now time.Time, line *Change) (bool, error) {
	t := e.Traits
	if t.UsedName == "" {
		t.UsedName = p.Traits.UsedName
	}
	if t.UsedGiven == "" {
		t.UsedGiven = p.Traits.UsedGiven
	}
	t = t.Normalised()
	if err := t.Check(); err != nil {
		return false, err
	}
	if r := CheckNotFuture("birth_date", t.BirthDate, now); r != nil {
		return false, r
	}
	if t == p.Traits {
		return false, nil
	}
	diff := p.Traits.Differences(t)
	if Comparable(t.Givens) != Comparable(p.Traits.Givens) {
		diff = append(diff, "birth_givens")
	}
	line.INS = p.INS
	line.Detail = join(line.Detail, diff)
	p.Change(t)
	if !p.INS.IsZero() {
		line.INS = insid.INS{} // only the spelling changed: nothing was dropped
	}
	return true, nil
}

func supplement(p *Person, e Event, _ time.Time, _ *Change) (bool, error) {
	c := e.Complement
	if r := c.check(); r != nil {
		return false, r
	}
	c.UsedName, c.UsedGiven = Normalise(c.UsedName), Normalise(c.UsedGiven)
	if c.equal(p.Complements()) {
		return false, nil
	}
	p.Traits.UsedName, p.Traits.UsedGiven = c.UsedName, c.UsedGiven
	p.BirthTown, p.Phone, p.Mail, p.Address, p.Profession, p.Vitale = c.BirthTown, c.Phone, c.Mail, c.Address, c.Profession, c.Vitale
	p.Local, p.Related = slices.Clone(c.Local), slices.Clone(c.Related)
	return true, nil
}

func (c Complementary) equal(o Complementary) bool {
	if !slices.Equal(c.Local, o.Local) || !slices.Equal(c.Related, o.Related) {
		return false
	}
	one := [...]string{c.UsedName, c.UsedGiven, c.BirthTown, c.Phone, c.Mail, c.Address, c.Profession, c.Vitale}
	return one == [...]string{o.UsedName, o.UsedGiven, o.BirthTown, o.Phone, o.Mail, o.Address, o.Profession, o.Vitale}
}

func (c *Complementary) check() *finding.Refusal {
	for _, f := range []struct{ name, value string }{{"birth_town", c.BirthTown}, {"phone", c.Phone}, {"mail", c.Mail}, {"address", c.Address},
		{"profession", c.Profession}, {"vitale", c.Vitale}} {
		if r := checkFree(f.name, f.value); r != nil {
			return r
		}
	}
	if c.Mail != "" && strings.Count(c.Mail, "@") != 1 {
		return errTrait.At("mail").Saying(finding.T("L'adresse de courriel n'en est pas une.", "The mail address is none."))
	}
	if r := checkUsed("used_name", c.UsedName); r != nil {
		return r
	}
	if r := checkUsed("used_given", c.UsedGiven); r != nil {
		return r
	}
	if len(c.Local) > maxLocal || len(c.Related) > maxRelated {
		return errTrait.At("related, local").Saying(finding.Tf("Au plus %d identifiants locaux et %d proches.", "At most %d local identifiers and %d related persons.", maxLocal, maxRelated))
	}
	for _, l := range c.Local {
		if r := checkFree("local", l.Value+l.Authority); r != nil || l.Value == "" {
			return errTrait.At("local").Saying(finding.T("Un identifiant local est vide ou illisible.", "A local identifier is empty or unreadable."))
		}
	}
	for _, r := range c.Related {
		if _, known := Links[r.Link]; !known {
			return errTrait.At("related").Saying(finding.Tf("Le lien «%s» n'est pas connu.", "Link %q is not known.", r.Link))
		}
		if e := checkFree("related", r.Name+r.Phone+string(r.Person)); e != nil {
			return e
		}
	}
	return nil
}

// checkFree refuses a text nobody would write in a field of one line, or in an address of several.
func checkFree(field, s string) *finding.Refusal {
	if len(s) > maxComplement {
		return errTrait.At(field).Saying(finding.Tf("Le champ %s dépasse %d octets.", "The field %s is over %d bytes.", field, maxComplement))
	}
	for _, c := range s {
		if unicode.IsControl(c) && !(c == '\n' && field == "address") {
			return errTrait.At(field).Saying(finding.Tf("Le champ %s contient un caractère de commande.", "The field %s holds a control character.", field))
		}
	}
	return nil
}

// mark sets or lifts an attribute that has no other effect.
func mark(field func(*Person) *bool, on bool) func(*Person, Event, time.Time, *Change) (bool, error) {
	return func(p *Person, _ Event, _ time.Time, _ *Change) (bool, error) {
		f := field(p)
		if *f == on {
			return false, nil
		}
		*f = on
		return true, nil
	}
}

// doubt forces the identity back to provisional: neither its INS nor the document shown hold any more.
// spec: INS §3 (attributes)
func doubt(p *Person, e Event, _ time.Time, line *Change) (bool, error) {
	if p.Douteuse {
		return false, nil
	}
	if strings.TrimSpace(e.Reason) == "" {
		return false, ErrReason
	}
	line.INS, line.Evidence = p.INS, p.Evidence
	p.Douteuse, p.Evidence = true, Evidence{}
	return true, nil
}

// feign makes an identity fictive: for tests and training, never one of somebody.
// spec: INS §3 (attributes)
func feign(p *Person, _ Event, _ time.Time, line *Change) (bool, error) {
	if p.Fictive {
		return false, nil
	}
	line.INS, line.Evidence = p.INS, p.Evidence
	p.Fictive, p.Evidence = true, Evidence{}
	return true, nil
}

func unfeign(p *Person, _ Event, _ time.Time, _ *Change) (bool, error) {
	if p.Anonyme {
		return false, ErrAnonymous
	}
	if !p.Fictive {
		return false, nil
	}
	p.Fictive = false
	return true, nil
}

// hide puts an identity under anonymity: it is then a fictive one.
// spec: INS §3 (attributes)
func hide(p *Person, _ Event, _ time.Time, line *Change) (bool, error) {
	if p.Anonyme {
		return false, nil
	}
	line.INS, line.Evidence = p.INS, p.Evidence
	p.Anonyme, p.Fictive, p.Evidence = true, true, Evidence{}
	return true, nil
}

func unhide(p *Person, _ Event, _ time.Time, _ *Change) (bool, error) {
	if !p.Anonyme {
		return false, nil
	}
	p.Anonyme, p.Fictive = false, false
	return true, nil
}

func checkReason(s string) *finding.Refusal {
	if len(s) > maxReason {
		return ErrReason.Saying(finding.Tf("Le motif dépasse %d octets.", "The reason is over %d bytes.", maxReason))
	}
	if r := checkFree("motif", s); r != nil {
		return ErrReason.Saying(r.Message)
	}
	return nil
}

func join(reason string, traits []string) string {
	list := strings.Join(traits, ", ")
	if reason == "" || list == "" {
		return reason + list
	}
	return reason + " (" + list + ")"
}
