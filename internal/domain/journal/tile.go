package journal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Tile names a piece of the public log.
//
// spec: C2SP tlog-tiles
type Tile struct {
	Level int // EntriesLevel for a bundle of entries
	N     int64
	Width int // 1 to 256
}

// EntriesLevel is the Level of a bundle of entries (the commitments themselves).
const EntriesLevel = -1

// maxTileLevel: 8 levels of 256 cover 2^64 leaves.
const maxTileLevel = 7

// ErrTilePath is a path that names no tile.
var ErrTilePath = errors.New("no such tile path")

// ParseTile reads the path of a tile: tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>], where N
// is written in groups of three digits, all but the last prefixed by x.
func ParseTile(path string) (Tile, error) {
	bad := fmt.Errorf("%w: %.80q", ErrTilePath, path)
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > 80 {
		return Tile{}, bad
	}
	level, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return Tile{}, bad
	}
	t := Tile{Level: EntriesLevel, Width: TileWidth}
	if level != "entries" {
		l, err := strconv.Atoi(level)
		if err != nil || l < 0 || l > maxTileLevel {
			return Tile{}, bad
		}
		t.Level = l
	}
	if number, width, partial := strings.Cut(rest, ".p/"); partial {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w >= TileWidth {
			return Tile{}, bad
		}
		rest, t.Width = number, w
	}
	groups := strings.Split(rest, "/")
	if len(groups) > 6 { // 10^18 tiles of 256
		return Tile{}, bad
	}
	for i, g := range groups {
		if i < len(groups)-1 {
			if g, ok = strings.CutPrefix(g, "x"); !ok {
				return Tile{}, bad
			}
		}
		if len(g) != 3 {
			return Tile{}, bad
		}
		n, err := strconv.ParseUint(g, 10, 16)
		if err != nil {
			return Tile{}, bad
		}
		t.N = t.N*1000 + int64(n)
	}
	if t.Path() != path { // one name for one tile: 0 to the left, +1, 007…
		return Tile{}, bad
	}
	return t, nil
}

// Path writes the path of a tile.
func (t Tile) Path() string {
	n := fmt.Sprintf("%03d", t.N%1000)
	for rest := t.N / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	level := "entries"
	if t.Level != EntriesLevel {
		level = strconv.Itoa(t.Level)
	}
	path := "tile/" + level + "/" + n
	if t.Width < TileWidth {
		path += ".p/" + strconv.Itoa(t.Width)
	}
	return path
}

// First is the first number a tile holds at its level.
func (t Tile) First() int64 { return t.N * TileWidth }

// Last is one past the last number a tile holds at its level.
func (t Tile) Last() int64 { return t.First() + int64(t.Width) }

// In reports whether a log of that size holds the whole tile.
func (t Tile) In(size int64) bool {
	if t.Level > 0 {
		size >>= TileHeight * t.Level
	}
	return t.Last() <= size
}

// AppendEntry appends one entry to a bundle: its length on two bytes, then the commitment.
func AppendEntry(b []byte, commitment [32]byte) []byte {
	b = append(b, 0, byte(len(commitment)))
	return append(b, commitment[:]...)
}
