package run

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
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

	mu      sync.Mutex
	serials map[string]string // serials issued, and the name of their files
	scanned time.Time
	list    fs.FileInfo // the revocation file as last read
}

// files of one credential.
func (p *pki) cert(name string) string { return filepath.Join(p.dir, safeName(name)+".pem") }
func (p *pki) key(name string) string  { return filepath.Join(p.dir, safeName(name)+"-key.pem") }
func (p *pki) ca() string              { return filepath.Join(p.dir, "ca.pem") }
func (p *pki) basePath() string        { return filepath.Join(p.dir, "adresse") }

// Names of the files that belong to no persona.
const (
	serverName  = "serveur"
	revokedName = "essai-revoquee"
	expiredName = "essai-expiree"
	vitaleName  = "vitale"
	peerName    = "mss-voisin"
)

// structureFile names the files of a structure.
func structureFile(idNat string) string { return "structure-" + idNat }

// insiFile names those of the certificate by which a structure calls INSi.
func insiFile(idNat string) string { return "insi-" + idNat }

// openPKI reads the authority of a data folder, or makes it. base is the address under which lists
// and OCSP answers are served; empty means the one it had last.
func openPKI(dir, base string, now time.Time) (*pki, error) {
	p := &pki{dir: dir, serials: map[string]string{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := p.loadAuthority(now); err != nil {
		return nil, err
	}
	known, err := os.ReadFile(p.basePath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if base == "" {
		base = string(known)
	}
	if base != string(known) {
		if err := writeFile(p.basePath(), []byte(base), 0o644); err != nil {
			return nil, err
		}
	}
	p.authority.Base = base
	return p, p.readRevoked()
}

// issue makes whatever certificate is missing, about to expire or of another address. RSA keys are
// slow to make: all of them are made at once.
func (p *pki) issue(directory *annuaire.Annuaire, personas []demo.Persona, now time.Time) error {
	want := map[string]igc.Request{serverName: {Offer: igc.Serveur, CommonName: "localhost", Organization: "Socle"},
		vitaleName: {Offer: igc.Organisation, StructureID: "2990000000", Organization: "ASSURANCE MALADIE DE TEST", Department: "Paris (75)", CommonName: insiVitaleCN, ECDSA: true},
		peerName:   {Offer: igc.Serveur, CommonName: peerDomain, Organization: "Operateur voisin", StructureID: "1990000099"}}
	for _, s := range directory.Structures() {
		r := igc.Request{Offer: igc.Organisation, StructureID: s.IDNat, Organization: s.Name, Department: "Aurore (99)", CommonName: s.Name}
		want[structureFile(s.IDNat)] = r
		r.CommonName, r.ECDSA = "INSI-AUTO", true
		want[insiFile(s.IDNat)] = r
	}
	for _, q := range personas {
		pro := directory.Professional(q.IDNat)
		if pro == nil {
			continue
		}
		r := igc.Request{Offer: igc.Professionnel, IDNat: pro.IDNat, Surname: pro.Family, Given: pro.Given, Title: pro.Role, ECDSA: q.Load, Card: igc.CPS}
		if pro.Profession == "" {
			r.Card = igc.CPE
		}
		want[q.ID] = r
		if q.Role == "medecin_generaliste" && want[revokedName].IDNat == "" {
			want[revokedName] = r
			r.NotBefore, r.NotAfter = now.AddDate(-4, 0, 0), now.AddDate(-1, 0, 0)
			want[expiredName] = r
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
	if err := p.revokeOnce(revokedName, now); err != nil {
		return err
	}
	var err error
	p.server, err = tls.LoadX509KeyPair(p.cert(serverName), p.key(serverName))
	return err
}

// revokeOnce revokes a certificate made to be refused.
func (p *pki) revokeOnce(name string, now time.Time) error {
	c, err := readCertificates(p.cert(name))
	if err != nil {
		return err
	}
	if p.revoked.Revoked(c[0].SerialNumber) {
		return nil
	}
	return p.revoke(c[0].SerialNumber, now, 1)
}

func (p *pki) loadAuthority(now time.Time) error {
	path := filepath.Join(p.dir, authorityFile)
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

const authorityFile = "autorite.pem"

// ensure issues one credential unless a good one is there. A key is kept when only its certificate
// must change, and a revoked card stays the revoked card it is.
func (p *pki) ensure(name string, r igc.Request, now time.Time) error {
	if c, err := tls.LoadX509KeyPair(p.cert(name), p.key(name)); err == nil && c.Leaf != nil {
		p.remember(c.Leaf, name)
		fresh := now.AddDate(0, 1, 0).Before(c.Leaf.NotAfter) && now.After(c.Leaf.NotBefore)
		if p.revoked.Revoked(c.Leaf.SerialNumber) || (fresh || !r.NotAfter.IsZero()) && p.sameBase(c.Leaf) {
			return nil
		}
		r.Key, _ = c.PrivateKey.(crypto.Signer)
	}
	_, err := p.write(name, r, now)
	return err
}

func (p *pki) sameBase(c *x509.Certificate) bool {
	return p.authority.Base == "" || len(c.OCSPServer) == 1 && c.OCSPServer[0] == p.authority.Base+"/ocsp"
}

// write issues a credential into its files.
func (p *pki) write(name string, r igc.Request, now time.Time) (igc.Credential, error) {
	c, err := p.authority.Issue(rand.Reader, now, r)
	if err != nil {
		return c, fmt.Errorf("certificate %s: %w", name, err)
	}
	key, err := c.KeyPEM()
	if err != nil {
		return c, err
	}
	if err := writeFile(p.key(name), key, 0o600); err != nil {
		return c, err
	}
	p.remember(c.Certificate, name)
	return c, writeFile(p.cert(name), c.CertificatePEM(), 0o644)
}

func (p *pki) remember(c *x509.Certificate, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serials[string(c.SerialNumber.Bytes())] = name
}

// rescanEvery bounds how often an unknown serial makes the folder be read again.
const rescanEvery = time.Second

// issued tells whether a serial was issued here, also by `socle card new` beside a running program.
func (p *pki) issued(serial *big.Int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := serial.Bytes()
	if _, ok := p.serials[string(k)]; ok {
		return true
	}
	if now := time.Now(); now.Sub(p.scanned) > rescanEvery {
		p.scanned = now
		for _, c := range p.cards() {
			p.serials[string(c.cert.SerialNumber.Bytes())] = c.name
		}
	}
	_, ok := p.serials[string(k)]
	return ok
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
