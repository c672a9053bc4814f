package mss

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Append keeps a message given by the client (IMAP APPEND, drafts and copies of the web mail) and
// gives its place. Its bytes are as they came: nothing is added.
func (s *Session) Append(ctx context.Context, folder string, flags Flags, keywords []string, date time.Time, raw []byte) (validity, uid uint32, err error) {
	if len(raw) > MaxMessage {
		return 0, 0, ErrTooLarge
	}
	body, head, err := s.o.body(nil, raw)
	if err != nil {
		return 0, 0, err
	}
	words, err := joinKeywords(keywords)
	if err != nil {
		return 0, 0, err
	}
	text := searched(head)
	var key viewKey
	err = s.write(ctx, []*Body{body}, func(tx Tx, list []Folder) error {
		f, err := called(list, folder)
		if err != nil {
			return err
		}
		if used(list)+int64(len(raw)) > s.Box.Quota {
			return ErrQuota
		}
		if err := tx.PutMessage(body, &Message{ID: body.ID, Size: int64(len(raw)), SHA256: body.SHA256, Header: head, Received: s.o.Now(), Copies: 1}); err != nil {
			return err
		}
		e := Entry{Flags: flags, Keywords: words, Message: body.ID, Date: date.UnixMilli(), Size: uint32(len(raw))}
		if err := tx.Append(f.Box, f.ID, &e, text); err != nil {
			return err
		}
		key, validity, uid = viewKey{f.Box, f.ID}, f.UIDValidity, e.UID
		return s.trace(tx, "append", f.Name, nil)
	})
	if err == nil {
		s.o.views.touched(key, uid)
	}
	return validity, uid, err
}

func used(list []Folder) (n int64) {
	for i := range list {
		n += list[i].Bytes
	}
	return n
}

// maxKeywords bounds the keywords of one message, in bytes all together.
const maxKeywords = 500

func joinKeywords(list []string) (string, error) {
	list = slices.Clone(list)
	slices.Sort(list)
	list = slices.Compact(list)
	s := strings.Join(list, " ")
	if len(s) > maxKeywords {
		return "", ErrKeywords
	}
	return s, nil
}

// FlagChange is what a client asks about flags.
type FlagChange struct {
	Add, Replace   bool // both false: remove
	Flags          Flags
	Keywords       []string
	UnchangedSince uint64 // 0: whatever happened since. spec: RFC 7162 3.1.3
}

// SetFlags changes flags. changed are the entries as they are now (those really changed have the
// new MODSEQ), conflict the UIDs left alone because they changed since UnchangedSince.
func (s *Session) SetFlags(ctx context.Context, folder FolderID, uids []uint32, c FlagChange) (changed []Entry, conflict []uint32, err error) {
	var touched []uint32
	err = s.o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		changed, conflict, touched = nil, nil, nil
		if err := s.mayWrite(tx); err != nil {
			return err
		}
		var set []Entry
		err := entries(tx, s.Box.ID, folder, uids, func(e *Entry) error {
			if c.UnchangedSince > 0 && e.ModSeq > c.UnchangedSince {
				conflict = append(conflict, e.UID)
				return nil
			}
			flags, words, err := c.apply(e)
			if err != nil {
				return err
			}
			if flags != e.Flags || words != e.Keywords {
				e.Flags, e.Keywords = flags, words
				set = append(set, *e)
				touched = append(touched, e.UID)
			}
			changed = append(changed, *e)
			return nil
		})
		if err != nil || len(set) == 0 {
			return err
		}
		modseq, err := tx.SetFlags(s.Box.ID, folder, set)
		for i := range changed {
			if _, ok := slices.BinarySearch(touched, changed[i].UID); ok {
				changed[i].ModSeq = modseq
			}
		}
		return err
	}})
	if err == nil && len(touched) > 0 {
		s.o.views.touched(viewKey{s.Box.ID, folder}, touched...)
	}
	return changed, conflict, s.o.storeError(err)
}

func (c *FlagChange) apply(e *Entry) (Flags, string, error) {
	words := strings.Fields(e.Keywords)
	switch {
	case c.Replace:
		w, err := joinKeywords(c.Keywords)
		return c.Flags, w, err
	case c.Add:
		w, err := joinKeywords(append(words, c.Keywords...))
		return e.Flags | c.Flags, w, err
	}
	words = slices.DeleteFunc(words, func(w string) bool {
		return slices.ContainsFunc(c.Keywords, func(k string) bool { return strings.EqualFold(k, w) })
	})
	w, err := joinKeywords(words)
	return e.Flags &^ c.Flags, w, err
}

// entries gives the entries of some UIDs, sorted, that exist; one reading per page.
func entries(r Reader, box BoxID, folder FolderID, uids []uint32, fn func(*Entry) error) error {
	if !slices.IsSorted(uids) {
		uids = slices.Clone(uids)
		slices.Sort(uids)
	}
	i := 0
	for i < len(uids) {
		from := uids[i] / PageSize
		err := r.Pages(box, folder, from, func(n uint32, list []Entry) error {
			for k := range list {
				for i < len(uids) && uids[i] < list[k].UID {
					i++
				}
				if i == len(uids) {
					return errStop
				}
				if uids[i] == list[k].UID {
					i++
					if err := fn(&list[k]); err != nil {
						return err
					}
				}
			}
			if i == len(uids) || uids[i]/PageSize > n+4 {
				return errStop // jump over the pages that nobody asked for
			}
			return nil
		})
		if errors.Is(err, errStop) {
			continue
		}
		return err
	}
	return nil
}

// Copied tells where messages went, for COPYUID.
type Copied struct {
	Validity  uint32
	From, To  []uint32
	NewFolder FolderID
}

// Copy puts messages of a folder into another too; with move they leave the first in the same
// commit.
func (s *Session) Copy(ctx context.Context, folder FolderID, uids []uint32, to string, move bool) (*Copied, error) {
	var out *Copied
	err := s.write(ctx, nil, func(tx Tx, list []Folder) error {
		out = &Copied{}
		f, err := called(list, to)
		if err != nil {
			return err
		}
		out.Validity, out.NewFolder = f.UIDValidity, f.ID
		var found []Entry
		var bytes int64
		if err := entries(tx, s.Box.ID, folder, uids, func(e *Entry) error {
			found = append(found, *e)
			bytes += int64(e.Size)
			return nil
		}); err != nil {
			return err
		}
		if !move && used(list)+bytes > s.Box.Quota {
			return ErrQuota
		}
		for i := range found {
			e := found[i]
			text, err := s.o.textOf(tx, e.Message)
			if err != nil {
				return err
			}
			out.From = append(out.From, e.UID)
			if err := tx.Append(f.Box, f.ID, &e, text); err != nil {
				return err
			}
			out.To = append(out.To, e.UID)
			if !move {
				if err := tx.Share(e.Message, 1); err != nil {
					return err
				}
			}
		}
		if !move || len(found) == 0 {
			return nil
		}
		if err := tx.Remove(s.Box.ID, folder, out.From); err != nil {
			return err
		}
		return s.trace(tx, "move", f.Name, out.From)
	})
	if err == nil {
		s.o.views.touched(viewKey{s.Box.ID, out.NewFolder}, out.To...)
		if move {
			s.o.views.touched(viewKey{s.Box.ID, folder}, out.From...)
		}
	}
	return out, err
}

// Expunge removes for good the messages flagged \Deleted, among uids when it is not nil, and gives
// the UIDs removed. The last copy of a message takes its bytes with it.
func (s *Session) Expunge(ctx context.Context, folder FolderID, uids []uint32) (gone []uint32, err error) {
	if uids != nil && !slices.IsSorted(uids) {
		uids = slices.Clone(uids)
		slices.Sort(uids)
	}
	among := func(uid uint32) bool {
		_, ok := slices.BinarySearch(uids, uid)
		return ok || uids == nil
	}
	err = s.o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		if err := s.mayWrite(tx); err != nil {
			return err
		}
		f, err := tx.Folder(s.Box.ID, folder)
		if err != nil {
			return err
		}
		gone, err = s.o.empty(tx, f, func(e *Entry) bool {
			return e.Flags&Deleted != 0 && among(e.UID)
		})
		if err != nil || len(gone) == 0 {
			return err
		}
		return s.trace(tx, "delete", f.Name, gone)
	}})
	if err == nil && len(gone) > 0 {
		s.o.views.touched(viewKey{s.Box.ID, folder}, gone...)
	}
	return gone, s.o.storeError(err)
}

// empty removes the entries of a folder that which chooses.
func (o *Operator) empty(tx Tx, f *Folder, which func(*Entry) bool) (gone []uint32, err error) {
	var messages []MessageID
	err = tx.Pages(f.Box, f.ID, 0, func(_ uint32, list []Entry) error {
		for i := range list {
			if which(&list[i]) {
				gone, messages = append(gone, list[i].UID), append(messages, list[i].Message)
			}
		}
		return nil
	})
	if err != nil || len(gone) == 0 {
		return nil, err
	}
	if err := tx.Remove(f.Box, f.ID, gone); err != nil {
		return nil, err
	}
	for _, id := range messages {
		if err := tx.Share(id, -1); err != nil {
			return nil, err
		}
	}
	return gone, nil
}

func (o *Operator) textOf(r Reader, id MessageID) (string, error) {
	m, err := r.Message(id)
	if errors.Is(err, dmp.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return searched(m.Header), nil
}
