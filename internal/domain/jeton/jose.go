package jeton

import (
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// MaxJWT bounds a token handed back to us; ours are under 2 kB.
const MaxJWT = 8 << 10

// Sign makes a compact JWT under the current key.
func (k *Keys) Sign(typ string, claims any) (string, error) {
	s := k.signer()
	return signed(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.alg), Key: jose.JSONWebKey{Key: s.private, KeyID: s.id}}, typ, claims)
}

// SignShared makes a compact JWT under a client's secret (HS256).
func SignShared(secret []byte, claims any) (string, error) {
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

// ErrNotOurs says that a token is none of ours.
var ErrNotOurs = errors.New("jeton: not a token of ours")

// Open verifies a compact JWT of ours, under the one algorithm of these keys, and reads its claims.
func (k *Keys) Open(token, typ string, claims any) error {
	if len(token) > MaxJWT {
		return ErrNotOurs
	}
	sig, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(k.alg)})
	if err != nil {
		return err
	}
	h := sig.Signatures[0].Protected
	if t, _ := h.ExtraHeaders[jose.HeaderType].(string); t != typ {
		return ErrNotOurs
	}
	key := k.find(h.KeyID)
	if key == nil {
		return ErrNotOurs
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
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.private.Public(), KeyID: s.id, Algorithm: k.alg, Use: "sig"})
	}
	return json.Marshal(set)
}
