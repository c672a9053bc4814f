package oidc

// UserInfo is what Pro Santé Connect says of a professional. A value that is not known is "",
// never null, and never left out.
// spec: PSC UserInfo
type UserInfo struct {
	Subject        string    `json:"sub"`
	NameID         string    `json:"SubjectNameID"`
	Username       string    `json:"preferred_username"`
	GivenName      string    `json:"given_name"`
	FamilyName     string    `json:"family_name"`
	EmailVerified  bool      `json:"email_verified"`
	Version        string    `json:"UITVersion"`
	Level          string    `json:"Palier_Authentification"`
	Reason         string    `json:"Mode_Acces_Raison"`
	Regulation     string    `json:"Acces_Regulation_Medicale"`
	Locale         string    `json:"PSI_Locale"`
	Sector         string    `json:"Secteur_Activite"`
	Organization   string    `json:"SubjectOrganization"`
	OrganizationID string    `json:"SubjectOrganizationID"`
	Role           []string  `json:"SubjectRole"`
	OtherIDs       []OtherID `json:"otherIds"`
	RefPro         RefPro    `json:"SubjectRefPro"`
}

// OtherID is one identifier of the professional in a register.
type OtherID struct {
	Identifier string `json:"identifiant"`
	Origin     string `json:"origine"` // RPPS, ADELI…
	Quality    int    `json:"qualite"`
}

// RefPro is the professional as the register knows them.
type RefPro struct {
	Civility  string     `json:"codeCivilite"`
	Exercices []Exercice `json:"exercices"`
}

// Exercice is one profession exercised.
type Exercice struct {
	Profession      string     `json:"codeProfession"`
	Category        string     `json:"codeCategorieProfessionnelle"` // C, E, M
	Civility        string     `json:"codeCiviliteDexercice"`
	Name            string     `json:"nomDexercice"`
	Given           string     `json:"prenomDexercice"`
	TypeSavoirFaire string     `json:"codeTypeSavoirFaire"`
	SavoirFaire     string     `json:"codeSavoirFaire"`
	Activities      []Activity `json:"activities"`
}

// Activity is one situation d'exercice: a place, a way of working.
// The capital missing from numeroFinessetablissementJuridique is the provider's.
type Activity struct {
	Mode             string `json:"codeModeExercice"`
	Sector           string `json:"codeSecteurDactivite"`
	Section          string `json:"codeSectionPharmacien"`
	Role             string `json:"codeRole"`
	Genre            string `json:"codeGenreActivite"`
	SIRET            string `json:"numeroSiretSite"`
	SIREN            string `json:"numeroSirenSite"`
	FINESS           string `json:"numeroFinessSite"`
	FINESSLegal      string `json:"numeroFinessetablissementJuridique"`
	TechnicalID      string `json:"identifiantTechniqueDeLaStructure"`
	Name             string `json:"raisonSocialeSite"`
	Sign             string `json:"enseigneCommercialeSite"`
	Addressee        string `json:"complementDestinataire"`
	Geographic       string `json:"complementPointGeographique"`
	WayNumber        string `json:"numeroVoie"`
	WayRepetition    string `json:"indiceRepetitionVoie"`
	WayType          string `json:"codeTypeDeVoie"`
	WayName          string `json:"libelleVoie"`
	Distribution     string `json:"mentionDistribution"`
	Cedex            string `json:"bureauCedex"`
	PostCode         string `json:"codePostal"`
	Commune          string `json:"codeCommune"`
	Country          string `json:"codePays"`
	Phone            string `json:"telephone"`
	Phone2           string `json:"telephone2"`
	Fax              string `json:"telecopie"`
	Mail             string `json:"adresseEMail"`
	Department       string `json:"codeDepartement"`
	FormerIdentifier string `json:"ancienIdentifiantDeLaStructure"`
	Authority        string `json:"autoriteDenregistrement"`
}
