// Package web is the face of Socle for people: a professional finds a patient and reads the
// record, a citizen sees their documents and who saw them, and hides what they wish to hide.
//
// Pages are written on the server (html/template), work without script, in French and in English.
// The package asks the domains everything and holds no rule of its own; it keeps sessions,
// preferences and what a visit has just opened. Sources: RGAA 4.1 and WCAG 2.1 AA, OWASP ASVS
// for sessions and forms.
// Start with Door.Register.
package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/controle"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Persona is somebody a visitor of the demo may sign in as.
type Persona struct {
	ID, Role, Name, Words string
	Subject               acces.Subject
}

// Door serves the pages.
type Door struct {
	DMP      *dmp.DMP
	Annuaire *annuaire.Annuaire
	Log      *slog.Logger
	Now      func() time.Time
	// Actor makes the caller of a subject who still exists.
	Actor func(acces.Subject) (dmp.Caller, error)
	// Personas may be signed in as by one click: nil outside the demo, and then no such route exists.
	Personas []Persona
	// Proof gives the inclusion proof of a leaf of the journal.
	Proof func(index int64) (journal.Proof, error)
	// Secret signs form tokens and short-lived links.
	Secret []byte
	// Origin is the address of the pages, https://espace.exemple.fr; empty: as the browser says it.
	Origin string
	// The ways to sign in; nil when there is none. Comptes holds passkeys and one-time codes.
	ProSanteConnect, FranceConnect Provider
	Comptes                        *compte.Comptes
	// INSi is the teleservice that gives matricules; nil when none is configured.
	INSi ins.Teleservice
	// ECPS gives the address of a professional's e-CPS, "" when they have none; it may be nil.
	ECPS func(idNat string) string
	// Controle is the desk that checks documents for anyone; nil, and then no such route exists.
	Controle *controle.Desk
	// Outbox shows the messages of a demonstration; nil elsewhere, and then no such route exists.
	Outbox *Outbox
	// Mail is the secure mail; nil when there is none, and then no such page exists.
	Mail *mss.Operator

	once     sync.Once
	sessions *sessions
	pages    map[string]*pageSet // by language
	assets   *assets
	opened   openedDocuments
	threads  threadings
	journeys journeys
	pictures chan struct{} // pictures held in memory
	readings chan struct{} // pictures being read
}

// Register adds the routes.
func (d *Door) Register(mux *http.ServeMux) {
	d.prepare()
	d.assets.register(mux)
	anyone, pro, citizen := d.open, d.professional, d.citizen
	mux.HandleFunc("GET /{$}", anyone(d.welcome))
	if d.Personas != nil {
		mux.HandleFunc("GET /connexion/{persona}", d.signIn)
	}
	mux.HandleFunc("POST /deconnexion", anyone(d.signOut))
	mux.HandleFunc("GET "+connexionPath, anyone(d.connexion))
	mux.HandleFunc("POST "+connexionPath+"/cle", anyone(d.passkeySignIn))
	mux.HandleFunc("POST "+connexionPath+"/code", anyone(d.askCode))
	mux.HandleFunc("POST "+connexionPath+"/code/verifier", anyone(d.checkCode))
	if d.Outbox != nil {
		mux.HandleFunc("GET /demonstration/courrier", anyone(d.outbox))
	}
	if d.Controle != nil {
		mux.HandleFunc("GET "+controlPath, anyone(d.control))
		mux.HandleFunc("POST "+controlPath, anyone(d.control))
		mux.HandleFunc("GET "+messageControlPath, anyone(d.messageControl))
		mux.HandleFunc("POST "+messageControlPath, anyone(d.messageControl))
	}
	psc, fc := func() Provider { return d.ProSanteConnect }, func() Provider { return d.FranceConnect }
	mux.HandleFunc("GET "+connexionPath+"/pro-sante-connect", anyone(d.leave(psc, PSCBackPath)))
	mux.HandleFunc("GET "+PSCBackPath, anyone(d.comeBack(psc, PSCBackPath)))
	mux.HandleFunc("GET "+connexionPath+"/franceconnect", anyone(d.leave(fc, FCBackPath)))
	mux.HandleFunc("GET "+FCBackPath, anyone(d.comeBack(fc, FCBackPath)))

	mux.HandleFunc("GET /piece/{token}", anyone(d.part))

	mux.HandleFunc("GET /accueil", pro(d.home))
	mux.HandleFunc("GET /recherche", pro(d.search))
	mux.HandleFunc("POST /recherche", pro(d.search))
	mux.HandleFunc("GET /patient/{id}", pro(d.record))
	mux.HandleFunc("POST /patient/{id}", pro(d.record))
	mux.HandleFunc("POST /patient/{id}/autorisation", pro(d.authorise))
	mux.HandleFunc("POST /patient/{id}/urgence", pro(d.emergency))
	mux.HandleFunc("GET /patient/{id}/document/{lid}", pro(d.document))
	mux.HandleFunc("GET /patient/{id}/document/{lid}/original", pro(d.original))
	mux.HandleFunc("POST /patient/{id}/document/{lid}/visibilite", pro(d.visibility))
	mux.HandleFunc("GET /patient/{id}/acces", pro(d.accesses))
	mux.HandleFunc("GET /patient/{id}/acces/{index}", pro(d.proof))
	mux.HandleFunc("GET /patient/{id}/biologie", pro(d.biology))
	mux.HandleFunc("GET /patient/{id}/courbe", pro(d.curve))

	mux.HandleFunc("GET "+deskPath, pro(d.identities))
	mux.HandleFunc("POST "+deskPath, pro(d.identities))
	mux.HandleFunc("GET "+newPath, pro(d.create))
	mux.HandleFunc("POST "+newPath, pro(d.create))
	mux.HandleFunc("GET "+readingPath, pro(d.reading))
	mux.HandleFunc("POST "+readingPath, pro(d.reading))
	mux.HandleFunc("GET "+identityBase+"{id}", pro(d.identity))
	mux.HandleFunc("GET "+identityBase+"{id}/fiche", pro(d.insSheet))
	mux.HandleFunc("POST "+identityBase+"{id}/insi", pro(d.insi))
	mux.HandleFunc("POST "+identityBase+"{id}/piece", pro(d.evidence))
	mux.HandleFunc("POST "+identityBase+"{id}/traits", pro(d.traits))
	mux.HandleFunc("POST "+identityBase+"{id}/complements", pro(d.complements))
	mux.HandleFunc("POST "+identityBase+"{id}/attributs", pro(d.attribute))
	mux.HandleFunc("GET "+identityBase+"{id}/fusion", pro(d.merge))
	mux.HandleFunc("POST "+identityBase+"{id}/fusion", pro(d.merge))
	mux.HandleFunc("POST "+identityBase+"{id}/separation", pro(d.separate))

	mux.HandleFunc("GET "+structurePath, pro(d.structure))
	mux.HandleFunc("GET "+structurePath+"/membre/{id}", pro(d.member))
	mux.HandleFunc("POST "+structurePath+"/delegation", pro(d.delegate))
	mux.HandleFunc("POST "+structurePath+"/delegation/fin", pro(d.delegateEnd))
	mux.HandleFunc("GET "+accountPath, pro(d.account))
	mux.HandleFunc("POST "+accountPath+"/session", pro(d.accountSession))
	mux.HandleFunc("POST "+accountPath+"/structure", pro(d.switchStructure))

	mux.HandleFunc("GET "+directoryPath, anyone(d.signedInPage(d.directorySearch)))
	mux.HandleFunc("GET "+directoryPath+"/professionnel/{id}", anyone(d.signedInPage(d.directoryPerson)))
	mux.HandleFunc("GET "+directoryPath+"/structure/{id}", anyone(d.signedInPage(d.directoryStructure)))

	mux.HandleFunc("GET /mon-espace", citizen(d.space))
	mux.HandleFunc("POST /mon-espace", citizen(d.space))
	mux.HandleFunc("GET /mon-espace/document/{lid}", citizen(d.document))
	mux.HandleFunc("GET /mon-espace/document/{lid}/original", citizen(d.original))
	mux.HandleFunc("POST /mon-espace/document/{lid}/visibilite", citizen(d.visibility))
	mux.HandleFunc("GET /mon-espace/acces", citizen(d.accesses))
	mux.HandleFunc("GET /mon-espace/acces/{index}", citizen(d.proof))
	mux.HandleFunc("GET /mon-espace/reglages", citizen(d.settings))
	mux.HandleFunc("POST /mon-espace/reglages", citizen(d.settings))
	mux.HandleFunc("POST /mon-espace/reglages/professionnel", citizen(d.care))
	mux.HandleFunc("POST /mon-espace/reglages/urgence", citizen(d.choose))
	mux.HandleFunc("POST /mon-espace/reglages/dossier", citizen(d.recordState))
	mux.HandleFunc("POST /mon-espace/reglages/session", citizen(d.endSession))
	mux.HandleFunc("POST "+settingsPath+"/cle/options", citizen(d.newPasskey))
	mux.HandleFunc("POST "+settingsPath+"/cle", citizen(d.addPasskey))
	mux.HandleFunc("POST "+settingsPath+"/cle/retirer", citizen(d.removePasskey))
	mux.HandleFunc("POST "+settingsPath+"/adresse", citizen(d.setMail))
	mux.HandleFunc("POST "+settingsPath+"/adresse/confirmer", citizen(d.confirmMail))
	mux.HandleFunc("GET /mon-espace/biologie", citizen(d.biology))
	mux.HandleFunc("GET /mon-espace/courbe", citizen(d.curve))
	if d.Mail != nil {
		d.registerMail(mux)
	}
	mux.HandleFunc("/", anyone(func(*request) error { return errNoPage }))
}

func (d *Door) prepare() {
	d.once.Do(func() {
		d.sessions = newSessions(d.Now)
		d.pictures = make(chan struct{}, maxPictures)
		d.readings = make(chan struct{}, maxReadings)
		d.assets = loadAssets()
		d.pages = d.loadPages()
	})
}

// LoginPath is the address that signs a persona in.
func (d *Door) LoginPath(personaID string) string { return "/connexion/" + url.PathEscape(personaID) }

// DocumentPath is the page of a document for a professional.
func (d *Door) DocumentPath(p ins.PersonID, e *xds.DocumentEntry) string {
	return recordPath(p) + "/document/" + documentToken(e)
}

func recordPath(p ins.PersonID) string { return "/patient/" + url.PathEscape(string(p)) }

// documentToken is the handle of a document in an address: its logical id without the scheme.
func documentToken(e *xds.DocumentEntry) string {
	return url.PathEscape(strings.TrimPrefix(e.LogicalID, "urn:uuid:"))
}
