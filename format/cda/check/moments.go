package check

import (
	"regexp"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// moments looks at the times nobody else looks at: those of the body, the offset of the main ones,
// what cannot come before what.
func moments(c *run) {
	for n := range c.d.Body.Node.Descendants(cda.NS, "*") {
		switch n.Local() {
		case "effectiveTime", "time", "low", "high", "center", "birthTime", "expectedUseTime":
			if owner := n.Parent().Local(); owner == "value" || owner == "doseQuantity" || owner == "rateQuantity" || owner == "quantity" || owner == "period" || owner == "phase" {
				continue
			}
			c.moment(n)
		case "value":
			if _, t := n.Type(); t == "TS" {
				c.moment(n)
			}
		}
	}
	c.under("CDA-18")
	for n := range c.d.Root.Descendants(cda.NS, "*") {
		switch n.Local() {
		case "effectiveTime", "time", "low", "high", "birthTime", "center":
			c.strict(n)
		}
	}
	c.under("CDA-15")
	c.offset("effectiveTime", c.d.EffectiveTime, c.d.Root.Child(cda.NS, "effectiveTime"))
	for i := range c.d.Authors {
		c.offset("author/time", c.d.Authors[i].Time.Value, c.d.Authors[i].Node.Child(cda.NS, "time"))
	}
	if a := c.d.LegalAuthenticator; a != nil {
		c.offset("legalAuthenticator/time", a.Time.Value, a.Node.Child(cda.NS, "time"))
	}
	c.under("CDA-16")
	c.sequence()
}

// moment asks that a time of the body exist in the calendar and that an interval not be inverted.
func (c *run) moment(n xmltree.Node) {
	v, has := n.AttrOK("value")
	_, typ := n.Type()
	if _, ok := (cda.TS{Raw: v}).Time(); has && v != "" && !ok && typ != "PQ" {
		c.under("CDA-14")
		c.badAs(finding.Warning, n, n.Parent().Local()+"/"+n.Local()+"/@value", v, "AAAA[MM[JJ[HHMM[SS]±ZZZZ]]]")
		return
	}
	low, high := n.Child(cda.NS, "low"), n.Child(cda.NS, "high")
	from, ok1 := (cda.TS{Raw: low.Attr("value")}).Time()
	to, ok2 := (cda.TS{Raw: high.Attr("value")}).Time()
	if ok1 && ok2 && from.After(to) && len(low.Attr("value")) <= len(high.Attr("value")) {
		c.under("CDA-14")
		a, b := low.Attr("value"), high.Attr("value")
		c.add(finding.Warning, at(low, "value"), a+" … "+b, "low ≤ high", finding.Tf("%s/%s : le début (%s) est après la fin (%s).", "%s/%s: the start (%s) is after the end (%s).", n.Parent().Local(), n.Local(), a, b),
			finding.Tf("Vérifier les deux dates ; si elles sont échangées, écrire low=%s et high=%s.", "Check both dates; if swapped, write low=%s and high=%s.", b, a))
	}
}

// strict: readable is not enough, others read by the letter.
func (c *run) strict(n xmltree.Node) {
	v := n.Attr("value")
	if v == "" || strictTS.MatchString(v) {
		return
	}
	p, ok := (cda.TS{Raw: v}).Parse(nil)
	if !ok || p.Precision < cda.Hour {
		return
	}
	right := p.Time.Format("20060102150405-0700")
	if p.Precision == cda.Minute {
		right = p.Time.Format("200601021504-0700")
	}
	c.add(finding.Warning, at(n, "value"), v, right, finding.Tf("%s/@value « %s » se lit, mais le décalage horaire n'est pas écrit ±HHMM.", "%s/@value “%s” can be read, but the offset is not written ±HHMM.", n.Local(), v),
		finding.Tf("Écrire « %s ».", "Write “%s”.", right))
}

// strictTS is the form of a time in HL7 V3.
var strictTS = regexp.MustCompile(`^[0-9]{4,14}(\.[0-9]+)?([+-][0-9]{4})?$`)

// offset: a time with hours but no offset is an hour or two off for whoever reads it in UTC.
func (c *run) offset(what string, t cda.TS, n xmltree.Node) {
	p, ok := t.Parse(nil)
	if !ok || p.Precision < cda.Hour || p.Offset {
		return
	}
	c.add(finding.Warning, at(n, "value"), t.Raw, t.Raw+p.Time.Format("-0700"), finding.Tf("%s (%s) porte une heure sans décalage horaire.", "%s (%s) has an hour but no offset.", what, t.Raw),
		finding.Tf("Écrire l'heure avec son décalage : « %s ».", "Write the hour with its offset: “%s”.", t.Raw+p.Time.Format("-0700")))
}

// sequence: birth comes first, then the document; a document is not older than the person.
func (c *run) sequence() {
	birth, ok1 := c.d.Patient.Birth.Parse(nil)
	made, ok2 := c.d.EffectiveTime.Parse(nil)
	n := c.d.Patient.Person.Child(cda.NS, "birthTime")
	if doc := c.d.Root.Child(cda.NS, "effectiveTime"); ok2 && made.Time.Year() < firstYear {
		c.add(finding.Warning, at(doc, "value"), c.d.EffectiveTime.Raw, "", finding.Tf("La date du document (%s) porte l'année %04d.", "The date of the document (%s) has year %04d.", c.d.EffectiveTime.Raw, made.Time.Year()),
			finding.Tf("Remplacer « %s » par la date de création du document.", "Replace “%s” by the date the document was made.", c.d.EffectiveTime.Raw))
		return
	}
	switch {
	case !ok1:
	case ok2 && birth.Time.After(made.Time.Add(48*time.Hour)):
		c.add(finding.Warning, at(n, "value"), c.d.Patient.Birth.Raw, "≤ "+c.d.EffectiveTime.Raw, finding.Tf("Le patient naît (%s) après le document (%s).", "The patient is born (%s) after the document (%s).", c.d.Patient.Birth.Raw, c.d.EffectiveTime.Raw),
			finding.Tf("Vérifier birthTime (%s) : siècle, ordre année-mois-jour.", "Check birthTime (%s): century, order year-month-day.", c.d.Patient.Birth.Raw))
	case ok2 && made.Time.Sub(birth.Time) > maxAge:
		c.add(finding.Warning, at(n, "value"), c.d.Patient.Birth.Raw, "", finding.Tf("Le patient aurait plus de %d ans à la date du document (né le %s).", "The patient would be over %d at the date of the document (born %s).", 130, c.d.Patient.Birth.Raw),
			finding.Tf("Vérifier birthTime (%s).", "Check birthTime (%s).", c.d.Patient.Birth.Raw))
	}
	death, ok := c.d.Patient.DeathTime.Parse(nil)
	if ok && ok1 && death.Time.Before(birth.Time) {
		c.add(finding.Warning, at(c.d.Patient.Person.Child(cda.NSSDTC, "deceasedTime"), "value"), c.d.Patient.DeathTime.Raw, "≥ "+c.d.Patient.Birth.Raw, finding.Tf("Le décès (%s) précède la naissance (%s).", "Death (%s) comes before birth (%s).", c.d.Patient.DeathTime.Raw, c.d.Patient.Birth.Raw),
			finding.Tf("Corriger sdtc:deceasedTime (%s).", "Mend sdtc:deceasedTime (%s).", c.d.Patient.DeathTime.Raw))
	}
	if alive := c.d.Patient.Deceased; alive == "false" && !c.d.Patient.DeathTime.IsZero() {
		c.add(finding.Warning, at(c.d.Patient.Person.Child(cda.NSSDTC, "deceasedInd"), "value"), alive, "true", finding.Tf("sdtc:deceasedInd vaut false mais une date de décès est donnée (%s).", "sdtc:deceasedInd is false but a time of death is given (%s).", c.d.Patient.DeathTime.Raw),
			finding.T("Mettre deceasedInd à true, ou retirer deceasedTime.", "Set deceasedInd to true, or remove deceasedTime."))
	}
}

// firstYear is before any document on record.
const firstYear = 1900

// maxAge is beyond any person on record.
const maxAge = 130 * 366 * 24 * time.Hour
