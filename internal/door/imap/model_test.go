package imap

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// model is what a client believes of its folder from what it was told, and nothing else.
type model struct {
	*client
	uids []int // 0: not known yet
	last string
}

var (
	counted = regexp.MustCompile(`^\* (\d+) (EXISTS|EXPUNGE)$`)
	fetched = regexp.MustCompile(`^\* (\d+) FETCH \(.*?UID (\d+)`)
)

// hear updates the model; a contradiction is an error.
func (m *model) hear(command string, lines []string) {
	m.t.Helper()
	first, _, _ := strings.Cut(command, " ")
	for _, l := range lines {
		if f := counted.FindStringSubmatch(l); f != nil {
			n, _ := strconv.Atoi(f[1])
			switch {
			case f[2] == "EXISTS" && n < len(m.uids):
				m.t.Errorf("%s: %s, but %d are known", command, l, len(m.uids))
			case f[2] == "EXISTS":
				m.uids = append(m.uids, make([]int, n-len(m.uids))...)
			case first == "FETCH" || first == "STORE" || first == "SEARCH":
				m.t.Errorf("%s: %s", command, l)
			case n < 1 || n > len(m.uids):
				m.t.Errorf("%s: %s of %d", command, l, len(m.uids))
			default:
				m.uids = append(m.uids[:n-1], m.uids[n:]...)
			}
		}
		if f := fetched.FindStringSubmatch(l); f != nil {
			n, _ := strconv.Atoi(f[1])
			uid, _ := strconv.Atoi(f[2])
			if n < 1 || n > len(m.uids) || m.uids[n-1] != 0 && m.uids[n-1] != uid {
				m.t.Errorf("%s: %s, after %s, but %v", command, l, m.last, m.uids)
				continue
			}
			m.uids[n-1] = uid
		}
	}
	m.last = command
}

func (m *model) say(command string) {
	m.t.Helper()
	u, r := m.do(command)
	m.hear(command, u)
	if !strings.HasPrefix(r, "OK") && !strings.Contains(r, "EXPUNGEISSUED") {
		m.t.Errorf("%s: %s", command, r)
	}
}

// step does something at random.
func (m *model) step(r *rand.Rand) {
	n := len(m.uids)
	some := func() string { // a set of sequence numbers
		a := 1 + r.IntN(n)
		return fmt.Sprintf("%d:%d", a, min(n, a+r.IntN(3)))
	}
	if n == 0 || r.IntN(6) == 0 {
		s := strings.ReplaceAll(simple(r.IntN(100)), "\n", "\r\n")
		m.say(fmt.Sprintf("APPEND INBOX {%d+}\r\n%s", len(s), s))
		return
	}
	switch r.IntN(10) {
	case 0:
		m.say("NOOP")
	case 1:
		m.say("EXPUNGE")
	case 2:
		m.say("STORE " + some() + ` +FLAGS.SILENT (\Deleted)`)
	case 3:
		m.say("STORE " + some() + ` -FLAGS (\Deleted \Seen)`)
	case 4:
		m.say("FETCH " + some() + " (UID FLAGS)")
	case 5:
		m.say("FETCH " + some() + " (UID BODY[TEXT])")
	case 6:
		m.say("COPY " + some() + " INBOX")
	case 7:
		m.say("MOVE " + some() + " INBOX")
	case 8:
		m.say("UID FETCH 1:* (FLAGS ENVELOPE)")
	case 9:
		m.say("SEARCH UNSEEN")
	}
}

// TestClientsBelieveTheTruth lets several clients do anything to one folder, in turn and then at once:
// what each was told is what is there.
func TestClientsBelieveTheTruth(t *testing.T) {
	w := newWorld(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var all []*model
	for range 4 {
		m := &model{client: w.in()}
		m.hear("SELECT INBOX", m.ok("SELECT INBOX"))
		all = append(all, m)
	}
	all[0].ok("ENABLE CONDSTORE")
	r := rand.New(rand.NewPCG(seed, 1))
	for range 400 {
		all[r.IntN(len(all))].step(r)
		if t.Failed() {
			return
		}
	}
	var wait sync.WaitGroup
	for i, m := range all {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)+2))
			for range 60 {
				m.step(r)
			}
		})
	}
	wait.Wait()
	for _, m := range all {
		m.say("NOOP")
		m.say("FETCH 1:* (UID)")
	}
	for _, m := range all[1:] {
		if fmt.Sprint(m.uids) != fmt.Sprint(all[0].uids) {
			t.Errorf("two clients believe two things:\n%v\n%v", m.uids, all[0].uids)
		}
	}
}
