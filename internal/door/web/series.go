package web

import (
	"sort"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// sample is one result at one time, from one document.
type sample struct {
	dmp.Point
	Doc     string // uniqueId of the document
	Href    string
	at      string // DTM in UTC, padded
	v       float64
	numeric bool
}

// series is every result of one analysis in a record, oldest first.
type series struct {
	Code, Label, Chapter string
	Samples              []sample
}

// maxSamples bounds a curve: thirty years of a weekly analysis.
const maxSamples = 2000

// seriesOf collects the coded results of the documents one may see, by code. The words of an
// analysis are those of its newest report.
func seriesOf(dos *dmp.Dossier) map[string]*series {
	out := map[string]*series{}
	for i := len(dos.Lines) - 1; i >= 0; i-- { // oldest act first
		l := &dos.Lines[i]
		for _, p := range l.Digest.Results {
			if p.Code == "" {
				continue
			}
			s := out[p.Code]
			if s == nil {
				s = &series{Code: p.Code}
				out[p.Code] = s
			}
			if p.Label != "" {
				s.Label = p.Label
			}
			if p.Chapter != "" {
				s.Chapter = p.Chapter
			}
			x := sample{Point: p, Doc: l.Entry.UniqueID, Href: documentToken(l.Entry)}
			x.v, x.numeric = parseNumber(p.Value)
			if x.Time == "" {
				x.Time = firstOf(l.Entry.ServiceStart, l.Entry.CreationTime)
			}
			x.at = xds.PadDTM(firstOf(utcOf(x.Time), l.Entry.CreationTime))
			if len(s.Samples) < maxSamples {
				s.Samples = append(s.Samples, x)
			}
		}
	}
	for _, s := range out {
		sort.SliceStable(s.Samples, func(i, j int) bool { return s.Samples[i].at < s.Samples[j].at })
	}
	return out
}

// numeric gives the samples in one unit that are numbers.
func (s *series) numeric(unit string) []sample {
	var out []sample
	for _, x := range s.Samples {
		if x.numeric && x.Unit == unit {
			out = append(out, x)
		}
	}
	return out
}

// units lists the units of the numeric samples, that of the newest first.
func (s *series) units() []string {
	var out []string
	seen := map[string]bool{}
	for i := len(s.Samples) - 1; i >= 0; i-- {
		if x := s.Samples[i]; x.numeric && !seen[x.Unit] {
			seen[x.Unit] = true
			out = append(out, x.Unit)
		}
	}
	return out
}
