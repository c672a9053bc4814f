package run

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/ins/registre"
	doorinsi "github.com/socle-sante/socle/internal/door/insi"
	"github.com/socle-sante/socle/internal/run/client"
)

// sandboxRegisters are the built-in registers: the published test identities, and everybody of the
// territory who carries an INS.
func sandboxRegisters(store dmp.Store) *registre.Registre {
	r := registre.Sandbox()
	r.Territory = func(ctx context.Context, birthDate string, id insid.INS) (out []registre.Identity, err error) {
		err = store.View(ctx, func(tx dmp.Reader) error {
			list, err := tx.SearchPersons(ins.Search{BirthDate: birthDate, INS: id, Limit: territoryLimit})
			if errors.Is(err, dmp.ErrNotFound) {
				return nil
			}
			for _, p := range list {
				if p.INS.IsZero() {
					continue
				}
				i := registre.Identity{INS: p.INS, Traits: p.Traits}
				for _, h := range p.History {
					i.Former = append(i.Former, ins.Former{INS: h})
				}
				out = append(out, i)
			}
			return err
		})
		return out, err
	}
	return r
}

// territoryLimit bounds how many persons born on one day are looked at.
const territoryLimit = 2000

// insiScripts tells the outside which traits provoke which answer.
func insiScripts() map[string]client.Traits {
	several := registre.Several()[0].Traits
	several.BirthPlace = "" // what tells the two apart
	out := map[string]client.Traits{"02": traitsOf(several)}
	for _, s := range registre.Scripts() {
		if s.Fault {
			out["fault"] = traitsOf(s.Traits)
		} else {
			out["slow"] = traitsOf(s.Traits)
		}
	}
	return out
}

func traitsOf(t ins.Traits) client.Traits {
	return client.Traits{BirthName: t.BirthName, BirthGiven: t.FirstGiven, BirthGivens: t.Givens, Sex: t.Sex, BirthDate: t.BirthDate, BirthPlace: t.BirthPlace}
}

// insiDoor makes the door of the built-in teleservice.
func (a *app) insiDoor(registers *registre.Registre, directory *annuaire.Annuaire, roots *x509.CertPool, issuers []*x509.Certificate, revoked func(*x509.Certificate) bool, public string) *doorinsi.Door {
	return &doorinsi.Door{Registers: registers, Log: a.log, Public: public, Observe: a.metrics.Observe("insi"),
		Gate: &acces.INSiGate{Roots: roots, Issuers: issuers, Directory: directory, Replay: acces.NewReplay(insi.AssertionWindow / 2), Revoked: revoked, Now: a.now, Since: a.now()}}
}

// INSi says how to reach the national teleservice.
type INSi struct {
	URL     string `toml:"url"`     // https://…/lps
	Cert    string `toml:"cert"`    // PEM, CN INSI-AUTO or INSI-MANU
	Key     string `toml:"key"`     //
	Roots   string `toml:"roots"`   // PEM, authorities of the service; those of [trust] when empty
	Emitter string `toml:"emitter"` // Struct_IdNat of the structure that calls
	IDAM    string `toml:"idam"`    // number of authorisation of the software
}

// client makes a caller of the national teleservice; nil when none is configured.
func (c INSi) client(roots *x509.CertPool, version string, now func() time.Time) (ins.Teleservice, error) {
	if c.URL == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("insi: %w", err)
	}
	if c.Roots != "" {
		if roots, _, err = readTrust(c.Roots); err != nil {
			return nil, fmt.Errorf("insi: %w", err)
		}
	}
	t := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute}
	return &doorinsi.Client{URL: c.URL, HTTP: &http.Client{Transport: t}, Emitter: c.Emitter, IDAM: c.IDAM, Version: version,
		Instance: uuid.NewString(), Name: "urn:lps:socle:" + version, Now: now}, nil
}
