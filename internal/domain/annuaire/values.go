package annuaire

import "strings"

// What each search parameter looks at in a resource.

// identifiers gives system, value and type code of each identifier.
// spec: IDENTITY A
func identifiers(r resource, f func(system, value, kind string)) {
	give := func(system, value, kind string) {
		if value != "" {
			f(system, value, kind)
		}
	}
	switch r := r.(type) {
	case *Practitioner:
		give(SystemIDNPS, r.IDNat, "IDNPS")
		give(SystemRPPS, r.RPPS(), "RPPS")
	case *Role:
		give(SystemRPPS, r.Identifier, "")
	case *Organization:
		give(SystemIDNST, r.IDNat, "IDNST")
		give(SystemRPPSRang, r.TechnicalID, "RPPSRG")
		if r.Legal {
			give(SystemFINESS, r.FINESS, "FINEJ")
		} else {
			give(SystemFINESS, r.FINESS, "FINEG")
		}
		give(SystemSIRENE, r.SIREN, "SIREN")
		give(SystemSIRENE, r.SIRET, "SIRET")
	case *Service:
		give(SystemARHGOS, r.Identifier, "")
	case *Device:
		give(SystemARHGOS, r.Identifier, "")
	}
}

// Identifiers gives system, value and type code of each identifier of a resource.
func Identifiers(r any, f func(system, value, kind string)) {
	if x, ok := r.(resource); ok {
		identifiers(x, f)
	}
}

// texts gives the texts a string parameter looks at.
func texts(r resource, param string, f func(string)) {
	give := func(list ...string) {
		for _, s := range list {
			if s != "" {
				f(s)
			}
		}
	}
	if param == "mailbox-mss" {
		for _, m := range mailboxes(r) {
			if !m.Red {
				give(m.Address)
			}
		}
		return
	}
	switch r := r.(type) {
	case *Practitioner:
		switch param {
		case "family":
			give(r.Family)
		case "given":
			give(r.Given)
		case "name":
			give(r.Family, r.Given, r.Civility, r.Title)
		case "number-smartcard":
			for _, c := range r.Cards {
				give(c.Number)
			}
		}
	case *Organization:
		a := &r.Address
		switch param {
		case "name":
			give(r.Name, r.Alias)
		case "address-city":
			give(a.City())
		case "address-postalcode":
			give(a.PostCode)
		case "address-line":
			give(a.Line(), a.Street)
		case "address":
			give(a.Line(), a.Street, a.City(), a.PostCode, a.Department, a.Country, a.Complement, a.Recipient)
		case "pharmacy-licence":
			give(r.Licence)
		}
	case *Device:
		switch param {
		case "manufacturer":
			give(r.Manufacturer)
		case "model":
			give(r.Model)
		}
	}
}

// mailboxes gives the mailboxes of a resource.
func mailboxes(r resource) []Mailbox {
	switch r := r.(type) {
	case *Practitioner:
		return r.Mailboxes
	case *Role:
		return r.Mailboxes
	case *Organization:
		return r.Mailboxes
	}
	return nil
}

// origin gives the registration authority and the information system of a resource.
func origin(r resource) (authority, system string) {
	switch r := r.(type) {
	case *Practitioner:
		return r.Authority, r.System
	case *Role:
		return r.Authority, r.System
	case *Organization:
		return r.Authority, r.System
	case *Service:
		return r.Authority, r.System
	case *Device:
		return r.Authority, r.System
	}
	return "", ""
}

// AuthorityCode gives the code of a registration authority: the files write it with its place,
// CNOM/CNOM75.
func AuthorityCode(authority string) string {
	code, _, _ := strings.Cut(authority, "/")
	return code
}

// codes gives system and code of what a token parameter looks at.
func codes(r resource, param string, f func(system, code string)) {
	give := func(system, code string) {
		if code != "" {
			f(system, code)
		}
	}
	switch param {
	case "data-registration-authority":
		authority, _ := origin(r)
		code := AuthorityCode(authority)
		give(SystemAuthority, code)
		if code != authority {
			give("", authority)
		}
		return
	case "data-information-system":
		_, system := origin(r)
		give("", system)
		return
	case "identifier":
		identifiers(r, func(system, value, _ string) { give(system, value) })
		return
	case "identifier-type":
		identifiers(r, func(_, _, kind string) { give(SystemIDType, kind) })
		return
	case "mailbox-mss-type":
		for _, m := range mailboxes(r) {
			if !m.Red {
				give(SystemMailboxType, m.Type)
			}
		}
		return
	}
	switch r := r.(type) {
	case *Practitioner:
		switch param {
		case "type-smartcard":
			for _, c := range r.Cards {
				give(SystemCard, c.Type)
			}
		case "qualification-code":
			for _, q := range r.Qualifications {
				typeSystem, codeSystem := q.Systems()
				if q.Nature != Authorization {
					give(typeSystem, q.Type)
					give(codeSystem, q.Code)
				}
			}
		}
	case *Role:
		give(SystemGenre, r.Genre)
		give(SystemMode, r.Mode)
		give(FonctionSystem(r.Fonction), r.Fonction)
		give(SectionSystem(r.Section), r.Section)
	case *Organization:
		give(SystemOrgType, r.EntityType())
		give(SystemSector, r.Sector)
		give(SystemFacility, r.Category)
		give(SystemLegalStatus, r.Status)
		give(SystemSPH, r.SPH)
		give(SystemSiteType, r.SiteType)
	case *Service:
		switch param {
		case "characteristic":
			give(r.CharacteristicSystem(), r.Characteristic)
		case "service-category":
			give(SystemModality, r.Category)
		case "service-type":
			give(r.TypeSystem(), r.Type)
		}
	case *Device:
		switch param {
		case "status":
			give("", r.Status)
		case "type":
			give(SystemDevice, r.Type)
		}
	}
}

// Systems gives the terminologies of the type and of the code of a qualification.
func (q *Qualification) Systems() (ofType, ofCode string) {
	switch q.Nature {
	case Degree:
		return SystemDegreeType, DegreeSystem(q.Type)
	case Exercise:
		return SystemCategory, SystemProfession
	case Skill:
		return SystemSkillType, SkillSystem(q.Type)
	}
	return SystemAuthorization, SystemDiscipline
}

// EntityType is LEGAL-ENTITY or GEOGRAPHICAL-ENTITY.
func (o *Organization) EntityType() string {
	if o.Legal {
		return "LEGAL-ENTITY"
	}
	return "GEOGRAPHICAL-ENTITY"
}

// TypeSystem gives the terminology of the type of a service.
func (s *Service) TypeSystem() string {
	if s.Social {
		return SystemSocialActivity
	}
	return SystemActivity
}

// CharacteristicSystem gives the terminology of the characteristic of a service.
func (s *Service) CharacteristicSystem() string {
	if s.Social {
		return SystemActivityType
	}
	return SystemForm
}

// ProfileName is the last part of the address of the free-access profile of a resource.
func ProfileName(r any) string {
	switch r := r.(type) {
	case *Practitioner:
		return "as-dp-practitioner"
	case *Role:
		return "as-dp-practitionerrole"
	case *Organization:
		return "as-dp-organization"
	case *Service:
		if r.Social {
			return "as-dp-healthcareservice-social-equipment"
		}
		return "as-dp-healthcareservice-healthcare-activity"
	}
	return "as-dp-device"
}

// references gives the resource a reference parameter points to.
func references(r resource, param string) (Kind, ID) {
	switch r := r.(type) {
	case *Role:
		if param == "practitioner" {
			return KPractitioner, r.Practitioner
		}
		return KOrganization, r.Organization
	case *Organization:
		return KOrganization, r.PartOf
	case *Service:
		return KOrganization, r.Organization
	case *Device:
		return KOrganization, r.Organization
	}
	return 0, 0
}
