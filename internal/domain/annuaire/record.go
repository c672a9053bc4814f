package annuaire

import "unsafe"

// A record is a resource in bytes: its fields in the order of the type, each with its length before
// it. It is what memory keeps, what the log keeps, and what tells whether a change changes anything.

// coder writes a record, or reads one into the same places: one walk serves both, so that they
// cannot disagree. Reading never goes past the record: a damaged one gives empty fields.
type coder struct {
	b       []byte
	at      int
	reading bool
	bad     bool
}

func (c *coder) number(n *uint64) {
	if !c.reading {
		v := *n
		for v >= 0x80 {
			c.b = append(c.b, byte(v)|0x80)
			v >>= 7
		}
		c.b = append(c.b, byte(v))
		return
	}
	*n = 0
	for shift := 0; shift < 64; shift += 7 {
		if c.at >= len(c.b) {
			c.bad = true
			return
		}
		x := c.b[c.at]
		c.at++
		*n |= uint64(x&0x7f) << shift
		if x < 0x80 {
			return
		}
	}
	c.bad = true
}

// text reads without copying: a record never changes, so the string may look into it.
func (c *coder) text(s *string) {
	n := uint64(len(*s))
	if !c.reading {
		c.number(&n)
		c.b = append(c.b, *s...)
		return
	}
	*s = ""
	c.number(&n)
	if c.bad || n > uint64(len(c.b)-c.at) {
		c.bad = true
		return
	}
	if n > 0 {
		*s = unsafe.String(&c.b[c.at], int(n))
		c.at += int(n)
	}
}

func (c *coder) texts(list ...*string) {
	for _, s := range list {
		c.text(s)
	}
}

func (c *coder) id(id *ID) {
	n := uint64(*id)
	c.number(&n)
	*id = ID(n)
}

func (c *coder) flags(list ...*bool) {
	var n uint64
	for i, f := range list {
		if *f {
			n |= 1 << i
		}
	}
	c.number(&n)
	for i, f := range list {
		*f = n&(1<<i) != 0
	}
}

// count writes the length of a list, or reads it; one longer than the bytes that are left is a lie.
func (c *coder) count(n int) int {
	v := uint64(n)
	c.number(&v)
	if c.reading && v > uint64(len(c.b)-c.at) {
		c.bad = true
	}
	if c.bad {
		return 0
	}
	return int(v)
}

func list[T any](c *coder, have *[]T, item func(*T)) {
	n := c.count(len(*have))
	if c.reading {
		*have = append((*have)[:0], make([]T, n)...)
	}
	for i := range *have {
		item(&(*have)[i])
	}
}

func (c *coder) mailboxes(have *[]Mailbox) {
	list(c, have, func(m *Mailbox) {
		c.texts(&m.Address, &m.Type, &m.Description, &m.Service, &m.Responsible)
		rank := uint64(m.Rank)
		c.number(&rank)
		m.Rank = int(rank & 0x7fffffff)
		c.flags(&m.Red, &m.Paperless)
	})
}

func (p *Practitioner) walk(c *coder) {
	c.flags(&p.Active)
	c.texts(&p.IDNat, &p.Family, &p.Given, &p.Civility, &p.Title)
	list(c, &p.Qualifications, func(q *Qualification) {
		n := uint64(q.Nature)
		c.number(&n)
		q.Nature = byte(n)
		c.texts(&q.Type, &q.Code, &q.Profession)
	})
	c.mailboxes(&p.Mailboxes)
	list(c, &p.Cards, func(k *Card) { c.texts(&k.Type, &k.Number, &k.Start, &k.End) })
	c.texts(&p.Authority, &p.System)
}

func (r *Role) walk(c *coder) {
	c.flags(&r.Active)
	c.text(&r.Identifier)
	c.id(&r.Practitioner)
	c.id(&r.Organization)
	c.texts(&r.Profession, &r.Category, &r.Mode, &r.Section, &r.Fonction, &r.Genre, &r.Sector, &r.SkillType, &r.Skill)
	c.mailboxes(&r.Mailboxes)
	c.texts(&r.Authority, &r.System, &r.Start, &r.Finish)
}

func (o *Organization) walk(c *coder) {
	c.flags(&o.Active, &o.Legal)
	c.texts(&o.IDNat, &o.TechnicalID, &o.FINESS, &o.FINESSEJ, &o.SIREN, &o.SIRET, &o.Name, &o.Alias, &o.Sector, &o.Category, &o.Status, &o.SPH, &o.SiteType, &o.Licence)
	c.id(&o.PartOf)
	a := &o.Address
	c.texts(&a.Recipient, &a.Complement, &a.Number, &a.Suffix, &a.StreetType, &a.StreetTypeLabel, &a.Street, &a.Mention, &a.Cedex,
		&a.PostCode, &a.InseeCode, &a.Town, &a.Country, &a.CountryLabel, &a.Department, &a.DepartmentLabel)
	c.texts(&o.Phone, &o.Phone2, &o.Fax, &o.Email)
	c.mailboxes(&o.Mailboxes)
	c.texts(&o.Authority, &o.System, &o.Opened, &o.Practice, &o.Facility)
}

func (s *Service) walk(c *coder) {
	c.flags(&s.Active, &s.Social)
	c.text(&s.Identifier)
	c.id(&s.Organization)
	c.texts(&s.Category, &s.Type, &s.Characteristic, &s.Public, &s.Authorized, &s.Start, &s.End, &s.Installed, &s.Capacity, &s.Updated, &s.Authority, &s.System)
}

func (d *Device) walk(c *coder) {
	c.text(&d.Identifier)
	c.id(&d.Organization)
	c.texts(&d.Type, &d.Status, &d.Manufacturer, &d.Model, &d.Serial, &d.Authorized, &d.Start, &d.End, &d.Authority, &d.System)
}

// resource is any of the five types.
type resource interface {
	walk(c *coder)
	kind() Kind
	key() string
}

func (*Practitioner) kind() Kind { return KPractitioner }
func (*Role) kind() Kind         { return KRole }
func (*Organization) kind() Kind { return KOrganization }
func (*Service) kind() Kind      { return KService }
func (*Device) kind() Kind       { return KDevice }

// encode appends the record of a resource.
func encode(b []byte, r resource) []byte {
	c := coder{b: b}
	r.walk(&c)
	return c.b
}

// decode reads a record; false when it is damaged.
func decode(b []byte, r resource) bool {
	c := coder{b: b, reading: true}
	r.walk(&c)
	return !c.bad && c.at == len(b)
}
