package web

import (
	"time"

	"github.com/socle-sante/socle/format/cda"
)

// Bounds of what a session keeps of the documents it has just opened.
const (
	maxOpened      = 4
	maxOpenedBytes = 48 << 20
	openedLife     = 10 * time.Minute
)

// openedDocument is a document whose reading is already in the journal: its tabs, its PDF and its
// pictures are parts of that reading.
type openedDocument struct {
	uniqueID string
	at       time.Time
	raw      []byte
	cda      *cda.Document // nil when it is not one
}

type openedDocuments struct{ list []*openedDocument } // newest last; under the session's mu

func (v *session) keepOpened(o *openedDocument) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kept, size := []*openedDocument{o}, len(o.raw)
	for i := len(v.open.list) - 1; i >= 0 && len(kept) < maxOpened; i-- {
		x := v.open.list[i]
		if x.uniqueID == o.uniqueID || o.at.Sub(x.at) > openedLife || size+len(x.raw) > maxOpenedBytes {
			continue
		}
		size += len(x.raw)
		kept = append([]*openedDocument{x}, kept...)
	}
	v.open.list = kept
}

// opened gives a document this session has just opened, or nil.
func (v *session) opened(uniqueID string, now time.Time) *openedDocument {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, x := range v.open.list {
		if x.uniqueID == uniqueID && now.Sub(x.at) <= openedLife {
			return x
		}
	}
	return nil
}

// forget drops what was opened: the person signed out, or rights changed.
func (v *session) forget() {
	v.mu.Lock()
	v.open.list, v.followed = nil, nil
	v.mu.Unlock()
}
