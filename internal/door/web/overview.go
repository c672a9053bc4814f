package web

import (
	"sort"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// overview is the biology of a record at a glance: the last value of each analysis.
type overview struct {
	Chapters []overviewChapter
	Notable  []overviewRow // out of their interval the last time they were measured
	Curves   []overviewRow // the analyses followed most, for the side panel
	Count    int
}

type overviewChapter struct {
	Title string
	Rows  []overviewRow
}

type overviewRow struct {
	Code, Label, Value, Unit, When, Reference string
	Flag                                      flag
	Spark                                     *spark
	Bar                                       *bar
	Curve, Doc                                string
	N                                         int
	at                                        string
}

func (q *request) overview(dos *dmp.Dossier, base string) *overview {
	o := &overview{}
	byChapter := map[string]int{}
	all := seriesOf(dos)
	codes := make([]string, 0, len(all))
	for c := range all {
		codes = append(codes, c)
	}
	sort.Slice(codes, func(i, j int) bool { return all[codes[i]].Label < all[codes[j]].Label })
	for _, c := range codes {
		s := all[c]
		row := q.overviewRow(s, base)
		i, ok := byChapter[s.Chapter]
		if !ok {
			i = len(o.Chapters)
			byChapter[s.Chapter] = i
			o.Chapters = append(o.Chapters, overviewChapter{Title: s.Chapter})
		}
		o.Chapters[i].Rows = append(o.Chapters[i].Rows, row)
		o.Count++
		if row.Flag.Key == "high" || row.Flag.Key == "low" || row.Flag.Key == "critical" {
			o.Notable = append(o.Notable, row)
		} else if row.Spark != nil && row.N >= 3 {
			o.Curves = append(o.Curves, row)
		}
	}
	sort.SliceStable(o.Chapters, func(i, j int) bool { return o.Chapters[i].Title < o.Chapters[j].Title })
	sort.SliceStable(o.Notable, func(i, j int) bool { return o.Notable[i].at > o.Notable[j].at })
	sort.SliceStable(o.Curves, func(i, j int) bool { return o.Curves[i].N > o.Curves[j].N })
	const side = 8
	o.Notable, o.Curves = o.Notable[:min(len(o.Notable), side)], o.Curves[:min(len(o.Curves), side)]
	return o
}

func (q *request) overviewRow(s *series, base string) overviewRow {
	last := s.Samples[len(s.Samples)-1]
	row := overviewRow{Code: s.Code, Label: firstOf(s.Label, s.Code), Value: number(q.lang, firstOf(last.Value, last.Shown)), Unit: unitWords(last.Unit), When: last.Time,
		Reference: q.interval(last.Low, last.High, ""), Flag: q.flagOf(last.Flags), Doc: base + "/document/" + last.Href, at: last.at}
	if !last.numeric {
		row.Unit = ""
	} else {
		row.Bar = newBar(last.v, last.Low, last.High)
	}
	line := s.numeric(last.Unit)
	row.N = len(line)
	if len(line) >= 2 && last.numeric {
		row.Curve = base + "/courbe?code=" + queryEscape(s.Code)
		row.Spark = newSpark(line)
	}
	return row
}
