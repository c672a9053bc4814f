package web

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestPicturesAreBounded: beyond what memory is given to pictures, one is asked to wait.
func TestPicturesAreBounded(t *testing.T) {
	d := &Door{Now: time.Now}
	d.prepare()
	for range maxPictures {
		d.pictures <- struct{}{}
	}
	r := httptest.NewRequest("POST", readingPath, strings.NewReader("x"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	q := &request{d: d, w: httptest.NewRecorder(), r: r}
	if err := q.parsePicture(); !errors.Is(err, errReadings) || q.holding {
		t.Error(err)
	}
	<-d.pictures
	if err := q.parsePicture(); !errors.Is(err, errForm) || !q.holding {
		t.Error("what is no form:", err)
	}
	if r.URL.Path = "/identites"; isPicture(r) {
		t.Error("another page takes pictures")
	}
}
