package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
	"github.com/socle-sante/socle/internal/door/web"
)

// administer adds to the world an administrator of the practice, and a second structure where the
// general practitioner works too.
func (w *world) administer() {
	dir := w.dmp.Annuaire
	place := w.gp.Structures[0]
	finess := annuaire.MakeFINESS("99000002")
	must(w.t, dir.PutStructure(annuaire.Structure{IDNat: annuaire.StructIDNat(finess), FINESS: finess, Name: "Maison de garde d'Aurore", Sector: "SA09", Practice: "AMBULATOIRE",
		Address: []string{"2 rue du Puits"}, PostCode: "99000", Town: "AURORE", Phone: "0199000009", Mailbox: "garde@exemple.mssante.fr", Active: true}))
	gp := *w.gp
	gp.Structures, gp.Mailbox = append([]string{place}, annuaire.StructIDNat(finess)), "claire.martin-leroux@exemple.mssante.fr"
	must(w.t, dir.Put(gp))
	w.gp = dir.Professional(gp.IDNat)
	admin := annuaire.Professional{RPPS: annuaire.MakeRPPS("9900000009"), Given: "Paul", Family: "VASSEUR", Civility: "M", Function: acces.Administrateur, Role: "administrateur", RoleEN: "administrator", Structures: []string{place}, Active: true}
	admin.IDNat = annuaire.IDNat(admin.RPPS)
	must(w.t, dir.Put(admin))
	w.door.Personas = append(w.door.Personas, web.Persona{ID: "administrateur", Role: "administrateur", Name: "Paul VASSEUR", Subject: acces.Subject{Professional: admin.IDNat, Structure: place}})
}

// TestSecretaryActsForTheDoctor: delegated, the secretary sees whom the doctor follows and declares an
// authorisation; ended, neither.
// spec: DMP 2.2 (CPE rows)
func TestSecretaryActsForTheDoctor(t *testing.T) {
	w := newWorld(t)
	w.administer()
	ctx := context.Background()
	doctor, secretary := w.visitor("medecin-generaliste"), w.visitor("secretaire")
	nobody := &ins.Person{Traits: ins.Traits{BirthName: "NEUVE", FirstGiven: "JEANNE", Sex: "F", BirthDate: "1990-05-06", BirthPlace: "51001"}, Evidence: ins.Evidence{Kind: "CNI", Date: "2024-01-02", Operator: "x"}}
	nobody, _, err := w.dmp.Identify(ctx, w.doctor(), nobody)
	must(t, err)
	must(t, w.dmp.Open(ctx, w.doctor(), nobody.ID))
	page := "/identite/" + string(nobody.ID)

	secretary.get("/accueil")
	secretary.shows(t, "Aucun professionnel de la structure ne vous a donné délégation")
	if secretary.get(page); strings.Contains(secretary.last, "Autoriser un médecin") {
		t.Error("without a delegation, an authorisation is offered")
	}
	declare := func() int {
		secretary.get(page)
		return secretary.post(record(nobody)+"/autorisation", "professionnel", w.gp.IDNat, "consentement", "oui")
	}
	if code := declare(); code != 403 {
		t.Errorf("without a delegation: %d", code)
	}
	doctor.get("/structure")
	doctor.shows(t, "Cabinet médical des Tilleuls", "Sophie LAMBERT", "Yann LE GOFF", "Paul VASSEUR", "Aucune délégation en cours")
	if code, _ := doctor.send("/structure/delegation", "a", w.nurse.IDNat, "jusqu", "2026-06-01"); code != 400 {
		t.Errorf("to somebody who is no staff: %d", code)
	}
	if code, _ := doctor.send("/structure/delegation", "a", w.secr.IDNat, "jusqu", "2031-06-01"); code != 400 || !strings.Contains(doctor.last, `value="2031-06-01"`) {
		t.Errorf("for five years: %d", code)
	}
	doctor.send("/structure/delegation", "a", w.secr.IDNat, "jusqu", "2026-06-01")
	doctor.shows(t, "Sophie LAMBERT peut agir pour Dr Claire MARTIN-LEROUX", "Mettre fin")
	secretary.get("/accueil")
	secretary.shows(t, "Dr Claire MARTIN-LEROUX", "DARC", "ROSSET", "/identite/"+string(w.maxime.ID))
	secretary.get(page)
	secretary.shows(t, "Autoriser un médecin", "Dr Claire MARTIN-LEROUX")
	if code := declare(); code != 200 {
		t.Fatalf("in the name of the doctor: %d", code)
	}
	secretary.shows(t, "déclarée au nom de Dr Claire MARTIN-LEROUX")
	if code := doctor.get(record(nobody)); code != 200 {
		t.Errorf("the doctor was authorised: %d", code)
	}
	leaves, err := w.dmp.Accesses(ctx, w.citizen(nobody), nobody.ID, 0, 10)
	must(t, err)
	found := false
	for _, l := range leaves {
		found = found || l.Record.Action == journal.Authorise && l.Record.Actor.ID == w.secr.IDNat
	}
	if !found {
		t.Error("the journal does not name the secretary")
	}
	// The documents stay closed.
	if code := secretary.get(record(w.maxime)); code != 403 {
		t.Errorf("a secretary opens a record: %d", code)
	}
	// The day after the last, it no longer counts; ended before, neither.
	doctor.get("/structure")
	doctor.send("/structure/delegation/fin", "de", w.gp.IDNat, "a", w.secr.IDNat)
	doctor.shows(t, "n&#39;agit plus pour", "Aucune délégation en cours")
	if code := declare(); code != 403 {
		t.Errorf("after the end: %d", code)
	}
	if secretary.get("/accueil"); strings.Contains(secretary.last, "ROSSET") {
		t.Error("the patients of the doctor are still shown")
	}
	// The secretary cannot delegate to themselves; the administrator delegates for the doctor.
	secretary.get("/structure")
	if code, _ := secretary.send("/structure/delegation", "de", w.gp.IDNat, "a", w.secr.IDNat, "jusqu", "2026-06-01"); code != 403 {
		t.Errorf("by the secretary: %d", code)
	}
	admin := w.visitor("administrateur")
	admin.get("/structure")
	admin.shows(t, "Vous administrez cette structure")
	admin.send("/structure/delegation", "de", w.gp.IDNat, "a", w.secr.IDNat, "jusqu", "2026-03-20")
	admin.shows(t, "peut agir pour", "donnée par")
	w.later(9 * 24 * time.Hour)
	if secretary = w.visitor("secretaire"); secretary.get("/accueil") != 200 || strings.Contains(secretary.last, "ROSSET") {
		t.Error("a delegation outlives its last day")
	}
}

// TestRightsAreExplained: the table of a doctor and that of a secretary, in both languages.
// spec: DMP 2.2
func TestRightsAreExplained(t *testing.T) {
	w := newWorld(t)
	w.administer()
	v := w.visitor("administrateur")
	v.get("/structure")
	member := func(name string) string {
		before, _, ok := strings.Cut(v.last, "<strong>"+name+"</strong></span><span class=\"p-traits\"")
		if !ok {
			t.Fatalf("%s is no member", name)
		}
		at := strings.LastIndex(before, `href="/structure/membre/`)
		path, _, _ := strings.Cut(before[at+6:], `"`)
		return path
	}
	gp, secretary := member("Dr Claire MARTIN-LEROUX"), member("Mme Sophie LAMBERT")
	v.get(gp)
	v.shows(t, "Lire un document", "médecin traitant", "aussi en urgence", "Certificat de la structure", "Médecin")
	v.get(secretary)
	v.shows(t, "Déclarer une autorisation", "aucune : personnel de la structure")
	if strings.Contains(v.last, ">Lire un document<") {
		t.Error("a secretary reads")
	}
	v.get(gp + "?lang=en")
	v.shows(t, "Read a document", "also in an emergency")
	if v.get("/structure/membre/003-1-1") != 404 || v.get("/structure/membre/x") != 404 {
		t.Error("somebody who is not there")
	}
}

// TestAccount ends another session, and goes on in another structure.
func TestAccount(t *testing.T) {
	w := newWorld(t)
	w.administer()
	w.door.ECPS = func(idNat string) string { return "/ecps?pour=" + idNat }
	here, there := w.visitor("medecin-generaliste"), w.visitor("medecin-generaliste")
	here.get("/compte")
	here.shows(t, "Médecin", w.gp.RPPS, "Ouvrir mon e-CPS", "Maison de garde d&#39;Aurore", "Travailler ici", "Fermer")
	if code, _ := here.send("/compte/structure", "structure", "199999999"); code != 404 {
		t.Errorf("a structure of nobody's: %d", code)
	}
	here.get("/compte")
	here.send("/compte/structure", "structure", w.gp.Structures[1])
	here.shows(t, "Vous travaillez maintenant à Maison de garde")
	here.get("/structure")
	here.shows(t, "Maison de garde d&#39;Aurore")
	here.get("/compte")
	_, after, ok := strings.Cut(here.last, `name="session" value="`)
	if !ok {
		t.Fatal("the other session is not listed, though in another structure")
	}
	public, _, _ := strings.Cut(after, `"`)
	here.send("/compte/session", "session", public)
	if there.get("/compte"); !strings.Contains(there.last, "welcome") {
		t.Error("the other session is still open")
	}
	if code, _ := here.send("/compte/session", "session", "x"); code != 404 {
		t.Errorf("a session of nobody's: %d", code)
	}
}

// TestDirectoryPages finds professionals and structures, for a professional and for a citizen.
func TestDirectoryPages(t *testing.T) {
	w := newWorld(t)
	w.administer()
	for _, who := range []string{"medecin-generaliste", "citoyen-1"} {
		v := w.visitor(who)
		v.get("/annuaire")
		v.shows(t, "Annuaire santé", "Les résultats apparaîtront ici", `<option value="10">Médecin`)
		v.get("/annuaire?quoi=pro&nom=martin+cla&profession=10&lieu=")
		v.shows(t, "Dr Claire MARTIN-LEROUX", "Cabinet médical des Tilleuls")
		v.get("/annuaire?nom=leroux&lieu=99000")
		v.shows(t, "Dr Claire MARTIN-LEROUX")
		path := addressOf(v.last, "/annuaire/professionnel/")
		v.get(path)
		v.shows(t, w.gp.RPPS, "claire.martin-leroux@exemple.mssante.fr", "2 rue du Puits", "01\u00a099\u00a000\u00a000\u00a009", "garde@exemple.mssante.fr")
		v.get("/annuaire?nom=martin&profession=60")
		v.shows(t, "Rien ne correspond")
		v.get("/annuaire?quoi=structure&nom=garde&lieu=auro")
		v.shows(t, "Maison de garde", "2 rue du Puits")
		v.get(addressOf(v.last, "/annuaire/structure/"))
		v.shows(t, "Dr Claire MARTIN-LEROUX", w.dmp.Annuaire.Structure(w.gp.Structures[1]).FINESS)
		for _, bad := range []string{"/annuaire/professionnel/x", "/annuaire/professionnel/003-1-1", "/annuaire/structure/001-1-1"} {
			if code := v.get(bad); code != 404 {
				t.Errorf("%s: %d", bad, code)
			}
		}
		if code := v.get("/annuaire?nom=" + strings.Repeat("a", 5000) + "&suite=%ff"); code != 200 {
			t.Errorf("a long search: %d", code)
		}
	}
	if v := w.visitor(""); v.get("/annuaire") != 200 || !strings.Contains(v.last, "welcome") {
		t.Error("the directory is open to whoever passes by")
	}
}

func addressOf(page, prefix string) string {
	at := strings.Index(page, `href="`+prefix)
	if at < 0 {
		return "/missing"
	}
	path, _, _ := strings.Cut(page[at+6:], `"`)
	return path
}
