package cdameta

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
)

// setPatient writes patientId, sourcePatientId and the traits.
//
// spec: DMP 2.6
func setPatient(e *xds.DocumentEntry, p *cda.Patient) {
	if ins := p.TheINS(); !ins.IsZero() {
		e.PatientID = ins.CX()
		e.SourcePatientID = e.PatientID
	}
	for _, id := range p.IPP {
		if oid.Valid(id.Root) && id.Extension != "" {
			e.SourcePatientID = component(id.Extension) + "^^^&" + id.Root + "&ISO^PI"
			break
		}
	}
	e.SourcePatientInfo = traits(p)
}

func traits(p *cda.Patient) []string {
	var out []string
	if p.BirthName() != "" {
		out = append(out, "PID-5|"+component(p.BirthName())+"^"+component(p.FirstGiven())+"^^^^^L")
	}
	if p.UsedName() != "" || p.UsedGiven() != "" {
		given := p.UsedGiven()
		if given == "" {
			given = p.FirstGiven()
		}
		out = append(out, "PID-5|"+component(p.UsedName())+"^"+component(given)+"^^^^^D")
	}
	if d := p.Birth.Date(); d != "" {
		out = append(out, "PID-7|"+strings.ReplaceAll(d, "-", ""))
	}
	if s := p.Sex.Code; s != "" {
		if s != "M" && s != "F" {
			s = "U"
		}
		out = append(out, "PID-8|"+s)
	}
	if p.BirthCOG != "" {
		out = append(out, "PID-11|^^^^^^BDL^^"+component(p.BirthCOG))
	}
	return out
}

func author(a *cda.Actor) xds.Author {
	out := xds.Author{Person: Person(a)}
	if a.Org != nil && !isPatient(a) {
		if x := Institution(a.Org); x != "" {
			out.Institutions = []string{x}
		}
	}
	if a.Function.Code != "" || a.Function.Display != "" {
		out.Roles = []string{component(a.Function.Label())}
	}
	if c := a.Code; c.Code != "" {
		out.Specialties = []string{c.Code + "^" + component(c.Display) + "^" + c.System}
	}
	return out
}

func isPatient(a *cda.Actor) bool {
	for _, id := range a.IDs {
		if insid.IsINS(id.Root) {
			return true
		}
	}
	return false
}

// Person writes an actor as an XCN: PS_IdNat^NOM^Prénom^^^^^^&OID&ISO^D^^^IDNPS. A system has
// its model and software as name, U and RI; an identifier internal to a structure says EI, a
// patient NH.
//
// spec: DMP 2.6
func Person(a *cda.Actor) string {
	id := identifier(a)
	family, given, name, kind := a.Name.Family, a.Name.Given, "D", "IDNPS"
	switch {
	case a.Device != nil && a.Name.IsZero():
		family, given, name, kind = a.Device.Model, a.Device.Software, "U", "RI"
	case insid.IsINS(id.Root):
		kind = "NH"
	case id.Root != oid.PSIdNat || strings.Contains(id.Extension, "/"):
		kind = "EI"
	}
	ext := id.Extension
	if ext == "" {
		ext, id.Root = id.Root, ""
	}
	if ext == "" && family == "" && given == "" {
		return ""
	}
	authority := ""
	if id.Root != "" {
		authority = "&" + id.Root + "&ISO"
	}
	return component(ext) + "^" + component(family) + "^" + component(given) + "^^^^^^" + authority + "^" + name + "^^^" + kind
}

// identifier picks the national identifier, else the INS, else the first there is.
func identifier(a *cda.Actor) cda.II {
	for _, id := range a.IDs {
		if id.Root == oid.PSIdNat {
			return id
		}
	}
	for _, id := range a.IDs {
		if insid.IsINS(id.Root) {
			return id
		}
	}
	if len(a.IDs) > 0 {
		return a.IDs[0]
	}
	return cda.II{}
}

// Institution writes a structure as an XON: Nom^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^Struct_IdNat.
//
// spec: DMP 2.6
func Institution(o *cda.Organization) string {
	var id cda.II
	for _, i := range o.IDs {
		if id.IsZero() || i.Root == oid.StructIdNat && id.Root != oid.StructIdNat {
			id = i
		}
	}
	if id.IsZero() {
		return component(o.Name)
	}
	kind := "IDNST"
	if id.Root != oid.StructIdNat {
		kind = "XX"
	}
	return component(o.Name) + "^^^^^&" + id.Root + "&ISO^" + kind + "^^^" + component(id.Extension)
}

// component makes a text safe inside an HL7 v2 component: the separators of components,
// fields and repetitions become blanks.
func component(s string) string {
	return oneLine(strings.NewReplacer("^", " ", "|", " ", "~", " ").Replace(s))
}
