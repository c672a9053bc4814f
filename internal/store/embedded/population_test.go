package embedded

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// maxSearchP99 is what 99 person searches in 100 must stay under, whatever the population.
const maxSearchP99 = 50 * time.Millisecond

// inhabitant makes the n-th person of a fictitious population: names of few syllables, some of
// them very common, births over a century, one in two hundred on a day that stands for "unknown".
func inhabitant(n int) *ins.Person {
	r := rand.New(rand.NewPCG(uint64(n), 11))
	syllables := []string{"BA", "CO", "DU", "FER", "GAN", "LE", "MAR", "NI", "PO", "ROU", "SEL", "TIN", "VAL", "YER", "ZOU"}
	word := func(common int) string {
		s := ""
		for range 2 + r.IntN(2) {
			s += syllables[min(r.IntN(len(syllables)), r.IntN(len(syllables)))]
		}
		if r.IntN(common) == 0 {
			return "MARTIN"
		}
		return s
	}
	birth := time.Date(1925, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(101*365))
	if r.IntN(200) == 0 {
		birth = time.Date(birth.Year(), 12, 31, 0, 0, 0, 0, time.UTC)
	}
	var u [16]byte
	binary.BigEndian.PutUint64(u[:], 0x0190000000007000)
	binary.BigEndian.PutUint32(u[4:], uint32(n))
	binary.BigEndian.PutUint64(u[8:], 0x8000000000000000|r.Uint64()>>2)
	h := hex.EncodeToString(u[:])
	given := word(50)
	return &ins.Person{
		ID:     ins.PersonID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]),
		INS:    insid.INS{Matricule: insid.Matricule(fmt.Sprintf("%d%02d%02d%08d00", 1+r.IntN(2), birth.Year()%100, birth.Month(), n)), OID: oid.INSNIRTest},
		Status: ins.Qualifiee, CreatedAt: birth, ModifiedAt: birth, Evidence: ins.Evidence{Kind: "CNI", Date: "2026-01-01", Operator: "899700000001"},
		Traits: ins.Traits{BirthName: word(100), FirstGiven: given, Givens: given, Sex: "F", BirthDate: birth.Format(time.DateOnly), BirthPlace: "63220"},
	}
}

// TestSearchInAPopulation measures person searches among SOCLE_PERSONS identities; in
// SOCLE_PERSONS_DIR when given, so that a population once loaded serves again.
// spec: INS §2 (local search)
func TestSearchInAPopulation(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("SOCLE_PERSONS"))
	if err != nil || n <= 0 {
		n = 2000 // enough to see that the searches find
	}
	dir := os.Getenv("SOCLE_PERSONS_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	s := openTest(t, dir)
	defer s.Close()
	// Loading only: what is measured reads through connections of their own.
	if err := s.db.each("PRAGMA cache_size = -4000000", nil, func([]any) error { return nil }); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	const unit = 50000
	for from := 0; from < n; from += unit {
		err := s.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error {
			if _, err := tx.Person(inhabitant(min(from+unit, n) - 1).ID); err == nil {
				return nil // loaded before
			}
			for i := from; i < min(from+unit, n); i++ {
				if err := tx.PutPerson(inhabitant(i)); err != nil {
					return err
				}
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if from%(10*unit) == 0 {
			t.Logf("%d identities in %v", from+unit, time.Since(start).Round(time.Millisecond))
		}
	}
	t.Logf("%d identities loaded in %v", n, time.Since(start).Round(time.Millisecond))
	for _, c := range []struct {
		name  string
		query func(p *ins.Person) ins.Search
	}{
		{"birth date and name", func(p *ins.Person) ins.Search {
			return ins.Search{BirthDate: p.Traits.BirthDate, Name: p.Traits.BirthName[:3], Limit: 100}
		}},
		{"birth date, name and given name", func(p *ins.Person) ins.Search {
			return ins.Search{BirthDate: p.Traits.BirthDate, Name: p.Traits.BirthName[:3], Given: p.Traits.FirstGiven[:3], Limit: 100}
		}},
		{"day that stands for unknown, and name", func(p *ins.Person) ins.Search {
			return ins.Search{BirthDate: p.Traits.BirthDate[:4] + "-12-31", Name: p.Traits.BirthName[:2], Limit: 100}
		}},
		{"birth date alone", func(p *ins.Person) ins.Search { return ins.Search{BirthDate: p.Traits.BirthDate, Limit: 100} }},
		{"INS", func(p *ins.Person) ins.Search { return ins.Search{INS: p.INS, Limit: 100} }},
	} {
		r := rand.New(rand.NewPCG(3, 4))
		times := make([]time.Duration, 2000)
		for i := range times {
			p := inhabitant(r.IntN(n))
			q := c.query(p)
			begin := time.Now()
			err := s.View(context.Background(), func(r dmp.Reader) error {
				list, err := r.SearchPersons(q)
				if !slices.ContainsFunc(list, func(x *ins.Person) bool { return x.ID == p.ID }) && len(list) < 100 && q.BirthDate == p.Traits.BirthDate {
					t.Errorf("%s: not found among %d", c.name, len(list))
				}
				return err
			})
			if times[i] = time.Since(begin); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(times)
		p50, p99 := times[len(times)/2], times[len(times)*99/100]
		t.Logf("%-40s p50 %8v  p99 %8v  max %8v", c.name, p50.Round(time.Microsecond), p99.Round(time.Microsecond), times[len(times)-1].Round(time.Microsecond))
		if p99 > maxSearchP99 {
			t.Errorf("%s: p99 %v, at most %v", c.name, p99, maxSearchP99)
		}
	}
}
