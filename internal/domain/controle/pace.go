package controle

import (
	"net/netip"
	"sync"
	"time"
)

// Bounds of the pace of one address: a burst, then so many a second. The machine itself is not
// bounded: what comes by loopback waits for its turn like everyone.
const (
	paceBurst     = 120
	pacePerSecond = 4
	maxPaced      = 20_000
)

// pace is a bucket of tokens for each address.
type pace struct {
	mu   sync.Mutex
	list map[netip.Prefix]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// take counts one request of an address, "host" or "host:port"; false is too many.
func (p *pace) take(address string, now time.Time) bool {
	key, bounded := network(address)
	if !bounded {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b, known := p.list[key]
	if !known {
		p.room(now)
		b = bucket{paceBurst, now}
	}
	b.left = min(paceBurst, b.left+max(0, now.Sub(b.at).Seconds())*pacePerSecond)
	b.at = now
	ok := b.left >= 1
	if ok {
		b.left--
	}
	p.list[key] = b
	return ok
}

// owe counts what an admitted request turned out to cost beside its first token; an address may owe
// a burst at most.
func (p *pace) owe(address string, n float64) {
	key, bounded := network(address)
	if !bounded || n <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if b, known := p.list[key]; known {
		b.left = max(-paceBurst, b.left-n)
		p.list[key] = b
	}
}

// room forgets the addresses whose bucket is full again, and all of them when that is not enough.
func (p *pace) room(now time.Time) {
	if p.list == nil {
		p.list = map[netip.Prefix]bucket{}
	}
	if len(p.list) < maxPaced {
		return
	}
	for k, b := range p.list {
		if b.left+now.Sub(b.at).Seconds()*pacePerSecond >= paceBurst {
			delete(p.list, k)
		}
	}
	if len(p.list) >= maxPaced {
		clear(p.list)
	}
}

// network is what counts as one address: an IPv4 address, or the /64 an IPv6 host chooses from.
// Loopback, and what is no address, is not bounded.
func network(address string) (netip.Prefix, bool) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		p, err := netip.ParseAddrPort(address)
		if err != nil {
			return netip.Prefix{}, false
		}
		a = p.Addr()
	}
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return netip.Prefix{}, false
	}
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	return p, err == nil
}
