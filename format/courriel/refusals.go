package courriel

import "github.com/socle-sante/socle/format/finding"

// t keeps the tables below short.
var t = finding.T

// The refusals of reading.
var (
	ErrTooLarge = &finding.Refusal{ID: "COURRIEL-TAILLE", Kind: finding.TooLarge, Rule: "limite de Socle / Socle limit",
		Message: t("Le contenu décodé de la partie dépasse la taille acceptée.", "The decoded content of the part is over the size accepted."),
		Fix:     t("Envoyez un contenu plus petit, ou en plusieurs messages.", "Send a smaller content, or several messages.")}
	ErrDepth = &finding.Refusal{ID: "COURRIEL-PROFONDEUR", Kind: finding.TooLarge, Rule: "limite de Socle / Socle limit (MaxDepth)",
		Message: t("Trop de messages ou de parties multiples emboîtés.", "Too many messages or multiparts inside one another."),
		Fix:     t("Joignez le dernier message seulement, ou son contenu.", "Attach the last message only, or its content.")}
	ErrParts = &finding.Refusal{ID: "COURRIEL-PARTIES", Kind: finding.TooLarge, Rule: "limite de Socle / Socle limit (MaxParts)",
		Message: t("Le message a trop de parties.", "The message has too many parts."),
		Fix:     t("Répartissez les pièces jointes, ou réunissez-les dans une archive.", "Spread the attachments, or gather them in an archive.")}
	ErrHeaderBytes = &finding.Refusal{ID: "COURRIEL-ENTETE", Kind: finding.TooLarge, Rule: "limite de Socle / Socle limit (MaxHeaderBytes)",
		Message: t("Un en-tête (de message ou de partie) est trop long.", "A header (of the message or of a part) is too long."),
		Fix:     t("Vérifiez la ligne vide après l'en-tête ; réduisez le nombre de destinataires.", "Check the empty line after the header; reduce the number of recipients.")}
	ErrFields = &finding.Refusal{ID: "COURRIEL-CHAMPS", Kind: finding.TooLarge, Rule: "limite de Socle / Socle limit (MaxFields)",
		Message: t("Le message a trop de champs d'en-tête.", "The message has too many header fields."),
		Fix:     t("Retirez les champs répétés.", "Take out the repeated fields.")}
	ErrBoundary = &finding.Refusal{ID: "COURRIEL-FRONTIERE", Kind: finding.TooLarge, Rule: "RFC 2046 5.1.1 ; MaxBoundary",
		Message: t("Le paramètre boundary est trop long.", "The boundary parameter is too long."),
		Fix:     t("Choisissez une frontière de 1 à 70 caractères.", "Choose a boundary of 1 to 70 characters.")}
	ErrMDN = &finding.Refusal{ID: "COURRIEL-MDN", Kind: finding.Invalid, Rule: "RFC 8098 3",
		Message: t("L'accusé de lecture ne peut être compris : il y manque la partie message/disposition-notification ou son champ Disposition.",
			"The read receipt cannot be understood: its message/disposition-notification part or the Disposition field is missing."),
		Fix: t("Donnez en deuxième partie message/disposition-notification avec Final-Recipient et Disposition.",
			"Give message/disposition-notification with Final-Recipient and Disposition as second part.")}
	ErrDSN = &finding.Refusal{ID: "COURRIEL-DSN", Kind: finding.Invalid, Rule: "RFC 3464 2",
		Message: t("L'avis de remise ne peut être compris : il y manque la partie message/delivery-status ou un destinataire.",
			"The delivery report cannot be understood: its message/delivery-status part or a recipient is missing."),
		Fix: t("Donnez en deuxième partie message/delivery-status avec, par destinataire, Final-Recipient, Action et Status.",
			"Give message/delivery-status as second part with, for each recipient, Final-Recipient, Action and Status.")}
)

// The refusals of writing. Where names the field.
var (
	ErrInjection = &finding.Refusal{ID: "COURRIEL-INJECTION", Kind: finding.Invalid, Rule: "RFC 5322 2.2",
		Message: t("La valeur d'un champ d'en-tête contient un retour à la ligne ou un octet nul.", "The value of a header field holds a line break or a null byte."),
		Fix:     t("Retirez les caractères CR, LF et NUL de la valeur.", "Take the characters CR, LF and NUL out of the value.")}
	ErrAddress = &finding.Refusal{ID: "COURRIEL-ADRESSE", Kind: finding.Invalid, Rule: "RFC 5322 3.4.1",
		Message: t("Une adresse ne peut s'écrire : partie locale et domaine sont dus, en ASCII (domaine international sous sa forme xn--).",
			"An address cannot be written: local part and domain are due, in ASCII (an international domain in its xn-- form)."),
		Fix: t("Corrigez l'adresse : nom@domaine.", "Mend the address: name@domain.")}
	ErrField = &finding.Refusal{ID: "COURRIEL-CHAMP", Kind: finding.Invalid, Rule: "RFC 5322 3.6.8",
		Message: t("Le nom d'un champ d'en-tête est impossible, ou ce champ est déjà écrit par ailleurs.", "The name of a header field is impossible, or that field is written otherwise."),
		Fix:     t("Donnez un nom fait de lettres, chiffres et traits d'union, une seule fois.", "Give a name made of letters, digits and hyphens, once.")}
	ErrMissing = &finding.Refusal{ID: "COURRIEL-MANQUE", Kind: finding.Invalid, Rule: "RFC 5322 3.6 ; MSSanté Ref#2 ECO.2.2.1",
		Message: t("Un champ obligatoire du message manque.", "A mandatory field of the message is missing."),
		Fix:     t("Donnez l'expéditeur, la date et le Message-ID.", "Give the sender, the date and the Message-ID.")}
	ErrMessageID = &finding.Refusal{ID: "COURRIEL-IDENTIFIANT", Kind: finding.Invalid, Rule: "RFC 5322 3.6.4",
		Message: t("Un identifiant (Message-ID, In-Reply-To, References, Content-ID) ne peut s'écrire.", "An identifier (Message-ID, In-Reply-To, References, Content-ID) cannot be written."),
		Fix:     t("Donnez gauche@droite en ASCII, sans espace ni chevron.", "Give left@right in ASCII, without blank or angle bracket.")}
	ErrUTF8 = &finding.Refusal{ID: "COURRIEL-UTF8", Kind: finding.Invalid, Rule: "MSSanté Ref#2 ECO.2.2.3",
		Message: t("Un texte n'est pas en UTF-8.", "A text is not in UTF-8."),
		Fix:     t("Convertissez le texte en UTF-8.", "Convert the text to UTF-8.")}
	ErrType = &finding.Refusal{ID: "COURRIEL-TYPE", Kind: finding.Invalid, Rule: "RFC 2045 5.1",
		Message: t("Le type d'une pièce jointe ne s'écrit pas, ou ne se joint pas (multipart).", "The type of an attachment cannot be written, or cannot be attached (multipart)."),
		Fix:     t("Donnez type/sous-type, par exemple application/zip.", "Give type/subtype, for instance application/zip.")}
	ErrLine = &finding.Refusal{ID: "COURRIEL-LIGNE", Kind: finding.Invalid, Rule: "RFC 5322 2.1.1",
		Message: t("Une valeur d'en-tête ne peut tenir en lignes de 998 octets.", "A header value cannot be held in lines of 998 bytes."),
		Fix:     t("Raccourcissez la valeur ou séparez ses mots par des espaces.", "Shorten the value or separate its words by spaces.")}
	ErrReport = &finding.Refusal{ID: "COURRIEL-RAPPORT", Kind: finding.Invalid, Rule: "RFC 8098 3.2 ; RFC 3464 2.3",
		Message: t("Un champ d'un accusé de lecture ou d'un avis de remise manque ou n'a pas une valeur permise.", "A field of a read receipt or delivery report is missing or has a value that is not allowed."),
		Fix:     t("Corrigez le champ nommé.", "Mend the field named.")}
)
