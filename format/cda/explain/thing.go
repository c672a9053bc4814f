package explain

import "strings"

// thing names what a path points at: "templateId (root = 1.2.3)".
func (v *voice) thing(e *expr) string {
	switch e.kind {
	case "union":
		var part []string
		for _, a := range e.args {
			part = append(part, v.thing(a))
		}
		return strings.Join(part, v.pick(" ou ", " or "))
	case "path":
		return v.road(e)
	case "list":
		var part []string
		for _, a := range e.args {
			part = append(part, v.thing(a))
		}
		return strings.Join(part, ", ")
	}
	return v.value(e)
}

// road writes a path with the names readers know and its conditions in brackets.
func (v *voice) road(e *expr) string {
	if set := valueSet(e); set != "" {
		return v.pick("jeu de valeurs ", "value set ") + set
	}
	if len(e.path) == 2 && e.path[0].axis == ".." && e.path[1].axis == "" {
		return v.pick("un élément ", "an element ") + e.path[1].name + v.conditions(e.path[1].preds)
	}
	var b strings.Builder
	for _, s := range e.path {
		part := ""
		switch {
		case s.base != nil:
			part = v.value(s.base)
		case s.axis == "@":
			part = "@" + s.name
		case s.axis == ".":
			if len(e.path) == 1 {
				part = v.pick("l'élément lui-même", "the element itself")
			}
		case s.axis == "..":
			part = v.pick("[parent]", "[parent]")
		case s.axis == "self::":
			part = s.name
		case strings.HasPrefix(s.axis, "ancestor"):
			part = v.pick("[au-dessus] ", "[above] ") + s.name
		case strings.HasPrefix(s.axis, "preceding"):
			part = v.pick("[avant] ", "[before] ") + s.name
		case strings.HasPrefix(s.axis, "following"):
			part = v.pick("[après] ", "[after] ") + s.name
		default:
			part = s.name
		}
		part += v.conditions(s.preds)
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("/")
		}
		b.WriteString(part)
	}
	if b.Len() == 0 {
		return v.pick("l'élément", "the element")
	}
	return b.String()
}

func (v *voice) conditions(preds []*expr) string {
	if len(preds) == 0 {
		return ""
	}
	var part []string
	for _, p := range preds {
		switch {
		case p.kind == "number":
			part = append(part, v.pick("n° ", "no. ")+p.op)
		case simple(p):
			part = append(part, v.equalities(p))
		default:
			part = append(part, v.condition(p))
		}
	}
	return " (" + strings.Join(part, v.pick(" et ", " and ")) + ")"
}

// condition says what a step of a path asks of its element.
func (v *voice) condition(e *expr) string {
	switch {
	case e.kind == "path" && !kindOf(e) || e.kind == "union":
		return v.pick("avec ", "with ") + v.thing(e)
	case e.kind == "call" && e.op == "not" && e.args[0].kind == "path":
		return v.pick("sans ", "without ") + v.thing(e.args[0])
	case e.kind == "and":
		var part []string
		for _, a := range e.args {
			part = append(part, v.condition(a))
		}
		return strings.Join(part, v.pick(" et ", " and "))
	}
	return v.must(e)
}

// simple tells @x='v', alone or joined by and.
func simple(e *expr) bool {
	if e.kind == "and" {
		for _, a := range e.args {
			if !simple(a) {
				return false
			}
		}
		return true
	}
	return e.kind == "cmp" && e.op == "=" && e.args[0].kind == "path" && (e.args[1].kind == "text" || e.args[1].kind == "number")
}

func (v *voice) equalities(e *expr) string {
	if e.kind != "and" {
		return v.road(e.args[0]) + " = " + e.args[1].op
	}
	var part []string
	for _, a := range e.args {
		part = append(part, v.equalities(a))
	}
	return strings.Join(part, ", ")
}

// value names what is compared.
func (v *voice) value(e *expr) string {
	if v.depth++; v.depth > maxDepth {
		v.unknown = true
		return ""
	}
	defer func() { v.depth-- }()
	switch e.kind {
	case "text":
		return v.pick("« ", "“") + e.op + v.pick(" »", "”")
	case "number":
		return e.op
	case "path", "union":
		return v.thing(e)
	case "list":
		return v.options(e.args)
	case "arith":
		return v.value(e.args[0]) + " " + e.op + " " + v.value(e.args[1])
	case "var":
		if _, name, ok := counted(e); ok {
			return v.pick("le nombre de ", "the number of ") + name
		}
		if words, ok := variables[e.op]; ok {
			return v.pick(words[0], words[1])
		}
		v.unknown = true // a variable of the file: only its author knows what it stands for
		return "$" + e.op
	case "if", "or", "and", "cmp", "some", "every":
		return "(" + v.must(e) + ")"
	case "for":
		return v.value(e.args[len(e.args)-1])
	case "call":
		return v.result(e)
	}
	v.unknown = true
	return ""
}

// variables of the published rules that have words of their own.
var variables = map[string][2]string{
	"prefix": {"le préfixe de l'adresse", "the prefix of the address"}, "suffix": {"la suite de l'adresse", "the rest of the address"}, "nullFlavor": {"nullFlavor", "nullFlavor"},
	"theAttValue": {"la valeur", "the value"}, "urlScheme": {"le préfixe de l'adresse", "the prefix of the address"}, "urlStr": {"la suite de l'adresse", "the rest of the address"},
	"translations": {"les traductions", "the translations"}, "att_code": {"le code", "the code"}, "att_codeSystem": {"le système", "the system"}, "OIDpattern": {"un OID", "an OID"}, "UUIDpattern": {"un UUID", "a UUID"},
}

// result names what a function gives.
func (v *voice) result(e *expr) string {
	if len(e.args) == 0 {
		switch e.op {
		case "text", "string", "normalize-space", "name", "local-name":
			return v.pick("le texte", "the text")
		case "position", "last":
			return v.pick("le rang", "the rank")
		case "current-date", "current-dateTime":
			return v.pick("maintenant", "now")
		case "true":
			return v.pick("vrai", "true")
		case "false":
			return v.pick("faux", "false")
		case "current":
			return v.pick("l'élément", "the element")
		}
		v.unknown = true
		return ""
	}
	switch e.op {
	case "count":
		return v.pick("le nombre de ", "the number of ") + v.thing(e.args[0])
	case "string-length":
		return v.pick("la longueur de ", "the length of ") + v.value(e.args[0])
	case "name", "local-name":
		return v.pick("le nom de ", "the name of ") + v.value(e.args[0])
	case "substring", "substring-before", "substring-after":
		return v.pick("une partie de ", "a part of ") + v.value(e.args[0])
	case "doc", "document":
		return v.pick("jeu de valeurs ", "value set ") + valueSet(e)
	case "not", "empty", "exists", "matches", "contains", "starts-with", "ends-with":
		return "(" + v.call(e) + ")"
	case "concat", "string-join":
		return v.options(e.args)
	case "QName":
		return e.args[len(e.args)-1].op
	}
	return v.value(e.args[0])
}
