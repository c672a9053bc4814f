package psc

import (
	"io"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/jeton"
)

// OpenKeys reads the signing keys of a provider, or makes them: RS256, as Pro Santé Connect signs.
func OpenKeys(store jeton.KeyStore, random io.Reader, now time.Time) (*jeton.Keys, error) {
	return jeton.OpenKeys(store, oidc.RS256, random, now)
}
