package embedded

import "time"

// Moving committed pages from the WAL into facts.db is the work of its own goroutine, out of the
// way of commits: a passive checkpoint beside them first, which does nearly all, then a short
// one between two groups, after which the WAL begins again.
const (
	checkpointGroups = 64              // at least so many groups apart…
	checkpointDelay  = 2 * time.Second // … or so long after the first of them
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
	var groups, done int64
	for {
		select {
		case _, ok := <-s.dirty:
			groups = s.stats.groups.Load()
			if !ok {
				if c == nil {
					c, _ = openConn(s.path(factsFile), "rw")
				}
				return
			}
			if groups-done < checkpointGroups {
				continue
			}
		case <-timer.C:
		}
		timer.Reset(checkpointDelay)
		if groups == done {
			continue
		}
		if c == nil {
			var err error
			if c, err = openConn(s.path(factsFile), "rw", "busy_timeout = 10"); err != nil {
				c = nil
				continue // no disk to work with: tried again after the next commit
			}
		}
		done = groups
		c.checkpoint()
		s.writing.Lock()
		c.checkpoint()
		s.writing.Unlock()
	}
}

func (c *conn) checkpoint() {
	c.each("PRAGMA wal_checkpoint(PASSIVE)", nil, func([]any) error { return nil })
}
