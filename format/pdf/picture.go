package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // the three kinds documents carry
	"image/jpeg"
	_ "image/png"
)

// picture is an image object.
type picture struct {
	dict string
	data []byte
}

// Bounds of a picture: what one page can show, and what decoding may cost.
const (
	maxPictureBytes  = 16 << 20
	maxPicturePixels = 24 << 20
	maxPictures      = 500
)

// ErrPicture says that a picture is too large or of a kind that is not drawn.
var ErrPicture = errors.New("pdf: not a picture that can be drawn (PNG, JPEG or GIF within bounds)")

// Picture draws a PNG, JPEG or GIF image across the page, no larger than its own size at 96 dots
// an inch. alt says what it shows. Nothing is drawn when it gives an error.
func (d *Document) Picture(raw []byte, alt string) error {
	p, w, h, err := readPicture(raw)
	if err != nil {
		return err
	}
	if len(d.pictures) >= maxPictures {
		return ErrPicture
	}
	n := 0
	for n < len(d.pictures) && !bytes.Equal(d.pictures[n].data, p.data) {
		n++
	}
	if n == len(d.pictures) {
		d.pictures = append(d.pictures, p)
	}
	d.room(40)
	const pixel = 0.75
	wide, tall := float64(w)*pixel, float64(h)*pixel
	scale := min(1, (d.edge-left)/wide, (d.top()-bottom-40)/tall)
	wide, tall = wide*scale, tall*scale
	d.room(tall + 4)
	d.y -= tall + 2
	e := d.section.add("Figure")
	if alt == "" {
		alt = "Image"
	}
	e.alt, e.attrs = alt, layout(left, d.y, left+wide, d.y+tall)
	write(d.draw(e), "q %s 0 0 %s %s %s cm/I%d Do Q\n", number(wide), number(tall), number(left), number(d.y), n+1)
	d.y -= 6
	return nil
}

// layout tells where a figure stands.
// spec: ISO 32000-1 14.8.5.4
func layout(x0, y0, x1, y1 float64) string {
	return fmt.Sprintf("<</O/Layout/Placement/Block/BBox[%s %s %s %s]>>", number(x0), number(y0), number(x1), number(y1))
}

// readPicture gives the object of an image. JPEG stays as it is unless it has inks; the rest is
// written without transparency, over white, which PDF/A-1 asks.
// spec: ISO 19005-1 6.4
func readPicture(raw []byte) (p picture, w, h int, err error) {
	if len(raw) > maxPictureBytes {
		return p, 0, 0, ErrPicture
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || c.Width <= 0 || c.Height <= 0 || c.Width > maxPicturePixels/c.Height {
		return p, 0, 0, ErrPicture
	}
	img, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return p, 0, 0, ErrPicture
	}
	w, h = img.Bounds().Dx(), img.Bounds().Dy()
	head := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace", w, h)
	if kind == "jpeg" {
		switch img.(type) {
		case *image.Gray:
			return picture{head + "/DeviceGray/Filter/DCTDecode", raw}, w, h, nil
		case *image.YCbCr:
			return picture{head + "/DeviceRGB/Filter/DCTDecode", raw}, w, h, nil
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}); err != nil {
			return p, 0, 0, ErrPicture
		}
		return picture{head + "/DeviceRGB/Filter/DCTDecode", b.Bytes()}, w, h, nil
	}
	rows, colours := flatten(img)
	space := "/DeviceGray"
	if colours == 3 {
		space = "/DeviceRGB"
	}
	dict := fmt.Sprintf("%s%s/Filter/FlateDecode/DecodeParms<</Predictor 12/Colors %d/Columns %d>>", head, space, colours, w)
	return picture{dict, deflate(rows)}, w, h, nil
}

// flatten gives rows of samples over white, each as its difference with the row above, and
// whether they are gray (1) or coloured (3).
func flatten(img image.Image) (rows []byte, colours int) {
	r := img.Bounds()
	w, h := r.Dx(), r.Dy()
	rgb := make([]byte, 0, 3*w*h)
	gray := true
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			over := func(v uint8) uint8 { return uint8((int(v)*int(c.A) + 255*(255-int(c.A)) + 127) / 255) }
			a, b, e := over(c.R), over(c.G), over(c.B)
			gray = gray && a == b && b == e
			rgb = append(rgb, a, b, e)
		}
	}
	colours = 3
	if gray {
		colours = 1
		for i := range w * h {
			rgb[i] = rgb[3*i]
		}
		rgb = rgb[:w*h]
	}
	wide := w * colours
	rows = make([]byte, 0, (wide+1)*h)
	for y := range h {
		rows = append(rows, 2)
		for x := range wide {
			v := rgb[y*wide+x]
			if y > 0 {
				v -= rgb[(y-1)*wide+x]
			}
			rows = append(rows, v)
		}
	}
	return rows, colours
}
