package mssante

import (
	"sort"
	"strconv"
	"strings"
	"time"
)

// Statistics is the use of an operator's mailboxes over a period, to be filed with the ANS. The
// files are by topic; only the name «Connexions» and its date are published, the other columns are
// ours.
//
// spec: MSSanté 4
type Statistics struct {
	Period time.Time // first day of the month
	Boxes  []BoxCount
	Days   []DayCount
	Mail   []MailCount
	Codes  []NamedCount // messages by code of X-MSS-CODECDA
	NIL    []NamedCount // messages by sending product
}

// BoxCount counts the mailboxes of one kind in one domain.
type BoxCount struct {
	Domain                               string
	Type                                 BoxType
	Open, Closed, Suspended, Active, Red int // Active: connected in the period; Red: on the red list
}

// DayCount counts the connections of one day.
type DayCount struct {
	Date        time.Time
	Domain      string
	Type        BoxType
	Connections int
	Boxes       int // distinct mailboxes that connected
}

// MailCount counts the messages of one kind of mailboxes in one domain.
type MailCount struct {
	Domain                  string
	Type                    BoxType
	Sent, Received          int
	WithCDA, WithINS        int // of the sent: X-MSS-CODECDA present, X-MSS-INS at O
	ToCitizens, FromCitizen int
	Bytes                   int64
}

// NamedCount counts messages under a name.
type NamedCount struct {
	Domain, Name string
	Messages     int
}

// StatisticsFile is one file to deposit.
type StatisticsFile struct {
	Name  string
	Bytes []byte
}

// Files writes the statistics: CSV in UTF-8, semicolons, one header line, rows in a stable order.
func (s *Statistics) Files() []StatisticsFile {
	month := s.Period.Format("2006-01")
	var boxes, days, mail [][]string
	for _, b := range s.Boxes {
		boxes = append(boxes, []string{month, b.Domain, string(b.Type), number(b.Open), number(b.Active), number(b.Suspended), number(b.Closed), number(b.Red)})
	}
	for _, d := range s.Days {
		days = append(days, []string{d.Date.Format("2006-01-02"), d.Domain, string(d.Type), number(d.Connections), number(d.Boxes)})
	}
	for _, m := range s.Mail {
		mail = append(mail, []string{month, m.Domain, string(m.Type), number(m.Sent), number(m.Received), number(m.WithCDA), number(m.WithINS), number(m.ToCitizens), number(m.FromCitizen), strconv.FormatInt(m.Bytes, 10)})
	}
	named := func(list []NamedCount) (rows [][]string) {
		for _, c := range list {
			rows = append(rows, []string{month, c.Domain, c.Name, number(c.Messages)})
		}
		return rows
	}
	return []StatisticsFile{
		csv("BAL_"+month+".csv", []string{"Periode", "Domaine", "TypeBAL", "Ouvertes", "Actives", "Suspendues", "Fermees", "ListeRouge"}, boxes),
		csv("Connexions_"+month+".csv", []string{"Date", "Domaine", "TypeBAL", "Connexions", "BALConnectees"}, days),
		csv("Messages_"+month+".csv", []string{"Periode", "Domaine", "TypeBAL", "Emis", "Recus", "AvecCDA", "AvecINS", "VersUsagers", "DepuisUsagers", "Octets"}, mail),
		csv("Documents_"+month+".csv", []string{"Periode", "Domaine", "CodeCDA", "Messages"}, named(s.Codes)),
		csv("Produits_"+month+".csv", []string{"Periode", "Domaine", "NIL", "Messages"}, named(s.NIL)),
	}
}

func number(n int) string { return strconv.Itoa(n) }

func csv(name string, head []string, rows [][]string) StatisticsFile {
	sort.SliceStable(rows, func(i, j int) bool { return strings.Join(rows[i], "\x00") < strings.Join(rows[j], "\x00") })
	var b strings.Builder
	for _, row := range append([][]string{head}, rows...) {
		for i, v := range row {
			if i > 0 {
				b.WriteByte(';')
			}
			b.WriteString(cell(v))
		}
		b.WriteString("\r\n")
	}
	return StatisticsFile{Name: name, Bytes: []byte(b.String())}
}

// cell writes one value. Names come from headers that anybody writes: one that a spreadsheet would
// take for a formula gets an apostrophe.
//
// spec: OWASP CSV injection
func cell(v string) string {
	v = oneLine(v)
	if v != "" && strings.ContainsRune("=+-@", rune(v[0])) {
		v = "'" + v
	}
	if strings.ContainsAny(v, `;"`) {
		v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
	}
	return v
}
