//go:build unix

package embedded

import (
	"os"
	"syscall"
)

// lockFile takes the exclusive lock of a data folder, which ends with the process.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
