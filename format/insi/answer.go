package insi

import (
	"strconv"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/xmltree"
)

const (
	envelopeOpen = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<soap:Envelope xmlns:soap="` + soap.NS + `">`
	bodyOpen     = `<S:Body xmlns:S="` + soap.NS + `">`
	bodyClose    = `</S:Body></soap:Envelope>`
)

// ContentType is that of every answer.
const ContentType = "application/soap+xml; charset=utf-8"

// open begins an answer. The national service sends no header back.
func open(dst []byte) []byte { return append(dst, envelopeOpen+bodyOpen...) }

func element(dst []byte, name, v string) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = xmltree.AppendText(dst, v)
	return append(append(append(dst, `</`...), name...), '>')
}

func appendINS(dst []byte, id insid.INS) []byte {
	dst = append(dst, `<IdIndividu>`...)
	dst = element(dst, "NumIdentifiant", id.Matricule.NIR())
	dst = element(dst, "Cle", id.Matricule.Key())
	dst = append(dst, `</IdIndividu>`...)
	return element(dst, "OID", id.OID)
}

func appendCR(dst []byte, code, label string) []byte {
	dst = append(dst, `<RESULTAT xmlns="`+NSResult+`"><CR>`...)
	dst = element(dst, "CodeCR", code)
	dst = element(dst, "LibelleCR", label)
	return append(dst, `</CR>`...)
}

// AppendAnswer appends the whole answer to a search.
// spec: INS §6 (RESULTAT)
func AppendAnswer(dst []byte, a Answer) []byte {
	dst = appendCR(open(dst), a.Code, a.Label)
	if a.Code == "00" {
		dst = append(dst, `<INDIVIDU><INSACTIF>`...)
		dst = append(appendINS(dst, a.INS), `</INSACTIF>`...)
		for _, f := range a.History {
			dst = append(dst, `<INSHISTO>`...)
			if f.From != "" {
				dst = element(dst, "DateDeb", f.From)
			}
			if f.To != "" {
				dst = element(dst, "DateFin", f.To)
			}
			dst = append(appendINS(dst, f.INS), `</INSHISTO>`...)
		}
		dst = append(dst, `<TIQ>`...)
		dst = element(dst, "NomNaissance", a.Traits.BirthName)
		dst = element(dst, "ListePrenom", a.Traits.Givens)
		dst = element(dst, "Sexe", a.Traits.Sex)
		dst = element(dst, "DateNaissance", a.Traits.BirthDate)
		if a.Traits.BirthPlace != "" {
			dst = element(dst, "LieuNaissance", a.Traits.BirthPlace)
		}
		dst = append(dst, `</TIQ></INDIVIDU>`...)
	}
	return append(dst, `</RESULTAT>`+bodyClose...)
}

// AppendVerified appends the whole answer to a verification.
func AppendVerified(dst []byte, ok bool) []byte {
	label := VerifiedOK
	code := "00"
	if !ok {
		code, label = "01", VerifiedKO
	}
	dst = appendCR(open(dst), code, label)
	return append(dst, `</RESULTAT>`+bodyClose...)
}

// AppendLot appends the whole answer about a lot: its progress, then its results.
func AppendLot(dst []byte, l Lot) []byte {
	dst = append(open(dst), `<LOT xmlns="`+NSVerify+`">`...)
	dst = element(dst, "IdLot", l.ID)
	dst = element(dst, "Etat", l.State)
	dst = element(dst, "Traites", strconv.Itoa(l.Done))
	dst = element(dst, "Total", strconv.Itoa(l.Total))
	for _, r := range l.Results {
		dst = append(dst, `<Resultat ref="`...)
		dst = xmltree.AppendAttr(dst, r.Ref)
		if r.Reason != "" {
			dst = xmltree.AppendAttr(append(dst, `" motif="`...), r.Reason)
		}
		dst = append(append(append(dst, `">`...), r.Result...), `</Resultat>`...)
	}
	return append(dst, `</LOT>`+bodyClose...)
}

// ReadAnswer reads the answer to a search; a fault becomes a refusal.
func ReadAnswer(contentType string, body []byte) (Answer, error) {
	n, err := readBody(contentType, body)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Code: n.Path(NSResult, "CR", "CodeCR").Trim(), Label: n.Path(NSResult, "CR", "LibelleCR").Trim()}
	if a.Code == "" {
		return a, ErrBody.At(clip(n.XPath()))
	}
	who := n.Child(NSResult, "INDIVIDU")
	if !who.Exists() {
		return a, nil
	}
	if a.INS, err = readINS(who.Child(NSResult, "INSACTIF")); err != nil {
		return a, err
	}
	for h := range who.Children(NSResult, "INSHISTO") {
		id, err := readINS(h)
		if err != nil {
			continue // a former matricule of an old form is no reason to lose the answer
		}
		a.History = append(a.History, Former{INS: id, From: h.Child(NSResult, "DateDeb").Trim(), To: h.Child(NSResult, "DateFin").Trim()})
	}
	t := who.Child(NSResult, "TIQ")
	text := func(name string) string { return t.Child(NSResult, name).Trim() }
	a.Traits = Traits{BirthName: text("NomNaissance"), Givens: text("ListePrenom"), Sex: text("Sexe"), BirthDate: text("DateNaissance"), BirthPlace: text("LieuNaissance")}
	return a, nil
}

// ReadVerified reads the answer to a verification.
func ReadVerified(contentType string, body []byte) (bool, error) {
	n, err := readBody(contentType, body)
	if err != nil {
		return false, err
	}
	code := n.Path(NSResult, "CR", "CodeCR").Trim()
	if code == "" {
		return false, ErrBody.At(clip(n.XPath()))
	}
	return code == "00", nil
}

// ReadLot reads the answer about a lot.
func ReadLot(contentType string, body []byte) (Lot, error) {
	n, err := readBody(contentType, body)
	if err != nil {
		return Lot{}, err
	}
	l := Lot{ID: child(n, "IdLot").Trim(), State: child(n, "Etat").Trim()}
	l.Done, _ = strconv.Atoi(child(n, "Traites").Trim())
	l.Total, _ = strconv.Atoi(child(n, "Total").Trim())
	for r := range n.Children(NSVerify, "Resultat") {
		l.Results = append(l.Results, LotResult{Ref: r.Attr("ref"), Result: r.Trim(), Reason: r.Attr("motif")})
	}
	return l, nil
}

// maxExplanation bounds what is kept of the words of a fault.
const maxExplanation = 1000

// readBody gives the element of the body, or the refusal a fault stands for.
func readBody(contentType string, body []byte) (n xmltree.Node, err error) {
	limits := xmltree.Limits{}
	if len(body) > MaxRequest {
		limits.Bytes, limits.Nodes = MaxLot, LotPersons*lotNodes
	}
	env, err := soap.Read(contentType, "", body, soap.Options{Response: true, Limits: limits})
	if err != nil {
		return n, err
	}
	f := env.Fault()
	if f == nil {
		return env.Body, nil
	}
	r := *ErrTechnical
	if f.Code == soap.Sender {
		r = *ErrCertificate
		r.Kind = finding.Invalid
	}
	r.Message, r.ID = f.Reason, "INSI-REFUS"
	for e := range env.Body.Descendants(NSSiram, "Erreur") {
		// What the service explains is worth more than its reason, which is the same for many faults.
		r.Code = e.Attr("code")
		if text := []rune(e.Trim()); len(text) > 0 {
			r.Message.FR = string(text[:min(len(text), maxExplanation)])
		}
	}
	r.Fix = finding.T("Lisez le code du téléservice et corrigez la demande.", "Read the teleservice's code and mend the request.")
	return n, &r
}
