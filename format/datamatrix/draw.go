package datamatrix

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// quiet is the light border around a drawn symbol, in modules; the standard asks for one at least.
const quiet = 2

// maxScale bounds the pixels of a module.
const maxScale = 64

// Image draws the symbol with scale pixels a module (1 to 64) and a light border.
func (s *Symbol) Image(scale int) image.Image {
	scale = min(max(scale, 1), maxScale)
	side := (s.size + 2*quiet) * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range s.size * scale {
		for x := range s.size * scale {
			if s.Dark(x/scale, y/scale) {
				img.Pix[(y+quiet*scale)*img.Stride+x+quiet*scale] = 1
			}
		}
	}
	return img
}

// PNG draws the symbol as a PNG file.
func (s *Symbol) PNG(scale int) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, s.Image(scale)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// SVG draws the symbol as one path of one unit a module, on white; label is what it says to people
// who do not see it.
func (s *Symbol) SVG(label string) string {
	var b strings.Builder
	side := s.size + 2*quiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`,
		side, side, attribute.Replace(label), side, side)
	for y := range s.size {
		for x := 0; x < s.size; x++ {
			run := 0
			for x+run < s.size && s.Dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

var attribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
