package annuaire

import "strings"

// Code systems and identifier systems of the directory.
// spec: IDENTITY A
const (
	SystemRPPS     = "https://rpps.esante.gouv.fr"
	SystemIDNPS    = "urn:oid:1.2.250.1.71.4.2.1"
	SystemIDNST    = "urn:oid:1.2.250.1.71.4.2.2"
	SystemFINESS   = "https://finess.esante.gouv.fr"
	SystemSIRENE   = "http://sirene.fr"
	SystemRPPSRang = "https://rppsrang.esante.gouv.fr"
	SystemARHGOS   = "https://arhgos.ars.sante.fr"
	SystemIDType   = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
	SystemOrgType  = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
	SystemSiteType = "https://interop.esante.gouv.fr/ig/fhir/annuaire/CodeSystem/as-cs-type-etablissement"
)

// tre gives the address of a terminology: TRE_G15-ProfessionSante.
func tre(name string) string {
	return "https://mos.esante.gouv.fr/NOS/" + name + "/FHIR/" + strings.Replace(name, "_", "-", 1)
}

// Terminologies.
var (
	SystemProfession     = tre("TRE_G15-ProfessionSante")
	SystemCategory       = tre("TRE_R09-CategorieProfessionnelle")
	SystemSkillType      = tre("TRE_R04-TypeSavoirFaire")
	SystemDegreeType     = tre("TRE_R14-TypeDiplome")
	SystemMode           = tre("TRE_R23-ModeExercice")
	SystemGenre          = tre("TRE_R22-GenreActivite")
	SystemSector         = tre("TRE_R02-SecteurActivite")
	SystemFacility       = tre("TRE_R66-CategorieEtablissement")
	SystemLegalStatus    = tre("TRE_R72-FinessStatutJuridique")
	SystemSPH            = tre("TRE_R73-ESPIC")
	SystemDevice         = tre("TRE_R272-EquipementMaterielLourd")
	SystemForm           = tre("TRE_R276-FormeActivite")
	SystemActivityType   = tre("TRE_R209-TypeActivite")
	SystemModality       = "https://smt.esante.gouv.fr/fhir/CodeSystem/tre-r405-modalite-activite-smsse-regulee"
	SystemActivity       = tre("TRE_R274-ActiviteSanitaireRegulee")
	SystemSocialActivity = "https://smt.esante.gouv.fr/fhir/CodeSystem/tre-r401-activite-sociale-regulee"
	SystemPublic         = "https://smt.esante.gouv.fr/fhir/CodeSystem/tre-r403-public-activite-smsse-regulee"
	SystemAuthority      = tre("TRE_R60-AutoriteEnregistrement")
	SystemCard           = tre("TRE_R87-TypeCarte")
	SystemMessaging      = tre("TRE_R256-TypeMessagerie")
	SystemMailboxType    = tre("TRE_R257-TypeBAL")
	SystemCommune        = tre("TRE_R13-Commune")
	SystemAuthorization  = tre("TRE_R17-TypeAutorisation")
	SystemDiscipline     = tre("TRE_R18-DisciplineAutorisation")
)

var skillSystems = map[string]string{
	"S": tre("TRE_R38-SpecialiteOrdinale"), "C": tre("TRE_R39-Competence"), "CEX": tre("TRE_R40-CompetenceExclusive"), "OP": tre("TRE_R41-OrientationParticuliere"),
	"DNQ": tre("TRE_R42-DESCnonQualifiant"), "CAPA": tre("TRE_R43-CapaciteSavoirFaire"), "PAC": tre("TRE_R44-QualificationPAC"), "FQ": tre("TRE_R45-FonctionQualifiee"),
	"DEC": tre("TRE_R97-DroitExerciceCompl"),
}

// SkillSystem gives the terminology of a savoir-faire, from its type.
func SkillSystem(kind string) string {
	if s, ok := skillSystems[kind]; ok {
		return s
	}
	return tre("TRE_R01-EnsembleSavoirFaire-CISIS")
}

var degreeSystems = map[string]string{
	"DE": tre("TRE_R48-DiplomeEtatFrancais"), "DES": tre("TRE_R49-DiplomeEtudeSpecialisee"), "DESC1": tre("TRE_R50-DESCGroupe1Diplome"),
	"DESC2": tre("TRE_R51-DESCGroupe2Diplome"), "CAPA": tre("TRE_R52-CapaciteDiplome"), "DEEE": tre("TRE_R53-DiplomePaysEEE"),
	"DU": tre("TRE_R54-DiplomeUniversiteInterUniversitaire"), "CES": tre("TRE_R55-CertificatEtudeSpeciale"), "ATT": tre("TRE_R56-Attestation"),
	"DEES": tre("TRE_R57-DiplomeEuropeenEtudeSpecialisee"), "CQ": tre("TRE_R47-CommissionQualification"), "D2C": tre("TRE_R226-Dip2iemeCycleNQ"),
	"DAU": tre("TRE_R36-AutreDiplomeObtenu"),
}

// DegreeSystem gives the terminology of a degree, from its type.
func DegreeSystem(kind string) string {
	if s, ok := degreeSystems[kind]; ok {
		return s
	}
	return tre("TRE_R58-AutreTypeDiplome")
}

// FonctionSystem gives the terminology of a fonction: TRE_R21 for FON-…, roles of care for numbers,
// otherwise the roles of the sharing of documents.
func FonctionSystem(code string) string {
	switch {
	case strings.HasPrefix(code, "FON-"):
		return tre("TRE_R21-Fonction")
	case code != "" && strings.Trim(code, "0123456789") == "":
		return tre("TRE_R85-RolePriseCharge")
	}
	return "urn:oid:1.2.250.1.213.1.1.4.6"
}

// SectionSystem gives the terminology of a section of the pharmacists' table: letters for a section,
// two for a sub-section.
func SectionSystem(code string) string {
	if len(code) > 1 {
		return tre("TRE_G05-SousSectionTableauCNOP")
	}
	return tre("TRE_R06-SectionTableauCNOP")
}
