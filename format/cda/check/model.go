package check

import (
	"strings"
	"sync"
)

// The classes of CDA R2 with the extensions the CI-SIS accepts: for each, its mandatory attributes
// and its children in order. A child is its name, "=Class" when it is a class in turn ("=" alone
// when the class bears its name), "*" when it may repeat, "!" when it must be there; "a|b" is a
// choice. realmCode*, typeId and templateId* come first everywhere.
//
// spec: CI-SIS cda §1
const (
	tail   = "subject= specimen=* performer=Performer2* author=* informant=Informant12* participant=Participant2* entryRelationship=* reference=* precondition=*"
	acts   = "act=|encounter=|observation=|observationMedia=|organizer=|procedure=|regionOfInterest=|substanceAdministration=|supply=!"
	who    = "id* code addr* telecom*"
	mood   = "@classCode @moodCode"
	person = "name* sdtc:desc administrativeGenderCode birthTime sdtc:deceasedInd sdtc:deceasedTime sdtc:multipleBirthInd sdtc:multipleBirthOrderNumber"
)

var model = map[string]string{
	"ClinicalDocument": "id! code! title effectiveTime! confidentialityCode! languageCode setId versionNumber copyTime recordTarget=*! author=*! dataEnterer= informant=Informant12* custodian=! informationRecipient=* " +
		"legalAuthenticator= authenticator=* participant=Participant1* inFulfillmentOf=* documentationOf=* relatedDocument=* authorization=* componentOf=Component1 component=Component2! sdtc:statusCode",
	"RecordTarget": "patientRole=!",
	"PatientRole":  "id*! addr* telecom* patient= providerOrganization=Organization",
	"Patient": "id name* sdtc:desc administrativeGenderCode birthTime sdtc:deceasedInd sdtc:deceasedTime sdtc:multipleBirthInd sdtc:multipleBirthOrderNumber maritalStatusCode religiousAffiliationCode raceCode " +
		"sdtc:raceCode* ethnicGroupCode sdtc:ethnicGroupCode* guardian=* birthplace= languageCommunication=*",
	"Guardian": who + " guardianPerson=Person|guardianOrganization=Organization!", "Birthplace": "place=!", "Place": "name addr",
	"LanguageCommunication": "languageCode modeCode proficiencyLevelCode preferenceInd",

	"Author": "functionCode time! assignedAuthor=!", "AssignedAuthor": "id*! code addr* telecom* assignedPerson=Person|assignedAuthoringDevice=AuthoringDevice representedOrganization=Organization",
	"AuthoringDevice": "code manufacturerModelName softwareName asMaintainedEntity=MaintainedEntity*", "MaintainedEntity": "effectiveTime maintainingPerson=Person!",
	"DataEnterer": "time assignedEntity=!", "AssignedEntity": "id*! code addr* telecom* assignedPerson=Person representedOrganization=Organization sdtc:patient",
	"Informant12": "assignedEntity=|relatedEntity=!", "RelatedEntity": "@classCode code addr* telecom* effectiveTime relatedPerson=Person",
	"Custodian": "assignedCustodian=!", "AssignedCustodian": "representedCustodianOrganization=CustodianOrganization!", "CustodianOrganization": "id*! name telecom addr",
	"InformationRecipient": "intendedRecipient=!", "IntendedRecipient": "id* addr* telecom* informationRecipient=Person receivedOrganization=Organization",
	"LegalAuthenticator": "time! signatureCode! sdtc:signatureText assignedEntity=!", "Authenticator": "time! signatureCode! assignedEntity=! sdtc:signatureText",
	"Participant1": "@typeCode functionCode time associatedEntity=!", "AssociatedEntity": "@classCode " + who + " associatedPerson=Person scopingOrganization=Organization",
	"Person": "name* sdtc:desc sdtc:asPatientRelationship", "Organization": "id* name* telecom* addr* standardIndustryClassCode asOrganizationPartOf=OrganizationPartOf",
	"OrganizationPartOf": "id* code statusCode effectiveTime wholeOrganization=Organization",
	"InFulfillmentOf":    "order=!", "Order": "id*! code priorityCode ps3-20:accessionNumber*",
	"DocumentationOf": "serviceEvent=!", "ServiceEvent": "id* code lab:statusCode effectiveTime performer=Performer1*", "Performer1": "@typeCode functionCode time assignedEntity=!",
	"RelatedDocument": "@typeCode parentDocument=!", "ParentDocument": "id*! code text setId versionNumber", "Authorization": "consent=!", "Consent": "id* code statusCode!",
	"Component1": "encompassingEncounter=!", "EncompassingEncounter": "id* code effectiveTime! dischargeDispositionCode responsibleParty= encounterParticipant=* location=",
	"ResponsibleParty": "assignedEntity=!", "EncounterParticipant": "@typeCode time assignedEntity=!", "Location": "healthCareFacility=!",
	"HealthCareFacility": "id* code location=Place serviceProviderOrganization=Organization",

	"Component2": "nonXMLBody=|structuredBody=!", "NonXMLBody": "text! confidentialityCode languageCode", "StructuredBody": "confidentialityCode languageCode component=Component3*!",
	"Component3": "section=!", "Component5": "section=!", "Section": "id code title text confidentialityCode languageCode subject= author=* informant=Informant12* entry=* component=Component5*",
	"Entry": acts, "EntryRelationship": "@typeCode sequenceNumber seperatableInd " + acts, "Component4": "sequenceNumber seperatableInd sdtc:priorityNumber " + acts,

	"Act":       mood + " id* code! text statusCode effectiveTime priorityCode languageCode " + tail + " sdtc:inFulfillmentOf1*",
	"Encounter": mood + " id* code text statusCode effectiveTime sdtc:dischargeDispositionCode priorityCode " + tail + " sdtc:inFulfillmentOf1*",
	"Observation": mood + " id* code! derivationExpr text statusCode effectiveTime priorityCode repeatNumber languageCode value* interpretationCode* methodCode* targetSiteCode* " + tail +
		" referenceRange=* sdtc:inFulfillmentOf1*",
	"ObservationMedia": mood + " id* languageCode value! " + tail, "RegionOfInterest": mood + " id*! code! value*! " + tail,
	"Organizer": mood + " id* code sdtc:text statusCode! effectiveTime subject= specimen=* performer=Performer2* author=* informant=Informant12* participant=Participant2* reference=* precondition=* component=Component4*",
	"Procedure": mood + " id* code text statusCode effectiveTime priorityCode languageCode methodCode* approachSiteCode* targetSiteCode* " + tail + " sdtc:inFulfillmentOf1*",
	"SubstanceAdministration": mood + " id* code text statusCode effectiveTime* priorityCode repeatNumber routeCode approachSiteCode* doseQuantity rateQuantity maxDoseQuantity administrationUnitCode " +
		strings.Replace(tail, "performer", "consumable=! performer", 1) + " sdtc:inFulfillmentOf1*",
	"Supply": mood + " id* code text statusCode effectiveTime* priorityCode* repeatNumber independentInd quantity expectedUseTime " + strings.Replace(tail, "performer", "product= performer", 1) + " sdtc:inFulfillmentOf1*",

	"Subject": "awarenessCode relatedSubject=!", "RelatedSubject": "sdtc:id* code addr* telecom* subject=SubjectPerson", "SubjectPerson": "sdtc:id* " + person + " sdtc:raceCode* sdtc:ethnicGroupCode*",
	"Specimen": "specimenRole=!", "SpecimenRole": "id* specimenPlayingEntity=PlayingEntity", "Performer2": "sdtc:functionCode time modeCode assignedEntity=!",
	"Participant2": "@typeCode time awarenessCode participantRole=!", "ParticipantRole": "functionCode " + who + " playingDevice=Device|playingEntity= scopingEntity=Entity",
	"Device": "code manufacturerModelName softwareName", "PlayingEntity": "code quantity* name* sdtc:birthTime desc", "Entity": "id* code desc",
	"Reference": "@typeCode seperatableInd externalAct=|externalObservation=|externalProcedure=|externalDocument=!", "ExternalAct": "id* code text", "ExternalObservation": "id* code text",
	"ExternalProcedure": "id* code text", "ExternalDocument": "id* code text setId versionNumber", "Precondition": "criterion=!", "Criterion": "code text value",
	"ReferenceRange": "observationRange=!", "ObservationRange": "code text value interpretationCode sdtc:precondition1* lab:precondition*",
	"Consumable": "manufacturedProduct=!", "Product": "manufacturedProduct=!",
	"ManufacturedProduct": "id* manufacturedLabeledDrug=LabeledDrug|manufacturedMaterial=Material! manufacturerOrganization=Organization pharm:subjectOf1* pharm:subjectOf2* pharm:subjectOf3* pharm:subjectOf4* pharm:subjectOf5",
	"LabeledDrug":         "code name",
	"Material":            "code name pharm:desc pharm:riskCode pharm:handlingCode pharm:formCode lotNumberText pharm:expirationTime pharm:stabilityTime pharm:asDistributedProduct* pharm:asMedicineManufacturer* pharm:asContent pharm:asSpecializedKind* pharm:part* pharm:ingredient*",
}

// class is one entry of the model, read.
type class struct {
	name     string
	required []string // attributes
	child    map[string]particle
	places   []slot
}

type particle struct {
	place  int // position in the sequence; the members of a choice share one
	repeat bool
	class  *class // nil for a data type
}

type slot struct {
	names string // as shown: "assignedEntity | relatedEntity"
	must  bool
}

// classes reads the model once.
var classes = sync.OnceValue(func() map[string]*class {
	all := map[string]*class{}
	for name := range model {
		all[name] = &class{name: name, child: map[string]particle{}}
	}
	for name, text := range model {
		c := all[name]
		for _, infra := range []string{"realmCode*", "typeId", "templateId*"} {
			c.add(infra, all)
		}
		for _, word := range strings.Fields(text) {
			if a, ok := strings.CutPrefix(word, "@"); ok {
				c.required = append(c.required, a)
				continue
			}
			c.add(word, all)
		}
	}
	return all
})

// add reads one word of the notation.
func (c *class) add(word string, all map[string]*class) {
	must := strings.HasSuffix(word, "!")
	word = strings.TrimSuffix(word, "!")
	repeat := strings.HasSuffix(word, "*")
	word = strings.TrimSuffix(word, "*")
	var shown []string
	for _, alternative := range strings.Split(word, "|") {
		name, kind, isClass := strings.Cut(alternative, "=")
		p := particle{place: len(c.places), repeat: repeat}
		if isClass {
			if kind == "" {
				kind = strings.ToUpper(name[:1]) + name[1:]
			}
			p.class = all[kind]
		}
		c.child[name] = p
		shown = append(shown, name)
	}
	c.places = append(c.places, slot{strings.Join(shown, " | "), must})
}
