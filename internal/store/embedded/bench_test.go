package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/store/storetest"
)

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCommit deposits 68 kB documents from 32 goroutines. The hashes are computed before the
// clock starts: in a door they are made while the body is received.
func BenchmarkCommit(b *testing.B) {
	s := openTest(b, b.TempDir())
	defer s.Close()
	bodies := make([][]byte, 16)
	for i := range bodies {
		bodies[i] = storetest.Body(uint64(i), 68<<10)
	}
	units := make([]dmp.Unit, b.N)
	for i := range units {
		units[i] = storetest.Deposit(storetest.PersonID(i%500), i, bodies[i%len(bodies)])
	}
	var next atomic.Int64
	b.SetParallelism(max(1, 32/2))
	before, start := s.Stats(), cpuTime()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Commit(context.Background(), units[next.Add(1)-1]); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	after, n := s.Stats(), float64(b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "documents/s")
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/n, "cpu-µs/document")
	b.ReportMetric(n/float64(after.Groups-before.Groups), "documents/group")
	b.ReportMetric(float64(after.Statements-before.Statements)/n, "statements/document")
	b.ReportMetric(float64(after.StoredBytes-before.StoredBytes)/n, "stored-B/document")
}

// BenchmarkEntries reads the 300 entries of a person, as FindDocuments does.
func BenchmarkEntries(b *testing.B) {
	s := openTest(b, b.TempDir())
	defer s.Close()
	for i := range 300 {
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), i, []byte("x"))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		err := s.View(context.Background(), func(r dmp.Reader) error {
			list, err := r.Entries(storetest.PersonID(1))
			if len(list) != 300 {
				return errors.Join(fmt.Errorf("%d entries", len(list)), err)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeEntries decodes 300 entries, rows apart.
func BenchmarkDecodeEntries(b *testing.B) {
	var entry *xds.DocumentEntry
	s := openTest(b, b.TempDir())
	defer s.Close()
	if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), 1, []byte("x"))); err != nil {
		b.Fatal(err)
	}
	err := s.View(context.Background(), func(r dmp.Reader) error {
		list, err := r.Entries(storetest.PersonID(1))
		entry = list[0]
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	blob := encodeEntry(entry)
	b.ReportMetric(float64(len(blob)), "B/entry")
	b.ReportAllocs()
	for b.Loop() {
		for range 300 {
			if _, err := decodeEntry(blob); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkBody reads a 68 kB document back.
func BenchmarkBody(b *testing.B) {
	s := openTest(b, b.TempDir())
	defer s.Close()
	if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), 1, storetest.Body(1, 68<<10))); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(68 << 10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Body(context.Background(), storetest.ID(1)); err != nil {
			b.Fatal(err)
		}
	}
}
