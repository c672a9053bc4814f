package acces

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/vihf"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Gate authenticates callers that come with a VIHF: what the assertion says by itself is judged by
// format/vihf, what it says of people and structures is judged here against the directory.
type Gate struct {
	Trust     *vihf.Trust
	Directory *annuaire.Annuaire
	Replay    *Replay
	Revoked   func(*x509.Certificate) bool
	Audiences []string
	Now       func() time.Time
}

func gateRefusal(id, code, fr, en, fixFR, fixEN string) *finding.Refusal {
	return &finding.Refusal{ID: id, Kind: finding.Unauthenticated, Code: code, Rule: "DMP, contrôles du VIHF (3.4)",
		Message: finding.T(fr, en), Fix: finding.T(fixFR, fixEN)}
}

// Refusals of the gate.
var (
	ErrRevoked = gateRefusal("VIHF-CERT-REVOQUE", "DMPInvalidCertificate", "Le certificat présenté est révoqué.", "The certificate presented is revoked.",
		"Utilisez une carte ou un certificat en cours de validité.", "Use a valid card or certificate.")
	ErrReplayed = gateRefusal("VIHF-REJEU", "wsse:FailedCheck", "Cette assertion a déjà servi.", "This assertion was already used.",
		"Émettez une assertion neuve, avec un nouvel ID, pour chaque requête.", "Issue a new assertion, with a new ID, for each request.")
	ErrTLS = gateRefusal("VIHF-AUTRE-TLS", "DMPInvalidCertificate", "Le certificat TLS n'est ni celui de la carte ni celui de la structure du VIHF.", "The TLS certificate is neither that of the card nor of the structure of the VIHF.",
		"Ouvrez la connexion avec la carte qui signe ou avec le certificat de la structure.", "Open the connection with the signing card or with the structure's certificate.")
	ErrStructure = gateRefusal("VIHF-STRUCTURE", "DMPStructureUnknown", "Structure introuvable ou inactive.", "Structure unknown or inactive.",
		"Vérifiez Identifiant_Structure (Struct_IdNat) dans l'annuaire.", "Check Identifiant_Structure (Struct_IdNat) in the directory.")
	ErrProfessional = gateRefusal("VIHF-PROFESSIONNEL", "DMPProfessionalUnknown", "Professionnel introuvable ou inactif.", "Professional unknown or inactive.",
		"Vérifiez NameID (PS_IdNat) dans l'annuaire.", "Check NameID (PS_IdNat) in the directory.")
	ErrNotLinked = gateRefusal("VIHF-LIEN", "DMPNotLinked", "Professionnel et structure non liés.", "Professional and structure are not linked.",
		"Déclarez la situation d'exercice dans l'annuaire.", "Declare the situation of practice in the directory.")
	ErrSector = gateRefusal("VIHF-SECTEUR", "DMPInvalidSector", "Le secteur d'activité n'est pas celui de la structure.", "The sector of activity is not that of the structure.",
		"Donnez le secteur de la structure, par exemple SA07^1.2.250.1.71.4.2.4.", "Give the structure's sector, for example SA07^1.2.250.1.71.4.2.4.")
	ErrRole = gateRefusal("VIHF-ROLE", "DMPInvalidRole", "Le rôle du VIHF n'est pas celui de l'annuaire.", "The role of the VIHF is not that of the directory.",
		"Donnez la profession (G15) et le savoir-faire inscrits à l'annuaire.", "Give the profession (G15) and savoir-faire of the directory.")
	ErrNoResource = gateRefusal("VIHF-SANS-PATIENT", "DMPNoResource", "Le VIHF ne désigne aucun patient.", "The VIHF names no patient.",
		"Ajoutez l'attribut urn:oasis:names:tc:xacml:2.0:resource:resource-id.", "Add attribute urn:oasis:names:tc:xacml:2.0:resource:resource-id.")
	ErrReplayFull = &finding.Refusal{ID: "VIHF-OCCUPE", Kind: finding.Busy,
		Message: finding.T("Trop d'assertions arrivent à la fois.", "Too many assertions arrive at once."), Fix: finding.T("Réessayez dans un instant.", "Try again in a moment.")}
)

// Authenticate judges the security header of a request that came under a TLS client certificate.
// It gives the actor and the person the assertion was made for.
// spec: DMP 3.4
func (g *Gate) Authenticate(security xmltree.Node, client *x509.Certificate) (Actor, insid.INS, error) {
	now := g.Now()
	if g.Revoked(client) {
		return Actor{}, insid.INS{}, ErrRevoked
	}
	n, err := vihf.Find(security)
	if err != nil {
		return Actor{}, insid.INS{}, err
	}
	v, err := vihf.Verify(n, vihf.Options{Trust: g.Trust, Now: now, Audiences: g.Audiences, KnownRole: knownRole})
	if err != nil {
		return Actor{}, insid.INS{}, err
	}
	a := v.Assertion
	if g.Revoked(v.Signer) {
		return Actor{}, insid.INS{}, ErrRevoked
	}
	if err := holder(a, client); err != nil {
		return Actor{}, insid.INS{}, err
	}
	actor, err := g.actor(a)
	if err != nil {
		return Actor{}, insid.INS{}, err
	}
	matricule, authority, ok := a.Patient()
	if !ok {
		return Actor{}, insid.INS{}, ErrNoResource
	}
	// Last, so that an assertion refused for another reason can be mended and sent again.
	first, full := g.Replay.Once(a.ID, now)
	if full {
		return Actor{}, insid.INS{}, ErrReplayFull
	}
	if !first {
		return Actor{}, insid.INS{}, ErrReplayed
	}
	return actor, insid.INS{Matricule: insid.Matricule(matricule), OID: authority}, nil
}

func knownRole(r vihf.Role) bool {
	_, ok := nos.Lookup(nos.SubjectRole, r.Code, r.System)
	return ok
}

// holder checks that the connection belongs to whom the assertion names: their card, or their
// structure. That the signing certificate does is judged by format/vihf.
// spec: DMP 3.4 n° 1, 4
func holder(a *vihf.Assertion, client *x509.Certificate) error {
	card := a.Mode == vihf.Directe && client.Subject.CommonName == a.NameID
	if !card && !slices.Contains(client.Subject.OrganizationalUnit, a.StructureID) {
		return ErrTLS
	}
	return nil
}

// actor looks people and structure up in the directory.
// spec: DMP 3.4 n° 6, 7
func (g *Gate) actor(a *vihf.Assertion) (Actor, error) {
	s := g.Directory.Structure(a.StructureID)
	if s == nil || !s.Active {
		return Actor{}, ErrStructure.At(a.StructureID)
	}
	if a.SectorCode() != s.Sector {
		return Actor{}, ErrSector.At(a.Sector)
	}
	mode := Mode(a.PurposeOfUse.Code)
	if a.Mode == vihf.Indirecte {
		// The structure answers for its users; the name they go by is kept for the journal.
		name := s.Name
		if a.SubjectName != "" {
			name = a.SubjectName
		}
		act := Actor{ID: s.IDNat, Name: name, Function: annuaire.Automate, Role: "établissement", Structure: s.IDNat, StructureName: s.Name,
			Sector: s.Sector, Auth: Indirecte, Mode: mode, ModeReason: a.AccessReason, Assertion: a.ID}
		return act, nil
	}
	p := g.Directory.Professional(a.NameID)
	if p == nil || !p.Active {
		return Actor{}, ErrProfessional.At(a.NameID)
	}
	if !p.WorksAt(s.IDNat) {
		return Actor{}, ErrNotLinked
	}
	if err := sameRole(a, p); err != nil {
		return Actor{}, err
	}
	auth := Directe
	if a.Mode == vihf.IndirecteRenforcee {
		auth = AIR
	}
	act := ProfessionalActor(p, s, auth)
	act.Mode, act.ModeReason, act.Assertion = mode, a.AccessReason, a.ID
	return act, nil
}

// sameRole compares the roles of the assertion with the directory.
func sameRole(a *vihf.Assertion, p *annuaire.Professional) error {
	if p.Profession == "" {
		for _, r := range a.Roles {
			if r.Code == p.Function && r.System == vihf.SystemAutomate {
				return nil
			}
		}
		return ErrRole
	}
	prof, ok := a.Role(vihf.SystemProfession)
	if !ok || prof.Code != p.Profession {
		return ErrRole.At("profession " + prof.Code)
	}
	sf, ok := a.Role(vihf.SystemSavoirFaire)
	if p.Profession == annuaire.Pharmacien && !ok {
		sf, ok = a.Role(vihf.SystemSection)
	}
	if p.SavoirFaire != "" && sf.Code != p.SavoirFaire || p.SavoirFaire == "" && ok {
		return ErrRole.At("savoir-faire " + sf.Code)
	}
	return nil
}
