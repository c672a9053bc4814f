package demo

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Options of a territory.
type Options struct {
	Persons int              // how many citizens; DefaultPersons when 0, never fewer than MinPersons
	Now     func() time.Time // the clock of the record when nil
	// Progress is told, one call at a time, how many documents of how many are in place.
	Progress func(done, total int)
}

// Sizes of a territory.
const (
	DefaultPersons = 200
	MinPersons     = 3 // the citizens who are personas
	MaxPersons     = 100_000
	known          = 10 // citizens read back when the territory is already there
	hands          = 48 // deposits under way at once: more wait for the disk than compute, and share its synchronisations
)

// Populate puts the territory in the record: persons, open records, authorisations and ten years
// of documents, all through the domain. It gives the citizens in their stable order, personas first.
//
// A territory already whole is only read back, and then only its first ten citizens are given. One
// interrupted is completed: what is written depends on the seed and on the day of the first
// population alone, so that what is already there is recognised.
func Populate(ctx context.Context, d *dmp.DMP, o Options) ([]*ins.Person, error) {
	if o.Persons == 0 {
		o.Persons = DefaultPersons
	}
	o.Persons = min(max(o.Persons, MinPersons), MaxPersons)
	if o.Now == nil {
		o.Now = d.Now
	}
	today, first, err := readBack(ctx, d, o)
	if err != nil || first != nil {
		return first, err
	}
	t := &territory{dmp: d, cast: newCast(), citizens: roster(o.Persons, today), progress: o.Progress}
	return t.populate(ctx)
}

// marker is the key of the document deposited last, when all others are in place. It depends on the
// size: a territory that grows is completed.
func marker(persons int) string { return fmt.Sprintf("dernier/%d", persons) }

// readBack gives the first citizens of a whole territory, else the day it is to be made for.
func readBack(ctx context.Context, d *dmp.DMP, o Options) (today time.Time, first []*ins.Person, err error) {
	err = d.Store.View(ctx, func(r dmp.Reader) error {
		today = dayOf(o.Now())
		p, err := r.Person(personID(0))
		if errors.Is(err, dmp.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		today = dayOf(p.CreatedAt)
		last := &citizen{index: lastIndex(o.Persons), today: today}
		if _, err := r.OwnerOfDocument(last.uid(marker(o.Persons))); err != nil {
			if errors.Is(err, dmp.ErrNotFound) {
				return nil
			}
			return err
		}
		for i := range min(known, o.Persons) {
			p, err := r.Person(personID(i))
			if err != nil {
				return err
			}
			first = append(first, p)
		}
		return nil
	})
	return today, first, err
}

// lastIndex is the last citizen whose record takes documents to the end.
func lastIndex(persons int) int {
	for i := persons - 1; i > 0; i-- {
		if stateOf(i) == followed {
			return i
		}
	}
	return 0
}

// territory is a population under way.
type territory struct {
	dmp      *dmp.DMP
	cast     *cast
	citizens []*citizen

	progress    func(done, total int)
	mu          sync.Mutex
	done, total int
}

func (t *territory) step() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if t.progress != nil {
		t.progress(t.done, t.total)
	}
}

// caller is a professional at the territory's own door.
func (t *territory) caller(i int) dmp.Caller {
	return dmp.Caller{Actor: acces.ProfessionalActor(&t.cast.pros[i], &t.cast.structures[t.cast.of[i]], acces.Directe), Door: "demo"}
}

func (t *territory) populate(ctx context.Context) ([]*ins.Person, error) {
	// Plans are made twice, to be counted then followed: a large territory would not hold in memory.
	for _, c := range t.citizens {
		t.total += len(c.papers())
	}
	last := t.citizens[lastIndex(len(t.citizens))]
	end := last.final(marker(len(t.citizens)))
	t.total++

	out := make([]*ins.Person, len(t.citizens))
	// The persona comes first and alone: the day it was created dates the territory.
	var err error
	if out[0], err = t.settle(ctx, t.citizens[0]); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work := make(chan int)
	var busy sync.WaitGroup
	for range hands {
		busy.Go(func() {
			for i := range work {
				p, err := t.settle(ctx, t.citizens[i])
				if err != nil {
					stop(err)
					return
				}
				out[i] = p
			}
		})
	}
	for i := 1; i < len(t.citizens); i++ {
		select {
		case work <- i:
		case <-ctx.Done():
			i = len(t.citizens)
		}
	}
	close(work)
	busy.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := t.deposit(ctx, last, end); err != nil {
		return nil, err
	}
	t.step()
	return out, nil
}

// settle makes one citizen known, opens the record, forms the care team and deposits the documents.
func (t *territory) settle(ctx context.Context, c *citizen) (*ins.Person, error) {
	p, err := t.identify(ctx, c)
	if err != nil || c.state != followed && c.state != opposed && c.state != closed {
		return p, err
	}
	var rec dmp.Record
	var team []acces.Authorisation
	there := map[string]bool{} // documents of an interrupted population
	err = t.dmp.Store.View(ctx, func(r dmp.Reader) error {
		var err error
		if rec, err = r.Record(p.ID); err != nil && !errors.Is(err, dmp.ErrNotFound) {
			return err
		}
		if team, err = r.Authorisations(p.ID); err != nil {
			return err
		}
		entries, err := r.Entries(p.ID)
		for _, e := range entries {
			there[e.UniqueID] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if rec.State == dmp.None {
		if c.state == opposed {
			return p, t.dmp.OpposeRecord(ctx, dmp.Caller{Actor: acces.CitizenActor(p), Door: "demo"}, p.ID, "Opposition exprimée à l'ouverture.")
		}
		if err := t.dmp.Open(ctx, t.caller(secretary), p.ID); err != nil {
			return nil, err
		}
		rec.State = dmp.Ouvert
	}
	if rec.State != dmp.Ouvert {
		return p, nil // opposed or closed since: left as it is
	}
	if err := t.team(ctx, c, p, team); err != nil {
		return nil, err
	}
	for _, x := range c.papers() {
		if !there[c.uid(x.key)] {
			if err := t.deposit(ctx, c, x); err != nil {
				return nil, err
			}
		}
		if x.hidden {
			if err := t.hide(ctx, c, x); err != nil {
				return nil, err
			}
		}
		t.step()
	}
	if c.state == closed {
		return p, t.dmp.CloseRecord(ctx, dmp.Caller{Actor: acces.CitizenActor(p), Door: "demo"}, p.ID, "Fermé à la demande de la personne.")
	}
	return p, nil
}

// identify keeps a citizen, or gives back the one already kept.
func (t *territory) identify(ctx context.Context, c *citizen) (*ins.Person, error) {
	var kept *ins.Person
	err := t.dmp.Store.View(ctx, func(r dmp.Reader) error {
		p, err := r.Person(c.person.ID)
		if errors.Is(err, dmp.ErrNotFound) {
			return nil
		}
		kept = p
		return err
	})
	if err != nil || kept != nil {
		return kept, err
	}
	p := c.person
	if p.Evidence.Kind != "" {
		p.Evidence.Operator, p.Evidence.Date = t.cast.pros[secretary].IDNat, c.today.AddDate(0, -1-c.index%11, -c.index%27).Format("2006-01-02")
	}
	kept, _, err = t.dmp.Identify(ctx, t.caller(secretary), &p)
	if err != nil {
		return nil, fmt.Errorf("citizen %d: %w", c.index, err)
	}
	return kept, nil
}

// team authorises those who follow a citizen, each in their own name.
func (t *territory) team(ctx context.Context, c *citizen, p *ins.Person, have []acces.Authorisation) error {
	for _, m := range c.team() {
		pro := &t.cast.pros[m.pro]
		already := false
		for _, a := range have {
			already = already || a.Professional == pro.IDNat
		}
		if already {
			continue
		}
		if err := t.dmp.Authorise(ctx, t.caller(m.pro), p.ID, pro, m.mt); err != nil {
			return fmt.Errorf("citizen %d, %s: %w", c.index, pro.Name(), err)
		}
	}
	return nil
}

// deposit submits one document as its author does. Depositing the same bytes again changes nothing.
func (t *territory) deposit(ctx context.Context, c *citizen, p *paper) error {
	raw, line, err := t.cast.compose(c, p)
	if err != nil {
		return err
	}
	doc, err := cda.Parse(raw)
	if err != nil {
		return fmt.Errorf("%s of citizen %d: %w", p.key, c.index, err)
	}
	sub := t.submission(c, p, doc, line)
	if p.replaces != "" {
		target, err := t.entryOf(ctx, c, c.uid(p.replaces))
		if err != nil {
			return err
		}
		sub.Associations = append(sub.Associations, xds.Association{EntryUUID: "Remplace", Type: xds.RPLC, Source: sub.Entries[0].EntryUUID, Target: target})
	}
	_, err = t.dmp.Submit(ctx, t.caller(p.author), sub, []dmp.Document{{EntryID: sub.Entries[0].EntryUUID, Bytes: raw, SHA1: sha1.Sum(raw), SHA256: sha256.Sum256(raw)}})
	if err != nil {
		return fmt.Errorf("%s of citizen %d: %w", p.key, c.index, err)
	}
	return nil
}

// hide masks a document from professionals, as the person asked.
func (t *territory) hide(ctx context.Context, c *citizen, p *paper) error {
	me := dmp.Caller{Actor: acces.CitizenActor(&c.person), Door: "demo"}
	_, err := t.dmp.SetVisibility(ctx, me, c.uid(p.key), xds.MasquePS, true, 0)
	return err
}

// sourceID names the software of the territory's structures.
var sourceID = number("logiciel")

// contentType is the kind of care of a submission.
//
// spec: JDV_J59
func contentType(p *paper) xds.Code {
	const system = "1.2.250.1.213.2.2"
	switch {
	case p.lab != nil:
		return xds.Code{Code: "26", System: system, Display: "Analyses médicales biologiques"}
	case p.encounter == "IMP":
		return xds.Code{Code: "03", System: system, Display: "Hospitalisation complète (non compris hospitalisation de semaine)"}
	}
	return xds.Code{Code: "07", System: system, Display: "Consultations soins externes"}
}

func (t *territory) submission(c *citizen, p *paper, doc *cda.Document, line string) *xds.Submission {
	e := cdameta.Entry(doc)
	e.EntryUUID, e.Comments = "Document01", line
	if p.visibility != "" {
		e.Confidentiality = append(e.Confidentiality, xds.Code{Code: p.visibility, System: xds.VisibilitySystem, Display: visibilityWords[p.visibility]})
	}
	set := xds.SubmissionSet{EntryUUID: "Lot01", UniqueID: number("lot", c.today.Format("2006-01-02"), c.index, p.key), SourceID: sourceID, PatientID: e.PatientID,
		SubmissionTime: xds.FormatDTM(p.time), Title: e.Title, ContentType: contentType(p), Authors: e.Authors[:1]}
	return &xds.Submission{Set: set, Entries: []xds.DocumentEntry{e},
		Associations: []xds.Association{{EntryUUID: "Membre01", Type: xds.HasMember, Source: set.EntryUUID, Target: e.EntryUUID, SetStatus: "Original"}}}
}

var visibilityWords = map[string]string{xds.MasquePS: "Masqué aux professionnels de santé", xds.InvisiblePatient: "Non visible par le patient"}

// entryOf finds the entry of a document deposited before.
func (t *territory) entryOf(ctx context.Context, c *citizen, uid string) (id string, err error) {
	err = t.dmp.Store.View(ctx, func(r dmp.Reader) error {
		entries, err := r.Entries(c.person.ID)
		for _, e := range entries {
			if e.UniqueID == uid {
				id = e.EntryUUID
			}
		}
		return err
	})
	if err == nil && id == "" {
		err = fmt.Errorf("citizen %d: the document to replace is missing", c.index)
	}
	return id, err
}

// member is one professional of a care team.
type member struct {
	pro int
	mt  bool
}

// team lists who follows a citizen.
func (c *citizen) team() []member {
	out := []member{{c.doctor, true}}
	add := func(pro int, when bool) {
		if when && pro != c.doctor {
			out = append(out, member{pro: pro})
		}
	}
	add(cardiologist, c.index < 12 || c.ills[heartFailure] || c.ills[fibrillation])
	add(nurse, c.index >= 3 && (c.index < 12 && c.age > 60 || c.age >= 78 && c.index%2 == 0))
	add(endocrinologist, c.ills[diabetes] && c.index%2 == 0)
	add(nephrologist, c.ills[kidney])
	add(paediatrician, c.age < 6)
	add(pharmacist, c.age >= 65 && c.index%3 == 0)
	return out
}
