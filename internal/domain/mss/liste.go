package mss

import (
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
)

// printPrefix marks a Certificat child that holds the SHA-256 of a certificate and not a subject.
const printPrefix = "SHA-256:"

// Read puts in service a white list as it is published. own are the domains that the installation
// itself adds or decides of (its own, a relay of a trial): they are always there. Domains of the
// list that do not read are findings. consent accepts a list that shrank.
// spec: MSSANTE §3 (liste blanche)
func (w *WhiteList) Read(raw []byte, own []Listed, now time.Time, consent bool) ([]finding.Finding, error) {
	list, findings, err := mssante.ParseWhiteList(raw)
	if err != nil {
		return findings, err
	}
	return findings, w.Replace(append(listedOf(list), own...), now, consent)
}

func listedOf(list *mssante.WhiteList) []Listed {
	out := make([]Listed, 0, len(list.Domains))
	for _, d := range list.Domains {
		l := Listed{Domain: d.Name, Operator: d.Operator}
		for _, s := range d.Subjects {
			if sum, ok := strings.CutPrefix(s, printPrefix); ok {
				l.Prints = append(l.Prints, strings.ToLower(strings.TrimSpace(sum)))
			} else {
				l.Subjects = append(l.Subjects, s)
			}
		}
		out = append(out, l)
	}
	return out
}

// Bytes writes the list in service as it is published, and when it was put in service.
func (w *WhiteList) Bytes() ([]byte, time.Time, error) {
	list, read := w.All()
	domains := make([]mssante.Domain, 0, len(list))
	for _, l := range list {
		d := mssante.Domain{Name: l.Domain, Operator: l.Operator, Subjects: append([]string(nil), l.Subjects...)}
		for _, sum := range l.Prints {
			d.Subjects = append(d.Subjects, printPrefix+sum)
		}
		domains = append(domains, d)
	}
	out, err := mssante.NewWhiteList(domains)
	if err != nil {
		return nil, read, err
	}
	return out.Bytes(), read, nil
}
