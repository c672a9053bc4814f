package repertoire

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/socle-sante/socle/format/rass"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

func open(t *testing.T, path string) (*annuaire.Annuaire, *Log) {
	t.Helper()
	a := annuaire.New()
	l, err := Open(path, a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	a.Attach(l)
	return a, l
}

func fill(t *testing.T, a *annuaire.Annuaire, rows int, seed uint64) {
	t.Helper()
	var b bytes.Buffer
	if err := rass.Generate(&b, rows, seed); err != nil {
		t.Fatal(err)
	}
	r, err := rass.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Import(annuaire.ImportOptions{}, r); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, a *annuaire.Annuaire) string {
	t.Helper()
	var b bytes.Buffer
	if err := a.Export(rass.PersonneActivite, rass.NewWriter(&b, rass.PersonneActivite)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWhatIsAnsweredComesBack: after an import, changes and a compaction, an opening gives the same.
func TestWhatIsAnsweredComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "annuaire.log")
	a, l := open(t, path)
	fill(t, a, 3000, 1)
	if err := a.Put(annuaire.Professional{IDNat: "899000000013", Family: "MARTIN", Given: "Claire", Profession: "10", SavoirFaire: "SM26", Active: true}); err != nil {
		t.Fatal(err)
	}
	want := text(t, a)
	v1, _ := a.Snapshot()
	_ = l.Close()
	b, l := open(t, path)
	if v2, _ := b.Snapshot(); text(t, b) != want || v1 != v2 {
		t.Fatal("the log does not give back what it took", v1, v2)
	}
	fill(t, b, 2900, 1)
	want = text(t, b)
	before := l.Size()
	if err := b.Compact(); err != nil || l.Size() >= before {
		t.Fatal(err, l.Size(), before)
	}
	if err := b.Put(annuaire.Professional{IDNat: "899000000021", Family: "APRES", Given: "Luc", Profession: "60", Active: true}); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	c, _ := open(t, path)
	if text(t, c) != text(t, b) || text(t, c) == want || c.Professional("899000000021") == nil {
		t.Fatal("the compacted log does not give back what it took")
	}
}

// TestEveryTornTailIsCut: whatever the byte a crash stopped at, the groups before are whole.
func TestEveryTornTailIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "annuaire.log")
	a, l := open(t, path)
	put := func(id string) {
		if err := a.Put(annuaire.Professional{IDNat: id, Family: "X", Given: "Y", Active: true}); err != nil {
			t.Fatal(err)
		}
	}
	put("899000000013")
	whole := l.Size()
	put("899000000021")
	_ = l.Close()
	full, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := whole; n < int64(len(full)); n++ {
		p := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(p, full[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		b, l := open(t, p)
		if b.Professional("899000000013") == nil || b.Professional("899000000021") != nil || l.Size() != whole {
			t.Fatalf("cut at %d: %v %v, %d", n, b.Professional("899000000013"), b.Professional("899000000021"), l.Size())
		}
	}
	// Garbage after the end is a torn tail; a wrong byte before a whole group is damage.
	p := filepath.Join(t.TempDir(), "y")
	_ = os.WriteFile(p, append(bytes.Clone(full), bytes.Repeat([]byte{7}, 100)...), 0o600)
	if b, _ := open(t, p); b.Professional("899000000021") == nil {
		t.Error("garbage after the end lost a group")
	}
	for _, at := range []int64{int64(len(magic)) + 2, int64(len(magic)) + headSize + 3, 3} {
		bad := bytes.Clone(full)
		bad[at] ^= 0x40
		_ = os.WriteFile(p, bad, 0o600)
		if _, err := Open(p, annuaire.New()); err == nil || at > 5 && !errors.Is(err, ErrDamaged) {
			t.Errorf("damage at %d: %v", at, err)
		}
	}
}

// TestAFailedWriteChangesNothing: a log that refuses leaves the directory as it was.
func TestAFailedWriteChangesNothing(t *testing.T) {
	a, l := open(t, filepath.Join(t.TempDir(), "annuaire.log"))
	fill(t, a, 200, 1)
	want, size := text(t, a), l.Size()
	v1, _ := a.Snapshot()
	_ = l.f.Close()
	if err := a.Put(annuaire.Professional{IDNat: "899000000013", Family: "X", Given: "Y", Active: true}); !errors.Is(err, annuaire.ErrKeep) {
		t.Fatal(err)
	}
	var b bytes.Buffer
	_ = rass.Generate(&b, 5000, 9)
	r, _ := rass.NewReader(&b)
	if _, err := a.Import(annuaire.ImportOptions{}, r); !errors.Is(err, annuaire.ErrKeep) {
		t.Fatal(err)
	}
	if v2, _ := a.Snapshot(); text(t, a) != want || v1 != v2 || a.Professional("899000000013") != nil || l.end != size {
		t.Error("a change that was not kept is seen")
	}
}
