package write

import (
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
)

// participants writes the prescriber, the sampler and the treating doctor.
//
// spec: CI-SIS cda §5.1
func (w *builder) participants(h *Header, bio bool) {
	template := ""
	if bio {
		template = "1.3.6.1.4.1.19376.1.3.3.1.6"
	}
	if h.Prescriber != nil {
		w.participant("REF", template, "", h.PrescribedAt, h.Prescriber)
	}
	if h.Sampler != nil {
		w.participant("PRF", template, "PRELV", h.SampledAt, h.Sampler)
	}
	if h.TreatingDoctor != nil {
		w.participant("INF", "", "PCP", time.Time{}, h.TreatingDoctor)
	}
}

func (w *builder) participant(kind, template, function string, t time.Time, p *Professional) {
	w.open("participant", "typeCode", kind)
	if template != "" && kind == "REF" {
		w.leaf("templateId", "root", template)
	}
	switch {
	case function == "PCP":
		// VSM 1.4 fixes these words, capital T included.
		w.leaf("functionCode", "code", "PCP", "displayName", "Médecin Traitant", "codeSystem", oid.ParticipationFn)
	case function != "":
		w.function(function)
	}
	if t.IsZero() {
		w.leaf("time", "nullFlavor", "NA")
	} else {
		w.open("time", "xsi:type", "IVL_TS")
		w.leaf("high", "value", stamp(t))
		w.end("time")
	}
	w.open("associatedEntity", "classCode", "PROV")
	w.entity(p, "associatedPerson", "scopingOrganization", true, false)
	w.end("associatedEntity", "participant")
	w.line()
}

// services writes the main act with its performer, then one documentationOf for each other act.
//
// spec: CI-SIS cda §2.4
func (w *builder) services(h *Header, bio bool) {
	s := &h.Service
	w.open("documentationOf")
	w.open("serviceEvent")
	if !s.ID.IsZero() {
		w.ii("id", s.ID)
	}
	if s.Code.Code != "" {
		w.code("code", s.Code)
	}
	if bio {
		status := "completed"
		if s.Active {
			status = "active"
		}
		w.leaf("lab:statusCode", "code", status)
	}
	w.interval("effectiveTime", s.Start, s.End)
	w.open("performer", "typeCode", "PRF")
	if bio {
		w.leaf("templateId", "root", "1.3.6.1.4.1.19376.1.3.3.1.7")
		w.leaf("templateId", "root", "1.2.250.1.213.1.1.3.23")
		end := s.End
		if end.IsZero() {
			end = h.Time
		}
		w.open("time")
		w.leaf("high", "value", stamp(end))
		w.end("time")
	}
	w.open("assignedEntity")
	w.entity(h.performer(), "assignedPerson", "representedOrganization", bio, false)
	w.end("assignedEntity", "performer", "serviceEvent", "documentationOf")
	w.line()
	for _, c := range h.Others {
		w.open("documentationOf")
		w.open("serviceEvent")
		w.code("code", c)
		w.end("serviceEvent", "documentationOf")
		w.line()
	}
}

func (w *builder) interval(name string, start, end time.Time) {
	w.open(name)
	if !start.IsZero() {
		w.leaf("low", "value", stamp(start))
	}
	if !end.IsZero() {
		w.leaf("high", "value", stamp(end))
	}
	w.end(name)
}

// encounterNames are the words of the kinds of encounter.
var encounterNames = map[string]string{"AMB": "Ambulatoire", "IMP": "Hospitalisation", "EMER": "Urgence", "HH": "Hospitalisation à domicile", "VR": "Téléconsultation", "FLD": "Hors établissement", "EXTERNE": "Hospitalier externe", "SEANCE": "Séance"}

// encounter writes componentOf.
//
// spec: CI-SIS cda §2.5
func (w *builder) encounter(h *Header) {
	e := &h.Encounter
	w.open("componentOf")
	w.open("encompassingEncounter")
	if !e.ID.IsZero() {
		w.ii("id", e.ID)
	}
	if e.Code != "" {
		system := oid.ActCode
		if e.Code == "EXTERNE" || e.Code == "SEANCE" {
			system = "1.2.250.1.213.1.1.4.2.291"
		}
		w.leaf("code", "code", e.Code, "displayName", encounterNames[e.Code], "codeSystem", system)
	}
	start := e.Start
	if start.IsZero() {
		start = h.Service.Start
	}
	w.interval("effectiveTime", start, e.End)
	if e.Responsible != nil {
		w.open("responsibleParty")
		w.open("assignedEntity")
		w.entity(e.Responsible, "assignedPerson", "representedOrganization", true, true)
		w.end("assignedEntity", "responsibleParty")
	}
	w.open("location")
	w.open("healthCareFacility")
	c, _ := nos.Lookup(nos.HealthcareFacility, e.Facility, "")
	w.code("code", cda.CD{Code: e.Facility, System: c.System, Display: c.Display})
	if e.Place != "" || !e.Addr.isZero() {
		w.open("location")
		if e.Place != "" {
			w.text("name", e.Place)
		}
		w.addr(e.Addr, "")
		w.end("location")
	}
	w.end("healthCareFacility", "location", "encompassingEncounter", "componentOf")
	w.line()
}
