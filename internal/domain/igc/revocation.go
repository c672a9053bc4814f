package igc

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"
)

// How long answers about revocation may be believed.
const (
	crlValidity  = 24 * time.Hour
	ocspValidity = time.Hour
)

// maxOCSPRequest bounds an OCSP request: one certificate takes about a hundred bytes.
const maxOCSPRequest = 4 << 10

// Revocation is one certificate that no longer counts.
type Revocation struct {
	Serial *big.Int
	At     time.Time
	Reason int // spec: RFC 5280 5.3.1
}

// Revocations is a list in memory; safe for concurrent use. Serials are unique across our
// authorities, so the issuer need not be named. The zero value is an empty list.
type Revocations struct {
	mu sync.RWMutex
	m  map[string]Revocation
}

// Revoke adds a certificate; the first revocation of a serial stands.
func (r *Revocations) Revoke(serial *big.Int, at time.Time, reason int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = map[string]Revocation{}
	}
	k := string(serial.Bytes())
	if _, ok := r.m[k]; !ok {
		r.m[k] = Revocation{new(big.Int).Set(serial), at.UTC(), reason}
	}
}

// Revoked tells whether a certificate is on the list.
func (r *Revocations) Revoked(serial *big.Int) bool {
	_, ok := r.find(serial)
	return ok
}

func (r *Revocations) find(serial *big.Int) (Revocation, bool) {
	if r == nil {
		return Revocation{}, false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, ok := r.m[string(serial.Bytes())]
	return v, ok
}

// All gives the list in order of serials.
func (r *Revocations) All() []Revocation {
	if r == nil {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]Revocation, 0, len(r.m))
	for _, v := range r.m {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Revocation) int { return a.Serial.Cmp(b.Serial) })
	return out
}

// CRL signs the revocation list of one issuing authority; number must grow from one to the next.
// Serials of the other authorities may appear: they match no certificate of this one.
func (a *Authority) CRL(random io.Reader, o Offer, now time.Time, number int64, list *Revocations) ([]byte, error) {
	if o < 0 || o >= offers {
		return nil, fmt.Errorf("igc: unknown offer %d", o)
	}
	tpl := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: now.UTC(), NextUpdate: now.Add(crlValidity).UTC()}
	for _, v := range list.All() {
		tpl.RevokedCertificateEntries = append(tpl.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: v.Serial, RevocationTime: v.At, ReasonCode: v.Reason})
	}
	return x509.CreateRevocationList(source(random), tpl, a.subs[o].cert, a.subs[o].key)
}

// OCSP answers a request (RFC 6960). What cannot be answered gets the protocol's own error answer.
// issued tells which serials exist; when given, a serial nobody issued is "unknown".
func (a *Authority) OCSP(request []byte, now time.Time, list *Revocations, issued func(*big.Int) bool) []byte {
	if len(request) > maxOCSPRequest {
		return ocsp.MalformedRequestErrorResponse
	}
	req, err := ocsp.ParseRequest(request)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse
	}
	for _, s := range a.subs {
		if !isIssuer(s.cert, req) {
			continue
		}
		tpl := ocsp.Response{Status: ocsp.Good, SerialNumber: req.SerialNumber, ThisUpdate: now.UTC(),
			NextUpdate: now.Add(ocspValidity).UTC(), IssuerHash: req.HashAlgorithm}
		if v, ok := list.find(req.SerialNumber); ok {
			tpl.Status, tpl.RevokedAt, tpl.RevocationReason = ocsp.Revoked, v.At, v.Reason
		} else if issued != nil && !issued(req.SerialNumber) {
			tpl.Status = ocsp.Unknown
		}
		out, err := ocsp.CreateResponse(s.cert, s.cert, tpl, s.key)
		if err != nil {
			return ocsp.InternalErrorErrorResponse
		}
		return out
	}
	return ocsp.UnauthorizedErrorResponse
}

func isIssuer(ca *x509.Certificate, req *ocsp.Request) bool {
	if !req.HashAlgorithm.Available() {
		return false
	}
	var spki struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(ca.RawSubjectPublicKeyInfo, &spki); err != nil {
		return false
	}
	sum := func(b []byte) []byte {
		if req.HashAlgorithm == crypto.SHA1 {
			s := sha1.Sum(b) // what every OCSP client sends; it names the issuer, it protects nothing
			return s[:]
		}
		h := req.HashAlgorithm.New()
		h.Write(b)
		return h.Sum(nil)
	}
	return bytes.Equal(sum(spki.Key.RightAlign()), req.IssuerKeyHash) && bytes.Equal(sum(ca.RawSubject), req.IssuerNameHash)
}
