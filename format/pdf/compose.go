package pdf

// accents are the marks that follow their letter in decomposed text, each with the letters we
// know to compose: pairs of bare and accented ones.
// spec: Unicode 15 UAX 15
var accents = map[rune]string{
	'\u0300': "AÀEÈIÌOÒUÙaàeèiìoòuùNǸnǹWẀwẁYỲyỳ",
	'\u0301': "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzź",
	'\u0302': "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷ",
	'\u0303': "AÃNÑOÕaãnñoõIĨiĩUŨuũ",
	'\u0304': "AĀEĒIĪOŌUŪaāeēiīoōuū",
	'\u0306': "AĂGĞaăgğUŬuŭ",
	'\u0307': "ZŻzżEĖeėIİ",
	'\u0308': "AÄEËIÏOÖUÜaäeëiïoöuüyÿYŸ",
	'\u030a': "AÅaåUŮuů",
	'\u030b': "OŐoőUŰuű",
	'\u030c': "CČDĎEĚNŇRŘSŠZŽcčeěnňrřsšzž",
	'\u0327': "CÇcçSŞsşTŢtţ",
	'\u0328': "AĄEĘaąeę",
}

var composed = func() map[[2]rune]rune {
	out := map[[2]rune]rune{}
	for mark, pairs := range accents {
		r := []rune(pairs)
		for i := 0; i+1 < len(r); i += 2 {
			out[[2]rune{r[i], mark}] = r[i+1]
		}
	}
	return out
}()

// spelled writes otherwise what fonts rarely hold and what reads the same.
var spelled = map[rune]rune{'\u202f': '\u00a0', '\u2007': '\u00a0', '‑': '-', 'Ω': 'Ω', '\uf0b7': '•', '\uf0a7': '▪', '\uf0d8': '▸', '\uf0fc': '✓', '\u3000': ' ', '\u2028': '\n', '\u2029': '\n', '\v': '\n', '\f': '\n', '\u0085': '\n'}

// invisible characters shape text on screens and say nothing on paper.
func invisible(c rune) bool {
	switch {
	case c < 0x20, c == 0x7f, c == 0xad, c == 0xfeff, c >= 0x80 && c < 0xa0, c >= 0x200b && c <= 0x200f, c >= 0x202a && c <= 0x202e, c >= 0x2060 && c <= 0x206f, c >= 0xfe00 && c <= 0xfe0f:
		return true
	}
	return false
}
