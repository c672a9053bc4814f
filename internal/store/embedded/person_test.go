package embedded

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/store/storetest"
)

// TestOldPersonsAreRead: the first edition wrote persons without the life of their identity.
func TestOldPersonsAreRead(t *testing.T) {
	p := storetest.Person(1)
	var life encoder
	encodeLife(&life, p)
	old := encodePerson(p)
	old = old[:len(old)-len(life.b)]
	old[0] = factsVersion
	q, err := decodePerson(old)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, q, cmpopts.EquateEmpty(), cmpopts.IgnoreTypes(insid.INS{})); d != "" || p.INS != q.INS {
		t.Error(d)
	}
	old[0] = personVersion
	if _, err := decodePerson(old); err == nil {
		t.Error("cut short and still read")
	}
}

// TestOlderFolderIsFilled: a folder written before schema 3 gains what leads to its persons.
func TestOlderFolderIsFilled(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	p := storetest.Person(1)
	p.History = []insid.INS{storetest.Person(8).INS}
	if err := s.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error { return tx.PutPerson(p) }}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := openConn(filepath.Join(dir, factsFile), "rw")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.script("DROP INDEX birth_named; DROP TABLE ins_former; DROP TABLE local_id; DROP TABLE kin; DELETE FROM schema_version WHERE version = 3"); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(context.Background(), dir, VerifyOptions{}); err != nil || !r.OK {
		t.Errorf("verify of the older folder: %+v %v", r, err)
	}
	s = openTest(t, dir)
	defer s.Close()
	for _, q := range []ins.Search{{INS: p.History[0]}, {Local: p.Local[0]}} {
		err := s.View(context.Background(), func(r dmp.Reader) error {
			list, err := r.SearchPersons(q)
			if len(list) != 1 {
				t.Errorf("%d persons", len(list))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if r, err := Verify(context.Background(), dir, VerifyOptions{}); err != nil || !r.OK {
		t.Errorf("verify: %+v %v", r, err)
	}
}
