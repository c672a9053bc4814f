package vihf

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

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
	known := make([]string, len(attributes))
	for i, a := range attributes {
		known[i] = a.name
	}
	return finding.Nearest(name, known)
}
