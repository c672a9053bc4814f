// Package xds holds the metadata of IHE XDS.b as plain Go types: document entries, submission
// sets, folders and associations, with the codes and identifiers of the French profile.
//
// Standard: IHE ITI TF-3 §4 (metadata), CI-SIS «Partage de documents de santé», DMP.
// The ebXML rendering lives in xds/ebxml, the mapping from a CDA header in xds/cdameta; rules on
// submissions live in the domain dmp. Identifiers keep the text they were received with:
// an answer gives back what was stored, comparisons go through the helpers of this package.
// Missing: on-demand entries and XCA (the Home field is kept).
package xds

import (
	"strings"
	"time"
)

// Status is the availabilityStatus of an object.
type Status string

// spec: DMP 2.5
const (
	Approved   Status = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
	Deprecated Status = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
	Archived   Status = "urn:asip:ci-sis:2010:StatusType:Archived"
	Deleted    Status = "urn:asip:ci-sis:2010:StatusType:Deleted"
)

// Code is a coded value: code, code system (OID, or URN for a few formats) and the words shown.
type Code struct{ Code, System, Display string }

// Is compares code and system.
func (c Code) Is(code, system string) bool { return c.Code == code && c.System == system }

// IsZero reports an absent code.
func (c Code) IsZero() bool { return c.Code == "" && c.System == "" }

// Query gives the form used in stored queries: code^^system.
func (c Code) Query() string { return c.Code + "^^" + c.System }

// Visibility codes a document may carry besides its confidentiality.
// spec: DMP 2.4
const (
	ConfidentialitySystem = "2.16.840.1.113883.5.25"
	VisibilitySystem      = "1.2.250.1.213.1.1.4.13"

	MasquePS                    = "MASQUE_PS"
	InvisiblePatient            = "INVISIBLE_PATIENT"
	InvisibleRepresentantsLegal = "INVISIBLE_REPRESENTANTS_LEGAUX"
)

// Author is one author of a document or submission set. The strings are HL7 v2 data types,
// XCN for the person and XON for institutions, in the form received.
type Author struct {
	Person       string
	Institutions []string
	Roles        []string
	Specialties  []string
	Telecoms     []string
}

// Slot is a named list of values, kept for attributes this package has no field for.
type Slot struct {
	Name   string
	Values []string
}

// DocumentEntry is the metadata of one document, in one version.
type DocumentEntry struct {
	EntryUUID string // urn:uuid:… of this version of the metadata; a symbolic id in a submission
	LogicalID string // lid: the life of the document, stable over metadata versions
	Version   int    // 1, 2, …
	Status    Status

	UniqueID     string // identity of the bytes: OID or OID^extension
	RepositoryID string
	Home         string

	PatientID         string // CX
	SourcePatientID   string // CX
	SourcePatientInfo []string

	Title        string
	Comments     string
	Language     string
	MimeType     string
	URI          string
	Hash         string // SHA-1, hexadecimal
	Size         int64  // bytes, -1 when not given
	CreationTime string // DTM, UTC
	ServiceStart string
	ServiceStop  string

	Class    Code
	Type     Code
	Format   Code
	Facility Code
	Practice Code

	Confidentiality []Code
	Events          []Code
	Authors         []Author
	LegalAuth       string // XCN
	ReferenceIDs    []string
	Extra           []Slot
}

// Has reports whether the entry carries a visibility code such as MASQUE_PS.
func (e *DocumentEntry) Has(visibility string) bool {
	for _, c := range e.Confidentiality {
		if c.Code == visibility && c.System == VisibilitySystem {
			return true
		}
	}
	return false
}

// SubmissionSet is one act of deposit.
type SubmissionSet struct {
	EntryUUID       string
	UniqueID        string
	SourceID        string
	PatientID       string
	Status          Status
	Title, Comments string
	SubmissionTime  string
	ContentType     Code
	Authors         []Author
	Recipients      []string
	Home            string
	Extra           []Slot
}

// Folder groups documents of one patient.
type Folder struct {
	EntryUUID       string
	LogicalID       string
	UniqueID        string
	PatientID       string
	Status          Status
	Title, Comments string
	LastUpdateTime  string
	Codes           []Code
	Home            string
	Extra           []Slot
}

// AssociationType is the kind of link between two objects.
type AssociationType string

// spec: DMP 1.2
const (
	HasMember                AssociationType = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
	RPLC                     AssociationType = "urn:ihe:iti:2007:AssociationType:RPLC"
	XFRM                     AssociationType = "urn:ihe:iti:2007:AssociationType:XFRM"
	APND                     AssociationType = "urn:ihe:iti:2007:AssociationType:APND"
	XFRMRPLC                 AssociationType = "urn:ihe:iti:2007:AssociationType:XFRM_RPLC"
	Signs                    AssociationType = "urn:ihe:iti:2007:AssociationType:signs"
	IsSnapshotOf             AssociationType = "urn:ihe:iti:2010:AssociationType:IsSnapshotOf"
	UpdateAvailabilityStatus AssociationType = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
	SubmitAssociation        AssociationType = "urn:ihe:iti:2010:AssociationType:SubmitAssociation"
)

// Known reports whether the type is one of those above.
func (t AssociationType) Known() bool {
	switch t {
	case HasMember, RPLC, XFRM, APND, XFRMRPLC, Signs, IsSnapshotOf, UpdateAvailabilityStatus, SubmitAssociation:
		return true
	}
	return false
}

// Replaces reports whether the target of such a link is superseded.
func (t AssociationType) Replaces() bool { return t == RPLC || t == XFRMRPLC }

// Association links two objects.
type Association struct {
	EntryUUID       string
	Type            AssociationType
	Source, Target  string // entryUUIDs
	Status          Status
	SetStatus       string // SubmissionSetStatus: Original or Reference
	PreviousVersion string
	OriginalStatus  Status
	NewStatus       Status
	Propagation     string // AssociationPropagation: yes or no
	Home            string
	Extra           []Slot
}

// Submission is what one ITI-41, ITI-42 or ITI-57 request carries, documents apart.
type Submission struct {
	Set          SubmissionSet
	Entries      []DocumentEntry
	Folders      []Folder
	Associations []Association
}

// PatientKey gives what two patient ids are compared on: component 1 and the OID of the
// assigning authority. The rest (type, dates) is free.
// spec: DMP 1.2
func PatientKey(cx string) (id, authority string) {
	f := strings.SplitN(cx, "^", 5)
	id = strings.TrimSpace(f[0])
	if len(f) > 3 {
		hd := strings.Split(f[3], "&")
		if len(hd) > 1 {
			authority = hd[1]
		}
	}
	return id, authority
}

// PersonID gives the identifier and assigning authority OID of an XCN (components 1 and 9).
func PersonID(xcn string) (id, authority string) {
	f := strings.Split(xcn, "^")
	id = f[0]
	if len(f) > 8 {
		if hd := strings.Split(f[8], "&"); len(hd) > 1 {
			authority = hd[1]
		}
	}
	return id, authority
}

// ProfessionalXCN writes a professional as an XCN from their national identifier and the name they
// go by, whose last word is the family name.
// spec: DMP 2.6
func ProfessionalXCN(id, name, authority string) string {
	family, given := name, ""
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		given, family = name[:i], name[i+1:]
	}
	clean := strings.NewReplacer("^", " ", "&", " ", "|", " ", "~", " ")
	return clean.Replace(id) + "^" + clean.Replace(family) + "^" + clean.Replace(given) + "^^^^^^&" + authority + "&ISO^D^^^IDNPS"
}

// PersonName gives the family and given name of an XCN (components 2 and 3).
func PersonName(xcn string) (family, given string) {
	f := strings.Split(xcn, "^")
	if len(f) > 1 {
		family = f[1]
	}
	if len(f) > 2 {
		given = f[2]
	}
	return family, given
}

// Organization gives the name, identifier and assigning authority OID of an XON (components 1, 10 and 6).
func Organization(xon string) (name, id, authority string) {
	f := strings.Split(xon, "^")
	name = f[0]
	if len(f) > 9 {
		id = f[9]
	}
	if len(f) > 5 {
		if hd := strings.Split(f[5], "&"); len(hd) > 1 {
			authority = hd[1]
		}
	}
	return name, id, authority
}

// DTM is the HL7 date-time form of XDS, always UTC: 4 to 14 digits.
const dtmLayout = "20060102150405"

// FormatDTM writes a time as a full DTM in UTC.
func FormatDTM(t time.Time) string { return t.UTC().Format(dtmLayout) }

// ParseDTM reads a DTM of 4, 6, 8, 10, 12 or 14 digits; the missing part is the earliest.
func ParseDTM(s string) (time.Time, bool) {
	if len(s) < 4 || len(s) > 14 || len(s)%2 != 0 {
		return time.Time{}, false
	}
	t, err := time.Parse(dtmLayout[:len(s)], s)
	return t, err == nil
}

// PadDTM completes a DTM to 14 digits with its earliest instant, so that DTMs compare as text.
func PadDTM(s string) string {
	if len(s) >= 14 {
		return s[:14]
	}
	const rest = "00000101000000"
	return s + rest[len(s):]
}
