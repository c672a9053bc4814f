package annuaire

import (
	"bytes"
	"compress/flate"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"

	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// What a token is for.
const (
	tokenPage   = 'P'
	tokenExport = 'E'
	tokenSystem = 'S'
)

// token says where a list goes on: nothing is kept by the server for it. Signed, so that only what
// this service gave comes back.
type token struct {
	purpose  byte
	kind     annuaire.Kind
	snapshot uint32
	after    uint32
	total    int64
	stamp    int64 // when the snapshot was made: after a compaction its number may come back
	raw      string
}

const macSize = 16

func (d *Door) sign(t token) string {
	var b bytes.Buffer
	head := []byte{t.purpose, byte(t.kind)}
	head = binary.AppendUvarint(head, uint64(t.snapshot))
	head = binary.AppendUvarint(head, uint64(t.after))
	head = binary.AppendVarint(head, t.total)
	head = binary.AppendVarint(head, t.stamp)
	b.Write(head)
	z, _ := flate.NewWriter(&b, flate.BestSpeed)
	_, _ = io.WriteString(z, t.raw)
	_ = z.Close()
	return base64.RawURLEncoding.EncodeToString(append(d.mac(b.Bytes()), b.Bytes()...))
}

func (d *Door) mac(b []byte) []byte {
	m := hmac.New(sha256.New, d.Key)
	m.Write(b)
	return m.Sum(nil)[:macSize]
}

func (d *Door) open(s string, purpose byte) (t token, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < macSize+5 || !hmac.Equal(b[:macSize], d.mac(b[macSize:])) {
		return token{}, false
	}
	b = b[macSize:]
	t.purpose, t.kind, b = b[0], annuaire.Kind(b[1]), b[2:]
	snapshot, n := binary.Uvarint(b)
	after, m := binary.Uvarint(b[max(n, 0):])
	if n <= 0 || m <= 0 {
		return token{}, false
	}
	b = b[n+m:]
	total, l := binary.Varint(b)
	stamp, o := binary.Varint(b[max(l, 0):])
	if l <= 0 || o <= 0 || t.purpose != purpose {
		return token{}, false
	}
	t.snapshot, t.after, t.total, t.stamp = uint32(snapshot), uint32(after), total, stamp
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b[l+o:])), maxForm+1))
	t.raw = string(raw)
	return t, err == nil && len(raw) <= maxForm
}
