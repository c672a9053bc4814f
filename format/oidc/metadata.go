package oidc

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// Paths under an issuer where its metadata stands. Pro Santé Connect serves the first only.
const (
	WalletPath   = "/.well-known/wallet-openid-configuration"
	StandardPath = "/.well-known/openid-configuration"
)

// Metadata is what a provider says of itself.
// spec: OpenID Discovery 1.0 3
// spec: RFC 8414 2
type Metadata struct {
	Issuer                     string            `json:"issuer"`
	Authorization              string            `json:"authorization_endpoint"`
	Token                      string            `json:"token_endpoint"`
	UserInfo                   string            `json:"userinfo_endpoint,omitempty"`
	JWKS                       string            `json:"jwks_uri"`
	EndSession                 string            `json:"end_session_endpoint,omitempty"`
	Introspection              string            `json:"introspection_endpoint,omitempty"`
	Revocation                 string            `json:"revocation_endpoint,omitempty"`
	Backchannel                string            `json:"backchannel_authentication_endpoint,omitempty"`
	BackchannelModes           []string          `json:"backchannel_token_delivery_modes_supported,omitempty"`
	BackchannelUserCode        bool              `json:"backchannel_user_code_parameter_supported"`
	Scopes                     []string          `json:"scopes_supported,omitempty"`
	ResponseTypes              []string          `json:"response_types_supported"`
	ResponseModes              []string          `json:"response_modes_supported,omitempty"`
	GrantTypes                 []string          `json:"grant_types_supported,omitempty"`
	ACR                        []string          `json:"acr_values_supported,omitempty"`
	SubjectTypes               []string          `json:"subject_types_supported"`
	IDTokenAlgs                []string          `json:"id_token_signing_alg_values_supported"`
	UserInfoAlgs               []string          `json:"userinfo_signing_alg_values_supported,omitempty"`
	UserInfoEncryptionAlgs     []string          `json:"userinfo_encryption_alg_values_supported,omitempty"`
	UserInfoEncryptionEncs     []string          `json:"userinfo_encryption_enc_values_supported,omitempty"`
	TokenAuth                  []string          `json:"token_endpoint_auth_methods_supported,omitempty"`
	IntrospectionAuth          []string          `json:"introspection_endpoint_auth_methods_supported,omitempty"`
	RevocationAuth             []string          `json:"revocation_endpoint_auth_methods_supported,omitempty"`
	Claims                     []string          `json:"claims_supported,omitempty"`
	Prompts                    []string          `json:"prompt_values_supported,omitempty"`
	Challenges                 []string          `json:"code_challenge_methods_supported,omitempty"`
	UILocales                  []string          `json:"ui_locales_supported,omitempty"`
	ClaimsParameter            bool              `json:"claims_parameter_supported"`
	RequestParameter           bool              `json:"request_parameter_supported"`
	RequestURIParameter        bool              `json:"request_uri_parameter_supported"`
	ResponseIssuer             bool              `json:"authorization_response_iss_parameter_supported"`
	CertificateBoundTokens     bool              `json:"tls_client_certificate_bound_access_tokens"`
	MTLSAliases                map[string]string `json:"mtls_endpoint_aliases,omitempty"`
	ServiceDocumentation       string            `json:"service_documentation,omitempty"`
	RequirePushedAuthorization bool              `json:"require_pushed_authorization_requests,omitempty"`
}

// MaxDocument bounds metadata, key sets and answers of a provider: real ones are under 20 kB.
const MaxDocument = 1 << 20

// ErrMetadata refuses metadata that cannot be used.
var ErrMetadata = &finding.Refusal{ID: "OIDC-METADONNEES", Kind: finding.Unavailable, Rule: "OpenID Discovery 1.0 §4.3",
	Message: finding.T("Les métadonnées du fournisseur d'identité ne sont pas utilisables.", "The identity provider's metadata cannot be used."),
	Fix:     finding.T("Vérifiez l'adresse de l'émetteur et ce qu'il publie.", "Check the issuer's address and what it publishes.")}

// ParseMetadata reads metadata and checks that they are those of the issuer asked for.
func ParseMetadata(b []byte, issuer string) (*Metadata, error) {
	if len(b) > MaxDocument {
		return nil, ErrMetadata.At("length")
	}
	var m Metadata
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, ErrMetadata.With(err)
	}
	if m.Issuer != issuer {
		return nil, ErrMetadata.At("issuer = " + Shown(m.Issuer))
	}
	for name, v := range map[string]string{"authorization_endpoint": m.Authorization, "token_endpoint": m.Token, "jwks_uri": m.JWKS} {
		if !webAddress(v) {
			return nil, ErrMetadata.At(name)
		}
	}
	for name, v := range map[string]string{"userinfo_endpoint": m.UserInfo, "end_session_endpoint": m.EndSession} {
		if v != "" && !webAddress(v) {
			return nil, ErrMetadata.At(name)
		}
	}
	return &m, nil
}

// webAddress reports whether an address is https, or http on this very machine.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && Loopback(u.Hostname())
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// maxShown is how much of a value from outside is quoted back.
const maxShown = 80

// Shown shortens a value that came from outside and drops what is not printable ASCII: RFC 6749
// allows nothing else in error_description.
// spec: RFC 6749 5.2
func Shown(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return '?'
		}
		return c
	}, s[:min(len(s), maxShown)])
	return s
}
