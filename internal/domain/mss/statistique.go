package mss

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
)

// ErrMonth is a month of statistics that is not one.
var ErrMonth = refuse("MSS-MOIS", finding.Invalid, "", "MSSANTE §4 (indicateurs)",
	finding.T("Ce mois ne se lit pas, ou n'a pas commencé.", "This month cannot be read, or has not begun."),
	finding.T("Écrivez AAAA-MM.", "Write YYYY-MM."))

// Statistics gives the files of a month, the current one up to now: sign-ins and mailboxes,
// messages, documents and products. Messages to citizens are known by their visible recipients,
// and the headers of those that nobody kept for an hour are not counted.
// spec: MSSANTE §4 (indicateurs d'usage)
func (o *Operator) Statistics(ctx context.Context, month time.Time) ([]mssante.StatisticsFile, error) {
	s, err := o.statistics(ctx, month)
	if err != nil {
		return nil, err
	}
	return s.Files(), nil
}

func (o *Operator) statistics(ctx context.Context, month time.Time) (*mssante.Statistics, error) {
	month = time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC)
	if month.After(o.Now()) {
		return nil, ErrMonth.At(month.Format(monthForm))
	}
	if err := o.countNow(ctx); err != nil {
		return nil, err
	}
	s := &mssante.Statistics{Period: month}
	whole := map[string]*tally{} // of the month, by domain and type
	err := o.counts(ctx, month.Format(monthForm), func(when, domain, kind string, t *tally) error {
		if when == month.Format(monthForm) {
			s.Boxes = append(s.Boxes, mssante.BoxCount{Domain: domain, Type: boxType(kind), Open: t.Open, Closed: t.Closed, Suspended: t.Suspended, Active: t.Active, Red: t.Red})
			return nil
		}
		day, err := time.Parse(dayForm, when)
		if err != nil {
			return err
		}
		if t.Connections > 0 {
			s.Days = append(s.Days, mssante.DayCount{Date: day, Domain: domain, Type: boxType(kind), Connections: t.Connections, Boxes: t.Boxes})
		}
		key := domain + "/" + kind
		if whole[key] == nil {
			whole[key] = &tally{}
		}
		whole[key].add(t)
		return nil
	})
	if err != nil {
		return nil, o.storeError(err)
	}
	codes, products := map[[2]string]int{}, map[[2]string]int{}
	for key, t := range whole {
		domain, kind, _ := strings.Cut(key, "/")
		s.Mail = append(s.Mail, mssante.MailCount{Domain: domain, Type: boxType(kind), Sent: t.Sent, Received: t.Received, WithCDA: t.WithCDA, WithINS: t.WithINS,
			ToCitizens: t.ToCitizens, FromCitizen: t.FromCitizen, Bytes: t.Bytes})
		for n, count := range t.Codes {
			codes[[2]string{domain, n}] += count
		}
		for n, count := range t.NIL {
			products[[2]string{domain, n}] += count
		}
	}
	s.Codes, s.NIL = namedCounts(codes), namedCounts(products)
	return s, nil
}

func namedCounts(counts map[[2]string]int) (list []mssante.NamedCount) {
	for k, n := range counts {
		list = append(list, mssante.NamedCount{Domain: k[0], Name: k[1], Messages: n})
	}
	return list
}

// boxType gives the code of the files; citizens have none in the terminology.
func boxType(kind string) mssante.BoxType {
	if Type(kind) == Citizen {
		return mssante.Citizens
	}
	return mssante.BoxType(kind)
}

// countNow brings the counts up to date.
func (o *Operator) countNow(ctx context.Context) error {
	o.tend.Lock()
	defer o.tend.Unlock()
	var boxes []*Mailbox
	if err := o.All(ctx, func(m *Mailbox) error { boxes = append(boxes, m); return nil }); err != nil {
		return err
	}
	return o.count(ctx, boxes)
}

// counts walks what was counted in a month.
func (o *Operator) counts(ctx context.Context, month string, fn func(when, domain, kind string, t *tally) error) error {
	return o.Store.ViewMail(ctx, func(r Reader) error {
		for after := ""; ; {
			list, err := r.Facts(factCount, month, after, tracesAtOnce)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, f := range list {
				after = f.ID
				parts := strings.SplitN(f.ID, "/", 3)
				var t tally
				if err := json.Unmarshal(f.Data, &t); err != nil || len(parts) != 3 {
					return err
				}
				if err := fn(parts[0], parts[1], parts[2], &t); err != nil {
					return err
				}
			}
		}
	})
}
