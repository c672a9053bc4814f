package pdsm

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// maxPatch bounds a patch: a handful of operations.
const maxPatch = 64 << 10

var (
	errPatchPath = &finding.Refusal{ID: "FHIR-PATCH-CHEMIN", Kind: finding.Forbidden, Rule: "PDSm, flux 03",
		Message: finding.T("Seul securityLabel peut changer ici.", "Only securityLabel may change here."),
		Fix:     finding.T("Limitez le correctif à /securityLabel.", "Limit the patch to /securityLabel.")}
	errPatch = &finding.Refusal{ID: "FHIR-PATCH", Kind: finding.Invalid, Rule: "RFC 6902, FHIR R4 http#patch",
		Message: finding.T("Le correctif est illisible ou ne s'applique pas.", "The patch cannot be read or does not apply."),
		Fix:     finding.T("Envoyez un JSON Patch (application/json-patch+json) ou un Parameters FHIRPath.", "Send a JSON Patch (application/json-patch+json) or FHIRPath Parameters.")}
)

var errPatchMany = &finding.Refusal{ID: "FHIR-PATCH-PLUSIEURS", Kind: finding.Invalid, Rule: "PDSm, flux 03",
	Message: finding.T("Le correctif change plusieurs visibilités à la fois.", "The patch changes several visibilities at once."),
	Fix:     finding.T("Envoyez un correctif par changement.", "Send one patch per change.")}

// label is one securityLabel as clients write it.
type label struct {
	Coding []struct {
		System string `json:"system"`
		Code   string `json:"code"`
	} `json:"coding"`
}

func (l label) code() xds.Code {
	if len(l.Coding) == 0 {
		return xds.Code{}
	}
	o, _ := systemOID(l.Coding[0].System)
	return xds.Code{Code: l.Coding[0].Code, System: o}
}

// patch changes who may see a document: securityLabel gains or loses a visibility code.
// spec: PDSm 4.1 (flux 03), PDSM4DMP
func (d *Door) patch(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPatch))
	if err != nil {
		return errPatch.With(err)
	}
	e, err := d.DMP.Entry(r.Context(), c, "urn:uuid:"+r.PathValue("id"))
	if err != nil {
		return err
	}
	version := 0
	if m := r.Header.Get("If-Match"); m != "" {
		version, err = strconv.Atoi(strings.Trim(strings.TrimPrefix(m, "W/"), `"`))
		if err != nil || version != e.Version {
			return dmp.ErrVersion
		}
	}
	labels := append([]xds.Code(nil), e.Confidentiality...)
	if strings.Contains(r.Header.Get("Content-Type"), "json-patch") {
		labels, err = applyJSONPatch(labels, body)
	} else {
		labels, err = applyParameters(labels, body)
	}
	if err != nil {
		return err
	}
	changes, err := visibilityChanges(e.Confidentiality, labels)
	if err != nil {
		return err
	}
	if len(changes) > 1 { // each is a version of its own: half a patch must not be kept
		return errPatchMany
	}
	for _, ch := range changes {
		if e, err = d.DMP.SetVisibility(r.Context(), c, e.UniqueID, ch.code, ch.on, version); err != nil {
			return err
		}
	}
	w.Header().Set("ETag", `W/"`+strconv.Itoa(e.Version)+`"`)
	writeJSON(w, 200, d.documentReference(e))
	return nil
}

// applyJSONPatch runs the operations of RFC 6902 that make sense on securityLabel.
func applyJSONPatch(labels []xds.Code, body []byte) ([]xds.Code, error) {
	var ops []struct {
		Op    string          `json:"op"`
		Path  string          `json:"path"`
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(body, &ops); err != nil {
		return nil, errPatch.With(err)
	}
	for _, op := range ops {
		rest, ok := strings.CutPrefix(op.Path, "/securityLabel")
		if !ok {
			return nil, errPatchPath.At(op.Path)
		}
		var err error
		if labels, err = applyOne(labels, op.Op, strings.TrimPrefix(rest, "/"), op.Value); err != nil {
			return nil, err
		}
	}
	return labels, nil
}

func applyOne(labels []xds.Code, op, at string, value json.RawMessage) ([]xds.Code, error) {
	var one label
	if at == "" { // the whole list
		var all []label
		if op == "remove" {
			return nil, nil
		}
		if op != "add" && op != "replace" || json.Unmarshal(value, &all) != nil {
			return nil, errPatch.At(op + " /securityLabel")
		}
		labels = nil
		for _, l := range all {
			labels = append(labels, l.code())
		}
		return labels, nil
	}
	if op != "remove" && (json.Unmarshal(value, &one) != nil || one.code().Code == "") {
		return nil, errPatch.At(op + " /securityLabel/" + at)
	}
	if at == "-" && op == "add" {
		return append(labels, one.code()), nil
	}
	i, err := strconv.Atoi(at)
	if err != nil || i < 0 || i > len(labels) || i == len(labels) && op != "add" {
		return nil, errPatch.At(op + " /securityLabel/" + at)
	}
	switch op {
	case "add":
		return append(labels[:i:i], append([]xds.Code{one.code()}, labels[i:]...)...), nil
	case "remove":
		return append(labels[:i:i], labels[i+1:]...), nil
	case "replace":
		labels[i] = one.code()
		return labels, nil
	case "test":
		if c := one.code(); labels[i].Code == c.Code && labels[i].System == c.System {
			return labels, nil
		}
		return nil, dmp.ErrVersion.At("test /securityLabel/" + at)
	}
	return nil, errPatch.At(op)
}

// indexed reads "DocumentReference.securityLabel[2]".
var indexed = regexp.MustCompile(`^DocumentReference\.securityLabel(?:\[(\d+)\])?$`)

// applyParameters runs a FHIRPath patch on securityLabel.
// spec: FHIR R4 fhirpatch
func applyParameters(labels []xds.Code, body []byte) ([]xds.Code, error) {
	var p struct {
		ResourceType string `json:"resourceType"`
		Parameter    []struct {
			Part []struct {
				Name  string `json:"name"`
				Code  string `json:"valueCode"`
				Str   string `json:"valueString"`
				Value *label `json:"valueCodeableConcept"`
			} `json:"part"`
		} `json:"parameter"`
	}
	if err := json.Unmarshal(body, &p); err != nil || p.ResourceType != "Parameters" {
		return nil, errPatch.With(err)
	}
	for _, op := range p.Parameter {
		var kind, path, name string
		var value label
		for _, part := range op.Part {
			switch part.Name {
			case "type":
				kind = part.Code
			case "path":
				path = part.Str
			case "name":
				name = part.Str
			case "value":
				if part.Value != nil {
					value = *part.Value
				}
			}
		}
		if kind == "add" && path == "DocumentReference" && name == "securityLabel" {
			labels = append(labels, value.code())
			continue
		}
		m := indexed.FindStringSubmatch(path)
		if m == nil {
			return nil, errPatchPath.At(path)
		}
		i, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, errPatch.At(path)
		}
		switch {
		case kind == "delete" && i < len(labels):
			labels = append(labels[:i:i], labels[i+1:]...)
		case kind == "replace" && i < len(labels):
			labels[i] = value.code()
		default:
			return nil, errPatch.At(kind + " " + path)
		}
	}
	return labels, nil
}

type change struct {
	code string
	on   bool
}

// visibilityChanges compares before and after: the visibility codes may come and go, the
// confidentiality stays.
func visibilityChanges(before, after []xds.Code) ([]change, error) {
	has := func(list []xds.Code, c xds.Code) bool {
		for _, x := range list {
			if x.Is(c.Code, c.System) {
				return true
			}
		}
		return false
	}
	var out []change
	for _, c := range after {
		if has(before, c) {
			continue
		}
		if c.System != xds.VisibilitySystem {
			return nil, errPatchPath.At("securityLabel " + c.Code)
		}
		out = append(out, change{c.Code, true})
	}
	for _, c := range before {
		if has(after, c) {
			continue
		}
		// Going back to N alone is how masking is undone: N itself is never lost.
		if c.System == xds.VisibilitySystem {
			out = append(out, change{c.Code, false})
		}
	}
	return out, nil
}
