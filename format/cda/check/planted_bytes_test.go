package check

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

func latin1(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		if r < 256 {
			out = append(out, byte(r))
		}
	}
	return out
}

func utf16LE(b []byte) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(string(b))) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func swap(old, new string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) }
}

const decl = `<?xml version="1.0" encoding="UTF-8"?>`

// byteFaults spoil the file before anyone reads a document in it.
var byteFaults = []fault{
	{base: "n1", id: "XML-ENCODING-BYTES", bytes: latin1, sees: "UTF-8"},
	{base: "n1", id: "XML-ENCODING-CONFLICT", bytes: utf16LE},
	{base: "n1", id: "XML-ENCODING-UNKNOWN", bytes: swap("UTF-8", "UTF8-BOM"), sees: "UTF8-BOM"},
	{base: "n1", id: "XML-ENCODING-CONFLICT", bytes: swap("UTF-8", "UTF-16"), sees: "UTF-16"},
	{base: "n1", id: "XML-TEXT-OUTSIDE", bytes: func(b []byte) []byte { return append([]byte("\ufeff\ufeff"), b...) }},
	{base: "n1", id: "CDA-10", bytes: func(b []byte) []byte {
		return bytes.Replace(bytes.Replace(b, []byte("UTF-8"), []byte("ISO-8859-1"), 1), []byte(`displayName="Lettre de liaison à la sortie d'un établissement de soins"`), []byte(`displayName="Lettre de liaison à la sortie d'un établissement de soins"`), 1)
	}, sees: "médicale", also: []string{"HDR-04", "HDR-14", "HDR-15"}},
	{base: "n1", id: "XML-DOCTYPE", bytes: swap("\n<ClinicalDocument", "\n<!DOCTYPE ClinicalDocument SYSTEM \"cda.dtd\"><ClinicalDocument")},
	{base: "n1", id: "XML-DOCTYPE", bytes: swap("\n<ClinicalDocument", "\n<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><ClinicalDocument")},
	{base: "n1", id: "XML-CHAR", old: "<title>Lettre", new: "<title>Let\x0btre"},
	{base: "n1", id: "XML-CHAR", old: "<title>Lettre", new: "<title>Let\x00tre"},
	{base: "n1", id: "XML-CHARREF", old: "<title>Lettre", new: "<title>Let&#11;tre", sees: "11"},
	{base: "n1", id: "XML-ENTITY", old: "<title>Lettre", new: "<title>Lettre&nbsp;", sees: "nbsp"},
	{base: "n1", id: "XML-ENTITY", old: "<title>Lettre", new: "<title>R&eacute;sum&eacute; ", sees: "eacute"},
	{base: "n1", id: "XML-ENTITY", old: "<name>Laboratoire</name>", new: "<name>DURAND & FILS</name>"},
	{base: "n1", id: "XML-ENTITY", old: `displayName="Infirmier"`, new: `displayName="Infirmier & co"`},
	{base: "n1", id: "XML-ATTR-LT", old: `displayName="Infirmier"`, new: `displayName="<Infirmier"`},
	{base: "n1", id: "XML-ENDTAG", old: "</city>", new: "</ville>", sees: "ville"},
	{base: "n1", id: "XML-ENDTAG", old: "</city>", new: "", sees: "addr"},
	{base: "n1", id: "XML-ENDTAG", old: "</city>", new: "</City>", sees: "City"},
	{base: "n1", id: "XML-ATTR-DUPLICATE", old: `<realmCode code="FR"`, new: `<realmCode code="FR" code="FR"`, sees: "code"},
	{base: "n1", id: "XML-ATTR-SYNTAX", old: `<realmCode code="FR"`, new: `<realmCode code=FR`},
	{base: "n1", id: "XML-ATTR-SPACE", old: `<realmCode code="FR"`, new: `<realmCode code="FR"x="1"`},
	{base: "n1", id: "XML-PREFIX", old: "<title>", new: "<c:title>", sees: "c"},
	{base: "n1", id: "XML-PREFIX", old: ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`, new: "", sees: "xsi"},
	{base: "n1", id: "XML-TEXT-OUTSIDE", bytes: func(b []byte) []byte { return append(b, "fin"...) }},
	{base: "n1", id: "XML-SECOND-ROOT", bytes: func(b []byte) []byte { return append(b, "<ClinicalDocument/>"...) }},
	{base: "n1", id: "XML-UNCLOSED", bytes: func(b []byte) []byte { return b[:bytes.Index(b, []byte("</custodian>"))] }},
	{base: "n1", id: "XML-TRUNCATED", bytes: func(b []byte) []byte { return b[:bytes.Index(b, []byte("</custodian>"))+5] }},
	{base: "n1", id: "XML-EMPTY", bytes: func([]byte) []byte { return nil }},
	{base: "n1", id: "XML-PI", bytes: func(b []byte) []byte { return append([]byte("\n"), b...) }},
	{base: "n1", id: "XML-DECLARATION", bytes: swap(`version="1.0"`, `version="1.1"`)},
	{base: "n1", id: "XML-COMMENT", old: "<title>", new: "<!-- a -- b --><title>"},
	{base: "n1", id: "XML-CDATA-END", old: "<title>Lettre", new: "<title>Lettre ]]> "},
	{base: "n1", id: "XML-NS-EMPTY", old: `xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2"`, new: `xmlns:lab=""`, sees: "lab"},
	{base: "n1", id: "CDA-KIND", old: `xmlns="urn:hl7-org:v3"`, new: `xmlns="urn:hl7-org:v2"`, sees: "urn:hl7-org:v2"},
	{base: "n1", id: "CDA-KIND", old: ` xmlns="urn:hl7-org:v3"`, new: ``, sees: "urn:hl7-org:v3"},
	{base: "n1", id: "CDA-KIND", old: `xmlns="urn:hl7-org:v3"`, new: `xmlns="urn:hl7-org:V3"`, sees: "urn:hl7-org:V3"},
	{base: "n1", id: "CDA-SEVERAL", bytes: func(b []byte) []byte {
		s := strings.TrimPrefix(string(b), decl)
		return []byte("<lot>" + s + s + "</lot>")
	}, sees: "plusieurs"},
	{base: "n1", id: "CDA-10", old: "<city>PARIS", new: "<city>SÃ©vres", sees: "SÃ©vres"},
	{base: "n1", id: "CDA-10", old: "<name>Laboratoire</name>", new: "<name>Laboratoire de lâ€™hÃ´pital</name>", sees: "lâ€™hÃ´pital"},
	{base: "bio", id: "CDA-10", old: `ID="prelevement-1">Sérum`, new: `ID="prelevement-1">SÃ©rum`, sees: "SÃ©rum"},
	{base: "bio", id: "CDA-10", old: `ID="prelevement-1">Sérum`, new: "ID=\"prelevement-1\">S\uFFFDrum", sees: "S\uFFFDrum"},
	{base: "vsm", id: "CDA-10", old: `displayName="Traitements"`, new: `displayName="Traitements Ã  prendre"`, sees: "Ã"},
}
