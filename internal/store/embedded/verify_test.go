package embedded

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/journal"
	"github.com/socle-sante/socle/internal/store/storetest"
)

// filled makes a folder with documents of three persons and closes it.
func filled(t testing.TB, n int) (dir string, ledger []string) {
	t.Helper()
	dir = t.TempDir()
	s := openTest(t, dir)
	for p := range 3 {
		if err := s.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error { return tx.PutPerson(storetest.Person(p)) }}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		body := storetest.Body(uint64(i), 1500)
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(i%3), i, body)); err != nil {
			t.Fatal(err)
		}
		ledger = append(ledger, promise(i, i%3, body))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, ledger
}

func promise(n, person int, body []byte) string {
	p := storetest.Person(person)
	return fmt.Sprintf("%s\t%x\t%s\t%s\n", storetest.ID(n), sha256.Sum256(body), p.INS.Matricule.Reveal(), p.INS.OID)
}

func verify(t testing.TB, dir string, o VerifyOptions) *Report {
	t.Helper()
	r, err := Verify(context.Background(), dir, o)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return r
}

func mustPass(t testing.TB, dir string, o VerifyOptions) *Report {
	t.Helper()
	r := verify(t, dir, o)
	if !r.OK {
		b, _ := json.MarshalIndent(r, "", " ")
		t.Fatalf("verify finds: %.3000s", b)
	}
	return r
}

func has(r *Report, kind string, index int64) bool {
	for _, p := range r.Problems {
		if p.Kind == kind && (index < 0 || p.Index != nil && *p.Index == index) {
			return true
		}
	}
	return false
}

func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sql changes a closed folder behind the back of the store.
func sql(t testing.TB, dir, statement string, args ...any) {
	t.Helper()
	c, err := openConn(filepath.Join(dir, factsFile), "rw")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if n, err := c.affect(statement, args...); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", statement, n, err)
	}
}

func TestVerifyPassesWhatWasKept(t *testing.T) {
	dir, ledger := filled(t, 40)
	r := mustPass(t, dir, VerifyOptions{Ledger: writeFile(t, "ledger", strings.Join(ledger, ""))})
	if r.Documents != 40 || r.Leaves != 40 || r.OrphanBytes != 0 || r.Journal.Leaves != 40 || r.Journal.Where[0] != "facts.db#leaf" || r.Journal.Root == "" {
		t.Errorf("report: %+v", r)
	}
	b, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(b), `"missing":[],"problems":[],"journal":{"leaves":40,"root":"`) {
		t.Errorf("json: %s, %v", b, err)
	}
	sql(t, dir, "UPDATE head SET object_seq = object_seq") // it left the folder writable and whole
}

func TestVerifyWhileServing(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	defer s.Close()
	for i := range 20 {
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), i, storetest.Body(1, 1000))); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() {
		for i := 20; i < 120; i++ {
			if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), i, storetest.Body(1, 1000))); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 3 {
		if r := mustPass(t, dir, VerifyOptions{}); r.Documents < 20 {
			t.Errorf("%d documents", r.Documents)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Every byte of a leaf row counts: each is altered in turn.
func TestVerifyNamesAnAlteredLeaf(t *testing.T) {
	dir, _ := filled(t, 12)
	c, err := openConn(filepath.Join(dir, factsFile), "rw")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, index := range []int64{0, 7, 11} {
		for _, column := range []string{"record", "nonce", "hash"} {
			var good []byte
			if err := c.one("SELECT "+column+" FROM leaf WHERE idx = ?", []any{index}, &good); err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(good); i += 1 + len(good)/16 {
				bad := bytes.Clone(good)
				bad[i] ^= 1 << (i % 8)
				if err := c.exec("UPDATE leaf SET "+column+" = ? WHERE idx = ?", bad, index); err != nil {
					t.Fatal(err)
				}
				if r := verify(t, dir, VerifyOptions{}); r.OK || !has(r, "leaf", index) {
					t.Errorf("byte %d of the %s of leaf %d altered: %+v", i, column, index, r.Problems)
				}
			}
			if err := c.exec("UPDATE leaf SET "+column+" = ? WHERE idx = ?", good, index); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustPass(t, dir, VerifyOptions{})
}

func TestVerifyNamesALeafAlteredInTheFile(t *testing.T) {
	dir, _ := filled(t, 12)
	path := filepath.Join(dir, factsFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []int64{0, 5, 11} {
		c, err := openConn(path, "ro")
		if err != nil {
			t.Fatal(err)
		}
		var nonce []byte
		if err := c.one("SELECT nonce FROM leaf WHERE idx = ?", []any{index}, &nonce); err != nil {
			t.Fatal(err)
		}
		c.close()
		at := bytes.Index(good, nonce)
		for i := 0; i < 16+32; i += 5 { // nonce and hash stand side by side
			bad := bytes.Clone(good)
			bad[at+i] ^= 0x40
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if r := verify(t, dir, VerifyOptions{}); r.OK || !has(r, "leaf", index) {
				t.Errorf("leaf %d altered in the file: %+v", index, r.Problems)
			}
		}
	}
}

// Any byte of the database may be altered: verify neither panics nor hangs.
func TestVerifySurvivesADamagedDatabase(t *testing.T) {
	dir, _ := filled(t, 12)
	path := filepath.Join(dir, factsFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doubts := 0
	for i := 7; i < len(good); i += 1 + len(good)/120 {
		bad := bytes.Clone(good)
		bad[i] ^= 0xff
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := Verify(context.Background(), dir, VerifyOptions{}); err != nil || !r.OK {
			doubts++
		}
	}
	if doubts == 0 {
		t.Error("no damage was seen")
	}
}

func TestVerifyNamesADroppedLeaf(t *testing.T) {
	for _, index := range []int64{0, 5, 11} {
		dir, _ := filled(t, 12)
		sql(t, dir, "DELETE FROM leaf WHERE idx = ?", index)
		if r := verify(t, dir, VerifyOptions{}); r.OK || !has(r, "leaf", index) {
			t.Errorf("leaf %d dropped: %+v", index, r.Problems)
		}
	}
}

func TestVerifySeesEveryKindOfDamage(t *testing.T) {
	for name, c := range map[string]struct {
		damage string
		kind   string
	}{
		"a leaf and its hash rewritten together":     {"UPDATE leaf SET nonce = zeroblob(16) WHERE idx = 3", "leaf"},
		"an index row that goes nowhere":             {"UPDATE leaf_person SET idx = 40 WHERE idx = 3", "leaf_person"},
		"an index row dropped":                       {"DELETE FROM leaf_person WHERE idx = 3", "leaf_person"},
		"a journal cut with its head":                {"UPDATE head SET leaves = 11", "checkpoint"},
		"a record of another type":                   {"UPDATE leaf SET record = 'x' WHERE idx = 2", "leaf"},
		"an identifier dropped":                      {"DELETE FROM owner WHERE seq = (SELECT MIN(seq) FROM owner)", "owner"},
		"an object dropped":                          {"DELETE FROM object WHERE kind = 2 AND seq = (SELECT MIN(seq) FROM object WHERE kind = 2)", "dangling"},
		"an object damaged":                          {"UPDATE object SET data = zeroblob(9) WHERE seq = 1", "object"},
		"a document row dropped":                     {"DELETE FROM object WHERE kind = 1 AND seq = (SELECT MIN(seq) FROM object WHERE kind = 1)", "dangling"},
		"an event dropped":                           {"DELETE FROM event WHERE seq = 4", "event"},
		"a key dropped":                              {"DELETE FROM person_key", "document"},
		"a digest damaged":                           {"UPDATE digest SET data = zeroblob(60) WHERE seq = (SELECT MIN(seq) FROM digest)", "digest"},
		"a person who no longer has an INS":          {"DELETE FROM ins", "ins"},
		"a person not found by date of birth":        {"DELETE FROM birth", "birth"},
		"a segment said to be shorter than its rows": {"UPDATE segment SET used = used - 1", "segment"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := filled(t, 12)
			sql(t, dir, c.damage)
			if r := verify(t, dir, VerifyOptions{}); r.OK || !has(r, c.kind, -1) {
				t.Errorf("no problem of kind %s: %+v", c.kind, r.Problems)
			}
		})
	}
}

func TestVerifySeesAlteredDocuments(t *testing.T) {
	dir, ledger := filled(t, 6)
	path := segmentPath(filepath.Join(dir, "segments"), 1)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good); i += 37 {
		bad := bytes.Clone(good)
		bad[i] ^= 4
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, dir, VerifyOptions{}); r.OK {
			t.Errorf("byte %d of %d altered and not seen", i, len(good))
		}
	}
	if err := os.WriteFile(path, good[:len(good)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	r := verify(t, dir, VerifyOptions{Ledger: writeFile(t, "ledger", strings.Join(ledger, ""))})
	if r.OK || len(r.Missing) != 1 || r.Missing[0] != storetest.ID(5) {
		t.Errorf("last byte cut: %+v", r)
	}
	if err := os.WriteFile(path, append(bytes.Clone(good), "rest of a torn write"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := mustPass(t, dir, VerifyOptions{}); r.OrphanBytes != 20 {
		t.Errorf("%d orphan bytes", r.OrphanBytes)
	}
}

func TestVerifyHoldsTheLedger(t *testing.T) {
	dir, ledger := filled(t, 6)
	never := promise(77, 0, []byte("never kept"))
	other := promise(1, 1, []byte("other bytes"))
	elsewhere := promise(2, 0, storetest.Body(2, 1500))
	for _, c := range []struct{ lines, missing, problem string }{
		{strings.Join(ledger, ""), "", ""},
		{ledger[0] + "1.2.3\tcut", "", ""},
		{ledger[0] + never, storetest.ID(77), ""},
		{other, "", "has SHA-256"},
		{elsewhere, "", "another INS"},
	} {
		r := verify(t, dir, VerifyOptions{Ledger: writeFile(t, "ledger", c.lines)})
		if strings.Join(r.Missing, ",") != c.missing || r.OK != (c.missing+c.problem == "") ||
			c.problem != "" && (len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, c.problem)) {
			t.Errorf("ledger %q: %+v", c.lines, r)
		}
	}
	if _, err := Verify(context.Background(), dir, VerifyOptions{Ledger: writeFile(t, "ledger", "no tabs here\n")}); err == nil {
		t.Error("a ledger of another form was accepted")
	}
}

func TestVerifyHoldsOldCheckpoints(t *testing.T) {
	dir, _ := filled(t, 5)
	s := openTest(t, dir)
	old := writeFile(t, "checkpoint", string(s.Checkpoint()))
	for i := 5; i < 9; i++ {
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), i, []byte("x"))); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	mustPass(t, dir, VerifyOptions{Checkpoint: old})
	another, _ := filled(t, 5)
	if r := verify(t, another, VerifyOptions{Checkpoint: old}); r.OK {
		t.Error("the checkpoint of another key was accepted")
	}
	// The same key signing another history.
	for _, f := range []string{masterFile, journalFile} {
		b, err := os.ReadFile(filepath.Join(dir, "keys", f))
		if err != nil {
			t.Fatal(err)
		}
		fork := filepath.Join(another, "keys", f)
		if err := os.WriteFile(fork, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	os.Remove(filepath.Join(another, factsFile))
	os.RemoveAll(filepath.Join(another, "segments"))
	s = openTest(t, another)
	for i := range 9 {
		if err := s.Commit(context.Background(), storetest.Deposit(storetest.PersonID(1), i, []byte("y"))); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	if r := verify(t, another, VerifyOptions{Checkpoint: old}); r.OK || !has(r, "checkpoint", -1) {
		t.Errorf("a forked journal passed: %+v", r)
	}
}

// A client of the public log follows it with tiles alone, and proves a record from its proof.
func TestPublicLog(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	defer s.Close()
	const n = 700
	err := s.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error {
		for i := range n {
			if err := tx.Leaf(storetest.Leaf(storetest.PersonID(i%2), journal.Read, storetest.ID(i))); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := journal.OpenCheckpoint(s.Checkpoint(), s.VerifierKey())
	if err != nil || c.Size != n || c.Origin != "socle.test/journal" {
		t.Fatalf("checkpoint: %+v, %v", c, err)
	}
	var edge journal.Edge
	for at := int64(0); at < n; at += journal.TileWidth {
		tile := journal.Tile{Level: journal.EntriesLevel, N: at / journal.TileWidth, Width: int(min(journal.TileWidth, n-at))}
		bundle, err := s.Tile(tile.Path())
		if err != nil || len(bundle) != 34*tile.Width {
			t.Fatalf("%s: %d bytes, %v", tile.Path(), len(bundle), err)
		}
		tile.Level = 0
		hashes, err := s.Tile(tile.Path())
		if err != nil || len(hashes) != 32*tile.Width {
			t.Fatalf("%s: %d bytes, %v", tile.Path(), len(hashes), err)
		}
		for i := range tile.Width {
			leaf := journal.LeafHash([32]byte(bundle[34*i+2 : 34*i+34]))
			if !bytes.Equal(leaf[:], hashes[32*i:32*i+32]) {
				t.Fatalf("entry %d does not have its hash", at+int64(i))
			}
			edge.Append(leaf, nil)
		}
	}
	if edge.Root() != c.Root {
		t.Error("the entries do not have the root that is signed")
	}
	if top, err := s.Tile("tile/1/000.p/2"); err != nil || len(top) != 64 {
		t.Errorf("level 1: %d bytes, %v", len(top), err)
	}
	for _, path := range []string{"tile/0/002", "tile/1/000.p/3", "tile/2/000.p/1", "tile/0/003.p/1"} {
		if _, err := s.Tile(path); err != dmp.ErrNotFound {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, index := range []int64{0, 255, 256, n - 1} {
		p, err := s.Proof(index)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Check(s.VerifierKey())
		if err != nil || r.UniqueID != storetest.ID(int(index)) {
			t.Errorf("proof of leaf %d: %+v, %v", index, r, err)
		}
		p.Record[20] ^= 1
		if _, err := p.Check(s.VerifierKey()); err == nil {
			t.Errorf("an altered record %d was proved", index)
		}
	}
}
