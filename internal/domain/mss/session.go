package mss

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Session is somebody signed in to one mailbox: what IMAP and the web mail act through.
type Session struct {
	o     *Operator
	Box   Mailbox // as it was at sign-in
	Actor string  // who signed in: PS_IdNat, Struct_IdNat, PersonID, or the address with a password
	Door  string
}

// Operator gives the operator of the session.
func (s *Session) Operator() *Operator { return s.o }

// Folders lists the folders that exist, in order of birth.
func (s *Session) Folders(ctx context.Context) (list []Folder, err error) {
	err = s.o.Store.ViewMail(ctx, func(r Reader) error {
		all, err := r.Folders(s.Box.ID)
		list = slices.DeleteFunc(all, func(f Folder) bool { return f.Gone })
		return err
	})
	return list, s.o.storeError(err)
}

// Folder finds a folder by its full name (INBOX in any case); ErrNoFolder.
func (s *Session) Folder(ctx context.Context, name string) (*Folder, error) {
	list, err := s.Folders(ctx)
	if err != nil {
		return nil, err
	}
	return called(list, name)
}

// called finds a folder by its full name; ErrNoFolder.
func called(list []Folder, name string) (*Folder, error) {
	if f := named(list, name); f != nil {
		return f, nil
	}
	return nil, ErrNoFolder.At(name)
}

func named(list []Folder, name string) *Folder {
	for i := range list {
		if f := &list[i]; !f.Gone && (f.Name == name || f.ID == Inbox && strings.EqualFold(name, "INBOX")) {
			return f
		}
	}
	return nil
}

// Snapshot gives a folder as it is now; it costs nothing when nothing changed.
func (s *Session) Snapshot(ctx context.Context, folder FolderID) (*Snapshot, error) {
	return s.o.snapshot(ctx, s.Box.ID, folder)
}

// Watch signals changes of a folder (counters, flags, messages) until cancel is called. A signal
// says only that Snapshot will give something newer.
func (s *Session) Watch(folder FolderID) (c <-chan struct{}, cancel func()) {
	return s.o.views.watch(viewKey{s.Box.ID, folder})
}

// Texts walks the searched text of the entries of a snapshot: fields of a header in lower case,
// separated by line feeds, at the places TextFrom…; false stops.
func (s *Session) Texts(ctx context.Context, snap *Snapshot, fn func(i int, e *Entry, text string) bool) error {
	return s.o.texts(ctx, snap, fn)
}

// Messages gives what is kept beside the bytes (header block, size) of several messages, in the
// order asked, in one look. A message gone meanwhile is given as nil.
func (s *Session) Messages(ctx context.Context, ids []MessageID, fn func(*Message) error) error {
	err := s.o.Store.ViewMail(ctx, func(r Reader) error {
		for _, id := range ids {
			m, err := r.Message(id)
			if errors.Is(err, dmp.ErrNotFound) {
				m, err = nil, nil
			}
			if err == nil {
				err = fn(m)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s.o.storeError(err)
}

// Bytes gives a whole message. The caller reached id through a snapshot of this session.
func (s *Session) Bytes(ctx context.Context, id MessageID) ([]byte, error) {
	b, err := s.o.Store.MailBytes(ctx, id)
	if errors.Is(err, dmp.ErrNotFound) {
		return nil, ErrNoMessage
	}
	return b, s.o.storeError(err)
}

// Quota gives what the mailbox holds and may hold, in bytes.
func (s *Session) Quota(ctx context.Context) (used, limit int64, err error) {
	list, err := s.Folders(ctx)
	for i := range list {
		used += list[i].Bytes
	}
	return used, s.Box.Quota, err
}

// maxFolders bounds the folders of one mailbox, those removed included.
const maxFolders = 1000

// maxFolderName bounds a name, in bytes; levels are separated by "/".
const maxFolderName = 255

// CreateFolder makes a folder; use is a special use ("\Archive"), or empty.
func (s *Session) CreateFolder(ctx context.Context, name, use string) error {
	name = strings.TrimSuffix(name, "/")
	if !folderName(name) {
		return ErrFolderName.At(name)
	}
	return s.write(ctx, nil, func(tx Tx, list []Folder) error {
		if named(list, name) != nil {
			return ErrFolderExists.At(name)
		}
		if len(list) >= maxFolders {
			return ErrFolders
		}
		for i := range list {
			if use != "" && list[i].Use == use && !list[i].Gone {
				return ErrFolderUse.At(use)
			}
		}
		validity := uint32(s.o.Now().Unix())
		for i := range list {
			validity = max(validity, list[i].UIDValidity+1)
		}
		return tx.PutFolder(&Folder{Box: s.Box.ID, Name: name, Use: use, Subscribed: true, UIDValidity: validity, UIDNext: 1, ModSeq: 1})
	})
}

func folderName(name string) bool {
	if name == "" || len(name) > maxFolderName || strings.Contains(name, "//") || name[0] == '/' {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 127 || r == '*' || r == '%' })
}

// DeleteFolder removes a folder and its messages. Those every mailbox is born with stay.
func (s *Session) DeleteFolder(ctx context.Context, name string) error {
	var key viewKey
	var gone []uint32
	err := s.write(ctx, nil, func(tx Tx, list []Folder) error {
		f, err := called(list, name)
		if err != nil {
			return err
		}
		if f.ID < firstFree {
			return ErrFolderKept.At(name)
		}
		for i := range list {
			if !list[i].Gone && strings.HasPrefix(list[i].Name, f.Name+"/") {
				return ErrFolderParent.At(list[i].Name)
			}
		}
		key = viewKey{f.Box, f.ID}
		if gone, err = s.o.empty(tx, f, func(*Entry) bool { return true }); err != nil {
			return err
		}
		f.Gone, f.Subscribed, f.Use = true, false, ""
		return tx.PutFolder(f)
	})
	if err == nil {
		s.o.views.touched(key, gone...)
	}
	return err
}

// RenameFolder renames a folder and those under it. INBOX and the others every mailbox is born
// with keep their name.
func (s *Session) RenameFolder(ctx context.Context, from, to string) error {
	to = strings.TrimSuffix(to, "/")
	if !folderName(to) {
		return ErrFolderName.At(to)
	}
	return s.write(ctx, nil, func(tx Tx, list []Folder) error {
		f, err := called(list, from)
		if err != nil {
			return err
		}
		if f.ID < firstFree {
			return ErrFolderKept.At(from)
		}
		if named(list, to) != nil {
			return ErrFolderExists.At(to)
		}
		old := f.Name
		if strings.HasPrefix(to, old+"/") {
			return ErrFolderName.At(to)
		}
		for i := range list {
			g := &list[i]
			if rest, under := strings.CutPrefix(g.Name, old+"/"); !g.Gone && (g.ID == f.ID || under) {
				g.Name = to
				if under {
					g.Name += "/" + rest
				}
				if !folderName(g.Name) {
					return ErrFolderName.At(g.Name)
				}
				if slices.ContainsFunc(list, func(h Folder) bool { return h.ID != g.ID && !h.Gone && h.Name == g.Name }) {
					return ErrFolderExists.At(g.Name) // a level may exist without the one above
				}
				if err := tx.PutFolder(g); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Subscribe says whether a folder is listed by LSUB.
func (s *Session) Subscribe(ctx context.Context, name string, on bool) error {
	return s.write(ctx, nil, func(tx Tx, list []Folder) error {
		f, err := called(list, name)
		if err != nil {
			return err
		}
		f.Subscribed = on
		return tx.PutFolder(f)
	})
}

// write changes something in the mailbox of the session, in one commit: it must be open, and still
// be of whoever signed in. do gets its folders.
func (s *Session) write(ctx context.Context, bodies []*Body, do func(tx Tx, list []Folder) error) error {
	err := s.o.Store.CommitMail(ctx, Unit{Bodies: bodies, Do: func(tx Tx) error {
		if err := s.mayWrite(tx); err != nil {
			return err
		}
		list, err := tx.Folders(s.Box.ID)
		if err != nil {
			return err
		}
		return do(tx, list)
	}})
	return s.o.storeError(err)
}

// minute rounds a time for rows that need no more.
func minute(t time.Time) time.Time { return t.UTC().Truncate(time.Minute) }
