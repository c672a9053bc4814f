package house

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/shareddata"
)

// licences are the kinds that may enter the program, recognised by words of their own.
var licences = []struct {
	name  string
	words []string
}{
	{"Apache-2.0", []string{"Apache License", "Version 2.0"}},
	{"MPL-2.0", []string{"Mozilla Public License", "2.0"}},
	{"ISC", []string{"Permission to use, copy, modify, and"}},
	{"BSD", []string{"Redistribution and use in source and binary forms", "Redistributions in binary form must reproduce the above copyright"}},
	{"MIT", []string{"Permission is hereby granted, free of charge", "The above copyright notice and this permission notice"}},
}

// forbiddenLicence ends the matter wherever it stands among the licence files of a module: the
// head of such a licence, not its mere name, which the MPL mentions.
var forbiddenLicence = regexp.MustCompile(`(?i)GNU (AFFERO |LESSER |LIBRARY )?GENERAL PUBLIC LICENSE,? Version [\d.]+, \d|Server Side Public License|Business Source License|Commons Clause`)

type dependency struct {
	ImportPath string
	CgoFiles   []string
	Standard   bool
	Module     *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// linked lists the packages of the program, as it is built for Linux.
func linked(t *testing.T, cgo string) []dependency {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,CgoFiles,Standard,Module", "./cmd/socle")
	cmd.Dir = shareddata.Root(t)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED="+cgo)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []dependency
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var d dependency
		if err := dec.Decode(&d); err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

// kindOfLicence reads the licence files of a module.
func kindOfLicence(dir string) (string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	kind := ""
	for _, f := range files {
		name := strings.ToUpper(f.Name())
		if f.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return "", err
		}
		text := strings.Join(strings.Fields(string(raw)), " ")
		if m := forbiddenLicence.FindString(text); m != "" {
			return "", fmt.Errorf("%s: %s", f.Name(), m)
		}
		if base := strings.TrimSuffix(strings.TrimSuffix(name, ".TXT"), ".MD"); base != "LICENSE" && base != "LICENCE" && base != "COPYING" {
			continue // licences of parts, beside the one of the module
		}
		kind = licenceIn(text)
	}
	if kind == "" {
		return "", fmt.Errorf("no licence that is known here")
	}
	return kind, nil
}

// licenceIn names every licence of a text: some modules hold parts under several.
func licenceIn(text string) string {
	var found []string
	for _, l := range licences {
		all := true
		for _, w := range l.words {
			all = all && strings.Contains(text, w)
		}
		if all {
			found = append(found, l.name)
		}
	}
	return strings.Join(found, ", ")
}

// TestEveryModuleHasALicenceWeMayShip renders docs/licences.md from the modules linked into the
// program and fails on a new one, or on one whose licence is not of an allowed kind
// (go test ./internal/house -update, with the reason in the commit).
func TestEveryModuleHasALicenceWeMayShip(t *testing.T) {
	dirs := map[string]string{}
	for _, d := range linked(t, "0") {
		if d.Module != nil && !d.Module.Main {
			dirs[d.Module.Path] = d.Module.Dir
		}
	}
	if len(dirs) < 5 {
		t.Fatalf("only %d modules: the list is broken", len(dirs))
	}
	var paths []string
	for p := range dirs {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	var b strings.Builder
	b.WriteString("# Licences des modules liés au programme\n\nFaite par `make docs` à partir de `go list -deps ./cmd/socle` ; ne pas modifier à la main. " +
		"Permises : MIT, BSD, Apache-2.0, ISC, MPL-2.0 (sans modification). Un module nouveau se justifie dans son commit.\n\n| module | licence |\n| --- | --- |\n")
	for _, p := range paths {
		kind, err := kindOfLicence(dirs[p])
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s |\n", p, kind)
	}
	b.WriteString("\n## Polices\n\nAtkinson Hyperlegible Next (SIL OFL 1.1, `internal/door/web/static`) dans les pages ; DejaVu Sans Condensed 2.37 (licence Bitstream Vera et DejaVu, `format/pdf/font`) dans les PDF.\n")
	page := filepath.Join(shareddata.Root(t), "docs", "licences.md")
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, _ := os.ReadFile(page); string(have) != b.String() {
		t.Errorf("docs/licences.md does not list what is linked:\n%s", b.String())
	}
}

func TestLicencesAreRecognised(t *testing.T) {
	for text, want := range map[string]string{
		"Apache License Version 2.0, January 2004": "Apache-2.0",
		"Permission is hereby granted, free of charge, to any person. The above copyright notice and this permission notice shall be included": "MIT",
		"All rights reserved.": "",
		"":                     "",
	} {
		if got := licenceIn(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if !forbiddenLicence.MatchString("GNU AFFERO GENERAL PUBLIC LICENSE Version 3, 19 November 2007") {
		t.Error("the AGPL passes")
	}
}

// TestTheProgramIsPureGo: no C, neither ours nor of others, so that one static binary serves.
func TestTheProgramIsPureGo(t *testing.T) {
	for _, d := range linked(t, "1") {
		if !d.Standard && len(d.CgoFiles) > 0 {
			t.Errorf("%s needs a C compiler: %v", d.ImportPath, d.CgoFiles)
		}
	}
}

// TestModuleFileInstalls: `go install module@version` refuses replace and exclude; SQLite works
// only with the libc it was made with.
func TestModuleFileInstalls(t *testing.T) {
	edit := func(file string) (m struct {
		Replace, Exclude []json.RawMessage
		Require          []struct{ Path, Version string }
	}) {
		cmd := exec.Command("go", "mod", "edit", "-json", file)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	ours := edit(filepath.Join(shareddata.Root(t), "go.mod"))
	if len(ours.Replace)+len(ours.Exclude) > 0 {
		t.Error("go.mod holds replace or exclude: go install would refuse it")
	}
	const sqlite, libc = "modernc.org/sqlite", "modernc.org/libc"
	version := func(path string) string {
		for _, r := range ours.Require {
			if r.Path == path {
				return r.Version
			}
		}
		return ""
	}
	for _, d := range linked(t, "0") {
		if d.Module == nil || d.Module.Path != sqlite {
			continue
		}
		for _, r := range edit(filepath.Join(d.Module.Dir, "go.mod")).Require {
			if r.Path == libc && r.Version != version(libc) {
				t.Errorf("%s asks for %s %s, go.mod has %s", sqlite, libc, r.Version, version(libc))
			}
		}
		return
	}
	t.Errorf("%s is not linked", sqlite)
}
