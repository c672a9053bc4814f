package xpath

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// grown makes expressions at random from a small grammar; the seed gives them back.
type grown struct{ r *rand.Rand }

func (g grown) of(list ...string) string { return list[g.r.IntN(len(list))] }

func (g grown) expr(depth int) string {
	if depth <= 0 {
		return g.of("1", "2", "0", "3.5", "1e1", "'a'", "''", "'3'", "'un'", "()", "true()", "false()", "@n", "@id", "o:b", "o:b/@k", "//o:b", "//@*", "o:c", ".", "(1, 2, 3)", "('a', 'b', 'a')", "o:c/o:d/@v", "/", "o:e/@date")
	}
	d := depth - 1
	switch g.r.IntN(16) {
	case 0:
		return g.expr(d) + g.of(" = ", " != ", " < ", " >= ", " eq ", " lt ") + g.expr(d-1)
	case 1:
		return "(" + g.expr(d) + g.of(" + ", " - ", " * ", " div ", " idiv ", " mod ") + g.expr(d-1) + ")"
	case 2:
		return "(" + g.expr(d) + g.of(" and ", " or ") + g.expr(d) + ")"
	case 3, 4:
		return g.of("not", "count", "empty", "exists", "string", "number", "boolean", "sum", "max", "min", "avg", "string-length", "normalize-space",
			"distinct-values", "reverse", "data", "name", "local-name", "abs", "round", "floor", "upper-case", "exactly-one", "zero-or-one") + "(" + g.expr(d) + ")"
	case 5:
		return g.of("concat", "contains", "starts-with", "ends-with", "substring-before", "substring-after", "string-join", "index-of", "deep-equal", "tokenize", "matches", "remove", "subsequence", "substring") +
			"(" + g.expr(d) + ", " + g.expr(d-1) + ")"
	case 6:
		return "(" + g.path(d) + g.of(" | ", " except ", " intersect ") + g.path(d) + ")"
	case 7:
		return "(if (" + g.expr(d) + ") then " + g.expr(d-1) + " else " + g.expr(d-1) + ")"
	case 8:
		return "(" + g.of("some", "every") + " $x in " + g.expr(d) + " satisfies " + g.of("$x", "$x = "+g.expr(d-1), "count($x) > 1") + ")"
	case 9:
		return "(for $x in " + g.expr(d) + " return " + g.of("$x", "($x, 1)", "string($x)", "count($x)") + ")"
	case 10:
		return "(" + g.expr(d) + ")[" + g.predicate(d-1) + "]"
	case 11:
		return "(" + g.expr(d) + ", " + g.expr(d-1) + ")"
	case 12:
		return g.expr(d) + g.of(" cast as xs:integer", " castable as xs:integer", " castable as xs:date", " instance of xs:integer", " instance of node()*", " castable as xs:double?")
	}
	return g.path(d)
}

func (g grown) predicate(depth int) string {
	return g.of("1", "2", "last()", "position() > 1", "position() = last()", "@k", "@k > 2", ". = 'un'", "o:b", "not(@k)", g.expr(depth))
}

func (g grown) path(depth int) string {
	var b strings.Builder
	b.WriteString(g.of("", "", "/", "//", ".//", "o:c/", "//o:b/"))
	for i := range 1 + g.r.IntN(3) {
		if i > 0 {
			b.WriteString(g.of("/", "/", "//"))
		}
		b.WriteString(g.of("o:b", "o:c", "o:d", "*", "t:i", "node()", "text()", "@k", "@*", "..", "self::o:b", "ancestor::*", "ancestor-or-self::o:c", "descendant::o:b",
			"following-sibling::*", "preceding-sibling::*", "following::o:b", "preceding::o:b", "*:b", "o:*", "descendant-or-self::*", "parent::o:c", "o:b/@k"))
		for range g.r.IntN(5) - 2 {
			b.WriteString("[" + g.predicate(depth-1) + "]")
		}
	}
	return b.String()
}

// TestRandomExpressionsAgainstSaxon compares what both engines make of expressions nobody would
// write. Where one of them gives an error the other may stop earlier or later: that is allowed.
func TestRandomExpressionsAgainstSaxon(t *testing.T) {
	if testing.Short() {
		t.Skip("long comparison left out")
	}
	const seed, count = 77, 4000
	g := grown{rand.New(rand.NewPCG(seed, 1))}
	var exprs []string
	for range count {
		exprs = append(exprs, g.expr(1+g.r.IntN(4)))
	}
	answers := peer(t, []byte(sample), prefixes, exprs, "string")
	wrong, errs, early := 0, 0, 0
	for i, e := range exprs {
		got, err := evaluate(t, e)
		failed := strings.HasPrefix(answers[i], "ERROR")
		switch {
		case err != nil && idOf(err) == IDInternal:
			t.Errorf("%s: %v", e, err)
		case err != nil && failed:
			errs++
		case err != nil || failed:
			early++
		case got != answers[i]:
			if wrong++; wrong < 40 {
				t.Errorf("%s:\n  %q, Saxon %q", e, got, answers[i])
			}
		}
	}
	t.Logf("%d expressions: %d differ, %d errors in both, %d in one only", count, wrong, errs, early)
}
