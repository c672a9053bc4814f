package web

import (
	"strings"
	"unicode"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// correspondent is who stands at one end of a message, as people know them.
type correspondent struct {
	Name, Address string
	Detail        string // entity of the mailbox, or born on
	Citizen       bool
	Me            bool
	INS, Key      string // of a citizen whom the directory of persons knows
	Record        string // address of their record, when the reader follows them
	Doubtful      bool   // the operator of the sender is not the one of this address
}

// Short is a name for a list.
func (c correspondent) Short() string {
	if c.Name != "" {
		return c.Name
	}
	return c.Address
}

// shownName writes a display name of MSSanté as people say it: underscores part title, given name,
// name and entity.
// spec: MSSANTE ECO.2.2.7
func shownName(name string) string {
	who, _ := splitName(name)
	return who
}

func splitName(name string) (who, entity string) {
	name = tidy(name)
	if !strings.Contains(name, "_") {
		return polite(name), ""
	}
	parts := strings.Split(name, "_")
	for i, p := range parts {
		if i > 0 && strings.ToUpper(p) == p && strings.ToLower(p) != p { // the family name ends the person
			return polite(strings.Join(parts[:i+1], " ")), strings.Join(parts[i+1:], " ")
		}
	}
	return strings.Join(parts, " "), ""
}

// maxTidy bounds a word of a message shown in a list.
const maxTidy = 200

// tidy makes one line of what a message says: no controls, no marks that turn the direction of
// writing, bounded.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 127 || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029:
			return ' '
		case unseen(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxTidy {
		return string(r[:maxTidy-1]) + "…"
	}
	return s
}

// unseen tells a letter that leaves no trace on the page: two names that look the same would differ
// by it, or a name would be written backwards.
func unseen(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// personOf finds the citizen of an address in the directory of persons.
// spec: MSSANTE SC.MSS/UX.31
func (q *request) personOf(address string) *ins.Person {
	m, ok := mssante.CitizenOf(address)
	if !ok {
		return nil
	}
	for _, authority := range []string{oid.INSNIR, oid.INSNIA, oid.INSNIRTest, oid.INSNIRDemo} {
		p, _, err := q.d.DMP.Recognise(q.r.Context(), insid.INS{Matricule: m, OID: authority}, ins.Traits{})
		if err == nil && p != nil {
			return p
		}
	}
	return nil
}

// correspondent puts an address of a message in words. A citizen is named to who follows them, and
// to whom they wrote, which the operator knows: the message alone could be anybody's.
func (q *request) correspondent(b *mailbox, a courriel.Address, wrote bool) correspondent {
	c := correspondent{Address: tidy(a.Addr())}
	c.Name, c.Detail = splitName(a.Name)
	if c.Me = mss.Canonical(a.Addr()) == b.Box.Address; c.Me {
		if c.Name == "" {
			c.Name = shownName(b.Box.Name)
		}
		return c
	}
	if !mssante.IsCitizen(a.Addr()) {
		return c
	}
	c.Citizen, c.Detail = true, ""
	p := q.personOf(a.Addr())
	if p == nil || !q.follows(p.ID) && !(wrote && q.exchanged(b, a.Addr())) {
		c.Name = q.t("mail.citizen.unknown")
		return c
	}
	c.Name = p.DisplayName()
	c.INS, c.Key = spaced(p.INS.Matricule.Reveal())
	if p.Traits.BirthDate != "" {
		c.Detail = q.t("mail.born."+sexKey(p.Traits.Sex), dateWords(q.lang, p.Traits.BirthDate))
	}
	if q.follows(p.ID) {
		c.Record = recordPath(p.ID)
	}
	return c
}

// sender reads who wrote a message. A citizen is named only when the envelope says the same: else
// anybody could borrow a name.
func (q *request) sender(b *mailbox, h courriel.Header) correspondent {
	list := h.Addresses("From")
	if len(list) == 0 {
		return correspondent{Name: q.t("mail.from.none")}
	}
	path := h.Get("Return-Path")
	envelope := strings.Trim(path, "<> ")
	report := strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "multipart/report")
	if mssante.IsCitizen(list[0].Addr()) && (envelope != "" || path != "" && !report) && mss.Canonical(envelope) != mss.Canonical(list[0].Addr()) {
		return correspondent{Name: tidy(list[0].Name), Address: tidy(list[0].Addr()), Detail: firstOf(tidy(envelope), q.t("msg.doubt.none")), Doubtful: true}
	}
	c := q.correspondent(b, list[0], true)
	if envelope != "" && !strings.EqualFold(domainWords(envelope), domainWords(list[0].Addr())) {
		c.Doubtful, c.Detail = true, tidy(envelope)
	}
	return c
}

func domainWords(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// follows tells whether the reader may open a record as one of their patients.
func (q *request) follows(id ins.PersonID) bool {
	if q.caller.Citizen {
		return false
	}
	list, err := q.followed()
	if err != nil {
		return false
	}
	for i := range list {
		if list[i].Person.ID == id {
			return true
		}
	}
	return false
}

// exchanged tells whether a citizen and the mailbox wrote to each other. A fault tells no.
func (q *request) exchanged(b *mailbox, citizen string) bool {
	ok, err := b.Exchanged(q.r.Context(), citizen)
	return ok && err == nil
}
