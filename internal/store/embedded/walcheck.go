package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// SQLite recovers a WAL up to the first frame whose checksum fails, silently: right for the torn
// end a crash leaves, wrong for a damaged middle, which would take acknowledged commits with it.
// checkWAL tells the two apart. Checksums are chained, but each frame holds its own, so the frames
// after a damaged one can still be recognised. Only the last transaction of a WAL may not have
// been synced; damage before it is damage to something that was acknowledged.
//
// File format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log

const (
	walHeader      = 32
	walFrameHeader = 24
	walMagic       = 0x377f0682 // checksums in little endian; +1 in big endian
)

// errWAL is a WAL damaged before its end.
var errWAL = errors.New("the write-ahead log is damaged before its end: acknowledged commits would be lost")

// checkWAL reads a WAL file, which may be absent; damage comes with its offset.
func checkWAL(path string) (offset int64, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var head [walHeader]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return 0, nil // shorter than its header: nothing was ever committed in it
	}
	be := binary.BigEndian
	var order binary.ByteOrder = binary.LittleEndian
	if be.Uint32(head[:])&1 == 1 {
		order = be
	}
	page := int64(be.Uint32(head[8:]))
	if be.Uint32(head[:])&^1 != walMagic || page < 512 || page > 65536 {
		return 0, fmt.Errorf("%w: header", errWAL)
	}
	sum := walSum(order, [2]uint32{}, head[:24])
	if sum != [2]uint32{be.Uint32(head[24:]), be.Uint32(head[28:])} {
		return 0, fmt.Errorf("%w: header checksum", errWAL)
	}
	frame := make([]byte, walFrameHeader+page)
	damage := int64(-1) // where the chain broke
	closed := false     // the transaction it broke in has ended
	for at := int64(walHeader); ; at += int64(len(frame)) {
		if _, err := io.ReadFull(f, frame); err != nil {
			return 0, nil // the end, torn or not, and no acknowledged frame after the damage
		}
		stored := [2]uint32{be.Uint32(frame[16:]), be.Uint32(frame[20:])}
		sameRound := string(frame[8:16]) == string(head[16:24])
		chained := sameRound && walSum(order, walSum(order, sum, frame[:8]), frame[walFrameHeader:]) == stored
		switch {
		case chained && closed:
			return damage, fmt.Errorf("%w: frame at byte %d", errWAL, damage)
		case !sameRound && damage < 0:
			return 0, nil // what is left of an earlier round
		case !chained && damage < 0:
			damage = at
		}
		if damage >= 0 && be.Uint32(frame[4:]) != 0 {
			closed = true
		}
		sum = stored
	}
}

// walSum continues the checksum of SQLite over b, whose length is a multiple of 8.
func walSum(order binary.ByteOrder, s [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
	return s
}
