package run

import (
	"bufio"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/run/client"
	"github.com/socle-sante/socle/internal/shareddata"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// build makes the program once for a test.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "socle")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/socle")
	cmd.Dir = shareddata.Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}

// program is a demo in a process of its own.
type program struct {
	cmd *exec.Cmd
	web string
}

func startProgram(t *testing.T, bin, dir string) *program {
	t.Helper()
	cmd := exec.Command(bin, "demo", "--data", dir, "--ports", "auto", "--persons", "12")
	cmd.Stderr = testWriter{t}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	web, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ok {
		_ = cmd.Process.Kill()
		t.Fatalf("not ready: %q %v", line, err)
	}
	return &program{cmd: cmd, web: web}
}

func (p *program) end(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig)
	_ = p.cmd.Wait()
}

// crashRounds is how many times the program is killed; make crash asks for 200.
func crashRounds() int {
	if n, err := strconv.Atoi(os.Getenv("SOCLE_CRASH_ROUNDS")); err == nil {
		return n
	}
	return 20
}

// roundsPerFolder is how many kills one data folder suffers: each round verifies all of it.
const roundsPerFolder = 20

// TestCrashLosesNothing kills the program under load, again and again, at any moment, and
// verifies that every acknowledged document is there, byte for byte.
func TestCrashLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	bin := build(t)
	dir, ledger := "", ""
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	total := int64(0)
	for round := range crashRounds() {
		if round%roundsPerFolder == 0 {
			dir, ledger = t.TempDir(), filepath.Join(t.TempDir(), "ledger")
		}
		p := startProgram(t, bin, dir)
		e, err := client.Find(dir)
		if err != nil {
			t.Fatal(err)
		}
		c, err := client.New(e, "banc", 16)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		kill := time.AfterFunc(time.Duration(300+rnd.IntN(900))*time.Millisecond, func() {
			_ = p.cmd.Process.Kill()
			cancel()
		})
		f, err := c.Load(ctx, client.LoadOptions{Duration: time.Minute, Connections: 16, Size: 40000, Patients: 8, Ledger: ledger})
		kill.Stop()
		cancel()
		p.end(syscall.SIGKILL)
		if err != nil {
			t.Logf("round %d: killed before the load began: %v", round, err)
		} else {
			total += f.Documents
		}
		rep, err := embedded.Verify(context.Background(), dir, embedded.VerifyOptions{Ledger: existing(ledger)})
		if err != nil || !rep.OK {
			raw, _ := json.Marshal(rep)
			t.Fatalf("round %d: %v %.2000s", round, err, raw)
		}
	}
	if total == 0 {
		t.Fatal("no document was acknowledged: nothing was tested")
	}
	p := startProgram(t, bin, dir)
	p.end(syscall.SIGTERM)
	t.Logf("%d acknowledged documents over %d kills, none lost", total, crashRounds())
}

// existing gives a path only when there is a file: the first rounds may acknowledge nothing.
func existing(path string) string {
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
