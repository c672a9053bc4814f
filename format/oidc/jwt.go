package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// Algorithms of signature.
// spec: RFC 7518 3.1
const (
	RS256 = "RS256"
	ES256 = "ES256"
	HS256 = "HS256"
)

// Limits of what is read.
const (
	MaxToken   = 16 << 10 // a PSC userinfo with ten activities is under 10 kB
	maxKeys    = 64
	minRSABits = 2048
	maxRSABits = 8192
)

// Refusals of tokens.
var (
	ErrToken = &finding.Refusal{ID: "OIDC-JETON", Kind: finding.Unauthenticated, Rule: "RFC 7515",
		Message: finding.T("Le jeton signé ne se lit pas.", "The signed token cannot be read."),
		Fix:     finding.T("Transmettez le jeton reçu, sans le couper ni le recoder.", "Pass the token on as received, neither cut nor recoded.")}
	ErrAlgorithm = &finding.Refusal{ID: "OIDC-ALGORITHME", Kind: finding.Unauthenticated, Rule: "RFC 8725 §3.1",
		Message: finding.T("Le jeton est signé d'un algorithme qui n'est pas celui convenu.", "The token is signed with an algorithm other than the one agreed upon."),
		Fix:     finding.T("Signez avec l'algorithme enregistré ; «none» n'est jamais accepté.", "Sign with the registered algorithm; “none” is never accepted.")}
	ErrSignature = &finding.Refusal{ID: "OIDC-SIGNATURE", Kind: finding.Unauthenticated, Rule: "RFC 7515 §5.2",
		Message: finding.T("La signature du jeton n'est d'aucune clé publiée par l'émetteur.", "The token's signature is of no key that the issuer publishes."),
		Fix:     finding.T("Vérifiez l'émetteur du jeton, et relisez ses clés publiques.", "Check who issued the token, and read its public keys again.")}
)

// Key is one public key of a set.
// spec: RFC 7517 4
type Key struct {
	ID  string
	Alg string // "" when the set does not say
	Pub crypto.PublicKey
}

type jwk struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	N   string `json:"n"`
	E   string `json:"e"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

// ParseKeys reads a JSON Web Key Set; keys of kinds we do not use are left out.
func ParseKeys(b []byte) ([]Key, error) {
	if len(b) > MaxDocument {
		return nil, ErrMetadata.At("jwks")
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, ErrMetadata.At("jwks").With(err)
	}
	var out []Key
	for _, k := range set.Keys[:min(len(set.Keys), maxKeys)] {
		if k.Use != "" && k.Use != "sig" {
			continue
		}
		if pub := k.public(); pub != nil {
			out = append(out, Key{ID: k.Kid, Alg: k.Alg, Pub: pub})
		}
	}
	return out, nil
}

func (k *jwk) public() crypto.PublicKey {
	number := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil || len(b) == 0 || len(b) > maxRSABits/8 {
			return nil
		}
		return new(big.Int).SetBytes(b)
	}
	switch k.Kty {
	case "RSA":
		n, e := number(k.N), number(k.E)
		if n == nil || e == nil || n.BitLen() < minRSABits || !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 {
			return nil
		}
		return &rsa.PublicKey{N: n, E: int(e.Int64())}
	case "EC":
		x, y := number(k.X), number(k.Y)
		if k.Crv != "P-256" || x == nil || y == nil || x.BitLen() > 256 || y.BitLen() > 256 {
			return nil
		}
		raw := append([]byte{4}, x.FillBytes(make([]byte, 32))...)
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(raw, y.FillBytes(make([]byte, 32))...))
		if err != nil {
			return nil
		}
		return pub
	}
	return nil
}

// Header is the protected header of a token.
type Header struct {
	Alg  string   `json:"alg"`
	Kid  string   `json:"kid"`
	Typ  string   `json:"typ"`
	Crit []string `json:"crit"`
}

// Verify checks a compact token against keys, for one agreed algorithm, and gives its payload.
// secret is used for HS256 only, so that a public key can never serve as one.
func Verify(token, alg string, keys []Key, secret []byte) ([]byte, Header, error) {
	var h Header
	if len(token) > MaxToken {
		return nil, h, ErrToken
	}
	part := strings.Split(token, ".")
	if len(part) != 3 {
		return nil, h, ErrToken
	}
	enc := base64.RawURLEncoding.Strict()
	head, err := enc.DecodeString(part[0])
	if err != nil || json.Unmarshal(head, &h) != nil {
		return nil, h, ErrToken
	}
	payload, err := enc.DecodeString(part[1])
	if err != nil {
		return nil, h, ErrToken
	}
	sig, err := enc.DecodeString(part[2])
	if err != nil {
		return nil, h, ErrToken
	}
	if h.Alg != alg {
		return nil, h, ErrAlgorithm.At("alg = " + Shown(h.Alg))
	}
	if len(h.Crit) > 0 { // an extension we must understand, and understand none
		return nil, h, ErrToken.At("crit")
	}
	signed := []byte(token[:len(part[0])+1+len(part[1])])
	if !verified(alg, h.Kid, signed, sig, keys, secret) {
		return nil, h, ErrSignature.At("kid = " + Shown(h.Kid))
	}
	return payload, h, nil
}

func verified(alg, kid string, signed, sig []byte, keys []Key, secret []byte) bool {
	sum := sha256.Sum256(signed)
	if alg == HS256 {
		m := hmac.New(sha256.New, secret)
		m.Write(signed)
		return len(secret) > 0 && hmac.Equal(sig, m.Sum(nil))
	}
	for _, k := range keys {
		if kid != "" && k.ID != "" && k.ID != kid || k.Alg != "" && k.Alg != alg {
			continue
		}
		switch pub := k.Pub.(type) {
		case *rsa.PublicKey:
			if alg == RS256 && rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], sig) == nil {
				return true
			}
		case *ecdsa.PublicKey:
			if alg == ES256 && len(sig) == 64 && ecdsa.Verify(pub, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
				return true
			}
		}
	}
	return false
}
