package web

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// A conversation is made of messages that name one another (References, In-Reply-To); an answer
// that names nothing known joins the last message of the same subject with the same correspondent.
// A message that is no answer begins a conversation of its own: the results of each month are not
// one conversation.

// Bounds of what is read to make conversations.
const (
	maxReferenced = 500    // newest messages of each folder whose references are read
	maxReferences = 30     // references of one message
	maxThreaded   = 60_000 // messages of a mailbox put in conversations
	maxThreadings = 64     // mailboxes whose conversations are remembered
	maxWith       = 3      // correspondents of one message that count
)

// threaded is one message in its conversation.
type threaded struct {
	ref    mailRef
	id     mss.MessageID
	date   int64
	thread int
}

// threading is the conversations of a mailbox.
type threading struct {
	mark    string // what was looked at
	items   []threaded
	byRef   map[mailRef]int
	threads [][]int // items of each conversation, oldest first
}

// threadings remembers them while nothing comes or goes.
type threadings struct {
	mu    sync.Mutex
	byBox map[mss.BoxID]*threading
}

// threading gives the conversations of a mailbox.
func (d *Door) threading(ctx context.Context, b *mailbox) (*threading, error) {
	var mark strings.Builder
	snaps := make([]*mss.Snapshot, 0, len(b.Folders))
	for i := range b.Folders {
		s, err := b.Snapshot(ctx, b.Folders[i].ID)
		if err != nil {
			return nil, err
		}
		snaps = append(snaps, s)
		last := uint32(0)
		if n := s.Len(); n > 0 {
			last = s.At(n - 1).UID
		}
		fmt.Fprintf(&mark, "%d %d %d %d,", b.Folders[i].ID, last, s.Len(), b.Folders[i].UIDValidity)
	}
	d.threads.mu.Lock()
	known := d.threads.byBox[b.Box.ID]
	d.threads.mu.Unlock()
	if known != nil && known.mark == mark.String() {
		return known, nil
	}
	t := &threading{mark: mark.String(), byRef: map[mailRef]int{}}
	if err := t.build(ctx, b, snaps); err != nil {
		return nil, err
	}
	d.threads.mu.Lock()
	defer d.threads.mu.Unlock()
	if d.threads.byBox == nil || len(d.threads.byBox) >= maxThreadings {
		d.threads.byBox = map[mss.BoxID]*threading{}
	}
	d.threads.byBox[b.Box.ID] = t
	return t, nil
}

// clue is what tells the conversation of a message.
type clue struct {
	id         string
	references []string
	subject    string
	answer     bool
	with       []string
}

func (t *threading) build(ctx context.Context, b *mailbox, snaps []*mss.Snapshot) error {
	var clues []clue
	for _, s := range snaps {
		first := len(t.items)
		err := b.Texts(ctx, s, func(_ int, e *mss.Entry, text string) bool {
			t.items = append(t.items, threaded{ref: mailRef{s.Folder.ID, e.UID}, id: e.Message, date: e.Date})
			clues = append(clues, clueOf(text, b.Box.Address))
			return len(t.items) < maxThreaded
		})
		if err != nil {
			return err
		}
		if err := t.references(ctx, b, clues, max(first, len(t.items)-maxReferenced)); err != nil {
			return err
		}
	}
	order := make([]int, len(t.items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return int(min(1, max(-1, t.items[x].date-t.items[y].date))) })
	t.join(order, clues)
	return nil
}

// references reads what the newest messages of a folder name.
func (t *threading) references(ctx context.Context, b *mailbox, clues []clue, from int) error {
	ids := make([]mss.MessageID, 0, len(t.items)-from)
	for i := from; i < len(t.items); i++ {
		ids = append(ids, t.items[i].id)
	}
	i := from
	return b.Messages(ctx, ids, func(m *mss.Message) error {
		defer func() { i++ }()
		if m == nil {
			return nil
		}
		h, _, err := courriel.ParseHeader(m.Header)
		if err != nil {
			return nil
		}
		list := append(h.MessageIDs("References"), h.MessageIDs("In-Reply-To")...)
		for _, r := range list[max(0, len(list)-maxReferences):] {
			clues[i].references = append(clues[i].references, strings.ToLower(r))
		}
		return nil
	})
}

// join puts the messages together, oldest first.
func (t *threading) join(order []int, clues []clue) {
	parent := make([]int, len(t.items))
	for i := range parent {
		parent[i] = i
	}
	var root func(int) int
	root = func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	named, last := map[string]int{}, map[string]int{}
	for _, i := range order {
		c := &clues[i]
		joined := false
		for _, id := range append(c.references, c.id) {
			if id == "" {
				continue
			}
			if j, ok := named[id]; ok {
				parent[root(i)] = root(j)
				joined = joined || id != c.id
			} else {
				named[id] = i // an answer may be here before what it answers
			}
		}
		for _, w := range c.with {
			key := c.subject + "\n" + w
			if j, ok := last[key]; ok && c.answer && !joined && c.subject != "" {
				parent[root(i)] = root(j)
			}
			last[key] = i
		}
	}
	number := map[int]int{}
	for _, i := range order {
		r := root(i)
		n, ok := number[r]
		if !ok {
			n = len(t.threads)
			number[r] = n
			t.threads = append(t.threads, nil)
		}
		t.items[i].thread = n
		t.threads[n] = append(t.threads[n], i)
		t.byRef[t.items[i].ref] = i
	}
}

var (
	answerWords = regexp.MustCompile(`^\s*(re|tr|fw|fwd|réf|aw|rép)\s*:\s*`)
	failedWords = regexp.MustCompile(`^\[ko int[eé]gration syst[eè]me ?! ?\]\s*(\[[^\]]*\])?\s*`)
)

// baseSubject takes off a subject, in lower case, what answers and reports put before it.
func baseSubject(s string) (base string, answer bool) {
	for range 8 {
		m := answerWords.FindString(s)
		if m == "" {
			m = failedWords.FindString(s)
		}
		if m == "" {
			break
		}
		s, answer = s[len(m):], true
	}
	return mssante.Shown(s), answer
}

// clueOf reads the searched text of a message.
func clueOf(text, me string) clue {
	c := clue{id: strings.Trim(mss.Field(text, mss.TextMessageID), " <>")}
	c.subject, c.answer = baseSubject(mss.Field(text, mss.TextSubject))
	c.with = bareAddresses(mss.Field(text, mss.TextFrom), 1)
	if len(c.with) == 1 && mss.Canonical(c.with[0]) == me {
		c.with = bareAddresses(mss.Field(text, mss.TextTo), maxWith)
	}
	return c
}

// bareAddresses takes the addresses out of a list in lower case, without reading it in full.
func bareAddresses(s string, most int) (out []string) {
	for len(s) > 0 && len(out) < most {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			if a := strings.TrimSpace(s); strings.Contains(a, "@") && len(out) == 0 {
				first, _, _ := strings.Cut(a, ",")
				out = append(out, strings.TrimSpace(first))
			}
			return out
		}
		j := strings.IndexByte(s[i:], '>')
		if j < 0 {
			return out
		}
		out = append(out, strings.TrimSpace(s[i+1:i+j]))
		s = s[i+j+1:]
	}
	return out
}

// with lists the messages of the conversation of a message, oldest first, each once; what is in the
// bin or not sent yet is shown only beside what is there too.
func (t *threading) with(r mailRef) (out []threaded) {
	i, ok := t.byRef[r]
	if !ok {
		return nil
	}
	seen := map[mss.MessageID]bool{t.items[i].id: true}
	for _, k := range t.threads[t.items[i].thread] {
		x := t.items[k]
		switch {
		case k == i:
		case seen[x.id], apart(x.ref.Folder) && x.ref.Folder != r.Folder:
			continue
		}
		seen[x.id] = true
		out = append(out, x)
	}
	return out
}

// apart tells the folders that are no part of conversations.
func apart(id mss.FolderID) bool { return id == mss.Trash || id == mss.Junk || id == mss.Drafts }
