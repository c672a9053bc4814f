// Package official runs the official rules on CDA documents: the folder that the Agence du
// Numérique en Santé publishes (schematrons, jeuxDeValeurs, infrastructure), as published, read
// by format/schematron in this process.
//
// Standard: CI-SIS, levels IHE (profils/IHE.sch), header (structuration minimale), French content
// models, ANS models, and the rules of the document's kind in the edition it declares. The files
// belong to their publisher and are not part of Socle: the user adds a folder.
//
// Load reads a folder, Rules.Pack keeps the result, Open reads it back in a fraction of the time;
// Rules.Check gives the hits on one document. Faults of the folder itself are Problems; the
// known ones are mended (names that differ by case, the value set of document types that the
// header rules ask for and that only stands among the jeux de valeurs).
//
// Missing: the rules on terminologies (LOINC and SNOMED CT are not in the public folder). The
// schema level is format/cda/schema.
package official

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/schematron"
	"github.com/socle-sante/socle/format/xpath"
)

// Levels, in the order they run.
const (
	IHE    = "ihe"
	Header = "header"
	Models = "models"
	ANS    = "models_ans"
	Kind   = "kind"
)

// common are the levels that every document goes through. spec: CI-SIS cda §7
var common = []struct{ level, file string }{
	{IHE, "schematrons/profils/IHE.sch"},
	{Header, "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch"},
	{Models, "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch"},
	{ANS, "schematrons/profils/CI-SIS_Modeles_ANS.sch"},
}

// Rules is one folder of official rules, compiled. It may be used from several goroutines.
type Rules struct {
	Label    string // how the user calls this folder
	Digest   string // SHA-256 of the files that were read
	Problems []schematron.Problem
	Volumes  []*Volume // rules of kinds, by name and edition

	sources []*schematron.Source
	lib     *xpath.Library
	levels  map[string]*schematron.Schema
	files   map[string][]byte // value sets
	loading int               // how many of the problems are the folder's; the others are found again by compiling
}

// Volume is the rules of one kind of document in one edition: a «volet» of the CI-SIS.
type Volume struct {
	Name    string // "BIO-CR-BIO"
	Edition string // "2024.01"
	File    string
	schema  *schematron.Schema
	knows   map[string]bool // OIDs that its rules speak of
	codes   map[string]bool // type codes that its rules ask of the document
}

// Limits of a folder.
const (
	maxVolumes  = 1000
	maxValueSet = 8 << 20
	maxSets     = 4000
	maxAllSets  = 64 << 20
)

// volumeName reads a file name: kind, then edition at its end.
var volumeName = regexp.MustCompile(`^CI-SIS_(.+?)_(\d{4}\.\d{2})\.sch$`)

// Load reads a folder of the official repository: its root, or a folder that holds it. What
// cannot be read is in Problems; the error is for a folder that is not one at all.
func Load(fsys fs.FS, label string) (*Rules, error) {
	fsys, err := root(fsys)
	if err != nil {
		return nil, err
	}
	r := &Rules{Label: label}
	rec := &recorder{FS: fsys, seen: map[string][]byte{}}
	names := make([]string, 0, 80)
	for _, c := range common {
		names = append(names, c.file)
	}
	kinds, _ := fs.Glob(fsys, "schematrons/CI-SIS_*.sch")
	if len(kinds) > maxVolumes {
		kinds = kinds[:maxVolumes]
	}
	for _, name := range append(names, kinds...) {
		src, problems := schematron.Load(rec, name)
		r.Problems = append(r.Problems, problems...)
		if src != nil {
			r.sources = append(r.sources, src)
		}
	}
	r.valueSets(rec)
	r.Digest = rec.digest()
	r.loading = len(r.Problems)
	r.compile()
	return r, nil
}

// ErrFolder says that a folder is not the official repository.
var ErrFolder = &finding.Refusal{ID: "REGLES-DOSSIER", Kind: finding.Invalid,
	Message: finding.T("Ce dossier n'est pas le dépôt officiel des règles : « schematrons/profils » et « jeuxDeValeurs » n'y sont pas.",
		"This folder is not the official repository of rules: “schematrons/profils” and “jeuxDeValeurs” are not in it."),
	Fix: finding.T("Donnez la racine d'un clone de ansforge/TestContenuCDA-3-0, tel que publié.", "Give the root of a clone of ansforge/TestContenuCDA-3-0, as published."),
}

// root finds the repository in a folder or one floor below.
func root(fsys fs.FS) (fs.FS, error) {
	is := func(f fs.FS) bool {
		for _, c := range common {
			if _, err := fs.Stat(f, c.file); err == nil {
				return true
			}
		}
		return false
	}
	if is(fsys) {
		return fsys, nil
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, ErrFolder.With(err)
	}
	for _, e := range entries {
		if sub, err := fs.Sub(fsys, e.Name()); err == nil && e.IsDir() && is(sub) {
			return sub, nil
		}
	}
	return nil, ErrFolder
}

// compile makes the closures of every level and kind in one library, so that what one level finds
// out about a document serves the next.
func (r *Rules) compile() {
	r.lib = xpath.NewLibrary(r.open)
	r.levels = map[string]*schematron.Schema{}
	compiler := schematron.NewCompiler(r.lib)
	for _, src := range r.sources {
		s, problems := compiler.Compile(src, "")
		r.Problems = append(r.Problems, problems...)
		if i := slices.IndexFunc(common, func(c struct{ level, file string }) bool { return c.file == src.Name }); i >= 0 {
			r.levels[common[i].level] = s
			continue
		}
		m := volumeName.FindStringSubmatch(path.Base(src.Name))
		if m == nil {
			continue
		}
		r.Volumes = append(r.Volumes, &Volume{Name: m[1], Edition: m[2], File: src.Name, schema: s, knows: oids(src), codes: typeCodes(src)})
	}
	slices.SortFunc(r.Volumes, func(a, b *Volume) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Edition, b.Edition)
	})
}

// Asserts counts the assertions of all levels and kinds.
func (r *Rules) Asserts() int {
	n := 0
	for _, s := range r.levels {
		n += s.Asserts()
	}
	for _, v := range r.Volumes {
		n += v.schema.Asserts()
	}
	return n
}

var oidLiteral = regexp.MustCompile(`['"](\d+(?:\.\d+){5,})['"]`)

// oids collects the identifiers that a volume's own rules speak of.
func oids(src *schematron.Source) map[string]bool {
	out := map[string]bool{}
	add := func(s string) {
		for _, m := range oidLiteral.FindAllStringSubmatch(s, -1) {
			out[m[1]] = true
		}
	}
	for i := range src.Patterns {
		for _, rule := range src.Patterns[i].Rules {
			add(rule.Context)
			for _, st := range rule.Steps {
				if st.Assert != nil {
					add(st.Assert.Test)
				}
			}
		}
	}
	return out
}

var codeTest = regexp.MustCompile(`\bcode\s*\[\s*@code\s*=\s*['"]([^'"]+)['"]`)

// typeCodes collects the codes that a volume asks of ClinicalDocument/code.
func typeCodes(src *schematron.Source) map[string]bool {
	out := map[string]bool{}
	for i := range src.Patterns {
		for _, rule := range src.Patterns[i].Rules {
			if !strings.HasSuffix(strings.TrimSpace(rule.Context), "ClinicalDocument") {
				continue
			}
			for _, st := range rule.Steps {
				if st.Assert == nil {
					continue
				}
				for _, m := range codeTest.FindAllStringSubmatch(st.Assert.Test, -1) {
					out[m[1]] = true
				}
			}
		}
	}
	return out
}
