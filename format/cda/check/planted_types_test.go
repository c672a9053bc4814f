package check

import "bytes"

// cut removes the first stretch from one mark to another, both included.
func cut(from, to string) func([]byte) []byte {
	return func(b []byte) []byte {
		i := bytes.Index(b, []byte(from))
		j := i + bytes.Index(b[i:], []byte(to)) + len(to)
		return append(append([]byte(nil), b[:i]...), b[j:]...)
	}
}

// twice repeats it.
func twice(from, to string) func([]byte) []byte {
	return func(b []byte) []byte {
		i := bytes.Index(b, []byte(from))
		j := i + bytes.Index(b[i:], []byte(to)) + len(to)
		return append(append(append([]byte(nil), b[:j]...), b[i:j]...), b[j:]...)
	}
}

const (
	phoneNumber = `<telecom value="tel:0174589607" use="WP"/>`
	lowTime     = `<serviceEvent><effectiveTime><low value="20260314103000+0100"/>`
	signatory   = `<assignedEntity><id root="1.2.250.1.71.4.2.1" extension="801234534765"/>`
)

// datatypeFaults spoil identifiers, times, telephone numbers and addresses.
var datatypeFaults = []fault{
	{base: "n1", old: phoneNumber, new: `<telecom value="0174589607" use="WP"/>`, id: "HDR-17", sees: "0174589607"},
	{base: "n1", old: phoneNumber, new: `<telecom value="tel:" use="WP"/>`, id: "HDR-17", sees: "tel:"},
	{base: "n1", old: phoneNumber, new: `<telecom value="TEL:0174589607" use="WP"/>`, id: "HDR-17", sees: "TEL:0174589607"},
	{base: "n1", old: phoneNumber, new: `<telecom value="labo@example.fr" use="WP"/>`, id: "HDR-17", sees: "labo@example.fr"},
	{base: "n1", old: phoneNumber, new: `<telecom value="tel:01 74 58 96 07" use="WP"/>`, id: "HDR-27", sees: "01 74 58 96 07"},
	{base: "n1", old: phoneNumber, new: `<telecom value="tel:poste Mme X" use="WP"/>`, id: "HDR-27", sees: "poste Mme X"},
	{base: "n1", old: phoneNumber, new: `<telecom value="mailto:labo.example.fr" use="WP"/>`, id: "HDR-27", sees: "labo.example.fr"},
	{base: "n1", old: phoneNumber, new: `<telecom value="mailto:a@x.fr;b@x.fr" use="WP"/>`, id: "HDR-27", sees: "a@x.fr;b@x.fr"},
	{base: "n1", old: phoneNumber, new: `<telecom value="tel:0174589607" nullFlavor="UNK"/>`, id: "HDR-17", sees: "nullFlavor"},
	{base: "n1", old: phoneNumber, new: `<telecom/>`, id: "HDR-17", sees: "telecom"},
	{base: "n1", old: phoneNumber, new: `<telecom nullFlavor="NA"/>`, id: "HDR-17", sees: "NA"},
	{base: "n1", old: phoneNumber, new: `<telecom value="tel:0174589607" use="PRO"/>`, id: "HDR-17", sees: "PRO"},
	{base: "n1", old: `<addr><city>PARIS</city></addr>`, new: `<addr use="BUREAU"><city>PARIS</city></addr>`, id: "HDR-17", sees: "BUREAU"},
	{base: "n1", old: `<addr><city>PARIS</city></addr>`, new: `<addr/>`, id: "HDR-17", sees: "addr"},
	{base: "n1", old: `<addr><city>PARIS</city></addr>`, new: `<addr><city>PARIS</city><city>LYON</city></addr>`, id: "HDR-17", sees: "city"},
	{base: "n1", old: `<addr><city>PARIS</city></addr>`, new: `<addr><streetAddressLine>1 rue X</streetAddressLine><city>PARIS</city></addr>`, id: "HDR-29", sees: "city"},
	{base: "n1", old: signatory, new: `<assignedEntity><id root="1.2.250.1.71.4.02.1" extension="801234534765"/>`, id: "HDR-19", sees: "1.2.250.1.71.4.02.1", also: []string{"HDR-12"}},
	{base: "n1", old: signatory, new: `<assignedEntity><id root="1.2.250.1.71.4.2.1." extension="801234534765"/>`, id: "HDR-19", sees: "1.2.250.1.71.4.2.1.", also: []string{"HDR-12"}},
	{base: "n1", old: signatory, new: `<assignedEntity><id root="urn:oid:1.2.250.1.71.4.2.1" extension="801234534765"/>`, id: "HDR-19", sees: "urn:oid:1.2.250.1.71.4.2.1", also: []string{"HDR-12"}},
	{base: "n1", old: signatory, new: `<assignedEntity><id root="1.2.250.1.71..4.2.1" extension="801234534765"/>`, id: "HDR-19", sees: "71..4", also: []string{"HDR-12"}},
	{base: "n1", old: signatory, new: `<assignedEntity><id root="1,2,250,1,71,4,2,1" extension="801234534765"/>`, id: "HDR-19", sees: "1,2,250", also: []string{"HDR-12"}},
	{base: "n1", old: signatory, new: `<assignedEntity><id root="5.2.250.1.71.4.2.1" extension="801234534765"/>`, id: "HDR-19", sees: "5.2.250", also: []string{"HDR-12"}},
	{base: "n1", old: signatory, new: `<assignedEntity><id root=" 1.2.250.1.71.4.2.1" extension="801234534765"/>`, id: "CDA-11", sees: " 1.2.250", also: []string{"HDR-12", "HDR-19"}},
	{base: "n1", old: `<code code="AMB" displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>`, new: `<code code="AMB" displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.04"/>`, id: "HDR-19", sees: "2.16.840.1.113883.5.04"},
	{base: "n1", old: `<code code="AMB" displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>`, new: `<code code="AMB" displayName="Ambulatoire" codeSystem="urn:oid:2.16.840.1.113883.5.4"/>`, id: "HDR-19", sees: "urn:oid:"},
	{base: "n1", old: `<code code="AMB" displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>`, new: `<code code="AMB" nullFlavor="UNK" displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>`, id: "HDR-19", sees: "UNK"},
	{base: "n1", old: `<code code="AMB" displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>`, new: `<code code="AMB " displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>`, id: "CDA-11", sees: "AMB ", also: []string{"HDR-15"}},
	{base: "n1", old: `<code code="AMB" displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>`, new: `<code displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>`, id: "HDR-15", sees: "code", also: []string{"HDR-19"}},
	{base: "n1", old: `extension="801234567893"`, new: "extension=\"801234567893\u00a0\"", id: "CDA-11", sees: "801234567893", also: []string{"HDR-26"}},
	{base: "n1", old: `extension="801234567893"`, new: "extension=\"\u200b801234567893\"", id: "CDA-11", sees: "801234567893", also: []string{"HDR-26"}},
	{base: "n1", old: `extension="801234567893"`, new: `extension=""`, id: "CDA-12", sees: "extension", also: []string{"HDR-13"}},
	{base: "n1", old: lowTime, new: `<serviceEvent><effectiveTime><low value="20261314"/>`, id: "HDR-19", sees: "20261314"},
	{base: "n1", old: lowTime, new: `<serviceEvent><effectiveTime><low value="20250229"/>`, id: "HDR-19", sees: "20250229"},
	{base: "n1", old: lowTime, new: `<serviceEvent><effectiveTime><low value="2026-03-14"/>`, id: "HDR-19", sees: "2026-03-14"},
	{base: "n1", old: lowTime, new: `<serviceEvent><effectiveTime><low value="20260314T1030"/>`, id: "HDR-19", sees: "20260314T1030"},
	{base: "n1", old: lowTime, new: `<serviceEvent><effectiveTime><low value="202603141030+01:00"/>`, id: "CDA-18", sees: "+01:00"},
	{base: "n1", old: lowTime, new: `<serviceEvent><effectiveTime><low value="20260314103000+0100" nullFlavor="UNK"/>`, id: "HDR-19", sees: "UNK"},
	{base: "n1", old: lowTime, new: `<serviceEvent><effectiveTime><low/>`, id: "HDR-19", sees: "low", also: []string{"HDR-14"}},
	{base: "n1", old: lowTime, new: `<serviceEvent><effectiveTime><low value="2026031425"/>`, id: "HDR-19", sees: "2026031425"},
	{base: "n1", old: phoneNumber, new: phoneNumber + phoneNumber, id: "HDR-19", sees: "telecom"},
}
