package schematron

import (
	"encoding/binary"
	"errors"
)

// A Packer writes Sources into one compact block: every string once, then the sources as numbers
// that point at strings. It is how compiled rule sets are kept between two starts: reading it back
// costs no XML, no inclusion and no expansion.
type Packer struct {
	ids   map[string]uint64
	table []byte
	body  []byte
}

// packVersion changes with the layout; a block of another version is not read.
const packVersion = 2

// ErrPack says that a block is not one of ours, or of another version, or damaged.
var ErrPack = errors.New("schematron: not a packed schema of this version")

// Add appends one source.
func (p *Packer) Add(s *Source) {
	p.body = append(p.body, 1)
	p.strings(s.Name, s.Title, s.Version, s.Binding, s.DefaultPhase, s.Base)
	p.count(len(s.Namespaces))
	for _, n := range s.Namespaces {
		p.strings(n.Prefix, n.URI)
	}
	p.count(len(s.Keys))
	for _, k := range s.Keys {
		p.strings(k.Name, k.Match, k.Use)
		p.at(k.At)
	}
	p.lets(s.Lets)
	p.count(len(s.Phases))
	for _, ph := range s.Phases {
		p.strings(ph.ID)
		p.count(len(ph.Active))
		p.strings(ph.Active...)
		p.lets(ph.Lets)
	}
	p.count(len(s.Patterns))
	for i := range s.Patterns {
		p.pattern(&s.Patterns[i])
	}
	p.count(len(s.Diagnostics))
	for _, d := range s.Diagnostics {
		p.strings(d.ID)
		p.parts(d.Text)
	}
}

// Bytes gives the block.
func (p *Packer) Bytes() []byte {
	out := binary.AppendUvarint(nil, packVersion)
	out = binary.AppendUvarint(out, uint64(len(p.ids)))
	out = append(out, p.table...)
	return append(append(out, p.body...), 0)
}

func (p *Packer) strings(list ...string) {
	for _, s := range list {
		id, ok := p.ids[s]
		if !ok {
			if p.ids == nil {
				p.ids = map[string]uint64{}
			}
			id = uint64(len(p.ids))
			p.ids[s] = id
			p.table = binary.AppendUvarint(p.table, uint64(len(s)))
			p.table = append(p.table, s...)
		}
		p.body = binary.AppendUvarint(p.body, id)
	}
}

func (p *Packer) count(n int) { p.body = binary.AppendUvarint(p.body, uint64(n)) }

func (p *Packer) at(o Origin) {
	p.strings(o.File)
	p.count(o.Line)
}

func (p *Packer) lets(list []Let) {
	p.count(len(list))
	for _, v := range list {
		p.strings(v.Name, v.Value)
		p.at(v.At)
	}
}

func (p *Packer) parts(list []Part) {
	p.count(len(list))
	for _, t := range list {
		p.strings(t.Text, t.Select)
	}
}

func (p *Packer) pattern(t *Pattern) {
	p.strings(t.ID, t.Title, t.IsA)
	p.lets(t.Lets)
	p.count(len(t.Rules))
	for i := range t.Rules {
		r := &t.Rules[i]
		p.strings(r.ID, r.Context, r.Role)
		p.at(r.At)
		p.count(len(r.Steps))
		for _, s := range r.Steps {
			if s.Let != nil {
				p.count(0)
				p.strings(s.Let.Name, s.Let.Value)
				p.at(s.Let.At)
				continue
			}
			a := s.Assert
			kind := 1
			if a.Report {
				kind = 2
			}
			p.count(kind)
			p.strings(a.ID, a.Test, a.Role, a.See, a.Flag)
			p.parts(a.Text)
			p.count(len(a.Diagnostics))
			p.strings(a.Diagnostics...)
			p.at(a.At)
		}
	}
}
