package imap

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// from is a connection that comes from somewhere.
type from struct {
	net.Conn
	addr string
}

func (f from) RemoteAddr() net.Addr {
	a, _ := net.ResolveTCPAddr("tcp", f.addr)
	return a
}
func (f from) Close() error { return nil }

// One machine does not keep the others from signing in.
func TestStrangersOfOneMachine(t *testing.T) {
	w := newWorld(t)
	w.door.listen(&net.TCPListener{})
	defer func() {
		w.door.mu.Lock()
		clear(w.door.listeners)
		w.door.mu.Unlock()
	}()
	enter := func(addr string) (*conn, bool) {
		nc := from{addr: addr}
		c := &conn{d: w.door, net: nc, from: sourceOf(nc)}
		_, ok := w.door.enter(c)
		return c, ok
	}
	var in []*conn
	for _, source := range []string{"192.0.2.1:%d", "[2001:db8::%x]:1", "127.0.0.1:%d"} {
		n := 0
		for i := range 60 {
			if c, ok := enter(fmt.Sprintf(source, i+1)); ok {
				in, n = append(in, c), n+1
			}
		}
		want := maxUnknownOfOne
		if strings.HasPrefix(source, "127") {
			want = 60
		}
		if n != want {
			t.Errorf("%s: %d connections", source, n)
		}
	}
	if c, ok := enter("192.0.2.9:1"); !ok {
		t.Error("somebody else is kept out")
	} else {
		in = append(in, c)
	}
	if err := w.door.signedIn(in[0], w.session()); err != nil {
		t.Fatal(err)
	}
	if c, ok := enter("192.0.2.1:99"); !ok {
		t.Error("who has signed in still counts")
	} else {
		in = append(in, c)
	}
	for _, c := range in {
		w.door.leave(c)
	}
	if len(w.door.strangers) != 0 || w.door.unknown != 0 {
		t.Errorf("left behind: %v, %d", w.door.strangers, w.door.unknown)
	}
}

// A search of many keys ends in time even when it reads no body.
func TestSearchInTime(t *testing.T) {
	s := &searching{until: time.Now().Add(-time.Second)}
	n := 0
	for !s.late() {
		n++
	}
	if n > 64 {
		t.Errorf("%d messages were judged", n)
	}
}

// A folder renamed onto levels that exist would hide one of the two.
func TestRenameOntoALevel(t *testing.T) {
	w := newWorld(t)
	c := w.in()
	for _, name := range []string{"A", "A/x", "B/x"} {
		c.ok("CREATE " + name)
	}
	if _, r := c.do("RENAME A B"); !strings.HasPrefix(r, "NO") {
		t.Errorf("two folders of one name: %s", r)
	}
	c.ok("RENAME A C")
}
