package web

// delegatedRow is a professional who delegated to the reader, and whom they follow.
type delegatedRow struct {
	delegationRow
	Patients []identityRow
	More     int
}

// maxFollowed bounds the people shown of each professional.
const maxFollowed = 200

// delegated lists, for staff, the professionals who delegated to them and whom each follows.
func (q *request) delegated() ([]delegatedRow, error) {
	doctors, err := q.actsFor()
	if err != nil {
		return nil, err
	}
	var out []delegatedRow
	for _, x := range doctors {
		row := delegatedRow{delegationRow: x}
		people, err := q.d.DMP.FollowedFor(q.r.Context(), q.caller, x.From)
		if err != nil {
			return nil, err
		}
		for i, p := range people {
			if i == maxFollowed {
				row.More = len(people) - maxFollowed
				break
			}
			row.Patients = append(row.Patients, q.identityRow(p))
		}
		out = append(out, row)
	}
	return out, nil
}
