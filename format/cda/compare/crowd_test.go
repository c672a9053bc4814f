package compare

import (
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
)

// Entries that all lead to one long text, or to none in a long section, do not cost the product.
func TestALongTextIsNotReadForEachOfThousandsOfEntries(t *testing.T) {
	const head = `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><component><structuredBody><component><section><title>t</title>`
	words := strings.Repeat("mot ", 100_000)
	for name, entry := range map[string]string{
		"none": `<entry><observation classCode="OBS" moodCode="EVN"><code code="1" displayName="zzz"/><value xsi:type="PQ" value="71" unit="g/L"/></observation></entry>`,
		"one":  `<entry><observation classCode="OBS" moodCode="EVN"><code code="1"><originalText><reference value="#a"/></originalText></code><text><reference value="#a"/></text><value xsi:type="PQ" value="71" unit="g/L"/></observation></entry>`,
	} {
		d, err := cda.Parse([]byte(head + `<text><content ID="a">` + words + `</content></text>` + strings.Repeat(entry, 10_000) + `</section></component></structuredBody></component></ClinicalDocument>`))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		Of(d)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}
