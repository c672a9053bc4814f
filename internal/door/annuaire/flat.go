package annuaire

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/rass"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Limits of an extraction that is sent: the national ones have about 1 GB of text, 150 MB zipped.
const (
	maxUpload   = 2 << 30
	maxUnzipped = 8 << 30
	maxZipFiles = 32
)

var (
	errUpload = &finding.Refusal{ID: "ANN-IMPORT", Kind: finding.Invalid, Code: "structure", Rule: "Annuaire santé, extractions en libre accès",
		Message: finding.T("Ce qui a été envoyé n'est pas une extraction.", "What was sent is not an extraction."),
		Fix:     finding.T("Envoyez en POST le .txt ou le .zip de l'extraction, tel que publié.", "POST the .txt or the .zip of the extraction, as published.")}
	errUploadSize = &finding.Refusal{ID: "ANN-IMPORT-TAILLE", Kind: finding.TooLarge, Rule: "Socle, limites",
		Message: finding.T("L'extraction est trop grande.", "The extraction is too large."), Fix: finding.T("2 Go au plus envoyés, 8 Go dépliés.", "2 GB at most sent, 8 GB unzipped.")}
	errFlat = &finding.Refusal{ID: "ANN-EXTRACTION", Kind: finding.NotFound, Rule: "Annuaire santé, extractions en libre accès",
		Message: finding.T("Ce fichier n'est pas produit.", "This file is not produced."),
		Fix:     finding.T("Demandez personne_activite, dipl_autexerc, savoirfaire ou mssante.", "Ask for personne_activite, dipl_autexerc, savoirfaire or mssante.")}
)

// ImportHandler takes an extraction by POST: a text file, or a zip of several, whole. The answer
// says in JSON what was read, added, changed, taken away and refused. mode=partiel takes nothing
// away; seuil is the percentage of disappearances over which none is made. Who may send is for the
// caller to decide.
func (d *Door) ImportHandler() http.Handler {
	d.once.Do(d.prepare)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			d.fail(w, r, errMethod.At(r.Method))
			return
		}
		report, err := d.take(w, r)
		if err != nil {
			d.fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(report)
	})
}

// told is a report as it is answered.
type told struct {
	*annuaire.Report
	Findings []toldFinding `json:"findings"`
}

type toldFinding struct {
	Line     int              `json:"line,omitempty"`
	ID       string           `json:"id"`
	Severity finding.Severity `json:"severity"`
	Found    string           `json:"found,omitempty"`
	Message  finding.Text     `json:"message"`
	Fix      *finding.Text    `json:"fix,omitempty"`
}

// take reads the whole of what is sent to a temporary file, then imports it: a slow sender must not
// hold the directory.
func (d *Door) take(w http.ResponseWriter, r *http.Request) (*told, error) {
	o := d.Import
	for name, values := range r.URL.Query() {
		v := strings.Join(values, ",")
		switch name {
		case "mode":
			if v != "partiel" && v != "complet" {
				return nil, annuaire.ErrValue.At("mode=" + v[:min(len(v), 20)])
			}
			o.Partial = v == "partiel"
		case "seuil":
			n, err := strconv.Atoi(v)
			if err != nil || n < 1 || n > 100 {
				return nil, annuaire.ErrValue.At("seuil=" + v[:min(len(v), 20)])
			}
			o.MaxRemoved = n
		default:
			return nil, annuaire.ErrParam.At(name[:min(len(name), 60)]).Saying(finding.Tf("Le paramètre n'existe pas ; le plus proche est « %s ».", "The parameter does not exist; the nearest is \"%s\".", finding.Nearest(name, []string{"mode", "seuil"})))
		}
	}
	f, err := os.CreateTemp("", "annuaire-*")
	if err != nil {
		return nil, annuaire.ErrKeep.With(err)
	}
	defer func() { _ = f.Close(); _ = os.Remove(f.Name()) }()
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload) // parts and what stands between them included
	var in io.Reader = r.Body
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		parts, err := r.MultipartReader()
		if err != nil {
			return nil, errUpload
		}
		for {
			p, err := parts.NextPart()
			if err != nil {
				return nil, uploadFault(err)
			}
			if p.FileName() != "" {
				in = p
				break
			}
		}
	}
	size, err := io.Copy(f, in)
	if err != nil {
		return nil, uploadFault(err)
	}
	readers, closeAll, err := sources(f, size)
	defer closeAll()
	if err != nil {
		return nil, err
	}
	report, err := d.Directory.Import(o, readers...)
	if err != nil {
		if finding.As(err) == nil {
			err = errUpload.With(err)
		}
		return nil, err
	}
	out := &told{Report: report, Findings: []toldFinding{}}
	for _, f := range report.Findings {
		t := toldFinding{Line: f.Place.Line, ID: f.ID, Severity: f.Severity, Found: f.Found, Message: f.Message}
		if !f.Fix.IsZero() {
			t.Fix = &f.Fix
		}
		out.Findings = append(out.Findings, t)
	}
	return out, nil
}

// uploadFault tells what is too large from what stopped on the way.
func uploadFault(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return errUploadSize
	}
	return errUpload.With(err)
}

// sources opens the text file, or those of the zip.
func sources(f *os.File, size int64) (readers []*rass.Reader, closeAll func(), err error) {
	var open []io.Closer
	closeAll = func() {
		for _, c := range open {
			_ = c.Close()
		}
	}
	magic := make([]byte, 4)
	if _, err := f.ReadAt(magic, 0); err != nil && size >= 4 {
		return nil, closeAll, annuaire.ErrKeep.With(err)
	}
	if !bytes.Equal(magic, []byte("PK\x03\x04")) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, closeAll, annuaire.ErrKeep.With(err)
		}
		r, err := rass.NewReader(f)
		if err != nil {
			return nil, closeAll, err
		}
		return []*rass.Reader{r}, closeAll, nil
	}
	z, err := zip.NewReader(f, size)
	if err != nil || len(z.File) > maxZipFiles {
		return nil, closeAll, errUpload
	}
	left := uint64(maxUnzipped)
	for _, e := range z.File {
		if e.FileInfo().IsDir() || !strings.HasSuffix(strings.ToLower(e.Name), ".txt") && !strings.HasSuffix(strings.ToLower(e.Name), ".csv") {
			continue
		}
		if e.UncompressedSize64 > left {
			return nil, closeAll, errUploadSize
		}
		left -= e.UncompressedSize64
		c, err := e.Open()
		if err != nil {
			return nil, closeAll, errUpload.With(err)
		}
		open = append(open, c)
		r, err := rass.NewReader(c) // the zip reader stops at the size announced, and checks the sum
		if err != nil {
			return nil, closeAll, err
		}
		readers = append(readers, r)
	}
	if len(readers) == 0 {
		return nil, closeAll, errUpload
	}
	return readers, closeAll, nil
}

// flatNames are the names of the files in the address of ExportHandler.
var flatNames = map[string]rass.Kind{"personne_activite": rass.PersonneActivite, "dipl_autexerc": rass.DiplomeAutorisation, "savoirfaire": rass.SavoirFaire, "mssante": rass.MSSante}

// ExportHandler gives the flat files by GET: the last part of the path is personne_activite,
// dipl_autexerc, savoirfaire or mssante. Each is that of one version of the directory. It asks Auth.
func (d *Door) ExportHandler() http.Handler {
	d.once.Do(d.prepare)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			d.fail(w, r, errMethod.At(r.Method))
			return
		}
		if d.Auth != nil {
			if err := d.Auth.Directory(r); err != nil {
				d.fail(w, r, err)
				return
			}
		}
		name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		k, ok := flatNames[strings.ToLower(strings.TrimSuffix(name, ".txt"))]
		if !ok {
			d.fail(w, r, errFlat.At(strings.ToValidUTF8(name[:min(len(name), 60)], "?")))
			return
		}
		_, at := d.Directory.Snapshot()
		w.Header().Set("Content-Disposition", `attachment; filename="`+rass.FileName(k, at.Format("200601021504"))+`"`)
		b := d.answer(w, r, "text/plain; charset=utf-8")
		if err := d.Directory.Export(k, rass.NewWriter(b, k)); err != nil {
			d.Log.Warn("annuaire: extraction interrupted", "err", err)
			panic(http.ErrAbortHandler)
		}
		b.close()
	})
}

// Write makes body a writer for the flat files.
func (b *body) Write(p []byte) (int, error) {
	if b.zip != nil {
		return b.zip.Write(p)
	}
	return b.w.Write(p)
}
