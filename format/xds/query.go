package xds

import "slices"

// QueryID names a stored query.
type QueryID string

// The stored queries this edition answers, and those it knows by name.
// spec: DMP 1.5
const (
	FindDocuments               QueryID = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
	FindSubmissionSets          QueryID = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9"
	GetDocuments                QueryID = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
	GetAssociations             QueryID = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155"
	GetDocumentsAndAssociations QueryID = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a"
	GetSubmissionSets           QueryID = "urn:uuid:51224314-5390-4169-9b91-b1980040715a"
	GetSubmissionSetAndContents QueryID = "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83"
	GetRelatedDocuments         QueryID = "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6"
)

// Query is a stored query as received: each slot keeps its name and its parsed values. A slot
// that is repeated is present twice (AND); the values of one slot are alternatives (OR).
type Query struct {
	ID          QueryID
	ReturnLeaf  bool // LeafClass, else ObjectRef
	Home        string
	Slots       []Slot
	StartIndex  int
	MaxResults  int // -1 when not asked
	HasComposed bool
}

// Values gives the alternatives of the first slot of that name.
func (q *Query) Values(name string) []string {
	for _, s := range q.Slots {
		if s.Name == name {
			return s.Values
		}
	}
	return nil
}

// Value gives the single value of a slot, "" when absent.
func (q *Query) Value(name string) string {
	if v := q.Values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// All gives every slot of that name.
func (q *Query) All(name string) []Slot {
	var out []Slot
	for _, s := range q.Slots {
		if s.Name == name {
			out = append(out, s)
		}
	}
	return out
}

// Repeatable are the parameters that may be repeated, meaning AND.
// spec: DMP 1.5
var Repeatable = []string{
	"$XDSDocumentEntryEventCodeList", "$XDSDocumentEntryConfidentialityCode",
	"$XDSDocumentEntryReferenceIdList", "$XDSFolderCodeList",
}

// Duplicated gives the name of a slot that is repeated and may not be, or "".
func (q *Query) Duplicated() string {
	seen := map[string]bool{}
	for _, s := range q.Slots {
		if seen[s.Name] && !slices.Contains(Repeatable, s.Name) {
			return s.Name
		}
		seen[s.Name] = true
	}
	return ""
}
