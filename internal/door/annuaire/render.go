package annuaire

import (
	"slices"
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/fhir"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Addresses of the profiles and extensions.
const (
	profileBase = annuaire.ProfileBase
	frCore      = "https://hl7.fr/ig/fhir/core/StructureDefinition/"
	source      = "https://annuaire.esante.gouv.fr"
	iso21090    = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-"
)

// renderer writes resources. elements, when not nil, are the ones wanted.
type renderer struct {
	fhir.Writer
	elements []string
	kind     annuaire.Kind
}

// wants reports whether an element of the resource is asked for.
func (w *renderer) wants(element string) bool {
	return w.elements == nil || slices.Contains(w.elements, element) || slices.Contains(w.elements, w.kind.String()+"."+element)
}

// resource writes a hit.
// spec: IDENTITY B
func (w *renderer) resource(key string, h *annuaire.Hit) {
	w.kind = h.Kind
	w.Open(key)
	w.Text("resourceType", h.Kind.String())
	w.Text("id", h.ID.Text(h.Kind))
	switch h.Kind {
	case annuaire.KPractitioner:
		w.practitioner(h)
	case annuaire.KRole:
		w.role(h)
	case annuaire.KOrganization:
		w.organization(h)
	case annuaire.KService:
		w.service(h)
	case annuaire.KDevice:
		w.device(h)
	}
	w.Close()
}

// meta writes what all resources begin with.
func (w *renderer) meta(h *annuaire.Hit, r any, parent, authority, system, updated string) {
	w.Open("meta")
	if authority != "" || system != "" {
		w.List("extension")
		w.Open("")
		w.List("extension")
		if authority != "" {
			w.Open("")
			w.Text("url", "autorite-enregistrement")
			w.Open("valueCodeableConcept")
			w.List("coding")
			w.Coding("", annuaire.SystemAuthority, annuaire.AuthorityCode(authority), "")
			w.EndList()
			w.Text("text", authority)
			w.Close()
			w.Close()
		}
		if system != "" {
			w.Open("")
			w.Text("url", "systeme-information")
			w.Text("valueCode", system)
			w.Close()
		}
		if updated != "" {
			w.Open("")
			w.Text("url", "date-maj-ae")
			w.Text("valueDate", updated)
			w.Close()
		}
		w.EndList()
		w.Text("url", profileBase+"as-ext-data-trace")
		w.Close()
		w.EndList()
	}
	w.Text("versionId", strconv.FormatUint(uint64(h.Version), 10))
	w.Text("lastUpdated", instant(h.Updated))
	w.Text("source", source)
	w.List("profile")
	w.Text("", profileBase+annuaire.ProfileName(r))
	if parent != "" {
		w.Text("", frCore+parent)
	}
	w.EndList()
	if w.elements != nil {
		w.List("tag")
		w.Coding("", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "SUBSETTED", "Resource encoded in summary mode")
		w.EndList()
	}
	w.Close()
	w.Text("language", "fr")
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+00:00") }

// identifiers writes the identifiers of a resource.
func (w *renderer) identifiers(r any) {
	if !w.wants("identifier") {
		return
	}
	began := false
	annuaire.Identifiers(r, func(system, value, kind string) {
		if !began {
			w.List("identifier")
			began = true
		}
		w.Open("")
		if kind != "" {
			w.Text("use", "official")
			w.Concept("type", annuaire.SystemIDType, kind, "")
		}
		w.Text("system", system)
		w.Text("value", value)
		w.Close()
	})
	if began {
		w.EndList()
	}
}

func (w *renderer) practitioner(h *annuaire.Hit) {
	p := h.Practitioner()
	w.meta(h, p, "fr-core-practitioner", p.Authority, p.System, "")
	if h.Active && w.wants("extension") {
		w.practitionerExtensions(p)
	}
	w.identifiers(p)
	if w.wants("active") {
		w.Bool("active", h.Active)
	}
	if !h.Active {
		return
	}
	if w.wants("name") && (p.Family != "" || p.Given != "") {
		w.List("name")
		w.Open("")
		w.Text("use", "usual")
		w.Text("text", spaced(p.Title, p.Given, p.Family))
		w.Text("family", p.Family)
		w.texts("given", p.Given)
		w.texts("prefix", p.Civility)
		w.texts("suffix", p.Title)
		w.Close()
		w.EndList()
	}
	if w.wants("telecom") {
		w.telecom("", "", "", "", p.Mailboxes)
	}
	if w.wants("qualification") {
		w.qualifications(p)
	}
}

func spaced(words ...string) string {
	out := ""
	for _, s := range words {
		if s != "" && out != "" {
			out += " "
		}
		out += s
	}
	return out
}

// texts writes a list of one text.
func (w *renderer) texts(key string, value string) {
	if value == "" {
		return
	}
	w.List(key)
	w.Text("", value)
	w.EndList()
}

func (w *renderer) practitionerExtensions(p *annuaire.Practitioner) {
	began := false
	begin := func() {
		if !began {
			w.List("extension")
			began = true
		}
		w.Open("")
		w.List("extension")
	}
	end := func(url string) {
		w.EndList()
		w.Text("url", profileBase+url)
		w.Close()
	}
	for _, c := range p.Cards {
		begin()
		w.extensionConcept("type", annuaire.SystemCard, c.Type)
		w.Open("")
		w.Text("url", "number")
		w.Text("valueString", c.Number)
		w.Close()
		w.period("period", "valuePeriod", c.Start, c.End)
		end("as-ext-smartcard")
	}
	for _, q := range p.Qualifications {
		if q.Nature != annuaire.Authorization {
			continue
		}
		begin()
		w.extensionConcept("type", annuaire.SystemAuthorization, q.Type)
		if q.Code != "" {
			w.extensionConcept("field", annuaire.SystemDiscipline, q.Code)
		}
		end("as-ext-practitioner-authorization")
	}
	if began {
		w.EndList()
	}
}

func (w *renderer) extensionConcept(url, system, code string) {
	w.Open("")
	w.Text("url", url)
	w.Concept("valueCodeableConcept", system, code, annuaire.Label(system, code))
	w.Close()
}

// period writes an extension that is a period, when something is known of it.
func (w *renderer) period(url, key, start, end string) {
	if start == "" && end == "" {
		return
	}
	w.Open("")
	w.Text("url", url)
	w.Open(key)
	w.Text("start", start)
	w.Text("end", end)
	w.Close()
	w.Close()
}

func (w *renderer) qualifications(p *annuaire.Practitioner) {
	began := false
	for _, q := range p.Qualifications {
		if q.Nature == annuaire.Authorization {
			continue
		}
		if !began {
			w.List("qualification")
			began = true
		}
		typeSystem, codeSystem := q.Systems()
		w.Open("")
		w.Open("code")
		w.List("coding")
		if q.Code != "" {
			w.Coding("", codeSystem, q.Code, annuaire.Label(codeSystem, q.Code))
		}
		if q.Type != "" {
			w.Coding("", typeSystem, q.Type, annuaire.Label(typeSystem, q.Type))
		}
		w.EndList()
		w.Close()
		w.Close()
	}
	if began {
		w.EndList()
	}
}

// telecom writes phones, fax, mail and the published mailboxes. The liste rouge is not published,
// and who answers for a mailbox is restricted.
// spec: MSSANTE 9
func (w *renderer) telecom(phone, phone2, fax, email string, boxes []annuaire.Mailbox) {
	began := false
	begin := func() {
		if !began {
			w.List("telecom")
			began = true
		}
		w.Open("")
	}
	for i, c := range []struct{ system, value string }{{"phone", phone}, {"phone", phone2}, {"fax", fax}, {"email", email}} {
		if c.value == "" {
			continue
		}
		begin()
		w.Text("system", c.system)
		w.Text("value", c.value)
		if c.system == "phone" {
			w.Int("rank", i+1)
		}
		w.Close()
	}
	for _, m := range boxes {
		if m.Red {
			continue
		}
		begin()
		w.List("extension")
		w.Open("")
		w.Text("url", frCore+"fr-core-contact-point-email-type")
		w.Coding("valueCoding", annuaire.SystemMessaging, "MSSANTE", "")
		w.Close()
		w.Open("")
		w.List("extension")
		w.Open("")
		w.Text("url", "type")
		w.Concept("valueCodeableConcept", annuaire.SystemMailboxType, m.Type, "")
		w.Close()
		w.extensionText("description", m.Description)
		w.extensionText("service", m.Service)
		w.EndList()
		w.Text("url", profileBase+"as-ext-mailbox-mss-metadata")
		w.Close()
		w.EndList()
		w.Text("system", "email")
		w.Text("value", m.Address)
		if m.Rank > 0 {
			w.Int("rank", m.Rank)
		}
		w.Close()
	}
	if began {
		w.EndList()
	}
}

func (w *renderer) extensionText(url, value string) {
	if value == "" {
		return
	}
	w.Open("")
	w.Text("url", url)
	w.Text("valueString", value)
	w.Close()
}

func (w *renderer) role(h *annuaire.Hit) {
	r := h.Role()
	w.meta(h, r, "fr-core-practitioner-role", r.Authority, r.System, "")
	w.identifiers(r)
	if w.wants("active") {
		w.Bool("active", h.Active)
	}
	if !h.Active {
		return
	}
	if w.wants("practitioner") {
		w.Reference("practitioner", "Practitioner/"+r.Practitioner.Text(annuaire.KPractitioner))
	}
	if w.wants("organization") && r.Organization != 0 {
		w.Reference("organization", "Organization/"+r.Organization.Text(annuaire.KOrganization))
	}
	if w.wants("code") {
		began := false
		for _, c := range [][2]string{{annuaire.SystemGenre, r.Genre}, {annuaire.SystemMode, r.Mode}, {annuaire.FonctionSystem(r.Fonction), r.Fonction}, {annuaire.SectionSystem(r.Section), r.Section}} {
			if c[1] == "" {
				continue
			}
			if !began {
				w.List("code")
				began = true
			}
			w.Concept("", c[0], c[1], annuaire.Label(c[0], c[1]))
		}
		if began {
			w.EndList()
		}
	}
	if w.wants("telecom") {
		w.telecom("", "", "", "", r.Mailboxes)
	}
}
