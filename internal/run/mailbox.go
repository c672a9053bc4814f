package run

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	doormss "github.com/socle-sante/socle/internal/door/mss"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// Mailboxes opens the mailboxes of a data folder that no program serves; close must be called. The
// directory is not there: it follows at the next start. domain is one more that may be served.
func Mailboxes(ctx context.Context, data, domain string, log *slog.Logger) (o *mss.Operator, close func() error, err error) {
	if _, err := os.Stat(filepath.Join(data, "keys")); err != nil {
		return nil, nil, fmt.Errorf("%s is no data folder: %w", data, err)
	}
	store, err := embedded.Open(data, embedded.Options{Origin: "socle.local/journal", Now: time.Now})
	if err != nil {
		return nil, nil, fmt.Errorf("%w (while a program serves this folder, change its mailboxes by PATCH on its directory)", err)
	}
	o = &mss.Operator{Store: store, Mode: ins.Sandbox, Host: "localhost", WhiteList: &mss.WhiteList{}, Now: time.Now, Rand: rand.Reader, Log: log}
	if domain != "" {
		o.Domains = append(o.Domains, domain)
	}
	if err := o.Start(); err != nil {
		_ = store.Close()
		return nil, nil, err
	}
	err = o.All(ctx, func(m *mss.Mailbox) error {
		if !slices.Contains(o.Domains, m.Domain()) {
			o.Domains = append(o.Domains, m.Domain())
		}
		return nil
	})
	if err != nil {
		_ = store.Close()
		return nil, nil, err
	}
	return o, store.Close, nil
}

// AgreeWhiteList accepts the white list of a data folder that waits because it shrank.
func AgreeWhiteList(data string) (domains int, err error) {
	return doormss.Agree(filepath.Join(data, "mss"))
}
