package embedded

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"github.com/socle-sante/socle/format/xds"
)

// errCodec is a blob that this program did not write, or no longer as it was written.
var errCodec = errors.New("embedded: damaged row data")

// words are the strings that come back in every row, kept as one or two bytes. The list only
// grows at its end: a position is for ever.
var words = [...]string{
	string(xds.Approved), string(xds.Deprecated), string(xds.Archived), string(xds.Deleted),
	string(xds.HasMember), string(xds.RPLC), string(xds.XFRM), string(xds.APND), string(xds.XFRMRPLC),
	string(xds.Signs), string(xds.IsSnapshotOf), string(xds.UpdateAvailabilityStatus), string(xds.SubmitAssociation),
	"Original", "Reference", "text/xml", "fr-FR", "fr", "application/pdf", "yes", "no",
	xds.ConfidentialitySystem, xds.VisibilitySystem, "N", "R", "V", "Normal", "Restricted",
	xds.MasquePS, xds.InvisiblePatient, xds.InvisibleRepresentantsLegal,
	"2.16.840.1.113883.6.1", "1.2.250.1.213.1.1.4.1", "1.2.250.1.213.1.1.4.9", "1.3.6.1.4.1.19376.1.2.3",
	"1.2.250.1.213.1.1.5.29", "1.2.250.1.213.1.1.4.2.2", "1.2.250.1.213.1.1.4.2.273",
}

var wordIndex = func() map[string]uint64 {
	m := make(map[string]uint64, len(words))
	for i, w := range words {
		m[w] = uint64(i)
	}
	return m
}()

// A string is a varint n<<2 | form, then: nothing (a word, n its index), n bytes (plain),
// 16 bytes (urn:uuid), n bytes written as 2n lower case hexadecimal digits.
const (
	formPlain = iota
	formWord
	formUUID
	formHex
)

const uuidPrefix = "urn:uuid:"

type encoder struct{ b []byte }

func (e *encoder) uint(v uint64)     { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)       { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) raw(b []byte)      { e.b = append(e.b, b...) }
func (e *encoder) kind(version byte) { e.b = append(e.b, version) }

func (e *encoder) bool(v bool) {
	if v {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

func (e *encoder) str(s string) {
	if len(s) > 0 && len(s) < 80 {
		if i, ok := wordIndex[s]; ok {
			e.uint(i<<2 | formWord)
			return
		}
	}
	if len(s) == len(uuidPrefix)+36 && s[:len(uuidPrefix)] == uuidPrefix {
		if u, ok := packUUID(s[len(uuidPrefix):]); ok {
			e.uint(formUUID)
			e.raw(u[:])
			return
		}
	}
	if len(s) >= 16 && len(s)%2 == 0 && isLowerHex(s) {
		e.uint(uint64(len(s)/2)<<2 | formHex)
		e.b, _ = hex.AppendDecode(e.b, []byte(s))
		return
	}
	e.uint(uint64(len(s))<<2 + formPlain)
	e.b = append(e.b, s...)
}

func (e *encoder) strs(list []string) {
	e.uint(uint64(len(list)))
	for _, s := range list {
		e.str(s)
	}
}

// time keeps the instant; the zone is not kept, UTC comes back.
func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.b = append(e.b, 0)
		return
	}
	e.b = append(e.b, 1)
	e.int(t.Unix())
	e.uint(uint64(t.Nanosecond()))
}

// decoder reads what encoder wrote. Strings are slices of one copy of the blob. The first error
// stays; every later read gives zero values.
type decoder struct {
	s   string
	bad bool
}

func newDecoder(b []byte, version byte) *decoder {
	d := &decoder{s: string(b)}
	if d.byte() != version {
		d.bad = true
	}
	return d
}

// done reports damage, bytes left over included.
func (d *decoder) done() error {
	if d.bad || d.s != "" {
		return errCodec
	}
	return nil
}

func (d *decoder) fail() { d.bad, d.s = true, "" }

func (d *decoder) byte() byte {
	if len(d.s) == 0 {
		d.fail()
		return 0
	}
	b := d.s[0]
	d.s = d.s[1:]
	return b
}

func (d *decoder) bool() bool {
	b := d.byte()
	if b > 1 {
		d.fail()
	}
	return b == 1
}

func (d *decoder) uint() uint64 {
	var v uint64
	for i := 0; i < len(d.s) && i < binary.MaxVarintLen64; i++ {
		b := d.s[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			if i == binary.MaxVarintLen64-1 && b > 1 {
				break
			}
			d.s = d.s[i+1:]
			return v
		}
	}
	d.fail()
	return 0
}

func (d *decoder) int() int64 {
	u := d.uint()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}

// take gives the next n bytes.
func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.s)) {
		d.fail()
		return ""
	}
	s := d.s[:n]
	d.s = d.s[n:]
	return s
}

func (d *decoder) str() string {
	v := d.uint()
	n := v >> 2
	switch v & 3 {
	case formWord:
		if n >= uint64(len(words)) {
			d.fail()
			return ""
		}
		return words[n]
	case formUUID:
		u := d.take(16)
		if len(u) != 16 || n != 0 {
			d.fail()
			return ""
		}
		return unpackUUID(uuidPrefix, u)
	case formHex:
		h := d.take(n)
		buf := make([]byte, 2*len(h))
		const digits = "0123456789abcdef"
		for i := 0; i < len(h); i++ {
			buf[2*i], buf[2*i+1] = digits[h[i]>>4], digits[h[i]&15]
		}
		return string(buf)
	}
	return d.take(n)
}

// count reads the length of a list whose elements take at least size bytes.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.s)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) strs() []string {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.str()
	}
	return list
}

func (d *decoder) time() time.Time {
	if !d.bool() {
		return time.Time{}
	}
	sec, nsec := d.int(), d.uint()
	if nsec >= 1e9 {
		d.fail()
	}
	return time.Unix(sec, int64(nsec)).UTC()
}

func isLowerHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
