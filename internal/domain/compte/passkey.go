package compte

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Passkey is one key of a person, as their page shows it.
type Passkey struct {
	ID       string
	Label    string
	Added    time.Time
	LastUsed time.Time
}

// maxPasskeys bounds the keys of one person.
const maxPasskeys = 10

// kept is what the store holds of a key.
type kept struct {
	Label      string              `json:"label"`
	Added      time.Time           `json:"added"`
	LastUsed   time.Time           `json:"last_used"`
	Credential webauthn.Credential `json:"credential"`
}

// holder is a person as the ceremonies know them.
type holder struct {
	id   ins.PersonID
	name string
	keys []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return []byte(h.id) }
func (h *holder) WebAuthnName() string                       { return h.name }
func (h *holder) WebAuthnDisplayName() string                { return h.name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func keyID(person ins.PersonID, credential []byte) string {
	return string(person) + "|" + base64.RawURLEncoding.EncodeToString(credential)
}

// keys gives the keys kept under one identity.
func (c *Comptes) keys(r dmp.Reader, person ins.PersonID) ([]kept, error) {
	rows, err := r.Settings(kindPasskey, string(person)+"|", "", maxPasskeys+1)
	if err != nil {
		return nil, err
	}
	out := make([]kept, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal(row.Data, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// allKeys gives the keys of a person, those they had under an identity merged into theirs included.
func (c *Comptes) allKeys(r dmp.Reader, person ins.PersonID) (out []kept, err error) {
	all, err := dmp.Identities(r, person)
	for _, id := range all {
		list, err := c.keys(r, id)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, err
}

// holder gives a person with the keys that list finds.
func (c *Comptes) holder(r dmp.Reader, person ins.PersonID, keys func(dmp.Reader, ins.PersonID) ([]kept, error)) (*holder, error) {
	p, err := r.Person(person)
	if err != nil {
		return nil, err
	}
	list, err := keys(r, person)
	if err != nil {
		return nil, err
	}
	h := &holder{id: person, name: p.DisplayName()}
	for _, k := range list {
		h.keys = append(h.keys, k.Credential)
	}
	return h, nil
}

// Passkeys lists the keys of a person.
func (c *Comptes) Passkeys(ctx context.Context, person ins.PersonID) (out []Passkey, err error) {
	err = c.Store.View(ctx, func(r dmp.Reader) error {
		list, err := c.allKeys(r, person)
		out = nil
		for _, k := range list {
			out = append(out, Passkey{ID: base64.RawURLEncoding.EncodeToString(k.Credential.ID), Label: k.Label, Added: k.Added, LastUsed: k.LastUsed})
		}
		return err
	})
	return out, err
}

// BeginRegistration gives the options for navigator.credentials.create as JSON, and the token that
// ends the ceremony.
func (c *Comptes) BeginRegistration(ctx context.Context, person ins.PersonID) (options []byte, token string, err error) {
	var h *holder
	if err = c.Store.View(ctx, func(r dmp.Reader) error { h, err = c.holder(r, person, c.allKeys); return err }); err != nil {
		return nil, "", err
	}
	if len(h.keys) >= maxPasskeys {
		return nil, "", ErrPasskeys
	}
	known := make([]protocol.CredentialDescriptor, len(h.keys))
	for i, k := range h.keys {
		known[i] = k.Descriptor()
	}
	creation, session, err := c.wa.BeginRegistration(h, webauthn.WithExclusions(known), webauthn.WithConveyancePreference(protocol.PreferNoAttestation))
	if err != nil {
		return nil, "", err
	}
	return c.begin(creation, session)
}

func (c *Comptes) begin(options any, session *webauthn.SessionData) ([]byte, string, error) {
	b, err := json.Marshal(options)
	if err != nil {
		return nil, "", err
	}
	token, now := random(24), c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ceremonies.Put(token, *session, now)
	return b, token, nil
}

// ceremony gives what began a ceremony, once.
func (c *Comptes) ceremony(token string) (webauthn.SessionData, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	session, ok := c.ceremonies.Get(token, c.Now())
	c.ceremonies.Drop(token)
	return session, ok
}

// FinishRegistration keeps a new key of the person who is signed in.
func (c *Comptes) FinishRegistration(ctx context.Context, by dmp.Caller, token, label string, response []byte) error {
	session, ok := c.ceremony(token)
	person := ins.PersonID(by.ID)
	if !ok || string(session.UserID) != by.ID || !by.Citizen {
		return ErrCeremony
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return ErrPasskey.With(err)
	}
	credential, err := c.wa.CreateCredential(&holder{id: person}, session, parsed)
	if err != nil {
		return ErrPasskey.With(err)
	}
	if label = short(label); label == "" {
		label = "Clé d'accès"
	}
	data, err := json.Marshal(kept{Label: label, Added: c.Now(), Credential: *credential})
	if err != nil {
		return err
	}
	return c.write(ctx, person, by, "clé d'accès ajoutée : "+label, func(tx dmp.Tx) error {
		list, err := c.allKeys(tx, person)
		if err != nil {
			return err
		}
		if len(list) >= maxPasskeys {
			return ErrPasskeys
		}
		return tx.PutSetting(kindPasskey, keyID(person, credential.ID), data)
	})
}

// short keeps a label to what a page shows.
func short(s string) string {
	const most = 60
	r := []rune(s)
	return string(r[:min(len(r), most)])
}

// RemovePasskey forgets a key.
func (c *Comptes) RemovePasskey(ctx context.Context, by dmp.Caller, id string) error {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || !by.Citizen {
		return ErrPasskey
	}
	person := ins.PersonID(by.ID)
	return c.write(ctx, person, by, "clé d'accès retirée", func(tx dmp.Tx) error {
		all, err := dmp.Identities(tx, person)
		if err != nil {
			return err
		}
		for _, id := range all {
			switch _, err := tx.Setting(kindPasskey, keyID(id, raw)); {
			case err == nil:
				return tx.PutSetting(kindPasskey, keyID(id, raw), nil)
			case !errors.Is(err, dmp.ErrNotFound):
				return err
			}
		}
		return ErrPasskey
	})
}

// BeginLogin gives the options for navigator.credentials.get as JSON: no account is named, the key
// says whose it is.
func (c *Comptes) BeginLogin() (options []byte, token string, err error) {
	assertion, session, err := c.wa.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", err
	}
	return c.begin(assertion, session)
}

// FinishLogin tells whose key answered: after a merge, the identity that counts. A key whose counter went back is refused: somebody copied it.
func (c *Comptes) FinishLogin(ctx context.Context, token string, response []byte) (ins.PersonID, error) {
	session, ok := c.ceremony(token)
	if !ok {
		return "", ErrCeremony
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return "", ErrPasskey.With(err)
	}
	var who *holder
	credential, err := c.wa.ValidateDiscoverableLogin(func(_, userHandle []byte) (user webauthn.User, err error) {
		err = c.Store.View(ctx, func(r dmp.Reader) error { who, err = c.holder(r, ins.PersonID(userHandle), c.keys); return err })
		return who, err
	}, session, parsed)
	switch {
	case err != nil:
		return "", ErrPasskey.With(err)
	case credential.Authenticator.CloneWarning:
		return "", ErrPasskeyCloned
	}
	// The counter and the day it served are kept; the sign-in itself is journaled by who opens the session.
	err = c.Store.Commit(ctx, dmp.Unit{Do: func(tx dmp.Tx) error {
		id := keyID(who.id, credential.ID)
		data, err := tx.Setting(kindPasskey, id)
		if err != nil {
			return err
		}
		var k kept
		if err := json.Unmarshal(data, &k); err != nil {
			return err
		}
		k.Credential, k.LastUsed = *credential, c.Now()
		if data, err = json.Marshal(k); err != nil {
			return err
		}
		return tx.PutSetting(kindPasskey, id, data)
	}})
	if errors.Is(err, dmp.ErrNotFound) {
		return "", ErrPasskey
	}
	if err != nil {
		return "", err
	}
	return c.counts(ctx, who.id)
}
