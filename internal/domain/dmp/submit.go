package dmp

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Receipt is what a successful deposit gives back.
type Receipt struct {
	Person   ins.PersonID
	SetUUID  string
	Entries  []*xds.DocumentEntry // as kept
	Findings []finding.Finding    // remarks about the documents that did not refuse them
	Repeated bool                 // every document was already there, byte for byte: nothing was written
}

// Submit deposits documents (ITI-41). The whole set is kept, or nothing is.
// Refusals are *finding.Refusal whose Code is an XDS error code.
// spec: DMP 1.3
func (d *DMP) Submit(ctx context.Context, c Caller, sub *xds.Submission, docs []Document) (*Receipt, error) {
	if r := finding.As(validate(sub, docs)); r != nil {
		return nil, d.refused(ctx, c, "", journal.Submit, firstUniqueID(sub), r)
	}
	id, err := insid.ParseCX(sub.Set.PatientID)
	if err != nil {
		r := ins.ErrUnknown.At("XDSSubmissionSet.patientId")
		if e := finding.As(d.Mode.Admit(cxOf(sub.Set.PatientID))); e != nil {
			r = e
		}
		return nil, d.refused(ctx, c, "", journal.Submit, firstUniqueID(sub), r)
	}
	if !c.Resource.IsZero() && c.Resource != id {
		return nil, d.refused(ctx, c, "", journal.Submit, firstUniqueID(sub), ErrOtherResource.At("XDSSubmissionSet.patientId"))
	}
	var person *ins.Person
	err = d.look(ctx, func(r Reader) error {
		person, err = d.person(r, id)
		return err
	})
	if r := finding.As(err); r != nil {
		return nil, d.refused(ctx, c, idOf(person), journal.Submit, firstUniqueID(sub), r)
	}
	if err != nil {
		return nil, d.storeError(err)
	}
	findings, digests, err := d.examine(sub, docs, id)
	if r := finding.As(err); r != nil {
		return nil, d.refused(ctx, c, person.ID, journal.Submit, firstUniqueID(sub), r)
	}
	if err != nil {
		return nil, d.storeError(err)
	}
	receipt := &Receipt{Person: person.ID, Findings: findings}
	ready := d.assign(sub, docs)
	receipt.SetUUID = ready.Set.EntryUUID
	for i := range ready.Entries {
		receipt.Entries = append(receipt.Entries, &ready.Entries[i])
	}
	unit := Unit{Bodies: bodies(person.ID, ready, docs, digests)}
	unit.Do = func(tx Tx) error { return d.deposit(tx, c, person.ID, ready, unit.Bodies) }
	// A look before queueing spares the segment the bytes of a deposit that will be refused.
	err = d.look(ctx, func(r Reader) error { return d.depositable(r, c, person.ID, ready, unit.Bodies) })
	if err == nil {
		err = d.commit(ctx, unit)
	}
	if errors.Is(err, errRepeated) {
		return d.repeated(ctx, receipt)
	}
	if r := finding.As(err); r != nil {
		return nil, d.refused(ctx, c, person.ID, journal.Submit, firstUniqueID(sub), r)
	}
	if err != nil {
		return nil, d.storeError(err)
	}
	return receipt, nil
}

// cxOf reads the matricule and OID of a CX without judging them.
func cxOf(cx string) insid.INS {
	v, authority := xds.PatientKey(cx)
	return insid.INS{Matricule: insid.Matricule(v), OID: authority}
}

// firstUniqueID names a submission in the journal; what is no identifier does not enter it.
func firstUniqueID(sub *xds.Submission) string {
	if len(sub.Entries) == 0 || !validUniqueID(sub.Entries[0].UniqueID) {
		return ""
	}
	return sub.Entries[0].UniqueID
}

// errRepeated says that the same bytes are already there under the same identity.
var errRepeated = errors.New("already deposited")

// repeated gives the entries kept by the first deposit.
func (d *DMP) repeated(ctx context.Context, r *Receipt) (*Receipt, error) {
	r.Repeated = true
	err := d.look(ctx, func(rd Reader) error {
		all, err := rd.Entries(r.Person)
		for i, e := range r.Entries {
			for _, kept := range all {
				if kept.UniqueID == e.UniqueID {
					r.Entries[i] = kept
				}
			}
		}
		return err
	})
	return r, d.storeError(err)
}

// assign gives the objects their real ids and what the registry sets, on a copy.
// spec: DMP 1.3
func (d *DMP) assign(sub *xds.Submission, docs []Document) *xds.Submission {
	out := &xds.Submission{Set: sub.Set}
	out.Entries = append(out.Entries, sub.Entries...)
	out.Associations = append(out.Associations, sub.Associations...)
	ids := map[string]string{}
	real := func(id string) string {
		if strings.HasPrefix(id, "urn:uuid:") {
			return id
		}
		if ids[id] == "" {
			ids[id] = newUUID()
		}
		return ids[id]
	}
	out.Set.EntryUUID, out.Set.Status = real(out.Set.EntryUUID), xds.Approved
	for i := range out.Entries {
		e := &out.Entries[i]
		for _, doc := range docs {
			if doc.EntryID == e.EntryUUID {
				e.Hash, e.Size = hex.EncodeToString(doc.SHA1[:]), int64(len(doc.Bytes))
			}
		}
		e.EntryUUID = real(e.EntryUUID)
		e.LogicalID, e.Version, e.Status, e.RepositoryID = e.EntryUUID, 1, xds.Approved, d.RepositoryID
	}
	member := map[string]bool{}
	for i := range out.Associations {
		a := &out.Associations[i]
		if a.EntryUUID == "" || !strings.HasPrefix(a.EntryUUID, "urn:uuid:") {
			a.EntryUUID = newUUID()
		}
		a.Source, a.Target = known(ids, a.Source), known(ids, a.Target)
		a.Status = xds.Approved
		if a.Type == xds.HasMember && a.Source == out.Set.EntryUUID {
			member[a.Target] = true
		}
	}
	// Every document belongs to its set, also when the client forgot to say so.
	for _, e := range out.Entries {
		if !member[e.EntryUUID] {
			out.Associations = append(out.Associations, xds.Association{EntryUUID: newUUID(), Type: xds.HasMember,
				Source: out.Set.EntryUUID, Target: e.EntryUUID, Status: xds.Approved, SetStatus: "Original"})
		}
	}
	return out
}

func known(ids map[string]string, id string) string {
	if v := ids[id]; v != "" {
		return v
	}
	return id
}

func bodies(person ins.PersonID, sub *xds.Submission, docs []Document, digests [][]byte) []Body {
	out := make([]Body, len(sub.Entries))
	for i := range sub.Entries {
		for j := range docs {
			if hex.EncodeToString(docs[j].SHA1[:]) == sub.Entries[i].Hash {
				out[i] = Body{Person: person, UniqueID: sub.Entries[i].UniqueID, Bytes: docs[j].Bytes,
					SHA1: docs[j].SHA1, SHA256: docs[j].SHA256, Digest: digests[i]}
			}
		}
	}
	return out
}

// depositable checks everything a deposit depends on. It runs before queueing and again in the
// commit, where nobody else writes.
func (d *DMP) depositable(r Reader, c Caller, person ins.PersonID, sub *xds.Submission, bodies []Body) error {
	dossier, err := d.dossier(r, person, c)
	if err != nil {
		return err
	}
	action := acces.Alimenter
	if row := c.RowOf(false); row == acces.CPE {
		action = acces.AlimenterSecretaire
	}
	if dec := acces.Decide(c.Actor, action, dossier, nil); !dec.Allowed {
		r := dec.Refusal()
		r.Code = "XDSRepositoryError"
		if dec.Reason == acces.RefusDossierFerme || dec.Reason == acces.RefusPasDeDossier {
			r.Code = "XDSUnknownPatientId"
		}
		return r
	}
	same := 0
	for i := range bodies {
		info, err := r.BodyInfo(bodies[i].UniqueID)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if info.SHA256 != bodies[i].SHA256 || info.Person != person {
			return ErrNonIdentical.At("XDSDocumentEntry.uniqueId=" + bodies[i].UniqueID)
		}
		same++
	}
	if len(bodies) > 0 && same == len(bodies) {
		return errRepeated
	}
	if same > 0 {
		return ErrDuplicate.At("XDSDocumentEntry.uniqueId")
	}
	if _, err := r.OwnerOfSet(sub.Set.UniqueID); err == nil {
		return ErrDuplicate.At("XDSSubmissionSet.uniqueId=" + sub.Set.UniqueID)
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	for _, id := range append([]string{sub.Set.EntryUUID}, entryIDs(sub)...) {
		if _, err := r.OwnerOfUUID(id); err == nil {
			return ErrKnownUUID.At(id)
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return d.linkable(r, person, sub)
}

func entryIDs(sub *xds.Submission) []string {
	out := make([]string, len(sub.Entries))
	for i := range sub.Entries {
		out[i] = sub.Entries[i].EntryUUID
	}
	return out
}

// linkable checks the associations of a submission against what is kept.
// spec: DMP 1.3 (RPLC)
func (d *DMP) linkable(r Reader, person ins.PersonID, sub *xds.Submission) error {
	inside, entries := map[string]bool{sub.Set.EntryUUID: true}, map[string]bool{}
	for _, id := range entryIDs(sub) {
		inside[id], entries[id] = true, true
	}
	for _, a := range sub.Associations {
		switch a.Type {
		case xds.HasMember, xds.RPLC, xds.APND, xds.XFRM, xds.XFRMRPLC, xds.Signs:
		default:
			return wrong("Association/@associationType", "«%s» n'a pas sa place dans ITI-41.", "%q has no place in ITI-41.", string(a.Type))
		}
		if !inside[a.Source] {
			return ErrUnresolved.At("sourceObject=" + a.Source)
		}
		// A set holds, a document replaces: a set that «replaced» a document would only take it away.
		if a.Type == xds.HasMember && a.Source != sub.Set.EntryUUID || a.Type != xds.HasMember && !entries[a.Source] {
			return wrong("Association/@sourceObject", "«%s» ne peut être la source de cette association.", "%q cannot be the source of this association.", a.Source)
		}
		if a.Type.Replaces() && inside[a.Target] {
			return ErrUnresolved.At("targetObject=" + a.Target) // only what is kept can be replaced
		}
		if inside[a.Target] {
			continue
		}
		e, err := r.Entry(person, a.Target)
		if errors.Is(err, ErrNotFound) {
			return ErrUnresolved.At("targetObject=" + a.Target)
		}
		if err != nil {
			return err
		}
		if a.Type != xds.HasMember && e.Status != xds.Approved {
			return ErrDeprecated.At("targetObject=" + a.Target)
		}
	}
	return nil
}

// deposit writes a set: entries, set, links, the journal and the events.
func (d *DMP) deposit(tx Tx, c Caller, person ins.PersonID, sub *xds.Submission, bodies []Body) error {
	if err := d.depositable(tx, c, person, sub, bodies); err != nil {
		return err
	}
	now := d.Now()
	replaced := map[string]string{}
	for i := range sub.Associations {
		a := &sub.Associations[i]
		if a.Type.Replaces() {
			if err := d.deprecate(tx, person, a.Target); err != nil {
				return err
			}
			replaced[a.Source] = a.Target
		}
		if err := tx.PutAssociation(person, a); err != nil {
			return err
		}
	}
	if err := tx.PutSet(person, &sub.Set); err != nil {
		return err
	}
	told := false
	for i := range sub.Entries {
		e := &sub.Entries[i]
		if err := tx.PutEntry(person, e); err != nil {
			return err
		}
		if isSignature(e) {
			continue
		}
		told = true
		do, kind := journal.Submit, evenement.DocumentDeposited
		if replaced[e.EntryUUID] != "" {
			do, kind = journal.Replace, evenement.DocumentReplaced
		}
		if err := tx.Leaf(c.record(now, person, do, e.UniqueID, e.Title)); err != nil {
			return err
		}
		if err := tx.Event(evenement.Event{Time: now, Kind: kind, Person: string(person), UniqueID: e.UniqueID, Actor: c.ID}); err != nil {
			return err
		}
	}
	if told {
		return nil
	}
	return tx.Leaf(c.record(now, person, journal.Submit, "", sub.Set.Title)) // links alone change the record too
}

// deprecate supersedes an entry and what was appended to or transformed from it.
// spec: DMP 1.3 (RPLC)
func (d *DMP) deprecate(tx Tx, person ins.PersonID, entryUUID string) error {
	if err := tx.SetStatus(person, entryUUID, xds.Deprecated); err != nil {
		return err
	}
	links, err := tx.Associations(person)
	if err != nil {
		return err
	}
	for _, a := range links {
		if a.Target != entryUUID || a.Type != xds.APND && a.Type != xds.XFRM {
			continue
		}
		if err := tx.SetStatus(person, a.Source, xds.Deprecated); err != nil {
			return err
		}
	}
	return nil
}

// Refusals of deposits.
var (
	ErrOtherResource = &finding.Refusal{ID: "VIHF-RESOURCE", Kind: finding.Unauthenticated, Code: "XDSRepositoryError", Rule: "DMP 3.4 n° 8",
		Message: finding.T("Le patient du VIHF n'est pas celui de la demande.", "The patient of the VIHF is not that of the request."),
		Fix:     finding.T("Émettez un VIHF dont resource-id est le patient de la demande.", "Issue a VIHF whose resource-id is the patient of the request.")}
	ErrNonIdentical = &finding.Refusal{ID: "XDS-UNIQUEID-AUTRES-OCTETS", Kind: finding.Conflict, Code: "XDSNonIdenticalHash", Rule: "DMP 1.3, NIST 12004",
		Message: finding.T("Ce uniqueId désigne déjà d'autres octets.", "This uniqueId already names other bytes."),
		Fix: finding.T("Donnez un identifiant neuf à chaque version (ClinicalDocument/id) et liez-la à l'ancienne par RPLC.",
			"Give each version a new identifier (ClinicalDocument/id) and link it to the old one by RPLC.")}
	ErrDuplicate = &finding.Refusal{ID: "XDS-UNIQUEID-CONNU", Kind: finding.Conflict, Code: "XDSDuplicateUniqueIdInRegistry", Rule: "DMP 1.3",
		Message: finding.T("Cet identifiant est déjà utilisé.", "This identifier is already used."),
		Fix:     finding.T("Donnez un identifiant neuf à chaque lot et à chaque document.", "Give a new identifier to each set and each document.")}
	ErrKnownUUID = &finding.Refusal{ID: "XDS-UUID-CONNU", Kind: finding.Conflict, Code: "XDSRegistryError", Rule: "DMP 1.3, NIST 15806",
		Message: finding.T("Cet entryUUID est déjà utilisé.", "This entryUUID is already used."),
		Fix:     finding.T("Utilisez un identifiant symbolique ou un UUID neuf.", "Use a symbolic id or a new UUID.")}
	ErrUnresolved = &finding.Refusal{ID: "XDS-REFERENCE", Kind: finding.Invalid, Code: "UnresolvedReferenceException", Rule: "DMP 1.3",
		Message: finding.T("Une association désigne un objet inconnu dans ce dossier.", "An association names an object unknown in this record."),
		Fix:     finding.T("Désignez l'objet par son entryUUID, tel que le registre l'a donné.", "Name the object by its entryUUID, as the registry gave it.")}
	ErrDeprecated = &finding.Refusal{ID: "XDS-CIBLE-PERIMEE", Kind: finding.Conflict, Code: "XDSRegistryDeprecatedDocumentError", Rule: "DMP 1.3, NIST 11993",
		Message: finding.T("Le document visé n'est plus la version en vigueur.", "The target document is no longer the version in force."),
		Fix:     finding.T("Visez la version en vigueur (Approved) du document.", "Target the version in force (Approved) of the document.")}
)
