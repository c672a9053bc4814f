package datamatrix

// grid is the mapping matrix: the data regions put together, without finders.
type grid struct {
	n    int
	bits []int8 // −1 until set
}

func (g *grid) at(row, col int) bool { return g.bits[row*g.n+col] == 1 }

// place lays the codewords along diagonals, eight modules each.
// spec: ISO 16022 annex F
func place(n int, words []byte) *grid {
	g := &grid{n: n, bits: make([]int8, n*n)}
	for i := range g.bits {
		g.bits[i] = -1
	}
	pos, row, col := 0, 4, 0
	next := func(shape func(w byte)) {
		var w byte
		if pos < len(words) {
			w = words[pos]
		}
		shape(w)
		pos++
	}
	for row < n || col < n {
		if row == n && col == 0 {
			next(g.corner([8][2]int{{n - 1, 0}, {n - 1, 1}, {n - 1, 2}, {0, n - 2}, {0, n - 1}, {1, n - 1}, {2, n - 1}, {3, n - 1}}))
		}
		if row == n-2 && col == 0 && n%4 != 0 {
			next(g.corner([8][2]int{{n - 3, 0}, {n - 2, 0}, {n - 1, 0}, {0, n - 4}, {0, n - 3}, {0, n - 2}, {0, n - 1}, {1, n - 1}}))
		}
		if row == n-2 && col == 0 && n%8 == 4 {
			next(g.corner([8][2]int{{n - 3, 0}, {n - 2, 0}, {n - 1, 0}, {0, n - 2}, {0, n - 1}, {1, n - 1}, {2, n - 1}, {3, n - 1}}))
		}
		if row == n+4 && col == 2 && n%8 == 0 {
			next(g.corner([8][2]int{{n - 1, 0}, {n - 1, n - 1}, {0, n - 3}, {0, n - 2}, {0, n - 1}, {1, n - 3}, {1, n - 2}, {1, n - 1}}))
		}
		for { // up and right
			if row < n && col >= 0 && g.free(row, col) {
				next(g.utah(row, col))
			}
			row, col = row-2, col+2
			if row < 0 || col >= n {
				break
			}
		}
		row, col = row+1, col+3
		for { // down and left
			if row >= 0 && col < n && g.free(row, col) {
				next(g.utah(row, col))
			}
			row, col = row+2, col-2
			if row >= n || col < 0 {
				break
			}
		}
		row, col = row+3, col+1
	}
	if g.bits[n*n-1] < 0 { // a corner that no codeword reaches
		g.bits[n*n-1], g.bits[n*n-n-2] = 1, 1
	}
	return g
}

func (g *grid) free(row, col int) bool { return g.bits[row*g.n+col] < 0 }

// module sets one bit of a codeword, the first being the highest; places beyond an edge come back
// on the other side.
func (g *grid) module(row, col int, w byte, bit int) {
	n := g.n
	if row < 0 {
		row += n
		col += 4 - (n+4)%8
	}
	if col < 0 {
		col += n
		row += 4 - (n+4)%8
	}
	g.bits[row*n+col] = int8(w >> (7 - bit) & 1)
}

// utah is the usual shape of a codeword, its last module at row, col.
func (g *grid) utah(row, col int) func(byte) {
	return func(w byte) {
		for bit, d := range [8][2]int{{-2, -2}, {-2, -1}, {-1, -2}, {-1, -1}, {-1, 0}, {0, -2}, {0, -1}, {0, 0}} {
			g.module(row+d[0], col+d[1], w, bit)
		}
	}
}

func (g *grid) corner(at [8][2]int) func(byte) {
	return func(w byte) {
		for bit, p := range at {
			g.module(p[0], p[1], w, bit)
		}
	}
}
