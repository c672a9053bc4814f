package imap

import (
	"github.com/socle-sante/socle/format/finding"
)

// Fault is a command that cannot be read, with the tag to answer under ("*" when it has none).
type Fault struct {
	Tag     string
	Refusal *finding.Refusal
	Close   bool // the stream cannot be followed any more: say BYE and close
}

// Error gives the English sentence.
func (f *Fault) Error() string { return f.Refusal.Error() }

// Unwrap gives the refusal.
func (f *Fault) Unwrap() error { return f.Refusal }

// Status is the word of the answer: BAD for what breaks the protocol, NO for what is only not done.
func Status(r *finding.Refusal) string {
	if r.Kind == finding.Invalid && r.Code == "" || r.Code == codeBug {
		return "BAD"
	}
	return "NO"
}

// codeBug is the response code of a client's mistake.
// spec: RFC 5530 3
const codeBug = "CLIENTBUG"

// The refusals of this package. Code is the response code of the answer, without brackets.
var (
	ErrSyntax = &finding.Refusal{ID: "IMAP-SYNTAXE", Kind: finding.Invalid, Rule: "RFC 3501 9",
		Message: finding.T("La commande ne suit pas la grammaire d'IMAP.", "The command does not follow the grammar of IMAP."),
		Fix:     finding.T("Voyez l'endroit cité.", "See the place quoted.")}
	ErrCommand = &finding.Refusal{ID: "IMAP-COMMANDE", Kind: finding.Invalid, Rule: "RFC 3501 6",
		Message: finding.T("Cette commande n'existe pas ici.", "There is no such command here."),
		Fix:     finding.T("CAPABILITY dit ce que le serveur sait faire.", "CAPABILITY says what the server can do.")}
	ErrLine = &finding.Refusal{ID: "IMAP-LIGNE", Kind: finding.TooLarge, Code: "LIMIT", Rule: "RFC 7162 4",
		Message: finding.T("La commande est trop longue.", "The command is too long."),
		Fix:     finding.T("Coupez-la en plusieurs commandes de moins de 64 Kio.", "Split it into several commands of less than 64 KiB.")}
	ErrLiteral = &finding.Refusal{ID: "IMAP-LITTERAL", Kind: finding.TooLarge, Code: "LIMIT", Rule: "RFC 7888 4",
		Message: finding.T("Un littéral est trop grand pour cette commande.", "A literal is too large for this command."),
		Fix:     finding.T("Seul le message d'APPEND peut être grand.", "Only the message of APPEND may be large.")}
	ErrTooBig = &finding.Refusal{ID: "IMAP-MESSAGE-TROP-GRAND", Kind: finding.TooLarge, Code: "TOOBIG", Rule: "RFC 7889 4",
		Message: finding.T("Le message dépasse APPENDLIMIT.", "The message is over APPENDLIMIT."),
		Fix:     finding.T("Un message tient en 25 000 000 octets.", "A message holds in 25,000,000 octets.")}
	ErrNested = &finding.Refusal{ID: "IMAP-IMBRICATION", Kind: finding.TooLarge, Code: "LIMIT", Rule: "RFC 3501 9",
		Message: finding.T("La commande a trop d'éléments, ou trop imbriqués.", "The command has too many items, or nested too deep."),
		Fix:     finding.T("Simplifiez-la, ou coupez-la.", "Simplify it, or split it.")}
	ErrCharset = &finding.Refusal{ID: "IMAP-JEU-DE-CARACTERES", Kind: finding.Invalid, Code: "BADCHARSET (UTF-8 US-ASCII)", Rule: "RFC 3501 6.4.4",
		Message: finding.T("Ce jeu de caractères n'est pas connu de SEARCH.", "SEARCH does not know this charset."),
		Fix:     finding.T("Cherchez en UTF-8.", "Search in UTF-8.")}
	ErrQResync = &finding.Refusal{ID: "IMAP-QRESYNC", Kind: finding.Invalid, Rule: "RFC 7162 3.2",
		Message: finding.T("QRESYNC n'est pas offert.", "QRESYNC is not offered."),
		Fix:     finding.T("Servez-vous de CONDSTORE et de UID SEARCH.", "Use CONDSTORE and UID SEARCH.")}
	ErrName = &finding.Refusal{ID: "IMAP-NOM", Kind: finding.Invalid, Code: "CANNOT", Rule: "RFC 3501 5.1.3",
		Message: finding.T("Ce nom de dossier n'est pas en UTF-7 modifié, ou contient un caractère interdit.", "This mailbox name is not modified UTF-7, or holds a forbidden character."),
		Fix:     finding.T("Codez & en &- et les accents en UTF-7 modifié.", "Write & as &- and accents in modified UTF-7.")}
)
