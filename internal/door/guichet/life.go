package guichet

import (
	"net/http"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// registerLife adds the routes of the life of an identity.
func (d *Door) registerLife(mux *http.ServeMux) {
	mux.HandleFunc("POST "+Path+"/liste", d.serve(d.search))
	mux.HandleFunc("POST "+Path+"/creation", d.serve(d.create))
	mux.HandleFunc("GET "+Path+"/{id}", d.serve(d.show))
	mux.HandleFunc("POST "+Path+"/{id}/insi", d.serve(d.insi))
	mux.HandleFunc("POST "+Path+"/{id}/piece", d.serve(d.evidence))
	mux.HandleFunc("POST "+Path+"/{id}/traits", d.serve(d.traits))
	mux.HandleFunc("POST "+Path+"/{id}/complements", d.serve(d.complements))
	mux.HandleFunc("POST "+Path+"/{id}/attributs", d.serve(d.attributes))
	mux.HandleFunc("POST "+Path+"/{id}/fusion", d.serve(d.merge))
	mux.HandleFunc("POST "+Path+"/{id}/separation", d.serve(d.separate))
	mux.HandleFunc("GET "+Path+"/{id}/datamatrix", d.serve(d.datamatrix))
	mux.HandleFunc("POST "+Path+"/lecture", d.serve(d.readLabel))
}

var (
	errAction = &finding.Refusal{ID: "GUICHET-ACTION", Kind: finding.Invalid, Where: "action",
		Message: finding.T("L'action n'est ni «recherche» ni «verification».", "The action is neither \"recherche\" nor \"verification\"."),
		Fix:     finding.T("Demandez l'une des deux.", "Ask for one of the two.")}
	errNothing = &finding.Refusal{ID: "GUICHET-RIEN", Kind: finding.Invalid,
		Message: finding.T("La demande ne change rien : aucun champ n'est donné.", "The request changes nothing: no field is given."),
		Fix:     finding.T("Donnez au moins un champ de la route.", "Give at least one field of the route.")}
)

// StrictTraits are the strict traits in JSON.
type StrictTraits struct {
	BirthName   string `json:"birth_name"`
	BirthGiven  string `json:"birth_given"`
	BirthGivens string `json:"birth_givens"`
	Sex         string `json:"sex"`
	BirthDate   string `json:"birth_date"`
	BirthPlace  string `json:"birth_place"`
}

func (t StrictTraits) traits() ins.Traits {
	return ins.Traits{BirthName: t.BirthName, FirstGiven: t.BirthGiven, Givens: t.BirthGivens, Sex: t.Sex, BirthDate: t.BirthDate, BirthPlace: t.BirthPlace}
}

// Complements are the complementary traits in JSON; what is absent stays as it is.
type Complements struct {
	UsedName   *string    `json:"used_name"`
	UsedGiven  *string    `json:"used_given"`
	BirthTown  *string    `json:"birth_town"`
	Phone      *string    `json:"phone"`
	Mail       *string    `json:"mail"`
	Address    *string    `json:"address"`
	Profession *string    `json:"profession"`
	Vitale     *string    `json:"vitale"`
	Local      *[]Local   `json:"ipp"`
	Related    *[]Related `json:"related"`
}

// Local is an IPP in JSON.
type Local struct {
	Value     string `json:"value"`
	Authority string `json:"authority"`
}

// Related is a related person in JSON.
type Related struct {
	Link   string `json:"link"`
	Name   string `json:"name,omitempty"`
	Phone  string `json:"phone,omitempty"`
	Person string `json:"id,omitempty"`
}

func (c Complements) edit(to *ins.Complementary) {
	for _, f := range []struct {
		from *string
		to   *string
	}{{c.UsedName, &to.UsedName}, {c.UsedGiven, &to.UsedGiven}, {c.BirthTown, &to.BirthTown}, {c.Phone, &to.Phone}, {c.Mail, &to.Mail},
		{c.Address, &to.Address}, {c.Profession, &to.Profession}, {c.Vitale, &to.Vitale}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if c.Local != nil {
		to.Local = nil
		for _, l := range *c.Local {
			to.Local = append(to.Local, ins.LocalID{Value: l.Value, Authority: l.Authority})
		}
	}
	if c.Related != nil {
		to.Related = nil
		for _, r := range *c.Related {
			to.Related = append(to.Related, ins.Related{Link: r.Link, Name: r.Name, Phone: r.Phone, Person: ins.PersonID(r.Person)})
		}
	}
}

// Proof is an identity document in JSON.
type Proof struct {
	Kind    string `json:"evidence_kind"`
	Date    string `json:"evidence_date"`
	With    string `json:"evidence_with"`
	Setting string `json:"evidence_setting"`
}

func (p Proof) evidence(c dmp.Caller) ins.Evidence {
	return ins.Evidence{Kind: p.Kind, Date: p.Date, With: p.With, Setting: p.Setting, Operator: c.ID}
}

// search finds identities: birth date first, or an INS, or an IPP.
// spec: INS §2 (local search)
func (d *Door) search(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		INS       string `json:"ins"`
		OID       string `json:"ins_oid"`
		IPP       string `json:"ipp"`
		Authority string `json:"ipp_authority"`
		BirthDate string `json:"birth_date"`
		Name      string `json:"name"`
		Given     string `json:"given"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	s := ins.Search{BirthDate: in.BirthDate, Name: in.Name, Given: in.Given, Local: ins.LocalID{Value: in.IPP, Authority: in.Authority}}
	if in.INS != "" {
		id, err := d.matricule(in.INS, in.OID)
		if err != nil {
			return err
		}
		s.INS = id
	}
	list, err := d.DMP.SearchPersons(r.Context(), c, s)
	if err != nil {
		return err
	}
	out := struct {
		Identities []View `json:"identities"`
	}{Identities: []View{}}
	for _, p := range list {
		out.Identities = append(out.Identities, brief(p))
	}
	return reply(w, http.StatusOK, out)
}

// matricule reads an INS; the mode of the installation judges the OID before the shape.
func (d *Door) matricule(m, oid string) (insid.INS, error) {
	if err := d.DMP.Mode.Admit(insid.INS{Matricule: insid.Matricule(m), OID: oid}); err != nil {
		return insid.INS{}, err
	}
	id, err := insid.Parse(m, oid)
	if err != nil {
		return id, ins.ErrKey.With(err)
	}
	return id, nil
}

// create makes a new identity, without INS: only INSi gives one.
func (d *Door) create(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		StrictTraits
		Complements
		Proof
		Fictive  bool `json:"fictive"`
		Anonyme  bool `json:"anonyme"`
		Compared bool `json:"compare"`
		Open     bool `json:"open"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	n := dmp.Creation{Traits: in.traits(), Evidence: in.evidence(c), Fictive: in.Fictive, Anonyme: in.Anonyme, Compared: in.Compared}
	in.edit(&n.Complement)
	p, found, err := d.DMP.CreateIdentity(r.Context(), c, n)
	if err != nil {
		return err
	}
	v := whole(p)
	v.Doublons = doublons(found)
	if in.Open {
		if err := d.DMP.Open(r.Context(), c, p.ID); err != nil {
			return err
		}
		v.Opened = true
	}
	return reply(w, http.StatusCreated, v)
}

// show gives an identity: status, why it is not qualified, history, doublons.
func (d *Door) show(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	if err := noQuery(r); err != nil {
		return err
	}
	id := ins.PersonID(r.PathValue("id"))
	p, err := d.DMP.Person(r.Context(), c, id)
	if err != nil {
		return err
	}
	v := whole(p)
	found, err := d.DMP.Doublons(r.Context(), c, id)
	if err != nil {
		return err
	}
	v.Doublons = doublons(found)
	return reply(w, http.StatusOK, v)
}

// insi asks the teleservice for the matricule of a person, or whether the one they carry is theirs.
func (d *Door) insi(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		Action string `json:"action"`
		Accept bool   `json:"accept"`
		First  string `json:"birth_given"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	id := ins.PersonID(r.PathValue("id"))
	switch in.Action {
	case "recherche":
		got, err := d.DMP.RetrieveINS(r.Context(), c, id, d.INSi, in.Accept, in.First)
		if err != nil {
			return err
		}
		return reply(w, http.StatusOK, answer(got))
	case "verification":
		ok, p, err := d.DMP.VerifyINS(r.Context(), c, id, d.INSi)
		if err != nil {
			return err
		}
		return reply(w, http.StatusOK, INSiAnswer{Action: in.Action, Verified: &ok, Identity: whole(p)})
	}
	return errAction
}

// evidence records an identity document, or takes a check back.
func (d *Door) evidence(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		Proof
		Withdraw bool   `json:"retirer"`
		Reason   string `json:"motif"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	id := ins.PersonID(r.PathValue("id"))
	if in.Withdraw {
		return changed(w)(d.DMP.WithdrawEvidence(r.Context(), c, id, in.Reason))
	}
	return changed(w)(d.DMP.RecordEvidence(r.Context(), c, id, in.evidence(c)))
}

// traits replaces the strict traits, all of them.
func (d *Door) traits(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		StrictTraits
		Reason string `json:"motif"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	return changed(w)(d.DMP.ChangeTraits(r.Context(), c, ins.PersonID(r.PathValue("id")), in.traits(), in.Reason))
}

func (d *Door) complements(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in Complements
	if err := read(w, r, &in); err != nil {
		return err
	}
	return changed(w)(d.DMP.SetComplementary(r.Context(), c, ins.PersonID(r.PathValue("id")), in.edit))
}

// attributes sets and lifts the attributes that are given.
func (d *Door) attributes(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		Homonyme *bool  `json:"homonyme"`
		Douteuse *bool  `json:"douteuse"`
		Fictive  *bool  `json:"fictive"`
		Anonyme  *bool  `json:"anonyme"`
		Reason   string `json:"motif"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	id := ins.PersonID(r.PathValue("id"))
	var p *ins.Person
	for _, a := range []struct {
		on  *bool
		set func(on bool) (*ins.Person, error)
	}{
		{in.Homonyme, func(on bool) (*ins.Person, error) { return d.DMP.SetHomonyme(r.Context(), c, id, on, in.Reason) }},
		{in.Douteuse, func(on bool) (*ins.Person, error) { return d.DMP.SetDouteuse(r.Context(), c, id, on, in.Reason) }},
		{in.Anonyme, func(on bool) (*ins.Person, error) { return d.DMP.SetAnonyme(r.Context(), c, id, on, in.Reason) }},
		{in.Fictive, func(on bool) (*ins.Person, error) { return d.DMP.SetFictive(r.Context(), c, id, on, in.Reason) }},
	} {
		if a.on == nil {
			continue
		}
		var err error
		if p, err = a.set(*a.on); err != nil {
			return err
		}
	}
	if p == nil {
		return errNothing
	}
	return changed(w)(p, nil)
}

func (d *Door) merge(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		Lose        string `json:"absorbe"`
		Reason      string `json:"motif"`
		SamePerson  bool   `json:"meme_personne"`
		OtherTraits bool   `json:"traits_compares"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	return changed(w)(d.DMP.MergePersons(r.Context(), c, ins.PersonID(r.PathValue("id")), ins.PersonID(in.Lose),
		ins.Merging{Reason: in.Reason, SamePerson: in.SamePerson, OtherTraits: in.OtherTraits}))
}

func (d *Door) separate(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	var in struct {
		Lose   string `json:"absorbe"`
		Reason string `json:"motif"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	return changed(w)(d.DMP.UnmergePersons(r.Context(), c, ins.PersonID(r.PathValue("id")), ins.PersonID(in.Lose), in.Reason))
}

// changed answers with the identity as it now is.
func changed(w http.ResponseWriter) func(*ins.Person, error) error {
	return func(p *ins.Person, err error) error {
		if err != nil {
			return err
		}
		return reply(w, http.StatusOK, whole(p))
	}
}
