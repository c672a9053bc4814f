package run

import (
	"bufio"
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
	f, err := os.OpenFile(p.revokedPath(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	p.revoked.Revoke(serial, at, reason)
	return nil
}

// readRevoked reads the file when it has changed. A last line that is not whole yet waits for the
// next reading.
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
	for s := bufio.NewReader(f); ; {
		line, err := s.ReadBytes('\n')
		if err != nil {
			break // the end, or a line still being written
		}
		var r revokedLine
		serial, ok := new(big.Int), false
		if json.Unmarshal(line, &r) == nil {
			serial, ok = serial.SetString(r.Serial, 16)
		}
		if !ok {
			return fmt.Errorf("%s: not a revocation: %.80q", p.revokedPath(), line)
		}
		p.revoked.Revoke(serial, r.At, r.Reason)
	}
	p.mu.Lock()
	p.list = info
	p.mu.Unlock()
	return nil
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
