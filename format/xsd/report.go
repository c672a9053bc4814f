package xsd

import (
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// Each function below words one rule of the standard for the person who has to mend the document.
// spec: XSD-1 C

func (v *run) unexpected(parent, c xmltree.Node, m *model, at int32) {
	st := &m.states[at]
	can := v.allowed(parent, st)
	expected := join(can)
	x := Violation{Code: "cvc-complex-type.2.4.a", Node: c, Found: raw(c), Expected: expected}
	known, _ := m.find(v.space(c.Space()), c.Local())
	switch {
	case len(can) == 0:
		x.Code = "cvc-complex-type.2.4.d"
		x.Message = finding.Tf("L'élément %s n'a pas sa place ici : rien ne peut plus suivre dans %s.", "Element %s does not belong here: nothing more may follow in %s.", raw(c), raw(parent))
		x.Fix = finding.Tf("Retirer %s, ou le mettre avant les éléments qui doivent le suivre.", "Remove %s, or put it before the elements that must follow it.", raw(c))
	case known != nil:
		x.Message = finding.Tf("L'élément %s n'est pas à sa place dans %s, ou il est en trop. Ici peut venir : %s.", "Element %s is out of order in %s, or one too many. What may come here: %s.", raw(c), raw(parent), expected)
		x.Fix = finding.Tf("Respecter l'ordre du schéma : déplacer %s, ou ajouter avant lui ce qui manque.", "Follow the order of the schema: move %s, or add what is missing before it.", raw(c))
	default:
		x.Message = finding.Tf("L'élément %s n'existe pas dans %s. Ici peut venir : %s.", "There is no element %s in %s. What may come here: %s.", raw(c), raw(parent), expected)
		x.Fix = finding.Tf("Retirer %s, ou corriger son nom ou son espace de noms.", "Remove %s, or correct its name or namespace.", raw(c))
	}
	if c.Space() != parent.Space() && known == nil {
		for _, s := range m.all {
			if s.local == c.Local() {
				x.Fix = finding.Tf("Mettre %s dans l'espace de noms %q (ici : %q).", "Put %s in the namespace %q (here: %q).", c.Local(), v.s.spaces[s.space], c.Space())
			}
		}
	} else if known == nil {
		var names []string
		for _, s := range m.all {
			names = append(names, s.local)
		}
		if near := finding.Nearest(c.Local(), names); near != "" {
			x.Fix = finding.Tf("Le nom le plus proche ici est %s. Sinon, retirer %s.", "The nearest name here is %s. Otherwise remove %s.", near, raw(c))
		}
	}
	v.report(x)
}

func (v *run) incomplete(n xmltree.Node, m *model, at int32) {
	expected := join(v.allowed(n, &m.states[at]))
	v.report(Violation{Code: "cvc-complex-type.2.4.b", Node: n, Expected: expected,
		Message: finding.Tf("L'élément %s est incomplet : il y manque un élément. À la fin doit encore venir : %s.", "Element %s is incomplete: an element is missing. At its end must still come: %s.", raw(n), expected),
		Fix:     finding.Tf("Ajouter à la fin de %s un des éléments : %s.", "Add at the end of %s one of the elements: %s.", raw(n), expected)})
}

func (v *run) unknownRoot(n xmltree.Node) {
	v.report(Violation{Code: "cvc-elt.1.a", Node: n, Found: raw(n),
		Message: finding.Tf("L'élément racine %s (espace de noms %q) n'est pas connu du schéma.", "The root element %s (namespace %q) is not known to the schema.", raw(n), n.Space()),
		Fix:     finding.T("Vérifier le nom de la racine et sa déclaration xmlns.", "Check the name of the root and its xmlns declaration.")})
}

func (v *run) unknownInWildcard(n xmltree.Node) {
	v.report(Violation{Code: "cvc-complex-type.2.4.c", Node: n, Found: raw(n),
		Message: finding.Tf("L'élément %s n'est déclaré nulle part, et seuls des éléments déclarés peuvent venir ici.", "Element %s is declared nowhere, and only declared elements may come here.", raw(n)),
		Fix:     finding.T("Corriger son nom ou son espace de noms, ou le retirer.", "Correct its name or namespace, or remove it.")})
}

func (v *run) abstractElement(n xmltree.Node) {
	v.report(Violation{Code: "cvc-elt.2", Node: n, Found: raw(n),
		Message: finding.Tf("L'élément %s est abstrait : un élément qui le remplace doit être écrit.", "Element %s is abstract: one that stands for it must be written.", raw(n)),
		Fix:     finding.T("Écrire un des éléments de son groupe de substitution.", "Write one of the elements of its substitution group.")})
}

func (v *run) abstractType(n xmltree.Node, t *typ) {
	v.report(Violation{Code: "cvc-type.2", Node: n, Found: t.name.local, Expected: "xsi:type",
		Message: finding.Tf("Le type %s de l'élément %s est abstrait : xsi:type doit dire lequel de ses types concrets est employé.", "Type %s of element %s is abstract: xsi:type must say which concrete type is used.", t.name.local, raw(n)),
		Fix:     finding.Tf("Ajouter xsi:type sur %s (par exemple xsi:type=\"CD\" ou \"PQ\" pour une valeur CDA).", "Add xsi:type to %s (for a CDA value, for instance xsi:type=\"CD\" or \"PQ\").", raw(n))})
}

func (v *run) typeViolation(n xmltree.Node, code, said string, count int, m, fix finding.Text, expected string) {
	p := n.Place()
	for a := range n.Attrs() {
		if a.Space == xmltree.NSXSI && a.Local == "type" {
			p = v.attrPlace(n, a)
		}
	}
	v.report(Violation{Code: code, Count: count, Node: n, Place: p, Found: quote(said), Expected: expected, Message: m, Fix: fix})
}

// badTypeName stands for four reports: the value is judged as a type name, then as an attribute.
func (v *run) badTypeName(n xmltree.Node, said string) {
	v.typeViolation(n, "cvc-elt.4.1", said, 4,
		finding.Tf("xsi:type=%q n'est pas un nom de type lisible : le nom est mal formé ou son préfixe n'est pas déclaré.", "xsi:type=%q cannot be read as a type name: it is malformed or its prefix is not declared.", quote(said)),
		finding.T("Écrire un nom de type, et déclarer son préfixe par xmlns:… sur un élément qui le contient.", "Write a type name, and declare its prefix by xmlns:… on an element around."), "")
}

func (v *run) unknownType(n xmltree.Node, t *typ, said string) {
	fix := finding.T("Écrire le nom exact d'un type du schéma, majuscules comprises.", "Write the exact name of a type of the schema, capitals included.")
	if t != nil {
		var names []string
		for q, o := range v.s.types {
			if q.space == t.name.space && o != t && derives(o, t, t.block) {
				names = append(names, q.local)
			}
		}
		if near := finding.Nearest(said, names); near != "" {
			fix = finding.Tf("Le type le plus proche est %s. Les majuscules comptent, et le préfixe doit mener au bon espace de noms.", "The nearest type is %s. Capitals matter, and the prefix must lead to the right namespace.", near)
		}
	}
	v.typeViolation(n, "cvc-elt.4.2", said, 1,
		finding.Tf("xsi:type=%q sur %s ne désigne aucun type du schéma.", "xsi:type=%q on %s names no type of the schema.", quote(said), raw(n)), fix, "")
}

func (v *run) foreignType(n xmltree.Node, t *typ, said string) {
	v.typeViolation(n, "cvc-elt.4.3", said, 1,
		finding.Tf("xsi:type=%q n'est pas permis sur %s : ce type n'est pas dérivé de %s.", "xsi:type=%q is not allowed on %s: that type is not derived from %s.", quote(said), raw(n), t.name.local),
		finding.Tf("Employer %s ou un type qui en dérive, ou retirer xsi:type.", "Use %s or a type derived from it, or remove xsi:type.", t.name.local), t.name.local)
}

func (v *run) notNillable(n xmltree.Node) {
	v.report(Violation{Code: "cvc-elt.3.1", Node: n, Found: "xsi:nil",
		Message: finding.Tf("xsi:nil n'est pas permis sur %s.", "xsi:nil is not allowed on %s.", raw(n)),
		Fix:     finding.T("Retirer xsi:nil ; une valeur absente se dit par nullFlavor dans un document CDA.", "Remove xsi:nil; in a CDA document an absent value is told by nullFlavor.")})
}

func (v *run) nilFixed(n xmltree.Node, fixed string) {
	v.report(Violation{Code: "cvc-elt.3.2.2", Node: n, Expected: fixed,
		Message: finding.Tf("xsi:nil ne peut pas être vrai sur %s, dont la valeur est imposée.", "xsi:nil cannot be true on %s, whose value is fixed.", raw(n)),
		Fix:     finding.Tf("Retirer xsi:nil et écrire %q.", "Remove xsi:nil and write %q.", fixed)})
}

func (v *run) nilContent(n xmltree.Node) {
	v.report(Violation{Code: "cvc-elt.3.2.1", Node: n,
		Message: finding.Tf("L'élément %s porte xsi:nil=\"true\" mais n'est pas vide.", "Element %s carries xsi:nil=\"true\" but is not empty.", raw(n)),
		Fix:     finding.T("Vider l'élément, ou retirer xsi:nil.", "Empty the element, or remove xsi:nil.")})
}

func (v *run) childInSimple(n xmltree.Node, t *typ) {
	code := "cvc-complex-type.2.2"
	if !t.complex {
		code = "cvc-type.3.1.2"
	}
	v.report(Violation{Code: code, Node: n,
		Message: finding.Tf("L'élément %s ne contient que du texte : aucun élément n'y est permis.", "Element %s holds text only: no element is allowed in it.", raw(n)),
		Fix:     finding.T("Retirer les éléments qu'il contient.", "Remove the elements it holds.")})
}

func (v *run) notEmpty(n xmltree.Node, sub bool) {
	what := finding.T("des espaces ou du texte", "white space or text")
	if sub {
		what = finding.T("un élément", "an element")
	}
	v.report(Violation{Code: "cvc-complex-type.2.1", Node: n,
		Message: finding.T("L'élément "+raw(n)+" doit être vide ; il contient "+what.FR+".", "Element "+raw(n)+" must be empty; it holds "+what.EN+"."),
		Fix:     finding.Tf("L'écrire <%s …/>, sans contenu.", "Write it <%s …/>, without content.", raw(n))})
}

func (v *run) textInElements(n xmltree.Node) {
	found := quote(collapsed(ownText(n, true)))
	v.report(Violation{Code: "cvc-complex-type.2.3", Node: n, Found: found,
		Message: finding.Tf("L'élément %s ne contient que des éléments : le texte %q n'y est pas permis.", "Element %s holds elements only: the text %q is not allowed in it.", raw(n), found),
		Fix:     finding.T("Retirer ce texte, ou le mettre dans l'élément prévu pour lui.", "Remove that text, or put it in the element meant for it.")})
}

func (v *run) notFixed(n xmltree.Node, code, fixed string) {
	v.report(Violation{Code: code, Node: n, Found: quote(n.Text()), Expected: fixed,
		Message: finding.Tf("La valeur de %s est imposée : %q.", "The value of %s is fixed: %q.", raw(n), fixed),
		Fix:     finding.Tf("Écrire exactement %q.", "Write exactly %q.", fixed)})
}

func (v *run) badContent(n xmltree.Node, t *typ, f fault, also string) {
	w := f.of.words()
	v.report(Violation{Code: f.code, Also: also, Node: n, Found: quote(f.text), Expected: w.EN,
		Message: finding.T("La valeur "+quoted(f.text)+" de l'élément "+raw(n)+" n'est pas "+w.FR+".", "The value "+quoted(f.text)+" of element "+raw(n)+" is not "+w.EN+"."),
		Fix:     finding.T("Écrire "+w.FR+".", "Write "+w.EN+".")})
}

func quoted(s string) string { return "\"" + quote(s) + "\"" }

func (v *run) attributeOnSimple(n xmltree.Node, a xmltree.Attr) {
	v.report(Violation{Code: "cvc-type.3.1.1", Node: n, Place: v.attrPlace(n, a), Found: attrName(a),
		Message: finding.Tf("L'élément %s ne porte pas d'attribut : %s n'y est pas permis.", "Element %s carries no attribute: %s is not allowed on it.", raw(n), attrName(a)),
		Fix:     finding.Tf("Retirer l'attribut %s.", "Remove attribute %s.", attrName(a))})
}

func (v *run) unknownAttribute(n xmltree.Node, t *typ, a xmltree.Attr) {
	var names []string
	for _, u := range t.attrs {
		names = append(names, u.name.local)
	}
	expected := join(names)
	fix := finding.Tf("Retirer l'attribut %s.", "Remove attribute %s.", attrName(a))
	if near := finding.Nearest(a.Local, names); near != "" {
		fix = finding.Tf("L'attribut le plus proche est %s. Sinon, retirer %s.", "The nearest attribute is %s. Otherwise remove %s.", near, attrName(a))
	}
	v.report(Violation{Code: "cvc-complex-type.3.2.2", Node: n, Place: v.attrPlace(n, a), Found: attrName(a), Expected: expected, Fix: fix,
		Message: finding.Tf("L'attribut %s n'est pas permis sur %s (permis : %s).", "Attribute %s is not allowed on %s (allowed: %s).", attrName(a), raw(n), expected)})
}

func (v *run) missingAttribute(n xmltree.Node, u *use) {
	w := u.typ.simple.words()
	if u.fixed != nil {
		w = finding.T("\""+*u.fixed+"\"", "\""+*u.fixed+"\"")
	}
	v.report(Violation{Code: "cvc-complex-type.4", Node: n, Expected: u.name.local,
		Message: finding.Tf("L'attribut obligatoire %s manque sur %s.", "The mandatory attribute %s is missing on %s.", u.name.local, raw(n)),
		Fix:     finding.T("Ajouter "+u.name.local+" : "+w.FR+".", "Add "+u.name.local+": "+w.EN+".")})
}

func (v *run) badAttribute(n xmltree.Node, a xmltree.Attr, f fault) {
	x := Violation{Code: f.code, Also: "cvc-attribute.3", Node: n, Place: v.attrPlace(n, a), Found: quote(a.Value)}
	switch f.code {
	case badDuplicateID:
		x.Message = finding.Tf("L'identifiant %q de %s est déjà porté par un autre élément : %s doit être unique dans le document.", "The identifier %q of %s is already carried by another element: %s must be unique in the document.", quote(a.Value), raw(n), attrName(a))
		x.Fix = finding.T("Donner à chaque élément son propre identifiant, et suivre ce changement dans les références.", "Give each element its own identifier, and change the references with it.")
	case badPrefix:
		x.Message = finding.Tf("Le préfixe de %q (attribut %s) n'est pas déclaré.", "The prefix of %q (attribute %s) is not declared.", quote(a.Value), attrName(a))
		x.Fix = finding.T("Le déclarer par xmlns:….", "Declare it by xmlns:….")
	default:
		w := f.of.words()
		x.Expected = w.EN
		value := quoted(f.text)
		x.Message = finding.T("La valeur "+value+" de l'attribut "+attrName(a)+" de "+raw(n)+" n'est pas "+w.FR+".", "The value "+value+" of attribute "+attrName(a)+" of "+raw(n)+" is not "+w.EN+".")
		x.Fix = finding.T("Écrire "+w.FR+".", "Write "+w.EN+".")
		if f.text == "" {
			x.Fix = finding.T("Donner une valeur à "+attrName(a)+" ("+w.FR+"), ou retirer l'attribut vide.", "Give "+attrName(a)+" a value ("+w.EN+"), or remove the empty attribute.")
		}
	}
	v.report(x)
}

func (v *run) notFixedAttribute(n xmltree.Node, a xmltree.Attr, code, fixed string) {
	v.report(Violation{Code: code, Node: n, Place: v.attrPlace(n, a), Found: quote(a.Value), Expected: fixed,
		Message: finding.Tf("L'attribut %s de %s vaut %q ; la valeur imposée est %q.", "Attribute %s of %s is %q; the value is fixed to %q.", attrName(a), raw(n), quote(a.Value), fixed),
		Fix:     finding.Tf("Écrire %s=\"%s\".", "Write %s=\"%s\".", attrName(a), fixed)})
}

func (v *run) dangling(r reference) {
	v.report(Violation{Code: badMissingID, Node: r.node, Found: quote(r.id),
		Message: finding.Tf("La référence %q de %s ne mène à aucun identifiant du document.", "The reference %q of %s leads to no identifier of the document.", quote(r.id), raw(r.node)),
		Fix:     finding.T("Ajouter l'élément qui porte cet identifiant, ou corriger la référence.", "Add the element that carries that identifier, or correct the reference.")})
}
