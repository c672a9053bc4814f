package web

import (
	"time"

	"github.com/socle-sante/socle/format/mssante"
)

// checksPage tells a vendor, or whoever holds the mailbox, what MSSanté asks of the messages their
// software sent and they lack. Nothing of a message is shown but its number and its time.
type checksPage struct {
	Box     *mailbox
	Folders []folderLink
	Rows    []checkRow
	More    bool
}

type checkRow struct {
	Number   int64
	At       time.Time
	Findings []checkLine
}

type checkLine struct {
	ID, Source, Message, Fix string
	Error                    bool
}

// mailChecks lists the submitted messages and what was found in each, newest first.
func (d *Door) mailChecks(q *request, b *mailbox) error {
	list, more, err := b.Findings(q.r.Context())
	if err != nil {
		return err
	}
	rules := map[string]mssante.Rule{}
	for _, r := range mssante.Rules() {
		rules[r.ID] = r
	}
	p := checksPage{Box: b, Folders: q.folderLinks(b, 0), More: more}
	for _, x := range list {
		row := checkRow{Number: int64(x.Message), At: x.Time}
		for _, id := range x.Findings {
			l := checkLine{ID: id}
			if r, ok := rules[id]; ok {
				l.Source, l.Message, l.Fix, l.Error = r.Source, r.Message.In(q.lang), r.Fix.In(q.lang), r.Severity == "error"
			}
			row.Findings = append(row.Findings, l)
		}
		p.Rows = append(p.Rows, row)
	}
	return q.render("messagerie-constats", p)
}
