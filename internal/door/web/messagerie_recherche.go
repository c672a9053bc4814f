package web

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// searchMail finds messages by the words of their senders, recipients and subjects, in every folder
// but the bin, newest first. A name of MSSanté is searched without its underscores.
func (q *request) searchMail(b *mailbox, p *mailListPage) error {
	words := fold(p.Query)
	type hit struct {
		f *mss.Folder
		e *mss.Entry
	}
	var hits []hit
	for i := range b.Folders {
		f := &b.Folders[i]
		if (f.ID == mss.Trash || f.ID == mss.Junk) && f.ID != p.Folder.ID {
			continue
		}
		snap, err := b.Snapshot(q.r.Context(), f.ID)
		if err != nil {
			return err
		}
		err = b.Texts(q.r.Context(), snap, func(_ int, e *mss.Entry, text string) bool {
			folded := ins.Comparable(strings.NewReplacer("_", " ", "\n", " ").Replace(text))
			for _, w := range words {
				if !strings.Contains(folded, w) {
					return true
				}
			}
			hits = append(hits, hit{f, e})
			return true
		})
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(hits, func(x, y hit) int { return int(min(1, max(-1, y.e.Date-x.e.Date))) })
	if p.Cut = len(hits) > maxFoundMail; p.Cut {
		hits = hits[:maxFoundMail]
	}
	for _, h := range hits {
		rows, err := q.mailRows(b, h.f, [][]*mss.Entry{{h.e}})
		if err != nil {
			return err
		}
		rows[0].Folder = q.folderName(h.f)
		p.Rows = append(p.Rows, rows...)
	}
	return nil
}
