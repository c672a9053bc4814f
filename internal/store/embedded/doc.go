// Package embedded keeps the record in one folder: documents in append-only segment files, facts
// in SQLite, both made durable by one group commit before anybody is answered. It implements
// dmp.Store; what any store must do is in storetest.
//
//	DIR/LOCK          held by the process that serves the folder
//	DIR/facts.db      rows (WAL, synchronous FULL)
//	DIR/segments/     documents, compressed then encrypted under a key per person
//	DIR/keys/         master.key wraps the personal keys; journal.key signs the checkpoints
//
// Missing: several nodes, S3, erasure of a person, a budget of disk.
// Start with Open; docs/design/store.md tells the life of a commit, segments.md the file format.
package embedded
