package pdf

import "strconv"

// Item is one item of a list, with its own items below.
type Item struct {
	Runs  []Run
	Items []Item
}

// List writes one item a line, each with a dash.
func (d *Document) List(items ...string) {
	list := make([]Item, len(items))
	for i, s := range items {
		list[i].Runs = Plain(s)
	}
	d.Items(false, list)
}

// maxListDepth bounds lists in lists: deeper ones no longer indent.
const maxListDepth = 8

// Items writes a list, numbered or not.
func (d *Document) Items(ordered bool, items []Item) {
	d.list(d.section, ordered, items, 1)
	d.y -= 5
}

func (d *Document) list(parent *element, ordered bool, items []Item, depth int) {
	e := parent.add("L")
	e.attrs = "<</O/List/ListNumbering/None>>"
	if ordered {
		e.attrs = "<</O/List/ListNumbering/Decimal>>"
	}
	at := indent * float64(min(depth, maxListDepth))
	for i, it := range items {
		mark := "•"
		switch {
		case ordered:
			mark = strconv.Itoa(i+1) + "."
		case depth > 1:
			mark = "–"
		}
		li := e.add("LI")
		d.room(bodyLeading)
		label, body := li.add("Lbl"), li.add("LBody")
		d.put(d.draw(label), left+at-indent+3, d.y-bodyLeading, bodySize, d.letters(Plain(mark)))
		reach := max(0, measure(d.letters(Plain(mark)), bodySize)-indent+6)
		d.block(body, it.Runs, bodySize, bodyLeading, at+reach)
		d.y -= 1.5
		if len(it.Items) > 0 {
			d.list(body, ordered, it.Items, depth+1)
		}
	}
}

// Pair is a label and what it labels.
type Pair struct {
	Label string
	Runs  []Run
}

// Pairs writes facts in two columns: a small label, and below it what it labels.
func (d *Document) Pairs(pairs []Pair) {
	const size, leading, labelSize, labelLeading, space = 9.5, 12.5, 7.5, 10.0, 14.0
	d.room(labelLeading + leading)
	e := d.section.add("L")
	e.attrs = "<</O/List/ListNumbering/None>>"
	for i := 0; i < len(pairs); i += 2 {
		wide := (d.edge - left - space) / 2
		var lines [2][][]letter
		tall := 0
		row := pairs[i:min(i+2, len(pairs))]
		for j, p := range row {
			lines[j] = wrap(d.letters(p.Runs), size, wide)
			tall = max(tall, len(lines[j]))
		}
		h := labelLeading + float64(tall)*leading
		if h > d.top()-bottom { // a fact longer than a page is a paragraph
			for _, p := range row {
				d.Text(append([]Run{{p.Label + "\n", Faint}}, p.Runs...)...)
			}
			continue
		}
		d.room(h)
		start, under := d.y, d.y
		for j, p := range row {
			x := left + float64(j)*(wide+space)
			d.y = start
			li := e.add("LI")
			d.y -= labelLeading
			d.put(d.draw(li.add("Lbl")), x, d.y, labelSize, fit(d.letters([]Run{{oneLine(p.Label), Faint}}), labelSize, wide))
			body := li.add("LBody")
			for _, l := range lines[j] {
				d.y -= leading
				d.put(d.draw(body), x, d.y, size, l)
			}
			under = min(under, d.y)
		}
		d.y = under - 5
	}
}
