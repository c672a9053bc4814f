// Package lecture reads the INS Datamatrix in a picture: a scan, or a photograph of a label, a
// document or a wristband taken at the desk.
//
// The symbol is found by its texture, then read by ZXing's decoder (gozxing) under several sizes,
// angles and thresholds, within a bounded amount of work. Missing: a symbol turned by some degrees
// with writing right against it. Missing on purpose: video, and any other code than the INS
// Datamatrix, which is refused with its reason.
//
// Start with Read.
package lecture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	_ "image/jpeg" // pictures of cameras
	_ "image/png"  // scans

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// Bounds of a picture.
const (
	MaxBytes  = 16 << 20 // of the file: a photograph of a telephone is 3 to 8 MB
	MaxPixels = 50e6     // of the picture, before any is decoded
	maxWork   = 200e6    // pixels looked at by the decoder over all attempts on one picture: about two seconds
)

// Refusals of pictures.
var (
	ErrTooLarge = &finding.Refusal{ID: "INS-IMAGE-TAILLE", Kind: finding.TooLarge, Rule: "limite publiée",
		Message: finding.Tf("L'image dépasse %d Mio ou %d millions de pixels.", "The picture is over %d MiB or %d million pixels.", MaxBytes>>20, int(MaxPixels)/1000000),
		Fix:     finding.T("Recadrez-la autour du code.", "Crop it around the code.")}
	ErrPicture = &finding.Refusal{ID: "INS-IMAGE", Kind: finding.Invalid, Rule: "PNG, JPEG",
		Message: finding.T("Le fichier n'est pas une image PNG ou JPEG lisible.", "The file is no readable PNG or JPEG picture."),
		Fix:     finding.T("Prenez une photographie du code, ou scannez le document.", "Take a photograph of the code, or scan the document.")}
	ErrNoCode = &finding.Refusal{ID: "INS-IMAGE-SANS-CODE", Kind: finding.Invalid, Rule: "Datamatrix INS",
		Message: finding.T("Aucun Datamatrix n'a pu être lu dans l'image.", "No Datamatrix could be read in the picture."),
		Fix:     finding.T("Approchez-vous, bien à plat, sans reflet, le code entier avec un bord blanc.", "Come closer, flat, without glare, the whole code with a white border.")}
)

// Read gives the content of the INS Datamatrix in a PNG or JPEG file. Errors are *finding.Refusal:
// no picture, no code, a code that is not of the INS, or one whose content is wrong.
// spec: INS §7
func Read(file []byte) (insid.Datamatrix, error) {
	if len(file) > MaxBytes {
		return insid.Datamatrix{}, ErrTooLarge
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return insid.Datamatrix{}, ErrPicture.With(err)
	}
	if config.Width <= 0 || config.Height <= 0 || float64(config.Width)*float64(config.Height)*depth(config.ColorModel) > MaxPixels {
		return insid.Datamatrix{}, ErrTooLarge
	}
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return insid.Datamatrix{}, ErrPicture.With(err)
	}
	return find(greyOf(img))
}

// depth is what a pixel weighs once decoded, against one of a photograph: a small file of 16 bits a
// colour may unfold to twice the memory.
func depth(m color.Model) float64 {
	if m == color.RGBA64Model || m == color.NRGBA64Model {
		return 2
	}
	return 1
}

// find tries the places where a symbol may be, the likeliest first. A symbol that is not of the
// INS does not end the search: a label may carry several.
func find(g *grey) (insid.Datamatrix, error) {
	s := &search{reader: datamatrix.NewDataMatrixReader()}
	var other error
	try := func(g *grey) (insid.Datamatrix, bool) {
		text, ok := s.read(g)
		if !ok {
			return insid.Datamatrix{}, false
		}
		d, err := insid.ParseDatamatrix(text)
		if err != nil {
			if other == nil || isINS(err) {
				other = err
			}
			return d, false
		}
		return d, true
	}
	for _, side := range []int{900, 1600} {
		view := g.fit(side)
		if d, ok := try(view); ok {
			return d, nil
		}
		for _, area := range view.textured() {
			cut := view.crop(area)
			if d, ok := try(cut.fit(640)); ok {
				return d, nil
			}
			// Read from the picture itself: the symbol may be small in it.
			if full := g.crop(scale(area, g, view)); full.w > cut.w {
				if d, ok := try(full.fit(1000)); ok {
					return d, nil
				}
			}
			for _, angle := range []float64{15, 30, 45} {
				if d, ok := try(cut.fit(480).turned(angle)); ok {
					return d, nil
				}
			}
		}
		if max(g.w, g.h) <= side {
			break
		}
	}
	// Writing may touch the symbol: the decoder then needs a point inside it to begin from.
	for _, side := range []int{900, 1600} {
		view := g.fit(side)
		for _, at := range view.busyPoints() {
			cut := view.crop(image.Rect(at.X-window/2, at.Y-window/2, at.X+window/2, at.Y+window/2))
			if s.work += float64(cut.w) * float64(cut.h); s.work > maxWork {
				break
			}
			text, err := s.decode(gozxing.NewHybridBinarizer(cut.source()), nil)
			if err != nil {
				continue
			}
			d, err := insid.ParseDatamatrix(text)
			if err == nil {
				return d, nil
			}
			other = err
		}
		if max(g.w, g.h) <= side {
			break
		}
	}
	if other != nil {
		return insid.Datamatrix{}, other
	}
	return insid.Datamatrix{}, ErrNoCode
}

// window is the side of the cut around a point from which the decoder begins.
const window = 400

// isINS tells an INS Datamatrix whose content is wrong from another code.
func isINS(err error) bool {
	r := finding.As(err)
	return r != nil && r.ID != "INS-DM-AUTRE"
}

// search counts the pixels it has the decoder look at.
type search struct {
	reader gozxing.Reader
	work   float64
}

// read tries to read a symbol in a picture: two thresholds, dark on light and light on dark.
func (s *search) read(g *grey) (text string, ok bool) {
	if g.w < 10 || g.h < 10 {
		return "", false
	}
	for _, g := range []*grey{g, g.inverted()} {
		for _, threshold := range []func(gozxing.LuminanceSource) gozxing.Binarizer{gozxing.NewHybridBinarizer, gozxing.NewGlobalHistgramBinarizer} {
			for _, hints := range []map[gozxing.DecodeHintType]any{nil, {gozxing.DecodeHintType_PURE_BARCODE: true}} {
				if s.work += float64(g.w) * float64(g.h); s.work > maxWork {
					return "", false
				}
				if text, err := s.decode(threshold(g.source()), hints); err == nil {
					return text, true
				}
			}
		}
	}
	return "", false
}

var errPanic = errors.New("the decoder gave up")

// decode keeps a panic of the decoder on a strange picture from going further.
func (s *search) decode(b gozxing.Binarizer, hints map[gozxing.DecodeHintType]any) (text string, err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	bits, err := gozxing.NewBinaryBitmap(b)
	if err != nil {
		return "", err
	}
	r, err := s.reader.Decode(bits, hints)
	if err != nil {
		return "", err
	}
	return r.GetText(), nil
}
