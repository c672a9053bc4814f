package guichet

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/ins/lecture"
)

// labelScale is how many pixels a module has in a PNG: enough for a printer of 300 dpi at 20 mm.
const labelScale = 6

// maxReadings bounds the pictures read at once: one may take two seconds and 200 MB.
const maxReadings = 2

var errReadings = &finding.Refusal{ID: "GUICHET-LECTURE-OCCUPEE", Kind: finding.Busy, Rule: "limite publiée",
	Message: finding.T("Plusieurs images sont déjà en cours de lecture.", "Several pictures are being read already."),
	Fix:     finding.T("Recommencez dans quelques secondes.", "Retry in a few seconds.")}

// datamatrix draws the INS Datamatrix of a qualified identity: PNG when asked for by Accept, else SVG.
// spec: INS §7
func (d *Door) datamatrix(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	if err := noQuery(r); err != nil {
		return err
	}
	p, err := d.DMP.Person(r.Context(), c, ins.PersonID(r.PathValue("id")))
	if err != nil {
		return err
	}
	symbol, err := ins.Symbol(p)
	if err != nil {
		return err
	}
	if strings.Contains(r.Header.Get("Accept"), "image/png") {
		b, err := symbol.PNG(labelScale)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "image/png")
		w.Write(b) // a client that left needs no refusal
		return nil
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	io.WriteString(w, symbol.SVG("Datamatrix INS"))
	return nil
}

// Label is what was read on a Datamatrix, and who that is here.
type Label struct {
	INS string `json:"ins"`
	OID string `json:"ins_oid"`
	StrictTraits
	Match       string   `json:"match"` // exact, a_comparer, inconnu
	Differences []string `json:"differences,omitempty"`
	Alerts      []string `json:"alerts,omitempty"`
	Identity    *View    `json:"identity,omitempty"`
}

// readLabel reads the INS Datamatrix of a picture sent as the body (PNG or JPEG), and compares it
// with the identity known here.
// spec: INS §7, §8
func (d *Door) readLabel(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	file, err := io.ReadAll(http.MaxBytesReader(w, r.Body, lecture.MaxBytes))
	if err != nil {
		return lecture.ErrTooLarge.With(err)
	}
	select {
	case d.readings <- struct{}{}:
	default:
		return errReadings
	}
	read, err := lecture.Read(file)
	<-d.readings
	if err != nil {
		return err
	}
	out := Label{INS: read.INS.Matricule.Reveal(), OID: read.INS.OID, Match: "inconnu"}
	p, m, err := d.DMP.Recognise(r.Context(), read.INS, ins.TraitsOf(read, ""))
	hint := ""
	switch {
	case errors.Is(err, ins.ErrUnknown):
	case err != nil:
		return err
	default:
		// The list of given names is cut as it is here.
		hint = p.Traits.FirstGiven
		m = ins.Compare(read.INS, ins.TraitsOf(read, hint), p)
		v := brief(p)
		out.Identity, out.Differences, out.Alerts = &v, m.Differences, m.Alerts
		out.Match = "a_comparer"
		if m.Closeness == ins.Exact {
			out.Match = "exact"
		}
	}
	t := ins.TraitsOf(read, hint)
	out.StrictTraits = StrictTraits{t.BirthName, t.FirstGiven, t.Givens, t.Sex, t.BirthDate, t.BirthPlace}
	return reply(w, http.StatusOK, out)
}
