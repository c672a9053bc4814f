package annuaire

import (
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/rass"
)

// When an extraction would make too many resources vanish, it is more likely cut short than right:
// what it says is taken, what it does not say is left.
const (
	DefaultMaxRemoved = 10  // percent
	minHeld           = 100 // disappearances under which nothing is held back
	inactiveKept      = 365 * 24 * time.Hour
	maxRefused        = 200 // refused rows that are told one by one
)

// ImportOptions shapes an import.
type ImportOptions struct {
	JeuDeTest  bool // published test identifiers pass though their key is wrong
	Partial    bool // what is absent from the files is not taken away
	MaxRemoved int  // percent of resources that may vanish; 0 is DefaultMaxRemoved, 100 all
}

// Report is what an import did.
type Report struct {
	Files     []string         `json:"files"`
	Rows      int              `json:"rows"`
	Added     int              `json:"added"`
	Changed   int              `json:"changed"`
	Removed   int              `json:"removed"`
	Held      int              `json:"held"` // disappearances held back: too many
	Refused   int              `json:"refused"`
	Remarks   int              `json:"remarks"`
	Resources map[string]Count `json:"resources"`
	Version   uint32           `json:"version"`
	// Findings tell the refused rows and the remarks, the first ones only.
	Findings []finding.Finding `json:"-"`
}

// importer makes one import, whatever the number of its files: it is seen at once.
type importer struct {
	c      *change
	o      ImportOptions
	r      *Report
	seen   [kindCount]map[ID]struct{}
	person staged
	skills bool // the files hold one of savoir-faire, which says more than the rows of persons
}

// Import takes the files of an extraction, in any order of rows. They are complete: who is not in
// them is made inactive, except who the house put itself. Everything is seen at once, or nothing.
// The error is a refusal of a whole file, that of a source, or ErrKeep.
func (a *Annuaire) Import(o ImportOptions, files ...*rass.Reader) (*Report, error) {
	if o.MaxRemoved == 0 {
		o.MaxRemoved = DefaultMaxRemoved
	}
	i := &importer{c: a.begin(), o: o, r: &Report{Resources: map[string]Count{}}}
	for k := range i.seen {
		i.seen[k] = map[ID]struct{}{}
	}
	for _, f := range files {
		i.skills = i.skills || f.Kind == rass.SavoirFaire
	}
	for _, kinds := range [][]rass.Kind{{rass.PersonneActivite, rass.PersonnePSC}, {rass.DiplomeAutorisation}, {rass.SavoirFaire}, {rass.MSSante}} {
		for _, f := range files {
			for _, k := range kinds {
				if f.Kind == k {
					i.file(f)
					if err := f.Err(); err != nil {
						i.c.err = nil
						_ = i.c.abort()
						return nil, err
					}
				}
			}
		}
	}
	for k, n := range i.c.tally() {
		i.r.Added, i.r.Changed, i.r.Removed = i.r.Added+n.Added, i.r.Changed+n.Changed, i.r.Removed+n.Removed
		if n != (Count{}) {
			i.r.Resources[Kind(k).String()] = n
		}
	}
	if err := i.c.commit(); err != nil {
		return nil, err
	}
	i.r.Version, _ = a.Snapshot()
	return i.r, nil
}

func (i *importer) file(f *rass.Reader) {
	i.r.Files = append(i.r.Files, f.Kind.String())
	switch f.Kind {
	case rass.PersonneActivite, rass.PersonnePSC:
		i.persons(f)
	case rass.DiplomeAutorisation:
		i.qualifications(f, Degree, Authorization)
	case rass.SavoirFaire:
		i.qualifications(f, Skill, Skill)
	case rass.MSSante:
		i.mailboxes(f)
	}
	i.r.Remarks += f.Remarks
	i.r.Findings = append(i.r.Findings, f.Findings...)
}

// refuse leaves one row out, and says why.
func (i *importer) refuse(f *rass.Reader, id string, found string, m finding.Text) {
	i.r.Refused++
	if i.r.Refused > maxRefused {
		return
	}
	i.r.Findings = append(i.r.Findings, finding.Finding{ID: id, Severity: finding.Error, Place: finding.Place{Line: f.Line}, Found: clip(keep(found)), Rule: "Annuaire santé, extractions", Message: m})
}

func (i *importer) warn(f *rass.Reader, id string, found string, m finding.Text) {
	i.r.Remarks++
	if len(i.r.Findings) < 2*maxRefused {
		i.r.Findings = append(i.r.Findings, finding.Finding{ID: id, Severity: finding.Warning, Place: finding.Place{Line: f.Line}, Found: clip(keep(found)), Rule: "Annuaire santé, extractions", Message: m})
	}
}

// vanish makes inactive what stood, was brought by an extraction and is not in this one; what has
// been inactive for long goes. Too many at once are held back.
func (i *importer) vanish(kinds ...Kind) {
	if i.o.Partial {
		return
	}
	i.c.flush()
	var gone []entryKey
	stood, lost := 0, 0
	for _, k := range kinds {
		t := &i.c.a.tables[k]
		for ord := range t.head {
			v := t.last(uint32(ord))
			if v == nil || v.flags&flagLocal != 0 {
				continue
			}
			_, here := i.seen[k][t.ids[ord]]
			if v.flags&flagActive != 0 {
				stood++
			} else if i.c.now.UnixNano()-i.c.a.timeOf(v.born) < int64(inactiveKept) {
				continue
			}
			if !here {
				if v.flags&flagActive != 0 {
					lost++
				}
				gone = append(gone, entryKey{k, t.ids[ord]})
			}
		}
	}
	if lost > minHeld && lost*100 > stood*i.o.MaxRemoved {
		i.r.Held += lost
		i.r.Remarks++
		i.r.Findings = append(i.r.Findings, finding.Finding{ID: "RASS-SEUIL", Severity: finding.Warning, Rule: "Socle, import de l'annuaire",
			Message: finding.Tf("%d ressources sur %d manquent dans l'extraction, plus que le seuil de %d %% : elles sont laissées en place.", "%d resources of %d are missing from the extraction, over the threshold of %d %%: they are left as they are.", lost, stood, i.o.MaxRemoved),
			Fix:     finding.T("Vérifiez que le fichier est entier ; pour retirer quand même, recommencez avec seuil=100.", "Check that the file is whole; to take them away nevertheless, try again with seuil=100.")})
		return
	}
	for _, k := range gone {
		i.end(k)
	}
}

// end makes a resource inactive, with no more than what identifies it; one that was already goes.
// spec: IDENTITY B
func (i *importer) end(k entryKey) {
	switch k.kind {
	case KPractitioner:
		var p Practitioner
		if flags, ok := i.c.get(KPractitioner, k.id, &p); ok && flags&flagActive != 0 {
			i.c.putID(&Practitioner{IDNat: p.IDNat, Authority: p.Authority, System: p.System}, k.id, 0)
			return
		}
	case KRole:
		var r Role
		if flags, ok := i.c.get(KRole, k.id, &r); ok && flags&flagActive != 0 {
			i.c.putID(&Role{Identifier: r.Identifier, Practitioner: r.Practitioner, Organization: r.Organization, Authority: r.Authority, System: r.System}, k.id, 0)
			return
		}
	case KOrganization:
		var o Organization
		if flags, ok := i.c.get(KOrganization, k.id, &o); ok {
			if o.System == systemMSS {
				return
			}
			if flags&flagActive != 0 {
				i.c.putID(&Organization{IDNat: o.IDNat, TechnicalID: o.TechnicalID, FINESS: o.FINESS, SIREN: o.SIREN, SIRET: o.SIRET, Name: o.Name, Legal: o.Legal, Authority: o.Authority, System: o.System}, k.id, 0)
				return
			}
		}
	}
	i.c.remove(k.kind, k.id)
}

// systemMSS marks a structure known by its mailboxes only.
const systemMSS = "MSS"
