package fhirmap

import "github.com/socle-sante/socle/format/xmltree"

func (c *exporter) clinical(n xmltree.Node) string { return "" }
