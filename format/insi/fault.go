package insi

import (
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/xmltree"
)

// Codes of an Erreur. One is confirmed by a published exchange (insi_102 under siram_40); the
// others are ours, in the same form.
// spec: INS §6 (errors)
const (
	codeSchema    = "insi_001" // the message is not what the service description says
	codeTraits    = "insi_002" // a trait cannot be searched with
	codeAccess    = "insi_003" // certificate or assertion refused
	codeLot       = "insi_004" // lot unknown
	codeTechnical = "insi_102" // the search failed
)

// Subcodes, by family.
var subcodes = map[string]string{codeSchema: "siram_10", codeTraits: "siram_10", codeAccess: "siram_20", codeLot: "siram_30", codeTechnical: "siram_40"}

func refusal(id string, kind finding.Kind, code, fr, en, fixFR, fixEN string) *finding.Refusal {
	return &finding.Refusal{ID: id, Kind: kind, Code: code, Rule: "INSi, DESIR_ICIR_EXP 1.5.0",
		Message: finding.T(fr, en), Fix: finding.T(fixFR, fixEN)}
}

// Refusals of the messages and of the service.
var (
	ErrOperation = refusal("INSI-OPERATION", finding.Invalid, codeSchema, "Cette action n'est pas une opération du téléservice.", "This action is not an operation of the teleservice.",
		"Donnez wsa:Action urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite ou verifierInsAvecTraitsIdentite.", "Give wsa:Action urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite or verifierInsAvecTraitsIdentite.")
	ErrBody = refusal("INSI-CORPS", finding.Invalid, codeSchema, "La racine du corps n'est pas celle de l'opération.", "The root of the body is not that of the operation.",
		"La recherche par traits porte RECSANSVITALE (http://www.cnamts.fr/INSiRecSans).", "A search by traits carries RECSANSVITALE (http://www.cnamts.fr/INSiRecSans).")
	ErrElement = refusal("INSI-ELEMENT", finding.Invalid, codeSchema, "Cet élément n'a pas sa place ici.", "This element has no place here.",
		"Traits attendus : NomNaissance, Prenom, Sexe, DateNaissance, LieuNaissance.", "Traits expected: NomNaissance, Prenom, Sexe, DateNaissance, LieuNaissance.")
	ErrMissing = refusal("INSI-MANQUE", finding.Invalid, codeSchema, "Un élément obligatoire manque.", "A mandatory element is missing.",
		"Donnez au moins NomNaissance, Sexe et DateNaissance.", "Give at least NomNaissance, Sexe and DateNaissance.")
	ErrLong = refusal("INSI-LONG", finding.Invalid, codeTraits, "Ce trait dépasse 100 caractères.", "This trait is over 100 characters.",
		"Ne tronquez pas : vérifiez la saisie.", "Do not truncate: check what was typed.")
	ErrName = refusal("INSI-NOM", finding.Invalid, codeTraits, "Ce nom porte un caractère que le téléservice ne prend pas.", "This name has a character the teleservice does not take.",
		"Capitales A–Z sans accent, trait d'union et apostrophe ; l'espace n'est admis que dans le nom de naissance.", "Capitals A–Z without accents, hyphen and apostrophe; a space only in the birth name.")
	ErrSex = refusal("INSI-SEXE", finding.Invalid, codeTraits, "Le sexe est M ou F.", "Sex is M or F.",
		"Le sexe indéterminé (I) ne se cherche pas dans INSi.", "Undetermined sex (I) cannot be searched in INSi.")
	ErrDate = refusal("INSI-DATE", finding.Invalid, codeTraits, "La date de naissance n'a pas la forme AAAA-MM-JJ.", "The birth date is not of the form YYYY-MM-DD.",
		"Les dates lunaires (1966-00-00) sont admises telles quelles.", "Lunar dates (1966-00-00) are taken as they are.")
	ErrPlace = refusal("INSI-LIEU", finding.Invalid, codeTraits, "Le lieu de naissance n'est pas un code COG de 5 caractères.", "The birth place is not a COG code of 5 characters.",
		"Code commune à la date de naissance (2A004), 99 et pays à l'étranger (99350), ou rien.", "Commune code at the birth date (2A004), 99 and country abroad (99350), or nothing.")
	ErrMatricule = refusal("INSI-MATRICULE", finding.Invalid, codeTraits, "Le matricule n'a pas la forme d'un NIR ou d'un NIA.", "The matricule is not of the form of a NIR or NIA.",
		"NumIdentifiant : 13 caractères ; Cle : 2 chiffres.", "NumIdentifiant: 13 characters; Cle: 2 digits.")
	ErrOID = refusal("INSI-OID", finding.Invalid, codeTraits, "L'OID n'est pas celui d'un INS.", "The OID is not one of an INS.",
		"1.2.250.1.213.1.4.8 ou .9 en production, .10 en test.", "1.2.250.1.213.1.4.8 or .9 in production, .10 in test.")
	ErrCertificate = refusal("INSI-CERTIFICAT", finding.Unauthenticated, codeAccess, "Ce certificat n'ouvre pas INSi.", "This certificate does not open INSi.",
		"Présentez le certificat d'organisation dont le CN est INSI-AUTO ou INSI-MANU, ou une assertion signée par une carte CPx.", "Present the organisation certificate whose CN is INSI-AUTO or INSI-MANU, or an assertion signed by a CPx card.")
	ErrRevoked = refusal("INSI-REVOQUE", finding.Unauthenticated, codeAccess, "Ce certificat est révoqué.", "This certificate is revoked.",
		"Utilisez un certificat en cours de validité.", "Use a valid certificate.")
	ErrAssertion = refusal("INSI-ASSERTION", finding.Unauthenticated, codeAccess, "L'assertion de la carte n'est pas valable.", "The assertion of the card is not valid.",
		"Signez une assertion SAML 2.0 neuve avec la carte : signature enveloppée, dates, NameID égal à l'idNat de la carte.", "Sign a fresh SAML 2.0 assertion with the card: enveloped signature, dates, NameID equal to the idNat of the card.")
	ErrVitale = refusal("INSI-VITALE", finding.Unauthenticated, codeAccess, "L'assertion de carte Vitale manque ou n'est pas valable.", "The carte Vitale assertion is missing or not valid.",
		"Joignez l'assertion signée de la carte ou de l'appli carte Vitale à wsse:Security.", "Add the signed assertion of the card or of appli carte Vitale to wsse:Security.")
	ErrLot = refusal("INSI-LOT", finding.NotFound, codeLot, "Ce lot n'existe pas ou n'est plus gardé.", "This lot does not exist or is no longer kept.",
		"Déposez-le de nouveau ; un lot terminé reste une heure.", "Deposit it again; a finished lot stays one hour.")
	ErrLotSize = refusal("INSI-LOT-TAILLE", finding.TooLarge, codeLot, "Le lot dépasse 100 000 personnes.", "The lot is over 100,000 persons.",
		"Partagez-le en plusieurs lots.", "Split it into several lots.")
	ErrLotBusy = refusal("INSI-LOT-OCCUPE", finding.Busy, codeLot, "Trop de lots sont en cours.", "Too many lots are under way.",
		"Attendez la fin d'un lot.", "Wait for a lot to finish.")
	ErrTechnical = refusal("INSI-TECHNIQUE", finding.Unavailable, codeTechnical,
		"Le service est temporairement inaccessible. Veuillez renouveler votre demande ultérieurement. Si le problème persiste, contactez l'éditeur du progiciel ou votre responsable informatique.",
		"The service is temporarily out of reach. Please try again later. If the problem lasts, call the vendor of the software.",
		"Réessayez plus tard : l'identité reste dans son état.", "Try again later: the identity stays as it is.")
)

// technicalDetail is the text of the Erreur of a failed search.
const technicalDetail = "L'appel au service de recherche avec les traits d'identité renvoie une erreur technique."

// Refusals lists the refusals of the package, for the catalogue.
func Refusals() []*finding.Refusal {
	return []*finding.Refusal{ErrOperation, ErrBody, ErrElement, ErrMissing, ErrLong, ErrName, ErrSex, ErrDate, ErrPlace, ErrMatricule, ErrOID,
		ErrCertificate, ErrRevoked, ErrAssertion, ErrVitale, ErrLot, ErrLotSize, ErrLotBusy, ErrTechnical}
}

// AppendFault appends a whole answer that says no, with the prefixes of the national service: known
// clients find the parts of a fault by them.
// spec: INS §6 (errors)
func AppendFault(dst []byte, r *finding.Refusal, messageID string) []byte {
	code := r.Code
	if subcodes[code] == "" {
		code = codeSchema
		if r.Kind == finding.Unauthenticated || r.Kind == finding.Forbidden {
			code = codeAccess
		}
	}
	side := "Sender"
	if r.Kind == finding.Busy || r.Kind == finding.Unavailable || r.Kind == finding.Internal {
		side = "Receiver"
	}
	dst = append(dst, envelopeOpen+`<S:Body xmlns:S="`+soap.NS+`"><S:Fault><S:Code><S:Value>S:`+side+`</S:Value><S:Subcode><S:Value>S:`+subcodes[code]+
		`</S:Value></S:Subcode></S:Code><S:Reason>`...)
	en, fr := r.Message.EN, r.Message.FR
	if r.ID == ErrTechnical.ID {
		en = fr // the national service speaks French under every language
	}
	dst = xmltree.AppendText(append(dst, `<S:Text xml:lang="en">`...), en)
	dst = xmltree.AppendText(append(dst, `</S:Text><S:Text xml:lang="fr">`...), fr)
	dst = append(dst, `</S:Text></S:Reason><S:Detail><siram:Erreur severite="fatal" code="`+code+`" xmlns:siram="`+NSSiram+`"`...)
	if messageID != "" {
		dst = append(xmltree.AppendAttr(append(dst, ` messageID="`...), messageID), '"')
	}
	text := r.Sentence("fr")
	if r.ID == ErrTechnical.ID {
		text = technicalDetail
	}
	dst = xmltree.AppendText(append(dst, '>'), text)
	return append(dst, `</siram:Erreur></S:Detail></S:Fault></S:Body></soap:Envelope>`...)
}
