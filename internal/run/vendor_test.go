package run

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/socle-sante/socle/internal/shareddata"
)

// bashBlocks finds the commands of a page.
var bashBlocks = regexp.MustCompile("(?s)```bash\n(.*?)```")

// TestVendorPages runs the pages of docs/vendors as a vendor would, with foreign tools only.
func TestVendorPages(t *testing.T) {
	for _, tool := range []string{"bash", "xmlsec1", "curl", "jq", "openssl", "xmllint", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing", tool)
			}
			t.Skipf("%s is missing: the vendor pages were not run", tool)
		}
	}
	pages, err := filepath.Glob(filepath.Join(shareddata.Root(t), "docs", "vendors", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatal("no vendor page", err)
	}
	socle := filepath.Join(t.TempDir(), "socle")
	if out, err := exec.Command("go", "build", "-o", socle, "github.com/socle-sante/socle/cmd/socle").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tr := startDemo(t, t.TempDir(), 12)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var script []byte
		for _, m := range bashBlocks.FindAllSubmatch(text, -1) {
			script = append(script, m[1]...)
		}
		cmd := exec.Command("bash", "-c", string(script))
		cmd.Env = append(os.Environ(), "DATA="+tr.dir, "TMPDIR="+t.TempDir(), "SOCLE="+socle)
		out, err := cmd.CombinedOutput()
		t.Logf("%s: %s", filepath.Base(page), out)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(page), err)
		}
	}
}
