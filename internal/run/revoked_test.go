package run

import (
	"math/big"
	"os"
	"testing"
	"time"
)

// TestARevocationCutShortSwallowsNoOther: a crash in the middle of a line costs that line, which was
// never answered, and neither the ones after it nor the next start.
func TestARevocationCutShortSwallowsNoOther(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, torn := range []string{``, `{`, `{"serial":"ff`, `{"serial":"ff","at":"2026-11-21T09:00:00Z","reason":1`, "\n\n"} {
		p := &pki{dir: t.TempDir()}
		if err := p.revoke(big.NewInt(1), now, 1); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(p.revokedPath(), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.WriteString(torn)
		_ = f.Close()
		if err := p.revoke(big.NewInt(2), now, 1); err != nil {
			t.Fatal(err)
		}
		again := &pki{dir: p.dir}
		if err := again.readRevoked(); err != nil {
			t.Errorf("after %q: %v", torn, err)
		}
		for _, n := range []int64{1, 2} {
			if !again.revoked.Revoked(big.NewInt(n)) {
				t.Errorf("after %q, %d is not revoked", torn, n)
			}
		}
	}
	// What is whole and no revocation is said, and the others count all the same.
	p := &pki{dir: t.TempDir()}
	if err := os.WriteFile(p.revokedPath(), []byte("{\"serial\":\"zz\"}\n{\"serial\":\"2\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.readRevoked(); err == nil || !p.revoked.Revoked(big.NewInt(2)) {
		t.Errorf("%v", err)
	}
}
