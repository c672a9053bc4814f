package run

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/run/client"
)

// seedMail gives the mailboxes of a fresh territory some letters, so that its pages have something
// to show: results, letters and questions about its first two citizens, and one exchange with one
// of them. Everything is delivered, filed and reported before it returns.
func (a *app) seedMail(ctx context.Context, o *mss.Operator, citizens []*ins.Person, e *client.Endpoints) error {
	gp := e.Persona("medecin_generaliste")
	first := e.Persona("citoyen-1")
	if gp == nil || first == nil || len(citizens) < 2 {
		return nil
	}
	session := func(role string) (*mss.Session, error) {
		p := e.Persona(role)
		holder := p.IDNat
		if holder == "" {
			holder = string(citizens[0].ID)
		}
		return o.As(ctx, holder, p.Mailbox, "demo")
	}
	inbox, err := session("medecin_generaliste")
	if err != nil {
		return err
	}
	snap, err := inbox.Snapshot(ctx, mss.Inbox)
	if err != nil || snap.Folder.UIDNext > 1 {
		return err // not a fresh one
	}
	one, two := citizens[0], citizens[1]
	for _, l := range []struct {
		from     string
		to       string
		subject  string
		text     string
		about    *ins.Person
		kind     string // typeCode of the document sent
		noAnswer bool
	}{
		{from: "biologiste", to: gp.Mailbox, about: one, kind: "11502-2", text: "Bonjour,\n\nVoici le bilan demandé. Un point à revoir avec la patiente lors de la prochaine consultation.\n\nBien confraternellement."},
		{from: "radiologue", to: gp.Mailbox, about: one, kind: "18748-4", text: "Cher confrère,\n\nLe compte rendu de l'examen de ce jour. Les images sont consultables depuis le dossier.\n\nBien à vous."},
		{from: "medecin_hospitalier", to: gp.Mailbox, about: two, kind: "", text: "Cher confrère,\n\nVotre patient sort aujourd'hui. La lettre de liaison est jointe ; merci de renouveler l'ordonnance dans un mois.\n\nBien confraternellement."},
		{from: "infirmier", to: gp.Mailbox, subject: "Passage de ce matin", text: "Bonjour Docteur,\n\nPansement refait, cicatrisation correcte. Je repasse jeudi.\n\nBonne journée."},
		{from: "secretaire", to: gp.Mailbox, subject: "Planning de la semaine prochaine", text: "Bonjour,\n\nDeux créneaux se sont libérés mardi matin. Faut-il les rouvrir aux rendez-vous en ligne ?\n\nSophie"},
		{from: "medecin_generaliste", to: first.Mailbox, about: one, kind: "11502-2", text: "Bonjour,\n\nVos résultats sont arrivés, rien d'inquiétant. Nous en parlerons à la prochaine consultation. Vous pouvez me répondre ici si vous avez une question.\n\nBien à vous."},
		{from: "citoyen-1", to: gp.Mailbox, subject: "Re: vos résultats", text: "Bonjour Docteur,\n\nMerci beaucoup. Dois-je être à jeun pour la prochaine prise de sang ?"},
	} {
		s, err := session(l.from)
		if err != nil {
			return err
		}
		letter := mss.Letter{To: []string{l.to}, Subject: l.subject, Text: l.text, NoAnswer: l.noAnswer}
		if l.about != nil {
			doc, err := a.latest(ctx, l.about, l.kind, e.Persona(l.from).Structure)
			if errors.Is(err, dmp.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			letter.Documents = [][]byte{doc}
		}
		if _, err := s.Send(ctx, letter); err != nil {
			return err
		}
	}
	return a.settleMail(ctx, o)
}

// latest gives the bytes of the most recent document of a type (any when empty) that a structure
// wrote in a record; dmp.ErrNotFound when there is none. A general practitioner sends results that
// others wrote.
func (a *app) latest(ctx context.Context, p *ins.Person, kind, structure string) ([]byte, error) {
	unique, when := "", ""
	err := a.store.View(ctx, func(r dmp.Reader) error {
		entries, err := r.Entries(p.ID)
		for _, e := range entries {
			by := kind == "11502-2" || slices.ContainsFunc(e.Authors, func(x xds.Author) bool {
				return slices.ContainsFunc(x.Institutions, func(i string) bool { return strings.Contains(i, structure) })
			})
			if by && strings.HasPrefix(e.Type.Code, kind) && e.CreationTime > when {
				unique, when = e.UniqueID, e.CreationTime
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if unique == "" {
		return nil, dmp.ErrNotFound
	}
	return a.store.Body(ctx, unique)
}

// settleMail does what the mail has to do now: files archives, writes reports.
func (a *app) settleMail(ctx context.Context, o *mss.Operator) error {
	for range 50 {
		n, err := o.Work(ctx, workAtOnce)
		if err != nil {
			return err
		}
		if _, _, err := o.Due(ctx, workAtOnce); err != nil {
			return err
		}
		waiting, err := o.Queue(ctx)
		if err != nil || n == 0 && waiting == 0 {
			return err
		}
	}
	return nil
}
