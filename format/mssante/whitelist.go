package mssante

import (
	"errors"
	"sort"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// NSWhiteList is the namespace of the list.
//
// spec: MSSanté 3
const NSWhiteList = "https://listeblanche.mssante.fr/schema"

// Limits of a list.
const (
	MaxWhiteListBytes   = 16 << 20 // the real one is far below a megabyte
	MaxWhiteListDomains = 50_000   // every structure of France could have its own
	maxDomainNames      = 64       // certificate names of one domain
)

// Refusals of a white list.
var (
	ErrWhiteList = &finding.Refusal{ID: "MSS-LISTE", Kind: finding.Invalid, Rule: "MSSanté, liste blanche",
		Message: finding.T("Ce fichier n'est pas une liste blanche MSSanté.", "This file is not an MSSanté white list."),
		Fix:     finding.T("Donnez le XML de la liste : des éléments Domaine, chacun avec un Nom, dans l'espace de noms https://listeblanche.mssante.fr/schema.", "Give the XML of the list: Domaine elements, each with a Nom, in namespace https://listeblanche.mssante.fr/schema.")}
	ErrWhiteListEmpty = &finding.Refusal{ID: "MSS-LISTE-VIDE", Kind: finding.Invalid, Rule: "MSSanté, liste blanche",
		Message: finding.T("La liste blanche ne contient aucun domaine : elle n'est pas prise.", "The white list holds no domain: it is not taken."),
		Fix:     finding.T("Vérifiez la source ; la dernière bonne copie reste en service.", "Check the source; the last good copy stays in service.")}
	ErrWhiteListShrunk = &finding.Refusal{ID: "MSS-LISTE-REDUITE", Kind: finding.Conflict, Rule: "MSSanté, liste blanche",
		Message: finding.T("La nouvelle liste blanche a perdu plus de la moitié de ses domaines : elle n'est pas prise sans accord.", "The new white list has lost more than half of its domains: it is not taken without consent."),
		Fix:     finding.T("Vérifiez la source, puis imposez la liste si elle est voulue.", "Check the source, then force the list if it is meant.")}
)

// Domain is one domain of the space of trust.
type Domain struct {
	Name     string   // form of the DNS
	Unicode  string   // form for people
	Operator string   // our extra child: who runs it
	Subjects []string // our extra children: names of the certificates that may speak for it; none listed, any of the IGC-Santé
}

// WhiteList is the list of the domains mail may come from and go to. It never changes once read;
// the zero value allows nothing.
type WhiteList struct {
	Domains []Domain // in order of name
	byName  map[string]int
}

// NewWhiteList makes a list; a domain listed twice keeps the names of both.
func NewWhiteList(domains []Domain) (*WhiteList, error) {
	w := &WhiteList{byName: map[string]int{}}
	for _, d := range domains {
		ascii, err := ToASCII(d.Name)
		if err != nil {
			return nil, err
		}
		d.Name, d.Unicode = ascii, ToUnicode(ascii)
		if i, had := w.byName[ascii]; had {
			w.Domains[i].Subjects = append(w.Domains[i].Subjects, d.Subjects...)
			continue
		}
		w.byName[ascii] = len(w.Domains)
		w.Domains = append(w.Domains, d)
	}
	sort.Slice(w.Domains, func(i, j int) bool { return w.Domains[i].Name < w.Domains[j].Name })
	for i, d := range w.Domains {
		w.byName[d.Name] = i
	}
	return w, nil
}

// ParseWhiteList reads a list: any root, Domaine elements at any depth, each with a Nom that may
// have blanks around it; other children are left alone. A domain that is none is a finding.
//
// spec: MSSanté 3
func ParseWhiteList(raw []byte) (*WhiteList, []finding.Finding, error) {
	if len(raw) > MaxWhiteListBytes {
		return nil, nil, ErrWhiteList.Saying(finding.Tf("La liste blanche dépasse %d octets.", "The white list exceeds %d bytes.", MaxWhiteListBytes))
	}
	doc, err := xmltree.Parse(raw)
	if err != nil {
		out := ErrWhiteList.With(err)
		var x *xmltree.Error
		if errors.As(err, &x) {
			out = out.At(x.Place().Words())
		}
		return nil, nil, out
	}
	var list []Domain
	var findings []finding.Finding
	seen := false
	for n := range doc.Root().Descendants(NSWhiteList, "Domaine") {
		seen = true
		if len(list) == MaxWhiteListDomains {
			return nil, nil, ErrWhiteList.Saying(finding.Tf("La liste blanche compte plus de %d domaines.", "The white list has more than %d domains.", MaxWhiteListDomains))
		}
		name := n.Child(NSWhiteList, "Nom").Trim()
		ascii, err := ToASCII(name)
		if err != nil {
			findings = append(findings, finding.Finding{ID: "MSS-LISTE-DOMAINE", Severity: finding.Warning, Level: "liste", Place: n.Place(), Found: name, Rule: "MSSanté, liste blanche",
				Message: finding.T("Un élément Domaine ne porte pas un nom de domaine ; il n'est pas pris.", "A Domaine element does not hold a domain name; it is not taken."),
				Fix:     finding.T("Écrivez le nom du domaine dans Nom.", "Write the name of the domain in Nom.")})
			continue
		}
		d := Domain{Name: ascii, Operator: n.Child(NSWhiteList, "Operateur").Trim()}
		for c := range n.Children(NSWhiteList, "Certificat") {
			if s := c.Trim(); s != "" && len(d.Subjects) < maxDomainNames {
				d.Subjects = append(d.Subjects, s)
			}
		}
		list = append(list, d)
	}
	if !seen && doc.Root().Space() != NSWhiteList {
		return nil, nil, ErrWhiteList
	}
	if len(list) == 0 {
		return nil, findings, ErrWhiteListEmpty
	}
	w, err := NewWhiteList(list)
	return w, findings, err
}

// Bytes writes the list, in the shape it is published.
func (w *WhiteList) Bytes() []byte {
	b := []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListeBlanche xmlns="` + NSWhiteList + `">` + "\n")
	for _, d := range w.Domains {
		b = append(b, "  <Domaine><Nom>"...)
		b = xmltree.AppendText(b, d.Unicode)
		b = append(b, "</Nom>"...)
		if d.Operator != "" {
			b = append(xmltree.AppendText(append(b, "<Operateur>"...), d.Operator), "</Operateur>"...)
		}
		for _, s := range d.Subjects {
			b = append(xmltree.AppendText(append(b, "<Certificat>"...), s), "</Certificat>"...)
		}
		b = append(b, "</Domaine>\n"...)
	}
	return append(b, "</ListeBlanche>\n"...)
}

// Find gives the domain of the list, in either form.
func (w *WhiteList) Find(domain string) (Domain, bool) {
	if w == nil {
		return Domain{}, false
	}
	ascii, err := ToASCII(domain)
	if err != nil {
		return Domain{}, false
	}
	i, ok := w.byName[ascii]
	if !ok {
		return Domain{}, false
	}
	return w.Domains[i], true
}

// Has reports whether mail may come from or go to a domain.
func (w *WhiteList) Has(domain string) bool { _, ok := w.Find(domain); return ok }

// Speaks reports whether a certificate of that subject may speak for a domain: any may for a domain
// that lists none. Subjects are compared without case and without the blanks around commas.
//
// spec: MSSanté 4
func (w *WhiteList) Speaks(domain, subject string) bool {
	d, ok := w.Find(domain)
	if !ok {
		return false
	}
	for _, s := range d.Subjects {
		if plainSubject(s) == plainSubject(subject) {
			return true
		}
	}
	return len(d.Subjects) == 0
}

func plainSubject(s string) string {
	parts := strings.Split(strings.ToLower(s), ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ",")
}

// Accepts says whether a fresh list may replace this one: not when it is empty, nor, without
// consent, when fewer than half of the domains of today are left.
//
// spec: MSSanté 3
func (w *WhiteList) Accepts(fresh *WhiteList, consent bool) error {
	if fresh == nil || len(fresh.Domains) == 0 {
		return ErrWhiteListEmpty
	}
	if w == nil || consent {
		return nil
	}
	kept := 0
	for _, d := range w.Domains {
		if fresh.Has(d.Name) {
			kept++
		}
	}
	if 2*kept < len(w.Domains) {
		return ErrWhiteListShrunk
	}
	return nil
}
