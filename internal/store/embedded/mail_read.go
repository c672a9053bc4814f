package embedded

import (
	"errors"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// mailReader answers about mail from one snapshot. It implements mss.Reader.
type mailReader struct {
	c *conn
	s *Store
}

var _ mss.Reader = (*mailReader)(nil)

// Mailbox implements mss.Reader.
func (r *mailReader) Mailbox(id mss.BoxID) (*mss.Mailbox, error) {
	return r.mailbox("SELECT data FROM mail_box WHERE id = ?", int64(id))
}

// MailboxAt implements mss.Reader.
func (r *mailReader) MailboxAt(address string) (*mss.Mailbox, error) {
	return r.mailbox("SELECT b.data FROM mail_address a JOIN mail_box b ON b.id = a.box WHERE a.address = ?", address)
}

func (r *mailReader) mailbox(sql string, arg any) (*mss.Mailbox, error) {
	var data []byte
	if err := r.c.one(sql, []any{arg}, &data); err != nil {
		return nil, err
	}
	return decodeMailbox(data)
}

// MailboxesOf implements mss.Reader.
func (r *mailReader) MailboxesOf(holder string) ([]*mss.Mailbox, error) {
	return r.mailboxes("SELECT b.data FROM mail_holder h JOIN mail_box b ON b.id = h.box WHERE h.holder = ? ORDER BY b.id LIMIT ?", holder, maxRows)
}

// MailboxesAfter implements mss.Reader.
func (r *mailReader) MailboxesAfter(id mss.BoxID, limit int) ([]*mss.Mailbox, error) {
	if limit <= 0 || limit > maxRows {
		limit = maxRows
	}
	return r.mailboxes("SELECT data FROM mail_box WHERE id > ? ORDER BY id LIMIT ?", int64(id), limit)
}

func (r *mailReader) mailboxes(sql string, args ...any) (list []*mss.Mailbox, err error) {
	err = r.c.each(sql, args, func(row []any) error {
		var data []byte
		if err := scan(row, &data); err != nil {
			return err
		}
		m, err := decodeMailbox(data)
		list = append(list, m)
		return err
	})
	return list, err
}

// Folders implements mss.Reader.
func (r *mailReader) Folders(box mss.BoxID) (list []mss.Folder, err error) {
	err = r.c.each("SELECT folder, data FROM mail_folder WHERE box = ? ORDER BY folder", []any{int64(box)}, func(row []any) error {
		var id int64
		var data []byte
		if err := scan(row, &id, &data); err != nil {
			return err
		}
		f, err := decodeFolder(int64(box), id, data)
		list = append(list, f)
		return err
	})
	return list, err
}

// Folder implements mss.Reader.
func (r *mailReader) Folder(box mss.BoxID, id mss.FolderID) (*mss.Folder, error) {
	var data []byte
	if err := r.c.one("SELECT data FROM mail_folder WHERE box = ? AND folder = ?", []any{int64(box), int64(id)}, &data); err != nil {
		return nil, err
	}
	f, err := decodeFolder(int64(box), int64(id), data)
	return &f, err
}

// Pages implements mss.Reader.
func (r *mailReader) Pages(box mss.BoxID, folder mss.FolderID, from uint32, fn func(uint32, []mss.Entry) error) error {
	return r.c.each("SELECT page, entries FROM mail_page WHERE box = ? AND folder = ? AND page >= ? ORDER BY page",
		[]any{int64(box), int64(folder), int64(from)}, func(row []any) error {
			var n int64
			var data []byte
			if err := scan(row, &n, &data); err != nil {
				return err
			}
			list, err := decodeEntries(data)
			if err != nil {
				return err
			}
			return fn(uint32(n), list)
		})
}

// Texts implements mss.Reader.
func (r *mailReader) Texts(box mss.BoxID, folder mss.FolderID, fn func(uint32, []mss.Entry, []string) error) error {
	return r.c.each("SELECT page, entries, texts FROM mail_page WHERE box = ? AND folder = ? ORDER BY page",
		[]any{int64(box), int64(folder)}, func(row []any) error {
			var n int64
			var data, words []byte
			if err := scan(row, &n, &data, &words); err != nil {
				return err
			}
			list, err := decodeEntries(data)
			if err != nil {
				return err
			}
			texts, err := decodeTexts(words)
			if err != nil {
				return err
			}
			return fn(uint32(n), list, texts)
		})
}

// Entry implements mss.Reader.
func (r *mailReader) Entry(box mss.BoxID, folder mss.FolderID, uid uint32) (*mss.Entry, error) {
	var data []byte
	err := r.c.one("SELECT entries FROM mail_page WHERE box = ? AND folder = ? AND page = ?", []any{int64(box), int64(folder), int64(uid / mss.PageSize)}, &data)
	if err != nil {
		return nil, err
	}
	list, err := decodeEntries(data)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].UID == uid {
			return &list[i], nil
		}
	}
	return nil, dmp.ErrNotFound
}

func (r *mailReader) message(id mss.MessageID) (*mailMessage, error) {
	var data []byte
	var copies, received int64
	if err := r.c.one("SELECT copies, received, data FROM mail_message WHERE id = ?", []any{int64(id)}, &copies, &received, &data); err != nil {
		return nil, err
	}
	m, err := decodeMailMessage(data)
	if err != nil {
		return nil, err
	}
	m.id, m.copies, m.received = id, copies, time.UnixMilli(received).UTC()
	return m, nil
}

// Message implements mss.Reader.
func (r *mailReader) Message(id mss.MessageID) (*mss.Message, error) {
	var data, head []byte
	var copies, received int64
	if err := r.c.one("SELECT copies, received, data, head FROM mail_message WHERE id = ?", []any{int64(id)}, &copies, &received, &data, &head); err != nil {
		return nil, err
	}
	m, err := decodeMailMessage(data)
	if err != nil {
		return nil, err
	}
	return &mss.Message{ID: id, Size: m.size, SHA256: m.came, Header: head, Received: time.UnixMilli(received).UTC(), Copies: copies}, nil
}

// MessagesSince implements mss.Reader.
func (r *mailReader) MessagesSince(t time.Time, limit int, fn func(mss.MessageID, time.Time, [32]byte) error) error {
	since := int64(0)
	if !t.IsZero() {
		since = t.UnixMilli()
	}
	return r.c.each("SELECT id, received, data FROM mail_message ORDER BY id DESC LIMIT ?", []any{limit}, func(row []any) error {
		var id, received int64
		var data []byte
		if err := scan(row, &id, &received, &data); err != nil {
			return err
		}
		if received < since {
			return errStop
		}
		m, err := decodeMailMessage(data)
		if err != nil {
			return err
		}
		return fn(mss.MessageID(id), time.UnixMilli(received).UTC(), m.came)
	})
}

// Due implements mss.Reader.
func (r *mailReader) Due(now time.Time, limit int) (list []mss.Queued, err error) {
	if limit <= 0 || limit > maxRows {
		limit = maxRows
	}
	err = r.c.each("SELECT id, next, data FROM mail_queue WHERE next <= ? ORDER BY next, id LIMIT ?", []any{now.UnixMilli(), limit}, func(row []any) error {
		var id, next int64
		var data []byte
		if err := scan(row, &id, &next, &data); err != nil {
			return err
		}
		q, err := decodeQueued(id, next, data)
		list = append(list, q)
		return err
	})
	return list, err
}

// NextDue implements mss.Reader.
func (r *mailReader) NextDue() (time.Time, error) {
	var next int64
	err := r.c.one("SELECT next FROM mail_queue ORDER BY next LIMIT 1", nil, &next)
	if errors.Is(err, dmp.ErrNotFound) {
		return time.Time{}, nil
	}
	return time.UnixMilli(next).UTC(), err
}

// QueueLength implements mss.Reader.
func (r *mailReader) QueueLength() (n int64, err error) {
	err = r.c.one("SELECT count(*) FROM mail_queue", nil, &n)
	return n, err
}

// Fact implements mss.Reader.
func (r *mailReader) Fact(kind, id string) ([]byte, error) {
	var data []byte
	err := r.c.one("SELECT data FROM mail_fact WHERE kind = ? AND id = ?", []any{kind, id}, &data)
	return data, err
}

// Facts implements mss.Reader.
func (r *mailReader) Facts(kind, prefix, after string, limit int) (list []mss.Fact, err error) {
	if limit <= 0 || limit > maxRows {
		limit = maxRows
	}
	err = r.c.each("SELECT id, data FROM mail_fact WHERE kind = ? AND id > ? AND id >= ? AND id < ? ORDER BY id LIMIT ?",
		[]any{kind, after, prefix, prefix + "\U0010FFFF", limit}, func(row []any) error {
			var f mss.Fact
			err := scan(row, &f.ID, &f.Data)
			list = append(list, f)
			return err
		})
	return list, err
}
