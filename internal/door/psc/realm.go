package psc

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/psc"
)

// problem is an error as OAuth writes it, with our stable id beside.
// spec: RFC 6749 5.2
type problem struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	URI         string `json:"error_uri"`
	ID          string `json:"refusal"`
}

// fail answers an error and gives its id.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) string {
	ref := finding.As(err)
	if ref == nil {
		d.Log.Error("psc", "path", r.Pattern, "err", err)
		ref = psc.ErrInternal
	}
	status := http.StatusBadRequest
	switch {
	case ref.ID == psc.ErrThrottled.ID:
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(d.Provider.RetryAfter().Seconds())))
	case ref.Code == "invalid_client":
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Basic realm="esante-wallet"`)
	case ref.Code == "invalid_token":
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Bearer realm="esante-wallet", error="invalid_token", error_description="`+psc.Description(ref)+`"`)
	case ref.Kind == finding.TooLarge:
		status = http.StatusRequestEntityTooLarge
	case ref.Kind == finding.Internal:
		status = http.StatusInternalServerError
	}
	writeJSON(w, status, problem{ref.Code, psc.Description(ref), d.Provider.Base + psc.RealmPath + "/refus/" + ref.ID, ref.ID})
	return ref.ID
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

// Refusals of the door itself.
var (
	errBody = &finding.Refusal{ID: "PSC-CORPS", Kind: finding.Invalid, Code: "invalid_request", Rule: "RFC 6749 §3.2",
		Message: finding.T("Le corps n'est pas un formulaire, ou ne se lit pas.", "The body is not a form, or cannot be read."),
		Fix:     finding.T("Envoyez Content-Type: application/x-www-form-urlencoded.", "Send Content-Type: application/x-www-form-urlencoded.")}
	errTooLong = &finding.Refusal{ID: "PSC-TROP-LONG", Kind: finding.TooLarge, Code: "invalid_request",
		Message: finding.T("Le corps de la demande dépasse 64 ko.", "The body of the request is over 64 kB."),
		Fix:     finding.T("N'envoyez que les paramètres attendus.", "Send the expected parameters only.")}
)

// form reads a posted form. The address carries no parameter: it ends in logs.
func form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
		return nil, errBody.At("Content-Type")
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, errTooLong
	}
	v, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, errBody
	}
	return v, nil
}

// client reads a form and the client it comes from.
func (d *Door) client(w http.ResponseWriter, r *http.Request) (*psc.Client, url.Values, error) {
	f, err := form(w, r)
	if err != nil {
		return nil, nil, err
	}
	cl, err := d.Provider.Authenticate(psc.Credentials{Authorization: r.Header.Get("Authorization"), Form: f, Certificate: certificateOf(r), Address: addressOf(r)})
	return cl, f, err
}

func (d *Door) discovery(w http.ResponseWriter, _ *http.Request) string {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "public, max-age=300")
	writeJSON(w, http.StatusOK, d.Provider.Metadata())
	return "ok"
}

func (d *Door) certs(w http.ResponseWriter, r *http.Request) string {
	b, err := d.Provider.Keys.JWKS()
	if err != nil {
		return d.fail(w, r, err)
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b)
	return "ok"
}

func (d *Door) token(w http.ResponseWriter, r *http.Request) string {
	cl, f, err := d.client(w, r)
	if err != nil {
		return d.fail(w, r, err)
	}
	t, err := d.Provider.Token(cl, f, certificateOf(r))
	if err != nil {
		return d.fail(w, r, err)
	}
	writeJSON(w, http.StatusOK, t)
	return "ok"
}

func (d *Door) ciba(w http.ResponseWriter, r *http.Request) string {
	cl, f, err := d.client(w, r)
	if err != nil {
		return d.fail(w, r, err)
	}
	a, err := d.Provider.Backchannel(cl, f)
	if err != nil {
		return d.fail(w, r, err)
	}
	writeJSON(w, http.StatusOK, a)
	return "ok"
}

func (d *Door) introspect(w http.ResponseWriter, r *http.Request) string {
	cl, f, err := d.client(w, r)
	if err == nil && cl.Auth == psc.Public { // anybody could name it
		err = psc.ErrClient.At("client_secret")
	}
	if err == nil && len(f["token"]) != 1 {
		err = psc.ErrRequest.At("token")
	}
	if err != nil {
		return d.fail(w, r, err)
	}
	writeJSON(w, http.StatusOK, d.Provider.Introspect(cl, f.Get("token")))
	return "ok"
}

func (d *Door) revoke(w http.ResponseWriter, r *http.Request) string {
	cl, f, err := d.client(w, r)
	if err == nil && len(f["token"]) != 1 {
		err = psc.ErrRequest.At("token")
	}
	if err != nil {
		return d.fail(w, r, err)
	}
	d.Provider.Revoke(cl, f.Get("token"))
	w.WriteHeader(http.StatusOK)
	return "ok"
}

func (d *Door) exchange(w http.ResponseWriter, r *http.Request) string {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return "method"
	}
	f, err := form(w, r)
	if err != nil {
		return d.fail(w, r, err)
	}
	t, err := d.Provider.ExchangeToken(f, certificateOf(r), addressOf(r))
	if err != nil {
		return d.fail(w, r, err)
	}
	writeJSON(w, http.StatusOK, t)
	return "ok"
}

// userinfo takes the token in the header, or in a form; never in the address.
// spec: RFC 6750 2
func (d *Door) userinfo(w http.ResponseWriter, r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok && r.Method == http.MethodPost {
		f, err := form(w, r)
		if err != nil {
			return d.fail(w, r, err)
		}
		token = f.Get("access_token")
	}
	if token == "" {
		return d.fail(w, r, psc.ErrBearer.At("Authorization"))
	}
	info, signed, err := d.Provider.UserInfo(strings.TrimSpace(token), certificateOf(r), strings.Contains(r.Header.Get("Accept"), "application/jwt"))
	if err != nil {
		return d.fail(w, r, err)
	}
	if signed != "" {
		w.Header().Set("Content-Type", "application/jwt")
		_, _ = io.WriteString(w, signed)
		return "ok"
	}
	writeJSON(w, http.StatusOK, info)
	return "ok"
}
