package run

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
)

// rulesEvery is how often the folders of rule sets are looked at again.
const rulesEvery = 5 * time.Second

// openRules loads the kept rule sets of the first folder that has some. A set that cannot be read
// is said and left out: Socle's own rules check every document whatever happens.
func (a *app) openRules(dirs ...string) {
	for _, dir := range dirs {
		sets, errs := KeptRules(dir)
		for _, err := range errs {
			a.log.Error("a rule set cannot be read", "error", err.Error())
		}
		if len(sets) > 0 {
			a.control.Store(control.New(sets...))
			return
		}
	}
	a.control.Store(nil)
}

// watchRules loads the rule sets again when a folder changes: « socle rules add » serves at once.
func (a *app) watchRules(ctx context.Context, dirs ...string) {
	tick := time.NewTicker(rulesEvery)
	defer tick.Stop()
	state := rulesState(dirs)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if now := rulesState(dirs); now != state {
				state = now
				a.openRules(dirs...)
			}
		}
	}
}

// rulesState names what the folders hold.
func rulesState(dirs []string) string {
	state := ""
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				state += fmt.Sprintln(dir, e.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return state
}

// rulesDirs are where the rule sets of an installation are looked for: its own folder, and for a
// demo the user's.
func rulesDirs(data string, users bool) []string {
	own, _ := RulesDir(data)
	dirs := []string{own}
	if mine, err := RulesDir(""); users && err == nil {
		dirs = append(dirs, mine)
	}
	return dirs
}
