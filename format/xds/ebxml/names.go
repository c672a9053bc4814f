// Package ebxml reads and writes XDS metadata in its ebXML RegRep 3.0 form: submissions
// (ITI-41, ITI-42, ITI-57), stored queries (ITI-18), retrieve sets (ITI-43) and responses.
//
// It reads leniently, because real French samples leave out attributes the schema requires
// (objectType, registryObject, classifiedObject), use symbolic ids and append a date to the
// patient id; it writes strictly, in schema order. Unknown slots that are not URNs are refused
// by name; URN slots are kept as they are.
//
// Standards: ebRIM/ebRS 3.0, IHE ITI TF-3 §4.2. Start at ReadSubmission and AppendObjects.
package ebxml

import "github.com/socle-sante/socle/format/xds"

// Namespaces.
const (
	NSRIM   = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
	NSRS    = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
	NSLCM   = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
	NSQuery = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
	NSXDSB  = "urn:ihe:iti:xds-b:2007"
)

// Response statuses.
// spec: DMP 1.6
const (
	StatusSuccess = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
	StatusFailure = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
	StatusPartial = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"

	SeverityError   = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
	SeverityWarning = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"
)

// Object types and classification schemes.
// spec: DMP 1.2
const (
	objStable   = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
	objOnDemand = "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248"

	objAssociation    = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Association"
	objPackage        = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:RegistryPackage"
	objClassification = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Classification"
	objExternalID     = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:ExternalIdentifier"

	deAuthor          = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
	deClass           = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
	deConfidentiality = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
	deEvent           = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
	deFormat          = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
	deFacility        = "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
	dePractice        = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
	deType            = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
	dePatientID       = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
	deUniqueID        = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
	deLimited         = "urn:uuid:ab9b591b-83ab-4d03-8f5d-f93b1fb92e85"

	ssNode      = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
	ssAuthor    = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
	ssContent   = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
	ssPatientID = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
	ssUniqueID  = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
	ssSourceID  = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832"
	ssLimited   = "urn:uuid:5003a9db-8d8d-49e6-bf0c-990e34ac7707"

	fdNode      = "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2"
	fdCode      = "urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5"
	fdPatientID = "urn:uuid:f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a"
	fdUniqueID  = "urn:uuid:75df8f67-9973-4fbe-a900-df66cefecc5a"
	fdLimited   = "urn:uuid:2c144a76-29a9-4b7c-af54-b25409fe7d03"
)

// slotReferenceIDs is the slot of referenceIdList.
const slotReferenceIDs = "urn:ihe:iti:xds:2013:referenceIdList"

// singleCodes tells where each classification of a document entry goes.
var singleCodes = []struct {
	scheme string
	name   string
	field  func(*xds.DocumentEntry) *xds.Code
}{
	{deClass, "classCode", func(e *xds.DocumentEntry) *xds.Code { return &e.Class }},
	{deFormat, "formatCode", func(e *xds.DocumentEntry) *xds.Code { return &e.Format }},
	{deFacility, "healthcareFacilityTypeCode", func(e *xds.DocumentEntry) *xds.Code { return &e.Facility }},
	{dePractice, "practiceSettingCode", func(e *xds.DocumentEntry) *xds.Code { return &e.Practice }},
	{deType, "typeCode", func(e *xds.DocumentEntry) *xds.Code { return &e.Type }},
}
