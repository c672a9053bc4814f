package soap

import "github.com/socle-sante/socle/format/finding"

const (
	ruleSOAP = "SOAP 1.2 (W3C), partie 1 §5"
	ruleWSA  = "WS-Addressing 1.0 – SOAP Binding (W3C)"
	ruleMIME = "RFC 2387, RFC 2046 §5.1 ; XOP (W3C) §4"
	ruleMTOM = "XOP (W3C) §2 ; IHE ITI TF-2 Appendix V.3"
)

func refusal(id, code, rule string, m, fix finding.Text) *finding.Refusal {
	return &finding.Refusal{ID: id, Kind: finding.Invalid, Code: code, Rule: rule, Message: m, Fix: fix}
}

var t = finding.T

// The refusals, one per way of being wrong. errors.Is compares them by id.
var (
	ErrContentType = refusal("SOAP-CONTENT-TYPE", "", ruleSOAP,
		t("le Content-Type HTTP n'est ni application/soap+xml ni multipart/related", "the HTTP Content-Type is neither application/soap+xml nor multipart/related"),
		t(`envoyer application/soap+xml; charset=UTF-8; action="…" ou multipart/related; type="application/xop+xml"; boundary=…`, `send application/soap+xml; charset=UTF-8; action="…" or multipart/related; type="application/xop+xml"; boundary=…`))
	ErrCharset = refusal("SOAP-CHARSET", "", ruleSOAP,
		t("charset non pris en charge dans le Content-Type", "charset not supported in the Content-Type"),
		t("employer charset=UTF-8", "use charset=UTF-8"))
	ErrBoundary = refusal("SOAP-MIME-BOUNDARY", "", ruleMIME,
		t("le paramètre boundary du Content-Type est absent ou invalide", "the boundary parameter of the Content-Type is missing or invalid"),
		t("donner boundary=… (1 à 70 caractères) tel qu'écrit entre les parties", "give boundary=… (1 to 70 characters) as written between the parts"))
	ErrNoPart = refusal("SOAP-MIME-NO-PART", "", ruleMIME,
		t("aucune partie : le délimiteur annoncé ne se trouve pas dans le corps", "no part: the announced boundary does not occur in the body"),
		t("vérifier que boundary est exactement celui du corps (sans les deux tirets)", "check that boundary is exactly the one in the body (without the two dashes)"))
	ErrTruncated = refusal("SOAP-MIME-TRUNCATED", "", ruleMIME,
		t("le corps s'arrête avant le délimiteur final", "the body stops before the closing boundary"),
		t("renvoyer le message entier ; vérifier Content-Length", "send the whole message again; check Content-Length"))
	ErrPartHeader = refusal("SOAP-MIME-HEADER", "", ruleMIME,
		t("en-tête de partie mal formé ou trop long", "malformed or oversized part header"),
		t("écrire « Nom: valeur » par ligne, puis une ligne vide", "write 'Name: value' per line, then an empty line"))
	ErrParts = refusal("SOAP-MIME-PARTS", "", ruleMIME,
		t("trop de parties dans le message", "too many parts in the message"),
		t("répartir les documents en plusieurs lots", "spread the documents over several submissions"))
	ErrStart = refusal("SOAP-MIME-START", "", ruleMIME,
		t("la partie racine désignée par start n'existe pas", "the root part named by start does not exist"),
		t("donner à start le Content-ID de la partie qui porte l'enveloppe", "set start to the Content-ID of the part that carries the envelope"))
	ErrRootType = refusal("SOAP-MIME-ROOT-TYPE", "", ruleMIME,
		t("la partie racine n'est ni application/xop+xml ni application/soap+xml", "the root part is neither application/xop+xml nor application/soap+xml"),
		t(`écrire Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"`, `write Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"`))
	ErrTransfer = refusal("SOAP-MIME-ENCODING", "", ruleMIME,
		t("Content-Transfer-Encoding non pris en charge", "Content-Transfer-Encoding not supported"),
		t("employer binary, 8bit, 7bit ou base64", "use binary, 8bit, 7bit or base64"))
	ErrPartID = refusal("SOAP-MIME-ID-DUPLICATE", "", ruleMIME,
		t("deux parties portent le même Content-ID", "two parts carry the same Content-ID"),
		t("donner un Content-ID unique à chaque partie", "give each part a unique Content-ID"))
	ErrBase64 = refusal("SOAP-BASE64", "", ruleMTOM,
		t("contenu base64 invalide", "invalid base64 content"),
		t("encoder selon RFC 4648 §4 (alphabet standard, remplissage =)", "encode as RFC 4648 §4 (standard alphabet, = padding)"))
	ErrVersion = refusal("SOAP-VERSION", "VersionMismatch", ruleSOAP,
		t("enveloppe SOAP 1.1 : seul SOAP 1.2 est accepté", "SOAP 1.1 envelope: only SOAP 1.2 is accepted"),
		t("employer l'espace de noms http://www.w3.org/2003/05/soap-envelope", "use the namespace http://www.w3.org/2003/05/soap-envelope"))
	ErrEnvelope = refusal("SOAP-ENVELOPE", "", ruleSOAP,
		t("la racine n'est pas une enveloppe SOAP 1.2 bien faite", "the root is not a well-made SOAP 1.2 envelope"),
		t("Envelope contient Header (facultatif) puis Body, et rien d'autre", "Envelope holds Header (optional) then Body, and nothing else"))
	ErrHeaderTwice = refusal("SOAP-HEADER-DUPLICATE", "wsa:InvalidCardinality", ruleWSA,
		t("en-tête répété", "repeated header"),
		t("n'écrire cet en-tête qu'une fois", "write this header once"))
	ErrNoAction = refusal("SOAP-ACTION-MISSING", "wsa:MessageAddressingHeaderRequired", ruleWSA,
		t("en-tête wsa:Action absent", "wsa:Action header missing"),
		t("ajouter wsa:Action avec l'action de la transaction", "add wsa:Action with the action of the transaction"))
	ErrActionUnknown = refusal("SOAP-ACTION-UNKNOWN", "wsa:ActionNotSupported", ruleWSA,
		t("action inconnue à cette adresse", "action not known at this address"),
		t("vérifier l'action et l'adresse du service", "check the action and the service address"))
	ErrActionMismatch = refusal("SOAP-ACTION-MISMATCH", "wsa:ActionMismatch", ruleWSA,
		t("l'action HTTP, wsa:Action et l'élément du corps ne disent pas la même chose", "the HTTP action, wsa:Action and the body element do not agree"),
		t("donner la même action dans le Content-Type (action=) et dans wsa:Action, et le corps correspondant", "give the same action in the Content-Type (action=) and in wsa:Action, with the matching body"))
	ErrMessageID = refusal("SOAP-MESSAGEID", "wsa:MessageAddressingHeaderRequired", ruleWSA,
		t("en-tête wsa:MessageID absent ou vide", "wsa:MessageID header missing or empty"),
		t("ajouter wsa:MessageID avec un urn:uuid: neuf", "add wsa:MessageID with a fresh urn:uuid:"))
	ErrReplyTo = refusal("SOAP-REPLYTO", "wsa:OnlyAnonymousAddressSupported", ruleWSA,
		t("réponse demandée à une autre adresse que l'anonyme", "reply asked at an address other than anonymous"),
		t("écrire "+Anonymous+" dans wsa:ReplyTo/wsa:Address", "write "+Anonymous+" in wsa:ReplyTo/wsa:Address"))
	ErrMustUnderstand = refusal("SOAP-MUSTUNDERSTAND", "MustUnderstand", ruleSOAP,
		t("en-tête obligatoire (mustUnderstand) non pris en charge", "mandatory header (mustUnderstand) not supported"),
		t("retirer cet en-tête ou son attribut mustUnderstand", "remove this header or its mustUnderstand attribute"))
	ErrBody = refusal("SOAP-BODY", "", ruleSOAP,
		t("soap:Body doit contenir exactement un élément", "soap:Body must hold exactly one element"),
		t("placer un seul élément dans soap:Body", "put a single element in soap:Body"))
	ErrXOPPlace = refusal("SOAP-XOP-PLACE", "", ruleMTOM,
		t("xop:Include à un endroit où il n'est pas accepté", "xop:Include where it is not accepted"),
		t("n'extraire en pièce jointe que le contenu des documents ; désactiver MTOM pour le reste (en-tête de sécurité notamment)", "only move document content to attachments; turn MTOM off for the rest (security header in particular)"))
	ErrXOPHref = refusal("SOAP-XOP-HREF", "", ruleMTOM,
		t("xop:Include sans href « cid:… » valide", "xop:Include without a valid 'cid:…' href"),
		t(`écrire <xop:Include href="cid:…"/>, le Content-ID encodé en URL`, `write <xop:Include href="cid:…"/>, the Content-ID URL-encoded`))
	ErrXOPMissing = refusal("SOAP-XOP-NOTFOUND", "", ruleMTOM,
		t("aucune partie ne porte le Content-ID demandé par xop:Include", "no part carries the Content-ID that xop:Include asks for"),
		t("joindre la partie, ou corriger href / Content-ID", "attach the part, or mend href / Content-ID"))
	ErrXOPTwice = refusal("SOAP-XOP-TWICE", "", ruleMTOM,
		t("deux xop:Include désignent la même partie", "two xop:Include name the same part"),
		t("joindre une partie par document", "attach one part per document"))
)

// Refusals lists every refusal of the package, for the catalogue.
func Refusals() []*finding.Refusal {
	return []*finding.Refusal{ErrContentType, ErrCharset, ErrBoundary, ErrNoPart, ErrTruncated, ErrPartHeader, ErrParts,
		ErrStart, ErrRootType, ErrTransfer, ErrPartID, ErrBase64, ErrVersion, ErrEnvelope, ErrHeaderTwice, ErrNoAction,
		ErrActionUnknown, ErrActionMismatch, ErrMessageID, ErrReplyTo, ErrMustUnderstand, ErrBody,
		ErrXOPPlace, ErrXOPHref, ErrXOPMissing, ErrXOPTwice}
}
