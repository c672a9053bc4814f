package insi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// callTimeout bounds one call; the national service is slower than ours.
const callTimeout = 30 * time.Second

// Client calls an INSi: the national one in production. It implements ins.Teleservice.
type Client struct {
	URL  string
	HTTP *http.Client // carries the INSI-AUTO or INSI-MANU certificate
	// Emitter is the idNat of the structure; the others name the software.
	Emitter, IDAM, Version, Instance, Name string
	Now                                    func() time.Time
	// Security makes the wsse:Security of a call, for the access by professional card; nil otherwise.
	Security func() ([]byte, error)
}

// Search asks INSi for a person by their traits.
func (c *Client) Search(ctx context.Context, q ins.Query) (ins.Reply, error) {
	t := insi.Traits{BirthName: q.BirthName, Sex: q.Sex, BirthDate: q.BirthDate, BirthPlace: q.BirthPlace}
	if q.Given != "" {
		t.Prenom = []string{q.Given}
	}
	contentType, body, err := c.call(ctx, insi.Outgoing{Operation: insi.SearchTraits, Search: t})
	if err != nil {
		return ins.Reply{}, err
	}
	a, err := insi.ReadAnswer(contentType, body)
	if err != nil {
		return ins.Reply{}, err
	}
	first, _, _ := strings.Cut(a.Traits.Givens, " ")
	r := ins.Reply{Code: ins.Code(a.Code), Label: a.Label, INS: a.INS,
		Traits: ins.Traits{BirthName: a.Traits.BirthName, FirstGiven: first, Givens: a.Traits.Givens, Sex: a.Traits.Sex, BirthDate: a.Traits.BirthDate, BirthPlace: a.Traits.BirthPlace}}
	for _, f := range a.History {
		r.History = append(r.History, ins.Former(f))
	}
	return r, nil
}

// Verify asks INSi whether traits are those of who carries an INS.
func (c *Client) Verify(ctx context.Context, id insid.INS, t ins.Traits) (bool, error) {
	p := insi.Individual{INS: id, Traits: insi.Traits{BirthName: t.BirthName, Givens: t.Givens, Sex: t.Sex, BirthDate: t.BirthDate, BirthPlace: t.BirthPlace}}
	if t.FirstGiven != "" && !strings.Contains(t.FirstGiven, " ") {
		p.Traits.Prenom = []string{t.FirstGiven}
	}
	contentType, body, err := c.call(ctx, insi.Outgoing{Operation: insi.Verify, Persons: []insi.Individual{p}})
	if err != nil {
		return false, err
	}
	return insi.ReadVerified(contentType, body)
}

func (c *Client) call(ctx context.Context, o insi.Outgoing) (contentType string, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	o.MessageID = "uuid:" + uuid.NewString()
	o.Context = insi.Context{ID: uuid.NewString(), Time: c.Now().UTC().Format("2006-01-02T15:04:05.000Z"), Emitter: c.Emitter,
		IDAM: c.IDAM, Version: c.Version, Instance: c.Instance, Name: c.Name}
	if c.Security != nil {
		if o.Security, err = c.Security(); err != nil {
			return "", nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(insi.AppendRequest(nil, o)))
	if err != nil {
		return "", nil, err
	}
	r.Header.Set("Content-Type", insi.RequestContentType(o.Operation))
	res, err := c.HTTP.Do(r)
	if err != nil {
		return "", nil, insi.ErrTechnical.With(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, insi.MaxRequest+1))
	switch {
	case err != nil:
		return "", nil, insi.ErrTechnical.With(err)
	case len(body) > insi.MaxRequest:
		return "", nil, insi.ErrTechnical.At("taille")
	}
	if kind := res.Header.Get("Content-Type"); strings.HasPrefix(kind, "application/soap+xml") {
		return kind, body, nil
	}
	return "", nil, insi.ErrTechnical.At("HTTP " + res.Status)
}
