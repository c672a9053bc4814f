package ebxml

import (
	"strconv"

	"github.com/socle-sante/socle/format/xds"
)

// Objects is what a response or a submission lists.
type Objects struct {
	Entries      []*xds.DocumentEntry
	Sets         []*xds.SubmissionSet
	Folders      []*xds.Folder
	Associations []*xds.Association
	Refs         []string // ObjectRef ids, instead of the objects themselves
}

// writer appends ebXML to a byte slice; sub-object ids are numbered within one message.
type writer struct {
	b     []byte
	n     int
	strip bool // a submission: no status, lid nor version
}

// AppendObjects writes the content of a rim:RegistryObjectList; the prefix rim must be bound.
func AppendObjects(dst []byte, o Objects) []byte {
	w := writer{b: dst}
	for _, e := range o.Entries {
		w.entry(e)
	}
	for _, s := range o.Sets {
		w.set(s)
	}
	for _, f := range o.Folders {
		w.folder(f)
	}
	for _, a := range o.Associations {
		w.association(a)
	}
	for _, id := range o.Refs {
		w.str(`<rim:ObjectRef id="`).esc(id).str(`"/>`)
	}
	return w.b
}

// AppendSubmission writes lcm:SubmitObjectsRequest with its namespaces, ready for an ITI-41 body.
func AppendSubmission(dst []byte, s *xds.Submission) []byte {
	w := writer{b: dst, strip: true}
	w.str(`<lcm:SubmitObjectsRequest xmlns:lcm="` + NSLCM + `" xmlns:rim="` + NSRIM + `"><rim:RegistryObjectList>`)
	for i := range s.Entries {
		w.entry(&s.Entries[i])
	}
	w.set(&s.Set)
	for i := range s.Folders {
		w.folder(&s.Folders[i])
	}
	for i := range s.Associations {
		w.association(&s.Associations[i])
	}
	w.str(`</rim:RegistryObjectList></lcm:SubmitObjectsRequest>`)
	return w.b
}

// str writes pieces of markup as they are.
func (w *writer) str(pieces ...string) *writer {
	for _, p := range pieces {
		w.b = append(w.b, p...)
	}
	return w
}

func (w *writer) esc(s string) *writer { w.b = AppendEscaped(w.b, s); return w }

// AppendEscaped appends text fit for an element or a double-quoted attribute. Characters XML
// cannot carry are dropped.
func AppendEscaped(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !special[c] {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\n', '\t', '\r':
			dst = append(dst, "&#"...)
			dst = strconv.AppendInt(dst, int64(c), 10)
			dst = append(dst, ';')
		}
	}
	return append(dst, s[from:]...)
}

// special marks the bytes that are not written as they are.
var special = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['&'], t['<'], t['>'], t['"'] = true, true, true, true
	return t
}()

func (w *writer) attr(name, v string) {
	if v != "" {
		w.str(" ", name, `="`).esc(v).str(`"`)
	}
}

func (w *writer) subID() string {
	w.n++
	return "id" + strconv.Itoa(w.n)
}

func (w *writer) slot(name string, vals ...string) {
	if len(vals) == 0 || len(vals) == 1 && vals[0] == "" {
		return
	}
	w.str(`<rim:Slot name="`).esc(name).str(`"><rim:ValueList>`)
	for _, v := range vals {
		w.str(`<rim:Value>`).esc(v).str(`</rim:Value>`)
	}
	w.str(`</rim:ValueList></rim:Slot>`)
}

func (w *writer) localized(element, v string) {
	if v != "" {
		w.str("<rim:", element, `><rim:LocalizedString xml:lang="fr-FR" charset="UTF-8" value="`).esc(v).str(`"/></rim:`, element, `>`)
	}
}

func (w *writer) version(v int) {
	if v > 0 && !w.strip {
		w.str(`<rim:VersionInfo versionName="`, strconv.Itoa(v), `"/>`)
	}
}

func (w *writer) code(object, scheme string, c xds.Code) {
	if c.IsZero() {
		return
	}
	w.str(`<rim:Classification id="`, w.subID(), `" objectType="`+objClassification+`" classificationScheme="`, scheme, `" classifiedObject="`).
		esc(object).str(`" nodeRepresentation="`).esc(c.Code).str(`">`)
	w.slot("codingScheme", c.System)
	w.localized("Name", c.Display)
	w.str(`</rim:Classification>`)
}

func (w *writer) author(object, scheme string, a xds.Author) {
	w.str(`<rim:Classification id="`, w.subID(), `" objectType="`+objClassification+`" classificationScheme="`, scheme, `" classifiedObject="`).
		esc(object).str(`" nodeRepresentation="">`)
	w.slot("authorPerson", a.Person)
	w.slot("authorInstitution", a.Institutions...)
	w.slot("authorRole", a.Roles...)
	w.slot("authorSpecialty", a.Specialties...)
	w.slot("authorTelecommunication", a.Telecoms...)
	w.str(`</rim:Classification>`)
}

func (w *writer) node(object, node string) {
	w.str(`<rim:Classification id="`, w.subID(), `" objectType="`+objClassification+`" classifiedObject="`).
		esc(object).str(`" classificationNode="`, node, `"/>`)
}

func (w *writer) identifier(object, scheme, name, value string) {
	if value == "" {
		return
	}
	w.str(`<rim:ExternalIdentifier id="`, w.subID(), `" objectType="`+objExternalID+`" identificationScheme="`, scheme, `" registryObject="`).
		esc(object).str(`" value="`).esc(value).str(`">`)
	w.localized("Name", name)
	w.str(`</rim:ExternalIdentifier>`)
}

func (w *writer) status(s xds.Status) {
	if !w.strip {
		w.attr("status", string(s))
	}
}

func (w *writer) entry(e *xds.DocumentEntry) {
	w.str(`<rim:ExtrinsicObject id="`).esc(e.EntryUUID).str(`"`)
	if !w.strip || e.Version > 0 {
		w.attr("lid", e.LogicalID)
	}
	w.attr("home", e.Home)
	w.attr("mimeType", e.MimeType)
	w.str(` objectType="` + objStable + `"`)
	w.status(e.Status)
	w.str(`>`)
	w.slot("creationTime", e.CreationTime)
	w.slot("languageCode", e.Language)
	w.slot("legalAuthenticator", e.LegalAuth)
	w.slot("serviceStartTime", e.ServiceStart)
	w.slot("serviceStopTime", e.ServiceStop)
	w.slot("sourcePatientId", e.SourcePatientID)
	w.slot("sourcePatientInfo", e.SourcePatientInfo...)
	w.slot("hash", e.Hash)
	if e.Size >= 0 {
		w.slot("size", strconv.FormatInt(e.Size, 10))
	}
	w.slot("repositoryUniqueId", e.RepositoryID)
	w.slot("URI", splitURI(e.URI)...)
	w.slot(slotReferenceIDs, e.ReferenceIDs...)
	for _, s := range e.Extra {
		w.slot(s.Name, s.Values...)
	}
	w.localized("Name", e.Title)
	w.localized("Description", e.Comments)
	w.version(e.Version)
	for _, a := range e.Authors {
		w.author(e.EntryUUID, deAuthor, a)
	}
	for _, s := range singleCodes {
		w.code(e.EntryUUID, s.scheme, *s.field(e))
	}
	for _, c := range e.Confidentiality {
		w.code(e.EntryUUID, deConfidentiality, c)
	}
	for _, c := range e.Events {
		w.code(e.EntryUUID, deEvent, c)
	}
	w.identifier(e.EntryUUID, dePatientID, "XDSDocumentEntry.patientId", e.PatientID)
	w.identifier(e.EntryUUID, deUniqueID, "XDSDocumentEntry.uniqueId", e.UniqueID)
	w.str(`</rim:ExtrinsicObject>`)
}

// splitURI cuts a URI longer than a slot value may be.
// spec: IHE-ITI TF-3 4.2.3.2.28
func splitURI(u string) []string {
	const limit = 126
	if len(u) <= 128 {
		return []string{u}
	}
	var out []string
	for i := 1; u != ""; i++ {
		n := min(limit, len(u))
		out = append(out, strconv.Itoa(i)+"|"+u[:n])
		u = u[n:]
	}
	return out
}

func (w *writer) set(s *xds.SubmissionSet) {
	w.str(`<rim:RegistryPackage id="`).esc(s.EntryUUID).str(`"`)
	w.attr("home", s.Home)
	w.str(` objectType="` + objPackage + `"`)
	w.status(s.Status)
	w.str(`>`)
	w.slot("submissionTime", s.SubmissionTime)
	w.slot("intendedRecipient", s.Recipients...)
	for _, x := range s.Extra {
		w.slot(x.Name, x.Values...)
	}
	w.localized("Name", s.Title)
	w.localized("Description", s.Comments)
	for _, a := range s.Authors {
		w.author(s.EntryUUID, ssAuthor, a)
	}
	w.code(s.EntryUUID, ssContent, s.ContentType)
	w.node(s.EntryUUID, ssNode)
	w.identifier(s.EntryUUID, ssPatientID, "XDSSubmissionSet.patientId", s.PatientID)
	w.identifier(s.EntryUUID, ssUniqueID, "XDSSubmissionSet.uniqueId", s.UniqueID)
	w.identifier(s.EntryUUID, ssSourceID, "XDSSubmissionSet.sourceId", s.SourceID)
	w.str(`</rim:RegistryPackage>`)
}

func (w *writer) folder(f *xds.Folder) {
	w.str(`<rim:RegistryPackage id="`).esc(f.EntryUUID).str(`"`)
	w.attr("home", f.Home)
	w.str(` objectType="` + objPackage + `"`)
	w.status(f.Status)
	w.str(`>`)
	w.slot("lastUpdateTime", f.LastUpdateTime)
	for _, x := range f.Extra {
		w.slot(x.Name, x.Values...)
	}
	w.localized("Name", f.Title)
	w.localized("Description", f.Comments)
	for _, c := range f.Codes {
		w.code(f.EntryUUID, fdCode, c)
	}
	w.node(f.EntryUUID, fdNode)
	w.identifier(f.EntryUUID, fdPatientID, "XDSFolder.patientId", f.PatientID)
	w.identifier(f.EntryUUID, fdUniqueID, "XDSFolder.uniqueId", f.UniqueID)
	w.str(`</rim:RegistryPackage>`)
}

func (w *writer) association(a *xds.Association) {
	w.str(`<rim:Association id="`).esc(a.EntryUUID).str(`"`)
	w.attr("home", a.Home)
	w.str(` objectType="` + objAssociation + `"`)
	w.status(a.Status)
	w.str(` associationType="`).esc(string(a.Type)).str(`" sourceObject="`).esc(a.Source).str(`" targetObject="`).esc(a.Target).str(`">`)
	w.slot("SubmissionSetStatus", a.SetStatus)
	w.slot("PreviousVersion", a.PreviousVersion)
	w.slot("OriginalStatus", string(a.OriginalStatus))
	w.slot("NewStatus", string(a.NewStatus))
	w.slot("AssociationPropagation", a.Propagation)
	for _, x := range a.Extra {
		w.slot(x.Name, x.Values...)
	}
	w.str(`</rim:Association>`)
}
