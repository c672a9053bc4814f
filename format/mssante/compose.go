package mssante

import (
	"fmt"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/view"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/format/xds"
)

// Limits of a composed mail.
const (
	maxMailDocuments = 50       // documents of one mail, each with its PDF
	maxPrinted       = 20 << 20 // bytes of one PDF
)

// Refusals of Compose.
var (
	ErrCompose = &finding.Refusal{ID: "MSS-COMPOSER", Kind: finding.Invalid, Rule: "MSSanté, Référentiel socle #2, §3",
		Message: finding.T("Le message ne peut être composé.", "The message cannot be composed."),
		Fix:     finding.T("Complétez ou corrigez ce que nomme le message.", "Complete or mend what the message names.")}
	ErrOther = &finding.Refusal{ID: "MSS-AUTRE-USAGER", Kind: finding.Conflict, Rule: "MSSanté, Référentiel socle #2, ECO.2.2.6",
		Message: finding.T("L'adresse de l'usager n'est pas celle du patient des documents.", "The citizen's address is not that of the patient of the documents."),
		Fix:     finding.T("Écrivez à l'adresse formée de l'INS du patient ; celle d'un mineur est la sienne, non celle d'un parent.", "Write to the address made of the patient's INS; that of a minor is their own, not a parent's.")}
	ErrMailSize = &finding.Refusal{ID: "MSS-COMPOSE-TAILLE", Kind: finding.TooLarge, Code: "5.3.4", Rule: "Mon espace santé, messagerie (ENS) §6",
		Message: finding.T("Le message dépasse 25 Mo une fois encodé.", "The message exceeds 25 MB once encoded."),
		Fix:     finding.T("Répartissez les documents en plusieurs messages.", "Spread the documents over several messages.")}
)

// Mail is what Compose makes a message of. Without Documents it is an ordinary message, whose
// subject is Label.
type Mail struct {
	From        courriel.Address // its Name by DisplayName, or the functional entity
	ReplyTo     []courriel.Address
	To, Cc      []courriel.Address
	Documents   [][]byte // CDA documents of one patient
	Beside      []xdm.Beside
	Attachments []courriel.Attachment // further files, beside the archive and the PDFs

	Label    string // of the subject; the title of the first document when empty
	Text     string // plain words; a courteous sentence when empty
	NIL      string // reference of the sending product
	Replaces bool   // «annule et remplace», also told by a document that replaces another
	Withdraw bool   // asks the recipients to delete the documents

	NoAnswer    bool // X-MSS-MES: FIN, for a citizen
	ReadReceipt bool // asks for an MDN, to From

	MessageID             string // courriel.NewMessageID
	InReplyTo, References []string
	Now                   time.Time

	Sender   xdm.Sender // of the pages of the archive; From when empty
	Software xdm.Software
	SourceID string // OID of the sending system; drawn from the sender when empty
	Authors  []xds.Author
}

// Compose makes the one mail that carries documents: subject and headers of MSSanté, IHE_XDM.zip,
// one PDF for each document. It refuses what Lint would.
//
// spec: MSSanté ECO.2.1.1
func Compose(in Mail) (*courriel.Draft, error) {
	if in.From.Local == "" || in.MessageID == "" || in.Now.IsZero() {
		return nil, refuse("L'expéditeur, la date et le Message-ID sont dus.", "Sender, date and Message-ID are due.")
	}
	if strings.TrimSpace(in.NIL) == "" || len(in.NIL) > maxCodeLength {
		return nil, refuse("La référence du produit (X-MSS-NIL) manque.", "The product reference (X-MSS-NIL) is missing.")
	}
	if len(in.To)+len(in.Cc) == 0 {
		return nil, refuse("Le message n'a pas de destinataire.", "The message has no recipient.")
	}
	if len(in.Documents) > maxMailDocuments {
		return nil, refuse("Plus de %d documents dans un message.", "More than %d documents in one message.", maxMailDocuments)
	}
	docs, sources, err := read(in)
	if err != nil {
		return nil, err
	}
	citizens, err := checkRecipients(in, docs)
	if err != nil {
		return nil, err
	}
	d := &courriel.Draft{From: in.From, ReplyTo: in.ReplyTo, To: in.To, Cc: in.Cc, MessageID: in.MessageID, Date: in.Now, InReplyTo: in.InReplyTo, References: in.References}
	d.Subject, d.Text = subjectOf(in, docs), in.Text
	if d.Text == "" {
		d.Text = textOf(in, docs, citizens > 0)
	}
	d.Header = headersOf(in, docs, citizens > 0)
	if len(docs) > 0 {
		zip, err := xdm.Write(packageOf(in, sources))
		if err != nil {
			return nil, err
		}
		d.Attachments = append(d.Attachments, courriel.Attachment{Name: xdm.FileName, Type: "application/zip", Bytes: zip})
		pdfs, err := print(docs)
		if err != nil {
			return nil, err
		}
		d.Attachments = append(d.Attachments, pdfs...)
	}
	d.Attachments = append(d.Attachments, in.Attachments...)
	size := len(d.Text) * 2
	for _, a := range d.Attachments {
		size += len(a.Bytes)/54*74 + 512 // base64 in lines of 72 with their ends, and the head of the part
	}
	if size > MaxMessageBytes {
		return nil, ErrMailSize
	}
	return d, nil
}

func refuse(fr, en string, args ...any) error { return ErrCompose.Saying(finding.Tf(fr, en, args...)) }

// read parses the documents and makes their metadata.
func read(in Mail) (docs []*cda.Document, sources []xdm.Source, err error) {
	for i, raw := range in.Documents {
		d, err := cda.Parse(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("document %d: %w", i+1, err)
		}
		s := xdm.FromDocument(d, raw)
		if in.Withdraw {
			s.Kind, s.Replaces = xdm.Deletion, nil
		}
		docs, sources = append(docs, d), append(sources, s)
	}
	return docs, sources, nil
}

// checkRecipients refuses a citizen who is not the patient: an address is made of the qualified INS
// and leads to one person. It counts the citizens.
//
// spec: MSSanté ECO.2.2.6
func checkRecipients(in Mail, docs []*cda.Document) (int, error) {
	citizens := map[string]bool{}
	for _, a := range append(append([]courriel.Address(nil), in.To...), in.Cc...) {
		if _, err := ParseAddress(a.Addr()); err != nil {
			return 0, err
		}
		if !IsCitizen(a.Addr()) {
			continue
		}
		m, ok := CitizenOf(a.Addr())
		if !ok || !m.KeyOK() {
			return 0, ErrCitizen
		}
		citizens[m.Reveal()] = true
		for _, d := range docs {
			if !Qualified(&d.Patient) || d.Patient.TheINS().Matricule.Reveal() != m.Reveal() {
				return 0, ErrOther
			}
		}
	}
	if len(citizens) > 1 {
		return 0, refuse("Un message ne concerne qu'un usager ; %d adresses d'usagers sont données.", "A message is about one citizen; %d citizens' addresses are given.", len(citizens))
	}
	return len(citizens), nil
}

// subjectOf writes the subject; that of an ordinary message is its label.
func subjectOf(in Mail, docs []*cda.Document) string {
	if len(docs) == 0 {
		return oneLine(in.Label)
	}
	p := &docs[0].Patient
	s := Subject{Label: in.Label, Family: p.BirthName(), Given: p.FirstGiven(), Birth: frenchDay(p.Birth.Date()), Replaces: replaces(in, docs), Deletes: in.Withdraw}
	if s.Label == "" {
		s.Label = titleOf(docs[0])
	}
	return s.String()
}

func titleOf(d *cda.Document) string {
	if t := oneLine(d.Title); t != "" {
		return t
	}
	return nos.TypeLabel(d.Code.Code).FR
}

func replaces(in Mail, docs []*cda.Document) bool {
	if in.Withdraw {
		return false
	}
	for _, d := range docs {
		for _, r := range d.Related {
			if r.TypeCode == "RPLC" {
				return true
			}
		}
	}
	return in.Replaces
}

// frenchDay turns AAAA-MM-JJ into JJ/MM/AAAA; anything else gives "".
func frenchDay(d string) string {
	p := strings.Split(d, "-")
	if len(p) != 3 || len(p[0]) != 4 || len(p[1]) != 2 || len(p[2]) != 2 {
		return ""
	}
	return p[2] + "/" + p[1] + "/" + p[0]
}

// textOf writes the body that goes with documents: who they are about stands in the subject already.
func textOf(in Mail, docs []*cda.Document, citizen bool) string {
	if len(docs) == 0 {
		return "Bonjour,\n"
	}
	var b strings.Builder
	b.WriteString("Bonjour,\n\n")
	switch {
	case in.Withdraw:
		b.WriteString("Merci de supprimer de votre logiciel ce qui vous a été envoyé par erreur :\n")
	case replaces(in, docs):
		b.WriteString("Ce message annule et remplace un envoi précédent. Vous trouverez ci-joint la nouvelle version :\n")
	case len(docs) == 1:
		b.WriteString("Vous trouverez ci-joint ce document :\n")
	default:
		b.WriteString("Vous trouverez ci-joint ces documents :\n")
	}
	for _, d := range docs {
		b.WriteString("- " + titleOf(d) + "\n")
	}
	switch {
	case in.Withdraw:
	case citizen:
		b.WriteString("\nLe fichier PDF se lit directement ; le document est aussi rangé dans votre espace santé.\n")
	default:
		b.WriteString("\nLe fichier PDF se lit directement ; l'archive IHE_XDM.zip s'intègre dans un logiciel de santé.\n")
	}
	if citizen && in.NoAnswer {
		b.WriteString("Ce message n'appelle pas de réponse.\n")
	}
	b.WriteString("\nCordialement,\n" + oneLine(strings.ReplaceAll(in.From.Name, "_", " ")) + "\n")
	return b.String()
}

// headersOf makes the X-MSS headers, and the demand of a receipt.
//
// spec: MSSanté 5
func headersOf(in Mail, docs []*cda.Document, citizen bool) []courriel.Pair {
	var out []courriel.Pair
	if len(docs) > 0 {
		out = append(out, courriel.Pair{Name: HeaderCodeCDA, Value: CodesOf(docs)}, courriel.Pair{Name: HeaderINS, Value: INSOf(docs)})
	}
	out = append(out, courriel.Pair{Name: HeaderNIL, Value: in.NIL})
	if citizen && in.NoAnswer {
		out = append(out, courriel.Pair{Name: HeaderMES, Value: FIN})
	}
	if in.ReadReceipt {
		out = append(out, courriel.Pair{Name: headerReceipt, Value: "<" + in.From.Addr() + ">"})
	}
	return out
}

func packageOf(in Mail, sources []xdm.Source) *xdm.Package {
	p := &xdm.Package{Documents: sources, Beside: in.Beside, Sender: in.Sender, Software: in.Software, Now: in.Now}
	p.Set.SourceID, p.Set.Authors = in.SourceID, in.Authors
	for _, a := range append(append([]courriel.Address(nil), in.To...), in.Cc...) {
		// spec: IHE-ITI TF-3 4.2.3.3.7
		p.Set.Recipients = append(p.Set.Recipients, "||^^Internet^"+strings.NewReplacer("^", " ", "|", " ", "&", " ").Replace(a.Addr()))
	}
	if p.Sender.Address == "" {
		p.Sender.Address = in.From.Addr()
	}
	if p.Sender.Name == "" && p.Sender.Structure == "" {
		p.Sender.Name = oneLine(strings.ReplaceAll(in.From.Name, "_", " "))
	}
	if p.Sender.Name == "" && p.Sender.Structure == "" {
		p.Sender.Name = in.From.Addr()
	}
	if p.Software.Name == "" {
		p.Software.Name = in.NIL
	}
	return p
}

// print makes the PDF of each document: its own when it holds one, else a faithful print.
//
// spec: MSSanté ECO.2.1.5
func print(docs []*cda.Document) ([]courriel.Attachment, error) {
	var out []courriel.Attachment
	names := map[string]int{}
	for _, d := range docs {
		b, err := view.Printed(d, maxPrinted, view.Options{Plain: true})
		if err != nil || !strings.HasPrefix(string(b[:min(5, len(b))]), "%PDF-") {
			b = view.PDF(d, view.Options{Plain: true}) // the file inside cannot be used
		}
		name := view.PDFName(d)
		if names[name]++; names[name] > 1 {
			name = strings.TrimSuffix(name, ".pdf") + fmt.Sprintf("_%d.pdf", names[name])
		}
		out = append(out, courriel.Attachment{Name: name, Type: "application/pdf", Bytes: b})
	}
	return out, nil
}
