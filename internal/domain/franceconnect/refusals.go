package franceconnect

import (
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oidc"
)

// Refusals. Code is the word of OAuth that the service reads.
var (
	ErrRequest = &finding.Refusal{ID: "FC-REQUETE", Kind: finding.Invalid, Code: "invalid_request", Rule: "RFC 6749 §4.1.2.1",
		Message: finding.T("Un paramètre manque, est en double, trop long ou impossible.", "A parameter is missing, repeated, too long or impossible."),
		Fix:     finding.T("Corrigez le paramètre nommé.", "Mend the parameter named.")}
	ErrClientUnknown = &finding.Refusal{ID: "FC-SERVICE", Kind: finding.Invalid, Code: "invalid_client", Rule: "RFC 6749 §4.1.2.1",
		Message: finding.T("Ce service n'est pas enregistré ici.", "This service is not registered here."),
		Fix:     finding.T("Vérifiez client_id.", "Check client_id.")}
	ErrRedirect = &finding.Refusal{ID: "FC-RETOUR", Kind: finding.Invalid, Code: "invalid_request", Rule: "OpenID Connect Core 1.0 §3.1.2.1",
		Message: finding.T("Cette adresse de retour n'est pas l'une de celles du service, à la lettre près.", "This address to come back to is not exactly one of the service's."),
		Fix:     finding.T("Enregistrez l'adresse, ou envoyez celle qui l'est.", "Register the address, or send the one that is.")}
	ErrResponseType = &finding.Refusal{ID: "FC-REPONSE", Kind: finding.Invalid, Code: "unsupported_response_type", Rule: "RFC 6749 §4.1.1",
		Message: finding.T("Seul response_type=code est servi.", "Only response_type=code is served."),
		Fix:     finding.T("Envoyez response_type=code.", "Send response_type=code.")}
	ErrState = &finding.Refusal{ID: "FC-STATE-NONCE", Kind: finding.Invalid, Code: "invalid_request", Rule: "FranceConnect v2",
		Message: finding.T("state et nonce sont tous deux obligatoires.", "state and nonce are both mandatory."),
		Fix:     finding.T("Envoyez deux valeurs aléatoires, et vérifiez-les au retour.", "Send two random values, and check them on the way back.")}
	ErrScope = &finding.Refusal{ID: "FC-SCOPE", Kind: finding.Invalid, Code: "invalid_scope", Rule: "FranceConnect v2",
		Message: finding.T("Un scope n'est pas servi, ou openid manque.", "A scope is not served, or openid is missing."),
		Fix:     finding.T("Demandez openid et des scopes de la liste scopes_supported.", "Ask for openid and scopes of scopes_supported.")}
	ErrACR = &finding.Refusal{ID: "FC-NIVEAU", Kind: finding.Invalid, Code: "invalid_request", Rule: "FranceConnect v2 (acr_values)",
		Message: finding.T("Ce niveau de garantie n'existe pas.", "This level of assurance does not exist."),
		Fix:     finding.T("Demandez eidas1, eidas2 ou eidas3.", "Ask for eidas1, eidas2 or eidas3.")}
	ErrPKCE = &finding.Refusal{ID: "FC-PKCE", Kind: finding.Invalid, Code: "invalid_request", Rule: "RFC 7636 §4.4.1",
		Message: finding.T("Le défi PKCE n'est pas un S256.", "The PKCE challenge is not an S256."),
		Fix:     finding.T("Envoyez code_challenge_method=S256 et le SHA-256 du vérificateur, ou ni l'un ni l'autre.", "Send code_challenge_method=S256 and the SHA-256 of the verifier, or neither.")}
	ErrLoginRequired = &finding.Refusal{ID: "FC-CONNEXION", Kind: finding.Invalid, Code: "login_required", Rule: "OpenID Connect Core 1.0 §3.1.2.6",
		Message: finding.T("Il faut demander à la personne qui elle est.", "The person must be asked who they are."),
		Fix:     finding.T("Recommencez sans prompt=none.", "Try again without prompt=none.")}
	ErrDenied = &finding.Refusal{ID: "FC-RENONCE", Kind: finding.Forbidden, Code: "access_denied", Rule: "RFC 6749 §4.1.2.1",
		Message: finding.T("La personne a renoncé.", "The person gave up."),
		Fix:     finding.T("Proposez un autre moyen de connexion.", "Offer another means of signing in.")}
	ErrLost = &finding.Refusal{ID: "FC-PERDUE", Kind: finding.Invalid, Code: "invalid_request",
		Message: finding.T("Cette demande n'attend plus, ou vient d'un autre navigateur.", "This request no longer waits, or comes from another browser."),
		Fix:     finding.T("Revenez au service et recommencez.", "Go back to the service and start again.")}
	ErrIdentity = &finding.Refusal{ID: "FC-IDENTITE", Kind: finding.Invalid, Code: "invalid_request",
		Message: finding.T("Cette personne n'est pas de la démonstration, ou son niveau est trop bas.", "This person is not of the demonstration, or their level is too low."),
		Fix:     finding.T("Choisissez une personne de la page.", "Choose somebody on the page.")}
	ErrClient = &finding.Refusal{ID: "FC-SECRET", Kind: finding.Unauthenticated, Code: "invalid_client", Rule: "RFC 6749 §2.3",
		Message: finding.T("Le service n'a pas prouvé qui il est.", "The service did not prove who it is."),
		Fix:     finding.T("Envoyez client_id et client_secret, dans le formulaire ou l'en-tête.", "Send client_id and client_secret, in the form or the header.")}
	ErrThrottled = &finding.Refusal{ID: "FC-FREIN", Kind: finding.Busy, Code: "temporarily_unavailable",
		Message: finding.T("Trop d'essais.", "Too many attempts."),
		Fix:     finding.T("Attendez une minute.", "Wait a minute.")}
	ErrGrantType = &finding.Refusal{ID: "FC-GRANT-TYPE", Kind: finding.Invalid, Code: "unsupported_grant_type", Rule: "RFC 6749 §5.2",
		Message: finding.T("Seul grant_type=authorization_code est servi.", "Only grant_type=authorization_code is served."),
		Fix:     finding.T("Envoyez grant_type=authorization_code.", "Send grant_type=authorization_code.")}
	ErrCode = &finding.Refusal{ID: "FC-CODE", Kind: finding.Invalid, Code: "invalid_grant", Rule: "RFC 6749 §5.2",
		Message: finding.T("Le code est inconnu, expiré, déjà utilisé, d'un autre service ou d'une autre adresse.", "The code is unknown, expired, already used, another service's or another address's."),
		Fix:     finding.T("Recommencez la connexion ; échangez chaque code une fois, dans la minute.", "Start signing in again; exchange each code once, within a minute.")}
	ErrVerifier = &finding.Refusal{ID: "FC-VERIFICATEUR", Kind: finding.Invalid, Code: "invalid_grant", Rule: "RFC 7636 §4.6",
		Message: finding.T("Le vérificateur PKCE ne répond pas au défi.", "The PKCE verifier does not answer the challenge."),
		Fix:     finding.T("Envoyez le code_verifier de la demande.", "Send the code_verifier of the request.")}
	ErrBearer = &finding.Refusal{ID: "FC-JETON", Kind: finding.Unauthenticated, Code: "invalid_token", Rule: "RFC 6750 §3.1",
		Message: finding.T("Le jeton d'accès manque, est faux ou expiré.", "The access token is missing, forged or expired."),
		Fix:     finding.T("Appelez UserInfo dans la minute, avec le jeton reçu.", "Call UserInfo within a minute, with the token received.")}
	ErrInternal = &finding.Refusal{ID: "FC-PANNE", Kind: finding.Internal, Code: "server_error",
		Message: finding.T("Le fournisseur d'identité a une panne.", "The identity provider has a fault."),
		Fix:     finding.T("Réessayez ; si cela dure, prévenez l'exploitant.", "Try again; if it lasts, tell the operator.")}
)

// problem gives the word of OAuth and the sentence that a service reads, in ASCII.
func problem(err error) (code, text string) {
	r := finding.As(err)
	if r == nil {
		r = ErrInternal
	}
	return r.Code, Description(r)
}

// Description is the English sentence of a refusal, with its id and place.
// spec: RFC 6749 5.2
func Description(r *finding.Refusal) string {
	s := r.ID + ": " + r.Message.EN
	if r.Where != "" {
		s += " (" + oidc.Shown(r.Where) + ")"
	}
	return s
}
