// Package run puts the parts together: configuration, life cycle, doors on their ports, and the
// demonstration territory.
package run

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Config is what `socle serve` reads. The demo makes its own.
type Config struct {
	Data       string `toml:"data"`       // data folder
	Mode       string `toml:"mode"`       // "sandbox" or "production"
	Strictness string `toml:"strictness"` // "lenient", "ci-sis" or "strict"
	Repository string `toml:"repository"` // repositoryUniqueId, an OID
	Origin     string `toml:"origin"`     // name of the journal, host/path
	Directory  string `toml:"directory"`  // JSON file of professionals and structures

	HTTPS   Listener `toml:"https"`
	Metrics Listener `toml:"metrics"`
	Trust   Trust    `toml:"trust"`

	INSi          INSi      `toml:"insi"`
	PSC           OpenID    `toml:"pro_sante_connect"`
	FranceConnect OpenID    `toml:"franceconnect"`
	Annuaire      Directory `toml:"annuaire"`
	Mail          Mail      `toml:"mss"`
	Ordinary      Ordinary  `toml:"courriel"`
}

// Listener is where a door listens and under which certificate.
type Listener struct {
	Listen string `toml:"listen"` // host:port
	Cert   string `toml:"cert"`   // PEM, leaf first then intermediates
	Key    string `toml:"key"`
	Public string `toml:"public"` // absolute address clients use, https://host[:port]
}

// Trust says which authorities may sign client certificates and assertions.
type Trust struct {
	Roots     string   `toml:"roots"`     // PEM
	CRL       []string `toml:"crl"`       // CRL files, read again every minute
	Audiences []string `toml:"audiences"` // names this service answers to
}

// LoadConfig reads a TOML file. An unknown key is refused, naming the nearest known one.
func LoadConfig(path string) (*Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Config{Mode: "production", Strictness: "ci-sis", Repository: "1.2.250.1.213.4.1.1.1.2", Origin: "socle.local/journal"}
	dec := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) && len(strict.Errors) > 0 {
			key := strings.Join(strict.Errors[0].Key(), ".")
			row, _ := strict.Errors[0].Position()
			return nil, fmt.Errorf("%s:%d: unknown key %q, did you mean %q?", path, row, key, finding.Nearest(key, slices.Concat(configKeys, mailKeys, ordinaryKeys)))
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, c.check()
}

var configKeys = []string{"data", "mode", "strictness", "repository", "origin", "directory", "https.listen", "https.cert", "https.key",
	"https.public", "metrics.listen", "trust.roots", "trust.crl", "trust.audiences",
	"insi.url", "insi.cert", "insi.key", "insi.roots", "insi.emitter", "insi.idam", "pro_sante_connect.issuer", "pro_sante_connect.client_id",
	"pro_sante_connect.secret_file", "pro_sante_connect.roots", "franceconnect.issuer", "franceconnect.client_id", "franceconnect.secret_file",
	"franceconnect.roots", "annuaire.key_file", "annuaire.import_key_file"}

func (c *Config) check() error {
	for _, f := range []struct{ name, value string }{{"data", c.Data}, {"directory", c.Directory}, {"https.listen", c.HTTPS.Listen},
		{"https.cert", c.HTTPS.Cert}, {"https.key", c.HTTPS.Key}, {"trust.roots", c.Trust.Roots}} {
		if f.value == "" {
			return fmt.Errorf("configuration: %s is missing", f.name)
		}
	}
	if _, err := c.mode(); err != nil {
		return err
	}
	if _, err := c.strictness(); err != nil {
		return err
	}
	return c.Mail.check()
}

func (c *Config) mode() (ins.Mode, error) {
	switch c.Mode {
	case "sandbox":
		return ins.Sandbox, nil
	case "production":
		return ins.Production, nil
	}
	return 0, fmt.Errorf("configuration: mode %q is neither sandbox nor production", c.Mode)
}

func (c *Config) strictness() (control.Mode, error) {
	m, err := control.ParseMode(c.Strictness)
	if err != nil {
		return 0, fmt.Errorf("configuration: strictness: %w", err)
	}
	return m, nil
}
