package acces

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Common names that open INSi.
// spec: INS §6 (certificates INSI-MANU, INSI-AUTO)
var insiNames = []string{"INSI-AUTO", "INSI-MANU"}

// INSiGate authenticates callers of the teleservice: a structure by its dedicated certificate, or a
// professional by an assertion their card signed.
type INSiGate struct {
	Roots     *x509.CertPool
	Issuers   []*x509.Certificate
	Directory *annuaire.Annuaire
	Replay    *Replay // of insi.AssertionWindow
	Revoked   func(*x509.Certificate) bool
	Now       func() time.Time
	// Since is when Replay began to remember: an assertion made before may have served already. Zero
	// sets no bound.
	Since time.Time
}

// INSiCaller is who calls, and the person their carte Vitale names, if one came along.
type INSiCaller struct {
	ID     string // idNat of the structure or of the professional
	Vitale insid.Matricule
}

// Authenticate judges a call. client is the TLS certificate, nil when none came.
func (g *INSiGate) Authenticate(client *x509.Certificate, security xmltree.Node) (INSiCaller, error) {
	var c INSiCaller
	if client != nil && g.Revoked(client) {
		return c, insi.ErrRevoked
	}
	now := g.Now()
	list, err := insi.ReadAssertions(security, g.Roots, g.Issuers, now)
	if err != nil {
		return c, err
	}
	for _, a := range list {
		if g.Revoked(a.Signer) {
			return c, insi.ErrRevoked
		}
		if a.Issued.Add(time.Second).Before(g.Since) { // instants are written to the second
			return c, insi.ErrAssertion.At("IssueInstant")
		}
		if !a.Vitale {
			p := g.Directory.Professional(a.Subject)
			if p == nil || !p.Active {
				return c, ErrProfessional.At(a.Subject)
			}
			c.ID = p.IDNat
			continue
		}
		if c.Vitale, err = insid.ParseMatricule(a.Subject); err != nil {
			return c, insi.ErrVitale.At("NameID")
		}
	}
	if c.ID == "" {
		if client == nil || !slices.Contains(insiNames, client.Subject.CommonName) || len(client.Subject.OrganizationalUnit) == 0 {
			return c, insi.ErrCertificate
		}
		c.ID = client.Subject.OrganizationalUnit[0]
		if s := g.Directory.Structure(c.ID); s == nil || !s.Active {
			return c, ErrStructure.At(c.ID)
		}
	}
	for _, a := range list {
		switch first, full := g.Replay.Once(a.ID, now); {
		case full:
			return c, ErrReplayFull
		case !first:
			return c, ErrReplayed
		}
	}
	return c, nil
}
