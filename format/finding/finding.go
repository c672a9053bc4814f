// Package finding holds the two ways Socle says that something is wrong.
//
// A Finding is one remark about a document or a message: what was found, where
// (line, column, byte range, path), which rule of which document says so, and
// how to mend it. A Refusal is an answer "no" to a request. Both carry a stable
// id and both speak French and English; neither ever carries health data other
// than what the sender itself just sent.
//
// The package has no rules of its own: each package that refuses or remarks
// declares its table of ids beside the code that raises them.
package finding

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// Text is one sentence in both languages.
type Text struct {
	FR string `json:"fr"`
	EN string `json:"en"`
}

// T makes a Text.
func T(fr, en string) Text { return Text{FR: fr, EN: en} }

// Tf makes a Text from two formats that take the same arguments.
func Tf(fr, en string, args ...any) Text {
	return Text{FR: fmt.Sprintf(fr, args...), EN: fmt.Sprintf(en, args...)}
}

// In gives the sentence in the language of a tag ("en…" is English, all else French).
func (t Text) In(lang string) string {
	if len(lang) >= 2 && lang[:2] == "en" && t.EN != "" {
		return t.EN
	}
	return t.FR
}

// IsZero reports whether nothing is said.
func (t Text) IsZero() bool { return t == Text{} }

// Severity orders findings; the words are those of the machine-readable output.
type Severity string

// The three severities.
const (
	Error   Severity = "error"   // an official rule is broken
	Warning Severity = "warning" // a rule of ours, or an official warning
	Info    Severity = "info"    // worth knowing, nothing to mend
)

// Place is where a finding points in the bytes that were read. The zero Place means the whole.
type Place struct {
	Offset int    `json:"offset,omitempty"` // first byte, from 0
	End    int    `json:"end,omitempty"`    // byte after the last
	Line   int    `json:"line,omitempty"`   // from 1
	Column int    `json:"column,omitempty"` // from 1, in characters
	XPath  string `json:"xpath,omitempty"`
}

// Words names the place in a way both languages read: the path, then the line.
func (p Place) Words() string {
	if p.Line == 0 {
		return p.XPath
	}
	return strings.TrimSpace(p.XPath + " ligne/line " + strconv.Itoa(p.Line))
}

// Finding is one remark about a document or a message.
type Finding struct {
	ID       string // stable: "HDR-05"
	Severity Severity
	Level    string // xsd, ihe, header, models, models_ans, kind, terminology
	Place    Place
	Found    string // what is there, shortened
	Expected string // what the rule asks for
	Rule     string // source of the rule, in a form a reader can look up
	Message  Text   // what is wrong
	Fix      Text   // how to mend it
}

// Kind is the closed list of reasons for which a request is refused; doors turn it into their
// own status (SOAP fault, RegistryError, HTTP status, SMTP code).
type Kind int

// The kinds. Their numbers never change.
const (
	Invalid         Kind = 1  // the request is not what the standard asks
	Unauthenticated Kind = 2  // nobody we can name is asking
	Forbidden       Kind = 3  // we know who asks, and may not answer
	NotFound        Kind = 4  // nothing there, or nothing the asker may know of
	Conflict        Kind = 5  // it contradicts what is already kept
	Gone            Kind = 6  // it was there
	TooLarge        Kind = 7  // over a published limit
	Busy            Kind = 8  // come back in a moment
	Unavailable     Kind = 9  // a part we need does not answer
	Internal        Kind = 10 // our own fault
)

// httpStatus is what a door that speaks HTTP answers to each kind.
var httpStatus = [...]int{Invalid: 400, Unauthenticated: 401, Forbidden: 403, NotFound: 404, Conflict: 409, Gone: 410,
	TooLarge: 413, Busy: 503, Unavailable: 503, Internal: 500}

// HTTPStatus gives the status code of the kind; 500 for a kind nobody set.
func (k Kind) HTTPStatus() int {
	if k < Invalid || int(k) >= len(httpStatus) {
		return httpStatus[Internal]
	}
	return httpStatus[k]
}

// Refusal is an error a user will read. Detail stays inside (logs), never in an answer.
type Refusal struct {
	ID      string // stable: "INS-OID-SANDBOX"
	Kind    Kind
	Code    string // the code of the standard when the rule fixes one: "XDSUnknownPatientId"
	Where   string // element, attribute, slot or byte the refusal is about
	Rule    string // source
	Message Text
	Fix     Text
	Detail  error
}

// Error gives the English sentence with the id, for developers.
func (r *Refusal) Error() string {
	s := r.ID + ": " + r.Message.EN
	if r.Where != "" {
		s += " (" + r.Where + ")"
	}
	return s
}

// Unwrap gives the inner cause.
func (r *Refusal) Unwrap() error { return r.Detail }

// Sentence says everything in one line for people: message, place, rule, fix and id.
func (r *Refusal) Sentence(lang string) string {
	s := r.Message.In(lang)
	if r.Where != "" {
		s += " [" + r.Where + "]"
	}
	if !r.Fix.IsZero() {
		s += " — " + r.Fix.In(lang)
	}
	if r.Rule != "" {
		s += " (" + r.Rule + ")"
	}
	return s + " #" + r.ID
}

// LogValue keeps values sent by the client out of the log: a message may quote them, the id may not.
func (r *Refusal) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", r.ID), slog.Int("kind", int(r.Kind)), slog.String("code", r.Code))
}

// At gives a copy of the refusal that points at a place.
func (r *Refusal) At(where string) *Refusal {
	c := *r
	c.Where = where
	return &c
}

// With gives a copy with an inner cause.
func (r *Refusal) With(err error) *Refusal {
	c := *r
	c.Detail = err
	return &c
}

// Saying gives a copy whose message is replaced by a more precise one.
func (r *Refusal) Saying(m Text) *Refusal {
	c := *r
	c.Message = m
	return &c
}

// Is makes errors.Is compare refusals by id, so that copies with a place still match.
func (r *Refusal) Is(target error) bool {
	var t *Refusal
	return errors.As(target, &t) && t.ID == r.ID
}

// As gives the refusal inside an error, or nil.
func As(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}
