package courriel

import (
	"strings"
	"unicode/utf8"
)

// checkValue refuses what would end a header field, and what is not text.
func checkValue(field, v string) error {
	if strings.ContainsAny(v, "\r\n\x00") {
		return ErrInjection.At(field)
	}
	if !utf8.ValidString(v) {
		return ErrUTF8.At(field)
	}
	return nil
}

// checkAddress asks for an address that needs no extension of SMTP.
func checkAddress(field string, a Address) error {
	for _, v := range []string{a.Name, a.Local, a.Domain} {
		if err := checkValue(field, v); err != nil {
			return err
		}
	}
	if a.Local == "" || a.Domain == "" || !printable(a.Local) || len(a.Local)+len(a.Domain) > MaxMessageID {
		return ErrAddress.At(field)
	}
	if a.Domain[0] == '[' {
		if len(a.Domain) < 3 || strings.ContainsAny(a.Domain[1:], " [") || strings.IndexByte(a.Domain, ']') != len(a.Domain)-1 || strings.ContainsAny(a.Domain, "\\()\"<>") || !printable(a.Domain) {
			return ErrAddress.At(field)
		}
		return nil
	}
	if strings.Trim(a.Domain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != "" || a.Domain[0] == '.' ||
		strings.HasSuffix(a.Domain, ".") || strings.Contains(a.Domain, "..") {
		return ErrAddress.At(field)
	}
	return nil
}

// printable accepts ASCII without control characters.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func checkID(field, id string) error {
	if err := checkValue(field, id); err != nil {
		return err
	}
	if !writableID(id) {
		return ErrMessageID.At(field)
	}
	return nil
}
