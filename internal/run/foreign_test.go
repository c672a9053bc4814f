package run

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/rass"
	"github.com/socle-sante/socle/internal/shareddata"
)

// leaveOut skips a test for want of a tool, or fails it in CI.
func leaveOut(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// npmClients gives the folder where scripts/tools puts the npm clients; node is 20 or newer.
func npmClients(t *testing.T, name string) (dir string) {
	t.Helper()
	out, err := exec.Command("node", "--version").Output()
	major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "v"), ".")
	if n, e := strconv.Atoi(major); err != nil || e != nil || n < 20 {
		t.Skipf("node 20 is absent (%s): %s was not tried", strings.TrimSpace(string(out)), name)
	}
	dir = filepath.Join(shareddata.Root(t), ".cache", "foreign")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", name)); err != nil {
		leaveOut(t, "npm "+name+" is absent: run make tools")
	}
	return dir
}

// foreign runs one of scripts/foreign.
func foreign(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", filepath.Base(args[0]), err, out)
	}
	return string(out)
}

// TestForeignSignIn has the field's own relying parties sign in at the demo, unchanged.
func TestForeignSignIn(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no foreign client")
	}
	tr := startDemo(t, t.TempDir(), 12)
	scripts, endpoints := filepath.Join(shareddata.Root(t), "scripts", "foreign"), filepath.Join(tr.dir, "endpoints.json")
	t.Run("openid-client", func(t *testing.T) {
		t.Log(foreign(t, npmClients(t, "openid-client"), nil, "node", filepath.Join(scripts, "openid-client.mjs"), endpoints))
	})
	t.Run("mod_auth_openidc", func(t *testing.T) {
		for _, file := range []string{"/usr/sbin/apache2", "/usr/lib/apache2/modules/mod_auth_openidc.so"} {
			if _, err := os.Stat(file); err != nil {
				leaveOut(t, file+" is absent: mod_auth_openidc was not tried")
			}
		}
		t.Log(foreign(t, t.TempDir(), nil, "bash", filepath.Join(scripts, "mod-auth-openidc"), endpoints))
	})
}

// TestForeignPaging has a FHIR client of npm page twice through the whole directory while imports
// change it: it must see each of the announced entries, once.
func TestForeignPaging(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no foreign client")
	}
	dir := npmClients(t, "fhir-kit-client")
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	post := func(seed uint64, query string) {
		var file bytes.Buffer
		if err := rass.Generate(&file, 3000, seed); err != nil {
			t.Error(err)
		}
		r, err := http.Post(e.AnnuaireImport+query, "text/plain", &file)
		if err != nil {
			t.Error(err)
			return
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("import: HTTP %d", r.StatusCode)
		}
	}
	post(1, "")
	stop := make(chan struct{})
	var changing sync.WaitGroup
	changes := 0
	changing.Go(func() {
		for seed := uint64(2); ; seed++ {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				post(seed, "?mode=partiel")
				changes++
			}
		}
	})
	token, err := os.ReadFile(e.Persona("pharmacien").TokenFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(foreign(t, dir, []string{"BASE=" + e.Annuaire, "TOKEN=" + strings.TrimSpace(string(token)), "NODE_EXTRA_CA_CERTS=" + e.CAFile, "COUNT=200"},
		"node", filepath.Join(shareddata.Root(t), "scripts", "foreign", "fhir-kit-paging.mjs")))
	close(stop)
	changing.Wait()
	if changes < 2 {
		t.Errorf("the directory changed %d times only meanwhile", changes)
	}
	t.Logf("%d imports meanwhile", changes)
}
