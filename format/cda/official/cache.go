package official

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/schematron"
)

// A kept rule set is one file: magic, SHA-256 of what follows, then blocks, each with its length:
// label, digest, the packed schemas, the defects of the folder, and name and bytes of every value set.
const magic = "socle-regles " + PackVersion + "\n"

// PackVersion changes with the layout of a kept rule set.
const PackVersion = "3"

// MaxPacked bounds a kept rule set.
const MaxPacked = 256 << 20

// ErrKept says that a kept rule set cannot be read.
var ErrKept = &finding.Refusal{ID: "REGLES-GARDEES", Kind: finding.Invalid,
	Message: finding.T("Ce jeu de règles gardé est abîmé ou d'une autre version de Socle.", "This kept rule set is damaged or belongs to another version of Socle."),
	Fix:     finding.T("Refaites-le : « socle rules add DOSSIER ».", "Make it again: “socle rules add FOLDER”."),
}

// Pack gives the bytes to keep.
func (r *Rules) Pack() []byte {
	var p schematron.Packer
	for _, s := range r.sources {
		p.Add(s)
	}
	var body []byte
	body = block(body, []byte(r.Label))
	body = block(body, []byte(r.Digest))
	body = block(body, p.Bytes())
	defects, _ := json.Marshal(r.Problems[:r.loading]) // plain words and numbers: it cannot fail
	body = block(body, defects)
	names := make([]string, 0, len(r.files))
	for n := range r.files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		body = block(block(body, []byte(n)), r.files[n])
	}
	sum := sha256.Sum256(body)
	return slices.Concat([]byte(magic), sum[:], body)
}

func block(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

var errBlock = errors.New("a block is cut")

func next(in []byte) (b, rest []byte, err error) {
	n, k := binary.Uvarint(in)
	if k <= 0 || n > uint64(len(in)-k) {
		return nil, nil, errBlock
	}
	return in[k : k+int(n)], in[k+int(n):], nil
}

// Open reads a kept rule set back. The bytes must not change while the Rules are in use.
func Open(kept []byte) (*Rules, error) {
	rest, ok := bytes.CutPrefix(kept, []byte(magic))
	if !ok || len(rest) < sha256.Size {
		return nil, ErrKept
	}
	sum := sha256.Sum256(rest[sha256.Size:])
	if !bytes.Equal(sum[:], rest[:sha256.Size]) {
		return nil, ErrKept
	}
	rest = rest[sha256.Size:]
	var head [4][]byte
	var err error
	for i := range head {
		if head[i], rest, err = next(rest); err != nil {
			return nil, ErrKept.With(err)
		}
	}
	r := &Rules{Label: string(head[0]), Digest: string(head[1]), files: map[string][]byte{}}
	if r.sources, err = schematron.Unpack(head[2]); err != nil {
		return nil, ErrKept.With(err)
	}
	if err := json.Unmarshal(head[3], &r.Problems); err != nil {
		return nil, ErrKept.With(err)
	}
	r.loading = len(r.Problems)
	for len(rest) > 0 {
		var name, raw []byte
		if name, rest, err = next(rest); err == nil {
			raw, rest, err = next(rest)
		}
		if err != nil {
			return nil, ErrKept.With(err)
		}
		r.files[string(name)] = raw
	}
	r.compile()
	return r, nil
}
