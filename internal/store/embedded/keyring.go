package embedded

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// personalKey encrypts everything that is kept of one person's documents. Destroying its row
// makes them unreadable for ever, in segments that are never rewritten.
type personalKey struct {
	id      [keyIDSize]byte
	aead    cipher.AEAD
	wrapped []byte
	durable atomic.Bool // its row is committed
}

// seal encrypts plain, which may be what follows dst in the same buffer, and appends it to dst.
func (k *personalKey) seal(dst, nonce, plain, aad []byte) []byte {
	return k.aead.Seal(dst, nonce, plain, aad)
}

func (k *personalKey) open(sealed, nonce, aad []byte) ([]byte, error) {
	return k.aead.Open(nil, nonce, sealed, aad)
}

// keyring wraps personal keys under the master key and remembers those in use.
type keyring struct {
	master cipher.AEAD
	rand   io.Reader
	load   keyLoader

	making sync.Mutex // held while a key is made, reading the database included
	mu     sync.Mutex // of the map only
	keys   map[ins.PersonID]*personalKey
}

// keyLoader reads the row of a key; dmp.ErrNotFound when there is none.
type keyLoader func(person []byte) (id, wrapped []byte, err error)

// maxKeys bounds the memory of the keyring (about 1 kB a key).
const maxKeys = 16384

// errKey is a personal key that cannot be opened: wrong master key, or a damaged row.
var errKey = errors.New("embedded: a personal key does not open under the master key")

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// of gives the key of a person, a new one if there is none yet: the writer puts its row in the
// same commit as the first document that uses it.
func (r *keyring) of(person ins.PersonID) (*personalKey, error) {
	k, err := r.find(person, r.load)
	if err != dmp.ErrNotFound {
		return k, err
	}
	r.making.Lock()
	defer r.making.Unlock()
	// Asked again: the key may have been made meanwhile.
	if k, err = r.find(person, r.load); err != dmp.ErrNotFound {
		return k, err
	}
	if k, err = r.make(person); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(person, k)
	return k, nil
}

// find gives a key that exists, or dmp.ErrNotFound. load reads with a connection the caller has:
// a view that waited for a second connection could wait for ever.
func (r *keyring) find(person ins.PersonID, load keyLoader) (*personalKey, error) {
	r.mu.Lock()
	k := r.keys[person]
	r.mu.Unlock()
	if k != nil {
		return k, nil
	}
	id, wrapped, err := load(personKey(person))
	if err != nil {
		return nil, err
	}
	if k, err = r.unwrap(person, id, wrapped); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.keys[person]; other != nil {
		return other, nil
	}
	r.keep(person, k)
	return k, nil
}

func (r *keyring) keep(person ins.PersonID, k *personalKey) {
	if len(r.keys) >= maxKeys {
		for p, k := range r.keys {
			if k.durable.Load() {
				delete(r.keys, p)
			}
		}
	}
	r.keys[person] = k
}

func (r *keyring) unwrap(person ins.PersonID, id, wrapped []byte) (*personalKey, error) {
	if len(id) != keyIDSize || len(wrapped) < nonceSize {
		return nil, errKey
	}
	secret, err := r.master.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], bind("socle key 1", person, string(id)))
	if err != nil {
		return nil, errKey
	}
	k := &personalKey{id: [keyIDSize]byte(id), wrapped: wrapped}
	k.durable.Store(true)
	if k.aead, err = newAEAD(secret); err != nil {
		return nil, errKey
	}
	return k, nil
}

func (r *keyring) make(person ins.PersonID) (*personalKey, error) {
	var b [keyIDSize + 32 + nonceSize]byte
	if _, err := io.ReadFull(r.rand, b[:]); err != nil {
		return nil, fmt.Errorf("embedded: personal key: %w", err)
	}
	k := &personalKey{id: [keyIDSize]byte(b[:keyIDSize])}
	secret, nonce := b[keyIDSize:keyIDSize+32], b[keyIDSize+32:]
	k.wrapped = r.master.Seal(append([]byte(nil), nonce...), nonce, secret, bind("socle key 1", person, string(k.id[:])))
	var err error
	k.aead, err = newAEAD(secret)
	return k, err
}

const (
	masterFile  = "master.key"
	journalFile = "journal.key"
)

// readMaster opens the master key file: 32 bytes in base64.
func readMaster(keys string) (cipher.AEAD, error) {
	b, err := os.ReadFile(filepath.Join(keys, masterFile))
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("%s: 32 bytes in base64 expected", filepath.Join(keys, masterFile))
	}
	return newAEAD(key)
}

func newMaster(rand io.Reader) ([]byte, error) {
	var key [32]byte
	if _, err := io.ReadFull(rand, key[:]); err != nil {
		return nil, err
	}
	return []byte(base64.StdEncoding.EncodeToString(key[:]) + "\n"), nil
}

// writeSecret creates a file only its owner reads, whole or not at all, and makes it durable.
func writeSecret(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}
