package explain

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// mend says what to do, by what the test asks for.
func mend(e *expr, s Said, where finding.Text) finding.Text {
	fr, en := voice{fr: true}, voice{}
	in := func(frWords, enWords string) finding.Text {
		return finding.T(frWords+" dans "+where.FR+".", enWords+" in "+where.EN+".")
	}
	switch e.kind {
	case "path":
		if len(e.path) == 0 {
			break
		}
		if attr := attribute(e); attr != "" {
			return in("Ajouter l'attribut "+fr.thing(e), "Add attribute "+en.thing(e))
		}
		if kindOf(e) {
			return finding.T("N'employer ce modèle que sur "+fr.thing(e)+" ; ici : "+where.FR+".", "Use this template only on "+en.thing(e)+"; here: "+where.EN+".")
		}
		if root := templateRoot(e); root != "" {
			return in("Ajouter <templateId root=\""+root+"\"/>"+under(fr, e, " sous "), "Add <templateId root=\""+root+"\"/>"+under(en, e, " under "))
		}
		if bare, ok := unconditioned(e); ok && len(follow(s.Node, bare)) > 0 {
			return in("Corriger "+fr.thing(bare)+" – attendu : "+fr.thing(e)+" –", "Mend "+en.thing(bare)+" – expected: "+en.thing(e)+" –")
		}
		if len(e.path) > 0 && e.path[0].axis == ".." {
			return finding.T("Placer "+where.FR+" sous : "+fr.thing(e)+".", "Put "+where.EN+" under: "+en.thing(e)+".")
		}
		return in("Ajouter "+fr.thing(e), "Add "+en.thing(e))
	case "cmp":
		if what, name, ok := counted(e.args[0]); ok && e.args[1].kind == "number" {
			n := finding.T(name, name)
			if what != nil {
				n = finding.T(fr.thing(what), en.thing(what))
			}
			return amount(n, e.op, e.args[1].op, where, howMany(s.Node, what))
		}
		if set := valueSet(e.args[1]); set != "" {
			return in("Prendre "+fr.value(e.args[0])+" dans le jeu de valeurs "+set, "Take "+en.value(e.args[0])+" from value set "+set)
		}
		if e.op == "=" && e.args[0].kind == "path" && (e.args[1].kind == "text" || e.args[1].kind == "number") {
			return in("Écrire "+fr.road(e.args[0])+"=\""+e.args[1].op+"\"", "Write "+en.road(e.args[0])+"=\""+e.args[1].op+"\"")
		}
		if e.op == "=" && e.args[1].kind == "list" {
			return in("Donner à "+fr.value(e.args[0])+" l'une des valeurs "+fr.options(e.args[1].args), "Give "+en.value(e.args[0])+" one of the values "+en.options(e.args[1].args))
		}
	case "call":
		if (e.op == "not" || e.op == "empty") && len(e.args) == 1 && e.args[0].kind == "path" && valueSet(e.args[0]) == "" {
			return in("Retirer "+fr.thing(e.args[0]), "Remove "+en.thing(e.args[0]))
		}
		if e.op == "matches" && len(e.args) > 1 && e.args[1].kind == "text" {
			return in("Réécrire "+fr.value(e.args[0])+" : "+fr.form(e.args[1].op), "Rewrite "+en.value(e.args[0])+": "+en.form(e.args[1].op))
		}
	case "or":
		if t := typeName(e); t != "" {
			return in("Retirer xsi:type, ou écrire xsi:type=\""+t+"\" avec le préfixe de l'espace urn:hl7-org:v3,", "Remove xsi:type, or write xsi:type=\""+t+"\" with the prefix of namespace urn:hl7-org:v3,")
		}
	case "and":
		// What holds already needs no mending: say only what does not.
		var left []*expr
		for _, a := range e.args {
			if !stands(s.Node, a) {
				left = append(left, a)
			}
		}
		if len(left) == 1 {
			return mend(left[0], s, where)
		}
	}
	return finding.T("Faire en sorte que l'on ait, dans "+where.FR+" : "+fr.must(e)+".", "Make sure that "+where.EN+" has: "+en.must(e)+".")
}

func amount(n finding.Text, op, limit string, where finding.Text, have string) finding.Text {
	var t finding.Text
	switch op + limit {
	case "=0", "<1", "<=0":
		t = finding.T("Retirer "+n.FR, "Remove "+n.EN)
	case "<=1", "<2":
		t = finding.T("Ne garder qu'un "+n.FR, "Keep one "+n.EN+" only")
	case "=1":
		t = finding.T("N'écrire "+n.FR+" qu'une fois, ni plus ni moins,", "Write "+n.EN+" once, no more, no less,")
		if have == "0" {
			t = finding.T("Ajouter "+n.FR, "Add "+n.EN)
		}
	case ">=1", ">0", "!=0":
		t = finding.T("Ajouter "+n.FR, "Add "+n.EN)
	default:
		fr, en := voice{fr: true}, voice{}
		t = finding.T("Écrire "+fr.number(n.FR, op, limit), "Write "+en.number(n.EN, op, limit))
	}
	return finding.T(t.FR+" dans "+where.FR+".", t.EN+" in "+where.EN+".")
}

// attribute gives the attribute a path ends on.
func attribute(e *expr) string {
	if e.kind == "path" && len(e.path) > 0 && e.path[len(e.path)-1].axis == "@" {
		return e.path[len(e.path)-1].name
	}
	return ""
}

// stands tells, when it is plain, that a condition holds on the node.
func stands(n xmltree.Node, e *expr) bool {
	if !n.Exists() {
		return false
	}
	switch e.kind {
	case "path":
		return len(follow(n, e)) > 0
	case "cmp":
		if e.op == "=" && e.args[0].kind == "path" && e.args[1].kind == "text" {
			for _, v := range values(n, e.args[0]) {
				if v == e.args[1].op {
					return true
				}
			}
		}
	}
	return false
}

// holds quotes what the document has where the test looks.
func holds(n xmltree.Node, e *expr) string {
	if !n.Exists() {
		return ""
	}
	if e.kind == "cmp" {
		if what, _, ok := counted(e.args[0]); ok {
			return howMany(n, what)
		}
	}
	var out []string
	walk(e, func(x *expr) {
		if x.kind != "path" || len(out) >= maxShown || x.root != "" || valueSet(x) != "" {
			return
		}
		for _, v := range values(n, x) {
			if v = strings.TrimSpace(v); v != "" && len(out) < maxShown && !contains(out, v) {
				out = append(out, quote(v))
			}
		}
	})
	return strings.Join(out, ", ")
}

// maxShown is how many values a sentence quotes.
const maxShown = 3

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func howMany(n xmltree.Node, what *expr) string {
	if what == nil || what.kind != "path" || !n.Exists() || !plainPath(what) {
		return ""
	}
	return itoa(len(follow(n, what)))
}

func itoa(n int) string {
	if n == 0 {
		return "0"
	}
	s := ""
	for ; n > 0; n /= 10 {
		s = string(rune('0'+n%10)) + s
	}
	return s
}

// templateRoot gives the template a path asks for: …/templateId[@root='x'].
func templateRoot(e *expr) string {
	last := e.path[len(e.path)-1]
	if last.name != "templateId" || len(last.preds) != 1 || last.preds[0].kind != "cmp" || last.preds[0].args[1].kind != "text" {
		return ""
	}
	return last.preds[0].args[1].op
}

// under names the way to a templateId when it is not on the element itself.
func under(v voice, e *expr, word string) string {
	if len(e.path) < 2 {
		return ""
	}
	head := *e
	head.path = e.path[:len(e.path)-1]
	if len(head.path) == 1 && head.path[0].axis == "." {
		return ""
	}
	return word + v.road(&head)
}

// unconditioned takes the conditions off the last step of a path.
func unconditioned(e *expr) (*expr, bool) {
	last := len(e.path) - 1
	if len(e.path[last].preds) == 0 {
		return e, false
	}
	bare := *e
	bare.path = append([]step(nil), e.path...)
	bare.path[last].preds = nil
	return &bare, true
}

// typeName gives the data type of the tests that look at xsi:type.
func typeName(e *expr) string {
	for _, a := range e.args {
		if a.kind == "cmp" && a.args[0].kind == "call" && a.args[0].op == "resolve-QName" && len(a.args[1].args) == 2 {
			return a.args[1].args[1].op
		}
	}
	return ""
}
