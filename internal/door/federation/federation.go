// Package federation is the relying party: it signs somebody in to our own pages by an OpenID
// Provider elsewhere — Pro Santé Connect for professionals, FranceConnect for citizens, or any other.
//
// Standards: OpenID Connect Core 1.0 and Discovery 1.0 (code flow), PKCE, RFC 9207, RP-Initiated
// Logout 1.0. What is read and judged is in format/oidc; this package opens the connections,
// bounded in time and size. Missing: encrypted tokens, CIBA as a client. Start at RelyingParty.
package federation

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oidc"
)

// Limits towards a provider.
const (
	callTimeout = 10 * time.Second
	maxAnswer   = 1 << 20
	keysLife    = time.Hour
	keysMinAge  = 30 * time.Second // an unknown key id makes us read the set again, not more often
	signInLife  = 10 * time.Minute
	retryAfter  = 5 * time.Second // a provider that just failed is not asked again: nobody queues behind it
)

// RelyingParty is one registration at one provider. Safe for concurrent use; do not change it once used.
type RelyingParty struct {
	Issuer       string
	ClientID     string
	ClientSecret string // "" for mutual TLS or a public client
	PostSecret   bool   // client_secret_post instead of basic
	RedirectURI  string
	PostLogout   string
	Scope        string       // "openid scope_all"
	ACR          string       // asked: "eidas1"
	AcceptACR    []string     // taken; only ACR when empty, so that a lower level is refused
	IDTokenAlg   string       // RS256 when empty
	UserInfoAlg  string       // of signed UserInfo; IDTokenAlg when empty
	HTTP         *http.Client // trust and client certificate; its redirections are not followed
	Now          func() time.Time

	// Metadata stands for discovery when the provider publishes none (FranceConnect's paths are fixed).
	Metadata *oidc.Metadata

	mu     sync.Mutex
	meta   *oidc.Metadata
	keys   []oidc.Key
	keysAt time.Time

	failed   error // last reading of metadata or keys
	failedAt time.Time
}

// SignIn is what a browser's session remembers between leaving and coming back.
type SignIn struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Began    time.Time `json:"began"`
}

// Identity is who signed in.
type Identity struct {
	Token   *oidc.IDToken
	IDToken string          // kept for logout
	Access  string          // access token
	Claims  json.RawMessage // of UserInfo, its sub compared with the token's
}

// Professional reads the claims as those of Pro Santé Connect.
func (i *Identity) Professional() (oidc.UserInfo, error) {
	var u oidc.UserInfo
	err := json.Unmarshal(i.Claims, &u)
	return u, err
}

// ErrProvider says that the provider does not answer as it should.
var ErrProvider = &finding.Refusal{ID: "FED-FOURNISSEUR", Kind: finding.Unavailable,
	Message: finding.T("Le fournisseur d'identité ne répond pas comme prévu.", "The identity provider does not answer as expected."),
	Fix:     finding.T("Réessayez dans un moment ; sinon connectez-vous autrement.", "Try again in a moment; else sign in another way.")}

// ErrLate refuses a sign-in that took too long.
var ErrLate = &finding.Refusal{ID: "FED-DELAI", Kind: finding.Forbidden,
	Message: finding.T("La connexion a pris plus de dix minutes.", "The sign-in took more than ten minutes."),
	Fix:     finding.T("Recommencez la connexion.", "Start signing in again.")}

// Begin gives the address to send the browser to, and what its session must remember.
func (rp *RelyingParty) Begin(ctx context.Context, loginHint string) (string, SignIn, error) {
	m, err := rp.provider(ctx)
	if err != nil {
		return "", SignIn{}, err
	}
	s := SignIn{State: random(), Nonce: random(), Verifier: random(), Began: rp.now()}
	u, err := oidc.Request{ClientID: rp.ClientID, RedirectURI: rp.RedirectURI, Scope: rp.Scope, State: s.State, Nonce: s.Nonce, Verifier: s.Verifier, ACR: rp.ACR, LoginHint: loginHint}.URL(m.Authorization)
	return u, s, err
}

// Finish takes what came back to the redirect address and gives who signed in. The session must
// forget s, whatever the outcome.
func (rp *RelyingParty) Finish(ctx context.Context, q url.Values, s SignIn) (*Identity, error) {
	m, err := rp.provider(ctx)
	if err != nil {
		return nil, err
	}
	if rp.now().Sub(s.Began) > signInLife {
		return nil, ErrLate
	}
	code, err := oidc.Callback(q, s.State, rp.Issuer, m.ResponseIssuer)
	if err != nil {
		return nil, err
	}
	var t struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
		Type   string `json:"token_type"`
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {rp.RedirectURI}, "code_verifier": {s.Verifier}}
	body, _, err := rp.call(ctx, http.MethodPost, m.Token, "", form)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &t); err != nil || t.Access == "" || t.ID == "" || !strings.EqualFold(t.Type, "Bearer") {
		return nil, ErrProvider.At("token_endpoint").With(err)
	}
	id, err := rp.idToken(ctx, m, t.ID, t.Access, s.Nonce)
	if err != nil {
		return nil, err
	}
	out := &Identity{Token: id, IDToken: t.ID, Access: t.Access}
	if m.UserInfo != "" {
		out.Claims, err = rp.userInfo(ctx, m, t.Access, id.Subject)
	}
	return out, err
}

// LogoutURL gives where the browser goes to end the session at the provider.
func (rp *RelyingParty) LogoutURL(ctx context.Context, idToken, state string) (string, error) {
	m, err := rp.provider(ctx)
	if err != nil {
		return "", err
	}
	return oidc.LogoutURL(m.EndSession, idToken, rp.PostLogout, state)
}

func (rp *RelyingParty) idToken(ctx context.Context, m *oidc.Metadata, token, access, nonce string) (*oidc.IDToken, error) {
	e := oidc.Expect{Issuer: rp.Issuer, ClientID: rp.ClientID, Nonce: nonce, Alg: rp.alg(), ACR: rp.AcceptACR, Secret: []byte(rp.ClientSecret), AccessToken: access, Now: rp.now()}
	if len(e.ACR) == 0 && rp.ACR != "" {
		e.ACR = []string{rp.ACR}
	}
	var id *oidc.IDToken
	err := rp.verify(ctx, m, e.Alg, func(keys []oidc.Key) error {
		e.Keys = keys
		var err error
		id, err = e.IDToken(token)
		return err
	})
	return id, err
}

// userInfo reads JSON or a signed token; sub must be that of the id token.
// spec: OpenID Core 1.0 5.3.4
func (rp *RelyingParty) userInfo(ctx context.Context, m *oidc.Metadata, access, sub string) (json.RawMessage, error) {
	body, kind, err := rp.call(ctx, http.MethodGet, m.UserInfo, access, nil)
	if err != nil {
		return nil, err
	}
	alg := rp.UserInfoAlg
	if alg == "" {
		alg = rp.alg()
	}
	if kind == "application/jwt" {
		token := strings.TrimSpace(string(body))
		if err := rp.verify(ctx, m, alg, func(keys []oidc.Key) error {
			body, _, err = oidc.Verify(token, alg, keys, []byte(rp.ClientSecret))
			return err
		}); err != nil {
			return nil, err
		}
	} else if rp.UserInfoAlg != "" { // registered as signed: plain JSON is not what was agreed
		return nil, oidc.ErrAlgorithm.At("userinfo")
	}
	var who struct {
		Sub string `json:"sub"`
	}
	if err := json.Unmarshal(body, &who); err != nil {
		return nil, ErrProvider.At("userinfo_endpoint").With(err)
	}
	if who.Sub == "" || who.Sub != sub {
		return nil, oidc.ErrClaims.At("userinfo sub")
	}
	return body, nil
}

// verify tries with the keys we hold, then once with those published now: providers rotate.
func (rp *RelyingParty) verify(ctx context.Context, m *oidc.Metadata, alg string, try func([]oidc.Key) error) error {
	if alg == oidc.HS256 {
		return try(nil)
	}
	keys, fresh, err := rp.publicKeys(ctx, m, false)
	if err != nil {
		return err
	}
	err = try(keys)
	if fresh || !errors.Is(err, oidc.ErrSignature) {
		return err
	}
	if keys, _, e := rp.publicKeys(ctx, m, true); e == nil {
		return try(keys)
	}
	return err
}

func (rp *RelyingParty) publicKeys(ctx context.Context, m *oidc.Metadata, again bool) ([]oidc.Key, bool, error) {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	age := rp.now().Sub(rp.keysAt)
	if rp.keys != nil && (age < keysMinAge || age < keysLife && !again) {
		return rp.keys, false, nil
	}
	if err := rp.resting(); err != nil {
		return nil, false, err
	}
	body, _, err := rp.call(ctx, http.MethodGet, m.JWKS, "", nil)
	if err != nil {
		return nil, false, rp.fails(ctx, err)
	}
	keys, err := oidc.ParseKeys(body)
	if err != nil {
		return nil, false, rp.fails(ctx, err)
	}
	rp.keys, rp.keysAt = keys, rp.now()
	return keys, true, nil
}

// provider gives the metadata: at Pro Santé Connect's path, then at the standard one.
func (rp *RelyingParty) provider(ctx context.Context) (*oidc.Metadata, error) {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	if rp.Metadata != nil {
		return rp.Metadata, nil
	}
	if rp.meta != nil {
		return rp.meta, nil
	}
	if err := rp.resting(); err != nil {
		return nil, err
	}
	var last error
	for _, path := range []string{oidc.WalletPath, oidc.StandardPath} {
		body, _, err := rp.call(ctx, http.MethodGet, strings.TrimSuffix(rp.Issuer, "/")+path, "", nil)
		if err == nil {
			if rp.meta, err = oidc.ParseMetadata(body, rp.Issuer); err == nil {
				return rp.meta, nil
			}
		}
		last = err
	}
	return nil, rp.fails(ctx, last)
}

// resting gives, under mu, why a provider that just failed is left alone.
func (rp *RelyingParty) resting() error {
	if rp.failed != nil && rp.now().Sub(rp.failedAt) < retryAfter {
		return rp.failed
	}
	return nil
}

// fails notes, under mu, that a provider did not answer; a browser that left proves nothing.
func (rp *RelyingParty) fails(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		rp.failed, rp.failedAt = err, rp.now()
	}
	return err
}

// call sends one request and reads a bounded answer.
func (rp *RelyingParty) call(ctx context.Context, method, address, bearer string, form url.Values) ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var body io.Reader
	if form != nil {
		switch {
		case rp.ClientSecret == "":
			form.Set("client_id", rp.ClientID)
		case rp.PostSecret:
			form.Set("client_id", rp.ClientID)
			form.Set("client_secret", rp.ClientSecret)
		}
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, "", ErrProvider.With(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if rp.ClientSecret != "" && !rp.PostSecret {
			r.SetBasicAuth(url.QueryEscape(rp.ClientID), url.QueryEscape(rp.ClientSecret))
		}
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if rp.HTTP != nil {
		c.Transport = rp.HTTP.Transport
	}
	res, err := c.Do(r)
	if err != nil {
		return nil, "", ErrProvider.With(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil || len(b) > maxAnswer {
		return nil, "", ErrProvider.At("length").With(err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, "", ErrProvider.At(res.Status + " " + failure(b))
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return b, kind, nil
}

// failure gives the provider's own words on an error, shortened.
func failure(b []byte) string {
	var e struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(b, &e)
	return oidc.Shown(e.Error) + " " + oidc.Shown(e.Description)
}

func (rp *RelyingParty) alg() string {
	if rp.IDTokenAlg == "" {
		return oidc.RS256
	}
	return rp.IDTokenAlg
}

func (rp *RelyingParty) now() time.Time {
	if rp.Now == nil {
		return time.Now()
	}
	return rp.Now()
}

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
