package mssante

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/finding"
)

const acePrefix = "xn--"

// ErrDomain refuses what is no domain name.
var ErrDomain = &finding.Refusal{ID: "MSS-DOMAINE", Kind: finding.Invalid, Code: "5.1.2", Rule: "RFC 1035, RFC 5891",
	Message: finding.T("Ce n'est pas un nom de domaine.", "This is not a domain name."),
	Fix:     finding.T("Donnez un nom de domaine tel que medecin.mssante.fr.", "Give a domain name such as medecin.mssante.fr.")}

// ToASCII gives the form of a domain that the DNS and mail carry: lower case, each label that is
// not ASCII in punycode. The white list holds such names. A final dot is dropped.
//
// spec: RFC 5891 4.4
func ToASCII(domain string) (string, error) {
	if len(domain) > 4*maxDomain || !utf8.ValidString(domain) {
		return "", ErrDomain
	}
	domain = compose(strings.ToLower(strings.TrimSpace(domain)))
	domain = strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(domain)
	labels := strings.Split(strings.TrimSuffix(domain, "."), ".")
	for i, l := range labels {
		if !isASCII(l) {
			for _, c := range l {
				if c >= utf8.RuneSelf && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c) {
					return "", ErrDomain
				}
			}
			p, ok := punycode([]rune(l))
			if !ok {
				return "", ErrDomain
			}
			l = acePrefix + p
		} else if rest, is := strings.CutPrefix(l, acePrefix); is {
			if u, ok := depunycode(rest); !ok || isASCII(string(u)) {
				return "", ErrDomain
			}
		}
		if !isLabel(l) {
			return "", ErrDomain
		}
		labels[i] = l
	}
	out := strings.Join(labels, ".")
	if len(out) > maxDomain || len(labels) < 2 && out != "localhost" {
		return "", ErrDomain
	}
	return out, nil
}

func isLabel(l string) bool {
	if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	for i := 0; i < len(l); i++ {
		if c := l[i]; c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ToUnicode gives the form of a domain that people read. A label whose punycode is broken stays.
//
// spec: RFC 5891 5.4
func ToUnicode(domain string) string {
	labels := strings.Split(strings.ToLower(domain), ".")
	for i, l := range labels {
		if rest, ok := strings.CutPrefix(l, acePrefix); ok {
			if u, ok := depunycode(rest); ok {
				labels[i] = string(u)
			}
		}
	}
	return strings.Join(labels, ".")
}

// accents composes a letter and a combining accent, as keyboards and files of macOS leave them.
var accents = strings.NewReplacer("a\u0300", "à", "a\u0302", "â", "a\u0308", "ä", "c\u0327", "ç", "e\u0300", "è", "e\u0301", "é", "e\u0302", "ê", "e\u0308", "ë",
	"i\u0302", "î", "i\u0308", "ï", "n\u0303", "ñ", "o\u0302", "ô", "o\u0308", "ö", "u\u0300", "ù", "u\u0302", "û", "u\u0308", "ü", "y\u0308", "ÿ")

func compose(s string) string {
	if isASCII(s) {
		return s
	}
	return accents.Replace(s)
}

// Parameters of punycode.
//
// spec: RFC 3492 5
const (
	pBase    = 36
	pTmin    = 1
	pTmax    = 26
	pSkew    = 38
	pDamp    = 700
	pBias    = 72
	pInitial = 128
)

func adapt(delta, points int, first bool) int {
	if first {
		delta /= pDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for delta > (pBase-pTmin)*pTmax/2 {
		delta /= pBase - pTmin
		k += pBase
	}
	return k + (pBase-pTmin+1)*delta/(delta+pSkew)
}

func threshold(k, bias int) int { return max(pTmin, min(pTmax, k-bias)) }

// punycode encodes one label.
//
// spec: RFC 3492 6.3
func punycode(in []rune) (string, bool) {
	if len(in) > maxLabel {
		return "", false
	}
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	var out []byte
	for _, c := range in {
		if c < utf8.RuneSelf {
			out = append(out, byte(c))
		}
	}
	basic := len(out)
	done := basic
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(pInitial), 0, pBias
	for done < len(in) {
		next := rune(unicode.MaxRune)
		for _, c := range in {
			if c >= n {
				next = min(next, c)
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, c := range in {
			if c < n {
				delta++
			}
			if c != n {
				continue
			}
			q := delta
			for k := pBase; ; k += pBase {
				t := threshold(k, bias)
				if q < t {
					out = append(out, digits[q])
					break
				}
				out = append(out, digits[t+(q-t)%(pBase-t)])
				q = (q - t) / (pBase - t)
			}
			bias = adapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return string(out), len(out)+len(acePrefix) <= maxLabel
}

// depunycode decodes one label.
//
// spec: RFC 3492 6.2
func depunycode(s string) ([]rune, bool) {
	if s == "" || len(s) > maxLabel {
		return nil, false
	}
	var out []rune
	rest := s
	if i := strings.LastIndexByte(s, '-'); i > 0 {
		out, rest = []rune(s[:i]), s[i+1:]
	}
	n, i, bias := pInitial, 0, pBias
	for len(rest) > 0 {
		old, w := i, 1
		for k := pBase; ; k += pBase {
			if rest == "" {
				return nil, false
			}
			c := rest[0]
			rest = rest[1:]
			var digit int
			switch {
			case c >= 'a' && c <= 'z':
				digit = int(c - 'a')
			case c >= '0' && c <= '9':
				digit = int(c-'0') + 26
			default:
				return nil, false
			}
			if i += digit * w; i > 1<<30 {
				return nil, false
			}
			t := threshold(k, bias)
			if digit < t {
				break
			}
			if w *= pBase - t; w > 1<<30 {
				return nil, false
			}
		}
		bias = adapt(i-old, len(out)+1, old == 0)
		n += i / (len(out) + 1)
		i %= len(out) + 1
		if n > unicode.MaxRune || n < utf8.RuneSelf || n >= 0xd800 && n <= 0xdfff {
			return nil, false
		}
		out = append(out[:i], append([]rune{rune(n)}, out[i:]...)...)
		i++
	}
	return out, true
}
