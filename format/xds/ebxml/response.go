package ebxml

import (
	"strconv"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// RegistryError is one line of a rs:RegistryErrorList.
type RegistryError struct {
	Code     string
	Context  string
	Location string
	Warning  bool
}

// ErrorOf turns a refusal into a line: the context says in both languages what was found,
// where, which rule and how to mend it.
func ErrorOf(r *finding.Refusal) RegistryError {
	code := r.Code
	if code == "" {
		code = "XDSRepositoryError"
	}
	return RegistryError{Code: code, Context: r.Sentence("fr") + " | " + r.Message.EN + " " + r.Fix.EN, Location: r.Where}
}

// AppendErrors writes the error list; nothing when there is none.
func AppendErrors(dst []byte, errs []RegistryError) []byte {
	if len(errs) == 0 {
		return dst
	}
	w := writer{b: dst}
	highest := SeverityWarning
	for _, e := range errs {
		if !e.Warning {
			highest = SeverityError
		}
	}
	w.str(`<rs:RegistryErrorList highestSeverity="` + highest + `">`)
	for _, e := range errs {
		sev := SeverityError
		if e.Warning {
			sev = SeverityWarning
		}
		w.str(`<rs:RegistryError errorCode="`).esc(e.Code).str(`" codeContext="`).esc(e.Context).str(`" severity="` + sev + `"`)
		w.attr("location", e.Location)
		w.str(`/>`)
	}
	w.str(`</rs:RegistryErrorList>`)
	return w.b
}

const respNS = ` xmlns:rs="` + NSRS + `" xmlns:rim="` + NSRIM + `"`

// AppendRegistryResponse writes a rs:RegistryResponse.
func AppendRegistryResponse(dst []byte, status string, errs []RegistryError) []byte {
	dst = append(dst, `<rs:RegistryResponse`+respNS+` status="`+status+`">`...)
	dst = AppendErrors(dst, errs)
	return append(dst, `</rs:RegistryResponse>`...)
}

// AppendQueryResponse writes a query:AdhocQueryResponse. total is the number of results before paging.
func AppendQueryResponse(dst []byte, status string, errs []RegistryError, o Objects, start, total int) []byte {
	dst = append(dst, `<query:AdhocQueryResponse xmlns:query="`+NSQuery+`"`+respNS+` status="`+status+`" startIndex="`...)
	dst = strconv.AppendInt(dst, int64(start), 10)
	dst = append(dst, `" totalResultCount="`...)
	dst = strconv.AppendInt(dst, int64(total), 10)
	dst = append(dst, `">`...)
	dst = AppendErrors(dst, errs)
	dst = append(dst, `<rim:RegistryObjectList>`...)
	dst = AppendObjects(dst, o)
	return append(dst, `</rim:RegistryObjectList></query:AdhocQueryResponse>`...)
}

// DocumentRequest asks for one document in ITI-43.
type DocumentRequest struct{ Home, Repository, UniqueID string }

const maxRetrieve = 200 // documents in one ITI-43: each is held in memory once while answering

// ReadRetrieve reads an xdsb:RetrieveDocumentSetRequest.
func ReadRetrieve(n xmltree.Node) ([]DocumentRequest, error) {
	if !n.Is(NSXDSB, "RetrieveDocumentSetRequest") {
		return nil, errQuery.At(n.XPath()).Saying(finding.T("L'élément xdsb:RetrieveDocumentSetRequest est absent.", "Element xdsb:RetrieveDocumentSetRequest is missing."))
	}
	var out []DocumentRequest
	for r := range n.Children(NSXDSB, "DocumentRequest") {
		d := DocumentRequest{
			Home:       r.Child(NSXDSB, "HomeCommunityId").Trim(),
			Repository: r.Child(NSXDSB, "RepositoryUniqueId").Trim(),
			UniqueID:   r.Child(NSXDSB, "DocumentUniqueId").Trim(),
		}
		if d.Repository == "" || d.UniqueID == "" {
			return nil, errQuery.At(r.XPath()).Saying(finding.T("DocumentRequest demande RepositoryUniqueId et DocumentUniqueId.", "DocumentRequest needs RepositoryUniqueId and DocumentUniqueId."))
		}
		if len(out) == maxRetrieve {
			return nil, errQuery.At(r.XPath()).Saying(finding.Tf("Plus de %d documents demandés à la fois.", "More than %d documents asked at once.", maxRetrieve))
		}
		out = append(out, d)
	}
	if len(out) == 0 {
		return nil, errQuery.At(n.XPath()).Saying(finding.T("Aucun document n'est demandé.", "No document is asked for."))
	}
	return out, nil
}

// Retrieved is one document of an ITI-43 answer; CID names its MIME part.
type Retrieved struct{ Home, Repository, UniqueID, MimeType, CID string }

// AppendRetrieveResponse writes an xdsb:RetrieveDocumentSetResponse whose documents are in MTOM parts.
func AppendRetrieveResponse(dst []byte, status string, errs []RegistryError, docs []Retrieved) []byte {
	w := writer{b: append(dst, `<xdsb:RetrieveDocumentSetResponse xmlns:xdsb="`+NSXDSB+`">`...)}
	w.b = AppendRegistryResponse(w.b, status, errs)
	for _, d := range docs {
		w.str(`<xdsb:DocumentResponse>`)
		if d.Home != "" {
			w.str(`<xdsb:HomeCommunityId>`).esc(d.Home).str(`</xdsb:HomeCommunityId>`)
		}
		w.str(`<xdsb:RepositoryUniqueId>`).esc(d.Repository).str(`</xdsb:RepositoryUniqueId><xdsb:DocumentUniqueId>`).esc(d.UniqueID).
			str(`</xdsb:DocumentUniqueId><xdsb:mimeType>`).esc(d.MimeType).
			str(`</xdsb:mimeType><xdsb:Document><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:`).esc(d.CID).
			str(`"/></xdsb:Document></xdsb:DocumentResponse>`)
	}
	w.str(`</xdsb:RetrieveDocumentSetResponse>`)
	return w.b
}

// ReadResponse reads the status and errors of any registry answer (client side).
func ReadResponse(n xmltree.Node) (status string, errs []RegistryError) {
	r := n
	if !r.Is(NSRS, "RegistryResponse") && !r.Is(NSQuery, "AdhocQueryResponse") {
		r = n.Child(NSRS, "RegistryResponse")
	}
	for e := range r.Child(NSRS, "RegistryErrorList").Children(NSRS, "RegistryError") {
		errs = append(errs, RegistryError{Code: e.Attr("errorCode"), Context: e.Attr("codeContext"), Location: e.Attr("location"),
			Warning: e.Attr("severity") == SeverityWarning})
	}
	return r.Attr("status"), errs
}

// ReadObjects reads the objects of a query answer (client side).
func ReadObjects(n xmltree.Node) (Objects, error) {
	var o Objects
	r := reader{nodes: map[string]string{}}
	for c := range n.Child(NSRIM, "RegistryObjectList").Elements() {
		switch c.Local() {
		case "ExtrinsicObject":
			e, err := readEntry(c)
			if err != nil {
				return o, err
			}
			o.Entries = append(o.Entries, e)
		case "RegistryPackage":
			if r.kindOf(c) == fdNode {
				f, err := readFolder(c)
				if err != nil {
					return o, err
				}
				o.Folders = append(o.Folders, f)
				continue
			}
			s, err := readSet(c)
			if err != nil {
				return o, err
			}
			o.Sets = append(o.Sets, s)
		case "Association":
			a, err := readAssociation(c)
			if err != nil {
				return o, err
			}
			o.Associations = append(o.Associations, a)
		case "ObjectRef":
			o.Refs = append(o.Refs, c.Attr("id"))
		}
	}
	return o, nil
}
