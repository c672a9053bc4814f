package xdm

import "github.com/socle-sante/socle/format/finding"

const (
	ruleZip  = "IHE ITI TF-2 §3.32 ; APPNOTE ZIP"
	ruleXDM  = "IHE ITI TF-2 §3.32.4.1.2"
	ruleMSS  = "MSSanté, Référentiel socle #2, ECO.2.1.1"
	ruleMeta = "IHE ITI TF-3 §4.2 ; CI-SIS Échange de documents de santé"
)

// Refusals of Read: the archive cannot be used.
var (
	ErrZip = &finding.Refusal{ID: "XDM-ZIP", Kind: finding.Invalid, Rule: ruleZip,
		Message: finding.T("Ce fichier n'est pas une archive zip lisible.", "This file is not a readable zip archive."),
		Fix:     finding.T("Joignez l'archive IHE_XDM.zip entière, telle que le logiciel l'a produite.", "Attach the whole IHE_XDM.zip archive, as the software made it.")}
	ErrEncrypted = &finding.Refusal{ID: "XDM-ZIP-CHIFFRE", Kind: finding.Invalid, Rule: ruleZip,
		Message: finding.T("L'archive est chiffrée par un mot de passe.", "The archive is encrypted with a password."),
		Fix:     finding.T("Envoyez l'archive sans mot de passe : la messagerie sécurisée protège déjà l'échange.", "Send the archive without a password: secure mail already protects the exchange.")}
	ErrMethod = &finding.Refusal{ID: "XDM-ZIP-METHODE", Kind: finding.Invalid, Rule: ruleZip,
		Message: finding.T("Un fichier est comprimé par une méthode qui n'est ni « stored » ni « deflate ».", "A file is compressed by a method that is neither stored nor deflate."),
		Fix:     finding.T("Produisez un zip ordinaire (deflate).", "Make an ordinary zip (deflate).")}
	ErrCorrupt = &finding.Refusal{ID: "XDM-ZIP-ABIME", Kind: finding.Invalid, Rule: ruleZip,
		Message: finding.T("Un fichier de l'archive est abîmé : sa longueur ou sa somme de contrôle n'est pas celle annoncée.", "A file of the archive is damaged: its length or its checksum is not the announced one."),
		Fix:     finding.T("Renvoyez l'archive entière.", "Send the whole archive again.")}
	ErrOverlap = &finding.Refusal{ID: "XDM-ZIP-CHEVAUCHEMENT", Kind: finding.Invalid, Rule: ruleZip,
		Message: finding.T("Deux fichiers de l'archive occupent les mêmes octets.", "Two files of the archive share the same bytes."),
		Fix:     finding.T("Produisez l'archive avec un outil zip ordinaire.", "Make the archive with an ordinary zip tool.")}
	ErrTooLarge = &finding.Refusal{ID: "XDM-TROP-GRAND", Kind: finding.TooLarge, Rule: ruleZip,
		Message: finding.T("L'archive dépasse une limite de taille.", "The archive exceeds a size limit."),
		Fix:     finding.T("Répartissez les documents en plusieurs messages.", "Spread the documents over several messages.")}
	ErrBomb = &finding.Refusal{ID: "XDM-BOMBE", Kind: finding.TooLarge, Rule: ruleZip,
		Message: finding.T("Un fichier de l'archive se dilate démesurément.", "A file of the archive expands out of proportion."),
		Fix:     finding.T("Vérifiez ce que contient l'archive : aucun document de santé ne se comprime ainsi.", "Check what the archive holds: no health document compresses that much.")}
	ErrEntries = &finding.Refusal{ID: "XDM-TROP-DE-FICHIERS", Kind: finding.TooLarge, Rule: ruleZip,
		Message: finding.T("L'archive contient trop de fichiers.", "The archive holds too many files."),
		Fix:     finding.T("N'y mettez que les documents à échanger.", "Put only the documents to exchange in it.")}
	ErrPath = &finding.Refusal{ID: "XDM-CHEMIN", Kind: finding.Invalid, Rule: ruleXDM,
		Message: finding.T("Un nom de fichier sort de l'archive ou n'en est pas un.", "A file name leads out of the archive, or is none."),
		Fix:     finding.T("Employez des chemins relatifs et courts, sans « .. », lecteur ni lien.", "Use short relative paths, without \"..\", drive or link.")}
	ErrDuplicate = &finding.Refusal{ID: "XDM-DOUBLON", Kind: finding.Invalid, Rule: ruleXDM,
		Message: finding.T("Deux fichiers portent le même nom, à la casse près.", "Two files have the same name, up to case."),
		Fix:     finding.T("Donnez à chaque fichier un nom unique (DOC00001.XML, DOC00002.XML…).", "Give each file a name of its own (DOC00001.XML, DOC00002.XML…).")}
	ErrNested = &finding.Refusal{ID: "XDM-IMBRIQUEE", Kind: finding.Invalid, Rule: ruleXDM,
		Message: finding.T("L'archive ne contient pas de METADATA.XML, mais une autre archive zip.", "The archive holds no METADATA.XML, but another zip archive."),
		Fix:     finding.T("Joignez directement l'archive intérieure.", "Attach the inner archive itself.")}
	ErrNoMetadata = &finding.Refusal{ID: "XDM-SANS-METADONNEES", Kind: finding.Invalid, Rule: ruleXDM,
		Message: finding.T("L'archive ne contient pas de METADATA.XML.", "The archive holds no METADATA.XML."),
		Fix:     finding.T("Placez les métadonnées dans IHE_XDM/SUBSET01/METADATA.XML.", "Put the metadata in IHE_XDM/SUBSET01/METADATA.XML.")}
	ErrMetadata = &finding.Refusal{ID: "XDM-METADONNEES", Kind: finding.Invalid, Rule: ruleMeta,
		Message: finding.T("METADATA.XML est illisible.", "METADATA.XML cannot be read."),
		Fix:     finding.T("Écrivez un SubmitObjectsRequest ebRIM 3.0 en UTF-8, comme pour une alimentation XDS.b.", "Write an ebRIM 3.0 SubmitObjectsRequest in UTF-8, as for an XDS.b deposit.")}
	ErrEmpty = &finding.Refusal{ID: "XDM-VIDE", Kind: finding.Invalid, Rule: ruleMeta,
		Message: finding.T("Les métadonnées ne décrivent aucun document.", "The metadata describe no document."),
		Fix:     finding.T("Décrivez chaque document par un ExtrinsicObject avec son URI.", "Describe each document by an ExtrinsicObject with its URI.")}
	ErrMissing = &finding.Refusal{ID: "XDM-DOCUMENT-ABSENT", Kind: finding.Invalid, Code: "XDSMissingDocument", Rule: ruleXDM,
		Message: finding.T("Un document décrit dans METADATA.XML n'est pas dans l'archive.", "A document described in METADATA.XML is not in the archive."),
		Fix:     finding.T("Ajoutez le fichier, ou corrigez le slot URI (chemin relatif à METADATA.XML).", "Add the file, or mend the URI slot (path relative to METADATA.XML).")}
	ErrHash = &finding.Refusal{ID: "XDM-EMPREINTE", Kind: finding.Invalid, Code: "XDSNonIdenticalHash", Rule: ruleMSS,
		Message: finding.T("L'empreinte d'un document n'est pas celle de ses métadonnées.", "The hash of a document is not that of its metadata."),
		Fix:     finding.T("Calculez le SHA-1 (hexadécimal) sur les octets exacts du fichier joint.", "Compute the SHA-1 (hexadecimal) over the exact bytes of the file.")}
	ErrSize = &finding.Refusal{ID: "XDM-TAILLE", Kind: finding.Invalid, Code: "XDSNonIdenticalSize", Rule: ruleMSS,
		Message: finding.T("La taille d'un document n'est pas celle de ses métadonnées.", "The size of a document is not that of its metadata."),
		Fix:     finding.T("Donnez la taille en octets du fichier joint, non comprimé.", "Give the size in bytes of the file, uncompressed.")}
	ErrPatients = &finding.Refusal{ID: "XDM-PATIENTS", Kind: finding.Invalid, Code: "XDSPatientIdDoesNotMatch", Rule: ruleMSS,
		Message: finding.T("L'archive concerne plusieurs patients.", "The archive is about several patients."),
		Fix:     finding.T("Envoyez un message par patient.", "Send one message per patient.")}
	ErrNoPatient = &finding.Refusal{ID: "XDM-SANS-PATIENT", Kind: finding.Invalid, Code: "XDSUnknownPatientId", Rule: ruleMSS,
		Message: finding.T("Les métadonnées ne disent pas de quel patient il s'agit par un INS.", "The metadata do not say by an INS which patient they are about."),
		Fix:     finding.T("Donnez patientId sous la forme matricule^^^&OID&ISO^NH.", "Give patientId as matricule^^^&OID&ISO^NH.")}
)

// ErrWrite refuses a package that cannot be written.
var ErrWrite = &finding.Refusal{ID: "XDM-ECRITURE", Kind: finding.Invalid, Rule: ruleMeta,
	Message: finding.T("L'archive ne peut être écrite.", "The archive cannot be written."),
	Fix:     finding.T("Complétez ou corrigez ce que nomme le message.", "Complete or mend what the message names.")}

// remark is one kind of finding about an archive that can be used all the same.
type remark struct {
	id       string
	severity finding.Severity
	rule     string
	message  finding.Text
	fix      finding.Text
}

// Remarks of Read.
var (
	noIndex = remark{"XDM-SANS-INDEX", finding.Warning, ruleXDM,
		finding.T("INDEX.HTM est absent de la racine de l'archive.", "INDEX.HTM is missing at the root of the archive."),
		finding.T("Ajoutez une page HTML qui nomme l'expéditeur et mène aux documents.", "Add an HTML page that names the sender and leads to the documents.")}
	noReadme = remark{"XDM-SANS-README", finding.Warning, ruleXDM,
		finding.T("README.TXT est absent de la racine de l'archive.", "README.TXT is missing at the root of the archive."),
		finding.T("Ajoutez un texte : expéditeur, logiciel, comment lire.", "Add a text: sender, software, how to read.")}
	oddTree = remark{"XDM-ARBORESCENCE", finding.Warning, ruleXDM,
		finding.T("METADATA.XML n'est pas dans IHE_XDM/SUBSETnn/.", "METADATA.XML is not in IHE_XDM/SUBSETnn/."),
		finding.T("Suivez l'arborescence : IHE_XDM/SUBSET01/METADATA.XML, sans dossier au-dessus.", "Follow the tree: IHE_XDM/SUBSET01/METADATA.XML, with no folder above.")}
	oddName = remark{"XDM-NOM", finding.Warning, ruleXDM,
		finding.T("Un nom de fichier n'est pas celui d'ISO 9660 niveau 1 (majuscules, 8.3, barre oblique).", "A file name is not one of ISO 9660 level 1 (capitals, 8.3, slash)."),
		finding.T("Nommez les fichiers en majuscules : DOC00001.XML.", "Name files in capitals: DOC00001.XML.")}
	oddXML = remark{"XDM-ENCODAGE", finding.Warning, ruleMeta,
		finding.T("METADATA.XML n'est pas dans l'encodage qu'il annonce, ou ne commence pas par du XML.", "METADATA.XML is not in the encoding it announces, or does not begin with XML."),
		finding.T("Écrivez METADATA.XML en UTF-8, sans octet avant « <?xml ».", "Write METADATA.XML in UTF-8, without a byte before \"<?xml\".")}
	oddURI = remark{"XDM-URI", finding.Warning, ruleMeta,
		finding.T("Le slot URI d'un document est absent ou n'est pas son chemin depuis METADATA.XML ; le fichier est reconnu autrement.", "The URI slot of a document is missing or is not its path from METADATA.XML; the file was recognised otherwise."),
		finding.T("Donnez dans URI le nom du fichier, tel que dans l'archive.", "Give the name of the file in URI, as it is in the archive.")}
	noHash = remark{"XDM-SANS-EMPREINTE", finding.Warning, ruleMSS,
		finding.T("Un document n'a pas d'empreinte (hash) ou de taille (size) dans les métadonnées.", "A document has no hash or no size in the metadata."),
		finding.T("Ajoutez les slots hash (SHA-1 hexadécimal) et size (octets).", "Add the slots hash (SHA-1, hexadecimal) and size (bytes).")}
	oddHash = remark{"XDM-EMPREINTE-FORME", finding.Warning, ruleMSS,
		finding.T("L'empreinte d'un document est juste, mais n'est pas un SHA-1 en hexadécimal.", "The hash of a document is right, but is not a SHA-1 in hexadecimal."),
		finding.T("Écrivez le SHA-1 en 40 chiffres hexadécimaux.", "Write the SHA-1 in 40 hexadecimal digits.")}
	noPatient = remark{"XDM-PATIENT", finding.Warning, ruleMSS,
		finding.T("Le lot ou un document n'a pas de patientId.", "The set or a document has no patientId."),
		finding.T("Donnez le même patientId au lot et à chaque document.", "Give the same patientId to the set and to each document.")}
	inner = remark{"XDM-ZIP-DEDANS", finding.Warning, ruleXDM,
		finding.T("L'archive contient une autre archive zip, qui n'est pas ouverte.", "The archive holds another zip archive, which is not opened."),
		finding.T("Joignez chaque archive au message.", "Attach each archive to the message.")}
	stray = remark{"XDM-HORS-LOT", finding.Info, ruleXDM,
		finding.T("Un fichier hors de tout lot n'est pas gardé.", "A file outside every set is not kept."),
		finding.T("Placez les documents à côté de METADATA.XML.", "Put documents beside METADATA.XML.")}
	shared = remark{"XDM-URI-DOUBLE", finding.Warning, ruleMeta,
		finding.T("Deux entrées décrivent le même fichier.", "Two entries describe the same file."),
		finding.T("Donnez un fichier à chaque entrée.", "Give each entry a file of its own.")}
)

// at makes the finding of a remark about a place in the archive.
func (r remark) at(path string) finding.Finding {
	return finding.Finding{ID: r.id, Severity: r.severity, Level: "xdm", Place: finding.Place{XPath: path}, Found: path, Rule: r.rule, Message: r.message, Fix: r.fix}
}
