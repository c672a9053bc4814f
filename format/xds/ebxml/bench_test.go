package ebxml

import (
	"fmt"
	"testing"
)

// BenchmarkAppendQueryResponse writes the answer of FindDocuments for 300 documents.
func BenchmarkAppendQueryResponse(b *testing.B) {
	var o Objects
	for i := range 300 {
		e := full().Entries[0]
		e.EntryUUID = fmt.Sprint("urn:uuid:", i)
		o.Entries = append(o.Entries, &e)
	}
	buf := AppendQueryResponse(nil, StatusSuccess, nil, o, 0, 300)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendQueryResponse(buf[:0], StatusSuccess, nil, o, 0, 300)
	}
}
