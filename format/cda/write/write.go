// Package write makes CDA documents of the CI-SIS: the common header, unstructured reports (N1),
// the structured biology report (CR-BIO 2024.01), the vaccination history (VAC 2023.01) and the
// medical summary (VSM 1.4).
//
// Standard: CDA R2 with the order of its schema, CI-SIS «structuration minimale», CR-BIO 2024.01,
// VAC 2023.01, VSM 1.4 (2022.01). What is written passes format/cda/check without error and the
// official rules. Writing is deterministic: identifiers of entries derive from the document's id.
// Missing on purpose: other structured kinds (write them as N1), signature.
// Start with Report (N1), Biology, Vaccinations or Summary.
package write

import (
	"fmt"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// Header is what every document says before its body.
type Header struct {
	ID       cda.II // identity of this version; Root alone is best
	SetID    cda.II // identity of the line of versions; the ID when zero
	Version  int    // 1 when zero
	Replaces cda.II // the version this one replaces

	Type            string // code of JDV_J07: "11490-0"
	TypeDisplay     string // words of the type when the kind fixes them; the official display when empty
	Title           string // the official display of the type when empty
	Time            time.Time
	Confidentiality string // N, R or V; N when empty

	Patient    Patient
	Author     Professional
	AuthorTime time.Time // Time when zero
	Device     *Device   // an author that is a machine or a program, instead of Author
	Legal      *Professional
	Custodian  *Structure // the author's structure when nil

	Recipients     []Professional
	Validators     []Validator // authenticator
	Prescriber     *Professional
	PrescribedAt   time.Time
	Sampler        *Professional
	SampledAt      time.Time
	TreatingDoctor *Professional
	Orders         []Order

	Service   Service // main act
	Others    []cda.CD
	Encounter Encounter
}

// Patient is the person with the five strict traits.
type Patient struct {
	INS                           insid.INS
	Local                         cda.II // IPP under the OID of the establishment
	BirthName, FirstGiven, Givens string // Givens: the whole list; FirstGiven when empty
	UsedName, UsedGiven           string
	Sex                           string // F, M or UN
	Birth                         string // YYYYMMDD
	BirthCOG, BirthCity           string
	Addr                          Addr
	Phone, Mail                   string
	Deceased                      bool
}

// Professional is a person who acts.
type Professional struct {
	ID             string // PS_IdNat: "8" + RPPS
	Root           string // other root than that of PS_IdNat: a patient's INS, a local identifier
	Speciality     string // code of JDV_J01: "G15_10/SM26"
	Function       string // code of JDV_J47, for authors and participants
	Family, Given  string
	Prefix, Suffix string // M, MME; DR, PR…
	Phone, Mail    string
	Addr           Addr
	Structure      *Structure
}

// Device is a machine or a program that writes documents.
type Device struct {
	ID              cda.II
	Model, Software string
	Structure       *Structure
}

// Structure is an establishment, a laboratory, a practice.
type Structure struct {
	ID            string // Struct_IdNat: "1" + FINESS
	Name          string
	Phone         string
	Addr          Addr
	Practice      string // code of JDV_J04: AMBULATOIRE, ETABLISSEMENT…; AMBULATOIRE when empty
	Accreditation string // COFRAC: "8-1234"
}

// Addr is an address in France, in two parts.
type Addr struct{ Street, PostalCode, City, Country string }

func (a Addr) isZero() bool { return a == Addr{} }

// Validator is a biologist who validated results.
type Validator struct {
	Professional
	Time time.Time
}

// Order is a request this document answers.
type Order struct {
	ID        cda.II
	Accession cda.II
}

// Service is the main act.
type Service struct {
	ID         cda.II
	Code       cda.CD // with translations (modality, CCAM) for imaging
	Start, End time.Time
	Performer  *Professional // the author when nil
	Active     bool          // biology: the report is partial
}

// Encounter is where and when the care took place.
type Encounter struct {
	ID          cda.II
	Code        string // AMB, IMP, EMER…
	Start, End  time.Time
	Facility    string // code of JDV_J02: SA07, SA25…
	Place       string
	Addr        Addr
	Responsible *Professional
}

// File is a file to carry inside a document.
type File struct {
	MediaType string // application/pdf
	Data      []byte
}

// ErrIncomplete matches every refusal to write a document for want of an element.
var ErrIncomplete = &finding.Refusal{
	ID: "CDA-WRITE", Kind: finding.Invalid, Rule: "CI-SIS structuration minimale 1.2.250.1.213.1.1.1.1",
	Message: finding.T("Il manque un élément obligatoire pour écrire le document.", "A mandatory element is missing to write the document."),
	Fix:     finding.T("Renseigner l'élément nommé.", "Fill the element named."),
}

func need(ok bool, what string) error {
	if ok {
		return nil
	}
	return ErrIncomplete.At(what).Saying(finding.Tf("Il manque %s pour écrire le document.", "%s is missing to write the document.", what))
}

// first gives the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// stamp writes a time as CDA wants it, in French local time with its offset.
//
// spec: CI-SIS cda §1.1
func stamp(t time.Time) string { return t.In(cda.Paris()).Format("20060102150405-0700") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func itoa(n int) string { return fmt.Sprint(n) }
