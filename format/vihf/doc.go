// Package vihf writes, signs, reads and verifies the VIHF 3.0, the SAML 2.0 assertion by which
// health software tells the DMP who is asking, in which role, from which structure, for whom and
// in which mode of access.
//
// Verify judges everything that can be judged from the assertion, its certificate and the time:
// signature, chain, dates, issuer, freshness, conditions, attributes, roles. What needs a
// directory (the structure exists, the professional works there), the memory of assertions already
// seen and certificate revocation belongs to the domain.
//
// Missing on purpose: encrypted assertions, SAML 1.1, the older VIHF 1.0 layout.
//
// Start at Verify for a server, at Sign for a client.
package vihf

import (
	"log/slog"
	"strings"
	"time"
)

// Namespaces.
const (
	NSSAML = "urn:oasis:names:tc:SAML:2.0:assertion"
	NSHL7  = "urn:hl7-org:v3"
)

// Mode is how the user was authenticated.
// spec: DMP 2.2
type Mode string

// The three modes.
const (
	Directe            Mode = "DIRECTE"             // the professional's card signs
	Indirecte          Mode = "INDIRECTE"           // the structure's certificate signs
	IndirecteRenforcee Mode = "INDIRECTE_RENFORCEE" // the structure's certificate, after Pro Santé Connect
)

// Code systems of the coded attributes.
const (
	SystemProfession  = "1.2.250.1.71.1.2.7"      // TRE_G15
	SystemSavoirFaire = "1.2.250.1.71.4.2.5"      // savoir-faire
	SystemSection     = "1.2.250.1.71.4.2.6"      // section of the pharmacists' order
	SystemSector      = "1.2.250.1.71.4.2.4"      // secteur d'activité
	SystemPurpose     = "1.2.250.1.213.1.1.4.248" // mode d'accès VIHF
	SystemAutomate    = "1.2.250.1.213.1.1.4.6"
)

// Purposes of use.
const (
	Normal      = "normal"
	BrisDeGlace = "bris_de_glace"
	Centre15    = "centre_15"
)

// Version is the VIHF version written, and the only one accepted by default.
const Version = "3.0"

// Coded is a value of HL7 type CE.
type Coded struct{ Code, System, SystemName, Display string }

// Role is one role of the person who asks: a profession or a savoir-faire.
type Role = Coded

// Assertion is what a VIHF says. Absent attributes are empty.
type Assertion struct {
	ID           string
	Issuer       string // subject DN of the signing certificate
	IssueInstant time.Time
	NameID       string // PS_IdNat in direct authentication, the user's identifier otherwise

	NotBefore, NotOnOrAfter time.Time // zero when there is no such condition
	Audiences               []string

	AuthnInstant time.Time
	AuthnContext string // AuthnContextClassRef
	AuthnDecl    string // text of AuthnContextDecl (renforcée)

	Version         string
	Mode            Mode
	StructureID     string // Struct_IdNat
	Sector          string // SA07^1.2.250.1.71.4.2.4
	SubjectName     string
	Roles           []Role
	ResourceID      string // patient: INS^^^&OID&ISO^NH
	RessourceURN    string
	PurposeOfUse    Coded
	AccessReason    string
	Confidentiality string
	Profession      string
	LPSID           string
	LPSName         string
	LPSVersion      string
	LPSHomologation string
	LPSType         string

	unknown      []string   // attributes nobody knows
	restrictions [][]string // audiences, one list per AudienceRestriction
}

// String names the assertion without saying anything of the person.
func (a Assertion) String() string { return "VIHF " + a.ID }

// LogValue keeps identities out of the log.
func (a Assertion) LogValue() slog.Value {
	return slog.GroupValue(slog.String("vihf", a.ID), slog.String("mode", string(a.Mode)), slog.String("structure", a.StructureID))
}

// Patient gives matricule and OID of the resource-id; ok is false when it is absent or malformed.
// spec: DMP 2.2
func (a *Assertion) Patient() (matricule, oid string, ok bool) {
	f := strings.Split(a.ResourceID, "^")
	if len(f) < 4 || f[0] == "" {
		return "", "", false
	}
	hd := strings.Split(f[3], "&")
	if len(hd) != 3 || hd[1] == "" || hd[2] != "ISO" {
		return "", "", false
	}
	return f[0], hd[1], true
}

// SectorCode gives the code of the sector of activity ("SA07").
func (a *Assertion) SectorCode() string {
	code, _, _ := strings.Cut(a.Sector, "^")
	return code
}

// Role gives the role of a code system.
func (a *Assertion) Role(system string) (Role, bool) {
	for _, r := range a.Roles {
		if r.System == system {
			return r, true
		}
	}
	return Role{}, false
}
