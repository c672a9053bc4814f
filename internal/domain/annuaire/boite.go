package annuaire

import (
	"slices"
	"strings"
)

// What an operator of secure mail says of its mailboxes («boîtes aux lettres»). The operator holds
// the truth; the directory is brought to say it.

// Carrier is what carries a mailbox: a person (Professional alone), their situation in a structure
// (both), or a structure (Structure alone). Both are national identifiers.
// spec: MSSANTE 2
type Carrier struct{ Professional, Structure string }

// Posted is a mailbox and what carries it. Gone: it must not be there any more.
type Posted struct {
	Carrier
	Mailbox
	Gone bool
}

// PublishMailboxes makes the directory say of owned addresses exactly what list says; those that
// nobody carries any more are taken away. owned holds addresses, and domains written @domain.
// Nothing happens when everything is as it should. unknown are those whose carrier the directory
// does not have, or no more.
func (a *Annuaire) PublishMailboxes(owned []string, list []Posted) (unknown []Posted, err error) {
	c := a.begin()
	want := map[entryKey][]Posted{}
	for _, key := range a.carrying(owned) {
		want[key] = nil
	}
	for _, p := range list {
		key, ok := c.carrier(p.Carrier)
		if !ok {
			if !p.Gone {
				unknown = append(unknown, p)
			}
			continue
		}
		want[key] = append(want[key], p)
	}
	for key, said := range want {
		c.post(key, owned, said)
	}
	return unknown, c.commit()
}

// carrying lists what carries one of the addresses, as far as it is published.
func (a *Annuaire) carrying(owned []string) (keys []entryKey) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, k := range []Kind{KPractitioner, KRole, KOrganization} {
		t := &a.tables[k]
		x := t.text("mailbox-mss")
		found := newBitmap(len(t.ids))
		for _, o := range owned {
			if strings.HasPrefix(o, "@") {
				x.containing(fold(o), found.addAll)
			} else {
				found.addAll(x.exact(fold(o)))
			}
		}
		for ord := range t.ids {
			if found[ord>>6]&(1<<(ord&63)) != 0 {
				keys = append(keys, entryKey{k, t.ids[ord]})
			}
		}
	}
	return keys
}

// carrier finds the resource of a carrier.
func (c *change) carrier(at Carrier) (entryKey, bool) {
	if at.Professional == "" {
		id := c.a.organizationNamed(at.Structure)
		return entryKey{KOrganization, id}, id != 0 && at.Structure != ""
	}
	id := idOf(at.Professional)
	var p Practitioner
	if _, ok := c.get(KPractitioner, id, &p); !ok || p.IDNat != at.Professional || !p.Active {
		return entryKey{}, false
	}
	if at.Structure == "" {
		return entryKey{KPractitioner, id}, true
	}
	place := c.a.organizationNamed(at.Structure)
	ord, ok := c.a.tables[KPractitioner].ordinal(id)
	if !ok || place == 0 {
		return entryKey{}, false
	}
	out := entryKey{}
	t := &c.a.tables[KRole]
	c.a.byPractitioner.each(ord, func(o uint32) {
		var r Role
		v := t.last(o)
		if out.id == 0 && v != nil && v.flags&flagActive != 0 && decode(c.a.arena.get(v.loc), &r) && r.Practitioner == id && r.Organization == place {
			out = entryKey{KRole, t.ids[o]}
		}
	})
	return out, out.id != 0
}

// post writes the owned mailboxes of one resource; the others stay, and so does the order.
func (c *change) post(key entryKey, owned []string, said []Posted) {
	r := newResource(key.kind)
	flags, ok := c.get(key.kind, key.id, r)
	if !ok {
		return
	}
	var out []Mailbox
	for _, m := range mailboxes(r) {
		i := slices.IndexFunc(said, func(p Posted) bool { return strings.EqualFold(p.Address, m.Address) })
		switch {
		case i >= 0 && !said[i].Gone:
			n := said[i].Mailbox
			n.Paperless = m.Paperless
			out = append(out, n)
		case i >= 0, isOwned(owned, m.Address):
		default:
			out = append(out, m)
		}
	}
	for _, p := range said {
		if !p.Gone && !slices.ContainsFunc(out, func(m Mailbox) bool { return m.Address == p.Address }) {
			out = append(out, p.Mailbox)
		}
	}
	switch r := r.(type) {
	case *Practitioner:
		r.Mailboxes = out
	case *Role:
		r.Mailboxes = out
	case *Organization:
		r.Mailboxes = out
	}
	c.putID(r, key.id, flags)
}

func isOwned(owned []string, address string) bool {
	address = strings.ToLower(address)
	at := strings.LastIndexByte(address, '@')
	return slices.ContainsFunc(owned, func(o string) bool {
		return strings.EqualFold(o, address) || at >= 0 && strings.EqualFold(o, address[at:])
	})
}

// preferred chooses the mailbox to write to: the best rank, and one that people read before that
// of a program.
func preferred(list []Mailbox) string {
	best, order := "", 0
	for _, m := range list {
		n := m.Rank
		if n <= 0 {
			n = 1000
		}
		if m.Type == "APP" {
			n += 10_000
		}
		if !m.Red && (best == "" || n < order) {
			best, order = m.Address, n
		}
	}
	return best
}

// CarrierOf tells what carries the mailboxes of a resource, by its national identifiers.
func (a *Annuaire) CarrierOf(h *Hit) (Carrier, bool) {
	switch h.Kind {
	case KPractitioner:
		p := h.Practitioner()
		return Carrier{Professional: p.IDNat}, p.IDNat != ""
	case KOrganization:
		o := h.Organization()
		return Carrier{Structure: o.IDNat}, o.IDNat != ""
	case KRole:
		r := h.Role()
		p, ok, _ := a.Read(KPractitioner, r.Practitioner)
		o, placed, _ := a.Read(KOrganization, r.Organization)
		if !ok || !placed {
			return Carrier{}, false
		}
		c := Carrier{p.Practitioner().IDNat, o.Organization().IDNat}
		return c, c.Professional != "" && c.Structure != ""
	}
	return Carrier{}, false
}
