package embedded

import (
	"errors"
	"slices"
	"sort"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// mailTx writes mail inside the transaction of a group. It implements mss.Tx. Folders and pages
// stay in memory until the end of the group: fifty messages to one mailbox write its page once.
type mailTx struct {
	*tx
	mailReader
	bodies []*sealedBody
}

var _ mss.Tx = (*mailTx)(nil)

type folderKey struct {
	box    mss.BoxID
	folder mss.FolderID
}

type pageKey struct {
	folderKey
	page uint32
}

// mailCache is what a group has changed and not written yet.
type mailCache struct {
	folders map[mss.BoxID][]mss.Folder
	dirtyF  map[folderKey]bool
	pages   map[pageKey]*mailPage
}

type mailPage struct {
	entries []mss.Entry
	texts   []string
	dirty   bool
}

func (t *tx) mailCache() *mailCache {
	if t.mail == nil {
		t.mail = &mailCache{folders: map[mss.BoxID][]mss.Folder{}, dirtyF: map[folderKey]bool{}, pages: map[pageKey]*mailPage{}}
	}
	return t.mail
}

// flush writes the folders and pages that changed.
func (m *mailCache) flush(t *tx) error {
	for _, k := range sortedPages(m.pages) {
		p := m.pages[k]
		if !p.dirty {
			continue
		}
		p.dirty = false
		var err error
		if len(p.entries) == 0 {
			err = t.run("DELETE FROM mail_page WHERE box = ? AND folder = ? AND page = ?", int64(k.box), int64(k.folder), int64(k.page))
		} else {
			err = t.run(`INSERT INTO mail_page (box, folder, page, entries, texts) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (box, folder, page) DO UPDATE SET entries = excluded.entries, texts = excluded.texts`,
				int64(k.box), int64(k.folder), int64(k.page), encodeEntries(p.entries), encodeTexts(p.texts))
		}
		if err != nil {
			return err
		}
	}
	for k := range m.dirtyF {
		for i := range m.folders[k.box] {
			f := &m.folders[k.box][i]
			if f.ID != k.folder {
				continue
			}
			err := t.run("INSERT INTO mail_folder (box, folder, data) VALUES (?, ?, ?) ON CONFLICT (box, folder) DO UPDATE SET data = excluded.data",
				int64(k.box), int64(k.folder), encodeFolder(f))
			if err != nil {
				return err
			}
		}
	}
	clear(m.dirtyF)
	return nil
}

// sortedPages puts pages in the order of the table, so that they are written in one sweep.
func sortedPages(pages map[pageKey]*mailPage) []pageKey {
	keys := make([]pageKey, 0, len(pages))
	for k := range pages {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		if a.box != b.box {
			return a.box < b.box
		}
		if a.folder != b.folder {
			return a.folder < b.folder
		}
		return a.page < b.page
	})
	return keys
}

// Folders implements mss.Reader over what the group has changed.
func (t *mailTx) Folders(box mss.BoxID) ([]mss.Folder, error) {
	list, err := t.folders(box)
	return slices.Clone(list), err
}

func (t *mailTx) folders(box mss.BoxID) ([]mss.Folder, error) {
	c := t.mailCache()
	if list, ok := c.folders[box]; ok {
		return list, nil
	}
	list, err := t.mailReader.Folders(box)
	if err == nil {
		c.folders[box] = list
	}
	return list, err
}

func (t *mailTx) folder(box mss.BoxID, id mss.FolderID) (*mss.Folder, error) {
	list, err := t.folders(box)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].ID == id {
			return &list[i], nil
		}
	}
	return nil, dmp.ErrNotFound
}

// Folder implements mss.Reader.
func (t *mailTx) Folder(box mss.BoxID, id mss.FolderID) (*mss.Folder, error) {
	f, err := t.folder(box, id)
	if err != nil {
		return nil, err
	}
	c := *f
	return &c, nil
}

// Pages, Texts and Entry read the rows: what waits is written first.

// Pages implements mss.Reader.
func (t *mailTx) Pages(box mss.BoxID, folder mss.FolderID, from uint32, fn func(uint32, []mss.Entry) error) error {
	if err := t.mailCache().flush(t.tx); err != nil {
		return err
	}
	return t.mailReader.Pages(box, folder, from, fn)
}

// Texts implements mss.Reader.
func (t *mailTx) Texts(box mss.BoxID, folder mss.FolderID, fn func(uint32, []mss.Entry, []string) error) error {
	if err := t.mailCache().flush(t.tx); err != nil {
		return err
	}
	return t.mailReader.Texts(box, folder, fn)
}

// Entry implements mss.Reader.
func (t *mailTx) Entry(box mss.BoxID, folder mss.FolderID, uid uint32) (*mss.Entry, error) {
	if err := t.mailCache().flush(t.tx); err != nil {
		return nil, err
	}
	return t.mailReader.Entry(box, folder, uid)
}

func (t *mailTx) page(k pageKey) (*mailPage, error) {
	c := t.mailCache()
	if p := c.pages[k]; p != nil {
		return p, nil
	}
	p := &mailPage{}
	var entries, texts []byte
	err := t.mailReader.c.one("SELECT entries, texts FROM mail_page WHERE box = ? AND folder = ? AND page = ?",
		[]any{int64(k.box), int64(k.folder), int64(k.page)}, &entries, &texts)
	switch {
	case errors.Is(err, dmp.ErrNotFound):
	case err != nil:
		return nil, err
	default:
		if p.entries, err = decodeEntries(entries); err != nil {
			return nil, err
		}
		if p.texts, err = decodeTexts(texts); err != nil {
			return nil, err
		}
		if len(p.texts) != len(p.entries) {
			return nil, errCodec
		}
	}
	c.pages[k] = p
	return p, nil
}

// changed marks a folder; the count of writes tells the writer that a failing unit was not clean.
func (t *mailTx) changed(f *mss.Folder) {
	t.mailCache().dirtyF[folderKey{f.Box, f.ID}] = true
	t.writes++
}

// PutMailbox implements mss.Tx.
func (t *mailTx) PutMailbox(m *mss.Mailbox) error {
	for _, a := range addressesOf(m) {
		var box int64
		err := t.mailReader.c.one("SELECT box FROM mail_address WHERE address = ?", []any{a}, &box)
		if err == nil && (m.ID == 0 || mss.BoxID(box) != m.ID) {
			return mss.ErrAddressTaken
		}
		if err != nil && !errors.Is(err, dmp.ErrNotFound) {
			return err
		}
	}
	if m.ID == 0 {
		t.mailBox++
		m.ID = mss.BoxID(t.mailBox)
		t.mailCache() // so that the counter is written
	}
	data, err := encodeMailbox(m)
	if err != nil {
		return err
	}
	id := int64(m.ID)
	if err := t.run("INSERT INTO mail_box (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data", id, data); err != nil {
		return err
	}
	if err := t.run("DELETE FROM mail_holder WHERE box = ?", id); err != nil {
		return err
	}
	if err := t.run("DELETE FROM mail_address WHERE box = ?", id); err != nil {
		return err
	}
	for _, a := range addressesOf(m) {
		if err := t.run("INSERT INTO mail_address (address, box) VALUES (?, ?) ON CONFLICT (address) DO NOTHING", a, id); err != nil {
			return err
		}
	}
	for _, h := range holdersOf(m) {
		if err := t.run("INSERT INTO mail_holder (holder, box) VALUES (?, ?) ON CONFLICT DO NOTHING", h, id); err != nil {
			return err
		}
	}
	return nil
}

// addressesOf gives what leads to a mailbox.
func addressesOf(m *mss.Mailbox) []string { return append([]string{m.Address}, m.Former...) }

// holdersOf gives those who open it.
func holdersOf(m *mss.Mailbox) []string {
	list := append([]string{m.Professional, m.Structure, string(m.Person)}, m.Delegates...)
	return slices.DeleteFunc(list, func(h string) bool { return h == "" })
}

// PutFolder implements mss.Tx.
func (t *mailTx) PutFolder(f *mss.Folder) error {
	list, err := t.folders(f.Box)
	if err != nil {
		return err
	}
	if f.ID == 0 {
		f.ID = mss.FolderID(1)
		for i := range list {
			f.ID = max(f.ID, list[i].ID+1)
		}
		f.ID = max(f.ID, mss.Junk+1)
	}
	for i := range list {
		if g := &list[i]; g.ID == f.ID {
			g.Name, g.Use, g.Subscribed, g.Gone = f.Name, f.Use, f.Subscribed, f.Gone
			t.changed(g)
			return nil
		}
	}
	c := t.mailCache()
	c.folders[f.Box] = append(list, *f)
	t.changed(f)
	return nil
}

// Append implements mss.Tx.
func (t *mailTx) Append(box mss.BoxID, folder mss.FolderID, e *mss.Entry, text string) error {
	f, err := t.folder(box, folder)
	if err != nil {
		return err
	}
	p, err := t.page(pageKey{folderKey{box, folder}, f.UIDNext / mss.PageSize})
	if err != nil {
		return err
	}
	f.ModSeq++
	e.UID, e.ModSeq = f.UIDNext, f.ModSeq
	f.UIDNext++
	count(f, e, 1)
	p.entries, p.texts, p.dirty = append(p.entries, *e), append(p.texts, text), true
	t.changed(f)
	return nil
}

func count(f *mss.Folder, e *mss.Entry, n int64) {
	f.Count += n
	f.Bytes += n * int64(e.Size)
	if e.Flags&mss.Seen == 0 {
		f.Unseen += n
	}
}

// SetFlags implements mss.Tx.
func (t *mailTx) SetFlags(box mss.BoxID, folder mss.FolderID, set []mss.Entry) (uint64, error) {
	f, err := t.folder(box, folder)
	if err != nil {
		return 0, err
	}
	f.ModSeq++
	t.changed(f)
	for i := range set {
		p, k, err := t.find(box, folder, set[i].UID)
		if err != nil {
			return 0, err
		}
		count(f, &p.entries[k], -1)
		p.entries[k].Flags, p.entries[k].Keywords, p.entries[k].ModSeq = set[i].Flags, set[i].Keywords, f.ModSeq
		count(f, &p.entries[k], 1)
		p.dirty = true
	}
	return f.ModSeq, nil
}

func (t *mailTx) find(box mss.BoxID, folder mss.FolderID, uid uint32) (*mailPage, int, error) {
	p, err := t.page(pageKey{folderKey{box, folder}, uid / mss.PageSize})
	if err != nil {
		return nil, 0, err
	}
	k := slices.IndexFunc(p.entries, func(e mss.Entry) bool { return e.UID == uid })
	if k < 0 {
		return nil, 0, dmp.ErrNotFound
	}
	return p, k, nil
}

// Remove implements mss.Tx.
func (t *mailTx) Remove(box mss.BoxID, folder mss.FolderID, uids []uint32) error {
	f, err := t.folder(box, folder)
	if err != nil {
		return err
	}
	f.ModSeq++
	t.changed(f)
	for _, uid := range uids {
		p, k, err := t.find(box, folder, uid)
		if err != nil {
			return err
		}
		count(f, &p.entries[k], -1)
		p.entries, p.texts, p.dirty = slices.Delete(p.entries, k, k+1), slices.Delete(p.texts, k, k+1), true
	}
	return nil
}

// PutMessage implements mss.Tx.
func (t *mailTx) PutMessage(body *mss.Body, m *mss.Message) error {
	i := slices.IndexFunc(t.bodies, func(b *sealedBody) bool { return b.mail == body.ID })
	if i < 0 {
		return dmp.ErrNotFound
	}
	b := t.bodies[i]
	length := int64(len(*b.record))
	t.mailCache()
	err := t.run("INSERT INTO mail_message (id, copies, received, data, head) VALUES (?, ?, ?, ?, ?)", int64(body.ID), m.Copies, m.Received.UnixMilli(),
		encodeMailMessage(&mailMessage{segment: b.segment, offset: b.offset, length: length, size: b.size, sha256: b.sha256, came: m.SHA256, wrapped: b.wrapped}),
		append([]byte{}, m.Header...)) // never nil, which would be NULL
	if err == nil {
		t.used[b.segment] = max(t.used[b.segment], b.offset+length)
	}
	return err
}

// Share implements mss.Tx.
func (t *mailTx) Share(id mss.MessageID, copies int64) error {
	if copies > 0 { // nothing may come to refer to a message that is no more
		var n int64
		if err := t.mailReader.c.one("SELECT copies FROM mail_message WHERE id = ?", []any{int64(id)}, &n); err != nil {
			return err
		}
	}
	if err := t.run("UPDATE mail_message SET copies = copies + ? WHERE id = ?", copies, int64(id)); err != nil || copies >= 0 {
		return err
	}
	return t.run("DELETE FROM mail_message WHERE id = ? AND copies <= 0", int64(id))
}

// PutQueued implements mss.Tx.
func (t *mailTx) PutQueued(q *mss.Queued) error {
	if q.ID == 0 {
		t.mailQueued++
		q.ID = t.mailQueued
		t.mailCache()
	}
	return t.run("INSERT INTO mail_queue (id, next, data) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET next = excluded.next, data = excluded.data",
		q.ID, q.Next.UnixMilli(), encodeQueued(q))
}

// DropQueued implements mss.Tx.
func (t *mailTx) DropQueued(id int64) error { return t.run("DELETE FROM mail_queue WHERE id = ?", id) }

// PutFact implements mss.Tx.
func (t *mailTx) PutFact(kind, id string, data []byte) error {
	if data == nil {
		return t.run("DELETE FROM mail_fact WHERE kind = ? AND id = ?", kind, id)
	}
	return t.run("INSERT INTO mail_fact (kind, id, data) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data", kind, id, data)
}
