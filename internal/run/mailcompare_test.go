package run

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	smtpwire "github.com/socle-sante/socle/format/smtp"
	"github.com/socle-sante/socle/internal/run/client"
)

// mailServer is a server under comparison: plain SMTP on loopback, mail for one mailbox kept on
// this disk.
type mailServer struct {
	name, address, from, to string
	pid                     int               // of the process whose tree does the work
	folder                  string            // what grows
	kept                    func() int        // messages delivered
	ids                     func() []string   // their Message-IDs
	kill                    func()            // -9, all of it
	restart                 func()            //
	done                    func(n int) error // waits until n messages are delivered
}

// TestCompareMail measures Socle and Postfix side by side (make compare-mail): rate, CPU, syncs,
// bytes on disk, and what is lost when they are killed.
func TestCompareMail(t *testing.T) {
	if os.Getenv("SOCLE_COMPARE_MAIL") == "" {
		t.Skip("SOCLE_COMPARE_MAIL is not set: Socle and Postfix were not measured side by side")
	}
	servers := []*mailServer{socleServer(t), postfixServer(t)}
	for _, size := range []int{4 << 10, 200_000} {
		count := 6000
		if size > 100_000 {
			count = 1500
		}
		for _, connections := range []int{1, 10, 50} {
			n := count
			if connections == 1 {
				n = count / 10
			}
			for _, s := range servers {
				s.measure(t, n, connections, size)
			}
		}
	}
	for _, s := range servers {
		s.syncs(t)
	}
	for _, s := range servers {
		s.crash(t)
	}
}

func socleServer(t *testing.T) *mailServer {
	bin, dir := build(t), t.TempDir()
	p := startProgram(t, bin, dir)
	e, err := client.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	from, to := e.Persona("medecin_generaliste"), e.Persona("medecin_hospitalier")
	s := &mailServer{name: "Socle", address: e.MailLocal, from: from.Mailbox, to: to.Mailbox, pid: p.cmd.Process.Pid, folder: dir}
	tr := func() *territory {
		e, err := client.Find(dir)
		if err != nil {
			t.Fatal(err)
		}
		return &territory{t: t, dir: dir, endpoints: e}
	}
	s.ids = func() []string { return messageIDs(tr(), to) }
	s.kept = func() int {
		c := tr().imap(to.Mailbox, to.MailboxPassword)
		defer c.close()
		lines, _ := c.do("STATUS INBOX (MESSAGES)")
		m := regexp.MustCompile(`MESSAGES (\d+)`).FindStringSubmatch(strings.Join(lines, " "))
		n, _ := strconv.Atoi(m[1])
		return n
	}
	s.done = func(int) error { return nil } // acknowledged is delivered
	s.kill = func() { p.end(syscall.SIGKILL) }
	s.restart = func() {
		p = startProgram(t, bin, dir)
		s.address, s.pid = tr().endpoints.MailLocal, p.cmd.Process.Pid
	}
	t.Cleanup(func() { p.end(syscall.SIGTERM) })
	return s
}

func postfixServer(t *testing.T) *mailServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	p := startPostfix(t, address, "pair.example")
	s := &mailServer{name: "Postfix", address: address, from: "a@pair.example", to: "b@pair.example", folder: p.dir}
	master := func() int {
		b, err := os.ReadFile(p.dir + "/queue/pid/master.pid")
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.Atoi(strings.TrimSpace(string(b)))
		return n
	}
	s.pid = master()
	files := func() []string {
		list, _ := filepath.Glob(p.dir + "/mail/boite/new/*")
		return list
	}
	s.kept = func() int { return len(files()) }
	id := regexp.MustCompile(`(?m)^Message-ID: <([^>]+)>`)
	s.ids = func() (ids []string) {
		for _, f := range files() {
			b, _ := os.ReadFile(f)
			if m := id.FindSubmatch(b); m != nil {
				ids = append(ids, string(m[1]))
			}
		}
		return ids
	}
	s.done = func(n int) error {
		for end := time.Now().Add(3 * time.Minute); s.kept() < n; {
			if time.Now().After(end) {
				return fmt.Errorf("%d of %d were delivered", s.kept(), n)
			}
			time.Sleep(20 * time.Millisecond)
		}
		return nil
	}
	s.kill = func() {
		for _, pid := range tree(s.pid) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(300 * time.Millisecond)
	}
	s.restart = func() {
		os.Remove(p.dir + "/queue/pid/master.pid")
		p.run("postfix", "-c", p.dir+"/etc", "start")
		p.wait("postfix listens", func() bool {
			c, err := net.Dial("tcp", address)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		s.pid = master()
		exec.Command("postqueue", "-c", p.dir+"/etc", "-f").Run()
	}
	return s
}

// tree gives a process and its descendants.
func tree(pid int) []int {
	all := []int{pid}
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, f := range strings.Fields(string(b)) {
		n, _ := strconv.Atoi(f)
		all = append(all, tree(n)...)
	}
	return all
}

// cpu is what a tree of processes has used, those that ended included, in milliseconds.
func (s *mailServer) cpu() (ms int64) {
	for _, pid := range tree(s.pid) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		for _, i := range []int{11, 12, 13, 14} { // utime, stime, cutime, cstime
			n, _ := strconv.ParseInt(f[i], 10, 64)
			ms += n * 10
		}
	}
	return ms
}

func (s *mailServer) disk() (total int64) {
	out, _ := exec.Command("du", "-sb", s.folder).Output()
	total, _ = strconv.ParseInt(strings.Fields(string(out))[0], 10, 64)
	return total
}

// press sends n messages over some connections, and tells which were acknowledged.
func (s *mailServer) press(n, connections, size int) (acked []string) {
	raw := make([]byte, size*3/4)
	rand.Read(raw)
	text := base64.StdEncoding.EncodeToString(raw)
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	body := b.String()
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range connections {
		all.Go(func() {
			ids := s.stream(n/connections, fmt.Sprintf("%d.%d", time.Now().UnixNano(), i), body)
			mu.Lock()
			defer mu.Unlock()
			acked = append(acked, ids...)
		})
	}
	all.Wait()
	return acked
}

func (s *mailServer) stream(n int, name, body string) (acked []string) {
	nc, err := net.Dial("tcp", s.address)
	if err != nil {
		return nil
	}
	defer nc.Close()
	r := bufio.NewReader(nc)
	want := func(code int) bool {
		a, err := smtpwire.ReadReply(r)
		return err == nil && a.Code == code
	}
	fmt.Fprint(nc, "EHLO essai\r\n")
	if !want(220) || !want(250) {
		return nil
	}
	for i := range n {
		id := fmt.Sprintf("%s.%d@essai.example", name, i)
		fmt.Fprintf(nc, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", s.from, s.to)
		if !want(250) || !want(250) || !want(354) {
			return acked
		}
		fmt.Fprintf(nc, "From: <%s>\r\nTo: <%s>\r\nSubject: Essai\r\nMessage-ID: <%s>\r\n\r\n%s.\r\n", s.from, s.to, id, body)
		if !want(250) {
			return acked
		}
		acked = append(acked, id)
	}
	return acked
}

func (s *mailServer) measure(t *testing.T, n, connections, size int) {
	before, cpu, disk := s.kept(), s.cpu(), s.disk()
	start := time.Now()
	acked := s.press(n, connections, size)
	accepted := time.Since(start)
	if err := s.done(before + len(acked)); err != nil {
		t.Errorf("%s: %v", s.name, err)
	}
	took := time.Since(start)
	k := float64(len(acked))
	load, _ := os.ReadFile("/proc/loadavg")
	t.Logf("| %-7s | %6d B × %2d | %6.0f/s accepted | %6.0f/s delivered | %6.1f MB/s | %5.2f ms CPU | %4.2f bytes on disk per byte | load %s",
		s.name, size, connections, k/accepted.Seconds(), k/took.Seconds(), k*float64(size)/1e6/took.Seconds(), float64(s.cpu()-cpu)/k,
		float64(s.disk()-disk)/(k*float64(size)), strings.Fields(string(load))[0])
}

// syncs counts the synchronisations of 500 messages over 50 connections, by strace.
func (s *mailServer) syncs(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Log("strace is not installed: synchronisations were not counted")
		return
	}
	out := filepath.Join(t.TempDir(), "strace")
	args := []string{"-f", "-q", "-e", "trace=fsync,fdatasync,sync_file_range", "-o", out}
	for _, pid := range tree(s.pid) {
		args = append(args, "-p", strconv.Itoa(pid))
	}
	c := exec.Command("strace", args...)
	if err := c.Start(); err != nil {
		t.Log(err)
		return
	}
	time.Sleep(time.Second)
	before := s.kept()
	acked := s.press(500, 50, 4096)
	if err := s.done(before + len(acked)); err != nil {
		t.Error(err)
	}
	_ = c.Process.Signal(syscall.SIGINT)
	_ = c.Wait()
	b, _ := os.ReadFile(out)
	n := strings.Count(string(b), "fsync(") + strings.Count(string(b), "fdatasync(")
	t.Logf("| %-7s | %d synchronisations for %d messages over 50 connections: %.2f a message", s.name, n, len(acked), float64(n)/float64(len(acked)))
}

// crash kills a server three times under load and counts what it had acknowledged and has not.
func (s *mailServer) crash(t *testing.T) {
	var acked []string
	for range 3 {
		timer := time.AfterFunc(700*time.Millisecond, s.kill)
		acked = append(acked, s.press(1<<20, 16, 4096)...)
		timer.Stop()
		s.restart()
	}
	var lost, twice []string
	for end := time.Now().Add(time.Minute); ; {
		if lost, twice = compareIDs(acked, s.ids()); len(lost) == 0 || time.Now().After(end) {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Logf("| %-7s | killed 3 times under load: %d acknowledged, %d lost, %d delivered twice", s.name, len(acked), len(lost), len(twice))
}
