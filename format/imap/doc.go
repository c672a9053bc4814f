// Package imap reads what an IMAP client sends and writes what a server answers: pure bytes.
//
// Standards: IMAP4rev1 (RFC 3501) with LITERAL+ (7888), SASL-IR (4959), ID (2971), NAMESPACE (2342),
// UNSELECT (3691), IDLE (2177), UIDPLUS (4315), MOVE (6851), LIST-EXTENDED (5258), LIST-STATUS (5819),
// SPECIAL-USE and CREATE-SPECIAL-USE (6154), CONDSTORE (7162), ESEARCH (4731), WITHIN (5032),
// QUOTA (9208), APPENDLIMIT (7889), STATUS=SIZE (8438) and ENABLE (5161).
// Missing: QRESYNC, BINARY, CATENATE, MULTIAPPEND, SEARCHRES, SORT, THREAD, UTF8=ACCEPT, COMPRESS; the
// group marks of ENVELOPE addresses (members are listed without the name of their group).
//
// It opens no connection and keeps no mailbox. A server starts at Reader.Next, which gives typed
// commands, and answers with the Append functions; ENVELOPE, BODYSTRUCTURE and sections come from
// package courriel.
package imap
