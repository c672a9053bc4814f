package web

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// recipientRow puts an address in words, and says at once what is wrong with it.
func (q *request) recipientRow(address string) recipientRow {
	row := recipientRow{Address: address, Citizen: mssante.IsCitizen(address)}
	a, err := mssante.ParseAddress(address)
	if err != nil {
		row.Problem = mssante.ErrAddress.Message.In(q.lang)
		return row
	}
	if m, ok := mssante.CitizenOf(address); row.Citizen && (!ok || !m.KeyOK()) {
		row.Problem = mssante.ErrCitizen.Message.In(q.lang)
		return row
	}
	if !q.d.Mail.Local(a.Domain) && !q.d.Mail.WhiteList.Has(a.Domain) {
		row.Problem = mss.ErrOffList.Message.In(q.lang)
	}
	if row.Citizen {
		row.Name = q.t("mail.citizen.unknown")
		if p := q.personOf(address); p != nil && q.follows(p.ID) {
			row.Name = p.DisplayName()
			row.Detail = q.t("mail.born."+sexKey(p.Traits.Sex), dateWords(q.lang, p.Traits.BirthDate))
		}
	}
	return row
}

// searchRecipients looks for professionals and structures that have a mailbox.
func (q *request) searchRecipients(p *writePage) {
	bound := func(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxWords)], "") }
	p.Search, p.Town = bound(q.field("qui")), bound(q.field("ou"))
	if p.Searched = p.Search != "" || p.Town != ""; !p.Searched {
		return
	}
	town, code := p.Town, ""
	if town != "" && strings.Trim(town, "0123456789 ") == "" {
		town, code = "", strings.ReplaceAll(town, " ", "")
	}
	people, _ := q.d.Annuaire.FindProfessionals(annuaire.PersonQuery{Name: p.Search, Town: town, PostCode: code, Limit: 2 * maxMailFound})
	for _, x := range people {
		var mail []string
		mail = append(mail, x.Mailboxes...)
		if pro := q.d.Annuaire.Professional(x.IDNat); pro != nil && pro.Mailbox != "" && !slices.Contains(mail, pro.Mailbox) {
			mail = append(mail, pro.Mailbox)
		}
		c := q.personCard(x, 1)
		role := strings.Join(append(slices.Clone(c.Professions), c.SavoirFaire...), " · ")
		if len(c.Places) > 0 {
			role = strings.Join(nonEmpty(role, c.Places[0].Name, c.Places[0].Town), " · ")
		}
		p.offer(x.Name, role, mail)
	}
	places, _ := q.d.Annuaire.FindStructures(annuaire.StructureQuery{Name: p.Search, Town: town, PostCode: code, Limit: maxMailFound})
	for _, x := range places {
		p.offer(x.Name, strings.Join(nonEmpty(x.Sector, x.Town), " · "), x.Mailboxes)
	}
}

func (p *writePage) offer(name, role string, mailboxes []string) {
	for _, a := range mailboxes[:min(len(mailboxes), 2)] {
		if len(p.Found) < maxMailFound {
			p.Found = append(p.Found, offeredRow{Address: a, Name: name, Role: role, Chosen: slices.Contains(p.F.To, a)})
		}
	}
}
