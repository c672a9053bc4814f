package courriel

import (
	"encoding/base32"
	"io"
	"time"
)

// Draft is a message to be written. From, Date and MessageID are due.
type Draft struct {
	From                  Address
	Sender                []Address // one at most
	ReplyTo, To, Cc       []Address
	Subject, MessageID    string // MessageID without angle brackets
	Date                  time.Time
	InReplyTo, References []string // without angle brackets
	Header                []Pair   // further fields, in order
	Text, HTML            string   // either, both (alternatives) or none
	Attachments           []Attachment
	Embedded              []byte // a whole message to join as message/rfc822
}

// Pair is a header field whose value is unstructured text in UTF-8.
type Pair struct{ Name, Value string }

// Attachment is a file to join. A message/rfc822 is written as it is, any other type in base64.
type Attachment struct {
	Name, Type string // Type may carry parameters: text/xml; charset=utf-8
	Bytes      []byte
	Inline     bool
	ContentID  string // without angle brackets; with Inline and HTML: an image of the page
}

// NewMessageID makes an identifier, without angle brackets: the moment, 128 bits of chance, the
// domain (in its ASCII form). random is crypto/rand.Reader but in tests.
func NewMessageID(random io.Reader, now time.Time, domain string) string {
	var chance [16]byte
	// Should chance fail, the nanosecond still tells messages apart.
	_, _ = io.ReadFull(random, chance[:])
	return now.UTC().Format("20060102T150405.000000000") + "." + base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(chance[:]) + "@" + domain
}
