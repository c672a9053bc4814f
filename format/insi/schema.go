package insi

import (
	"embed"
	"io/fs"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

//go:embed schema
var schema embed.FS

// Schema gives a schema of the messages, written for Socle from published exchanges:
// enveloppe.xsd validates a whole request or answer.
func Schema(name string) ([]byte, error) { return fs.ReadFile(schema, "schema/"+name) }

// WSDL gives the description of the service at an address.
func WSDL(address string) []byte {
	b, err := Schema("insi.wsdl")
	if err != nil {
		panic(err) // the file is inside the program
	}
	return []byte(strings.Replace(string(b), "ADRESSE", string(xmltree.AppendAttr(nil, address)), 1))
}
