package rass

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/socle-sante/socle/format/finding"
)

// Limits of what comes from outside.
const (
	maxLine     = 64 << 10 // bytes of a row; the longest real ones have 2 kB
	maxColumns  = 256
	maxFindings = 100 // remarks kept; the others are only counted
)

// Refusals of a whole file.
var (
	ErrEmpty = &finding.Refusal{ID: "RASS-VIDE", Kind: finding.Invalid, Rule: "Annuaire santé, extractions en libre accès",
		Message: finding.T("Le fichier est vide.", "The file is empty."),
		Fix:     finding.T("Envoyez le fichier .txt de l'extraction, avec sa ligne d'en-tête.", "Send the .txt file of the extraction, with its header row.")}
	ErrHeader = &finding.Refusal{ID: "RASS-ENTETE", Kind: finding.Invalid, Rule: "Annuaire santé, extractions en libre accès",
		Message: finding.T("La ligne d'en-tête n'est celle d'aucune extraction connue.", "The header row is that of no known extraction."),
		Fix:     finding.T("La première ligne doit nommer les colonnes, séparées par « | » (Identification nationale PP, …).", "The first line must name the columns, separated by \"|\" (Identification nationale PP, …).")}
)

// Reader reads rows one after the other. It is for one goroutine.
type Reader struct {
	// Kind is which file this is, by its columns.
	Kind Kind
	// Line is the number of the current row in the file; the header is line 1.
	Line int
	// Findings are the first remarks about the file; Remarks counts all.
	Findings []finding.Finding
	Remarks  int

	in     *bufio.Reader
	sep    byte
	at     [fieldCount]int16 // field → column, -1 when the edition has it not
	width  int               // columns of the header
	names  []string
	row    []byte
	cells  []cell
	latin1 bool // said once
	err    error
}

type cell struct{ from, to int }

// NewReader reads the header. The error is a *finding.Refusal, or that of the source.
func NewReader(r io.Reader) (*Reader, error) {
	d := &Reader{in: bufio.NewReaderSize(r, 256<<10)}
	for i := range d.at {
		d.at[i] = -1
	}
	line, err := d.line()
	if errors.Is(err, io.EOF) {
		return nil, ErrEmpty
	}
	if err != nil {
		return nil, err
	}
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	d.sep = '|'
	if !bytes.ContainsRune(line, '|') && bytes.Count(line, []byte(";")) > 1 {
		d.sep = ';'
		d.remark("RASS-SEPARATEUR", finding.Warning, ";", finding.T("Les colonnes sont séparées par « ; ».", "Columns are separated by \";\"."))
	}
	return d, d.header(string(line))
}

// header maps the columns by their names.
func (d *Reader) header(line string) error {
	names := strings.Split(strings.TrimRight(line, string(d.sep)+" "), string(d.sep))
	if len(names) > maxColumns {
		return ErrHeader.Saying(finding.T("La ligne d'en-tête a trop de colonnes.", "The header row has too many columns."))
	}
	d.width, d.names = len(names), names
	known := fieldNames()
	for i, name := range names {
		p := plain(strings.Trim(name, `"`))
		f, ok := known[p]
		switch {
		case ok && d.at[f] < 0:
			d.at[f] = int16(i)
		case ok:
			d.remark("RASS-COLONNE-DOUBLE", finding.Warning, name, finding.T("Cette colonne est là deux fois ; la première est lue.", "This column is there twice; the first is read."))
		case !restricted[p] && p != "":
			d.remark("RASS-COLONNE", finding.Warning, name, finding.Tf("Colonne inconnue, laissée de côté ; la plus proche est « %s ».", "Unknown column, left aside; the nearest is \"%s\".", nearestColumn(name)))
		}
	}
	has := func(fs ...Field) bool {
		for _, f := range fs {
			if d.at[f] < 0 {
				return false
			}
		}
		return true
	}
	switch {
	case has(TypeBAL, AdresseBAL), has(AdresseBAL):
		d.Kind = MSSante
	case !has(IDNat) && !has(TypeID, ID):
		return ErrHeader
	case has(Diplome) || has(TypeAutorisation):
		d.Kind = DiplomeAutorisation
	case has(Mode) && strings.Contains(plain(strings.Join(names, " ")), "date de naissance"):
		d.Kind = PersonnePSC
	case has(Mode) || has(RaisonSociale):
		d.Kind = PersonneActivite
	case has(CodeSavoirFaire):
		d.Kind = SavoirFaire
	default:
		return ErrHeader
	}
	return nil
}

// Has reports whether the edition carries a field.
func (d *Reader) Has(f Field) bool { return d.at[f] >= 0 }

// fieldNames gives the plain names of all columns.
func fieldNames() map[string]Field {
	out := map[string]Field{}
	for _, list := range columns {
		for _, c := range list {
			out[plain(c.name)] = c.field
		}
	}
	for n, f := range former {
		out[n] = f
	}
	return out
}

func nearestColumn(name string) string {
	var all []string
	for k := PersonneActivite; k <= MSSante; k++ {
		all = append(all, Header(k)...)
	}
	return finding.Nearest(name, all)
}

// Next goes to the next row; false at the end or on an error of the source (see Err).
func (d *Reader) Next() bool {
	for {
		line, err := d.line()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				d.err = err
			}
			return false
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		d.row = line
		d.split()
		if n := len(d.cells); n > d.width+1 {
			d.remark("RASS-LIGNE-LONGUE", finding.Warning, strconv.Itoa(n), finding.Tf("La ligne a %d colonnes, l'en-tête %d ; le surplus est laissé.", "The row has %d columns, the header %d; the surplus is left.", n, d.width))
		} else if n < d.width {
			d.remark("RASS-LIGNE-COURTE", finding.Warning, strconv.Itoa(n), finding.Tf("La ligne a %d colonnes, l'en-tête %d ; les dernières sont prises pour vides.", "The row has %d columns, the header %d; the last ones are taken as empty.", n, d.width))
		}
		return true
	}
}

// Err gives the error of the source that ended the reading, or nil.
func (d *Reader) Err() error { return d.err }

// Get gives a field of the current row, without blanks around; "" when absent. The text is valid
// until the next row: keep a copy.
func (d *Reader) Get(f Field) string {
	i := int(d.at[f])
	if i < 0 || i >= len(d.cells) {
		return ""
	}
	b := d.row[d.cells[i].from:d.cells[i].to]
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	if len(b) == 0 {
		return ""
	}
	if len(b) >= 2 && b[0] == '"' && b[len(b)-1] == '"' {
		return strings.ReplaceAll(string(b[1:len(b)-1]), `""`, `"`)
	}
	return unsafe.String(&b[0], len(b))
}

// NationalID gives the national identifier of the person of the row: the column, or the type and
// the number put together.
// spec: IDENTITY A
func (d *Reader) NationalID() string {
	if s := d.Get(IDNat); s != "" {
		return s
	}
	if s := d.Get(ID); s != "" && d.Get(TypeID) != "" {
		return d.Get(TypeID) + s
	}
	return ""
}

func (d *Reader) split() {
	d.cells = d.cells[:0]
	from := 0
	for from <= len(d.row) && len(d.cells) < maxColumns {
		i := bytes.IndexByte(d.row[from:], d.sep)
		if i < 0 {
			if from < len(d.row) {
				d.cells = append(d.cells, cell{from, len(d.row)})
			}
			return
		}
		d.cells = append(d.cells, cell{from, from + i})
		from += i + 1
	}
}

// line gives the next line without its end, in UTF-8. A line over the limit is dropped and said.
func (d *Reader) line() ([]byte, error) {
	for {
		b, err := d.in.ReadSlice('\n')
		d.Line++
		if len(b) > maxLine || errors.Is(err, bufio.ErrBufferFull) {
			d.remark("RASS-LIGNE-LIMITE", finding.Error, "", finding.Tf("La ligne dépasse %d octets ; elle est laissée.", "The row is over %d bytes; it is left.", maxLine))
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = d.in.ReadSlice('\n')
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		if err != nil && (len(b) == 0 || !errors.Is(err, io.EOF)) {
			return nil, err
		}
		b = bytes.TrimRight(b, "\r\n\x1a")
		if bytes.IndexByte(b, 0) >= 0 {
			b = bytes.ReplaceAll(b, []byte{0}, nil)
			d.remark("RASS-ENCODAGE", finding.Warning, "", finding.T("La ligne contient des octets nuls, ôtés : est-ce de l'UTF-16 ?", "The row has null bytes, taken out: is it UTF-16?"))
		}
		if !utf8.Valid(b) {
			b = fromWindows1252(b)
			if !d.latin1 {
				d.latin1 = true
				d.remark("RASS-ENCODAGE", finding.Warning, "", finding.T("Le fichier n'est pas en UTF-8 ; il est lu en Windows-1252.", "The file is not in UTF-8; it is read as Windows-1252."))
			}
		}
		return b, nil
	}
}

// windows1252 are the characters of octets 80 to 9F, the only ones that are not their own number.
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

func fromWindows1252(b []byte) []byte {
	high := []rune(windows1252)
	out := make([]byte, 0, len(b)+16)
	for _, c := range b {
		switch {
		case c < 0x80:
			out = append(out, c)
		case c < 0xA0:
			out = utf8.AppendRune(out, high[c-0x80])
		default:
			out = utf8.AppendRune(out, rune(c))
		}
	}
	return out
}

func (d *Reader) remark(id string, s finding.Severity, found string, m finding.Text) {
	d.Remarks++
	if len(d.Findings) >= maxFindings {
		return
	}
	d.Findings = append(d.Findings, finding.Finding{ID: id, Severity: s, Place: finding.Place{Line: max(d.Line, 1)}, Found: strings.Clone(found[:min(len(found), 200)]), Rule: "Annuaire santé, extractions", Message: m})
}
