package embedded

import (
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// personVersion is the first byte of a person; those of factsVersion are still read.
const personVersion = 2

func (e *encoder) ins(i insid.INS) { e.str(i.Matricule.Reveal()); e.str(i.OID) }

func (d *decoder) ins() insid.INS {
	return insid.INS{Matricule: insid.Matricule(d.str()), OID: d.str()}
}

func (e *encoder) inss(list []insid.INS) {
	e.uint(uint64(len(list)))
	for _, i := range list {
		e.ins(i)
	}
}

func (d *decoder) inss() []insid.INS {
	var list []insid.INS
	for range d.count(2) {
		list = append(list, d.ins())
	}
	return list
}

func (e *encoder) locals(list []ins.LocalID) {
	e.uint(uint64(len(list)))
	for _, l := range list {
		e.str(l.Value)
		e.str(l.Authority)
	}
}

func (d *decoder) locals() []ins.LocalID {
	var list []ins.LocalID
	for range d.count(2) {
		list = append(list, ins.LocalID{Value: d.str(), Authority: d.str()})
	}
	return list
}

func (e *encoder) formers(list []ins.Former) {
	e.uint(uint64(len(list)))
	for _, f := range list {
		e.ins(f.INS)
		e.str(f.From)
		e.str(f.To)
	}
}

func (d *decoder) formers() []ins.Former {
	var list []ins.Former
	for range d.count(4) {
		list = append(list, ins.Former{INS: d.ins(), From: d.str(), To: d.str()})
	}
	return list
}

func (e *encoder) evidence(x ins.Evidence) {
	for _, s := range []string{x.Kind, x.Date, x.Operator, x.With, x.Setting} {
		e.str(s)
	}
}

func (d *decoder) evidence() ins.Evidence {
	return ins.Evidence{Kind: d.str(), Date: d.str(), Operator: d.str(), With: d.str(), Setting: d.str()}
}

func encodePerson(p *ins.Person) []byte {
	e := encoder{b: make([]byte, 0, 512)}
	e.kind(personVersion)
	e.str(string(p.ID))
	e.ins(p.INS)
	e.inss(p.History)
	e.int(int64(p.Status))
	t := &p.Traits
	for _, s := range []string{t.BirthName, t.FirstGiven, t.Givens, t.Sex, t.BirthDate, t.BirthPlace, t.UsedName, t.UsedGiven} {
		e.str(s)
	}
	e.str(p.BirthTown)
	e.str(p.Evidence.Kind)
	e.str(p.Evidence.Date)
	e.str(p.Evidence.Operator)
	e.locals(p.Local)
	e.str(p.Phone)
	e.str(p.Mail)
	e.str(p.Address)
	e.bool(p.Homonyme)
	e.bool(p.Douteuse)
	e.bool(p.Fictive)
	e.time(p.CreatedAt)
	e.time(p.ModifiedAt)
	encodeLife(&e, p)
	return e.b
}

func decodePerson(b []byte) (*ins.Person, error) {
	version := byte(personVersion)
	if len(b) > 0 && b[0] == factsVersion {
		version = factsVersion // written before identities had a life
	}
	d := newDecoder(b, version)
	p := &ins.Person{ID: ins.PersonID(d.str()), INS: d.ins(), History: d.inss()}
	p.Status = ins.Status(d.int())
	p.Traits = ins.Traits{
		BirthName: d.str(), FirstGiven: d.str(), Givens: d.str(), Sex: d.str(), BirthDate: d.str(),
		BirthPlace: d.str(), UsedName: d.str(), UsedGiven: d.str(),
	}
	p.BirthTown = d.str()
	p.Evidence = ins.Evidence{Kind: d.str(), Date: d.str(), Operator: d.str()}
	p.Local = d.locals()
	p.Phone, p.Mail, p.Address = d.str(), d.str(), d.str()
	p.Homonyme, p.Douteuse, p.Fictive = d.bool(), d.bool(), d.bool()
	p.CreatedAt, p.ModifiedAt = d.time(), d.time()
	if version == personVersion {
		decodeLife(d, p)
	}
	if err := d.done(); err != nil {
		return nil, err
	}
	return p, nil
}

// encodeLife writes what version 2 added: the rest of the evidence, and the life of the identity.
func encodeLife(e *encoder, p *ins.Person) {
	e.str(p.Evidence.With)
	e.str(p.Evidence.Setting)
	e.bool(p.Anonyme)
	e.str(p.Profession)
	e.str(p.Vitale)
	e.uint(uint64(len(p.Related)))
	for _, r := range p.Related {
		for _, s := range []string{r.Link, r.Name, r.Phone, string(r.Person)} {
			e.str(s)
		}
	}
	e.formers(p.Former)
	e.uint(uint64(len(p.Past)))
	for _, c := range p.Past {
		e.time(c.At)
		e.str(c.By)
		e.str(string(c.What))
		e.str(c.Detail)
		e.evidence(c.Evidence)
		e.int(int64(c.Before))
		e.int(int64(c.After))
		e.ins(c.INS)
		e.str(string(c.Other))
	}
	e.uint(uint64(len(p.Absorbed)))
	for _, a := range p.Absorbed {
		e.str(string(a.ID))
		e.time(a.At)
		e.str(a.By)
		e.str(a.Reason)
		e.inss(a.History)
		e.formers(a.Former)
		e.locals(a.Local)
	}
	e.str(string(p.MergedInto))
	e.ins(p.Held)
	e.int(int64(p.HeldStatus))
}

func decodeLife(d *decoder, p *ins.Person) {
	p.Evidence.With, p.Evidence.Setting = d.str(), d.str()
	p.Anonyme = d.bool()
	p.Profession, p.Vitale = d.str(), d.str()
	for range d.count(4) {
		p.Related = append(p.Related, ins.Related{Link: d.str(), Name: d.str(), Phone: d.str(), Person: ins.PersonID(d.str())})
	}
	p.Former = d.formers()
	for range d.count(14) {
		p.Past = append(p.Past, ins.Change{At: d.time(), By: d.str(), What: ins.Kind(d.str()), Detail: d.str(), Evidence: d.evidence(),
			Before: ins.Status(d.int()), After: ins.Status(d.int()), INS: d.ins(), Other: ins.PersonID(d.str())})
	}
	for range d.count(7) {
		p.Absorbed = append(p.Absorbed, ins.Absorbed{ID: ins.PersonID(d.str()), At: d.time(), By: d.str(), Reason: d.str(),
			History: d.inss(), Former: d.formers(), Local: d.locals()})
	}
	p.MergedInto = ins.PersonID(d.str())
	p.Held = d.ins()
	p.HeldStatus = ins.Status(d.int())
}
