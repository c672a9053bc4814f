package dmp

import (
	"context"
	"errors"
	"sort"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Beside gives the record as Dossier does, under the same decision, without a line in the
// journal: it is the list that stays beside an open document, in a visit whose search is already
// written down. A refusal is answered as NotFound.
func (d *DMP) Beside(ctx context.Context, c Caller, id ins.PersonID) (*Dossier, error) {
	out := &Dossier{}
	err := d.look(ctx, func(r Reader) error {
		p, err := kept(r, id)
		if errors.Is(err, ErrNotFound) || err == nil && c.Citizen && c.ID != string(id) {
			return ins.ErrUnknown
		}
		if err != nil {
			return err
		}
		out.Person = p
		if out.Record, err = r.Record(id); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		v, err := d.view(r, c, id, false, true)
		if finding.As(err) != nil {
			return ErrNoDocument
		}
		if err != nil {
			return err
		}
		out.Reason = v.reason
		out.MT = v.reason == acces.OKMedecinTraitant
		if out.LastSeen, err = r.LastSeen(id, c.ID); err != nil {
			return err
		}
		return out.fill(r, id, v)
	})
	if err != nil {
		return nil, d.storeError(err)
	}
	return out, nil
}

// Since marks as new what arrived after a moment: the last visit before this one, so that what
// was new when a visit began stays marked while it lasts. The zero time marks nothing.
func (out *Dossier) Since(t time.Time) {
	out.LastSeen = t
	for i := range out.Lines {
		out.Lines[i].New = !t.IsZero() && out.Lines[i].Received.After(t)
	}
}

// Line finds a document of the list by its logical id, or by the one of a version it replaced;
// nil when the caller may not know of it.
func (out *Dossier) Line(logicalID string) (*Line, *xds.DocumentEntry) {
	for i := range out.Lines {
		l := &out.Lines[i]
		if l.Entry.LogicalID == logicalID {
			return l, l.Entry
		}
		for _, old := range l.Versions {
			if old.LogicalID == logicalID {
				return l, old
			}
		}
	}
	return nil, nil
}

// MayRead asks whether an open document may still be shown to the caller: the parts of one
// reading (its tabs, its PDF) are decided anew, not written down anew.
func (d *DMP) MayRead(ctx context.Context, c Caller, uniqueID string) error {
	err := d.look(ctx, func(r Reader) error {
		owner, _, dec, err := d.mayRead(r, c, uniqueID)
		if err != nil {
			return err
		}
		if owner == "" || !dec.Allowed {
			return ErrNoDocument.At(uniqueID)
		}
		return nil
	})
	return d.storeError(err)
}

// Follow is what a professional is told of a record before opening it.
type Follow struct {
	Person   *ins.Person
	New      int       // documents in force that are news, among those they may see
	Types    []string  // type codes of these, the newest first
	Latest   time.Time // when the newest of these arrived, or was written if never opened
	LastSeen time.Time
}

// recentWriting is how young a document of a record never opened must be to be news.
const recentWriting = 45 * 24 * time.Hour

// Followed lists the records of a professional's care team with what is news to them: arrived
// since their last visit or, in a record they never opened, written lately. It opens no record:
// nothing is written in the journal, and documents they may not see do not count.
// spec: DMP 2.2 (TD0.4)
func (d *DMP) Followed(ctx context.Context, c Caller) ([]Follow, error) {
	var ids []ins.PersonID
	err := d.look(ctx, func(r Reader) (err error) {
		ids, err = r.AuthorisedTo(c.ID)
		return err
	})
	if err != nil {
		return nil, d.storeError(err)
	}
	out := make([]Follow, len(ids))
	errs := make([]error, followers)
	var done sync.WaitGroup
	for w := range followers {
		done.Go(func() {
			errs[w] = d.look(ctx, func(r Reader) error {
				for i := w; i < len(ids); i += followers {
					if err := d.follow(r, c, ids[i], &out[i]); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	done.Wait()
	return out, d.storeError(errors.Join(errs...))
}

// followers is how many views look at once: the page that lists a care team waits for them.
const followers = 3

func (d *DMP) follow(r Reader, c Caller, id ins.PersonID, f *Follow) (err error) {
	if f.Person, err = kept(r, id); err != nil {
		return err
	}
	if f.LastSeen, err = r.LastSeen(id, c.ID); err != nil {
		return err
	}
	return d.news(r, c, id, f)
}

// news counts the documents in force that are news.
func (d *DMP) news(r Reader, c Caller, id ins.PersonID, f *Follow) error {
	received, err := r.Received(id)
	if err != nil {
		return err
	}
	fresh := false
	for _, at := range received {
		fresh = fresh || at.After(f.LastSeen)
	}
	if !fresh {
		return nil
	}
	v, err := d.view(r, c, id, false, false)
	if finding.As(err) != nil { // a closed record, or a right that is gone: nothing to tell
		return nil
	}
	if err != nil {
		return err
	}
	current := newest(v.entries, false)
	sort.SliceStable(current, func(i, j int) bool { return when(current[i]) > when(current[j]) })
	limit := d.Now().Add(-recentWriting)
	for _, e := range current {
		at := received[e.UniqueID]
		news := at.After(f.LastSeen)
		if f.LastSeen.IsZero() {
			var ok bool
			at, ok = xds.ParseDTM(e.CreationTime)
			news = ok && at.After(limit)
		}
		if e.Status != xds.Approved || isSignature(e) || !news {
			continue
		}
		f.New++
		f.Types = append(f.Types, e.Type.Code)
		if at.After(f.Latest) {
			f.Latest = at
		}
	}
	return nil
}
