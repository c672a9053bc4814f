package run

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/socle-sante/socle/internal/domain/annuaire"
	doorannuaire "github.com/socle-sante/socle/internal/door/annuaire"
)

// Serve runs the real thing until ctx ends: no personas, no built-in authority, no plain HTTP but
// the figures of the operator.
func Serve(ctx context.Context, c *Config, log *slog.Logger) error {
	mode, err := c.mode()
	if err != nil {
		return err
	}
	strictness, err := c.strictness()
	if err != nil {
		return err
	}
	directory, err := readDirectory(c.Directory)
	if err != nil {
		return err
	}
	roots, issuers, err := readTrust(c.Trust.Roots)
	if err != nil {
		return err
	}
	cert, err := tls.LoadX509KeyPair(c.HTTPS.Cert, c.HTTPS.Key)
	if err != nil {
		return err
	}
	lists := &crls{files: c.Trust.CRL, issuers: issuers}
	if err := lists.read(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	kept, err := openDirectory(c.Data, directory)
	if err != nil {
		return err
	}
	defer kept.Close()
	a, err := assemble(parts{data: c.Data, origin: c.Origin, mode: mode, strictness: strictness, repository: c.Repository, directory: directory,
		roots: roots, issuers: issuers, audiences: c.Trust.Audiences, revoked: lists.revoked, now: time.Now, log: log})
	if err != nil {
		return err
	}
	err = a.open(ctx, c, cert, roots, lists)
	return errors.Join(err, a.stop())
}

// crlEvery is how often revocation lists are read again.
const crlEvery = time.Minute

func (a *app) open(ctx context.Context, c *Config, cert tls.Certificate, roots *x509.CertPool, lists *crls) error {
	l, err := net.Listen("tcp", c.HTTPS.Listen)
	if err != nil {
		return err
	}
	public := c.HTTPS.Public
	if public == "" {
		public = "https://" + l.Addr().String()
	}
	a.openRules(rulesDirs(c.Data, false)...)
	go a.watchRules(ctx, rulesDirs(c.Data, false)...)
	mux := a.secureMux(public)
	a.openControl(mux)
	teleservice, err := c.INSi.client(roots, Version(), a.now)
	if err != nil {
		return err
	}
	catalogue, err := a.openDirectoryDoor(c, mux, public, c.Mode == "sandbox")
	if err != nil {
		return err
	}
	box, err := a.mailOf(ctx, &c.Mail, roots)
	if err != nil {
		return err
	}
	if err := a.openPages(c, mux, public, teleservice, box); err != nil {
		return err
	}
	if box != nil {
		if _, err := a.openOperator(ctx, box, operatorDoors{muxes: []*http.ServeMux{mux}, catalogue: catalogue, audience: public + doorannuaire.BasePath,
			servers: c.Mail.servers(public), list: c.Mail.list(box, c.Data, roots, a)}); err != nil {
			return err
		}
		if err := a.openMailDoors(&c.Mail, box); err != nil {
			return err
		}
	}
	a.serve(l, a.refuseRevoked(mux), a.tlsConfig(cert, roots))
	if c.Metrics.Listen != "" {
		m, err := net.Listen("tcp", c.Metrics.Listen)
		if err != nil {
			return err
		}
		mux := http.NewServeMux()
		a.metrics.Register(mux)
		a.serve(m, mux, nil)
	}
	a.metrics.Ready(true)
	a.log.Info("ready", "https", public)
	tick := time.NewTicker(crlEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := lists.read(); err != nil {
				a.log.Error("revocation lists not read again", "err", err)
			}
		}
	}
}

// readDirectory loads a JSON file {"structures":[…],"professionals":[…]}.
func readDirectory(path string) (*annuaire.Annuaire, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var in struct {
		Structures    []annuaire.Structure    `json:"structures"`
		Professionals []annuaire.Professional `json:"professionals"`
	}
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d := annuaire.New()
	for _, s := range in.Structures {
		d.PutStructure(s)
	}
	for _, p := range in.Professionals {
		if p.RPPS != "" && !annuaire.ValidRPPS(p.RPPS) {
			return nil, fmt.Errorf("%s: RPPS %s: wrong check digit", path, p.RPPS)
		}
		d.Put(p)
	}
	return d, nil
}

// readTrust reads authorities: self-signed ones are roots, the others intermediates.
func readTrust(path string) (*x509.CertPool, []*x509.Certificate, error) {
	certs, err := readCertificates(path)
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	var issuers []*x509.Certificate
	n := 0
	for _, c := range certs {
		if c.CheckSignatureFrom(c) == nil {
			roots.AddCert(c)
			n++
		} else {
			issuers = append(issuers, c)
		}
	}
	if n == 0 {
		return nil, nil, fmt.Errorf("%s: no root certificate", path)
	}
	return roots, issuers, nil
}

// crls holds the serials revoked by lists on disk.
type crls struct {
	files   []string
	issuers []*x509.Certificate
	serials atomic.Pointer[map[string]bool]
}

func (c *crls) read() error {
	all := map[string]bool{}
	for _, f := range c.files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		list, err := x509.ParseRevocationList(derOf(raw))
		if err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		if !c.signed(list) {
			return fmt.Errorf("%s: not signed by a known authority", f)
		}
		for _, e := range list.RevokedCertificateEntries {
			all[string(list.RawIssuer)+e.SerialNumber.String()] = true
		}
	}
	c.serials.Store(&all)
	return nil
}

func (c *crls) signed(l *x509.RevocationList) bool {
	for _, i := range c.issuers {
		if l.CheckSignatureFrom(i) == nil {
			return true
		}
	}
	return false
}

func (c *crls) revoked(x *x509.Certificate) bool {
	m := c.serials.Load()
	return m != nil && (*m)[string(x.RawIssuer)+x.SerialNumber.String()]
}
