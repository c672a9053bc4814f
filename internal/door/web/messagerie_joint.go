package web

import (
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// A document of a letter has a handle that the form carries: r:<person>:<document> of a record the
// writer may read, m:<message>:<n> of a message of this mailbox, b:<message>:<n> of a draft. What it leads to is decided anew
// each time.

// letterDocuments puts the documents of a letter in words. One that is not the writer's does not exist.
func (q *request) letterDocuments(b *mailbox, refs []string) (out []letterDocument, err error) {
	for _, ref := range refs {
		kind, rest, _ := strings.Cut(ref, ":")
		where, which, _ := strings.Cut(rest, ":")
		var x letterDocument
		switch kind {
		case "r":
			x, err = q.recordDocument(ins.PersonID(where), which)
		case "m":
			x, err = q.messageDocument(b, where, which)
		case "b":
			x, err = q.draftDocument(b, where, which)
		default:
			err = errNoPage
		}
		if err != nil {
			return nil, err
		}
		x.Ref = ref
		out = append(out, x)
	}
	return out, nil
}

func (q *request) recordDocument(id ins.PersonID, token string) (letterDocument, error) {
	dos, err := q.beside(id)
	if err != nil {
		return letterDocument{}, err
	}
	_, e := dos.Line(logicalID(token))
	if e == nil {
		return letterDocument{}, errNoPage
	}
	x := letterDocument{Title: tidy(firstOf(e.Title, typeWords(q.lang, e))), Date: firstOf(e.ServiceStart, e.CreationTime), Kind: kindOf(e), person: id, uniqueID: e.UniqueID}
	x.KindWord = q.t("kind." + string(x.Kind))
	if !strings.Contains(e.MimeType, "xml") {
		x.Problem = q.t("write.notcda")
	}
	return x, nil
}

func (q *request) messageDocument(b *mailbox, ref, number string) (letterDocument, error) {
	_, _, m, err := q.message(b, ref)
	if err != nil {
		return letterDocument{}, err
	}
	if b.read.carried == nil {
		b.read.carried = carriedBy(m)
	}
	list := b.read.carried
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(list) {
		return letterDocument{}, errNoPage
	}
	return q.rawDocument(list[n-1].Raw, list[n-1].Entry), nil
}

// draftOf opens the draft of a handle.
func (q *request) draftOf(b *mailbox, ref string) (*mss.Letter, error) {
	r, ok := parseRef(ref)
	if !ok || r.Folder != mss.Drafts {
		return nil, errNoPage
	}
	if b.read.draft != nil && b.read.uid == r.UID {
		return b.read.draft, nil
	}
	l, err := b.OpenDraft(q.r.Context(), r.UID)
	if err == nil {
		b.read.uid, b.read.draft = r.UID, l
	}
	return l, err
}

func (q *request) draftDocument(b *mailbox, ref, number string) (letterDocument, error) {
	l, err := q.draftOf(b, ref)
	if err != nil {
		return letterDocument{}, err
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(l.Documents) {
		return letterDocument{}, errNoPage
	}
	return q.rawDocument(l.Documents[n-1], nil), nil
}

// rawDocument puts in words a document that did not come from a record.
func (q *request) rawDocument(raw []byte, e *xds.DocumentEntry) letterDocument {
	x := letterDocument{Title: q.t("kind.autre"), Kind: kindOther, raw: raw}
	doc, err := cda.Parse(raw)
	if err != nil {
		x.Problem = q.t("write.notcda")
	} else if e == nil {
		made := cdameta.Entry(doc)
		e = &made
	}
	if e != nil {
		x.Title, x.Date, x.Kind, x.uniqueID = tidy(firstOf(e.Title, e.Type.Display)), firstOf(e.ServiceStart, e.CreationTime), kindOf(e), e.UniqueID
	}
	x.KindWord = q.t("kind." + string(x.Kind))
	if doc != nil {
		x.Title = tidy(firstOf(doc.Title, x.Title))
		if p, match, err := q.d.DMP.Recognise(q.r.Context(), doc.Patient.TheINS(), traitsOfPatient(&doc.Patient)); err == nil && p != nil && match.Closeness == ins.Exact {
			x.person = p.ID
		}
	}
	return x
}

// documentBytes gives the documents of a letter: each one of a record is read as any reading is.
func (q *request) documentBytes(list []letterDocument) (out [][]byte, err error) {
	for _, x := range list {
		if x.raw != nil {
			out = append(out, x.raw)
			continue
		}
		o, err := q.read(x.person, x.uniqueID, true)
		if err != nil {
			return nil, err
		}
		out = append(out, o.raw)
	}
	return out, nil
}

// forwarded gives a file of a letter: m:<message>:<part> of a forwarded message, b:<message>:<n> of a draft.
func (q *request) forwarded(b *mailbox, handle string) (name string, file *courriel.Attachment) {
	kind, rest, _ := strings.Cut(handle, ":")
	ref, number, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return "", nil
	}
	if kind == "b" {
		l, err := q.draftOf(b, ref)
		if err != nil || n >= len(l.Attachments) {
			return "", nil
		}
		f := l.Attachments[n]
		f.Name = fileName(f.Name, "piece-"+number+".bin")
		return f.Name, &f
	}
	_, _, m, err := q.message(b, ref)
	if err != nil {
		return "", nil
	}
	list := leaves(m.Root)
	if n >= len(list) || !attached(list[n]) {
		return "", nil
	}
	data, err := m.Decode(list[n], maxAttachment)
	if err != nil {
		return "", nil
	}
	mime := list[n].Type + "/" + list[n].Subtype
	if list[n].Type == "message" || list[n].Type == "multipart" {
		mime = "application/octet-stream"
	}
	name = fileName(list[n].Filename(), "piece-"+number+".bin")
	return name, &courriel.Attachment{Name: name, Type: mime, Bytes: data}
}
