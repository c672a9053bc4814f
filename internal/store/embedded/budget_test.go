package embedded

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/store/storetest"
)

// What a deposit may cost. A figure that grows here costs every deposit of the country: find out
// why before raising it.
const (
	maxFsyncsPerGroup        = 2 // segment and WAL
	maxStatementsPerDocument = 17
	maxAllocsPerDocument     = 220
	maxBytesBesideBody       = 3 << 10 // rows and header of a document, digest included
)

// block holds the writer inside a group until the returned function is called, so that what is
// committed meanwhile forms one group.
func block(t *testing.T, s *Store) (release func()) {
	t.Helper()
	entered, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Commit(context.Background(), dmp.Unit{Do: func(dmp.Tx) error {
			close(entered)
			<-leave
			return nil
		}})
	}()
	<-entered
	return func() {
		close(leave)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestBudgetOfAGroup(t *testing.T) {
	s := openTest(t, t.TempDir())
	defer s.Close()
	const n = 100
	release := block(t, s)
	before := s.Stats()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(i%20), i, storetest.Body(1, 3000))); err != nil {
				t.Error(err)
			}
		})
	}
	for len(s.queue) < n {
		runtime.Gosched() // the callers are compressing and encrypting
	}
	release()
	wg.Wait()
	after := s.Stats()
	groups := after.Groups - before.Groups
	if groups != 1 {
		t.Errorf("%d groups for %d waiting documents", groups, n)
	}
	if f := after.Fsyncs - before.Fsyncs; f > maxFsyncsPerGroup+1 { // the blocked group's own is among them
		t.Errorf("%d fsyncs for one group", f)
	}
	if st := float64(after.Statements-before.Statements) / n; st > maxStatementsPerDocument {
		t.Errorf("%.1f statements for a document", st)
	}
	if after.Documents-before.Documents != n || after.Leaves != n || after.Queue != 0 || after.QueueBytes != 0 {
		t.Errorf("stats: %+v", after)
	}
}

func TestFullQueueAnswersBusy(t *testing.T) {
	s := openTest(t, t.TempDir())
	defer s.Close()
	release := block(t, s)
	var wg sync.WaitGroup
	var mu sync.Mutex
	busy, kept := 0, 0
	for i := range 2 * maxQueue {
		wg.Go(func() {
			err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), i, []byte("x")))
			mu.Lock()
			defer mu.Unlock()
			switch err {
			case nil:
				kept++
			case dmp.ErrBusy:
				busy++
				if busy == maxQueue+1 { // the blocked unit holds a place
					release()
				}
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if busy != maxQueue+1 || kept != maxQueue-1 || s.Stats().Refused != int64(busy) {
		t.Errorf("%d kept, %d refused", kept, busy)
	}
}

func TestBudgetOfADocument(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	const n = 400
	units := make([]dmp.Unit, n)
	for i := range units {
		units[i] = storetest.Deposit(storetest.PersonID(i%40), i, storetest.Body(1, 3000))
	}
	next := 0
	allocs := testing.AllocsPerRun(n/2, func() {
		if err := s.Commit(context.Background(), units[next]); err != nil {
			t.Fatal(err)
		}
		next++
	})
	if allocs > maxAllocsPerDocument && !raceEnabled {
		t.Errorf("%.0f allocations for a document", allocs)
	}
	for ; next < n; next++ {
		if err := s.Commit(context.Background(), units[next]); err != nil {
			t.Fatal(err)
		}
	}
	stored := s.Stats().StoredBytes
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	if err := openTest(t, empty).Close(); err != nil {
		t.Fatal(err)
	}
	beside := (folderSize(dir) - folderSize(empty) - stored) / n
	t.Logf("%.0f allocations, %d bytes beside the body for a document", allocs, beside)
	if beside > maxBytesBesideBody {
		t.Errorf("%d bytes beside the body for a document", beside)
	}
}

// folderSize adds up the files of a folder.
func folderSize(dir string) (total int64) {
	filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			total += info.Size()
		}
		return err
	})
	return total
}
