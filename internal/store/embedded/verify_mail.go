package embedded

import (
	"crypto/sha256"
	"fmt"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// checkMailRows makes sure that mail rows agree with each other: each entry and each delivery has
// its message, each message as many copies as it counts, each folder the counters of its pages,
// each mailbox its addresses and holders and no other, and ids are given once. It gives where the
// bytes of messages stand.
func (v *verifier) checkMailRows() (messages []placed) {
	copies := map[mss.MessageID]int64{}
	v.checkFolders(copies)
	v.checkMailboxes()
	v.each("mail_queue", "SELECT id, next, data FROM mail_queue", nil, func(row []any) error {
		var id, next int64
		var data []byte
		if err := scan(row, &id, &next, &data); err != nil {
			return err
		}
		q, err := decodeQueued(id, next, data)
		copies[q.Message]++
		return err
	})
	v.each("mail_message", "SELECT id, copies, data, head FROM mail_message ORDER BY id", nil, func(row []any) error {
		var id, n int64
		var data, head []byte
		if err := scan(row, &id, &n, &data, &head); err != nil {
			return err
		}
		m, err := decodeMailMessage(data)
		if err != nil {
			v.problem("mail", where("mail_message"), &id, nil, "message %d cannot be read: %v", id, err)
			return nil
		}
		m.id, m.head, m.headSum = mss.MessageID(id), int64(len(head)), sha256.Sum256(head)
		if copies[m.id] != n {
			v.problem("mail", where("mail_message"), &id, nil, "message %d counts %d copies, %d were found", id, n, copies[m.id])
		}
		delete(copies, m.id)
		messages = append(messages, placed{mail: m, document: &document{uniqueID: fmt.Sprintf("message %d", id),
			segment: m.segment, offset: m.offset, length: m.length, size: m.size, sha256: m.sha256}})
		return nil
	})
	for id, n := range copies {
		i := int64(id)
		v.problem("mail", where("mail_page"), &i, nil, "message %d is missing, %d copies refer to it", id, n)
		v.missing(fmt.Sprintf("message %d", id))
	}
	return messages
}

// checkMailboxes holds the rows that lead to mailboxes against what the mailboxes say of themselves,
// and the ids given last against those in use: an id given twice would be of two things.
func (v *verifier) checkMailboxes() {
	type lead struct {
		name string
		box  int64
	}
	addresses, holders := map[lead]bool{}, map[lead]bool{}
	v.each("mail_box", "SELECT id, data FROM mail_box", nil, func(row []any) error {
		var id int64
		var data []byte
		if err := scan(row, &id, &data); err != nil {
			return err
		}
		m, err := decodeMailbox(data)
		if err != nil || int64(m.ID) != id {
			v.problem("mail", where("mail_box"), &id, nil, "mailbox %d cannot be read", id)
			return nil
		}
		for _, a := range addressesOf(m) {
			addresses[lead{a, id}] = true
		}
		for _, h := range holdersOf(m) {
			holders[lead{h, id}] = true
		}
		return nil
	})
	check := func(table, column string, want map[lead]bool) {
		v.each(table, "SELECT "+column+", box FROM "+table, nil, func(row []any) error {
			var l lead
			if err := scan(row, &l.name, &l.box); err != nil {
				return err
			}
			if !want[l] {
				v.problem("mail", where(table), &l.box, nil, "mailbox %d does not know this %s of its own", l.box, column)
			}
			delete(want, l)
			return nil
		})
		for l := range want {
			v.problem("mail", where(table), &l.box, nil, "mailbox %d is not found by one %s of its own", l.box, column)
		}
	}
	check("mail_address", "address", addresses)
	check("mail_holder", "holder", holders)
	for _, x := range [3][2]string{{"box", "mail_box"}, {"message", "mail_message"}, {"queued", "mail_queue"}} {
		v.each("mail_head", "SELECT (SELECT COALESCE(MAX(id), 0) FROM "+x[1]+"), COALESCE((SELECT "+x[0]+" FROM mail_head), 0)", nil, func(row []any) error {
			var used, given int64
			if err := scan(row, &used, &given); err != nil {
				return err
			}
			if used > given {
				v.problem("mail", where("mail_head"), nil, nil, "%d is in use in %s, the last id given is %d", used, x[1], given)
			}
			return nil
		})
	}
}

func (v *verifier) checkFolders(copies map[mss.MessageID]int64) {
	have := map[folderKey]mss.Folder{}
	v.each("mail_page", "SELECT box, folder, page, entries, texts FROM mail_page ORDER BY box, folder, page", nil, func(row []any) error {
		var box, folder, page int64
		var data, words []byte
		if err := scan(row, &box, &folder, &page, &data, &words); err != nil {
			return err
		}
		list, err := decodeEntries(data)
		texts, errTexts := decodeTexts(words)
		if err != nil || errTexts != nil || len(texts) != len(list) {
			v.problem("mail", where("mail_page"), &page, nil, "page %d of folder %d of mailbox %d cannot be read", page, folder, box)
			return nil
		}
		f := have[folderKey{mss.BoxID(box), mss.FolderID(folder)}]
		for i := range list {
			if int64(list[i].UID/mss.PageSize) != page || list[i].UID < f.UIDNext {
				v.problem("mail", where("mail_page"), &page, nil, "UID %d is out of place in folder %d of mailbox %d", list[i].UID, folder, box)
			}
			copies[list[i].Message]++
			f.UIDNext, f.ModSeq = list[i].UID+1, max(f.ModSeq, list[i].ModSeq)
			count(&f, &list[i], 1)
		}
		have[folderKey{mss.BoxID(box), mss.FolderID(folder)}] = f
		return nil
	})
	v.each("mail_folder", "SELECT box, folder, data FROM mail_folder", nil, func(row []any) error {
		var box, id int64
		var data []byte
		if err := scan(row, &box, &id, &data); err != nil {
			return err
		}
		f, err := decodeFolder(box, id, data)
		if err != nil {
			v.problem("mail", where("mail_folder"), &id, nil, "folder %d of mailbox %d cannot be read: %v", id, box, err)
			return nil
		}
		k := folderKey{f.Box, f.ID}
		n := have[k]
		delete(have, k)
		if n.Count != f.Count || n.Unseen != f.Unseen || n.Bytes != f.Bytes || n.UIDNext > f.UIDNext || n.ModSeq > f.ModSeq {
			v.problem("mail", where("mail_folder"), &id, nil, "folder %d of mailbox %d counts %d messages, %d unseen, %d bytes; its pages hold %d, %d, %d",
				id, box, f.Count, f.Unseen, f.Bytes, n.Count, n.Unseen, n.Bytes)
		}
		return nil
	})
	for k := range have {
		id := int64(k.folder)
		v.problem("mail", where("mail_folder"), &id, nil, "folder %d of mailbox %d has pages and no row", k.folder, k.box)
	}
}
