package oidc

import (
	"crypto/subtle"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

// Skew is how far two clocks may differ.
const Skew = 2 * time.Minute

// Refusals of what a provider answers.
var (
	ErrState = &finding.Refusal{ID: "OIDC-STATE", Kind: finding.Forbidden, Rule: "RFC 6749 §10.12",
		Message: finding.T("Cette réponse ne correspond pas à la demande de ce navigateur (state).", "This answer does not belong to this browser's request (state)."),
		Fix:     finding.T("Recommencez la connexion depuis le début.", "Start signing in again.")}
	ErrIssuer = &finding.Refusal{ID: "OIDC-EMETTEUR", Kind: finding.Forbidden, Rule: "RFC 9207 §2.4",
		Message: finding.T("La réponse vient d'un autre fournisseur d'identité que celui interrogé.", "The answer comes from another identity provider than the one asked."),
		Fix:     finding.T("Recommencez la connexion depuis le début.", "Start signing in again.")}
	ErrProvider = &finding.Refusal{ID: "OIDC-REFUS", Kind: finding.Forbidden, Rule: "RFC 6749 §4.1.2.1",
		Message: finding.T("Le fournisseur d'identité a refusé la connexion.", "The identity provider refused the sign-in."),
		Fix:     finding.T("Lisez la raison donnée, puis recommencez.", "Read the reason given, then try again.")}
	ErrClaims = &finding.Refusal{ID: "OIDC-IDENTITE", Kind: finding.Unauthenticated, Rule: "OpenID Connect Core 1.0 §3.1.3.7",
		Message: finding.T("Le jeton d'identité n'est pas celui attendu.", "The identity token is not the one expected."),
		Fix:     finding.T("Recommencez la connexion ; vérifiez l'heure des deux machines.", "Sign in again; check the clocks of both machines.")}
)

// Request is what a relying party asks of the authorization endpoint.
type Request struct {
	ClientID, RedirectURI, Scope, State, Nonce, Verifier, ACR, Prompt, LoginHint string
}

// URL gives the address to send the browser to.
// spec: OpenID Core 1.0 3.1.2.1
func (r Request) URL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", ErrMetadata.At("authorization_endpoint").With(err)
	}
	q := u.Query()
	q.Set("response_type", "code")
	for k, v := range map[string]string{"client_id": r.ClientID, "redirect_uri": r.RedirectURI, "scope": r.Scope, "state": r.State,
		"nonce": r.Nonce, "acr_values": r.ACR, "prompt": r.Prompt, "login_hint": r.LoginHint} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if r.Verifier != "" {
		q.Set("code_challenge", Challenge(r.Verifier))
		q.Set("code_challenge_method", "S256")
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// Callback reads what came back to the redirect address and gives the code.
// issRequired says that the provider announces iss in its answers.
func Callback(q url.Values, state, issuer string, issRequired bool) (string, error) {
	for _, k := range []string{"code", "state", "iss", "error"} {
		if len(q[k]) > 1 {
			return "", ErrProvider.At(k)
		}
	}
	if state == "" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1 {
		return "", ErrState
	}
	// spec: RFC 9207 2.4
	if iss := q.Get("iss"); iss != issuer && (iss != "" || issRequired) {
		return "", ErrIssuer.At("iss = " + Shown(iss))
	}
	if e := q.Get("error"); e != "" {
		return "", ErrProvider.At(Shown(e) + ": " + Shown(q.Get("error_description")))
	}
	if q.Get("code") == "" {
		return "", ErrProvider.At("code")
	}
	return q.Get("code"), nil
}

// Audience is one name or several.
type Audience []string

// UnmarshalJSON takes a string or an array.
func (a *Audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = Audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// IDToken is what an identity token says.
type IDToken struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience Audience `json:"aud"`
	AZP      string   `json:"azp"`
	Expiry   int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	AuthTime int64    `json:"auth_time"`
	Nonce    string   `json:"nonce"`
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
	ATHash   string   `json:"at_hash"`
	SID      string   `json:"sid"`
	Username string   `json:"preferred_username"`
	NameID   string   `json:"SubjectNameID"`
}

// Expect says what an identity token must be.
type Expect struct {
	Issuer, ClientID, Nonce string
	Alg                     string   // the one agreed at registration
	ACR                     []string // accepted levels; empty: any
	Keys                    []Key
	Secret                  []byte // HS256 only
	AccessToken             string // at_hash is compared when the token has one
	Now                     time.Time
}

// IDToken verifies an identity token in full.
// spec: OpenID Core 1.0 3.1.3.7
func (e Expect) IDToken(token string) (*IDToken, error) {
	payload, _, err := Verify(token, e.Alg, e.Keys, e.Secret)
	if err != nil {
		return nil, err
	}
	var c IDToken
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, ErrToken.With(err)
	}
	switch {
	case c.Issuer != e.Issuer:
		return nil, ErrClaims.At("iss = " + Shown(c.Issuer))
	case c.Subject == "":
		return nil, ErrClaims.At("sub")
	case !slices.Contains(c.Audience, e.ClientID), len(c.Audience) > 1 && c.AZP != e.ClientID, c.AZP != "" && c.AZP != e.ClientID:
		return nil, ErrClaims.At("aud = " + Shown(strings.Join(c.Audience, " ")))
	case e.Now.Unix() >= c.Expiry+int64(Skew/time.Second):
		return nil, ErrClaims.At("exp")
	case c.IssuedAt > e.Now.Add(Skew).Unix():
		return nil, ErrClaims.At("iat")
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(e.Nonce)) != 1:
		return nil, ErrClaims.At("nonce")
	case len(e.ACR) > 0 && !slices.Contains(e.ACR, c.ACR):
		return nil, ErrClaims.At("acr = " + Shown(c.ACR))
	case c.ATHash != "" && e.AccessToken != "" && c.ATHash != HalfHash(e.AccessToken):
		return nil, ErrClaims.At("at_hash")
	}
	return &c, nil
}

// LogoutURL gives the address that ends a session at the provider.
// spec: OpenID RP-Initiated Logout 1.0 2
func LogoutURL(endpoint, idToken, back, state string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return "", ErrMetadata.At("end_session_endpoint")
	}
	q := u.Query()
	for k, v := range map[string]string{"id_token_hint": idToken, "post_logout_redirect_uri": back, "state": state} {
		if v != "" {
			q.Set(k, v)
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}
