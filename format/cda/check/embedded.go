package check

import (
	"bytes"
	"encoding/base64"
	"io"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
)

// magic are the first bytes of the files documents carry.
var magic = []struct{ start, media string }{
	{"%PDF-", "application/pdf"}, {"\x89PNG\r\n\x1a\n", "image/png"}, {"\xff\xd8\xff", "image/jpeg"}, {"GIF8", "image/gif"}, {"II*\x00", "image/tiff"}, {"MM\x00*", "image/tiff"},
	{"{\\rtf", "text/rtf"}, {"PK\x03\x04", "application/zip"}, {"<?xml", "text/xml"}, {"\xd0\xcf\x11\xe0", "application/msword"}, {"<html", "text/html"}, {"<!DOCTYPE html", "text/html"},
}

// maxLooked is how much of the end of a file is read to see that it is whole.
const maxLooked = 2046

// files checks the body of an N1 and every observationMedia.
func files(c *run) {
	if f := c.d.Body.File; f != nil {
		c.file(f)
	}
	for _, m := range c.d.Media() {
		if hasAttr(m.File.Node, "nullFlavor") || m.File.Node.Child(cda.NS, "reference").Exists() {
			continue
		}
		c.file(m.File)
	}
}

func (c *run) file(f *cda.Encapsulated) {
	c.under("CDA-05")
	if f.MediaType == "" {
		c.add(finding.Warning, spot{node: f.Node}, "", "@mediaType", finding.T("Le type du fichier embarqué (mediaType) n'est pas dit.", "The type of the embedded file (mediaType) is not said."),
			finding.Tf("Ajouter mediaType à l'élément %s, par exemple mediaType=\"application/pdf\".", "Add mediaType to element %s, for instance mediaType=\"application/pdf\".", f.Node.Local()))
	}
	if !f.IsBase64() && f.MediaType == "application/pdf" && f.Representation == "" {
		c.add(finding.Warning, spot{node: f.Node}, "", "representation=\"B64\"", finding.T("Un fichier PDF est embarqué sans representation=\"B64\" : il est lu comme du texte.", "A PDF file is embedded without representation=\"B64\": it is read as text."),
			finding.Tf("Ajouter representation=\"B64\" à %s.", "Add representation=\"B64\" to %s.", f.Node.Local()))
		return
	}
	if !f.IsBase64() {
		return
	}
	raw := strings.TrimSpace(string(head(c.d, f, 64)))
	if c.badlyMade(f, raw) {
		return
	}
	c.under("CDA-05")
	if err := f.Verify(); err != nil {
		n := significant(c.d, f)
		c.add(finding.Warning, spot{node: f.Node}, raw[:min(len(raw), 24)], "base64", finding.Tf("Le fichier embarqué n'est pas du base64 valide (%d caractères utiles, il en faut un multiple de 4 pris dans A-Z a-z 0-9 + / =) : il ne pourra pas être ouvert.", "The embedded file is no valid base64 (%d useful characters, a multiple of 4 taken from A-Z a-z 0-9 + / = is needed): nobody can open it.", n),
			finding.Tf("Réencoder le fichier entier (contenu commençant par « %s ») avec l'encodeur base64 de la bibliothèque, sans le couper.", "Encode the whole file again (content starting with “%s”) with a library encoder, without cutting it.", raw[:min(len(raw), 24)]))
		return
	}
	c.content(f)
}

func head(d *cda.Document, f *cda.Encapsulated, n int) []byte {
	src := bytes.TrimLeft(d.XML.Source()[f.Start:f.End], " \t\r\n")
	return src[:min(n, len(src))]
}

func significant(d *cda.Document, f *cda.Encapsulated) int {
	n := 0
	for _, b := range d.XML.Source()[f.Start:f.End] {
		if b > ' ' {
			n++
		}
	}
	return n
}

// badlyMade recognises what is put in place of base64.
func (c *run) badlyMade(f *cda.Encapsulated, raw string) bool {
	c.under("CDA-09")
	say := func(found string, m, fix finding.Text) bool {
		c.add(finding.Warning, spot{node: f.Node}, found, "base64 ("+f.MediaType+")", m, fix)
		return true
	}
	switch {
	case raw == "":
		return say("", finding.Tf("Le fichier embarqué (%s) est vide.", "The embedded file (%s) is empty.", f.MediaType), finding.T("Mettre les octets du fichier en base64 dans l'élément, ou nullFlavor s'il n'y en a pas.", "Put the bytes of the file in base64 in the element, or nullFlavor when there is none."))
	case strings.HasPrefix(raw, "data:"):
		prefix, _, _ := strings.Cut(raw, ",")
		return say(prefix+",", finding.Tf("Le fichier embarqué commence par le préfixe d'URL « %s, ».", "The embedded file starts with URL prefix “%s,”.", prefix), finding.Tf("Retirer « %s, » : le type se dit dans mediaType, le contenu est du base64 nu.", "Remove “%s,”: the type is said in mediaType, the content is bare base64.", prefix))
	case strings.HasPrefix(raw, "%PDF-"):
		return say("%PDF-", finding.T("Le PDF est collé tel quel (« %PDF- ») dans un élément annoncé en base64.", "The PDF is pasted as it is (“%PDF-”) in an element announced as base64."), finding.T("Encoder les octets du PDF en base64.", "Encode the bytes of the PDF in base64."))
	case strings.HasPrefix(raw, "-----BEGIN"):
		return say("-----BEGIN", finding.T("Le fichier embarqué porte des lignes d'armure « -----BEGIN ».", "The embedded file has armour lines “-----BEGIN”."), finding.T("Retirer les lignes « -----BEGIN » et « -----END » et ne laisser que le base64.", "Remove the lines “-----BEGIN” and “-----END” and leave the base64 alone."))
	case len(raw) >= 8 && strings.HasPrefix(strings.ToLower(raw), "255044462d"), len(raw) >= 16 && strings.HasPrefix(strings.ToLower(raw), "89504e470d0a1a0a"):
		return say(raw[:10], finding.Tf("Le fichier embarqué est écrit en hexadécimal (« %s… »), pas en base64.", "The embedded file is written in hexadecimal (“%s…”), not base64.", raw[:10]), finding.Tf("Encoder en base64 les octets du fichier, pas leur écriture hexadécimale (%s…).", "Encode the bytes of the file in base64, not their hexadecimal form (%s…).", raw[:10]))
	}
	return false
}

// content looks at the decoded bytes.
func (c *run) content(f *cda.Encapsulated) {
	first := make([]byte, 64)
	n, _ := io.ReadFull(f.Reader(), first)
	first = first[:n]
	if once, err := base64.StdEncoding.DecodeString(string(first[:n/4*4])); err == nil && n >= 16 {
		if m := sniff(once); m != "" {
			c.under("CDA-09")
			c.add(finding.Warning, spot{node: f.Node}, string(first[:16])+"…", m, finding.Tf("Le fichier embarqué est encodé deux fois en base64 : une fois décodé, il reste du base64 (« %s… ») qui contient un %s.", "The embedded file is encoded in base64 twice: once decoded there is base64 again (“%s…”) that holds a %s.", first[:16], m),
				finding.Tf("N'encoder qu'une fois : écrire directement « %s… ».", "Encode once only: write “%s…” directly.", first[:16]))
			return
		}
	}
	real := sniff(first)
	c.under("CDA-07")
	known := false
	for _, m := range magic {
		known = known || m.media == f.MediaType
	}
	if f.MediaType != "" && real != f.MediaType && (known || real != "") && !alike(real, f.MediaType) {
		if real == "" {
			c.add(finding.Warning, at(f.Node, "mediaType"), f.MediaType, "", finding.Tf("Le fichier annoncé %s n'en est pas un : ses premiers octets sont %q.", "The file announced as %s is not one: its first bytes are %q.", f.MediaType, first[:min(8, n)]),
				finding.Tf("Joindre un vrai fichier %s, ou dire le vrai type dans mediaType.", "Attach a true %s file, or say the true type in mediaType.", f.MediaType))
			return
		}
		c.add(finding.Warning, at(f.Node, "mediaType"), f.MediaType, real, finding.Tf("Le fichier annoncé %s n'en est pas un : ses premiers octets sont ceux d'un fichier %s.", "The file announced as %s is not one: its first bytes are of type %s.", f.MediaType, real),
			finding.Tf("Mettre mediaType=\"%s\" si le fichier est le bon, sinon joindre le fichier %s attendu.", "Set mediaType=\"%s\" if the file is the right one, otherwise attach the expected %s file.", real, f.MediaType))
		return
	}
	if real == "application/pdf" {
		c.wholePDF(f)
	}
}

func sniff(b []byte) string {
	for _, m := range magic {
		if bytes.HasPrefix(b, []byte(m.start)) {
			return m.media
		}
	}
	return ""
}

// alike are the types whose first bytes are the same, or are said in several ways.
func alike(real, said string) bool {
	switch real {
	case "text/rtf":
		return said == "application/rtf" || said == "application/x-rtf"
	case "text/xml":
		return strings.Contains(said, "xml") || strings.HasPrefix(said, "text/")
	case "text/html":
		return strings.HasPrefix(said, "text/")
	case "application/zip":
		return strings.HasPrefix(said, "application/") && said != "application/pdf"
	case "application/msword":
		return strings.HasPrefix(said, "application/") && said != "application/pdf"
	case "image/jpeg":
		return said == "image/jpg"
	case "":
		return said == "text/xml" || said == "text/html" || said == "application/zip" || said == "application/msword"
	}
	return false
}

// wholePDF looks for the end mark and for encryption, in the last bytes of the file.
func (c *run) wholePDF(f *cda.Encapsulated) {
	end := c.tail(f)
	c.under("CDA-08")
	switch {
	case !bytes.Contains(end, []byte("%%EOF")):
		c.add(finding.Warning, spot{node: f.Node}, "", "%%EOF", finding.T("Le PDF embarqué est coupé : sa marque de fin (%%EOF) n'est pas là.", "The embedded PDF is cut short: its end mark (%%EOF) is not there."),
			finding.T("Joindre le fichier PDF jusqu'à son dernier octet (%%EOF) : vérifier la taille du tampon ou du champ qui le transporte.", "Attach the PDF file to its last byte (%%EOF): check the size of the buffer or field that carries it."))
	case bytes.Contains(end, []byte("/Encrypt")):
		c.add(finding.Warning, spot{node: f.Node}, "/Encrypt", "", finding.T("Le PDF embarqué est chiffré (/Encrypt) : le destinataire n'aura pas le mot de passe.", "The embedded PDF is encrypted (/Encrypt): the recipient will not have the password."),
			finding.T("Produire le PDF sans mot de passe ni restriction (PDF/A l'interdit).", "Make the PDF without password or restriction (PDF/A forbids them)."))
	}
}

// tail decodes the end of a file whose base64 is sound, without decoding the rest.
func (c *run) tail(f *cda.Encapsulated) []byte {
	src := c.d.XML.Source()[f.Start:f.End]
	var chars []byte
	for i := len(src) - 1; i >= 0 && len(chars) < maxLooked/3*4; i-- {
		if src[i] > ' ' {
			chars = append(chars, src[i])
		}
	}
	slices.Reverse(chars)
	out, err := base64.StdEncoding.DecodeString(string(chars[len(chars)%4:]))
	if err != nil {
		out, _ = io.ReadAll(f.Reader()) // markup inside, or an odd alphabet: the long way
		out = out[max(0, len(out)-maxLooked):]
	}
	return out
}
