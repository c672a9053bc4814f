package run

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/vihf"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/format/xmldsig"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/run/client"
	"github.com/socle-sante/socle/internal/store/embedded"
)

const (
	actProvide  = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
	actRetrieve = "urn:ihe:iti:2007:RetrieveDocumentSet"
	actQuery    = "urn:ihe:iti:2007:RegistryStoredQuery"
)

// trial is a territory under bad treatment: the clients of its personas are made once.
type trial struct {
	*territory
	clients map[string]*client.Client
}

func newTrial(tr *territory) *trial { return &trial{tr, map[string]*client.Client{}} }

func (tr *trial) as(persona string) *client.Client {
	if tr.clients[persona] == nil {
		tr.clients[persona] = tr.client(persona)
	}
	return tr.clients[persona]
}

// patient is who a hand-made document is about.
type patient struct {
	ins                          insid.INS
	name, given, sex, birth, cog string
}

func (p patient) cx() string { return p.ins.CX() }

// citizen gives a citizen persona as a patient.
func (tr *territory) citizen(id string) patient {
	p := tr.endpoints.Persona(id)
	return patient{ins: insid.INS{Matricule: insid.Matricule(p.INS), OID: p.OID}, name: p.BirthName, given: p.BirthGiven, sex: p.Sex,
		birth: p.BirthDate, cog: p.BirthPlace}
}

// stranger makes a test INS that nobody of the territory carries.
func stranger(t testing.TB, order string) patient {
	t.Helper()
	m, err := insid.WithKey("1590199350" + order)
	if err != nil {
		t.Fatal(err)
	}
	return patient{ins: insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.10"}, name: "ESSAI", given: "REFUS", sex: "M", birth: "1959-01-15", cog: "99350"}
}

// offline changes a stopped territory through its domain, then starts it again.
func (tr *territory) offline(change func(d *dmp.DMP)) *territory {
	t := tr.t
	t.Helper()
	tr.close()
	store, err := embedded.Open(tr.dir, embedded.Options{Origin: "socle.demo/journal", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	change(&dmp.DMP{Store: store, Mode: ins.Sandbox, Now: time.Now})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return startDemo(t, tr.dir, 12)
}

// identity keeps a stranger, with or without the evidence that qualifies them, and their record
// in a state.
func identity(t testing.TB, d *dmp.DMP, p patient, qualified bool, state dmp.State) {
	t.Helper()
	ctx := context.Background()
	n := &ins.Person{INS: p.ins, Traits: ins.Traits{BirthName: p.name, FirstGiven: p.given, Givens: p.given, Sex: p.sex, BirthDate: p.birth, BirthPlace: p.cog}}
	if qualified {
		n.Evidence.Kind = "CNI"
	}
	desk := dmp.Caller{Actor: acces.Actor{ID: "guichet"}, Door: "essai"}
	// In production an INS comes from INSi: the identity is made without, then asks for it.
	if d.Mode == ins.Production {
		n.INS = insid.INS{}
	}
	kept, _, err := d.Identify(ctx, desk, n)
	if err != nil {
		t.Fatal(err)
	}
	if d.Mode == ins.Production {
		if _, err := d.RetrieveINS(ctx, desk, kept.ID, national{p.ins, n.Traits}, true, ""); err != nil {
			t.Fatal(err)
		}
	}
	own := dmp.Caller{Actor: acces.CitizenActor(kept), Door: "essai"}
	switch state {
	case dmp.Ouvert:
		err = d.Open(ctx, desk, kept.ID)
	case dmp.Oppose:
		err = d.OpposeRecord(ctx, own, kept.ID, "essai")
	case dmp.Ferme:
		if err = d.Open(ctx, desk, kept.ID); err == nil {
			err = d.CloseRecord(ctx, own, kept.ID, "essai")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// national is an INSi that knows one person.
type national struct {
	id     insid.INS
	traits ins.Traits
}

func (n national) Search(context.Context, ins.Query) (ins.Reply, error) {
	return ins.Reply{Code: ins.CodeFound, Label: "OK", INS: n.id, Traits: n.traits}, nil
}

func (n national) Verify(_ context.Context, id insid.INS, _ ins.Traits) (bool, error) {
	return id == n.id, nil
}

// report writes a small consultation report about a patient, by the general practitioner.
func (tr *territory) report(p patient, uniqueID string) []byte {
	t := tr.t
	t.Helper()
	at := time.Now().Add(-time.Hour).Truncate(time.Minute)
	gp := tr.endpoints.Persona("medecin_generaliste")
	s := &write.Structure{ID: gp.Structure, Name: "Cabinet médical des Tilleuls", Phone: "0199000001", Practice: "AMBULATOIRE",
		Addr: write.Addr{Street: "12 rue des Tilleuls", PostalCode: "99100", City: "VALMONT-SUR-SEILLE", Country: "FRANCE"}}
	author := write.Professional{ID: gp.IDNat, Speciality: "G15_10/SM26", Family: "MARTIN-LEROUX", Given: "Claire", Suffix: "DR", Phone: s.Phone, Addr: s.Addr, Structure: s}
	h := write.Header{ID: cda.II{Root: uniqueID}, Type: "11488-4", Title: "Consultation d'essai", Time: at, Author: author, Legal: &author,
		Patient:   write.Patient{INS: p.ins, BirthName: p.name, FirstGiven: p.given, Sex: p.sex, Birth: strings.ReplaceAll(p.birth, "-", ""), BirthCOG: p.cog, Addr: s.Addr, Phone: s.Phone},
		Service:   write.Service{ID: cda.II{Root: client.NewOID()}, Start: at, End: at},
		Encounter: write.Encounter{Code: "AMB", Facility: "SA07", Place: s.Name, Start: at, End: at, Responsible: &author}}
	raw, err := write.Report(nil, h, write.File{MediaType: "application/pdf", Data: []byte("%PDF-1.4\ntrailer<</Root 1 0 R>>\n%%EOF\n")})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// deposit is a submission of one document, ready to be spoilt.
type deposit struct {
	sub   *xds.Submission
	docs  map[string][]byte // by id of xdsb:Document
	about string            // patient of the assertion
	as    string            // persona
	edit  func(body []byte) []byte
}

func (tr *territory) deposit(p patient) *deposit {
	t := tr.t
	t.Helper()
	raw := tr.report(p, client.NewOID())
	doc, err := cda.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	sub := client.Submission(doc, tr.endpoints.Persona("medecin_generaliste"), time.Now())
	sub.Entries[0].EntryUUID = "Document01"
	sub.Associations[0].Target = "Document01"
	sub.Set.PatientID, sub.Entries[0].PatientID, sub.Entries[0].SourcePatientID = p.cx(), p.cx(), p.cx()
	return &deposit{sub: sub, docs: map[string][]byte{"Document01": raw}, about: p.cx(), as: "medecin_generaliste"}
}

func (d *deposit) entry() *xds.DocumentEntry { return &d.sub.Entries[0] }

// body writes the request of ITI-41 and its parts.
func (d *deposit) body() ([]byte, []soap.Attachment) {
	b := []byte(`<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb="` + ebxml.NSXDSB + `">`)
	b = ebxml.AppendSubmission(b, d.sub)
	var parts []soap.Attachment
	for _, id := range []string{"Document01", "Document02"} {
		raw, ok := d.docs[id]
		if !ok {
			continue
		}
		b = append(b, `<xdsb:Document id="`+id+`">`...)
		b = append(soap.AppendInclude(b, id+"@essai"), `</xdsb:Document>`...)
		parts = append(parts, soap.Attachment{ID: id + "@essai", ContentType: "text/xml", Data: raw})
	}
	b = append(b, `</xdsb:ProvideAndRegisterDocumentSetRequest>`...)
	if d.edit != nil {
		b = d.edit(b)
	}
	return b, parts
}

// wire is one HTTP request in bytes.
type wire struct {
	url, contentType string
	body             []byte
	http             *http.Client
}

// request signs and writes a deposit as the software of a persona does.
func (tr *trial) request(d *deposit) wire {
	tr.t.Helper()
	c := tr.as(d.as)
	assertion, err := c.Assertion(d.about)
	if err != nil {
		tr.t.Fatal(err)
	}
	body, parts := d.body()
	return tr.envelope(tr.endpoints.Repository, actProvide, vihf.Security(assertion), body, parts, c.HTTP())
}

func (tr *territory) envelope(url, action string, security, body []byte, parts []soap.Attachment, h *http.Client) wire {
	r := soap.Request{Action: action, To: url, MessageID: "urn:uuid:" + uuid.NewString(), Security: security, Body: body, Parts: parts}
	if action != actQuery {
		r.Boundary = "LIMITE"
	}
	raw, contentType := r.Append(nil)
	return wire{url: url, contentType: contentType, body: raw, http: h}
}

// seen is an answer read back.
type seen struct {
	status   int
	header   http.Header
	raw      []byte
	fault    *soap.Fault
	response string // status of the RegistryResponse
	errors   []ebxml.RegistryError
}

// post sends the bytes as they are.
func (w wire) post(t testing.TB) seen {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.url, bytes.NewReader(w.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.contentType)
	resp, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return readSeen(t, resp)
}

func readSeen(t testing.TB, resp *http.Response) seen {
	t.Helper()
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	s := seen{status: resp.StatusCode, header: resp.Header, raw: raw}
	env, err := soap.Read(resp.Header.Get("Content-Type"), "", raw, soap.Options{Response: true})
	if err != nil {
		t.Errorf("the answer (%s) is not SOAP: %v %.300s", resp.Status, err, raw)
		return s
	}
	if s.fault = env.Fault(); s.fault == nil {
		s.response, s.errors = ebxml.ReadResponse(env.Body)
	}
	return s
}

// refusalWanted says what a fault must be answered with.
type refusalWanted struct {
	status  int
	code    string // SOAP fault code, or "" when the refusal travels in a RegistryResponse
	subcode string // SOAP subcode, or the errorCode of the RegistryResponse
	id      string
}

// senderFault is the usual refusal of form and security.
func senderFault(subcode, id string) refusalWanted {
	return refusalWanted{400, soap.Sender, subcode, id}
}

// registryError is the usual refusal of content and rights.
func registryError(code, id string) refusalWanted { return refusalWanted{200, "", code, id} }

// check compares an answer with what is wanted: status, codes, stable id, both languages.
func (w refusalWanted) check(t testing.TB, s seen) {
	t.Helper()
	if s.status != w.status {
		t.Errorf("HTTP %d, %d expected: %.400s", s.status, w.status, s.raw)
	}
	if w.code == "" {
		w.checkRegistry(t, s)
		return
	}
	if s.fault == nil {
		t.Errorf("no SOAP fault: %.400s", s.raw)
		return
	}
	if s.fault.Code != w.code || s.fault.Subcode != w.subcode {
		t.Errorf("fault %s/%s, %s/%s expected", s.fault.Code, s.fault.Subcode, w.code, w.subcode)
	}
	if len(s.fault.Refusals) != 1 || s.fault.Refusals[0].ID != w.id {
		t.Errorf("refusal %+v, id %s expected", s.fault.Refusals, w.id)
		return
	}
	r := s.fault.Refusals[0]
	bilingual(t, s.fault.Reason.FR, s.fault.Reason.EN)
	bilingual(t, r.Message.FR, r.Message.EN)
	bilingual(t, r.Fix.FR, r.Fix.EN)
}

func (w refusalWanted) checkRegistry(t testing.TB, s seen) {
	t.Helper()
	if s.fault != nil {
		t.Errorf("a SOAP fault %s where a RegistryResponse is due: %s", s.fault.Subcode, s.fault.Reason.EN)
		return
	}
	if s.response != ebxml.StatusFailure || len(s.errors) != 1 {
		t.Errorf("status %s, errors %+v", s.response, s.errors)
		return
	}
	e := s.errors[0]
	if e.Code != w.subcode {
		t.Errorf("errorCode %s, %s expected", e.Code, w.subcode)
	}
	fr, en, _ := strings.Cut(e.Context, " | ")
	if !strings.HasSuffix(fr, "#"+w.id) {
		t.Errorf("codeContext %q, id %s expected", e.Context, w.id)
	}
	bilingual(t, fr, en)
}

func bilingual(t testing.TB, fr, en string) {
	t.Helper()
	if len(fr) < 10 || len(en) < 5 || fr == en {
		t.Errorf("both languages are due: %q and %q", fr, en)
	}
}

// kept counts what a record holds, through the registry: it proves at once that nothing came in
// and that the server still answers.
func (tr *trial) kept(p patient) int {
	tr.t.Helper()
	a, err := tr.as("medecin_generaliste").Query(context.Background(), p.cx(), findAll(p))
	if err != nil || !a.OK() {
		tr.t.Fatalf("the server no longer answers: %v %+v", err, a)
	}
	return len(a.Objects.Entries)
}

func findAll(p patient) *xds.Query {
	return &xds.Query{ID: xds.FindDocuments, ReturnLeaf: true, Slots: []xds.Slot{{Name: "$XDSDocumentEntryPatientId", Values: []string{p.cx()}},
		{Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved), string(xds.Deprecated)}}}}
}

// verified counts the documents of the data folder after checking every byte, row and leaf.
func (tr *territory) verified() int64 {
	tr.t.Helper()
	r, err := embedded.Verify(context.Background(), tr.dir, embedded.VerifyOptions{})
	if err != nil || !r.OK {
		tr.t.Fatalf("verify: %v %+v", err, r)
	}
	return r.Documents
}

// smartcard is a certificate with its key, as a test signs with it.
type smartcard struct {
	tls   tls.Certificate
	leaf  *x509.Certificate
	chain []*x509.Certificate
}

func readSmartcard(t testing.TB, cert, key string) smartcard {
	t.Helper()
	c, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return smartcardOf(t, c)
}

func smartcardOf(t testing.TB, c tls.Certificate) smartcard {
	t.Helper()
	s := smartcard{tls: c}
	for i, der := range c.Certificate {
		x, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			s.leaf = x
			continue
		}
		s.chain = append(s.chain, x)
	}
	return s
}

func (tr *territory) card(persona string) smartcard {
	p := tr.endpoints.Persona(persona)
	return readSmartcard(tr.t, p.ClientCert, p.ClientKey)
}

// sign signs an assertion after an edit of its XML.
func (s smartcard) sign(t testing.TB, a vihf.Assertion, edit func(string) string) []byte {
	t.Helper()
	a.Issuer = vihf.SubjectName(s.leaf)
	src := string(vihf.Append(nil, &a))
	if edit != nil {
		src = edit(src)
	}
	signer := xmldsig.Signer{Key: s.tls.PrivateKey.(crypto.Signer), Rand: rand.Reader, Certificates: s.tls.Certificate}
	out, err := xmldsig.SignEnveloped(nil, []byte(src), signer, "Issuer")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// http makes a client that shows a certificate (none when its chain is empty) and trusts the territory.
func (tr *territory) http(c tls.Certificate) *http.Client {
	ca, err := os.ReadFile(tr.endpoints.CAFile)
	if err != nil {
		tr.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	conf := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if len(c.Certificate) > 0 {
		conf.Certificates = []tls.Certificate{c}
	}
	transport := &http.Transport{TLSClientConfig: conf}
	tr.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Timeout: time.Minute, Transport: transport}
}

// assertion gives the fields of the VIHF that a persona would sign, to be changed before signing.
func (tr *trial) assertion(persona, cx string) vihf.Assertion {
	tr.t.Helper()
	raw, err := tr.as(persona).Assertion(cx)
	if err != nil {
		tr.t.Fatal(err)
	}
	d, err := xmltree.Parse(raw)
	if err != nil {
		tr.t.Fatal(err)
	}
	a, err := vihf.Parse(d.Root())
	if err != nil {
		tr.t.Fatal(err)
	}
	a.ID = "_" + uuid.NewString()
	return *a
}
