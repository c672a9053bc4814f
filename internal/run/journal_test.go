package run

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// access is one line of the list a citizen sees, as programs read it.
type access struct {
	Time     string `json:"time"`
	Actor    string `json:"actor"`
	Role     string `json:"role"`
	Action   string `json:"action"`
	UniqueID string `json:"unique_id"`
	Outcome  string `json:"outcome"`
}

// accesses reads the whole list of a citizen, newest first, page after page.
func (tr *territory) accesses(browser *http.Client, persona string) []access {
	t := tr.t
	t.Helper()
	var all []access
	for address := tr.endpoints.Persona(persona).Accesses; ; {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "application/json")
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Accesses []access `json:"accesses"`
			Next     string   `json:"next"`
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", address, resp.Status, err)
		}
		all = append(all, page.Accesses...)
		if page.Next == "" {
			return all
		}
		next, err := req.URL.Parse(page.Next)
		if err != nil || next.String() == address {
			t.Fatalf("next %q after %s: %v", page.Next, address, err)
		}
		address = next.String()
	}
}

// TestJournalTellsTheDay lets several people act on a record by every door: the person's list
// holds exactly these acts, in order.
func TestJournalTellsTheDay(t *testing.T) {
	tr := newTrial(startDemo(t, t.TempDir(), 12))
	p := tr.citizen("citoyen-1")
	list, err := tr.as("medecin_generaliste").Query(context.Background(), p.cx(), findAll(p))
	if err != nil || len(list.Objects.Entries) < 3 {
		t.Fatal(err, "not enough documents")
	}
	var open []*xds.DocumentEntry
	for _, e := range list.Objects.Entries {
		if e.Status == xds.Approved && len(e.Confidentiality) == 1 {
			open = append(open, e)
		}
	}
	a, b, c := open[0], open[1], open[2]
	own := tr.browser("citoyen-1") // signing in shows them their record: an access too
	before := tr.accesses(own, "citoyen-1")
	older := tr.fetch(t, "/checkpoint")

	gp, hospital, nurse := tr.endpoints.Persona("medecin_generaliste"), tr.endpoints.Persona("medecin_hospitalier"), tr.endpoints.Persona("infirmier")
	var want []string
	did := func(who, action, uniqueID, outcome string) {
		want = append(want, fmt.Sprintf("%s %s %s %s", who, action, uniqueID, outcome))
	}
	read := func(persona string, about patient, uid string) {
		t.Helper()
		if _, err := tr.as(persona).Retrieve(context.Background(), about.cx(), uid); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := tr.as("medecin_generaliste").Query(context.Background(), p.cx(), findAll(p)); err != nil {
		t.Fatal(err)
	}
	did(gp.Role, "search", "", "success")
	read("medecin_generaliste", p, a.UniqueID)
	did(gp.Role, "read", a.UniqueID, "success")
	if r := tr.fhir(t, fhirCall{path: "/DocumentReference?" + p.search(), token: tr.token("medecin_generaliste")}); r.status != 200 {
		t.Fatal(r.raw)
	}
	did(gp.Role, "search", "", "success")
	if r := tr.fhir(t, fhirCall{path: "/Binary/" + strings.TrimPrefix(b.LogicalID, "urn:uuid:"), token: tr.token("medecin_generaliste")}); r.status != 200 {
		t.Fatal(r.raw)
	}
	did(gp.Role, "read", b.UniqueID, "success")

	page := tr.endpoints.Web + "/patient/" + tr.handle(t, p) + "/document/" + strings.TrimPrefix(c.LogicalID, "urn:uuid:")
	if status, body := get(t, tr.browser("medecin_generaliste"), page); status != 200 {
		t.Fatalf("%d %.300s", status, body)
	}
	did(gp.Role, "search", "", "success")
	did(gp.Role, "read", c.UniqueID, "success")

	if r, err := tr.as("infirmier").Query(context.Background(), p.cx(), findAll(p)); err != nil || r.OK() {
		t.Fatal(err, r)
	}
	did(nurse.Role, "search", "", "refused")
	read("infirmier", p, a.UniqueID)
	did(nurse.Role, "read", a.UniqueID, "refused")

	jsonPatch := map[string]string{"Content-Type": "application/json-patch+json"}
	tr.patched(t, strings.TrimPrefix(a.LogicalID, "urn:uuid:"), tr.token("citoyen-1"), jsonPatch, maskPatch)
	did("citoyen", "mask", a.UniqueID, "success")
	read("medecin_hospitalier", p, a.UniqueID)
	did(hospital.Role, "read", a.UniqueID, "refused")
	read("medecin_hospitalier", p, b.UniqueID)
	did(hospital.Role, "read", b.UniqueID, "success")
	tr.patched(t, strings.TrimPrefix(a.LogicalID, "urn:uuid:"), tr.token("citoyen-1"), jsonPatch, `[{"op":"remove","path":"/securityLabel/1"}]`)
	did("citoyen", "unmask", a.UniqueID, "success")

	good := tr.deposit(p)
	if s := tr.request(good).post(t); s.response != ebxml.StatusSuccess {
		t.Fatalf("%s", s.raw)
	}
	did(gp.Role, "submit", good.entry().UniqueID, "success")
	bad := tr.deposit(p)
	bad.document(tr.report(tr.citizen("citoyen-2"), bad.entry().UniqueID))
	registryError("InvalidDocumentContent", "CDA-AUTRE-PATIENT").check(t, tr.request(bad).post(t))
	did(gp.Role, "submit", bad.entry().UniqueID, "refused")

	// What concerns somebody else, or nobody, is not in this list.
	read("medecin_generaliste", tr.citizen("citoyen-2"), a.UniqueID)
	if r := tr.fhir(t, fhirCall{path: "/DocumentReference/" + strings.TrimPrefix(a.LogicalID, "urn:uuid:"), token: tr.token("citoyen-2")}); r.status != 404 {
		t.Fatal(r.raw)
	}

	after := tr.accesses(own, "citoyen-1")
	fresh := after[:len(after)-len(before)]
	if !slices.Equal(after[len(fresh):], before) {
		t.Error("what was in the list before has changed")
	}
	slices.Reverse(fresh)
	var got []string
	for i, x := range fresh {
		got = append(got, fmt.Sprintf("%s %s %s %s", tr.roleOf(x), x.Action, x.UniqueID, x.Outcome))
		if i > 0 && x.Time < fresh[i-1].Time {
			t.Errorf("%s after %s", x.Time, fresh[i-1].Time)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the list says\n%s\nwhat took place\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	tr.followed(t, older)
	dir := tr.dir
	tr.close()
	t.Run("altered", func(t *testing.T) { alteredLeaf(t, dir, a.UniqueID) })
	t.Run("dropped", func(t *testing.T) { droppedLeaf(t, dir) })
}

// roleOf gives the persona role behind a line of the list.
func (tr *territory) roleOf(x access) string {
	for _, p := range tr.endpoints.Personas {
		if strings.Contains(x.Actor, p.Name) || strings.Contains(p.Name, x.Actor) {
			return p.Role
		}
	}
	if x.Role == "citoyen" {
		return x.Role
	}
	return "?" + x.Actor
}

// handle asks the identity desk for the handle of somebody it knows.
func (tr *trial) handle(t *testing.T, p patient) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"ins": p.ins.Matricule.Reveal(), "ins_oid": p.ins.OID, "birth_name": p.name, "birth_given": p.given, "sex": p.sex, "birth_date": p.birth, "birth_place": p.cog})
	if err != nil {
		t.Fatal(err)
	}
	a := tr.fhir(t, fhirCall{method: http.MethodPost, path: tr.endpoints.Identities, token: tr.token("secretaire"), body: string(body)})
	id, _ := a.json["id"].(string)
	if a.status != 200 || id == "" {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	return id
}

// fetch reads a piece of the public log.
func (tr *territory) fetch(t testing.TB, path string) []byte {
	t.Helper()
	resp, err := http.Get(tr.endpoints.Journal + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", path, resp.Status, err)
	}
	return b
}

// openCheckpoint reads a checkpoint with nothing but the published key.
func (tr *territory) openCheckpoint(t testing.TB, signed []byte) tlog.Tree {
	t.Helper()
	v, err := note.NewVerifier(strings.TrimSpace(string(tr.fetch(t, "/key"))))
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != v.Name() {
		t.Fatalf("checkpoint %q", n.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		t.Fatal(err)
	}
	return tlog.Tree{N: size, Hash: root}
}

// tiles reads the public log as the Go checksum database does: its own code checks every tile
// against the signed root.
type tiles struct {
	t  testing.TB
	tr *territory
}

func (s tiles) Height() int                         { return 8 }
func (s tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (s tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, x := range list {
		// tile/8/<level>/… in that tool, tile/<level>/… in C2SP tlog-tiles
		out = append(out, s.tr.fetch(s.t, "/tile/"+strings.TrimPrefix(x.Path(), "tile/8/")))
	}
	return out, nil
}

// followed recomputes the public log from its entries and checks that it extends an older checkpoint.
func (tr *territory) followed(t *testing.T, older []byte) {
	signed := tr.fetch(t, "/checkpoint")
	was, now := tr.openCheckpoint(t, older), tr.openCheckpoint(t, signed)
	if now.N <= was.N {
		t.Fatalf("the log went from %d to %d leaves", was.N, now.N)
	}
	hashes := tlog.TileHashReader(now, tiles{t, tr})
	root, err := tlog.TreeHash(now.N, hashes)
	if err != nil || root != now.Hash {
		t.Errorf("the tiles give root %v (%v), %v was signed", root, err, now.Hash)
	}
	proof, err := tlog.ProveTree(now.N, was.N, hashes)
	if err != nil {
		t.Fatal(err)
	}
	if err := tlog.CheckTree(proof, now.N, now.Hash, was.N, was.Hash); err != nil {
		t.Errorf("the log does not extend its older checkpoint: %v", err)
	}
	// The entries themselves, hashed again, give the same tree.
	var leaves []tlog.Hash
	for n := int64(0); n*256 < now.N; n++ {
		width := min(256, now.N-n*256)
		path := tlog.Tile{H: 8, L: 0, N: n, W: int(width)}.Path()
		bundle := tr.fetch(t, "/tile/entries/"+strings.TrimPrefix(path, "tile/8/0/"))
		for len(bundle) >= 2 {
			size := int(bundle[0])<<8 | int(bundle[1])
			leaves = append(leaves, tlog.RecordHash(bundle[2:2+size]))
			bundle = bundle[2+size:]
		}
	}
	if int64(len(leaves)) != now.N {
		t.Fatalf("%d entries for %d leaves", len(leaves), now.N)
	}
	if got := treeOf(leaves); got != now.Hash {
		t.Errorf("the entries give root %v, %v was signed", got, now.Hash)
	}
	if treeOf(leaves[:was.N]) != was.Hash {
		t.Error("the first entries do not give the older root")
	}
	if bytes.Contains(tr.fetch(t, "/tile/entries/000.p/"+strconv.Itoa(int(min(255, now.N)))), []byte("medecin")) {
		t.Error("the public log says something of somebody")
	}
}

// treeOf is RFC 6962, written once more from its definition.
func treeOf(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return tlog.NodeHash(treeOf(leaves[:k]), treeOf(leaves[k:]))
}

// alteredLeaf changes one byte of one record in the data folder: verify names its index.
func alteredLeaf(t *testing.T, dir, uniqueID string) {
	copied := copyFolder(t, dir)
	rep := verifyFolder(t, copied)
	if !rep.OK || len(rep.Journal.Where) == 0 {
		t.Fatalf("%+v", rep)
	}
	name, _, _ := strings.Cut(rep.Journal.Where[0], "#")
	path := filepath.Join(copied, name)
	index, record := leafAbout(t, path, uniqueID)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, record)
	if at < 0 {
		t.Fatal("the record is not found as it is in the file")
	}
	raw[at+bytes.Index(record, []byte(`"o":"`))+5] ^= 1 // the outcome
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	named(t, verifyFolder(t, copied), index)
}

// droppedLeaf takes a leaf away, with its trace in the index of its person.
func droppedLeaf(t *testing.T, dir string) {
	copied := copyFolder(t, dir)
	db := openFacts(t, filepath.Join(copied, "facts.db"))
	const index = 7
	if _, err := db.Exec("DELETE FROM leaf WHERE idx = ?", index); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	named(t, verifyFolder(t, copied), index)
}

func openFacts(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// leafAbout finds a leaf that names a document.
func leafAbout(t *testing.T, path, uniqueID string) (index int64, record []byte) {
	t.Helper()
	db := openFacts(t, path)
	defer db.Close()
	if err := db.QueryRow("SELECT idx, record FROM leaf WHERE instr(record, ?) > 0 ORDER BY idx DESC LIMIT 1", []byte(uniqueID)).Scan(&index, &record); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	return index, record
}

func verifyFolder(t *testing.T, dir string) *embedded.Report {
	t.Helper()
	r, err := embedded.Verify(context.Background(), dir, embedded.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// named checks that the report doubts and says which leaf.
func named(t *testing.T, r *embedded.Report, index int64) {
	t.Helper()
	if r.OK {
		t.Fatal("verify has no doubt")
	}
	for _, p := range r.Problems {
		if p.Kind == "leaf" && p.Index != nil && *p.Index == index {
			return
		}
	}
	t.Errorf("leaf %d is not named: %+v", index, r.Problems)
}

func copyFolder(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}
