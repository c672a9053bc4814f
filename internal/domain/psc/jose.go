package psc

import (
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

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
