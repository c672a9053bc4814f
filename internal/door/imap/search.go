package imap

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// search is SEARCH and UID SEARCH. It goes from what costs little to what costs much: entries and
// the searched text that the operator keeps at hand, then header blocks, then bodies, each for those
// messages only that are still undecided.
// spec: RFC 3501 6.4.4, RFC 4731 3
func (c *conn) search(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.Search)
	if a.Modseq {
		c.useCondstore()
	}
	s := &searching{conn: c, now: c.d.Operator.Now(), until: time.Now().Add(searchTime)}
	s.test = s.compile(&a.Key)
	if err := s.entries(); err != nil {
		return answer{}, err
	}
	if err := s.headers(); err != nil {
		return answer{}, err
	}
	if err := s.bodies(); err != nil {
		return answer{}, err
	}
	slices.Sort(s.found)
	if a.Extended {
		return answer{}, s.extended(cmd, a)
	}
	c.out = append(c.out, "* SEARCH"...)
	for _, i := range s.found {
		c.out = append(c.out, ' ')
		c.out = strconv.AppendUint(c.out, uint64(s.named(i, cmd.UID)), 10)
		if err := c.full(); err != nil {
			return answer{}, err
		}
	}
	if a.Modseq && len(s.found) > 0 {
		c.out = append(c.out, " (MODSEQ "...)
		c.out = strconv.AppendUint(c.out, s.modseq(s.found), 10)
		c.out = append(c.out, ')')
	}
	c.out = append(c.out, "\r\n"...)
	return answer{}, nil
}

// searching is one SEARCH under way.
type searching struct {
	*conn
	test    test
	texts   bool // a key looks at the searched text
	now     time.Time
	until   time.Time
	judged  int
	found   []int // places that answer
	unknown []int // places still undecided
}

func (s *searching) named(i int, uid bool) uint32 {
	if uid {
		return s.view.snap.At(i).UID
	}
	return uint32(i + 1)
}

func (s *searching) judge(x *candidate) {
	switch s.test.on(x) {
	case yes:
		s.found = append(s.found, x.i)
	case unknown:
		s.unknown = append(s.unknown, x.i)
	}
}

// late tells, now and then, that the time of a search is over: a thousand keys on every message cost
// as much as bodies.
func (s *searching) late() bool {
	s.judged++
	return s.judged%64 == 0 && time.Now().After(s.until)
}

func (s *searching) entries() error {
	x := &candidate{}
	over := false
	if !s.texts {
		s.view.snap.All(func(i int, e *mss.Entry) bool {
			x.i, x.e = i, e
			s.judge(x)
			over = s.late()
			return !over
		})
	} else {
		x.hasText = true
		err := s.session.Texts(s.ctx, s.view.snap, func(i int, e *mss.Entry, text string) bool {
			x.i, x.e, x.text = i, e, text
			s.judge(x)
			over = s.late()
			return !over
		})
		if err != nil {
			return err
		}
	}
	if over {
		return errSearchTime
	}
	return nil
}

// headers looks at the header blocks of the undecided.
func (s *searching) headers() error {
	left := s.unknown
	s.unknown = nil
	ids := make([]mss.MessageID, 0, headsAtOnce)
	for len(left) > 0 {
		batch := left[:min(len(left), headsAtOnce)]
		left = left[len(batch):]
		ids = ids[:0]
		for _, i := range batch {
			ids = append(ids, s.view.snap.At(i).Message)
		}
		k := 0
		err := s.session.Messages(s.ctx, ids, func(m *mss.Message) error {
			i := batch[k]
			k++
			if m == nil {
				return nil // gone meanwhile: answers nothing
			}
			s.judge(&candidate{i: i, e: s.view.snap.At(i), hasHead: true, block: m.Header})
			if s.late() {
				return errSearchTime
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bodies reads the undecided, a few searches at a time, for a bounded time.
func (s *searching) bodies() error {
	if len(s.unknown) == 0 {
		return nil
	}
	ctx, cancel := context.WithDeadline(s.ctx, s.until)
	defer cancel()
	select {
	case s.d.heavy <- struct{}{}:
		defer func() { <-s.d.heavy }()
	case <-ctx.Done():
		return errSearchTime
	}
	left := s.unknown
	s.unknown = nil
	for _, i := range left {
		if ctx.Err() != nil {
			if s.ctx.Err() != nil {
				return s.ctx.Err()
			}
			return errSearchTime
		}
		e := s.view.snap.At(i)
		raw, err := s.session.Bytes(s.ctx, e.Message)
		if mss.ErrNoMessage.Is(err) {
			continue
		}
		if err != nil {
			return err
		}
		m, _, err := courriel.Parse(raw)
		if err != nil || m == nil {
			m = opaque(raw)
		}
		x := &candidate{i: i, e: e, hasHead: true, head: m.Root.Header, block: raw[:m.Root.Body], m: m}
		s.judge(x)
	}
	return nil
}

// extended writes ESEARCH.
func (s *searching) extended(cmd *wire.Command, a *wire.Search) error {
	b := append(s.out, "* ESEARCH (TAG "...)
	b = wire.AppendQuoted(b, cmd.Tag)
	b = append(b, ')')
	if cmd.UID {
		b = append(b, " UID"...)
	}
	number := func(word string, n uint64) {
		b = append(b, ' ')
		b = append(b, word...)
		b = append(b, ' ')
		b = strconv.AppendUint(b, n, 10)
	}
	n := len(s.found)
	if n > 0 && a.Min {
		number("MIN", uint64(s.named(s.found[0], cmd.UID)))
	}
	if n > 0 && a.Max {
		number("MAX", uint64(s.named(s.found[n-1], cmd.UID)))
	}
	if a.Count {
		number("COUNT", uint64(n))
	}
	if n > 0 && a.All {
		var set wire.Set
		for _, i := range s.found {
			set = set.Add(s.named(i, cmd.UID))
		}
		b = append(b, " ALL "...)
		b = wire.AppendSet(b, set)
	}
	if a.Modseq && n > 0 {
		of := s.found
		if !a.All && !a.Count { // spec: RFC 4731 3.2 only of what is told
			of = nil
			if a.Min {
				of = append(of, s.found[0])
			}
			if a.Max {
				of = append(of, s.found[n-1])
			}
		}
		number("MODSEQ", s.modseq(of))
	}
	s.out = append(b, "\r\n"...)
	return nil
}

func (s *searching) modseq(of []int) (n uint64) {
	for _, i := range of {
		n = max(n, s.view.snap.At(i).ModSeq)
	}
	return n
}
