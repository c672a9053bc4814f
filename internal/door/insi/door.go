// Package insi is the INSi door: it answers as the national teleservice does (search by traits, by
// carte Vitale, verification of one or of a lot), in SOAP 1.2, and it calls the national one.
//
// Standard: INSi, DESIR_ICIR_EXP 1.5.0 (see format/insi for what is confirmed). A door: the registers
// answer, the gate decides who may ask. Missing: the journal of the national service (each caller
// keeps its own).
//
// Start at Door.Register, or at Client to call another INSi.
package insi

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Path of the service, as the national one has it.
// spec: INS §6 (endpoints)
const Path = "/lps"

// Teleservice answers. ByMatricule serves a carte Vitale.
type Teleservice interface {
	ins.Teleservice
	ByMatricule(context.Context, insid.Matricule) (ins.Reply, error)
}

// Gate decides who may ask.
type Gate interface {
	Authenticate(client *x509.Certificate, security xmltree.Node) (acces.INSiCaller, error)
}

// Door serves INSi.
type Door struct {
	Registers Teleservice
	Gate      Gate
	Log       *slog.Logger
	Public    string // address written in the WSDL, https://host:port
	Observe   func(transaction, outcome string, received int, took time.Duration)

	lots  lots
	large chan struct{} // places for large requests
}

// Register adds the routes: the service by POST, its WSDL and schemas by GET.
func (d *Door) Register(mux *http.ServeMux) {
	d.lots.registers, d.lots.log = d.Registers, d.Log
	d.large = make(chan struct{}, maxLarge)
	mux.HandleFunc("POST "+Path, d.post)
	mux.HandleFunc("GET "+Path, d.describe)
	mux.HandleFunc("GET "+Path+"/{schema}", d.describe)
}

// Close stops the lots under way.
func (d *Door) Close() { d.lots.close() }

func (d *Door) describe(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("schema")
	b, err := insi.WSDL(d.Public+Path), error(nil)
	if name != "" && name != "insi.wsdl" {
		b, err = insi.Schema(path.Base(name))
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	// Clients resolve the imports of the description against its own address.
	if name == "" {
		b = []byte(strings.ReplaceAll(string(b), `schemaLocation="`, `schemaLocation="`+d.Public+Path+`/`))
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(b)
}

func (d *Door) post(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	q := &insi.Request{}
	n := 0
	out, outcome := []byte(nil), "ok"
	err := func() error {
		client, err := peer(r)
		if err != nil {
			return err
		}
		body, err := d.read(w, r, client)
		n = len(body)
		if len(body) > insi.MaxRequest {
			defer func() { <-d.large }()
		}
		if err != nil {
			return err
		}
		q, err = insi.Read(r.Header.Get("Content-Type"), r.Header.Get("SOAPAction"), body)
		// Who may not ask is told so before what is wrong with what they ask.
		caller, refused := d.Gate.Authenticate(client, q.Security)
		if refused != nil {
			return refused
		}
		if err != nil {
			return err
		}
		out, err = d.answer(r.Context(), caller, q)
		return err
	}()
	status := http.StatusOK
	if err != nil {
		ref := finding.As(err)
		if ref == nil {
			d.Log.Error("insi", "err", err)
			ref = insi.ErrTechnical
		}
		outcome, status = ref.ID, statusOf(ref)
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
		}
		out = insi.AppendFault(nil, ref, q.MessageID)
	}
	w.Header().Set("Content-Type", insi.ContentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out)
	if d.Observe != nil {
		name := string(q.Operation)
		if name == "" {
			name = "?"
		}
		d.Observe(name, outcome, n, time.Since(start))
	}
}

// statusOf is the HTTP status of a fault: 400 for what the sender can mend and 500 for the rest, as
// the SOAP 1.2 binding says; 413 and 503 where HTTP says more.
func statusOf(r *finding.Refusal) int {
	switch r.Kind {
	case finding.TooLarge:
		return http.StatusRequestEntityTooLarge
	case finding.Busy:
		return http.StatusServiceUnavailable
	case finding.Unavailable, finding.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// peer gives the certificate of the connection, when TLS verified its chain.
func peer(r *http.Request) (*x509.Certificate, error) {
	if r.TLS == nil {
		return nil, insi.ErrCertificate
	}
	if len(r.TLS.PeerCertificates) == 0 || len(r.TLS.VerifiedChains) == 0 {
		return nil, nil
	}
	return r.TLS.PeerCertificates[0], nil
}

var errCut = &finding.Refusal{ID: "INSI-COUPE", Kind: finding.Invalid, Rule: "HTTP",
	Message: finding.T("La requête s'est interrompue avant sa fin ou dépasse la taille acceptée.", "The request stopped before its end or is over the accepted size."),
	Fix:     finding.T("Envoyez-la de nouveau ; une personne tient en 1 Mo, un lot en 96 Mo.", "Send it again; one person fits in 1 MB, a lot in 96 MB.")}

// maxLarge bounds the requests over one person's size that are in memory at once, for everybody.
const maxLarge = 2

// read reads a body. Nobody without a certificate sends more than one person, and few send more at
// once: who gets more than insi.MaxRequest gives a place back in d.large.
func (d *Door) read(w http.ResponseWriter, r *http.Request, client *x509.Certificate) ([]byte, error) {
	limit := int64(insi.MaxLot)
	if client == nil {
		limit = insi.MaxRequest
	}
	in := http.MaxBytesReader(w, r.Body, limit)
	body, err := io.ReadAll(io.LimitReader(in, insi.MaxRequest+1))
	if err != nil {
		return nil, cut(err)
	}
	if len(body) <= insi.MaxRequest {
		return body, nil
	}
	select {
	case d.large <- struct{}{}:
	default:
		return nil, insi.ErrLotBusy
	}
	rest, err := io.ReadAll(in)
	if err != nil {
		<-d.large
		return nil, cut(err)
	}
	return append(body, rest...), nil
}

func cut(err error) error {
	c := *errCut
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		c.Kind = finding.TooLarge
	}
	return c.With(err)
}

func (d *Door) answer(ctx context.Context, caller acces.INSiCaller, q *insi.Request) ([]byte, error) {
	switch q.Operation {
	case insi.SearchTraits:
		given := ""
		if len(q.Search.Prenom) > 0 {
			given = strings.Join(q.Search.Prenom, " ")
		}
		rep, err := d.Registers.Search(ctx, ins.Query{BirthName: q.Search.BirthName, Given: given, Sex: q.Search.Sex, BirthDate: q.Search.BirthDate, BirthPlace: q.Search.BirthPlace})
		if err != nil {
			return nil, insi.ErrTechnical.With(err)
		}
		return insi.AppendAnswer(nil, message(rep)), nil
	case insi.SearchVitale:
		if caller.Vitale == "" {
			return nil, insi.ErrVitale
		}
		rep, err := d.Registers.ByMatricule(ctx, caller.Vitale)
		if err != nil {
			return nil, insi.ErrTechnical.With(err)
		}
		return insi.AppendAnswer(nil, message(rep)), nil
	case insi.Verify:
		ok, err := verify(ctx, d.Registers, q.Persons[0])
		if err != nil {
			return nil, insi.ErrTechnical.With(err)
		}
		return insi.AppendVerified(nil, ok), nil
	case insi.DepositLot:
		lot, err := d.lots.deposit(caller.ID, q.Persons)
		if err != nil {
			return nil, err
		}
		return insi.AppendLot(nil, lot), nil
	}
	lot, err := d.lots.collect(caller.ID, q.Lot)
	if err != nil {
		return nil, err
	}
	return insi.AppendLot(nil, lot), nil
}

func verify(ctx context.Context, t ins.Teleservice, p insi.Individual) (bool, error) {
	return t.Verify(ctx, p.INS, traits(p.Traits))
}

// traits puts the traits of a message in the words of the domain.
func traits(t insi.Traits) ins.Traits {
	out := ins.Traits{BirthName: t.BirthName, Givens: t.Givens, Sex: t.Sex, BirthDate: t.BirthDate, BirthPlace: t.BirthPlace}
	if len(t.Prenom) > 0 {
		out.FirstGiven = strings.Join(t.Prenom, " ")
	}
	return out
}

// message puts an answer of the registers in the words of the message.
func message(r ins.Reply) insi.Answer {
	a := insi.Answer{Code: string(r.Code), Label: r.Label, INS: r.INS,
		Traits: insi.Traits{BirthName: r.Traits.BirthName, Givens: r.Traits.Givens, Sex: r.Traits.Sex, BirthDate: r.Traits.BirthDate, BirthPlace: r.Traits.BirthPlace}}
	for _, f := range r.History {
		a.History = append(a.History, insi.Former(f))
	}
	return a
}
