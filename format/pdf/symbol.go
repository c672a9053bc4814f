package pdf

import "math"

// quiet is the light border kept around a symbol, in modules, and gap the distance to the text.
const (
	quiet = 2
	gap   = 8.0
)

// dot is one of 150 dots an inch: symbols stand on that grid, so that coarse scans read them.
const dot = 72.0 / 150

// Symbol draws a square symbol, such as a Data Matrix, at the right of the page from here on: n
// modules by n, of a side in points; dark tells the module of column x and row y, from the top left.
// What is written next stands beside it, until Clear or the next page. alt is what it says to people
// who do not see it.
// spec: ISO 32000-1 14.9.3
func (d *Document) Symbol(n int, side float64, dark func(x, y int) bool, alt string) {
	whole := float64(n+2*quiet) * side
	d.room(whole)
	right := d.page.right()
	x0, y0 := right-whole+quiet*side, d.y-quiet*side
	x0, y0 = math.Floor(x0/dot)*dot, d.top()+above-math.Ceil((d.top()+above-y0)/dot)*dot
	e := d.section.add("Figure")
	e.alt, e.attrs = alt, layout(right-whole, d.y-whole, right, d.y)
	b := d.draw(e)
	b.WriteString("q 0 g\n")
	for y := range n {
		for x := 0; x < n; x++ {
			run := 0
			for x+run < n && dark(x+run, y) {
				run++
			}
			if run > 0 {
				write(b, "%s %s %s %s re\n", number(x0+float64(x)*side), number(y0-float64(y+1)*side), number(float64(run)*side), number(side))
				x += run
			}
		}
	}
	b.WriteString("f Q\n") // one path: no hair line between rows
	d.edge, d.beside = right-whole-gap, d.y-whole
}

// Clear goes below the symbol of this page; lines have their full width again.
func (d *Document) Clear() {
	if d.beside > 0 {
		d.y = min(d.y, d.beside)
	}
	d.edge, d.beside = d.page.right(), 0
}
