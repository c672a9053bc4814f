package fhirmap

import ()

// typeOfParty gives the participation code of a participant extension and uses it.
func typeOfParty(p *object) string {
	for _, e := range p.all("extension") {
		if e.peek("url") == "type" {
			e.str("url")
			for _, c := range e.sub("valueCodeableConcept").all("coding") {
				c.str("system")
				return c.str("code")
			}
		}
	}
	return ""
}

func part(p *object, name string) *object {
	for _, e := range p.all("extension") {
		if e.peek("url") == name {
			e.str("url")
			return e
		}
	}
	return nil
}

// functionAndTime writes what a participation says besides its party.
func (i *importer) functionAndTime(p *object, typed bool) (function, time *element) {
	if f := part(p, "function"); f != nil {
		function = i.cd("functionCode", f.sub("valueCodeableConcept"), "")
	}
	if t := part(p, "time"); t != nil {
		time = i.when("time", t, "value")
		if time == nil {
			if n := nullOf(t); n != "" {
				time = el("time", "nullFlavor", n)
			}
		}
		if time != nil && typed && len(time.kids) > 0 {
			time.attrs = append([]string{"xsi:type", "IVL_TS"}, time.attrs...)
		}
	}
	return function, time
}

func (i *importer) partyOf(p *object) *object {
	if e := part(p, "party"); e != nil {
		return i.resolve(e.sub("valueReference"))
	}
	return nil
}

// names of the elements of an entity, by the element that holds it.
type entityNames struct{ person, organization string }

var entities = map[string]entityNames{
	"assignedAuthor":    {"assignedPerson", "representedOrganization"},
	"assignedEntity":    {"assignedPerson", "representedOrganization"},
	"associatedEntity":  {"associatedPerson", "scopingOrganization"},
	"intendedRecipient": {"informationRecipient", "receivedOrganization"},
	"participantRole":   {"playingEntity", ""},
}

// entity writes the actor behind a resource under the name of an element. null is what contact
// elements say when they are mandatory and absent.
func (i *importer) entity(name string, r *object, null string, attrs ...string) *element {
	if r == nil {
		return nil
	}
	switch r.peek("resourceType") {
	case "Device":
		return i.deviceEntity(name, r, attrs...)
	case "Substance":
		e := el(name, append(attrs, "classCode", "ADTV")...)
		e.put(i.iis(r)...)
		return e.put(el("playingEntity").put(i.cd("code", r.sub("code"), ""), words("name", r.str("description"))))
	case "Location":
		e := el(name, append(attrs, "classCode", "SDLOC")...)
		e.put(i.iis(r)...)
		for _, t := range r.all("type") {
			e.put(i.cd("code", t, ""))
			break
		}
		e.put(i.address(r.sub("address")))
		e.put(i.telecoms(r, "")...)
		return e.put(el("playingEntity", "classCode", "PLC").put(words("name", r.str("name"))))
	case "RelatedPerson":
		return i.relative(r)
	}
	e := el(name, attrs...)
	names := entities[name]
	practitioner, org, role := r, (*object)(nil), (*object)(nil)
	switch r.peek("resourceType") {
	case "PractitionerRole":
		role = r
		practitioner = i.resolve(r.sub("practitioner"))
		org = i.resolve(r.sub("organization"))
	case "Organization":
		practitioner, org = nil, r
	}
	if practitioner != nil {
		e.put(i.iis(practitioner)...)
	} else if org != nil && name != "participantRole" {
		e.put(i.iis(org)...)
	}
	if role != nil && name != "intendedRecipient" {
		for _, c := range role.all("code") {
			e.put(i.cd("code", c, ""))
			break
		}
	}
	if practitioner != nil {
		e.put(i.addresses(practitioner, null)...)
		t := i.telecoms(practitioner, "")
		if role != nil {
			t = append(t, i.telecoms(role, "")...)
		}
		if len(t) == 0 && null != "" {
			t = []*element{el("telecom", "nullFlavor", null)}
		}
		e.put(t...)
		if n := i.personName(practitioner.all("name")); n != nil {
			e.put(el(names.person).put(n))
		}
	} else if null != "" {
		e.put(el("addr", "nullFlavor", null), el("telecom", "nullFlavor", null))
	}
	if org != nil {
		switch {
		case names.organization != "":
			e.put(i.organization(names.organization, org, null))
		default:
			e.put(el("scopingEntity").put(i.iis(org)...).put(words("desc", org.str("name"))))
		}
	}
	return e
}

func (i *importer) deviceEntity(name string, r *object, attrs ...string) *element {
	if name == "participantRole" {
		attrs = append(attrs, "classCode", "MANU")
	}
	e := el(name, attrs...)
	e.put(i.iis(r)...)
	model, software := "", ""
	for _, n := range r.all("deviceName") {
		n.str("type")
		model = n.str("name")
	}
	for _, v := range r.all("version") {
		use(v.sub("type"))
		software = v.str("value")
	}
	code := i.cd("code", r.sub("type"), "")
	if name == "participantRole" {
		d := el("playingDevice", "classCode", "DEV", "determinerCode", "INSTANCE").put(code, words("manufacturerModelName", model), words("softwareName", software))
		return e.put(d)
	}
	e.put(el("assignedAuthoringDevice").put(code, words("manufacturerModelName", model), words("softwareName", software)))
	if org := i.resolve(r.sub("owner")); org != nil {
		e.put(i.organization("representedOrganization", org, ""))
	}
	return e
}

// organization writes a structure. Only some may say their practice setting; the resource says it
// where the document did.
func (i *importer) organization(name string, o *object, null string) *element {
	if !i.enter(o) {
		return nil
	}
	defer i.leave(o)
	e := el(name)
	e.put(i.iis(o)...)
	e.put(words("name", o.str("name")))
	if n := nullOf(o.sub("_name")); n != "" {
		e.put(el("name", "nullFlavor", n))
	}
	e.put(i.telecoms(o, null)...)
	e.put(i.addresses(o, null)...)
	if name != "representedCustodianOrganization" && name != "receivedOrganization" {
		for _, t := range o.all("type") {
			e.put(i.cd("standardIndustryClassCode", t, ""))
			break
		}
		if up := i.resolve(o.sub("partOf")); up != nil {
			e.put(el("asOrganizationPartOf").put(i.organization("wholeOrganization", up, "")))
		}
	}
	return e
}

// relative writes an informant who is no professional.
func (i *importer) relative(r *object) *element {
	class := ""
	var code *element
	for _, c := range r.all("relationship") {
		k := c.all("coding")
		if class == "" && len(k) == 1 && k[0].peek("system") == roleClass {
			k[0].str("system")
			class = k[0].str("code")
			continue
		}
		if code == nil {
			code = i.cd("code", c, "")
		}
	}
	if class == "" {
		class = "CON"
	}
	i.resolve(r.sub("patient"))
	e := el("relatedEntity", "classCode", class).put(code)
	e.put(i.addresses(r, "")...)
	e.put(i.telecoms(r, "")...)
	if n := i.personName(r.all("name")); n != nil {
		e.put(el("relatedPerson").put(n))
	}
	return e
}

// actors writes who took part in an entry, in the order of the schema.
func (i *importer) actors(r *object) (before []*element) {
	var performers, authors, informants, others []*element
	for _, p := range exts(r, extParticipant) {
		kind := typeOfParty(p)
		party := i.partyOf(p)
		_, t := i.functionAndTime(p, false)
		switch kind {
		case "AUT":
			if t == nil {
				t = el("time", "nullFlavor", "UNK")
			}
			authors = append(authors, el("author").put(t, i.entity("assignedAuthor", party, "")))
		case "PRF":
			performers = append(performers, el("performer", "typeCode", "PRF").put(t, i.entity("assignedEntity", party, "")))
		case "INF":
			inside := i.entity("assignedEntity", party, "")
			informants = append(informants, el("informant").put(inside))
		default:
			e := el("participant", "typeCode", kind)
			if kind == "AUTHEN" {
				e.put(templates("1.3.6.1.4.1.19376.1.3.3.1.5", "1.2.250.1.213.1.1.3.109")...)
			}
			role := i.entity("participantRole", party, "")
			if role == nil {
				continue
			}
			others = append(others, e.put(t, role))
		}
	}
	if len(performers)+len(authors)+len(others) == 0 { // a Bundle written elsewhere
		for _, p := range r.all("performer") {
			if a := i.resolve(p); a != nil {
				performers = append(performers, el("performer", "typeCode", "PRF").put(i.entity("assignedEntity", a, "")))
			}
		}
	}
	out := append(performers, authors...)
	out = append(out, informants...)
	return append(out, others...)
}
