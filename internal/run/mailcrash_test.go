package run

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	smtpwire "github.com/socle-sante/socle/format/smtp"
	"github.com/socle-sante/socle/internal/run/client"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// burst sends messages over one plain connection until it breaks, and tells which were
// acknowledged. The one whose answer never came is given too: it may be there once, or not.
type burst struct {
	acked  []string // Message-IDs
	doubt  string
	doubtM string // the bytes of it
}

func (b *burst) run(address, from, to, name string, most int) {
	nc, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(nc)
	want := func(code int) bool {
		a, err := smtpwire.ReadReply(r)
		return err == nil && a.Code == code
	}
	fmt.Fprint(nc, "EHLO essai\r\n")
	if !want(220) || !want(250) {
		return
	}
	for n := range most {
		id := fmt.Sprintf("%s.%d@essai.example", name, n)
		m := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: Essai\r\nMessage-ID: <%s>\r\n\r\n%s\r\n", from, to, id, strings.Repeat("Un peu de texte. ", 50))
		fmt.Fprintf(nc, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", from, to)
		if !want(250) || !want(250) || !want(354) {
			return
		}
		b.doubt, b.doubtM = id, m
		fmt.Fprint(nc, m+".\r\n")
		if !want(250) {
			return
		}
		b.acked, b.doubt = append(b.acked, id), ""
	}
}

// again sends the message in doubt once more, as the peer that missed the answer does.
func (b *burst) again(address, from, to string) error {
	if b.doubt == "" {
		return nil
	}
	nc, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer nc.Close()
	r := bufio.NewReader(nc)
	for _, step := range []struct {
		line string
		code int
	}{{"", 220}, {"EHLO essai\r\n", 250}, {"MAIL FROM:<" + from + ">\r\n", 250}, {"RCPT TO:<" + to + ">\r\n", 250}, {"DATA\r\n", 354}, {b.doubtM + ".\r\n", 250}} {
		fmt.Fprint(nc, step.line)
		if a, err := smtpwire.ReadReply(r); err != nil || a.Code != step.code {
			return fmt.Errorf("%q: %v %v", step.line[:min(len(step.line), 20)], a, err)
		}
	}
	b.acked, b.doubt = append(b.acked, b.doubt), ""
	return nil
}

// TestMailCrash kills the program under load at any moment: every acknowledged message is in its
// mailbox once, and one sent again because its answer was lost is there once too.
func TestMailCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	bin, dir := build(t), t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 2))
	const connections = 8
	rounds := max(2, crashRounds()/4)
	var acked []string
	doubts := 0
	var from, to *client.Persona
	for round := range rounds {
		p := startProgram(t, bin, dir)
		e, err := client.Find(dir)
		if err != nil {
			t.Fatal(err)
		}
		from, to = e.Persona("medecin_generaliste"), e.Persona("medecin_hospitalier")
		var all sync.WaitGroup
		bursts := make([]burst, connections)
		kill := time.AfterFunc(time.Duration(50+rnd.IntN(400))*time.Millisecond, func() { _ = p.cmd.Process.Kill() })
		for i := range bursts {
			all.Go(func() {
				bursts[i].run(e.MailLocal, from.Mailbox, to.Mailbox, fmt.Sprintf("%d.%d.%d", seed, round, i), 1<<30)
			})
		}
		all.Wait()
		kill.Stop()
		p.end(syscall.SIGKILL)
		rep, err := embedded.Verify(context.Background(), dir, embedded.VerifyOptions{})
		if err != nil || !rep.OK {
			raw, _ := json.Marshal(rep)
			t.Fatalf("round %d: %v %.2000s", round, err, raw)
		}
		p = startProgram(t, bin, dir)
		if e, err = client.Find(dir); err != nil {
			t.Fatal(err)
		}
		for i := range bursts {
			if bursts[i].doubt != "" {
				doubts++
			}
			if err := bursts[i].again(e.MailLocal, from.Mailbox, to.Mailbox); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			acked = append(acked, bursts[i].acked...)
		}
		tr := &territory{t: t, dir: dir, endpoints: e}
		found := messageIDs(tr, to)
		slices.Sort(acked)
		if lost, twice := compareIDs(acked, found); len(lost)+len(twice) > 0 {
			t.Fatalf("round %d: %d acknowledged, %d lost (%.200v), %d delivered twice (%.200v)", round, len(acked), len(lost), lost, len(twice), twice)
		}
		p.end(syscall.SIGTERM)
	}
	if len(acked) == 0 {
		t.Fatal("no message was acknowledged: nothing was tested")
	}
	t.Logf("%d acknowledged messages over %d kills, none lost, none twice; %d answers were in doubt", len(acked), rounds, doubts)
}

// messageIDs gives the Message-IDs in the inbox of a persona, by IMAP.
func messageIDs(tr *territory, p *client.Persona) (ids []string) {
	c := tr.imap(p.Mailbox, p.MailboxPassword)
	defer c.close()
	if lines, _ := c.do("SELECT INBOX"); strings.Contains(strings.Join(lines, "\n"), "* 0 EXISTS") {
		return nil
	}
	_, list := c.do("FETCH 1:* BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")
	for _, h := range list {
		if _, rest, ok := strings.Cut(h, "<"); ok {
			id, _, _ := strings.Cut(rest, ">")
			ids = append(ids, id)
		}
	}
	return ids
}

// compareIDs tells which of the wanted are not found, and which were found more than once.
func compareIDs(want, found []string) (lost, twice []string) {
	n := map[string]int{}
	for _, id := range found {
		if n[id]++; n[id] == 2 {
			twice = append(twice, id)
		}
	}
	for _, id := range want {
		if n[id] == 0 {
			lost = append(lost, id)
		}
	}
	return lost, twice
}
