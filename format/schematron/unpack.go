package schematron

import "encoding/binary"

// Unpack reads a block back. Its strings are cut out of one copy of the block.
func Unpack(block []byte) (sources []*Source, err error) {
	u := unpacker{in: string(block)}
	defer func() {
		if recover() == errShort {
			sources, err = nil, ErrPack
		}
	}()
	if u.number() != packVersion {
		return nil, ErrPack
	}
	n := u.count()
	u.table = make([]string, n)
	for i := range u.table {
		u.table[i] = u.take(u.count())
	}
	for u.number() == 1 {
		sources = append(sources, u.source())
	}
	return sources, nil
}

// errShort unwinds the unpacker when the block ends early; it never leaves Unpack.
var errShort = &struct{ error }{}

type unpacker struct {
	in    string
	table []string
}

func (u *unpacker) number() uint64 {
	var v uint64
	for i := 0; i < len(u.in) && i < binary.MaxVarintLen64; i++ {
		b := u.in[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			u.in = u.in[i+1:]
			return v
		}
	}
	panic(errShort)
}

// count reads a number of things that each take a byte at least.
func (u *unpacker) count() int {
	n := u.number()
	if n > uint64(len(u.in)) {
		panic(errShort)
	}
	return int(n)
}

func (u *unpacker) take(n int) string {
	s := u.in[:n]
	u.in = u.in[n:]
	return s
}

func (u *unpacker) str() string {
	id := u.number()
	if id >= uint64(len(u.table)) {
		panic(errShort)
	}
	return u.table[id]
}

func (u *unpacker) at() Origin { return Origin{u.str(), int(u.number())} }

func many[T any](u *unpacker, one func() T) []T {
	n := u.count()
	if n == 0 {
		return nil
	}
	out := make([]T, n)
	for i := range out {
		out[i] = one()
	}
	return out
}

func (u *unpacker) let() Let   { return Let{u.str(), u.str(), u.at()} }
func (u *unpacker) part() Part { return Part{u.str(), u.str()} }

func (u *unpacker) source() *Source {
	return &Source{
		Name: u.str(), Title: u.str(), Version: u.str(), Binding: u.str(), DefaultPhase: u.str(), Base: u.str(),
		Namespaces:  many(u, func() Namespace { return Namespace{u.str(), u.str()} }),
		Keys:        many(u, func() Key { return Key{u.str(), u.str(), u.str(), u.at()} }),
		Lets:        many(u, u.let),
		Phases:      many(u, func() Phase { return Phase{u.str(), many(u, u.str), many(u, u.let)} }),
		Patterns:    many(u, u.pattern),
		Diagnostics: many(u, func() Diagnostic { return Diagnostic{u.str(), many(u, u.part)} }),
	}
}

func (u *unpacker) pattern() Pattern {
	return Pattern{ID: u.str(), Title: u.str(), IsA: u.str(), Lets: many(u, u.let), Rules: many(u, u.rule)}
}

func (u *unpacker) rule() Rule {
	return Rule{ID: u.str(), Context: u.str(), Role: u.str(), At: u.at(), Steps: many(u, u.step)}
}

func (u *unpacker) step() Step {
	kind := u.number()
	if kind == 0 {
		v := u.let()
		return Step{Let: &v}
	}
	return Step{Assert: &Assert{Report: kind == 2, ID: u.str(), Test: u.str(), Role: u.str(), See: u.str(), Flag: u.str(),
		Text: many(u, u.part), Diagnostics: many(u, u.str), At: u.at()}}
}
