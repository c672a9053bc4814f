package pdf

// heights gives the height of each row of a part.
func (g *grid) heights(rows [][]*placed) []float64 {
	out := make([]float64, len(rows))
	if len(rows) == 0 {
		return out
	}
	base := rowOf(rows)
	for i, row := range rows {
		out[i] = g.leading + cellRoom
		for _, c := range row {
			if c.rows == 1 {
				out[i] = max(out[i], float64(len(c.lines))*g.leading+cellRoom)
			}
		}
	}
	for _, row := range rows {
		for _, c := range row {
			if c.rows == 1 {
				continue
			}
			last := min(c.row-base+c.rows, len(rows))
			if more := float64(len(c.lines))*g.leading + cellRoom - sum(out[c.row-base:last]); more > 0 {
				out[last-1] += more
			}
		}
	}
	return out
}

// rowOf is the number of the first row.
func rowOf(rows [][]*placed) int {
	for i, row := range rows {
		if len(row) > 0 {
			return row[0].row - i
		}
	}
	return 0
}

// maxHead is the tallest head that is repeated.
func (g *grid) maxHead() float64 { return (g.d.top() - bottom) / 3 }

func (g *grid) headHeight() float64 { return sum(g.heights(g.head)) }

// drawHead draws the head of the table, on every page; only the first one is tagged.
func (g *grid) drawHead() {
	d := g.d
	tall := g.headHeight()
	if len(g.head) == 0 {
		return
	}
	if tall > g.maxHead() {
		head := g.head
		g.head = nil // never again
		for from := 0; from < len(head); {
			to := linked(head, from)
			g.draw(head[from:to])
			from = to
		}
		return
	}
	write(d.draw(nil), "0.93 0.95 0.97 rg %s %s %s %s re f 0 g\n", number(left), number(d.y-tall), number(d.edge-left), number(tall))
	g.drawRows(g.head, g.heights(g.head))
	for _, row := range g.head {
		for _, c := range row {
			c.element = nil // drawn again, it is decoration
		}
	}
}

// draw draws rows that hold together: on this page, else on the next, else over several.
func (g *grid) draw(rows [][]*placed) {
	d := g.d
	heights := g.heights(rows)
	tall := sum(heights)
	switch {
	case d.y-tall >= bottom:
		g.drawRows(rows, heights)
	case tall <= d.top()-bottom-g.repeated():
		g.nextPage()
		g.drawRows(rows, heights)
	default:
		for _, row := range rows {
			g.slice(row)
		}
	}
}

// repeated is the height of what a new page begins by.
func (g *grid) repeated() float64 {
	if tall := g.headHeight(); tall <= g.maxHead() {
		return tall
	}
	return 0
}

func (g *grid) nextPage() {
	d := g.d
	if d.y >= d.top() {
		return
	}
	was := d.edge
	d.lying = g.lying
	d.newPage()
	d.lying = false
	if was != d.edge { // the symbol stays behind; the table keeps its width
		d.edge = was
	}
	if g.headHeight() <= g.maxHead() {
		g.drawHead()
	}
}

func (g *grid) drawRows(rows [][]*placed, heights []float64) {
	d := g.d
	b := d.draw(nil)
	b.WriteString("0.72 G\n")
	base := rowOf(rows)
	for i, row := range rows {
		above := sum(heights[:i])
		for _, c := range row {
			last := min(c.row-base+c.rows, len(heights))
			stroke(b, g.starts[c.col], d.y-above-sum(heights[i:last]), g.starts[c.col+c.cols], 0.4)
		}
	}
	b.WriteString("0 G\n")
	for i, row := range rows {
		y := d.y - sum(heights[:i]) - 1.5
		for _, c := range row {
			g.lines(c, c.lines, y)
		}
	}
	d.y -= sum(heights)
}

func (g *grid) lines(c *placed, lines [][]letter, y float64) {
	for _, l := range lines {
		y -= g.leading
		if len(l) > 0 {
			g.d.put(g.d.draw(c.element), g.starts[c.col]+g.pad, y, g.size, l)
		}
	}
}

// slice draws a row that is taller than a page, piece by piece.
func (g *grid) slice(row []*placed) {
	d := g.d
	rest := 1
	for _, c := range row {
		rest = max(rest, len(c.lines))
	}
	for from := 0; from < rest; {
		n := int((d.y - bottom - cellRoom) / g.leading)
		if n < min(3, rest-from) {
			if d.y >= d.top()-g.repeated()-1 {
				n = 1 // a page that is all head: go on anyhow
			} else {
				g.nextPage()
				continue
			}
		}
		to := min(from+n, rest)
		for _, c := range row {
			if from < len(c.lines) {
				g.lines(c, c.lines[from:min(to, len(c.lines))], d.y-1.5)
			}
		}
		d.y -= float64(to-from)*g.leading + cellRoom
		from = to
	}
	b := d.draw(nil)
	b.WriteString("0.72 G\n")
	stroke(b, left, d.y, d.edge, 0.4)
	b.WriteString("0 G\n")
}
