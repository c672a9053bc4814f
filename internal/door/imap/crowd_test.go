package imap

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// crowd fills a folder with small messages, many in a commit.
func (w *world) crowd(folder mss.FolderID, n int) {
	w.t.Helper()
	const perUnit = 250
	for from := 0; from < n; from += perUnit {
		var bodies []*mss.Body
		for i := from; i < min(from+perUnit, n); i++ {
			raw := []byte(strings.ReplaceAll(simple(i), "\n", "\r\n"))
			bodies = append(bodies, &mss.Body{Bytes: [][]byte{raw}, SHA256: sum(raw)})
		}
		err := w.op.Store.CommitMail(context.Background(), mss.Unit{Bodies: bodies, Do: func(tx mss.Tx) error {
			for k, b := range bodies {
				raw := b.Bytes[0]
				head := raw[:strings.Index(string(raw), "\r\n\r\n")+4]
				if err := tx.PutMessage(b, &mss.Message{ID: b.ID, Size: int64(len(raw)), SHA256: b.SHA256, Header: head, Received: time.Now(), Copies: 1}); err != nil {
					return err
				}
				text := fmt.Sprintf("jean dupont <jean.dupont@chb.mssante.fr>\n%s\n\nmessage %d\n<%d@chb.mssante.fr>", marie, from+k, from+k)
				e := mss.Entry{Message: b.ID, Date: time.Now().UnixMilli(), Size: uint32(len(raw))}
				if (from+k)%10 != 0 {
					e.Flags = mss.Seen
				}
				if err := tx.Append(w.box.ID, folder, &e, text); err != nil {
					return err
				}
			}
			return nil
		}})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestCrowdedMailbox holds the times of a mailbox of 50,000 messages, with a margin for a busy machine.
func TestCrowdedMailbox(t *testing.T) {
	if testing.Short() {
		t.Skip("long: a mailbox of 50,000 messages")
	}
	const messages = 50_000
	w := newWorld(t)
	start := time.Now()
	w.crowd(mss.Inbox, messages)
	t.Logf("%d messages put in %v", messages, time.Since(start))
	c, other := w.in(), w.in()
	for _, step := range []struct {
		command string
		most    time.Duration
		want    string
	}{
		{"SELECT INBOX", 100 * time.Millisecond, "* 50000 EXISTS"},
		{"SELECT INBOX", 100 * time.Millisecond, "* 50000 EXISTS"},
		{`SEARCH SUBJECT "message 4999"`, 0, ""}, // the first search reads the index
		{`SEARCH SUBJECT "message 49999"`, 50 * time.Millisecond, "* SEARCH 50000"},
		{`SEARCH FROM "dupont" SUBJECT "message 123" UID 1:500`, 50 * time.Millisecond, "* SEARCH 124"},
		{`SEARCH HEADER Message-ID <77@chb`, 50 * time.Millisecond, "* SEARCH 78"},
		{`UID SEARCH RETURN (COUNT) UNSEEN`, 50 * time.Millisecond, ""},
		{`SEARCH HEADER X-MSS-CODECDA 34112-3`, 0, "* SEARCH"},
		{"FETCH 1:* (UID FLAGS)", 0, ""},
		{"FETCH 49900:50000 (UID FLAGS ENVELOPE)", 0, ""},
		{"FETCH 1:* (UID ENVELOPE)", 0, ""},
		{`STORE 25000 +FLAGS (\Flagged)`, 0, ""},
		{`UID STORE 40001:50000 +FLAGS.SILENT (\Deleted)`, 0, ""},
		{`UID COPY 40001:50000 Archives`, 0, ""},
		{`UID MOVE 30001:40000 Corbeille`, 0, ""},
		{`SELECT Archives`, 0, ""},
		{`EXPUNGE`, 0, "* 1 EXPUNGE"},
		{`SELECT INBOX`, 0, ""},
	} {
		start := time.Now()
		got := c.ok(step.command)
		took := time.Since(start)
		t.Logf("%-60s %v", step.command, took.Round(10*time.Microsecond))
		if step.want != "" && !strings.Contains(strings.Join(got, "\n"), step.want) {
			t.Errorf("%s: %.200s", step.command, got)
		}
		if step.most > 0 && took > 5*step.most {
			t.Errorf("%s took %v", step.command, took)
		}
	}
	other.ok("SELECT INBOX")
	start = time.Now()
	c.ok(`STORE 25000 -FLAGS (\Flagged)`)
	other.ok("NOOP")
	t.Logf("a change of flags told to another session: %v", time.Since(start))
}

// TestIdleConnectionsAreLight opens 200 of them on a crowded folder.
func TestIdleConnectionsAreLight(t *testing.T) {
	if testing.Short() {
		t.Skip("long: 200 connections")
	}
	w := newWorld(t)
	w.crowd(mss.Inbox, 5000)
	before := heap()
	const connections, each = 200, maxPerMailbox - 1
	for i := range connections {
		address := fmt.Sprintf("m%d@chb.mssante.fr", i/each)
		if i%each == 0 {
			w.mailbox(mss.Mailbox{Address: address, Type: mss.Organisation, Password: mss.HashPassword("x y z")})
		}
		c := w.dial(&tls.Config{})
		if i < each {
			c.ok("LOGIN " + marie + " \"" + password + "\"")
		} else {
			c.ok("LOGIN " + address + " \"x y z\"")
		}
		c.ok("SELECT INBOX")
		c.ok("FETCH 1:* (UID FLAGS)")
		c.write("i IDLE\r\n")
		c.line()
	}
	used := heap() - before
	t.Logf("%d idle connections, clients included: %.1f MB, %d goroutines, resident %s", connections, float64(used)/1e6, runtime.NumGoroutine(), resident())
	if used > 60e6 {
		t.Errorf("%d octets for %d idle connections", used, connections)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

func resident() string {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return "unknown"
	}
	f := strings.Fields(string(b))
	n, _ := strconv.Atoi(f[1])
	return fmt.Sprintf("%.0f MB", float64(n)*float64(os.Getpagesize())/1e6)
}
