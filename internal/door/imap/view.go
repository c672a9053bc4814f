package imap

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"

	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// view is the open folder as the client knows it: sequence numbers are places in the snapshot it was
// last told. Snapshots are shared by all who look at the folder.
type view struct {
	name     string
	snap     *mss.Snapshot
	readOnly bool
	changed  <-chan struct{}
	stop     func()
	pending  bool              // something changed that the client was not told
	told     map[uint32]uint64 // MODSEQ of the entries whose flags the client was just given
}

func (v *view) folder() mss.FolderID { return v.snap.Folder.ID }

// modseq is the highest one the client may count on.
func (v *view) modseq() uint64 { return max(v.snap.Folder.ModSeq, 1) }

// last is the largest UID, 0 in an empty folder.
func (v *view) last() uint32 {
	if v.snap.Len() == 0 {
		return 0
	}
	return v.snap.At(v.snap.Len() - 1).UID
}

// selectFolder is SELECT and EXAMINE.
// spec: RFC 3501 6.3.1, RFC 7162 3.1.1
func (c *conn) selectFolder(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.Select)
	c.unselect() // even when what follows fails
	if err := c.session.Still(c.ctx); err != nil {
		return answer{}, err
	}
	f, err := c.session.Folder(c.ctx, a.Mailbox)
	if err != nil {
		return answer{}, err
	}
	v := &view{name: f.Name, readOnly: cmd.Name == "EXAMINE" || c.session.Box.State == mss.Closed}
	v.changed, v.stop = c.session.Watch(f.ID)
	if v.snap, err = c.session.Snapshot(c.ctx, f.ID); err != nil {
		v.stop()
		return answer{}, err
	}
	if a.Condstore {
		c.condstore = true
	}
	c.view = v
	keywords, unseen := v.survey()
	flags := append(slices.Clone(systemFlags), keywords...)
	c.out = append(c.out, "* FLAGS "...)
	c.out = wire.AppendFlags(c.out, flags)
	c.out = append(c.out, "\r\n"...)
	permanent := "PERMANENTFLAGS ()"
	if !v.readOnly {
		permanent = "PERMANENTFLAGS " + string(wire.AppendFlags(nil, append(flags, `\*`)))
	}
	c.untagged("OK", permanent, "flags that are kept")
	c.number(v.snap.Len(), "EXISTS")
	c.number(0, "RECENT")
	if unseen > 0 {
		c.untagged("OK", "UNSEEN "+strconv.Itoa(unseen), "first message not seen")
	}
	c.untagged("OK", "UIDVALIDITY "+uint32Text(v.snap.Folder.UIDValidity), "UIDs are valid")
	c.untagged("OK", "UIDNEXT "+uint32Text(max(v.snap.Folder.UIDNext, v.last()+1)), "next UID")
	c.untagged("OK", "HIGHESTMODSEQ "+strconv.FormatUint(v.modseq(), 10), "mod-sequences are kept")
	if v.readOnly {
		return answer{code: "READ-ONLY"}, nil
	}
	return answer{code: "READ-WRITE"}, nil
}

// maxKeywordsListed bounds the keywords that FLAGS lists.
const maxKeywordsListed = 100

// survey gives the keywords in use, and the sequence number of the first message not seen, 0 for none.
func (v *view) survey() (keywords []string, unseen int) {
	seen := map[string]bool{}
	v.snap.All(func(i int, e *mss.Entry) bool {
		if unseen == 0 && e.Flags&mss.Seen == 0 {
			unseen = i + 1
		}
		if e.Keywords != "" && !seen[e.Keywords] && len(keywords) < maxKeywordsListed {
			seen[e.Keywords] = true
			for _, k := range strings.Fields(e.Keywords) {
				if !slices.Contains(keywords, k) {
					keywords = append(keywords, k)
				}
			}
		}
		return true
	})
	return keywords, unseen
}

func uint32Text(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// number writes an untagged response that begins with a number.
func (c *conn) number(n int, word string) {
	c.out = append(c.out, "* "...)
	c.out = strconv.AppendInt(c.out, int64(n), 10)
	c.out = append(c.out, ' ')
	c.out = append(c.out, word...)
	c.out = append(c.out, "\r\n"...)
}

func (c *conn) unselect() {
	if c.view != nil {
		c.view.stop()
		c.view = nil
	}
}

// closeFolder is CLOSE, which removes what is flagged \Deleted without telling, and UNSELECT.
func (c *conn) closeFolder(cmd *wire.Command) (answer, error) {
	v := c.view
	c.unselect()
	if cmd.Name == "UNSELECT" || v.readOnly {
		return answer{}, nil
	}
	_, err := c.session.Expunge(c.ctx, v.folder(), nil)
	return answer{}, err
}

// announce tells what happened to the open folder since the client was last told. When messages went
// away and sequence numbers must not move now, all of it waits.
// spec: RFC 3501 7.4.1
func (c *conn) announce(mayMove bool) {
	v := c.view
	if v == nil || c.broken != nil {
		return
	}
	select {
	case <-v.changed:
		v.pending = true
	default:
	}
	if !v.pending {
		return
	}
	next, err := c.session.Snapshot(c.ctx, v.folder())
	if err != nil {
		c.d.Log.Warn("imap folder not read again", slog.Any("err", err))
		return
	}
	gone, changed := next.Diff(v.snap)
	if len(gone) > 0 && !mayMove {
		return
	}
	v.pending = false
	before := v.snap
	for _, uid := range slices.Backward(gone) {
		if i, ok := before.Find(uid); ok {
			c.number(i+1, "EXPUNGE")
		}
		if c.full() != nil {
			return
		}
	}
	if next.Len() != before.Len()-len(gone) {
		c.number(next.Len(), "EXISTS")
	}
	v.snap = next
	for _, e := range changed {
		_, known := before.Find(e.UID)
		if modseq, told := v.told[e.UID]; !known || told && modseq == e.ModSeq {
			continue
		}
		if i, ok := next.Find(e.UID); ok {
			c.flagsOf(i, e, true, true)
		}
		if c.full() != nil {
			return
		}
	}
	v.told = nil
}

// given notes that the client has been told the flags of an entry.
func (v *view) given(e *mss.Entry) {
	if v.told == nil {
		v.told = map[uint32]uint64{}
	}
	v.told[e.UID] = e.ModSeq
}

// flagsOf writes one FETCH response with the flags of a message.
func (c *conn) flagsOf(i int, e *mss.Entry, flags, uid bool) {
	c.out = append(c.out, "* "...)
	c.out = strconv.AppendInt(c.out, int64(i+1), 10)
	c.out = append(c.out, " FETCH ("...)
	gap := ""
	if uid {
		c.out = append(c.out, "UID "...)
		c.out = strconv.AppendUint(c.out, uint64(e.UID), 10)
		gap = " "
	}
	if flags {
		c.out = append(c.out, gap+"FLAGS "...)
		c.out = appendFlags(c.out, e)
		gap = " "
	}
	if c.condstore {
		c.out = append(c.out, gap+"MODSEQ ("...)
		c.out = strconv.AppendUint(c.out, e.ModSeq, 10)
		c.out = append(c.out, ')')
	}
	c.out = append(c.out, ")\r\n"...)
}

// places gives the places in the view of a set of sequence numbers or UIDs. UIDs that are not there
// are passed over; a sequence number that is not is a fault.
func (v *view) places(set wire.Set, uid bool) ([]int, error) {
	n := v.snap.Len()
	if !uid {
		var out []int
		star := set.Largest()
		for _, r := range set.Resolve(uint32(n)) {
			if r.From > uint32(n) && !star {
				return nil, errSequence
			}
			for i := r.From; i <= min(r.To, uint32(n)); i++ {
				out = append(out, int(i-1))
			}
		}
		if out == nil && !star {
			return nil, errSequence
		}
		return out, nil
	}
	var out []int
	for _, r := range set.Resolve(v.last()) {
		i, _ := v.snap.Find(r.From)
		for ; i < n && v.snap.At(i).UID <= r.To; i++ {
			out = append(out, i)
		}
	}
	return out, nil
}

// uids gives the UIDs at some places.
func (v *view) uids(places []int) []uint32 {
	out := make([]uint32, len(places))
	for k, i := range places {
		out[k] = v.snap.At(i).UID
	}
	return out
}
