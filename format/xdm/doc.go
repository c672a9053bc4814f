// Package xdm reads and writes IHE XDM archives, the IHE_XDM.zip that carries documents by secure
// mail: INDEX.HTM, README.TXT and, for each submission set, METADATA.XML with its documents.
//
// Standard: IHE ITI TF-2 3.32 (Distribute Document Set on Media, ZIP over email), CI-SIS «Échange de
// documents de santé» 1.8, MSSanté client requirements ECO.2.1. Written strictly: one submission
// set, one patient, names of ISO 9660 level 1, size and SHA-1 of each document, the same bytes for
// the same package. Read leniently where real software errs (a folder missing or wrapped, lower
// case, backslashes, a wrong byte order mark) and never beyond its limits: nothing is taken from an
// archive that a bound, a path or a hash speaks against.
//
// A replacement carries the RPLC association and the extra metadata «action» C, a deletion an
// UpdateAvailabilityStatus to Deleted and «action» D, with the document concerned. The URN of that
// slot is not published where we could read it: any slot named «action», under any URN, is read.
//
// Missing: signature of the archive, DICOM file sets beside it, writing several sets. Whether a
// document says the same as its metadata is asked of xds/cdameta by whoever files it.
// Start with Read, FromCDA and Write.
package xdm

import (
	"github.com/socle-sante/socle/format/xds"
)

// Names of an archive, in upper case as ISO 9660 level 1 asks.
//
// spec: IHE-ITI TF-2 3.32.4.1.2.2
const (
	FileName  = "IHE_XDM.zip" // of the attachment
	indexName = "INDEX.HTM"
	readName  = "README.TXT"
	rootName  = "IHE_XDM"
	setName   = "SUBSET01"
	metaName  = "METADATA.XML"
)

// Default limits.
const (
	DefaultArchiveBytes  = 32 << 20  // of the zip: a mail holds 25 MB, encoded
	DefaultTotalBytes    = 100 << 20 // of all files together, in memory at once
	DefaultDocumentBytes = 20 << 20  // of one file: what the reading of a CDA takes
	DefaultMetadataBytes = 4 << 20   // of one METADATA.XML: a thousand entries
	DefaultEntries       = 1000      // files and folders; real archives hold fewer than 20
	DefaultNameBytes     = 240       // of one path, as most file systems bound it
	DefaultDepth         = 8         // folders above a file; the standard has 2
	DefaultRatio         = 250       // bytes out for a byte in; the official documents reach 20
)

// ratioFloor is the size below which the ratio is not looked at: a short file of blanks is no bomb.
const ratioFloor = 1 << 20

// Limits bounds what reading one archive may cost. A zero field means the default.
type Limits struct {
	ArchiveBytes, TotalBytes, DocumentBytes, MetadataBytes int64
	Entries, NameBytes, Depth, Ratio                       int
}

func (l Limits) filled() Limits {
	for _, f := range []struct {
		v *int64
		d int64
	}{{&l.ArchiveBytes, DefaultArchiveBytes}, {&l.TotalBytes, DefaultTotalBytes}, {&l.DocumentBytes, DefaultDocumentBytes}, {&l.MetadataBytes, DefaultMetadataBytes}} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}
	for _, f := range []struct {
		v *int
		d int
	}{{&l.Entries, DefaultEntries}, {&l.NameBytes, DefaultNameBytes}, {&l.Depth, DefaultDepth}, {&l.Ratio, DefaultRatio}} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}
	return l
}

// Archive is what was read.
type Archive struct {
	Sets   []Set
	Index  []byte // INDEX.HTM as found, never shown without cleaning; nil when absent
	Readme []byte // README.TXT; nil when absent
}

// Set is one SUBSETnn: a submission set and its documents.
type Set struct {
	Name       string // "SUBSET01"
	Submission *xds.Submission
	Documents  []Document // those of the entries in their order, then the files beside
	Kind       Kind
	Target     []string // uniqueId or entryUUID of what is replaced or deleted
}

// Document is one file of a set.
type Document struct {
	URI    string             // path from METADATA.XML, as found in the archive
	Entry  *xds.DocumentEntry // nil when the file is only beside: a style sheet
	Bytes  []byte
	SHA1   [20]byte
	SHA256 [32]byte
}

// Kind says what a set asks its reader to do.
type Kind int

// The kinds.
const (
	Deposit     Kind = 0 // new documents
	Replacement Kind = 1 // documents that take the place of others
	Deletion    Kind = 2 // documents to withdraw
)

// String is the word of the kind, for messages and logs.
func (k Kind) String() string {
	switch k {
	case Replacement:
		return "remplacement"
	case Deletion:
		return "suppression"
	}
	return "dépôt"
}

// The extra metadata that tells a deposit from the rest, with the values of HL7 v2 OBX-11.
//
// spec: CI-SIS transmission d'un document CDA-R2 en HL7v2, exemples
const (
	slotAction   = "urn:asip:ci-sis:2010:action"
	actionChange = "C"
	actionDelete = "D"
)
