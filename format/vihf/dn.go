package vihf

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// dnNames gives the attribute types by every name seen in DNs; the first name of an OID is the one
// we write.
// spec: RFC 4514 §3, RFC 2253 §2.3
var dnNames = []struct{ name, oid string }{
	{"CN", "2.5.4.3"}, {"SN", "2.5.4.4"}, {"serialNumber", "2.5.4.5"}, {"C", "2.5.4.6"}, {"L", "2.5.4.7"}, {"ST", "2.5.4.8"},
	{"STREET", "2.5.4.9"}, {"O", "2.5.4.10"}, {"OU", "2.5.4.11"}, {"T", "2.5.4.12"}, {"GN", "2.5.4.42"}, {"initials", "2.5.4.43"},
	{"generationQualifier", "2.5.4.44"}, {"dnQualifier", "2.5.4.46"}, {"pseudonym", "2.5.4.65"}, {"organizationIdentifier", "2.5.4.97"},
	{"DC", "0.9.2342.19200300.100.1.25"}, {"UID", "0.9.2342.19200300.100.1.1"}, {"emailAddress", "1.2.840.113549.1.9.1"},
	{"commonName", "2.5.4.3"}, {"surname", "2.5.4.4"}, {"countryName", "2.5.4.6"}, {"localityName", "2.5.4.7"}, {"S", "2.5.4.8"}, {"SP", "2.5.4.8"},
	{"stateOrProvinceName", "2.5.4.8"}, {"organizationName", "2.5.4.10"}, {"organizationalUnitName", "2.5.4.11"}, {"title", "2.5.4.12"},
	{"givenName", "2.5.4.42"}, {"G", "2.5.4.42"}, {"DNQ", "2.5.4.46"}, {"E", "1.2.840.113549.1.9.1"}, {"email", "1.2.840.113549.1.9.1"},
}

func dnOID(name string) string {
	if len(name) > 4 && strings.EqualFold(name[:4], "OID.") {
		name = name[4:]
	}
	for _, n := range dnNames {
		if strings.EqualFold(n.name, name) {
			return n.oid
		}
	}
	return name
}

func dnName(oid string) string {
	for _, n := range dnNames {
		if n.oid == oid {
			return n.name
		}
	}
	return oid
}

// SubjectName writes the subject of a certificate as RFC 2253 does: most specific first.
func SubjectName(cert *x509.Certificate) string {
	var seq pkix.RDNSequence
	if _, err := asn1.Unmarshal(cert.RawSubject, &seq); err != nil {
		return cert.Subject.String()
	}
	var b strings.Builder
	for i := len(seq) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		for j, a := range seq[i] {
			if j > 0 {
				b.WriteByte('+')
			}
			b.WriteString(dnName(a.Type.String()) + "=")
			writeDNValue(&b, fmt.Sprint(a.Value))
		}
	}
	return b.String()
}

func writeDNValue(b *strings.Builder, v string) {
	for i := range len(v) {
		c := v[i]
		if strings.IndexByte(`,+"\<>;`, c) >= 0 || c == '#' && i == 0 || c == ' ' && (i == 0 || i == len(v)-1) {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
}

// normalCert gives the subject of a certificate in the form names are compared in, most general
// component first.
func normalCert(cert *x509.Certificate) ([]string, bool) {
	var seq pkix.RDNSequence
	if rest, err := asn1.Unmarshal(cert.RawSubject, &seq); err != nil || len(rest) > 0 {
		return nil, false
	}
	var out []string
	for _, rdn := range seq {
		var parts []string
		for _, a := range rdn {
			parts = append(parts, a.Type.String()+"="+foldDN(fmt.Sprint(a.Value)))
		}
		slices.Sort(parts)
		out = append(out, strings.Join(parts, "+"))
	}
	return out, true
}

// foldDN compares without case and with white space as one space.
// spec: RFC 4518 §2.6.1
func foldDN(v string) string { return strings.ToLower(strings.Join(strings.Fields(v), " ")) }

// normalString does the same for a DN written as text, in the order written.
func normalString(dn string) ([]string, bool) {
	var out, parts []string
	for i := 0; ; {
		eq := strings.IndexByte(dn[i:], '=')
		if eq < 0 {
			return nil, false
		}
		oid := dnOID(strings.TrimSpace(dn[i : i+eq]))
		v, next, ok := dnValue(dn, i+eq+1)
		if !ok {
			return nil, false
		}
		parts = append(parts, oid+"="+foldDN(v))
		if next == len(dn) || dn[next] != '+' {
			slices.Sort(parts)
			out = append(out, strings.Join(parts, "+"))
			parts = nil
		}
		if next == len(dn) {
			return out, true
		}
		i = next + 1
	}
}

// dnValue reads an attribute value up to the separator that ends it.
func dnValue(dn string, i int) (v string, next int, ok bool) {
	for i < len(dn) && dn[i] == ' ' {
		i++
	}
	var b []byte
	if i < len(dn) && dn[i] == '#' {
		j := i + 1
		for j < len(dn) && strings.IndexByte(",+;", dn[j]) < 0 {
			j++
		}
		der, err := hex.DecodeString(strings.TrimSpace(dn[i+1 : j]))
		var s any
		if err == nil {
			_, err = asn1.Unmarshal(der, &s)
		}
		return fmt.Sprint(s), j, err == nil
	}
	quoted := i < len(dn) && dn[i] == '"'
	if quoted {
		i++
	}
	for ; i < len(dn); i++ {
		c := dn[i]
		switch {
		case c == '\\' && i+1 < len(dn):
			if i+2 < len(dn) {
				if h, err := hex.DecodeString(dn[i+1 : i+3]); err == nil {
					b = append(b, h...)
					i += 2
					continue
				}
			}
			i++
			b = append(b, dn[i])
		case quoted && c == '"':
			i++
			for i < len(dn) && dn[i] == ' ' {
				i++
			}
			return string(b), i, i == len(dn) || strings.IndexByte(",+;", dn[i]) >= 0
		case !quoted && strings.IndexByte(",+;", c) >= 0:
			return string(b), i, true
		default:
			b = append(b, c)
		}
	}
	return string(b), i, !quoted
}

// sameDN tells whether a written DN names the subject. Both orders are accepted: some clients write
// the certificate's own order.
func sameDN(written string, subject []string) bool {
	got, ok := normalString(written)
	if !ok || len(got) != len(subject) {
		return false
	}
	if slices.Equal(got, subject) {
		return true
	}
	slices.Reverse(got)
	return slices.Equal(got, subject)
}
