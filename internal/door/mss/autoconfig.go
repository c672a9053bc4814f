package mss

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Settings depend on the domain alone: an answer never tells whether a mailbox exists.

// maxAsked bounds a request for settings.
const maxAsked = 64 << 10

// domain gives the domain of ours that an address belongs to.
func (d *Door) domain(address string) (string, error) {
	a, err := mssante.ParseAddress(strings.TrimSpace(address))
	if err != nil {
		return "", errDomain
	}
	_, domain, _ := strings.Cut(mss.Canonical(a.String()), "@")
	if !d.Operator.Local(domain) {
		return "", errDomain
	}
	return domain, nil
}

// service is one way in, as programs are told of it.
type service struct {
	port     int
	implicit bool // TLS from the first byte
}

func (s *Servers) imap() []service {
	return present(service{s.IMAPS, true}, service{s.IMAP, false})
}

func (s *Servers) smtp() []service {
	return present(service{s.Submissions, true}, service{s.Submission, false})
}

func present(list ...service) (out []service) {
	for _, s := range list {
		if s.port != 0 {
			out = append(out, s)
		}
	}
	return out
}

// autoconfig answers the settings that Thunderbird and its kin look for.
// spec: MSSANTE CONF.04 (autoconfiguration)
func (d *Door) autoconfig(w http.ResponseWriter, r *http.Request) error {
	if err := only(r, "emailaddress", "emailmd5", "realname"); err != nil {
		return err
	}
	domain := ""
	if address := r.URL.Query().Get("emailaddress"); address != "" {
		var err error
		if domain, err = d.domain(address); err != nil {
			return err
		}
	} else if domain = d.asked(r.Host); domain == "" {
		return errQuery.At("emailaddress")
	}
	x := &document{}
	x.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<clientConfig version="1.1"><emailProvider id="`).attr(domain).raw(`">`)
	x.element("domain", domain)
	x.element("displayName", "MSSanté – "+mssante.ToUnicode(domain))
	x.element("displayShortName", "MSSanté")
	oauth := d.Servers.Issuer != ""
	server := func(tag, kind string, s service) {
		x.raw("<" + tag + ` type="` + kind + `">`)
		x.element("hostname", d.Servers.Host)
		x.element("port", strconv.Itoa(s.port))
		x.element("socketType", map[bool]string{true: "SSL", false: "STARTTLS"}[s.implicit])
		x.element("authentication", "password-cleartext")
		if oauth {
			x.element("authentication", "OAuth2")
		}
		x.element("username", "%EMAILADDRESS%")
		x.raw("</" + tag + ">")
	}
	for _, s := range d.Servers.imap() {
		server("incomingServer", "imap", s)
	}
	for _, s := range d.Servers.smtp() {
		server("outgoingServer", "smtp", s)
	}
	x.raw("</emailProvider>")
	if oauth {
		x.raw("<oAuth2>")
		x.element("issuer", d.Servers.Issuer)
		x.element("scope", "openid scope_all")
		x.element("authURL", d.Servers.Authorization)
		x.element("tokenURL", d.Servers.Token)
		x.raw("</oAuth2>")
	}
	x.raw("</clientConfig>\n")
	return x.answer(w)
}

// asked gives the domain that an address of the form autoconfig.<domain> names.
func (d *Door) asked(host string) string {
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	if domain, ok := strings.CutPrefix(host, "autoconfig."); ok && d.Operator.Local(domain) {
		return domain
	}
	return ""
}

// Name spaces of Autodiscover.
const (
	nsAsk      = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	nsAnswer   = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
	nsSettings = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
)

// autodiscover answers the settings that Outlook and its kin look for.
// Its form is that of [MS-OXDSCLI] 2.2.4.
func (d *Door) autodiscover(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAsked+1))
	if err != nil || len(body) > maxAsked {
		return errSettings.With(err)
	}
	doc, err := xmltree.Parse(body)
	if err != nil {
		return errSettings.With(err)
	}
	address := doc.Root().Child(nsAsk, "Request").Child(nsAsk, "EMailAddress").Trim()
	if address == "" {
		return errSettings.With(errors.New("no EMailAddress"))
	}
	if _, err := d.domain(address); err != nil {
		return err
	}
	x := &document{}
	x.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Autodiscover xmlns="` + nsAnswer + `"><Response xmlns="` + nsSettings + `"><Account><AccountType>email</AccountType><Action>settings</Action>`)
	protocol := func(kind string, s service) {
		x.raw("<Protocol>")
		x.element("Type", kind)
		x.element("Server", d.Servers.Host)
		x.element("Port", strconv.Itoa(s.port))
		x.element("DomainRequired", "off")
		x.element("LoginName", address)
		x.element("SPA", "off")
		x.element("SSL", "on")
		x.element("Encryption", map[bool]string{true: "SSL", false: "TLS"}[s.implicit])
		x.element("AuthRequired", "on")
		if kind == "SMTP" {
			x.element("UsePOPAuth", "off")
			x.element("SMTPLast", "off")
		}
		x.raw("</Protocol>")
	}
	for _, s := range d.Servers.imap() {
		protocol("IMAP", s)
	}
	for _, s := range d.Servers.smtp() {
		protocol("SMTP", s)
	}
	x.raw("</Account></Response></Autodiscover>\n")
	return x.answer(w)
}

// dns answers the records to put in the zones of the domains, ready to copy.
// spec: RFC 6186 3, RFC 8314 5.1
func (d *Door) dns(w http.ResponseWriter, r *http.Request) error {
	if err := only(r, "domaine"); err != nil {
		return err
	}
	domains := d.Operator.Domains
	if q := r.URL.Query().Get("domaine"); q != "" {
		ascii, err := mssante.ToASCII(q)
		if err != nil || !d.Operator.Local(ascii) {
			return errDomain
		}
		domains = []string{ascii}
	}
	s := &d.Servers
	mx := s.MX
	if mx == "" {
		mx = s.Host
	}
	var b strings.Builder
	for _, domain := range domains {
		fmt.Fprintf(&b, "$ORIGIN %s.\n$TTL 3600\n@ IN MX 10 %s.\n", domain, mx)
		for _, x := range []struct {
			name string
			port int
		}{{"_submission", s.Submission}, {"_submissions", s.Submissions}, {"_imap", s.IMAP}, {"_imaps", s.IMAPS}, {"_pop3", 0}, {"_pop3s", 0}} {
			if x.port == 0 {
				fmt.Fprintf(&b, "%s._tcp IN SRV 0 0 0 .\n", x.name) // there is no such service
				continue
			}
			fmt.Fprintf(&b, "%s._tcp IN SRV 0 1 %d %s.\n", x.name, x.port, s.Host)
		}
		if s.Web != "" {
			fmt.Fprintf(&b, "_autodiscover._tcp IN SRV 0 1 443 %s.\nautoconfig IN CNAME %s.\nautodiscover IN CNAME %s.\n", s.Web, s.Web, s.Web)
		}
		b.WriteByte('\n')
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, b.String())
	return nil
}

// document is an XML document being written.
type document struct{ b []byte }

func (x *document) raw(s string) *document { x.b = append(x.b, s...); return x }

func (x *document) attr(s string) *document {
	x.b = xmltree.AppendAttr(x.b, s)
	return x
}

func (x *document) element(name, value string) {
	x.raw("<" + name + ">")
	x.b = xmltree.AppendText(x.b, value)
	x.raw("</" + name + ">")
}

func (x *document) answer(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(x.b)
	return nil
}
