package mss

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/socle-sante/socle/format/mssante"
)

// Listed is one domain of the espace de confiance.
type Listed struct {
	Domain   string   // A-label, lower case
	Operator string   // who runs it, in words
	Subjects []string // subjects (RFC 2253) of the certificates allowed to speak for it; none: any server certificate of IGC-Santé
	Prints   []string // SHA-256 of such certificates, hexadecimal: an alternative to Subjects
	Relay    string   // host:port to deliver to instead of the MX (other operators on this machine, trials)
}

// WhiteList is the list of the domains with which mail is exchanged. It is replaced whole.
type WhiteList struct {
	list atomic.Pointer[listed]
}

type listed struct {
	domains map[string]Listed
	order   []string
	read    time.Time
}

// minKept is the part of the former list that a new one must still have, unless the operator
// agrees: a truncated download must not close the espace de confiance.
const minKept = 2 // one half

// What a list is refused for: it lost half of its domains, or has none.
var (
	ErrShrunk    = mssante.ErrWhiteListShrunk
	ErrEmptyList = mssante.ErrWhiteListEmpty
)

// Replace puts a new list in service. consent accepts one that shrank.
func (w *WhiteList) Replace(list []Listed, now time.Time, consent bool) error {
	if len(list) == 0 {
		return ErrEmptyList
	}
	next := &listed{domains: make(map[string]Listed, len(list)), read: now}
	for _, l := range list {
		l.Domain = strings.ToLower(strings.TrimSpace(l.Domain))
		if l.Domain == "" {
			continue
		}
		if _, twice := next.domains[l.Domain]; !twice {
			next.order = append(next.order, l.Domain)
		}
		next.domains[l.Domain] = l
	}
	if old := w.list.Load(); old != nil && !consent {
		kept := 0
		for d := range old.domains {
			if _, ok := next.domains[d]; ok {
				kept++
			}
		}
		if kept*minKept < len(old.domains) {
			return ErrShrunk
		}
	}
	slices.Sort(next.order)
	w.list.Store(next)
	return nil
}

// Has tells whether a domain is listed.
func (w *WhiteList) Has(domain string) bool {
	_, ok := w.Of(domain)
	return ok
}

// Of gives what is listed of a domain.
func (w *WhiteList) Of(domain string) (Listed, bool) {
	l := w.list.Load()
	if l == nil {
		return Listed{}, false
	}
	d, ok := l.domains[strings.ToLower(domain)]
	return d, ok
}

// All gives the domains in order, and when the list was put in service.
func (w *WhiteList) All() (list []Listed, read time.Time) {
	l := w.list.Load()
	if l == nil {
		return nil, time.Time{}
	}
	for _, d := range l.order {
		list = append(list, l.domains[d])
	}
	return list, l.read
}

// Speaks tells whether a certificate, already verified, may speak for a domain.
// spec: MSSANTE §4 (TLS mutuel)
func (l *Listed) Speaks(c *x509.Certificate) bool {
	if len(l.Subjects) == 0 && len(l.Prints) == 0 {
		return true
	}
	sum := sha256.Sum256(c.Raw)
	return slices.Contains(l.Subjects, c.Subject.String()) || slices.Contains(l.Prints, hex.EncodeToString(sum[:]))
}

// ServerCertificate tells whether a verified certificate is one of an operator: it serves and
// calls with the same, and names hosts.
// spec: IGC-Santé (offre SERV, usage SSL)
func ServerCertificate(c *x509.Certificate) bool {
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) && (len(c.DNSNames) > 0 || len(c.IPAddresses) > 0)
}
