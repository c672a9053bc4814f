package psc

import "github.com/socle-sante/socle/internal/domain/jeton"

// Failures allowed in one window before answers become 429. A secret has 256 bits: the bounds are
// there to stop noise and to be seen, and no failure of one address locks a client out elsewhere.
const (
	attemptWindow     = jeton.Window
	maxPairFailures   = 10   // one client from one address
	maxAddressFailure = 100  // one address, whatever it names
	maxClientFailures = 1000 // one client, from everywhere
	maxLoginAttempts  = 10   // sign-ins started for one professional
	maxVisits         = 3000 // authorization requests from one address
)
