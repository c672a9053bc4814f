package embedded

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/store/storetest"
)

func TestMailStore(t *testing.T) {
	storetest.RunMail(t, func(t testing.TB, dir string) storetest.MailStore { return openTest(t, dir) })
}

// mailed fills a folder with two mailboxes, a message in both, and a delivery that waits.
func mailed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := openTest(t, dir)
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	raw := []byte("Subject: x\r\n\r\nBonjour\r\n")
	body := &mss.Body{Bytes: [][]byte{raw}, SHA256: sha256.Sum256(raw)}
	err := s.CommitMail(t.Context(), mss.Unit{Bodies: []*mss.Body{body}, Do: func(tx mss.Tx) error {
		if err := tx.PutMessage(body, &mss.Message{Size: int64(len(raw)), SHA256: body.SHA256, Header: raw[:14], Received: now, Copies: 4}); err != nil {
			return err
		}
		for _, a := range []string{"a@x.fr", "b@x.fr"} {
			m := mss.Mailbox{Address: a, Former: []string{"old-" + a}, Professional: "8" + a, Delegates: []string{"9" + a}}
			err := tx.PutMailbox(&m)
			for _, f := range mss.Born(m.ID, now) {
				err = errors.Join(err, tx.PutFolder(&f))
			}
			if err = errors.Join(err, tx.Append(m.ID, mss.Inbox, &mss.Entry{Message: body.ID, Size: uint32(len(raw))}, "x")); err != nil {
				return err
			}
		}
		return errors.Join(tx.Append(1, mss.Inbox, &mss.Entry{Message: body.ID, Size: uint32(len(raw))}, "x"),
			tx.PutQueued(&mss.Queued{Next: now, Message: body.ID, To: "c@y.fr", Domain: "y.fr", Accepted: now}))
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustPass(t, dir, VerifyOptions{})
	return dir
}

func TestVerifySeesDamagedMail(t *testing.T) {
	for name, damage := range map[string]string{
		"a copy not counted":                     "UPDATE mail_message SET copies = 3",
		"a copy too many":                        "UPDATE mail_message SET copies = 5",
		"a message dropped":                      "DELETE FROM mail_message",
		"a message whose key is altered":         "UPDATE mail_message SET data = substr(data, 1, length(data) - 1) || x'00'",
		"a header that is not its own":           "UPDATE mail_message SET head = replace(head, 'x', 'y')",
		"a delivery dropped":                     "DELETE FROM mail_queue",
		"a delivery damaged":                     "UPDATE mail_queue SET data = x'0101'",
		"a page dropped":                         "DELETE FROM mail_page WHERE box = 1",
		"a page damaged":                         "UPDATE mail_page SET entries = x'0105' WHERE box = 2",
		"a page without its texts":               "UPDATE mail_page SET texts = x'0100' WHERE box = 2",
		"a page in another place":                "UPDATE mail_page SET page = 7 WHERE box = 1",
		"a page of another folder":               "UPDATE mail_page SET folder = 3 WHERE box = 1",
		"counters of another folder":             "UPDATE mail_folder SET data = (SELECT data FROM mail_folder WHERE box = 1 AND folder = 3) WHERE box = 1 AND folder = 1",
		"a folder dropped":                       "DELETE FROM mail_folder WHERE box = 2 AND folder = 1",
		"a mailbox dropped":                      "DELETE FROM mail_box WHERE id = 2",
		"a mailbox damaged":                      "UPDATE mail_box SET data = '{' WHERE id = 2",
		"a mailbox in the place of another":      "UPDATE mail_box SET data = (SELECT data FROM mail_box WHERE id = 1) WHERE id = 2",
		"an address that leads to somebody else": "UPDATE mail_address SET box = 2 WHERE address = 'a@x.fr'",
		"an address dropped":                     "DELETE FROM mail_address WHERE address = 'old-b@x.fr'",
		"a holder added":                         "INSERT INTO mail_holder VALUES ('stranger', 1)",
		"a holder dropped":                       "DELETE FROM mail_holder WHERE holder = '9a@x.fr'",
		"ids of messages to be given twice":      "UPDATE mail_head SET message = 0",
		"ids of mailboxes to be given twice":     "UPDATE mail_head SET box = 1",
		"ids given last dropped":                 "DELETE FROM mail_head",
	} {
		t.Run(name, func(t *testing.T) {
			dir := mailed(t)
			sql(t, dir, damage)
			if r := verify(t, dir, VerifyOptions{}); r.OK {
				t.Errorf("not seen: %s", damage)
			}
		})
	}
}

// Nothing may come to refer to a message that is no more.
func TestShareOfAMessageThatIsGone(t *testing.T) {
	s := openTest(t, t.TempDir())
	defer s.Close()
	err := s.CommitMail(t.Context(), mss.Unit{Do: func(tx mss.Tx) error {
		if err := tx.Share(7, -1); err != nil {
			return err
		}
		return tx.Share(7, 1)
	}})
	if !errors.Is(err, dmp.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
