package annuaire

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/fhir"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Bulk export: 202 with the address of the manifest, the manifest, then one file a kind. All files
// are those of one version of the directory, written while they are read: nothing is prepared.

var errBulk = &finding.Refusal{ID: "ANN-EXPORT", Kind: finding.Invalid, Code: "not-supported", Rule: "FHIR Bulk Data Access 2.0",
	Message: finding.T("Cette demande d'export ne peut pas être servie.", "This export request cannot be served."),
	Fix:     finding.T("Paramètres servis : _type, _since, _outputFormat=application/fhir+ndjson.", "Parameters served: _type, _since, _outputFormat=application/fhir+ndjson.")}

const ndjson = "application/fhir+ndjson"

// bulk serves the three addresses of an export.
func (d *Door) bulk(w http.ResponseWriter, r *http.Request, path []string) error {
	if path[0] == "$export" {
		return d.kickOff(w, r, nil)
	}
	t, ok := d.open(r.URL.Query().Get("id"), tokenExport)
	if !ok {
		return annuaire.ErrPage
	}
	since, kinds, _ := strings.Cut(t.raw, " ")
	switch {
	case path[0] == "$export-poll-status" && r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusAccepted)
		return nil
	case r.Method != http.MethodGet:
		return errMethod.At(r.Method)
	case path[0] == "$export-poll-status":
		return d.manifest(w, r, t, strings.Fields(kinds))
	case len(path) == 2:
		if k, ok := annuaire.KindOf(strings.TrimSuffix(path[1], ".ndjson")); ok {
			return d.file(w, r, k, t, since)
		}
	}
	return errBulk.At(strings.Join(path, "/")[:min(len(strings.Join(path, "/")), 60)])
}

// kickOff fixes the version of the export.
func (d *Door) kickOff(w http.ResponseWriter, r *http.Request, kinds []annuaire.Kind) error {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return errMethod.At(r.Method)
	}
	since := ""
	for name, values := range r.URL.Query() {
		v := strings.Join(values, ",")
		switch name {
		case "_type":
			for t := range strings.SplitSeq(v, ",") {
				k, ok := annuaire.KindOf(t)
				if !ok {
					return errBulk.At("_type=" + t[:min(len(t), 40)])
				}
				if !slices.Contains(kinds, k) {
					kinds = append(kinds, k)
				}
			}
		case "_since":
			if _, err := time.Parse(time.RFC3339, strings.ReplaceAll(v, " ", "+")); err != nil {
				return annuaire.ErrValue.At("_since=" + v[:min(len(v), 40)])
			}
			since = strings.ReplaceAll(v, " ", "+")
		case "_outputFormat":
			if v != ndjson && v != "application/ndjson" && v != "ndjson" && v != "application/fhir ndjson" {
				return errBulk.At("_outputFormat=" + v[:min(len(v), 40)])
			}
		default:
			return errBulk.At(name[:min(len(name), 40)])
		}
	}
	if len(kinds) == 0 {
		kinds = annuaire.Kinds
	}
	snapshot, at := d.Directory.Snapshot()
	raw := since
	for _, k := range kinds {
		raw += " " + k.String()
	}
	w.Header().Set("Content-Location", d.Base+"/$export-poll-status?id="+d.sign(token{purpose: tokenExport, snapshot: snapshot, stamp: at.UnixNano(), raw: raw}))
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (d *Door) manifest(w http.ResponseWriter, r *http.Request, t token, kinds []string) error {
	// An empty page tells whether the version is still kept, and when it was made.
	p, err := d.Directory.Search(annuaire.Query{Snapshot: t.snapshot, Total: annuaire.TotalNone})
	if err != nil {
		return err
	}
	if p.Time.UnixNano() != t.stamp {
		return annuaire.ErrPage
	}
	id := r.URL.Query().Get("id")
	j := fhir.Writer{}
	j.Open("")
	j.Text("transactionTime", instant(p.Time))
	j.Text("request", d.Base+"/$export")
	j.Bool("requiresAccessToken", d.Auth != nil)
	j.List("output")
	for _, k := range kinds {
		j.Open("")
		j.Text("type", k)
		j.Text("url", d.Base+"/$export-file/"+k+".ndjson?id="+id)
		j.Close()
	}
	j.EndList()
	j.List("error")
	j.EndList()
	j.Close()
	b := d.answer(w, r, "application/json")
	defer b.close()
	_ = b.flush(&j, true)
	return nil
}

// file writes the resources of a kind, one a line.
func (d *Door) file(w http.ResponseWriter, r *http.Request, k annuaire.Kind, t token, since string) error {
	if p, err := d.Directory.Search(annuaire.Query{Kind: k, Snapshot: t.snapshot, Total: annuaire.TotalNone}); err != nil {
		return err
	} else if p.Time.UnixNano() != t.stamp {
		return annuaire.ErrPage
	}
	b := d.answer(w, r, ndjson)
	j := &renderer{}
	err := d.Directory.Each(k, t.snapshot, since, func(h *annuaire.Hit) error {
		j.Writer = fhir.Writer{B: j.B}
		j.resource("", h)
		j.B = append(j.B, '\n')
		return b.flush(&j.Writer, false)
	})
	_ = b.flush(&j.Writer, true)
	if err != nil {
		// The answer has begun: cut the connection, so that a file cut short is not taken for whole.
		d.Log.Warn("annuaire: export interrupted", "err", err)
		panic(http.ErrAbortHandler)
	}
	b.close()
	return nil
}
