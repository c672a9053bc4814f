package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/internal/shareddata"
)

// An archive IHE_XDM is judged as one, and so is each document in it; a message is judged by what
// MSSanté asks.
func TestCheckArchivesAndMessages(t *testing.T) {
	home(t)
	raw, err := os.ReadFile(filepath.Join(shareddata.Dir(t, "cda"), "BIO-CR-BIO_2024.01_TSH_1.xml"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := xdm.FromCDA(raw)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := xdm.Write(&xdm.Package{Documents: []xdm.Source{source}, Sender: xdm.Sender{Name: "Labo"}, Software: xdm.Software{Name: "Essai"}, Now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	good := put(t, filepath.Join(dir, "IHE_XDM.zip"), archive)
	cut := put(t, filepath.Join(dir, "coupee.zip"), archive[:len(archive)/2])
	message := put(t, filepath.Join(dir, "message.eml"), []byte("From: <a@b.fr>\nSubject: XDM/1.0/DDM+essai\n\nBonjour.\n"))
	out, _, status := socle(t, "check", "--format", "json", good, message, cut)
	got := lines(t, out)
	if len(got) != 4 || !got[0].Conform || got[0].Kind != "IHE_XDM" || got[1].Kind != "BIO-CR-BIO" || got[2].Conform || got[2].Kind != "message MSSanté" || status != 2 {
		t.Fatalf("status %d\n%s", status, out)
	}
	if !bytes.Contains([]byte(out), []byte("MSS-")) || strings.Contains(out, "METADATA.XML") {
		t.Errorf("%s", out)
	}
}
