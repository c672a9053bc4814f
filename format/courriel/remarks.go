package courriel

import (
	"bytes"

	"github.com/socle-sante/socle/format/finding"
)

// remark is one way in which a message may be broken and still be read.
type remark struct {
	id           string
	severity     finding.Severity
	rule         string
	message, fix finding.Text
}

var (
	noHeader = &remark{"MIME-ENTETE-ABSENT", finding.Error, "RFC 5322 2.1",
		t("Le message ou la partie commence par une ligne qui n'est pas un champ d'en-tête : tout est lu comme du texte.", "The message or part begins with a line that is no header field: all is read as text."),
		t("Écrivez l'en-tête, puis une ligne vide, puis le corps.", "Write the header, then an empty line, then the body.")}
	brokenHeader = &remark{"MIME-ENTETE-LIGNE", finding.Error, "RFC 5322 2.2",
		t("Une ligne de l'en-tête n'a pas la forme « Nom: valeur » : l'en-tête est réputé fini là.", "A line of the header is not «Name: value»: the header is taken to end there."),
		t("Écrivez « Nom: valeur », ou commencez par un espace la suite d'un champ.", "Write «Name: value», or begin the continuation of a field with a space.")}
	mboxLine = &remark{"MIME-ENTETE-MBOX", finding.Warning, "RFC 5322 2.2",
		t("Le message commence par une ligne « From  » de boîte mbox.", "The message begins with a «From » line of an mbox file."),
		t("Retirez cette ligne avant l'envoi.", "Take this line out before sending.")}
	headerUTF8 = &remark{"MIME-ENTETE-UTF8", finding.Warning, "RFC 5322 2.2 ; RFC 2047",
		t("Un champ d'en-tête contient des caractères UTF-8 non codés.", "A header field holds UTF-8 characters that are not encoded."),
		t("Codez-les selon la RFC 2047 (=?UTF-8?Q?…?=).", "Encode them as in RFC 2047 (=?UTF-8?Q?…?=).")}
	header8bit = &remark{"MIME-ENTETE-8BIT", finding.Error, "RFC 5322 2.2 ; RFC 2047",
		t("Un champ d'en-tête contient des octets hors ASCII qui ne sont pas de l'UTF-8 : ils sont lus en Windows-1252.", "A header field holds bytes outside ASCII that are not UTF-8: they are read as Windows-1252."),
		t("Codez-les selon la RFC 2047 (=?UTF-8?Q?…?=).", "Encode them as in RFC 2047 (=?UTF-8?Q?…?=).")}
	brokenWord = &remark{"MIME-MOT-CODE", finding.Warning, "RFC 2047 2",
		t("Un mot codé de l'en-tête est mal formé : il est gardé tel quel.", "An encoded word of the header is malformed: it is kept as it is."),
		t("Écrivez =?charset?Q?texte?= ou =?charset?B?base64?=, 75 caractères au plus, sans espace.", "Write =?charset?Q?text?= or =?charset?B?base64?=, at most 75 characters, without space.")}
	repeatedField = &remark{"MIME-CHAMP-REPETE", finding.Error, "RFC 5322 3.6",
		t("Un champ qui ne peut paraître qu'une fois est répété : le premier compte.", "A field that may appear once is repeated: the first one counts."),
		t("N'écrivez ce champ qu'une fois.", "Write this field once.")}
	longLine = &remark{"MIME-LIGNE-LONGUE", finding.Error, "RFC 5322 2.1.1",
		t("Une ligne dépasse 998 octets.", "A line is longer than 998 bytes."),
		t("Pliez l'en-tête ; codez le corps en base64 ou quoted-printable.", "Fold the header; encode the body in base64 or quoted-printable.")}
	lineEnd = &remark{"MIME-FIN-DE-LIGNE", finding.Error, "RFC 5322 2.1",
		t("Des lignes ne finissent pas par CR LF.", "Some lines do not end in CR LF."),
		t("Terminez chaque ligne par CR LF et n'écrivez ni CR ni LF seuls.", "End each line with CR LF and write neither CR nor LF alone.")}
	nullByte = &remark{"MIME-NUL", finding.Error, "RFC 5322 2.2",
		t("Le message contient un octet nul.", "The message holds a null byte."),
		t("Codez les contenus binaires en base64.", "Encode binary contents in base64.")}
	badType = &remark{"MIME-TYPE", finding.Error, "RFC 2045 5.1",
		t("Le Content-Type ne se lit pas : la partie est traitée comme text/plain.", "The Content-Type cannot be read: the part is treated as text/plain."),
		t("Écrivez type/sous-type; paramètre=\"valeur\".", "Write type/subtype; parameter=\"value\".")}
	manyParams = &remark{"MIME-PARAMETRES", finding.Warning, "RFC 2045 5.1",
		t("Un champ a trop de paramètres, ou des paramètres répétés : le premier de chaque nom compte.", "A field has too many parameters, or repeated ones: the first of each name counts."),
		t("N'écrivez chaque paramètre qu'une fois.", "Write each parameter once.")}
	noBoundary = &remark{"MIME-FRONTIERE-ABSENTE", finding.Error, "RFC 2046 5.1.1",
		t("Une partie multiple n'a pas de paramètre boundary : elle est lue comme du texte.", "A multipart has no boundary parameter: it is read as text."),
		t("Donnez boundary=\"…\" de 1 à 70 caractères.", "Give boundary=\"…\" of 1 to 70 characters.")}
	longBoundary = &remark{"MIME-FRONTIERE-LONGUE", finding.Warning, "RFC 2046 5.1.1",
		t("Une frontière dépasse 70 caractères.", "A boundary is longer than 70 characters."),
		t("Choisissez une frontière de 1 à 70 caractères.", "Choose a boundary of 1 to 70 characters.")}
	noPart = &remark{"MIME-SANS-PARTIE", finding.Error, "RFC 2046 5.1.1",
		t("La frontière annoncée ne se trouve pas dans la partie multiple : elle est lue comme du texte.", "The announced boundary does not occur in the multipart: it is read as text."),
		t("Écrivez la même frontière dans Content-Type et entre les parties.", "Write the same boundary in Content-Type and between the parts.")}
	notClosed = &remark{"MIME-NON-FERME", finding.Error, "RFC 2046 5.1.1",
		t("La frontière finale manque : le message est peut-être tronqué.", "The closing boundary is missing: the message may be cut short."),
		t("Fermez la partie multiple par --frontière-- et renvoyez le message entier.", "Close the multipart with --boundary-- and send the whole message again.")}
	badEncoding = &remark{"MIME-ENCODAGE", finding.Error, "RFC 2045 6.1",
		t("Le Content-Transfer-Encoding est inconnu : les octets sont gardés tels quels.", "The Content-Transfer-Encoding is unknown: the bytes are kept as they are."),
		t("Employez 7bit, 8bit, quoted-printable ou base64.", "Use 7bit, 8bit, quoted-printable or base64.")}
	encodedComposite = &remark{"MIME-ENCODAGE-COMPOSITE", finding.Error, "RFC 2045 6.4 ; RFC 2046 5.2.1",
		t("Une partie multiple ou un message joint est codé en base64 ou quoted-printable.", "A multipart or an attached message is encoded in base64 or quoted-printable."),
		t("Codez les parties elles-mêmes, et annoncez 7bit ou 8bit pour ce qui les contient.", "Encode the parts themselves, and announce 7bit or 8bit for what holds them.")}
	unknownCharset = &remark{"MIME-JEU", finding.Warning, "RFC 2046 4.1.2 ; MSSanté Ref#2 ECO.2.2.3",
		t("Le jeu de caractères d'un texte est inconnu.", "The charset of a text is unknown."),
		t("Écrivez les textes en UTF-8.", "Write texts in UTF-8.")}
)

// say keeps one remark about the bytes from..to.
func (r *reader) say(k *remark, from, to int, found string) {
	if len(r.findings) >= maxFindings || r.said[k] >= maxSame {
		return
	}
	if r.said == nil {
		r.said = map[*remark]int{}
	}
	r.said[k]++
	from = min(max(from, 0), len(r.raw))
	to = min(max(to, from), len(r.raw))
	// Lines are counted on from the place of the last remark: they mostly come in order.
	if from < r.lineAt {
		r.lineAt, r.line = 0, 1
	}
	r.line += bytes.Count(r.raw[r.lineAt:from], newline)
	r.lineAt = from
	// A column only makes sense on a line of a readable length.
	column := 0
	if i := bytes.LastIndexByte(r.raw[max(0, from-maxColumn):from], '\n'); i >= 0 {
		column = from - max(0, from-maxColumn) - i
	} else if from < maxColumn {
		column = from + 1
	}
	r.findings = append(r.findings, finding.Finding{ID: k.id, Severity: k.severity, Level: "mime",
		Place: finding.Place{Offset: from, End: to, Line: r.line, Column: column}, Found: shorten(found), Rule: k.rule, Message: k.message, Fix: k.fix})
}

// How much of the message a remark looks at.
const (
	maxFound  = 120
	maxColumn = 10_000
)

// shorten makes bytes of a message fit to be quoted in a remark.
func shorten(s string) string {
	if len(s) > maxFound {
		s = s[:maxFound] + "…"
	}
	return plainLine(toUTF8(s))
}
