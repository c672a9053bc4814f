package embedded

import (
	"encoding/json"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// The versions of the blobs of mail rows. A version once published is read for ever.
const (
	mailMessageVersion = 1
	mailFolderVersion  = 1
	mailPageVersion    = 1
	mailQueueVersion   = 1
)

// mailMessage is a row of mail_message but for its header block.
type mailMessage struct {
	id                      mss.MessageID
	segment, offset, length int64
	size                    int64
	sha256                  [32]byte // of the bytes kept
	came                    [32]byte // of the bytes as they came
	wrapped                 []byte
	received                time.Time
	copies                  int64
	head                    int64    // octets of its header block, and their digest: for verify
	headSum                 [32]byte //
}

func encodeMailMessage(m *mailMessage) []byte {
	e := encoder{b: make([]byte, 0, 160)}
	e.kind(mailMessageVersion)
	e.uint(uint64(m.segment))
	e.uint(uint64(m.offset))
	e.uint(uint64(m.length))
	e.uint(uint64(m.size))
	e.raw(m.sha256[:])
	e.raw(m.came[:])
	e.raw(m.wrapped)
	return e.b
}

func decodeMailMessage(b []byte) (*mailMessage, error) {
	d := newDecoder(b, mailMessageVersion)
	m := &mailMessage{segment: int64(d.uint()), offset: int64(d.uint()), length: int64(d.uint()), size: int64(d.uint())}
	copy(m.sha256[:], d.take(32))
	copy(m.came[:], d.take(32))
	m.wrapped = []byte(d.take(nonceSize + 32 + tagSize))
	return m, d.done()
}

func encodeFolder(f *mss.Folder) []byte {
	e := encoder{b: make([]byte, 0, 64)}
	e.kind(mailFolderVersion)
	e.str(f.Name)
	e.str(f.Use)
	e.bool(f.Subscribed)
	e.bool(f.Gone)
	for _, n := range []uint64{uint64(f.UIDValidity), uint64(f.UIDNext), f.ModSeq, uint64(f.Count), uint64(f.Unseen), uint64(f.Bytes)} {
		e.uint(n)
	}
	return e.b
}

func decodeFolder(box, id int64, b []byte) (mss.Folder, error) {
	d := newDecoder(b, mailFolderVersion)
	f := mss.Folder{Box: mss.BoxID(box), ID: mss.FolderID(id), Name: d.str(), Use: d.str(), Subscribed: d.bool(), Gone: d.bool(),
		UIDValidity: uint32(d.uint()), UIDNext: uint32(d.uint()), ModSeq: d.uint(), Count: int64(d.uint()), Unseen: int64(d.uint()), Bytes: int64(d.uint())}
	return f, d.done()
}

func encodeEntries(list []mss.Entry) []byte {
	e := encoder{b: make([]byte, 0, 24*len(list)+2)}
	e.kind(mailPageVersion)
	e.uint(uint64(len(list)))
	for i := range list {
		x := &list[i]
		e.uint(uint64(x.UID))
		e.uint(uint64(x.Flags))
		e.str(x.Keywords)
		e.uint(x.ModSeq)
		e.uint(uint64(x.Message))
		e.int(x.Date)
		e.uint(uint64(x.Size))
	}
	return e.b
}

func decodeEntries(b []byte) ([]mss.Entry, error) {
	d := newDecoder(b, mailPageVersion)
	n := d.uint()
	if n > mss.PageSize {
		return nil, errCodec
	}
	list := make([]mss.Entry, n)
	for i := range list {
		list[i] = mss.Entry{UID: uint32(d.uint()), Flags: mss.Flags(d.uint()), Keywords: d.str(), ModSeq: d.uint(),
			Message: mss.MessageID(d.uint()), Date: d.int(), Size: uint32(d.uint())}
	}
	return list, d.done()
}

func encodeTexts(list []string) []byte {
	e := encoder{b: make([]byte, 0, 160*len(list)+2)}
	e.kind(mailPageVersion)
	e.strs(list)
	return e.b
}

func decodeTexts(b []byte) ([]string, error) {
	d := newDecoder(b, mailPageVersion)
	list := d.strs()
	return list, d.done()
}

func encodeQueued(q *mss.Queued) []byte {
	e := encoder{b: make([]byte, 0, 200)}
	e.kind(mailQueueVersion)
	e.uint(uint64(q.Message))
	for _, s := range []string{q.From, q.To, q.Domain, q.Original, q.Notify, q.Return, q.Envelope, q.LastError} {
		e.str(s)
	}
	e.time(q.Accepted)
	e.uint(uint64(q.Attempts))
	e.bool(q.Delayed)
	e.uint(uint64(q.Box))
	return e.b
}

func decodeQueued(id, next int64, b []byte) (mss.Queued, error) {
	d := newDecoder(b, mailQueueVersion)
	q := mss.Queued{ID: id, Next: time.UnixMilli(next).UTC(), Message: mss.MessageID(d.uint()),
		From: d.str(), To: d.str(), Domain: d.str(), Original: d.str(), Notify: d.str(), Return: d.str(), Envelope: d.str(), LastError: d.str(),
		Accepted: d.time(), Attempts: int(d.uint()), Delayed: d.bool(), Box: mss.BoxID(d.uint())}
	return q, d.done()
}

func encodeMailbox(m *mss.Mailbox) ([]byte, error) { return json.Marshal(m) }

func decodeMailbox(b []byte) (*mss.Mailbox, error) {
	m := &mss.Mailbox{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, errCodec
	}
	return m, nil
}
