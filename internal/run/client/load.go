package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
)

// LoadOptions say how hard to press.
type LoadOptions struct {
	Duration    time.Duration
	Connections int
	Size        int    // bytes of one document, about
	Patients    int    // persons who receive them
	Ledger      string // file that gets a line for each acknowledged document
	Finds       int    // FindDocuments per second meanwhile, about one person who has many documents
	Rate        int    // documents per second asked at most; 0 = as many as the server takes
	Progress    func(done, total int)
}

// Figures is what a load measured; its JSON form is a contract.
type Figures struct {
	Documents    int64   `json:"documents"`
	Seconds      float64 `json:"seconds"`
	PerSecond    float64 `json:"per_second"`
	P50          float64 `json:"p50_ms"`
	P99          float64 `json:"p99_ms"`
	Errors       int64   `json:"errors"`
	ServerCPU    float64 `json:"server_cpu_ms_per_document"`
	LoadAverage  float64 `json:"load_average"`
	ServerMemory int64   `json:"server_memory_bytes,omitempty"`
	Busy         int64   `json:"busy"`
	FindP99      float64 `json:"find_p99_ms,omitempty"`
	Finds        int     `json:"finds,omitempty"`
	FirstError   string  `json:"first_error,omitempty"`
}

// target is one person and the document that is deposited again and again under new identifiers.
type target struct {
	ins      insid.INS
	handle   string
	doc      []byte
	at       []int // where the identifier of the document stands
	template *cda.Document
}

// placeholder is the identifier that each deposit replaces; every fresh one has the same length.
var placeholder = "2.25.1" + strings.Repeat("0", 38)

// freshID makes an OID of the length of the placeholder.
func freshID() string {
	u := uuid.New()
	s := new(big.Int).SetBytes(u[:]).String()
	if len(s) > 38 {
		s = s[:38]
	}
	return "2.25.1" + strings.Repeat("0", 38-len(s)) + s
}

// Load deposits documents as fast as the server takes them.
func (c *Client) Load(ctx context.Context, o LoadOptions) (*Figures, error) {
	targets, err := c.targets(ctx, o)
	if err != nil {
		return nil, err
	}
	ledger, err := openLedger(o.Ledger)
	if err != nil {
		return nil, err
	}
	before, err := c.processFigures(ctx)
	if err != nil {
		return nil, err
	}
	l := &loader{c: c, targets: targets, ledger: ledger, stop: time.Now().Add(o.Duration), pace: pace(o.Rate)}
	start := time.Now()
	var all sync.WaitGroup
	for range o.Connections {
		all.Go(func() { l.feed(ctx) })
	}
	if o.Finds > 0 {
		all.Go(func() { l.find(ctx, o.Finds) })
	}
	done := make(chan struct{})
	var told sync.WaitGroup
	if o.Progress != nil {
		told.Go(func() { l.report(o, start, done) })
	}
	all.Wait()
	close(done)
	told.Wait()
	took := time.Since(start)
	after, err := c.processFigures(context.WithoutCancel(ctx))
	if err != nil {
		l.fail(err)
	}
	f := l.figures(took) // an interrupted load tells what it measured all the same
	if f.Documents > 0 && after != nil {
		f.ServerCPU = (after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]) * 1000 / float64(f.Documents)
		f.ServerMemory = int64(after["process_resident_memory_bytes"])
	}
	return f, ledger.close()
}

// loader is the state shared by the connections of one load.
type loader struct {
	c       *Client
	targets []*target
	ledger  *ledger
	stop    time.Time
	pace    <-chan time.Time // nil: no pause
	next    atomic.Int64
	errors  atomic.Int64
	busy    atomic.Int64
	docs    atomic.Int64

	mu        sync.Mutex
	latencies []time.Duration
	finds     []time.Duration
	first     error
}

func (l *loader) fail(err error) {
	l.errors.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		l.first = err
	}
}

// pace ticks at a rate; nil when there is none.
func pace(rate int) <-chan time.Time {
	if rate <= 0 {
		return nil
	}
	return time.Tick(time.Second / time.Duration(rate))
}

// feed is one connection: it deposits until the time is over.
func (l *loader) feed(ctx context.Context) {
	var mine []time.Duration
	for time.Now().Before(l.stop) && ctx.Err() == nil {
		t := l.targets[int(l.next.Add(1))%len(l.targets)]
		if l.pace != nil {
			select {
			case <-ctx.Done():
				continue
			case <-l.pace:
			}
		}
		start := time.Now()
		uid, raw, err := l.deposit(ctx, t)
		if err != nil {
			var busy *BusyError
			if errors.As(err, &busy) {
				l.busy.Add(1)
				select {
				case <-ctx.Done():
				case <-time.After(50 * time.Millisecond):
				}
				continue
			}
			if ctx.Err() != nil {
				break
			}
			l.fail(err)
			if l.errors.Load() > maxLoadErrors {
				break
			}
			continue
		}
		mine = append(mine, time.Since(start))
		l.docs.Add(1)
		if err := l.ledger.add(uid, raw, t.ins); err != nil {
			l.fail(err)
			break
		}
	}
	l.mu.Lock()
	l.latencies = append(l.latencies, mine...)
	l.mu.Unlock()
}

// maxLoadErrors stops a connection whose server has gone.
const maxLoadErrors = 1000

func (l *loader) deposit(ctx context.Context, t *target) (uid string, raw []byte, err error) {
	uid = freshID()
	raw = bytes.Clone(t.doc)
	for _, i := range t.at {
		copy(raw[i:], uid)
	}
	sub := Submission(t.template, l.c.Persona, l.c.now())
	sub.Entries[0].UniqueID = uid
	a, err := l.c.Provide(ctx, sub, map[string][]byte{sub.Entries[0].EntryUUID: raw})
	if err != nil {
		return "", nil, err
	}
	if !a.OK() {
		why := a.Status
		if len(a.Errors) > 0 {
			why = a.Errors[0].Code + ": " + a.Errors[0].Context
		}
		return "", nil, errors.New(why)
	}
	return uid, raw, nil
}

// find asks for the documents of the first person, at a steady pace.
func (l *loader) find(ctx context.Context, perSecond int) {
	cx := l.targets[0].ins.CX()
	c := *l.c
	c.took = func(d time.Duration) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.finds = append(l.finds, d)
	}
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for time.Now().Before(l.stop) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		q := &xds.Query{ID: xds.FindDocuments, ReturnLeaf: true, Slots: []xds.Slot{{Name: "$XDSDocumentEntryPatientId", Values: []string{cx}},
			{Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved)}}}}
		if _, err := c.Query(ctx, cx, q); err != nil {
			l.fail(err)
		}
	}
}

func (l *loader) report(o LoadOptions, start time.Time, done chan struct{}) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			o.Progress(1, 1)
			return
		case <-tick.C:
			o.Progress(int(time.Since(start).Seconds()), int(o.Duration.Seconds())+1)
		}
	}
}

func (l *loader) figures(took time.Duration) *Figures {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &Figures{Documents: l.docs.Load(), Seconds: took.Seconds(), Errors: l.errors.Load(), Busy: l.busy.Load(), Finds: len(l.finds)}
	f.PerSecond = float64(f.Documents) / took.Seconds()
	f.P50, f.P99 = percentile(l.latencies, 50), percentile(l.latencies, 99)
	f.FindP99 = percentile(l.finds, 99)
	f.LoadAverage = loadAverage()
	if l.first != nil {
		f.FirstError = l.first.Error()
	}
	return f
}

func percentile(d []time.Duration, p int) float64 {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return float64(d[min(len(d)-1, len(d)*p/100)].Microseconds()) / 1000
}

func loadAverage() float64 {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}

// processFigures reads the process figures of the server.
func (c *Client) processFigures(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoints.Metrics, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	out := map[string]float64{}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", c.Endpoints.Metrics, resp.Status)
	}
	sc := bufio.NewScanner(resp.Body)
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		if len(f) == 2 && f[0][0] != '#' {
			if v, err := strconv.ParseFloat(f[1], 64); err == nil {
				out[f[0]] = v
			}
		}
	}
	return out, sc.Err()
}

// ledger is the list of what the server acknowledged, one line at once.
type ledger struct {
	mu sync.Mutex
	f  *os.File
}

func openLedger(path string) (*ledger, error) {
	if path == "" {
		return &ledger{}, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return &ledger{f: f}, err
}

func (l *ledger) add(uid string, raw []byte, id insid.INS) error {
	if l.f == nil {
		return nil
	}
	sum := sha256.Sum256(raw)
	line := fmt.Sprintf("%s\t%s\t%s\t%s\n", uid, hex.EncodeToString(sum[:]), id.Matricule.Reveal(), id.OID)
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.f.WriteString(line)
	return err
}

func (l *ledger) close() error {
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}
