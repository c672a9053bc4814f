package pdsm

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Page sizes, and how long a list waits for its next page.
const (
	defaultCount = 200
	maxCount     = 1000
	pageLife     = 15 * time.Minute
	maxSnapshots = 1000
)

// snapshots keeps the rest of lists that were cut in pages, so that paging neither misses nor
// repeats a document while others arrive. Bounded: the oldest goes first.
type snapshots struct {
	mu    sync.Mutex
	kept  map[string]*snapshot
	order []string
}

type snapshot struct {
	caller  string
	entries []*xds.DocumentEntry
	count   int
	total   int
	self    string
	expires time.Time
}

func (s *snapshots) put(n *snapshot) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	token := hex.EncodeToString(b[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]*snapshot{}
	}
	if len(s.order) == maxSnapshots {
		delete(s.kept, s.order[0])
		s.order = s.order[1:]
	}
	s.kept[token] = n
	s.order = append(s.order, token)
	return token
}

func (s *snapshots) get(token, caller string, now time.Time) *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.kept[token]
	if n == nil || n.caller != caller || now.After(n.expires) {
		return nil
	}
	return n
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
	self := d.Base + "/DocumentReference?" + shown.Encode()
	d.bundle(w, &snapshot{caller: c.ID, entries: entries, count: count, total: len(entries), self: self})
	return nil
}

func (d *Door) nextPage(w http.ResponseWriter, _ *http.Request, c dmp.Caller, token string) error {
	n := d.pages.get(token, c.ID, d.DMP.Now())
	if n == nil {
		return errPage
	}
	page := *n
	page.self = d.Base + "/DocumentReference?_page=" + token
	d.bundle(w, &page)
	return nil
}

// bundle writes one page and keeps the rest.
func (d *Door) bundle(w http.ResponseWriter, s *snapshot) {
	links := []any{map[string]any{"relation": "self", "url": s.self}}
	now := s.entries
	if s.count < len(now) {
		now = now[:s.count]
		if s.count > 0 {
			token := d.pages.put(&snapshot{caller: s.caller, entries: s.entries[s.count:], count: s.count, total: s.total, expires: d.DMP.Now().Add(pageLife)})
			links = append(links, map[string]any{"relation": "next", "url": d.Base + "/DocumentReference?_page=" + token})
		}
	}
	list := make([]any, len(now))
	for i, e := range now {
		list[i] = map[string]any{"fullUrl": d.Base + "/DocumentReference/" + resourceID(e), "resource": d.documentReference(e), "search": map[string]any{"mode": "match"}}
	}
	out := map[string]any{"resourceType": "Bundle", "type": "searchset", "total": s.total, "link": links}
	if len(list) > 0 {
		out["entry"] = list
	}
	writeJSON(w, 200, out)
}
