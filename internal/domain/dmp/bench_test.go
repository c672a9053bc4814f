package dmp_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/ebxml"
)

// BenchmarkFindDocuments answers FindDocuments for a person with 300 documents, ebXML included.
func BenchmarkFindDocuments(b *testing.B) {
	w := newWorld(b)
	for i := range 300 {
		w.mustDeposit(w.alice, fmt.Sprint("Lettre ", i), nil)
	}
	cx := w.alice.INS.CX()
	b.ReportAllocs()
	for b.Loop() {
		a, err := w.d.Query(context.Background(), w.gp, &xds.Query{ID: xds.FindDocuments, ReturnLeaf: true, Slots: []xds.Slot{
			{Name: "$XDSDocumentEntryPatientId", Values: []string{cx}}, {Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved)}}}})
		if err != nil || len(a.Entries) != 300 {
			b.Fatal(err, len(a.Entries))
		}
		out := ebxml.AppendQueryResponse(nil, ebxml.StatusSuccess, nil, ebxml.Objects{Entries: a.Entries}, 0, len(a.Entries))
		b.SetBytes(int64(len(out)))
	}
}
