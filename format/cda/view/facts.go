package view

import (
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// Options say how a document is shown. The zero value is good: in French, narrative first.
type Options struct {
	Lang  string // "fr" or "en"; the words around the document, not its own
	Plain bool   // without the comparison with coded data: a faithful print of the narrative
}

// with takes the options given, if any.
func with(o []Options) Options {
	var out Options
	if len(o) > 0 {
		out = o[0]
	}
	if out.Lang != "en" {
		out.Lang = "fr"
	}
	return out
}

func (o Options) say(fr, en string) string { return finding.T(fr, en).In(o.Lang) }

// fact is one line of the header, ready to read.
type fact struct{ Label, Text string }

type facts []fact

func (f *facts) add(label string, parts ...string) {
	var kept []string
	for _, p := range parts {
		if p = squeeze(p); p != "" {
			kept = append(kept, p)
		}
	}
	if len(kept) > 0 {
		*f = append(*f, fact{label, strings.Join(kept, ", ")})
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// identity says who the document is about.
// spec: CI-SIS cda §8
func identity(d *cda.Document, o Options) facts {
	p := &d.Patient
	var f facts
	f.add(o.say("Nom de naissance", "Birth name"), p.BirthName())
	f.add(o.say("Prénoms de naissance", "Birth given names"), p.BirthGivens())
	f.add(o.say("Nom et prénom utilisés", "Names in use"), strings.TrimSpace(p.UsedName()+" "+p.UsedGiven()))
	f.add(o.say("Sexe", "Sex"), sex(p.Sex, o))
	f.add(o.say("Né(e) le", "Born"), day(p.Birth, o))
	place := p.BirthCity
	if p.BirthCOG != "" {
		place = strings.TrimSpace(place + " (COG " + p.BirthCOG + ")")
	}
	f.add(o.say("Lieu de naissance", "Birthplace"), place)
	if id := p.TheINS(); !id.IsZero() {
		f.add(insid.Label(id.OID), id.Matricule.Spaced())
	}
	for i, id := range p.IPP {
		if i < 3 {
			f.add(o.say("Identifiant local", "Local identifier"), id.Extension)
		}
	}
	f.add(o.say("Décès", "Death"), day(p.DeathTime, o))
	return f
}

// origin says when the document was made, by whom and where.
func origin(d *cda.Document, o Options) facts {
	var f facts
	f.add("Date", moment(d.EffectiveTime, o))
	for i := range d.Authors {
		a := &d.Authors[i]
		f.add(o.say("Auteur", "Author"), a.Label(), a.Code.Display)
		if a.Org != nil {
			f.add(o.say("Structure", "Organization"), a.Org.Name)
		}
		if i == 2 {
			break // the rest stands in the details
		}
	}
	return f
}

// details is the rest of the header.
func details(d *cda.Document, o Options) facts {
	var f facts
	who := func(label string, a *cda.Actor) {
		if a == nil {
			return
		}
		org := ""
		if a.Org != nil && a.Org.Name != a.Label() {
			org = a.Org.Name
		}
		f.add(label, a.Label(), a.Function.Display, a.Code.Display, org, moment(a.Time.Start(), o), contacts(a.Telecoms))
	}
	for _, ad := range d.Patient.Addrs {
		f.add(o.say("Adresse du patient", "Address of the patient"), ad.OneLine())
	}
	f.add(o.say("Contacts du patient", "Contacts of the patient"), contacts(d.Patient.Telecoms))
	who(o.say("Responsable du document", "Legal authenticator"), d.LegalAuthenticator)
	for i := range d.Authenticators {
		who(o.say("Validé par", "Validated by"), &d.Authenticators[i])
	}
	for i := 3; i < len(d.Authors); i++ {
		who(o.say("Auteur", "Author"), &d.Authors[i])
	}
	who(o.say("Saisi par", "Entered by"), d.DataEnterer)
	for i := range d.Services {
		s := &d.Services[i]
		f.add(o.say("Acte", "Act"), s.Code.Label(), period(s.Time, o))
		for j := range s.Performers {
			who(o.say("Exécutant", "Performer"), &s.Performers[j])
		}
	}
	e := &d.Encounter
	f.add(o.say("Prise en charge", "Encounter"), e.Code.Display, period(e.Time, o), e.Place, e.Facility.Display)
	who(o.say("Responsable de la prise en charge", "Responsible for the encounter"), e.Responsible)
	for i := range d.Participants {
		who(participation(d.Participants[i].TypeCode, o), &d.Participants[i])
	}
	for i := range d.Informants {
		who(o.say("Informateur", "Informant"), &d.Informants[i])
	}
	for i := range d.Recipients {
		who(o.say("Destinataire", "Recipient"), &d.Recipients[i])
	}
	for i := range d.Orders {
		for _, id := range d.Orders[i].IDs {
			f.add(o.say("Prescription", "Order"), id.Extension)
		}
	}
	f.add(o.say("Conservé par", "Custodian"), d.Custodian.Name)
	f.add(o.say("Confidentialité", "Confidentiality"), d.Confidentiality.Display)
	f.add("Version", d.Version)
	for i := range d.Related {
		for _, id := range d.Related[i].Parents {
			f.add(o.say("Remplace", "Replaces"), id.UniqueID())
		}
	}
	f.add(o.say("Identifiant du document", "Document identifier"), d.UniqueID())
	return f
}

func participation(code string, o Options) string {
	switch code {
	case "REF":
		return o.say("Prescripteur", "Ordering professional")
	case "INF":
		return o.say("Informateur", "Informant")
	case "PART":
		return o.say("Participant", "Participant")
	case "IND":
		return o.say("Personne à contacter", "Contact")
	case "CON":
		return o.say("Consultant", "Consultant")
	}
	return o.say("Intervenant", "Taking part")
}

// maxContacts bounds the telephone numbers and addresses said on one line.
const maxContacts = 4

func contacts(list []cda.Telecom) string {
	var out []string
	for _, t := range list {
		v := strings.TrimPrefix(strings.TrimPrefix(t.Value, "tel:"), "mailto:")
		if v != "" && len(out) < maxContacts {
			out = append(out, v)
		}
	}
	return strings.Join(out, ", ")
}

func sex(c cda.CD, o Options) string {
	switch c.Code {
	case "M":
		return o.say("masculin", "male")
	case "F":
		return o.say("féminin", "female")
	case "U", "UN", "I":
		return o.say("indéterminé", "undetermined")
	}
	return c.Display
}

// day writes a date as people of the language do.
func day(t cda.TS, o Options) string {
	p, ok := t.Parse(nil)
	if !ok {
		return ""
	}
	return written(p.Time, p.Precision, o)
}

func written(t time.Time, p cda.Precision, o Options) string {
	switch p {
	case cda.Year:
		return t.Format("2006")
	case cda.Month:
		return t.Format(o.say("01/2006", "2006-01"))
	}
	return t.Format(o.say("02/01/2006", "2006-01-02"))
}

// moment writes a date and its hour, when it has one.
func moment(t cda.TS, o Options) string {
	p, ok := t.Parse(nil)
	if !ok {
		return ""
	}
	s := written(p.Time, p.Precision, o)
	if p.Precision >= cda.Minute {
		s += p.Time.Format(o.say(" à 15:04", " 15:04"))
	}
	return s
}

func period(i cda.IVLTS, o Options) string {
	from, to := moment(i.Start(), o), moment(i.End(), o)
	if from == "" || to == "" || from == to {
		return from + strings.TrimPrefix(to, from)
	}
	return o.say("du ", "from ") + from + o.say(" au ", " to ") + to
}
