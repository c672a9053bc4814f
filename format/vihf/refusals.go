package vihf

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmldsig"
)

// Fault subcodes. DMPInvalidCertificate is the DMP's own; the others are those of WS-Security.
// spec: DMP 2.2; WS-Security 1.1 §12
const (
	codeToken       = "wsse:InvalidSecurityToken"
	codeCheck       = "wsse:FailedCheck"
	codeCertificate = "DMPInvalidCertificate"
	ruleVIHF        = "CI-SIS, authentification (VIHF 3.0) ; DMP, guide d'intégration"
)

var t = finding.T

func refusal(id, code string, m, fix finding.Text) *finding.Refusal {
	return &finding.Refusal{ID: id, Kind: finding.Unauthenticated, Code: code, Rule: ruleVIHF, Message: m, Fix: fix}
}

// The refusals, one per check.
var (
	ErrAbsent = refusal("VIHF-ABSENT", codeToken,
		t("aucun VIHF dans l'en-tête wsse:Security", "no VIHF in the wsse:Security header"),
		t("placer une assertion SAML 2.0 signée, fille directe de wsse:Security", "put a signed SAML 2.0 assertion directly inside wsse:Security"))
	ErrMany = refusal("VIHF-MANY", codeToken,
		t("plus d'une assertion dans wsse:Security", "more than one assertion in wsse:Security"),
		t("n'envoyer qu'une assertion", "send one assertion"))
	ErrForm = refusal("VIHF-FORM", codeToken,
		t("ce n'est pas une assertion SAML 2.0 bien faite", "this is not a well-made SAML 2.0 assertion"),
		t("ID, IssueInstant, Version=\"2.0\", puis Issuer, Signature, Subject, AuthnStatement, AttributeStatement, une fois chacun", "ID, IssueInstant, Version=\"2.0\", then Issuer, Signature, Subject, AuthnStatement, AttributeStatement, once each"))
	ErrInstant = refusal("VIHF-INSTANT", codeToken,
		t("date absente ou illisible", "date missing or unreadable"),
		t("écrire les dates en UTC : 2026-01-31T12:00:00.000Z", "write dates in UTC: 2026-01-31T12:00:00.000Z"))
	ErrOld = refusal("VIHF-INSTANT-OLD", codeToken,
		t("l'assertion est trop ancienne (IssueInstant)", "the assertion is too old (IssueInstant)"),
		t("produire une assertion neuve à chaque requête ; régler l'horloge (NTP), tolérance 5 minutes", "make a fresh assertion for each request; set the clock (NTP), tolerance 5 minutes"))
	ErrFuture = refusal("VIHF-INSTANT-FUTURE", codeToken,
		t("l'assertion est datée du futur (IssueInstant)", "the assertion is dated in the future (IssueInstant)"),
		t("régler l'horloge (NTP) et écrire l'heure UTC, tolérance 5 minutes", "set the clock (NTP) and write UTC time, tolerance 5 minutes"))
	ErrExpired = refusal("VIHF-CONDITIONS-EXPIRED", codeToken,
		t("l'assertion n'est plus valable (NotOnOrAfter)", "the assertion is no longer valid (NotOnOrAfter)"),
		t("produire une assertion neuve à chaque requête", "make a fresh assertion for each request"))
	ErrNotYet = refusal("VIHF-CONDITIONS-NOTYET", codeToken,
		t("l'assertion n'est pas encore valable (NotBefore)", "the assertion is not valid yet (NotBefore)"),
		t("régler l'horloge (NTP) et écrire l'heure UTC", "set the clock (NTP) and write UTC time"))
	ErrConditions = refusal("VIHF-CONDITIONS", codeToken,
		t("condition inconnue : une condition qui n'est pas comprise rend l'assertion non valable", "unknown condition: a condition that is not understood makes the assertion invalid"),
		t("n'employer que NotBefore, NotOnOrAfter, AudienceRestriction, OneTimeUse", "use only NotBefore, NotOnOrAfter, AudienceRestriction, OneTimeUse"))
	ErrAudience = refusal("VIHF-AUDIENCE", codeToken,
		t("l'assertion est destinée à un autre service (AudienceRestriction)", "the assertion is meant for another service (AudienceRestriction)"),
		t("désigner ce service comme Audience, ou n'en désigner aucun", "name this service as Audience, or name none"))
	ErrIssuerFormat = refusal("VIHF-ISSUER-FORMAT", codeToken,
		t("le Format de l'Issuer n'est pas X509SubjectName", "the Issuer Format is not X509SubjectName"),
		t(`écrire Format="`+issuerFormat+`"`, `write Format="`+issuerFormat+`"`))
	ErrIssuer = refusal("VIHF-ISSUER", codeToken,
		t("l'Issuer n'est pas le sujet du certificat qui a signé", "the Issuer is not the subject of the signing certificate"),
		t("écrire dans Issuer le DN du sujet du certificat, forme RFC 2253", "write the subject DN of the certificate in Issuer, in RFC 2253 form"))
	ErrChain = refusal("VIHF-CERT-CHAIN", codeCertificate,
		t("le certificat de signature ne vient pas d'une autorité reconnue ici", "the signing certificate does not come from an authority known here"),
		t("signer avec un certificat IGC-Santé (de test en bac à sable) et joindre les intermédiaires", "sign with an IGC-Santé certificate (a test one in the sandbox) and attach the intermediates"))
	ErrCertExpired = refusal("VIHF-CERT-EXPIRED", codeCertificate,
		t("le certificat de signature a expiré", "the signing certificate has expired"),
		t("renouveler la carte ou le certificat", "renew the card or the certificate"))
	ErrCertNotYet = refusal("VIHF-CERT-NOTYET", codeCertificate,
		t("le certificat de signature n'est pas encore valable", "the signing certificate is not valid yet"),
		t("attendre sa date de début, ou régler l'horloge", "wait for its first date, or set the clock"))
	ErrCertUsage = refusal("VIHF-CERT-USAGE", codeCertificate,
		t("le certificat n'est pas destiné à signer (KeyUsage)", "the certificate is not meant for signing (KeyUsage)"),
		t("employer le certificat de signature de la carte, ou le certificat de signature de la structure", "use the card's signing certificate, or the structure's signing certificate"))
	ErrAuthn = refusal("VIHF-AUTHN", codeToken,
		t("AuthnStatement absent, répété ou inconnu", "AuthnStatement missing, repeated or unknown"),
		t("un AuthnStatement avec un AuthnContextClassRef SAML 2.0 (SmartcardPKI en direct, TLSClient ou Password en indirect)", "one AuthnStatement with a SAML 2.0 AuthnContextClassRef (SmartcardPKI when direct, TLSClient or Password when indirect)"))
	ErrSubject = refusal("VIHF-SUBJECT", codeToken,
		t("Subject/NameID absent", "Subject/NameID missing"),
		t("écrire l'identifiant national du professionnel, ou celui de l'utilisateur dans sa structure", "write the professional's national identifier, or the user's identifier in the structure"))
	ErrSubjectCard = refusal("VIHF-SUBJECT-CARD", codeCheck,
		t("en authentification directe, NameID doit être l'identifiant de la carte qui signe", "in direct authentication NameID must be the identifier of the signing card"),
		t("écrire le CN du certificat de la carte (PS_IdNat) dans NameID", "write the CN of the card's certificate (PS_IdNat) in NameID"))
	ErrStructureCert = refusal("VIHF-STRUCTURE-CERT", codeCheck,
		t("en authentification indirecte, Identifiant_Structure doit être l'OU du certificat qui signe", "in indirect authentication Identifiant_Structure must be the OU of the signing certificate"),
		t("signer avec le certificat de cette structure, ou corriger Identifiant_Structure", "sign with this structure's certificate, or mend Identifiant_Structure"))
	ErrAttributeMissing = refusal("VIHF-ATTRIBUTE-MISSING", codeCheck,
		t("attribut obligatoire absent ou vide", "required attribute missing or empty"),
		t("ajouter cet attribut", "add this attribute"))
	ErrAttributeTwice = refusal("VIHF-ATTRIBUTE-DUPLICATE", codeCheck,
		t("attribut ou valeur répétés", "attribute or value repeated"),
		t("n'écrire l'attribut et sa valeur qu'une fois", "write the attribute and its value once"))
	ErrAttributeUnknown = refusal("VIHF-ATTRIBUTE-UNKNOWN", codeCheck,
		t("attribut inconnu", "unknown attribute"),
		t("corriger le nom ou retirer l'attribut", "mend the name or remove the attribute"))
	ErrVersion = refusal("VIHF-VERSION", codeCheck,
		t("version de VIHF non prise en charge", "VIHF version not supported"),
		t("écrire VIHF_Version = 3.0", "write VIHF_Version = 3.0"))
	ErrMode = refusal("VIHF-MODE", codeCheck,
		t("Authentification_mode inconnu", "unknown Authentification_mode"),
		t("écrire DIRECTE, INDIRECTE ou INDIRECTE_RENFORCEE", "write DIRECTE, INDIRECTE or INDIRECTE_RENFORCEE"))
	ErrSector = refusal("VIHF-SECTOR", codeCheck,
		t("Secteur_Activite mal formé", "malformed Secteur_Activite"),
		t("écrire code^"+SystemSector+", par exemple SA07^"+SystemSector, "write code^"+SystemSector+", for instance SA07^"+SystemSector))
	ErrURN = refusal("VIHF-RESSOURCE-URN", codeCheck,
		t("Ressource_URN inconnue", "unknown Ressource_URN"),
		t("écrire urn:dmp", "write urn:dmp"))
	ErrResource = refusal("VIHF-RESOURCE-ID", codeCheck,
		t("resource-id n'est pas un INS au format CX", "resource-id is not an INS in CX form"),
		t("écrire matricule^^^&OID&ISO^NH", "write matricule^^^&OID&ISO^NH"))
	ErrRoleDuplicate = refusal("VIHF-ROLE-DUPLICATE", codeCheck,
		t("deux rôles de la même nomenclature", "two roles of the same code system"),
		t("une profession, et un savoir-faire au plus", "one profession, and one savoir-faire at most"))
	ErrRoleUnknown = refusal("VIHF-ROLE-UNKNOWN", codeCheck,
		t("rôle inconnu (JDV_J65)", "unknown role (JDV_J65)"),
		t("employer un code de JDV_J65-SubjectRole-DMP avec sa nomenclature", "use a code of JDV_J65-SubjectRole-DMP with its code system"))
	ErrSpeciality = refusal("VIHF-ROLE-SPECIALITY", codeCheck,
		t("aucune spécialité dans le VIHF : elle est obligatoire pour un médecin (10) et un pharmacien (21)", "no speciality in the VIHF: it is required for a physician (10) and a pharmacist (21)"),
		t("ajouter un second rôle : savoir-faire ("+SystemSavoirFaire+") ou section ("+SystemSection+")", "add a second role: savoir-faire ("+SystemSavoirFaire+") or section ("+SystemSection+")"))
	ErrPurpose = refusal("VIHF-PURPOSE", codeCheck,
		t("mode d'accès inconnu (purposeofuse)", "unknown mode of access (purposeofuse)"),
		t("normal, bris_de_glace ou centre_15 dans "+SystemPurpose, "normal, bris_de_glace or centre_15 in "+SystemPurpose))
	ErrReason = refusal("VIHF-REASON", codeCheck,
		t("Mode_Acces_Raison est obligatoire pour un bris de glace", "Mode_Acces_Raison is required to break the glass"),
		t("demander la raison à l'utilisateur et l'écrire", "ask the user for the reason and write it"))
)

// signature refusals carry a VIHF id and the sentence of package xmldsig.
var signatureRefusals = func() map[string]*finding.Refusal {
	out := map[string]*finding.Refusal{}
	for _, r := range xmldsig.Refusals() {
		c := *r
		c.ID = "VIHF-SIGNATURE-" + strings.TrimPrefix(r.ID, "DSIG-")
		c.Code = codeCheck
		if r == xmldsig.ErrKey || r == xmldsig.ErrKeyInfo {
			c.Code = codeCertificate
		}
		c.Rule = ruleVIHF + " ; " + r.Rule
		out[r.ID] = &c
	}
	return out
}()

func signatureRefusal(err error) *finding.Refusal {
	r := finding.As(err)
	c := *signatureRefusals[r.ID]
	c.Where, c.Detail = r.Where, r.Detail
	return &c
}

// Refusals lists every refusal of the package, for the catalogue.
func Refusals() []*finding.Refusal {
	out := []*finding.Refusal{ErrAbsent, ErrMany, ErrForm, ErrInstant, ErrOld, ErrFuture, ErrExpired, ErrNotYet, ErrConditions,
		ErrAudience, ErrIssuerFormat, ErrIssuer, ErrChain, ErrCertExpired, ErrCertNotYet, ErrCertUsage, ErrAuthn, ErrSubject,
		ErrSubjectCard, ErrStructureCert, ErrAttributeMissing, ErrAttributeTwice, ErrAttributeUnknown, ErrVersion, ErrMode,
		ErrSector, ErrURN, ErrResource, ErrRoleDuplicate, ErrRoleUnknown, ErrSpeciality, ErrPurpose, ErrReason}
	for _, r := range xmldsig.Refusals() {
		out = append(out, signatureRefusals[r.ID])
	}
	return out
}
