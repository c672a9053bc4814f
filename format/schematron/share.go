package schematron

import (
	"maps"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/xpath"
)

// Compiler compiles several schemas of one library. Rule sets say the same thing many times (the
// checks of a data type at each of its six hundred places): what speaks of no variable is
// compiled once.
type Compiler struct {
	lib      *xpath.Library
	exprs    map[string]*xpath.Expr
	patterns map[string]*xpath.Pattern
	keys     map[string]Key // of every schema: key() has one space of names
}

// NewCompiler starts with nothing compiled.
func NewCompiler(lib *xpath.Library) *Compiler {
	return &Compiler{lib, map[string]*xpath.Expr{}, map[string]*xpath.Pattern{}, map[string]Key{}}
}

// Compile makes the closures of one phase of a schema; see Compile.
func (k *Compiler) Compile(src *Source, phase string) (*Schema, []Problem) {
	return compile(k, src, phase)
}

// scopeKey names all that an expression without variables can see.
func scopeKey(prefixes map[string]string, base string) string {
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(prefixes)) {
		b.WriteString(p + "=" + prefixes[p] + " ")
	}
	return b.String() + base + "\x00"
}

func (c *compiler) expr(src string, scope *xpath.Scope) (*xpath.Expr, error) {
	if strings.Contains(src, "$") {
		return c.lib.Compile(src, scope)
	}
	key := c.key + src
	if e, ok := c.shared.exprs[key]; ok {
		return e, nil
	}
	e, err := c.lib.Compile(src, scope)
	if err == nil {
		c.shared.exprs[key] = e
	}
	return e, err
}

func (c *compiler) match(src string) (*xpath.Pattern, error) {
	if strings.Contains(src, "$") {
		return c.lib.CompilePattern(src, c.scope)
	}
	key := c.key + src
	if p, ok := c.shared.patterns[key]; ok {
		return p, nil
	}
	p, err := c.lib.CompilePattern(src, c.scope)
	if err == nil {
		c.shared.patterns[key] = p
	}
	return p, err
}
