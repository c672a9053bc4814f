package journal

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says what the log held at a moment: its size and root.
//
// spec: C2SP tlog-checkpoint
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// maxCheckpoint bounds a checkpoint that comes from outside: three lines and a few signatures.
const maxCheckpoint = 16 << 10

// What is wrong with a checkpoint.
var (
	ErrCheckpoint = errors.New("this is not a checkpoint")
	ErrSignature  = errors.New("the checkpoint is not signed by the key of this journal")
	ErrForked     = errors.New("the journal does not extend the checkpoint")
)

// Text is the signed text: origin, size and root, a line each.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// Sign gives the checkpoint as a signed note.
//
// spec: C2SP signed-note
func (c Checkpoint) Sign(s note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, s)
}

// ParseCheckpoint reads the text of a checkpoint. Extension lines are accepted and left out.
func ParseCheckpoint(text string) (Checkpoint, error) {
	var c Checkpoint
	lines := strings.Split(text, "\n")
	if len(text) > maxCheckpoint || len(lines) < 4 || lines[len(lines)-1] != "" || lines[0] == "" {
		return c, fmt.Errorf("%w: origin, size and root expected, a line each", ErrCheckpoint)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return c, fmt.Errorf("%w: size %q", ErrCheckpoint, lines[1])
	}
	// Written again and compared: decoding passes over line breaks, and one root has one writing.
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize || base64.StdEncoding.EncodeToString(root) != lines[2] {
		return c, fmt.Errorf("%w: root %q", ErrCheckpoint, lines[2])
	}
	for _, l := range lines[3 : len(lines)-1] {
		if l == "" {
			return c, fmt.Errorf("%w: empty line", ErrCheckpoint)
		}
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}, nil
}

// OpenCheckpoint reads a signed checkpoint and verifies it under the verifier key of its journal.
// Signatures of others (witnesses) are ignored.
func OpenCheckpoint(msg []byte, verifierKey string) (Checkpoint, error) {
	if len(msg) > maxCheckpoint {
		return Checkpoint{}, fmt.Errorf("%w: %d bytes", ErrCheckpoint, len(msg))
	}
	v, err := note.NewVerifier(verifierKey)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("journal: verifier key: %w", err)
	}
	n, err := note.Open(msg, note.VerifierList(v))
	var unsigned *note.UnverifiedNoteError
	var altered *note.InvalidSignatureError
	switch {
	case errors.As(err, &unsigned), errors.As(err, &altered):
		return Checkpoint{}, ErrSignature
	case err != nil:
		return Checkpoint{}, fmt.Errorf("%w: %v", ErrCheckpoint, err)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != v.Name() {
		return Checkpoint{}, fmt.Errorf("%w: origin %q, key of %q", ErrCheckpoint, c.Origin, v.Name())
	}
	return c, nil
}

// Extends checks that the log now holds, unchanged, everything it held at an older checkpoint.
func Extends(old, now Checkpoint, s Source) error {
	if old.Origin != now.Origin {
		return fmt.Errorf("%w: it is about %q, this journal is %q", ErrForked, old.Origin, now.Origin)
	}
	if old.Size > now.Size {
		return fmt.Errorf("%w: it counted %d leaves, there are %d", ErrForked, old.Size, now.Size)
	}
	if old.Size == 0 {
		return nil
	}
	root, err := s.Root(old.Size)
	if err != nil {
		return err
	}
	if root != old.Root {
		return fmt.Errorf("%w: the first %d leaves had root %s, they now have %s", ErrForked, old.Size, old.Root, root)
	}
	return nil
}

// Key signs the checkpoints of one journal.
type Key struct {
	note.Signer
	secret   string
	verifier string
}

// GenerateKey makes the key of a new journal. The origin names it for ever, as host/path.
func GenerateKey(rand io.Reader, origin string) (*Key, error) {
	secret, _, err := note.GenerateKey(rand, origin)
	if err != nil {
		return nil, fmt.Errorf("journal: key: %w", err)
	}
	return ParseKey(secret)
}

// ParseKey reads a key from its secret text.
func ParseKey(secret string) (*Key, error) {
	secret = strings.TrimSpace(secret)
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, errors.New("journal: this is not a signing key") // the text of err could quote it
	}
	f := strings.SplitN(secret, "+", 5) // PRIVATE+KEY+<name>+<hash>+<base64, where + is a digit>
	seed, err := base64.StdEncoding.DecodeString(f[len(f)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return nil, errors.New("journal: this is not an Ed25519 signing key")
	}
	public := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return nil, fmt.Errorf("journal: key: %w", err)
	}
	return &Key{Signer: signer, secret: secret, verifier: verifier}, nil
}

// Origin names the journal.
func (k *Key) Origin() string { return k.Name() }

// Verifier is the public key, in the form others give to their tools.
func (k *Key) Verifier() string { return k.verifier }

// Reveal gives the secret, to be written to its file.
func (k *Key) Reveal() string { return k.secret }

// String hides the secret.
func (k *Key) String() string { return "journal.Key(" + k.Name() + ")" }
