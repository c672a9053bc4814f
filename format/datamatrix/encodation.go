package datamatrix

// Codewords that change the encodation.
const (
	latchC40   = 230
	unlatch    = 254
	upperShift = 235
)

// The cheapest way to write a prefix is kept for two encodations: ASCII, and C40 with no, one or
// two values waiting for their triplet.
const (
	ascii = iota
	c40
	c40one
	c40two
	states
)

// A step is how a state was reached.
type step struct {
	cost  int // in thirds of a codeword
	from  int // state before
	chars int // characters taken by this step, 0 for a latch
}

const unreachable = 1 << 30

// encodation writes a content in the fewest codewords that ASCII and C40 allow. open says that it
// ends in C40, its last codeword being only the return to ASCII.
// spec: ISO 16022 5.2
func encodation(content []byte) (words []byte, open bool) {
	best := make([][states]step, len(content)+1)
	for i := range best {
		for s := range states {
			best[i][s].cost = unreachable
		}
	}
	best[0][ascii] = step{from: -1}
	for i := range best {
		// Latches first: they take no character. C40 is left only between two triplets.
		relax(&best[i][c40], best[i][ascii].cost+3, ascii, 0)
		relax(&best[i][ascii], best[i][c40].cost+3, c40, 0)
		if i == len(content) {
			break
		}
		one := 3
		if content[i] > 127 {
			one = 6
		}
		relax(&best[i+1][ascii], best[i][ascii].cost+one, ascii, 1)
		if i+1 < len(content) && isDigit(content[i]) && isDigit(content[i+1]) {
			relax(&best[i+2][ascii], best[i][ascii].cost+3, ascii, 2)
		}
		n := len(c40Values(content[i]))
		if n == 0 {
			continue
		}
		for _, from := range []int{c40, c40one, c40two} {
			to := c40 + (from-c40+n)%3
			relax(&best[i+1][to], best[i][from].cost+2*n, from, 1)
		}
	}
	return write(content, best)
}

func relax(to *step, cost, from, chars int) {
	if cost < to.cost {
		*to = step{cost, from, chars}
	}
}

// write follows the cheapest steps back from the end, then writes them forward.
func write(content []byte, best [][states]step) (words []byte, open bool) {
	type move struct{ state, at, chars int }
	var path []move
	for i, s := len(content), ascii; best[i][s].from >= 0; {
		b := best[i][s]
		i -= b.chars
		path = append(path, move{s, i, b.chars})
		s = b.from
	}
	var triplet []int
	for k := len(path) - 1; k >= 0; k-- {
		m := path[k]
		text := content[m.at : m.at+m.chars]
		switch {
		case m.chars == 0 && m.state == c40:
			words = append(words, latchC40)
		case m.chars == 0:
			words = append(words, unlatch)
			open = k == 0
		case m.state != ascii:
			triplet = append(triplet, c40Values(text[0])...)
			for ; len(triplet) >= 3; triplet = triplet[3:] {
				v := 1600*triplet[0] + 40*triplet[1] + triplet[2] + 1
				words = append(words, byte(v>>8), byte(v))
			}
		case m.chars == 2:
			words = append(words, 130+10*(text[0]-'0')+text[1]-'0')
		case text[0] > 127:
			words = append(words, upperShift, text[0]-127)
		default:
			words = append(words, text[0]+1)
		}
	}
	return words, open
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// c40Values gives the C40 values of a character; none above 127, which ASCII writes.
// spec: ISO 16022 table 5
func c40Values(c byte) []int {
	switch {
	case c == ' ':
		return []int{3}
	case isDigit(c):
		return []int{int(c-'0') + 4}
	case c >= 'A' && c <= 'Z':
		return []int{int(c-'A') + 14}
	case c < ' ':
		return []int{0, int(c)}
	case c <= '/':
		return []int{1, int(c - '!')}
	case c <= '@':
		return []int{1, int(c-':') + 15}
	case c <= '_':
		return []int{1, int(c-'[') + 22}
	case c <= 127:
		return []int{2, int(c - '`')}
	}
	return nil
}
