package controle

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
)

// The desk checks MSSanté messages too, with the same turns and bounds.

// ErrMessageType is the answer to a body that is no message.
var ErrMessageType = &finding.Refusal{ID: "CONTROLE-MESSAGE", Kind: finding.Invalid, Rule: "RFC 9110 §15.5.16",
	Message: finding.T("Ce type de contenu n'est pas celui d'un message.", "This content type is not that of a message."),
	Fix:     finding.T("Envoyez message/rfc822, text/plain ou application/octet-stream, ou un formulaire multipart/form-data.", "Send message/rfc822, text/plain or application/octet-stream, or a multipart/form-data form.")}

// ReadMessage takes a message out of a body: the body itself, or one part of a form. A file whose
// lines end in LF alone was written by a text tool: its lines end as they would on the wire.
func ReadMessage(contentType string, body io.Reader) (Upload, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		return Upload{}, ErrMessageType.With(err)
	}
	body = &capped{body, MaxDocument + maxFields}
	var u Upload
	switch kind {
	case "multipart/form-data":
		u, err = form(multipart.NewReader(body, params["boundary"]), params["boundary"])
	case "", "message/rfc822", "message/global", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded":
		u.Raw, err = within(body, MaxDocument)
	default:
		return Upload{}, ErrMessageType.At(kind)
	}
	switch {
	case err != nil:
		return Upload{}, err
	case len(bytes.TrimSpace(u.Raw)) == 0:
		return Upload{}, ErrEmpty
	}
	if !bytes.Contains(u.Raw, []byte("\r\n")) {
		u.Raw = bytes.ReplaceAll(u.Raw, []byte("\n"), []byte("\r\n"))
	}
	if u.Name == "" {
		u.Name = "message.eml"
	}
	return u, nil
}

// Message says what MSSanté asks of a message and it lacks, when its turn comes.
func (d *Desk) Message(ctx context.Context, address string, raw []byte) (list []finding.Finding, err error) {
	d.pace.owe(address, float64(bytes.Count(raw, []byte{'<'})/markupPerTurn))
	select {
	case d.places <- struct{}{}:
	default:
		t := time.NewTimer(d.Patience)
		defer t.Stop()
		select {
		case d.places <- struct{}{}:
		case <-t.C:
			return nil, ErrBusy
		case <-ctx.Done():
			return nil, ErrBusy.With(ctx.Err())
		}
	}
	defer func() {
		<-d.places
		if recover() != nil { // its value is not said: it may quote the message
			err = fmt.Errorf("message control failed at %s", trace())
		}
	}()
	return mssante.Lint(raw, mssante.Envelope{}), nil
}
