package franceconnect

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/internal/domain/ins"
)

// Pivot is the pivot identity of a citizen, with what a service may ask beside it.
// spec: FranceConnect identité pivot
type Pivot struct {
	GivenName    string // all the birth given names, space separated
	FamilyName   string // birth name
	BirthDate    string // YYYY-MM-DD; presumed days and months are 01
	Gender       string // male, female
	BirthPlace   string // COG code of the commune, "" abroad
	BirthCountry string // 99100 for France, 99xxx elsewhere
	Email        string
	UsedName     string // preferred_username: the name used, when different
}

// france is the COG code of France as a country.
const france = "99100"

// PivotOf makes the pivot identity of somebody whose strict traits are known. Who is neither man nor
// woman in the register, or lacks a trait, has none.
// spec: FranceConnect identité pivot
func PivotOf(t ins.Traits, mail string) (Pivot, bool) {
	gender := map[string]string{"M": "male", "F": "female"}[t.Sex]
	if gender == "" || t.BirthName == "" || t.Givens == "" || len(t.BirthPlace) != 5 || len(t.BirthDate) != 10 {
		return Pivot{}, false
	}
	p := Pivot{GivenName: t.Givens, FamilyName: t.BirthName, BirthDate: presumed(t.BirthDate), Gender: gender, BirthPlace: t.BirthPlace, BirthCountry: france, Email: mail, UsedName: t.UsedName}
	if strings.HasPrefix(t.BirthPlace, "99") { // a country: no commune
		p.BirthPlace, p.BirthCountry = "", t.BirthPlace
	}
	return p, true
}

// presumed writes a date whose day or month is unknown: 01 stands for it, and an unknown month
// makes the day unknown too.
// spec: FranceConnect birthdate YYYY-MM-01, YYYY-01-01
func presumed(date string) string {
	year, month, day := date[:4], date[5:7], date[8:]
	if month < "01" || month > "12" {
		return year + "-01-01"
	}
	if day < "01" || day > "31" {
		day = "01"
	}
	return year + "-" + month + "-" + day
}

// levels are the eIDAS levels, the lowest first.
// spec: FranceConnect eidas1 to eidas3
var levels = []string{"eidas1", "eidas2", "eidas3"}

// levelOf gives the rank of a level, 0 for none.
func levelOf(acr string) int { return slices.Index(levels, acr) + 1 }

// scopes is what each scope lets a service read.
// spec: FranceConnect v2 scopes
var scopes = []struct {
	name   string
	claims []string
}{
	{"openid", nil},
	{"given_name", []string{"given_name"}},
	{"family_name", []string{"family_name"}},
	{"birthdate", []string{"birthdate"}},
	{"gender", []string{"gender"}},
	{"birthplace", []string{"birthplace"}},
	{"birthcountry", []string{"birthcountry"}},
	{"email", []string{"email"}},
	{"preferred_username", []string{"preferred_username"}},
	{"identite_pivot", []string{"given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry"}},
	{"profile", []string{"given_name", "family_name", "birthdate", "gender", "preferred_username"}},
	{"birth", []string{"birthplace", "birthcountry"}},
}

func scopeNames() []string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = s.name
	}
	return out
}

// claims of the pivot, in the order they are shown and written.
var pivotClaims = []struct {
	name string
	of   func(Pivot) string
	due  bool // stands in UserInfo even when empty: "" is then what is known
}{
	{"given_name", func(p Pivot) string { return p.GivenName }, true},
	{"family_name", func(p Pivot) string { return p.FamilyName }, true},
	{"preferred_username", func(p Pivot) string { return p.UsedName }, false},
	{"birthdate", func(p Pivot) string { return p.BirthDate }, true},
	{"gender", func(p Pivot) string { return p.Gender }, true},
	{"birthplace", func(p Pivot) string { return p.BirthPlace }, true},
	{"birthcountry", func(p Pivot) string { return p.BirthCountry }, true},
	{"email", func(p Pivot) string { return p.Email }, false},
}

func claimNames() []string {
	out := make([]string, len(pivotClaims))
	for i, c := range pivotClaims {
		out[i] = c.name
	}
	return out
}

// Told gives the names of the claims that a scope lets a service read, in the order of the page.
func Told(scope string) []string {
	allowed := map[string]bool{}
	for _, s := range scopes {
		if slices.Contains(strings.Fields(scope), s.name) {
			for _, c := range s.claims {
				allowed[c] = true
			}
		}
	}
	var out []string
	for _, c := range pivotClaims {
		if allowed[c.name] {
			out = append(out, c.name)
		}
	}
	return out
}

// claims gives what a scope lets a service read of somebody.
func (p Pivot) claims(scope string) map[string]any {
	told := Told(scope)
	out := map[string]any{}
	for _, c := range pivotClaims {
		if v := c.of(p); slices.Contains(told, c.name) && (v != "" || c.due) {
			out[c.name] = v
		}
	}
	return out
}
