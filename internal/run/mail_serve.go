package run

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/mss"
	doormss "github.com/socle-sante/socle/internal/door/mss"
	doorsmtp "github.com/socle-sante/socle/internal/door/smtp"
)

// Mail is the secure mail of `socle serve`. Without domains there is none; a listener without an
// address is not opened.
type Mail struct {
	Host        string   `toml:"host"`        // name of the server, in the certificate and the MX records
	Domains     []string `toml:"domains"`     // domains of its mailboxes
	Citizens    bool     `toml:"citizens"`    // also runs the mailboxes of Mon espace santé
	Cert        string   `toml:"cert"`        // SERV SSL of IGC-Santé, RSA; PEM, leaf first
	Key         string   `toml:"key"`         //
	NIL         string   `toml:"nil"`         // product reference, X-MSS-NIL
	WhiteList   string   `toml:"white_list"`  // XML of the white list: https address read every hour, or file
	Mailboxes   string   `toml:"mailboxes"`   // JSON file of mailboxes opened at start
	SMTP        string   `toml:"smtp"`        // between operators, usually :25
	Submission  string   `toml:"submission"`  // STARTTLS, usually :587
	Submissions string   `toml:"submissions"` // TLS, usually :465
	IMAP        string   `toml:"imap"`        // STARTTLS, usually :143
	IMAPS       string   `toml:"imaps"`       // TLS, usually :993
	Local       string   `toml:"local"`       // programs of this machine, in clear: loopback only
}

var mailKeys = []string{"mss.host", "mss.domains", "mss.citizens", "mss.cert", "mss.key", "mss.nil", "mss.white_list", "mss.mailboxes", "mss.smtp",
	"mss.submission", "mss.submissions", "mss.imap", "mss.imaps", "mss.local"}

func (m *Mail) check() error {
	if len(m.Domains) == 0 {
		if m.SMTP+m.Submission+m.Submissions+m.IMAP+m.IMAPS+m.Local != "" {
			return errors.New("configuration: mss.domains is missing")
		}
		return nil
	}
	for _, f := range []struct{ name, value string }{{"mss.host", m.Host}, {"mss.cert", m.Cert}, {"mss.key", m.Key}, {"mss.white_list", m.WhiteList}} {
		if f.value == "" {
			return fmt.Errorf("configuration: %s is missing", f.name)
		}
	}
	if m.Local != "" {
		host, _, err := net.SplitHostPort(m.Local)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return fmt.Errorf("configuration: mss.local %q is no loopback address: mail in clear never leaves the machine", m.Local)
		}
	}
	return nil
}

// mailOf makes the operator of an installation; nil without domains.
func (a *app) mailOf(ctx context.Context, c *Mail, roots *x509.CertPool) (*post, error) {
	if len(c.Domains) == 0 {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, err
	}
	var domains []string
	for _, d := range c.Domains {
		ascii, err := mssante.ToASCII(d)
		if err != nil {
			return nil, fmt.Errorf("configuration: mss.domains: %w", err)
		}
		domains = append(domains, ascii)
	}
	if c.Citizens {
		domains = append(domains, mss.Citizens)
	}
	p, err := a.newPost(c.Host, domains, cert, roots)
	if err != nil {
		return nil, err
	}
	if c.NIL != "" {
		p.operator.NIL = c.NIL
	}
	if !c.Citizens {
		p.operator.Space = nil
	}
	p.certificate = cert
	return p, a.openBoxes(ctx, c.Mailboxes, p.operator)
}

// list keeps the white list of an installation; its own domains are always there.
func (c *Mail) list(p *post, data string, roots *x509.CertPool, a *app) *doormss.Refresher {
	var own []mss.Listed
	for _, d := range p.operator.Domains {
		own = append(own, mss.Listed{Domain: d, Operator: c.Host})
	}
	return &doormss.Refresher{List: p.operator.WhiteList, Source: c.WhiteList, Own: own, Folder: filepath.Join(data, "mss"), Client: httpsClient(roots), Now: a.now, Log: a.log}
}

// servers tells mail programs where the doors are.
func (c *Mail) servers(web string) doormss.Servers {
	port := func(address string) int {
		_, p, _ := net.SplitHostPort(address)
		n, _ := strconv.Atoi(p)
		return n
	}
	u, _ := url.Parse(web)
	return doormss.Servers{Host: c.Host, Submission: port(c.Submission), Submissions: port(c.Submissions), IMAP: port(c.IMAP), IMAPS: port(c.IMAPS), Web: u.Hostname()}
}

// openMailDoors listens for mail.
func (a *app) openMailDoors(c *Mail, p *post) error {
	for _, l := range []struct {
		address  string
		way      mss.Way
		implicit bool
	}{{c.SMTP, mss.FromOperator, false}, {c.Submission, mss.FromUser, false}, {c.Submissions, mss.FromUser, true}, {c.Local, mss.FromMachine, false}} {
		if l.address == "" {
			continue
		}
		nl, err := net.Listen("tcp", l.address)
		if err != nil {
			return err
		}
		a.listenSMTP(p, nl, l.way, l.implicit)
	}
	for _, l := range []struct {
		address  string
		implicit bool
	}{{c.IMAP, false}, {c.IMAPS, true}} {
		if l.address == "" {
			continue
		}
		nl, err := net.Listen("tcp", l.address)
		if err != nil {
			return err
		}
		a.listenIMAP(p, nl, l.implicit)
	}
	a.startPost(p, p.certificate)
	return nil
}

// Ordinary is the relay of the house for ordinary mail: one-time codes of citizens, and notices
// that a message waits. Never health data.
type Ordinary struct {
	Relay    string `toml:"relay"` // host:port; STARTTLS, or TLS at once on 465
	From     string `toml:"from"`  // name <address>
	User     string `toml:"user"`
	Password string `toml:"password_file"`
	Roots    string `toml:"roots"` // of its certificate; those of the machine otherwise
}

var ordinaryKeys = []string{"courriel.relay", "courriel.from", "courriel.user", "courriel.password_file", "courriel.roots"}

// sender makes the sender of ordinary mail; nil when none is configured.
func (c *Ordinary) sender(now func() time.Time) (*doorsmtp.Ordinary, error) {
	if c.Relay == "" {
		return nil, nil
	}
	from := courriel.ParseAddresses(c.From)
	if len(from) != 1 {
		return nil, errors.New("configuration: courriel.from is no address")
	}
	out := &doorsmtp.Ordinary{Relay: c.Relay, From: from[0], User: c.User, Now: now}
	var err error
	if out.Password, err = secretFile(c.Password); err != nil {
		return nil, err
	}
	if c.Roots != "" {
		out.Roots, _, err = readTrust(c.Roots)
	}
	return out, err
}

// codes sends one-time codes and notices by ordinary mail. Both say why they come and what to do
// with them, in both languages.
type codes struct {
	mail   *doorsmtp.Ordinary
	origin string
}

func (c codes) code(ctx context.Context, to, code string) error {
	return c.mail.Send(ctx, to, "Votre code : "+code, "Votre code pour Mon espace santé : "+code+"\r\n\r\nIl vaut dix minutes et ne sert qu'une fois. Si vous n'avez rien demandé, ne faites rien.\r\n\r\n-- \r\nYour code: "+code+". It is good for ten minutes. If you asked for nothing, do nothing.\r\n")
}

func (c codes) notice(ctx context.Context, to string) error {
	return c.mail.Send(ctx, to, "Un message vous attend dans Mon espace santé", "Bonjour,\r\n\r\nUn message vous attend dans votre espace : "+c.origin+"\r\n\r\nPour protéger vos données de santé, son contenu n'est pas dans ce courriel.\r\n\r\n-- \r\nA message waits for you in your health space. Its content is not in this mail.\r\n")
}

// openBoxes opens the mailboxes of a JSON file that are not there yet: an array of objects with the
// fields of mss.Mailbox, and password_hash as HashPassword writes it.
func (a *app) openBoxes(ctx context.Context, path string, o *mss.Operator) error {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var list []mss.Mailbox
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, m := range list {
		address, err := mssante.ParseAddress(m.Address)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, m.Address, err)
		}
		m.Address = mss.Canonical(address.Local + "@" + address.Domain)
		if !o.Local(address.Domain) {
			return fmt.Errorf("%s: %s is of no domain of this operator", path, m.Address)
		}
		if m.ID != 0 || !strings.Contains("PER ORG APP CAB", string(m.Type)) || m.Type == "" {
			return fmt.Errorf("%s: %s: type PER, ORG, APP or CAB expected, and no id", path, m.Address)
		}
		err = a.store.ViewMail(ctx, func(r mss.Reader) error {
			_, err := r.MailboxAt(m.Address)
			return err
		})
		if errors.Is(err, dmp.ErrNotFound) {
			_, err = o.Open(ctx, m)
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, m.Address, err)
		}
	}
	return nil
}
