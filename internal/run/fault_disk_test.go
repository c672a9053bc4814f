package run

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/internal/run/client"
)

// smallDisk mounts a file system of a few megabytes, or skips where that is not allowed.
func smallDisk(t *testing.T, megabytes string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+megabytes+"m", "socle-essai", dir).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be mounted here (%v %s): the full disk was not tried", err, bytes.TrimSpace(out))
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the room that is left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 { // down to the last byte
		for {
			if _, err = f.Write(make([]byte, size)); err != nil {
				break
			}
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

// TestFullDisk fills the disk of a running territory: what cannot be kept is refused with its
// reason at every door, nothing is half-written, and with room again everything goes on.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "64")
	tr := newTrial(startDemo(t, filepath.Join(dir, "data"), 12))
	p := tr.citizen("citoyen-1")
	if s := tr.request(tr.deposit(p)).post(t); s.response != ebxml.StatusSuccess {
		t.Fatalf("%s", s.raw)
	}
	before, stored := tr.kept(p), tr.verified()
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)

	refused, acknowledged := 0, 0
	for range 200 { // what the last blocks still hold is acknowledged, and kept
		s := tr.request(tr.deposit(p)).post(t)
		if s.response == ebxml.StatusSuccess {
			acknowledged++
			continue
		}
		registryError("XDSRepositoryOutOfResources", "DMP-PLEIN").check(t, s)
		if refused++; refused == 3 {
			break
		}
	}
	if refused < 3 {
		t.Fatalf("%d deposits refused, %d acknowledged: the disk was not full", refused, acknowledged)
	}
	// A reading that cannot be written down is not given; one for which the WAL still has room is.
	a, err := tr.as("medecin_generaliste").Query(context.Background(), p.cx(), findAll(p))
	if err != nil || !a.OK() && (a.Errors[0].Code != "XDSRepositoryOutOfResources" || len(a.Objects.Entries) > 0) {
		t.Errorf("ITI-18: %v %+v", err, a)
	}
	if f := tr.fhir(t, fhirCall{path: "/DocumentReference?" + p.search(), token: tr.token("medecin_generaliste")}); f.status != http.StatusOK {
		f.refused(t, http.StatusServiceUnavailable, "DMP-PLEIN")
		if f.header.Get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
	}
	var fault *client.FaultError
	if _, err := tr.as("medecin_generaliste").Retrieve(context.Background(), p.cx(), "1.2.250.1.999.1"); err != nil && !errors.As(err, &fault) {
		t.Errorf("ITI-43: %v", err)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if s := tr.request(tr.deposit(p)).post(t); s.response != ebxml.StatusSuccess {
		t.Fatalf("with room again: %s", s.raw)
	}
	acknowledged++
	if n := tr.kept(p); n != before+acknowledged {
		t.Errorf("%d documents listed, %d acknowledged on top of %d", n, acknowledged, before)
	}
	if n := tr.verified(); n != stored+int64(acknowledged) {
		t.Errorf("%d documents stored, %d acknowledged on top of %d", n, acknowledged, stored)
	}
	tr.close()
	if n := tr.verified(); n != stored+int64(acknowledged) {
		t.Errorf("after a stop: %d documents stored, %d acknowledged on top of %d", n, acknowledged, stored)
	}
	restarted := newTrial(startDemo(t, tr.dir, 12))
	if n := restarted.kept(p); n != before+acknowledged {
		t.Errorf("after a start: %d documents listed", n)
	}
	restarted.close()
	noHalf(t, tr.dir)
}

// noHalf looks for files that were being made.
func noHalf(t *testing.T, dir string) {
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), ".new-") {
			t.Errorf("%s was left behind", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
