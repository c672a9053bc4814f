// Package courriel reads and writes electronic mail messages: Internet Message Format (RFC 5322) with
// MIME (RFC 2045, 2046, 2047, 2183, 2231), read receipts (MDN, RFC 8098, with the forms of the
// MSSanté volet «Transmission au LPS d'un document CDA provenant d'un courriel») and delivery reports
// (DSN, RFC 3464).
//
// Reading is lenient and never copies: a message in memory becomes a tree of parts that hold offsets
// into it, what is broken becomes a finding with its place, and only a passed limit is an error.
// Writing is strict: CRLF everywhere, lines of at most 998 bytes folded at 78, everything that is
// not ASCII encoded, and no value may carry a line break into a header.
//
// Missing on purpose: S/MIME and PGP (opaque parts), uuencode, UTF-7 and the multi-byte charsets of
// Asia, messages written in raw UTF-8 headers (SMTPUTF8; they are read), group syntax on writing.
//
// Start at Parse to read, at Draft to write; ParseHeader is enough to list a mailbox.
package courriel

// Limits. A message that passes one is refused whole: real mail is far below each of them.
const (
	// MaxDepth bounds multiparts and messages inside one another: a chain of forwarded messages
	// grows by two each time.
	MaxDepth = 50
	// MaxParts bounds the parts of a message, the embedded messages' included.
	MaxParts = 10_000
	// MaxHeaderBytes bounds one header block; ten thousand recipients with their names fit.
	MaxHeaderBytes = 1 << 20
	// MaxFields bounds the header fields of a whole message, parts included.
	MaxFields = 20_000
	// MaxBoundary bounds a boundary; the RFC says 70, real senders pass it a little.
	MaxBoundary = 250
	// MaxParams bounds the parameters read from one field; the following ones are left out.
	MaxParams = 128
	// MaxMessageID bounds a message identifier, so that it can be quoted on one line.
	MaxMessageID = 900
	// MaxRecipients bounds the recipients read from one delivery report.
	MaxRecipients = 10_000

	maxFindings   = 100 // remarks on one message
	maxSame       = 5   // remarks with the same id
	maxLine       = 998 // spec: RFC 5322 2.1.1
	foldAt        = 78  // spec: RFC 5322 2.1.1
	niceBoundary  = 70  // spec: RFC 2046 5.1.1
	maxNameLength = 255 // of a file name, what file systems take
)
