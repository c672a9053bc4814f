// Package cda reads French clinical documents (CDA R2 of the CI-SIS) into plain Go types.
//
// Standard: HL7 CDA R2 2005 with the extensions of the CI-SIS, header «structuration
// minimale» 1.2.250.1.213.1.1.1.1. The reader is lenient: it takes what is there, keeps
// texts as they are written (numbers and times above all) and points into the bytes; the
// rules live in cda/check, writing in cda/write, tables of results in cda/bio.
//
// Prefixes are free. A document may be wrapped: self-presenting under an xsl:stylesheet,
// or inside a signature; the wrapper is never executed nor trusted.
// Missing on purpose: clinical entries as types (walk Section.Entries with xmltree).
// Start with Parse.
package cda

import (
	"sync"
	"sync/atomic"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// The namespaces of a French CDA.
//
// spec: CI-SIS cda §1
const (
	NS     = "urn:hl7-org:v3"
	NSSDTC = "urn:hl7-org:sdtc"
	NSLab  = "urn:oid:1.3.6.1.4.1.19376.1.3.2"
	NSDICO = "urn:dicom-org:ps3-20"
	NSXSL  = "http://www.w3.org/1999/XSL/Transform"
)

// Document is one clinical document. It is safe for concurrent readers and never changes.
type Document struct {
	XML  *xmltree.Doc
	Root xmltree.Node // the ClinicalDocument element

	// Wrapper is the local name of the root of the file when it is not ClinicalDocument:
	// "stylesheet" for a self-presenting document, "Signature" for an enveloping signature.
	Wrapper string

	Header
	Body Body

	resolved atomic.Int64 // bytes that references gave, see ResolveRef

	once  sync.Once
	index index
}

// Errors of Parse besides those of xmltree. They are refusals, ready to show.
var (
	ErrNotCDA = &finding.Refusal{
		ID: "CDA-KIND", Kind: finding.Invalid, Code: "XDSRepositoryError", Rule: "CDA R2, ClinicalDocument",
		Message: finding.T("Ce fichier XML n'est pas un document CDA : aucun élément ClinicalDocument dans l'espace de noms urn:hl7-org:v3.",
			"This XML file is no CDA document: no ClinicalDocument element in namespace urn:hl7-org:v3."),
		Fix: finding.T("Envoyer un document CDA R2, avec xmlns=\"urn:hl7-org:v3\" sur sa racine.",
			"Send a CDA R2 document, with xmlns=\"urn:hl7-org:v3\" on its root."),
	}
	ErrSeveral = &finding.Refusal{
		ID: "CDA-SEVERAL", Kind: finding.Invalid, Code: "XDSRepositoryError", Rule: "CDA R2, ClinicalDocument",
		Message: finding.T("Ce fichier contient plusieurs ClinicalDocument : on ne saurait dire lequel est le document.",
			"This file holds several ClinicalDocument elements: there is no telling which one is the document."),
		Fix: finding.T("Envoyer un fichier par document.", "Send one file per document."),
	}
)

// Parse reads a document. src must not be changed afterwards. Errors are *xmltree.Error
// (not XML, wrong encoding, DOCTYPE, limits) or a *finding.Refusal (ErrNotCDA, ErrSeveral).
func Parse(src []byte, opts ...xmltree.Option) (*Document, error) {
	x, err := xmltree.Parse(src, opts...)
	if err != nil {
		return nil, err
	}
	return FromXML(x)
}

// FromXML reads a document that is already parsed.
func FromXML(x *xmltree.Doc) (*Document, error) {
	d := &Document{XML: x, Root: x.Root()}
	if !d.Root.Is(NS, "ClinicalDocument") {
		d.Wrapper = d.Root.Local()
		found := 0
		for n := range x.Root().Descendants(NS, "ClinicalDocument") {
			if found++; found > 1 {
				return nil, ErrSeveral.At(n.XPath())
			}
			d.Root = n
		}
		if found == 0 {
			return nil, notCDA(x.Root())
		}
	}
	d.Header = readHeader(d.Root)
	d.Body = readBody(d.Root.Child(NS, "component"))
	return d, nil
}

// notCDA says which namespace the document is in when it is almost one.
func notCDA(root xmltree.Node) *finding.Refusal {
	r := ErrNotCDA.At(root.XPath())
	if root.Local() != "ClinicalDocument" {
		return r
	}
	return r.Saying(finding.Tf("L'élément ClinicalDocument est dans l'espace de noms « %s » au lieu de « %s ».", "Element ClinicalDocument is in namespace “%s” instead of “%s”.", root.Space(), NS))
}

// SelfPresenting reports whether the file is a style sheet that carries the document.
func (d *Document) SelfPresenting() bool {
	return d.Wrapper == "stylesheet" || d.Wrapper == "transform"
}

// UniqueID is the identity of this version of the document, as XDS writes it: root or root^extension.
//
// spec: CI-SIS cda §6
func (d *Document) UniqueID() string { return d.ID.UniqueID() }
