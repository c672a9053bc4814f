package annuaire

import "github.com/socle-sante/socle/internal/domain/annuaire"

func (w *renderer) organization(h *annuaire.Hit) {
	o := h.Organization()
	w.meta(h, o, "fr-core-organization", o.Authority, o.System, "")
	if h.Active && w.wants("extension") && (o.Opened != "" || o.Licence != "") {
		w.List("extension")
		w.period("http://hl7.org/fhir/StructureDefinition/organization-period", "valuePeriod", o.Opened, "")
		w.extensionText(profileBase+"as-ext-organization-pharmacy-licence", o.Licence)
		w.EndList()
	}
	w.identifiers(o)
	if w.wants("active") {
		w.Bool("active", h.Active)
	}
	if h.Active && w.wants("type") {
		w.organizationTypes(o)
	}
	if w.wants("name") {
		w.Text("name", o.Name)
	}
	if !h.Active {
		return
	}
	if w.wants("alias") {
		w.texts("alias", o.Alias)
	}
	if w.wants("telecom") {
		w.telecom(o.Phone, o.Phone2, o.Fax, o.Email, o.Mailboxes)
	}
	if w.wants("address") {
		w.address(&o.Address)
	}
	if w.wants("partOf") && o.PartOf != 0 {
		w.Reference("partOf", "Organization/"+o.PartOf.Text(annuaire.KOrganization))
	}
}

func (w *renderer) organizationTypes(o *annuaire.Organization) {
	w.List("type")
	for _, c := range [][3]string{{"organizationType", annuaire.SystemOrgType, o.EntityType()}, {"secteurActiviteRASS", annuaire.SystemSector, o.Sector}, {"", annuaire.SystemFacility, o.Category},
		{"statutJuridiqueINSEE", annuaire.SystemLegalStatus, o.Status}, {"sphParticipation", annuaire.SystemSPH, o.SPH}, {"typeEtablissement", annuaire.SystemSiteType, o.SiteType}} {
		if c[2] == "" {
			continue
		}
		w.Open("")
		if c[0] != "" {
			w.List("extension")
			w.Open("")
			w.Text("url", profileBase+"as-ext-organization-types")
			w.Text("valueCode", c[0])
			w.Close()
			w.EndList()
		}
		w.List("coding")
		w.Coding("", c[1], c[2], annuaire.Label(c[1], c[2]))
		w.EndList()
		w.Close()
	}
	w.EndList()
}

// address writes the line as one reads it, and its parts beside.
func (w *renderer) address(a *annuaire.Address) {
	if a.Zero() {
		return
	}
	w.List("address")
	w.Open("")
	if a.InseeCode != "" {
		w.List("extension")
		w.Open("")
		w.Text("url", frCore+"fr-core-address-insee-code")
		w.Coding("valueCoding", annuaire.SystemCommune, a.InseeCode, "")
		w.Close()
		w.EndList()
	}
	if line := spaced(a.Recipient, a.Complement, a.Line(), a.Mention); line != "" {
		w.texts("line", line)
		kind := a.StreetType
		if kind == "" {
			kind = a.StreetTypeLabel
		}
		w.List("_line")
		w.Open("")
		w.List("extension")
		for _, p := range [][2]string{{"careOf", a.Recipient}, {"additionalLocator", a.Complement}, {"houseNumber", a.Number}, {"buildingNumberSuffix", a.Suffix},
			{"streetNameType", kind}, {"streetNameBase", a.Street}, {"postBox", a.Mention}} {
			w.extensionText(iso21090+p[0], p[1])
		}
		w.EndList()
		w.Close()
		w.EndList()
	}
	w.Text("city", a.City())
	w.Text("district", a.Department)
	w.Text("postalCode", a.PostCode)
	w.Text("country", a.Country)
	w.Close()
	w.EndList()
}

// authorization writes as-ext-authorization.
func (w *renderer) authorization(decided, start, end, installed string) {
	if decided == "" && start == "" && end == "" && installed == "" {
		return
	}
	w.List("extension")
	if decided != "" || start != "" || end != "" {
		w.Open("")
		w.List("extension")
		w.date("dateAuthorization", decided)
		w.period("periodAuthorization", "valuePeriod", start, end)
		w.EndList()
		w.Text("url", profileBase+"as-ext-authorization")
		w.Close()
	}
	if installed != "" {
		w.Open("")
		w.List("extension")
		w.date("dateFirstInstallation", installed)
		w.EndList()
		w.Text("url", profileBase+"as-ext-installation")
		w.Close()
	}
	w.EndList()
}

func (w *renderer) date(url, value string) {
	if value == "" {
		return
	}
	w.Open("")
	w.Text("url", url)
	w.Text("valueDate", value)
	w.Close()
}

func (w *renderer) concepts(key, system, code string) {
	if code == "" {
		return
	}
	w.List(key)
	w.Concept("", system, code, annuaire.Label(system, code))
	w.EndList()
}

func (w *renderer) service(h *annuaire.Hit) {
	s := h.Service()
	w.meta(h, s, "", s.Authority, s.System, s.Updated)
	if h.Active && w.wants("extension") {
		w.authorization(s.Authorized, s.Start, s.End, s.Installed)
	}
	if !s.Social {
		w.identifiers(s)
	}
	if w.wants("active") {
		w.Bool("active", h.Active)
	}
	if !h.Active {
		return
	}
	if w.wants("providedBy") && s.Organization != 0 {
		w.Reference("providedBy", "Organization/"+s.Organization.Text(annuaire.KOrganization))
	}
	if w.wants("category") && !s.Social {
		w.concepts("category", annuaire.SystemModality, s.Category)
	}
	if w.wants("type") {
		w.concepts("type", s.TypeSystem(), s.Type)
	}
	if w.wants("eligibility") && s.Public != "" {
		w.List("eligibility")
		w.Open("")
		w.Concept("code", annuaire.SystemPublic, s.Public, "")
		w.Close()
		w.EndList()
	}
	if w.wants("characteristic") {
		w.concepts("characteristic", s.CharacteristicSystem(), s.Characteristic)
	}
}

func (w *renderer) device(h *annuaire.Hit) {
	d := h.Device()
	w.meta(h, d, "", d.Authority, d.System, "")
	if h.Active && w.wants("extension") {
		w.authorization(d.Authorized, d.Start, d.End, "")
	}
	w.identifiers(d)
	if w.wants("status") {
		w.Text("status", d.Status)
	}
	if !h.Active {
		return
	}
	if w.wants("manufacturer") {
		w.Text("manufacturer", d.Manufacturer)
	}
	if w.wants("serialNumber") {
		w.Text("serialNumber", d.Serial)
	}
	if w.wants("type") && d.Type != "" {
		w.Concept("type", annuaire.SystemDevice, d.Type, "")
	}
	if w.wants("owner") && d.Organization != 0 {
		w.Reference("owner", "Organization/"+d.Organization.Text(annuaire.KOrganization))
	}
}
