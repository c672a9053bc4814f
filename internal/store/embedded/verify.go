package embedded

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// VerifyOptions are what a verification may compare the folder with.
type VerifyOptions struct {
	Ledger     string // file of lines uniqueId TAB SHA-256 TAB INS TAB OID, all of which must be kept
	Checkpoint string // file of a signed checkpoint of before, which the journal must extend
	// Progress is told from time to time how many documents out of how many were read.
	Progress func(done, total int64)
}

// Report is what a verification found; its JSON form is a contract.
type Report struct {
	Documents   int64     `json:"documents"`
	Leaves      int64     `json:"leaves"`
	OrphanBytes int64     `json:"orphan_bytes"` // bytes of segments that no row refers to
	Missing     []string  `json:"missing"`      // uniqueIds promised by the ledger or a row, and not there
	Problems    []Problem `json:"problems"`
	Journal     struct {
		Leaves int64    `json:"leaves"`
		Root   string   `json:"root"`
		Where  []string `json:"where"`
	} `json:"journal"`
	OK bool `json:"ok"`
}

// Problem is one doubt.
type Problem struct {
	Kind    string `json:"kind"`             // leaf, leaf_person, node, checkpoint, document, segment, …
	Where   string `json:"where"`            // file, or file#table
	Index   *int64 `json:"index,omitempty"`  // of the leaf, or the row
	Offset  *int64 `json:"offset,omitempty"` // in the file
	Message string `json:"message"`
}

// maxProblems bounds a report: beyond, the folder is lost and a longer list helps nobody.
const maxProblems = 10000

// verifier checks one snapshot of a folder, reading only.
type verifier struct {
	ctx    context.Context
	dir    string
	o      VerifyOptions
	c      *conn
	zip    *compressor
	keys   *keyring
	signer *journal.Key
	report *Report
	kin    map[string]string // person → another it is or was merged with, up to one for all of them
}

// Verify checks every document, row and leaf of a data folder. It reads one snapshot and takes no
// lock, so it may run while another process serves the folder. An error means that it could not
// be done; a doubt about the content is in the report.
func Verify(ctx context.Context, dir string, o VerifyOptions) (*Report, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, factsFile)); err != nil {
		return nil, err
	}
	v := &verifier{ctx: ctx, dir: dir, o: o, report: &Report{Missing: []string{}, Problems: []Problem{}}}
	v.report.Journal.Where = []string{where("leaf")}
	keys := filepath.Join(dir, "keys")
	master, err := readMaster(keys)
	if err != nil {
		return nil, err
	}
	if v.signer, err = readJournalKey(keys); err != nil {
		return nil, err
	}
	if v.zip, err = newCompressor(); err != nil {
		return nil, err
	}
	defer v.zip.close()
	v.keys = &keyring{master: master, keys: map[ins.PersonID]*personalKey{}}
	if err := v.run(); err != nil {
		return nil, err
	}
	v.report.OK = len(v.report.Problems) == 0 && len(v.report.Missing) == 0
	return v.report, nil
}

func (v *verifier) run() error {
	v.checkWAL()
	c, err := openConn(filepath.Join(v.dir, factsFile), "ro", "query_only = ON", "cache_size = -32768", "temp_store = MEMORY")
	if err != nil {
		v.problem("database", factsFile, nil, nil, "the database does not open: %v", err)
		return nil
	}
	v.c = c
	defer c.close()
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	v.checkDatabase()
	h, err := headCheckpoint(c)
	if err != nil {
		v.problem("head", where("head"), nil, nil, "the counters cannot be read: %v", err)
		return v.ctx.Err()
	}
	for _, step := range []func(head) error{v.checkJournal, v.checkFacts, v.checkDocuments, v.checkLedger} {
		if err := step(h); err != nil {
			return err
		}
		if err := v.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func where(table string) string { return factsFile + "#" + table }

func (v *verifier) problem(kind, place string, index, offset *int64, format string, args ...any) {
	if len(v.report.Problems) < maxProblems {
		v.report.Problems = append(v.report.Problems, Problem{Kind: kind, Where: place, Index: index, Offset: offset, Message: fmt.Sprintf(format, args...)})
	}
}

// missing lists a document that should be there.
func (v *verifier) missing(uniqueID string) {
	if len(v.report.Missing) < maxProblems {
		v.report.Missing = append(v.report.Missing, uniqueID)
	}
}

// each reads a table; damage ends the reading of this table only.
func (v *verifier) each(table, sql string, args []any, fn func(row []any) error) {
	n := 0
	err := v.c.each(sql, args, func(row []any) error {
		if n++; n%1024 == 0 && v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		return fn(row)
	})
	if err != nil && v.ctx.Err() == nil {
		v.problem("row", where(table), nil, nil, "row %d cannot be read: %v", n, err)
	}
}

// checkWAL looks at the WAL that a crash left. While another process serves the folder its WAL is
// in use, and recovered already.
func (v *verifier) checkWAL() {
	if lock, err := os.Open(filepath.Join(v.dir, lockName)); err == nil {
		defer lock.Close()
		if served(lock) {
			return
		}
	}
	if at, err := checkWAL(filepath.Join(v.dir, factsFile+"-wal")); err != nil {
		v.problem("wal", factsFile+"-wal", nil, &at, "%v", err)
	}
}

// checkDatabase asks SQLite about the structure of its file.
func (v *verifier) checkDatabase() {
	err := v.c.each("PRAGMA integrity_check(100)", nil, func(row []any) error {
		if s, _ := row[0].(string); s != "ok" {
			v.problem("database", factsFile, nil, nil, "%v", row[0])
		}
		return nil
	})
	if err != nil {
		v.problem("database", factsFile, nil, nil, "%v", err)
	}
}

// maxLedgerLine bounds a line of the ledger.
const maxLedgerLine = 4 << 10

// checkLedger looks for every document that somebody was told is kept.
func (v *verifier) checkLedger(head) error {
	if v.o.Ledger == "" {
		return nil
	}
	f, err := os.Open(v.o.Ledger)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, maxLedgerLine)
	r := &reader{c: v.c}
	for n := int64(1); ; n++ {
		line, err := in.ReadSlice('\n')
		if err == io.EOF && len(line) > 0 {
			return nil // the line being written when the client stopped: not a promise yet
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", v.o.Ledger, n, err)
		}
		fields := strings.Split(strings.TrimRight(string(line), "\r\n"), "\t")
		if len(fields) == 1 && fields[0] == "" {
			continue
		}
		if len(fields) != 4 {
			return fmt.Errorf("%s: line %d: uniqueId, SHA-256, INS and OID expected, separated by tabs", v.o.Ledger, n)
		}
		v.checkPromise(r, n, fields)
	}
}

func (v *verifier) checkPromise(r *reader, line int64, fields []string) {
	person, d, err := r.document(fields[0])
	if errors.Is(err, dmp.ErrNotFound) {
		v.missing(fields[0])
		return
	}
	if err != nil {
		v.problem("ledger", v.o.Ledger, &line, nil, "document %s: %v", fields[0], err)
		return
	}
	if have := hex.EncodeToString(d.sha256[:]); !strings.EqualFold(have, fields[1]) {
		v.problem("ledger", v.o.Ledger, &line, nil, "document %s has SHA-256 %s, %s was acknowledged", fields[0], have, fields[1])
	}
	p, err := r.Person(person)
	if err != nil {
		v.problem("ledger", v.o.Ledger, &line, nil, "the person of document %s: %v", fields[0], err)
		return
	}
	promised := insid.INS{Matricule: insid.Matricule(fields[2]), OID: fields[3]}
	if slices.Contains(p.Matricules(), promised) {
		return
	}
	if root, err := r.root(person); err == nil && slices.Contains(root.Matricules(), promised) {
		return
	}
	v.problem("ledger", v.o.Ledger, &line, nil, "document %s is in the record of another INS than acknowledged", fields[0])
}
