package evenement

// What happens to identities.
const (
	IdentityChanged   Kind = "identity.changed"   // created or changed; Detail says what
	IdentityMerged    Kind = "identity.merged"    // Detail is the identity merged into Person
	IdentitySeparated Kind = "identity.separated" // Detail is the identity given back
)
