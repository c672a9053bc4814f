package vihf

import (
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmldsig"
	"github.com/socle-sante/socle/format/xmltree"
)

// Skew is how far IssueInstant may be from our clock, either way.
const Skew = 5 * time.Minute

// Options is what a verifier needs to judge.
type Options struct {
	Trust     *Trust
	Now       time.Time
	Audiences []string // names this service answers to
	AllowSHA1 bool     // old samples only
	// KnownRole tells whether a role is in JDV_J65; nil accepts any.
	KnownRole func(Role) bool
	// AllowUnknownAttributes lets attributes nobody knows pass.
	AllowUnknownAttributes bool
}

// Verified is an assertion one may act upon, once the domain has checked revocation, replay and the
// directory.
type Verified struct {
	Assertion *Assertion
	Signer    *x509.Certificate
}

// Verify judges an assertion that stands in a message. The order of the checks is that of the DMP.
// An error is always a *finding.Refusal.
// spec: DMP 2.2
func Verify(n xmltree.Node, o Options) (*Verified, error) {
	v, bad := verify(n, o)
	if bad != nil {
		return nil, bad
	}
	return v, nil
}

func verify(n xmltree.Node, o Options) (*Verified, *finding.Refusal) {
	if !n.Exists() {
		return nil, ErrAbsent
	}
	for a := range n.Descendants(NSSAML, "Assertion") {
		return nil, ErrMany.At(a.XPath())
	}
	a, bad := parse(n)
	if bad != nil {
		return nil, bad
	}
	sig, err := xmldsig.VerifyEnveloped(n, xmldsig.Options{AllowSHA1: o.AllowSHA1, ParseCertificate: o.Trust.parse})
	if err != nil {
		return nil, signatureRefusal(err)
	}
	s, err := o.Trust.chain(sig.Signer, sig.Others, o.Now)
	if err != nil {
		return nil, finding.As(err)
	}
	if f := n.Child(NSSAML, "Issuer").Attr("Format"); f != issuerFormat {
		return nil, ErrIssuerFormat.At(clip(f))
	}
	if !sameDN(a.Issuer, s.subject) {
		return nil, ErrIssuer.At(clip(a.Issuer))
	}
	for _, check := range []func(*Assertion, Options, *x509.Certificate) *finding.Refusal{
		checkTime, checkAttributes, checkHolder, checkRoles, checkPurpose,
	} {
		if bad := check(a, o, s.cert); bad != nil {
			return nil, bad
		}
	}
	return &Verified{Assertion: a, Signer: s.cert}, nil
}

func checkTime(a *Assertion, o Options, _ *x509.Certificate) *finding.Refusal {
	switch {
	case a.IssueInstant.Before(o.Now.Add(-Skew)):
		return ErrOld.At(stamp(a.IssueInstant))
	case a.IssueInstant.After(o.Now.Add(Skew)):
		return ErrFuture.At(stamp(a.IssueInstant))
	case !a.NotBefore.IsZero() && a.NotBefore.After(o.Now.Add(Skew)):
		return ErrNotYet.At(stamp(a.NotBefore))
	case !a.NotOnOrAfter.IsZero() && !a.NotOnOrAfter.After(o.Now.Add(-Skew)):
		return ErrExpired.At(stamp(a.NotOnOrAfter))
	}
	// spec: SAML Core 2.0 §2.5.1.4 (every restriction must be met, by one of its audiences)
	for _, list := range a.restrictions {
		if !slices.ContainsFunc(list, func(x string) bool { return slices.Contains(o.Audiences, x) }) {
			return ErrAudience.At(clip(strings.Join(list, " ")))
		}
	}
	return nil
}

func checkAttributes(a *Assertion, o Options, _ *x509.Certificate) *finding.Refusal {
	if len(a.unknown) > 0 && !o.AllowUnknownAttributes {
		name := a.unknown[0]
		near := nearest(name)
		r := *ErrAttributeUnknown.At(name)
		r.Fix = finding.T("le nom le plus proche est "+near, "the nearest name is "+near)
		return &r
	}
	for _, at := range attributes {
		if at.required && at.field != nil && *at.field(a) == "" {
			return ErrAttributeMissing.At(at.name)
		}
	}
	if a.PurposeOfUse.Code == "" {
		return ErrAttributeMissing.At(attrPurpose)
	}
	if len(a.Roles) == 0 {
		return ErrAttributeMissing.At(attrRole)
	}
	if a.Version != Version {
		return ErrVersion.At(clip(a.Version))
	}
	if code, system, ok := strings.Cut(a.Sector, "^"); !ok || code == "" || system != SystemSector {
		return ErrSector.At(clip(a.Sector))
	}
	if a.RessourceURN != "urn:dmp" {
		return ErrURN.At(clip(a.RessourceURN))
	}
	if _, _, ok := a.Patient(); a.ResourceID != "" && !ok {
		return ErrResource
	}
	return nil
}

const classes = "urn:oasis:names:tc:SAML:2.0:ac:classes:"

// checkHolder ties the person and the structure to the certificate, by mode.
func checkHolder(a *Assertion, _ Options, cert *x509.Certificate) *finding.Refusal {
	if a.NameID == "" {
		return ErrSubject
	}
	class, ok := strings.CutPrefix(a.AuthnContext, classes)
	if !ok || class == "" {
		return ErrAuthn.At(clip(a.AuthnContext))
	}
	switch a.Mode = Mode(strings.ToUpper(string(a.Mode))); a.Mode {
	case Directe:
		if class != "SmartcardPKI" && class != "TLSClient" && class != "X509" {
			return ErrAuthn.At(clip(a.AuthnContext))
		}
		if cert.Subject.CommonName != a.NameID {
			return ErrSubjectCard.At(clip(a.NameID))
		}
	case Indirecte, IndirecteRenforcee:
		if a.SubjectName == "" {
			return ErrAttributeMissing.At(attrSubjectName)
		}
		if !slices.Contains(cert.Subject.OrganizationalUnit, a.StructureID) {
			return ErrStructureCert.At(clip(a.StructureID))
		}
	default:
		return ErrMode.At(clip(string(a.Mode)))
	}
	return nil
}

func checkRoles(a *Assertion, o Options, _ *x509.Certificate) *finding.Refusal {
	for i, r := range a.Roles {
		if r.Code == "" || r.System == "" || o.KnownRole != nil && !o.KnownRole(r) {
			return ErrRoleUnknown.At(clip(r.Code + "^" + r.System))
		}
		for _, before := range a.Roles[:i] {
			if before.System == r.System {
				return ErrRoleDuplicate.At(clip(r.System))
			}
		}
	}
	if p, ok := a.Role(SystemProfession); ok && (p.Code == "10" || p.Code == "21") {
		_, skill := a.Role(SystemSavoirFaire)
		_, section := a.Role(SystemSection)
		if !skill && !(section && p.Code == "21") {
			return ErrSpeciality.At(p.Code)
		}
	}
	return nil
}

func checkPurpose(a *Assertion, _ Options, _ *x509.Certificate) *finding.Refusal {
	p := a.PurposeOfUse
	switch {
	case p.System != SystemPurpose, p.Code != Normal && p.Code != BrisDeGlace && p.Code != Centre15:
		return ErrPurpose.At(clip(p.Code + "^" + p.System))
	case p.Code == BrisDeGlace && a.AccessReason == "":
		return ErrReason
	}
	return nil
}
