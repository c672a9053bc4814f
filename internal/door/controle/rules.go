package controle

import (
	"encoding/json"
	"net/http"

	"github.com/socle-sante/socle/format/cda/control"
)

// ruleSets is the answer on the rules in use. Its JSON form is a contract.
type ruleSets struct {
	Levels []string  `json:"levels"` // that a document may go through, in order
	Sets   []ruleSet `json:"sets"`   // folders of official rules; none: the schema and Socle's own rules
}

type ruleSet struct {
	Name       string     `json:"name"`
	Digest     string     `json:"digest"`
	Assertions int        `json:"assertions"`
	Kinds      []ruleKind `json:"kinds"`
	Problems   []problem  `json:"problems"`
}

type ruleKind struct {
	Kind    string `json:"kind"`
	Edition string `json:"edition"`
}

type problem struct {
	ID      string `json:"id"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// rules lists the rule sets in use and the kinds of documents they know.
func (d *Door) rules(w http.ResponseWriter, r *http.Request) error {
	q, err := parse(r.URL.Query())
	if err != nil {
		return err
	}
	out := ruleSets{Levels: control.Levels, Sets: []ruleSet{}}
	for _, s := range d.Desk.Controller().Sets() {
		set := ruleSet{Name: s.Label, Digest: s.Digest, Assertions: s.Asserts(), Kinds: []ruleKind{}, Problems: []problem{}}
		for _, v := range s.Volumes {
			set.Kinds = append(set.Kinds, ruleKind{v.Name, v.Edition})
		}
		for _, p := range s.Problems {
			set.Problems = append(set.Problems, problem{p.ID, p.At.File, p.At.Line, p.Message.In(q.lang)})
		}
		out.Sets = append(out.Sets, set)
	}
	w.Header().Set("Content-Type", "application/json")
	return ended(json.NewEncoder(w).Encode(out))
}
