package dmp

import (
	"errors"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xmltree"
)

// examine opens each document: a CDA must be about the person of the metadata and carry the
// identifier of its entry; its findings refuse it or go with the receipt.
func (d *DMP) examine(sub *xds.Submission, docs []Document, id insid.INS) (findings []finding.Finding, digests [][]byte, err error) {
	digests = make([][]byte, len(sub.Entries))
	for i := range sub.Entries {
		e := &sub.Entries[i]
		doc := documentOf(docs, e.EntryUUID)
		if isSignature(e) || !isXML(e.MimeType) {
			digests[i] = plainDigest(e)
			continue
		}
		c, err := cda.Parse(doc.Bytes)
		if err != nil {
			return nil, nil, unreadable(err, e)
		}
		if err := sameIdentity(c, e, id); err != nil {
			return nil, nil, err
		}
		if d.Check != nil {
			found := d.Check(c)
			if r := d.refusedBy(found); r != nil {
				return nil, nil, r
			}
			findings = append(findings, found...)
		}
		digests[i] = digestOf(c, e)
	}
	return findings, digests, nil
}

func documentOf(docs []Document, entryID string) *Document {
	for i := range docs {
		if docs[i].EntryID == entryID {
			return &docs[i]
		}
	}
	return &Document{}
}

func isXML(mime string) bool {
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	switch strings.TrimSpace(mime) {
	case "text/xml", "application/xml", "application/hl7-cda+xml":
		return true
	}
	return false
}

// invalid is the refusal of a document by its content.
func invalid(id, where string, m, fix finding.Text) *finding.Refusal {
	return &finding.Refusal{ID: id, Kind: finding.Invalid, Code: "InvalidDocumentContent", Where: where, Rule: "CI-SIS, structuration minimale", Message: m, Fix: fix}
}

func unreadable(err error, e *xds.DocumentEntry) error {
	var x *xmltree.Error
	if errors.As(err, &x) {
		r := invalid(x.ID, e.UniqueID, x.Message, x.Fix)
		r.Where = finding.Place{XPath: e.UniqueID, Line: x.Line}.Words() + ", colonne/column " + itoa(x.Column)
		return r
	}
	if r := finding.As(err); r != nil {
		c := r.At(e.UniqueID)
		c.Code = "InvalidDocumentContent"
		return c
	}
	return err
}

// sameIdentity refuses a document that is not about the person, or not the document, of its entry.
func sameIdentity(c *cda.Document, e *xds.DocumentEntry, id insid.INS) error {
	found := false
	for _, i := range c.Patient.INS {
		found = found || i == id
	}
	if !found {
		return invalid("CDA-AUTRE-PATIENT", "recordTarget/patientRole/id",
			finding.T("Le document n'est pas au nom du patient des métadonnées.", "The document is not about the patient of its metadata."),
			finding.T("Le même INS (matricule et OID) doit figurer dans recordTarget et dans patientId.", "The same INS (matricule and OID) must stand in recordTarget and in patientId."))
	}
	if own := c.UniqueID(); own != e.UniqueID && strings.TrimPrefix(e.UniqueID, oid.URN("")) != own {
		return invalid("CDA-AUTRE-ID", "ClinicalDocument/id",
			finding.Tf("L'identifiant du document est «%s», celui des métadonnées «%s».", "The document's id is %q, that of its metadata %q.", own, e.UniqueID),
			finding.T("uniqueId est ClinicalDocument/id : root, ou root^extension.", "uniqueId is ClinicalDocument/id: root, or root^extension."))
	}
	return nil
}

// refusedBy tells whether findings refuse the document in the current mode.
func (d *DMP) refusedBy(found []finding.Finding) *finding.Refusal {
	for _, f := range found {
		if d.Strictness.Refuses(f.Severity) {
			return &finding.Refusal{ID: f.ID, Kind: finding.Invalid, Code: "InvalidDocumentContent", Where: f.Place.Words(), Rule: f.Rule, Message: f.Message, Fix: f.Fix}
		}
	}
	return nil
}
