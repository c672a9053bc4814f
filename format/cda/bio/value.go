package bio

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
)

// typeOf resolves xsi:type; a prefix that is not bound leaves the word after it, because vendors
// lose bindings when they write documents again.
func typeOf(n xmltree.Node) string {
	if _, local := n.Type(); local != "" {
		return local
	}
	raw, _ := n.AttrNS(xmltree.NSXSI, "type")
	return strings.TrimSpace(raw[strings.LastIndexByte(raw, ':')+1:])
}

// value reads a value element of any type.
func (b *builder) value(n xmltree.Node) Value {
	if !n.Exists() {
		return Value{}
	}
	v := Value{Type: typeOf(n), Null: n.Attr("nullFlavor")}
	switch v.Type {
	case "CD", "CE", "CV", "CS", "CO":
		b.coded(&v, n)
	case "ST", "SC":
		v.Text = squeeze(n.Text())
		v.Value = v.Text
	case "ED":
		v.Text = b.text(n)
		if n.Attr("representation") == "B64" {
			v.Text = ""
		}
	case "IVL_PQ", "IVL_REAL", "IVL_INT", "IVL_TS", "RTO", "RTO_PQ_PQ":
		b.interval(&v, n)
	default:
		v.Value, v.Unit = n.Attr("value"), n.Attr("unit")
		switch {
		case v.Value != "" || v.Null != "":
		case n.Attr("code") != "":
			b.coded(&v, n)
		case n.Child(cda.NS, "low").Exists() || n.Child(cda.NS, "high").Exists():
			b.interval(&v, n)
		default:
			v.Text = squeeze(n.Text())
		}
		for t := range n.Children(cda.NS, "translation") {
			v.Translations = append(v.Translations, physical(t))
		}
	}
	return v
}

// physical reads a PQR: its unit is a code, sometimes written as a unit.
func physical(t xmltree.Node) Translation {
	out := Translation{Value: t.Attr("value"), Unit: t.Attr("unit"), System: t.Attr("codeSystem"), Display: t.Attr("displayName")}
	if out.Unit == "" {
		out.Unit = t.Attr("code")
	}
	return out
}

func (b *builder) coded(v *Value, n xmltree.Node) {
	c := cda.ReadCD(n)
	v.ValueCode, v.ValueSystem, v.ValueDisplay = c.Code, c.System, c.Display
	v.Text = b.d.Resolve(c)
	for _, t := range c.Translations {
		v.Translations = append(v.Translations, Translation{Code: t.Code, System: t.System, Display: t.Display})
	}
}

func (b *builder) interval(v *Value, n xmltree.Node) {
	low, high := n.Child(cda.NS, "low"), n.Child(cda.NS, "high")
	if num := n.Child(cda.NS, "numerator"); num.Exists() {
		v.Value = num.Attr("value") + "/" + n.Child(cda.NS, "denominator").Attr("value")
		v.Unit = num.Attr("unit")
		return
	}
	v.Low, v.LowInclusive = end(low)
	v.High, v.HighInclusive = end(high)
	if v.Unit = low.Attr("unit"); v.Unit == "" {
		v.Unit = high.Attr("unit")
	}
	if v.Low == "" && v.High == "" {
		v.Value, v.Unit = n.Attr("value"), n.Attr("unit")
		if c := n.Child(cda.NS, "center"); v.Value == "" && c.Exists() {
			v.Value, v.Unit = c.Attr("value"), c.Attr("unit")
		}
	}
}

// end reads one end of an interval; an end is closed unless it says otherwise.
//
// spec: HL7 v3 data types IVL
func end(n xmltree.Node) (value string, inclusive *bool) {
	if value = n.Attr("value"); value == "" {
		return "", nil
	}
	closed := n.Attr("inclusive") != "false" && n.Attr("inclusive") != "0"
	return value, &closed
}

func (b *builder) reference(n xmltree.Node) *Reference {
	if !n.Exists() {
		return nil
	}
	v := b.value(n.Child(cda.NS, "value"))
	r := &Reference{Low: v.Low, LowInclusive: v.LowInclusive, High: v.High, HighInclusive: v.HighInclusive, Unit: v.Unit, Text: b.text(n.Child(cda.NS, "text"))}
	if r.Text == "" && r.Low == "" && r.High == "" {
		r.Text = v.Shown()
	}
	return r
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
