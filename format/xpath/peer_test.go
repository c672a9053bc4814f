package xpath

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const saxon = "/usr/share/java/Saxon-HE.jar"

// peer asks Saxon for its answers, one per expression, or skips when there is none.
func peer(t *testing.T, doc []byte, ns map[string]string, exprs []string, mode string) []string {
	t.Helper()
	java, err := exec.LookPath("java")
	if _, err2 := os.Stat(saxon); err != nil || err2 != nil {
		t.Skip("java or Saxon absent: the comparison was left out")
	}
	if out, _ := exec.Command(java, "--list-modules").Output(); !strings.Contains(string(out), "jdk.compiler") {
		t.Skip("java without a compiler: the comparison was left out")
	}
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		f := filepath.Join(dir, name)
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	var p, x strings.Builder
	for prefix, uri := range ns {
		if prefix != "" && prefix != "xml" {
			p.WriteString(prefix + "=" + uri + "\n")
		}
	}
	escape := strings.NewReplacer("\r", " ", "\n", " ")
	for _, e := range exprs {
		x.WriteString(escape.Replace(e) + "\n")
	}
	write("values.xml", []byte(valuesDoc))
	ctx, cancel := context.WithTimeout(t.Context(), 80*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, java, "-Xss8m", "-cp", saxon, "testdata/Peer.java", write("doc.xml", doc), write("ns", []byte(p.String())), write("exprs", []byte(x.String())), mode)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(exprs) {
		t.Fatalf("%d answers to %d expressions", len(lines), len(exprs))
	}
	for i, l := range lines {
		lines[i] = strings.ReplaceAll(l, "\x01", "\n")
	}
	return lines
}

// TestAgainstSaxon compares every expression of the tables with another engine.
func TestAgainstSaxon(t *testing.T) {
	var exprs []string
	for _, c := range cases {
		if !strings.Contains(c.src, "current") && !strings.Contains(c.src, "$n") && !strings.Contains(c.src, "$path") && !c.ours && !strings.Contains(c.src, "generate-id") {
			exprs = append(exprs, c.src)
		}
	}
	answers := peer(t, []byte(sample), prefixes, exprs, "string")
	for i, e := range exprs {
		got, err := evaluate(t, e)
		if err != nil {
			got = "ERROR"
			if strings.HasPrefix(answers[i], "ERROR") {
				continue
			}
		}
		if got != answers[i] {
			t.Errorf("%s: %q (%v), Saxon %q", e, got, err, answers[i])
		}
	}
	t.Logf("%d expressions compared", len(exprs))
}
