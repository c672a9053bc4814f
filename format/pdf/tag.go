package pdf

import (
	"bytes"
	"fmt"
	"strings"
)

// element is one node of the structure: what a piece of a page is.
// spec: ISO 32000-1 14.7
type element struct {
	kind   string // P, H2, Table…
	alt    string
	attrs  string // attribute object, "" for none
	kids   []kid
	object int
}

// kid is an element, or a marked piece of a page.
type kid struct {
	element *element
	page    *page
	mark    int
}

type page struct {
	lying   bool // on its side
	content bytes.Buffer
	marks   []*element // by their number on the page
	object  int
}

func (e *element) add(kind string) *element {
	c := &element{kind: kind}
	e.kids = append(e.kids, kid{element: c})
	return c
}

// draw says that what follows belongs to an element; nil says that it is decoration.
func (d *Document) draw(e *element) *bytes.Buffer {
	b := &d.page.content
	if d.marked && d.open == e {
		return b
	}
	d.close()
	d.open, d.marked = e, true
	if e == nil {
		b.WriteString("/Artifact BMC\n")
		return b
	}
	n := len(d.page.marks)
	d.page.marks = append(d.page.marks, e)
	e.kids = append(e.kids, kid{page: d.page, mark: n})
	fmt.Fprintf(b, "/%s<</MCID %d>>BDC\n", e.kind, n)
	return b
}

// close ends the marked piece, if any.
func (d *Document) close() {
	if d.marked {
		d.page.content.WriteString("EMC\n")
	}
	d.open, d.marked = nil, false
}

// maxKids bounds the children of one element: an array of PDF/A has at most 8,191 members, so
// more are put in groups.
// spec: ISO 19005-1 6.1.12
const maxKids = 2000

func grouped(e *element) []kid {
	if len(e.kids) <= maxKids {
		return e.kids
	}
	kind := "NonStruct"
	switch e.kind {
	case "Table":
		kind = "TBody"
	case "Document":
		kind = "Div"
	}
	var out []kid
	for from := 0; from < len(e.kids); from += maxKids {
		out = append(out, kid{element: &element{kind: kind, kids: e.kids[from:min(from+maxKids, len(e.kids))]}})
	}
	return out
}

// structure writes the tree and the way back from pages to it, and gives the number of its root.
func (d *Document) structure(f *file) int {
	root := f.reserve()
	top := d.root.write(f, root)
	leaves := strings.Builder{}
	const leaf = 1000
	for from := 0; from < len(d.pages); from += leaf {
		to := min(from+leaf, len(d.pages))
		var nums strings.Builder
		for i := from; i < to; i++ {
			fmt.Fprintf(&nums, "%d[", i)
			for _, e := range d.pages[i].marks {
				fmt.Fprintf(&nums, "%d 0 R ", e.object)
			}
			nums.WriteString("]")
		}
		fmt.Fprintf(&leaves, "%d 0 R ", f.add("<</Limits[%d %d]/Nums[%s]>>", from, to-1, nums.String()))
	}
	parents := f.add("<</Kids[%s]>>", leaves.String())
	f.set(root, "<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>", top, parents, len(d.pages))
	return root
}

func (e *element) write(f *file, parent int) int {
	e.object = f.reserve()
	var on *page
	var k strings.Builder
	kids := grouped(e)
	for _, c := range kids {
		switch {
		case c.element != nil:
			fmt.Fprintf(&k, "%d 0 R ", c.element.write(f, e.object))
		case on == nil || on == c.page:
			on = c.page
			fmt.Fprintf(&k, "%d ", c.mark)
		default:
			fmt.Fprintf(&k, "<</Type/MCR/Pg %d 0 R/MCID %d>>", c.page.object, c.mark)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<</S/%s/P %d 0 R", e.kind, parent)
	if on != nil {
		fmt.Fprintf(&b, "/Pg %d 0 R", on.object)
	}
	if e.alt != "" {
		b.WriteString("/Alt" + textString(e.alt))
	}
	if e.attrs != "" {
		b.WriteString("/A" + e.attrs)
	}
	switch list := strings.TrimSpace(k.String()); {
	case list == "":
	case len(kids) == 1:
		b.WriteString("/K " + list)
	default:
		b.WriteString("/K[" + list + "]")
	}
	f.set(e.object, "%s>>", b.String())
	return e.object
}
