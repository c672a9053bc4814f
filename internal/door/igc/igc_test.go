package igc

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/socle-sante/socle/internal/domain/igc"
)

// TestRevocationIsSeenAtOnce by list and by answer, whichever way the question comes.
func TestRevocationIsSeenAtOnce(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	authority, err := igc.NewAuthority(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	var revoked igc.Revocations
	var known []*big.Int
	d := &Door{Authority: authority, Revoked: &revoked, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		Issued: func(n *big.Int) bool {
			for _, k := range known {
				if k.Cmp(n) == 0 {
					return true
				}
			}
			return false
		}}
	mux := http.NewServeMux()
	d.Register(mux)
	s := httptest.NewServer(mux)
	defer s.Close()
	cred, err := authority.Issue(rand.Reader, now, igc.Request{Offer: igc.Professionnel, IDNat: "899000000013", Surname: "MARTIN", Given: "Claire", Card: igc.CPS, ECDSA: true})
	if err != nil {
		t.Fatal(err)
	}
	issuer := authority.Issuer(igc.Professionnel)
	question, err := ocsp.CreateRequest(cred.Certificate, issuer, nil)
	if err != nil {
		t.Fatal(err)
	}
	read := func(r *http.Response, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		if r.StatusCode != http.StatusOK {
			t.Fatal(r.Status)
		}
		return b
	}
	status := func(want int) {
		t.Helper()
		for way, b := range map[string][]byte{
			"POST": read(http.Post(s.URL+Path+"/ocsp", "application/ocsp-request", bytes.NewReader(question))),
			"GET":  read(http.Get(s.URL + Path + "/ocsp/" + url.PathEscape(base64.StdEncoding.EncodeToString(question)))),
		} {
			a, err := ocsp.ParseResponseForCert(b, cred.Certificate, issuer)
			if err != nil || a.Status != want {
				t.Errorf("%s: %v %v, want %d", way, a, err, want)
			}
		}
		list, err := x509.ParseRevocationList(read(http.Get(s.URL + Path + "/crl/" + igc.Professionnel.String() + ".crl")))
		if err != nil || list.CheckSignatureFrom(issuer) != nil || (len(list.RevokedCertificateEntries) == 1) != (want == ocsp.Revoked) {
			t.Errorf("list: %v %v", list, err)
		}
	}
	status(ocsp.Unknown)
	known = append(known, cred.Certificate.SerialNumber)
	status(ocsp.Good)
	revoked.Revoke(cred.Certificate.SerialNumber, now, 1)
	status(ocsp.Revoked)
	for name, body := range map[string]string{"nothing": "", "a text": "bonjour", "too long": strings.Repeat("x", maxRequest+1), "cut": string(question[:20])} {
		if b := read(http.Post(s.URL+Path+"/ocsp", "application/ocsp-request", strings.NewReader(body))); !bytes.Equal(b, ocsp.MalformedRequestErrorResponse) {
			t.Errorf("%s: %x", name, b)
		}
	}
	if b := read(http.Get(s.URL + Path + "/ocsp/%20%20")); !bytes.Equal(b, ocsp.MalformedRequestErrorResponse) {
		t.Errorf("no base64: %x", b)
	}
}
