package vihf

import "strings"

// Names of the attributes.
// spec: DMP 2.2
const (
	attrVersion      = "VIHF_Version"
	attrMode         = "Authentification_mode" // samples also write _Mode: compared without case
	attrStructure    = "Identifiant_Structure"
	attrSector       = "Secteur_Activite"
	attrSubjectName  = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
	attrRole         = "urn:oasis:names:tc:xacml:2.0:subject:role"
	attrResource     = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
	attrURN          = "Ressource_URN"
	attrPurpose      = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
	attrReason       = "Mode_Acces_Raison"
	attrConfidential = "urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code"
	attrLPSID        = "LPS_ID"
	attrLPSName      = "LPS_Nom"
	attrLPSVersion   = "LPS_Version"
	attrLPSHomolog   = "LPS_ID_HOMOLOGATION_DMP"
	attrProfession   = "Profession"
	attrLPSType      = "LPS_Type"
)

// attribute ties a name to a field; role and purpose are coded and read apart.
type attribute struct {
	name     string
	required bool
	field    func(*Assertion) *string
}

var attributes = []attribute{
	{attrVersion, true, func(a *Assertion) *string { return &a.Version }},
	{attrMode, true, func(a *Assertion) *string { return (*string)(&a.Mode) }},
	{attrStructure, true, func(a *Assertion) *string { return &a.StructureID }},
	{attrSector, true, func(a *Assertion) *string { return &a.Sector }},
	{attrSubjectName, false, func(a *Assertion) *string { return &a.SubjectName }},
	{attrRole, true, nil},
	{attrResource, false, func(a *Assertion) *string { return &a.ResourceID }},
	{attrURN, true, func(a *Assertion) *string { return &a.RessourceURN }},
	{attrPurpose, true, nil},
	{attrReason, false, func(a *Assertion) *string { return &a.AccessReason }},
	{attrConfidential, false, func(a *Assertion) *string { return &a.Confidentiality }},
	{attrLPSID, true, func(a *Assertion) *string { return &a.LPSID }},
	{attrLPSName, true, func(a *Assertion) *string { return &a.LPSName }},
	{attrLPSVersion, true, func(a *Assertion) *string { return &a.LPSVersion }},
	{attrLPSHomolog, true, func(a *Assertion) *string { return &a.LPSHomologation }},
	{attrProfession, false, func(a *Assertion) *string { return &a.Profession }},
	{attrLPSType, false, func(a *Assertion) *string { return &a.LPSType }},
}

func findAttribute(name string) int {
	for i := range attributes {
		if attributes[i].name == name {
			return i
		}
	}
	for i := range attributes {
		if strings.EqualFold(attributes[i].name, name) {
			return i
		}
	}
	return -1
}

// nearest gives the known attribute that looks most like a name.
func nearest(name string) string {
	best, at := 1<<30, ""
	for _, a := range attributes {
		if d := distance(strings.ToLower(name), strings.ToLower(a.name)); d < best {
			best, at = d, a.name
		}
	}
	return at
}

// distance counts the letters to change, add or drop; names are short and clipped by the caller.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
