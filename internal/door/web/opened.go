package web

import (
	"slices"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/cda"
)

// Bounds of what is kept of the documents just opened: by one session, and by all of them.
const (
	maxOpened      = 4
	maxOpenedBytes = 96 << 20
	openedLife     = 10 * time.Minute
	treeShare      = 3 // a parsed document weighs about so many times its bytes
)

// openedDocument is a document whose reading is already in the journal: its tabs, its PDF and its
// pictures are parts of that reading.
type openedDocument struct {
	session  string // id
	uniqueID string
	at       time.Time
	raw      []byte
	cda      *cda.Document // nil when it is not one
	parts    string        // address of its parts when it was not opened from a record
}

func (o *openedDocument) weight() int { return treeShare * len(o.raw) }

// openedDocuments is the memory of all sessions together: the oldest leaves first when there is
// no room, and its next part is then a reading of its own.
type openedDocuments struct {
	mu   sync.Mutex
	list []*openedDocument // newest last
	size int
}

// keep remembers a document; those too old, and the oldest beyond the bounds, are forgotten.
func (v *openedDocuments) keep(o *openedDocument) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.drop(func(x *openedDocument) bool {
		return x.session == o.session && x.uniqueID == o.uniqueID || o.at.Sub(x.at) > openedLife
	})
	v.list = append(v.list, o)
	v.size += o.weight()
	mine := 0
	for i := len(v.list) - 1; i >= 0; i-- {
		if v.list[i].session == o.session {
			if mine++; mine > maxOpened {
				extra := v.list[i]
				v.drop(func(x *openedDocument) bool { return x == extra })
			}
		}
	}
	for v.size > maxOpenedBytes && len(v.list) > 1 {
		oldest := v.list[0]
		v.drop(func(x *openedDocument) bool { return x == oldest })
	}
}

// drop forgets what gone says. The caller holds mu.
func (v *openedDocuments) drop(gone func(*openedDocument) bool) {
	v.list = slices.DeleteFunc(v.list, func(x *openedDocument) bool {
		if !gone(x) {
			return false
		}
		v.size -= x.weight()
		return true
	})
}

// get gives a document this session has just opened, or nil.
func (v *openedDocuments) get(session, uniqueID string, now time.Time) *openedDocument {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, x := range v.list {
		if x.session == session && x.uniqueID == uniqueID && now.Sub(x.at) <= openedLife {
			return x
		}
	}
	return nil
}

// forget drops what a session has opened: the person signed out, or rights changed.
func (v *openedDocuments) forget(session string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.drop(func(x *openedDocument) bool { return x.session == session })
}
