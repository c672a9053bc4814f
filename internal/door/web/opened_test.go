package web

import (
	"fmt"
	"testing"
	"time"
)

func TestOpenedDocumentsAreBounded(t *testing.T) {
	var v openedDocuments
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 10 {
		v.keep(&openedDocument{session: "a", uniqueID: fmt.Sprint(i), at: now, raw: make([]byte, 1000)})
	}
	if len(v.list) != maxOpened || v.get("a", "9", now) == nil || v.get("a", "5", now) != nil {
		t.Errorf("one session keeps %d", len(v.list))
	}
	if v.get("b", "9", now) != nil {
		t.Error("another session sees it")
	}
	if v.get("a", "9", now.Add(openedLife+1)) != nil {
		t.Error("it lives for ever")
	}
	for i := range 20 {
		v.keep(&openedDocument{session: fmt.Sprint("s", i), uniqueID: "x", at: now, raw: make([]byte, 4<<20)})
	}
	if v.size > maxOpenedBytes {
		t.Errorf("%d bytes kept", v.size)
	}
	v.keep(&openedDocument{session: "huge", uniqueID: "x", at: now, raw: make([]byte, 60<<20)})
	if len(v.list) != 1 || v.get("huge", "x", now) == nil {
		t.Error("what is being read stays, alone")
	}
	v.forget("huge")
	if len(v.list) != 0 || v.size != 0 {
		t.Errorf("after forgetting: %d, %d bytes", len(v.list), v.size)
	}
}
