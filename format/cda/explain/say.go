package explain

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// voice puts a test into words in one language.
type voice struct {
	fr      bool
	unknown bool // something was met that has no words
	depth   int
}

func (v *voice) pick(fr, en string) string {
	if v.fr {
		return fr
	}
	return en
}

// must says what has to be true: "exactement un élément id et …".
func (v *voice) must(e *expr) string {
	if v.depth++; v.depth > maxDepth {
		v.unknown = true
		return ""
	}
	defer func() { v.depth-- }()
	switch e.kind {
	case "or":
		return v.either(e)
	case "and":
		return v.join(e.args, v.pick(" et ", " and "))
	case "cmp":
		return v.compare(e)
	case "call":
		return v.call(e)
	case "path", "union":
		if kindOf(e) {
			return v.pick("l'élément est ", "the element is ") + v.thing(e)
		}
		return v.pick("présence de ", "presence of ") + v.thing(e)
	case "if":
		s := v.pick("si ", "if ") + v.must(e.args[0]) + v.pick(", alors ", ", then ") + v.must(e.args[1])
		return s
	case "some", "every":
		last := len(e.args) - 1
		return v.pick("pour ", "for ") + map[bool]string{true: v.pick("chaque ", "each "), false: v.pick("au moins un ", "at least one ")}[e.kind == "every"] + v.value(e.args[0]) + v.pick(" : ", ": ") + v.must(e.args[last])
	case "list":
		return v.join(e.args, ", ")
	case "var":
		return v.value(e)
	}
	v.unknown = true
	return ""
}

func (v *voice) join(args []*expr, sep string) string {
	var part []string
	for _, a := range args {
		s := v.must(a)
		if a.kind == "or" || a.kind == "and" {
			s = "(" + s + ")"
		}
		part = append(part, s)
	}
	return strings.Join(part, sep)
}

// kindOf tells the tests that ask what the element itself is: self::act[…], ../section.
func kindOf(e *expr) bool {
	if e.kind != "path" || e.root != "" || len(e.path) == 0 {
		return false
	}
	return len(e.path) == 1 && e.path[0].axis == "self::" || len(e.path) == 2 && e.path[0].axis == ".." && e.path[1].axis == ""
}

// either: "not(A) or B" is how rules say "if A then B".
func (v *voice) either(e *expr) string {
	var when, then []*expr
	for _, a := range e.args {
		if a.kind == "call" && a.op == "not" && len(a.args) == 1 {
			when = append(when, a.args[0])
		} else {
			then = append(then, a)
		}
	}
	if len(when) == 0 || len(then) == 0 {
		return v.join(e.args, v.pick(" ou ", " or "))
	}
	return v.pick("si ", "if ") + v.join(when, v.pick(" et ", " and ")) + v.pick(", alors ", ", then ") + v.join(then, v.pick(" ou ", " or "))
}

// counted finds what is counted: count(x), or a variable named after it.
func counted(e *expr) (*expr, string, bool) {
	if e.kind == "call" && e.op == "count" && len(e.args) == 1 {
		return e.args[0], "", true
	}
	if e.kind == "path" && len(e.path) > 0 {
		if last := e.path[len(e.path)-1]; last.base != nil && last.base.kind == "call" && last.base.op == "count" && len(last.base.args) == 1 {
			return last.base.args[0], "", true
		}
	}
	if e.kind == "var" {
		if name, ok := strings.CutPrefix(strings.ToLower(e.op), "count"); ok {
			return nil, strings.Trim(e.op[len(e.op)-len(name):], "_"), true
		}
	}
	return nil, "", false
}

func (v *voice) compare(e *expr) string {
	a, b := e.args[0], e.args[1]
	if a.kind == "call" && a.op == "resolve-QName" || b.kind == "call" && b.op == "QName" {
		if b.kind == "call" && len(b.args) == 2 {
			return v.pick("xsi:type désigne le type ", "xsi:type names type ") + b.args[1].op
		}
	}
	if what, name, ok := counted(a); ok && b.kind == "number" {
		if what != nil {
			name = v.thing(what)
		}
		return v.number(name, e.op, b.op)
	}
	if a.kind == "call" && a.op == "string-length" && len(a.args) == 1 && b.kind == "number" {
		if (e.op == ">" || e.op == "!=") && b.op == "0" || e.op == ">=" && b.op == "1" {
			return v.value(a.args[0]) + v.pick(" non vide", " not empty")
		}
		return v.pick("longueur de ", "length of ") + v.value(a.args[0]) + " " + e.op + " " + b.op
	}
	if b.kind == "list" || a.kind == "list" && len(a.args) > 0 {
		if a.kind == "list" {
			a, b = b, a
		}
		return v.value(a) + map[bool]string{true: v.pick(" parmi ", " among "), false: v.pick(" hors de ", " not among ")}[e.op == "="] + v.options(b.args)
	}
	if set := valueSet(b); set != "" {
		return v.value(a) + v.pick(" dans le jeu de valeurs ", " in value set ") + set
	}
	words := map[string]string{"=": v.pick(" vaut ", " is "), "!=": v.pick(" différent de ", " other than "), "<": " < ", ">": " > ", "<=": " ≤ ", ">=": " ≥ "}
	return v.value(a) + words[e.op] + v.value(b)
}

func (v *voice) number(thing, op, n string) string {
	switch op + n {
	case "=0", "<1", "<=0":
		return v.pick("aucun ", "no ") + thing
	case "=1":
		return v.pick("exactement un ", "exactly one ") + thing
	case ">0", ">=1", "!=0":
		return v.pick("au moins un ", "at least one ") + thing
	case "<2", "<=1":
		return v.pick("au plus un ", "at most one ") + thing
	}
	words := map[string]string{"=": v.pick("exactement ", "exactly "), ">": v.pick("plus de ", "more than "), ">=": v.pick("au moins ", "at least "), "<": v.pick("moins de ", "fewer than "), "<=": v.pick("au plus ", "at most "), "!=": v.pick("un nombre autre que ", "a number other than ")}
	return words[op] + n + " " + thing
}

func (v *voice) options(list []*expr) string {
	var part []string
	for i, o := range list {
		if i == maxOptions {
			part = append(part, "…")
			break
		}
		part = append(part, v.value(o))
	}
	return strings.Join(part, ", ")
}

// maxOptions is how many allowed values a sentence lists.
const maxOptions = 12

// valueSet gives the OID of the value-set file an expression reads.
func valueSet(e *expr) string {
	found := ""
	walk(e, func(x *expr) {
		if x.kind == "call" && (x.op == "doc" || x.op == "document") && len(x.args) > 0 {
			found = "?"
			walk(x.args[0], func(t *expr) {
				if t.kind == "text" && strings.ContainsAny(t.op, "0123456789") {
					found = setName(t.op)
				}
			})
		}
	})
	return found
}

func setName(file string) string {
	file = file[strings.LastIndexByte(file, '/')+1:]
	file = strings.TrimSuffix(strings.TrimSuffix(file, ".xml"), "-DYNAMIC")
	return strings.TrimPrefix(file, "voc-")
}

func walk(e *expr, visit func(*expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, a := range e.args {
		walk(a, visit)
	}
	for _, s := range e.path {
		walk(s.base, visit)
		for _, p := range s.preds {
			walk(p, visit)
		}
	}
}

// forms are the regular expressions the rules use, by what they ask.
var forms = []struct {
	mark string
	what finding.Text
}{
	{"(0|[1-9]\\d*)", finding.T("OID (chiffres et points, sans zéro en tête)", "OID (digits and dots, no leading zero)")},
	{"(0|[1-9][0-9]*)", finding.T("OID (chiffres et points, sans zéro en tête)", "OID (digits and dots, no leading zero)")},
	{"A-Fa-f\\d]{8}", finding.T("UUID", "UUID")}, {"{8}-", finding.T("UUID", "UUID")},
	{"^[A-Za-z][A-Za-z\\d\\-]*$", finding.T("nom enregistré (lettres, chiffres, tirets)", "registered name (letters, digits, dashes)")},
	{"^[0-9]{4,14}", finding.T("date AAAA[MM[JJ[HHMM[SS]]]][±ZZZZ]", "date YYYY[MM[DD[HHMM[SS]]]][±ZZZZ]")},
	{"^[0-9]{4}$|^[0-9]{6}$", finding.T("date AAAA, AAAAMM ou AAAAMMJJ", "date YYYY, YYYYMM or YYYYMMDD")},
	{"^-?[1-9]\\d*$", finding.T("nombre entier", "integer")}, {"^-?[0-9]+", finding.T("nombre", "number")}, {"^[-+]?", finding.T("nombre", "number")},
	{"[a-z]{2}-[A-Z]{2}", finding.T("langue comme fr-FR", "language such as fr-FR")}, {"^[^\\s]+$", finding.T("texte sans espace", "text without blank")},
}

func (v *voice) form(re string) string {
	for _, f := range forms {
		if strings.Contains(re, f.mark) {
			return v.pick(f.what.FR, f.what.EN)
		}
	}
	if len(re) > 60 {
		re = re[:60] + "…"
	}
	return v.pick("la forme ", "the form ") + re
}

func (v *voice) call(e *expr) string {
	arg := func(i int) *expr {
		if i < len(e.args) {
			return e.args[i]
		}
		return &expr{kind: "unknown"}
	}
	switch e.op {
	case "not":
		return v.not(arg(0))
	case "empty":
		return v.not(arg(0))
	case "exists", "boolean", "data":
		return v.must(arg(0))
	case "matches":
		re := arg(1)
		if re.kind == "var" {
			return v.value(arg(0)) + v.pick(" a la forme ", " has the form ") + strings.TrimSuffix(re.op, "pattern")
		}
		return v.value(arg(0)) + v.pick(" a la forme : ", " has the form: ") + v.form(re.op)
	case "starts-with":
		return v.value(arg(0)) + v.pick(" commence par ", " starts with ") + v.value(arg(1))
	case "ends-with":
		return v.value(arg(0)) + v.pick(" finit par ", " ends with ") + v.value(arg(1))
	case "contains":
		return v.value(arg(0)) + v.pick(" contient ", " contains ") + v.value(arg(1))
	case "castable":
		return v.value(arg(0)) + v.pick(" se lit comme ", " reads as ") + arg(1).op
	case "true":
		return v.pick("toujours vrai", "always true")
	case "false":
		return v.pick("jamais permis", "never allowed")
	case "doc-available":
		return v.pick("fichier de valeurs disponible", "file of values available")
	case "text", "string", "normalize-space", "number", "count", "name", "local-name", "translate", "concat", "substring", "string-length", "lower-case", "upper-case":
		return v.value(e) + v.pick(" renseigné", " filled")
	}
	v.unknown = true
	return ""
}

// not says that something must be false.
func (v *voice) not(e *expr) string {
	switch {
	case e.kind == "path" && e.root == "" && len(e.path) == 1 && e.path[0].axis == "." && len(e.path[0].preds) == 0:
		return v.pick("cet élément n'est pas prévu ici", "this element is not foreseen here")
	case e.kind == "path" || e.kind == "union":
		if set := valueSet(e); set != "" {
			return v.pick("valeur prise dans le jeu de valeurs ", "value taken from value set ") + set
		}
		return v.pick("pas de ", "no ") + v.thing(e)
	case e.kind == "cmp" && e.op == "=":
		n := *e
		n.op = "!="
		return v.compare(&n)
	case e.kind == "call" && (e.op == "not" || e.op == "empty"):
		return v.must(e.args[0])
	}
	return v.pick("il ne faut pas que : ", "it must not be that: ") + v.must(e)
}
