package vihf

import (
	"container/list"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"sync"
	"time"
)

// Trust holds the authorities that may issue signing certificates, and remembers the certificates
// it has seen: the same card signs many assertions, and only the first pays for parsing and chain.
// It may be used by several goroutines.
type Trust struct {
	roots         *x509.CertPool
	intermediates []*x509.Certificate

	mu    sync.Mutex
	max   int
	order *list.List // of *seen, most recent first
	byDER map[[32]byte]*list.Element
}

type seen struct {
	key      [32]byte
	cert     *x509.Certificate
	subject  []string  // normalised DN
	from, to time.Time // validity of the whole chain
}

// DefaultCertificates bounds the memory of a Trust: about 5 kB per certificate.
const DefaultCertificates = 4096

// NewTrust makes a Trust; max certificates are remembered (DefaultCertificates if 0).
func NewTrust(roots *x509.CertPool, max int, intermediates ...*x509.Certificate) *Trust {
	if max <= 0 {
		max = DefaultCertificates
	}
	return &Trust{roots: roots, intermediates: intermediates, max: max, order: list.New(), byDER: map[[32]byte]*list.Element{}}
}

// parse is x509.ParseCertificate with memory. Only certificates whose chain was good are kept, so
// strangers cannot push them out.
func (t *Trust) parse(der []byte) (*x509.Certificate, error) {
	if s := t.get(sha256.Sum256(der)); s != nil {
		return s.cert, nil
	}
	return x509.ParseCertificate(der)
}

func (t *Trust) get(key [32]byte) *seen {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.byDER[key]
	if !ok {
		return nil
	}
	t.order.MoveToFront(e)
	return e.Value.(*seen)
}

func (t *Trust) put(s *seen) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.byDER[s.key]; ok {
		return
	}
	t.byDER[s.key] = t.order.PushFront(s)
	if t.order.Len() > t.max {
		last := t.order.Remove(t.order.Back()).(*seen)
		delete(t.byDER, last.key)
	}
}

// chain builds and checks the chain of a signing certificate at a time.
func (t *Trust) chain(cert *x509.Certificate, others []*x509.Certificate, now time.Time) (*seen, error) {
	key := sha256.Sum256(cert.Raw)
	if s := t.get(key); s != nil && !now.Before(s.from) && !now.After(s.to) {
		return s, nil
	}
	subject, ok := normalCert(cert)
	if !ok {
		return nil, ErrChain.With(errors.New("unreadable subject"))
	}
	switch {
	case now.Before(cert.NotBefore):
		return nil, ErrCertNotYet
	case now.After(cert.NotAfter):
		return nil, ErrCertExpired
	}
	// spec: DMP 2.2 (a signing certificate carries nonRepudiation or digitalSignature)
	if cert.IsCA || cert.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return nil, ErrCertUsage
	}
	pool := x509.NewCertPool()
	for _, c := range t.intermediates {
		pool.AddCert(c)
	}
	for _, c := range others {
		pool.AddCert(c)
	}
	chains, err := cert.Verify(x509.VerifyOptions{Roots: t.roots, Intermediates: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return nil, ErrChain.With(err)
	}
	s := &seen{key: key, cert: cert, subject: subject, from: cert.NotBefore, to: cert.NotAfter}
	for _, c := range chains[0] {
		if c.NotBefore.After(s.from) {
			s.from = c.NotBefore
		}
		if c.NotAfter.Before(s.to) {
			s.to = c.NotAfter
		}
	}
	t.put(s)
	return s, nil
}
