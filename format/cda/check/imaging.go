package check

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
)

// imaging checks the header of a structured imaging report.
//
// spec: CI-SIS cda §4.3
func imaging(c *run) {
	if c.kind.Name != "IMG-CR-IMG" || c.d.Body.Level() != "N3" {
		return
	}
	for _, t := range []string{"1.2.840.10008.9.1", "1.2.840.10008.9.20", "1.2.840.10008.9.21"} {
		if !c.d.Templates.Has(t) {
			c.missing(c.d.Root, "templateId "+t)
		}
	}
	if !c.d.Code.Is("18748-4", oid.LOINC) {
		c.bad(c.d.Code.Node, "code", c.d.Code.Code, "18748-4 (LOINC)")
	}
	for _, o := range c.d.Orders {
		if len(o.IDs) == 0 {
			c.missing(o.Node, "inFulfillmentOf/order/id")
		}
		if !o.Node.Child(cda.NSDICO, "accessionNumber").Exists() {
			c.missing(o.Node, "inFulfillmentOf/order/ps3-20:accessionNumber")
		}
	}
	for _, s := range c.d.Services {
		if s.Code.System != oid.LOINC {
			continue
		}
		modality := false
		for _, t := range s.Code.Translations {
			for _, q := range t.Qualifiers {
				modality = modality || q.Name.Code == "121139"
			}
		}
		if !modality {
			c.missing(s.Code.Node, "serviceEvent/code/translation/qualifier/name[@code='121139']")
		}
	}
}
