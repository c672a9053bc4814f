package run

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
	doorannuaire "github.com/socle-sante/socle/internal/door/annuaire"
	doorcontrole "github.com/socle-sante/socle/internal/door/controle"
	"github.com/socle-sante/socle/internal/door/guichet"
	doorigc "github.com/socle-sante/socle/internal/door/igc"
	doorinsi "github.com/socle-sante/socle/internal/door/insi"
	"github.com/socle-sante/socle/internal/door/pdsm"
	"github.com/socle-sante/socle/internal/door/tlog"
	"github.com/socle-sante/socle/internal/door/web"
	"github.com/socle-sante/socle/internal/door/xdsb"
	"github.com/socle-sante/socle/internal/run/client"
	"github.com/socle-sante/socle/internal/run/demo"
)

// DemoOptions are those of `socle demo`.
type DemoOptions struct {
	Data       string
	AutoPort   bool
	Persons    int
	Strictness control.Mode // which findings refuse a deposit
	Out        io.Writer    // where the ready line goes
	Log        *slog.Logger
	Now        func() time.Time
	// Progress is told how many documents of how many the territory has.
	Progress func(done, total int)
}

// Default ports of the demo.
const (
	webPort   = 8080
	httpsPort = 8443
)

// demoRepository is the repositoryUniqueId of a demo.
const demoRepository = "1.2.250.1.213.4.1.1.1.2"

// Demo runs the fictional pilot territory until ctx ends.
func Demo(ctx context.Context, o DemoOptions) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return err
	}
	data, err := filepath.Abs(o.Data)
	if err != nil {
		return err
	}
	webL, err := listen(webPort, o.AutoPort)
	if err != nil {
		return err
	}
	secureL, err := listen(httpsPort, o.AutoPort)
	if err != nil {
		return errors.Join(err, webL.Close())
	}
	mailL, err := listenMail(o.AutoPort)
	if err != nil {
		return errors.Join(err, webL.Close(), secureL.Close())
	}
	err = demoOn(ctx, o, data, webL, secureL, mailL)
	mailL.close()
	// A listener that no door took over is closed here; the others are closed already.
	_, _ = webL.Close(), secureL.Close()
	return err
}

// demoOn runs the territory on open listeners: their addresses stand in certificates.
func demoOn(ctx context.Context, o DemoOptions, data string, webL, secureL net.Listener, mailL mailListeners) error {
	directory, personas := demo.Directory(), demo.Personas()
	directory.Clock = o.Now
	kept, err := openDirectory(data, directory)
	if err != nil {
		return err
	}
	defer kept.Close()
	p, err := openPKI(filepath.Join(data, "pki"), "http://localhost:"+portOf(webL)+doorigc.Path, o.Now())
	if err != nil {
		return err
	}
	// Cards are made while the territory is populated: keys want the processor, deposits the disk.
	cards := make(chan error, 1)
	go func() { cards <- p.issue(directory, personas, o.Now()) }()
	a, err := assemble(parts{
		data: data, origin: "socle.demo/journal", mode: ins.Sandbox, strictness: o.Strictness, repository: demoRepository, directory: directory,
		roots: p.authority.Roots(), issuers: p.authority.Issuers(), now: o.Now, log: o.Log,
		revoked: func(c *x509.Certificate) bool { return p.revoked.Revoked(c.SerialNumber) },
	})
	if err != nil {
		return err
	}
	err = a.demo(ctx, o, data, p, personas, cards, webL, secureL, mailL)
	if e := a.stop(); err == nil {
		err = e
	}
	return err
}

func (a *app) demo(ctx context.Context, o DemoOptions, data string, p *pki, personas []demo.Persona, cards <-chan error, webL, secureL net.Listener, mailL mailListeners) error {
	citizens, err := demo.Populate(ctx, a.dmp, demo.Options{Persons: o.Persons, Now: o.Now, Progress: o.Progress})
	if err != nil {
		return fmt.Errorf("territory: %w", err)
	}
	if err := <-cards; err != nil {
		return err
	}
	dirs, rules := rulesDirs(data, true), make(chan struct{})
	go func() { defer close(rules); a.openRules(dirs...) }()
	go a.watchRules(ctx, dirs...)
	webURL := "http://localhost:" + portOf(webL)
	secureURL := "https://localhost:" + portOf(secureL)

	pages := &web.Door{DMP: a.dmp, Annuaire: a.directory, Log: a.log, Now: a.now, Actor: a.identities.Actor, Proof: a.store.Proof, Secret: a.secret, Controle: a.desk}
	if err := a.openAccounts(pages, webURL); err != nil {
		return err
	}
	box, peer, err := a.demoPost(p, o.AutoPort)
	if err != nil {
		return err
	}
	pages.Mail = box.operator
	box.operator.Notice, pages.Comptes.Proved = pages.Outbox.Notice, box.operator.SetNotice
	for _, q := range personas {
		if s, words, ok := a.subject(q, citizens); ok {
			pages.Personas = append(pages.Personas, web.Persona{ID: q.ID, Role: q.Role, Name: words, Subject: s})
		}
	}
	plain := http.NewServeMux()
	a.metrics.Register(plain)
	tlog.Register(plain, a.store)
	a.openControl(plain)
	registers := sandboxRegisters(a.store)
	pages.INSi = registers
	(&guichet.Door{DMP: a.dmp, Annuaire: a.directory, Auth: a.identities, INSi: registers, Log: a.log}).Register(plain)
	(&doorigc.Door{Authority: p.authority, Revoked: &p.revoked, Issued: p.issued, Now: a.now, Log: a.log}).Register(plain)
	go p.watchRevoked(ctx, a.log)
	secure := a.secureMux(secureURL)
	teleservice := a.insiDoor(registers, a.directory, p.authority.Roots(), p.authority.Issuers(), a.revoked, secureURL)
	teleservice.Register(secure)
	defer teleservice.Close()
	catalogue, key, err := a.annuaireDoor(secureURL, true)
	if err != nil {
		return err
	}
	catalogue.Register(secure)
	openImport(plain, catalogue)
	provider, clients, err := a.openPSC(data, webURL, secureURL, personas, pages, plain, secure)
	if err != nil {
		return err
	}

	pages.ECPS = provider.ECPSPath
	a.openSignIn(pages, provider.Provider.Issuer(), clients, p.authority.Roots())
	if err := a.openFranceConnect(pages, webURL, secureURL, citizens, plain, secure, p.authority.Roots()); err != nil {
		return err
	}

	e := a.endpoints(p, personas, citizens)
	e.Controle = webURL + doorcontrole.Path
	e.Web, e.Metrics, e.Journal, e.Identities = webURL, webURL+"/metrics", webURL+tlog.BasePath, webURL+guichet.Path
	e.INSi, e.INSiScripts, e.IGC = secureURL+doorinsi.Path, insiScripts(), p.authority.Base
	e.Annuaire, e.AnnuaireKey, e.AnnuaireImport = secureURL+doorannuaire.BasePath, key, webURL+importPath
	e.PSCIssuer, e.PSCToken, e.PSCClients = provider.Provider.Issuer(), secureURL+ExchangePath, clients
	e.Repository, e.Registry, e.PDSm = secureURL+xdsb.RepositoryPath, secureURL+xdsb.RegistryPath, secureURL+pdsm.BasePath
	e.MSSPeer = peer
	if err := a.openMail(ctx, box, p, mailL, personas, citizens, e); err != nil {
		return err
	}
	pages.Mail = box.operator
	pages.Register(plain)
	e.AnnuaireWriteKey, err = a.openOperator(ctx, box, operatorDoors{muxes: []*http.ServeMux{plain, secure}, catalogue: catalogue, audience: secureURL + doorannuaire.BasePath, servers: mailL.servers()})
	if err != nil {
		return err
	}
	for i := range e.Personas {
		q := &e.Personas[i]
		q.Login = webURL + pages.LoginPath(q.ID)
		if q.Role == "citoyen" {
			q.Accesses = webURL + "/mon-espace/acces"
		} else {
			q.ECPS = webURL + provider.ECPSPath(q.IDNat)
		}
	}
	raw, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	plain.HandleFunc("GET /"+client.EndpointsFile, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(raw)
	})
	renew := func() error { return a.writeTokens(data, personas, citizens) }
	if err := renew(); err != nil {
		return err
	}
	a.serve(webL, plain, nil)
	a.serve(secureL, a.refuseRevoked(secure), a.tlsConfig(p.server, p.authority.Roots()))
	if err := writeFile(filepath.Join(data, client.EndpointsFile), raw, 0o600); err != nil {
		return err
	}
	<-rules
	// What making the territory took is given back: a first start then weighs what the next ones do.
	debug.FreeOSMemory()
	a.metrics.Ready(true)
	fmt.Fprintf(o.Out, "ready %s\n", webURL)
	tick := time.NewTicker(tokenRenewal)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := renew(); err != nil {
				a.log.Error("tokens not renewed", "err", err)
			}
		}
	}
}

// Tokens of the personas live a day and are renewed every hour.
const (
	tokenLife    = 24 * time.Hour
	tokenRenewal = time.Hour
)

func tokenFile(data, persona string) string { return filepath.Join(data, "tokens", persona+".token") }

func (a *app) writeTokens(data string, personas []demo.Persona, citizens []*ins.Person) error {
	if err := os.MkdirAll(filepath.Join(data, "tokens"), 0o700); err != nil {
		return err
	}
	for _, q := range personas {
		s, _, ok := a.subject(q, citizens)
		if !ok {
			continue
		}
		if err := writeFile(tokenFile(data, q.ID), []byte(a.identities.tokens.Issue(s, tokenLife)+"\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// subject says who a persona is, and their name.
func (a *app) subject(q demo.Persona, citizens []*ins.Person) (acces.Subject, string, bool) {
	if q.Citizen >= 0 {
		if q.Citizen >= len(citizens) {
			return acces.Subject{}, "", false
		}
		p := citizens[q.Citizen]
		return acces.Subject{Person: p.ID}, p.DisplayName(), true
	}
	p := a.directory.Professional(q.IDNat)
	return acces.Subject{Professional: q.IDNat, Structure: q.Structure}, p.Name(), true
}

// endpoints describes the territory to the outside.
func (a *app) endpoints(p *pki, personas []demo.Persona, citizens []*ins.Person) *client.Endpoints {
	e := &client.Endpoints{CAFile: p.ca(), RepositoryID: demoRepository}
	for _, s := range a.directory.Structures() {
		f := structureFile(s.IDNat)
		e.Structures = append(e.Structures, client.Structure{ID: s.IDNat, Name: s.Name, FINESS: s.FINESS, Sector: s.Sector, ClientCert: p.cert(f), ClientKey: p.key(f),
			INSiCert: p.cert(insiFile(s.IDNat)), INSiKey: p.key(insiFile(s.IDNat))})
	}
	e.PKI = map[string]client.KeyPair{"revoked": {ClientCert: p.cert(revokedName), ClientKey: p.key(revokedName)}, "expired": {ClientCert: p.cert(expiredName), ClientKey: p.key(expiredName)}}
	data := filepath.Dir(p.dir)
	for _, q := range personas {
		_, name, ok := a.subject(q, citizens)
		if !ok {
			continue
		}
		out := client.Persona{ID: q.ID, Role: q.Role, Name: name, TokenFile: tokenFile(data, q.ID)}
		if q.Citizen >= 0 {
			c := citizens[q.Citizen]
			out.INS, out.OID = c.INS.Matricule.Reveal(), c.INS.OID
			out.BirthName, out.BirthGiven, out.BirthGivens = c.Traits.BirthName, c.Traits.FirstGiven, c.Traits.Givens
			out.BirthDate, out.BirthPlace, out.Sex = c.Traits.BirthDate, c.Traits.BirthPlace, c.Traits.Sex
		} else {
			pro, s := a.directory.Professional(q.IDNat), a.directory.Structure(q.Structure)
			out.RPPS, out.IDNat, out.Structure, out.Profession, out.SavoirFaire, out.Sector = pro.RPPS, pro.IDNat, q.Structure, pro.Profession, pro.SavoirFaire, s.Sector
			out.ClientCert, out.ClientKey = p.cert(q.ID), p.key(q.ID)
		}
		e.Personas = append(e.Personas, out)
	}
	return e
}

// listen takes the usual port on loopback, or a free one.
func listen(port int, auto bool) (net.Listener, error) {
	if auto {
		port = 0
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil && !auto {
		return nil, fmt.Errorf("port %d is taken: %w (try --ports auto)", port, err)
	}
	return l, err
}

func portOf(l net.Listener) string {
	s := l.Addr().String()
	return s[strings.LastIndexByte(s, ':')+1:]
}
