package mssante

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
)

type hit = func(finding.Place, string)

// from gives the one sender, false when there is not exactly one.
func (l *linted) from() (courriel.Address, bool) {
	list := l.h.Addresses("From")
	if len(list) != 1 || len(l.h.Values("From")) != 1 {
		return courriel.Address{}, false
	}
	_, err := ParseAddress(list[0].Addr())
	return list[0], err == nil
}

func checkFrom(l *linted, hit hit) {
	if _, ok := l.from(); !ok {
		hit(l.at("From"), l.h.Text("From"))
	}
}

// checkName spares citizens, whom Mon espace santé names.
func checkName(l *linted, hit hit) {
	if a, ok := l.from(); ok && strings.TrimSpace(a.Name) == "" && !IsCitizen(a.Addr()) {
		hit(l.at("From"), l.h.Text("From"))
	}
}

func checkPersonalName(l *linted, hit hit) {
	if a, ok := l.from(); ok && a.Name != "" && l.env.Box == Personal && !IsPersonalName(a.Name) {
		hit(l.at("From"), a.Name)
	}
}

func checkEnvelope(l *linted, hit hit) {
	a, ok := l.from()
	if !ok || l.env.From == "" {
		return
	}
	header, _ := ParseAddress(a.Addr())
	if envelope, err := ParseAddress(l.env.From); err == nil && header.Key() != envelope.Key() {
		hit(l.at("From"), a.Addr())
	}
}

func checkDate(l *linted, hit hit) {
	if _, ok := l.h.Date(); !ok || len(l.h.Values("Date")) != 1 {
		hit(l.at("Date"), l.h.Get("Date"))
	}
}

func checkMessageID(l *linted, hit hit) {
	v := strings.TrimSpace(l.h.Get("Message-ID"))
	ids := l.h.MessageIDs("Message-ID")
	if len(ids) != 1 || v != "<"+ids[0]+">" || strings.Count(ids[0], "@") != 1 || strings.HasPrefix(ids[0], "@") || strings.HasSuffix(ids[0], "@") {
		hit(l.at("Message-ID"), v)
	}
}

func checkThread(l *linted, hit hit) {
	answers := len(l.h.MessageIDs("In-Reply-To")) > 0
	switch {
	case answers && len(l.h.MessageIDs("References")) == 0:
		hit(l.at("In-Reply-To"), "References")
	case !answers && regexp.MustCompile(`(?i)^\s*(re|réf)\s*:`).MatchString(l.h.Text("Subject")):
		hit(l.at("Subject"), "In-Reply-To")
	}
}

func checkRecipientsField(l *linted, hit hit) {
	n := 0
	for _, name := range []string{"To", "Cc", "Reply-To"} {
		for _, a := range l.h.Addresses(name) {
			if name != "Reply-To" {
				n++
			}
			if _, err := ParseAddress(a.Addr()); err != nil {
				hit(l.at(name), a.Addr())
			}
		}
	}
	if n == 0 {
		hit(finding.Place{}, "To")
	}
}

// checkBody asks that the first readable thing be plain text, or alternatives that hold some. A
// report (MDN, DSN) has its own rules.
func checkBody(l *linted, hit hit) {
	p := l.m.Root
	for p.Type == "multipart" && (p.Subtype == "mixed" || p.Subtype == "related" || p.Subtype == "signed") && len(p.Parts) > 0 {
		p = p.Parts[0]
	}
	switch {
	case p.Type == "multipart" && p.Subtype == "report":
		return
	case p.Type == "multipart" && p.Subtype == "alternative":
		for _, c := range p.Parts {
			if c.Type == "text" && c.Subtype == "plain" {
				return
			}
		}
	case p.Type == "text" && p.Subtype == "plain" && p.Disposition != "attachment":
		return
	}
	hit(l.in(p), p.Type+"/"+p.Subtype)
}

func checkCharset(l *linted, hit hit) {
	for _, p := range l.texts {
		charset := strings.ToLower(p.Param("charset"))
		if charset == "utf-8" || charset == "utf8" {
			continue
		}
		b, err := l.m.Decode(p, MaxMessageBytes)
		plain := err == nil && bytes.IndexFunc(b, func(c rune) bool { return c >= 0x80 }) < 0
		if plain && (charset == "" || charset == "us-ascii") {
			continue // ASCII is UTF-8 already
		}
		hit(l.in(p), charset)
	}
}

func checkNIL(l *linted, hit hit) {
	if a, ok := l.from(); ok && IsCitizen(a.Addr()) {
		return
	}
	if v := strings.TrimSpace(l.h.Get(HeaderNIL)); v == "" || len(v) > maxCodeLength {
		hit(l.at(HeaderNIL), v)
	}
}

func checkCodes(l *linted, hit hit) {
	want := CodesOf(l.cdas())
	if want == "" {
		return
	}
	said := map[string]bool{}
	for _, c := range ParseCodes(l.h.Get(HeaderCodeCDA)) {
		said[c] = true
	}
	held := ParseCodes(want)
	same := len(said) == len(held)
	for _, c := range held {
		same = same && said[c]
	}
	if !same {
		hit(l.at(HeaderCodeCDA), l.h.Get(HeaderCodeCDA)+" ≠ "+want)
	}
}

func checkCodesWithout(l *linted, hit hit) {
	if l.h.Has(HeaderCodeCDA) && len(l.docs) == 0 {
		hit(l.at(HeaderCodeCDA), l.h.Get(HeaderCodeCDA))
	}
}

func checkINS(l *linted, hit hit) {
	if want := INSOf(l.cdas()); want != "" && strings.TrimSpace(l.h.Get(HeaderINS)) != want {
		hit(l.at(HeaderINS), l.h.Get(HeaderINS)+" ≠ "+want)
	}
}

func checkINSWithout(l *linted, hit hit) {
	if l.h.Has(HeaderINS) && len(l.docs) == 0 {
		hit(l.at(HeaderINS), l.h.Get(HeaderINS))
	}
}

func checkMES(l *linted, hit hit) {
	if v := l.h.Get(HeaderMES); l.h.Has(HeaderMES) && strings.TrimSpace(v) != FIN {
		hit(l.at(HeaderMES), v)
	}
}

func checkMESWithout(l *linted, hit hit) {
	if l.h.Has(HeaderMES) && len(l.citizens) == 0 {
		hit(l.at(HeaderMES), l.h.Get(HeaderMES))
	}
}

func checkFIN(l *linted, hit hit) {
	s := l.h.Text("Subject")
	if s != FINSubject && strings.EqualFold(strings.Trim(s, " []."), FIN) {
		hit(l.at("Subject"), s)
	}
}

func checkSubject(l *linted, hit hit) {
	text := l.h.Text("Subject")
	if len(l.archives) == 0 {
		return
	}
	if s, ok := ParseSubject(text); !ok || s.Label == "" || !strings.Contains(text, SubjectPrefix) {
		hit(l.at("Subject"), text)
	}
}

func checkSubjectPatient(l *linted, hit hit) {
	text := l.h.Text("Subject")
	s, ok := ParseSubject(text)
	if !ok || len(l.docs) == 0 {
		return
	}
	p := &l.docs[0].doc.Patient
	named := p.UsedName() != "" && Names(text, p.UsedName(), first(p.UsedGiven(), p.FirstGiven()))
	if !named && !Names(text, p.BirthName(), p.FirstGiven()) {
		hit(l.at("Subject"), text)
		return
	}
	if birth := frenchDay(p.Birth.Date()); s.Birth != "" && birth != "" && s.Birth != birth {
		hit(l.at("Subject"), s.Birth)
	}
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func checkSubjectWithout(l *linted, hit hit) {
	s, ok := ParseSubject(l.h.Text("Subject"))
	report := l.m.Root.Type == "multipart" && l.m.Root.Subtype == "report"
	if ok && !s.Failed && !report && len(l.archives) == 0 && !l.h.Has("In-Reply-To") {
		hit(l.at("Subject"), l.h.Text("Subject"))
	}
}

func checkCitizen(l *linted, hit hit) {
	for _, a := range l.citizens {
		if m, ok := CitizenOf(a.Addr()); !ok || !m.KeyOK() {
			hit(l.at("To"), a.Addr())
		}
	}
}

func checkCitizenSame(l *linted, hit hit) {
	for _, a := range l.citizens {
		m, ok := CitizenOf(a.Addr())
		if !ok {
			continue
		}
		for _, d := range l.docs {
			if ins := d.doc.Patient.TheINS(); ins.Matricule.Reveal() != m.Reveal() {
				hit(l.at("To"), a.Addr())
				break
			}
		}
	}
}

func checkCitizens(l *linted, hit hit) {
	seen := map[string]bool{}
	for _, a := range l.citizens {
		seen[strings.ToLower(a.Addr())] = true
	}
	if len(seen) > 1 {
		hit(l.at("To"), "")
	}
}

func checkSize(l *linted, hit hit) {
	if len(l.raw) > MaxMessageBytes {
		hit(finding.Place{}, "")
	}
}

func checkReceipt(l *linted, hit hit) {
	asked := l.h.Addresses(headerReceipt)
	a, ok := l.from()
	if len(asked) == 0 || !ok {
		return
	}
	for _, r := range asked {
		if !strings.EqualFold(r.Addr(), a.Addr()) {
			hit(l.at(headerReceipt), r.Addr())
		}
	}
}
