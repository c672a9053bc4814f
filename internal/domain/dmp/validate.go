package dmp

import (
	"encoding/hex"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
)

// Document is one deposited document with the hashes computed while it was received.
type Document struct {
	EntryID string // id of its entry in the submission, symbolic or UUID
	Bytes   []byte
	SHA1    [20]byte
	SHA256  [32]byte
}

func metadataError(code, attribute string, m finding.Text) *finding.Refusal {
	return &finding.Refusal{
		ID: "XDS-METADONNEE", Kind: finding.Invalid, Code: code, Where: attribute, Rule: "DMP 2.6, IHE ITI TF-3 §4.2", Message: m,
		Fix: finding.Tf("Donnez ou corrigez l'attribut %s.", "Give or mend attribute %s.", attribute),
	}
}

func missing(attribute string) *finding.Refusal {
	return metadataError("XDSRepositoryMetadataError", attribute, finding.Tf("L'attribut obligatoire %s est absent.", "Mandatory attribute %s is missing.", attribute))
}

func wrong(attribute, fr, en string, args ...any) *finding.Refusal {
	return metadataError("XDSRepositoryMetadataError", attribute, finding.Tf(fr, en, args...))
}

// ErrFolder refuses what would otherwise be acknowledged and lost.
var ErrFolder = &finding.Refusal{ID: "XDS-CLASSEUR", Kind: finding.Invalid, Code: "XDSRepositoryError", Rule: "IHE ITI TF-3 §4.2.1.3",
	Message: finding.T("Les classeurs (Folder) ne sont pas gardés ici.", "Folders are not kept here."),
	Fix:     finding.T("Déposez les documents sans classeur.", "Deposit the documents without a folder.")}

// validate checks a submission on its own, before anybody is looked up.
// spec: DMP 1.3, 2.6
func validate(sub *xds.Submission, docs []Document) error {
	s := &sub.Set
	for _, c := range []struct {
		name string
		ok   bool
	}{
		{"XDSSubmissionSet.uniqueId", s.UniqueID != ""},
		{"XDSSubmissionSet.sourceId", s.SourceID != ""},
		{"XDSSubmissionSet.patientId", s.PatientID != ""},
		{"XDSSubmissionSet.submissionTime", s.SubmissionTime != ""},
		{"XDSSubmissionSet.contentTypeCode", !s.ContentType.IsZero()},
		{"XDSSubmissionSet.author", len(s.Authors) > 0},
	} {
		if !c.ok {
			return missing(c.name)
		}
	}
	if !oid.Valid(s.UniqueID) {
		return wrong("XDSSubmissionSet.uniqueId", "«%s» n'est pas un OID d'au plus 64 caractères.", "%q is not an OID of at most 64 characters.", s.UniqueID)
	}
	if !oid.Valid(s.SourceID) {
		return wrong("XDSSubmissionSet.sourceId", "«%s» n'est pas un OID.", "%q is not an OID.", s.SourceID)
	}
	if _, ok := xds.ParseDTM(s.SubmissionTime); !ok {
		return wrong("XDSSubmissionSet.submissionTime", "«%s» n'est pas une date DTM.", "%q is not a DTM.", s.SubmissionTime)
	}
	for _, id := range append(entryIDs(sub), s.EntryUUID) {
		if uuid, is := strings.CutPrefix(id, "urn:uuid:"); is && !oid.IsUUID(uuid) {
			return wrong("@id", "«%s» n'est pas un UUID.", "%q is not a UUID.", id)
		}
	}
	if len(sub.Folders) > 0 {
		return ErrFolder.At(sub.Folders[0].UniqueID)
	}
	seen := map[string]bool{}
	for i := range sub.Entries {
		e := &sub.Entries[i]
		if err := validateEntry(e, s); err != nil {
			return err
		}
		if seen[e.UniqueID] {
			return metadataError("XDSRepositoryDuplicateUniqueIdInMessage", "XDSDocumentEntry.uniqueId",
				finding.Tf("Le document «%s» est deux fois dans la soumission.", "Document %q is twice in the submission.", e.UniqueID))
		}
		seen[e.UniqueID] = true
	}
	return matchDocuments(sub, docs)
}

func validateEntry(e *xds.DocumentEntry, s *xds.SubmissionSet) error {
	for _, c := range []struct {
		name string
		ok   bool
	}{
		{"XDSDocumentEntry.uniqueId", e.UniqueID != ""},
		{"XDSDocumentEntry.patientId", e.PatientID != ""},
		{"XDSDocumentEntry.mimeType", e.MimeType != ""},
		{"XDSDocumentEntry.author", len(e.Authors) > 0},
		{"XDSDocumentEntry.classCode", !e.Class.IsZero()},
		{"XDSDocumentEntry.typeCode", !e.Type.IsZero()},
		{"XDSDocumentEntry.formatCode", !e.Format.IsZero()},
		{"XDSDocumentEntry.healthcareFacilityTypeCode", !e.Facility.IsZero() || isSignature(e)},
		{"XDSDocumentEntry.practiceSettingCode", !e.Practice.IsZero() || isSignature(e)},
		{"XDSDocumentEntry.confidentialityCode", len(e.Confidentiality) > 0},
		{"XDSDocumentEntry.creationTime", e.CreationTime != ""},
		{"XDSDocumentEntry.languageCode", e.Language != ""},
		{"XDSDocumentEntry.legalAuthenticator", e.LegalAuth != "" || isSignature(e)},
		{"XDSDocumentEntry.serviceStartTime", e.ServiceStart != "" || isSignature(e)},
		{"XDSDocumentEntry.sourcePatientId", e.SourcePatientID != ""},
		{"XDSDocumentEntry.sourcePatientInfo", len(e.SourcePatientInfo) > 0},
		{"XDSDocumentEntry.title", e.Title != ""},
	} {
		if !c.ok {
			return missing(c.name)
		}
	}
	if !validUniqueID(e.UniqueID) {
		return wrong("XDSDocumentEntry.uniqueId", "«%s» n'est ni un OID ni OID^extension.", "%q is neither an OID nor OID^extension.", e.UniqueID)
	}
	a1, a2 := xds.PatientKey(e.PatientID)
	b1, b2 := xds.PatientKey(s.PatientID)
	if a1 != b1 || a2 != b2 {
		return metadataError("XDSPatientIdDoesNotMatch", "XDSDocumentEntry.patientId",
			finding.T("Le patient du document n'est pas celui du lot de soumission.", "The patient of the document is not that of the submission set."))
	}
	if len(e.Confidentiality) > 4 {
		return wrong("XDSDocumentEntry.confidentialityCode", "%d valeurs ; 4 au plus.", "%d values; 4 at most.", len(e.Confidentiality))
	}
	for _, t := range []struct{ name, v string }{
		{"creationTime", e.CreationTime}, {"serviceStartTime", e.ServiceStart}, {"serviceStopTime", e.ServiceStop},
	} {
		if _, ok := xds.ParseDTM(t.v); t.v != "" && !ok {
			return wrong("XDSDocumentEntry."+t.name, "«%s» n'est pas une date DTM (4 à 14 chiffres, UTC).", "%q is not a DTM (4 to 14 digits, UTC).", t.v)
		}
	}
	if class, ok := nos.ClassOf(e.Type.Code); ok && class.Code != e.Class.Code {
		return wrong("XDSDocumentEntry.classCode", "La classe «%s» ne va pas avec le type %s : %s attendue (ASS_X16).",
			"Class %q does not go with type %s: %s expected (ASS_X16).", e.Class.Code, e.Type.Code, class.Code)
	}
	return nil
}

// isSignature recognises the submission-set signature, which is not a medical document.
// spec: DMP 2.6
func isSignature(e *xds.DocumentEntry) bool {
	return e.Type.Code == "E1762" || e.Format.Code == "http://www.w3.org/2000/09/xmldsig#"
}

// validUniqueID accepts an OID, or OID^extension as CDA ids become, within 128 characters.
func validUniqueID(s string) bool {
	root, _, ext := strings.Cut(s, "^")
	if len(s) > 128 || !oid.ValidRoot(strings.TrimPrefix(root, "urn:uuid:")) {
		return false
	}
	return ext || len(s) <= oid.MaxLen
}

// matchDocuments pairs documents and entries both ways and compares hash and size.
func matchDocuments(sub *xds.Submission, docs []Document) error {
	byID := map[string]*Document{}
	for i := range docs {
		if byID[docs[i].EntryID] != nil {
			return metadataError("XDSRepositoryMetadataError", "Document/@id", finding.Tf("Le document «%s» est donné deux fois.", "Document %q is given twice.", docs[i].EntryID))
		}
		byID[docs[i].EntryID] = &docs[i]
	}
	for i := range sub.Entries {
		e := &sub.Entries[i]
		doc := byID[e.EntryUUID]
		if doc == nil {
			return metadataError("XDSMissingDocument", "Document/@id="+e.EntryUUID,
				finding.Tf("La fiche «%s» n'a pas de document.", "Entry %q has no document.", e.EntryUUID))
		}
		delete(byID, e.EntryUUID)
		if sum := hex.EncodeToString(doc.SHA1[:]); e.Hash != "" && !strings.EqualFold(e.Hash, sum) {
			return wrong("XDSDocumentEntry.hash", "L'empreinte annoncée %s n'est pas celle des octets reçus : %s.", "The announced hash %s is not that of the bytes received: %s.", e.Hash, sum)
		}
		if n := int64(len(doc.Bytes)); e.Size >= 0 && e.Size != n {
			return wrong("XDSDocumentEntry.size", "La taille annoncée %d n'est pas celle des octets reçus : %d.", "The announced size %d is not that of the bytes received: %d.", e.Size, n)
		}
	}
	for id := range byID {
		return metadataError("XDSMissingDocumentMetadata", "Document/@id="+id,
			finding.Tf("Le document «%s» n'a pas de fiche.", "Document %q has no entry.", id))
	}
	return nil
}
