package run

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// revokedLine is one line of DIR/pki/revoques.jsonl: the file only grows.
type revokedLine struct {
	Serial string    `json:"serial"` // hexadecimal
	At     time.Time `json:"at"`
	Reason int       `json:"reason"` // RFC 5280 5.3.1
}

func (p *pki) revokedPath() string { return filepath.Join(p.dir, "revoques.jsonl") }

// revoke writes a revocation down, then believes it.
func (p *pki) revoke(serial *big.Int, at time.Time, reason int) error {
	line, err := json.Marshal(revokedLine{Serial: serial.Text(16), At: at.UTC(), Reason: reason})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(p.revokedPath(), os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if whole, err := endsLine(f); err != nil {
		return errors.Join(err, f.Close())
	} else if !whole { // a crash cut the last one short: it must not swallow this one
		line = append([]byte{'\n'}, line...)
	}
	_, err = f.Write(line)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	p.revoked.Revoke(serial, at, reason)
	return nil
}

// endsLine tells whether a file ends with a whole line, or is empty.
func endsLine(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return true, err
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, info.Size()-1)
	return b[0] == '\n', err
}

// readRevoked reads the file when it has changed. A last line that is not whole yet waits for the
// next reading; one that a crash cut short, whose revocation nobody was told of, is passed over; any
// other that is no revocation is an error, once all the others count.
func (p *pki) readRevoked() error {
	info, err := os.Stat(p.revokedPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	p.mu.Lock()
	same := p.list != nil && p.list.Size() == info.Size() && p.list.ModTime().Equal(info.ModTime())
	p.mu.Unlock()
	if same {
		return nil
	}
	f, err := os.Open(p.revokedPath())
	if err != nil {
		return err
	}
	defer f.Close()
	var wrong error
	for s := bufio.NewReader(f); ; {
		line, err := s.ReadBytes('\n')
		if err != nil {
			break // the end, or a line still being written
		}
		var r revokedLine
		var cut *json.SyntaxError
		err = json.Unmarshal(line, &r)
		if len(bytes.TrimSpace(line)) == 0 || errors.As(err, &cut) && cut.Offset >= int64(len(bytes.TrimSpace(line))) {
			continue
		}
		serial, ok := new(big.Int).SetString(r.Serial, 16)
		if err != nil || !ok {
			wrong = fmt.Errorf("%s: not a revocation: %.80q", p.revokedPath(), line)
			continue
		}
		p.revoked.Revoke(serial, r.At, r.Reason)
	}
	p.mu.Lock()
	p.list = info
	p.mu.Unlock()
	return wrong
}

// revokedEvery is how often the file is looked at: a card revoked beside a running program is
// refused at every door within the second.
const revokedEvery = 200 * time.Millisecond

// watchRevoked reads revocations until ctx ends.
func (p *pki) watchRevoked(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(revokedEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := p.readRevoked(); err != nil {
				log.Error("revocations not read", "err", err)
			}
		}
	}
}
