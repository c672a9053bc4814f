package insid

import (
	"log/slog"
	"strings"
)

// Matricule is a NIR or NIA with its key: 15 characters, well-shaped. It prints redacted.
type Matricule string

// ParseMatricule checks the shape and normalises: inner blanks (as printed on cards) are
// dropped and the Corsican letter is put in upper case. It does not check the key.
//
// The month is left free from 01 to 12 and from 20 on: 20, 30 to 42 and 50 to 99 stand
// for unknown or fictitious months.
//
// spec: INS §1
func ParseMatricule(s string) (Matricule, error) {
	if len(s) > 64 {
		return "", ErrMatricule
	}
	s = strings.ToUpper(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(s))
	if len(s) != 15 {
		return "", ErrMatricule
	}
	for i := 0; i < 15; i++ {
		c := s[i]
		if i == 6 && (c == 'A' || c == 'B') && s[5] == '2' {
			continue
		}
		if c < '0' || c > '9' {
			return "", ErrMatricule
		}
	}
	if !strings.ContainsRune("123478", rune(s[0])) {
		return "", ErrMatricule
	}
	if month := digits(s[3:5]); month < 1 || month > 12 && month < 20 {
		return "", ErrMatricule
	}
	return Matricule(s), nil
}

// Reveal gives the 15 characters.
func (m Matricule) Reveal() string { return string(m) }

// NIR gives the 13 characters without the key.
func (m Matricule) NIR() string {
	if len(m) != 15 {
		return ""
	}
	return string(m[:13])
}

// Key gives the two characters of the key as written.
func (m Matricule) Key() string {
	if len(m) != 15 {
		return ""
	}
	return string(m[13:])
}

// KeyOK reports whether the key written is the one the digits give.
func (m Matricule) KeyOK() bool {
	k, ok := ComputeKey(m.NIR())
	return ok && k == m.Key()
}

// ComputeKey gives the key of 13 characters: 97 − (N mod 97), 2A read as 19 and 2B as 18.
//
// spec: INS §1
func ComputeKey(nir string) (key string, ok bool) {
	if len(nir) != 13 {
		return "", false
	}
	n := 0
	for i := 0; i < 13; i++ {
		c := nir[i]
		switch {
		case i == 6 && nir[5] == '2' && (c == 'A' || c == 'a'):
			n = (n/10)*10 + 1 // the arc "2A" becomes "19"
			n = n*10 + 9
			continue
		case i == 6 && nir[5] == '2' && (c == 'B' || c == 'b'):
			n = (n/10)*10 + 1 // the arc "2B" becomes "18"
			n = n*10 + 8
			continue
		case c < '0' || c > '9':
			return "", false
		}
		n = n*10 + int(c-'0')
	}
	k := 97 - n%97
	return string([]byte{byte('0' + k/10), byte('0' + k%10)}), true
}

// WithKey makes a matricule from 13 characters by adding the key.
func WithKey(nir string) (Matricule, error) {
	k, ok := ComputeKey(nir)
	if !ok {
		return "", ErrMatricule
	}
	return ParseMatricule(nir + k)
}

// Hint is what the digits say of the person. It never replaces a trait: registers change
// (sex above all) and numbers are given with unknown months.
type Hint struct {
	Sex        string // "M", "F" or "" when the first digit does not tell
	Year       string // two digits of the birth year
	Month      string // "01" to "12", or "" when unknown or fictitious
	Department string // "51", "2A", "971", or "99" for abroad
	Place      string // five characters in the form of a COG code: "51215", "2A004", "99350"
}

// Hint reads sex and birth from the digits.
//
// spec: INS §1
func (m Matricule) Hint() Hint {
	if len(m) != 15 {
		return Hint{}
	}
	s := string(m)
	h := Hint{Year: s[1:3], Place: s[5:10], Department: s[5:7]}
	switch s[0] {
	case '1', '3', '7':
		h.Sex = "M"
	case '2', '4', '8':
		h.Sex = "F"
	}
	if mm := digits(s[3:5]); mm >= 1 && mm <= 12 {
		h.Month = s[3:5]
	}
	if h.Department == "97" || h.Department == "98" {
		h.Department = s[5:8]
	}
	return h
}

// AgreesWith compares the digits with the traits: sex "M" or "F", birth date starting with
// YYYYMM or YYYY-MM. What either side does not say agrees.
//
// spec: CI-SIS cda §7 HDR-08
func (m Matricule) AgreesWith(sex, birth string) (sexOK, birthOK bool) {
	h := m.Hint()
	sexOK = h.Sex == "" || sex != "M" && sex != "F" || h.Sex == sex
	birth = strings.ReplaceAll(birth, "-", "")
	birthOK = len(birth) < 4 || h.Year == "" || birth[2:4] == h.Year
	if birthOK && len(birth) >= 6 && h.Month != "" && birth[4:6] >= "01" && birth[4:6] <= "12" {
		birthOK = birth[4:6] == h.Month
	}
	return sexOK, birthOK
}

// String is redacted.
func (m Matricule) String() string {
	if m == "" {
		return "absent"
	}
	return "•••"
}

// GoString is redacted.
func (m Matricule) GoString() string { return m.String() }

// LogValue is redacted.
func (m Matricule) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON is redacted too: what must travel in JSON says Reveal.
func (m Matricule) MarshalJSON() ([]byte, error) { return []byte(`"` + m.String() + `"`), nil }

// Spaced gives the matricule as printed on cards: 2 79 03 51 215 189 89.
func (m Matricule) Spaced() string {
	if len(m) != 15 {
		return string(m)
	}
	s := string(m)
	return strings.Join([]string{s[:1], s[1:3], s[3:5], s[5:7], s[7:10], s[10:13], s[13:]}, " ")
}

func digits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
