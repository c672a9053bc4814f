package imap

import (
	"slices"
	"time"

	"github.com/socle-sante/socle/format/finding"
	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// admit judges the message of APPEND before it is sent: room in the mailbox, and in memory.
func (c *conn) admit(size int) error {
	if c.session == nil {
		return errState
	}
	used, limit, err := c.session.Quota(c.ctx)
	if err != nil {
		return refusalOf(err)
	}
	if used+int64(size) > limit {
		return mss.ErrQuota
	}
	if _, ok := c.d.coming.try(size, maxInFlight); !ok {
		return mss.ErrBusy
	}
	c.held += size
	c.wait(time.Now().Add(messageTime))
	return nil
}

// appendMessage is APPEND.
// spec: RFC 3501 6.3.11, RFC 4315 3
func (c *conn) appendMessage(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.Append)
	flags, keywords, err := readFlags(a.Flags)
	if err != nil {
		return answer{}, err
	}
	date := a.Date
	if date.IsZero() {
		date = c.d.Operator.Now()
	}
	validity, uid, err := c.session.Append(c.ctx, a.Mailbox, flags, keywords, date, a.Message)
	if err != nil {
		return answer{}, tryCreate(err)
	}
	return answer{code: "APPENDUID " + uint32Text(validity) + " " + uint32Text(uid)}, nil
}

// tryCreate tells the client that it may make the folder it names.
// spec: RFC 3501 7.1
func tryCreate(err error) error {
	r := finding.As(err)
	if r == nil || !mss.ErrNoFolder.Is(r) {
		return err
	}
	return errMissing
}

// errMissing is mss.ErrNoFolder for the destination of a message.
var errMissing = &finding.Refusal{ID: "IMAP-DESTINATION", Kind: finding.NotFound, Code: "TRYCREATE", Rule: "RFC 3501 7.1",
	Message: finding.T("Le dossier de destination n'existe pas.", "The destination folder does not exist."),
	Fix:     finding.T("Créez-le par CREATE, puis recommencez.", "Make it with CREATE, then try again.")}

// copy is COPY and MOVE.
// spec: RFC 3501 6.4.7, RFC 6851 3, RFC 4315 3
func (c *conn) copy(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.Copy)
	move := cmd.Name == "MOVE"
	v := c.view
	places, err := v.places(a.Set, cmd.UID)
	if err != nil || len(places) == 0 {
		return answer{}, err
	}
	done, err := c.session.Copy(c.ctx, v.folder(), v.uids(places), a.Mailbox, move)
	if err != nil {
		return answer{}, tryCreate(err)
	}
	if len(done.To) == 0 { // gone meanwhile
		if cmd.UID {
			return answer{}, nil
		}
		return answer{}, errExpunged
	}
	var from, to wire.Set
	for i := range done.From {
		from, to = from.Add(done.From[i]), to.Add(done.To[i])
	}
	code := "COPYUID " + uint32Text(done.Validity) + " " + from.String() + " " + to.String()
	if !move {
		return answer{code: code}, nil
	}
	// The code comes before the removals, which announce tells.
	c.untagged("OK", code, "moved")
	return answer{}, nil
}

// expunge is EXPUNGE and UID EXPUNGE.
func (c *conn) expunge(cmd *wire.Command) (answer, error) {
	v := c.view
	var uids []uint32
	if a, ok := cmd.Args.(*wire.Expunge); ok {
		places, err := v.places(a.Set, true)
		if err != nil || len(places) == 0 {
			return answer{}, err
		}
		// Among them, only those that the client flagged: the domain looks through the list for each.
		for _, i := range places {
			if e := v.snap.At(i); e.Flags&mss.Deleted != 0 {
				uids = append(uids, e.UID)
			}
		}
		if len(uids) == 0 && !v.pending {
			return answer{}, nil
		}
		if v.pending {
			uids = v.uids(places)
		}
	}
	_, err := c.session.Expunge(c.ctx, v.folder(), uids)
	return answer{}, err
}

// store is STORE.
// spec: RFC 3501 6.4.6, RFC 7162 3.1.3
func (c *conn) store(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.Store)
	v := c.view
	flags, keywords, err := readFlags(a.Flags)
	if err != nil {
		return answer{}, err
	}
	if a.Conditional {
		c.useCondstore()
	}
	places, err := v.places(a.Set, cmd.UID)
	if err != nil || len(places) == 0 {
		return answer{}, err
	}
	if a.Conditional && a.UnchangedSince == 0 { // nothing is as old as that
		return answer{code: "MODIFIED " + v.named(v.uids(places), cmd.UID)}, nil
	}
	changed, conflict, err := c.session.SetFlags(c.ctx, v.folder(), v.uids(places), mss.FlagChange{Add: a.Op == wire.Add, Replace: a.Op == wire.Replace,
		Flags: flags, Keywords: keywords, UnchangedSince: a.UnchangedSince})
	if err != nil {
		return answer{}, err
	}
	for k := range changed {
		e := &changed[k]
		i, ok := v.snap.Find(e.UID)
		if !ok {
			continue
		}
		v.given(e)
		if !a.Silent || c.condstore {
			c.flagsOf(i, e, !a.Silent, cmd.UID)
		}
		if c.full() != nil {
			return answer{}, c.broken
		}
	}
	if len(conflict) > 0 {
		return answer{code: "MODIFIED " + v.named(conflict, cmd.UID)}, nil
	}
	if len(changed) < len(places) && !cmd.UID {
		return answer{}, errExpunged
	}
	return answer{}, nil
}

// named writes messages as the client named them, by sequence number or UID.
func (v *view) named(uids []uint32, uid bool) string {
	var set wire.Set
	slices.Sort(uids)
	for _, u := range uids {
		if !uid {
			i, _ := v.snap.Find(u)
			u = uint32(i + 1)
		}
		set = set.Add(u)
	}
	return set.String()
}
