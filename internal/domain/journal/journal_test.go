package journal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// leafOf gives the n-th leaf of a log of numbers.
func leafOf(n int64) tlog.Hash {
	return LeafHash(Commit(make([]byte, NonceSize), binary.BigEndian.AppendUint64(nil, uint64(n))))
}

// grown makes a log of n leaves: its edge, and a Source over all it keeps.
func grown(n int64) (Edge, Source) {
	kept := map[int][]tlog.Hash{}
	var e Edge
	for i := range n {
		h := leafOf(i)
		kept[0] = append(kept[0], h)
		e.Append(h, func(n Node) {
			if int64(len(kept[n.Level])) != n.N {
				panic("nodes out of order")
			}
			kept[n.Level] = append(kept[n.Level], n.Hash)
		})
	}
	return e, func(level int, from, to int64) ([]tlog.Hash, error) {
		if to > int64(len(kept[level])) {
			return nil, errors.New("not kept")
		}
		return kept[level][from:to], nil
	}
}

func TestRecordsComeBack(t *testing.T) {
	paris := time.FixedZone("CET", 3600)
	r := Record{
		Time: time.Date(2026, 3, 14, 10, 0, 0, 123456789, paris), Person: "p", Actor: Actor{ID: "899700000001", Name: "Zoé <ESSAI>"},
		Action: Read, UniqueID: "1.2.3", Outcome: Success, Mode: "bris_de_glace", ModeReason: "urgence",
	}
	b, err := Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	r.Time = r.Time.UTC()
	if err != nil || !cmp.Equal(got, r) {
		t.Errorf("%s became %+v, %v", b, got, err)
	}
	if _, err := Encode(Record{Detail: strings.Repeat("x", MaxRecord)}); err == nil {
		t.Error("a record without end was accepted")
	}
}

func TestCommitmentHidesBehindItsNonce(t *testing.T) {
	r := Record{Action: Read, Actor: Actor{ID: "x"}}
	a, err := Seal(r, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Seal(r, rand.Reader)
	if a.Commitment == b.Commitment || a.Leaf == b.Leaf || !bytes.Equal(a.Record, b.Record) {
		t.Error("two equal records can be told to be equal")
	}
	if a.Commitment != sha256.Sum256(append(a.Nonce[:], a.Record...)) || a.Leaf != tlog.RecordHash(a.Commitment[:]) {
		t.Error("the leaf is not SHA-256(0 || SHA-256(nonce || record))")
	}
	if _, err := Seal(r, strings.NewReader("short")); err == nil {
		t.Error("sealed without randomness")
	}
}

// The edge, the kept hashes and the reference implementation agree on every size.
func TestTreeAgreesWithReference(t *testing.T) {
	var stored []tlog.Hash
	reference := tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	const n = 1000
	whole, source := grown(n)
	var e Edge
	if e.Root() != EmptyRoot() {
		t.Error("root of the empty log")
	}
	for i := int64(0); i < n; i++ {
		hashes, err := tlog.StoredHashesForRecordHash(i, leafOf(i), reference)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		e.Append(leafOf(i), nil)
		want, err := tlog.TreeHash(i+1, reference)
		if err != nil {
			t.Fatal(err)
		}
		if e.Root() != want {
			t.Fatalf("root of %d leaves", i+1)
		}
		if i%37 == 0 {
			if got, err := source.Root(i + 1); err != nil || got != want {
				t.Fatalf("root of %d leaves from kept hashes: %v", i+1, err)
			}
		}
	}
	if e.Root() != whole.Root() || e.Size() != n {
		t.Error("two edges of the same leaves differ")
	}
}

func TestAppendingToACloneLeavesTheEdge(t *testing.T) {
	e, _ := grown(7)
	root, c := e.Root(), e.Clone()
	for i := range int64(300) {
		c.Append(leafOf(100+i), nil)
	}
	if e.Root() != root || e.Size() != 7 {
		t.Error("the edge changed")
	}
}

func TestProofs(t *testing.T) {
	const n = 700
	edge, source := grown(n)
	key, err := GenerateKey(rand.Reader, "socle.test/journal")
	if err != nil {
		t.Fatal(err)
	}
	now := Checkpoint{Origin: key.Origin(), Size: n, Root: edge.Root()}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.Int64Range(0, n-1).Draw(t, "leaf")
		path, err := source.Prove(n, i)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(path, n, now.Root, i, leafOf(i)); err != nil {
			t.Fatal(err)
		}
		size := rapid.Int64Range(1, n).Draw(t, "old")
		root, err := source.Root(size)
		if err != nil {
			t.Fatal(err)
		}
		old := Checkpoint{Origin: key.Origin(), Size: size, Root: root}
		ext, err := source.ProveExtension(n, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckExtension(ext, now, old); err != nil {
			t.Fatal(err)
		}
		if err := Extends(old, now, source); err != nil {
			t.Fatal(err)
		}
		old.Root[3] ^= 1
		if CheckExtension(ext, now, old) == nil || !errors.Is(Extends(old, now, source), ErrForked) {
			t.Fatal("a fork passed")
		}
	})
	for _, bad := range []Checkpoint{{Origin: now.Origin, Size: n + 1}, {Origin: "other", Size: n, Root: now.Root}} {
		if !errors.Is(Extends(bad, now, source), ErrForked) {
			t.Errorf("%+v is extended", bad)
		}
	}
	if _, err := source.Prove(n, n); err == nil {
		t.Error("a leaf beyond the log was proved")
	}
}

func TestProofIsCheckedWhole(t *testing.T) {
	key, _ := GenerateKey(rand.Reader, "socle.test/journal")
	var e Edge
	var sealed []Sealed
	for range 5 {
		s, err := Seal(Record{Action: Read, Actor: Actor{ID: "x"}}, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		sealed = append(sealed, s)
		e.Append(s.Leaf, nil)
	}
	source := Source(func(level int, from, to int64) (h []tlog.Hash, err error) {
		for _, s := range sealed[from:to] {
			h = append(h, s.Leaf)
		}
		return h, nil
	})
	msg, err := Checkpoint{Origin: key.Origin(), Size: 5, Root: e.Root()}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	good := func() Proof {
		path, err := source.Prove(5, 2)
		if err != nil {
			t.Fatal(err)
		}
		return Proof{Index: 2, Record: bytes.Clone(sealed[2].Record), Nonce: bytes.Clone(sealed[2].Nonce[:]), Path: path, Checkpoint: string(msg)}
	}
	if r, err := good().Check(key.Verifier()); err != nil || r.Action != Read {
		t.Fatalf("%+v, %v", r, err)
	}
	other, _ := GenerateKey(rand.Reader, "socle.test/journal")
	for name, spoil := range map[string]func(*Proof){
		"record": func(p *Proof) { p.Record[5] ^= 1 },
		"nonce":  func(p *Proof) { p.Nonce[0] ^= 1 },
		"index":  func(p *Proof) { p.Index = 3 },
		"beyond": func(p *Proof) { p.Index = 5 },
		"before": func(p *Proof) { p.Index = -1 },
		"path":   func(p *Proof) { p.Path[0][0] ^= 1 },
		"short":  func(p *Proof) { p.Path = p.Path[1:] },
		"size":   func(p *Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n5\n", "\n6\n", 1) },
	} {
		p := good()
		spoil(&p)
		if _, err := p.Check(key.Verifier()); err == nil {
			t.Errorf("%s altered and proved", name)
		}
	}
	if _, err := good().Check(other.Verifier()); !errors.Is(err, ErrSignature) {
		t.Errorf("under another key: %v", err)
	}
}

func TestCheckpointIsASignedNote(t *testing.T) {
	for range 50 { // keys differ: some hold the separator of their own text form
		key, err := GenerateKey(rand.Reader, "socle.test/journal")
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseKey(key.Reveal() + "\n")
		if err != nil || again.Verifier() != key.Verifier() {
			t.Fatalf("the key does not come back: %v", err)
		}
		e, _ := grown(3)
		c := Checkpoint{Origin: key.Origin(), Size: 3, Root: e.Root()}
		msg, err := c.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		v, err := note.NewVerifier(key.Verifier())
		if err != nil {
			t.Fatal(err)
		}
		n, err := note.Open(msg, note.VerifierList(v))
		if err != nil || n.Text != c.Text() {
			t.Fatalf("note: %v", err)
		}
		got, err := OpenCheckpoint(msg, key.Verifier())
		if err != nil || got != c {
			t.Fatalf("%+v, %v", got, err)
		}
		if strings.Contains(key.String(), "PRIVATE") {
			t.Fatal("a key prints its secret")
		}
	}
}

func TestCheckpointsThatAreNot(t *testing.T) {
	root := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	if c, err := ParseCheckpoint("o\n7\n" + root + "\nextension\n"); err != nil || c.Size != 7 {
		t.Errorf("with an extension: %+v, %v", c, err)
	}
	for _, text := range []string{
		"", "o\n7\n", "\n7\n" + root + "\n", "o\n-1\n" + root + "\n", "o\n07\n" + root + "\n", "o\n7\nAAAA\n", "o\n7\n" + root,
		"o\n7\n" + root + "\n\n", "o\n99999999999999999999\n" + root + "\n", "o\n7\n" + strings.Repeat("x", maxCheckpoint) + "\n",
	} {
		if c, err := ParseCheckpoint(text); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%.40q: %+v, %v", text, c, err)
		}
	}
	for _, secret := range []string{"", "PRIVATE+KEY+x", "PRIVATE+KEY+x+00000000+AA=="} {
		if _, err := ParseKey(secret); err == nil || strings.Contains(err.Error(), "AA==") {
			t.Errorf("key %q: %v", secret, err)
		}
	}
}

func TestTilePaths(t *testing.T) {
	for path, want := range map[string]Tile{
		"tile/0/000":                  {0, 0, 256},
		"tile/0/x001/x234/067":        {0, 1234067, 256},
		"tile/7/000.p/1":              {7, 0, 1},
		"tile/entries/x001/000":       {EntriesLevel, 1000, 256},
		"tile/entries/x001/000.p/255": {EntriesLevel, 1000, 255},
	} {
		got, err := ParseTile(path)
		if err != nil || got != want || want.Path() != path {
			t.Errorf("%s: %+v, %v; written %s", path, got, err, want.Path())
		}
	}
	for _, path := range []string{
		"", "tile/0", "tile/8/000", "tile/-1/000", "tile/00/000", "tile/0/0", "tile/0/x000/000", "tile/0/001/000", "tile/0/x001",
		"tile/0/000.p/256", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/+01", "/tile/0/000", "tile/0/000/", "tile/entries/x",
		"tile/0/x001/x001/x001/x001/x001/x001/001", "tile/8/0/000",
	} {
		if got, err := ParseTile(path); !errors.Is(err, ErrTilePath) {
			t.Errorf("%q: %+v, %v", path, got, err)
		}
	}
	if (Tile{Level: 1, N: 0, Width: 3}).In(3*256-1) || !(Tile{Level: 1, N: 0, Width: 3}).In(3*256) {
		t.Error("the end of a level")
	}
}

func FuzzTile(f *testing.F) {
	f.Add("tile/0/x001/x234/067.p/12")
	f.Add("tile/entries/000")
	f.Fuzz(func(t *testing.T, path string) {
		if tile, err := ParseTile(path); err == nil && (tile.Path() != path || tile.N < 0 || tile.Last() <= tile.First()) {
			t.Errorf("%q: %+v", path, tile)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	key, _ := GenerateKey(rand.Reader, "socle.test/journal")
	msg, _ := Checkpoint{Origin: key.Origin(), Size: 3, Root: EmptyRoot()}.Sign(key)
	f.Add(msg)
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := ParseCheckpoint(string(b)); err == nil && !strings.HasPrefix(string(b), c.Text()) {
			t.Errorf("%q became %q", b, c.Text())
		}
		if c, err := OpenCheckpoint(b, key.Verifier()); err == nil && c.Size != 3 {
			t.Errorf("a forged checkpoint was accepted: %q", b)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	var e Edge
	for i := range b.N {
		e.Append(tlog.Hash{byte(i)}, nil)
	}
	b.ReportMetric(float64(len(e.roots)), "roots")
}
