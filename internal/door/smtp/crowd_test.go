package smtp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// TestTenThousandRecipients: a letter to a whole territory is one body on disk, in every mailbox.
func TestTenThousandRecipients(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	w := newWorld(t, "a.mssante.fr")
	const n = 10_000
	next := make(chan int)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			for i := range next {
				if _, err := w.op.Open(context.Background(), mss.Mailbox{Address: fmt.Sprintf("b%d@a.mssante.fr", i), Type: mss.Personal}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "RCPT TO:<b%d@a.mssante.fr>\r\n", i)
	}
	go c.nc.Write([]byte(b.String()))
	for range n {
		c.want("250 2.1.5")
	}
	before := segmentBytes(t, w.dir)
	var large strings.Builder
	for range 1 << 20 / 78 {
		large.WriteString(random(57) + "\r\n")
	}
	body := large.String()
	c.say("DATA", "354")
	c.say("From: <alice@a.mssante.fr>\r\nSubject: A tous\r\nMessage-ID: <tous@a.mssante.fr>\r\n\r\n"+body+".", "250 2.0.0")
	if grew := segmentBytes(t, w.dir) - before; grew > 1<<20+1<<16 {
		t.Errorf("%d bytes of segments for one message of 1 MB", grew)
	}
	for _, i := range []int{0, 4711, n - 1} {
		if got := w.inbox(fmt.Sprintf("b%d@a.mssante.fr", i)); len(got) != 1 || !strings.HasSuffix(got[0], body) {
			t.Errorf("mailbox %d holds %d messages", i, len(got))
		}
	}
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	c.say("RCPT TO:<b1@a.mssante.fr>", "250")
}

func segmentBytes(t *testing.T, dir string) (total int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "segments", "*.seg"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	return total
}
