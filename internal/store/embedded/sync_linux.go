package embedded

import (
	"os"
	"syscall"
)

// datasync makes the bytes of a file durable, its size included, without its other metadata.
func datasync(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err != syscall.EINTR {
			return err
		}
	}
}
