// Package schematron reads ISO Schematron schemas and runs them natively.
//
// Standard: ISO/IEC 19757-3 with the xslt2 query binding, as the reference implementation in
// XSLT applies it: sch:include (whole files, fragments by id), abstract patterns (is-a, param),
// abstract rules (extends), phases, let at every floor, assert and report, value-of and name in
// messages, diagnostics, xsl:key. In one pattern the first rule that matches a node is the only one to
// fire, and every element of the document is looked at once: rules are indexed by the name and
// the templateId their context asks for, expressions are compiled once (format/xpath).
//
// A schema is read in three steps, so that a fault of one file never hides the others:
// Load gives the expanded text (Source), Compile the closures (Schema), Schema.Run the hits on
// one document. Each step returns what it could not use as Problems, and goes on.
//
// Missing: the content of a let (only let/@value), rules on another document (@documents),
// xsl:function inside a schema, sch:param outside patterns, SVRL output: each is a
// Problem that names the file and the line.
package schematron
