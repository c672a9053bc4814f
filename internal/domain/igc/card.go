package igc

import (
	"crypto/x509"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

// Card is a kind of card of the family CPx.
// spec: IGC-Santé (cards)
type Card string

// The cards: of a regulated professional, of one in training, of staff, of a structure's head, of an
// authorised person.
const (
	CPS Card = "CPS"
	CPF Card = "CPF"
	CPE Card = "CPE"
	CDE Card = "CDE"
	CPA Card = "CPA"
)

// Cards lists them.
func Cards() []Card { return []Card{CPS, CPF, CPE, CDE, CPA} }

// unit is the OU that tells cards apart. A real card says it elsewhere too; the order of its
// names is not published.
func (c Card) unit() string {
	if c == "" {
		c = CPS
	}
	return "Carte " + string(c) + " de test"
}

// CardOf reads the kind of card of a certificate; "" when it is no card.
func CardOf(c *x509.Certificate) Card {
	for _, k := range Cards() {
		for _, ou := range c.Subject.OrganizationalUnit {
			if ou == k.unit() {
				return k
			}
		}
	}
	return ""
}

// P12 gives certificate, chain and key as one PKCS #12 file, the form in which establishments get
// theirs; in the modern profile (AES-256, SHA-256) that OpenSSL 3, Java and Node.js read.
func (c Credential) P12(password string) ([]byte, error) {
	return pkcs12.Modern.Encode(c.Key, c.Certificate, c.Chain, password)
}
