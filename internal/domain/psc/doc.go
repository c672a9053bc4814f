// Package psc is an OpenID Provider for professionals with the behaviour of Pro Santé Connect: the
// code flow with PKCE, CIBA in poll mode approved on an e-CPS, refresh with rotation, UserInfo with
// SubjectRefPro, introspection, revocation, logout, and the exchange of a Pro Santé Connect token
// for a token bound to the certificate of a structure.
//
// Standards: OpenID Connect Core 1.0, CIBA Core 1.0, RP-Initiated Logout 1.0; RFC 6749, 6750, 7009,
// 7636, 7662, 8252, 8693, 8705, 9068, 9207; Pro Santé Connect (claims, acr, realm esante-wallet).
//
// Sessions, codes and refresh tokens live in memory and end with the program; the signing keys are
// kept by whoever opens them, so that signatures outlive a restart. Missing: request objects, dynamic
// registration, pushed requests, front- and back-channel logout, CIBA ping and push.
//
// It knows neither HTTP nor a clock. Start at Provider.
package psc
