// Package client speaks to a Socle as the software of a practice does: through XDS.b with a VIHF,
// mutual TLS and MTOM, from the addresses and cards of an endpoints.json. `socle send` and
// `socle load` stand on it. It knows nothing of the server's inside.
package client

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// EndpointsFile is the name of the file a demo writes in its data folder.
const EndpointsFile = "endpoints.json"

// Endpoints is what the outside needs to know of a running demo. A door that does not exist has
// no entry.
type Endpoints struct {
	Web        string `json:"web,omitempty"`
	Repository string `json:"xds_repository,omitempty"`
	Registry   string `json:"xds_registry,omitempty"`
	PDSm       string `json:"pdsm,omitempty"`
	Annuaire   string `json:"annuaire,omitempty"`
	INSi       string `json:"insi,omitempty"`
	PSCIssuer  string `json:"psc_issuer,omitempty"`
	PSCToken   string `json:"psc_exchange,omitempty"` // token exchange, by mutual TLS
	IGC        string `json:"igc,omitempty"`          // revocation lists, OCSP, authorities
	Metrics    string `json:"metrics,omitempty"`
	Journal    string `json:"journal,omitempty"`
	Identities string `json:"identities,omitempty"` // identity desk of the demo
	Controle   string `json:"controle,omitempty"`   // control of documents, by POST
	SMTP       string `json:"smtp,omitempty"`       // host:port, between operators
	Submission string `json:"submission,omitempty"` // host:port, STARTTLS
	IMAP       string `json:"imap,omitempty"`       // host:port, TLS from the first byte
	MailLocal  string `json:"smtp_local,omitempty"` // host:port, programs of this machine, in clear
	CAFile     string `json:"ca_file,omitempty"`

	AnnuaireKey      string             `json:"annuaire_key,omitempty"`       // a value for the header ESANTE-API-KEY
	AnnuaireWriteKey string             `json:"annuaire_write_key,omitempty"` // one that may also change mailboxes
	AnnuaireImport   string             `json:"annuaire_import,omitempty"`
	INSiScripts      map[string]Traits  `json:"insi_scripts,omitempty"` // traits that provoke a code
	PKI              map[string]KeyPair `json:"pki,omitempty"`          // cards made to be refused
	MSSPeer          *MailPeer          `json:"mss_peer,omitempty"`
	PSCClients       []PSCClient        `json:"psc_clients,omitempty"`
	RepositoryID     string             `json:"repository_unique_id,omitempty"`
	Structures       []Structure        `json:"structures"`
	Personas         []Persona          `json:"personas"`
}

// MailPeer is a foreign operator of the white list, whose certificate the demo lends.
type MailPeer struct {
	Domain string `json:"domain"`
	Listen string `json:"listen"` // where the demo delivers mail for the domain
	Cert   string `json:"cert"`
	Key    string `json:"key"`
}

// Traits are those of a person, under the names personas have.
type Traits struct {
	BirthName   string `json:"birth_name"`
	BirthGiven  string `json:"birth_given"`
	BirthGivens string `json:"birth_givens"`
	Sex         string `json:"sex"`
	BirthDate   string `json:"birth_date"`
	BirthPlace  string `json:"birth_place,omitempty"`
}

// KeyPair names the files of a certificate and its key.
type KeyPair struct {
	ClientCert string `json:"client_cert"`
	ClientKey  string `json:"client_key"`
}

// PSCClient is a client registered at Pro Santé Connect.
type PSCClient struct {
	ID                     string   `json:"client_id"`
	Secret                 string   `json:"client_secret,omitempty"`
	Auth                   string   `json:"auth"`
	Structure              string   `json:"structure,omitempty"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris"`
	UserinfoAlg            string   `json:"userinfo_signed_response_alg,omitempty"`
}

// Structure is a structure of the territory and its certificates.
type Structure struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	FINESS     string `json:"finess"`
	Sector     string `json:"sector"`
	ClientCert string `json:"client_cert"`
	ClientKey  string `json:"client_key"`
	INSiCert   string `json:"insi_cert"` // opens INSi, which no other certificate does
	INSiKey    string `json:"insi_key"`

	Mailboxes []Box `json:"mailboxes,omitempty"` // organisational and applicative ones
}

// Box is a mailbox and what opens it.
type Box struct {
	Address  string `json:"address"`
	Type     string `json:"type"`
	Password string `json:"password"`
}

// Persona is somebody one may act as.
type Persona struct {
	ID          string `json:"id"`
	Role        string `json:"role"`
	Name        string `json:"name"`
	RPPS        string `json:"rpps,omitempty"`
	IDNat       string `json:"id_nat,omitempty"`
	INS         string `json:"ins,omitempty"`
	OID         string `json:"ins_oid,omitempty"`
	Structure   string `json:"structure,omitempty"`
	Login       string `json:"login,omitempty"`
	ClientCert  string `json:"client_cert,omitempty"`
	ClientKey   string `json:"client_key,omitempty"`
	TokenFile   string `json:"token_file,omitempty"`
	Accesses    string `json:"accesses,omitempty"`
	ECPS        string `json:"ecps,omitempty"` // page of the requests that wait for approval
	Profession  string `json:"profession,omitempty"`
	SavoirFaire string `json:"savoir_faire,omitempty"`
	Sector      string `json:"sector,omitempty"`
	BirthName   string `json:"birth_name,omitempty"`
	BirthGiven  string `json:"birth_given,omitempty"`
	BirthGivens string `json:"birth_givens,omitempty"`
	BirthDate   string `json:"birth_date,omitempty"`
	BirthPlace  string `json:"birth_place,omitempty"`
	Sex         string `json:"sex,omitempty"`

	Mailbox         string `json:"mailbox,omitempty"`
	MailboxPassword string `json:"mailbox_password,omitempty"`
}

// Persona finds by id, or the first of a role; nil when there is none.
func (e *Endpoints) Persona(idOrRole string) *Persona {
	for i := range e.Personas {
		if e.Personas[i].ID == idOrRole {
			return &e.Personas[i]
		}
	}
	for i := range e.Personas {
		if e.Personas[i].Role == idOrRole {
			return &e.Personas[i]
		}
	}
	return nil
}

// Structure finds by identifier; nil when there is none.
func (e *Endpoints) Structure(id string) *Structure {
	for i := range e.Structures {
		if e.Structures[i].ID == id {
			return &e.Structures[i]
		}
	}
	return nil
}

const maxEndpoints = 1 << 20

// Find reads the endpoints of a demo from its data folder, or from its web address.
func Find(where string) (*Endpoints, error) {
	var raw []byte
	var err error
	if strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://") {
		raw, err = fetch(strings.TrimSuffix(where, "/") + "/" + EndpointsFile)
	} else {
		raw, err = os.ReadFile(filepath.Join(where, EndpointsFile))
	}
	if err != nil {
		return nil, fmt.Errorf("no running demo found at %s: %w", where, err)
	}
	e := &Endpoints{}
	if err := json.Unmarshal(raw, e); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", EndpointsFile, where, err)
	}
	return e, nil
}

func fetch(url string) ([]byte, error) {
	c := &http.Client{Timeout: 10 * time.Second}
	resp, err := c.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", url, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxEndpoints))
}
