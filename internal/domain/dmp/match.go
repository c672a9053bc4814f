package dmp

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/xds"
)

// answer runs a stored query on what the caller may see.
// spec: DMP 1.5
func (v *view) answer(q *xds.Query) (*Answer, error) {
	a := &Answer{}
	switch q.ID {
	case xds.FindDocuments:
		for _, e := range newest(v.entries, q.Value("$MetadataLevel") == "2") {
			if matchEntry(e, q) && !isSignature(e) {
				a.Entries = append(a.Entries, e)
			}
		}
	case xds.FindSubmissionSets:
		for _, s := range v.sets {
			if matchSet(s, q) {
				a.Sets = append(a.Sets, s)
			}
		}
	case xds.GetDocuments:
		a.Entries = v.named(q)
	case xds.GetDocumentsAndAssociations:
		a.Entries = v.named(q)
		a.Associations = v.linksOf(uuids(a.Entries), nil)
	case xds.GetAssociations:
		a.Associations = v.linksOf(q.Values("$uuid"), nil)
	case xds.GetSubmissionSets:
		v.getSets(q, a)
	case xds.GetSubmissionSetAndContents:
		v.getContents(q, a)
	case xds.GetRelatedDocuments:
		v.getRelated(q, a)
	}
	return a, nil
}

// newest keeps the last metadata version of each document; all of them when the client says it
// understands versions.
func newest(entries []*xds.DocumentEntry, all bool) []*xds.DocumentEntry {
	if all {
		return entries
	}
	last := map[string]int{}
	for _, e := range entries {
		last[e.LogicalID] = max(last[e.LogicalID], e.Version)
	}
	out := make([]*xds.DocumentEntry, 0, len(entries))
	for _, e := range entries {
		if e.Version == last[e.LogicalID] {
			out = append(out, e)
		}
	}
	return out
}

func uuids(entries []*xds.DocumentEntry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.EntryUUID
	}
	return out
}

// named gives the entries a Get query names.
func (v *view) named(q *xds.Query) []*xds.DocumentEntry {
	ids, uids, lids := q.Values("$XDSDocumentEntryEntryUUID"), q.Values("$XDSDocumentEntryUniqueId"), q.Values("$XDSDocumentEntryLogicalID")
	var out []*xds.DocumentEntry
	for _, e := range newest(v.entries, len(ids) > 0 || len(lids) > 0 || q.Value("$MetadataLevel") == "2") {
		if slices.Contains(ids, e.EntryUUID) || slices.Contains(uids, e.UniqueID) || slices.Contains(lids, e.LogicalID) {
			out = append(out, e)
		}
	}
	return out
}

// linksOf gives the associations that touch one of the objects, of the given types (nil: all).
func (v *view) linksOf(ids []string, types []string) []*xds.Association {
	var out []*xds.Association
	for _, a := range v.links {
		if (slices.Contains(ids, a.Source) || slices.Contains(ids, a.Target)) && (types == nil || slices.Contains(types, string(a.Type))) {
			out = append(out, a)
		}
	}
	return out
}

func (v *view) getSets(q *xds.Query, a *Answer) {
	ids := q.Values("$uuid")
	for _, l := range v.links {
		if l.Type != xds.HasMember || !slices.Contains(ids, l.Target) {
			continue
		}
		for _, s := range v.sets {
			if s.EntryUUID != l.Source {
				continue
			}
			a.Associations = append(a.Associations, l)
			if !slices.Contains(a.Sets, s) {
				a.Sets = append(a.Sets, s)
			}
		}
	}
}

func (v *view) getContents(q *xds.Query, a *Answer) {
	id, uid := q.Value("$XDSSubmissionSetEntryUUID"), q.Value("$XDSSubmissionSetUniqueId")
	for _, s := range v.sets {
		if s.EntryUUID == id && id != "" || s.UniqueID == uid && uid != "" {
			a.Sets = append(a.Sets, s)
		}
	}
	if len(a.Sets) == 0 {
		return
	}
	for _, l := range v.links {
		if l.Type != xds.HasMember || l.Source != a.Sets[0].EntryUUID {
			continue
		}
		for _, e := range v.entries {
			if e.EntryUUID == l.Target && codesMatch(q, "$XDSDocumentEntryFormatCode", e.Format) && codesMatch(q, "$XDSDocumentEntryConfidentialityCode", e.Confidentiality...) {
				a.Entries = append(a.Entries, e)
				a.Associations = append(a.Associations, l)
			}
		}
	}
}

// getRelated gives the named document, those at the other end of the asked associations, and
// the associations; nothing at all when there is none.
func (v *view) getRelated(q *xds.Query, a *Answer) {
	origin := uuids(v.named(q))
	links := v.linksOf(origin, q.Values("$AssociationTypes"))
	want := map[string]bool{}
	byID := map[string]*xds.DocumentEntry{}
	for _, e := range v.entries {
		byID[e.EntryUUID] = e
	}
	for _, l := range links {
		if byID[l.Source] == nil || byID[l.Target] == nil {
			continue
		}
		a.Associations = append(a.Associations, l)
		want[l.Source], want[l.Target] = true, true
	}
	for _, e := range v.entries {
		if want[e.EntryUUID] {
			a.Entries = append(a.Entries, e)
		}
	}
}

func matchEntry(e *xds.DocumentEntry, q *xds.Query) bool {
	const p = "$XDSDocumentEntry"
	if !oneOf(q.Values(p+"Status"), string(e.Status)) || !oneOf(q.Values(p+"EntryUUID"), e.EntryUUID) ||
		!oneOf(q.Values(p+"UniqueId"), e.UniqueID) || !oneOf(q.Values(p+"LogicalID"), e.LogicalID) {
		return false
	}
	for _, c := range []struct {
		name  string
		codes []xds.Code
	}{
		{"ClassCode", []xds.Code{e.Class}}, {"TypeCode", []xds.Code{e.Type}}, {"FormatCode", []xds.Code{e.Format}},
		{"PracticeSettingCode", []xds.Code{e.Practice}}, {"HealthcareFacilityTypeCode", []xds.Code{e.Facility}},
		{"EventCodeList", e.Events}, {"ConfidentialityCode", e.Confidentiality},
	} {
		if !codesMatch(q, p+c.name, c.codes...) {
			return false
		}
	}
	for _, t := range []struct{ name, v string }{{"CreationTime", e.CreationTime}, {"ServiceStartTime", e.ServiceStart}, {"ServiceStopTime", e.ServiceStop}} {
		if !inRange(t.v, q.Value(p+t.name+"From"), q.Value(p+t.name+"To")) {
			return false
		}
	}
	if !like(q.Values(p+"Title"), e.Title) {
		return false
	}
	var persons, institutions []string
	for _, a := range e.Authors {
		persons = append(persons, a.Person)
		institutions = append(institutions, a.Institutions...)
	}
	if !like(q.Values(p+"AuthorPerson"), persons...) || !like(q.Values(p+"AuthorInstitution"), institutions...) {
		return false
	}
	for _, s := range q.All(p + "ReferenceIdList") {
		if !slices.ContainsFunc(e.ReferenceIDs, func(r string) bool { return slices.Contains(s.Values, r) }) {
			return false
		}
	}
	return true
}

func matchSet(s *xds.SubmissionSet, q *xds.Query) bool {
	const p = "$XDSSubmissionSet"
	var persons []string
	for _, a := range s.Authors {
		persons = append(persons, a.Person)
	}
	return oneOf(q.Values(p+"Status"), string(s.Status)) && oneOf(q.Values(p+"SourceId"), s.SourceID) &&
		inRange(s.SubmissionTime, q.Value(p+"SubmissionTimeFrom"), q.Value(p+"SubmissionTimeTo")) &&
		codesMatch(q, p+"ContentType", s.ContentType) && like(q.Values(p+"AuthorPerson"), persons...)
}

// oneOf is true when nothing was asked or v is among what was asked.
func oneOf(asked []string, v string) bool { return len(asked) == 0 || slices.Contains(asked, v) }

// codesMatch applies a code parameter: alternatives within a slot, all slots together.
func codesMatch(q *xds.Query, name string, codes ...xds.Code) bool {
	for _, s := range q.All(name) {
		if !slices.ContainsFunc(codes, func(c xds.Code) bool { return slices.Contains(s.Values, c.Query()) }) {
			return false
		}
	}
	return true
}

// inRange is From ≤ v < To on padded DTMs; a missing value is in no asked range.
func inRange(v, from, to string) bool {
	if from == "" && to == "" {
		return true
	}
	if v == "" {
		return false
	}
	v = xds.PadDTM(v)
	return (from == "" || xds.PadDTM(from) <= v) && (to == "" || v < xds.PadDTM(to))
}

// like applies SQL LIKE patterns (% and _): one value must match one pattern.
func like(patterns []string, values ...string) bool {
	if len(patterns) == 0 {
		return true
	}
	for _, p := range patterns {
		for _, v := range values {
			if likeOne(p, v) {
				return true
			}
		}
	}
	return false
}

func likeOne(p, s string) bool {
	if !strings.ContainsAny(p, "%_") {
		return p == s
	}
	pr, sr := []rune(p), []rune(s)
	i, j, star, mark := 0, 0, -1, 0
	for j < len(sr) {
		switch {
		case i < len(pr) && pr[i] == '%':
			star, mark = i, j
			i++
		case i < len(pr) && (pr[i] == '_' || pr[i] == sr[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(pr) && pr[i] == '%' {
		i++
	}
	return i == len(pr)
}
