package xmldsig

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

func canonical(t *testing.T, src string, f Form, path ...string) string {
	t.Helper()
	d, err := xmltree.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	n := d.Root()
	for _, p := range path {
		n = n.Child("*", p)
	}
	return string(AppendC14N(nil, n, f, xmltree.Node{}))
}

// The vectors follow the examples of the two recommendations, without their DTD.
func TestCanonicalFormsFollowTheRecommendations(t *testing.T) {
	for _, c := range []struct {
		name, src, want string
		form            Form
		path            []string
	}{
		{"white space is kept, comments are not", "<doc>\n <!-- x -->\n  <e2   a='1'   ></e2  >\n</doc>", "<doc>\n \n  <e2 a=\"1\"></e2>\n</doc>", Form{Algorithm: C14N}, nil},
		{"comments are kept when asked", "<doc><!-- x\r\n--></doc>", "<doc><!-- x\n--></doc>", Form{Algorithm: C14NComments}, nil},
		{"processing instructions", "<doc><?pi-without-data     ?><?p  a b ?></doc>", "<doc><?pi-without-data?><?p a b ?></doc>", Form{Algorithm: C14N}, nil},
		{"attributes are sorted by namespace then name",
			`<e5 a:attr="out" b:attr="sorted" attr2="all" attr="I'm" xmlns:b="http://www.ietf.org" xmlns:a="http://www.w3.org" xmlns="http://example.org"/>`,
			`<e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I'm" attr2="all" b:attr="sorted" a:attr="out"></e5>`, Form{Algorithm: C14N}, nil},
		{"useless default declarations go", `<e6 xmlns:a="http://www.w3.org"><e7 xmlns="http://www.ietf.org"><e8 xmlns=""><e9 xmlns="" xmlns:a="http://www.ietf.org"/></e8></e7></e6>`,
			`<e6 xmlns:a="http://www.w3.org"><e7 xmlns="http://www.ietf.org"><e8 xmlns=""><e9 xmlns:a="http://www.ietf.org"></e9></e8></e7></e6>`, Form{Algorithm: C14N}, nil},
		{"characters", "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value><compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute><norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/></doc>",
			"<doc><text>First line&#xD;\nSecond line</text><value>2</value><compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute><norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm></doc>", Form{Algorithm: C14N}, nil},
		{"inclusive keeps the context", `<n0:a xmlns:n0="u0" xmlns:n3="u3" xml:lang="fr"><n1:b xmlns:n1="u1"/></n0:a>`,
			`<n1:b xmlns:n0="u0" xmlns:n1="u1" xmlns:n3="u3" xml:lang="fr"></n1:b>`, Form{Algorithm: C14N}, []string{"b"}},
		{"exclusive does not", `<n0:a xmlns:n0="u0" xmlns:n3="u3" xml:lang="fr"><n1:b xmlns:n1="u1"><n3:c/></n1:b></n0:a>`,
			`<n1:b xmlns:n1="u1"><n3:c xmlns:n3="u3"></n3:c></n1:b>`, Form{Algorithm: ExcC14N}, []string{"b"}},
		{"exclusive with a prefix list", `<n0:a xmlns:n0="u0" xmlns:n3="u3" xmlns="ud"><n1:b xmlns:n1="u1"><n3:c/></n1:b></n0:a>`,
			`<n1:b xmlns="ud" xmlns:n1="u1" xmlns:n3="u3"><n3:c></n3:c></n1:b>`, Form{Algorithm: ExcC14N, Prefixes: []string{"n3", "#default"}}, []string{"b"}},
		{"exclusive undoes the default namespace", `<a xmlns="u"><b xmlns=""><c/></b></a>`, `<a xmlns="u"><b xmlns=""><c></c></b></a>`, Form{Algorithm: ExcC14N}, nil},
	} {
		if got := canonical(t, c.src, c.form, c.path...); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestXmllintCanonicalisesTheSame(t *testing.T) {
	tool, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint absent (Debian package libxml2-utils): second opinion left out")
	}
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	for _, f := range files[:min(len(files), 12)] {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := xmltree.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		alone := filepath.Join(t.TempDir(), "root.xml")
		if err := os.WriteFile(alone, d.Root().Raw(), 0o600); err != nil {
			t.Fatal(err)
		}
		for flag, alg := range map[string]string{"--c14n": C14NComments, "--exc-c14n": ExcC14NComments} {
			want, err := exec.Command(tool, "--nonet", "--huge", flag, alone).Output()
			if err != nil {
				t.Fatal(err)
			}
			got := AppendC14N(nil, d.Root(), Form{Algorithm: alg}, xmltree.Node{})
			if !bytes.Equal(got, want) {
				t.Errorf("%s %s: differs", filepath.Base(f), flag)
			}
		}
	}
}

func FuzzC14NIsStable(f *testing.F) {
	f.Add("<a xmlns='u' b=\"1\"><!-- c --><x:y xmlns:x='v'>&#13;&lt;</x:y></a>")
	f.Add("<a xml:lang='x' xmlns:b='c' b:d='e' d='f'><?p q?><![CDATA[&]]></a>")
	f.Fuzz(func(t *testing.T, src string) {
		d, err := xmltree.Parse([]byte(src))
		if err != nil {
			return
		}
		for _, alg := range []string{C14NComments, ExcC14NComments} {
			once := AppendC14N(nil, d.Root(), Form{Algorithm: alg}, xmltree.Node{})
			d2, err := xmltree.Parse(once)
			if err != nil {
				t.Fatalf("canonical form does not parse: %v\n%s", err, once)
			}
			if twice := AppendC14N(nil, d2.Root(), Form{Algorithm: alg}, xmltree.Node{}); !bytes.Equal(once, twice) {
				t.Fatalf("not stable:\n%s\n%s", once, twice)
			}
			if strings.TrimSpace(d.Root().Text()) != strings.TrimSpace(d2.Root().Text()) {
				t.Fatal("text changed")
			}
		}
	})
}
