package embedded

import "time"

// Moving committed pages from the WAL into facts.db is the work of its own goroutine, out of the
// way of commits: a passive checkpoint beside them does nearly all. It costs the disk a sync, so
// it waits for enough to move. Now and then a short one between two groups lets the WAL begin
// again: when the store rests, or when the WAL has grown long. That one stalls commits for a
// sync, which is why it is rare.
const (
	checkpointUnits = 1000            // so many units since the last one (about 16 MB of WAL)…
	checkpointDelay = 2 * time.Second // … or so long passed
	restartUnits    = 3000            // after so many the WAL begins again even under load
)

func (s *Store) checkpoints() {
	defer s.finished.Done()
	var c *conn
	defer func() {
		if c != nil {
			c.exec("PRAGMA wal_checkpoint(TRUNCATE)") // the queue is empty: leave one file
			c.close()
		}
	}()
	timer := time.NewTimer(checkpointDelay)
	defer timer.Stop()
	var seen, moved, restarted int64 // units kept: at the last look, moved, before the WAL began again
	for {
		timed := false
		select {
		case _, ok := <-s.dirty:
			if !ok {
				if c == nil {
					c, _ = openConn(s.path(factsFile), "rw")
				}
				return
			}
			if s.stats.commits.Load()-moved < checkpointUnits {
				continue
			}
		case <-timer.C:
			timed = true
		}
		timer.Reset(checkpointDelay)
		now := s.stats.commits.Load()
		resting := timed && now == seen
		seen = now
		if now == restarted {
			continue
		}
		if c == nil {
			var err error
			if c, err = openConn(s.path(factsFile), "rw", "busy_timeout = 10"); err != nil {
				c = nil
				continue // no disk to work with: tried again after the next commit
			}
		}
		c.checkpoint()
		moved = now
		if !resting && now-restarted < restartUnits {
			continue
		}
		s.writing.Lock()
		if c.checkpoint(); resting { // give the room back
			c.exec("PRAGMA wal_checkpoint(TRUNCATE)")
		}
		restarted = s.stats.commits.Load()
		s.writing.Unlock()
	}
}

func (c *conn) checkpoint() {
	c.each("PRAGMA wal_checkpoint(PASSIVE)", nil, func([]any) error { return nil })
}
