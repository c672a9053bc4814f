package dmp

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Answer is the result of a stored query: objects the caller may know of.
type Answer struct {
	Entries      []*xds.DocumentEntry
	Sets         []*xds.SubmissionSet
	Associations []*xds.Association
	Unknown      []string // parameters that were ignored, as IHE asks
}

func queryError(code, where string, m, fix finding.Text) *finding.Refusal {
	return &finding.Refusal{ID: "XDS-REQUETE", Kind: finding.Invalid, Code: code, Where: where, Rule: "DMP 1.5, IHE ITI TF-2 3.18", Message: m, Fix: fix}
}

// parameter tables: what each query takes; the first ones marked ! are required.
// spec: DMP 1.5
var parameters = map[xds.QueryID][]string{
	xds.FindDocuments: {"!$XDSDocumentEntryPatientId", "!$XDSDocumentEntryStatus", "$XDSDocumentEntryType", "$XDSDocumentEntryClassCode",
		"$XDSDocumentEntryTypeCode", "$XDSDocumentEntryPracticeSettingCode", "$XDSDocumentEntryHealthcareFacilityTypeCode",
		"$XDSDocumentEntryEventCodeList", "$XDSDocumentEntryConfidentialityCode", "$XDSDocumentEntryFormatCode",
		"$XDSDocumentEntryAuthorPerson", "$XDSDocumentEntryAuthorInstitution", "$XDSDocumentEntryTitle", "$XDSDocumentEntryReferenceIdList",
		"$XDSDocumentEntryDocumentAvailability", "$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId", "$XDSDocumentEntryLogicalID",
		"$XDSDocumentEntryCreationTimeFrom", "$XDSDocumentEntryCreationTimeTo", "$XDSDocumentEntryServiceStartTimeFrom",
		"$XDSDocumentEntryServiceStartTimeTo", "$XDSDocumentEntryServiceStopTimeFrom", "$XDSDocumentEntryServiceStopTimeTo", "$MetadataLevel"},
	xds.FindSubmissionSets: {"!$XDSSubmissionSetPatientId", "!$XDSSubmissionSetStatus", "$XDSSubmissionSetSourceId",
		"$XDSSubmissionSetSubmissionTimeFrom", "$XDSSubmissionSetSubmissionTimeTo", "$XDSSubmissionSetAuthorPerson", "$XDSSubmissionSetContentType"},
	xds.GetDocuments:    {"$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId", "$XDSDocumentEntryLogicalID", "$homeCommunityId", "$MetadataLevel"},
	xds.GetAssociations: {"!$uuid", "$homeCommunityId", "$XDSAssociationStatus", "$MetadataLevel"},
	xds.GetDocumentsAndAssociations: {"$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId", "$homeCommunityId",
		"$XDSAssociationStatus", "$MetadataLevel"},
	xds.GetSubmissionSets: {"!$uuid", "$homeCommunityId", "$MetadataLevel"},
	xds.GetSubmissionSetAndContents: {"$XDSSubmissionSetEntryUUID", "$XDSSubmissionSetUniqueId", "$XDSDocumentEntryFormatCode",
		"$XDSDocumentEntryConfidentialityCode", "$XDSDocumentEntryType", "$homeCommunityId", "$MetadataLevel"},
	xds.GetRelatedDocuments: {"$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId", "!$AssociationTypes", "$XDSDocumentEntryType",
		"$homeCommunityId", "$XDSAssociationStatus", "$MetadataLevel"},
}

// checkParameters refuses what is missing or repeated and names what is ignored.
func checkParameters(q *xds.Query) (unknown []string, err error) {
	allowed, ok := parameters[q.ID]
	if !ok {
		return nil, queryError("XDSUnknownStoredQuery", string(q.ID),
			finding.Tf("La requête %s n'est pas connue ici.", "Query %s is not known here.", string(q.ID)),
			finding.T("Requêtes servies : FindDocuments, FindSubmissionSets, GetDocuments, GetAssociations, GetDocumentsAndAssociations, GetSubmissionSets, GetSubmissionSetAndContents, GetRelatedDocuments.",
				"Queries served: FindDocuments, FindSubmissionSets, GetDocuments, GetAssociations, GetDocumentsAndAssociations, GetSubmissionSets, GetSubmissionSetAndContents, GetRelatedDocuments."))
	}
	if name := q.Duplicated(); name != "" {
		return nil, queryError("XDSStoredQueryParamNumber", name, finding.Tf("Le paramètre %s est répété.", "Parameter %s is repeated.", name),
			finding.T("Seuls EventCodeList, ConfidentialityCode et ReferenceIdList se répètent (ET).", "Only EventCodeList, ConfidentialityCode and ReferenceIdList may be repeated (AND)."))
	}
	known := map[string]bool{}
	for _, p := range allowed {
		name := strings.TrimPrefix(p, "!")
		known[name] = true
		if p[0] == '!' && len(q.Values(name)) == 0 {
			return nil, queryError("XDSStoredQueryMissingParam", name, finding.Tf("Le paramètre %s manque.", "Parameter %s is missing.", name), finding.T("Ajoutez-le.", "Add it."))
		}
	}
	for _, s := range q.Slots {
		if !known[s.Name] {
			unknown = append(unknown, s.Name)
		}
		if strings.HasSuffix(s.Name, "Code") || strings.HasSuffix(s.Name, "CodeList") || strings.HasSuffix(s.Name, "ContentType") {
			for _, v := range s.Values {
				if !strings.Contains(v, "^^") {
					return nil, queryError("XDSRegistryError", s.Name, finding.Tf("Le code «%s» n'a pas de système.", "Code %q has no system.", v),
						finding.T("Écrivez 'code^^OID du système'.", "Write 'code^^system OID'."))
				}
			}
		}
	}
	return unknown, nil
}

// Query answers ITI-18. What the caller may not know of leaves no trace in the answer.
func (d *DMP) Query(ctx context.Context, c Caller, q *xds.Query) (*Answer, error) {
	unknown, err := checkParameters(q)
	if r := finding.As(err); r != nil {
		return nil, d.refused(ctx, c, "", journal.Search, "", r)
	}
	a := &Answer{}
	var leaf journal.Record
	var refusal *finding.Refusal
	err = d.look(ctx, func(r Reader) error {
		person, err := d.personOfQuery(r, c, q)
		if err != nil {
			return err
		}
		if person == "" {
			return nil // an identifier nobody carries, or nobody the caller may know of: an empty answer
		}
		v, err := d.view(r, c, person, !patientQuery(q.ID), q.ID != xds.FindDocuments)
		leaf = c.record(d.Now(), person, journal.Search, "", "")
		leaf.Detail = string(q.ID)
		if refusal = finding.As(err); refusal != nil {
			leaf.Outcome, leaf.Reason = journal.Denied, refusal.ID
			return nil
		}
		if err != nil {
			return err
		}
		leaf.Reason = v.reason
		a, err = v.answer(q)
		return err
	})
	if r := finding.As(err); r != nil {
		return nil, d.refused(ctx, c, "", journal.Search, "", r)
	}
	if err != nil {
		return nil, d.storeError(err)
	}
	if leaf.Action != "" {
		if err := d.commit(ctx, Unit{Do: func(tx Tx) error { return tx.Leaf(leaf) }}); err != nil {
			return nil, d.storeError(err)
		}
	}
	if refusal != nil {
		return nil, refusal
	}
	a.Unknown = unknown
	return a, nil
}

func patientQuery(id xds.QueryID) bool {
	return id == xds.FindDocuments || id == xds.FindSubmissionSets
}

// personOfQuery finds whose record a query is about.
func (d *DMP) personOfQuery(r Reader, c Caller, q *xds.Query) (ins.PersonID, error) {
	if patientQuery(q.ID) {
		cx := q.Value("$XDSDocumentEntryPatientId") + q.Value("$XDSSubmissionSetPatientId")
		id, err := insid.ParseCX(cx)
		if err != nil {
			if e := d.Mode.Admit(cxOf(cx)); e != nil {
				return "", e
			}
			return "", ins.ErrUnknown
		}
		if !c.Resource.IsZero() && c.Resource != id {
			return "", ErrOtherResource.At("patientId")
		}
		if c.Citizen {
			return own(r, c, id)
		}
		p, err := d.person(r, id)
		if err != nil {
			return "", err
		}
		return p.ID, nil
	}
	owner, err := ownerOfReference(r, q, !c.Resource.IsZero())
	if err != nil || c.Resource.IsZero() {
		return owner, err
	}
	// The assertion names the person. The decision is about their record whatever the identifier,
	// so that a refusal does not tell a document of theirs from one that never existed.
	p, err := r.PersonByINS(c.Resource)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return p.ID, nil
}

// own gives a citizen their own record; any other INS is refused, known here or not.
func own(r Reader, c Caller, id insid.INS) (ins.PersonID, error) {
	p, err := r.Person(ins.PersonID(c.ID))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", err
	}
	if err != nil || p.INS != id {
		return "", acces.Decision{Reason: acces.RefusPasVotreDossier}.Refusal()
	}
	return p.ID, nil
}

// ownerOfReference resolves the identifiers of a Get query; they must name one kind of id. Two
// owners are refused, unless the caller is named for one person already: a refusal would then say
// that an identifier belongs to somebody else.
func ownerOfReference(r Reader, q *xds.Query, named bool) (ins.PersonID, error) {
	type source struct {
		name string
		find func(string) (ins.PersonID, error)
	}
	var sources []source
	switch q.ID {
	case xds.GetAssociations, xds.GetSubmissionSets:
		sources = []source{{"$uuid", r.OwnerOfUUID}}
	case xds.GetSubmissionSetAndContents:
		sources = []source{{"$XDSSubmissionSetEntryUUID", r.OwnerOfUUID}, {"$XDSSubmissionSetUniqueId", r.OwnerOfSet}}
	default:
		sources = []source{{"$XDSDocumentEntryEntryUUID", r.OwnerOfUUID}, {"$XDSDocumentEntryUniqueId", r.OwnerOfDocument}, {"$XDSDocumentEntryLogicalID", r.OwnerOfUUID}}
	}
	given := 0
	var owner ins.PersonID
	for _, s := range sources {
		vals := q.Values(s.name)
		if len(vals) == 0 {
			continue
		}
		given++
		for _, v := range vals {
			p, err := s.find(v)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return "", err
			}
			if owner != "" && owner != p && q.ReturnLeaf && !named {
				return "", queryError("XDSResultNotSinglePatient", s.name, finding.T("Les identifiants désignent plusieurs personnes.", "The identifiers name several persons."),
					finding.T("Demandez une personne à la fois.", "Ask for one person at a time."))
			}
			owner = p
		}
	}
	if given != 1 {
		return "", queryError("XDSStoredQueryParamNumber", sources[0].name, finding.Tf("Il faut exactement un identifiant ; %d donnés.", "Exactly one kind of identifier is needed; %d given.", given),
			finding.T("Donnez entryUUID ou uniqueId, pas les deux.", "Give entryUUID or uniqueId, not both."))
	}
	return owner, nil
}

// view is one record as one caller may see it.
type view struct {
	entries []*xds.DocumentEntry
	sets    []*xds.SubmissionSet
	links   []*xds.Association
	reason  string
}

// view loads a record and drops everything the caller may not know of: documents, the sets that
// then hold nothing, and every association with a hidden end. Sets and associations are loaded
// when linked is true.
// spec: DMP 2.4
func (d *DMP) view(r Reader, c Caller, person ins.PersonID, byReference, linked bool) (*view, error) {
	dossier, err := d.dossier(r, person, c)
	if err != nil {
		return nil, err
	}
	act := acces.Chercher
	if byReference {
		if dec := acces.Decide(c.Actor, acces.Chercher, dossier, nil); !dec.Allowed {
			act = acces.ChercherReference
		}
	}
	dec := acces.Decide(c.Actor, act, dossier, nil)
	if !dec.Allowed {
		ref := dec.Refusal()
		ref.Code = "XDSRegistryError"
		return nil, ref
	}
	v := &view{reason: dec.Reason}
	all, err := r.Entries(person)
	if err != nil {
		return nil, err
	}
	if linked {
		if v.sets, err = r.Sets(person); err != nil {
			return nil, err
		}
		if v.links, err = r.Associations(person); err != nil {
			return nil, err
		}
	}
	// The latest version decides for all: what was hidden since must not show through an old one.
	open := map[string]bool{}
	for _, e := range newest(all, false) {
		open[e.LogicalID] = listed(c, act, dossier, e, facts(e, c))
	}
	shown := map[string]bool{}
	for _, e := range all {
		if open[e.LogicalID] {
			shown[e.EntryUUID] = true
			v.entries = append(v.entries, e)
		}
	}
	v.prune(shown)
	return v, nil
}

// listed tells whether an entry may appear in a list.
func listed(c Caller, act acces.Action, dossier acces.Dossier, e *xds.DocumentEntry, doc *acces.Document) bool {
	if act == acces.ChercherReference {
		return doc.Own || doc.OwnStructure
	}
	if c.Citizen && (doc.InvisiblePatient || doc.Signature) {
		return false
	}
	if doc.Deleted && !doc.Own {
		return false
	}
	if doc.Masked && !c.Citizen {
		return acces.Decide(c.Actor, acces.LireMasque, dossier, doc).Allowed
	}
	return true
}

// prune keeps the links whose both ends are shown, and the sets that still hold something.
func (v *view) prune(shown map[string]bool) {
	full := map[string]bool{}
	for _, a := range v.links {
		if a.Type == xds.HasMember && shown[a.Target] {
			full[a.Source] = true
		}
	}
	v.sets = slices.DeleteFunc(v.sets, func(s *xds.SubmissionSet) bool { return !full[s.EntryUUID] })
	for _, s := range v.sets {
		shown[s.EntryUUID] = true
	}
	v.links = slices.DeleteFunc(v.links, func(a *xds.Association) bool { return !shown[a.Source] || !shown[a.Target] })
}

// Find answers a FHIR search (ITI-67) with the same rules as FindDocuments: q holds the slots,
// person is found by INS. It is one search in the journal.
func (d *DMP) Find(ctx context.Context, c Caller, id insid.INS, q *xds.Query) ([]*xds.DocumentEntry, error) {
	q.ID, q.ReturnLeaf = xds.FindDocuments, true
	q.Slots = append(q.Slots, xds.Slot{Name: "$XDSDocumentEntryPatientId", Values: []string{id.CX()}})
	a, err := d.Query(ctx, c, q)
	if err != nil {
		return nil, err
	}
	return a.Entries, nil
}

// StillVisible keeps, of a list given earlier, what the caller may still know of: the next page of
// a search is decided anew, as it stood, and is not another search in the journal.
func (d *DMP) StillVisible(ctx context.Context, c Caller, list []*xds.DocumentEntry) ([]*xds.DocumentEntry, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var out []*xds.DocumentEntry
	err := d.look(ctx, func(r Reader) error {
		owner, err := r.OwnerOfUUID(list[0].EntryUUID)
		if err != nil {
			return err
		}
		v, err := d.view(r, c, owner, false, false)
		if err != nil {
			return err
		}
		shown := map[string]bool{}
		for _, e := range v.entries {
			shown[e.LogicalID] = true
		}
		for _, e := range list {
			if shown[e.LogicalID] {
				out = append(out, e)
			}
		}
		return nil
	})
	return out, d.storeError(err)
}

// Consult gives the metadata of one document, as Entry, and writes the look down.
func (d *DMP) Consult(ctx context.Context, c Caller, entryUUID string) (*xds.DocumentEntry, error) {
	e, owner, err := d.entry(ctx, c, entryUUID)
	if errors.Is(err, ErrNoDocument) && owner != "" && !c.Citizen {
		return nil, d.refused(ctx, c, owner, journal.Search, "", ErrNoDocument)
	}
	if err != nil {
		return nil, err
	}
	rec := c.record(d.Now(), owner, journal.Search, e.UniqueID, e.Title)
	return e, d.storeError(d.commit(ctx, Unit{Do: func(tx Tx) error { return tx.Leaf(rec) }}))
}

// Entry gives the current version of the entry that carries an entryUUID, in any version, if the
// caller may know of it. It is a step towards reading or changing the document, which write
// themselves down.
func (d *DMP) Entry(ctx context.Context, c Caller, entryUUID string) (*xds.DocumentEntry, error) {
	e, _, err := d.entry(ctx, c, entryUUID)
	return e, err
}

func (d *DMP) entry(ctx context.Context, c Caller, entryUUID string) (*xds.DocumentEntry, ins.PersonID, error) {
	var out *xds.DocumentEntry
	var owner ins.PersonID
	err := d.look(ctx, func(r Reader) error {
		var err error
		owner, err = r.OwnerOfUUID(entryUUID)
		if errors.Is(err, ErrNotFound) || err == nil && c.Citizen && c.ID != string(owner) {
			return ErrNoDocument
		}
		if err != nil {
			return err
		}
		v, err := d.view(r, c, owner, true, false)
		if finding.As(err) != nil {
			return ErrNoDocument
		}
		if err != nil {
			return err
		}
		lid := ""
		for _, e := range v.entries {
			if e.EntryUUID == entryUUID {
				lid = e.LogicalID
			}
		}
		for _, e := range newest(v.entries, false) {
			if e.LogicalID == lid && lid != "" {
				out = e
			}
		}
		if out == nil {
			return ErrNoDocument
		}
		return nil
	})
	return out, owner, d.storeError(err)
}
