package courriel

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bytes writes the message, always the same bytes for the same draft. The text always ends in a
// line end. An embedded message is written as it is, its line ends mended; it makes the whole 8bit
// when it holds bytes outside ASCII. Its lines are left as long as they were: it may be signed.
func (d *Draft) Bytes() ([]byte, error) {
	w := &writer{}
	w.head(heading{from: d.From, sender: d.Sender, replyTo: d.ReplyTo, to: d.To, cc: d.Cc, subject: d.Subject, id: d.MessageID,
		date: d.Date, inReplyTo: d.InReplyTo, references: d.References, more: d.Header})
	body := d.body(w)
	if w.err != nil {
		return nil, w.err
	}
	return w.message(body, d.MessageID), nil
}

// body makes the tree of the message.
func (d *Draft) body(w *writer) block {
	html := d.HTML
	var files, images []block
	for i, a := range d.Attachments {
		b := w.attachment("Attachments["+strconv.Itoa(i)+"]", a)
		if a.Inline && html != "" && a.ContentID != "" {
			images = append(images, b)
		} else {
			files = append(files, b)
		}
	}
	if d.Embedded != nil {
		files = append(files, embedded(d.Embedded, ""))
	}
	var page block
	if html != "" {
		page = w.text("HTML", "html", html)
		if len(images) > 0 {
			page = block{kind: `multipart/related; type="text/html"`, children: append([]block{page}, images...)}
		}
	}
	var body block
	switch {
	case d.Text != "" && html != "":
		body = block{kind: "multipart/alternative", children: []block{w.text("Text", "plain", d.Text), page}}
	case html != "":
		body = page
	default:
		body = w.text("Text", "plain", d.Text)
	}
	if len(files) == 0 {
		return body
	}
	return block{kind: "multipart/mixed", children: append([]block{body}, files...)}
}

// heading is what messages and reports have in common.
type heading struct {
	from                  Address
	sender                []Address
	replyTo, to, cc       []Address
	subject, id           string
	date                  time.Time
	inReplyTo, references []string
	more                  []Pair
}

// writer gathers the bytes and the first refusal.
type writer struct {
	out []byte
	err error
}

func (w *writer) refuse(err error) {
	if w.err == nil {
		w.err = err
	}
}

// field writes one field whose value is ready: ASCII, checked.
func (w *writer) field(name, value string) {
	var ok bool
	if w.out, ok = foldField(w.out, name, value); !ok {
		w.refuse(ErrLine.At(name))
	}
}

// oneLine writes a field that is not folded, unless it must be.
func (w *writer) oneLine(name, value string) {
	if len(name)+2+len(value) > maxLine {
		w.field(name, value)
		return
	}
	w.out = append(append(append(append(w.out, name...), ": "...), value...), "\r\n"...)
}

// textField writes an unstructured value, encoded when it must be.
func (w *writer) textField(name, value string) {
	if err := checkValue(name, value); err != nil {
		w.refuse(err)
		return
	}
	w.field(name, textValue(value))
}

func (w *writer) addresses(name string, list []Address) {
	if len(list) == 0 {
		return
	}
	var out strings.Builder
	for i, a := range list {
		if err := checkAddress(name, a); err != nil {
			w.refuse(err)
			return
		}
		if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(a.String())
	}
	w.field(name, out.String())
}

func (w *writer) ids(name string, list []string) {
	if len(list) == 0 {
		return
	}
	for _, id := range list {
		if err := checkID(name, id); err != nil {
			w.refuse(err)
			return
		}
	}
	w.field(name, "<"+strings.Join(list, "> <")+">")
}

// head writes the header of the message, its MIME fields apart.
// spec: RFC 5322 3.6
func (w *writer) head(h heading) {
	switch {
	case h.date.IsZero() || h.date.Year() < 1900 || h.date.Year() > 9999:
		w.refuse(ErrMissing.At("Date"))
	case h.from == Address{}:
		w.refuse(ErrMissing.At("From"))
	case h.id == "":
		w.refuse(ErrMissing.At("Message-ID"))
	case len(h.sender) > 1:
		w.refuse(ErrField.At("Sender"))
	}
	w.field("Date", h.date.Format(DateFormat))
	w.addresses("From", []Address{h.from})
	w.addresses("Sender", h.sender)
	w.addresses("Reply-To", h.replyTo)
	w.addresses("To", h.to)
	w.addresses("Cc", h.cc)
	w.textField("Subject", h.subject)
	w.ids("Message-ID", []string{h.id})
	w.ids("In-Reply-To", h.inReplyTo)
	w.ids("References", h.references)
	for _, p := range h.more {
		if err := checkValue("Header", p.Name); err != nil {
			w.refuse(err)
			return
		}
		if !freeField(p.Name) {
			w.refuse(ErrField.At(shorten(p.Name)))
			return
		}
		w.textField(p.Name, p.Value)
	}
	w.field("MIME-Version", "1.0")
}

// freeField accepts the names that the caller may add. Bcc is none of them: it would tell everybody.
func freeField(name string) bool {
	const longestName = 70
	if name == "" || len(name) > longestName || fieldName([]byte(name+":")) != len(name) {
		return false
	}
	lower := strings.ToLower(name)
	return onceIndex(lower) < 0 && lower != "bcc" && lower != "resent-bcc" && !strings.HasPrefix(lower, "content-")
}

// raw8 says whether some content goes as it is and holds bytes outside ASCII.
func (b *block) raw8() bool {
	return b.encoding == "8bit" || slices.ContainsFunc(b.children, func(c block) bool { return c.raw8() })
}

func (b *block) size() int {
	n := len(b.content) + 400
	if b.encoding == "base64" {
		n += len(b.content)*37/100 + 100
	}
	for i := range b.children {
		n += b.children[i].size()
	}
	return n
}

// holds says whether a content that goes as it is contains the word.
func (b *block) holds(word []byte) bool {
	return b.encoding != "base64" && bytes.Contains(b.content, word) || slices.ContainsFunc(b.children, func(c block) bool { return c.holds(word) })
}

// message writes the body after the head. Boundaries are drawn from the identifier of the message,
// again should a content hold one.
func (w *writer) message(root block, id string) []byte {
	w.out = slices.Grow(w.out, root.size())
	mark := ""
	for n := 0; ; n++ {
		sum := sha256.Sum256([]byte(id + " " + strconv.Itoa(n)))
		mark = "=_" + hex.EncodeToString(sum[:14])
		if len(root.children) == 0 || !root.holds([]byte(mark)) {
			break
		}
	}
	count := 0
	w.block(&root, mark, &count)
	if !bytes.HasSuffix(w.out, []byte("\r\n")) {
		w.out = append(w.out, "\r\n"...)
	}
	return w.out
}

func (w *writer) block(b *block, mark string, count *int) {
	w.out = append(w.out, "Content-Type: "+b.kind...)
	boundary := ""
	if len(b.children) > 0 {
		*count++
		boundary = mark + "." + strconv.Itoa(*count)
		w.out = append(w.out, ";\r\n boundary=\""+boundary+"\""...)
	}
	w.out = append(w.out, "\r\n"...)
	switch {
	case b.encoding != "":
		w.out = append(w.out, "Content-Transfer-Encoding: "+b.encoding+"\r\n"...)
	case b.raw8():
		w.out = append(w.out, "Content-Transfer-Encoding: 8bit\r\n"...)
	}
	for _, f := range b.more {
		w.out = append(w.out, f+"\r\n"...)
	}
	w.out = append(w.out, "\r\n"...)
	if len(b.children) == 0 {
		if b.encoding == "base64" {
			w.base64(b.content)
		} else {
			w.out = append(w.out, b.content...)
		}
		return
	}
	for i := range b.children {
		if i > 0 {
			w.out = append(w.out, "\r\n"...)
		}
		w.out = append(w.out, "--"+boundary+"\r\n"...)
		w.block(&b.children[i], mark, count)
	}
	w.out = append(w.out, "\r\n--"+boundary+"--\r\n"...)
}

// base64 writes lines of 76.
// spec: RFC 2045 6.8
func (w *writer) base64(b []byte) {
	const line = 57
	for len(b) > 0 {
		n := min(line, len(b))
		w.out = base64.StdEncoding.AppendEncode(w.out, b[:n])
		if b = b[n:]; len(b) > 0 {
			w.out = append(w.out, "\r\n"...)
		}
	}
}
