package run

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/format/finding"
)

// Kept rule sets stand in a folder, a file each: NAME.regles.
const rulesSuffix = ".regles"

// RulesDir is where the rule sets of a data folder are kept; "" is the user's own folder, which
// commands without data use.
func RulesDir(data string) (string, error) {
	if data != "" {
		return filepath.Join(data, "rules"), nil
	}
	base, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "socle", "rules"), nil
}

// AddRules compiles a folder of official rules and keeps the result in dir, under its label. A
// set of the same label is replaced, whole or not at all.
func AddRules(folder, label, dir string) (*official.Rules, error) {
	if label == "" {
		abs, err := filepath.Abs(folder)
		if err != nil {
			return nil, err
		}
		label = filepath.Base(abs)
	}
	label = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' {
			return '-'
		}
		return r
	}, label)
	if _, err := os.Stat(folder); err != nil {
		return nil, err
	}
	r, err := official.Load(os.DirFS(folder), label)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return r, writeFile(filepath.Join(dir, label+rulesSuffix), r.Pack(), 0o644)
}

// errNoSet says that no kept rule set has the name asked for.
var errNoSet = &finding.Refusal{ID: "REGLES-INCONNU", Kind: finding.NotFound,
	Message: finding.T("Aucun jeu de règles gardé ne porte ce nom.", "No kept rule set has this name."),
	Fix:     finding.T("« socle rules list » donne les noms.", "“socle rules list” gives the names."),
}

// RemoveRules forgets a kept rule set.
func RemoveRules(dir, label string) error {
	err := os.Remove(filepath.Join(dir, filepath.Base(label)+rulesSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return errNoSet.At(label)
	}
	return err
}

// KeptRules opens every rule set of a folder, the last added first. One that cannot be read is an
// error of its own; the others are there.
func KeptRules(dir string) ([]*official.Rules, []error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []error{err}
	}
	type kept struct {
		path string
		info fs.FileInfo
	}
	var files []kept
	var errs []error
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && strings.HasSuffix(e.Name(), rulesSuffix) {
			files = append(files, kept{filepath.Join(dir, e.Name()), info})
		}
	}
	slices.SortFunc(files, func(a, b kept) int { return b.info.ModTime().Compare(a.info.ModTime()) })
	var out []*official.Rules
	for _, f := range files {
		r, err := openRules(f.path)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.path, err))
			continue
		}
		out = append(out, r)
	}
	return out, errs
}

func openRules(path string) (*official.Rules, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.Size() > official.MaxPacked {
		return nil, official.ErrKept
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return official.Open(raw)
}

// FolderRules gives the rules of a folder as it is now, compiled once: the result is kept in the
// user's cache under a mark of the names, sizes and times of its files. A cache that cannot be
// used costs time, nothing else.
func FolderRules(folder string) (*official.Rules, error) {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(abs); err != nil {
		return nil, err
	}
	var path string
	if base, err := os.UserCacheDir(); err == nil {
		path = filepath.Join(base, "socle", "rules", mark(abs)+rulesSuffix)
		if r, err := openRules(path); err == nil {
			return r, nil
		}
	}
	r, err := official.Load(os.DirFS(abs), filepath.Base(abs))
	if err != nil {
		return nil, err
	}
	if path != "" && os.MkdirAll(filepath.Dir(path), 0o755) == nil {
		_ = writeFile(path, r.Pack(), 0o644) // the next run will try again
		prune(filepath.Dir(path))
	}
	return r, nil
}

// keptFolders is how many compiled folders the user's cache keeps.
const keptFolders = 4

// prune leaves the newest compiled folders of the cache.
func prune(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	age := func(e fs.DirEntry) int64 {
		if info, err := e.Info(); err == nil {
			return info.ModTime().UnixNano()
		}
		return 0
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !strings.HasSuffix(e.Name(), rulesSuffix) })
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(age(b), age(a)) })
	for i, e := range entries {
		if i >= keptFolders {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// mark names the present state of a folder of rules.
func mark(abs string) string {
	h := sha256.New()
	fmt.Fprintln(h, abs, official.PackVersion)
	_ = filepath.WalkDir(abs, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == ".git" || d.Name() == "ExemplesCDA" || d.Name() == "FeuilleDeStyle") {
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(p); d.IsDir() || ext != ".sch" && ext != ".xml" && ext != ".xsd" {
			return nil
		}
		if info, err := d.Info(); err == nil {
			fmt.Fprintln(h, p, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil))[:32]
}
