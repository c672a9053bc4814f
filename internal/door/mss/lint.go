package mss

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/report"
	"github.com/socle-sante/socle/internal/domain/controle"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// bodyTime is how long a message may take to come.
const bodyTime = time.Minute

// forms are the ways a report is said.
var forms = []struct{ mime, format string }{
	{"application/json", "json"}, {"application/sarif+json", "sarif"}, {"text/html", "html"}, {"application/xml", "junit"}, {"text/xml", "junit"}, {"text/plain", "text"},
}

// formOf chooses the form of the report: format, which wins, then the first type of Accept that is
// one; JSON when nothing is asked.
func formOf(r *http.Request) (mime, format string, err error) {
	asked := r.URL.Query().Get("format")
	accept := r.Header.Get("Accept")
	if asked == "" && (accept == "" || strings.Contains(accept, "*/*") && !strings.Contains(accept, ",")) {
		asked = "json"
	}
	for part := range strings.SplitSeq(accept, ",") {
		kind, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		for _, f := range forms {
			if asked == f.format || asked == "" && (kind == f.mime || kind == "*/*") {
				return f.mime, f.format, nil
			}
		}
	}
	return "", "", errAccept.At(asked)
}

// check says what MSSanté asks of a message and it lacks. Nothing is kept.
// spec: MSSANTE §5
func (d *Door) check(w http.ResponseWriter, r *http.Request) error {
	if err := only(r, "lang", "format"); err != nil {
		return err
	}
	lang := r.URL.Query().Get("lang")
	switch lang {
	case "":
		lang = "fr"
	case "fr", "en":
	default:
		return errQuery.At("lang")
	}
	mime, format, err := formOf(r)
	if err != nil {
		return err
	}
	leave, err := d.Desk.Admit(r.RemoteAddr, r.ContentLength)
	if err != nil {
		return err
	}
	defer leave()
	// A recorder has no deadline: the bound of the server is then the only one.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	up, err := controle.ReadMessage(r.Header.Get("Content-Type"), r.Body)
	if err != nil {
		return err
	}
	list, err := d.Desk.Message(r.Context(), r.RemoteAddr, up.Raw)
	if err != nil {
		return err
	}
	file := report.OfFindings(up.Name, report.KindMessage, list, lang)
	h := w.Header()
	h.Set("Content-Type", mime)
	if mime != "application/json" && !strings.HasSuffix(mime, "+json") {
		h.Set("Content-Type", mime+"; charset=utf-8")
	}
	h.Set("Content-Language", lang)
	h.Set("Vary", "Accept")
	if format == "html" {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'")
	}
	out, err := report.NewWriter(format, w, report.Options{Lang: lang, Tool: d.Version})
	if err != nil {
		return err
	}
	if out.Write(&file, up.Raw) == nil { // past the first byte an error is that of a client who went away
		_ = out.Close()
	}
	return nil
}

// rules lists what is looked at.
func (d *Door) rules(w http.ResponseWriter, r *http.Request) error {
	type rule struct {
		ID       string           `json:"id"`
		Source   string           `json:"source"`
		Severity finding.Severity `json:"severity"`
		Message  finding.Text     `json:"message"`
		Fix      finding.Text     `json:"fix"`
	}
	var list []rule
	for _, x := range mssante.Rules() {
		list = append(list, rule(x))
	}
	return answerJSON(w, map[string]any{"rules": list})
}

// findings tells a vendor what was found in the messages its product submitted: for the holder of
// the mailbox, by its password or a token.
func (d *Door) findings(w http.ResponseWriter, r *http.Request) error {
	if err := only(r, "boite"); err != nil {
		return err
	}
	c := mss.Credentials{Door: "api", Mailbox: r.URL.Query().Get("boite"), Remote: r.RemoteAddr}
	if user, password, ok := r.BasicAuth(); ok {
		c.Password = password
		if c.Mailbox == "" {
			c.Mailbox = user
		} else if mss.Canonical(user) != mss.Canonical(c.Mailbox) {
			return mss.ErrCredentials
		}
	} else if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		c.Token = strings.TrimSpace(token)
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			c.Certificate = r.TLS.PeerCertificates[0]
		}
	} else {
		w.Header().Set("WWW-Authenticate", `Basic realm="MSSanté", charset="UTF-8"`)
		return mss.ErrCredentials
	}
	if c.Mailbox == "" {
		return errQuery.At("boite")
	}
	s, err := d.Operator.SignIn(r.Context(), c)
	if err != nil {
		return err
	}
	list, more, err := s.Findings(r.Context())
	if err != nil {
		return err
	}
	if list == nil {
		list = []mss.Checked{}
	}
	return answerJSON(w, map[string]any{"mailbox": s.Box.Address, "messages": list, "more": more})
}

func answerJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // an error here is that of a client who went away
	return nil
}
