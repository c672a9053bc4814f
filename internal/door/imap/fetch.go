package imap

import (
	"slices"
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

const (
	// headsAtOnce is how many header blocks are read in one look at the store.
	headsAtOnce = 64
	// worthKeeping is the size from which a message read piece by piece is kept a moment.
	worthKeeping = 64 << 10
)

// fetching is one FETCH under way.
type fetching struct {
	*conn
	items      []wire.Item
	heads, raw bool                 // what the items need beside the entry
	partial    bool                 // pieces of messages are asked for
	seen       map[uint32]mss.Entry // entries that this FETCH has marked as seen
	missing    bool                 // a message went away meanwhile
}

// material is a message as far as it was read.
type material struct {
	block  []byte // header block
	header courriel.Header
	raw    []byte
	m      *courriel.Message
}

// fetch is FETCH and UID FETCH.
// spec: RFC 3501 6.4.5, RFC 7162 3.1.4
func (c *conn) fetch(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.Fetch)
	f := &fetching{conn: c, items: a.Items}
	has := func(name string) bool {
		return slices.ContainsFunc(f.items, func(it wire.Item) bool { return it.Name == name })
	}
	if cmd.UID && !has("UID") {
		f.items = append([]wire.Item{{Name: "UID"}}, f.items...)
	}
	if a.Changed && !has("MODSEQ") {
		f.items = append(f.items, wire.Item{Name: "MODSEQ"})
	}
	if has("MODSEQ") {
		c.useCondstore()
	}
	mark := f.needs()
	v := c.view
	places, err := v.places(a.Set, cmd.UID)
	if err != nil {
		return answer{}, err
	}
	if a.Changed {
		places = slices.DeleteFunc(places, func(i int) bool { return v.snap.At(i).ModSeq <= a.ChangedSince })
	}
	if mark && !v.readOnly {
		f.mark(places)
	}
	switch {
	case f.raw:
		err = f.whole(places)
	case f.heads:
		err = f.blocks(places)
	default:
		for _, i := range places {
			f.one(i, &material{})
			if err = c.full(); err != nil {
				break
			}
		}
	}
	if err == nil && f.missing && !cmd.UID { // spec: RFC 3501 6.4.8 a UID that is not there is passed over
		err = errExpunged
	}
	return answer{}, err
}

// needs looks at what the items ask for; it reports whether they mark messages as seen.
func (f *fetching) needs() (mark bool) {
	for i := range f.items {
		it := &f.items[i]
		switch it.Name {
		case "ENVELOPE", "RFC822.HEADER":
			f.heads = true
		case "BODY", "BODYSTRUCTURE":
			f.raw = true
		case "RFC822", "RFC822.TEXT":
			f.raw, mark = true, true
		case "BODY[]":
			if it.Section.OfHeader() {
				f.heads = true
			} else {
				f.raw = true
			}
			mark = mark || !it.Peek
			f.partial = f.partial || it.Partial
		}
	}
	return mark
}

// mark marks messages as seen, in one commit. A store that is full or busy does not keep anybody
// from reading.
func (f *fetching) mark(places []int) {
	var uids []uint32
	for _, i := range places {
		if e := f.view.snap.At(i); e.Flags&mss.Seen == 0 {
			uids = append(uids, e.UID)
		}
	}
	if len(uids) == 0 {
		return
	}
	changed, _, err := f.session.SetFlags(f.ctx, f.view.folder(), uids, mss.FlagChange{Add: true, Flags: mss.Seen})
	if err != nil {
		return
	}
	f.seen = make(map[uint32]mss.Entry, len(changed))
	for k := range changed {
		f.seen[changed[k].UID] = changed[k]
	}
}

// blocks answers what header blocks are enough for.
func (f *fetching) blocks(places []int) error {
	ids := make([]mss.MessageID, 0, headsAtOnce)
	found := make([]*mss.Message, 0, headsAtOnce)
	for len(places) > 0 {
		batch := places[:min(len(places), headsAtOnce)]
		places = places[len(batch):]
		ids, found = ids[:0], found[:0]
		for _, i := range batch {
			ids = append(ids, f.view.snap.At(i).Message)
		}
		// Nothing is sent from inside: a slow client must not hold a look at the store.
		err := f.session.Messages(f.ctx, ids, func(m *mss.Message) error {
			found = append(found, m)
			return nil
		})
		if err != nil {
			return err
		}
		for k, i := range batch {
			if found[k] == nil {
				f.missing = true
				continue
			}
			m := &material{block: found[k].Header}
			m.header, _, _ = courriel.ParseHeader(m.block)
			f.one(i, m)
			if err := f.full(); err != nil {
				return err
			}
		}
	}
	return nil
}

// whole answers what needs the bytes of each message.
func (f *fetching) whole(places []int) error {
	for _, i := range places {
		if err := f.read(i); err != nil {
			return err
		}
	}
	return nil
}

func (f *fetching) read(i int) error {
	e := f.view.snap.At(i)
	size := int(e.Size)
	if err := f.d.going.take(f.ctx, size, maxInFlight); err != nil {
		return err
	}
	defer f.d.going.give(size)
	raw, err := f.bytes(e)
	if mss.ErrNoMessage.Is(err) {
		f.missing = true
		return nil
	}
	if err != nil {
		return err
	}
	m := &material{raw: raw}
	if f.parsed() {
		m.m, _, err = courriel.Parse(raw)
		if err != nil || m.m == nil {
			m.m = opaque(raw)
		}
		m.header, m.block = m.m.Root.Header, raw[:m.m.Root.Body]
	} else if f.heads {
		var body int
		m.header, body, _ = courriel.ParseHeader(raw)
		m.block = raw[:body]
	}
	f.one(i, m)
	return f.full()
}

// parsed reports whether an item needs the tree of parts.
func (f *fetching) parsed() bool {
	return slices.ContainsFunc(f.items, func(it wire.Item) bool {
		return it.Name == "BODY" || it.Name == "BODYSTRUCTURE" || it.Name == "RFC822.TEXT" || it.Name == "BODY[]" && (len(it.Section.Path) > 0 || it.Section.Spec != "")
	})
}

// bytes gives a message; clients that read a large one piece by piece do not make it be read each time.
func (f *fetching) bytes(e *mss.Entry) ([]byte, error) {
	keep := f.partial && e.Size >= worthKeeping
	if keep {
		if raw := f.d.recent.get(e.Message, time.Now()); raw != nil {
			return raw, nil
		}
	}
	raw, err := f.session.Bytes(f.ctx, e.Message)
	if err == nil && keep {
		f.d.recent.put(e.Message, raw, time.Now())
	}
	return raw, err
}

// opaque is a message whose parts are beyond every limit: one text.
func opaque(raw []byte) *courriel.Message {
	h, body, _ := courriel.ParseHeader(raw)
	return &courriel.Message{Raw: raw, Root: &courriel.Part{Number: "1", Header: h, Body: body, End: len(raw), Type: "text", Subtype: "plain"}}
}

// one writes the response of one message.
func (f *fetching) one(i int, m *material) {
	e := f.view.snap.At(i)
	items := f.items
	if now, ok := f.seen[e.UID]; ok {
		e = &now
		f.view.given(e)
		if !slices.ContainsFunc(items, func(it wire.Item) bool { return it.Name == "FLAGS" }) {
			items = append(slices.Clone(items), wire.Item{Name: "FLAGS"})
		}
	}
	f.out = append(f.out, "* "...)
	f.out = strconv.AppendInt(f.out, int64(i+1), 10)
	f.out = append(f.out, " FETCH ("...)
	for k := range items {
		if k > 0 {
			f.out = append(f.out, ' ')
		}
		f.item(&items[k], e, m)
	}
	f.out = append(f.out, ")\r\n"...)
}

func (f *fetching) item(it *wire.Item, e *mss.Entry, m *material) {
	if it.Name == "BODY[]" {
		f.section(it, m)
		return
	}
	f.out = append(f.out, it.Name...)
	f.out = append(f.out, ' ')
	switch it.Name {
	case "UID":
		f.out = strconv.AppendUint(f.out, uint64(e.UID), 10)
	case "FLAGS":
		f.out = appendFlags(f.out, e)
	case "INTERNALDATE":
		f.out = wire.AppendDateTime(f.out, e.Time().UTC())
	case "RFC822.SIZE":
		f.out = strconv.AppendUint(f.out, uint64(e.Size), 10)
	case "MODSEQ":
		f.out = append(f.out, '(')
		f.out = strconv.AppendUint(f.out, e.ModSeq, 10)
		f.out = append(f.out, ')')
	case "ENVELOPE":
		f.out = wire.AppendEnvelope(f.out, m.header)
	case "BODY":
		f.out = wire.AppendStructure(f.out, m.m.Root, false)
	case "BODYSTRUCTURE":
		f.out = wire.AppendStructure(f.out, m.m.Root, true)
	case "RFC822":
		f.literal(m.raw)
	case "RFC822.HEADER":
		f.literal(m.block)
	case "RFC822.TEXT":
		f.literal(m.raw[m.m.Root.Body:])
	}
}

func (f *fetching) section(it *wire.Item, m *material) {
	f.out = append(f.out, "BODY["...)
	f.out = wire.AppendSection(f.out, it.Section)
	f.out = append(f.out, ']')
	if it.Partial {
		f.out = append(f.out, '<')
		f.out = strconv.AppendUint(f.out, uint64(it.Offset), 10)
		f.out = append(f.out, '>')
	}
	f.out = append(f.out, ' ')
	b, ok := m.raw, true
	switch {
	case it.Section.OfHeader():
		b = wire.ExtractHeader(m.block, m.header, it.Section)
	case m.m != nil:
		b, ok = wire.Extract(m.m, it.Section)
	}
	if !ok {
		f.out = append(f.out, "NIL"...)
		return
	}
	f.literal(it.Slice(b))
}
