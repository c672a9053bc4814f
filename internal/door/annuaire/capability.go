package annuaire

import (
	"net/http"

	"github.com/socle-sante/socle/format/fhir"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// capability answers metadata.
// spec: FHIR R4 capabilitystatement
func (d *Door) capability(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errMethod.At(r.Method)
	}
	j := &fhir.Writer{}
	j.Open("")
	j.Text("resourceType", "CapabilityStatement")
	j.Text("status", "active")
	j.Text("date", "2026-11-22")
	j.Text("kind", "instance")
	j.Open("software")
	j.Text("name", "Socle")
	j.Close()
	j.Open("implementation")
	j.Text("description", "Annuaire santé : données en libre accès")
	j.Text("url", d.Base)
	j.Close()
	j.Text("fhirVersion", "4.0.1")
	j.List("format")
	j.Text("", mediaType)
	j.EndList()
	j.List("rest")
	j.Open("")
	j.Text("mode", "server")
	j.Open("security")
	j.Text("description", "En-tête ESANTE-API-KEY, ou jeton d'accès (Authorization: Bearer).")
	j.Close()
	j.List("resource")
	for _, k := range annuaire.Kinds {
		d.capabilityOf(j, k)
	}
	j.EndList()
	j.List("interaction")
	for _, c := range []string{"batch", "search-system"} {
		j.Open("")
		j.Text("code", c)
		j.Close()
	}
	j.EndList()
	j.List("operation")
	j.Open("")
	j.Text("name", "export")
	j.Text("definition", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export")
	j.Close()
	j.EndList()
	j.Close()
	j.EndList()
	j.Close()
	b := d.answer(w, r, mediaType+"; charset=utf-8")
	defer b.close()
	if r.Method != http.MethodHead {
		_ = b.flush(j, true)
	}
	return nil
}

func (d *Door) capabilityOf(j *fhir.Writer, k annuaire.Kind) {
	j.Open("")
	j.Text("type", k.String())
	profiles := map[annuaire.Kind][]any{annuaire.KPractitioner: {&annuaire.Practitioner{}}, annuaire.KRole: {&annuaire.Role{}}, annuaire.KOrganization: {&annuaire.Organization{}},
		annuaire.KService: {&annuaire.Service{}, &annuaire.Service{Social: true}}, annuaire.KDevice: {&annuaire.Device{}}}[k]
	if len(profiles) == 1 {
		j.Text("profile", profileBase+annuaire.ProfileName(profiles[0]))
	} else {
		j.List("supportedProfile")
		for _, p := range profiles {
			j.Text("", profileBase+annuaire.ProfileName(p))
		}
		j.EndList()
	}
	j.List("interaction")
	codes := []string{"read", "search-type"}
	if d.Mailboxes != nil && (k == annuaire.KPractitioner || k == annuaire.KRole || k == annuaire.KOrganization) {
		codes = append(codes, "patch")
	}
	for _, c := range codes {
		j.Open("")
		j.Text("code", c)
		j.Close()
	}
	j.EndList()
	for _, reverse := range []bool{false, true} {
		_, names := annuaire.RelationsOf(k, reverse)
		if len(names) == 0 {
			continue
		}
		j.List(map[bool]string{false: "searchInclude", true: "searchRevInclude"}[reverse])
		for _, n := range append([]string{"*"}, names...) {
			j.Text("", n)
		}
		j.EndList()
	}
	j.List("searchParam")
	for _, p := range annuaire.Params(k) {
		j.Open("")
		j.Text("name", p.Name)
		j.Text("type", p.Type)
		j.Text("documentation", p.Doc)
		j.Close()
	}
	j.EndList()
	j.Close()
}
