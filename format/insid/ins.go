// Package insid reads and writes the INS, the national health identity number of a
// person in France: a matricule of 15 characters and the OID of its assigning authority.
//
// Standard: Référentiel INS and Guide d'implémentation de l'INS. The package knows the
// syntax, the key (Corsica included), what the digits hint about sex and birth, the
// classes of OID (production, test, demonstration, old INS-C) and the HL7 CX form.
// Missing on purpose: the traits and the status of an identity (domain ins), and any
// guess of the OID from the digits, which the référentiel forbids.
//
// A matricule is health data: the types here print redacted, and Reveal gives the text.
// Start with Parse.
package insid

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/socle-sante/socle/format/oid"
)

// Class says what kind of register an INS OID belongs to.
type Class int

// The classes of OID. Their numbers never change.
const (
	Foreign    Class = 0 // not an INS OID
	Production Class = 1 // INS-NIR and INS-NIA
	Test       Class = 2
	Demo       Class = 3
	Obsolete   Class = 4 // INS-C: read only, never an INS today
)

// ClassOf gives the class of an OID.
//
// spec: INS §1
func ClassOf(o string) Class {
	switch o {
	case oid.INSNIR, oid.INSNIA:
		return Production
	case oid.INSNIRTest:
		return Test
	case oid.INSNIRDemo:
		return Demo
	case oid.INSC:
		return Obsolete
	}
	return Foreign
}

// IsINS reports whether an identifier under o is an INS of today.
func IsINS(o string) bool {
	c := ClassOf(o)
	return c == Production || c == Test || c == Demo
}

// String is the class's word, for messages.
func (c Class) String() string {
	return [...]string{"foreign", "production", "test", "demo", "obsolete"}[min(max(int(c), 0), 4)]
}

// Label gives the label printed beside a matricule: "INS-NIR", "INS-NIA", "INS-NIR de test"…
//
// spec: CI-SIS cda §8
func Label(o string) string {
	if ClassOf(o) == Foreign {
		return ""
	}
	return oid.Name(o)
}

// INS is a matricule under the OID of its authority. The zero INS is "absent".
// Its key may be wrong (official examples hold such ones): ask Matricule.KeyOK.
type INS struct {
	Matricule Matricule
	OID       string
}

// Errors of Parse and ParseCX.
var (
	ErrMatricule = errors.New("insid: not a matricule of 15 characters")
	ErrKey       = errors.New("insid: the key does not match the matricule")
	ErrOID       = errors.New("insid: not an OID of the INS")
	ErrCX        = errors.New("insid: not an HL7 CX identifier")
)

// Parse makes an INS from a matricule and an OID. It refuses a bad shape, an OID that is
// not an INS one, and a wrong key under a production OID; under a test or demonstration
// OID a wrong key is accepted, because official test documents carry such ones.
//
// spec: INS §1
func Parse(matricule, authority string) (INS, error) {
	m, err := ParseMatricule(matricule)
	if err != nil {
		return INS{}, err
	}
	if !IsINS(authority) {
		return INS{}, ErrOID
	}
	if ClassOf(authority) == Production && !m.KeyOK() {
		return INS{}, ErrKey
	}
	return INS{m, authority}, nil
}

// IsZero reports whether there is no INS.
func (i INS) IsZero() bool { return i == INS{} }

// Class is the class of the OID.
func (i INS) Class() Class { return ClassOf(i.OID) }

// String is redacted: an INS must not reach a log by accident.
func (i INS) String() string {
	if i.IsZero() {
		return "INS(absent)"
	}
	return "INS(" + i.Matricule.String() + ")"
}

// GoString is redacted too, so that %#v tells nothing.
func (i INS) GoString() string { return i.String() }

// LogValue is redacted.
func (i INS) LogValue() slog.Value { return slog.StringValue(i.String()) }

// CX writes the XDS form of patientId: matricule^^^&OID&ISO^NH.
//
// spec: DMP 2.6
func (i INS) CX() string {
	return i.Matricule.Reveal() + "^^^&" + i.OID + "&ISO^NH"
}

// ParseCX reads a CX identifier and gives its INS. Only component 1 (the matricule) and
// the OID of component 4 count: the namespace, the type code and what follows are
// written in many ways by real software.
func ParseCX(cx string) (INS, error) {
	value, authority, ok := SplitCX(cx)
	if !ok {
		return INS{}, ErrCX
	}
	return Parse(value, authority)
}

// SplitCX takes the identifier and the OID out of any CX ("id^^^&OID&ISO^PI"), whether or
// not it is an INS. It reads "&amp;" left by a double escape as "&".
func SplitCX(cx string) (id, authority string, ok bool) {
	if len(cx) > maxCX {
		return "", "", false
	}
	part := strings.SplitN(strings.TrimSpace(cx), "^", 6)
	if len(part) < 4 {
		return "", "", false
	}
	hd := strings.Split(strings.ReplaceAll(part[3], "&amp;", "&"), "&")
	if len(hd) < 2 || part[0] == "" || hd[1] == "" {
		return "", "", false
	}
	return part[0], hd[1], true
}

// maxCX bounds a CX: HL7 v2.5 gives the type 1913 characters.
const maxCX = 2048
