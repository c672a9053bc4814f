package web

import (
	"slices"
	"strconv"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// Gestures on messages, as the forms name them.
const (
	doRead      = "lu"
	doUnread    = "nonlu"
	doFlag      = "suivre"
	doUnflag    = "nepassuivre"
	doArchive   = "archiver"
	doBin       = "corbeille"
	doErase     = "supprimer"
	doMove      = "deplacer"
	doReceipt   = "accuse"
	maxGestured = 200 // messages of one gesture
)

// mailGesture does one thing to the message that is open.
func (d *Door) mailGesture(q *request, b *mailbox) error {
	r, _, err := q.asked(b)
	if err != nil {
		return err
	}
	what := q.field("geste")
	if what == doReceipt {
		sent, err := b.Receipt(q.r.Context(), r.Folder, r.UID)
		if err != nil {
			return err
		}
		words := "flash.mail.receipt"
		if !sent {
			words = "flash.mail.noreceipt"
		}
		q.s.say(&flash{Words: q.t(words), Bad: !sent})
		return q.redirect(b.messagePath(r))
	}
	if err := q.gesture(b, r.Folder, []uint32{r.UID}, what); err != nil {
		return err
	}
	if what == doFlag || what == doUnflag {
		return q.redirect(b.messagePath(r))
	}
	return q.redirect(b.folderPath(r.Folder))
}

// mailGestures does one thing to the conversations chosen in a list: to all their messages there.
func (d *Door) mailGestures(q *request, b *mailbox) error {
	n, err := strconv.ParseInt(q.field("dossier"), 36, 64)
	if err != nil || b.folder(mss.FolderID(n)) == nil {
		return errNoPage
	}
	folder := mss.FolderID(n)
	t, err := d.threading(q.r.Context(), b)
	if err != nil {
		return err
	}
	var uids []uint32
	for _, s := range q.r.PostForm["m"] {
		r, ok := parseRef(s)
		if !ok || r.Folder != folder || len(uids) >= maxGestured {
			continue
		}
		uids = append(uids, r.UID)
		for _, x := range t.with(r) {
			if x.ref.Folder == folder {
				uids = append(uids, x.ref.UID)
			}
		}
	}
	slices.Sort(uids)
	if uids = slices.Compact(uids); len(uids) == 0 {
		q.s.say(&flash{Words: q.t("flash.mail.nothing"), Bad: true})
		return q.redirect(b.folderPath(folder))
	}
	if err := q.gesture(b, folder, uids, q.field("geste")); err != nil {
		return err
	}
	return q.redirect(b.folderPath(folder))
}

// gesture does it, and says how to undo it.
func (q *request) gesture(b *mailbox, folder mss.FolderID, uids []uint32, what string) error {
	flag := func(on bool, f mss.Flags) error {
		_, _, err := b.SetFlags(q.r.Context(), folder, uids, mss.FlagChange{Add: on, Flags: f})
		return err
	}
	switch what {
	case doRead:
		return flag(true, mss.Seen)
	case doUnread:
		return flag(false, mss.Seen)
	case doFlag:
		return flag(true, mss.Flagged)
	case doUnflag:
		return flag(false, mss.Flagged)
	case doArchive:
		return q.moveTo(b, folder, uids, mss.Archive, "flash.mail.archived")
	case doBin:
		return q.moveTo(b, folder, uids, mss.Trash, "flash.mail.binned")
	case doMove:
		n, err := strconv.ParseInt(q.field("vers"), 36, 64)
		if err != nil {
			return errNoPage
		}
		return q.moveTo(b, folder, uids, mss.FolderID(n), "flash.mail.moved")
	case doErase:
		if folder != mss.Trash {
			return errNoPage
		}
		if err := flag(true, mss.Deleted); err != nil {
			return err
		}
		gone, err := b.Expunge(q.r.Context(), folder, uids)
		if err == nil {
			q.s.say(&flash{Words: count(q.lang, "flash.mail.erased", len(gone))})
		}
		return err
	}
	return errNoPage
}

func (q *request) moveTo(b *mailbox, from mss.FolderID, uids []uint32, to mss.FolderID, words string) error {
	f := b.folder(to)
	if f == nil || to == from {
		return errNoPage
	}
	moved, err := b.Copy(q.r.Context(), from, uids, f.Name, true)
	if err != nil {
		return err
	}
	says := &flash{Words: q.t(words, q.folderName(f))}
	if len(moved.To) == 1 {
		says.Undo = b.messagePath(mailRef{to, moved.To[0]})
		says.Fields = map[string]string{"geste": doMove, "vers": strconv.FormatInt(int64(from), 36)}
	}
	q.s.say(says)
	return nil
}
