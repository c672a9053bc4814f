package mss

import (
	"context"
	"errors"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Snapshot is a folder at one moment. It is shared by everybody who looks and never changes; two
// snapshots share the pages that did not change between them.
type Snapshot struct {
	Folder Folder
	pages  []*page
	starts []int // index of the first entry of each page
	count  int
}

type page struct {
	number  uint32
	entries []Entry
}

// Len is the number of messages.
func (s *Snapshot) Len() int { return s.count }

// At gives the entry at an index from 0 (its sequence number is index + 1).
func (s *Snapshot) At(i int) *Entry {
	p := sort.SearchInts(s.starts, i+1) - 1
	return &s.pages[p].entries[i-s.starts[p]]
}

// Find gives the index of a UID, or the index where it would stand.
func (s *Snapshot) Find(uid uint32) (i int, found bool) {
	p, ok := slices.BinarySearchFunc(s.pages, uid/PageSize, func(p *page, n uint32) int { return int(p.number) - int(n) })
	if !ok {
		if p < len(s.pages) {
			return s.starts[p], false
		}
		return s.count, false
	}
	i, found = slices.BinarySearchFunc(s.pages[p].entries, uid, func(e Entry, uid uint32) int { return int(int64(e.UID) - int64(uid)) })
	return s.starts[p] + i, found
}

// All walks the entries in order; fn gets the index from 0 and stops the walk by false.
func (s *Snapshot) All(fn func(i int, e *Entry) bool) {
	i := 0
	for _, p := range s.pages {
		for k := range p.entries {
			if !fn(i, &p.entries[k]) {
				return
			}
			i++
		}
	}
}

// FirstUnseen is the index of the first message not seen, -1 when there is none.
func (s *Snapshot) FirstUnseen() int {
	first := -1
	s.All(func(i int, e *Entry) bool {
		if e.Flags&Seen == 0 {
			first = i
			return false
		}
		return true
	})
	return first
}

// Diff tells what happened between an older snapshot and this one: the UIDs that are gone, and the
// entries that changed or came, in order of UID.
func (s *Snapshot) Diff(old *Snapshot) (gone []uint32, changed []*Entry) {
	was := map[uint32]*page{}
	for _, p := range old.pages {
		was[p.number] = p
	}
	for _, p := range s.pages {
		before := was[p.number]
		delete(was, p.number)
		if before == p {
			continue
		}
		var list []Entry
		if before != nil {
			list = before.entries
		}
		for i := range p.entries {
			e := &p.entries[i]
			for len(list) > 0 && list[0].UID < e.UID {
				gone = append(gone, list[0].UID)
				list = list[1:]
			}
			if len(list) > 0 && list[0].UID == e.UID {
				if list[0].ModSeq != e.ModSeq {
					changed = append(changed, e)
				}
				list = list[1:]
				continue
			}
			changed = append(changed, e)
		}
		for i := range list {
			gone = append(gone, list[i].UID)
		}
	}
	for _, p := range was {
		for i := range p.entries {
			gone = append(gone, p.entries[i].UID)
		}
	}
	slices.Sort(gone)
	return gone, changed
}

// views remembers the folders somebody looks at, so that opening one again reads nothing.
type views struct {
	mu   sync.Mutex
	open map[viewKey]*view
	tick int64
}

type viewKey struct {
	box    BoxID
	folder FolderID
}

type view struct {
	mu    sync.Mutex // held while it is read again
	snap  *Snapshot
	texts map[uint32][]string // by page; of unchanged pages
	bytes atomic.Int64        // of texts, nearly

	// Under views.mu.
	dirty    map[uint32]bool // pages that changed since snap
	watchers map[chan struct{}]bool
	used     int64
}

// maxViews bounds the folders remembered that nobody watches.
const maxViews = 64

func (v *views) get(k viewKey) *view {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tick++
	if w := v.open[k]; w != nil {
		w.used = v.tick
		return w
	}
	if v.open == nil {
		v.open = map[viewKey]*view{}
	}
	if len(v.open) >= maxViews {
		var oldest viewKey
		var found *view
		for k, w := range v.open {
			if len(w.watchers) == 0 && (found == nil || w.used < found.used) {
				oldest, found = k, w
			}
		}
		if found != nil {
			delete(v.open, oldest)
		}
	}
	w := &view{used: v.tick, dirty: map[uint32]bool{}, watchers: map[chan struct{}]bool{}}
	v.open[k] = w
	return w
}

// maxTexts bounds the searched texts remembered, all folders together.
const maxTexts = 256 << 20

// room tells whether the texts of one more folder may be remembered. Those of a folder without
// equal are read each time.
func (v *views) room(w *view, bytes int64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, other := range v.open {
		if other != w {
			bytes += other.bytes.Load()
		}
	}
	return bytes <= maxTexts
}

func sizeOf(texts map[uint32][]string) (n int64) {
	for _, page := range texts {
		for _, s := range page {
			n += int64(len(s)) + 16
		}
	}
	return n
}

// touched marks pages of a folder, after the commit that changed them, and wakes who watches.
func (v *views) touched(k viewKey, uids ...uint32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := v.open[k]
	if w == nil {
		return
	}
	for _, uid := range uids {
		w.dirty[uid/PageSize] = true
	}
	for c := range w.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// watch tells c, which holds one signal, of each change of a folder until cancel is called.
func (v *views) watch(k viewKey) (c <-chan struct{}, cancel func()) {
	w := v.get(k)
	ch := make(chan struct{}, 1)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open[k] == nil {
		v.open[k] = w // evicted in between
	}
	w = v.open[k]
	w.watchers[ch] = true
	return ch, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(w.watchers, ch)
	}
}

// Snapshot gives a folder as it is now.
func (o *Operator) snapshot(ctx context.Context, box BoxID, folder FolderID) (*Snapshot, error) {
	w := o.views.get(viewKey{box, folder})
	w.mu.Lock()
	defer w.mu.Unlock()
	o.views.mu.Lock()
	dirty := w.dirty
	w.dirty = map[uint32]bool{}
	o.views.mu.Unlock()
	if w.snap != nil && len(dirty) == 0 {
		return w.snap, nil
	}
	next := &Snapshot{}
	err := o.Store.ViewMail(ctx, func(r Reader) error {
		f, err := r.Folder(box, folder)
		if err != nil {
			return err
		}
		next.Folder = *f
		if w.snap == nil {
			return r.Pages(box, folder, 0, func(n uint32, entries []Entry) error {
				next.pages = append(next.pages, &page{number: n, entries: entries})
				return nil
			})
		}
		// A message may be there before the commit that brought it has told its page; one that came
		// after it has. All new UIDs are read, or it would appear later in the midst of the others.
		for n := w.snap.Folder.UIDNext / PageSize; n <= (f.UIDNext-1)/PageSize; n++ {
			dirty[n] = true
		}
		fresh := map[uint32]*page{}
		for n := range dirty {
			err := r.Pages(box, folder, n, func(number uint32, entries []Entry) error {
				if number == n {
					fresh[n] = &page{number: n, entries: entries}
				}
				return errStop
			})
			if err != nil && !errors.Is(err, errStop) {
				return err
			}
		}
		next.pages = merge(w.snap.pages, dirty, fresh)
		return nil
	})
	if err != nil {
		o.views.mu.Lock()
		for n := range dirty {
			w.dirty[n] = true
		}
		o.views.mu.Unlock()
		return nil, o.storeError(err)
	}
	for _, p := range next.pages {
		next.starts = append(next.starts, next.count)
		next.count += len(p.entries)
	}
	for n := range dirty {
		delete(w.texts, n)
	}
	w.snap = next
	return next, nil
}

var errStop = errors.New("stop")

// merge replaces the dirty pages of a list by the fresh ones.
func merge(old []*page, dirty map[uint32]bool, fresh map[uint32]*page) []*page {
	out := make([]*page, 0, len(old)+len(fresh))
	for _, p := range old {
		if !dirty[p.number] {
			out = append(out, p)
		}
	}
	added := false
	for _, p := range fresh {
		out = append(out, p)
		added = true
	}
	if added {
		slices.SortFunc(out, func(a, b *page) int { return int(int64(a.number) - int64(b.number)) })
	}
	return out
}

// texts gives the searched text of each entry of a snapshot, in order. What is not remembered is
// read again.
func (o *Operator) texts(ctx context.Context, s *Snapshot, fn func(i int, e *Entry, text string) bool) error {
	w := o.views.get(viewKey{s.Folder.Box, s.Folder.ID})
	w.mu.Lock()
	known := w.texts
	missing := 0
	for _, p := range s.pages {
		if len(known[p.number]) != len(p.entries) {
			missing++
		}
	}
	if missing > 0 {
		known = make(map[uint32][]string, len(s.pages))
		err := o.Store.ViewMail(ctx, func(r Reader) error {
			return r.Texts(s.Folder.Box, s.Folder.ID, func(n uint32, _ []Entry, texts []string) error {
				known[n] = texts
				return nil
			})
		})
		if err != nil && !errors.Is(err, dmp.ErrNotFound) {
			w.mu.Unlock()
			return o.storeError(err)
		}
		if bytes := sizeOf(known); o.views.room(w, bytes) {
			w.texts = known
			w.bytes.Store(bytes)
		} else {
			w.texts = nil
			w.bytes.Store(0)
		}
	}
	w.mu.Unlock()
	i := 0
	for _, p := range s.pages {
		texts := known[p.number]
		for k := range p.entries {
			text := ""
			if len(texts) == len(p.entries) {
				text = texts[k]
			}
			if !fn(i, &p.entries[k], text) {
				return nil
			}
			i++
		}
	}
	return nil
}
