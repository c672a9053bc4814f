// Package xdsb is the XDS.b door of the record: ITI-41 and ITI-43 (repository), ITI-18
// (registry), in SOAP 1.2 with MTOM/XOP, under mutual TLS and a VIHF assertion.
//
// Standards: IHE ITI TF-2 3.18, 3.41, 3.43; CI-SIS «Partage»; DMP services. It parses, calls one
// function of the domain dmp, and renders. Missing: ITI-42, ITI-57, ITI-61/62/86, folders.
package xdsb

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Paths of the two services, as the DMP lays them out.
// spec: DMP 2.1
const (
	RepositoryPath = "/si-dmp-server/v2/services/repository"
	RegistryPath   = "/si-dmp-server/v2/services/registry"
)

// Actions.
// spec: DMP 1.1
const (
	actProvide          = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
	actProvideResponse  = actProvide + "Response"
	actRetrieve         = "urn:ihe:iti:2007:RetrieveDocumentSet"
	actRetrieveResponse = actRetrieve + "Response"
	actQuery            = "urn:ihe:iti:2007:RegistryStoredQuery"
	actQueryResponse    = actQuery + "Response"
)

// DefaultMaxBody is the largest request read: two documents of the 20 MB that the XML reader
// accepts, in base64, with their envelope.
const DefaultMaxBody = 60 << 20

// maxQuery is the largest request read at the registry: a query holds no document.
const maxQuery = 2 << 20

// Authenticator turns the security header and the TLS certificate into a caller.
type Authenticator interface {
	VIHF(security xmltree.Node, client *x509.Certificate) (dmp.Caller, error)
}

// Door serves both services.
type Door struct {
	DMP     *dmp.DMP
	Auth    Authenticator
	Log     *slog.Logger
	MaxBody int64
	// RequireMTOM refuses ITI-41 and ITI-43 requests that are not multipart, as IHE says.
	RequireMTOM bool
	// Revoked tells whether a certificate no longer counts; nil when the authenticator alone judges.
	Revoked func(*x509.Certificate) bool
	// Observe is told of each exchange: transaction, outcome ("ok" or a refusal id), bytes received.
	Observe func(transaction, outcome string, received int, took time.Duration)

	budget *budget
}

// Register adds the routes.
func (d *Door) Register(mux *http.ServeMux) {
	d.budget = newBudget()
	mux.Handle("POST "+RepositoryPath, d.service(d.maxBody(), map[string]operation{actProvide: {"ITI-41", true, d.provide}, actRetrieve: {"ITI-43", true, d.retrieve}}))
	mux.Handle("POST "+RegistryPath, d.service(maxQuery, map[string]operation{actQuery: {"ITI-18", false, d.query}}))
	mux.HandleFunc(RepositoryPath, d.postOnly)
	mux.HandleFunc(RegistryPath, d.postOnly)
}

// operation is one transaction; mtom tells whether its messages travel as multipart.
type operation struct {
	name string
	mtom bool
	run  func(ctx context.Context, c dmp.Caller, env *soap.Envelope) (reply, error)
}

// reply is what an operation answers: always HTTP 200, refusals of content inside.
type reply struct {
	action  string
	body    []byte
	mtom    bool
	parts   []soap.Attachment
	outcome string
}

var bodies = map[string]soap.Name{
	actProvide:  {Space: ebxml.NSXDSB, Local: "ProvideAndRegisterDocumentSetRequest"},
	actRetrieve: {Space: ebxml.NSXDSB, Local: "RetrieveDocumentSetRequest"},
	actQuery:    {Space: ebxml.NSQuery, Local: "AdhocQueryRequest"},
}

// Refusals of the door.
var (
	errBody = &finding.Refusal{ID: "SOAP-TROP-GRAND", Kind: finding.TooLarge, Rule: "limite publiée",
		Message: finding.T("La requête dépasse la taille acceptée.", "The request is over the accepted size."),
		Fix:     finding.T("Envoyez moins de documents à la fois.", "Send fewer documents at once.")}
	errCut = &finding.Refusal{ID: "SOAP-COUPE", Kind: finding.Invalid, Rule: "HTTP",
		Message: finding.T("La requête s'est interrompue avant sa fin.", "The request stopped before its end."),
		Fix:     finding.T("Envoyez-la de nouveau.", "Send it again.")}
	errMethod = &finding.Refusal{ID: "SOAP-METHODE", Kind: finding.Invalid, Rule: "SOAP 1.2 (W3C), partie 2 §7.4",
		Message: finding.T("Ce service ne répond qu'à POST.", "This service answers POST only."),
		Fix:     finding.T("Envoyez l'enveloppe SOAP par POST.", "Send the SOAP envelope by POST.")}
	errCertificate = &finding.Refusal{ID: "TLS-CLIENT", Kind: finding.Unauthenticated, Code: "DMPInvalidCertificate", Rule: "DMP 3.4 n° 1",
		Message: finding.T("Aucun certificat client n'a été présenté.", "No client certificate was presented."),
		Fix:     finding.T("Présentez le certificat de la structure ou de la carte.", "Present the certificate of the structure or card.")}
	errOperation = &finding.Refusal{ID: "SOAP-SERVICE", Kind: finding.Invalid, Code: "wsa:ActionNotSupported", Rule: "DMP 2.1",
		Message: finding.T("Cette action n'est pas servie à cette adresse.", "This action is not served at this address."),
		Fix:     finding.T("ITI-41 et ITI-43 sur repository, ITI-18 sur registry.", "ITI-41 and ITI-43 on repository, ITI-18 on registry.")}
	errMTOM = &finding.Refusal{ID: "SOAP-MTOM", Kind: finding.Invalid, Rule: "IHE ITI TF-2 3.41.4.1",
		Message: finding.T("Cette transaction voyage en MTOM/XOP (multipart/related).", "This transaction travels as MTOM/XOP (multipart/related)."),
		Fix:     finding.T("Activez MTOM dans le client SOAP.", "Turn MTOM on in the SOAP client.")}
)

// service serves the operations of one address, in requests of limit bytes at most.
func (d *Door) service(limit int64, ops map[string]operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		name, outcome, received := "?", "", 0
		defer func() {
			if d.Observe != nil {
				d.Observe(name, outcome, received, time.Since(start))
			}
		}()
		// Strangers are answered before a byte of theirs is read.
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			outcome = d.fault(w, "", errCertificate)
			return
		}
		if cert := r.TLS.PeerCertificates[0]; d.Revoked != nil && d.Revoked(cert) {
			d.DMP.RefusedAuthentication(r.Context(), "xdsb", cert.Subject.CommonName, acces.ErrRevoked)
			outcome = d.fault(w, "", acces.ErrRevoked)
			return
		}
		body, done, err := d.read(r, limit)
		defer done()
		received = len(body)
		if err != nil {
			outcome = d.fault(w, "", err)
			return
		}
		env, err := soap.Read(r.Header.Get("Content-Type"), r.Header.Get("SOAPAction"), body,
			soap.Options{Bodies: bodies, XOPIn: []soap.Name{{Space: ebxml.NSXDSB, Local: "Document"}}})
		if err != nil {
			outcome = d.fault(w, env.MessageID, err)
			return
		}
		op, ok := ops[env.Action]
		if !ok {
			outcome = d.fault(w, env.MessageID, errOperation.At(env.Action))
			return
		}
		name = op.name
		if op.mtom && d.RequireMTOM && !env.MTOM {
			outcome = d.fault(w, env.MessageID, errMTOM)
			return
		}
		caller, err := d.Auth.VIHF(env.Security, r.TLS.PeerCertificates[0])
		if err != nil {
			if ref := finding.As(err); ref != nil {
				d.DMP.RefusedAuthentication(r.Context(), "xdsb", r.TLS.PeerCertificates[0].Subject.CommonName, ref)
			}
			outcome = d.fault(w, env.MessageID, err)
			return
		}
		caller.Door = "xdsb"
		rep, err := op.run(r.Context(), caller, env)
		if err != nil {
			outcome = d.fault(w, env.MessageID, err)
			return
		}
		outcome = rep.outcome
		d.answer(w, env.MessageID, rep)
	})
}

// postOnly answers the other methods.
func (d *Door) postOnly(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", http.MethodPost)
	d.fault(w, "", errMethod)
}

func (d *Door) maxBody() int64 {
	if d.MaxBody == 0 {
		return DefaultMaxBody
	}
	return d.MaxBody
}

// read takes the whole body, bounded; an announced size spares reading what is too large. done
// gives its memory back to the others.
func (d *Door) read(r *http.Request, limit int64) (body []byte, done func(), err error) {
	body, done, err = d.budget.read(r.Context(), r.Body, r.ContentLength, limit)
	if err != nil && finding.As(err) == nil {
		err = errCut.With(err)
	}
	return body, done, err
}

func messageID() string { return "urn:uuid:" + uuid.Must(uuid.NewV7()).String() }

// fault answers a SOAP fault and gives the outcome for the metrics.
func (d *Door) fault(w http.ResponseWriter, relatesTo string, err error) string {
	r := finding.As(err)
	if r == nil {
		d.Log.Error("xdsb", "err", err)
		r = dmp.ErrStore
	}
	f := soap.FaultOf(r)
	status := f.Status()
	switch {
	case r.ID == errMethod.ID:
		status = http.StatusMethodNotAllowed
	case r.Kind == finding.TooLarge:
		status = http.StatusRequestEntityTooLarge
		w.Header().Set("Connection", "close")
	case r.Kind == finding.Busy:
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", soap.ContentType(f.Action()))
	w.WriteHeader(status)
	_, _ = w.Write(soap.AppendFault(nil, messageID(), relatesTo, &f))
	return r.ID
}

// answer writes a reply, in multipart when it carries parts or must. The body is written as it
// is: lists of hundreds of documents weigh megabytes.
func (d *Door) answer(w http.ResponseWriter, relatesTo string, rep reply) {
	head := soap.AppendOpen(nil, soap.Headers{Action: rep.action, MessageID: messageID(), RelatesTo: relatesTo})
	tail := soap.AppendClose(nil)
	h := w.Header()
	if !rep.mtom {
		h.Set("Content-Type", soap.ContentType(rep.action))
		h.Set("Content-Length", strconv.Itoa(len(head)+len(rep.body)+len(tail)))
		write(w, head, rep.body, tail)
		return
	}
	boundary := "uuid-" + uuid.NewString()
	h.Set("Content-Type", soap.MTOMContentType(boundary, rep.action))
	write(w, append(soap.AppendRootHeader(nil, boundary, rep.action), head...), rep.body, tail)
	for i := range rep.parts {
		write(w, soap.AppendPartHeader(nil, boundary, &rep.parts[i]), rep.parts[i].Data)
	}
	write(w, soap.AppendEnd(nil, boundary))
}

// write sends pieces; a client that left is not our error.
func write(w http.ResponseWriter, pieces ...[]byte) {
	for _, p := range pieces {
		if _, err := w.Write(p); err != nil {
			return
		}
	}
}

// hashed computes both hashes of a document.
func hashed(id string, b []byte) dmp.Document {
	return dmp.Document{EntryID: id, Bytes: b, SHA1: sha1.Sum(b), SHA256: sha256.Sum256(b)}
}
