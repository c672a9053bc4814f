package run

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/igc"
)

const insiVitaleCN = insi.VitaleCN

// Card is a credential of a data folder, as `socle card list` shows it.
type Card struct {
	Serial   string    `json:"serial"` // hexadecimal
	Kind     string    `json:"kind"`   // CPS, CPF, CPE, CDE, CPA, ORG, SERV
	Holder   string    `json:"holder"` // idNat of the person or of the structure
	Name     string    `json:"name"`
	NotAfter time.Time `json:"not_after"`
	State    string    `json:"state"` // valid, revoked, expired
	Cert     string    `json:"client_cert"`
	Key      string    `json:"client_key"`
}

// CardRequest asks for a new credential.
type CardRequest struct {
	Kind                                 string // as in Card
	ID                                   string // PS_IdNat, or Struct_IdNat for ORG and SERV
	Surname, Given, Title                string
	Organisation, Department, CommonName string
	Hosts                                []string
	File                                 string // name of the files in DIR/pki; made from kind and id when empty
	P12                                  string // password of a PKCS #12 file beside the PEM ones
	Expired                              bool
	Days                                 int // validity, three years when 0
	ECDSA                                bool
}

type credential struct {
	name string
	cert *x509.Certificate
}

// cards lists the certificates of the folder that have a key beside them.
func (p *pki) cards() []credential {
	names, err := filepath.Glob(filepath.Join(p.dir, "*-key.pem"))
	if err != nil {
		return nil
	}
	var out []credential
	for _, key := range names {
		name := strings.TrimSuffix(filepath.Base(key), "-key.pem")
		if list, err := readCertificates(filepath.Join(p.dir, name+".pem")); err == nil {
			out = append(out, credential{name, list[0]})
		}
	}
	return out
}

// openCards opens the authority of a data folder that must exist.
func openCards(data string, now time.Time) (*pki, error) {
	dir, err := filepath.Abs(filepath.Join(data, "pki"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, authorityFile)); err != nil {
		return nil, fmt.Errorf("%s holds no test authority (start `socle demo --data %s` once): %w", dir, data, err)
	}
	return openPKI(dir, "", now)
}

func (p *pki) describe(c credential, now time.Time) Card {
	s := c.cert.Subject
	out := Card{Serial: c.cert.SerialNumber.Text(16), Name: s.CommonName, NotAfter: c.cert.NotAfter, State: "valid",
		Cert: p.cert(c.name), Key: p.key(c.name), Kind: string(igc.CardOf(c.cert))}
	switch {
	case out.Kind != "":
		out.Holder = s.CommonName
		out.Name = strings.TrimSpace(nameOf(c.cert, "2.5.4.42") + " " + nameOf(c.cert, "2.5.4.4"))
	case len(c.cert.DNSNames)+len(c.cert.IPAddresses) > 0:
		out.Kind = "SERV"
	default:
		out.Kind = "ORG"
	}
	if out.Holder == "" && len(s.OrganizationalUnit) > 0 {
		out.Holder = s.OrganizationalUnit[0]
	}
	switch {
	case p.revoked.Revoked(c.cert.SerialNumber):
		out.State = "revoked"
	case now.After(c.cert.NotAfter):
		out.State = "expired"
	}
	return out
}

func nameOf(c *x509.Certificate, oid string) string {
	for _, n := range c.Subject.Names {
		if n.Type.String() == oid {
			return fmt.Sprint(n.Value)
		}
	}
	return ""
}

// ListCards lists the cards and certificates of a data folder.
func ListCards(data string, now time.Time) ([]Card, error) {
	p, err := openCards(data, now)
	if err != nil {
		return nil, err
	}
	var out []Card
	for _, c := range p.cards() {
		out = append(out, p.describe(c, now))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Cert < out[j].Cert })
	return out, nil
}

// NewCard issues a card or certificate into a data folder; a running demo accepts it at once.
func NewCard(data string, r CardRequest, now time.Time) (Card, error) {
	p, err := openCards(data, now)
	if err != nil {
		return Card{}, err
	}
	q := igc.Request{IDNat: r.ID, Surname: r.Surname, Given: r.Given, Title: r.Title, StructureID: r.ID, Organization: r.Organisation,
		Department: r.Department, CommonName: r.CommonName, Hosts: r.Hosts, ECDSA: r.ECDSA}
	switch kind := strings.ToUpper(r.Kind); kind {
	case "ORG":
		q.Offer = igc.Organisation
	case "SERV":
		q.Offer = igc.Serveur
	default:
		q.Offer, q.Card = igc.Professionnel, igc.Card(kind)
		known := false
		for _, k := range igc.Cards() {
			known = known || k == q.Card
		}
		if !known {
			return Card{}, fmt.Errorf("unknown kind %q: CPS, CPF, CPE, CDE, CPA, ORG or SERV", r.Kind)
		}
	}
	switch {
	case r.Expired:
		q.NotBefore, q.NotAfter = now.AddDate(-2, 0, 0), now.AddDate(0, 0, -1)
	case r.Days > 0:
		q.NotAfter = now.AddDate(0, 0, r.Days)
	}
	name := r.File
	if name == "" {
		name = strings.ToLower(r.Kind) + "-" + r.ID + "-" + now.UTC().Format("20060102150405")
	}
	if _, err := os.Stat(p.cert(name)); err == nil {
		return Card{}, fmt.Errorf("%s exists: choose another --out", p.cert(name))
	}
	c, err := p.write(name, q, now)
	if err != nil {
		return Card{}, err
	}
	if r.P12 != "" {
		b, err := c.P12(r.P12)
		if err != nil {
			return Card{}, err
		}
		if err := writeFile(filepath.Join(p.dir, safeName(name)+".p12"), b, 0o600); err != nil {
			return Card{}, err
		}
	}
	return p.describe(credential{name, c.Certificate}, now), nil
}

// RevokeCard revokes by serial (hexadecimal, with or without colons, or the decimal form). A running
// demo refuses the card within the second.
func RevokeCard(data, serial string, reason int, now time.Time) (Card, error) {
	p, err := openCards(data, now)
	if err != nil {
		return Card{}, err
	}
	clean := strings.TrimPrefix(strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(serial)), "0x")
	hex, okHex := new(big.Int).SetString(clean, 16)
	dec, okDec := new(big.Int).SetString(clean, 10)
	for _, c := range p.cards() {
		n := c.cert.SerialNumber
		if !(okHex && n.Cmp(hex) == 0) && !(okDec && n.Cmp(dec) == 0) {
			continue
		}
		if p.revoked.Revoked(n) {
			return Card{}, fmt.Errorf("serial %s is revoked already", serial)
		}
		if err := p.revoke(n, now, reason); err != nil {
			return Card{}, err
		}
		return p.describe(c, now), nil
	}
	return Card{}, errors.New("no certificate of this folder has serial " + serial + " (see socle card list)")
}

// loadKeyPair reads a credential of the folder.
func (p *pki) loadKeyPair(name string) (tls.Certificate, error) {
	return tls.LoadX509KeyPair(p.cert(name), p.key(name))
}

// VitaleAssertion signs the assertion that a carte Vitale (or appli carte Vitale) of the sandbox gives
// for a matricule; it goes inside wsse:Security of a call to INSi.
func VitaleAssertion(data, matricule string, now time.Time) ([]byte, error) {
	p, err := openCards(data, now)
	if err != nil {
		return nil, err
	}
	m, err := insid.ParseMatricule(matricule)
	if err != nil {
		return nil, err
	}
	c, err := p.loadKeyPair(vitaleName)
	if err != nil {
		return nil, err
	}
	key, ok := c.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key of the carte Vitale cannot sign")
	}
	return insi.SignAssertion(insi.Assertion{ID: "_" + uuid.NewString(), Subject: m.Reveal(), Vitale: true, Issued: now}, key, rand.Reader, c.Leaf)
}
