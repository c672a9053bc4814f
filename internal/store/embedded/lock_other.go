//go:build !unix

package embedded

import "os"

// lockFile does nothing where flock does not exist: SQLite still refuses a second writer.
func lockFile(*os.File) error { return nil }
