package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/store/embedded"
)

func TestMailboxesOfAFolder(t *testing.T) {
	dir := t.TempDir()
	store, err := embedded.Open(dir, embedded.Options{Origin: "socle.test/journal", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	socle := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := execute(append(append([]string{"mailbox"}, args...), "--data", dir), &out, &errs); got != want {
			t.Errorf("%v: exit %d, want %d: %s", args, got, want, errs.String())
		}
		return out.String() + errs.String()
	}
	if s := socle(1, "list"); !strings.Contains(s, "PATCH") {
		t.Errorf("a served folder: %s", s)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if s := socle(0, "open", "sec@aurore.mssante.example", "--type", "ORG", "--structure", "1990000018", "--name", "Secrétariat"); len(strings.Fields(s)) != 2 {
		t.Errorf("open: %s", s)
	}
	if s := socle(1, "open", "sec@aurore.mssante.example", "--type", "ORG", "--structure", "1990000018"); !strings.Contains(s, mss.ErrBoxExists.ID) {
		t.Errorf("twice: %s", s)
	}
	socle(0, "rename", "sec@aurore.mssante.example", "accueil@aurore.mssante.example")
	socle(0, "close", "sec@aurore.mssante.example", "--reason", "Fin") // by its former address
	var m mss.Mailbox
	if err := json.Unmarshal([]byte(socle(0, "list", "--json")), &m); err != nil || m.Address != "accueil@aurore.mssante.example" || m.State != mss.Closed || m.Password != "" {
		t.Errorf("list: %+v %v", m, err)
	}
	if s := socle(0, "traces", "accueil@aurore.mssante.example"); strings.Count(s, "\n") != 3 {
		t.Errorf("traces: %s", s)
	}
	out := t.TempDir()
	socle(0, "stats", "--out", out)
	if list, _ := filepath.Glob(filepath.Join(out, "*.csv")); len(list) != 5 {
		t.Errorf("stats: %v", list)
	}
	socle(1, "stats", "--month", "hier")
	socle(1, "whitelist", "accept")
	dir = filepath.Join(dir, "nothing")
	socle(1, "list")
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made")
	}
}
