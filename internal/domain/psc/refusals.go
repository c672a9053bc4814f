package psc

import "github.com/socle-sante/socle/format/finding"

// Refusals. Code is the error of OAuth or OpenID that travels in the answer.
var (
	ErrRequest = &finding.Refusal{ID: "PSC-DEMANDE", Kind: finding.Invalid, Code: "invalid_request", Rule: "RFC 6749 §4.1.2.1",
		Message: finding.T("La demande n'est pas recevable : un paramètre manque, est répété ou ne convient pas.", "The request cannot be taken: a parameter is missing, repeated or unsuitable."),
		Fix:     finding.T("Corrigez le paramètre nommé.", "Mend the parameter named.")}
	ErrClientUnknown = &finding.Refusal{ID: "PSC-CLIENT-INCONNU", Kind: finding.Invalid, Code: "invalid_client", Rule: "RFC 6749 §4.1.2.1",
		Message: finding.T("Le logiciel qui demande la connexion n'est pas enregistré.", "The software asking for the sign-in is not registered."),
		Fix:     finding.T("Vérifiez client_id.", "Check client_id.")}
	ErrRedirect = &finding.Refusal{ID: "PSC-REDIRECTION", Kind: finding.Invalid, Code: "invalid_request", Rule: "OpenID Connect Core 1.0 §3.1.2.1",
		Message: finding.T("L'adresse de retour n'est pas l'une de celles enregistrées pour ce logiciel, au caractère près.", "The return address is not one of those registered for this software, to the letter."),
		Fix:     finding.T("Envoyez dans redirect_uri une adresse enregistrée.", "Send a registered address in redirect_uri.")}
	ErrPostLogout = &finding.Refusal{ID: "PSC-RETOUR-DECONNEXION", Kind: finding.Invalid, Code: "invalid_request", Rule: "OpenID Connect RP-Initiated Logout 1.0 §3",
		Message: finding.T("L'adresse de retour après déconnexion n'est pas enregistrée pour ce logiciel, ou rien ne dit quel logiciel demande.", "The address to return to after sign-out is not registered for this software, or nothing says which software asks."),
		Fix:     finding.T("Envoyez id_token_hint ou client_id, et une adresse enregistrée.", "Send id_token_hint or client_id, and a registered address.")}
	ErrResponseType = &finding.Refusal{ID: "PSC-RESPONSE-TYPE", Kind: finding.Invalid, Code: "unsupported_response_type", Rule: "OpenID Connect Core 1.0 §3.1.2.1",
		Message: finding.T("Seul response_type=code est servi.", "Only response_type=code is served."),
		Fix:     finding.T("Utilisez la cinématique par code.", "Use the code flow.")}
	ErrScope = &finding.Refusal{ID: "PSC-SCOPE", Kind: finding.Invalid, Code: "invalid_scope", Rule: "Pro Santé Connect, scope",
		Message: finding.T("Le scope n'est pas servi, ou openid manque.", "The scope is not served, or openid is missing."),
		Fix:     finding.T("Demandez scope=openid scope_all.", "Ask for scope=openid scope_all.")}
	ErrACR = &finding.Refusal{ID: "PSC-ACR", Kind: finding.Invalid, Code: "invalid_request", Rule: "Pro Santé Connect, acr_values",
		Message: finding.T("Ce niveau de garantie n'est pas servi.", "This level of assurance is not served."),
		Fix:     finding.T("Demandez acr_values=eidas1.", "Ask for acr_values=eidas1.")}
	ErrPrompt = &finding.Refusal{ID: "PSC-PROMPT", Kind: finding.Invalid, Code: "invalid_request", Rule: "OpenID Connect Core 1.0 §3.1.2.1",
		Message: finding.T("Cette valeur de prompt n'est pas servie, ou none est accompagné d'une autre.", "This value of prompt is not served, or none comes with another."),
		Fix:     finding.T("Utilisez none, login ou select_account.", "Use none, login or select_account.")}
	ErrRequestObject = &finding.Refusal{ID: "PSC-REQUEST", Kind: finding.Invalid, Code: "request_not_supported", Rule: "OpenID Connect Core 1.0 §6",
		Message: finding.T("Les objets «request» ne sont pas servis.", "Request objects are not served."),
		Fix:     finding.T("Envoyez chaque paramètre dans l'adresse.", "Send each parameter in the address.")}
	ErrRequestURI = &finding.Refusal{ID: "PSC-REQUEST-URI", Kind: finding.Invalid, Code: "request_uri_not_supported", Rule: "OpenID Connect Core 1.0 §6",
		Message: finding.T("«request_uri» n'est pas servi.", "request_uri is not served."),
		Fix:     finding.T("Envoyez chaque paramètre dans l'adresse.", "Send each parameter in the address.")}
	ErrRegistration = &finding.Refusal{ID: "PSC-REGISTRATION", Kind: finding.Invalid, Code: "registration_not_supported", Rule: "OpenID Connect Core 1.0 §7.2",
		Message: finding.T("«registration» n'est pas servi.", "registration is not served."),
		Fix:     finding.T("Faites enregistrer le logiciel.", "Have the software registered.")}
	ErrPKCE = &finding.Refusal{ID: "PSC-PKCE", Kind: finding.Invalid, Code: "invalid_request", Rule: "RFC 7636",
		Message: finding.T("PKCE manque ou n'est pas servi sous cette forme.", "PKCE is missing, or not served in this form."),
		Fix:     finding.T("Envoyez code_challenge (SHA-256 en base64url, 43 caractères) et code_challenge_method=S256.", "Send code_challenge (SHA-256 in base64url, 43 characters) and code_challenge_method=S256.")}
	ErrLoginRequired = &finding.Refusal{ID: "PSC-CONNEXION-REQUISE", Kind: finding.Unauthenticated, Code: "login_required", Rule: "OpenID Connect Core 1.0 §3.1.2.6",
		Message: finding.T("Personne n'est connecté, et prompt=none interdit de le demander.", "Nobody is signed in, and prompt=none forbids asking."),
		Fix:     finding.T("Recommencez sans prompt=none.", "Try again without prompt=none.")}
	ErrAccessDenied = &finding.Refusal{ID: "PSC-REFUSE", Kind: finding.Forbidden, Code: "access_denied", Rule: "RFC 6749 §4.1.2.1",
		Message: finding.T("Le professionnel a refusé la connexion.", "The professional refused the sign-in."),
		Fix:     finding.T("Ne redemandez que si le professionnel le souhaite.", "Ask again only if the professional wishes it.")}
	ErrLost = &finding.Refusal{ID: "PSC-DEMANDE-PERDUE", Kind: finding.Gone, Code: "invalid_request",
		Message: finding.T("Cette demande de connexion a expiré, ou a commencé dans un autre navigateur.", "This sign-in request has expired, or began in another browser."),
		Fix:     finding.T("Retournez au logiciel et recommencez.", "Go back to the software and start again.")}

	ErrClient = &finding.Refusal{ID: "PSC-CLIENT", Kind: finding.Unauthenticated, Code: "invalid_client", Rule: "RFC 6749 §5.2",
		Message: finding.T("Le logiciel n'est pas authentifié : identifiant ou secret faux, ou méthode qui n'est pas la sienne.", "The software is not authenticated: wrong identifier or secret, or a method that is not its own."),
		Fix:     finding.T("Vérifiez client_id, le secret et la méthode enregistrée (basic, post, mTLS).", "Check client_id, the secret and the registered method (basic, post, mTLS).")}
	ErrCertificate = &finding.Refusal{ID: "PSC-CERTIFICAT", Kind: finding.Unauthenticated, Code: "invalid_client", Rule: "RFC 8705 §2.1",
		Message: finding.T("Le certificat client manque, est révoqué, ou n'est pas le certificat d'authentification (ORG AUTH_CLI) de la structure attendue.", "The client certificate is missing, revoked, or not the authentication certificate (ORG AUTH_CLI) of the structure expected."),
		Fix:     finding.T("Présentez en TLS le certificat dont l'OU est l'identifiant national de la structure.", "Present in TLS the certificate whose OU is the structure's national identifier.")}
	ErrThrottled = &finding.Refusal{ID: "PSC-TROP", Kind: finding.Busy, Code: "temporarily_unavailable", Rule: "RFC 6585 §4",
		Message: finding.T("Trop d'essais en une minute.", "Too many attempts in one minute."),
		Fix:     finding.T("Attendez le temps dit par Retry-After.", "Wait as long as Retry-After says.")}
	ErrGrantType = &finding.Refusal{ID: "PSC-GRANT-TYPE", Kind: finding.Invalid, Code: "unsupported_grant_type", Rule: "RFC 6749 §5.2",
		Message: finding.T("Ce grant_type n'est pas servi ici.", "This grant_type is not served here."),
		Fix:     finding.T("Voyez grant_types_supported dans les métadonnées.", "See grant_types_supported in the metadata.")}
	ErrUnauthorizedClient = &finding.Refusal{ID: "PSC-CLIENT-DROIT", Kind: finding.Invalid, Code: "unauthorized_client", Rule: "RFC 6749 §5.2",
		Message: finding.T("Ce logiciel n'est pas enregistré pour cet usage.", "This software is not registered for this use."),
		Fix:     finding.T("Faites ajouter cet usage à son enregistrement.", "Have the use added to its registration.")}
	ErrCode = &finding.Refusal{ID: "PSC-CODE", Kind: finding.Invalid, Code: "invalid_grant", Rule: "RFC 6749 §5.2",
		Message: finding.T("Le code est inconnu, expiré (60 s), ou donné à un autre logiciel ou pour une autre adresse.", "The code is unknown, expired (60 s), or was given to another software or for another address."),
		Fix:     finding.T("Échangez le code aussitôt, une fois, avec le même client_id et le même redirect_uri.", "Exchange the code at once, once, with the same client_id and redirect_uri.")}
	ErrCodeReplayed = &finding.Refusal{ID: "PSC-CODE-REJOUE", Kind: finding.Invalid, Code: "invalid_grant", Rule: "RFC 6749 §4.1.2",
		Message: finding.T("Ce code a déjà servi : les jetons qu'il avait donnés sont révoqués.", "This code has already been used: the tokens it gave are revoked."),
		Fix:     finding.T("Recommencez la connexion ; cherchez qui a vu le code.", "Start signing in again; find out who saw the code.")}
	ErrVerifier = &finding.Refusal{ID: "PSC-PKCE-PREUVE", Kind: finding.Invalid, Code: "invalid_grant", Rule: "RFC 7636 §4.6",
		Message: finding.T("code_verifier n'est pas celui de la demande.", "code_verifier is not that of the request."),
		Fix:     finding.T("Envoyez le code_verifier dont le SHA-256 était code_challenge.", "Send the code_verifier whose SHA-256 was code_challenge.")}
	ErrRefresh = &finding.Refusal{ID: "PSC-REFRESH", Kind: finding.Invalid, Code: "invalid_grant", Rule: "RFC 6749 §6",
		Message: finding.T("Le jeton de renouvellement est inconnu, expiré, ou d'un autre logiciel ; ou la session est finie.", "The refresh token is unknown, expired or another software's; or the session has ended."),
		Fix:     finding.T("Faites reconnecter le professionnel.", "Have the professional sign in again.")}
	ErrRefreshReused = &finding.Refusal{ID: "PSC-REFRESH-REJOUE", Kind: finding.Invalid, Code: "invalid_grant", Rule: "RFC 9700 §4.14.2",
		Message: finding.T("Ce jeton de renouvellement a déjà servi : toute sa famille est révoquée.", "This refresh token has already been used: its whole family is revoked."),
		Fix:     finding.T("Gardez toujours le dernier jeton reçu ; reconnectez le professionnel.", "Always keep the last token received; sign the professional in again.")}

	ErrHint = &finding.Refusal{ID: "PSC-CIBA-INDICE", Kind: finding.Invalid, Code: "unknown_user_id", Rule: "CIBA Core 1.0 §13",
		Message: finding.T("login_hint n'est l'identifiant national d'aucun professionnel actif.", "login_hint is the national identifier of no active professional."),
		Fix:     finding.T("Envoyez l'idNat_PS : 8 suivi du RPPS.", "Send the idNat_PS: 8 followed by the RPPS number.")}
	ErrBinding = &finding.Refusal{ID: "PSC-CIBA-MESSAGE", Kind: finding.Invalid, Code: "invalid_binding_message", Rule: "Pro Santé Connect, CIBA",
		Message: finding.T("binding_message n'est pas de deux chiffres.", "binding_message is not two digits."),
		Fix:     finding.T("Envoyez deux chiffres de 00 à 99, les mêmes que ceux montrés au professionnel.", "Send two digits from 00 to 99, the same as shown to the professional.")}
	ErrPending = &finding.Refusal{ID: "PSC-CIBA-ATTENTE", Kind: finding.Invalid, Code: "authorization_pending", Rule: "CIBA Core 1.0 §11",
		Message: finding.T("Le professionnel n'a pas encore répondu.", "The professional has not answered yet."),
		Fix:     finding.T("Redemandez après l'intervalle.", "Ask again after the interval.")}
	ErrSlowDown = &finding.Refusal{ID: "PSC-CIBA-LENTEMENT", Kind: finding.Invalid, Code: "slow_down", Rule: "CIBA Core 1.0 §11",
		Message: finding.T("Ces demandes sont plus serrées que l'intervalle annoncé.", "These requests come faster than the interval announced."),
		Fix:     finding.T("Ajoutez cinq secondes à l'intervalle.", "Add five seconds to the interval.")}
	ErrExpired = &finding.Refusal{ID: "PSC-CIBA-EXPIREE", Kind: finding.Invalid, Code: "expired_token", Rule: "CIBA Core 1.0 §11",
		Message: finding.T("Le professionnel n'a pas répondu à temps.", "The professional did not answer in time."),
		Fix:     finding.T("Faites une nouvelle demande.", "Make a new request.")}
	ErrAsk = &finding.Refusal{ID: "PSC-CIBA-DEMANDE", Kind: finding.Invalid, Code: "invalid_grant", Rule: "CIBA Core 1.0 §11",
		Message: finding.T("auth_req_id est inconnu, d'un autre logiciel, ou a déjà donné ses jetons.", "auth_req_id is unknown, another software's, or has already given its tokens."),
		Fix:     finding.T("Faites une nouvelle demande.", "Make a new request.")}

	ErrBearer = &finding.Refusal{ID: "PSC-JETON", Kind: finding.Unauthenticated, Code: "invalid_token", Rule: "RFC 6750 §3.1",
		Message: finding.T("Le jeton d'accès manque, est faux, expiré ou révoqué ; ou sa session est finie.", "The access token is missing, forged, expired or revoked; or its session has ended."),
		Fix:     finding.T("Renouvelez le jeton, ou faites reconnecter le professionnel.", "Refresh the token, or have the professional sign in again.")}
	ErrSubjectToken = &finding.Refusal{ID: "PSC-ECHANGE-JETON", Kind: finding.Invalid, Code: "invalid_grant", Rule: "RFC 8693 §2.2.2",
		Message: finding.T("Le jeton à échanger est faux, expiré ou révoqué ; ou sa session est finie.", "The token to exchange is forged, expired or revoked; or its session has ended."),
		Fix:     finding.T("Renouvelez le jeton Pro Santé Connect, puis échangez-le.", "Refresh the Pro Santé Connect token, then exchange it.")}
	ErrNotThere = &finding.Refusal{ID: "PSC-ECHANGE-STRUCTURE", Kind: finding.Invalid, Code: "invalid_grant", Rule: "API Pro Santé Connectées",
		Message: finding.T("Ce professionnel n'exerce pas dans la structure du certificat.", "This professional does not work at the structure of the certificate."),
		Fix:     finding.T("Utilisez le certificat d'une structure où il exerce, ou corrigez l'annuaire.", "Use the certificate of a structure where they work, or mend the directory.")}
	ErrTarget = &finding.Refusal{ID: "PSC-ECHANGE-CIBLE", Kind: finding.Invalid, Code: "invalid_target", Rule: "RFC 8693 §2.2.2",
		Message: finding.T("Cette API n'accepte pas les jetons d'ici.", "This API does not take tokens from here."),
		Fix:     finding.T("Corrigez audience ou resource, ou ne les envoyez pas.", "Mend audience or resource, or leave them out.")}
	ErrAPIToken = &finding.Refusal{ID: "PSC-API-JETON", Kind: finding.Unauthenticated, Code: "invalid_token", Rule: "RFC 6750 §3.1",
		Message: finding.T("Le jeton d'API est faux ou expiré, ou sa session Pro Santé Connect est finie.", "The API token is forged or expired, or its Pro Santé Connect session has ended."),
		Fix:     finding.T("Échangez un nouveau jeton Pro Santé Connect.", "Exchange a new Pro Santé Connect token.")}
	ErrBinding8705 = &finding.Refusal{ID: "PSC-API-CERTIFICAT", Kind: finding.Unauthenticated, Code: "invalid_token", Rule: "RFC 8705 §3",
		Message: finding.T("Le certificat présenté en TLS manque, est révoqué, ou n'est pas celui auquel le jeton est lié (cnf x5t#S256).", "The certificate shown in TLS is missing, revoked, or not the one the token is bound to (cnf x5t#S256)."),
		Fix:     finding.T("Appelez l'API avec le certificat qui a servi à l'échange.", "Call the API with the certificate used for the exchange.")}
	ErrInternal = &finding.Refusal{ID: "PSC-PANNE", Kind: finding.Internal, Code: "server_error",
		Message: finding.T("Le fournisseur d'identité a une panne.", "The identity provider has a fault."),
		Fix:     finding.T("Réessayez ; si cela dure, prévenez l'exploitant.", "Try again; if it lasts, tell the operator.")}
)

// Refusals lists them, for the page that explains each.
func Refusals() []*finding.Refusal {
	return []*finding.Refusal{
		ErrRequest, ErrClientUnknown, ErrRedirect, ErrPostLogout, ErrResponseType, ErrScope, ErrACR, ErrPrompt, ErrRequestObject, ErrRequestURI, ErrRegistration, ErrPKCE, ErrLoginRequired, ErrAccessDenied, ErrLost, ErrClient, ErrCertificate, ErrThrottled, ErrGrantType, ErrUnauthorizedClient, ErrCode, ErrCodeReplayed, ErrVerifier, ErrRefresh, ErrRefreshReused, ErrHint, ErrBinding, ErrPending, ErrSlowDown, ErrExpired, ErrAsk, ErrBearer, ErrSubjectToken, ErrNotThere, ErrTarget, ErrAPIToken, ErrBinding8705, ErrInternal,
	}
}
