// Package cdameta makes the XDS metadata of a CDA document from its header, and tells where
// metadata and document disagree.
//
// Standard: CI-SIS «Partage de documents de santé» (metadata constraints) over IHE ITI TF-3 §4;
// XCN and XON strings as the DMP writes them. The class follows from the type through the
// association ASS_X16, times are UTC. Left to whoever submits: hash, size, repository, ids of
// the registry, visibility codes (they are never in the document).
// Start with Entry.
package cdameta

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
)

// MimeType is that of every CDA document.
const MimeType = "text/xml"

// Types of reference ids.
//
// spec: DMP 2.6
const (
	refAccession = "urn:ihe:iti:xds:2013:accession"
	refOrder     = "urn:ihe:iti:xds:2013:order"
	refStudy     = "urn:ihe:iti:xds:2016:studyInstanceUID"
)

// Entry makes the metadata of a document. What the document does not say stays empty; Size is -1.
//
// spec: CI-SIS cda §6
func Entry(d *cda.Document) xds.DocumentEntry {
	e := xds.DocumentEntry{
		UniqueID: d.UniqueID(), Title: oneLine(d.Title), Language: d.Language, MimeType: MimeType, Size: -1,
		CreationTime: d.EffectiveTime.DTM(),
		Type:         code(nos.TypeCode, d.Code),
		Facility:     code(nos.HealthcareFacility, d.Encounter.Facility),
		Practice:     code(nos.PracticeSetting, practice(d)),
		ReferenceIDs: references(d), Events: events(d),
	}
	if class, ok := nos.ClassOf(d.Code.Code); ok {
		e.Class = xds.Code(class)
	}
	k := d.Kind()
	e.Format = xds.Code{Code: k.Format, System: k.System, Display: nos.Display(nos.FormatCode, k.Format, k.System)}
	if c := d.Confidentiality; c.Code != "" {
		e.Confidentiality = []xds.Code{code(nos.Confidentiality, c)}
	}
	e.ServiceStart, e.ServiceStop = service(d)
	setPatient(&e, &d.Patient)
	for i := range d.Authors {
		e.Authors = append(e.Authors, author(&d.Authors[i]))
	}
	if a := d.LegalAuthenticator; a != nil {
		e.LegalAuth = Person(a)
	}
	return e
}

// Replaces gives the uniqueId of the document this one replaces, or "".
//
// spec: CI-SIS cda §2
func Replaces(d *cda.Document) string {
	for _, r := range d.Related {
		if r.TypeCode == "RPLC" && len(r.Parents) > 0 {
			return r.Parents[0].UniqueID()
		}
	}
	return ""
}

// code takes the official display of a code when the set holds it: documents often keep an older wording.
func code(set string, c cda.CD) xds.Code {
	out := xds.Code{Code: c.Code, System: c.System, Display: c.Display}
	if known, ok := nos.Lookup(set, c.Code, c.System); ok {
		out.Display = known.Display
	}
	return out
}

// practice is the setting of the main performer's structure, else that of an author's.
func practice(d *cda.Document) cda.CD {
	for i := range d.Services {
		for j := range d.Services[i].Performers {
			if o := d.Services[i].Performers[j].Org; o != nil && o.Industry.Code != "" {
				return o.Industry
			}
		}
	}
	for i := range d.Authors {
		if o := d.Authors[i].Org; o != nil && o.Industry.Code != "" {
			return o.Industry
		}
	}
	return cda.CD{}
}

func service(d *cda.Document) (start, stop string) {
	if len(d.Services) > 0 {
		start, stop = d.Services[0].Time.Start().DTM(), d.Services[0].Time.High.DTM()
	}
	if start == "" {
		start = d.Encounter.Time.Start().DTM()
	}
	if start == "" {
		start = d.EffectiveTime.DTM()
	}
	return start, stop
}

// events lists the codes of every act, and the other codes each was given (modality, CCAM, region).
func events(d *cda.Document) []xds.Code {
	var out []xds.Code
	seen := map[xds.Code]bool{}
	add := func(c cda.CD) {
		key := xds.Code{Code: c.Code, System: c.System}
		if c.Code == "" || c.System == "" || seen[key] {
			return
		}
		seen[key] = true
		out = append(out, xds.Code{Code: c.Code, System: c.System, Display: c.Display})
	}
	for _, s := range d.Services {
		add(s.Code)
		for _, t := range s.Code.Translations {
			add(t)
		}
	}
	return out
}

func references(d *cda.Document) []string {
	var out []string
	add := func(id cda.II, kind string) {
		if id.IsZero() {
			return
		}
		s := id.Extension + "^^^&" + id.Root + "&ISO^" + kind
		if id.Extension == "" {
			s = id.Root + "^^^^" + kind
		}
		for _, had := range out {
			if had == s {
				return
			}
		}
		out = append(out, s)
	}
	for _, o := range d.Orders {
		for _, id := range o.IDs {
			add(id, refOrder)
		}
		add(o.Accession, refAccession)
	}
	if d.Kind().Name == "IMG-CR-IMG" {
		for _, s := range d.Services {
			for _, id := range s.IDs {
				if id.Extension == "" && oid.Valid(id.Root) {
					add(id, refStudy)
				}
			}
		}
	}
	return out
}

// Conflict is one point where metadata contradict the document.
type Conflict struct {
	Field    string // "uniqueId", "patientId", "typeCode"
	Document string
	Metadata string
}

// Conflicts compares submitted metadata with the document: identity of the bytes, the person
// (INS matricule and OID) and type. A document without INS does not contradict.
//
// spec: DESIGN §4 XDS
func Conflicts(d *cda.Document, e *xds.DocumentEntry) []Conflict {
	var out []Conflict
	if id := d.UniqueID(); id != e.UniqueID {
		out = append(out, Conflict{"uniqueId", id, e.UniqueID})
	}
	if d.Code.Code != "" && d.Code.Code != e.Type.Code {
		out = append(out, Conflict{"typeCode", d.Code.Code, e.Type.Code})
	}
	value, authority := xds.PatientKey(e.PatientID)
	same := len(d.Patient.INS) == 0 && len(d.Patient.BadINS) == 0
	for _, ins := range d.Patient.INS {
		same = same || ins.Matricule.Reveal() == value && ins.OID == authority
	}
	if !same {
		c := Conflict{Field: "patientId", Metadata: e.PatientID}
		if ins := d.Patient.TheINS(); !ins.IsZero() {
			c.Document = ins.CX()
		}
		out = append(out, c)
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
