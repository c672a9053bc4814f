package web

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// partLife is how long the address of a part of an open document is good.
const partLife = 10 * time.Minute

// maxPart bounds a decoded file of a document.
const maxPart = 64 << 20

// partPath signs the address of a part of an open document (its PDF, an attached file) for this
// session and a few minutes: opening the part is not another reading.
func (q *request) partPath(o *openedDocument, name string) string {
	if o.parts != "" {
		return o.parts + "/" + name
	}
	id, _ := q.recordOf()
	text := strings.Join([]string{strconv.FormatInt(q.d.Now().Add(partLife).Unix(), 36), string(id), o.uniqueID, name}, "\x00")
	return "/piece/" + base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + q.d.mac("part", q.s.id+"\x00"+text)
}

// part serves it.
func (d *Door) part(q *request) error {
	if q.s == nil {
		return errSignedOut
	}
	encoded, sum, _ := strings.Cut(q.r.PathValue("token"), ".")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || !hmac.Equal([]byte(sum), []byte(d.mac("part", q.s.id+"\x00"+string(text)))) {
		return errNoPage
	}
	f := strings.Split(string(text), "\x00")
	if len(f) != 4 {
		return errNoPage
	}
	until, err := strconv.ParseInt(f[0], 36, 64)
	if err != nil || d.Now().Unix() > until {
		return errNoPage
	}
	o, err := q.read(ins.PersonID(f[1]), f[2], true)
	if err != nil {
		return err
	}
	return q.servePart(o, f[3])
}

// servePart hands over a file of a document: a PDF or a picture to look at, anything else to keep.
func (q *request) servePart(o *openedDocument, of string) error {
	mime, data := partOf(o, of)
	if data == nil {
		return errNoPage
	}
	h := q.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'; style-src 'unsafe-inline'; object-src 'self'")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Cache-Control", "private, no-store")
	name, download := "document.pdf", q.r.URL.Query().Get("telecharger") != ""
	if mime != "application/pdf" {
		name = "piece"
		if !narrative.IsImage(mime) {
			mime, download = "application/octet-stream", true
		}
	}
	q.attach(data, mime, name, download)
	return nil
}

// partOf decodes a file of a document; a PDF must look like one.
func partOf(o *openedDocument, name string) (mime string, data []byte) {
	if name == "pdf" {
		data = o.raw
		if o.cda != nil {
			pdf := o.cda.PDF()
			if pdf == nil {
				return "", nil
			}
			var err error
			if data, err = pdf.Decode(maxPart); err != nil {
				return "", nil
			}
		}
		if !bytes.HasPrefix(bytes.TrimLeft(data[:min(len(data), 1024)], "\x00\r\n\t \ufeff"), []byte("%PDF")) {
			return "", nil
		}
		return "application/pdf", data
	}
	id, ok := strings.CutPrefix(name, "m")
	if !ok || o.cda == nil {
		return "", nil
	}
	m, ok := o.cda.MediaByID(id)
	if !ok {
		return "", nil
	}
	data, err := m.File.Decode(maxPart)
	if err != nil {
		return "", nil
	}
	return m.File.MediaType, data
}
