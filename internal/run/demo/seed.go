package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// edition changes when the generator writes other documents for the same day: identifiers then
// change with the bytes they name.
const edition = "territoire-1"

func digest(parts ...any) [32]byte {
	return sha256.Sum256(fmt.Appendln([]byte(edition+"\n"), parts...))
}

// stream gives the random numbers of one thing, whatever is drawn for others.
func stream(parts ...any) *rand.Rand {
	h := digest(parts...)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])))
}

// derived is a UUID version 8 made from the parts.
//
// spec: RFC 9562 5.8
func derived(parts ...any) [16]byte {
	h := digest(parts...)
	var u [16]byte
	copy(u[:], h[:16])
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return u
}

// personID is the handle of the citizen of an index: the same in every demo, so that addresses hold.
func personID(index int) ins.PersonID {
	u := derived("personne", index)
	x := hex.EncodeToString(u[:])
	return ins.PersonID(x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:])
}

// number is an OID under the arc of UUIDs.
func number(parts ...any) string { return oid.FromUUID(derived(parts...)) }

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// chance is true p times out of one.
func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// dayOf is midnight in France of the day of t.
func dayOf(t time.Time) time.Time {
	t = t.In(cda.Paris())
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, cda.Paris())
}

// at sets the hour of a day, in minutes after midnight.
func at(day time.Time, minutes int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), minutes/60, minutes%60, 0, 0, cda.Paris())
}

// holidays are the fixed ones, month and day.
var holidays = map[[2]int]bool{{1, 1}: true, {5, 1}: true, {5, 8}: true, {7, 14}: true, {8, 15}: true, {11, 1}: true, {11, 11}: true, {12, 25}: true}

// workday steps back from a week-end or a holiday.
func workday(day time.Time) time.Time {
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday || holidays[[2]int{int(day.Month()), day.Day()}] {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

// ageAt is how many whole years somebody has lived.
func ageAt(birth, day time.Time) int {
	n := day.Year() - birth.Year()
	if day.Month() < birth.Month() || day.Month() == birth.Month() && day.Day() < birth.Day() {
		n--
	}
	return n
}

var months = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}

// inWords writes a date as letters do: 3 mars 2024.
func inWords(t time.Time) string {
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %d", day, months[t.Month()-1], t.Year())
}

func shortDate(t time.Time) string { return t.Format("02/01/2006") }
