// Package metrics is the door of the operator: Prometheus figures, and whether the program lives
// and is ready. It says nothing of anybody: labels are transactions and refusal ids.
package metrics

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics holds the figures of one program.
type Metrics struct {
	registry   *prometheus.Registry
	exchanges  *prometheus.CounterVec
	durations  *prometheus.HistogramVec
	received   *prometheus.CounterVec
	handshakes *prometheus.CounterVec
	ready      atomic.Bool
}

// New makes the figures; gauge functions are added with Gauge.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		exchanges: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "socle_exchanges_total",
			Help: "Exchanges by door, transaction and outcome (ok or refusal id)."}, []string{"door", "transaction", "outcome"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "socle_exchange_seconds", Help: "Time to answer.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5}}, []string{"door", "transaction"}),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "socle_received_bytes_total", Help: "Bytes received in requests."}, []string{"door"}),
		handshakes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "socle_tls_handshakes_total",
			Help: "TLS connections, resumed by a session ticket or not."}, []string{"resumed"}),
	}
	m.registry.MustRegister(m.exchanges, m.durations, m.received, m.handshakes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Observe gives the function a door calls after each exchange.
func (m *Metrics) Observe(door string) func(transaction, outcome string, received int, took time.Duration) {
	return func(transaction, outcome string, received int, took time.Duration) {
		m.exchanges.WithLabelValues(door, transaction, outcome).Inc()
		m.durations.WithLabelValues(door, transaction).Observe(took.Seconds())
		m.received.WithLabelValues(door).Add(float64(received))
	}
}

// Handshake counts a TLS connection.
func (m *Metrics) Handshake(resumed bool) {
	v := "no"
	if resumed {
		v = "yes"
	}
	m.handshakes.WithLabelValues(v).Inc()
}

// Gauge adds a figure read when asked.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	var c prometheus.Collector = prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
	if strings.HasSuffix(name, "_total") {
		c = prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read)
	}
	m.registry.MustRegister(c)
}

// Ready says that the doors are open.
func (m *Metrics) Ready(ok bool) { m.ready.Store(ok) }

// Register adds /metrics, /health/live and /health/ready.
func (m *Metrics) Register(mux *http.ServeMux) {
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) { say(w, 200, "live") })
	mux.HandleFunc("GET /health/ready", func(w http.ResponseWriter, _ *http.Request) {
		if m.ready.Load() {
			say(w, 200, "ready")
			return
		}
		say(w, 503, "starting")
	})
}

func say(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(word + "\n"))
}
