package psc

import (
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"

	"github.com/socle-sante/socle/format/oidc"
)

// The only file that knows the library of signatures.

// maxJWT bounds a token handed back to us; ours are under 2 kB.
const maxJWT = 8 << 10

// sign makes a compact JWT under the current key.
func (k *Keys) sign(typ string, claims any) (string, error) {
	s := k.signer()
	return signed(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: s.private, KeyID: s.id}}, typ, claims)
}

// signShared makes a compact JWT under a client's secret.
func signShared(secret []byte, claims any) (string, error) {
	return signed(jose.SigningKey{Algorithm: jose.HS256, Key: secret}, "JWT", claims)
}

func signed(key jose.SigningKey, typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", err
	}
	sig, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return sig.CompactSerialize()
}

var errJWT = errors.New("psc: not a token of ours")

// open verifies a compact JWT of ours, RS256 only, and reads its claims.
func (k *Keys) open(token, typ string, claims any) error {
	if len(token) > maxJWT {
		return errJWT
	}
	sig, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return err
	}
	h := sig.Signatures[0].Protected
	if t, _ := h.ExtraHeaders[jose.HeaderType].(string); t != typ {
		return errJWT
	}
	key := k.find(h.KeyID)
	if key == nil {
		return errJWT
	}
	payload, err := sig.Verify(key.private.Public())
	if err != nil {
		return err
	}
	return json.Unmarshal(payload, claims)
}

// JWKS gives the public keys: previous, current, next.
func (k *Keys) JWKS() ([]byte, error) {
	var set jose.JSONWebKeySet
	for _, s := range k.published() {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.private.Public(), KeyID: s.id, Algorithm: oidc.RS256, Use: "sig"})
	}
	return json.Marshal(set)
}

// recipient reads the public key that UserInfo is encrypted for.
func recipient(jwk []byte) (jose.Recipient, error) {
	var key jose.JSONWebKey
	if err := json.Unmarshal(jwk, &key); err != nil {
		return jose.Recipient{}, err
	}
	if !key.Valid() || !key.IsPublic() {
		return jose.Recipient{}, errors.New("the encryption key is not a public key")
	}
	r := jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: key.Key, KeyID: key.KeyID}
	if key.Algorithm != "" {
		r.Algorithm = jose.KeyAlgorithm(key.Algorithm)
	}
	switch r.Algorithm {
	case jose.RSA_OAEP, jose.RSA_OAEP_256, jose.ECDH_ES:
		return r, nil
	}
	return jose.Recipient{}, errors.New("encryption algorithm: RSA-OAEP, RSA-OAEP-256 or ECDH-ES")
}

// seal encrypts a signed token for the holder of a key.
// spec: OpenID Core 1.0 5.3.2
func seal(jwk []byte, token string) (string, error) {
	r, err := recipient(jwk)
	if err != nil {
		return "", err
	}
	enc, err := jose.NewEncrypter(jose.A256GCM, r, (&jose.EncrypterOptions{}).WithContentType("JWT"))
	if err != nil {
		return "", err
	}
	o, err := enc.Encrypt([]byte(token))
	if err != nil {
		return "", err
	}
	return o.CompactSerialize()
}
