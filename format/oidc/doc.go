// Package oidc reads and writes what OpenID Connect sends: provider metadata, PKCE, signed tokens,
// and the identity of a professional as Pro Santé Connect shapes it.
//
// Standards: OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0, CIBA Core 1.0, RFC
// 7515 to 7519, 7636, 8705, 9207; Pro Santé Connect (UserInfo with SubjectRefPro). Signatures read: RS256,
// ES256 and HS256. Missing: encrypted tokens, and writing signatures (the provider does that).
//
// It opens no connection: a relying party fetches, this package builds the request and judges
// the answer. Start at Expect.
package oidc
