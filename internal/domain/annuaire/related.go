package annuaire

// Relation is one kind of link an answer may bring along.
type Relation struct {
	From    Kind
	Param   string
	Reverse bool
}

// relations are the links there are.
// spec: IDENTITY B
var relations = []struct {
	from  Kind
	param string
	to    Kind
}{
	{KRole, "organization", KOrganization}, {KRole, "practitioner", KPractitioner}, {KOrganization, "partof", KOrganization},
	{KDevice, "organization", KOrganization}, {KService, "organization", KOrganization},
}

// RelationsOf lists the links of a resource as _include (reverse false) or _revinclude values.
func RelationsOf(k Kind, reverse bool) (out []Relation, names []string) {
	for _, r := range relations {
		if !reverse && r.from == k || reverse && r.to == k {
			out = append(out, Relation{r.from, r.param, reverse})
			names = append(names, r.from.String()+":"+r.param)
		}
	}
	return out, names
}

// Related gives what hits are linked to, at a snapshot, each once and none of the hits themselves.
// When over limit it stops before a hit and says how many hits were served.
func (a *Annuaire) Related(snapshot uint32, hits []Hit, links []Relation, limit int) (out []Hit, served int, err error) {
	if len(links) == 0 {
		return nil, len(hits), nil
	}
	type key struct {
		kind Kind
		id   ID
	}
	have := make(map[key]bool, 2*len(hits))
	for i := range hits {
		have[key{hits[i].Kind, hits[i].ID}] = true
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	for i := range hits {
		if i > 0 && i%256 == 0 {
			a.mu.RUnlock()
			a.mu.RLock()
		}
		if !a.kept(snapshot) {
			return nil, 0, ErrPage
		}
		before := len(out)
		for _, l := range links {
			a.linked(&hits[i], l, snapshot, func(t *table, ord uint32) {
				if v := t.at(ord, snapshot); v != nil && !have[key{t.kind, t.ids[ord]}] {
					have[key{t.kind, t.ids[ord]}] = true
					out = append(out, a.hit(t, ord, v))
				}
			})
		}
		if len(out) > limit && i > 0 {
			return out[:before], i, nil
		}
	}
	return out, len(hits), nil
}

// linked gives what may be at the other end of a link of a hit.
func (a *Annuaire) linked(h *Hit, l Relation, snapshot uint32, f func(t *table, ord uint32)) {
	if !l.Reverse {
		r := newResource(h.Kind)
		decode(h.rec, r)
		k, id := references(r, l.Param)
		if id == 0 {
			return
		}
		if ord, ok := a.tables[k].ordinal(id); ok {
			f(&a.tables[k], ord)
		}
		return
	}
	t := &a.tables[l.From]
	target, ok := a.tables[h.Kind].ordinal(h.ID)
	if !ok {
		return
	}
	switch {
	case l.From == KRole && l.Param == "practitioner":
		a.byPractitioner.each(target, func(o uint32) { f(t, o) })
	case l.From == KRole:
		a.byOrganization.each(target, func(o uint32) { f(t, o) })
	default:
		x := newResource(l.From)
		for _, o := range t.token(l.Param).exact(h.ID.Text(h.Kind)) {
			if v := t.at(o, snapshot); v != nil && decode(a.arena.get(v.loc), x) {
				if _, to := references(x, l.Param); to != h.ID {
					continue
				}
			}
			f(t, o)
		}
	}
}
