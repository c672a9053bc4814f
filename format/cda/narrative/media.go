package narrative

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
)

// images are the types a browser may be given: bitmaps only, no SVG.
var images = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true}

// IsImage reports whether a media type is a picture that may be shown in a page.
func IsImage(mediaType string) bool { return images[strings.ToLower(mediaType)] }

// maxInline is the largest picture written inside the page itself, encoded.
const maxInline = 8 << 20

// safeSource accepts an address without scheme (ours) and data: URIs of white-listed images.
func safeSource(src string) bool {
	for i := 0; i < len(src); i++ {
		if src[i] <= 0x20 || src[i] == 0x7f || src[i] == '\\' {
			return false
		}
	}
	if rest, ok := strings.CutPrefix(src, "data:"); ok {
		kind, _, ok := strings.Cut(rest, ";base64,")
		return ok && images[kind]
	}
	if src == "" || strings.HasPrefix(src, "//") {
		return false
	}
	scheme := strings.IndexByte(src, ':')
	slash := strings.IndexAny(src, "/?#")
	return scheme < 0 || slash >= 0 && slash < scheme
}

// FromDocument gives the pictures of the document itself as data: URIs; another file is a link
// to what address says for it (nil or "": only a mention).
func FromDocument(d *cda.Document, address func(cda.Media) string) func(id string) (Picture, bool) {
	return func(id string) (Picture, bool) {
		m, ok := d.MediaByID(id)
		if !ok {
			return Picture{}, false
		}
		p := Picture{Alt: m.Type.Label()}
		if p.Alt == "" {
			p.Alt = m.File.MediaType
		}
		if address != nil {
			p.Src = address(m)
		}
		if !IsImage(m.File.MediaType) {
			return p, p.Src != ""
		}
		p.Image = true
		if p.Src == "" {
			if !m.File.IsBase64() || m.File.End-m.File.Start > maxInline || m.File.Verify() != nil {
				return Picture{Alt: p.Alt}, false
			}
			p.Src = "data:" + m.File.MediaType + ";base64," + m.File.Base64()
		}
		return p, true
	}
}
