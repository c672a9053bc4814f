package mssante

import (
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// Limits of an address.
//
// spec: RFC 5321 4.5.3.1
const (
	maxLocal   = 64
	maxDomain  = 253
	maxAddress = 254
	maxLabel   = 63
)

// Refusals of addresses.
var (
	ErrAddress = &finding.Refusal{ID: "MSS-ADRESSE", Kind: finding.Invalid, Code: "5.1.3", Rule: "RFC 5321 §4.1.2",
		Message: finding.T("Ce n'est pas une adresse de messagerie.", "This is not a mail address."),
		Fix:     finding.T("Donnez une adresse de la forme nom@domaine.", "Give an address of the form name@domain.")}
	ErrCitizen = &finding.Refusal{ID: "MSS-ADRESSE-CITOYEN", Kind: finding.Invalid, Code: "5.1.3", Rule: "MSSanté, Référentiel socle #2, ECO.2.2.6",
		Message: finding.T("L'adresse d'un usager ne peut être formée de cet identifiant : matricule de 15 caractères, clé juste, OID d'un INS.", "A citizen's address cannot be made of this identifier: a matricule of 15 characters, a right key, the OID of an INS."),
		Fix:     finding.T("Employez l'INS qualifié de la personne, clé comprise.", "Use the person's qualified INS, key included.")}
)

// Address is the address of a mailbox, without the name shown beside it.
type Address struct {
	Local   string // as written
	Domain  string // in the form of the DNS: lower case, punycode
	Unicode string // the domain as people read it
}

// String is the address as mail carries it.
func (a Address) String() string {
	if a.Local == "" {
		return ""
	}
	return quoteLocal(a.Local) + "@" + a.Domain
}

// Shown is the address as people read it.
func (a Address) Shown() string {
	if a.Local == "" {
		return ""
	}
	return quoteLocal(a.Local) + "@" + a.Unicode
}

// Key is what two addresses are compared on: nobody in MSSanté tells capitals apart in a local part.
func (a Address) Key() string { return strings.ToLower(a.String()) }

// IsZero reports an absent address.
func (a Address) IsZero() bool { return a.Local == "" }

// ParseAddress reads name@domain: a dot-atom or a quoted local part, a domain in either form. The
// local part of a citizen is put in capitals, as a matricule is stored.
//
// spec: RFC 5321 4.1.2
func ParseAddress(s string) (Address, error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">") {
		s = s[1 : len(s)-1]
	}
	i := strings.LastIndexByte(s, '@')
	if i <= 0 || len(s) > maxAddress*2 {
		return Address{}, ErrAddress
	}
	local, ok := readLocal(s[:i])
	if !ok || len(local) > maxLocal {
		return Address{}, ErrAddress
	}
	ascii, err := ToASCII(s[i+1:])
	if err != nil {
		return Address{}, err
	}
	a := Address{Local: local, Domain: ascii, Unicode: ToUnicode(ascii)}
	if ascii == CitizenDomain {
		a.Local = strings.ToUpper(local)
	}
	if len(a.String()) > maxAddress {
		return Address{}, ErrAddress
	}
	return a, nil
}

func isAtom(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf && c != utf8.RuneError && c > 0x9f || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", c)
}

// readLocal checks a local part and takes its quotes off.
func readLocal(s string) (string, bool) {
	if !strings.HasPrefix(s, `"`) {
		for _, atom := range strings.Split(s, ".") {
			if atom == "" || strings.ContainsFunc(atom, func(c rune) bool { return !isAtom(c) }) {
				return "", false
			}
		}
		return s, true
	}
	if len(s) < 3 || !strings.HasSuffix(s, `"`) {
		return "", false
	}
	var b strings.Builder
	in := s[1 : len(s)-1]
	for i := 0; i < len(in); i++ {
		c := in[i]
		switch {
		case c == '\\' && i+1 < len(in):
			i++
			c = in[i]
		case c == '"' || c == '\\':
			return "", false
		}
		if c < 0x20 || c >= 0x7f {
			return "", false
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

func quoteLocal(s string) string {
	if got, ok := readLocal(s); ok && got == s && !strings.HasPrefix(s, `"`) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Citizen makes the address of a person from a qualified INS: matricule and key. The key must be
// right under every OID: a mail that leaves for another person cannot be called back.
//
// spec: MSSanté ECO.2.2.6
func Citizen(ins insid.INS) (Address, error) {
	m, err := insid.ParseMatricule(ins.Matricule.Reveal())
	if err != nil || !m.KeyOK() {
		return Address{}, ErrCitizen
	}
	switch ins.Class() {
	case insid.Production, insid.Test, insid.Demo:
		return Address{Local: m.Reveal(), Domain: CitizenDomain, Unicode: CitizenDomain}, nil
	}
	return Address{}, ErrCitizen
}

// CitizenOf reads the matricule out of a citizen's address. It reports false for any other address,
// and for one of the domain whose local part has not the shape of a matricule. The key is not
// checked: ask the matricule.
//
// spec: MSSanté 2
func CitizenOf(address string) (insid.Matricule, bool) {
	i := strings.LastIndexByte(address, '@')
	if i < 0 || !IsCitizen(address) {
		return "", false
	}
	local := strings.TrimPrefix(strings.TrimSpace(address[:i]), "<")
	if len(local) != 15 || strings.ContainsAny(local, " \t\u00a0") {
		return "", false
	}
	m, err := insid.ParseMatricule(local)
	if err != nil {
		return "", false
	}
	return m, true
}

// IsCitizen reports whether an address is in the citizens' domain, well made or not.
func IsCitizen(address string) bool {
	i := strings.LastIndexByte(address, '@')
	return i >= 0 && strings.EqualFold(strings.TrimRight(strings.TrimSpace(address[i+1:]), ".>"), CitizenDomain)
}
