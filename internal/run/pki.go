package run

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/run/demo"
)

// pki is the test authority of a demo and the certificates it has issued, kept in DIR/pki.
type pki struct {
	dir       string
	authority *igc.Authority
	revoked   igc.Revocations
	server    tls.Certificate
}

// files of one credential.
func (p *pki) cert(name string) string { return filepath.Join(p.dir, name+".pem") }
func (p *pki) key(name string) string  { return filepath.Join(p.dir, name+"-key.pem") }
func (p *pki) ca() string              { return filepath.Join(p.dir, "ca.pem") }

// structureFile names the files of a structure.
func structureFile(idNat string) string { return "structure-" + idNat }

// openPKI reads the authority of a data folder, or makes it.
func openPKI(dir string, now time.Time) (*pki, error) {
	p := &pki{dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return p, p.loadAuthority(now)
}

// issue makes whatever certificate is missing or about to expire. RSA keys are slow to make: all
// of them are made at once.
func (p *pki) issue(directory *annuaire.Annuaire, personas []demo.Persona, now time.Time) error {
	want := map[string]igc.Request{"serveur": {Offer: igc.Serveur, CommonName: "localhost", Organization: "Socle"}}
	for _, s := range directory.Structures() {
		want[structureFile(s.IDNat)] = igc.Request{Offer: igc.Organisation, StructureID: s.IDNat, Organization: s.Name, Department: "Aurore (99)", CommonName: s.Name}
	}
	for _, q := range personas {
		if pro := directory.Professional(q.IDNat); pro != nil {
			want[q.ID] = igc.Request{Offer: igc.Professionnel, IDNat: pro.IDNat, Surname: pro.Family, Given: pro.Given, Title: pro.Role, ECDSA: q.Load}
		}
	}
	errs := make(chan error, len(want))
	var all sync.WaitGroup
	for name, r := range want {
		all.Go(func() { errs <- p.ensure(name, r, now) })
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	var err error
	p.server, err = tls.LoadX509KeyPair(p.cert("serveur"), p.key("serveur"))
	return err
}

func (p *pki) loadAuthority(now time.Time) error {
	path := filepath.Join(p.dir, "autorite.pem")
	raw, err := os.ReadFile(path)
	if err == nil {
		p.authority, err = igc.Load(raw)
		return err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if p.authority, err = igc.NewAuthority(rand.Reader, now); err != nil {
		return err
	}
	if raw, err = p.authority.PEM(); err != nil {
		return err
	}
	if err := writeFile(path, raw, 0o600); err != nil {
		return err
	}
	return writeFile(p.ca(), p.authority.TrustPEM(), 0o644)
}

// ensure issues one credential unless a good one is there.
func (p *pki) ensure(name string, r igc.Request, now time.Time) error {
	name = safeName(name)
	if c, err := tls.LoadX509KeyPair(p.cert(name), p.key(name)); err == nil && c.Leaf != nil && now.AddDate(0, 1, 0).Before(c.Leaf.NotAfter) && now.After(c.Leaf.NotBefore) {
		return nil
	}
	c, err := p.authority.Issue(rand.Reader, now, r)
	if err != nil {
		return fmt.Errorf("certificate %s: %w", name, err)
	}
	key, err := c.KeyPEM()
	if err != nil {
		return err
	}
	if err := writeFile(p.key(name), key, 0o600); err != nil {
		return err
	}
	return writeFile(p.cert(name), c.CertificatePEM(), 0o644)
}

// safeName keeps a name fit for a file.
func safeName(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '/' || c == '\\' || c == ':' || c < ' ' {
			return '-'
		}
		return c
	}, s)
}

// writeFile replaces a file whole or not at all.
func writeFile(path string, b []byte, mode fs.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Chmod(mode)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
