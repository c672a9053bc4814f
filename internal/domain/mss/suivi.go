package mss

// followed writes what became of a delivery in the proof kept of what was sent.
func (o *Operator) followed(tx Tx, q Queued, x Outcome, action string) error {
	return nil
}
