package run

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/run/client"
)

// spoiltDeposit is one way to break the metadata or the document of a deposit.
type spoiltDeposit struct {
	name  string
	spoil func(d *deposit)
	want  refusalWanted
}

func metadata(code string) refusalWanted { return registryError(code, "XDS-METADONNEE") }

// editBody changes the text of the request; the text must be there.
func editBody(old, by string) func(*deposit) {
	return func(d *deposit) {
		d.edit = func(b []byte) []byte {
			if !bytes.Contains(b, []byte(old)) {
				panic("nothing to spoil: " + old)
			}
			return bytes.Replace(b, []byte(old), []byte(by), 1)
		}
	}
}

var spoiltMetadata = []spoiltDeposit{
	{"hash differs", func(d *deposit) { d.entry().Hash = strings.Repeat("0", 40) }, metadata("XDSRepositoryMetadataError")},
	{"size differs", func(d *deposit) { d.entry().Size = 12 }, metadata("XDSRepositoryMetadataError")},
	{"size is not a number", func(d *deposit) {
		d.entry().Size = 12
		editBody("<rim:Value>12</rim:Value>", "<rim:Value>douze</rim:Value>")(d)
	}, registryError("XDSRepositoryMetadataError", "EBRIM-METADONNEE")},
	{"metadata without document", func(d *deposit) { delete(d.docs, "Document01") }, metadata("XDSMissingDocument")},
	{"document without metadata", func(d *deposit) { d.docs["Document02"] = []byte("x") }, metadata("XDSMissingDocumentMetadata")},
	{"document of no entry at all", func(d *deposit) { d.sub.Entries, d.sub.Associations = nil, nil }, metadata("XDSMissingDocumentMetadata")},
	{"uniqueId twice in one message", func(d *deposit) {
		e := *d.entry()
		e.EntryUUID = "Document02"
		d.sub.Entries = append(d.sub.Entries, e)
		d.docs["Document02"] = d.docs["Document01"]
	}, metadata("XDSRepositoryDuplicateUniqueIdInMessage")},
	{"uniqueId is not an OID", func(d *deposit) { d.entry().UniqueID = "document-1" }, metadata("XDSRepositoryMetadataError")},
	{"set uniqueId is not an OID", func(d *deposit) { d.sub.Set.UniqueID = "lot-1" }, metadata("XDSRepositoryMetadataError")},
	{"sourceId is not an OID", func(d *deposit) { d.sub.Set.SourceID = "logiciel" }, metadata("XDSRepositoryMetadataError")},
	{"creationTime is not a DTM", func(d *deposit) { d.entry().CreationTime = "2026-01-31" }, metadata("XDSRepositoryMetadataError")},
	{"patients of set and entry differ", func(d *deposit) { d.entry().PatientID = "159019935099902^^^&1.2.250.1.213.1.4.10&ISO^NH" }, metadata("XDSPatientIdDoesNotMatch")},
	{"class does not go with type", func(d *deposit) { d.entry().Class.Code = "42" }, metadata("XDSRepositoryMetadataError")},
	{"five confidentiality codes", func(d *deposit) {
		c := d.entry().Confidentiality[0]
		d.entry().Confidentiality = []xds.Code{c, c, c, c, c}
	}, metadata("XDSRepositoryMetadataError")},
	{"unknown slot", editBody(`<rim:Slot name="creationTime">`, `<rim:Slot name="dateCreation">`), registryError("XDSRepositoryMetadataError", "EBRIM-METADONNEE")},
	{"unknown classification", editBody("urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d", "urn:uuid:00000000-386c-46f2-b5ad-9c3699a4309d"), registryError("XDSRepositoryMetadataError", "EBRIM-METADONNEE")},
	{"unknown identifier scheme", editBody("urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab", "urn:uuid:00000000-a085-4c72-9da3-8640a32e42ab"), registryError("XDSRepositoryMetadataError", "EBRIM-METADONNEE")},
	{"on-demand document", editBody("urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1", "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248"), registryError("XDSRepositoryMetadataError", "EBRIM-METADONNEE")},
	{"no submission set", func(d *deposit) {
		d.edit = func(b []byte) []byte {
			from, to := bytes.Index(b, []byte("<rim:RegistryPackage")), bytes.Index(b, []byte("</rim:RegistryPackage>"))
			return append(b[:from:from], b[to+len("</rim:RegistryPackage>"):]...)
		}
	}, registryError("XDSRepositoryMetadataError", "EBRIM-METADONNEE")},
	{"no SubmitObjectsRequest", func(d *deposit) {
		d.edit = func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("lcm:SubmitObjectsRequest"), []byte("lcm:Autre"))
		}
	}, registryError("XDSRepositoryMetadataError", "EBRIM-METADONNEE")},
	{"folder", func(d *deposit) {
		d.sub.Folders = append(d.sub.Folders, xds.Folder{EntryUUID: "Folder01", UniqueID: client.NewOID(), PatientID: d.sub.Set.PatientID})
	}, registryError("XDSRepositoryError", "XDS-CLASSEUR")},
	{"association of an unknown kind", func(d *deposit) { d.sub.Associations[0].Type = "urn:x:Unknown" }, registryError("XDSRepositoryMetadataError", "EBRIM-METADONNEE")},
	{"association of another transaction", func(d *deposit) { d.sub.Associations[0].Type = xds.UpdateAvailabilityStatus }, metadata("XDSRepositoryMetadataError")},
	{"replaces a document nobody knows", func(d *deposit) {
		link(d, xds.RPLC, "urn:uuid:00000000-0000-4000-8000-000000000001")
	}, registryError("UnresolvedReferenceException", "XDS-REFERENCE")},
	{"association from elsewhere", func(d *deposit) {
		d.sub.Associations = append(d.sub.Associations, xds.Association{EntryUUID: "A2", Type: xds.APND, Source: "urn:uuid:00000000-0000-4000-8000-000000000002", Target: "Document01"})
	}, registryError("UnresolvedReferenceException", "XDS-REFERENCE")},
	{"CDA of another id", func(d *deposit) { d.entry().UniqueID = client.NewOID() }, registryError("InvalidDocumentContent", "CDA-AUTRE-ID")},
	{"document that is not XML", func(d *deposit) { d.document([]byte("%PDF-1.4 not a CDA")) }, registryError("InvalidDocumentContent", "XML-TEXT-OUTSIDE")},
	{"document cut short", func(d *deposit) { d.document(d.docs["Document01"][:900]) }, registryError("InvalidDocumentContent", "XML-TRUNCATED")},
	{"document that is not a CDA", func(d *deposit) { d.document([]byte("<a/>")) }, registryError("InvalidDocumentContent", "CDA-KIND")},
	{"document with a DOCTYPE", func(d *deposit) {
		d.document([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`))
	}, registryError("InvalidDocumentContent", "XML-DOCTYPE")},
}

// document replaces the bytes of the one document.
func (d *deposit) document(b []byte) {
	d.docs["Document01"] = b
	d.entry().Hash, d.entry().Size = "", -1
}

// link adds an association from the deposited document to another.
func link(d *deposit, kind xds.AssociationType, target string) {
	d.sub.Associations = append(d.sub.Associations, xds.Association{EntryUUID: "Lien01", Type: kind, Source: "Document01", Target: target})
}

// mandatory are the attributes without which nothing is kept, each with how to drop it.
var mandatory = []struct {
	name string
	drop func(d *deposit)
}{
	{"XDSSubmissionSet.uniqueId", func(d *deposit) { d.sub.Set.UniqueID = "" }},
	{"XDSSubmissionSet.sourceId", func(d *deposit) { d.sub.Set.SourceID = "" }},
	{"XDSSubmissionSet.patientId", func(d *deposit) { d.sub.Set.PatientID = "" }},
	{"XDSSubmissionSet.submissionTime", func(d *deposit) { d.sub.Set.SubmissionTime = "" }},
	{"XDSSubmissionSet.contentTypeCode", func(d *deposit) { d.sub.Set.ContentType = xds.Code{} }},
	{"XDSSubmissionSet.author", func(d *deposit) { d.sub.Set.Authors = nil }},
	{"XDSDocumentEntry.uniqueId", func(d *deposit) { d.entry().UniqueID = "" }},
	{"XDSDocumentEntry.patientId", func(d *deposit) { d.entry().PatientID = "" }},
	{"XDSDocumentEntry.mimeType", func(d *deposit) { d.entry().MimeType = "" }},
	{"XDSDocumentEntry.author", func(d *deposit) { d.entry().Authors = nil }},
	{"XDSDocumentEntry.classCode", func(d *deposit) { d.entry().Class = xds.Code{} }},
	{"XDSDocumentEntry.typeCode", func(d *deposit) { d.entry().Type = xds.Code{} }},
	{"XDSDocumentEntry.formatCode", func(d *deposit) { d.entry().Format = xds.Code{} }},
	{"XDSDocumentEntry.healthcareFacilityTypeCode", func(d *deposit) { d.entry().Facility = xds.Code{} }},
	{"XDSDocumentEntry.practiceSettingCode", func(d *deposit) { d.entry().Practice = xds.Code{} }},
	{"XDSDocumentEntry.confidentialityCode", func(d *deposit) { d.entry().Confidentiality = nil }},
	{"XDSDocumentEntry.creationTime", func(d *deposit) { d.entry().CreationTime = "" }},
	{"XDSDocumentEntry.languageCode", func(d *deposit) { d.entry().Language = "" }},
	{"XDSDocumentEntry.legalAuthenticator", func(d *deposit) { d.entry().LegalAuth = "" }},
	{"XDSDocumentEntry.serviceStartTime", func(d *deposit) { d.entry().ServiceStart = "" }},
	{"XDSDocumentEntry.sourcePatientId", func(d *deposit) { d.entry().SourcePatientID = "" }},
	{"XDSDocumentEntry.sourcePatientInfo", func(d *deposit) { d.entry().SourcePatientInfo = nil }},
	{"XDSDocumentEntry.title", func(d *deposit) { d.entry().Title = "" }},
}

// TestFaultsOfMetadata deposits what must not be kept.
func TestFaultsOfMetadata(t *testing.T) {
	unqualified, opposed, closed, noRecord := stranger(t, "901"), stranger(t, "902"), stranger(t, "903"), stranger(t, "904")
	tr := newTrial(startDemo(t, t.TempDir(), 12).offline(func(d *dmp.DMP) {
		identity(t, d, unqualified, false, dmp.None)
		identity(t, d, opposed, true, dmp.Oppose)
		identity(t, d, closed, true, dmp.Ferme)
		identity(t, d, noRecord, true, dmp.None)
	}))
	p := tr.citizen("citoyen-1")
	before, stored := tr.kept(p), tr.verified()
	refused := func(name string, d *deposit, want refusalWanted) {
		t.Run(name, func(t *testing.T) {
			want.check(t, tr.request(d).post(t))
			if n := tr.kept(p); n != before {
				t.Errorf("the record went from %d to %d documents", before, n)
			}
		})
	}
	for _, c := range spoiltMetadata {
		d := tr.deposit(p)
		c.spoil(d)
		refused(c.name, d, c.want)
	}
	for _, m := range mandatory {
		d := tr.deposit(p)
		m.drop(d)
		t.Run("without "+m.name, func(t *testing.T) {
			s := tr.request(d).post(t)
			metadata("XDSRepositoryMetadataError").check(t, s)
			if len(s.errors) == 1 && s.errors[0].Location != m.name {
				t.Errorf("the refusal points at %q", s.errors[0].Location)
			}
		})
	}
	refused("unknown patient", tr.deposit(stranger(t, "905")), registryError("XDSUnknownPatientId", "INS-INCONNU"))
	refused("identity not qualified", tr.deposit(unqualified), registryError("XDSUnknownPatientId", "INS-NON-QUALIFIEE"))
	refused("opposed record", tr.deposit(opposed), registryError("XDSUnknownPatientId", "ACC-REFUS-DOSSIER-FERME"))
	refused("closed record", tr.deposit(closed), registryError("XDSUnknownPatientId", "ACC-REFUS-DOSSIER-FERME"))
	refused("no record", tr.deposit(noRecord), registryError("XDSUnknownPatientId", "ACC-REFUS-PAS-DE-DOSSIER"))
	refused("production identity", tr.deposit(underOID(stranger(t, "906"), "1.2.250.1.213.1.4.8")), registryError("XDSUnknownPatientId", "INS-OID-SANDBOX"))
	refused("not an INS", tr.deposit(underOID(stranger(t, "906"), "1.2.250.1.999.1")), registryError("XDSUnknownPatientId", "INS-OID"))
	refused("INS-C", tr.deposit(underOID(stranger(t, "906"), "1.2.250.1.213.1.4.2")), registryError("XDSUnknownPatientId", "INS-C"))

	of := tr.deposit(p)
	of.document(tr.report(tr.citizen("citoyen-2"), of.entry().UniqueID))
	refused("CDA of another patient", of, registryError("InvalidDocumentContent", "CDA-AUTRE-PATIENT"))
	other := tr.deposit(p)
	other.about = tr.citizen("citoyen-2").cx()
	refused("VIHF for another patient", other, senderFault("XDSRepositoryError", "VIHF-RESOURCE"))

	if n := tr.verified(); n != stored {
		t.Errorf("%d documents are stored, %d before", n, stored)
	}
	t.Run("already there", func(t *testing.T) { tr.alreadyThere(t, p) })
	t.Run("queries", func(t *testing.T) { tr.badQueries(t, p) })
	t.Run("retrievals", func(t *testing.T) { tr.badRetrievals(t, p) })
}

func underOID(p patient, oid string) patient {
	p.ins = insid.INS{Matricule: p.ins.Matricule, OID: oid}
	return p
}

// alreadyThere deposits a document, then variants of it.
func (tr *trial) alreadyThere(t *testing.T, p patient) {
	first := tr.deposit(p)
	first.entry().EntryUUID, first.sub.Associations[0].Target = "Document01", "Document01"
	if s := tr.request(first).post(t); s.response != ebxml.StatusSuccess {
		t.Fatalf("%s", s.raw)
	}
	n, stored := tr.kept(p), tr.verified()
	unchanged := func(what string) {
		t.Helper()
		if m := tr.kept(p); m != n {
			t.Errorf("%s: the record went from %d to %d documents", what, n, m)
		}
	}
	again := *first
	sub := *first.sub
	sub.Set.UniqueID = client.NewOID()
	again.sub = &sub
	if s := tr.request(&again).post(t); s.response != ebxml.StatusSuccess {
		t.Errorf("the same bytes again are accepted as a resubmission: %s", s.raw)
	}
	unchanged("same bytes")

	changed := tr.deposit(p)
	changed.entry().UniqueID = first.entry().UniqueID
	changed.document(append(bytes.Clone(first.docs["Document01"]), '\n'))
	registryError("XDSNonIdenticalHash", "XDS-UNIQUEID-AUTRES-OCTETS").check(t, tr.request(changed).post(t))
	unchanged("other bytes")

	sameSet := tr.deposit(p)
	sameSet.sub.Set.UniqueID = first.sub.Set.UniqueID
	registryError("XDSDuplicateUniqueIdInRegistry", "XDS-UNIQUEID-CONNU").check(t, tr.request(sameSet).post(t))
	unchanged("same set")

	kept := tr.entryOf(t, p, first.entry().UniqueID)
	sameUUID := tr.deposit(p)
	raw := sameUUID.docs["Document01"]
	sameUUID.entry().EntryUUID, sameUUID.sub.Associations[0].Target = kept.EntryUUID, kept.EntryUUID
	sameUUID.edit = func(b []byte) []byte {
		return bytes.Replace(b, []byte(`<xdsb:Document id="Document01">`), []byte(`<xdsb:Document id="`+kept.EntryUUID+`">`), 1)
	}
	sameUUID.docs = map[string][]byte{"Document01": raw}
	registryError("XDSRegistryError", "XDS-UUID-CONNU").check(t, tr.request(sameUUID).post(t))
	unchanged("same entryUUID")

	if v := tr.verified(); v != stored {
		t.Errorf("%d documents are stored, %d before", v, stored)
	}
	next := tr.deposit(p)
	link(next, xds.RPLC, kept.EntryUUID)
	if s := tr.request(next).post(t); s.response != ebxml.StatusSuccess {
		t.Fatalf("%s", s.raw)
	}
	for _, kind := range []xds.AssociationType{xds.RPLC, xds.APND, xds.XFRM} {
		late := tr.deposit(p)
		link(late, kind, kept.EntryUUID)
		registryError("XDSRegistryDeprecatedDocumentError", "XDS-CIBLE-PERIMEE").check(t, tr.request(late).post(t))
	}
	foreign := tr.deposit(tr.citizen("citoyen-2"))
	link(foreign, xds.RPLC, tr.entryOf(t, p, next.entry().UniqueID).EntryUUID)
	registryError("UnresolvedReferenceException", "XDS-REFERENCE").check(t, tr.request(foreign).post(t))
	n++
	unchanged("replacements")
}

func (tr *trial) entryOf(t *testing.T, p patient, uniqueID string) *xds.DocumentEntry {
	t.Helper()
	a, err := tr.as("medecin_generaliste").Query(context.Background(), p.cx(), findAll(p))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range a.Objects.Entries {
		if e.UniqueID == uniqueID {
			return e
		}
	}
	t.Fatalf("%s is not in the record", uniqueID)
	return nil
}

// badQueries asks the registry what it cannot answer.
func (tr *trial) badQueries(t *testing.T, p patient) {
	status := xds.Slot{Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved)}}
	who := xds.Slot{Name: "$XDSDocumentEntryPatientId", Values: []string{p.cx()}}
	for _, c := range []struct {
		name  string
		query xds.Query
		code  string
		id    string
	}{
		{"unknown query", xds.Query{ID: "urn:uuid:00000000-0000-4000-8000-000000000000", Slots: []xds.Slot{who}}, "XDSUnknownStoredQuery", "XDS-REQUETE"},
		{"no patient", xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{status}}, "XDSStoredQueryMissingParam", "XDS-REQUETE"},
		{"no status", xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{who}}, "XDSStoredQueryMissingParam", "XDS-REQUETE"},
		{"patient twice", xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{who, who, status}}, "XDSStoredQueryParamNumber", "XDS-REQUETE"},
		{"code without system", xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{who, status, {Name: "$XDSDocumentEntryTypeCode", Values: []string{"11488-4"}}}}, "XDSRegistryError", "XDS-REQUETE"},
		{"unknown patient", xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{{Name: who.Name, Values: []string{stranger(t, "907").cx()}}, status}}, "XDSUnknownPatientId", "INS-INCONNU"},
		{"two kinds of identifiers", xds.Query{ID: xds.GetDocuments, Slots: []xds.Slot{{Name: "$XDSDocumentEntryUniqueId", Values: []string{"1.2.3"}}, {Name: "$XDSDocumentEntryEntryUUID", Values: []string{"urn:uuid:1"}}}}, "XDSStoredQueryParamNumber", "XDS-REQUETE"},
	} {
		about := p.cx()
		if c.id == "INS-INCONNU" {
			about = stranger(t, "907").cx()
		}
		a, err := tr.as("medecin_generaliste").Query(context.Background(), about, &c.query)
		if err != nil || a.Status != ebxml.StatusFailure || len(a.Errors) != 1 || a.Errors[0].Code != c.code || !strings.Contains(a.Errors[0].Context, "#"+c.id+" | ") {
			t.Errorf("%s: %v %+v", c.name, err, a)
		}
	}
	q := findAll(p)
	q.Slots = append(q.Slots, xds.Slot{Name: "$XDSDocumentEntryTitel", Values: []string{"x"}})
	a, err := tr.as("medecin_generaliste").Query(context.Background(), p.cx(), q)
	if err != nil || !a.OK() || len(a.Errors) != 1 || !a.Errors[0].Warning || a.Errors[0].Location != "$XDSDocumentEntryTitel" {
		t.Errorf("an unknown parameter is ignored with a warning: %v %+v", err, a.Errors)
	}
}

// badRetrievals asks the repository for what is not there.
func (tr *trial) badRetrievals(t *testing.T, p patient) {
	c := tr.as("medecin_generaliste")
	a, err := c.Retrieve(context.Background(), p.cx(), "1.2.250.1.999.404")
	if err != nil || a.Status != ebxml.StatusFailure || len(a.Errors) != 1 || a.Errors[0].Code != "XDSDocumentUniqueIdError" {
		t.Errorf("unknown document: %v %+v", err, a)
	}
	all, err := c.Query(context.Background(), p.cx(), findAll(p))
	if err != nil {
		t.Fatal(err)
	}
	good := all.Objects.Entries[0].UniqueID
	a, err = c.Retrieve(context.Background(), p.cx(), good, "1.2.250.1.999.404")
	if err != nil || a.Status != ebxml.StatusPartial || len(a.Docs) != 1 || len(a.Docs[good]) == 0 {
		t.Errorf("one of two: %v %s %d", err, a.Status, len(a.Docs))
	}
	theirs, err := c.Query(context.Background(), tr.citizen("citoyen-2").cx(), findAll(tr.citizen("citoyen-2")))
	if err != nil {
		t.Fatal(err)
	}
	hidden := theirs.Objects.Entries[0].UniqueID
	b, err := c.Retrieve(context.Background(), p.cx(), hidden) // under a VIHF for somebody else
	unknown, err2 := c.Retrieve(context.Background(), p.cx(), "1.2.250.1.999.405")
	if err != nil || err2 != nil || fmt.Sprint(strip(b, hidden)) != fmt.Sprint(strip(unknown, "1.2.250.1.999.405")) {
		t.Errorf("a document of another person and one that never existed are told apart: %+v %+v", b, unknown)
	}
	elsewhere := *c.Endpoints
	elsewhere.RepositoryID = "1.2.250.1.999.7"
	other := *c
	other.Endpoints = &elsewhere
	a, err = other.Retrieve(context.Background(), p.cx(), good)
	if err != nil || a.Status != ebxml.StatusFailure || a.Errors[0].Code != "XDSUnknownRepositoryId" {
		t.Errorf("another repository: %v %+v", err, a)
	}
}

// strip forgets the identifier that was asked for.
func strip(a *client.Answer, id string) []string {
	var out []string
	for _, e := range a.Errors {
		out = append(out, e.Code+strings.ReplaceAll(e.Context+e.Location, id, "?"))
	}
	return append(out, a.Status, fmt.Sprint(len(a.Docs)))
}
