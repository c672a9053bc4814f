// Package mssante holds what the MSSanté space of trust adds to plain mail: addresses and their
// domains, the citizen's address made of the INS, display names, subjects, X-MSS headers, the white
// list of domains, the mail that carries documents, the linter of such mails and the statistics file.
//
// Standard: Référentiel socle MSSanté #2 (clients) 1.0.1, Référentiel socle #1 (operators), «Mon
// espace santé, messagerie» 1.3 (ENS), CI-SIS volets of transmission. Bytes in, types out: no network
// and no clock; the rules of the operator (who may write to whom, queues, closing) are elsewhere.
//
// Missing: the signature of the white list and the exact names of its children other than Domaine/Nom,
// which are not published where we could read them; the official columns of the statistics files, for
// the same reason; Unicode normalisation of domains beyond the letters of French.
// Start with ParseAddress, Compose, FactsOf and Lint.
package mssante

// The domain of the citizens' mailboxes, in Mon espace santé.
//
// spec: MSSanté 1
const CitizenDomain = "patient.mssante.fr"

// MaxMessageBytes is the size beyond which Mon espace santé returns a message, which all of MSSanté
// may count on: 25 MB.
//
// spec: MSSanté ENS 6
const MaxMessageBytes = 25_000_000

// BoxType is the kind of a mailbox (TRE_R257-TypeBAL).
type BoxType string

// The kinds of mailboxes.
//
// spec: MSSanté 2
const (
	Personal       BoxType = "PER"
	Organisational BoxType = "ORG"
	Applicative    BoxType = "APP"
	Practice       BoxType = "CAB"
	Citizens       BoxType = "MES" // ours: a citizen's, which the terminology does not list
)
