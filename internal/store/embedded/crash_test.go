package embedded

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/store/storetest"
)

const (
	crashDir    = "SOCLE_CRASH_DIR"    // set in the child only
	crashFirst  = "SOCLE_CRASH_FIRST"  // number of its first document
	crashRounds = "SOCLE_CRASH_ROUNDS" // how many rounds, for make crash
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		crashChild(dir)
	}
	os.Exit(m.Run())
}

// crashChild deposits until it is killed, and says each document only once it is acknowledged.
func crashChild(dir string) {
	first, _ := strconv.Atoi(os.Getenv(crashFirst))
	s, err := Open(dir, Options{Origin: "socle.test/journal", SegmentSize: 1 << 20})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var next atomic.Int64
	var out sync.Mutex
	for range 16 {
		go func() {
			for {
				n := first + int(next.Add(1))
				body := storetest.Body(uint64(n), 2000+n%5000)
				if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(n%3), n, body)); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Print("kept ", n, "\n")
				out.Unlock()
			}
		}()
	}
	select {}
}

// TestKill kills a process that deposits, again and again in the same folder: every acknowledged
// document is there, verify passes, the journal only grows.
func TestKill(t *testing.T) {
	rounds := 5
	if n, err := strconv.Atoi(os.Getenv(crashRounds)); err == nil {
		rounds = n
	}
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	s := openTest(t, dir)
	for p := range 3 {
		if err := s.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error { return tx.PutPerson(storetest.Person(p)) }}); err != nil {
			t.Fatal(err)
		}
	}
	old := s.Checkpoint()
	s.Close()
	var ledger strings.Builder
	var kept []int
	for round := range rounds {
		seen := killOne(t, dir, (round+1)*1_000_000, 20+rand.IntN(200))
		for _, n := range seen {
			ledger.WriteString(promise(n, n%3, storetest.Body(uint64(n), 2000+n%5000)))
		}
		kept = append(kept, seen...)
		o := VerifyOptions{Ledger: writeFile(t, "ledger", ledger.String()), Checkpoint: writeFile(t, "checkpoint", string(old))}
		if round%2 == 0 {
			mustPass(t, dir, o) // as the crash left it, before anything repairs it
		}
		s := openTest(t, dir)
		for range 5 {
			n := kept[rand.IntN(len(kept))]
			got, err := s.Body(context.Background(), storetest.ID(n))
			if err != nil || !bytes.Equal(got, storetest.Body(uint64(n), 2000+n%5000)) {
				t.Fatalf("acknowledged document %d: %v", n, err)
			}
		}
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), round, []byte("after the crash"))); err != nil {
			t.Fatal(err)
		}
		old = s.Checkpoint()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		o.Checkpoint = writeFile(t, "checkpoint", string(old))
		mustPass(t, dir, o)
	}
	t.Logf("%d rounds, %d acknowledged documents", rounds, len(kept))
}

// killOne lets a child acknowledge about n documents, kills it, and gives all it acknowledged.
func killOne(t *testing.T, dir string, first, n int) (kept []int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), crashDir+"="+dir, crashFirst+"="+strconv.Itoa(first))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		number, ok := strings.CutPrefix(lines.Text(), "kept ")
		if !ok {
			t.Errorf("child: %s", lines.Text())
			continue
		}
		id, err := strconv.Atoi(number)
		if err != nil {
			break // cut by the kill
		}
		if kept = append(kept, id); len(kept) == n {
			child.Process.Kill()
		}
	}
	child.Process.Kill()
	child.Wait()
	if len(kept) < n {
		t.Fatalf("the child acknowledged %d documents, %d expected", len(kept), n)
	}
	return kept
}

// image copies the folder of a store that is open and idle, as a crash would leave it.
func image(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"facts.db", "facts.db-wal", "keys/master.key", "keys/journal.key", "segments/00000001.seg"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o700)
		if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// TestTornFiles cuts the copy of a running folder at random places. A cut WAL takes commits away,
// which no real crash does after the sync; what is left must still be whole.
func TestTornFiles(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	defer s.Close()
	for i := range 25 {
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(i%3), i, storetest.Body(uint64(i), 1200))); err != nil {
			t.Fatal(err)
		}
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	whole := image(t, dir)
	// Bytes that reached the segment without their rows.
	orphan := *mustSeal(t, s, 99).record
	for i := range 24 {
		cut := image(t, whole)
		seg, wal := filepath.Join(cut, "segments/00000001.seg"), filepath.Join(cut, "facts.db-wal")
		want := 25
		switch i % 3 {
		case 0: // torn record at the end of the segment
			appendTo(t, seg, orphan[:r.IntN(len(orphan))])
		case 1: // a whole orphan, then a torn one
			appendTo(t, seg, append(bytes.Clone(orphan), orphan[:r.IntN(len(orphan))]...))
		case 2:
			info, err := os.Stat(wal)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(wal, r.Int64N(info.Size())); err != nil {
				t.Fatal(err)
			}
			want = -1
		}
		u, err := Open(cut, Options{})
		if err != nil {
			t.Fatalf("seed %d, cut %d: %v", seed, i, err)
		}
		if err := u.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), 99, storetest.Body(99, 1200))); err != nil {
			t.Fatalf("seed %d, cut %d: %v", seed, i, err)
		}
		u.Close()
		report := mustPass(t, cut, VerifyOptions{})
		if want >= 0 && report.Documents != int64(want)+1 {
			t.Errorf("seed %d, cut %d: %d documents", seed, i, report.Documents)
		}
		if i%3 == 1 && report.OrphanBytes != int64(len(orphan)) {
			t.Errorf("seed %d, cut %d: %d orphan bytes, %d expected", seed, i, report.OrphanBytes, len(orphan))
		}
	}
}

func mustSeal(t *testing.T, s *Store, n int) *sealedBody {
	t.Helper()
	u := storetest.Deposit(storetest.PersonID(1), n, storetest.Body(uint64(n), 1200))
	b, err := s.seal(&u.Bodies[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func appendTo(t *testing.T, path string, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
}

// A bit that rots inside the WAL must not silently take acknowledged commits away.
func TestDamagedWAL(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	defer s.Close()
	for i := range 10 {
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), i, []byte("x"))); err != nil {
			t.Fatal(err)
		}
	}
	whole := image(t, dir)
	good, err := os.ReadFile(filepath.Join(whole, "facts.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good)*3/4; i += 1 + len(good)/40 {
		cut := image(t, whole)
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if err := os.WriteFile(filepath.Join(cut, "facts.db-wal"), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, cut, VerifyOptions{}); r.OK || !has(r, "wal", -1) {
			t.Errorf("byte %d of %d: %+v", i, len(good), r)
		}
		if u, err := Open(cut, Options{}); !errors.Is(err, errWAL) {
			t.Errorf("byte %d of %d: opened, %v", i, len(good), err)
			if err == nil {
				u.Close()
			}
		}
	}
}

// faulty is a segment file on a disk that fails when told.
type faulty struct {
	segmentFile
	fail *atomic.Int64 // 1: half of the next write then full; 2: the next sync fails; 3: all writes
}

func (f faulty) WriteAt(b []byte, off int64) (int, error) {
	if f.fail.Load() == 3 || f.fail.CompareAndSwap(1, 0) {
		n, _ := f.segmentFile.WriteAt(b[:len(b)/2], off)
		return n, syscall.ENOSPC
	}
	return f.segmentFile.WriteAt(b, off)
}

func (f faulty) Sync() error {
	if f.fail.CompareAndSwap(2, 0) {
		return syscall.EIO
	}
	return f.segmentFile.Sync()
}

func TestFaultsOfTheDisk(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	var fail atomic.Int64
	s.seg.wrap = func(f segmentFile) segmentFile { return faulty{f, &fail} }
	s.seg.f = s.seg.wrap(s.seg.f)
	deposit := func(n int) error {
		return s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), n, storetest.Body(uint64(n), 1200)))
	}
	must := func(n int) {
		t.Helper()
		if err := deposit(n); err != nil {
			t.Fatalf("document %d: %v", n, err)
		}
	}
	must(1)
	fail.Store(1)
	if err := deposit(2); !errors.Is(err, dmp.ErrFull) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("full disk: %v", err)
	}
	must(2)
	fail.Store(2)
	if err := deposit(3); !errors.Is(err, syscall.EIO) {
		t.Errorf("failed sync: %v", err)
	}
	must(3)
	fail.Store(3)
	for i := range 3 {
		if err := deposit(4 + i); !errors.Is(err, dmp.ErrFull) {
			t.Errorf("still full: %v", err)
		}
	}
	fail.Store(0)
	must(4)
	if s.seg.id != 2 {
		t.Errorf("in segment %d: a file whose sync failed is not written again", s.seg.id)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if r := mustPass(t, dir, VerifyOptions{}); r.Documents != 4 || r.OrphanBytes != 0 {
		t.Errorf("%+v", r)
	}
	s = openTest(t, dir) // the first segment is sealed now
	defer s.Close()
	for n := 1; n <= 4; n++ {
		if got, err := s.Body(context.Background(), storetest.ID(n)); err != nil || !bytes.Equal(got, storetest.Body(uint64(n), 1200)) {
			t.Errorf("document %d: %v", n, err)
		}
	}
}

func TestFullDatabase(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	limit := func(sql string) {
		t.Helper()
		if err := s.db.each(sql, nil, func([]any) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	limit("PRAGMA max_page_count = 60")
	kept := 0
	var failed error
	for n := range 200 {
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), n, []byte("x"))); err != nil {
			failed = err
			break
		}
		kept++
	}
	if !errors.Is(failed, dmp.ErrFull) {
		t.Fatalf("after %d documents: %v", kept, failed)
	}
	if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), 500, []byte("x"))); !errors.Is(err, dmp.ErrFull) {
		t.Errorf("still full: %v", err)
	}
	limit("PRAGMA max_page_count = 100000")
	if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), 501, []byte("x"))); err != nil {
		t.Errorf("with room again: %v", err)
	}
	s.Close()
	if r := mustPass(t, dir, VerifyOptions{}); r.Documents != int64(kept)+1 {
		t.Errorf("%d documents, %d were acknowledged", r.Documents, kept+1)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	defer s.Close()
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
}

func TestKeysAreNotMadeAgain(t *testing.T) {
	for _, f := range []string{masterFile, journalFile} {
		dir, _ := filled(t, 1)
		if err := os.Remove(filepath.Join(dir, "keys", f)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrKeys) {
			t.Errorf("without %s: %v", f, err)
		}
	}
}

func TestSegmentsRollAndSeal(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{SegmentSize: 1500})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), n, storetest.Body(uint64(n), 1200))); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	ids, _ := listSegments(filepath.Join(dir, "segments"))
	if len(ids) < 3 {
		t.Fatalf("%d segments", len(ids))
	}
	mustPass(t, dir, VerifyOptions{})
	// A seal cut short is finished at the next start.
	first := segmentPath(filepath.Join(dir, "segments"), 1)
	info, err := os.Stat(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(first, info.Size()-5); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, dir, VerifyOptions{}); r.OK {
		t.Error("a torn footer passed")
	}
	openTest(t, dir).Close()
	mustPass(t, dir, VerifyOptions{})
}
