package pdf

import "fmt"

// bookmark leads to a heading.
type bookmark struct {
	level int
	title string
	page  *page
	y     float64
	kids  []*bookmark
}

// bookmarks writes the tree of headings and gives its root, 0 for none.
// spec: ISO 32000-1 12.3.3
func (d *Document) bookmarks(f *file) int {
	if len(d.outline) == 0 {
		return 0
	}
	root := &bookmark{}
	path := []*bookmark{root}
	for i := range d.outline {
		b := d.outline[i]
		b.kids = nil
		level := min(b.level, len(path))
		path = path[:level]
		path[level-1].kids = append(path[level-1].kids, &b)
		path = append(path, &b)
	}
	n := f.reserve()
	first, last, _ := root.write(f, n)
	f.set(n, "<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>", first, last, len(root.kids))
	return n
}

// write writes what is below a bookmark; deeper levels are folded.
func (b *bookmark) write(f *file, parent int) (first, last, below int) {
	numbers := make([]int, len(b.kids))
	for i := range b.kids {
		numbers[i] = f.reserve()
	}
	for i, k := range b.kids {
		s := fmt.Sprintf("<</Title%s/Parent %d 0 R/Dest[%d 0 R/XYZ %s %s null]", textString(k.title), parent, k.page.object, number(left-10), number(k.y+4))
		if i > 0 {
			s += fmt.Sprintf("/Prev %d 0 R", numbers[i-1])
		}
		if i+1 < len(numbers) {
			s += fmt.Sprintf("/Next %d 0 R", numbers[i+1])
		}
		if len(k.kids) > 0 {
			first, last, n := k.write(f, numbers[i])
			s += fmt.Sprintf("/First %d 0 R/Last %d 0 R/Count %d", first, last, -n)
		}
		f.set(numbers[i], "%s>>", s)
	}
	return numbers[0], numbers[len(numbers)-1], len(numbers)
}
