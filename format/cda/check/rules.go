package check

import "github.com/socle-sante/socle/format/finding"

const (
	srcMin  = "CI-SIS structuration minimale 1.2.250.1.213.1.1.1.1"
	srcOwn  = "Socle"
	srcBio  = "CI-SIS CR-BIO 2024.01"
	srcIHE  = "IHE PCC / PaLM"
	srcImg  = "CI-SIS CR-IMG 2024.01"
	srcINS  = "Référentiel INS"
	srcANS  = "CI-SIS modèles de contenus ANS"
	srcKind = "CI-SIS, volet du document"
)

// catalogue is every rule, in order. One entry per rule of the table of rules.
//
// spec: CI-SIS cda §7
var catalogue = []Rule{
	{"CDA-01", finding.Error, LevelHeader, "CDA R2, ClinicalDocument", finding.T("Un seul document CDA, avec le typeId exact", "One CDA document, with the exact typeId"),
		finding.T("Écrire <typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/> : sans lui, les contrôles officiels de l'en-tête ne s'exécutent pas.",
			"Write <typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/>: without it the official header rules do not run."), typeID},
	{"CDA-02", finding.Error, LevelXSD, "CDA R2 (POCD_MT000040), extensions CI-SIS", finding.T("Ordre, nombre et attributs obligatoires des éléments", "Order, number and mandatory attributes of elements"),
		finding.T("Remettre l'élément à sa place dans l'ordre du schéma CDA, ajouter celui qui manque ou retirer celui qui n'est pas prévu.", "Put the element back in the order of the CDA schema, add the missing one or remove the one that is not foreseen."), schema},
	{"CDA-03", finding.Warning, LevelHeader, srcOwn, finding.T("Chaque lien interne mène quelque part", "Every internal link leads somewhere"),
		finding.T("Corriger la valeur de la référence ou ajouter l'ID manquant dans le texte de la section.", "Mend the reference or add the missing ID in the text of the section."), links},
	{"CDA-04", finding.Warning, LevelHeader, "XML, xs:ID", finding.T("Chaque ID est unique", "Every ID is unique"),
		finding.T("Donner un ID différent à chaque élément du texte.", "Give each element of the text its own ID."), duplicateIDs},
	{"CDA-05", finding.Warning, LevelHeader, srcOwn, finding.T("Les fichiers embarqués sont décodables", "Embedded files can be decoded"),
		finding.T("Encoder le fichier entier en base64 (RFC 4648), sans troncature ni double encodage.", "Encode the whole file in base64 (RFC 4648), neither cut short nor encoded twice."), files},
	{"CDA-06", finding.Warning, LevelHeader, srcOwn, finding.T("Pas de date dans l'avenir", "No date in the future"),
		finding.T("Vérifier l'horloge et le décalage horaire du logiciel.", "Check the clock and the offset of the software."), future},

	{"HDR-01", finding.Error, LevelHeader, srcMin, finding.T("realmCode FR et templateId communs", "realmCode FR and the common templateIds"),
		finding.T("Déclarer realmCode FR, les templateId 2.16.840.1.113883.2.8.2.1 et 1.2.250.1.213.1.1.1.1 une fois chacun, et le modèle du document.",
			"Declare realmCode FR, templateIds 2.16.840.1.113883.2.8.2.1 and 1.2.250.1.213.1.1.1.1 once each, and the model of the document."), commonTemplates},
	{"HDR-02", finding.Error, LevelHeader, srcMin, finding.T("N1 : exactement trois templateId, dont XDS-SD", "N1: exactly three templateIds, XDS-SD among them"),
		finding.T("Pour un corps non structuré, remplacer le modèle du document par 1.3.6.1.4.1.19376.1.2.20.", "With an unstructured body, put 1.3.6.1.4.1.19376.1.2.20 in place of the document's model."), levelOne},
	{"HDR-03", finding.Error, LevelHeader, srcMin, finding.T("Les éléments obligatoires de l'en-tête, une fois chacun", "The mandatory header elements, once each"),
		finding.T("Renseigner l'élément, une seule fois, sans nullFlavor.", "Fill the element, once only, without nullFlavor."), mandatory},
	{"HDR-04", finding.Error, LevelHeader, srcMin, finding.T("Type, confidentialité et langue dans leurs jeux de valeurs", "Type, confidentiality and language in their value sets"),
		finding.T("Prendre le type dans JDV_J07, la confidentialité dans {N, R, V} (L, M, U admis), la langue fr-FR.", "Take the type from JDV_J07, confidentiality from {N, R, V} (L, M, U accepted), language fr-FR."), headerCodes},
	{"HDR-05", finding.Error, LevelHeader, srcMin + " ; " + srcINS, finding.T("Les traits de l'INS sont complets", "The traits of the INS are complete"),
		finding.T("Avec un INS, écrire nom de naissance (BR), premier prénom (BR), liste des prénoms, date de naissance, lieu de naissance (county = code COG) et sexe.",
			"With an INS, write the birth name (BR), first given name (BR), list of given names, birth date, birthplace (county = COG code) and sex."), insTraits},
	{"HDR-06", finding.Error, LevelHeader, srcMin, finding.T("Nom du patient : qualificatifs BR et CL", "Patient's name: qualifiers BR and CL"),
		finding.T("Qualifier chaque nom de famille BR (naissance) ou CL (utilisé) ; les prénoms BR, CL ou sans qualificatif (liste).", "Qualify each family name BR (birth) or CL (used); given names BR, CL or none (list)."), patientName},
	{"HDR-07", finding.Error, LevelHeader, srcMin, finding.T("Sexe et date de naissance du patient", "Sex and birth date of the patient"),
		finding.T("administrativeGenderCode dans {F, M, UN} et birthTime, une fois chacun.", "administrativeGenderCode in {F, M, UN} and birthTime, once each."), patientTraits},
	{"HDR-08", finding.Error, LevelHeader, srcINS, finding.T("INS bien formé et cohérent avec les traits", "INS well-formed and coherent with the traits"),
		finding.T("Reprendre l'INS et les traits du téléservice INSi ; le matricule a 15 caractères, clé comprise.", "Take the INS and the traits again from INSi; the matricule has 15 characters, key included."), insValue},
	{"HDR-09", finding.Error, LevelHeader, srcMin + " ; JDV_J01", finding.T("Au moins un auteur, daté, identifié, avec sa profession", "At least one author, dated, identified, with a profession"),
		finding.T("Renseigner author/time, assignedAuthor/id (root et extension) et code dans JDV_J01 avec son système et son libellé.", "Fill author/time, assignedAuthor/id (root and extension) and code from JDV_J01 with its system and display."), authors},
	{"HDR-10", finding.Error, LevelHeader, srcMin, finding.T("Nom des personnes", "Names of persons"),
		finding.T("Un seul nom de famille, au plus un prénom, civilité M ou MME, titre dans {DR, MC, MG, PC, PG, PR}.", "One family name, at most one given name, prefix M or MME, suffix in {DR, MC, MG, PC, PG, PR}."), names},
	{"HDR-11", finding.Error, LevelHeader, srcMin, finding.T("Structure qui conserve le document", "Custodian"),
		finding.T("custodian : un seul identifiant de structure sous 1.2.250.1.71.4.2.2 (ou 1.2.250.1.213.4.1).", "custodian: one identifier of a structure under 1.2.250.1.71.4.2.2 (or 1.2.250.1.213.4.1)."), custodian},
	{"HDR-12", finding.Error, LevelHeader, srcMin, finding.T("Responsable légal du document", "Legal authenticator"),
		finding.T("legalAuthenticator : une fois, signatureCode S, date, identifiant et nom.", "legalAuthenticator: once, signatureCode S, time, identifier and name."), legal},
	{"HDR-13", finding.Error, LevelHeader, srcMin, finding.T("Participants", "Participants"),
		finding.T("participant : typeCode dans {REF, REFB, INF, RESP, PRF, CON, VRF}, time, associatedEntity PROV ou AGNT.", "participant: typeCode in {REF, REFB, INF, RESP, PRF, CON, VRF}, time, associatedEntity PROV or AGNT."), participants},
	{"HDR-14", finding.Error, LevelHeader, srcMin, finding.T("Acte principal et son exécutant", "Main act and its performer"),
		finding.T("Le premier documentationOf porte effectiveTime/low et un seul performer avec sa structure et son cadre d'exercice (JDV_J04).", "The first documentationOf has effectiveTime/low and one performer with structure and practice setting (JDV_J04)."), services},
	{"HDR-15", finding.Error, LevelHeader, srcMin, finding.T("Prise en charge et lieu", "Encounter and place"),
		finding.T("componentOf/encompassingEncounter : effectiveTime et location/healthCareFacility/code dans JDV_J02.", "componentOf/encompassingEncounter: effectiveTime and location/healthCareFacility/code from JDV_J02."), encounter},
	{"HDR-16", finding.Error, LevelHeader, srcMin + " ; " + srcOwn, finding.T("Document remplacé", "Document replaced"),
		finding.T("relatedDocument : une fois, typeCode RPLC, identifiant du document remplacé (pas le sien), version supérieure.", "relatedDocument: once, typeCode RPLC, id of the document replaced (not its own), higher version."), related},
	{"HDR-17", finding.Error, LevelHeader, srcMin + ", CI-SISTelecom, CI-SISAddr", finding.T("Coordonnées", "Contact details"),
		finding.T("telecom : value « tel:… », « mailto:… » ou nullFlavor seul ; addr : lignes libres (7 au plus) ou éléments, pas les deux.", "telecom: value “tel:…”, “mailto:…” or nullFlavor alone; addr: free lines (7 at most) or parts, not both."), contacts},
	{"HDR-19", finding.Error, LevelHeader, srcMin + ", types de données", finding.T("Identifiants, codes et dates bien formés et distincts", "Identifiers, codes and times well-formed and distinct"),
		finding.T("Corriger l'identifiant (OID ou UUID), le code (avec son système) ou la date ; ne pas répéter un élément identique.", "Mend the identifier (OID or UUID), the code (with its system) or the time; do not repeat an identical element."), datatypes},
	{"HDR-20", finding.Error, LevelHeader, srcMin, finding.T("Nombre d'éléments de l'en-tête", "Number of header elements"),
		finding.T("Ne garder qu'un élément, ou ajouter celui qui manque.", "Keep one element only, or add the missing one."), cardinalities},

	{"SEC-01", finding.Error, LevelIHE, srcIHE + " ; " + srcANS, finding.T("Code de section imposé par son modèle", "Section code fixed by its template"),
		finding.T("Donner à la section le code LOINC de son modèle.", "Give the section the LOINC code of its template."), sectionCodes},
	{"SEC-03", finding.Error, LevelKind, srcKind, finding.T("Sections obligatoires du document", "Mandatory sections of the kind"),
		finding.T("Ajouter la section manquante ; si l'information n'existe pas, le dire dans le texte de la section.", "Add the missing section; if there is nothing to say, say so in its text."), kindSections},
	{"SEC-04", finding.Error, LevelANS, srcANS + ", copie PDF", finding.T("Copie PDF du document", "PDF copy of the document"),
		finding.T("Section 1.2.250.1.213.1.1.2.243 : titre « Copie du document », code 55108-5, texte, document attaché en base64.", "Section 1.2.250.1.213.1.1.2.243: title “Copie du document”, code 55108-5, text, attached document in base64."), pdfCopy},

	{"ENT-02", finding.Error, LevelIHE, srcIHE + " ; " + srcANS, finding.T("Éléments obligatoires des observations, commentaires et documents attachés", "Mandatory elements of observations, comments and attached documents"),
		finding.T("Ajouter l'élément demandé par le modèle déclaré en templateId.", "Add the element asked for by the template declared."), entries},
	{"ENT-07", finding.Error, LevelModels, "CI-SIS modèles de contenus, JDV_assignedAuthorCode", finding.T("Profession des auteurs d'entrées dans JDV_J01", "Profession of the authors of entries in JDV_J01"),
		finding.T("Remplacer un code de spécialité retiré par celui en vigueur dans JDV_J01.", "Put the speciality code now in JDV_J01 in place of a retired one."), entryAuthors},

	{"BIO-01", finding.Error, LevelKind, srcBio, finding.T("En-tête du compte rendu de biologie", "Header of the biology report"),
		finding.T("Titre « Compte rendu d'examens biologiques », code 11502-2 « CR d'examens biologiques », templateId 1.3.6.1.4.1.19376.1.3.3, version > 0.", "Title “Compte rendu d'examens biologiques”, code 11502-2 “CR d'examens biologiques”, templateId 1.3.6.1.4.1.19376.1.3.3, version > 0."), bioHeader},
	{"BIO-02", finding.Error, LevelKind, srcBio, finding.T("Sections de premier niveau du compte rendu de biologie", "First-level sections of the biology report"),
		finding.T("Au moins un chapitre et la copie PDF ; rien d'autre que chapitres, seconde intention, commentaire, raison, vaccinations, copie.", "At least one chapter and the PDF copy; nothing but chapters, second line, comment, reason, vaccinations, copy."), bioSections},
	{"BIO-03", finding.Error, LevelIHE, "IHE PaLM XD-LAB", finding.T("Forme des chapitres et sous-chapitres", "Shape of chapters and sub-chapters"),
		finding.T("Chapitre : texte et une entrée, ou bien des sous-chapitres ; sous-chapitre : texte et une entrée.", "Chapter: text and one entry, or sub-chapters; sub-chapter: text and one entry."), bioShape},
	{"BIO-04", finding.Error, LevelIHE, "IHE PaLM XD-LAB", finding.T("Entrée de résultats", "Entry of results"),
		finding.T("entry DRIV, act ACT/EVN, statut, au moins une entryRelationship COMP.", "entry DRIV, act ACT/EVN, status, at least one entryRelationship COMP."), nil},
	{"BIO-05", finding.Error, LevelModels, srcBio, finding.T("Code et statut d'un résultat", "Code and status of a result"),
		finding.T("Un code avec originalText/reference ; LOINC complet (code, système, libellé) ou translation locale ; statut completed ou aborted.", "One code with originalText/reference; full LOINC (code, system, display) or a local translation; status completed or aborted."), bioEntries},
	{"BIO-06", finding.Error, LevelKind, srcBio, finding.T("Intervalle de référence et antériorités", "Reference range and previous results"),
		finding.T("Un seul referenceRange ; chaque antériorité est datée et au statut completed.", "One referenceRange only; each previous result is dated and completed."), nil},
	{"BIO-07", finding.Error, LevelKind, srcBio + ", JDV_HL7_ObservationInterpretation", finding.T("Interprétation dans son jeu de valeurs", "Interpretation in its value set"),
		finding.T("Prendre interpretationCode dans 2.16.840.1.113883.5.83 (N, H, HH, L, LL, S, I, R…).", "Take interpretationCode from 2.16.840.1.113883.5.83 (N, H, HH, L, LL, S, I, R…)."), nil},
	{"BIO-08", finding.Error, LevelIHE, "IHE PaLM XD-LAB", finding.T("Prélèvement", "Specimen"),
		finding.T("procedure PROC/EVN datée, un participant PRD avec identifiant ; la réception porte une date.", "procedure PROC/EVN with a time, one participant PRD with an id; reception has a time."), nil},
	{"BIO-09", finding.Error, LevelIHE, "IHE PaLM XD-LAB", finding.T("Isolat microbiologique", "Microbiological isolate"),
		finding.T("organizer CLUSTER avec specimen SPC/SPEC/MIC, code SNOMED CT ; NCBI en translation seulement.", "organizer CLUSTER with specimen SPC/SPEC/MIC, SNOMED CT code; NCBI as translation only."), nil},
	{"BIO-10", finding.Error, LevelKind, srcBio, finding.T("Biologistes, exécutant et responsable", "Biologists, performer and responsible party"),
		finding.T("authenticator, performer et responsibleParty complets : identifiant, profession, nom, adresse, télécom, structure.", "authenticator, performer and responsibleParty in full: id, profession, name, address, telecom, structure."), bioActors},
	{"BIO-30", finding.Warning, LevelModels, srcOwn, finding.T("Cohérence des valeurs de biologie", "Coherence of biology values"),
		finding.T("Comparer la valeur codée, son intervalle, son interprétation et le texte que lit le patient.", "Compare the coded value, its range, its flag and the text the patient reads."), bioCoherence},

	{"IMG-01", finding.Error, LevelKind, srcImg, finding.T("En-tête du compte rendu d'imagerie", "Header of the imaging report"),
		finding.T("templateId DICOM 9.1, 9.20, 9.21 ; inFulfillmentOf avec numéro de demande et accessionNumber ; modalité en translation (qualificatif 121139).", "DICOM templateIds 9.1, 9.20, 9.21; inFulfillmentOf with order id and accessionNumber; modality as translation (qualifier 121139)."), imaging},
}
