package acces

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// ProfessionalActor makes the actor of somebody of the directory, working at a structure.
func ProfessionalActor(p *annuaire.Professional, s *annuaire.Structure, auth Auth) Actor {
	a := Actor{ID: p.IDNat, Name: p.Name(), Profession: p.Profession, SavoirFaire: p.SavoirFaire, Function: p.Function, Role: p.Role, Auth: auth, Mode: Normal}
	if s != nil {
		a.Structure, a.StructureName, a.Sector = s.IDNat, s.Name, s.Sector
	}
	return a
}

// CitizenActor makes the actor of a person about their own record.
func CitizenActor(p *ins.Person) Actor {
	return Actor{ID: string(p.ID), Name: p.DisplayName(), Role: "citoyen", Auth: CitoyenAuth, Mode: Normal, Citizen: true}
}

// Subject names who a token or a session is for.
type Subject struct {
	Professional string // PS_IdNat
	Structure    string // Struct_IdNat, with Professional
	Person       ins.PersonID
}

func (s Subject) encode() string {
	return s.Professional + "\x00" + s.Structure + "\x00" + string(s.Person)
}

// Tokens issues and checks bearer tokens: a subject and an expiry under a MAC. A token is opaque
// to its holder.
type Tokens struct {
	Key []byte
	Now func() time.Time
}

// ErrToken refuses a token that is forged, altered or expired.
var ErrToken = &finding.Refusal{ID: "ACC-JETON", Kind: finding.Unauthenticated, Rule: "RFC 6750",
	Message: finding.T("Le jeton d'accès n'est pas valable ou a expiré.", "The access token is not valid or has expired."),
	Fix:     finding.T("Obtenez un nouveau jeton.", "Obtain a new token.")}

// Issue makes a token.
func (t *Tokens) Issue(s Subject, life time.Duration) string {
	payload := s.encode() + "\x00" + strconv.FormatInt(t.Now().Add(life).Unix(), 10)
	b := append([]byte(payload), t.mac(payload)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Check opens a token.
func (t *Tokens) Check(token string) (Subject, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) <= sha256.Size {
		return Subject{}, ErrToken
	}
	payload, sum := string(b[:len(b)-sha256.Size]), b[len(b)-sha256.Size:]
	if !hmac.Equal(sum, t.mac(payload)) {
		return Subject{}, ErrToken
	}
	f := strings.Split(payload, "\x00")
	if len(f) != 4 {
		return Subject{}, ErrToken
	}
	expiry, err := strconv.ParseInt(f[3], 10, 64)
	if err != nil || t.Now().Unix() >= expiry {
		return Subject{}, ErrToken
	}
	return Subject{Professional: f[0], Structure: f[1], Person: ins.PersonID(f[2])}, nil
}

func (t *Tokens) mac(payload string) []byte {
	h := hmac.New(sha256.New, t.Key)
	h.Write([]byte(payload))
	return h.Sum(nil)
}
