package embedded

import "github.com/socle-sante/socle/format/xds"

// xdsVersion is the first byte of the binary form of each object of the registry.
const xdsVersion = 1

func (e *encoder) code(c xds.Code) { e.str(c.Code); e.str(c.System); e.str(c.Display) }

func (d *decoder) code() xds.Code {
	return xds.Code{Code: d.str(), System: d.str(), Display: d.str()}
}

func (e *encoder) codes(list []xds.Code) {
	e.uint(uint64(len(list)))
	for _, c := range list {
		e.code(c)
	}
}

func (d *decoder) codes() []xds.Code {
	n := d.count(3)
	if n == 0 {
		return nil
	}
	list := make([]xds.Code, n)
	for i := range list {
		list[i] = d.code()
	}
	return list
}

func (e *encoder) authors(list []xds.Author) {
	e.uint(uint64(len(list)))
	for _, a := range list {
		e.str(a.Person)
		e.strs(a.Institutions)
		e.strs(a.Roles)
		e.strs(a.Specialties)
		e.strs(a.Telecoms)
	}
}

func (d *decoder) authors() []xds.Author {
	n := d.count(5)
	if n == 0 {
		return nil
	}
	list := make([]xds.Author, n)
	for i := range list {
		list[i] = xds.Author{Person: d.str(), Institutions: d.strs(), Roles: d.strs(), Specialties: d.strs(), Telecoms: d.strs()}
	}
	return list
}

func (e *encoder) slots(list []xds.Slot) {
	e.uint(uint64(len(list)))
	for _, s := range list {
		e.str(s.Name)
		e.strs(s.Values)
	}
}

func (d *decoder) slots() []xds.Slot {
	n := d.count(2)
	if n == 0 {
		return nil
	}
	list := make([]xds.Slot, n)
	for i := range list {
		list[i] = xds.Slot{Name: d.str(), Values: d.strs()}
	}
	return list
}

func encodeEntry(x *xds.DocumentEntry) []byte {
	e := encoder{b: make([]byte, 0, 1024)}
	e.kind(xdsVersion)
	e.str(x.EntryUUID)
	e.str(x.LogicalID)
	e.int(int64(x.Version))
	e.str(string(x.Status))
	e.str(x.UniqueID)
	e.str(x.RepositoryID)
	e.str(x.Home)
	e.str(x.PatientID)
	e.str(x.SourcePatientID)
	e.strs(x.SourcePatientInfo)
	e.str(x.Title)
	e.str(x.Comments)
	e.str(x.Language)
	e.str(x.MimeType)
	e.str(x.URI)
	e.str(x.Hash)
	e.int(x.Size)
	e.str(x.CreationTime)
	e.str(x.ServiceStart)
	e.str(x.ServiceStop)
	e.code(x.Class)
	e.code(x.Type)
	e.code(x.Format)
	e.code(x.Facility)
	e.code(x.Practice)
	e.codes(x.Confidentiality)
	e.codes(x.Events)
	e.authors(x.Authors)
	e.str(x.LegalAuth)
	e.strs(x.ReferenceIDs)
	e.slots(x.Extra)
	return e.b
}

func decodeEntry(b []byte) (*xds.DocumentEntry, error) {
	d := newDecoder(b, xdsVersion)
	x := &xds.DocumentEntry{
		EntryUUID: d.str(), LogicalID: d.str(), Version: int(d.int()), Status: xds.Status(d.str()),
		UniqueID: d.str(), RepositoryID: d.str(), Home: d.str(),
		PatientID: d.str(), SourcePatientID: d.str(), SourcePatientInfo: d.strs(),
		Title: d.str(), Comments: d.str(), Language: d.str(), MimeType: d.str(), URI: d.str(),
		Hash: d.str(), Size: d.int(), CreationTime: d.str(), ServiceStart: d.str(), ServiceStop: d.str(),
		Class: d.code(), Type: d.code(), Format: d.code(), Facility: d.code(), Practice: d.code(),
		Confidentiality: d.codes(), Events: d.codes(), Authors: d.authors(),
		LegalAuth: d.str(), ReferenceIDs: d.strs(), Extra: d.slots(),
	}
	if err := d.done(); err != nil {
		return nil, err
	}
	return x, nil
}

func encodeSet(x *xds.SubmissionSet) []byte {
	e := encoder{b: make([]byte, 0, 512)}
	e.kind(xdsVersion)
	e.str(x.EntryUUID)
	e.str(x.UniqueID)
	e.str(x.SourceID)
	e.str(x.PatientID)
	e.str(string(x.Status))
	e.str(x.Title)
	e.str(x.Comments)
	e.str(x.SubmissionTime)
	e.code(x.ContentType)
	e.authors(x.Authors)
	e.strs(x.Recipients)
	e.str(x.Home)
	e.slots(x.Extra)
	return e.b
}

func decodeSet(b []byte) (*xds.SubmissionSet, error) {
	d := newDecoder(b, xdsVersion)
	x := &xds.SubmissionSet{
		EntryUUID: d.str(), UniqueID: d.str(), SourceID: d.str(), PatientID: d.str(), Status: xds.Status(d.str()),
		Title: d.str(), Comments: d.str(), SubmissionTime: d.str(), ContentType: d.code(),
		Authors: d.authors(), Recipients: d.strs(), Home: d.str(), Extra: d.slots(),
	}
	if err := d.done(); err != nil {
		return nil, err
	}
	return x, nil
}

func encodeAssociation(x *xds.Association) []byte {
	e := encoder{b: make([]byte, 0, 128)}
	e.kind(xdsVersion)
	e.str(x.EntryUUID)
	e.str(string(x.Type))
	e.str(x.Source)
	e.str(x.Target)
	e.str(string(x.Status))
	e.str(x.SetStatus)
	e.str(x.PreviousVersion)
	e.str(string(x.OriginalStatus))
	e.str(string(x.NewStatus))
	e.str(x.Propagation)
	e.str(x.Home)
	e.slots(x.Extra)
	return e.b
}

func decodeAssociation(b []byte) (*xds.Association, error) {
	d := newDecoder(b, xdsVersion)
	x := &xds.Association{
		EntryUUID: d.str(), Type: xds.AssociationType(d.str()), Source: d.str(), Target: d.str(),
		Status: xds.Status(d.str()), SetStatus: d.str(), PreviousVersion: d.str(),
		OriginalStatus: xds.Status(d.str()), NewStatus: xds.Status(d.str()),
		Propagation: d.str(), Home: d.str(), Extra: d.slots(),
	}
	if err := d.done(); err != nil {
		return nil, err
	}
	return x, nil
}
