package compte_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/store/embedded"
)

const (
	host = "espace.exemple.fr"
	site = "https://" + host
	mail = "alice@exemple.fr"
)

// world is a store with two persons, and their accounts.
type world struct {
	t          *testing.T
	now        time.Time
	d          *dmp.DMP
	c          *compte.Comptes
	desk       dmp.Caller
	alice, bob *ins.Person
	sent       map[string]string // address → last code
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC), sent: map[string]string{}}
	clock := func() time.Time { return w.now }
	st, err := embedded.Open(t.TempDir(), embedded.Options{Now: clock})
	w.must(err)
	t.Cleanup(func() { w.must(st.Close()) })
	w.d = &dmp.DMP{Store: st, Annuaire: annuaire.New(), Mode: ins.Sandbox, RepositoryID: "1.2.3.4", Now: clock, Log: slog.New(slog.DiscardHandler)}
	w.desk = dmp.Caller{Actor: acces.Actor{ID: "desk", Function: annuaire.SecretariatMedical, Structure: "1990000018", Auth: acces.Directe, Mode: acces.Normal}, Door: "test"}
	w.alice = w.person("279035121518989", "PAT-TROIS", "F", "1979-03-28", "51215")
	w.bob = w.person("180012A00400168", "CORSE", "M", "1980-01-02", "2A004")
	w.c, err = compte.New(st, site, clock)
	w.must(err)
	w.c.Send = func(_ context.Context, to, code string) error { w.sent[to] = code; return nil }
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) person(matricule, name, sex, birth, place string) *ins.Person {
	w.t.Helper()
	id, err := insid.Parse(matricule, "1.2.250.1.213.1.4.10")
	w.must(err)
	p, _, err := w.d.Identify(context.Background(), w.desk, &ins.Person{INS: id, Evidence: ins.Evidence{Kind: "CNI", Date: "2026-01-01", Operator: "desk"},
		Traits: ins.Traits{BirthName: name, FirstGiven: "Dominique", Givens: "Dominique", Sex: sex, BirthDate: birth, BirthPlace: place}})
	w.must(err)
	return p
}

// twin is a second identity of alice, merged into hers.
func (w *world) merge(keep, lose *ins.Person) {
	w.t.Helper()
	_, err := w.d.MergePersons(context.Background(), w.desk, keep.ID, lose.ID, ins.Merging{Reason: "doublon vérifié", SamePerson: true, OtherTraits: true})
	w.must(err)
}

func citizen(p *ins.Person) dmp.Caller { return dmp.Caller{Actor: acces.CitizenActor(p), Door: "test"} }

// is fails unless an error is the refusal wanted; nil wants none.
func is(t *testing.T, what string, err error, want *finding.Refusal) {
	t.Helper()
	got := finding.As(err)
	switch {
	case want == nil && err != nil:
		t.Errorf("%s: %v", what, err)
	case want != nil && (got == nil || got.ID != want.ID):
		t.Errorf("%s: %v, want %s", what, err, want.ID)
	}
}

// key is an authenticator that holds one passkey.
type key struct {
	id, user []byte
	private  *ecdsa.PrivateKey
	count    uint32
	origin   string
	flags    byte
}

const present, verified, attested = 1, 4, 64

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (k *key) data(extra []byte, more byte) []byte {
	rp := sha256.Sum256([]byte(host))
	out := append(rp[:], k.flags|more)
	return append(binary.BigEndian.AppendUint32(out, k.count), extra...)
}

func (k *key) client(kind, options string) []byte {
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
			User      struct {
				ID string `json:"id"`
			} `json:"user"`
		} `json:"publicKey"`
	}
	_ = json.Unmarshal([]byte(options), &o)
	if o.PublicKey.User.ID != "" {
		k.user, _ = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	}
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": o.PublicKey.Challenge, "origin": k.origin})
	return b
}

// create answers navigator.credentials.create.
func (k *key) create(options []byte) []byte {
	client := k.client("webauthn.create", string(options))
	k.private, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.id = make([]byte, 32)
	_, _ = rand.Read(k.id)
	point, _ := k.private.PublicKey.Bytes()
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...) // EC2, ES256, P-256
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	extra := append(make([]byte, 16), 0, byte(len(k.id)))
	auth := k.data(append(append(extra, k.id...), cose...), attested)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(auth)))
	return k.answer(map[string]string{"clientDataJSON": b64(client), "attestationObject": b64(append(object, auth...))})
}

// get answers navigator.credentials.get.
func (k *key) get(options []byte) []byte {
	client := k.client("webauthn.get", string(options))
	auth := k.data(nil, 0)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(auth[:len(auth):len(auth)], hash[:]...))
	sig, _ := ecdsa.SignASN1(rand.Reader, k.private, sum[:])
	return k.answer(map[string]string{"clientDataJSON": b64(client), "authenticatorData": b64(auth), "signature": b64(sig), "userHandle": b64(k.user)})
}

func (k *key) answer(response map[string]string) []byte {
	b, _ := json.Marshal(map[string]any{"id": b64(k.id), "rawId": b64(k.id), "type": "public-key", "response": response})
	return b
}

// passkey registers a new key of a person.
func (w *world) passkey(p *ins.Person) *key {
	w.t.Helper()
	k := &key{origin: site, flags: present | verified}
	options, token, err := w.c.BeginRegistration(context.Background(), p.ID)
	w.must(err)
	w.must(w.c.FinishRegistration(context.Background(), citizen(p), token, "clé", k.create(options)))
	return k
}

// signIn uses a key; change alters what is sent.
func (w *world) signIn(k *key) (ins.PersonID, error) {
	w.t.Helper()
	options, token, err := w.c.BeginLogin()
	w.must(err)
	k.count++
	return w.c.FinishLogin(context.Background(), token, k.get(options))
}

// fresh gives a private key of nobody.
func (k *key) fresh() *ecdsa.PrivateKey {
	p, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return p
}
