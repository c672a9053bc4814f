package xmltree

import (
	"fmt"
	"sort"

	"github.com/socle-sante/socle/format/finding"
)

// Error says why bytes are not a document we read: where, and how to mend it.
type Error struct {
	ID       string // stable: "XML-ENDTAG"
	Unusable string // "xml", "encoding", "doctype" or "limit"
	Offset   int    // in the bytes given (after transcoding, if any)
	Line     int    // from 1
	Column   int    // from 1, in characters
	Message  finding.Text
	Fix      finding.Text
}

// Error gives the English sentence, for developers.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: line %d, column %d: %s", e.ID, e.Line, e.Column, e.Message.EN)
}

// Place points at the byte.
func (e *Error) Place() finding.Place {
	return finding.Place{Offset: e.Offset, End: e.Offset, Line: e.Line, Column: e.Column}
}

// Refusal gives the same error as an answer to a request.
func (e *Error) Refusal() *finding.Refusal {
	kind := finding.Invalid
	if e.ID == idLimitBytes {
		kind = finding.TooLarge
	}
	return &finding.Refusal{ID: e.ID, Kind: kind, Rule: rule,
		Where:   fmt.Sprintf("ligne/line %d, colonne/column %d, octet/byte %d", e.Line, e.Column, e.Offset),
		Message: e.Message, Fix: e.Fix}
}

const rule = "XML 1.0 (W3C, 5e éd.) ; Namespaces in XML 1.0"

// The ids, one per way of being wrong.
const (
	idEmpty        = "XML-EMPTY"
	idTruncated    = "XML-TRUNCATED"
	idBytes        = "XML-ENCODING-BYTES"
	idEncUnknown   = "XML-ENCODING-UNKNOWN"
	idEncConflict  = "XML-ENCODING-CONFLICT"
	idChar         = "XML-CHAR"
	idDecl         = "XML-DECLARATION"
	idDoctype      = "XML-DOCTYPE"
	idName         = "XML-NAME"
	idTag          = "XML-TAG"
	idMarkup       = "XML-MARKUP"
	idAttrSyntax   = "XML-ATTR-SYNTAX"
	idAttrSpace    = "XML-ATTR-SPACE"
	idAttrDup      = "XML-ATTR-DUPLICATE"
	idAttrLt       = "XML-ATTR-LT"
	idEntity       = "XML-ENTITY"
	idCharRef      = "XML-CHARREF"
	idCDATAEnd     = "XML-CDATA-END"
	idComment      = "XML-COMMENT"
	idPI           = "XML-PI"
	idEndTag       = "XML-ENDTAG"
	idEndTagExtra  = "XML-ENDTAG-EXTRA"
	idUnclosed     = "XML-UNCLOSED"
	idOutside      = "XML-TEXT-OUTSIDE"
	idRoots        = "XML-SECOND-ROOT"
	idNoRoot       = "XML-NO-ROOT"
	idPrefix       = "XML-PREFIX"
	idNSReserved   = "XML-NS-RESERVED"
	idNSEmpty      = "XML-NS-EMPTY"
	idLimitBytes   = "XML-LIMIT-BYTES"
	idLimitDepth   = "XML-LIMIT-DEPTH"
	idLimitAttrs   = "XML-LIMIT-ATTRIBUTES"
	idLimitName    = "XML-LIMIT-NAME"
	idLimitNS      = "XML-LIMIT-NAMESPACES"
	idLimitNodes   = "XML-LIMIT-NODES"
	idLimitNames   = "XML-LIMIT-NAMES"
	unusableXML    = "xml"
	unusableEnc    = "encoding"
	unusableDTD    = "doctype"
	unusableLimit  = "limit"
	fixLimitFR     = "découper le document, ou relever la limite si ce document est légitime"
	fixLimitEN     = "split the document, or raise the limit if this document is legitimate"
	fixEscapeFR    = "écrire &lt; &gt; &amp; dans le texte, ou une section CDATA"
	fixEscapeEN    = "write &lt; &gt; &amp; in text, or use a CDATA section"
	fixSerializeFR = "produire le XML avec une bibliothèque XML plutôt que par assemblage de chaînes"
	fixSerializeEN = "produce the XML with an XML library rather than by joining strings"
)

type entry struct {
	unusable             string
	fr, en, fixFR, fixEN string
}

// catalogue holds a sentence per id; %s, %d take what was found.
var catalogue = map[string]entry{
	idEmpty:       {unusableXML, "le document est vide", "the document is empty", "envoyer un document XML", "send an XML document"},
	idTruncated:   {unusableXML, "le document s'arrête au milieu de : %s", "the document stops in the middle of: %s", "le fichier est tronqué : reprendre le transfert", "the file is cut short: transfer it again"},
	idBytes:       {unusableEnc, "octets qui ne sont pas du %s valide", "bytes that are not valid %s", "encoder le document comme sa déclaration le dit (UTF-8 par défaut), ou déclarer le bon encodage", "encode the document as its declaration says (UTF-8 by default), or declare the right encoding"},
	idEncUnknown:  {unusableEnc, "encodage déclaré non pris en charge : %s", "declared encoding not supported: %s", "utiliser UTF-8 (ou ISO-8859-1, ISO-8859-15, windows-1252, UTF-16)", "use UTF-8 (or ISO-8859-1, ISO-8859-15, windows-1252, UTF-16)"},
	idEncConflict: {unusableEnc, "l'encodage déclaré (%s) contredit les premiers octets du document (%s)", "the declared encoding (%s) contradicts the first bytes of the document (%s)", "déclarer l'encodage réellement employé", "declare the encoding that is really used"},
	idChar:        {unusableXML, "caractère interdit en XML : %s", "character that XML forbids: %s", "retirer les caractères de contrôle", "remove control characters"},
	idDecl:        {unusableXML, "déclaration XML mal formée", "malformed XML declaration", `commencer le document par <?xml version="1.0" encoding="UTF-8"?>`, `start the document with <?xml version="1.0" encoding="UTF-8"?>`},
	idDoctype:     {unusableDTD, "déclaration <!DOCTYPE refusée", "<!DOCTYPE declaration refused", "retirer la déclaration DOCTYPE et ses entités", "remove the DOCTYPE declaration and its entities"},
	idName:        {unusableXML, "nom XML invalide : %s", "invalid XML name: %s", fixSerializeFR, fixSerializeEN},
	idTag:         {unusableXML, "balise mal formée : <%s", "malformed tag: <%s", fixSerializeFR, fixSerializeEN},
	idMarkup:      {unusableXML, "« < » qui n'ouvre rien de connu", "'<' that opens nothing known", fixEscapeFR, fixEscapeEN},
	idAttrSyntax:  {unusableXML, "attribut mal formé : %s", "malformed attribute: %s", `écrire nom="valeur", entre guillemets`, `write name="value", with quotes`},
	idAttrSpace:   {unusableXML, "espace manquante entre deux attributs", "missing white space between two attributes", "séparer les attributs par une espace", "separate attributes with a space"},
	idAttrDup:     {unusableXML, "attribut répété : %s", "attribute repeated: %s", "ne garder qu'un attribut de ce nom (espace de noms compris)", "keep one attribute of that name (namespace included)"},
	idAttrLt:      {unusableXML, "« < » dans la valeur d'un attribut", "'<' inside an attribute value", "écrire &lt;", "write &lt;"},
	idEntity:      {unusableXML, "entité inconnue ou « & » isolé : &%s", "unknown entity or bare '&': &%s", "écrire &amp; pour une esperluette ; seules lt, gt, amp, quot, apos sont prédéfinies", "write &amp; for an ampersand; only lt, gt, amp, quot, apos are predefined"},
	idCharRef:     {unusableXML, "référence de caractère invalide : &%s", "invalid character reference: &%s", "désigner un caractère autorisé par XML", "refer to a character that XML allows"},
	idCDATAEnd:    {unusableXML, "« ]]> » dans le texte", "']]>' inside text", "écrire ]]&gt;", "write ]]&gt;"},
	idComment:     {unusableXML, "commentaire mal formé (« -- » à l'intérieur)", "malformed comment ('--' inside)", "retirer « -- » du commentaire", "remove '--' from the comment"},
	idPI:          {unusableXML, "instruction de traitement mal formée : %s", "malformed processing instruction: %s", "la déclaration XML ne peut être qu'au tout début ; une cible est un nom sans « : »", "the XML declaration may only stand at the very start; a target is a name without ':'"},
	idEndTag:      {unusableXML, "la balise fermante </%s> ne répond pas à <%s> (ouverte ligne %d)", "end tag </%s> does not match <%s> (opened on line %d)", "fermer les éléments dans l'ordre inverse de leur ouverture", "close elements in the reverse order of their opening"},
	idEndTagExtra: {unusableXML, "balise fermante sans balise ouvrante : </%s>", "end tag without a start tag: </%s>", "retirer cette balise", "remove this tag"},
	idUnclosed:    {unusableXML, "l'élément <%s> (ligne %d) n'est jamais fermé", "element <%s> (line %d) is never closed", "le fichier est tronqué ou une balise fermante manque", "the file is cut short or an end tag is missing"},
	idOutside:     {unusableXML, "texte en dehors de l'élément racine", "text outside the root element", "retirer ce texte", "remove this text"},
	idRoots:       {unusableXML, "second élément racine : <%s", "second root element: <%s", "un document n'a qu'un élément racine", "a document has one root element"},
	idNoRoot:      {unusableXML, "aucun élément dans le document", "no element in the document", "envoyer un document XML", "send an XML document"},
	idPrefix:      {unusableXML, "préfixe d'espace de noms non déclaré : %s", "namespace prefix not declared: %s", "déclarer xmlns:préfixe sur cet élément ou sur un ancêtre", "declare xmlns:prefix on this element or an ancestor"},
	idNSReserved:  {unusableXML, "préfixe ou espace de noms réservé : %s", "reserved prefix or namespace: %s", "ne pas redéclarer xml ni xmlns", "do not redeclare xml or xmlns"},
	idNSEmpty:     {unusableXML, "un préfixe ne peut être lié à un espace de noms vide : %s", "a prefix cannot be bound to an empty namespace: %s", "donner l'URI de l'espace de noms", "give the namespace URI"},
	idLimitBytes:  {unusableLimit, "document de plus de %d octets", "document larger than %d bytes", fixLimitFR, fixLimitEN},
	idLimitDepth:  {unusableLimit, "plus de %d éléments imbriqués", "more than %d nested elements", fixLimitFR, fixLimitEN},
	idLimitAttrs:  {unusableLimit, "plus de %d attributs sur un élément", "more than %d attributes on one element", fixLimitFR, fixLimitEN},
	idLimitName:   {unusableLimit, "nom de plus de %d octets", "name longer than %d bytes", fixLimitFR, fixLimitEN},
	idLimitNS:     {unusableLimit, "plus de %d espaces de noms déclarés à la fois", "more than %d namespaces in scope at once", fixLimitFR, fixLimitEN},
	idLimitNodes:  {unusableLimit, "plus de %d éléments et attributs", "more than %d elements and attributes", fixLimitFR, fixLimitEN},
	idLimitNames:  {unusableLimit, "plus de %d noms différents", "more than %d distinct names", fixLimitFR, fixLimitEN},
}

// IDs lists every id an *Error may carry, sorted.
func IDs() []string {
	out := make([]string, 0, len(catalogue))
	for id := range catalogue {
		out = append(out, id)
	}
	sort.Strings(out)
	return out
}

// Sentences gives what an id says, for the catalogue: %s and %d stand for what is found.
func Sentences(id string) (message, fix finding.Text) {
	c := catalogue[id]
	return finding.T(c.fr, c.en), finding.T(c.fixFR, c.fixEN)
}

func newError(src []byte, id string, off int, args ...any) *Error {
	off = max(0, min(off, len(src)))
	c := catalogue[id]
	e := &Error{ID: id, Unusable: c.unusable, Offset: off, Fix: finding.T(c.fixFR, c.fixEN)}
	e.Message = finding.Tf(c.fr, c.en, args...)
	e.Line, e.Column = position(src, off)
	return e
}

// excerpt shows the start of what was found, bounded and printable.
func excerpt(b []byte) string {
	const most = 40
	out := make([]rune, 0, most)
	for _, r := range string(b[:min(len(b), 4*most)]) {
		if len(out) == most {
			return string(out) + "…"
		}
		if r < 0x20 || r == 0x7F {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}
