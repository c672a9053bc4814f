package acces

import (
	"errors"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// TestWhoMayDelegate enumerates who writes, from whom, to whom, where and until when.
func TestWhoMayDelegate(t *testing.T) {
	const here, there = "1990000018", "1990000026"
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	pro := func(id, profession string, active bool, at ...string) *annuaire.Professional {
		return &annuaire.Professional{IDNat: id, Profession: profession, Active: active, Structures: at}
	}
	writers := map[string]struct {
		a  Actor
		ok bool
	}{
		"themselves":                   {Actor{ID: "doc", Structure: here, Auth: Directe}, true},
		"themselves, from elsewhere":   {Actor{ID: "doc", Structure: there, Auth: Directe}, false},
		"the administrator":            {Actor{ID: "adm", Function: Administrateur, Structure: here, Auth: Directe}, true},
		"the administrator, unproved":  {Actor{ID: "adm", Function: Administrateur, Structure: here, Auth: Indirecte}, false},
		"an administrator elsewhere":   {Actor{ID: "adm", Function: Administrateur, Structure: there, Auth: Directe}, false},
		"a colleague":                  {Actor{ID: "doc2", Structure: here, Auth: Directe}, false},
		"the secretary for themselves": {Actor{ID: "sec", Function: annuaire.SecretariatMedical, Structure: here, Auth: Directe}, false},
		"a citizen":                    {Actor{ID: "doc", Structure: here, Citizen: true, Auth: CitoyenAuth}, false},
		"a citizen who administers":    {Actor{ID: "adm", Function: Administrateur, Structure: here, Citizen: true, Auth: CitoyenAuth}, false},
		"nobody":                       {Actor{}, false},
	}
	froms := map[string]struct {
		p  *annuaire.Professional
		ok bool
	}{
		"doctor": {pro("doc", "10", true, here), true}, "inactive": {pro("doc", "10", false, here), false}, "elsewhere": {pro("doc", "10", true, there), false},
		"staff": {pro("doc", "", true, here), false}, "unknown": {nil, false},
	}
	tos := map[string]struct {
		p  *annuaire.Professional
		ok bool
	}{
		"secretary": {pro("sec", "", true, here), true}, "inactive": {pro("sec", "", false, here), false}, "elsewhere": {pro("sec", "", true, there), false},
		"professional": {pro("sec", "60", true, here), false}, "unknown": {nil, false},
	}
	untils := map[time.Duration]bool{-time.Hour: false, 0: false, time.Second: true, 366 * 24 * time.Hour: true, 366*24*time.Hour + 1: false}
	for wn, w := range writers {
		for fn, f := range froms {
			for tn, to := range tos {
				for u, ok := range untils {
					var want error
					switch {
					case !w.ok:
						want = ErrNotAdministrator
					case !f.ok || !to.ok:
						want = ErrDelegate
					case !ok:
						want = ErrDelegationTime
					}
					d := Delegation{From: "doc", To: "sec", Structure: here, Since: now, Until: now.Add(u)}
					if err := CheckDelegation(w.a, d, f.p, to.p, now); !errors.Is(err, want) || want == nil && err != nil {
						t.Errorf("%s, from %s, to %s, %v: %v, want %v", wn, fn, tn, u, err, want)
					}
				}
			}
		}
	}
	d := Delegation{Since: now, Until: now.Add(time.Hour)}
	for at, want := range map[time.Duration]bool{-1: false, 0: true, time.Hour - 1: true, time.Hour: false} {
		if d.Active(now.Add(at)) != want {
			t.Errorf("%v after its beginning: %v", at, !want)
		}
	}
}
