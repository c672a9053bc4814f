package datamatrix

// The field of 256 elements of ECC 200: x⁸ + x⁵ + x³ + x² + 1.
// spec: ISO 16022 annex E
const polynomial = 0x12d

var logs, powers = func() (l [256]int, p [255]byte) {
	v := 1
	for i := range p {
		p[i] = byte(v)
		l[v] = i
		if v <<= 1; v > 255 {
			v ^= polynomial
		}
	}
	return l, p
}()

func multiply(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return powers[(logs[a]+logs[b])%255]
}

// generator gives the coefficients of (x − α)(x − α²)…(x − αⁿ), the highest degree (1) left out.
func generator(n int) []byte {
	g := []byte{1}
	for i := 1; i <= n; i++ {
		next := make([]byte, len(g)+1)
		root := powers[i%255]
		for j, v := range g {
			next[j] ^= v
			next[j+1] ^= multiply(v, root)
		}
		g = next
	}
	return g[1:]
}

// protect appends the Reed–Solomon codewords of each interleaved block.
// spec: ISO 16022 annex E, table 7
func protect(q square, data []byte) []byte {
	out := append(make([]byte, 0, q.data+q.ecc), data...)
	out = out[:q.data+q.ecc]
	n := q.ecc / q.blocks
	g := generator(n)
	for b := range q.blocks {
		rest := make([]byte, n)
		for i := b; i < q.data; i += q.blocks {
			factor := data[i] ^ rest[0]
			copy(rest, rest[1:])
			rest[n-1] = 0
			for j := range rest {
				rest[j] ^= multiply(factor, g[j])
			}
		}
		// The blocks go on in turn where the data stopped, which is not at the first in the largest symbol.
		first := (b + q.blocks - q.data%q.blocks) % q.blocks
		for i, v := range rest {
			out[q.data+first+i*q.blocks] = v
		}
	}
	return out
}
