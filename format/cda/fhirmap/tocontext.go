package fhirmap

func (i *importer) attester(a *object, mode string) *element {
	a.str("mode")
	t := el("time", "value", timestamp(a.str("time")))
	if t.attrs[1] == "" {
		t = el("time", "nullFlavor", "UNK")
	}
	r := i.resolve(a.sub("party"))
	if mode == "legal" {
		return el("legalAuthenticator").put(t, el("signatureCode", "code", "S"), i.entity("assignedEntity", r, ""))
	}
	e := el("authenticator")
	if i.bio {
		e.put(templates("1.3.6.1.4.1.19376.1.3.3.1.5")...)
	}
	return e.put(t, el("signatureCode", "code", "S"), i.entity("assignedEntity", r, i.contact()))
}

func (i *importer) order(r *object) *element {
	if r == nil {
		return nil
	}
	for _, k := range []string{"status", "intent"} {
		r.str(k)
	}
	i.resolve(r.sub("subject"))
	o := el("order")
	var accession *element
	for _, id := range r.all("identifier") {
		acsn := false
		for _, c := range id.sub("type").all("coding") {
			acsn = acsn || c.peek("code") == "ACSN"
		}
		if acsn {
			accession = i.ii("ps3-20:accessionNumber", id)
			continue
		}
		o.put(i.ii("id", id))
	}
	o.put(i.cd("code", r.sub("code"), ""), accession)
	return el("inFulfillmentOf").put(o)
}

func (i *importer) consent(r *object) *element {
	if r == nil {
		return nil
	}
	status := "completed"
	if r.str("status") == "rejected" {
		status = "aborted"
	}
	use(r.sub("scope"))
	use(r.sub("policyRule"))
	r.use("scope")
	r.use("policyRule")
	i.resolve(r.sub("patient"))
	e := el("consent").put(i.iis(r)...)
	for _, c := range r.all("category") {
		e.put(i.cd("code", c, ""))
		break
	}
	return el("authorization").put(e.put(el("statusCode", "code", status)))
}

// events writes documentationOf, the main act first.
//
// spec: CI-SIS cda §2.4
func (i *importer) events(root *element) {
	performed := false
	for n, ev := range i.composition.all("event") {
		s := el("serviceEvent")
		for _, d := range ev.all("detail") {
			if id := i.ii("id", d.sub("identifier")); id != nil {
				s.put(id)
			} else if r := i.resolve(d); r != nil && r.peek("resourceType") == "DiagnosticReport" {
				i.report(r)
			}
		}
		for _, c := range ev.all("code") {
			s.put(i.cd("code", c, ""))
			break
		}
		if i.bio && n == 0 {
			status := "completed"
			if i.composition.peek("status") == "preliminary" {
				status = "active"
			}
			s.put(el("lab:statusCode", "code", status))
		}
		s.put(i.interval("effectiveTime", ev.sub("period")))
		for _, p := range exts(ev, extParticipant) {
			typeOfParty(p)
			_, t := i.functionAndTime(p, false)
			e := el("performer", "typeCode", "PRF")
			if i.bio {
				e.put(templates("1.3.6.1.4.1.19376.1.3.3.1.7", "1.2.250.1.213.1.1.3.23")...)
				if t == nil {
					t = el("time").put(el("high", "value", timestamp(i.composition.peek("date"))))
				}
			}
			if inside := i.entity("assignedEntity", i.partyOf(p), i.contact()); inside != nil {
				s.put(e.put(t, inside))
				performed = true
			}
		}
		root.put(el("documentationOf").put(s))
	}
	i.need(performed, "Composition.event.extension (exécutant / performer)")
}

// report uses a DiagnosticReport: all it holds is said by the document itself.
func (i *importer) report(r *object) {
	for _, k := range []string{"identifier", "basedOn", "status", "category", "code", "subject", "encounter", "effectiveDateTime", "issued", "result", "presentedForm"} {
		if v := r.use(k); k != "presentedForm" {
			use(v)
		}
	}
	if e := ext(r, extReportOf); e != nil {
		use(e)
	}
	for _, f := range r.all("presentedForm") {
		use(f)
	}
}

// componentOf writes the encounter.
//
// spec: CI-SIS cda §2.5
func (i *importer) componentOf() *element {
	r := i.resolve(i.composition.sub("encounter"))
	i.need(r != nil, "Composition.encounter")
	if r == nil {
		return nil
	}
	r.str("status")
	i.resolve(r.sub("subject"))
	e := el("encompassingEncounter").put(i.iis(r)...)
	if c := r.sub("class"); c != nil && c.peek("system") != nullFlavors {
		if a := i.codingAttrs(c); len(a) > 2 {
			e.put(el("code", a...))
		}
	} else if c != nil {
		use(c)
	}
	period := i.interval("effectiveTime", r.sub("period"))
	if period == nil {
		period = el("effectiveTime", "nullFlavor", "UNK")
	}
	e.put(period)
	if h := r.sub("hospitalization"); h != nil {
		e.put(i.cd("dischargeDispositionCode", h.sub("dischargeDisposition"), ""))
	}
	var responsible, others []*element
	for _, p := range r.all("participant") {
		kind := ""
		for _, t := range p.all("type") {
			for _, c := range t.all("coding") {
				c.str("system")
				kind = c.str("code")
			}
		}
		a := i.resolve(p.sub("individual"))
		if kind == "RESP" && len(responsible) == 0 {
			responsible = append(responsible, el("responsibleParty").put(i.entity("assignedEntity", a, i.contact())))
			continue
		}
		if inside := i.entity("assignedEntity", a, ""); inside != nil {
			others = append(others, el("encounterParticipant", "typeCode", kind).put(i.interval("time", p.sub("period")), inside))
		}
	}
	e.put(responsible...).put(others...)
	facility := el("healthCareFacility")
	found := false
	for _, l := range r.all("location") {
		lo := i.resolve(l.sub("location"))
		if lo == nil || found {
			continue
		}
		facility.put(i.iis(lo)...)
		for _, t := range lo.all("type") {
			facility.put(i.cd("code", t, ""))
			found = true
			break
		}
		place := el("location").put(words("name", lo.str("name")), i.address(lo.sub("address")))
		facility.put(filled(place))
	}
	i.need(found, "Encounter.location.type (JDV_J02)")
	if o := i.resolve(r.sub("serviceProvider")); o != nil {
		facility.put(i.organization("serviceProviderOrganization", o, ""))
	}
	return el("componentOf").put(el("encompassingEncounter").putFrom(e).put(el("location").put(facility)))
}

// putFrom takes over the children of another element.
func (e *element) putFrom(o *element) *element {
	e.kids = append(e.kids, o.kids...)
	return e
}
