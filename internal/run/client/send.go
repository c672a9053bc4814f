package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Sent is what became of one file; its JSON form is a contract.
type Sent struct {
	File      string   `json:"file"`
	Accepted  bool     `json:"accepted"`
	UniqueID  string   `json:"unique_id,omitempty"`
	EntryUUID string   `json:"entry_uuid,omitempty"`
	Patient   string   `json:"patient,omitempty"` // handle of the person
	Page      string   `json:"page,omitempty"`
	MessageID string   `json:"message_id,omitempty"` // of the mail, when it went by mail
	MS        int64    `json:"ms"`
	Identity  string   `json:"identity,omitempty"` // what the identity desk did, when it acted
	Findings  []Remark `json:"findings"`
}

// Remark is a finding about a file sent.
type Remark struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

func (s *Sent) refuse(id, message string) *Sent {
	s.Findings = append(s.Findings, Remark{ID: id, Severity: "error", Message: message})
	return s
}

// Send deposits one file: the identity desk first when the patient is not known, then ITI-41.
// It never returns an error: what went wrong is in the result.
func (c *Client) Send(ctx context.Context, file string) *Sent {
	start := c.now()
	s := &Sent{File: file, Findings: []Remark{}}
	defer func() { s.MS = c.now().Sub(start).Milliseconds() }()
	raw, err := os.ReadFile(file)
	if err != nil {
		return s.refuse("FICHIER", err.Error())
	}
	return c.send(ctx, s, raw)
}

func (c *Client) send(ctx context.Context, s *Sent, raw []byte) *Sent {
	doc, err := cda.Parse(raw)
	if err != nil {
		id, message := "XML", err.Error()
		if r := finding.As(err); r != nil {
			id, message = r.ID, r.Sentence("fr")
		}
		return s.refuse(id, message)
	}
	s.UniqueID = doc.UniqueID()
	id, err := patient(doc)
	if err != nil {
		return s.refuse("INS-ABSENT", err.Error())
	}
	person, err := c.desk(ctx, s, doc, id)
	if err != nil {
		var p *problem
		if errors.As(err, &p) {
			return s.refuse(p.ID, p.Detail)
		}
		return s.refuse("GUICHET", err.Error())
	}
	s.Patient = person
	sub := Submission(doc, c.Persona, c.now())
	a, err := c.Provide(ctx, sub, map[string][]byte{sub.Entries[0].EntryUUID: raw})
	if err != nil {
		return s.refuse("SOAP", err.Error())
	}
	for _, e := range a.Errors {
		severity := "error"
		if e.Warning {
			severity = "warning"
		}
		fid, message := splitContext(e)
		s.Findings = append(s.Findings, Remark{ID: fid, Severity: severity, Message: message})
	}
	if !a.OK() {
		return s
	}
	s.Accepted = true
	s.EntryUUID = sub.Entries[0].EntryUUID
	c.locate(ctx, s, id)
	return s
}

// locate asks the registry for the entry that was kept: another one when the same bytes were
// already there.
func (c *Client) locate(ctx context.Context, s *Sent, id insid.INS) {
	q := &xds.Query{ID: xds.GetDocuments, ReturnLeaf: true, Slots: []xds.Slot{{Name: "$XDSDocumentEntryUniqueId", Values: []string{s.UniqueID}}}}
	lid := s.EntryUUID
	if a, err := c.Query(ctx, id.CX(), q); err == nil && len(a.Objects.Entries) > 0 {
		e := a.Objects.Entries[len(a.Objects.Entries)-1]
		s.EntryUUID = e.EntryUUID
		if e.LogicalID != "" {
			lid = e.LogicalID
		}
	}
	s.Page = c.Endpoints.Web + "/patient/" + s.Patient + "/document/" + strings.TrimPrefix(lid, "urn:uuid:")
}

// splitContext takes our id out of a codeContext ("… #ID | …" or "#ID …"), else gives the code.
func splitContext(e ebxml.RegistryError) (id, message string) {
	fr, _, _ := strings.Cut(e.Context, " | ")
	if i := strings.LastIndexByte(fr, '#'); i >= 0 {
		word := fr[i+1:]
		if j := strings.IndexByte(word, ' '); j >= 0 {
			return word[:j], strings.TrimSpace(word[j+1:])
		}
		return word, strings.TrimSpace(fr[:i])
	}
	return e.Code, fr
}

// patient gives the INS of a document, also with a wrong key: the desk judges it.
func patient(doc *cda.Document) (insid.INS, error) {
	if id := doc.Patient.TheINS(); !id.IsZero() {
		return id, nil
	}
	for _, bad := range doc.Patient.BadINS {
		return insid.INS{Matricule: insid.Matricule(bad.Extension), OID: bad.Root}, nil
	}
	return insid.INS{}, errors.New("le document ne porte aucun INS (recordTarget/patientRole/id)")
}

// Submission makes the submission of one document, deposited by a persona.
func Submission(doc *cda.Document, p *Persona, now time.Time) *xds.Submission {
	e := cdameta.Entry(doc)
	e.EntryUUID = "urn:uuid:" + uuid.NewString()
	set := xds.SubmissionSet{EntryUUID: "SubmissionSet01", UniqueID: NewOID(), SourceID: "1.2.250.1.213.4.1.1.99", PatientID: e.PatientID,
		SubmissionTime: xds.FormatDTM(now), Title: e.Title, ContentType: xds.Code{Code: "07", System: "1.2.250.1.213.2.2", Display: "Consultations soins externes"},
		Authors: []xds.Author{{Person: p.xcn()}}}
	sub := &xds.Submission{Set: set, Entries: []xds.DocumentEntry{e}}
	sub.Associations = append(sub.Associations, xds.Association{EntryUUID: "Association01", Type: xds.HasMember, Source: set.EntryUUID, Target: e.EntryUUID, SetStatus: "Original"})
	return sub
}

// NewOID makes an OID from a fresh UUID.
func NewOID() string { return oid.FromUUID(uuid.New()) }

func (p *Persona) xcn() string { return xds.ProfessionalXCN(p.IDNat, p.Name, oid.PSIdNat) }

// problem is a refusal of the identity desk.
type problem struct {
	ID     string `json:"id"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string { return p.ID + ": " + p.Detail }

// desk makes the patient known: create and qualify the test identity, open the record, authorise
// the territory's general practitioner. What exists already stays as it is.
func (c *Client) desk(ctx context.Context, s *Sent, doc *cda.Document, id insid.INS) (string, error) {
	traits := map[string]any{
		"ins": string(id.Matricule), "ins_oid": id.OID, "birth_name": doc.Patient.BirthName(), "birth_given": doc.Patient.FirstGiven(),
		"birth_givens": doc.Patient.BirthGivens(), "used_name": doc.Patient.UsedName(), "used_given": doc.Patient.UsedGiven(),
		"sex": sexOf(doc), "birth_date": doc.Patient.Birth.Date(), "birth_place": placeOf(doc), "birth_town": doc.Patient.BirthCity,
		"evidence_kind": "CNI", "evidence_date": c.now().Format("2006-01-02"), "open": true,
	}
	var res struct {
		ID          string   `json:"id"`
		Created     bool     `json:"created"`
		Status      string   `json:"status"`
		Differences []string `json:"differences"`
	}
	// One looks before one creates: somebody known here keeps the traits they have.
	err := c.post(ctx, "secretaire", c.Endpoints.Identities+"/recherche", traits, &res)
	var p *problem
	if errors.As(err, &p) && p.ID == ins.ErrUnknown.ID {
		err = c.post(ctx, "secretaire", c.Endpoints.Identities, traits, &res)
	}
	if err != nil {
		return "", err
	}
	if res.Created {
		s.Identity = "identité de test créée et " + res.Status + ", dossier ouvert"
	}
	if len(res.Differences) > 0 {
		s.Findings = append(s.Findings, Remark{ID: ins.ErrOtherTraits.ID, Severity: "warning",
			Message: "L'identité connue ici a d'autres traits que le document (" + strings.Join(res.Differences, ", ") + ") : à comparer."})
	}
	return res.ID, c.post(ctx, "medecin_generaliste", c.Endpoints.Identities+"/"+res.ID+"/autorisation", map[string]any{}, nil)
}

func sexOf(doc *cda.Document) string {
	switch doc.Patient.Sex.Code {
	case "M", "F":
		return doc.Patient.Sex.Code
	}
	return "I"
}

// placeOf gives the birth place, 99999 when the document does not know it.
// spec: INS §2
func placeOf(doc *cda.Document) string {
	if doc.Patient.BirthCOG != "" {
		return doc.Patient.BirthCOG
	}
	return "99999"
}

func (c *Client) post(ctx context.Context, as, url string, in, out any) error {
	p := c.Endpoints.Persona(as)
	if p == nil || url == "" {
		return fmt.Errorf("no identity desk in this demo")
	}
	token, err := os.ReadFile(p.TokenFile)
	if err != nil {
		return err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxEndpoints))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		pr := &problem{}
		if json.Unmarshal(raw, pr) != nil || pr.ID == "" {
			return fmt.Errorf("identity desk: %s", resp.Status)
		}
		return pr
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}
