package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progress is one line rewritten in place on a terminal, and silence everywhere else.
type progress struct {
	out  io.Writer
	what string
	on   bool

	mu   sync.Mutex
	last time.Time
}

const progressEvery = 100 * time.Millisecond

func newProgress(w io.Writer, what string) *progress {
	f, ok := w.(*os.File)
	p := &progress{out: w, what: what}
	if ok {
		st, err := f.Stat()
		p.on = err == nil && st.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	}
	return p
}

// Set says how far the work is; the line goes away at the end.
func (p *progress) Set(done, total int) {
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if done >= total {
		fmt.Fprint(p.out, "\r\x1b[K")
		return
	}
	if time.Since(p.last) < progressEvery {
		return
	}
	p.last = time.Now()
	const width = 30
	n := width * done / max(total, 1)
	bar := make([]byte, width)
	for i := range bar {
		bar[i] = ' '
		if i < n {
			bar[i] = '='
		}
	}
	fmt.Fprintf(p.out, "\r[%s] %d/%d %s", bar, done, total, p.what)
}

// useColour tells whether a writer is a terminal that wants colours.
func useColour(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && newProgress(w, "").on
}
