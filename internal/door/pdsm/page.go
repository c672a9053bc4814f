package pdsm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Page sizes, how long a list waits for its next page, and how much may wait in all: an entry is
// about 4 kB of memory.
const (
	defaultCount = 200
	maxCount     = 1000
	pageLife     = 15 * time.Minute
	maxWaiting   = 10_000 // entries, over all lists
)

// snapshots keeps the rest of lists that were cut in pages, so that paging neither misses nor
// repeats a document while others arrive. Bounded: the oldest goes first.
type snapshots struct {
	mu      sync.Mutex
	kept    map[string]*snapshot
	order   []string // tokens, oldest first
	waiting int      // entries of what is kept
}

// snapshot is one list; a page of it is named by its token and where the page begins.
type snapshot struct {
	token   string
	caller  string
	entries []*xds.DocumentEntry
	count   int
	expires time.Time
}

func (s *snapshots) put(n *snapshot, now time.Time) {
	var b [16]byte
	_, _ = rand.Read(b[:])
	n.token, n.expires = hex.EncodeToString(b[:]), now.Add(pageLife)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]*snapshot{}
	}
	s.kept[n.token] = n
	s.order = append(s.order, n.token)
	s.waiting += len(n.entries)
	for len(s.order) > 1 {
		oldest := s.kept[s.order[0]]
		if s.waiting <= maxWaiting && !now.After(oldest.expires) {
			break
		}
		s.waiting -= len(oldest.entries)
		delete(s.kept, s.order[0])
		s.order = s.order[1:]
	}
}

// get finds the list of a page, and where the page begins; nil when there is none for this caller.
func (s *snapshots) get(page, caller string, now time.Time) (*snapshot, int) {
	token, offset, _ := strings.Cut(page, ".")
	from, err := strconv.Atoi(offset)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.kept[token]
	if n == nil || err != nil || n.caller != caller || now.After(n.expires) || from < 0 || from >= len(n.entries) {
		return nil, 0
	}
	return n, from
}

var errPage = &finding.Refusal{ID: "FHIR-PAGE", Kind: finding.Gone, Code: "deleted", Rule: "FHIR R4 http#paging",
	Message: finding.T("Cette page a expiré.", "This page has expired."), Fix: finding.T("Relancez la recherche.", "Run the search again.")}

func (d *Door) firstPage(w http.ResponseWriter, r *http.Request, c dmp.Caller, v url.Values, entries []*xds.DocumentEntry) error {
	count, err := countOf(v)
	if err != nil {
		return err
	}
	shown := url.Values{}
	for k, vals := range v {
		shown[k] = vals
	}
	// The matricule stays out of the address that is given back.
	for _, k := range []string{"patient.identifier", "patient:identifier", "subject:identifier"} {
		if r.Method == http.MethodPost {
			delete(shown, k)
		}
	}
	n := &snapshot{caller: c.ID, entries: entries, count: count}
	now := entries
	if count < len(entries) {
		now = entries[:count]
		if count > 0 {
			d.pages.put(n, d.DMP.Now())
		}
	}
	d.bundle(w, n, d.Base+"/DocumentReference?"+shown.Encode(), now, count)
	return nil
}

// nextPage goes on with a list. What was hidden since, or a right that went, does not show through
// it: the page is then shorter.
func (d *Door) nextPage(ctx context.Context, w http.ResponseWriter, c dmp.Caller, page string) error {
	n, from := d.pages.get(page, c.ID, d.DMP.Now())
	if n == nil {
		return errPage
	}
	to := min(from+n.count, len(n.entries))
	now, err := d.DMP.StillVisible(ctx, c, n.entries[from:to])
	if err != nil {
		return err
	}
	d.bundle(w, n, d.Base+"/DocumentReference?_page="+page, now, to)
	return nil
}

// bundle writes one page of a list; the next one begins at next.
func (d *Door) bundle(w http.ResponseWriter, n *snapshot, self string, now []*xds.DocumentEntry, next int) {
	links := []any{map[string]any{"relation": "self", "url": self}}
	if n.token != "" && next < len(n.entries) {
		links = append(links, map[string]any{"relation": "next", "url": d.Base + "/DocumentReference?_page=" + n.token + "." + strconv.Itoa(next)})
	}
	list := make([]any, len(now))
	for i, e := range now {
		list[i] = map[string]any{"fullUrl": d.Base + "/DocumentReference/" + resourceID(e), "resource": d.documentReference(e), "search": map[string]any{"mode": "match"}}
	}
	out := map[string]any{"resourceType": "Bundle", "type": "searchset", "total": len(n.entries), "link": links}
	if len(list) > 0 {
		out["entry"] = list
	}
	writeJSON(w, 200, out)
}
