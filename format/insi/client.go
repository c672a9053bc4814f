package insi

import (
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/xmltree"
)

// RequestContentType is the Content-Type of a request, with its action.
func RequestContentType(op Operation) string {
	return `application/soap+xml; charset=utf-8; action="` + op.Action() + `"`
}

// Outgoing is a request as a client builds it.
type Outgoing struct {
	Operation Operation
	MessageID string // uuid:<uuid>
	Context   Context
	Search    Traits
	Persons   []Individual
	Lot       string
	Security  []byte // wsse:Security, complete, when a card signs
}

// AppendRequest appends the whole envelope of a request.
// spec: INS §6 (headers, RECSANSVITALE)
func AppendRequest(dst []byte, o Outgoing) []byte {
	dst = append(dst, envelopeOpen+`<soap:Header><wsa:Action xmlns:wsa="`+soap.NSWSA+`">`...)
	dst = xmltree.AppendText(dst, o.Operation.Action())
	dst = xmltree.AppendText(append(dst, `</wsa:Action><wsa:MessageID xmlns:wsa="`+soap.NSWSA+`">`...), o.MessageID)
	dst = append(dst, `</wsa:MessageID><ctxbam:ContexteBAM xmlns:ctxbam="`+NSBAM+`" Version="01_02">`...)
	c := o.Context
	for _, e := range [][2]string{{"Id", c.ID}, {"Temps", c.Time}, {"Emetteur", c.Emitter}} {
		dst = element(dst, "ctxbam:"+e[0], e[1])
	}
	dst = append(dst, `<ctxbam:COUVERTURE/></ctxbam:ContexteBAM><ctxlps:ContexteLPS xmlns:ctxlps="`+NSLPS+`" Nature="CTXLPS" Version="01_00">`...)
	for _, e := range [][2]string{{"Id", c.ID}, {"Temps", c.Time}, {"Emetteur", c.Emitter}} {
		dst = element(dst, "ctxlps:"+e[0], e[1])
	}
	dst = xmltree.AppendText(append(dst, `<ctxlps:LPS><ctxlps:IDAM R="4">`...), c.IDAM)
	dst = append(dst, `</ctxlps:IDAM>`...)
	for _, e := range [][2]string{{"Version", c.Version}, {"Instance", c.Instance}, {"Nom", c.Name}} {
		dst = element(dst, "ctxlps:"+e[0], e[1])
	}
	dst = append(dst, `</ctxlps:LPS></ctxlps:ContexteLPS>`...)
	dst = append(dst, o.Security...)
	dst = append(dst, `</soap:Header><soap:Body>`...)
	dst = appendRequestBody(dst, o)
	return append(dst, `</soap:Body></soap:Envelope>`...)
}

func appendRequestBody(dst []byte, o Outgoing) []byte {
	switch o.Operation {
	case SearchTraits:
		dst = append(dst, `<RECSANSVITALE xmlns="`+NSSearch+`">`...)
		return append(appendTraits(dst, o.Search), `</RECSANSVITALE>`...)
	case SearchVitale:
		return append(dst, `<RECVITALE xmlns="`+NSVitale+`"/>`...)
	case Verify:
		dst = append(dst, `<VERIFINS xmlns="`+NSVerify+`">`...)
		for _, p := range o.Persons {
			dst = appendIndividual(dst, p)
		}
		return append(dst, `</VERIFINS>`...)
	case DepositLot:
		dst = append(dst, `<LOT xmlns="`+NSVerify+`">`...)
		for _, p := range o.Persons {
			dst = appendIndividual(dst, p)
		}
		return append(dst, `</LOT>`...)
	}
	dst = append(dst, `<SUIVI xmlns="`+NSVerify+`">`...)
	return append(element(dst, "IdLot", o.Lot), `</SUIVI>`...)
}

func appendIndividual(dst []byte, p Individual) []byte {
	dst = append(dst, `<IndividuVerifie`...)
	if p.Ref != "" {
		dst = append(xmltree.AppendAttr(append(dst, ` ref="`...), p.Ref), '"')
	}
	dst = append(dst, `><INSFourni>`...)
	dst = append(appendINS(dst, p.INS), `</INSFourni><TraitsIdentiteIndividu>`...)
	return append(appendTraits(dst, p.Traits), `</TraitsIdentiteIndividu></IndividuVerifie>`...)
}

func appendTraits(dst []byte, t Traits) []byte {
	dst = element(dst, "NomNaissance", t.BirthName)
	for _, p := range t.Prenom {
		dst = element(dst, "Prenom", p)
	}
	if t.Givens != "" {
		dst = element(dst, "ListePrenom", t.Givens)
	}
	dst = element(dst, "Sexe", t.Sex)
	dst = element(dst, "DateNaissance", t.BirthDate)
	if t.BirthPlace != "" {
		dst = element(dst, "LieuNaissance", t.BirthPlace)
	}
	return dst
}
