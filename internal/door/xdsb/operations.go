package xdsb

import (
	"context"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// isFault tells the refusals that travel as SOAP faults: authentication, the form of the message
// (an attachment that cannot be decoded is found late) and our own failures. Everything else is a
// RegistryResponse with HTTP 200.
// spec: DMP 1.1
func isFault(r *finding.Refusal) bool {
	return r == nil || r.Kind == finding.Unauthenticated || r.Kind == finding.Busy || strings.HasPrefix(r.ID, "SOAP-")
}

// provide serves ITI-41.
func (d *Door) provide(ctx context.Context, c dmp.Caller, env *soap.Envelope) (reply, error) {
	rep := reply{action: actProvideResponse, outcome: "ok"}
	receipt, err := d.submit(ctx, c, env)
	if err != nil {
		r := finding.As(err)
		if isFault(r) {
			return rep, err
		}
		rep.outcome = r.ID
		rep.body = ebxml.AppendRegistryResponse(nil, ebxml.StatusFailure, []ebxml.RegistryError{ebxml.ErrorOf(r)})
		return rep, nil
	}
	rep.body = ebxml.AppendRegistryResponse(nil, ebxml.StatusSuccess, warnings(receipt.Findings))
	return rep, nil
}

// maxWarnings bounds the remarks of one answer.
const maxWarnings = 100

// warnings gives the findings of accepted documents as warnings of the response.
func warnings(found []finding.Finding) []ebxml.RegistryError {
	var out []ebxml.RegistryError
	for _, f := range found {
		if f.Severity == finding.Info || len(out) == maxWarnings {
			continue
		}
		out = append(out, ebxml.RegistryError{Code: "DocumentContentWarning", Warning: true, Location: f.Place.Words(),
			Context: "#" + f.ID + " " + f.Message.FR + " — " + f.Fix.FR + " | " + f.Message.EN + " " + f.Fix.EN})
	}
	return out
}

func (d *Door) submit(ctx context.Context, c dmp.Caller, env *soap.Envelope) (*dmp.Receipt, error) {
	sub, err := ebxml.ReadSubmission(env.Body)
	if err != nil {
		return nil, err
	}
	var docs []dmp.Document
	for n := range env.Body.Children(ebxml.NSXDSB, "Document") {
		b, err := env.Binary(n)
		if err != nil {
			return nil, err
		}
		docs = append(docs, hashed(n.Attr("id"), b))
	}
	return d.DMP.Submit(ctx, c, sub, docs)
}

// entrySize is the room one entry takes in an answer, more often than not.
const entrySize = 9 << 10

// query serves ITI-18.
func (d *Door) query(ctx context.Context, c dmp.Caller, env *soap.Envelope) (reply, error) {
	rep := reply{action: actQueryResponse, outcome: "ok"}
	fail := func(err error) (reply, error) {
		r := finding.As(err)
		if isFault(r) {
			return rep, err
		}
		rep.outcome = r.ID
		rep.body = ebxml.AppendQueryResponse(nil, ebxml.StatusFailure, []ebxml.RegistryError{ebxml.ErrorOf(r)}, ebxml.Objects{}, 0, 0)
		return rep, nil
	}
	q, err := ebxml.ReadQuery(env.Body)
	if err != nil {
		return fail(err)
	}
	a, err := d.DMP.Query(ctx, c, q)
	if err != nil {
		return fail(err)
	}
	o := ebxml.Objects{Entries: a.Entries, Sets: a.Sets, Associations: a.Associations}
	if !q.ReturnLeaf {
		o = references(o)
	}
	// An unknown parameter is ignored, as IHE asks, and said in a warning.
	var errs []ebxml.RegistryError
	for _, name := range a.Unknown {
		errs = append(errs, ebxml.RegistryError{Code: "XDSRegistryError", Warning: true, Location: name,
			Context: "Paramètre inconnu, ignoré : " + name + " | Unknown parameter, ignored: " + name})
	}
	total := len(o.Entries) + len(o.Sets) + len(o.Refs)
	rep.body = ebxml.AppendQueryResponse(make([]byte, 0, 4096+entrySize*len(o.Entries)), ebxml.StatusSuccess, errs, o, 0, total)
	return rep, nil
}

func references(o ebxml.Objects) ebxml.Objects {
	var ids []string
	for _, e := range o.Entries {
		ids = append(ids, e.EntryUUID)
	}
	for _, s := range o.Sets {
		ids = append(ids, s.EntryUUID)
	}
	for _, a := range o.Associations {
		ids = append(ids, a.EntryUUID)
	}
	return ebxml.Objects{Refs: ids}
}

// retrieve serves ITI-43; the answer is always multipart, errors included.
// spec: DMP 1.1
func (d *Door) retrieve(ctx context.Context, c dmp.Caller, env *soap.Envelope) (reply, error) {
	rep := reply{action: actRetrieveResponse, mtom: true, outcome: "ok"}
	asked, err := ebxml.ReadRetrieve(env.Body)
	if err != nil {
		r := finding.As(err)
		if isFault(r) {
			return rep, err
		}
		rep.outcome = r.ID
		rep.body = ebxml.AppendRetrieveResponse(nil, ebxml.StatusFailure, []ebxml.RegistryError{ebxml.ErrorOf(r)}, nil)
		return rep, nil
	}
	var errs []ebxml.RegistryError
	var ids []string
	for _, a := range asked {
		if a.Repository != d.DMP.RepositoryID {
			errs = append(errs, ebxml.ErrorOf(errRepository.At(a.Repository)))
			rep.outcome = errRepository.ID
			continue
		}
		ids = append(ids, a.UniqueID)
	}
	items, err := d.DMP.Read(ctx, c, ids)
	if err != nil {
		return rep, err
	}
	var docs []ebxml.Retrieved
	for i, it := range items {
		if r := finding.As(it.Err); r != nil {
			errs = append(errs, ebxml.ErrorOf(r))
			rep.outcome = r.ID
			continue
		}
		cid := "document" + strconv.Itoa(i+1) + "@socle"
		docs = append(docs, ebxml.Retrieved{Home: it.Entry.Home, Repository: it.Entry.RepositoryID, UniqueID: it.UniqueID, MimeType: it.Entry.MimeType, CID: cid})
		rep.parts = append(rep.parts, soap.Attachment{ID: cid, ContentType: it.Entry.MimeType, Data: it.Bytes})
	}
	status := ebxml.StatusSuccess
	switch {
	case len(errs) > 0 && len(docs) > 0:
		status = ebxml.StatusPartial
	case len(errs) > 0:
		status = ebxml.StatusFailure
	}
	rep.body = ebxml.AppendRetrieveResponse(nil, status, errs, docs)
	return rep, nil
}

var errRepository = &finding.Refusal{ID: "XDS-ENTREPOT-INCONNU", Kind: finding.NotFound, Code: "XDSUnknownRepositoryId", Rule: "DMP 1.6",
	Message: finding.T("Cet entrepôt n'est pas celui-ci.", "This is not that repository."),
	Fix:     finding.T("Prenez repositoryUniqueId dans la fiche du document.", "Take repositoryUniqueId from the document entry.")}
