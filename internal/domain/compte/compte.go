// Package compte is how a citizen signs in: passkeys (WebAuthn level 2), a one-time code sent to
// their address as fall-back, and an identity federation (FranceConnect) linked to their person.
//
// It keeps credentials as settings of the store, journals each addition and removal on the person's
// own record, and bounds every attempt. Professionals sign in through Pro Santé Connect instead.
// Missing: attestation of authenticators (none is asked), SMS.
//
// Start at New.
package compte

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/jeton"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Kinds of settings kept here.
const (
	kindPasskey = "passkey"  // person | credential id → credential
	kindMail    = "courriel" // hash of the address → person
	kindLink    = "federation"
)

// Comptes signs citizens in.
type Comptes struct {
	Store dmp.Store
	Now   func() time.Time
	// Send takes a one-time code to an address; nil when no mail is configured. It queues and returns
	// at once: the time of the answer must not tell whether there is an account.
	Send func(ctx context.Context, address, code string) error
	// Proved is told of an address somebody has proved to be theirs; may be nil.
	Proved func(ctx context.Context, person ins.PersonID, address string) error

	wa     *webauthn.WebAuthn
	brakes jeton.Throttle

	mu         sync.Mutex
	ceremonies *jeton.Shelf[webauthn.SessionData]
	codes      *jeton.Shelf[*pendingCode]
}

// Bounds of what is remembered between two pages; an address or an account is braked for a quarter
// of an hour.
const (
	maxRemembered = 20_000
	ceremonyLife  = 5 * time.Minute
	brakeWindow   = 15 * time.Minute
)

// New makes the accounts of a site at an origin, such as https://espace.exemple.fr.
func New(store dmp.Store, origin string, now func() time.Time) (*Comptes, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("compte: %q is no origin", origin)
	}
	wa, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Socle", RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, fmt.Errorf("compte: %w", err)
	}
	return &Comptes{Store: store, Now: now, wa: wa, brakes: jeton.Throttle{Every: brakeWindow},
		ceremonies: jeton.NewShelf[webauthn.SessionData](ceremonyLife, maxRemembered), codes: jeton.NewShelf[*pendingCode](codeLife, maxRemembered)}, nil
}

func refusal(id string, kind finding.Kind, fr, en, fixFR, fixEN string) *finding.Refusal {
	return &finding.Refusal{ID: id, Kind: kind, Rule: "PGSSI-S, référentiel d'identification électronique", Message: finding.T(fr, en), Fix: finding.T(fixFR, fixEN)}
}

// Refusals of signing in. None tells whether an account exists.
var (
	ErrCeremony = refusal("COMPTE-CEREMONIE", finding.Invalid, "Cette demande de connexion a expiré ou a déjà servi.", "This sign-in request has expired or was already used.",
		"Recommencez depuis la page de connexion.", "Start again from the sign-in page.")
	ErrPasskey = refusal("COMPTE-CLE", finding.Unauthenticated, "Cette clé d'accès n'a pas été reconnue.", "This passkey was not recognised.",
		"Essayez une autre clé, ou le code envoyé à votre adresse.", "Try another passkey, or the code sent to your address.")
	ErrPasskeyCloned = refusal("COMPTE-CLE-COPIE", finding.Unauthenticated, "Cette clé d'accès semble avoir été copiée.", "This passkey seems to have been copied.",
		"Connectez-vous autrement et retirez cette clé.", "Sign in another way and remove this passkey.")
	ErrPasskeys = refusal("COMPTE-CLES", finding.TooLarge, "Vous avez déjà dix clés d'accès.", "You have ten passkeys already.",
		"Retirez-en une avant d'en ajouter.", "Remove one before adding another.")
	ErrCode = refusal("COMPTE-CODE", finding.Unauthenticated, "Ce code n'est pas le bon, ou il a expiré.", "This code is wrong, or it has expired.",
		"Relisez le dernier message reçu, ou demandez un nouveau code.", "Read the last message again, or ask for a new code.")
	ErrBrake = refusal("COMPTE-FREIN", finding.Busy, "Trop d'essais.", "Too many attempts.",
		"Attendez un quart d'heure, ou utilisez une clé d'accès.", "Wait a quarter of an hour, or use a passkey.")
	ErrMail = refusal("COMPTE-COURRIEL", finding.Invalid, "Cette adresse n'a pas la forme d'une adresse de courriel.", "This is not the form of a mail address.",
		"Écrivez-la comme prenom.nom@exemple.fr.", "Write it as first.last@example.org.")
	ErrMailTaken = refusal("COMPTE-COURRIEL-PRIS", finding.Conflict, "Cette adresse sert déjà à une autre personne.", "Somebody else uses this address already.",
		"Choisissez une adresse que vous êtes seul à lire.", "Choose an address that you alone read.")
	ErrNoMail = refusal("COMPTE-SANS-COURRIEL", finding.Unavailable, "L'envoi de codes n'est pas configuré ici.", "Sending codes is not configured here.",
		"Utilisez une clé d'accès.", "Use a passkey.")
	ErrPivot = refusal("COMPTE-PIVOT", finding.Forbidden, "L'identité reçue ne correspond à aucune personne connue ici.", "The identity received is of nobody known here.",
		"Faites qualifier votre identité auprès d'un professionnel, puis revenez.", "Have your identity qualified by a professional, then come back.")
)

// Refusals lists them, for the catalogue.
func Refusals() []*finding.Refusal {
	return []*finding.Refusal{ErrCeremony, ErrPasskey, ErrPasskeyCloned, ErrPasskeys, ErrCode, ErrBrake, ErrMail, ErrMailTaken, ErrNoMail, ErrPivot}
}

// counts gives the identity that counts for the one a means of signing in was given to: identities
// are merged, and the person then signs in as the one that stays.
func (c *Comptes) counts(ctx context.Context, id ins.PersonID) (ins.PersonID, error) {
	err := c.Store.View(ctx, func(r dmp.Reader) error {
		all, err := dmp.Identities(r, id)
		if err == nil {
			id = all[0]
		}
		return err
	})
	return id, err
}

// write changes settings of a person and journals it on their record, in one unit.
func (c *Comptes) write(ctx context.Context, id ins.PersonID, by dmp.Caller, detail string, do func(dmp.Tx) error) error {
	return c.Store.Commit(ctx, dmp.Unit{Do: func(tx dmp.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return tx.Leaf(journal.Record{Time: c.Now(), Person: string(id), Action: journal.Credential, Outcome: journal.Success, Door: by.Door, Detail: detail,
			Actor: journal.Actor{ID: by.ID, Name: by.Name, Role: by.Role, Structure: by.Structure, Place: by.StructureName}})
	}})
}

// random gives n random bytes as text.
func random(n int) string {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err) // the kernel gives no randomness: nothing safe can be done
	}
	return base64.RawURLEncoding.EncodeToString(b)
}
