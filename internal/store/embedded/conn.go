package embedded

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"modernc.org/sqlite"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// conn is one connection to facts.db used by one goroutine at a time. It speaks to the driver
// directly: database/sql would cost several microseconds and allocations on each of the dozen
// statements of a deposit. A statement is prepared at its first use and kept.
type conn struct {
	c     driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
	calls int64 // statements run
}

// minSQLite is 3.51.3: older ones may lose a WAL when a checkpoint races with a commit.
var minSQLite = [3]int{3, 51, 3}

// openConn opens facts.db. mode is "rwc" or "ro".
func openConn(path, mode string, pragmas ...string) (*conn, error) {
	u := url.URL{Scheme: "file", Path: path, RawQuery: "mode=" + mode}
	dc, err := (&sqlite.Driver{}).Open(u.String())
	if err != nil {
		return nil, fmt.Errorf("facts.db: %w", err)
	}
	c := &conn{c: dc, stmts: map[string]driver.Stmt{}}
	for _, p := range append([]string{"busy_timeout = 5000"}, pragmas...) {
		if err := c.each("PRAGMA "+p, nil, func([]any) error { return nil }); err != nil {
			c.close()
			return nil, fmt.Errorf("facts.db: PRAGMA %s: %w", p, err)
		}
	}
	return c, nil
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	return c.c.Close()
}

func (c *conn) stmt(sql string) (driver.Stmt, error) {
	if s, ok := c.stmts[sql]; ok {
		return s, nil
	}
	s, err := c.c.Prepare(sql)
	if err != nil {
		return nil, err
	}
	c.stmts[sql] = s
	return s, nil
}

// bind fills the argument list, reused from call to call. A nil or empty []byte is an empty
// blob, not NULL.
func (c *conn) bind(args []any) ([]driver.NamedValue, error) {
	c.args = c.args[:0]
	for i, a := range args {
		switch v := a.(type) {
		case int64, string, []byte:
		case int:
			a = int64(v)
		default:
			return nil, fmt.Errorf("embedded: argument %d has type %T", i+1, a)
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return c.args, nil
}

func (c *conn) exec(sql string, args ...any) error {
	_, err := c.affect(sql, args...)
	return err
}

// affect runs a statement and gives the number of rows it changed.
func (c *conn) affect(sql string, args ...any) (int64, error) {
	s, err := c.stmt(sql)
	if err != nil {
		return 0, err
	}
	values, err := c.bind(args)
	if err != nil {
		return 0, err
	}
	c.calls++
	r, err := s.(driver.StmtExecContext).ExecContext(context.Background(), values)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// errStop ends each early, without error.
var errStop = errors.New("stop")

// each runs a query and hands every row to fn; the slice is reused, the values are not.
func (c *conn) each(sql string, args []any, fn func([]any) error) (err error) {
	s, err := c.stmt(sql)
	if err != nil {
		return err
	}
	values, err := c.bind(args)
	if err != nil {
		return err
	}
	c.calls++
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), values)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	dest := make([]driver.Value, len(rows.Columns()))
	row := make([]any, len(dest))
	for {
		switch err := rows.Next(dest); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		for i, v := range dest {
			row[i] = v
		}
		if err := fn(row); err != nil {
			if err == errStop {
				return nil
			}
			return err
		}
	}
}

// one reads the single row of a query into the given pointers; dmp.ErrNotFound when there is none.
func (c *conn) one(sql string, args []any, into ...any) error {
	found := false
	err := c.each(sql, args, func(row []any) error {
		found = true
		return scan(row, into...)
	})
	if err == nil && !found {
		return dmp.ErrNotFound
	}
	return err
}

// scan copies a row. A value of another type than the column's is damage, not a conversion.
func scan(row []any, into ...any) error {
	for i, p := range into {
		ok := false
		switch p := p.(type) {
		case *int64:
			*p, ok = row[i].(int64)
		case *string:
			*p, ok = row[i].(string)
		case *[]byte:
			*p, ok = row[i].([]byte)
		}
		if !ok {
			return fmt.Errorf("%w: column %d holds %T", errCodec, i+1, row[i])
		}
	}
	return nil
}

// checkVersion refuses an SQLite older than minSQLite.
func (c *conn) checkVersion() error {
	var v string
	if err := c.one("SELECT sqlite_version()", nil, &v); err != nil {
		return err
	}
	var have [3]int
	for i, f := range strings.SplitN(v, ".", 3) {
		have[i], _ = strconv.Atoi(f)
	}
	for i := range have {
		if have[i] != minSQLite[i] {
			if have[i] < minSQLite[i] {
				return fmt.Errorf("embedded: SQLite %s is too old, at least %d.%d.%d", v, minSQLite[0], minSQLite[1], minSQLite[2])
			}
			break
		}
	}
	return nil
}

// SQLite result codes, the low byte of what the driver reports.
const (
	sqliteBusy       = 5
	sqliteCorrupt    = 11
	sqliteFull       = 13
	sqliteConstraint = 19
	sqliteNotADB     = 26
)

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// full turns "no space left" of any layer into dmp.ErrFull, keeping the cause.
func full(err error) error {
	if err == nil || errors.Is(err, dmp.ErrFull) {
		return err
	}
	if sqliteCode(err) == sqliteFull || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", dmp.ErrFull, err)
	}
	return err
}

// script runs several statements, without arguments.
func (c *conn) script(sql string) error {
	_, err := c.c.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
	return err
}
