package mss

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Files of the white list in the data folder.
const (
	keptFile    = "listeblanche.xml"         // the last good copy
	waitingFile = "listeblanche.attente.xml" // one that shrank, until somebody agrees
	agreedFile  = "listeblanche.accord.xml"  // the same, agreed to
)

// Times of the refresh.
const (
	DefaultPeriod = time.Hour
	agreedEvery   = 30 * time.Second // an agreement is looked for
	fetchTime     = time.Minute
)

// Refresher keeps the white list in service up to date with its source, and the last good copy on
// disk: a source that is down, empty or cut short changes nothing.
// spec: MSSANTE §3 (liste blanche)
type Refresher struct {
	List   *mss.WhiteList
	Source string       // https address, or path of a file
	Own    []mss.Listed // domains that are always there
	Folder string       // where the copies are
	Period time.Duration
	Client *http.Client // trusts the authorities of the espace de confiance
	Now    func() time.Time
	Log    *slog.Logger

	tag string // of the last answer
}

// Load puts in service the last good copy; without one that reads, Own alone.
func (f *Refresher) Load() error {
	raw, err := os.ReadFile(filepath.Join(f.Folder, keptFile))
	if errors.Is(err, fs.ErrNotExist) {
		return f.List.Replace(f.Own, f.Now(), true)
	}
	if err != nil {
		return err
	}
	if _, err = f.List.Read(raw, f.Own, f.Now(), true); err != nil { // the next refresh makes it good
		f.Log.Error("the last good copy of the white list does not read: own domains alone", "err", err)
		return f.List.Replace(f.Own, f.Now(), true)
	}
	return nil
}

// Run refreshes until ctx ends.
func (f *Refresher) Run(ctx context.Context) {
	period := f.Period
	if period <= 0 {
		period = DefaultPeriod
	}
	tick := time.NewTicker(agreedEvery)
	defer tick.Stop()
	var next time.Time
	for {
		if err := f.agreed(); err != nil {
			f.Log.Error("agreed white list not taken", "err", err)
		}
		if now := f.Now(); f.Source != "" && !now.Before(next) {
			next = now.Add(period)
			if err := f.Refresh(ctx); err != nil && ctx.Err() == nil {
				f.Log.Error("white list not refreshed: the last good copy stays in service", "source", f.Source, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Refresh reads the source once.
func (f *Refresher) Refresh(ctx context.Context) error {
	raw, tag, err := f.fetch(ctx)
	if err != nil || raw == nil {
		return err
	}
	if err := f.take(raw, false); err != nil {
		if mss.ErrShrunk.Is(err) {
			err = errors.Join(err, writeWhole(filepath.Join(f.Folder, waitingFile), raw))
		}
		return err
	}
	f.tag = tag
	return nil
}

// agreed takes a list that shrank once somebody agreed to it.
func (f *Refresher) agreed() error {
	path := filepath.Join(f.Folder, agreedFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.take(raw, true), os.Remove(path))
}

func (f *Refresher) take(raw []byte, consent bool) error {
	findings, err := f.List.Read(raw, f.Own, f.Now(), consent)
	for i := range findings {
		f.Log.Warn("white list", "id", findings[i].ID, "place", findings[i].Place.Words())
	}
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(f.Folder, waitingFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeWhole(filepath.Join(f.Folder, keptFile), raw)
}

// fetch reads the source; nil bytes when it has not changed.
func (f *Refresher) fetch(ctx context.Context) (raw []byte, tag string, err error) {
	if !strings.HasPrefix(f.Source, "https://") {
		in, err := os.Open(f.Source)
		if err != nil {
			return nil, "", err
		}
		defer in.Close()
		raw, err = bounded(in)
		return raw, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.Source, nil)
	if err != nil {
		return nil, "", err
	}
	if f.tag != "" {
		r.Header.Set("If-None-Match", f.tag)
	}
	client := *f.Client
	client.CheckRedirect = secureOnly
	a, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer a.Body.Close()
	switch a.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified:
		return nil, "", nil
	default:
		return nil, "", fmt.Errorf("white list: %s", a.Status)
	}
	raw, err = bounded(a.Body)
	return raw, a.Header.Get("ETag"), err
}

// maxRedirects bounds the redirections of a source.
const maxRedirects = 3

// secureOnly follows a source that moved, never out of TLS: the list says whom to trust.
func secureOnly(r *http.Request, via []*http.Request) error {
	if r.URL.Scheme != "https" {
		return fmt.Errorf("white list: redirected in clear to %s", r.URL.Host)
	}
	if len(via) > maxRedirects {
		return fmt.Errorf("white list: more than %d redirections", maxRedirects)
	}
	return nil
}

func bounded(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, mssante.MaxWhiteListBytes+1))
	if len(raw) > mssante.MaxWhiteListBytes {
		return nil, mssante.ErrWhiteList
	}
	return raw, err
}

// writeWhole writes a file at once: a reader sees the old one or the new one.
func writeWhole(path string, raw []byte) error {
	had, err := os.ReadFile(path)
	if err == nil && bytes.Equal(had, raw) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".listeblanche-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(raw)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// errNothingWaits is an agreement to a list that nobody waits for.
var errNothingWaits = &finding.Refusal{ID: "MSS-LISTE-SANS-ATTENTE", Kind: finding.NotFound, Rule: "MSSANTE §3 (liste blanche)",
	Message: finding.T("Aucune liste blanche n'attend d'accord.", "No white list waits for an agreement."),
	Fix:     finding.T("Une liste n'attend que lorsqu'elle a perdu plus de la moitié de ses domaines.", "A list waits only when it has lost more than half of its domains.")}

// Agree accepts the list that waits because it shrank; a running program takes it within a minute,
// another one when it starts. It gives how many domains it has.
func Agree(folder string) (domains int, err error) {
	waiting := filepath.Join(folder, waitingFile)
	raw, err := os.ReadFile(waiting)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, errNothingWaits
	}
	if err != nil {
		return 0, err
	}
	list, _, err := mssante.ParseWhiteList(raw)
	if err != nil {
		return 0, err
	}
	return len(list.Domains), os.Rename(waiting, filepath.Join(folder, agreedFile))
}
