package annuaire

import "strconv"

// What identifies each resource in the register; its technical id comes from it.

func (p *Practitioner) key() string { return p.IDNat }

func (r *Role) key() string {
	if r.Identifier != "" {
		return r.Identifier
	}
	return "?" + strconv.FormatUint(uint64(r.Practitioner), 36) + "|" + strconv.FormatUint(uint64(r.Organization), 36) + "|" + r.Profession + "|" + r.Category + "|" +
		r.Mode + "|" + r.Section + "|" + r.Fonction + "|" + r.Genre + "|" + r.Sector
}

// key prefers the FINESS number, then the national identifier: the technical id of the RPPS
// changes when a structure moves from one register to another.
// spec: IDENTITY A
func (o *Organization) key() string {
	switch {
	case o.FINESS != "":
		return "1" + o.FINESS
	case o.IDNat != "":
		return o.IDNat
	case o.SIRET != "":
		return "3" + o.SIRET
	case o.TechnicalID != "":
		return o.TechnicalID
	case o.SIREN != "":
		return "2" + o.SIREN
	}
	return "?" + fold(o.Name) + "|" + o.Address.PostCode + "|" + fold(o.Address.Line())
}

func (s *Service) key() string {
	return s.Identifier + "|" + strconv.FormatUint(uint64(s.Organization), 36) + "|" + s.Category + "|" + s.Type + "|" + s.Characteristic + "|" + s.Public
}

func (d *Device) key() string {
	if d.Identifier != "" {
		return d.Identifier
	}
	return "?" + strconv.FormatUint(uint64(d.Organization), 36) + "|" + d.Type + "|" + d.Serial
}

// hash is FNV-1a, mixed: ids must be the same from one run to the next, and never 0.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	h ^= h >> 29
	if h == 0 {
		return 1
	}
	return h
}

// idOf gives the technical id that comes from a key.
func idOf(key string) ID { return ID(hash(key)) }
