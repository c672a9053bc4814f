package fhirmap

func (i *importer) clinicalEntry(k docKind, section string, r *object) *element { return nil }
