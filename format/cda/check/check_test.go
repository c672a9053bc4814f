package check

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/shareddata"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func parse(t testing.TB, src string) *cda.Document {
	t.Helper()
	d, err := cda.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func example(t testing.TB, name string) string {
	src, err := os.ReadFile(filepath.Join(shareddata.Dir(t, "cda"), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// No error on a document the official rules accept; a finding on each one they refuse.
func TestAgreesWithTheOfficialVerdicts(t *testing.T) {
	dir := shareddata.Dir(t, "cda")
	fh, err := os.Open(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer fh.Close()
	for sc := bufio.NewScanner(fh); sc.Scan(); {
		f := strings.Split(sc.Text(), "\t")
		if f[0] == "file" {
			continue
		}
		official, _ := strconv.Atoi(f[5])
		r := Check(parse(t, example(t, f[0])), Options{Now: now})
		if official == 0 && r.Errors() > 0 {
			for _, x := range r.Findings {
				if x.Severity == finding.Error {
					t.Errorf("%s accepted officially: %s line %d %s", f[0], x.ID, x.Place.Line, x.Message.FR)
				}
			}
		}
		if official > 0 && r.Errors() == 0 {
			t.Errorf("%s: %d official errors, none here", f[0], official)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, name := range []string{"BIO-CR-BIO_2024.01_Electrophorese.xml", "IMG_CR_IMG_2024.01.xml"} {
		src := example(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				Check(parse(b, src), Options{Now: now})
			}
		})
	}
}
