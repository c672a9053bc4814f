package embedded

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Options are the choices of Open; the zero value is right but for Origin.
type Options struct {
	// Origin names the journal for ever, as host/path. Only the first Open of a folder uses it.
	Origin string
	// Now is the clock that dates the arrival of documents; time.Now when nil.
	Now func() time.Time
	// Rand is the source of keys and nonces; crypto/rand when nil.
	Rand io.Reader
	// SegmentSize is when a segment is sealed, in bytes; 128 MiB when 0.
	SegmentSize int64
	// Readers is how many views can be open at once; further ones wait.
	Readers int
}

const (
	defaultOrigin      = "socle.local/journal"
	defaultSegmentSize = 128 << 20
	factsFile          = "facts.db"
	lockName           = "LOCK"
)

// What Open refuses.
var (
	ErrLocked = errors.New("another process serves this data folder")
	ErrKeys   = errors.New("the keys of this data folder are missing")
	ErrClosed = errors.New("the store is closed")
)

// Store implements dmp.Store. All its methods may be called concurrently.
type Store struct {
	dir     string
	now     func() time.Time
	rand    io.Reader
	lock    *os.File
	zip     *compressor
	keys    *keyring
	signer  *journal.Key
	seg     *segments
	readers chan *conn

	// Of the writer goroutine.
	db      *conn
	state   state
	writing sync.Mutex // held over a group; the checkpointer finishes its work under it

	checkpoint atomic.Pointer[[]byte]
	stats      counters
	mailID     atomic.Int64 // last id given to a message

	closing  sync.RWMutex
	closed   bool
	queue    chan *deposit
	dirty    chan struct{} // wakes the checkpointer
	finished sync.WaitGroup
}

var _ dmp.Store = (*Store)(nil)

// Open opens a data folder, making it when it is empty, and brings it back from a crash.
func Open(dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, now: o.Now, rand: o.Rand, queue: make(chan *deposit, maxQueue), dirty: make(chan struct{}, 1)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if o.Origin == "" {
		o.Origin = defaultOrigin
	}
	if o.SegmentSize <= 0 {
		o.SegmentSize = defaultSegmentSize
	}
	if o.Readers <= 0 {
		o.Readers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if err := s.open(o); err != nil {
		s.release()
		return nil, full(err)
	}
	s.finished.Add(2)
	go s.write()
	go s.checkpoints()
	return s, nil
}

func (s *Store) open(o Options) error {
	for _, d := range []string{s.dir, s.path("segments"), s.path("keys")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	var err error
	if s.lock, err = os.OpenFile(s.path(lockName), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if err := s.takeLock(); err != nil {
		return err
	}
	if err := s.openKeys(o.Origin); err != nil {
		return err
	}
	if s.zip, err = newCompressor(); err != nil {
		return err
	}
	if at, err := checkWAL(s.path(factsFile + "-wal")); err != nil {
		return fmt.Errorf("%s-wal, byte %d: %w: run socle verify", factsFile, at, err)
	}
	s.db, err = openConn(s.path(factsFile), "rwc", "journal_mode = WAL", "synchronous = FULL",
		"wal_autocheckpoint = 0", "cache_size = -32768", "temp_store = MEMORY",
		"secure_delete = FAST") // no copy of a row is left behind where its page was split
	if err != nil {
		return err
	}
	if err := s.db.checkVersion(); err != nil {
		return err
	}
	if err := migrate(s.db); err != nil {
		return err
	}
	if err := syncDir(s.dir); err != nil {
		return err
	}
	if err := errors.Join(s.loadState(), s.loadMail()); err != nil {
		return err
	}
	s.seg = &segments{dir: s.path("segments"), target: o.SegmentSize, fsyncs: &s.stats.fsyncs, files: map[int64]*os.File{}}
	used, err := usedSegments(s.db)
	if err != nil {
		return err
	}
	if err := s.seg.recover(used); err != nil {
		return err
	}
	s.readers = make(chan *conn, o.Readers)
	for range o.Readers {
		s.readers <- nil // opened at first use
	}
	return nil
}

// takeLock tries a few times: a verification may be asking whether the folder is served.
func (s *Store) takeLock() error {
	for range 10 {
		if lockFile(s.lock) == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s: %w", s.dir, ErrLocked)
}

func (s *Store) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// openKeys reads the two keys, or makes them in a folder that holds nothing yet.
func (s *Store) openKeys(origin string) error {
	dir := s.path("keys")
	_, err := os.Stat(s.path(factsFile))
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		if err := makeKeys(dir, origin, s.rand); err != nil {
			return err
		}
	}
	master, err := readMaster(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrKeys, filepath.Join(dir, masterFile))
	}
	if err != nil {
		return err
	}
	if s.signer, err = readJournalKey(dir); err != nil {
		return err
	}
	s.keys = &keyring{master: master, rand: s.rand, keys: map[ins.PersonID]*personalKey{}, load: s.loadKey}
	return nil
}

func makeKeys(dir, origin string, rand io.Reader) error {
	if _, err := os.Stat(filepath.Join(dir, masterFile)); errors.Is(err, fs.ErrNotExist) {
		b, err := newMaster(rand)
		if err != nil {
			return err
		}
		if err := writeSecret(filepath.Join(dir, masterFile), b); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, journalFile)); errors.Is(err, fs.ErrNotExist) {
		k, err := journal.GenerateKey(rand, origin)
		if err != nil {
			return err
		}
		return writeSecret(filepath.Join(dir, journalFile), []byte(k.Reveal()+"\n"))
	}
	return nil
}

func readJournalKey(dir string) (*journal.Key, error) {
	b, err := os.ReadFile(filepath.Join(dir, journalFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrKeys, filepath.Join(dir, journalFile))
	}
	if err != nil {
		return nil, err
	}
	return journal.ParseKey(string(b))
}

// loadKey reads the row of a key with a connection of its own.
func (s *Store) loadKey(person []byte) (id, wrapped []byte, err error) {
	c, err := s.borrow(context.Background())
	if err != nil {
		return nil, nil, err
	}
	defer s.giveBack(c)
	return c.key(person)
}

// key reads the row of a personal key. It is a keyLoader.
func (c *conn) key(person []byte) (id, wrapped []byte, err error) {
	err = c.one("SELECT key_id, wrapped FROM person_key WHERE person = ?", []any{person}, &id, &wrapped)
	return id, wrapped, err
}

//go:embed schema/*.sql
var schema embed.FS

// migrate applies the numbered files of schema that were not applied yet, in order, each in one
// transaction with its number. A number once published is for ever; the numbers applied are a set,
// so that two files written at the same time may arrive in either order.
func migrate(c *conn) error {
	if err := c.exec("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)"); err != nil {
		return err
	}
	applied := map[int64]bool{}
	err := c.each("SELECT version FROM schema_version", nil, func(row []any) error {
		var version int64
		err := scan(row, &version)
		applied[version] = true
		return err
	})
	if err != nil {
		return err
	}
	names, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(names)
	known := map[int64]string{}
	for _, name := range names {
		var version int64
		if _, err := fmt.Sscanf(filepath.Base(name), "%04d.sql", &version); err != nil {
			return fmt.Errorf("embedded: %s is no numbered schema file", name)
		}
		known[version] = name
	}
	for version := range applied {
		if known[version] == "" {
			return fmt.Errorf("embedded: this folder was written by a newer version (schema %d is not known here)", version)
		}
	}
	for _, version := range slices.Sorted(maps.Keys(known)) {
		if applied[version] {
			continue
		}
		if err := applySchema(c, version, known[version]); err != nil {
			return err
		}
	}
	return nil
}

func applySchema(c *conn, version int64, name string) error {
	text, err := schema.ReadFile(name)
	if err != nil {
		return err
	}
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err = c.script(string(text))
	if fill := backfill[version]; err == nil && fill != nil {
		err = fill(c)
	}
	if err == nil {
		err = c.exec("INSERT INTO schema_version (version) VALUES (?)", version)
	}
	if err == nil {
		err = c.exec("COMMIT")
	}
	if err != nil {
		c.exec("ROLLBACK")
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func usedSegments(c *conn) (map[int64]int64, error) {
	used := map[int64]int64{}
	err := c.each("SELECT id, used FROM segment", nil, func(row []any) error {
		var id, n int64
		if err := scan(row, &id, &n); err != nil {
			return err
		}
		used[id] = n
		return nil
	})
	return used, err
}

// Close waits for what was queued, empties the WAL and lets the folder go.
func (s *Store) Close() error {
	s.closing.Lock()
	if s.closed {
		s.closing.Unlock()
		return nil
	}
	s.closed = true
	close(s.queue)
	s.closing.Unlock()
	s.finished.Wait()
	return s.release()
}

func (s *Store) release() error {
	var errs []error
	if s.readers != nil {
		for range cap(s.readers) {
			if c := <-s.readers; c != nil {
				errs = append(errs, c.close())
			}
		}
		close(s.readers) // all are here: later views learn that the store is closed
	}
	if s.db != nil {
		errs = append(errs, s.db.close())
	}
	if s.seg != nil {
		errs = append(errs, s.seg.close())
	}
	if s.zip != nil {
		s.zip.close()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

func (s *Store) fill(b []byte) error {
	_, err := io.ReadFull(s.rand, b)
	return err
}
