package xpath

import "testing"

func TestSmoke(t *testing.T) {
	for src, want := range map[string]string{
		"1+2*3": "7", "count(o:b)": "3", "o:b[2]": "deux", "//o:b/@k": "1 2 3 4 5", "string(o:b[3])": "trois",
		"o:c//o:b[1]/@k": "4 5", "(//o:b)[last()]/@k": "5", "$n + 1": "43", "doc('values.xml')//v/@code": "1 3 3",
		"document($path)//v[@code=current()/@n and @system='z']/@system": "z", "o:b/@k = doc('values.xml')//v/@code": "true",
		"string(o:f)": "<x>y", "string(o:c/o:d[1])": "x & y",
	} {
		got, err := evaluate(t, src)
		if err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", src, got, err, want)
		}
	}
}
