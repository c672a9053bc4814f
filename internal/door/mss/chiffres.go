package mss

import (
	"archive/zip"
	"bytes"
	"net/http"
	"time"
)

// whiteList publishes the list in service.
// spec: MSSANTE §3 (liste blanche)
func (d *Door) whiteList(w http.ResponseWriter, r *http.Request) error {
	raw, read, err := d.Operator.WhiteList.Bytes()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/xml; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	http.ServeContent(w, r, "", read, bytes.NewReader(raw))
	return nil
}

// statistics gives the files of a month («chiffres»): all in an archive, or one.
// spec: MSSANTE §4 (indicateurs d'usage)
func (d *Door) statistics(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.Auth.MailAdministrator(r); err != nil {
		return err
	}
	if err := only(r, "mois", "fichier"); err != nil {
		return err
	}
	month := d.Operator.Now()
	if q := r.URL.Query().Get("mois"); q != "" {
		var err error
		if month, err = time.Parse("2006-01", q); err != nil {
			return errQuery.At("mois")
		}
	}
	files, err := d.Operator.Statistics(r.Context(), month)
	if err != nil {
		return err
	}
	h := w.Header()
	if name := r.URL.Query().Get("fichier"); name != "" {
		for _, f := range files {
			if f.Name == name {
				h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
				h.Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
				_, _ = w.Write(f.Bytes)
				return nil
			}
		}
		return errFile.At("fichier")
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		out, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: d.Operator.Now()})
		if err != nil {
			return err
		}
		if _, err := out.Write(f.Bytes); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="statistiques_`+month.Format("2006-01")+`.zip"`)
	_, _ = w.Write(b.Bytes())
	return nil
}
