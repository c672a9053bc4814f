package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/insid"
)

// Pressed is what a load other than deposits measured; its JSON form is a contract.
type Pressed struct {
	What        string  `json:"what"`
	Operations  int64   `json:"operations"`
	Seconds     float64 `json:"seconds"`
	PerSecond   float64 `json:"per_second"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	Errors      int64   `json:"errors"`
	ServerCPU   float64 `json:"server_cpu_ms_per_operation"`
	LoadAverage float64 `json:"load_average"`
	Memory      int64   `json:"server_memory_bytes,omitempty"`
	FirstError  string  `json:"first_error,omitempty"`
}

// Loads other than deposits: verifications at INSi one by one, a lot of 100,000, refreshed tokens at
// Pro Santé Connect, names searched in the directory, secure mail.
const (
	PressINSi      = "insi"
	PressLot       = "insi-lot"
	PressTokens    = "tokens"
	PressDirectory = "annuaire"
)

// lotSize is how many persons PressLot verifies.
const lotSize = insi.LotPersons

// Press runs one of them.
func (c *Client) Press(ctx context.Context, what string, o LoadOptions) (*Pressed, error) {
	if what == PressLot {
		return c.pressLot(ctx, o)
	}
	begin := map[string]func(context.Context) (func(context.Context) error, error){PressINSi: c.verifier, PressTokens: c.refresher, PressDirectory: c.searcher,
		PressMail: c.mailer(false, o.Size), PressLocalMail: c.mailer(true, o.Size)}[what]
	if begin == nil {
		return nil, fmt.Errorf("unknown load %q: deposits, %s, %s, %s, %s, %s or %s", what, PressINSi, PressLot, PressTokens, PressDirectory, PressMail, PressLocalMail)
	}
	before, err := c.processFigures(ctx)
	if err != nil {
		return nil, err
	}
	l := &loader{c: c, stop: time.Now().Add(o.Duration)}
	start := time.Now()
	var all sync.WaitGroup
	for range o.Connections {
		do, err := begin(ctx)
		if err != nil {
			return nil, err
		}
		all.Go(func() { l.repeat(ctx, do) })
	}
	done := make(chan struct{})
	var told sync.WaitGroup
	if o.Progress != nil {
		told.Go(func() { l.report(o, start, done) })
	}
	all.Wait()
	close(done)
	told.Wait()
	f := l.pressed(what, time.Since(start), l.docs.Load())
	return f, c.cost(ctx, f, before)
}

// cost adds what the server spent.
func (c *Client) cost(ctx context.Context, f *Pressed, before map[string]float64) error {
	after, err := c.processFigures(context.WithoutCancel(ctx))
	if err == nil && f.Operations > 0 {
		f.ServerCPU = (after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]) * 1000 / float64(f.Operations)
		f.Memory = int64(after["process_resident_memory_bytes"])
	}
	return err
}

func (l *loader) pressed(what string, took time.Duration, n int64) *Pressed {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &Pressed{What: what, Operations: n, Seconds: took.Seconds(), PerSecond: float64(n) / took.Seconds(), Errors: l.errors.Load(),
		P50: percentile(l.latencies, 50), P99: percentile(l.latencies, 99), LoadAverage: loadAverage()}
	if l.first != nil {
		f.FirstError = l.first.Error()
	}
	return f
}

// repeat is one connection.
func (l *loader) repeat(ctx context.Context, do func(context.Context) error) {
	var mine []time.Duration
	for time.Now().Before(l.stop) && ctx.Err() == nil {
		start := time.Now()
		if err := do(ctx); err != nil {
			if ctx.Err() != nil {
				break
			}
			if l.fail(err); l.errors.Load() > maxLoadErrors {
				break
			}
			continue
		}
		mine = append(mine, time.Since(start))
		l.docs.Add(1)
	}
	l.mu.Lock()
	l.latencies = append(l.latencies, mine...)
	l.mu.Unlock()
}

// insiClient gives a connection to INSi under the certificate of the first structure.
func (c *Client) insiClient() (*http.Client, error) {
	if c.Endpoints.INSi == "" || len(c.Endpoints.Structures) == 0 {
		return nil, errors.New("this Socle serves no INSi")
	}
	s := c.Endpoints.Structures[0]
	cert, err := tls.LoadX509KeyPair(s.INSiCert, s.INSiKey)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.roots, Certificates: []tls.Certificate{cert}}}}, nil
}

// individuals are the citizens of endpoints.json.
func (c *Client) individuals() (out []insi.Individual, err error) {
	for _, p := range c.Endpoints.Personas {
		if p.INS == "" {
			continue
		}
		id, err := insid.Parse(p.INS, p.OID)
		if err != nil {
			return nil, err
		}
		out = append(out, insi.Individual{INS: id, Traits: insi.Traits{BirthName: p.BirthName, Givens: p.BirthGivens, Sex: p.Sex, BirthDate: p.BirthDate, BirthPlace: p.BirthPlace}})
	}
	if len(out) == 0 {
		return nil, errors.New("no citizen to verify")
	}
	return out, nil
}

func (c *Client) callINSi(ctx context.Context, h *http.Client, o insi.Outgoing) (string, []byte, error) {
	o.MessageID = "uuid:" + uuid.NewString()
	o.Context = insi.Context{ID: uuid.NewString(), Time: c.now().UTC().Format(time.RFC3339), Emitter: c.Endpoints.Structures[0].ID, IDAM: "essai", Version: "1", Instance: "1", Name: "urn:lps:socle:1"}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoints.INSi, bytes.NewReader(insi.AppendRequest(nil, o)))
	if err != nil {
		return "", nil, err
	}
	r.Header.Set("Content-Type", insi.RequestContentType(o.Operation))
	a, err := h.Do(r)
	if err != nil {
		return "", nil, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(io.LimitReader(a.Body, insi.MaxLot))
	return a.Header.Get("Content-Type"), b, err
}

// verifier verifies the citizens in turn.
func (c *Client) verifier(context.Context) (func(context.Context) error, error) {
	h, err := c.insiClient()
	if err != nil {
		return nil, err
	}
	people, err := c.individuals()
	if err != nil {
		return nil, err
	}
	n := 0
	return func(ctx context.Context) error {
		n++
		kind, b, err := c.callINSi(ctx, h, insi.Outgoing{Operation: insi.Verify, Persons: people[n%len(people) : n%len(people)+1]})
		if err != nil {
			return err
		}
		ok, err := insi.ReadVerified(kind, b)
		if err == nil && !ok {
			err = errors.New("a citizen of the territory is not verified")
		}
		return err
	}, nil
}

// pressLot deposits one lot and follows it to its end.
func (c *Client) pressLot(ctx context.Context, o LoadOptions) (*Pressed, error) {
	h, err := c.insiClient()
	if err != nil {
		return nil, err
	}
	people, err := c.individuals()
	if err != nil {
		return nil, err
	}
	lot := make([]insi.Individual, lotSize)
	for i := range lot {
		lot[i] = people[i%len(people)]
		lot[i].Ref = strconv.Itoa(i)
	}
	before, err := c.processFigures(ctx)
	if err != nil {
		return nil, err
	}
	l, start := &loader{c: c}, time.Now()
	next := insi.Outgoing{Operation: insi.DepositLot, Persons: lot}
	for {
		kind, b, err := c.callINSi(ctx, h, next)
		if err != nil {
			return nil, err
		}
		got, err := insi.ReadLot(kind, b)
		if err != nil {
			return nil, err
		}
		if o.Progress != nil {
			o.Progress(got.Done, got.Total)
		}
		if got.State == insi.LotFinished {
			for _, r := range got.Results {
				if r.Result != insi.VerifiedOK {
					l.fail(fmt.Errorf("person %s: %s %s", r.Ref, r.Result, r.Reason))
				}
			}
			f := l.pressed(PressLot, time.Since(start), int64(len(got.Results)))
			return f, c.cost(ctx, f, before)
		}
		next = insi.Outgoing{Operation: insi.CollectLot, Lot: got.ID}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// refresher signs the persona in at Pro Santé Connect once, then refreshes its tokens.
func (c *Client) refresher(ctx context.Context) (func(context.Context) error, error) {
	if len(c.Endpoints.PSCClients) == 0 {
		return nil, errors.New("this Socle serves no Pro Santé Connect")
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	const back = "http://127.0.0.1:1/retour"
	h := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.roots}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.String(), back) {
				return http.ErrUseLastResponse
			}
			return nil
		}}
	get := func(address string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		a, err := h.Do(r)
		if err == nil {
			a.Body.Close()
		}
		return a, err
	}
	if _, err := get(c.Persona.Login); err != nil {
		return nil, err
	}
	p := c.Endpoints.PSCClients[0]
	a, err := get(c.Endpoints.Web + "/auth?" + url.Values{"response_type": {"code"}, "client_id": {p.ID}, "redirect_uri": {back}, "scope": {"openid scope_all"},
		"acr_values": {"eidas1"}, "state": {uuid.NewString()}, "nonce": {uuid.NewString()}}.Encode())
	if err != nil {
		return nil, err
	}
	at, err := a.Location()
	if err != nil {
		return nil, fmt.Errorf("the authorization page answered %s", a.Status)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {at.Query().Get("code")}, "redirect_uri": {back}}
	return func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoints.PSCIssuer+"/protocol/openid-connect/token", strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(p.ID, p.Secret)
		a, err := h.Do(r)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		var tokens struct {
			Refresh string `json:"refresh_token"`
			Error   string `json:"error_description"`
		}
		if err := json.NewDecoder(io.LimitReader(a.Body, 1<<20)).Decode(&tokens); err != nil {
			return err
		}
		if tokens.Refresh == "" {
			return errors.New("token endpoint: " + tokens.Error)
		}
		form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}
		return nil
	}, nil
}

// searcher looks names up in the directory.
func (c *Client) searcher(context.Context) (func(context.Context) error, error) {
	token, err := os.ReadFile(c.Persona.TokenFile)
	if err != nil {
		return nil, err
	}
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.roots}}}
	names := []string{"mar", "le", "bern", "dup", "mo", "ro", "gir", "pet", "fa", "be"}
	n := 0
	return func(ctx context.Context) error {
		n++
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoints.Annuaire+"/Practitioner?name="+names[n%len(names)], nil)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		a, err := h.Do(r)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		if _, err := io.Copy(io.Discard, a.Body); err != nil {
			return err
		}
		if a.StatusCode != http.StatusOK {
			return errors.New("the directory answered " + a.Status)
		}
		return nil
	}, nil
}
