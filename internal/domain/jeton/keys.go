package jeton

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/oidc"
)

// keyBits is the size of RSA signing keys.
// spec: RGS RSA 2048 (jusqu'en 2030)
const keyBits = 2048

// KeyStore keeps the signing keys between two lives of the program. Load gives nil, nil when
// nothing was ever saved. What Save receives holds private keys.
type KeyStore interface {
	Load() ([]byte, error)
	Save([]byte) error
}

// Keys are a provider's signing keys, all of one algorithm: the previous one still verifies, the current one signs,
// the next one is already published so that no client is surprised. Safe for concurrent use.
type Keys struct {
	alg    string
	store  KeyStore
	random io.Reader

	mu                      sync.RWMutex
	previous, current, next *signingKey
}

type signingKey struct {
	id      string
	made    time.Time
	private crypto.Signer
}

// keyFile is the kept form.
type keyFile struct {
	Previous *keyEntry `json:"previous,omitempty"`
	Current  *keyEntry `json:"current"`
	Next     *keyEntry `json:"next"`
}

type keyEntry struct {
	ID   string    `json:"kid"`
	Made time.Time `json:"made"`
	PEM  string    `json:"pem"`
}

// OpenKeys reads the keys, or makes them and saves them. The algorithm is RS256 or ES256; random is
// crypto/rand when nil.
func OpenKeys(store KeyStore, alg string, random io.Reader, now time.Time) (*Keys, error) {
	if alg != oidc.RS256 && alg != oidc.ES256 {
		return nil, fmt.Errorf("jeton: keys of algorithm %q: RS256 or ES256", alg)
	}
	if random == nil {
		random = rand.Reader
	}
	k := &Keys{alg: alg, store: store, random: random}
	raw, err := store.Load()
	if err != nil {
		return nil, fmt.Errorf("jeton: keys: %w", err)
	}
	if raw != nil {
		return k, k.read(raw)
	}
	if k.current, err = k.make(now); err != nil {
		return nil, err
	}
	if k.next, err = k.make(now); err != nil {
		return nil, err
	}
	return k, k.save()
}

func (k *Keys) make(now time.Time) (*signingKey, error) {
	var p crypto.Signer
	var err error
	if k.alg == oidc.ES256 {
		p, err = ecdsa.GenerateKey(elliptic.P256(), k.random)
	} else {
		p, err = rsa.GenerateKey(k.random, keyBits)
	}
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(p.Public())
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256(public)
	return &signingKey{id: base64.RawURLEncoding.EncodeToString(h[:16]), made: now.UTC(), private: p}, nil
}

// Rotate makes the next key the current one. What the former one signed stays good until the
// following rotation.
func (k *Keys) Rotate(now time.Time) error {
	fresh, err := k.make(now)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	old := [3]*signingKey{k.previous, k.current, k.next}
	k.previous, k.current, k.next = k.current, k.next, fresh
	if err := k.save(); err != nil {
		k.previous, k.current, k.next = old[0], old[1], old[2]
		return err
	}
	return nil
}

// RotateIfOlder rotates when the current key was published longer ago than age.
func (k *Keys) RotateIfOlder(age time.Duration, now time.Time) (bool, error) {
	k.mu.RLock()
	due := now.Sub(k.current.made) >= age
	k.mu.RUnlock()
	if !due {
		return false, nil
	}
	return true, k.Rotate(now)
}

// signer gives the key that signs.
func (k *Keys) signer() *signingKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.current
}

// published gives previous, current and next.
func (k *Keys) published() []*signingKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var out []*signingKey
	for _, s := range []*signingKey{k.previous, k.current, k.next} {
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

func (k *Keys) find(id string) *signingKey {
	for _, s := range k.published() {
		if s.id == id {
			return s
		}
	}
	return nil
}

func (k *Keys) save() error {
	var f keyFile
	for _, x := range []struct {
		to   **keyEntry
		from *signingKey
	}{{&f.Previous, k.previous}, {&f.Current, k.current}, {&f.Next, k.next}} {
		if x.from == nil {
			continue
		}
		der, err := x509.MarshalPKCS8PrivateKey(x.from.private)
		if err != nil {
			return err
		}
		*x.to = &keyEntry{x.from.id, x.from.made, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}
	}
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return k.store.Save(raw)
}

func (k *Keys) read(raw []byte) error {
	var f keyFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return fmt.Errorf("jeton: keys: %w", err)
	}
	if f.Current == nil || f.Next == nil {
		return errors.New("jeton: keys: current and next are due")
	}
	for _, x := range []struct {
		to   **signingKey
		from *keyEntry
	}{{&k.previous, f.Previous}, {&k.current, f.Current}, {&k.next, f.Next}} {
		if x.from == nil {
			continue
		}
		b, _ := pem.Decode([]byte(x.from.PEM))
		if b == nil {
			return fmt.Errorf("jeton: key %q is not PEM", x.from.ID)
		}
		p, err := x509.ParsePKCS8PrivateKey(b.Bytes)
		if err != nil {
			return fmt.Errorf("jeton: key %q: %w", x.from.ID, err)
		}
		if algorithmOf(p) != k.alg {
			return fmt.Errorf("jeton: key %q is %T, not one of %s", x.from.ID, p, k.alg)
		}
		*x.to = &signingKey{x.from.ID, x.from.Made, p.(crypto.Signer)}
	}
	return nil
}

// algorithmOf gives the algorithm that a private key serves; "" for none of ours.
func algorithmOf(key any) string {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return oidc.RS256
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return oidc.ES256
		}
	}
	return ""
}
