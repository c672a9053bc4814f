package oidc

import (
	"crypto/sha256"
	"encoding/base64"
)

// Bounds of a PKCE verifier.
// spec: RFC 7636 4.1
const (
	minVerifier = 43
	maxVerifier = 128
)

// challengeLength is that of a SHA-256 in base64url without padding.
const challengeLength = 43

// Challenge gives the S256 challenge of a verifier.
// spec: RFC 7636 4.2
func Challenge(verifier string) string {
	h := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// ValidVerifier reports whether a verifier has the length and letters of the standard.
func ValidVerifier(v string) bool {
	if len(v) < minVerifier || len(v) > maxVerifier {
		return false
	}
	for i := range len(v) {
		if !unreserved(v[i]) {
			return false
		}
	}
	return true
}

// ValidChallenge reports whether a text can be an S256 challenge.
func ValidChallenge(c string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(c)
	return err == nil && len(c) == challengeLength && len(b) == sha256.Size
}

func unreserved(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// HalfHash gives at_hash or c_hash of a value, for tokens signed with a SHA-256 algorithm.
// spec: OpenID Core 1.0 3.1.3.6
func HalfHash(value string) string {
	h := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(h[:len(h)/2])
}
