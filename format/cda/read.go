package cda

import (
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// The readers of the data types. Each takes an absent node and gives a zero value.

func readII(n xmltree.Node) II {
	if !n.Exists() {
		return II{}
	}
	return II{n.Attr("root"), n.Attr("extension"), n.Attr("assigningAuthorityName"), n.Attr("nullFlavor")}
}

func readIIs(n xmltree.Node) []II {
	var out []II
	for id := range n.Children(NS, "id") {
		out = append(out, readII(id))
	}
	return out
}

func readTemplates(n xmltree.Node) Templates {
	var out Templates
	for t := range n.Children(NS, "templateId") {
		out = append(out, Template{t.Attr("root"), t.Attr("extension")})
	}
	return out
}

// ReadCD reads a coded value.
func ReadCD(n xmltree.Node) CD {
	if !n.Exists() {
		return CD{}
	}
	c := CD{
		Code: n.Attr("code"), System: n.Attr("codeSystem"), SystemName: n.Attr("codeSystemName"),
		Display: n.Attr("displayName"), Null: n.Attr("nullFlavor"), Node: n,
	}
	for e := range n.Elements() {
		switch e.Local() {
		case "originalText":
			c.OriginalText = squeeze(e.Text())
			c.OriginalRef = e.Child(NS, "reference").Attr("value")
		case "translation":
			c.Translations = append(c.Translations, ReadCD(e))
		case "qualifier":
			c.Qualifiers = append(c.Qualifiers, Qualifier{ReadCD(e.Child(NS, "name")), ReadCD(e.Child(NS, "value"))})
		}
	}
	return c
}

func readTS(n xmltree.Node) TS {
	if !n.Exists() {
		return TS{}
	}
	return TS{strings.TrimSpace(n.Attr("value")), n.Attr("nullFlavor")}
}

// ReadTime reads a TS or IVL_TS element (effectiveTime, time).
func ReadTime(n xmltree.Node) IVLTS { return readIVLTS(n) }

func readIVLTS(n xmltree.Node) IVLTS {
	return IVLTS{Low: readTS(n.Child(NS, "low")), High: readTS(n.Child(NS, "high")), Value: readTS(n)}
}

func readAddrs(n xmltree.Node) []Addr {
	var out []Addr
	for a := range n.Children(NS, "addr") {
		out = append(out, readAddr(a))
	}
	return out
}

func readAddr(n xmltree.Node) Addr {
	if !n.Exists() {
		return Addr{}
	}
	a := Addr{Use: n.Attr("use"), Null: n.Attr("nullFlavor"), Node: n}
	var street []string
	for e := range n.Elements() {
		switch v := squeeze(e.Text()); e.Local() {
		case "county":
			a.County = v
		case "city":
			a.City = v
		case "postalCode":
			a.PostalCode = v
		case "country":
			a.Country = v
		case "streetAddressLine":
			a.Lines = append(a.Lines, v)
		case "houseNumber", "houseNumberNumeric", "streetNameType", "streetName", "additionalLocator", "unitID", "postBox", "precinct":
			if v != "" {
				street = append(street, v)
			}
		}
	}
	a.Street = strings.Join(street, " ")
	return a
}

func readTelecoms(n xmltree.Node) []Telecom {
	var out []Telecom
	for t := range n.Children(NS, "telecom") {
		out = append(out, Telecom{t.Attr("use"), t.Attr("value"), t.Attr("nullFlavor")})
	}
	return out
}

func readName(n xmltree.Node) Name {
	var out Name
	for e := range n.Elements() {
		switch e.Local() {
		case "family":
			first(&out.Family, e.Trim())
		case "given":
			first(&out.Given, e.Trim())
		case "prefix":
			first(&out.Prefix, e.Trim())
		case "suffix":
			first(&out.Suffix, e.Trim())
		}
	}
	if out.Family == "" && out.Given == "" {
		out.Family = squeeze(n.Text()) // a name without parts
	}
	return out
}

func readOrganization(n xmltree.Node) Organization {
	if !n.Exists() {
		return Organization{}
	}
	return Organization{
		IDs: readIIs(n), Name: squeeze(n.Child(NS, "name").Text()), Telecoms: readTelecoms(n), Addrs: readAddrs(n),
		Industry: ReadCD(n.Child(NS, "standardIndustryClassCode")), Node: n,
	}
}

// The element that holds the one who acts, and those that hold the person and the structure,
// differ with the participation; nothing else does.
var (
	entityNames = []string{"assignedAuthor", "assignedEntity", "associatedEntity", "intendedRecipient", "relatedEntity"}
	personNames = []string{"assignedPerson", "associatedPerson", "informationRecipient", "relatedPerson"}
	orgNames    = []string{"representedOrganization", "scopingOrganization", "receivedOrganization"}
)

// ReadActor reads a participation (author, performer, participant…), in the header or in an entry.
func ReadActor(n xmltree.Node) Actor {
	a := Actor{
		Role: n.Local(), TypeCode: n.Attr("typeCode"), Templates: readTemplates(n), Function: ReadCD(n.Child(NS, "functionCode")),
		Signature: n.Child(NS, "signatureCode").Attr("code"), Node: n,
	}
	if t := n.Child(NS, "time"); t.Exists() {
		a.Time, a.TimeNull = readIVLTS(t), t.Attr("nullFlavor")
	}
	e := anyChild(n, entityNames)
	a.Entity, a.ClassCode = e, e.Attr("classCode")
	a.IDs, a.Code, a.Addrs, a.Telecoms = readIIs(e), ReadCD(e.Child(NS, "code")), readAddrs(e), readTelecoms(e)
	a.Name = readName(anyChild(e, personNames).Child(NS, "name"))
	if d := e.Child(NS, "assignedAuthoringDevice"); d.Exists() {
		a.Device = &Device{d.Child(NS, "manufacturerModelName").Trim(), d.Child(NS, "softwareName").Trim()}
	}
	if o := anyChild(e, orgNames); o.Exists() {
		org := readOrganization(o)
		a.Org = &org
	}
	return a
}

func anyChild(n xmltree.Node, names []string) xmltree.Node {
	for _, name := range names {
		if c := n.Child(NS, name); c.Exists() {
			return c
		}
	}
	return xmltree.Node{}
}

// squeeze makes one line of a text: runs of white space become a blank.
func squeeze(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '\n' || c == '\t' || c == '\r' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}
