package guichet

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins/lecture"
)

// TestFewPicturesAreReadAtOnce, and every one gives its place back.
func TestFewPicturesAreReadAtOnce(t *testing.T) {
	d := &Door{readings: make(chan struct{}, maxReadings)}
	read := func() error {
		return d.readLabel(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader("bonjour")), dmp.Caller{})
	}
	for range maxReadings + 1 {
		if err := read(); !errors.Is(err, lecture.ErrPicture) {
			t.Fatal(err)
		}
	}
	for range maxReadings {
		d.readings <- struct{}{}
	}
	if err := read(); !errors.Is(err, errReadings) {
		t.Errorf("one too many: %v", err)
	}
}
