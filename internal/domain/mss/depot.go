package mss

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Codes of the integration of a document, as the sender is told.
// spec: MSSANTE volet LPS (HL70357, codes 900–906)
const (
	codeVersion    = "900"
	codeAuthor     = "901"
	codeUnknown    = "902"
	codeNoINS      = "903"
	codeOther      = "904"
	codeIncomplete = "905"
	codeElse       = "906"
)

var codeLabel = map[string]string{
	codeVersion:    "Version à remplacer ou à supprimer incorrecte",
	codeAuthor:     "Auteur non autorisé",
	codeUnknown:    "Patient inconnu",
	codeNoINS:      "INS absent du document",
	codeOther:      "INS ou traits différents de ceux connus",
	codeIncomplete: "INS incomplet",
	codeElse:       "Autre erreur",
}

// Why a document waits for somebody.
var (
	ErrFileNoINS = refuse("MSS-SANS-INS", finding.Invalid, "", "MSSANTE va1.27",
		finding.T("Le document ne porte pas d'INS : rien ne dit à coup sûr de qui il parle.", "The document carries no INS: nothing says for sure whom it is about."),
		finding.T("Lisez-le et rangez-le à la main ; demandez à l'expéditeur une identité qualifiée.", "Read it and file it by hand; ask the sender for a qualified identity."))
	ErrFileIncomplete = refuse("MSS-INS-INCOMPLET", finding.Invalid, "", "MSSANTE ECO.2.4.2",
		finding.T("L'INS du document n'est pas complet : matricule et clé, OID, nom et premier prénom de naissance, date de naissance et sexe sont dus.", "The INS of the document is not complete: matricule and key, OID, birth name, first birth given name, birth date and sex are due."),
		finding.T("Comparez l'identité à l'œil avant de ranger.", "Compare the identity by eye before filing."))
	ErrFileCompare = refuse("MSS-A-COMPARER", finding.Conflict, "", "MSSANTE va1.27",
		finding.T("L'identité du document n'est pas tout à fait celle connue ici sous cet INS.", "The identity of the document is not quite the one known here under this INS."),
		finding.T("Comparez les deux à l'œil ; si c'est la même personne, confirmez.", "Compare the two by eye; if it is the same person, confirm."))
	ErrFileNotCDA = refuse("MSS-PAS-CDA", finding.Invalid, "", "MSSANTE ECO.2.1.1",
		finding.T("Ce fichier de l'archive n'est pas un document CDA : son contenu ne dit pas de qui il parle.", "This file of the archive is no CDA document: its content does not say whom it is about."),
		finding.T("Lisez-le, puis confirmez la personne ou écartez-le.", "Read it, then confirm the person or set it aside."))
	ErrFileDeletion = refuse("MSS-SUPPRESSION", finding.Forbidden, "", "DMP 2.5",
		finding.T("L'expéditeur demande de supprimer ce document ; seul son auteur, ou la personne, peut le faire dans le dossier partagé.", "The sender asks to delete this document; only its author, or the person, may do so in the shared record."),
		finding.T("Prenez-en note : n'utilisez plus ce document.", "Take note: do not use this document any more."))
	ErrFileNotHere = refuse("MSS-SUPPRESSION-ABSENT", finding.NotFound, "", "DMP 2.5",
		finding.T("L'expéditeur demande de supprimer un document qui n'est pas au dossier.", "The sender asks to delete a document that is not in the record."),
		finding.T("Il n'y a rien à faire ici.", "There is nothing to do here."))
)

// identityOf gives what a document says of the person it is about.
func identityOf(p *cda.Patient) (insid.INS, ins.Traits) {
	return p.TheINS(), ins.Traits{BirthName: p.BirthName(), FirstGiven: p.FirstGiven(), Givens: p.BirthGivens(), Sex: p.Sex.Code,
		BirthDate: p.Birth.Date(), BirthPlace: p.BirthCOG, UsedName: p.UsedName(), UsedGiven: p.UsedGiven()}
}

// filed is what became of one document of an archive. err is a fault to retry, nothing else is.
func (o *Operator) filed(ctx context.Context, c dmp.Caller, set *xdm.Set, d *xdm.Document, compared bool) (t Tray, err error) {
	e := d.Entry
	t = Tray{UniqueID: e.UniqueID, Title: e.Title, Type: e.Type.Code, Ask: set.Kind.String()}
	var doc *cda.Document
	if isCDA(d) {
		doc, err = cda.Parse(d.Bytes)
		if err != nil {
			return t.waits(unread(err)), nil
		}
		if t.Title == "" {
			t.Title = nos.TypeLabel(doc.Code.Code).FR
		}
	}
	person, r, err := o.recognised(ctx, doc, e, &t, compared)
	if err != nil {
		return t, err
	}
	if r != nil {
		return t.waits(r), nil
	}
	if set.Kind == xdm.Deletion {
		return o.withdrawn(ctx, person, t)
	}
	sub, docs, err := o.submission(ctx, person, set, d, doc, &t)
	if err != nil {
		return t, err
	}
	receipt, err := o.Records.Submit(ctx, c, sub, docs)
	if r := finding.As(err); r != nil {
		if temporary(r) {
			return t, err
		}
		return t.waits(r), nil
	}
	if err != nil {
		return t, err
	}
	t.State, t.Patient, t.EntryUUID = Filed, receipt.Person, receipt.Entries[0].EntryUUID
	if receipt.Repeated {
		t.State = Already
	}
	return t, nil
}

// recognised finds the person a document is about. Nobody looks: everything must agree, unless
// somebody has compared.
// spec: INS §8 (automatic link on receipt)
func (o *Operator) recognised(ctx context.Context, doc *cda.Document, e *xds.DocumentEntry, t *Tray, compared bool) (ins.PersonID, *finding.Refusal, error) {
	if doc == nil {
		id, err := insid.ParseCX(e.PatientID)
		switch {
		case err != nil:
			return "", ErrFileNoINS, nil
		case !compared:
			return "", ErrFileNotCDA, nil
		}
		p, _, err := o.Records.Recognise(ctx, id, ins.Traits{})
		return settled(p, err, t)
	}
	id, traits := identityOf(&doc.Patient)
	if id.IsZero() {
		return "", ErrFileNoINS, nil
	}
	p, match, err := o.Records.Recognise(ctx, id, traits)
	if err != nil {
		return settled(p, err, t)
	}
	t.Patient, t.Differences = p.ID, match.Differences
	switch {
	case compared:
	case !mssante.Qualified(&doc.Patient):
		return "", ErrFileIncomplete, nil
	case match.Closeness != ins.Exact:
		return "", ErrFileCompare, nil
	}
	return p.ID, nil, nil
}

func settled(p *ins.Person, err error, t *Tray) (ins.PersonID, *finding.Refusal, error) {
	if r := finding.As(err); r != nil && !temporary(r) {
		return "", r, nil
	}
	if err != nil {
		return "", nil, err
	}
	t.Patient = p.ID
	return p.ID, nil, nil
}

// withdrawn answers a request to delete: nobody but the author or the person deletes.
func (o *Operator) withdrawn(ctx context.Context, person ins.PersonID, t Tray) (Tray, error) {
	_, err := o.Records.Known(ctx, person, t.UniqueID)
	switch {
	case errors.Is(err, dmp.ErrNotFound):
		return t.waits(ErrFileNotHere), nil
	case err != nil:
		return t, err
	}
	return t.waits(ErrFileDeletion), nil
}

// submission makes the deposit of one document: the metadata that came, completed by what the
// document says, under identifiers of our own.
func (o *Operator) submission(ctx context.Context, person ins.PersonID, set *xdm.Set, d *xdm.Document, doc *cda.Document, t *Tray) (*xds.Submission, []dmp.Document, error) {
	const entry, lot = "Document01", "SubmissionSet01"
	e := *d.Entry
	if doc != nil {
		complete(&e, cdameta.Entry(doc))
	}
	e.EntryUUID, e.LogicalID, e.Version, e.Status, e.RepositoryID, e.Home, e.URI, e.Hash, e.Size = entry, "", 0, "", "", "", "", "", -1
	e.Extra = withoutAction(e.Extra)
	s := set.Submission.Set
	s.EntryUUID, s.UniqueID, s.PatientID, s.Status, s.Extra = lot, o.newOID(), e.PatientID, "", withoutAction(s.Extra)
	if !oid.Valid(s.SourceID) {
		s.SourceID = s.UniqueID
	}
	if _, ok := xds.ParseDTM(s.SubmissionTime); !ok {
		s.SubmissionTime = xds.FormatDTM(o.Now())
	}
	if len(s.Authors) == 0 {
		s.Authors = e.Authors
	}
	if s.ContentType.IsZero() {
		s.ContentType = xds.Code{Code: "97", System: "1.2.250.1.213.2.2"}
	}
	sub := &xds.Submission{Set: s, Entries: []xds.DocumentEntry{e}}
	sub.Associations = append(sub.Associations, xds.Association{EntryUUID: "Association01", Type: xds.HasMember, Source: lot, Target: entry, SetStatus: "Original"})
	old, err := o.replaced(ctx, person, set, d, doc)
	if err != nil {
		return nil, nil, err
	}
	if old != nil {
		sub.Associations = append(sub.Associations, xds.Association{EntryUUID: "Association02", Type: xds.RPLC, Source: entry, Target: old.EntryUUID})
	} else if set.Kind == xdm.Replacement {
		t.Remark = finding.T("Le document qu'il remplace n'est pas au dossier.", "The document it replaces is not in the record.")
	}
	return sub, []dmp.Document{{EntryID: entry, Bytes: d.Bytes, SHA1: d.SHA1, SHA256: d.SHA256}}, nil
}

// replaced finds the document of the record that this one replaces: by the uniqueId the document
// itself names, else by what the metadata name. nil when it is not there: there is nothing to put
// out of force, and the new version must not be lost.
func (o *Operator) replaced(ctx context.Context, person ins.PersonID, set *xdm.Set, d *xdm.Document, doc *cda.Document) (*xds.DocumentEntry, error) {
	var names []string
	if doc != nil {
		if old := cdameta.Replaces(doc); old != "" {
			names = append(names, old)
		}
	}
	for _, a := range set.Submission.Associations {
		if a.Type.Replaces() && a.Source == d.Entry.EntryUUID {
			names = append(names, a.Target)
		}
	}
	for _, name := range names {
		e, err := o.Records.Known(ctx, person, name)
		if errors.Is(err, dmp.ErrNotFound) {
			continue
		}
		if err != nil || e.UniqueID != d.Entry.UniqueID {
			return e, err
		}
	}
	return nil, nil
}

// complete fills what the metadata of a mail leave empty.
func complete(e *xds.DocumentEntry, made xds.DocumentEntry) {
	text := func(v *string, m string) {
		if *v == "" {
			*v = m
		}
	}
	code := func(v *xds.Code, m xds.Code) {
		if v.IsZero() {
			*v = m
		}
	}
	text(&e.UniqueID, made.UniqueID)
	if _, err := insid.ParseCX(e.PatientID); err != nil && made.PatientID != "" {
		e.PatientID = made.PatientID // the document knows the INS, its metadata another identifier
	}
	text(&e.SourcePatientID, made.SourcePatientID)
	text(&e.SourcePatientID, e.PatientID)
	text(&e.Title, made.Title)
	text(&e.Language, made.Language)
	text(&e.MimeType, made.MimeType)
	text(&e.CreationTime, made.CreationTime)
	text(&e.ServiceStart, made.ServiceStart)
	text(&e.LegalAuth, made.LegalAuth)
	code(&e.Class, made.Class)
	code(&e.Type, made.Type)
	code(&e.Format, made.Format)
	code(&e.Facility, made.Facility)
	code(&e.Practice, made.Practice)
	if len(e.SourcePatientInfo) == 0 {
		e.SourcePatientInfo = made.SourcePatientInfo
	}
	if len(e.Authors) == 0 {
		e.Authors = made.Authors
	}
	if len(e.Confidentiality) == 0 {
		e.Confidentiality = made.Confidentiality
	}
	if len(e.Events) == 0 {
		e.Events = made.Events
	}
}

// withoutAction takes away what the archive asked of its reader: it is no metadata of the document.
func withoutAction(extra []xds.Slot) (out []xds.Slot) {
	for _, s := range extra {
		if !strings.EqualFold(s.Name[strings.LastIndexByte(s.Name, ':')+1:], "action") {
			out = append(out, s)
		}
	}
	return out
}

func (o *Operator) newOID() string {
	var u [16]byte
	if _, err := o.Rand.Read(u[:]); err != nil {
		panic("no randomness: " + err.Error())
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return oid.FromUUID(u)
}

// isCDA tells whether a file of an archive is to be read as a clinical document.
func isCDA(d *xdm.Document) bool {
	mime, _, _ := strings.Cut(strings.ToLower(d.Entry.MimeType), ";")
	switch strings.TrimSpace(mime) {
	case "text/xml", "application/xml", "application/hl7-cda+xml", "application/hl7-v3+xml", "":
		return true
	}
	return false
}

func unread(err error) *finding.Refusal {
	var x *xmltree.Error
	if errors.As(err, &x) {
		return x.Refusal()
	}
	if r := finding.As(err); r != nil {
		return r
	}
	return ErrFileNotCDA.With(err)
}

// temporary tells a fault of this house from a refusal.
func temporary(r *finding.Refusal) bool {
	return r.Kind == finding.Busy || r.Kind == finding.Unavailable || r.Kind == finding.Internal
}

// integrationCodes gives the code of each refusal that has one of its own.
var integrationCodes = map[string]string{
	ErrFileNoINS.ID: codeNoINS, ErrFileIncomplete.ID: codeIncomplete, "XDM-SANS-PATIENT": codeNoINS,
	ErrFileCompare.ID: codeOther, "CDA-AUTRE-PATIENT": codeOther, "XDM-PATIENTS": codeOther, ins.ErrKey.ID: codeOther,
	ins.ErrUnknown.ID: codeUnknown, ErrFileNotHere.ID: codeVersion,
	dmp.ErrDeprecated.ID: codeVersion, dmp.ErrUnresolved.ID: codeVersion, dmp.ErrNonIdentical.ID: codeVersion,
	acces.RefusProfil: codeAuthor, acces.RefusBloque: codeAuthor, ErrNoHolder.ID: codeAuthor,
}

// integrationCode gives the code of a refusal, as the sender is told.
func integrationCode(id string) string {
	if c := integrationCodes[id]; c != "" {
		return c
	}
	return codeElse
}

// stamp rounds a time for what is kept of it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
