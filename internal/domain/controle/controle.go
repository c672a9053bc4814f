// Package controle («contrôle») is the desk where anyone may have a document checked, without an
// account: it takes turns, bounds what one address and all of them may ask, and keeps nothing, in
// the journal neither. The page and the API share one desk.
//
// What is said of a document is format/cda/control's; the bounds are Socle's own. Missing: several
// documents in one request (socle check takes folders and archives).
// Start with New, then Read, Desk.Admit and Desk.Check.
package controle

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
)

// Bounds of the desk.
const (
	// MaxDocument is the size of a document: more than any national service takes.
	MaxDocument = 20 << 20
	// maxMarkup is how many tags and comments a document may have: ten times the largest official
	// example. What is embedded in base64 counts for nothing here.
	maxMarkup = 60_000
	// markupPerTurn is how much of it is worth one more check of the pace of an address.
	markupPerTurn = 1_000
	// maxHeld is what the documents under way may weigh together, and maxHeldEach those of one
	// address, which may be sending them as slowly as it can.
	maxHeld     = 256 << 20
	maxHeldEach = maxHeld / 4
	// placesPerCore is how many documents are checked at once for each processor.
	placesPerCore = 2
	// patience is how long a request waits for its turn.
	patience = 2 * time.Second
)

// Refusals of the desk.
var (
	ErrBusy = &finding.Refusal{ID: "CONTROLE-OCCUPE", Kind: finding.Busy, Rule: "limite publiée",
		Message: finding.T("Plusieurs documents sont déjà en cours de contrôle.", "Several documents are being checked already."),
		Fix:     finding.T("Recommencez dans quelques secondes.", "Retry in a few seconds.")}
	ErrPace = &finding.Refusal{ID: "CONTROLE-RYTHME", Kind: finding.Busy, Rule: "limite publiée",
		Message: finding.Tf("Votre adresse a demandé plus de %d contrôles d'affilée.", "Your address asked for more than %d checks in a row.", paceBurst),
		Fix:     finding.Tf("Attendez une seconde : %d contrôles par seconde sont servis ; pour un lot, prenez « socle check ».", "Wait a second: %d checks a second are served; for a batch, use “socle check”.", pacePerSecond)}
	ErrSize = &finding.Refusal{ID: "CONTROLE-TAILLE", Kind: finding.TooLarge, Rule: "limite publiée",
		Message: finding.Tf("Le document dépasse %d Mio.", "The document is over %d MiB.", MaxDocument>>20),
		Fix:     finding.T("Réduisez ce qu'il embarque (images, PDF), ou contrôlez-le sur votre machine avec « socle check ».", "Make what it embeds smaller (pictures, PDF), or check it on your machine with “socle check”.")}
	ErrCrowded = &finding.Refusal{ID: "CONTROLE-ELEMENTS", Kind: finding.TooLarge, Rule: "limite publiée",
		Message: finding.Tf("Le document a plus de %d balises : c'est plus que ce bureau ouvert à tous contrôle.", "The document has more than %d tags: more than this desk, open to all, checks.", maxMarkup),
		Fix:     finding.T("Contrôlez-le sur votre machine avec « socle check », qui n'a pas cette limite.", "Check it on your machine with “socle check”, which has no such limit.")}
	ErrEmpty = &finding.Refusal{ID: "CONTROLE-VIDE", Kind: finding.Invalid,
		Message: finding.T("Aucun document n'est arrivé.", "No document arrived."),
		Fix:     finding.T("Choisissez un fichier ou collez le XML ; par l'API, envoyez le document comme corps de la requête.", "Choose a file or paste the XML; with the API, send the document as the body of the request.")}
	ErrForm = &finding.Refusal{ID: "CONTROLE-FORMULAIRE", Kind: finding.Invalid, Rule: "RFC 7578",
		Message: finding.T("Ce formulaire ne se lit pas, ou porte plusieurs documents.", "This form cannot be read, or carries several documents."),
		Fix:     finding.T("Envoyez un seul fichier, dans un champ multipart/form-data nommé « document ».", "Send one file, in a multipart/form-data field named “document”.")}
	ErrType = &finding.Refusal{ID: "CONTROLE-TYPE", Kind: finding.Invalid, Rule: "RFC 9110 §15.5.16",
		Message: finding.T("Ce type de contenu n'est pas celui d'un document XML.", "This content type is not that of an XML document."),
		Fix:     finding.T("Envoyez application/xml, text/xml, un type en +xml, ou multipart/form-data.", "Send application/xml, text/xml, a type in +xml, or multipart/form-data.")}
)

// Desk checks documents for anyone. It may be used from several goroutines.
type Desk struct {
	// Patience is how long a request waits for its turn.
	Patience time.Duration

	controller func() *control.Controller
	now        func() time.Time
	production bool
	places     chan struct{}
	pace       pace

	mu   sync.Mutex
	held int64
	each map[netip.Prefix]int64 // held for one address
}

// New opens a desk. controller gives the rule sets in use at each moment and may give nil:
// Socle's own rules are always there. production says that identities of the real world are due.
func New(controller func() *control.Controller, now func() time.Time, production bool) *Desk {
	return &Desk{Patience: patience, controller: controller, now: now, production: production, places: make(chan struct{}, placesPerCore*runtime.GOMAXPROCS(0))}
}

// Controller gives the rules in use now.
func (d *Desk) Controller() *control.Controller { return d.controller() }

// Admit lets a request of an address in, with a body of a size (under 0: unknown). leave must be
// called once the answer is written. Nothing of the body was read yet.
func (d *Desk) Admit(address string, size int64) (leave func(), err error) {
	if size > MaxDocument+maxFields {
		return nil, ErrSize
	}
	if !d.pace.take(address, d.now()) {
		return nil, ErrPace
	}
	if size < 0 {
		size = MaxDocument
	}
	from, bounded := network(address)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held+size > maxHeld || bounded && d.each[from]+size > maxHeldEach {
		return nil, ErrBusy
	}
	d.hold(from, size)
	var once sync.Once
	return func() {
		once.Do(func() {
			d.mu.Lock()
			d.hold(from, -size)
			d.mu.Unlock()
		})
	}, nil
}

// hold counts bytes under way for an address; the lock is held.
func (d *Desk) hold(from netip.Prefix, size int64) {
	d.held += size
	if d.each == nil {
		d.each = map[netip.Prefix]int64{}
	}
	if d.each[from] += size; d.each[from] <= 0 {
		delete(d.each, from)
	}
}

// Check says everything of a document, when its turn comes. An edition of the rules may be asked.
// A crowded document counts for several in the pace of its address: what it costs is the others' wait.
func (d *Desk) Check(ctx context.Context, address string, raw []byte, edition string) (r control.Report, err error) {
	markup := bytes.Count(raw, []byte{'<'})
	if markup > maxMarkup {
		return control.Report{}, ErrCrowded
	}
	d.pace.owe(address, float64(markup/markupPerTurn))
	select {
	case d.places <- struct{}{}:
	default:
		t := time.NewTimer(d.Patience)
		defer t.Stop()
		select {
		case d.places <- struct{}{}:
		case <-t.C:
			return control.Report{}, ErrBusy
		case <-ctx.Done():
			return control.Report{}, ErrBusy.With(ctx.Err())
		}
	}
	defer func() {
		<-d.places
		if recover() != nil { // its value is not said: it may quote the document
			err = fmt.Errorf("control failed at %s", trace())
		}
	}()
	return d.controller().Check(raw, control.Question{Now: d.now(), Production: d.production, Edition: edition}), nil
}

// Accepted tells whether a deposit would be accepted in a mode.
func Accepted(r *control.Report, m control.Mode) bool {
	return r.Unusable == "" && len(r.Refusing(m)) == 0
}

// trace names the functions that a panic came through.
func trace() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	var b strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s:%d ", f.Function, f.Line)
		if !more {
			return b.String()
		}
	}
}
