package annuaire

import (
	"time"

	"github.com/socle-sante/socle/format/finding"
)

// How long a state that was replaced is kept for the pages of lists begun before.
const (
	DefaultRetention = 24 * time.Hour
	maxDead          = 2_000_000 // states over which the oldest go before their time: about 300 MB
	maxSnapshots     = 1_000_000 // versions of the directory whose time is kept
)

// ErrPage is the answer to a page whose list is too old, or was never given.
var ErrPage = &finding.Refusal{ID: "ANN-PAGE-EXPIREE", Kind: finding.Gone, Code: "expired", Rule: "FHIR R4 http#paging",
	Message: finding.T("La liste commencée n'est plus conservée : l'annuaire a changé depuis trop longtemps ou a redémarré.", "The list begun is not kept any more: the directory changed too long ago, or was restarted."),
	Fix:     finding.T("Relancez la recherche depuis sa première page.", "Run the search again from its first page.")}

// grave is a state that was replaced, waiting to be forgotten. They come in the order of death.
type grave struct {
	kind Kind
	ord  uint32
	at   uint32 // place in versions
}

// sweep forgets states that are too old or too many. Snapshots before the death of a forgotten
// state are refused from then on.
func (a *Annuaire) sweep() {
	limit := a.lastTime() - int64(a.retention())
	n := 0
	for n < len(a.dead) {
		g := a.dead[n]
		t := &a.tables[g.kind]
		v := t.version(g.at)
		if len(a.dead)-n <= a.maxDead && a.timeOf(v.dead) > limit {
			break
		}
		a.oldest = max(a.oldest, v.dead)
		if t.head[g.ord] == g.at+1 {
			t.head[g.ord] = 0
		} else {
			for h := t.head[g.ord]; h != 0; h = t.version(h - 1).prev {
				if t.version(h-1).prev == g.at+1 {
					t.version(h - 1).prev = 0
					break
				}
			}
		}
		a.arena.drop(v.loc)
		*v = version{}
		t.spare = append(t.spare, g.at)
		n++
	}
	if n > 0 {
		a.dead = append(a.dead[:0:0], a.dead[n:]...)
	}
	if drop := len(a.times) - maxSnapshots; drop > 0 {
		a.times = append(a.times[:0:0], a.times[drop:]...)
		a.firstTime += uint32(drop)
		a.oldest = max(a.oldest, a.firstTime)
	}
	a.tidy()
}

// tidy moves records together when more than half of the memory held is holes, a few thousand at
// a time. Readers keep what they have already read.
func (a *Annuaire) tidy() {
	if a.arena.held < 8*chunkSize || a.arena.used > a.arena.held/2 {
		a.tidying = cursor{}
		return
	}
	for budget := lockBatch * 16; budget > 0 && int(a.tidying.kind) < kindCount; budget-- {
		t := &a.tables[a.tidying.kind]
		if a.tidying.at >= t.made {
			a.tidying = cursor{kind: a.tidying.kind + 1}
			continue
		}
		v := t.version(uint32(a.tidying.at))
		a.tidying.at++
		if v.dead == 0 || v.loc.length == 0 { // a free place
			continue
		}
		moved := a.arena.add(a.arena.get(v.loc))
		a.arena.drop(v.loc)
		v.loc = moved
	}
	if int(a.tidying.kind) >= kindCount {
		a.tidying = cursor{}
	}
}

type cursor struct {
	kind Kind
	at   int
}

func (a *Annuaire) retention() time.Duration {
	if a.Retention > 0 {
		return a.Retention
	}
	return DefaultRetention
}

// timeOf gives when a version of the directory was made.
func (a *Annuaire) timeOf(v uint32) int64 {
	if v == 0 || v <= a.firstTime {
		if len(a.times) == 0 {
			return epoch.UnixNano()
		}
		return a.times[0]
	}
	if i := int(v-a.firstTime) - 1; i < len(a.times) {
		return a.times[i]
	}
	return a.lastTime()
}

func (a *Annuaire) lastTime() int64 {
	if n := len(a.times); n > 0 {
		return a.times[n-1]
	}
	return epoch.UnixNano()
}

// Snapshot gives the version of the directory seen now, and when it was made.
func (a *Annuaire) Snapshot() (uint32, time.Time) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.version, time.Unix(0, a.lastTime()).UTC()
}

// kept reports whether a snapshot can still be read as it was.
func (a *Annuaire) kept(snapshot uint32) bool { return snapshot <= a.version && snapshot >= a.oldest }
