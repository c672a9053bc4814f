// Package jeton holds what our providers of identity share: signing keys that are kept and rotated,
// signed tokens, secrets that live on a shelf for a while, and the counting of attempts.
//
// Standards: RFC 7515, 7517, 7518 and 7519, with RS256 (Pro Santé Connect), ES256 (FranceConnect)
// and HS256 (a client's own secret). What others sent is verified by format/oidc; this package
// makes tokens, and recognises its own. Missing: other algorithms, keys held by hardware.
//
// Start with OpenKeys.
package jeton
