package mssante

import "github.com/socle-sante/socle/format/finding"

const (
	sourceRef2 = "MSSanté, Référentiel socle #2, "
	sourceENS  = "Mon espace santé, messagerie (ENS v1.3), "
)

func row(id, source string, s finding.Severity, message, fix finding.Text, check func(*linted, func(finding.Place, string))) rule {
	return rule{Rule{ID: id, Source: source, Severity: s, Message: message, Fix: fix}, check}
}

// rules is the whole of what the linter asks, a row for each requirement.
var rules = []rule{
	// spec: MSSanté ECO.2.2.1
	row("MSS-DE", sourceRef2+"ECO.2.2.1", finding.Error,
		finding.T("Le champ From est absent, multiple ou n'est pas une adresse.", "The From field is missing, multiple or not an address."),
		finding.T("Écrivez un seul From, celui de la BAL émettrice.", "Write one From, that of the sending mailbox."), checkFrom),
	// spec: MSSanté ECO.2.2.7
	row("MSS-NOM", sourceRef2+"ECO.2.2.7", finding.Error,
		finding.T("L'adresse de l'expéditeur n'a pas de nom affiché.", "The sender's address has no display name."),
		finding.T("Donnez Titre_Prénom_NOM_Entité pour une BAL personnelle, l'entité fonctionnelle pour les autres.", "Give Titre_Prénom_NOM_Entité for a personal mailbox, the functional entity for others."), checkName),
	// spec: MSSanté ECO.2.2.7
	row("MSS-NOM-FORME", sourceRef2+"ECO.2.2.7", finding.Error,
		finding.T("Le nom affiché d'une BAL personnelle n'est pas de la forme Titre_Prénom_NOM_Entité.", "The display name of a personal mailbox is not of the form Titre_Prénom_NOM_Entité."),
		finding.T("Joignez les éléments par un tiret bas, le nom en capitales : Dr_Marie_MARTIN_Cabinet Médical.", "Join the elements by underscores, the family name in capitals: Dr_Marie_MARTIN_Cabinet Médical."), checkPersonalName),
	// spec: MSSanté ECO.2.2.1
	row("MSS-ENVELOPPE", sourceRef2+"ECO.2.2.1", finding.Error,
		finding.T("L'adresse de From n'est pas celle de l'enveloppe.", "The address of From is not that of the envelope."),
		finding.T("Envoyez au nom de la BAL authentifiée ; dirigez les réponses par Reply-To.", "Send in the name of the authenticated mailbox; direct answers by Reply-To."), checkEnvelope),
	// spec: MSSanté ECO.2.2.1
	row("MSS-DATE", sourceRef2+"ECO.2.2.1", finding.Error,
		finding.T("Le champ Date est absent ou n'est pas une date.", "The Date field is missing or not a date."),
		finding.T("Écrivez la date selon la RFC 5322, avec le décalage horaire.", "Write the date as RFC 5322 says, with its offset."), checkDate),
	// spec: MSSanté ECO.2.2.1
	row("MSS-MESSAGE-ID", sourceRef2+"ECO.2.2.1 (MSS/va1.08)", finding.Error,
		finding.T("Le champ Message-ID est absent ou mal formé.", "The Message-ID field is missing or badly formed."),
		finding.T("Écrivez <identifiant-unique@domaine>.", "Write <unique-identifier@domain>."), checkMessageID),
	// spec: MSSanté ECO.2.2.2
	row("MSS-FIL", sourceRef2+"ECO.2.2.2 (MSS/va1.12)", finding.Warning,
		finding.T("Une réponse ne garde pas le fil de la conversation.", "An answer does not keep the thread of the conversation."),
		finding.T("Dans une réponse, écrivez In-Reply-To et References avec les identifiants des messages précédents.", "In an answer, write In-Reply-To and References with the identifiers of the messages before."), checkThread),
	// spec: MSSanté ECO.2.2.1
	row("MSS-DESTINATAIRE", sourceRef2+"ECO.2.2.1", finding.Error,
		finding.T("Un destinataire n'est pas une adresse, ou aucun n'est visible.", "A recipient is not an address, or none is visible."),
		finding.T("Écrivez les adresses complètes dans To et Cc.", "Write full addresses in To and Cc."), checkRecipientsField),
	// spec: MSSanté MSS/va1.11
	row("MSS-CORPS", sourceRef2+"ECO.2.2.3 (MSS/va1.11)", finding.Error,
		finding.T("Le corps du message n'est ni text/plain ni multipart/alternative.", "The body of the message is neither text/plain nor multipart/alternative."),
		finding.T("Écrivez le texte en text/plain, ou text/plain et text/html dans un multipart/alternative.", "Write the text as text/plain, or text/plain and text/html in a multipart/alternative."), checkBody),
	// spec: MSSanté ECO.2.2.3
	row("MSS-UTF8", sourceRef2+"ECO.2.2.3", finding.Error,
		finding.T("Une partie de texte n'est pas en UTF-8.", "A text part is not in UTF-8."),
		finding.T("Écrivez Content-Type: text/plain; charset=UTF-8.", "Write Content-Type: text/plain; charset=UTF-8."), checkCharset),
	// spec: MSSanté ECO.2.4.3
	row("MSS-NIL", sourceRef2+"ECO.2.4.3", finding.Error,
		finding.T("L'en-tête X-MSS-NIL est absent ou vide.", "The X-MSS-NIL header is missing or empty."),
		finding.T("Écrivez sur chaque message la référence du produit donnée par Convergence.", "Write on each message the product reference given by Convergence."), checkNIL),
	// spec: MSSanté ECO.2.4.1
	row("MSS-CODECDA", sourceRef2+"ECO.2.4.1", finding.Error,
		finding.T("L'en-tête X-MSS-CODECDA ne donne pas les codes des documents CDA de l'archive.", "The X-MSS-CODECDA header does not give the codes of the CDA documents in the archive."),
		finding.T("Écrivez le code de chaque document (ClinicalDocument/code), séparés par des virgules.", "Write the code of each document (ClinicalDocument/code), separated by commas."), checkCodes),
	// spec: MSSanté ECO.2.4.1
	row("MSS-CODECDA-SANS", sourceRef2+"ECO.2.4.1", finding.Error,
		finding.T("L'en-tête X-MSS-CODECDA est présent sans document CDA dans une archive.", "The X-MSS-CODECDA header is there without a CDA document in an archive."),
		finding.T("Retirez l'en-tête.", "Take the header out."), checkCodesWithout),
	// spec: MSSanté ECO.2.4.2
	row("MSS-INS", sourceRef2+"ECO.2.4.2", finding.Error,
		finding.T("L'en-tête X-MSS-INS est absent, ou ne dit pas ce que portent les documents (O : INS qualifié, N sinon).", "The X-MSS-INS header is missing, or does not say what the documents hold (O: qualified INS, N otherwise)."),
		finding.T("Écrivez O quand matricule, OID, nom et premier prénom de naissance, date de naissance et sexe sont présents, N sinon.", "Write O when matricule, OID, birth name, first birth given name, birth date and sex are present, N otherwise."), checkINS),
	// spec: MSSanté ECO.2.4.2
	row("MSS-INS-SANS", sourceRef2+"ECO.2.4.2", finding.Error,
		finding.T("L'en-tête X-MSS-INS est présent sans document CDA dans une archive.", "The X-MSS-INS header is there without a CDA document in an archive."),
		finding.T("Retirez l'en-tête.", "Take the header out."), checkINSWithout),
	// spec: MSSanté ECO.2.2.8
	row("MSS-MES", sourceRef2+"ECO.2.2.8", finding.Error,
		finding.T("L'en-tête X-MSS-MES n'a qu'une valeur : FIN, en capitales.", "The X-MSS-MES header has one value only: FIN, in capitals."),
		finding.T("Écrivez X-MSS-MES: FIN, ou retirez l'en-tête.", "Write X-MSS-MES: FIN, or take the header out."), checkMES),
	// spec: MSSanté ECO.2.2.8
	row("MSS-MES-SANS", sourceRef2+"ECO.2.2.8", finding.Warning,
		finding.T("L'en-tête X-MSS-MES est présent sur un message qui ne va à aucun usager.", "The X-MSS-MES header is on a message that goes to no citizen."),
		finding.T("Ne l'écrivez que sur les messages aux usagers.", "Write it on messages to citizens only."), checkMESWithout),
	// spec: MSSanté ENS 7
	row("MSS-FIN", sourceENS+"§7", finding.Warning,
		finding.T("L'objet ressemble à [FIN] sans l'être exactement : l'échange ne sera pas clos.", "The subject looks like [FIN] but is not exactly that: the exchange will not be closed."),
		finding.T("Écrivez l'objet [FIN], en capitales et rien d'autre, ou l'en-tête X-MSS-MES: FIN.", "Write the subject [FIN], in capitals and nothing else, or the header X-MSS-MES: FIN."), checkFIN),
	// spec: MSSanté ECO.2.1.3
	row("MSS-OBJET", sourceRef2+"ECO.2.1.3", finding.Error,
		finding.T("L'objet d'un message qui porte une archive ne commence pas par XDM/1.0/DDM+, ou n'a pas de libellé.", "The subject of a message that carries an archive does not begin with XDM/1.0/DDM+, or has no label."),
		finding.T("Écrivez XDM/1.0/DDM+<libellé> <NOM> <prénom> <date de naissance>.", "Write XDM/1.0/DDM+<label> <NAME> <given name> <birth date>."), checkSubject),
	// spec: MSSanté ECO.2.1.3
	row("MSS-OBJET-PATIENT", sourceRef2+"ECO.2.1.3", finding.Error,
		finding.T("L'objet ne donne pas le nom et le prénom du patient des documents, ou donne une autre date de naissance.", "The subject does not give the name and given name of the patient of the documents, or gives another birth date."),
		finding.T("Reprenez l'identité portée par les documents ; la date s'écrit JJ/MM/AAAA.", "Take the identity the documents hold; the date is written JJ/MM/AAAA."), checkSubjectPatient),
	// spec: MSSanté ECO.2.1.3
	row("MSS-OBJET-SANS", sourceRef2+"ECO.2.1.3", finding.Warning,
		finding.T("L'objet commence par XDM/1.0/DDM+ mais le message ne porte pas d'archive.", "The subject begins with XDM/1.0/DDM+ but the message carries no archive."),
		finding.T("Joignez IHE_XDM.zip, ou écrivez un objet libre.", "Attach IHE_XDM.zip, or write a free subject."), checkSubjectWithout),
	// spec: MSSanté ECO.2.1.1
	row("MSS-XDM", sourceRef2+"ECO.2.1.1", finding.Error,
		finding.T("L'archive jointe ne peut être utilisée.", "The attached archive cannot be used."),
		finding.T("Voyez l'identifiant du refus cité, et le catalogue des refus.", "See the id of the refusal quoted, and the catalogue of refusals."), checkArchive),
	// spec: MSSanté ECO.2.1.1
	row("MSS-XDM-NOM", sourceRef2+"ECO.2.1.1", finding.Warning,
		finding.T("L'archive ne se nomme pas IHE_XDM.zip ou n'a pas un type zip.", "The archive is not named IHE_XDM.zip or has no zip type."),
		finding.T("Joignez-la sous le nom IHE_XDM.zip, en application/zip.", "Attach it under the name IHE_XDM.zip, as application/zip."), checkArchiveName),
	// spec: MSSanté 5
	row("MSS-XDM-PLUSIEURS", sourceRef2+"ECO.2.1.1", finding.Error,
		finding.T("Le message porte plusieurs archives XDM.", "The message carries several XDM archives."),
		finding.T("Réunissez les documents du patient dans une seule archive.", "Gather the patient's documents in one archive."), checkOneArchive),
	// spec: MSSanté ECO.2.1.1
	row("MSS-CDA-NU", sourceRef2+"ECO.2.1.1", finding.Error,
		finding.T("Un document CDA est joint hors d'une archive.", "A CDA document is attached outside an archive."),
		finding.T("Placez-le dans IHE_XDM.zip avec ses métadonnées.", "Put it in IHE_XDM.zip with its metadata."), checkBare),
	// spec: MSSanté ECO.2.1.2
	row("MSS-METADONNEES", sourceRef2+"ECO.2.1.2", finding.Error,
		finding.T("Un document et ses métadonnées ne disent pas la même chose.", "A document and its metadata do not say the same."),
		finding.T("Tirez uniqueId, patientId et typeCode de l'en-tête du document.", "Draw uniqueId, patientId and typeCode from the header of the document."), checkMetadata),
	// spec: MSSanté ECO.2.1.2
	row("MSS-PATIENT-ID", sourceRef2+"ECO.2.1.2", finding.Warning,
		finding.T("Le patientId des métadonnées n'est pas un INS de type NH, alors que le document en porte un.", "The patientId of the metadata is not an INS of type NH, although the document holds one."),
		finding.T("Écrivez matricule^^^&OID&ISO^NH.", "Write matricule^^^&OID&ISO^NH."), checkPatientID),
	// spec: MSSanté ECO.2.1.5
	row("MSS-PDF", sourceRef2+"ECO.2.1.5", finding.Error,
		finding.T("Il n'y a pas un PDF pour chaque document CDA.", "There is not one PDF for each CDA document."),
		finding.T("Joignez, à côté de l'archive, le PDF/A-1 tiré de chaque document.", "Attach, beside the archive, the PDF/A-1 made of each document."), checkPDFs),
	// spec: MSSanté ECO.2.1.5
	row("MSS-PDF-A", sourceRef2+"ECO.2.1.5", finding.Error,
		finding.T("Un PDF joint ne se déclare pas PDF/A-1.", "An attached PDF does not declare itself PDF/A-1."),
		finding.T("Produisez le PDF au format PDF/A-1 (métadonnées XMP pdfaid:part 1).", "Make the PDF as PDF/A-1 (XMP metadata pdfaid:part 1)."), checkPDFA),
	// spec: MSSanté ECO.2.1.5
	row("MSS-PDF-AUTRE", sourceRef2+"ECO.2.1.5", finding.Error,
		finding.T("Aucun PDF joint n'est identique à celui que contient un document CDA de niveau 1.", "No attached PDF is identical to the one a level 1 CDA document holds."),
		finding.T("Joignez le PDF contenu dans le document, tel quel.", "Attach the PDF the document holds, as it is."), checkPDFSame),
	// spec: MSSanté ECO.2.1.6
	row("MSS-PDF-NOM", sourceRef2+"ECO.2.1.6", finding.Warning,
		finding.T("Le nom d'un PDF n'est pas <date>_<type>_<NOM>_<prénom>.pdf.", "The name of a PDF is not <date>_<type>_<NAME>_<given name>.pdf."),
		finding.T("Nommez-le comme 20220531_CR_d_imagerie_medicale_CORSE_FIGATELLIX.pdf.", "Name it like 20220531_CR_d_imagerie_medicale_CORSE_FIGATELLIX.pdf."), checkPDFName),
	// spec: MSSanté ECO.2.2.6
	row("MSS-USAGER", sourceRef2+"ECO.2.2.6", finding.Error,
		finding.T("L'adresse d'un usager n'est pas un matricule INS dont la clé est juste.", "A citizen's address is not an INS matricule with a right key."),
		finding.T("Formez l'adresse du matricule INS qualifié, 15 caractères, clé comprise.", "Make the address of the qualified INS matricule, 15 characters, key included."), checkCitizen),
	// spec: MSSanté ECO.2.2.6
	row("MSS-USAGER-AUTRE", sourceRef2+"ECO.2.2.6", finding.Error,
		finding.T("L'usager destinataire n'est pas le patient des documents.", "The citizen written to is not the patient of the documents."),
		finding.T("Envoyez à l'adresse du patient lui-même ; celle d'un mineur est la sienne.", "Send to the patient's own address; that of a minor is their own."), checkCitizenSame),
	// spec: MSSanté 5
	row("MSS-USAGERS", sourceRef2+"ECO.2.1.1", finding.Error,
		finding.T("Le message va à plusieurs usagers.", "The message goes to several citizens."),
		finding.T("Envoyez un message par usager.", "Send one message per citizen."), checkCitizens),
	// spec: MSSanté ENS 6
	row("MSS-25MO", sourceENS+"§6", finding.Error,
		finding.T("Le message dépasse 25 Mo : il sera refusé.", "The message exceeds 25 MB: it will be refused."),
		finding.T("Répartissez les documents en plusieurs messages.", "Spread the documents over several messages."), checkSize),
	// spec: MSSanté ECO.2.3.2
	row("MSS-ACCUSE", sourceRef2+"ECO.2.3.2 ; RFC 8098 §2.1", finding.Warning,
		finding.T("L'accusé de lecture est demandé pour une autre adresse que l'expéditeur : les logiciels ne répondront pas d'eux-mêmes.", "The read receipt is asked for another address than the sender: software will not answer by itself."),
		finding.T("Donnez dans Disposition-Notification-To l'adresse de From.", "Give the address of From in Disposition-Notification-To."), checkReceipt),
}
