package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// assets are the files every page uses, under names that hold their hash so that browsers keep
// them for ever.
type assets struct {
	byName map[string]string // app.css → /static/app.0123456789.css
	files  map[string]asset  // address → content
}

type asset struct {
	mime   string
	data   []byte
	packed []byte // gzip; nil for what is compressed already
}

var mimes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8"}

func loadAssets() *assets {
	a := &assets{byName: map[string]string{}, files: map[string]asset{}}
	list, err := staticFiles.ReadDir("static")
	if err != nil {
		panic(err) // they are part of the program
	}
	var css []byte
	for _, f := range list {
		data, err := staticFiles.ReadFile("static/" + f.Name())
		if err != nil {
			panic(err)
		}
		if f.Name() == "app.css" {
			css = data
			continue
		}
		a.add(f.Name(), data)
	}
	// The style sheet names the fonts by their hashed addresses, so it comes last.
	text := string(css)
	for name, address := range a.byName {
		text = strings.ReplaceAll(text, "url("+name+")", "url("+address+")")
	}
	a.add("app.css", []byte(text))
	return a
}

func (a *assets) add(name string, data []byte) {
	sum := sha256.Sum256(data)
	ext := path.Ext(name)
	address := "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.byName[name] = address
	f := asset{mime: mimes[ext], data: data}
	if ext != ".woff2" {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
		_, _ = z.Write(data) // to memory: it cannot fail
		_ = z.Close()
		f.packed = b.Bytes()
	}
	a.files[address] = f
}

func (a *assets) register(mux *http.ServeMux) {
	for address, f := range a.files {
		mux.HandleFunc("GET "+address, func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", f.mime)
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Vary", "Accept-Encoding")
			if f.packed != nil && acceptsGzip(r) {
				h.Set("Content-Encoding", "gzip")
				_, _ = w.Write(f.packed)
				return
			}
			_, _ = w.Write(f.data)
		})
	}
}
