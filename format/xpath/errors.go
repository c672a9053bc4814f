package xpath

import (
	"fmt"

	"github.com/socle-sante/socle/format/finding"
)

// The ids of what may be wrong with an expression, or happen while it is evaluated. W3C codes
// travel beside them in Error.Code.
const (
	IDSyntax      = "XPATH-SYNTAX"      // not an expression of the language
	IDFunction    = "XPATH-FUNCTION"    // function that does not exist, or wrong number of arguments
	IDVariable    = "XPATH-VARIABLE"    // variable nobody declared
	IDPrefix      = "XPATH-PREFIX"      // prefix nobody declared
	IDTypeName    = "XPATH-TYPE-NAME"   // name of a type that is not known
	IDUnsupported = "XPATH-UNSUPPORTED" // right, but not offered here
	IDPattern     = "XPATH-PATTERN"     // an expression that may not be a match pattern
	IDLimit       = "XPATH-LIMIT"       // over a bound of this package
	IDFrozen      = "XPATH-FROZEN"      // compiled after the first evaluation
	IDFocus       = "XPATH-FOCUS"       // no context item
	IDType        = "XPATH-TYPE"        // a value of the wrong type or number
	IDValue       = "XPATH-VALUE"       // a value that cannot be converted
	IDArithmetic  = "XPATH-ARITHMETIC"  // division by zero, overflow
	IDDocument    = "XPATH-DOCUMENT"    // a document that cannot be read
	IDRegex       = "XPATH-REGEX"       // a regular expression that is wrong or not offered
	IDBudget      = "XPATH-BUDGET"      // evaluation that does not end in time
	IDInternal    = "XPATH-INTERNAL"    // our own fault
)

// Error says why an expression does not compile, or what stopped its evaluation.
type Error struct {
	ID      string // one of the constants above
	Code    string // the code of the W3C: "XPST0017", "XPTY0004"…
	Offset  int    // byte in Source
	Source  string // the expression
	Message finding.Text
}

// Error gives the English sentence, for developers.
func (e *Error) Error() string {
	s := e.ID
	if e.Code != "" {
		s += " " + e.Code
	}
	return fmt.Sprintf("%s: %s (byte %d of %q)", s, e.Message.EN, e.Offset, excerpt(e.Source))
}

// Refusal gives the same error as an answer to a request.
func (e *Error) Refusal() *finding.Refusal {
	return &finding.Refusal{ID: e.ID, Kind: finding.Invalid, Code: e.Code, Rule: "XPath 2.0 (W3C)",
		Where: fmt.Sprintf("octet/byte %d : %s", e.Offset, excerpt(e.Source)), Message: e.Message}
}

// maxExcerpt bounds how much of an expression an error repeats.
const maxExcerpt = 200

func excerpt(s string) string {
	if len(s) <= maxExcerpt {
		return s
	}
	cut := maxExcerpt
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// fail stops the compilation or the evaluation; the entry points of the package turn it back
// into an error. Evaluation runs millions of small steps, so they do not each carry an error.
func fail(id, code string, fr, en string, args ...any) {
	panic(&Error{ID: id, Code: code, Message: finding.Tf(fr, en, args...)})
}

// caught turns what a stopped evaluation left behind into an error.
func caught(v any, source string) *Error {
	e, ok := v.(*Error)
	if !ok {
		e = &Error{ID: IDInternal, Message: finding.Tf("erreur interne : %v", "internal error: %v", v)}
	}
	if e.Source == "" {
		c := *e
		c.Source = source
		return &c
	}
	return e
}

func typeError(fr, en string, args ...any) { fail(IDType, "XPTY0004", fr, en, args...) }
