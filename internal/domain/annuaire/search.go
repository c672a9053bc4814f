package annuaire

import (
	"math/bits"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

// How much work a search does before it lets changes pass, and before it stops counting by itself.
const (
	lockedWork = 2048 // candidates looked at under one lock
	cheapTotal = 2000 // candidates up to which the total is counted unasked
)

var (
	tooMany     = finding.T("La recherche a trop de conditions ou de valeurs.", "The search has too many conditions or values.")
	badModifier = finding.T("Ce modificateur n'est pas servi pour ce paramètre (textes : contains, exact ; codes : not).", "This modifier is not served for this parameter (texts: contains, exact; codes: not).")
)

// Total says how the number of results is wanted.
type Total int

// The ways.
const (
	TotalCheap    Total = iota // when it costs little
	TotalNone                  // never
	TotalAccurate              // counted
)

// Query is one page of a search.
type Query struct {
	Kind     Kind
	Clauses  []Clause
	Snapshot uint32 // version of the directory the list was begun on; 0 for now
	After    uint32 // place after which the page begins; 0 for the first page
	Count    int
	Total    Total
}

// Hit is a state of a resource. Its record does not change and stays readable.
type Hit struct {
	Kind    Kind
	ID      ID
	Version uint32 // of the directory, when this state came
	Updated time.Time
	Active  bool
	Place   uint32 // in the list
	rec     []byte
}

// Practitioner, Role, Organization, Service and Device open the record of a hit of their kind.
func (h *Hit) Practitioner() *Practitioner { return open(h, &Practitioner{}) }

// Role opens a situation d'exercice.
func (h *Hit) Role() *Role { return open(h, &Role{}) }

// Organization opens a structure.
func (h *Hit) Organization() *Organization { return open(h, &Organization{}) }

// Service opens an activity.
func (h *Hit) Service() *Service { return open(h, &Service{}) }

// Device opens an equipment.
func (h *Hit) Device() *Device { return open(h, &Device{}) }

func open[T resource](h *Hit, r T) T {
	if h.Kind == r.kind() {
		decode(h.rec, r)
	}
	return r
}

// Page is an answer.
type Page struct {
	Snapshot uint32
	Time     time.Time // of the snapshot
	Hits     []Hit
	Next     uint32 // After of the next page; 0 at the end
	Total    int    // -1 when not said
}

// candidates gives the ordinals that may satisfy a condition; nil when it has no index.
func (a *Annuaire) candidates(k Kind, d *condition) bitmap {
	t := &a.tables[k]
	if d.modifier == "not" {
		return nil
	}
	switch d.param.Type {
	case "string":
		b := newBitmap(len(t.ids))
		list := []*lexicon{t.text(d.param.Name)}
		if k == KPractitioner && d.param.Name == "name" {
			list = append(list, t.text("family"), t.text("given")) // its own has the civilities
		}
		for _, x := range list {
			d.lists(x, b)
		}
		return b
	case "reference":
		b := newBitmap(len(t.ids))
		for i, id := range d.ids {
			target, ok := a.tables[d.kinds[i]].ordinal(id)
			switch {
			case !ok:
			case k == KRole && d.param.Name == "practitioner":
				a.byPractitioner.each(target, b.add)
			case k == KRole:
				a.byOrganization.each(target, b.add)
			default:
				b.addAll(t.token(d.param.Name).exact(id.Text(KOrganization)))
			}
		}
		return b
	case "token":
		return a.tokenCandidates(t, d)
	}
	return nil
}

// lists adds what the words of a lexicon that a text condition asks for carry.
func (d *condition) lists(x *lexicon, b bitmap) {
	for _, want := range d.folded {
		switch d.modifier {
		case "":
			x.prefix(want, b.addAll)
		case "exact":
			b.addAll(x.exact(want))
		default:
			x.containing(want, b.addAll)
		}
	}
}
func (a *Annuaire) tokenCandidates(t *table, d *condition) bitmap {
	if !d.param.indexed && d.param.Name != "_id" && d.param.Name != "identifier" {
		return nil
	}
	for _, x := range d.tokens {
		if x.code == "" {
			return nil // a whole code system
		}
	}
	b := newBitmap(len(t.ids))
	if d.param.Name == "_id" {
		for _, v := range d.raw {
			if id, ok := ParseID(t.kind, v); ok {
				if ord, ok := t.ordinal(id); ok {
					b.add(ord)
				}
			}
		}
		return b
	}
	for _, x := range d.tokens {
		if d.param.Name == "identifier" {
			t.known.each(hash(x.code), func(ord uint32) bool { b.add(ord); return true })
			continue
		}
		b.addAll(t.token(d.param.Name).exact(x.code))
	}
	return b
}

// Search gives one page. The whole list is that of one snapshot: what changes meanwhile neither
// comes in nor goes out.
func (a *Annuaire) Search(q Query) (Page, error) {
	conditions, err := compile(q.Kind, q.Clauses)
	if err != nil {
		return Page{}, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	p := Page{Snapshot: q.Snapshot, Total: -1}
	if p.Snapshot == 0 {
		p.Snapshot = a.version
	}
	if !a.kept(p.Snapshot) {
		return Page{}, ErrPage
	}
	p.Time = time.Unix(0, a.timeOf(p.Snapshot)).UTC()
	s := &scan{a: a, t: &a.tables[q.Kind], snapshot: p.Snapshot, r: newResource(q.Kind)}
	defer s.close()
	for i := range conditions {
		d := &conditions[i]
		if b := a.candidates(q.Kind, d); b == nil {
		} else if s.set == nil {
			s.set = b
		} else {
			s.set.and(b)
			b.release()
		}
		if d.cheap() {
			s.cheap = append(s.cheap, d)
		} else {
			s.deep = append(s.deep, d)
		}
	}
	s.end = uint32(len(s.t.ids))
	total := q.Total
	if total == TotalCheap && q.After == 0 {
		total = TotalNone
		if len(conditions) == 0 && p.Snapshot == a.version {
			p.Total = s.t.standing
		} else if s.set != nil && s.set.count() <= cheapTotal || len(s.deep) == 0 {
			total = TotalAccurate
		}
	}
	return s.page(p, q, total == TotalAccurate)
}

// scan walks the candidates in order.
type scan struct {
	a           *Annuaire
	t           *table
	snapshot    uint32
	set         bitmap // nil: all
	cheap, deep []*condition
	r           resource
	end         uint32
	looked      int
}

func (s *scan) close() {
	if s.set != nil {
		s.set.release()
	}
}

// next gives the first candidate from a place on.
func (s *scan) next(from uint32) (uint32, bool) {
	if s.set == nil {
		return from, from < s.end
	}
	for w := int(from >> 6); w < len(s.set); w++ {
		x := s.set[w]
		if w == int(from>>6) {
			x &= ^uint64(0) << (from & 63)
		}
		if x != 0 {
			return uint32(w<<6 + bits.TrailingZeros64(x)), true
		}
	}
	return 0, false
}

// look gives the state of a candidate if it satisfies the search. From time to time it lets
// changes pass; the error says that the snapshot was lost meanwhile.
func (s *scan) look(ord uint32) (*version, error) {
	if s.looked++; s.looked%lockedWork == 0 {
		s.a.mu.RUnlock()
		s.a.mu.RLock()
		if !s.a.kept(s.snapshot) {
			return nil, ErrPage
		}
	}
	v := s.t.at(ord, s.snapshot)
	if v == nil {
		return nil, nil
	}
	id := s.t.ids[ord]
	for _, d := range s.cheap {
		if !d.holds(nil, id, v.flags, s.a.timeOf(v.born)) {
			return nil, nil
		}
	}
	if len(s.deep) == 0 {
		return v, nil
	}
	decode(s.a.arena.get(v.loc), s.r)
	for _, d := range s.deep {
		if !d.holds(s.r, id, v.flags, 0) {
			return nil, nil
		}
	}
	return v, nil
}

func (s *scan) page(p Page, q Query, count bool) (Page, error) {
	from := q.After
	if count && q.After > 0 {
		from = 0
	}
	found := 0
	for {
		ord, ok := s.next(from)
		if !ok {
			break
		}
		from = ord + 1
		v, err := s.look(ord)
		if err != nil {
			return Page{}, err
		}
		if v == nil {
			continue
		}
		found++
		if ord < q.After {
			continue
		}
		if len(p.Hits) == q.Count {
			if p.Next == 0 && q.Count > 0 {
				p.Next = p.Hits[len(p.Hits)-1].Place + 1
			}
			if !count {
				return p, nil
			}
			continue
		}
		p.Hits = append(p.Hits, s.a.hit(s.t, ord, v))
	}
	if count {
		p.Total = found
	}
	return p, nil
}

func (a *Annuaire) hit(t *table, ord uint32, v *version) Hit {
	return Hit{Kind: t.kind, ID: t.ids[ord], Version: v.born, Updated: time.Unix(0, a.timeOf(v.born)).UTC(), Active: v.flags&flagActive != 0, Place: ord, rec: a.arena.get(v.loc)}
}

// Read gives one resource as it stands; gone when it was there.
func (a *Annuaire) Read(k Kind, id ID) (h Hit, found, gone bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	t := &a.tables[k]
	ord, ok := t.ordinal(id)
	if !ok {
		return Hit{}, false, false
	}
	if v := t.at(ord, a.version); v != nil {
		return a.hit(t, ord, v), true, false
	}
	return Hit{}, false, t.head[ord] != 0 && t.version(t.head[ord]-1).born <= a.version
}
