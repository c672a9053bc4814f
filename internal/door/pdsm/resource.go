package pdsm

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// systems are the code systems FHIR names otherwise than by their OID.
var systems = map[string]string{
	"2.16.840.1.113883.6.1":   "http://loinc.org",
	xds.ConfidentialitySystem: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
	xds.VisibilitySystem:      "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument",
	"1.2.250.1.213.1.1.4.12":  "https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire",
}

func systemURI(o string) string {
	if u, ok := systems[o]; ok {
		return u
	}
	if oid.WellFormed(o) {
		return oid.URN(o)
	}
	return o
}

// systemOID is the reverse of systemURI; an OID URN and the FHIR address are both understood.
func systemOID(u string) (string, bool) {
	for o, known := range systems {
		if u == known {
			return o, true
		}
	}
	if o, ok := oid.FromURN(u); ok {
		return o, true
	}
	return u, strings.HasPrefix(u, "urn:") || strings.HasPrefix(u, "http")
}

func coding(c xds.Code) map[string]any {
	out := map[string]any{"system": systemURI(c.System), "code": c.Code}
	if c.Display != "" {
		out["display"] = c.Display
	}
	return out
}

func concept(c xds.Code) map[string]any { return map[string]any{"coding": []any{coding(c)}} }

func concepts(list []xds.Code) []any {
	out := make([]any, len(list))
	for i, c := range list {
		out[i] = concept(c)
	}
	return out
}

// dateTime writes a DTM (UTC) as a FHIR dateTime of the same precision.
func dateTime(dtm string) string {
	switch n := len(dtm); {
	case n < 4:
		return ""
	case n == 4:
		return dtm
	case n == 6:
		return dtm[:4] + "-" + dtm[4:6]
	case n < 12:
		return dtm[:4] + "-" + dtm[4:6] + "-" + dtm[6:8]
	}
	s := xds.PadDTM(dtm)
	return s[:4] + "-" + s[4:6] + "-" + s[6:8] + "T" + s[8:10] + ":" + s[10:12] + ":" + s[12:14] + "Z"
}

// resourceID is stable over metadata versions: the logical id.
func resourceID(e *xds.DocumentEntry) string { return strings.TrimPrefix(e.LogicalID, "urn:uuid:") }

// statusFHIR maps availabilityStatus.
// spec: PDSm 4.1 (mapping)
func statusFHIR(s xds.Status) string {
	switch s {
	case xds.Deprecated:
		return "superseded"
	case xds.Deleted:
		return "entered-in-error"
	}
	return "current"
}

// uniqueURI writes a uniqueId as a URI: urn:oid:…, urn:uuid:…, or the text itself with its extension.
func uniqueURI(uid string) string {
	switch {
	case oid.WellFormed(uid):
		return oid.URN(uid)
	case oid.IsUUID(uid):
		return "urn:uuid:" + uid
	}
	return uid
}

// documentReference renders an entry in the comprehensive profile.
// spec: PDSm 4.1
func (d *Door) documentReference(e *xds.DocumentEntry) map[string]any {
	attachment := map[string]any{"contentType": e.MimeType, "language": e.Language, "url": d.Base + "/Binary/" + resourceID(e), "size": e.Size,
		"title": e.Title, "creation": dateTime(e.CreationTime)}
	if sum, err := hex.DecodeString(e.Hash); err == nil {
		attachment["hash"] = base64.StdEncoding.EncodeToString(sum)
	}
	matricule, authority := xds.PatientKey(e.PatientID)
	contained, authors := authorsOf(e)
	contained = append(contained, sourcePatient(e))
	context := map[string]any{"period": period(e), "facilityType": concept(e.Facility), "practiceSetting": concept(e.Practice),
		"sourcePatientInfo": map[string]any{"reference": "#patient"}}
	if len(e.Events) > 0 {
		context["event"] = concepts(e.Events)
	}
	if len(e.ReferenceIDs) > 0 {
		var rel []any
		for _, r := range e.ReferenceIDs {
			id, a := xds.PatientKey(r)
			rel = append(rel, map[string]any{"identifier": map[string]any{"system": systemURI(a), "value": id}})
		}
		context["related"] = rel
	}
	out := map[string]any{
		"resourceType": "DocumentReference", "id": resourceID(e),
		"meta": map[string]any{"versionId": strconv.Itoa(e.Version),
			"profile": []string{"https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference"}},
		"contained":        contained,
		"masterIdentifier": map[string]any{"system": "urn:ietf:rfc:3986", "value": uniqueURI(e.UniqueID)},
		"identifier": []any{
			map[string]any{"use": "official", "system": "urn:ietf:rfc:3986", "value": e.EntryUUID},
			map[string]any{"system": "urn:ietf:rfc:3986", "value": e.LogicalID},
		},
		"status": statusFHIR(e.Status), "type": concept(e.Type), "category": []any{concept(e.Class)},
		"subject": map[string]any{"identifier": map[string]any{"system": oid.URN(authority), "value": matricule}},
		"date":    dateTime(e.CreationTime), "author": authors, "securityLabel": concepts(e.Confidentiality),
		"content": []any{map[string]any{"attachment": attachment, "format": coding(e.Format)}},
		"context": context,
	}
	if e.LegalAuth != "" {
		id, a := xds.PersonID(e.LegalAuth)
		family, given := xds.PersonName(e.LegalAuth)
		out["authenticator"] = map[string]any{"identifier": map[string]any{"system": systemURI(a), "value": id}, "display": strings.TrimSpace(given + " " + family)}
	}
	if len(e.Authors) > 0 && len(e.Authors[0].Institutions) > 0 {
		name, id, a := xds.Organization(e.Authors[0].Institutions[0])
		out["custodian"] = map[string]any{"identifier": map[string]any{"system": systemURI(a), "value": id}, "display": name}
	}
	if e.Comments != "" {
		out["description"] = e.Comments
	}
	if e.Status == xds.Archived {
		out["extension"] = []any{map[string]any{"url": "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived", "valueBoolean": true}}
	}
	return out
}

func period(e *xds.DocumentEntry) map[string]any {
	p := map[string]any{"start": dateTime(e.ServiceStart)}
	if e.ServiceStop != "" {
		p["end"] = dateTime(e.ServiceStop)
	}
	return p
}

// authorsOf renders authors as contained PractitionerRole with their Practitioner and Organization.
func authorsOf(e *xds.DocumentEntry) (contained, refs []any) {
	for i, a := range e.Authors {
		n := strconv.Itoa(i + 1)
		role := map[string]any{"resourceType": "PractitionerRole", "id": "role" + n}
		if id, system := xds.PersonID(a.Person); id != "" {
			family, given := xds.PersonName(a.Person)
			name := map[string]any{"family": family}
			if given != "" {
				name["given"] = []string{given}
			}
			contained = append(contained, map[string]any{"resourceType": "Practitioner", "id": "practitioner" + n,
				"identifier": []any{map[string]any{"system": systemURI(system), "value": id}}, "name": []any{name}})
			role["practitioner"] = map[string]any{"reference": "#practitioner" + n}
		}
		if len(a.Institutions) > 0 {
			name, id, system := xds.Organization(a.Institutions[0])
			contained = append(contained, map[string]any{"resourceType": "Organization", "id": "organization" + n, "name": name,
				"identifier": []any{map[string]any{"system": systemURI(system), "value": id}}})
			role["organization"] = map[string]any{"reference": "#organization" + n}
		}
		var codes []any
		for _, s := range a.Specialties {
			f := strings.Split(s, "^")
			c := xds.Code{Code: f[0]}
			if len(f) > 2 {
				c.Display, c.System = f[1], f[2]
			}
			codes = append(codes, concept(c))
		}
		if codes != nil {
			role["specialty"] = codes
		}
		contained = append(contained, role)
		refs = append(refs, map[string]any{"reference": "#role" + n})
	}
	return contained, refs
}

// sourcePatient renders sourcePatientInfo as a contained Patient.
func sourcePatient(e *xds.DocumentEntry) map[string]any {
	id, system := xds.PatientKey(e.SourcePatientID)
	p := map[string]any{"resourceType": "Patient", "id": "patient", "identifier": []any{map[string]any{"system": systemURI(system), "value": id}}}
	for _, line := range e.SourcePatientInfo {
		f := strings.SplitN(line, "|", 2)
		if len(f) != 2 {
			continue
		}
		switch f[0] {
		case "PID-5":
			c := append(strings.Split(f[1], "^"), "", "")
			name := map[string]any{"family": c[0]}
			if c[1] != "" {
				name["given"] = []string{c[1]}
			}
			if p["name"] == nil {
				p["name"] = []any{name}
			}
		case "PID-7":
			if len(f[1]) >= 8 {
				p["birthDate"] = dateTime(f[1][:8])
			}
		case "PID-8":
			if g := map[string]string{"F": "female", "M": "male", "U": "unknown"}[f[1]]; g != "" {
				p["gender"] = g
			}
		}
	}
	return p
}

func (d *Door) read(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	e, err := d.DMP.Consult(r.Context(), c, "urn:uuid:"+r.PathValue("id"))
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `W/"`+strconv.Itoa(e.Version)+`"`)
	writeJSON(w, 200, d.documentReference(e))
	return nil
}

// binary serves ITI-68: the bytes, in their own content type.
func (d *Door) binary(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	it, err := d.DMP.ReadEntry(r.Context(), c, "urn:uuid:"+r.PathValue("id"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", it.Entry.MimeType)
	h.Set("Content-Length", strconv.Itoa(len(it.Bytes)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Content-Disposition", `attachment; filename="`+resourceID(it.Entry)+`"`)
	if _, err := w.Write(it.Bytes); err != nil {
		d.Log.Debug("client left", "err", err)
	}
	return nil
}
