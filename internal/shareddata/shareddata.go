// Package shareddata finds the folder of official examples that may stand beside the checkout.
//
// The project must build and pass without it: a test that wants real examples asks for them here
// and is skipped, loudly, when they are absent. Set SOCLE_SHARED to point elsewhere, and
// SOCLE_REQUIRE_SHARED=1 to make absence a failure.
package shareddata

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir gives the path of ../shared/data/<elem…> seen from the module root, or skips the test.
func Dir(t testing.TB, elem ...string) string {
	t.Helper()
	base := os.Getenv("SOCLE_SHARED")
	if base == "" {
		base = filepath.Join(Root(t), "..", "shared")
	}
	dir := filepath.Join(append([]string{base, "data"}, elem...)...)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("SOCLE_REQUIRE_SHARED") == "1" {
			t.Fatalf("official examples required but absent: data/%s", filepath.Join(elem...))
		}
		t.Skipf("official examples absent (data/%s): this check was left out", filepath.Join(elem...))
	}
	return dir
}

// Root gives the folder that holds go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("go.mod not found above the test")
		}
		dir = up
	}
}
