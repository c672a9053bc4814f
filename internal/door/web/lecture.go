package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/ins/lecture"
)

// Bounds of the pictures sent to be read: the file, how many are held in memory and how many are read
// at once, and how long one waits for its turn.
const (
	maxPicture  = 8 << 20
	maxPictures = 8
	maxReadings = 2
	readingWait = 5 * time.Second
)

// errPicture refuses a picture that is too big; errReadings asks to wait.
var (
	errPicture = &finding.Refusal{ID: "WEB-IMAGE-TAILLE", Kind: finding.TooLarge, Rule: "limite publiée",
		Message: finding.Tf("L'image dépasse %d Mio.", "The picture is over %d MiB.", maxPicture>>20),
		Fix:     finding.T("Recadrez-la autour du code, ou réduisez la qualité de l'appareil.", "Crop it around the code, or lower the quality of the camera.")}
	errReadings = &finding.Refusal{ID: "WEB-LECTURE-OCCUPEE", Kind: finding.Busy, Rule: "limite publiée",
		Message: finding.T("Plusieurs images sont déjà en cours de lecture.", "Several pictures are being read already."),
		Fix:     finding.T("Recommencez dans quelques secondes.", "Retry in a few seconds.")}
)

// parsePicture reads the fields of a form that carries a picture, all of it in memory: a picture of an
// identity is never written to a temporary file.
func (q *request) parsePicture() error {
	select {
	case q.d.pictures <- struct{}{}:
		q.holding = true // until the page is written
	default:
		return errReadings
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxPicture+maxForm)
	err := q.r.ParseMultipartForm(maxPicture + maxForm)
	if tooBig := new(http.MaxBytesError); errors.As(err, &tooBig) {
		return errPicture
	}
	if err != nil {
		return errForm
	}
	return nil
}

// isPicture tells whether a request sends a picture to the page that takes one.
func isPicture(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data" && r.URL.Path == readingPath
}

// readingPage is the reading of an INS Datamatrix.
type readingPage struct {
	Problem       *problem
	Read          bool
	INS, Key, OID string
	T             ins.Traits
	Row           *identityRow // who that is here
	Exact         bool
	Rows          []compareRow
	Words         string
}

// reading takes a picture of a Datamatrix and finds who that is here. The camera is open to this page
// alone.
// spec: INS §7, §8
func (d *Door) reading(q *request) error {
	q.w.Header().Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
	p := readingPage{}
	if q.r.Method == "GET" {
		return q.render("lecture", p)
	}
	if err := q.readPicture(&p); err != nil {
		if p.Problem = q.problemOf(err); p.Problem == nil {
			return err
		}
	}
	return q.render("lecture", p)
}

// readPicture finds the code in the picture, and the person.
func (q *request) readPicture(p *readingPage) error {
	file, _, err := q.r.FormFile("image")
	if err != nil {
		return lecture.ErrPicture.With(err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxPicture+1))
	if err != nil {
		return err
	}
	if len(data) > maxPicture {
		return errPicture
	}
	select {
	case q.d.readings <- struct{}{}:
		defer func() { <-q.d.readings }()
	case <-time.After(readingWait):
		return errReadings
	case <-q.r.Context().Done():
		return errReadings
	}
	label, err := lecture.Read(data)
	if err != nil {
		return err
	}
	person, match, err := q.d.DMP.Recognise(q.r.Context(), label.INS, ins.TraitsOf(label, ""))
	if err != nil && !errors.Is(err, ins.ErrUnknown) {
		return err
	}
	p.Read, p.OID, p.T = true, label.INS.OID, ins.TraitsOf(label, "")
	p.INS, p.Key = spaced(label.INS.Matricule.Reveal())
	if person == nil {
		return nil
	}
	// The list of given names is cut as it is here.
	p.T = ins.TraitsOf(label, person.Traits.FirstGiven)
	match = ins.Compare(label.INS, p.T, person)
	row := q.identityRow(person)
	p.Row, p.Exact, p.Rows = &row, match.Closeness == ins.Exact, q.compareTraits(person.Traits, p.T, append(match.Differences, match.Alerts...))
	return nil
}
