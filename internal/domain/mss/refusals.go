package mss

import (
	"context"
	"errors"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Refusals. Code holds the SMTP reply and the enhanced status (RFC 3463) where SMTP is answered;
// IMAP takes its response code from the kind.

func refuse(id string, kind finding.Kind, code, rule string, what, fix finding.Text) *finding.Refusal {
	r := &finding.Refusal{ID: id, Kind: kind, Code: code, Rule: rule, Message: what, Fix: fix}
	refusals = append(refusals, r)
	return r
}

var refusals []*finding.Refusal

// Refusals lists every refusal of the operator, for the catalogue.
func Refusals() []*finding.Refusal { return refusals }

// Who may speak.
var (
	ErrTLS = refuse("MSS-TLS", finding.Unauthenticated, "530 5.7.0", "MSSANTE ECO.1.1.1",
		finding.T("Rien ne circule en clair dans l'espace de confiance.", "Nothing travels in clear in the espace de confiance."),
		finding.T("Commencez par STARTTLS (TLS 1.2 ou 1.3).", "Start with STARTTLS (TLS 1.2 or 1.3)."))
	ErrNoCertificate = refuse("MSS-CERTIFICAT-ABSENT", finding.Unauthenticated, "550 5.7.1", "MSSANTE §4 (TLS mutuel)",
		finding.T("Un opérateur se présente avec un certificat serveur de l'IGC-Santé.", "An operator comes with a server certificate of IGC-Santé."),
		finding.T("Présentez le certificat SERV SSL de l'opérateur pendant STARTTLS ; un utilisateur passe par la soumission (587).", "Present the SERV SSL certificate of the operator during STARTTLS; a user goes through submission (587)."))
	ErrCertificate = refuse("MSS-CERTIFICAT", finding.Unauthenticated, "550 5.7.1", "MSSANTE §4 (TLS mutuel)",
		finding.T("Ce certificat n'est pas un certificat serveur valable de l'IGC-Santé.", "This certificate is no valid server certificate of IGC-Santé."),
		finding.T("Utilisez un certificat de l'offre SERV, usage SSL, ni expiré ni révoqué.", "Use a certificate of the SERV offer, SSL usage, neither expired nor revoked."))
	ErrNotOperator = refuse("MSS-OPERATEUR", finding.Forbidden, "550 5.7.1", "MSSANTE §3 (liste blanche)",
		finding.T("La liste blanche ne donne ce domaine à aucun opérateur portant ce certificat.", "The white list gives this domain to no operator with this certificate."),
		finding.T("Envoyez depuis un domaine de cet opérateur, ou faites inscrire le certificat pour ce domaine.", "Send from a domain of this operator, or have the certificate registered for this domain."))
	ErrOffList = refuse("MSS-HORS-LISTE", finding.Forbidden, "550 5.7.1", "MSSANTE §3 (liste blanche)",
		finding.T("Ce domaine n'est pas dans la liste blanche de MSSanté.", "This domain is not in the white list of MSSanté."),
		finding.T("Vérifiez l'adresse : un message MSSanté ne sort jamais de l'espace de confiance.", "Check the address: an MSSanté message never leaves the espace de confiance."))
	ErrRelay = refuse("MSS-RELAIS", finding.Forbidden, "550 5.7.1", "RFC 5321 7.1",
		finding.T("Ce serveur ne relaie pas : le destinataire n'est pas de ses domaines.", "This server does not relay: the recipient is of none of its domains."),
		finding.T("Adressez-vous au serveur (MX) du domaine du destinataire.", "Talk to the server (MX) of the domain of the recipient."))
	ErrAuthRequired = refuse("MSS-AUTHENTIFICATION", finding.Unauthenticated, "530 5.7.0", "RFC 4954",
		finding.T("Authentifiez-vous avant d'envoyer.", "Authenticate before sending."),
		finding.T("AUTH PLAIN, XOAUTH2 (jeton Pro Santé Connect) ou EXTERNAL (certificat), après STARTTLS.", "AUTH PLAIN, XOAUTH2 (Pro Santé Connect token) or EXTERNAL (certificate), after STARTTLS."))
	ErrCredentials = refuse("MSS-MOT-DE-PASSE", finding.Unauthenticated, "535 5.7.8", "RFC 4954",
		finding.T("L'adresse ou le mot de passe n'est pas le bon.", "The address or the password is wrong."),
		finding.T("Vérifiez les deux ; l'identifiant est l'adresse entière de la boîte.", "Check both; the user name is the whole address of the mailbox."))
	ErrToken = refuse("MSS-JETON", finding.Unauthenticated, "535 5.7.8", "MSSANTE CONF.07",
		finding.T("Ce jeton n'ouvre pas cette boîte.", "This token does not open this mailbox."),
		finding.T("Obtenez un jeton Pro Santé Connect de la personne qui tient cette boîte ; il ne vaut que quelques minutes.", "Obtain a Pro Santé Connect token of the person who holds this mailbox; it is good for a few minutes only."))
	ErrExternal = refuse("MSS-CERTIFICAT-BOITE", finding.Unauthenticated, "535 5.7.8", "MSSANTE CONF.07",
		finding.T("Ce certificat n'ouvre pas cette boîte.", "This certificate does not open this mailbox."),
		finding.T("EXTERNAL ouvre les boîtes applicatives et organisationnelles de la structure du certificat.", "EXTERNAL opens the APP and ORG mailboxes of the structure of the certificate."))
	ErrTooMany = refuse("MSS-TENTATIVES", finding.Busy, "454 4.7.0", "PGSSI-S",
		finding.T("Trop d'essais manqués.", "Too many failed attempts."),
		finding.T("Réessayez dans quelques minutes.", "Try again in a few minutes."))
	ErrClosedBox = refuse("MSS-BOITE-FERMEE", finding.Forbidden, "550 5.2.1", "MSSANTE §4 (cycle de vie)",
		finding.T("Cette boîte est fermée.", "This mailbox is closed."),
		finding.T("Cherchez l'adresse d'aujourd'hui dans l'Annuaire santé.", "Look up today's address in the Annuaire santé."))
)

// Addresses.
var (
	ErrFromAddress = refuse("MSS-ADRESSE-EXPEDITEUR", finding.Invalid, "501 5.1.7", "RFC 5321 4.1.2",
		finding.T("L'adresse d'expéditeur ne se lit pas.", "The sender address cannot be read."),
		finding.T("Écrivez MAIL FROM:<local@domaine>.", "Write MAIL FROM:<local@domain>."))
	ErrToAddress = refuse("MSS-ADRESSE-DESTINATAIRE", finding.Invalid, "501 5.1.3", "RFC 5321 4.1.2",
		finding.T("L'adresse du destinataire ne se lit pas.", "The recipient address cannot be read."),
		finding.T("Écrivez RCPT TO:<local@domaine>.", "Write RCPT TO:<local@domain>."))
	ErrUnknownBox = refuse("MSS-BOITE-INCONNUE", finding.NotFound, "550 5.1.1", "RFC 5321 3.3",
		finding.T("Il n'y a pas de boîte à cette adresse.", "There is no mailbox at this address."),
		finding.T("Vérifiez l'adresse dans l'Annuaire santé.", "Check the address in the Annuaire santé."))
	ErrCitizenAddress = refuse("MSS-PATIENT-ADRESSE", finding.Invalid, "553 5.1.3", "MSSANTE ECO.2.2.6",
		finding.T("L'adresse d'un patient est son matricule INS de 15 caractères, clé comprise, et cette clé est fausse.", "The address of a patient is the INS matricule of 15 characters, key included, and this key is wrong."),
		finding.T("Construisez l'adresse depuis l'INS qualifiée : <matricule>@patient.mssante.fr.", "Build the address from the qualified INS: <matricule>@patient.mssante.fr."))
	ErrCitizenUnknown = refuse("MSS-PATIENT-INCONNU", finding.NotFound, "550 5.1.1", "ENS 1.3 §6",
		finding.T("Message non distribué : patient non trouvé.", "Message not delivered: patient not found."),
		finding.T("Vérifiez le matricule auprès d'INSi et remettez le document autrement.", "Check the matricule with INSi and hand the document over another way."))
	ErrCitizenClosed = refuse("MSS-PATIENT-FERME", finding.Forbidden, "550 5.2.1", "ENS 1.3 §6",
		finding.T("Message non distribué : messagerie fermée.", "Message not delivered: mailbox closed."),
		finding.T("Remettez le document autrement : la personne n'a pas de messagerie ouverte.", "Hand the document over another way: the person has no open mailbox."))
	ErrCitizenMayNot = refuse("MSS-CITOYEN-REPONSE", finding.Forbidden, "550 5.7.1", "ENS 1.3 §7",
		finding.T("Un citoyen répond au professionnel qui lui a écrit, tant que l'échange reste ouvert.", "A citizen answers the professional who wrote, while the exchange stays open."),
		finding.T("Attendez que ce professionnel vous écrive.", "Wait until this professional writes to you."))
	ErrOnlyProfessionals = refuse("MSS-CITOYEN-A-CITOYEN", finding.Forbidden, "550 5.7.1", "ENS 1.3 §2",
		finding.T("Seul un professionnel écrit à un citoyen.", "Only a professional writes to a citizen."),
		finding.T("Adressez-vous à votre professionnel de santé.", "Talk to your health professional."))
	ErrSenderNotYours = refuse("MSS-EXPEDITEUR", finding.Forbidden, "550 5.7.1", "MSSANTE ECO.2.2.7",
		finding.T("L'expéditeur n'est pas la boîte authentifiée.", "The sender is not the authenticated mailbox."),
		finding.T("Mettez l'adresse de la boîte authentifiée dans MAIL FROM et dans l'en-tête From.", "Put the address of the authenticated mailbox in MAIL FROM and in the From header."))
	ErrQuota = refuse("MSS-QUOTA", finding.Conflict, "452 4.2.2", "RFC 9208",
		finding.T("La boîte est pleine.", "The mailbox is full."),
		finding.T("Videz la corbeille ou faites agrandir la boîte ; l'expéditeur réessaie de lui-même.", "Empty the bin or have the mailbox enlarged; the sender retries by itself."))
)

// Messages.
var (
	ErrTooLarge = refuse("MSS-TAILLE", finding.TooLarge, "552 5.3.4", "ENS 1.3 §6",
		finding.T("Le message dépasse 25 000 000 octets.", "The message is larger than 25,000,000 octets."),
		finding.T("Envoyez moins de documents par message.", "Send fewer documents in one message."))
	ErrTooManyTo = refuse("MSS-DESTINATAIRES", finding.TooLarge, "452 4.5.3", "RFC 5321 4.5.3.1.10",
		finding.T("Trop de destinataires dans un message.", "Too many recipients in one message."),
		finding.T("Envoyez ce message, puis un autre pour les destinataires suivants.", "Send this message, then another one for the recipients that follow."))
	ErrLoop = refuse("MSS-BOUCLE", finding.Invalid, "554 5.4.6", "RFC 5321 6.3",
		finding.T("Ce message tourne en rond : il a déjà passé trop de serveurs.", "This message goes round in circles: it has passed too many servers."),
		finding.T("Corrigez le renvoi automatique qui le fait revenir.", "Mend the forwarding that brings it back."))
	ErrHeader = refuse("MSS-EN-TETE", finding.Invalid, "550 5.6.0", "MSSANTE ECO.2.2.1",
		finding.T("L'en-tête du message ne se lit pas.", "The header of the message cannot be read."),
		finding.T("Un message commence par ses champs From, Date, Message-ID, puis une ligne vide.", "A message begins with its fields From, Date, Message-ID, then an empty line."))
	ErrNoRecipients = refuse("MSS-SANS-DESTINATAIRE", finding.Invalid, "554 5.5.1", "RFC 5321 4.1.1.4",
		finding.T("Aucun destinataire valable.", "No valid recipients."),
		finding.T("Donnez RCPT TO avant DATA.", "Give RCPT TO before DATA."))
)

// Folders and messages of a mailbox.
var (
	ErrNoFolder     = refuse("MSS-DOSSIER-INCONNU", finding.NotFound, "", "RFC 3501 6.3", finding.T("Ce dossier n'existe pas.", "This folder does not exist."), finding.T("Listez les dossiers de la boîte.", "List the folders of the mailbox."))
	ErrFolderExists = refuse("MSS-DOSSIER-EXISTE", finding.Conflict, "", "RFC 3501 6.3.3", finding.T("Un dossier porte déjà ce nom.", "A folder already has this name."), finding.T("Choisissez un autre nom.", "Choose another name."))
	ErrFolderName   = refuse("MSS-DOSSIER-NOM", finding.Invalid, "", "RFC 3501 5.1", finding.T("Ce nom de dossier ne convient pas.", "This folder name will not do."), finding.T("255 octets au plus, niveaux séparés par «/», ni * ni %.", "At most 255 octets, levels separated by \"/\", neither * nor %."))
	ErrFolderKept   = refuse("MSS-DOSSIER-GARDE", finding.Forbidden, "", "RFC 3501 6.3.4", finding.T("Ce dossier appartient à toute boîte.", "Every mailbox has this folder."), finding.T("Videz-le, ou créez un dossier à vous.", "Empty it, or make a folder of your own."))
	ErrFolderParent = refuse("MSS-DOSSIER-PARENT", finding.Conflict, "", "RFC 3501 6.3.4", finding.T("Ce dossier en contient d'autres.", "This folder contains others."), finding.T("Supprimez d'abord les dossiers qu'il contient.", "Delete the folders it contains first."))
	ErrFolderUse    = refuse("MSS-DOSSIER-USAGE", finding.Conflict, "", "RFC 6154 3", finding.T("Un autre dossier a déjà cet usage.", "Another folder already has this use."), finding.T("Servez-vous de celui qui existe.", "Use the one that exists."))
	ErrFolders      = refuse("MSS-DOSSIERS", finding.TooLarge, "", "RFC 3501 6.3.3", finding.T("Cette boîte a trop de dossiers.", "This mailbox has too many folders."), finding.T("Rangez autrement.", "File in another way."))
	ErrNoMessage    = refuse("MSS-MESSAGE-INCONNU", finding.NotFound, "", "RFC 3501 6.4.5", finding.T("Ce message n'existe plus.", "This message does not exist any more."), finding.T("Actualisez le dossier.", "Refresh the folder."))
	ErrKeywords     = refuse("MSS-MOTS-CLES", finding.TooLarge, "", "RFC 3501 2.3.2", finding.T("Trop de mots-clés sur ce message.", "Too many keywords on this message."), finding.T("Gardez-en quelques-uns.", "Keep a few of them."))
	ErrBusy         = refuse("MSS-OCCUPE", finding.Busy, "451 4.3.2", "", finding.T("Trop de messages attendent.", "Too many messages are waiting."), finding.T("Réessayez dans une minute.", "Try again in a minute."))
	ErrFull         = refuse("MSS-PLEIN", finding.Unavailable, "452 4.3.1", "", finding.T("Il n'y a plus de place pour garder quoi que ce soit.", "There is no space left to keep anything."), finding.T("Rien n'a été gardé ; réessayez plus tard.", "Nothing was kept; try again later."))
	ErrInternal     = refuse("MSS-INTERNE", finding.Internal, "451 4.3.0", "", finding.T("Une panne interne empêche de répondre.", "An internal fault prevents an answer."), finding.T("Rien n'a été gardé ; réessayez, puis prévenez l'exploitant.", "Nothing was kept; try again, then tell the operator."))
)

// storeError turns what a store says into a refusal; refusals pass through.
func (o *Operator) storeError(err error) error {
	switch {
	case err == nil:
		return nil
	case finding.As(err) != nil:
		return err
	case errors.Is(err, dmp.ErrBusy):
		return ErrBusy
	case errors.Is(err, dmp.ErrFull):
		return ErrFull
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	o.Log.Error("mail store failed", "err", err)
	return ErrInternal.With(err)
}
