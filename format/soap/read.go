package soap

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// Read reads the body of an HTTP message. The Content-Type header decides how; soapAction is the
// older SOAPAction header, usually empty. The body must not change while the envelope is in use.
// An error is always a *finding.Refusal; the envelope is never nil and then holds what was read so
// far, so that a fault can still relate to the MessageID.
func Read(contentType, soapAction string, body []byte, o Options) (*Envelope, error) {
	e := &Envelope{}
	if bad := e.read(contentType, soapAction, body, o); bad != nil {
		return e, bad
	}
	return e, nil
}

func (e *Envelope) read(contentType, soapAction string, body []byte, o Options) *finding.Refusal {
	m, ok := parseMediaType(contentType)
	if !ok {
		return ErrContentType.At(clip(contentType))
	}
	xml := body
	switch m.base {
	case "application/soap+xml":
	case "multipart/related":
		e.MTOM = true
		root, bad := e.split(m, body)
		if bad != nil {
			return bad
		}
		xml = root
	case "text/xml":
		return ErrVersion.At("Content-Type text/xml")
	default:
		return ErrContentType.At(clip(contentType))
	}
	if !knownCharset(m.params["charset"]) {
		return ErrCharset.At(clip(m.params["charset"]))
	}
	// Some clients leave white space before the XML declaration, which XML forbids: harmless here.
	xml = bytes.TrimLeft(xml, " \t\r\n")
	d, err := xmltree.Parse(xml, xmltree.WithLimits(o.Limits))
	if err != nil {
		var xe *xmltree.Error
		if errors.As(err, &xe) {
			return xe.Refusal()
		}
		return ErrEnvelope.With(err)
	}
	e.Doc = d
	if bad := e.envelope(); bad != nil {
		return bad
	}
	if bad := e.headers(o); bad != nil {
		return bad
	}
	if bad := e.checkAction(m.params["action"], soapAction, o); bad != nil {
		return bad
	}
	return e.checkIncludes(o)
}

func knownCharset(c string) bool {
	switch strings.ToLower(c) {
	case "", "utf-8", "utf8", "us-ascii", "utf-16":
		return true
	}
	return false
}

func clip(s string) string {
	const most = 120
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// split finds the root part; the others become e.Parts.
func (e *Envelope) split(m mediaType, body []byte) ([]byte, *finding.Refusal) {
	parts, bad := splitParts(body, m.params["boundary"])
	if bad != nil {
		return nil, bad
	}
	ids := make(map[string]bool, len(parts))
	for i := range parts {
		if id := parts[i].ID; id != "" {
			if ids[id] {
				return nil, ErrPartID.At("Content-ID " + clip(id))
			}
			ids[id] = true
		}
	}
	root := 0
	if start := bareID(m.params["start"]); start != "" {
		root = -1
		for i := range parts {
			if parts[i].ID == start {
				root = i
			}
		}
		if root < 0 {
			return nil, ErrStart.At("start=" + clip(start))
		}
	}
	p := parts[root]
	pm, ok := parseMediaType(p.ContentType)
	if !ok || pm.base != "application/xop+xml" && pm.base != "application/soap+xml" {
		return nil, ErrRootType.At(clip(p.ContentType))
	}
	if !knownCharset(pm.params["charset"]) {
		return nil, ErrCharset.At(clip(pm.params["charset"]))
	}
	xml, err := p.Content()
	if err != nil {
		return nil, finding.As(err)
	}
	e.Parts = append(parts[:root:root], parts[root+1:]...)
	return xml, nil
}

// envelope finds Header and Body.
// spec: SOAP 1.2 §5.1
func (e *Envelope) envelope() *finding.Refusal {
	root := e.Doc.Root()
	if root.Is(NS11, "Envelope") {
		return ErrVersion.At(root.XPath())
	}
	if !root.Is(NS, "Envelope") {
		return ErrEnvelope.At(place(root))
	}
	var body xmltree.Node
	for c := range root.Elements() {
		switch {
		case c.Is(NS, "Header") && !e.Header.Exists() && !body.Exists():
			e.Header = c
		case c.Is(NS, "Body") && !body.Exists():
			body = c
		default:
			return ErrEnvelope.At(place(c))
		}
	}
	if !body.Exists() {
		return ErrEnvelope.At(place(root))
	}
	for c := range body.Elements() {
		if e.Body.Exists() {
			return ErrBody.At(place(c))
		}
		e.Body = c
	}
	if !e.Body.Exists() {
		return ErrBody.At(place(body))
	}
	return nil
}

func place(n xmltree.Node) string { return clip(n.XPath()) }

// headers reads the addressing headers and refuses those that must be understood and are not.
func (e *Envelope) headers(o Options) *finding.Refusal {
	var replyTo, faultTo bool
	var first *finding.Refusal
	once := func(n xmltree.Node, dst *string) *finding.Refusal {
		if *dst != "" {
			return ErrHeaderTwice.At(place(n))
		}
		*dst = n.Trim()
		return nil
	}
	for h := range e.Header.Elements() {
		var bad *finding.Refusal
		switch {
		case h.Is(NSWSA, "Action"):
			bad = once(h, &e.Action)
		case h.Is(NSWSA, "MessageID"):
			bad = once(h, &e.MessageID)
		case h.Is(NSWSA, "To"):
			bad = once(h, &e.To)
		case h.Is(NSWSA, "RelatesTo"):
			bad = once(h, &e.RelatesTo)
		case h.Is(NSWSA, "ReplyTo"):
			bad = address(h, &replyTo)
		case h.Is(NSWSA, "FaultTo"):
			bad = address(h, &faultTo)
		case h.Is(NSWSA, "From"):
		case h.Is(NSWSSE, "Security"):
			if e.Security.Exists() {
				bad = ErrHeaderTwice.At(place(h))
			}
			e.Security = h
		default:
			v, _ := h.AttrNS(NS, "mustUnderstand")
			if v = strings.TrimSpace(v); v == "1" || v == "true" {
				bad = ErrMustUnderstand.At(place(h))
			}
		}
		if first == nil {
			first = bad
		}
	}
	if first != nil || o.Response {
		return first
	}
	if e.Action == "" {
		return ErrNoAction.At(place(e.Doc.Root()))
	}
	// spec: WS-Addressing 1.0 Core §3.4 (a request that is answered carries a MessageID)
	if e.MessageID == "" {
		return ErrMessageID.At(place(e.Doc.Root()))
	}
	return nil
}

func address(h xmltree.Node, seen *bool) *finding.Refusal {
	if *seen {
		return ErrHeaderTwice.At(place(h))
	}
	*seen = true
	if a := h.Child(NSWSA, "Address").Trim(); a != Anonymous {
		return ErrReplyTo.At(place(h))
	}
	return nil
}

// checkAction compares the three places that tell what is asked.
func (e *Envelope) checkAction(httpAction, soapAction string, o Options) *finding.Refusal {
	soapAction = strings.Trim(soapAction, `" `)
	for _, a := range []string{httpAction, soapAction} {
		if a != "" && a != e.Action && !(o.Response && e.Action == "") {
			return ErrActionMismatch.At("action=" + clip(a) + " ; wsa:Action=" + clip(e.Action))
		}
	}
	if o.Bodies == nil || o.Response && e.Body.Is(NS, "Fault") {
		return nil
	}
	want, ok := o.Bodies[e.Action]
	if !ok {
		return ErrActionUnknown.At(clip(e.Action))
	}
	if !e.Body.Is(want.Space, want.Local) {
		return ErrActionMismatch.At("wsa:Action=" + clip(e.Action) + " ; " + place(e.Body))
	}
	return nil
}

// checkIncludes makes sure that each xop:Include stands where it may and names its own part.
func (e *Envelope) checkIncludes(o Options) *finding.Refusal {
	var used map[string]bool
	for inc := range e.Doc.Root().Descendants(NSXOP, "Include") {
		holder := inc.Parent()
		if inc.Offset() < e.Body.Offset() || inc == e.Body || !allowed(holder, o.XOPIn) || !alone(inc) {
			return ErrXOPPlace.At(place(inc))
		}
		id, ok := cidOf(inc.Attr("href"))
		if !ok {
			return ErrXOPHref.At(place(inc))
		}
		p := e.Part(id)
		if p == nil {
			return ErrXOPMissing.At("cid:" + clip(id))
		}
		if used[p.ID] {
			return ErrXOPTwice.At("cid:" + clip(id))
		}
		if used == nil {
			used = make(map[string]bool, len(e.Parts))
		}
		used[p.ID] = true
	}
	return nil
}

func allowed(holder xmltree.Node, in []Name) bool {
	for _, n := range in {
		if holder.Is(n.Space, n.Local) {
			return true
		}
	}
	return len(in) == 0
}

// alone tells whether an Include is the only content of its element.
// spec: XOP §3.2
func alone(inc xmltree.Node) bool {
	for c := range inc.Parent().Nodes() {
		if c.IsElement() && c != inc || c.IsText() && c.Trim() != "" {
			return false
		}
	}
	return true
}

// Part gives the attachment with that Content-ID, or nil.
func (e *Envelope) Part(id string) *Part {
	for i := range e.Parts {
		if e.Parts[i].ID == id {
			return &e.Parts[i]
		}
	}
	return nil
}

// Binary gives the bytes an element stands for: its attachment (a slice of the body when the part
// is not base64) or its inline base64.
func (e *Envelope) Binary(n xmltree.Node) ([]byte, error) {
	if inc := n.Child(NSXOP, "Include"); inc.Exists() {
		id, ok := cidOf(inc.Attr("href"))
		if !ok {
			return nil, ErrXOPHref.At(place(inc))
		}
		p := e.Part(id)
		if p == nil {
			return nil, ErrXOPMissing.At("cid:" + clip(id))
		}
		return p.Content()
	}
	for range n.Elements() {
		return nil, ErrBase64.At(place(n))
	}
	from, to := n.ContentRange()
	raw := n.Doc().Source()[from:to]
	if bytes.IndexByte(raw, '&') >= 0 || bytes.IndexByte(raw, '<') >= 0 {
		raw = n.AppendText(nil)
	}
	b, err := decodeBase64(raw)
	if err != nil {
		return nil, ErrBase64.At(place(n)).With(err)
	}
	return b, nil
}

// AppendBase64 appends content as inline base64, for peers without MTOM.
func AppendBase64(dst, content []byte) []byte { return base64.StdEncoding.AppendEncode(dst, content) }
