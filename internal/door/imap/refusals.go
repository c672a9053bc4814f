package imap

import (
	"errors"

	"github.com/socle-sante/socle/format/finding"
	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// The refusals of this door. Code is the response code of the answer.
var (
	errState = &finding.Refusal{ID: "IMAP-ETAT", Kind: finding.Invalid, Rule: "RFC 3501 3",
		Message: finding.T("Cette commande ne se dit pas à ce moment.", "This command does not belong here."),
		Fix:     finding.T("STARTTLS, puis AUTHENTICATE ou LOGIN, puis SELECT.", "STARTTLS, then AUTHENTICATE or LOGIN, then SELECT.")}
	errConnections = &finding.Refusal{ID: "IMAP-CONNEXIONS", Kind: finding.Busy, Code: "LIMIT", Rule: "RFC 5530 3",
		Message: finding.T("Trop de connexions sont ouvertes.", "Too many connections are open."),
		Fix:     finding.T("Fermez-en, ou revenez dans une minute.", "Close some, or come back in a minute.")}
	errFaults = &finding.Refusal{ID: "IMAP-FAUTES", Kind: finding.Invalid, Code: "CLIENTBUG", Rule: "RFC 5530 3",
		Message: finding.T("Trop de commandes illisibles.", "Too many commands that cannot be read."),
		Fix:     finding.T("Voyez les réponses BAD qui précèdent.", "See the BAD answers before this one.")}
	errAttempts = &finding.Refusal{ID: "IMAP-ESSAIS", Kind: finding.Unauthenticated, Code: "CONTACTADMIN", Rule: "PGSSI-S",
		Message: finding.T("Trop d'essais manqués sur cette connexion.", "Too many failed attempts on this connection."),
		Fix:     finding.T("Vérifiez l'adresse et le mot de passe, puis reconnectez-vous.", "Check the address and the password, then connect again.")}
	errSilent = &finding.Refusal{ID: "IMAP-SILENCE", Kind: finding.Unavailable, Code: "UNAVAILABLE", Rule: "RFC 3501 5.4",
		Message: finding.T("Trop longtemps sans rien dire.", "Silent for too long."),
		Fix:     finding.T("Dites NOOP, ou renouvelez IDLE toutes les 29 minutes.", "Say NOOP, or renew IDLE every 29 minutes.")}
	errStopping = &finding.Refusal{ID: "IMAP-ARRET", Kind: finding.Unavailable, Code: "UNAVAILABLE", Rule: "RFC 5530 3",
		Message: finding.T("Le serveur s'arrête.", "The server is stopping."),
		Fix:     finding.T("Reconnectez-vous dans une minute.", "Connect again in a minute.")}
	errMechanism = &finding.Refusal{ID: "IMAP-MECANISME", Kind: finding.Invalid, Code: "CANNOT", Rule: "RFC 3501 6.2.2",
		Message: finding.T("Ce mécanisme SASL n'est pas offert.", "This SASL mechanism is not offered."),
		Fix:     finding.T("PLAIN, XOAUTH2, ou EXTERNAL avec un certificat client.", "PLAIN, XOAUTH2, or EXTERNAL with a client certificate.")}
	errResponse = &finding.Refusal{ID: "IMAP-SASL", Kind: finding.Invalid, Rule: "RFC 4959 3",
		Message: finding.T("La réponse SASL ne se lit pas, ou a été abandonnée.", "The SASL response cannot be read, or was given up."),
		Fix:     finding.T("Envoyez le message du mécanisme en base64.", "Send the message of the mechanism in base64.")}
	errReadOnly = &finding.Refusal{ID: "IMAP-LECTURE-SEULE", Kind: finding.Forbidden, Code: "NOPERM", Rule: "RFC 3501 6.3.2",
		Message: finding.T("Le dossier est ouvert en lecture seule.", "The folder is open for reading only."),
		Fix:     finding.T("Ouvrez-le par SELECT ; une boîte fermée ne se change plus.", "Open it with SELECT; a closed mailbox cannot be changed any more.")}
	errSequence = &finding.Refusal{ID: "IMAP-NUMERO", Kind: finding.Invalid, Rule: "RFC 3501 2.3.1.2",
		Message: finding.T("Aucun message ne porte ce numéro d'ordre.", "No message has this sequence number."),
		Fix:     finding.T("EXISTS dit le nombre de messages ; les UID ne changent pas.", "EXISTS says how many messages there are; UIDs do not change.")}
	errExpunged = &finding.Refusal{ID: "IMAP-MESSAGE-PARTI", Kind: finding.Gone, Code: "EXPUNGEISSUED", Rule: "RFC 5530 3",
		Message: finding.T("Un des messages a été supprimé par une autre session.", "One of the messages was removed by another session."),
		Fix:     finding.T("Dites NOOP pour apprendre les suppressions.", "Say NOOP to learn the removals.")}
	errFlag = &finding.Refusal{ID: "IMAP-DRAPEAU", Kind: finding.Invalid, Code: "CANNOT", Rule: "RFC 3501 2.3.2",
		Message: finding.T("Ce drapeau du système n'existe pas.", "There is no such system flag."),
		Fix:     finding.T("\\Seen \\Answered \\Flagged \\Deleted \\Draft, ou un mot-clé sans \\.", "\\Seen \\Answered \\Flagged \\Deleted \\Draft, or a keyword without \\.")}
	errQuotaFixed = &finding.Refusal{ID: "IMAP-QUOTA-FIXE", Kind: finding.Forbidden, Code: "NOPERM", Rule: "RFC 9208 4.1.1",
		Message: finding.T("La place d'une boîte se décide chez l'opérateur.", "The size of a mailbox is decided by the operator."),
		Fix:     finding.T("Demandez-lui de l'agrandir.", "Ask for it to be enlarged.")}
	errQuotaRoot = &finding.Refusal{ID: "IMAP-QUOTA-RACINE", Kind: finding.NotFound, Code: "NONEXISTENT", Rule: "RFC 9208 4.1.2",
		Message: finding.T("Il n'y a qu'une racine de quota, dont le nom est vide.", "There is one quota root only, whose name is empty."),
		Fix:     finding.T("GETQUOTA \"\", ou GETQUOTAROOT INBOX.", "GETQUOTA \"\", or GETQUOTAROOT INBOX.")}
	errUse = &finding.Refusal{ID: "IMAP-USAGE", Kind: finding.Invalid, Code: "USEATTR", Rule: "RFC 6154 3",
		Message: finding.T("Cet usage particulier n'existe pas ici.", "There is no such special use here."),
		Fix:     finding.T("Un seul parmi \\Archive \\Drafts \\Junk \\Sent \\Trash.", "One of \\Archive \\Drafts \\Junk \\Sent \\Trash only.")}
	errSearchTime = &finding.Refusal{ID: "IMAP-RECHERCHE", Kind: finding.Busy, Code: "LIMIT", Rule: "RFC 5530 3",
		Message: finding.T("La recherche dans les textes a été trop longue.", "The search in bodies took too long."),
		Fix:     finding.T("Ajoutez une date, un expéditeur ou un objet.", "Add a date, a sender or a subject.")}
	errInternal = &finding.Refusal{ID: "IMAP-INTERNE", Kind: finding.Internal, Code: "SERVERBUG", Rule: "RFC 5530 3",
		Message: finding.T("Une panne interne empêche de répondre.", "An internal fault prevents an answer."),
		Fix:     finding.T("Réessayez, puis prévenez l'exploitant.", "Try again, then tell the operator.")}
)

// codes gives the response code of the refusals of the operator that have one of their own.
// spec: RFC 5530 3
var codes = []struct {
	err  *finding.Refusal
	code string
}{
	{mss.ErrQuota, "OVERQUOTA"}, {mss.ErrTooLarge, "TOOBIG"}, {mss.ErrFolderExists, "ALREADYEXISTS"}, {mss.ErrFolderUse, "USEATTR"},
	{mss.ErrFolderParent, "HASCHILDREN"}, {mss.ErrTLS, "PRIVACYREQUIRED"}, {mss.ErrClosedBox, "AUTHORIZATIONFAILED"}, {mss.ErrTooMany, "UNAVAILABLE"},
	{mss.ErrFolderKept, "CANNOT"},
}

var codeOfKind = map[finding.Kind]string{
	finding.Invalid: "CANNOT", finding.Unauthenticated: "AUTHENTICATIONFAILED", finding.Forbidden: "NOPERM", finding.NotFound: "NONEXISTENT",
	finding.Conflict: "CANNOT", finding.Gone: "EXPUNGEISSUED", finding.TooLarge: "LIMIT", finding.Busy: "UNAVAILABLE",
	finding.Unavailable: "UNAVAILABLE", finding.Internal: "SERVERBUG",
}

// own tells the refusals of the protocol, whose Code is a response code or nothing.
func own(r *finding.Refusal) bool { return len(r.ID) > 5 && r.ID[:5] == "IMAP-" }

// statusOf gives the word and the response code of a refusal.
func statusOf(r *finding.Refusal) (status, code string) {
	if own(r) {
		return wire.Status(r), r.Code
	}
	for _, c := range codes {
		if errors.Is(r, c.err) {
			return "NO", c.code
		}
	}
	return "NO", codeOfKind[r.Kind]
}

// maxSaid bounds the text of an answer: French follows English when there is room.
const maxSaid = 400

// sentence explains a refusal on one line.
func sentence(r *finding.Refusal) string {
	s := r.Message.EN
	if !r.Fix.IsZero() {
		s += " " + r.Fix.EN
	}
	if len(s)+len(r.Message.FR) < maxSaid {
		s += " / " + r.Message.FR
	}
	return s + " (" + r.ID + ")"
}

// refusalOf gives the refusal in an error; what is none is a fault of ours.
func refusalOf(err error) *finding.Refusal {
	if r := finding.As(err); r != nil {
		return r
	}
	return errInternal
}

// appendRefusal writes a refusal under a tag; status overrides NO or BAD when it is not empty.
func appendRefusal(b []byte, tag, status string, err error) []byte {
	r := refusalOf(err)
	word, code := statusOf(r)
	if status != "" {
		word = status
	}
	return wire.AppendStatus(b, tag, word, code, sentence(r))
}
