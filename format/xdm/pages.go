package xdm

import (
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xmltree"
)

// index writes INDEX.HTM: who sends, about whom, and a link to each document, for a person who has
// nothing but a browser. XHTML Basic 1.1, French then English.
//
// spec: IHE-ITI TF-2 3.32.4.1.2.2
func index(p *Package, sub *xds.Submission, names []string) []byte {
	var b []byte
	str := func(s ...string) {
		for _, x := range s {
			b = append(b, x...)
		}
	}
	esc := func(s string) { b = xmltree.AppendText(b, s) }
	str(`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML Basic 1.1//EN" "http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr" lang="fr">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>
<title>`)
	esc("Documents de santé – " + patientName(&sub.Entries[0]))
	str("</title>\n</head>\n<body>\n")
	for _, lang := range []string{"fr", "en"} {
		fr := lang == "fr"
		say := func(f, e string) string {
			if fr {
				return f
			}
			return e
		}
		row := func(label, value string) {
			if value == "" {
				return
			}
			str("<dt>")
			esc(label)
			str("</dt><dd>")
			esc(value)
			str("</dd>\n")
		}
		str(`<div xml:lang="`, lang, `" lang="`, lang, `">`, "\n<h1>")
		esc(say("Documents de santé", "Health documents"))
		str("</h1>\n<dl>\n")
		row(say("Patient", "Patient"), patientName(&sub.Entries[0]))
		row(say("Date de naissance", "Date of birth"), day(patientBirth(&sub.Entries[0])))
		row(say("Expéditeur", "Sender"), join(", ", p.Sender.Name, p.Sender.Structure))
		row(say("Adresse de messagerie sécurisée", "Secure mail address"), p.Sender.Address)
		row(say("Téléphone", "Telephone"), p.Sender.Phone)
		row(say("Date d'envoi", "Sent on"), p.Now.In(cda.Paris()).Format("02/01/2006 15:04"))
		row(say("Objet", "About"), sub.Set.Title)
		row(say("Logiciel", "Software"), join(" ", p.Software.Name, p.Software.Version))
		str("</dl>\n<table>\n<caption>", say("Contenu de l'envoi", "What is sent"), "</caption>\n<tr>")
		for _, h := range []string{say("Document", "Document"), say("Type", "Type"), say("Date", "Date"), say("Auteur", "Author"), say("À faire", "To do")} {
			str(`<th scope="col">`)
			esc(h)
			str("</th>")
		}
		str("</tr>\n")
		for i := range sub.Entries {
			e := &sub.Entries[i]
			str(`<tr><td><a href="`, rootName, "/", setName, "/", names[i], `">`)
			esc(e.Title)
			str("</a></td>")
			family, given := xds.PersonName(e.Authors[0].Person)
			for _, v := range []string{nos.TypeLabel(e.Type.Code).In(lang), day(e.ServiceStart), join(" ", given, family), doing(p.Documents[i].Kind, fr)} {
				str("<td>")
				esc(v)
				str("</td>")
			}
			str("</tr>\n")
		}
		str("</table>\n<p>")
		esc(say("Les documents s'ouvrent de préférence dans un logiciel de santé, qui lit aussi leurs métadonnées : ", "Documents are best opened in health software, which also reads their metadata: "))
		str(`<a href="`, rootName, "/", setName, "/", metaName, `">`, metaName, `</a>. <a href="`, readName, `">`, readName, "</a>")
		str("</p>\n</div>\n")
	}
	str("</body>\n</html>\n")
	return b
}

func doing(k Kind, fr bool) string {
	words := map[Kind][2]string{Deposit: {"à classer", "file it"}, Replacement: {"annule et remplace la version précédente", "replaces the previous version"}, Deletion: {"à supprimer", "delete it"}}[k]
	if fr {
		return words[0]
	}
	return words[1]
}

// readme writes README.TXT in ASCII, with the line ends of the oldest readers.
//
// spec: IHE-ITI TF-2 3.32.4.1.2.2
func readme(p *Package, names []string) []byte {
	var b strings.Builder
	line := func(s string) { b.WriteString(bare(s) + "\r\n") }
	field := func(label, v string) {
		if v != "" {
			line("  " + label + " : " + v)
		}
	}
	line("ARCHIVE IHE XDM - DOCUMENTS DE SANTE / HEALTH DOCUMENTS")
	line("")
	line("Expediteur / Sender")
	field("Nom / Name", p.Sender.Name)
	field("Structure", p.Sender.Structure)
	field("Messagerie securisee / Secure mail", p.Sender.Address)
	field("Telephone / Phone", p.Sender.Phone)
	line("")
	line("Logiciel / Software")
	field("Nom / Name", p.Software.Name)
	field("Version", p.Software.Version)
	field("Editeur / Vendor", p.Software.Editor)
	line("")
	line("Lecture")
	line("  Ouvrez INDEX.HTM dans un navigateur : la page mene aux documents.")
	line("  Un logiciel de sante lit IHE_XDM/SUBSET01/METADATA.XML et integre les documents.")
	line("Reading")
	line("  Open INDEX.HTM in a browser: the page leads to the documents.")
	line("  Health software reads IHE_XDM/SUBSET01/METADATA.XML and files the documents.")
	line("")
	line("Arborescence / Tree")
	line("  INDEX.HTM")
	line("  README.TXT")
	line("  IHE_XDM/SUBSET01/METADATA.XML")
	for _, n := range names {
		line("  IHE_XDM/SUBSET01/" + n)
	}
	for _, f := range p.Beside {
		line("  IHE_XDM/SUBSET01/" + f.Name)
	}
	line("")
	line("Ces documents sont couverts par le secret professionnel ; si vous les recevez par")
	line("erreur, prevenez l'expediteur et detruisez-les.")
	line("These documents are confidential; if they reached you by mistake, tell the sender")
	line("and destroy them.")
	return []byte(b.String())
}

// patientName reads the name out of sourcePatientInfo: the one used, else that of birth.
func patientName(e *xds.DocumentEntry) string {
	name := ""
	for _, v := range e.SourcePatientInfo {
		rest, ok := strings.CutPrefix(v, "PID-5|")
		if !ok {
			continue
		}
		f := strings.Split(rest+"^", "^")
		if n := join(" ", f[0], f[1]); n != "" && (name == "" || strings.HasSuffix(rest, "^D")) {
			name = n
		}
	}
	return name
}

func patientBirth(e *xds.DocumentEntry) string {
	for _, v := range e.SourcePatientInfo {
		if d, ok := strings.CutPrefix(v, "PID-7|"); ok {
			return d
		}
	}
	return ""
}

// day writes the beginning of a DTM as people do; a DTM is in UTC, and a day is the day in France.
func day(dtm string) string {
	if len(dtm) > 8 {
		if t, ok := xds.ParseDTM(dtm); ok {
			return t.In(cda.Paris()).Format("02/01/2006")
		}
	}
	if len(dtm) < 8 {
		return dtm
	}
	return dtm[6:8] + "/" + dtm[4:6] + "/" + dtm[:4]
}

func join(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

var bareLetters = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "á", "a", "ã", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "í", "i", "ñ", "n", "ô", "o", "ö", "o", "ó", "o", "ù", "u", "û", "u", "ü", "u", "ú", "u", "ÿ", "y", "œ", "oe", "æ", "ae",
	"À", "A", "Â", "A", "Ä", "A", "Á", "A", "Ç", "C", "É", "E", "È", "E", "Ê", "E", "Ë", "E", "Î", "I", "Ï", "I", "Í", "I", "Ñ", "N", "Ô", "O", "Ö", "O", "Ó", "O", "Ù", "U", "Û", "U", "Ü", "U", "Ú", "U", "Ÿ", "Y", "Œ", "OE", "Æ", "AE", "’", "'", "–", "-", "—", "-", "«", `"`, "»", `"`, "\u00a0", " ")

// bare writes in ASCII, on one line.
func bare(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c < 0x20 || c == 0x7f:
			return ' '
		case c >= utf8.RuneSelf:
			return '?'
		}
		return c
	}, bareLetters.Replace(s))
}
