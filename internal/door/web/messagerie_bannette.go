package web

import (
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// trayRow is a document that waits to be filed.
type trayRow struct {
	mailChip
	ID, Title, Fix, From string
	At                   time.Time
	Message              string // address of the message
	Compare              string // address of the comparison
}

type trayPage struct {
	Box     *mailbox
	Folders []folderLink
	Rows    []trayRow
	Open    *trayOpen
	Problem *finding.Text
	Fix     *finding.Text
}

// trayOpen is the comparison of who a document is about with who is known here.
// spec: MSSANTE va1.27
type trayOpen struct {
	trayRow
	Rows    []compareRow
	Known   bool
	Differs int
	Same    bool // nothing differs: somebody must still look
}

// mailTray lists what waits, and opens one comparison.
func (d *Door) mailTray(q *request, b *mailbox) error { return q.tray(b, nil) }

func (q *request) tray(b *mailbox, problem *finding.Refusal) error {
	list, err := b.Tray(q.r.Context())
	if err != nil {
		return err
	}
	p := trayPage{Box: b, Folders: q.folderLinks(b, 0)}
	if problem != nil {
		p.Problem, p.Fix = &problem.Message, &problem.Fix
		q.status = kindStatus[problem.Kind]
	}
	asked := q.r.FormValue("piece")
	for i := range list {
		if list[i].State != mss.Waiting {
			continue
		}
		row := q.trayRow(b, &list[i])
		p.Rows = append(p.Rows, row)
		if row.ID == asked {
			if p.Open, err = q.compareTray(b, row); err != nil {
				return err
			}
		}
	}
	if asked != "" && p.Open == nil && problem == nil {
		return errNoPage
	}
	return q.render("messagerie-bannette", p)
}

func (q *request) trayRow(b *mailbox, t *mss.Tray) trayRow {
	row := trayRow{mailChip: q.chip(t.Type), ID: t.ID, Title: tidy(t.Title), Fix: t.Fix.In(q.lang), At: t.At, From: tidy(t.From)}
	row.State, row.StateWords, row.Why = string(t.State), q.t("tray."+string(t.State)), t.Text.In(q.lang)
	if row.Title == "" {
		row.Title = row.Words
	}
	if r := (mailRef{t.Folder, t.UID}); b.folder(r.Folder) != nil {
		if _, err := q.at(b, r); err == nil { // it may have been moved since
			row.Message = b.messagePath(r)
		}
	}
	row.Compare = b.Base + "/bannette?piece=" + queryEscape(t.ID)
	return row
}

func (q *request) compareTray(b *mailbox, row trayRow) (*trayOpen, error) {
	c, err := b.Compare(q.r.Context(), row.ID)
	if err != nil {
		return nil, err
	}
	out := &trayOpen{trayRow: row, Known: c.Known != nil}
	known := ins.Traits{}
	matricule := ""
	if c.Known != nil {
		known, matricule = c.Known.Traits, matriculeWords(c.Known.INS)
	}
	out.Rows = q.compareTraits(c.Received, known, c.Tray.Differences)
	got := matriculeWords(c.INS)
	out.Rows = append([]compareRow{{Words: q.t("id.matricule"), Here: got, There: matricule, Differs: c.Known != nil && got != matricule}}, out.Rows...)
	for i := range out.Rows {
		r := &out.Rows[i]
		r.Here, r.There = tidy(r.Here), tidy(r.There)
		if c.Known == nil {
			r.Differs = false
		}
		if r.Differs {
			out.Differs++
		}
	}
	out.Same = out.Known && out.Differs == 0
	return out, nil
}

// mailFiling settles one: it is the right person, or it is not filed and why.
func (d *Door) mailFiling(q *request, b *mailbox) error {
	choice := mss.Choice{Same: q.field("choix") == "oui", Refuse: q.field("motif")}
	if !choice.Same && q.field("choix") != "non" {
		return errNoPage
	}
	err := b.File(q.r.Context(), q.field("piece"), choice)
	if ref := finding.As(err); ref != nil && ref.Kind != finding.Internal && ref.Kind != finding.NotFound {
		return q.tray(b, ref)
	}
	if err != nil {
		return err
	}
	words := "flash.mail.filed"
	if !choice.Same {
		words = "flash.mail.setaside"
	}
	q.s.say(&flash{Words: q.t(words)})
	return q.redirect(b.Base + "/bannette")
}
