package client

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/vihf"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/ebxml"
)

// Client acts as one persona.
type Client struct {
	Endpoints *Endpoints
	Persona   *Persona
	card      card
	http      *http.Client
	roots     *x509.CertPool
	now       func() time.Time
	// took, when set, is told how long each exchange lasted: from the first byte sent to the last
	// byte received, the client's own signing and reading left out.
	took func(time.Duration)
}

// card is a certificate with its chain and key.
type card struct {
	leaf  *x509.Certificate
	chain []*x509.Certificate
	key   crypto.Signer
	tls   tls.Certificate
}

func readCard(cert, key string) (card, error) {
	var c card
	var err error
	if c.tls, err = tls.LoadX509KeyPair(cert, key); err != nil {
		return c, err
	}
	c.key, _ = c.tls.PrivateKey.(crypto.Signer)
	for i, der := range c.tls.Certificate {
		x, err := x509.ParseCertificate(der)
		if err != nil {
			return c, err
		}
		if i == 0 {
			c.leaf = x
			continue
		}
		c.chain = append(c.chain, x)
	}
	return c, nil
}

// New makes a client for a persona, with up to connections at once.
func New(e *Endpoints, persona string, connections int) (*Client, error) {
	p := e.Persona(persona)
	if p == nil {
		return nil, fmt.Errorf("no persona %q in this demo", persona)
	}
	if p.ClientCert == "" {
		return nil, fmt.Errorf("persona %q has no card", persona)
	}
	c := &Client{Endpoints: e, Persona: p, now: time.Now}
	var err error
	if c.card, err = readCard(p.ClientCert, p.ClientKey); err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(e.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	c.roots = roots
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("no certificate in " + e.CAFile)
	}
	c.http = &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{
		MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true,
		WriteBufferSize: 64 << 10, ReadBufferSize: 16 << 10,
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{c.card.tls}, MinVersion: tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(connections)},
	}}
	return c, nil
}

// Assertion signs a VIHF for a patient, as the persona in person, in normal mode.
func (c *Client) Assertion(patientCX string) ([]byte, error) {
	p := c.Persona
	a := vihf.Assertion{
		ID: "_" + uuid.NewString(), IssueInstant: c.now(), NameID: p.IDNat, AuthnInstant: c.now(),
		AuthnContext: "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI", Version: vihf.Version, Mode: vihf.Directe,
		StructureID: p.Structure, Sector: p.Sector + "^" + vihf.SystemSector, SubjectName: p.Name, ResourceID: patientCX, RessourceURN: "urn:dmp",
		PurposeOfUse: vihf.Coded{Code: vihf.Normal, System: vihf.SystemPurpose, SystemName: "mode acces VIHF 2.0", Display: "Accès normal"},
		LPSID:        "SOCLE", LPSName: "Socle", LPSVersion: "1", LPSHomologation: "SOCLE-ESSAI",
	}
	add := func(code, system string) {
		a.Roles = append(a.Roles, vihf.Role{Code: code, System: system, Display: nos.Display(nos.SubjectRole, code, system)})
	}
	switch {
	case p.Profession == "":
		add("SECRETARIAT_MEDICAL", vihf.SystemAutomate)
	default:
		add(p.Profession, vihf.SystemProfession)
		if p.Profession == "21" {
			add(p.SavoirFaire, vihf.SystemSection)
		} else if p.SavoirFaire != "" {
			add(p.SavoirFaire, vihf.SystemSavoirFaire)
		}
	}
	return vihf.Sign(a, c.card.key, rand.Reader, c.card.leaf, c.card.chain...)
}

// Answer is what a registry or repository said.
type Answer struct {
	Status  string
	Errors  []ebxml.RegistryError
	Objects ebxml.Objects
	Docs    map[string][]byte // ITI-43, by uniqueId
}

// OK reports a full success.
func (a *Answer) OK() bool { return a.Status == ebxml.StatusSuccess }

const (
	actProvide  = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
	actRetrieve = "urn:ihe:iti:2007:RetrieveDocumentSet"
	actQuery    = "urn:ihe:iti:2007:RegistryStoredQuery"
)

// Provide deposits documents (ITI-41); docs are by the id of their entry in the submission.
func (c *Client) Provide(ctx context.Context, sub *xds.Submission, docs map[string][]byte) (*Answer, error) {
	body := append([]byte(nil), `<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb="`+ebxml.NSXDSB+`">`...)
	body = ebxml.AppendSubmission(body, sub)
	var parts []soap.Attachment
	for id, b := range docs {
		cid := id + "@socle-send"
		body = append(body, `<xdsb:Document id="`...)
		body = ebxml.AppendEscaped(body, id)
		body = append(body, `">`...)
		body = soap.AppendInclude(body, cid)
		body = append(body, `</xdsb:Document>`...)
		parts = append(parts, soap.Attachment{ID: cid, ContentType: "text/xml", Data: b})
	}
	body = append(body, `</xdsb:ProvideAndRegisterDocumentSetRequest>`...)
	env, err := c.exchange(ctx, c.Endpoints.Repository, actProvide, sub.Set.PatientID, body, parts, true)
	if err != nil {
		return nil, err
	}
	a := &Answer{}
	a.Status, a.Errors = ebxml.ReadResponse(env.Body)
	return a, nil
}

// Query runs a stored query (ITI-18) about a patient.
func (c *Client) Query(ctx context.Context, patientCX string, q *xds.Query) (*Answer, error) {
	env, err := c.exchange(ctx, c.Endpoints.Registry, actQuery, patientCX, ebxml.AppendQuery(nil, q), nil, false)
	if err != nil {
		return nil, err
	}
	a := &Answer{}
	a.Status, a.Errors = ebxml.ReadResponse(env.Body)
	a.Objects, err = ebxml.ReadObjects(env.Body)
	return a, err
}

// Retrieve reads documents (ITI-43).
func (c *Client) Retrieve(ctx context.Context, patientCX string, uniqueIDs ...string) (*Answer, error) {
	body := append([]byte(nil), `<xdsb:RetrieveDocumentSetRequest xmlns:xdsb="`+ebxml.NSXDSB+`">`...)
	for _, id := range uniqueIDs {
		body = append(body, `<xdsb:DocumentRequest><xdsb:RepositoryUniqueId>`+c.Endpoints.RepositoryID+`</xdsb:RepositoryUniqueId><xdsb:DocumentUniqueId>`...)
		body = ebxml.AppendEscaped(body, id)
		body = append(body, `</xdsb:DocumentUniqueId></xdsb:DocumentRequest>`...)
	}
	body = append(body, `</xdsb:RetrieveDocumentSetRequest>`...)
	env, err := c.exchange(ctx, c.Endpoints.Repository, actRetrieve, patientCX, body, nil, true)
	if err != nil {
		return nil, err
	}
	a := &Answer{Docs: map[string][]byte{}}
	a.Status, a.Errors = ebxml.ReadResponse(env.Body)
	for d := range env.Body.Children(ebxml.NSXDSB, "DocumentResponse") {
		b, err := env.Binary(d.Child(ebxml.NSXDSB, "Document"))
		if err != nil {
			return nil, err
		}
		a.Docs[d.Child(ebxml.NSXDSB, "DocumentUniqueId").Trim()] = b
	}
	return a, nil
}

// maxAnswer bounds what is read from a server.
const maxAnswer = 256 << 20

// FaultError is a SOAP fault.
type FaultError struct{ soap.Fault }

func (f *FaultError) Error() string { return "SOAP fault " + f.Subcode + ": " + f.Reason.FR }

// BusyError says that the server asks to come back.
type BusyError struct{ Fault *FaultError }

func (b *BusyError) Error() string { return "busy: " + b.Fault.Error() }

func (c *Client) exchange(ctx context.Context, to, action, patientCX string, body []byte, parts []soap.Attachment, mtom bool) (*soap.Envelope, error) {
	assertion, err := c.Assertion(patientCX)
	if err != nil {
		return nil, err
	}
	req := soap.Request{Action: action, To: to, MessageID: "urn:uuid:" + uuid.NewString(), Security: vihf.Security(assertion), Body: body, Parts: parts}
	if mtom {
		req.Boundary = "uuid-" + uuid.NewString()
	}
	size := 16 << 10
	for _, p := range parts {
		size += len(p.Data)
	}
	raw, contentType := req.Append(make([]byte, 0, size+len(body)))
	h, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	h.Header.Set("Content-Type", contentType)
	start := time.Now()
	resp, err := c.http.Do(h)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	got, err := readAnswer(resp)
	if err != nil {
		return nil, err
	}
	if c.took != nil {
		c.took(time.Since(start))
	}
	env, err := soap.Read(resp.Header.Get("Content-Type"), "", got, soap.Options{Response: true, XOPIn: []soap.Name{{Space: ebxml.NSXDSB, Local: "Document"}}})
	if err != nil {
		return nil, fmt.Errorf("answer %s: %w", resp.Status, err)
	}
	if f := env.Fault(); f != nil {
		fault := &FaultError{*f}
		if resp.StatusCode == http.StatusServiceUnavailable {
			return nil, &BusyError{fault}
		}
		return nil, fault
	}
	return env, nil
}

// readAnswer reads a body of announced length in one piece.
func readAnswer(resp *http.Response) ([]byte, error) {
	if n := resp.ContentLength; n >= 0 && n <= maxAnswer {
		b := make([]byte, n)
		_, err := io.ReadFull(resp.Body, b)
		return b, err
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
}

// HTTP gives the HTTP client of the persona: their card, and trust in the territory.
func (c *Client) HTTP() *http.Client { return c.http }
