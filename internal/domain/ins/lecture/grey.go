package lecture

import (
	"image"
	"math"
	"sort"

	"github.com/makiuchi-d/gozxing"
)

// grey is a picture without colours.
type grey struct {
	w, h int
	pix  []byte
}

// source shows the picture to the decoder.
func (g *grey) source() gozxing.LuminanceSource {
	return gozxing.NewLuminanceSourceFromImage(&image.Gray{Pix: g.pix, Stride: g.w, Rect: image.Rect(0, 0, g.w, g.h)})
}

// greyOf takes the colours off; what is transparent is white, as on the page it comes from.
func greyOf(img image.Image) *grey {
	r := img.Bounds()
	g := &grey{w: r.Dx(), h: r.Dy(), pix: make([]byte, r.Dx()*r.Dy())}
	if y, ok := img.(*image.YCbCr); ok { // a photograph: its luminance is there
		for row := range g.h {
			copy(g.pix[row*g.w:(row+1)*g.w], y.Y[row*y.YStride:])
		}
		return g
	}
	for y := range g.h {
		for x := range g.w {
			red, green, blue, alpha := img.At(r.Min.X+x, r.Min.Y+y).RGBA()
			lum := (299*red+587*green+114*blue)/1000 + 0xffff - alpha
			g.pix[y*g.w+x] = byte(min(lum, 0xffff) >> 8)
		}
	}
	return g
}

// fit makes the longer side at most side pixels, by averaging; a small picture is enlarged so that
// its modules have several pixels.
func (g *grey) fit(side int) *grey {
	long := max(g.w, g.h)
	if long > side {
		return g.resized(max(1, g.w*side/long), max(1, g.h*side/long))
	}
	if n := side / long; n > 1 && long < 200 {
		return g.resized(g.w*min(n, 4), g.h*min(n, 4))
	}
	return g
}

func (g *grey) resized(w, h int) *grey {
	out := &grey{w: w, h: h, pix: make([]byte, w*h)}
	for y := range h {
		y0, y1 := y*g.h/h, max(y*g.h/h+1, (y+1)*g.h/h)
		for x := range w {
			x0, x1 := x*g.w/w, max(x*g.w/w+1, (x+1)*g.w/w)
			sum := 0
			for j := y0; j < y1; j++ {
				for _, v := range g.pix[j*g.w+x0 : j*g.w+x1] {
					sum += int(v)
				}
			}
			out.pix[y*w+x] = byte(sum / ((y1 - y0) * (x1 - x0)))
		}
	}
	return out
}

func (g *grey) inverted() *grey {
	out := &grey{w: g.w, h: g.h, pix: make([]byte, len(g.pix))}
	for i, v := range g.pix {
		out.pix[i] = 255 - v
	}
	return out
}

func (g *grey) crop(r image.Rectangle) *grey {
	r = r.Intersect(image.Rect(0, 0, g.w, g.h))
	out := &grey{w: r.Dx(), h: r.Dy(), pix: make([]byte, r.Dx()*r.Dy())}
	for y := range out.h {
		copy(out.pix[y*out.w:(y+1)*out.w], g.pix[(r.Min.Y+y)*g.w+r.Min.X:])
	}
	return out
}

// scale carries an area of a view over to the picture the view was made from.
func scale(r image.Rectangle, full, view *grey) image.Rectangle {
	return image.Rect(r.Min.X*full.w/view.w, r.Min.Y*full.h/view.h, r.Max.X*full.w/view.w, r.Max.Y*full.h/view.h)
}

// turned rotates by an angle in degrees on a white ground.
func (g *grey) turned(degrees float64) *grey {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w := int(math.Abs(float64(g.w)*cos)+math.Abs(float64(g.h)*sin)) + 1
	h := int(math.Abs(float64(g.w)*sin)+math.Abs(float64(g.h)*cos)) + 1
	out := &grey{w: w, h: h, pix: make([]byte, w*h)}
	for y := range h {
		for x := range w {
			dx, dy := float64(x)-float64(w)/2, float64(y)-float64(h)/2
			sx, sy := dx*cos+dy*sin+float64(g.w)/2, -dx*sin+dy*cos+float64(g.h)/2
			out.pix[y*w+x] = g.between(sx, sy)
		}
	}
	return out
}

// between gives the brightness at a place that is on no pixel; white outside.
func (g *grey) between(x, y float64) byte {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= g.w || y0+1 >= g.h {
		return 255
	}
	fx, fy := x-float64(x0), y-float64(y0)
	i := y0*g.w + x0
	top := float64(g.pix[i])*(1-fx) + float64(g.pix[i+1])*fx
	low := float64(g.pix[i+g.w])*(1-fx) + float64(g.pix[i+g.w+1])*fx
	return byte(top*(1-fy) + low*fy)
}

// maxAreas bounds the places looked at in one picture.
const maxAreas = 8

// textured finds the areas that look like a symbol: dense in changes between dark and light both
// across and down, and about square. The densest come first.
func (g *grey) textured() []image.Rectangle {
	cell, cols, rows, busy := g.busy()
	var areas []area
	seen := make([]bool, len(busy))
	for i := range busy {
		if busy[i] && !seen[i] {
			areas = append(areas, spread(busy, seen, cols, rows, i))
		}
	}
	sort.SliceStable(areas, func(i, j int) bool { return areas[i].worth() > areas[j].worth() })
	var out []image.Rectangle
	for _, a := range areas[:min(len(areas), maxAreas)] {
		r := image.Rect(a.Min.X*cell, a.Min.Y*cell, a.Max.X*cell, a.Max.Y*cell)
		margin := max(2*cell, max(r.Dx(), r.Dy())/8)
		out = append(out, r.Inset(-margin).Intersect(image.Rect(0, 0, g.w, g.h)))
	}
	return out
}

// busy tells the cells of a grid where brightness changes much both across and down.
func (g *grey) busy() (cell, cols, rows int, busy []bool) {
	cell = max(4, max(g.w, g.h)/80)
	cols, rows = g.w/cell, g.h/cell
	busy = make([]bool, cols*rows)
	for cy := range rows {
		for cx := range cols {
			across, down := 0, 0
			for y := cy * cell; y < (cy+1)*cell && y+1 < g.h; y++ {
				for x := cx * cell; x < (cx+1)*cell && x+1 < g.w; x++ {
					i := y*g.w + x
					across += abs(int(g.pix[i]) - int(g.pix[i+1]))
					down += abs(int(g.pix[i]) - int(g.pix[i+g.w]))
				}
			}
			busy[cy*cols+cx] = min(across, down) > cell*cell*5
		}
	}
	return cell, cols, rows, busy
}

// step is how far apart the points are from which the decoder begins: inside any symbol large
// enough to be read there is one.
const step = 48

// busyPoints gives points inside what may be a symbol, those with the most texture around first.
func (g *grey) busyPoints() []image.Point {
	cell, cols, rows, busy := g.busy()
	type point struct {
		image.Point
		around int
	}
	var points []point
	const reach = 3 // cells around
	for y := step / 2; y < g.h; y += step {
		for x := step / 2; x < g.w; x += step {
			p := point{Point: image.Pt(x, y)}
			for cy := max(0, y/cell-reach); cy <= min(rows-1, y/cell+reach); cy++ {
				for cx := max(0, x/cell-reach); cx <= min(cols-1, x/cell+reach); cx++ {
					if busy[cy*cols+cx] {
						p.around++
					}
				}
			}
			if p.around > (2*reach+1)*(2*reach+1)/2 {
				points = append(points, p)
			}
		}
	}
	sort.SliceStable(points, func(i, j int) bool { return points[i].around > points[j].around })
	out := make([]image.Point, len(points))
	for i, p := range points {
		out[i] = p.Point
	}
	return out
}

// area is a group of busy cells that touch.
type area struct {
	image.Rectangle
	cells int
}

// worth is larger for a large, full and square area.
func (a area) worth() float64 {
	w, h := float64(a.Dx()), float64(a.Dy())
	square := min(w, h) / max(w, h)
	full := float64(a.cells) / (w * h)
	return float64(a.cells) * square * square * full
}

// spread walks over the busy cells that touch the first.
func spread(busy, seen []bool, cols, rows, first int) area {
	a := area{Rectangle: image.Rect(first%cols, first/cols, first%cols+1, first/cols+1)}
	stack := []int{first}
	seen[first] = true
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		a.cells++
		x, y := i%cols, i/cols
		a.Rectangle = a.Union(image.Rect(x, y, x+1, y+1))
		for _, d := range [8][2]int{{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}} {
			nx, ny := x+d[0], y+d[1]
			if nx < 0 || ny < 0 || nx >= cols || ny >= rows {
				continue
			}
			if j := ny*cols + nx; busy[j] && !seen[j] {
				seen[j] = true
				stack = append(stack, j)
			}
		}
	}
	return a
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
