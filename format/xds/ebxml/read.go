package ebxml

import (
	"sort"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xmltree"
)

// Limits on one submission: no client sends more, and everything read is kept in memory.
const (
	maxObjects = 1000
	maxValues  = 1000
)

var errMetadata = &finding.Refusal{
	ID: "EBRIM-METADONNEE", Kind: finding.Invalid, Code: "XDSRepositoryMetadataError", Rule: "IHE ITI TF-3 §4.2",
	Message: finding.T("Une métadonnée est illisible.", "A metadata attribute cannot be read."),
	Fix:     finding.T("Corrigez l'attribut indiqué dans la soumission.", "Mend the attribute named in the submission."),
}

func refuse(n xmltree.Node, fr, en string, args ...any) *finding.Refusal {
	return errMetadata.At(finding.Place{XPath: n.XPath(), Line: n.Line()}.Words()).Saying(finding.Tf(fr, en, args...))
}

// ReadSubmission reads an lcm:SubmitObjectsRequest (or any element that holds one).
// Ids are kept as received: symbolic or UUID. Errors are *finding.Refusal.
func ReadSubmission(n xmltree.Node) (*xds.Submission, error) {
	req := n
	if !req.Is(NSLCM, "SubmitObjectsRequest") {
		req = n.Child(NSLCM, "SubmitObjectsRequest")
	}
	if !req.Exists() {
		return nil, refuse(n, "L'élément lcm:SubmitObjectsRequest est absent.", "Element lcm:SubmitObjectsRequest is missing.")
	}
	list := req.Child(NSRIM, "RegistryObjectList")
	if !list.Exists() {
		return nil, refuse(req, "L'élément rim:RegistryObjectList est absent.", "Element rim:RegistryObjectList is missing.")
	}
	r := reader{nodes: map[string]string{}}
	return r.submission(list)
}

type reader struct {
	nodes map[string]string // object id → classificationNode given by a free-standing Classification
}

func (r *reader) submission(list xmltree.Node) (*xds.Submission, error) {
	for c := range list.Children(NSRIM, "Classification") {
		if node := c.Attr("classificationNode"); node != "" {
			r.nodes[c.Attr("classifiedObject")] = node
		}
	}
	sub := &xds.Submission{}
	sets, objects := 0, 0
	for n := range list.Elements() {
		if objects++; objects > maxObjects {
			return nil, refuse(n, "Plus de %d objets dans une soumission.", "More than %d objects in one submission.", maxObjects)
		}
		var err error
		switch {
		case n.Is(NSRIM, "ExtrinsicObject"):
			var e *xds.DocumentEntry
			if e, err = readEntry(n); err == nil {
				sub.Entries = append(sub.Entries, *e)
			}
		case n.Is(NSRIM, "RegistryPackage"):
			if r.kindOf(n) == fdNode {
				var f *xds.Folder
				if f, err = readFolder(n); err == nil {
					sub.Folders = append(sub.Folders, *f)
				}
				break
			}
			sets++
			var s *xds.SubmissionSet
			if s, err = readSet(n); err == nil {
				sub.Set = *s
			}
		case n.Is(NSRIM, "Association"):
			var a *xds.Association
			if a, err = readAssociation(n); err == nil {
				sub.Associations = append(sub.Associations, *a)
			}
		case n.Is(NSRIM, "Classification"), n.Is(NSRIM, "ObjectRef"):
		default:
			err = refuse(n, "L'objet %s n'a pas sa place dans une soumission.", "Object %s has no place in a submission.", n.Local())
		}
		if err != nil {
			return nil, err
		}
	}
	if sets != 1 {
		return nil, refuse(list, "Une soumission contient exactement un lot (SubmissionSet) ; %d trouvé(s).",
			"A submission holds exactly one SubmissionSet; %d found.", sets)
	}
	return sub, nil
}

// kindOf tells whether a package is a submission set or a folder, from the classification nodes
// inside or beside it; a package without one is taken by the identifiers it carries.
func (r *reader) kindOf(n xmltree.Node) string {
	if node := r.nodes[n.Attr("id")]; node != "" {
		return node
	}
	for c := range n.Children(NSRIM, "Classification") {
		if node := c.Attr("classificationNode"); node == ssNode || node == fdNode {
			return node
		}
	}
	for x := range n.Children(NSRIM, "ExternalIdentifier") {
		if x.Attr("identificationScheme") == fdUniqueID {
			return fdNode
		}
	}
	return ssNode
}

func readEntry(n xmltree.Node) (*xds.DocumentEntry, error) {
	e := &xds.DocumentEntry{
		EntryUUID: n.Attr("id"), LogicalID: n.Attr("lid"), MimeType: n.Attr("mimeType"), Home: n.Attr("home"),
		Status: xds.Status(n.Attr("status")), Size: -1, Title: localized(n, "Name"), Comments: localized(n, "Description"),
	}
	if v := n.Child(NSRIM, "VersionInfo").Attr("versionName"); v != "" {
		e.Version, _ = strconv.Atoi(v)
	}
	switch t := n.Attr("objectType"); t {
	case "", objStable:
	case objOnDemand:
		return nil, refuse(n, "Les documents à la demande ne sont pas pris en charge.", "On-demand documents are not supported.")
	default:
		return nil, refuse(n, "objectType «%s» inconnu pour un document.", "objectType %q is unknown for a document.", t)
	}
	for s := range n.Children(NSRIM, "Slot") {
		if err := entrySlot(e, s); err != nil {
			return nil, err
		}
	}
	for c := range n.Children(NSRIM, "Classification") {
		if err := entryClassification(e, c); err != nil {
			return nil, err
		}
	}
	for x := range n.Children(NSRIM, "ExternalIdentifier") {
		switch scheme := x.Attr("identificationScheme"); scheme {
		case dePatientID:
			e.PatientID = x.Attr("value")
		case deUniqueID:
			e.UniqueID = x.Attr("value")
		default:
			return nil, refuse(x, "identificationScheme «%s» inconnu pour un document.", "identificationScheme %q is unknown for a document.", scheme)
		}
	}
	return e, nil
}

func entrySlot(e *xds.DocumentEntry, s xmltree.Node) error {
	name := s.Attr("name")
	vals, err := values(s)
	if err != nil {
		return err
	}
	one := func(dst *string) error {
		if len(vals) > 1 {
			return refuse(s, "Le slot %s n'admet qu'une valeur ; %d trouvées.", "Slot %s takes one value; %d found.", name, len(vals))
		}
		if len(vals) == 1 {
			*dst = vals[0]
		}
		return nil
	}
	switch name {
	case "creationTime":
		return one(&e.CreationTime)
	case "languageCode":
		return one(&e.Language)
	case "legalAuthenticator":
		return one(&e.LegalAuth)
	case "serviceStartTime":
		return one(&e.ServiceStart)
	case "serviceStopTime":
		return one(&e.ServiceStop)
	case "sourcePatientId":
		return one(&e.SourcePatientID)
	case "sourcePatientInfo":
		e.SourcePatientInfo = vals
	case "hash":
		return one(&e.Hash)
	case "size":
		var v string
		if err := one(&v); err != nil || v == "" {
			return err
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 0 {
			return refuse(s, "La taille «%s» n'est pas un nombre d'octets.", "Size %q is not a number of bytes.", v)
		}
		e.Size = n
	case "URI":
		e.URI = joinURI(vals)
	case "repositoryUniqueId":
		return one(&e.RepositoryID)
	case "documentAvailability":
	case slotReferenceIDs:
		e.ReferenceIDs = vals
	default:
		if !strings.HasPrefix(name, "urn:") {
			return refuse(s, "Le slot «%s» n'existe pas pour un document (un slot propre s'écrit urn:…).",
				"Slot %q does not exist for a document (an own slot is written urn:…).", name)
		}
		e.Extra = append(e.Extra, xds.Slot{Name: name, Values: vals})
	}
	return nil
}

// joinURI puts back together a URI cut in numbered pieces "1|…", "2|…".
// spec: IHE-ITI TF-3 4.2.3.2.28
func joinURI(vals []string) string {
	if len(vals) < 2 {
		return strings.Join(vals, "")
	}
	parts := append([]string(nil), vals...)
	sort.SliceStable(parts, func(i, j int) bool { return pieceNumber(parts[i]) < pieceNumber(parts[j]) })
	var b strings.Builder
	for _, p := range parts {
		if i := strings.IndexByte(p, '|'); i >= 0 {
			p = p[i+1:]
		}
		b.WriteString(p)
	}
	return b.String()
}

func pieceNumber(s string) int {
	i := strings.IndexByte(s, '|')
	if i < 0 {
		return 0
	}
	n, _ := strconv.Atoi(s[:i])
	return n
}

func entryClassification(e *xds.DocumentEntry, c xmltree.Node) error {
	scheme := c.Attr("classificationScheme")
	if scheme == "" {
		if c.Attr("classificationNode") == deLimited {
			return nil
		}
		return refuse(c, "Une classification sans classificationScheme ne dit rien d'un document.", "A classification without classificationScheme says nothing about a document.")
	}
	for _, s := range singleCodes {
		if s.scheme != scheme {
			continue
		}
		if f := s.field(e); f.IsZero() {
			*f = readCode(c)
			return nil
		}
		return refuse(c, "%s n'admet qu'une valeur.", "%s takes one value.", s.name)
	}
	switch scheme {
	case deConfidentiality:
		e.Confidentiality = append(e.Confidentiality, readCode(c))
	case deEvent:
		e.Events = append(e.Events, readCode(c))
	case deAuthor:
		a, err := readAuthor(c)
		if err != nil {
			return err
		}
		e.Authors = append(e.Authors, a)
	default:
		return refuse(c, "classificationScheme «%s» inconnu pour un document.", "classificationScheme %q is unknown for a document.", scheme)
	}
	return nil
}

func readSet(n xmltree.Node) (*xds.SubmissionSet, error) {
	s := &xds.SubmissionSet{EntryUUID: n.Attr("id"), Home: n.Attr("home"), Status: xds.Status(n.Attr("status")),
		Title: localized(n, "Name"), Comments: localized(n, "Description")}
	for sl := range n.Children(NSRIM, "Slot") {
		vals, err := values(sl)
		if err != nil {
			return nil, err
		}
		switch name := sl.Attr("name"); name {
		case "submissionTime":
			s.SubmissionTime = strings.Join(vals, "")
		case "intendedRecipient":
			s.Recipients = vals
		default:
			if !strings.HasPrefix(name, "urn:") {
				return nil, refuse(sl, "Le slot «%s» n'existe pas pour un lot de soumission.", "Slot %q does not exist for a submission set.", name)
			}
			s.Extra = append(s.Extra, xds.Slot{Name: name, Values: vals})
		}
	}
	for c := range n.Children(NSRIM, "Classification") {
		switch scheme := c.Attr("classificationScheme"); scheme {
		case ssAuthor:
			a, err := readAuthor(c)
			if err != nil {
				return nil, err
			}
			s.Authors = append(s.Authors, a)
		case ssContent:
			s.ContentType = readCode(c)
		case "":
		default:
			return nil, refuse(c, "classificationScheme «%s» inconnu pour un lot de soumission.", "classificationScheme %q is unknown for a submission set.", scheme)
		}
	}
	for x := range n.Children(NSRIM, "ExternalIdentifier") {
		switch scheme := x.Attr("identificationScheme"); scheme {
		case ssPatientID:
			s.PatientID = x.Attr("value")
		case ssUniqueID:
			s.UniqueID = x.Attr("value")
		case ssSourceID:
			s.SourceID = x.Attr("value")
		default:
			return nil, refuse(x, "identificationScheme «%s» inconnu pour un lot de soumission.", "identificationScheme %q is unknown for a submission set.", scheme)
		}
	}
	return s, nil
}

func readFolder(n xmltree.Node) (*xds.Folder, error) {
	f := &xds.Folder{EntryUUID: n.Attr("id"), LogicalID: n.Attr("lid"), Home: n.Attr("home"), Status: xds.Status(n.Attr("status")),
		Title: localized(n, "Name"), Comments: localized(n, "Description")}
	for c := range n.Children(NSRIM, "Classification") {
		if c.Attr("classificationScheme") == fdCode {
			f.Codes = append(f.Codes, readCode(c))
		}
	}
	for x := range n.Children(NSRIM, "ExternalIdentifier") {
		switch scheme := x.Attr("identificationScheme"); scheme {
		case fdPatientID:
			f.PatientID = x.Attr("value")
		case fdUniqueID:
			f.UniqueID = x.Attr("value")
		default:
			return nil, refuse(x, "identificationScheme «%s» inconnu pour un classeur.", "identificationScheme %q is unknown for a folder.", scheme)
		}
	}
	return f, nil
}

func readAssociation(n xmltree.Node) (*xds.Association, error) {
	a := &xds.Association{EntryUUID: n.Attr("id"), Type: xds.AssociationType(n.Attr("associationType")),
		Source: n.Attr("sourceObject"), Target: n.Attr("targetObject"), Status: xds.Status(n.Attr("status")), Home: n.Attr("home")}
	// Short forms of old clients ("HasMember", "RPLC") are read as the full URNs.
	if !a.Type.Known() {
		for _, t := range []xds.AssociationType{xds.HasMember, xds.RPLC, xds.XFRM, xds.APND, xds.XFRMRPLC, xds.Signs} {
			if s := string(t); s[strings.LastIndexByte(s, ':')+1:] == string(a.Type) {
				a.Type = t
			}
		}
	}
	if !a.Type.Known() {
		return nil, refuse(n, "associationType «%s» inconnu.", "associationType %q is unknown.", string(a.Type))
	}
	if a.Source == "" || a.Target == "" {
		return nil, refuse(n, "Une association a besoin de sourceObject et de targetObject.", "An association needs sourceObject and targetObject.")
	}
	for sl := range n.Children(NSRIM, "Slot") {
		vals, err := values(sl)
		if err != nil {
			return nil, err
		}
		v := strings.Join(vals, "")
		switch name := sl.Attr("name"); name {
		case "SubmissionSetStatus":
			a.SetStatus = v
		case "PreviousVersion":
			a.PreviousVersion = v
		case "OriginalStatus":
			a.OriginalStatus = xds.Status(v)
		case "NewStatus":
			a.NewStatus = xds.Status(v)
		case "AssociationPropagation":
			a.Propagation = v
		default:
			if !strings.HasPrefix(name, "urn:") {
				return nil, refuse(sl, "Le slot «%s» n'existe pas pour une association.", "Slot %q does not exist for an association.", name)
			}
			a.Extra = append(a.Extra, xds.Slot{Name: name, Values: vals})
		}
	}
	return a, nil
}

func readCode(c xmltree.Node) xds.Code {
	code := xds.Code{Code: c.Attr("nodeRepresentation"), Display: localized(c, "Name")}
	for s := range c.Children(NSRIM, "Slot") {
		if s.Attr("name") == "codingScheme" {
			code.System = s.Path(NSRIM, "ValueList", "Value").Trim()
		}
	}
	return code
}

func readAuthor(c xmltree.Node) (xds.Author, error) {
	var a xds.Author
	for s := range c.Children(NSRIM, "Slot") {
		vals, err := values(s)
		if err != nil {
			return a, err
		}
		switch name := s.Attr("name"); name {
		case "authorPerson":
			a.Person = strings.Join(vals, "")
		case "authorInstitution":
			a.Institutions = vals
		case "authorRole":
			a.Roles = vals
		case "authorSpecialty":
			a.Specialties = vals
		case "authorTelecommunication":
			a.Telecoms = vals
		default:
			return a, refuse(s, "Le slot «%s» n'existe pas pour un auteur.", "Slot %q does not exist for an author.", name)
		}
	}
	return a, nil
}

func values(slot xmltree.Node) ([]string, error) {
	var out []string
	for v := range slot.Child(NSRIM, "ValueList").Children(NSRIM, "Value") {
		if len(out) == maxValues {
			return nil, refuse(slot, "Plus de %d valeurs dans un slot.", "More than %d values in one slot.", maxValues)
		}
		out = append(out, v.Trim())
	}
	return out, nil
}

// localized reads rim:Name or rim:Description: the first LocalizedString.
func localized(n xmltree.Node, local string) string {
	return n.Path(NSRIM, local, "LocalizedString").Attr("value")
}
