package controle

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Another method than POST is told so, beside a page that takes every address.
func TestOtherMethodsAreRefused(t *testing.T) {
	mux := http.NewServeMux()
	(&Door{}).Register(mux)
	mux.HandleFunc("GET /", http.NotFound)
	mux.HandleFunc("/", http.NotFound)
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, Path, nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
			t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}
