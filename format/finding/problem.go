package finding

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// Problem is a refusal as an API in JSON answers it.
// spec: RFC 9457
type Problem struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Status  int    `json:"status"`
	Title   string `json:"title"`
	TitleEN string `json:"title_en"`
	Detail  string `json:"detail"`
	Fix     string `json:"fix"`
	FixEN   string `json:"fix_en"`
	Where   string `json:"where"`
}

// Problem gives the refusal as a problem document.
func (r *Refusal) Problem() Problem {
	return Problem{Type: "https://socle-sante.example/refus/" + r.ID, ID: r.ID, Status: r.Kind.HTTPStatus(), Title: r.Message.FR, TitleEN: r.Message.EN,
		Detail: r.Sentence("fr"), Fix: r.Fix.FR, FixEN: r.Fix.EN, Where: r.Where}
}
