package pdf

// Table writes a table: headers are repeated on each page, cells are wrapped. Columns are as
// wide as what they hold asks for. A row shorter than the headers is filled with empty cells.
func (d *Document) Table(headers []string, rows [][]string) {
	g := Grid{Head: [][]Cell{nil}}
	for _, h := range headers {
		g.Head[0] = append(g.Head[0], Cell{Runs: Plain(h), Head: true})
	}
	for _, r := range rows {
		cells := make([]Cell, len(headers))
		for i, s := range r[:min(len(r), len(cells))] {
			cells[i].Runs = Plain(s)
		}
		g.Body = append(g.Body, cells)
	}
	d.Grid(g)
}

// Grid is a table whose cells may span columns and rows.
type Grid struct {
	Caption string
	Head    [][]Cell // repeated on each page
	Body    [][]Cell
}

// Cell is one cell. Spans of 0 are 1.
type Cell struct {
	Runs    []Run
	Head    bool // names its row or column
	ColSpan int
	RowSpan int
}

// maxColumns is what a page can hold; a wider table is written row after row as text.
const maxColumns = 24

// cellRoom is what a row has above and below its lines, in points.
const cellRoom = 5.0

// placed is a cell at its place.
type placed struct {
	Cell
	row, col   int
	rows, cols int
	text       []letter
	lines      [][]letter
	element    *element
}

// grid is a table being drawn.
type grid struct {
	d             *Document
	size, leading float64
	pad           float64 // left and right of cells
	lying         bool    // on pages on their side
	widths        []float64
	starts        []float64 // of columns, and the end
	head          [][]*placed
	element       *element
}

// Grid writes a table.
func (d *Document) Grid(t Grid) {
	head, n := d.place(t.Head, 0)
	body, n := d.place(t.Body, n)
	if n == 0 {
		return
	}
	t.Caption = oneLine(t.Caption)
	if n > maxColumns {
		d.rowsAsText(t)
		return
	}
	g := &grid{d: d, head: head, element: d.section.add("Table")}
	all := append(append([][]*placed(nil), head...), body...)
	g.turn(all, n)
	if t.Caption != "" {
		d.lying = g.lying
		d.block(g.element.add("Caption"), []Run{{t.Caption, Bold}}, bodySize, bodyLeading, 0)
		d.y -= 2
		d.lying = false
	}
	g.tag(head, t.Head, true)
	g.tag(body, t.Body, false)
	d.y -= 2
	// The head never stands alone at the foot of a page.
	first := 0.0
	if len(body) > 0 {
		first = min(sum(g.heights(body[:linked(body, 0)])), (d.top()-bottom)/2)
	}
	d.lying = g.lying
	d.room(min(g.headHeight()+first, d.top()-bottom))
	d.lying = false
	g.drawHead()
	for from := 0; from < len(body); {
		to := linked(body, from)
		g.draw(body[from:to])
		from = to
	}
	d.y -= 8
	d.raise = d.page.lying
}

// turn chooses the size of letters, and pages on their side when words would be cut otherwise. A
// second such table stays on the page of the first.
func (g *grid) turn(rows [][]*placed, n int) {
	d := g.d
	wide := d.edge
	if d.raise {
		d.edge = (&page{}).right()
	}
	fits := g.choose(rows, n)
	d.edge = wide
	if fits {
		d.room(60)
	} else {
		if !d.raise {
			d.lie()
		}
		d.raise, g.lying, d.lying = false, true, true
		d.room(60)
		d.lying = false
	}
	if wide != d.edge || g.lying {
		g.choose(rows, n)
	}
}

// choose takes the largest letters that cut no word, and tells whether there are such.
func (g *grid) choose(rows [][]*placed, n int) bool {
	for _, size := range []float64{8.8, 8, 7.2, 6.4} {
		g.size, g.leading, g.pad = size, size*1.3, 4-(8.8-size)*0.9
		if g.measure(rows, n) {
			return true
		}
	}
	return false
}

// place gives each cell its column, as HTML does, and the number of columns of the whole.
func (d *Document) place(rows [][]Cell, n int) ([][]*placed, int) {
	out := make([][]*placed, len(rows))
	taken := map[[2]int]bool{}
	for r, cells := range rows {
		col := 0
		for _, c := range cells {
			for taken[[2]int{r, col}] {
				col++
			}
			if col > maxColumns {
				break // the whole will be written as text
			}
			p := &placed{Cell: c, row: r, col: col, rows: max(1, min(c.RowSpan, len(rows)-r)), cols: max(1, min(c.ColSpan, maxColumns+1-col))}
			for i := range p.rows {
				for j := range p.cols {
					if p.rows > 1 {
						taken[[2]int{r + i, col + j}] = true
					}
				}
			}
			runs := c.Runs
			if c.Head {
				runs = append([]Run(nil), runs...)
				for i := range runs {
					runs[i].Style |= Bold
				}
			}
			p.text = d.letters(runs)
			out[r] = append(out[r], p)
			col += p.cols
			n = max(n, col)
		}
	}
	return out, n
}

// tag gives each cell its element, in the order they are read.
func (g *grid) tag(rows [][]*placed, cells [][]Cell, head bool) {
	for r, row := range rows {
		if len(cells[r]) == 0 {
			continue
		}
		tr := g.element.add("TR")
		for _, c := range row {
			kind, attrs := "TD", ""
			switch {
			case head && c.Head:
				kind, attrs = "TH", "/Scope/Column"
			case c.Head:
				kind, attrs = "TH", "/Scope/Row"
			}
			if c.cols > 1 {
				attrs += "/ColSpan " + number(float64(c.cols))
			}
			if c.rows > 1 {
				attrs += "/RowSpan " + number(float64(c.rows))
			}
			c.element = tr.add(kind)
			if attrs != "" {
				c.element.attrs = "<</O/Table" + attrs + ">>"
			}
		}
	}
}

// measure shares the width of the page: a column has its longest word at least, and of what
// remains a share in proportion to what it would like. fits tells that no word is cut.
func (g *grid) measure(rows [][]*placed, n int) (fits bool) {
	full := g.d.edge - left
	least, natural := make([]float64, n), make([]float64, n)
	for i := range least {
		least[i], natural[i] = 2*g.pad+6, 2*g.pad+6
	}
	for pass := range 2 { // cells of several columns ask after the others
		for _, row := range rows {
			for _, c := range row {
				if (c.cols > 1) != (pass == 1) {
					continue
				}
				word, line := longest(c.text, g.size)
				g.ask(least[c.col:c.col+c.cols], min(word, full/3)+2*g.pad)
				g.ask(natural[c.col:c.col+c.cols], line+2*g.pad)
			}
		}
	}
	need, want := sum(least), sum(natural)
	g.widths = make([]float64, n)
	for i := range g.widths {
		switch {
		case need >= full:
			g.widths[i] = least[i] * full / need
		case want <= full:
			g.widths[i] = natural[i] * full / want
		default:
			g.widths[i] = least[i] + (full-need)*(natural[i]-least[i])/(want-need)
		}
	}
	g.starts = []float64{left}
	for i, w := range g.widths {
		g.starts = append(g.starts, g.starts[i]+w)
	}
	for _, row := range rows {
		for _, c := range row {
			c.lines = wrap(c.text, g.size, max(1, sum(g.widths[c.col:c.col+c.cols])-2*g.pad))
		}
	}
	return need <= full
}

func (g *grid) ask(columns []float64, want float64) {
	if more := want - sum(columns); more > 0 {
		for i := range columns {
			columns[i] += more / float64(len(columns))
		}
	}
}

func sum(list []float64) float64 {
	n := 0.0
	for _, v := range list {
		n += v
	}
	return n
}

// longest gives the widths of the longest word and of the longest line.
func longest(text []letter, size float64) (word, line float64) {
	w, l := 0.0, 0.0
	for _, c := range text {
		switch c.c {
		case '\n':
			w, l = 0, 0
			continue
		case ' ':
			w = 0
			l += c.wide
			continue
		}
		w += c.wide
		l += c.wide
		word, line = max(word, w), max(line, l)
	}
	return word*size/1000 + 0.01, line*size/1000 + 0.01
}

// linked gives the end of the rows that hold together by cells of several rows.
func linked(rows [][]*placed, from int) int {
	to := from + 1
	for r := from; r < to; r++ {
		for _, c := range rows[r] {
			to = min(len(rows), max(to, r+c.rows))
		}
	}
	return to
}

func (d *Document) rowsAsText(t Grid) {
	if t.Caption != "" {
		d.Strong(t.Caption)
	}
	for _, rows := range [][][]Cell{t.Head, t.Body} {
		for _, r := range rows {
			var runs []Run
			for i, c := range r {
				if i > 0 {
					runs = append(runs, Run{Text: " | ", Style: Faint})
				}
				runs = append(runs, c.Runs...)
			}
			d.Text(runs...)
		}
	}
}
