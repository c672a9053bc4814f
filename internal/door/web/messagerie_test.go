package web_test

import (
	"context"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/door/web/webtest"
)

// rows lists the addresses of the conversations of the list that is open.
func (v *visitor) rows() (out []string) {
	for _, m := range regexp.MustCompile(`class="mail-link" href="([^"]+)"`).FindAllStringSubmatch(v.last, -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	return out
}

// row opens the conversation of the list whose line says words.
func (v *visitor) row(list, words string) string {
	v.t.Helper()
	v.get(list)
	for _, line := range strings.Split(v.last, `<li class="mail-row`) {
		if m := regexp.MustCompile(`class="mail-link" href="([^"]+)"`).FindStringSubmatch(line); m != nil && strings.Contains(line, html.EscapeString(words)) {
			if code := v.get(html.UnescapeString(m[1])); code != 200 {
				v.t.Fatalf("%s: %d", words, code)
			}
			return html.UnescapeString(m[1])
		}
	}
	v.t.Fatalf("no conversation says %q", words)
	return ""
}

// TestMailbox: a list by conversations, with the documents of each and what became of them; opening
// one marks it read and shows the document itself.
// spec: MSSANTE va1.25, SC.MSS/UX.31
func TestMailbox(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	v := w.visitor("medecin-generaliste")
	v.get("/messagerie")
	v.shows(t, "Vos boîtes aux lettres", "Secrétariat des Tilleuls", "boîte d&#39;organisation", "Messages")
	box := w.boxPath(w.box(w.gp.IDNat, gpBox))
	v.get(box)
	v.shows(t, "Yann LE GOFF", "Dominique DARC", "classé dans le dossier", "à comparer", "1 document reçu attend", "2 messages")
	if n := len(v.rows()); n != 5 {
		t.Errorf("%d conversations", n)
	}
	if strings.Contains(v.last, "XDM/1.0") {
		t.Error("the mark of the archive is shown")
	}
	// What a citizen wrote: their name, birth and matricule from the directory of persons.
	v.row(box, "Votre glycémie")
	v.shows(t, "DARC", "née le 28 mars 1979", "2\u202f79\u202f03\u202f51\u202f215\u202f189", "Puis-je prendre rendez-vous", record(w.dominique), "Votre HbA1c est stable")
	// A document is shown in the page, with its results, filed, and leads to the record.
	at := v.row(box, "PAT-TROIS DOMINIQUE")
	v.shows(t, "Hémoglobine glyquée", "classé dans le dossier", "Ouvrir dans le dossier", "Hélène FAURE", "Envoyer l&#39;accusé de lecture", "ouvrir")
	part := regexp.MustCompile(`href="(` + regexp.QuoteMeta(at) + `/document/1/original)"`).FindStringSubmatch(v.last)
	if part == nil {
		t.Fatal("no file of the document")
	}
	resp := v.do("GET", part[1], nil)
	if d := resp.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || !strings.Contains(v.last, "ClinicalDocument") {
		t.Errorf("the original: %s", d)
	}
	v.get(at)
	v.post(at, "geste", "accuse")
	v.shows(t, "L&#39;accusé de lecture est parti", "Accusé de lecture envoyé")
	v.get(box + "?filtre=non-lus")
	if n := len(v.rows()); n != 3 {
		t.Errorf("%d unread conversations after three were opened", n)
	}
	// Search by words, posted; a word of nobody.
	v.post(box, "q", "gof pansement", "dossier", "1")
	v.shows(t, "3 messages trouvés", "Envoyés")
	v.post(box, "q", "zzz", "dossier", "1")
	v.shows(t, "0 message trouvé")
	if code := v.get(box + "?lang=en"); code != 200 || !strings.Contains(v.last, "Inbox") {
		t.Error("no English")
	}
}

// TestMailPages: a page begins under the one before, whatever arrives meanwhile, and nothing is
// shown twice.
func TestMailPages(t *testing.T) {
	w := newWorld(t)
	nurse := w.box(w.nurse.IDNat, nurseBox)
	for i := range 60 {
		w.later(time.Minute)
		w.send(nurse, mss.Letter{To: []string{gpBox}, Subject: "Lettre " + string(rune('A'+i%26)) + string(rune('a'+i/26)), Text: "x"})
	}
	v := w.visitor("medecin-generaliste")
	next, seen, pages := w.boxPath(w.box(w.gp.IDNat, gpBox)), map[string]bool{}, 0
	for next != "" {
		v.get(next)
		for _, r := range v.rows() {
			if seen[r] {
				t.Errorf("%s twice", r)
			}
			seen[r] = true
		}
		pages++
		w.send(nurse, mss.Letter{To: []string{gpBox}, Subject: "Pendant ce temps", Text: "x"})
		m := regexp.MustCompile(`class="button quiet" href="([^"]*suite=[^"]*)"`).FindStringSubmatch(v.last)
		if next = ""; m != nil {
			next = html.UnescapeString(m[1])
		}
	}
	if pages != 3 || len(seen) != 60 {
		t.Errorf("%d messages in %d pages", len(seen), pages)
	}
}

// TestMailIsNotYours: a mailbox, folder or message of somebody else and one that never existed are
// the same page.
func TestMailIsNotYours(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	mine, theirs := w.boxPath(w.box(w.gp.IDNat, gpBox)), w.boxPath(w.box(w.nurse.IDNat, nurseBox))
	v, nurse, citizen := w.visitor("medecin-generaliste"), w.visitor("infirmier"), w.visitor("citoyen-2")
	v.get("/nulle-part")
	none := v.last
	for _, p := range []string{theirs, theirs + "/m/1-1", theirs + "/envois", theirs + "/constats", theirs + "/bannette", theirs + "/nouveau", "/messagerie/zzzz", "/messagerie/%2e", mine + "/m/1-zz", mine + "/m/99-1", mine + "/m/x",
		mine + "?dossier=zz", mine + "?dossier=-1", mine + "/m/1-1/fichier/99", mine + "/m/1-1/document/9/pdf", mine + "/m/1-5/document/1/autre", mine + "/bannette?piece=x", mine + "/envoi/x", mine + "/nouveau?brouillon=1-1",
		mine + "/nouveau?reponse=1-999", mine + "/nouveau?patient=" + string(w.dominique.ID) + "&document=x", "/mon-espace/messages"} {
		if code := v.get(p); code != 404 || v.last != none {
			t.Errorf("%s: %d", p, code)
		}
	}
	if code := nurse.get(mine + "/m/1-1"); code != 404 {
		t.Errorf("the nurse opens a message of the doctor: %d", code)
	}
	if code := citizen.get("/mon-espace/messages/1-1"); code != 404 {
		t.Errorf("a citizen opens a message that is not theirs: %d", code)
	}
	if code := citizen.get(mine); code != 404 {
		t.Errorf("a citizen opens a professional mailbox: %d", code)
	}
	stranger := w.visitor("")
	if resp := stranger.do("GET", mine, nil); !strings.HasPrefix(resp.Request.URL.RawQuery, "suite=") {
		t.Errorf("signed out: %s", resp.Request.URL)
	}
	v.get(mine)
	if code := v.do("POST", mine+"/gestes", url.Values{"geste": {"corbeille"}, "m": {"1-1"}, "dossier": {"1"}}).StatusCode; code != 403 {
		t.Errorf("a form without a token: %d", code)
	}
}

// TestMailMeansHarm: nothing of a message is taken for a page: subject, names, bodies, files.
func TestMailMeansHarm(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	gp := w.box(w.gp.IDNat, gpBox)
	raw := "From: =?utf-8?q?<script>alert(3)</script>?= <yann.le-goff@infirmier.mssante.fr>\r\nTo: \"<img src=x>\" <a@b.fr>, " + gpBox + "\r\nSubject: =?utf-8?q?=E2=80=AE" + "<svg/onload=3Dalert(4)>?=\r\nDate: Thu, 12 Mar 2026 10:00:00 +0000\r\nMessage-ID: <x@y>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Bonjour<script>alert(5)</script><img src=\"http://pisteur.example/i.png\" onerror=\"alert(6)\"><a href=\"javascript:alert(7)\">lien</a></p>\r\n--b\r\n" +
		"Content-Type: text/html; name=\"../../<b>.html\"\r\nContent-Disposition: attachment; filename=\"..\\\\x\\\"; filename=evil.html\"\r\n\r\n<script>alert(8)</script>\r\n--b\r\nContent-Type: application/zip; name=IHE_XDM.zip\r\nContent-Disposition: attachment; filename=IHE_XDM.zip\r\nContent-Transfer-Encoding: base64\r\n\r\nUEsDBAAAAAA=\r\n--b--\r\n"
	_, _, err := gp.Append(context.Background(), "INBOX", 0, nil, w.clock(), []byte(raw))
	must(t, err)
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(gp)
	v.get(box)
	harmless := func(where string) {
		t.Helper()
		body := v.last
		for _, bad := range []string{"<script>alert", "<img src=x", "onerror=\"", "<svg/onload", "pisteur.example", "javascript:", "\u202e", "<b>.html", "style=\""} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %q", where, bad)
			}
		}
	}
	for _, path := range v.rows() {
		harmless("the list")
		v.get(path)
		harmless(path)
		for _, m := range regexp.MustCompile(`href="([^"]*/fichier/\d+)"`).FindAllStringSubmatch(v.last, -1) {
			resp := v.do("GET", m[1], nil)
			d := resp.Header.Get("Content-Disposition")
			if resp.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(d, "attachment; filename=\"") || strings.ContainsAny(d[len(`attachment; filename="`):len(d)-1], `"<>\/;`) {
				t.Errorf("%s is served as %s, %s", m[1], resp.Header.Get("Content-Type"), d)
			}
		}
		answer := strings.Replace(path, "/m/", "/nouveau?reponse=", 1)
		if code := v.get(answer); code != 200 {
			t.Errorf("answer: %d", code)
		}
		harmless("the answer")
		v.get(strings.Replace(path, "/m/", "/nouveau?transfert=", 1))
		harmless("the forward")
	}
}

// TestFilingByHand: a document in doubt is compared side by side, then filed or set aside.
// spec: MSSANTE va1.27, va1.28
func TestFilingByHand(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(w.box(w.gp.IDNat, gpBox))
	v.get(box + "/bannette")
	v.shows(t, "Compte rendu d&#39;examens biologiques", "Comparer", "resultats@bioaurore.mssante.fr")
	piece := regexp.MustCompile(`bannette\?piece=([^"]+)"`).FindStringSubmatch(v.last)
	v.get(box + "/bannette?piece=" + piece[1])
	v.shows(t, "Est-ce la bonne personne", "15 juin 1987", "14 juin 1987", "1 trait diffère", "C&#39;est bien cette personne")
	id, _ := url.QueryUnescape(html.UnescapeString(piece[1]))
	if code := v.post(box+"/bannette", "piece", id, "choix", "non", "motif", ""); code != 400 {
		t.Errorf("set aside without a reason: %d", code)
	}
	v.shows(t, "Écarter un document demande un motif")
	v.post(box+"/bannette", "piece", id, "choix", "non", "motif", "Erreur de patient du laboratoire "+strings.Repeat("é", 400))
	v.shows(t, "Le document est écarté", "Rien n&#39;attend")
	v.row(box, "ROSSET MAXIME")
	v.shows(t, "écarté")
}

// TestLetterWithADocument: from the document of a record to the patient and a colleague, one send
// path, and the proof of each on the page of the sending and on the document.
// spec: MSSANTE ECO.2.2.6, ECO.2.3.2
func TestLetterWithADocument(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("medecin-generaliste")
	doc := w.door.DocumentPath(w.dominique.ID, w.documents["bio-DOMINIQUE-9"])
	v.get(doc)
	link := regexp.MustCompile(`href="([^"]+/nouveau\?[^"]+)"`).FindStringSubmatch(v.last)
	if link == nil {
		t.Fatal("no way to send")
	}
	v.get(html.UnescapeString(link[1]))
	v.shows(t, "Compte rendu d&#39;examens biologiques", "le patient, dans Mon espace santé", "DARC")
	write := strings.SplitN(html.UnescapeString(link[1]), "?", 2)[0]
	patient := citizenAddress(w.dominique)
	ref := fieldOf(v.last, "doc")
	fields := []string{"doc", ref, "patient", string(w.dominique.ID)}
	v.post(write, with(fields, "qui", "LE GOFF", "geste", "chercher")...)
	v.shows(t, "Yann LE GOFF", "infirmier")
	v.post(write, with(fields, "geste", "envoyer")...)
	v.shows(t, "Personne n&#39;est choisi")
	v.post(write, with(fields, "ajouter", patient)...)
	v.shows(t, "J&#39;ai vérifié l&#39;identité", "Le patient ne pourra pas répondre")
	v.post(write, with(fields, "a", patient, "modele", "patient", "geste", "modele")...)
	v.shows(t, "Bonjour Dominique", "Dr Claire MARTIN-LEROUX")
	if code := v.post(write, with(fields, "a", patient, "geste", "envoyer")...); code != 400 {
		t.Errorf("a citizen without confirmation: %d", code)
	}
	v.post(write, with(fields, "a", "x@ailleurs.example", "texte", "t", "geste", "envoyer")...)
	v.shows(t, html.EscapeString(mss.ErrOffList.Message.FR))
	form := url.Values{"jeton": {v.token()}, "doc": {ref}, "a": {patient, nurseBox}, "texte": {"Vos résultats."}, "identite": {"1"}, "accuse": {"1"}, "geste": {"envoyer"}}
	if code := v.do("POST", write, form).StatusCode; code != 200 {
		t.Fatalf("sent: %d", code)
	}
	v.shows(t, "C&#39;est parti", "distribué", "Dominique DARC", "accusé de lecture demandé")
	w.machine()
	// The citizen reads: a receipt leaves by itself.
	me := w.visitor("citoyen-1")
	at := me.row("/mon-espace/messages", "Compte rendu")
	me.shows(t, "Ce document est dans votre espace", "Le professionnel est prévenu", "Vos résultats.")
	w.machine()
	v.get(doc)
	v.shows(t, "Envois", "Dominique DARC", "Yann LE GOFF")
	if !strings.Contains(v.last, `class="d-lu"`) {
		t.Error("the reading is not in the proof")
	}
	// And answers.
	me.get(at)
	me.post(at, "geste", "repondre", "texte", "Merci docteur.")
	me.shows(t, "Votre réponse est partie", "Merci docteur.")
	w.machine()
	v.get(write[:strings.LastIndex(write, "/")])
	v.shows(t, "Merci docteur.", "patient")
}

func fieldOf(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// TestDraftsAndForwards: what is kept as a draft comes back whole, with its document; a forward
// carries the documents on.
func TestDraftsAndForwards(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(w.box(w.gp.IDNat, gpBox))
	at := v.row(box, "PAT-TROIS DOMINIQUE")
	v.get(strings.Replace(at, "/m/", "/nouveau?transfert=", 1))
	ref := fieldOf(v.last, "doc")
	v.post(box+"/nouveau", "doc", ref, "a", nurseBox, "objet", "Pour suite", "texte", "À voir ensemble.", "accuse", "1", "geste", "brouillon")
	v.shows(t, "Brouillon gardé", nurseBox, "À voir ensemble.", "Compte rendu d&#39;examens biologiques", "Pour suite")
	draft, draftDoc := fieldOf(v.last, "brouillon"), fieldOf(v.last, "doc")
	v.post(box+"/nouveau", "doc", draftDoc, "brouillon", draft, "a", nurseBox, "objet", "Pour suite", "texte", "À voir ensemble.", "accuse", "1", "geste", "envoyer")
	v.shows(t, "C&#39;est parti", "Yann LE GOFF")
	w.machine()
	v.get(box + "?dossier=2")
	if len(v.rows()) != 0 {
		t.Error("the draft is still there")
	}
	nurse := w.visitor("infirmier")
	nurse.row(w.boxPath(w.box(w.nurse.IDNat, nurseBox)), "Pour suite")
	nurse.shows(t, "Hémoglobine glyquée", "À voir ensemble.")
}

// TestGestures: archive, bin, undo, several at once, delete for ever from the bin only.
func TestGestures(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(w.box(w.gp.IDNat, gpBox))
	at := v.row(box, "Photo ")
	if code := v.post(at, "geste", "supprimer"); code != 404 {
		t.Errorf("deleted for ever from the inbox: %d", code)
	}
	v.get(at)
	v.post(at, "geste", "archiver")
	v.shows(t, "Rangé dans Archives", "Annuler")
	undo := regexp.MustCompile(`class="flash"><p>[^<]*</p><form method="post" action="([^"]+)">`).FindStringSubmatch(v.last)
	v.post(undo[1], "geste", "deplacer", "vers", "1")
	v.get(box)
	if n := len(v.rows()); n != 5 {
		t.Fatalf("%d conversations after the undo", n)
	}
	refs := regexp.MustCompile(`name="m" value="([^"]+)"`).FindAllStringSubmatch(v.last, -1)
	form := url.Values{"jeton": {v.token()}, "dossier": {"1"}, "geste": {"corbeille"}}
	for _, r := range refs {
		form.Add("m", r[1])
	}
	v.do("POST", box+"/gestes", form)
	v.shows(t, "Aucun message ici")
	v.get(box + "?dossier=5")
	refs = regexp.MustCompile(`name="m" value="([^"]+)"`).FindAllStringSubmatch(v.last, -1)
	if len(refs) != 5 {
		t.Fatalf("%d conversations in the bin", len(refs))
	}
	form = url.Values{"jeton": {v.token()}, "dossier": {"5"}, "geste": {"supprimer"}, "m": {refs[0][1]}}
	v.do("POST", box+"/gestes", form)
	v.shows(t, "supprimé")
}

// TestClosedExchange: a citizen is told that the exchange is closed, and no answer leaves.
// spec: ENS 1.3 §7
func TestClosedExchange(t *testing.T) {
	w := newWorld(t)
	gp := w.box(w.gp.IDNat, gpBox)
	w.send(gp, mss.Letter{To: []string{citizenAddress(w.dominique)}, Subject: "Information", Text: "Le cabinet est fermé lundi.", NoAnswer: true})
	me := w.visitor("citoyen-1")
	at := me.row("/mon-espace/messages", "Information")
	me.shows(t, "Vous ne pouvez pas répondre", "téléphonez")
	if me.post(at, "geste", "repondre", "texte", "mais") == 200 {
		t.Error("an answer left")
	}
	me.shows(t, "n&#39;est pas partie")
	if w.visitor("citoyen-2").get("/mon-espace/messages") != 200 {
		t.Error("who never got a letter has no page")
	}
}

// TestKeptByTheCitizen: a document that came by mail and is in no record is saved in one gesture.
func TestKeptByTheCitizen(t *testing.T) {
	w := newWorld(t)
	gp := w.box(w.gp.IDNat, gpBox)
	w.send(gp, mss.Letter{To: []string{citizenAddress(w.dominique)}, Documents: [][]byte{w.reportOf(w.dominique, 14)}})
	me := w.visitor("citoyen-1")
	at := me.row("/mon-espace/messages", "Compte rendu")
	me.shows(t, "Ce document n&#39;est pas encore dans votre espace", "Enregistrer dans mes documents", "Hémoglobine glyquée")
	me.post(at, "geste", "garder", "document", "1")
	me.shows(t, "Le document est enregistré", "Ce document est dans votre espace")
	if code := me.get(html.UnescapeString(regexp.MustCompile(`href="(/mon-espace/document/[^"]+)"`).FindStringSubmatch(me.last)[1])); code != 200 {
		t.Errorf("the saved document: %d", code)
	}
}

// TestAccessibleMail asks axe about every page of the mail.
func TestAccessibleMail(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	axe := webtest.Axe(t)
	w := newWorld(t)
	w.correspond()
	gp := w.box(w.gp.IDNat, gpBox)
	x := w.send(gp, mss.Letter{To: []string{nurseBox, "personne@medecin.mssante.fr"}, Subject: "À deux", Text: "Bonjour."})
	box := w.boxPath(gp)
	v, me := w.visitor("medecin-generaliste"), w.visitor("citoyen-1")
	doc, talk, patient := v.row(box, "PAT-TROIS DOMINIQUE"), v.row(box, "Pansement"), v.row(box, "glycémie")
	v.get(box + "/bannette")
	tray := html.UnescapeString(regexp.MustCompile(`href="([^"]+bannette\?piece=[^"]+)"`).FindStringSubmatch(v.last)[1])
	letter, result := me.row("/mon-espace/messages", "glycémie"), me.row("/mon-espace/messages", "Compte rendu")
	open := w.door.DocumentPath(w.dominique.ID, w.documents["bio-DOMINIQUE-9"])
	v.get(open)
	write := html.UnescapeString(regexp.MustCompile(`href="([^"]+/nouveau\?[^"]+)"`).FindStringSubmatch(v.last)[1])
	const pro, citizen = "medecin-generaliste", "citoyen-1"
	w.judge(t, axe, []visit{
		{pro, "/messagerie"}, {pro, box}, {pro, box + "?dossier=3&lang=en"}, {pro, doc + "?lang=fr"}, {pro, doc + "?vue=texte"}, {pro, talk}, {pro, patient}, {pro, tray}, {pro, write}, {pro, strings.Replace(patient, "/m/", "/nouveau?reponse=", 1)},
		{pro, box + "/envoi/" + x.ID}, {pro, box + "/envois"}, {pro, box + "/constats"}, {citizen, "/mon-espace/messages"}, {citizen, letter}, {citizen, result}, {"citoyen-2", "/mon-espace/messages"},
	})
}

// TestMailKeys: j and k walk the list, Enter opens, r answers, e archives, ? shows the keys.
func TestMailKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	w := newWorld(t)
	w.correspond()
	ctx := webtest.Within(webtest.Chromium(t), t, time.Minute)
	box := w.boxPath(w.box(w.gp.IDNat, gpBox))
	at := func(want string) {
		t.Helper()
		path, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + location.search`))
		must(t, err)
		if !strings.Contains(path, want) {
			t.Errorf("at %s, not %s", path, want)
		}
	}
	must(t, chromedp.Do(ctx, webtest.Viewport(1440), chromedp.Navigate(w.server.URL+w.door.LoginPath("medecin-generaliste")), chromedp.Navigate(w.server.URL+box),
		chromedp.KeyEvent("?"), chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k")))
	ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.activeElement === document.querySelector(".mail-link") && document.querySelector(".mail-keys").open`))
	must(t, err)
	if !ok {
		t.Error("? j j k does not stand on the first message with the keys shown")
	}
	must(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.activeElement.click();0`), chromedp.WaitReady(".mail-tools")))
	at("/m/")
	message, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href`))
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.KeyEvent("r"), chromedp.WaitReady("form.write")))
	at("nouveau?reponse=")
	must(t, chromedp.Do(ctx, chromedp.Navigate(message), chromedp.WaitReady(".mail-tools"), chromedp.KeyEvent("e"), chromedp.WaitReady(".flash")))
	at(box)
}
