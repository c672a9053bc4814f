package xdm

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/format/xds/ebxml"
)

// Package is what Write makes an archive of: one submission set about one patient.
type Package struct {
	// Set may be empty but for what the sender alone knows. SourceID and UniqueID default to OIDs
	// drawn from the sender and the content, PatientID, Title and Authors to those of the documents,
	// SubmissionTime to Now, ContentType to «Type d'activité indifférencié».
	Set       xds.SubmissionSet
	Documents []Source
	Beside    []Beside // style sheets and the like, described by no entry
	Sender    Sender
	Software  Software
	Now       time.Time
}

// Source is one document with its metadata; URI, hash, size and the entry's id are made by Write.
type Source struct {
	Bytes    []byte
	Entry    xds.DocumentEntry
	Kind     Kind
	Replaces []string // Replacement: uniqueIds or entryUUIDs of what this document replaces
}

// Beside is a file that goes along, such as a style sheet.
type Beside struct {
	Name  string // 8.3, capitals: "CDA.XSL"
	Bytes []byte
}

// Sender is whom the pages of the archive name.
type Sender struct {
	Name      string // professional or service
	Structure string
	Address   string // mailbox
	Phone     string
}

// Software is the program that makes the archive.
type Software struct{ Name, Version, Editor string }

// maxDocuments is what DOC00001 to DOC99999 would allow, brought to what a reader takes.
const maxDocuments = 500

// FromCDA makes a source of a CDA document: metadata from its header, Replacement when it says that
// it replaces another. Without INS the patient is named by the establishment's identifier.
//
// spec: CI-SIS cda §6
func FromCDA(src []byte) (Source, error) {
	d, err := cda.Parse(src)
	if err != nil {
		return Source{}, err
	}
	return FromDocument(d, src), nil
}

// FromDocument is FromCDA for a document that is already parsed; src are its exact bytes.
func FromDocument(d *cda.Document, src []byte) Source {
	s := Source{Bytes: src, Entry: cdameta.Entry(d)}
	if s.Entry.PatientID == "" {
		s.Entry.PatientID = s.Entry.SourcePatientID
	}
	if s.Entry.SourcePatientID == "" {
		s.Entry.SourcePatientID = s.Entry.PatientID
	}
	if old := cdameta.Replaces(d); old != "" {
		s.Kind, s.Replaces = Replacement, []string{old}
	}
	return s
}

// EntryUUID is the entryUUID that Write gives to a document: always the same for one uniqueId, so
// that a replacement can name what it replaces. It is a UUID of version 8 over the uniqueId.
func EntryUUID(uniqueID string) string { return "urn:uuid:" + uuidOf("document", uniqueID) }

func uuidOf(parts ...string) string {
	u := uuidBytes(parts...)
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:])
}

func uuidBytes(parts ...string) (u [16]byte) {
	sum := sha256.Sum256([]byte("socle/xdm\x00" + strings.Join(parts, "\x00")))
	copy(u[:], sum[:])
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return u
}

// Write makes the archive. The same package gives the same bytes. It refuses, by a
// *finding.Refusal that names it, what a strict reader would.
//
// spec: MSSanté ECO.2.1.1
func Write(p *Package) ([]byte, error) {
	sub, names, err := submission(p)
	if err != nil {
		return nil, err
	}
	meta := []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	meta = ebxml.AppendSubmission(meta, sub)
	w := zipper{when: p.Now.UTC()}
	w.add(indexName, index(p, sub, names))
	w.add(readName, readme(p, names))
	folder := rootName + "/" + setName + "/"
	w.add(folder+metaName, meta)
	for i := range p.Documents {
		w.add(folder+names[i], p.Documents[i].Bytes)
	}
	for _, b := range p.Beside {
		w.add(folder+b.Name, b.Bytes)
	}
	return w.close()
}

func refuse(fr, en string, args ...any) error { return ErrWrite.Saying(finding.Tf(fr, en, args...)) }

// submission makes the metadata and names the files.
func submission(p *Package) (*xds.Submission, []string, error) {
	if err := bounds(p); err != nil {
		return nil, nil, err
	}
	sub := &xds.Submission{Set: p.Set}
	first := &p.Documents[0].Entry
	var names []string
	seen := map[string]bool{}
	for i := range p.Documents {
		d := &p.Documents[i]
		e := d.Entry
		name := fmt.Sprintf("DOC%05d.%s", i+1, extension(e.MimeType))
		sum := sha1.Sum(d.Bytes)
		e.EntryUUID, e.URI, e.Hash, e.Size = EntryUUID(e.UniqueID), name, hex.EncodeToString(sum[:]), int64(len(d.Bytes))
		e.Status, e.LogicalID, e.Version, e.RepositoryID = "", "", 0, ""
		e.Extra = withAction(e.Extra, d.Kind)
		if err := complete(&e); err != nil {
			return nil, nil, err
		}
		if seen[e.UniqueID] {
			return nil, nil, refuse("Deux documents ont le même uniqueId (%s).", "Two documents have the same uniqueId (%s).", e.UniqueID)
		}
		seen[e.UniqueID] = true
		if !samePatient(first.PatientID, e.PatientID) {
			return nil, nil, refuse("Les documents concernent plusieurs patients : une archive par patient.", "The documents are about several patients: one archive per patient.")
		}
		sub.Entries, names = append(sub.Entries, e), append(names, name)
	}
	set(p, &sub.Set, first)
	if !samePatient(first.PatientID, sub.Set.PatientID) {
		return nil, nil, refuse("Le lot ne concerne pas le patient des documents.", "The set is not about the patient of the documents.")
	}
	for _, o := range []struct{ name, value string }{{"sourceId", sub.Set.SourceID}, {"uniqueId", sub.Set.UniqueID}} {
		if !oid.Valid(o.value) {
			return nil, nil, refuse("Le %s du lot n'est pas un OID : « %s ».", "The %s of the set is not an OID: %q.", o.name, o.value)
		}
	}
	associate(p, sub)
	return sub, names, nil
}

func bounds(p *Package) error {
	if len(p.Documents) == 0 {
		return refuse("L'archive ne contiendrait aucun document.", "The archive would hold no document.")
	}
	if len(p.Documents)+len(p.Beside) > maxDocuments {
		return refuse("Plus de %d fichiers dans une archive.", "More than %d files in one archive.", maxDocuments)
	}
	if p.Now.IsZero() || p.Now.Year() < 1980 {
		return refuse("La date de l'archive manque.", "The date of the archive is missing.")
	}
	if p.Sender.Name == "" && p.Sender.Structure == "" || p.Software.Name == "" {
		return refuse("L'expéditeur et le logiciel doivent être nommés : README.TXT et INDEX.HTM les disent.", "Sender and software must be named: README.TXT and INDEX.HTM say them.")
	}
	total := 0
	names := map[string]bool{metaName: true}
	for i := range p.Documents {
		b := p.Documents[i].Bytes
		total += len(b)
		if len(b) == 0 || len(b) > DefaultDocumentBytes {
			return refuse("Le document %d est vide ou dépasse %d octets.", "Document %d is empty or exceeds %d bytes.", i+1, DefaultDocumentBytes)
		}
	}
	for _, b := range p.Beside {
		total += len(b.Bytes)
		if !isoName(b.Name) || strings.Contains(b.Name, "/") || names[b.Name] || strings.HasPrefix(b.Name, "DOC0") {
			return refuse("« %s » n'est pas un nom de fichier 8.3 en majuscules, ou est déjà pris.", "%q is not an 8.3 file name in capitals, or is taken.", b.Name)
		}
		names[b.Name] = true
		if len(b.Bytes) > DefaultDocumentBytes {
			return refuse("« %s » dépasse %d octets.", "%q exceeds %d bytes.", b.Name, DefaultDocumentBytes)
		}
	}
	if total > DefaultTotalBytes {
		return refuse("Les documents dépassent ensemble %d octets.", "The documents exceed %d bytes together.", DefaultTotalBytes)
	}
	return nil
}

// complete refuses metadata without what the profile requires.
//
// spec: DMP 2.6
func complete(e *xds.DocumentEntry) error {
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"uniqueId", e.UniqueID != ""}, {"patientId", e.PatientID != ""}, {"sourcePatientId", e.SourcePatientID != ""},
		{"sourcePatientInfo", len(e.SourcePatientInfo) > 0}, {"author", len(e.Authors) > 0}, {"title", e.Title != ""},
		{"creationTime", e.CreationTime != ""}, {"languageCode", e.Language != ""}, {"mimeType", e.MimeType != ""},
		{"serviceStartTime", e.ServiceStart != ""}, {"legalAuthenticator", e.LegalAuth != ""},
		{"classCode", e.Class.Code != ""}, {"typeCode", e.Type.Code != ""}, {"formatCode", e.Format.Code != ""},
		{"healthcareFacilityTypeCode", e.Facility.Code != ""}, {"practiceSettingCode", e.Practice.Code != ""},
		{"confidentialityCode", len(e.Confidentiality) > 0},
	} {
		if !f.ok {
			return refuse("La métadonnée %s du document %s manque.", "Metadata %s of document %s is missing.", f.name, e.UniqueID)
		}
	}
	return nil
}

func samePatient(a, b string) bool {
	i, o := xds.PatientKey(a)
	j, p := xds.PatientKey(b)
	return strings.EqualFold(i, j) && o == p
}

// withAction sets the extra metadata that says what to do with the document.
func withAction(extra []xds.Slot, k Kind) []xds.Slot {
	var out []xds.Slot
	for _, s := range extra {
		if action([]xds.Slot{s}) == "" {
			out = append(out, s)
		}
	}
	switch k {
	case Replacement:
		out = append(out, xds.Slot{Name: slotAction, Values: []string{actionChange}})
	case Deletion:
		out = append(out, xds.Slot{Name: slotAction, Values: []string{actionDelete}})
	}
	return out
}

// set completes the submission set.
func set(p *Package, s *xds.SubmissionSet, first *xds.DocumentEntry) {
	fill := func(v *string, d string) {
		if *v == "" {
			*v = d
		}
	}
	s.EntryUUID, s.Status = "SubmissionSet01", ""
	fill(&s.PatientID, first.PatientID)
	fill(&s.Title, first.Title)
	fill(&s.SubmissionTime, xds.FormatDTM(p.Now))
	fill(&s.SourceID, oid.FromUUID(uuidBytes("source", p.Sender.Structure, p.Sender.Address, p.Sender.Name)))
	if s.UniqueID == "" {
		parts := []string{"set", s.SourceID, s.SubmissionTime, p.Sender.Address}
		for i := range p.Documents {
			parts = append(parts, p.Documents[i].Entry.UniqueID, p.Documents[i].Kind.String())
		}
		s.UniqueID = oid.FromUUID(uuidBytes(parts...))
	}
	if len(s.Authors) == 0 {
		s.Authors = first.Authors[:1]
	}
	if s.ContentType.IsZero() {
		s.ContentType = xds.Code{Code: "97", System: "1.2.250.1.213.2.2"}
		if c, ok := nos.Lookup(nos.ContentType, s.ContentType.Code, s.ContentType.System); ok {
			s.ContentType = xds.Code(c)
		}
	}
}

// associate links the set to its documents, and these to what they replace or withdraw.
//
// spec: DMP 2.5
func associate(p *Package, sub *xds.Submission) {
	add := func(a xds.Association) {
		a.EntryUUID = fmt.Sprintf("Association%02d", len(sub.Associations)+1)
		sub.Associations = append(sub.Associations, a)
	}
	for i := range sub.Entries {
		e, d := &sub.Entries[i], &p.Documents[i]
		add(xds.Association{Type: xds.HasMember, Source: sub.Set.EntryUUID, Target: e.EntryUUID, SetStatus: "Original"})
		switch d.Kind {
		case Replacement:
			for _, old := range d.Replaces {
				if !strings.HasPrefix(old, "urn:uuid:") {
					old = EntryUUID(old)
				}
				add(xds.Association{Type: xds.RPLC, Source: e.EntryUUID, Target: old})
			}
		case Deletion:
			add(xds.Association{Type: xds.UpdateAvailabilityStatus, Source: sub.Set.EntryUUID, Target: e.EntryUUID, OriginalStatus: xds.Approved, NewStatus: xds.Deleted})
		}
	}
}

// extension gives the three letters of a media type.
func extension(mime string) string {
	switch strings.ToLower(strings.TrimSpace(mime)) {
	case "text/xml", "application/xml", "application/hl7-v3+xml":
		return "XML"
	case "application/pdf":
		return "PDF"
	case "text/plain":
		return "TXT"
	case "text/html":
		return "HTM"
	case "image/jpeg":
		return "JPG"
	case "image/png":
		return "PNG"
	case "image/tiff":
		return "TIF"
	case "application/dicom":
		return "DCM"
	}
	return "BIN"
}

// zipper writes a zip without data descriptors nor extra fields, which old readers trip over.
type zipper struct {
	out  bytes.Buffer
	z    *zip.Writer
	when time.Time
	err  error
}

func (w *zipper) add(name string, b []byte) {
	if w.err != nil {
		return
	}
	if w.z == nil {
		w.z = zip.NewWriter(&w.out)
	}
	var packed bytes.Buffer
	f, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		w.err = err
		return
	}
	if _, w.err = f.Write(b); w.err != nil {
		return
	}
	if w.err = f.Close(); w.err != nil {
		return
	}
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, CreatorVersion: 20, ReaderVersion: 20, CRC32: crc32.ChecksumIEEE(b),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(b))}
	h.ModifiedDate = uint16(w.when.Day() | int(w.when.Month())<<5 | (w.when.Year()-1980)<<9)
	h.ModifiedTime = uint16(w.when.Second()/2 | w.when.Minute()<<5 | w.when.Hour()<<11)
	body := packed.Bytes()
	if packed.Len() >= len(b) {
		h.Method, h.CompressedSize64, body = zip.Store, uint64(len(b)), b
	}
	dst, err := w.z.CreateRaw(h)
	if err != nil {
		w.err = err
		return
	}
	_, w.err = dst.Write(body)
}

func (w *zipper) close() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	if err := w.z.Close(); err != nil {
		return nil, err
	}
	return w.out.Bytes(), nil
}
