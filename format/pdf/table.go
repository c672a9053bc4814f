package pdf

// Table writes a table: headers are repeated on each page, cells are wrapped. Columns are as
// wide as what they hold asks for. A row shorter than the headers is filled with empty cells.
func (d *Document) Table(headers []string, rows [][]string) {
	const size, leading, pad = 9.0, 11.5, 4.0
	widths := columns(headers, rows, size, pad, d.edge-left)
	d.y -= 2
	put := func(cells []string, f font) {
		lines := make([][]string, len(widths))
		tall := 1
		for i := range widths {
			if i < len(cells) {
				lines[i] = wrap(cells[i], f, size, widths[i]-2*pad)
			}
			tall = max(tall, len(lines[i]))
		}
		d.room(float64(tall)*leading + 5)
		x := left
		for i, w := range widths {
			for j, s := range lines[i] {
				d.text(x+pad, d.y-leading*float64(j+1), f, size, s)
			}
			x += w
		}
		d.y -= float64(tall)*leading + 4
		d.rule(d.y, 0.3)
	}
	d.room(4 * leading)
	put(headers, bold)
	for _, r := range rows {
		if d.y-leading-5 < bottom {
			d.newPage()
			widths = columns(headers, rows, size, pad, d.edge-left)
			put(headers, bold)
		}
		put(r, regular)
	}
	d.y -= 7
}

// columns shares the width of the line: what is narrow keeps its natural width, what is wide
// shares the rest in proportion.
func columns(headers []string, rows [][]string, size, pad, full float64) []float64 {
	natural := make([]float64, len(headers))
	for i, h := range headers {
		natural[i] = measure(encode(h), bold, size) + 2*pad
	}
	for _, r := range rows {
		for i, c := range r[:min(len(r), len(natural))] {
			natural[i] = max(natural[i], measure(encode(c), regular, size)+2*pad)
		}
	}
	total := 0.0
	for _, n := range natural {
		total += n
	}
	if total <= full {
		for i := range natural {
			natural[i] *= full / total
		}
		return natural
	}
	fair := full / float64(len(natural))
	narrow, wide := 0.0, 0.0
	for _, n := range natural {
		if n <= fair {
			narrow += n
		} else {
			wide += n
		}
	}
	for i, n := range natural {
		if n > fair {
			natural[i] = (full - narrow) * n / wide
		}
	}
	return natural
}
