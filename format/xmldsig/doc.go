// Package xmldsig canonicalises, signs and verifies XML: Canonical XML 1.0, Exclusive XML
// Canonicalization 1.0 and the enveloped form of XML Signature that SAML assertions use.
//
// Verification works on the very tree the caller then reads, never on a second parse, and accepts
// one shape only: one ds:Signature, a direct child of the signed element, with one Reference to
// that element's own ID, which no other element carries. That closes signature wrapping.
// Algorithms are an allow-list; the key comes from an X509Certificate, whose trust is judged by
// the caller.
//
// Missing on purpose: XPath and XSLT transforms, detached and enveloping signatures, HMAC,
// RetrievalMethod, C14N 1.1, DSA.
//
// Start at VerifyEnveloped and SignEnveloped; AppendC14N is the canonical form alone.
package xmldsig

import (
	"crypto"
	_ "crypto/sha1" // xmldsig#rsa-sha1, only when asked for
	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/socle-sante/socle/format/finding"
)

// NS is the namespace of XML Signature.
const NS = "http://www.w3.org/2000/09/xmldsig#"

// Algorithm identifiers.
const (
	C14N              = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	C14NComments      = C14N + "#WithComments"
	ExcC14N           = "http://www.w3.org/2001/10/xml-exc-c14n#"
	ExcC14NComments   = ExcC14N + "WithComments"
	Enveloped         = NS + "enveloped-signature"
	nsMore            = "http://www.w3.org/2001/04/xmldsig-more#"
	RSASHA1           = NS + "rsa-sha1"
	RSASHA256         = nsMore + "rsa-sha256"
	RSASHA384         = nsMore + "rsa-sha384"
	RSASHA512         = nsMore + "rsa-sha512"
	ECDSASHA256       = nsMore + "ecdsa-sha256"
	ECDSASHA384       = nsMore + "ecdsa-sha384"
	ECDSASHA512       = nsMore + "ecdsa-sha512"
	SHA1              = NS + "sha1"
	SHA256            = "http://www.w3.org/2001/04/xmlenc#sha256"
	SHA384            = nsMore + "sha384"
	SHA512            = "http://www.w3.org/2001/04/xmlenc#sha512"
	minRSABits        = 2048     // spec: RGS B1 (2048 bits at least)
	maxCertificates   = 8        // a leaf and its chain
	maxCertificateB64 = 16 << 10 // one certificate
)

var digests = map[string]crypto.Hash{SHA1: crypto.SHA1, SHA256: crypto.SHA256, SHA384: crypto.SHA384, SHA512: crypto.SHA512}

type method struct {
	hash  crypto.Hash
	ecdsa bool
}

var methods = map[string]method{
	RSASHA1: {crypto.SHA1, false}, RSASHA256: {crypto.SHA256, false}, RSASHA384: {crypto.SHA384, false}, RSASHA512: {crypto.SHA512, false},
	ECDSASHA256: {crypto.SHA256, true}, ECDSASHA384: {crypto.SHA384, true}, ECDSASHA512: {crypto.SHA512, true},
}

func refusal(id string, m, fix finding.Text) *finding.Refusal {
	return &finding.Refusal{ID: id, Kind: finding.Unauthenticated, Rule: "XML Signature (W3C, 2e éd.)", Message: m, Fix: fix}
}

// The refusals.
var (
	ErrAbsent = refusal("DSIG-ABSENT",
		finding.T("l'élément n'est pas signé", "the element is not signed"),
		finding.T("ajouter une ds:Signature enveloppée", "add an enveloped ds:Signature"))
	ErrMany = refusal("DSIG-MANY",
		finding.T("plus d'une ds:Signature", "more than one ds:Signature"),
		finding.T("ne garder qu'une signature, fille directe de l'élément signé", "keep one signature, a direct child of the signed element"))
	ErrForm = refusal("DSIG-FORM",
		finding.T("ds:Signature n'a pas la forme attendue", "ds:Signature does not have the expected form"),
		finding.T("SignedInfo, SignatureValue puis KeyInfo, sans ds:Object ; une seule Reference", "SignedInfo, SignatureValue then KeyInfo, without ds:Object; one Reference"))
	ErrReference = refusal("DSIG-REFERENCE",
		finding.T("la signature ne couvre pas l'élément qui la porte", "the signature does not cover the element that carries it"),
		finding.T("Reference URI=\"#ID\" avec l'ID de l'élément signé, transformations enveloped-signature puis exc-c14n", "Reference URI=\"#ID\" with the ID of the signed element, transforms enveloped-signature then exc-c14n"))
	ErrDuplicateID = refusal("DSIG-ID-DUPLICATE",
		finding.T("un autre élément du message porte le même identifiant que l'élément signé", "another element of the message carries the same id as the signed element"),
		finding.T("donner un ID unique à l'élément signé", "give the signed element a unique ID"))
	ErrAlgorithm = refusal("DSIG-ALGORITHM",
		finding.T("algorithme refusé", "algorithm refused"),
		finding.T("employer rsa-sha256 ou ecdsa-sha256, sha256 et exc-c14n", "use rsa-sha256 or ecdsa-sha256, sha256 and exc-c14n"))
	ErrDigest = refusal("DSIG-DIGEST",
		finding.T("l'empreinte ne correspond pas : l'élément a été modifié après signature", "the digest does not match: the element was changed after signing"),
		finding.T("signer en dernier, et ne plus toucher au XML (indentation, préfixes, encodage)", "sign last, and leave the XML alone afterwards (indentation, prefixes, encoding)"))
	ErrValue = refusal("DSIG-VALUE",
		finding.T("la valeur de signature ne correspond pas au certificat joint", "the signature value does not match the attached certificate"),
		finding.T("joindre le certificat de la clé qui a signé ; ECDSA s'écrit r||s et non en ASN.1", "attach the certificate of the key that signed; ECDSA is written r||s and not ASN.1"))
	ErrKeyInfo = refusal("DSIG-KEYINFO",
		finding.T("certificat absent ou illisible dans KeyInfo", "certificate missing or unreadable in KeyInfo"),
		finding.T("joindre KeyInfo/X509Data/X509Certificate (DER en base64)", "attach KeyInfo/X509Data/X509Certificate (DER in base64)"))
	ErrKey = refusal("DSIG-KEY",
		finding.T("clé refusée : RSA d'au moins 2048 bits ou ECDSA P-256, P-384, P-521", "key refused: RSA of at least 2048 bits or ECDSA P-256, P-384, P-521"),
		finding.T("employer un certificat avec une clé acceptée et l'algorithme qui lui correspond", "use a certificate with an accepted key and the matching algorithm"))
)

// Refusals lists every refusal of the package, for the catalogue.
func Refusals() []*finding.Refusal {
	return []*finding.Refusal{ErrAbsent, ErrMany, ErrForm, ErrReference, ErrDuplicateID, ErrAlgorithm, ErrDigest, ErrValue, ErrKeyInfo, ErrKey}
}
