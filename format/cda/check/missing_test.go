package check

import (
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
)

// What is missing is said once, and where to add it is a line of the document.
func TestWhatIsMissingHasALine(t *testing.T) {
	d, err := cda.Parse([]byte(`<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody/></component></ClinicalDocument>`))
	if err != nil {
		t.Fatal(err)
	}
	custodians := 0
	r := Check(d, Options{})
	for _, f := range r.Findings {
		if strings.Contains(f.Fix.EN, "(line 0)") {
			t.Errorf("%s: %s", f.ID, f.Fix.EN)
		}
		if f.ID == "HDR-11" {
			custodians++
		}
	}
	if custodians != 1 {
		t.Errorf("the custodian is said %d times", custodians)
	}
}
