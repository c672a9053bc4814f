package vihf

import (
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// Find gives the one assertion of a wsse:Security header.
func Find(security xmltree.Node) (xmltree.Node, error) {
	var found xmltree.Node
	for a := range security.Descendants(NSSAML, "Assertion") {
		if found.Exists() {
			return xmltree.Node{}, ErrMany.At(a.XPath())
		}
		found = a
	}
	if !found.Exists() || found.Parent() != security {
		return xmltree.Node{}, ErrAbsent
	}
	return found, nil
}

// Parse reads an assertion without judging it: only what cannot be read, or is there twice, is
// refused. An error is always a *finding.Refusal.
func Parse(n xmltree.Node) (*Assertion, error) {
	a, bad := parse(n)
	if bad != nil {
		return nil, bad
	}
	return a, nil
}

func parse(n xmltree.Node) (*Assertion, *finding.Refusal) {
	if !n.Is(NSSAML, "Assertion") || n.Attr("Version") != "2.0" || n.Attr("ID") == "" {
		return nil, ErrForm.At(n.XPath())
	}
	a := &Assertion{ID: n.Attr("ID")}
	var bad *finding.Refusal
	if a.IssueInstant, bad = instant(n, "IssueInstant"); bad != nil {
		return nil, bad
	}
	if a.IssueInstant.IsZero() {
		return nil, ErrInstant.At(n.XPath() + "/@IssueInstant")
	}
	seen := map[string]bool{}
	for c := range n.Elements() {
		if c.Space() == NSSAML {
			// one statement of each kind: a second one is how contradictory claims are smuggled in
			if seen[c.Local()] {
				return nil, ErrForm.At(c.XPath())
			}
			seen[c.Local()] = true
		}
		switch {
		case c.Is(NSSAML, "Issuer"):
			a.Issuer = c.Trim()
		case c.Is(NSSAML, "Subject"):
			a.NameID = c.Child(NSSAML, "NameID").Trim()
			bad = subjectConfirmation(a, c)
		case c.Is(NSSAML, "Conditions"):
			bad = conditions(a, c)
		case c.Is(NSSAML, "AuthnStatement"):
			bad = authnStatement(a, c)
		case c.Is(NSSAML, "AttributeStatement"):
			bad = attributeStatement(a, c)
		case c.Is(NSSAML, "Advice"), c.Space() != NSSAML:
		default:
			bad = ErrForm.At(c.XPath())
		}
		if bad != nil {
			return nil, bad
		}
	}
	return a, nil
}

// instant reads an optional xs:dateTime attribute.
func instant(n xmltree.Node, local string) (time.Time, *finding.Refusal) {
	v, ok := n.AttrOK(local)
	if !ok {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return time.Time{}, ErrInstant.At(n.XPath() + "/@" + local)
	}
	return t.UTC(), nil
}

// window narrows the validity of the assertion.
func window(a *Assertion, n xmltree.Node) *finding.Refusal {
	from, bad := instant(n, "NotBefore")
	if bad != nil {
		return bad
	}
	to, bad := instant(n, "NotOnOrAfter")
	if bad != nil {
		return bad
	}
	if from.After(a.NotBefore) {
		a.NotBefore = from
	}
	if !to.IsZero() && (a.NotOnOrAfter.IsZero() || to.Before(a.NotOnOrAfter)) {
		a.NotOnOrAfter = to
	}
	return nil
}

func subjectConfirmation(a *Assertion, subject xmltree.Node) *finding.Refusal {
	for c := range subject.Children(NSSAML, "SubjectConfirmation") {
		if bad := window(a, c.Child(NSSAML, "SubjectConfirmationData")); bad != nil {
			return bad
		}
	}
	return nil
}

// spec: SAML Core 2.0 §2.5
func conditions(a *Assertion, n xmltree.Node) *finding.Refusal {
	if bad := window(a, n); bad != nil {
		return bad
	}
	for c := range n.Elements() {
		switch {
		case c.Is(NSSAML, "AudienceRestriction"):
			var list []string
			for au := range c.Children(NSSAML, "Audience") {
				list = append(list, au.Trim())
			}
			a.Audiences = append(a.Audiences, list...)
			a.restrictions = append(a.restrictions, list)
		case c.Is(NSSAML, "OneTimeUse"), c.Is(NSSAML, "ProxyRestriction"):
		default:
			return ErrConditions.At(c.XPath())
		}
	}
	return nil
}

func authnStatement(a *Assertion, n xmltree.Node) *finding.Refusal {
	var bad *finding.Refusal
	if a.AuthnInstant, bad = instant(n, "AuthnInstant"); bad != nil {
		return bad
	}
	var ctx xmltree.Node
	for c := range n.Children(NSSAML, "AuthnContext") {
		if ctx.Exists() {
			return ErrAuthn.At(c.XPath())
		}
		ctx = c
	}
	a.AuthnContext = ctx.Child(NSSAML, "AuthnContextClassRef").Trim()
	a.AuthnDecl = ctx.Child(NSSAML, "AuthnContextDecl").Trim()
	return nil
}

func attributeStatement(a *Assertion, n xmltree.Node) *finding.Refusal {
	seen := make([]bool, len(attributes))
	for at := range n.Children(NSSAML, "Attribute") {
		name := at.Attr("Name")
		i := findAttribute(name)
		if i < 0 {
			a.unknown = append(a.unknown, clip(name))
			continue
		}
		if seen[i] {
			return ErrAttributeTwice.At(name)
		}
		seen[i] = true
		switch attributes[i].name {
		case attrRole:
			for v := range at.Children(NSSAML, "AttributeValue") {
				// some clients put several Role elements in one value
				for r := range v.Children(NSHL7, "Role") {
					a.Roles = append(a.Roles, coded(r))
				}
			}
		case attrPurpose:
			many := false
			for v := range at.Children(NSSAML, "AttributeValue") {
				for p := range v.Children(NSHL7, "PurposeOfUse") {
					if many {
						return ErrAttributeTwice.At(name)
					}
					many = true
					a.PurposeOfUse = coded(p)
				}
			}
		default:
			v := at.Child(NSSAML, "AttributeValue")
			if v.Next().Exists() {
				return ErrAttributeTwice.At(name)
			}
			*attributes[i].field(a) = v.Trim()
		}
	}
	return nil
}

func coded(n xmltree.Node) Coded {
	return Coded{Code: n.Attr("code"), System: n.Attr("codeSystem"), SystemName: n.Attr("codeSystemName"), Display: n.Attr("displayName")}
}

func clip(s string) string {
	const most = 100
	r := []rune(s)
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
