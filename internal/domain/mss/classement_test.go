package mss

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/internal/shareddata"
)

// A request to delete that names a document and does not bring it waits for somebody too: it is
// never passed over in silence.
func TestDeletionWithoutItsDocument(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(shareddata.Dir(t, "cda"), "BIO-CR-BIO_2024.01_TSH_1.xml"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := xdm.FromCDA(raw)
	if err != nil {
		t.Fatal(err)
	}
	source.Kind = xdm.Deletion
	whole, err := xdm.Write(&xdm.Package{Documents: []xdm.Source{source}, Sender: xdm.Sender{Name: "Labo"}, Software: xdm.Software{Name: "Essai"}, Now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	in, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var without bytes.Buffer
	out := zip.NewWriter(&without)
	for _, f := range in.File {
		if strings.Contains(f.Name, "DOC0") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		w, err := out.Create(f.Name)
		if err == nil {
			_, err = io.Copy(w, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	from := courriel.Address{Local: "a", Domain: "b.fr"}
	d := courriel.Draft{From: from, To: []courriel.Address{from}, Date: time.Now(), MessageID: courriel.NewMessageID(rand.Reader, time.Now(), "b.fr"),
		Text: "x", Attachments: []courriel.Attachment{{Name: xdm.FileName, Type: "application/zip", Bytes: without.Bytes()}}}
	b, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := courriel.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	list := opened(m)
	if len(list) != 1 || list[0].refusal == nil || list[0].refusal.ID != ErrFileDeletion.ID || list[0].about != source.Entry.UniqueID {
		t.Fatalf("%+v", list)
	}
}
