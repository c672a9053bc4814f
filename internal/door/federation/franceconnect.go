package federation

import (
	"encoding/json"

	"github.com/socle-sante/socle/format/oidc"
)

// FranceConnect gives the metadata of a provider whose paths are those of FranceConnect v2.
// spec: FranceConnect v2 api/v2/{authorize,token,userinfo,session/end,jwks}
func FranceConnect(base string) *oidc.Metadata {
	return &oidc.Metadata{Issuer: base + "/api/v2", Authorization: base + "/api/v2/authorize", Token: base + "/api/v2/token", UserInfo: base + "/api/v2/userinfo",
		JWKS: base + "/api/v2/jwks", EndSession: base + "/api/v2/session/end"}
}

// PivotScope asks for the pivot identity, that an INS can be searched with.
const PivotScope = "openid identite_pivot"

// Pivot is the pivot identity of a citizen.
// spec: FranceConnect identité pivot
type Pivot struct {
	Subject      string `json:"sub"`        // pairwise: another for each service
	GivenNames   string `json:"given_name"` // all of them, spaces between
	BirthName    string `json:"family_name"`
	UsedName     string `json:"preferred_username"`
	BirthDate    string `json:"birthdate"`  // YYYY-MM-DD; presumed days and months are 01
	Gender       string `json:"gender"`     // male, female
	BirthPlace   string `json:"birthplace"` // COG, "" abroad
	BirthCountry string `json:"birthcountry"`
}

// Citizen reads the claims as a pivot identity.
func (i *Identity) Citizen() (Pivot, error) {
	var p Pivot
	err := json.Unmarshal(i.Claims, &p)
	return p, err
}

// AtLeast gives the levels of assurance that satisfy one asked for: a higher one must be accepted.
// spec: FranceConnect eidas1 to eidas3
func AtLeast(acr string) []string {
	levels := []string{"eidas1", "eidas2", "eidas3"}
	for i, l := range levels {
		if l == acr {
			return levels[i:]
		}
	}
	return []string{acr}
}
