package embedded

import "sync/atomic"

// Stats are counters since Open, for metrics and budget tests.
type Stats struct {
	Commits     int64 // units kept
	Refused     int64 // units answered dmp.ErrBusy
	Groups      int64 // transactions tried
	Retries     int64 // transactions started again because a unit failed after writing
	Fsyncs      int64 // of segments, folders and WAL, background checkpoints apart
	Statements  int64 // SQL statements of the writer
	Documents   int64
	Bytes       int64 // of documents
	StoredBytes int64 // the same, compressed and encrypted, with headers
	Leaves      int64 // in the journal
	Queue       int64 // units waiting or being sealed now
	QueueBytes  int64
}

type counters struct {
	commits, refused, groups, retries, fsyncs, statements atomic.Int64
	documents, bytes, stored, leaves                      atomic.Int64
	queued, queuedBytes                                   atomic.Int64
}

// Stats gives the counters now.
func (s *Store) Stats() Stats {
	c := &s.stats
	return Stats{
		Commits: c.commits.Load(), Refused: c.refused.Load(), Groups: c.groups.Load(), Retries: c.retries.Load(),
		Fsyncs: c.fsyncs.Load(), Statements: c.statements.Load(), Documents: c.documents.Load(), Bytes: c.bytes.Load(),
		StoredBytes: c.stored.Load(), Leaves: c.leaves.Load(), Queue: c.queued.Load(), QueueBytes: c.queuedBytes.Load(),
	}
}
